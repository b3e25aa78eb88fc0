/* kernels.c: choosing a table. See kernels.h. */
#include "kernels/kernels_tables.h"

#include <string.h>

const struct fl_kernels *fl_kernels_select(const char *isa)
{
    return !isa || !*isa || !strcmp(isa, "scalar") ? &fl_kernels_scalar : NULL;
}

const char *fl_kernels_available(void)
{
    return "scalar";
}
