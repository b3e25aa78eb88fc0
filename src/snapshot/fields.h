/* fields.h: the parts of a tool that are searched, in the order of the index's fields. */
#ifndef FL_SNAPSHOT_FIELDS_H
#define FL_SNAPSHOT_FIELDS_H

/* name in explanations, weight, length normalisation. Chosen once on the pooled data sets (none
 * alone); hit rates move by less than a point for any single one halved or doubled. */
#define FL_FIELDS(X)                                               \
    X(NAME, "name", 2.0f, 0.3f)                                    \
    X(TITLE, "title", 1.5f, 0.5f)                                  \
    X(DESCRIPTION, "description", 1.5f, 0.75f)                     \
    X(PARAMETER, "parameter", 0.8f, 0.75f)                         \
    X(PARAMETER_DESCRIPTION, "parameter description", 0.4f, 0.75f) \
    X(VALUE, "enum value", 0.3f, 0.75f)                            \
    X(COMPONENT, "component", 1.2f, 0.3f)                          \
    X(COMPONENT_DESCRIPTION, "component description", 0.2f, 0.9f)  \
    X(CATEGORY, "category", 0.7f, 0.5f)                            \
    X(KEYWORD, "keyword", 2.0f, 0.5f)                              \
    X(EXAMPLE, "past request", 1.0f, 0.75f)

enum fl_field {
#define FL_FIELD_ENUM(id, name, weight, b) FL_FIELD_##id,
    FL_FIELDS(FL_FIELD_ENUM)
#undef FL_FIELD_ENUM
        FL_FIELD_COUNT
};

#endif
