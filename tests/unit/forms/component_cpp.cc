// component_cpp.cc: component.h is C++ as well.
#include <foreload/component.h>

FL_COMPONENT_MANIFEST("{\"name\": \"cpp\"}");

const struct fl_component_table *foreload_component(void)
{
    static const struct fl_component_table table = {};
    return &table;
}
