/* schema_text.c: see schema_text.h. */
#include "catalog/schema_text.h"

/* What a member of a schema object holds. */
enum holds {
    HOLDS_DESCRIPTION,
    HOLDS_VALUE,  /* the only one that is allowed */
    HOLDS_VALUES, /* those that are allowed */
    HOLDS_SCHEMA, /* or a list of them: "items" in older drafts */
    HOLDS_NAMED_SCHEMAS,
    HOLDS_PARAMETERS,
};

static const struct keyword {
    const char *name;
    enum holds holds;
} keywords[] = {
    {"description", HOLDS_DESCRIPTION},
    {"enum", HOLDS_VALUES},
    {"const", HOLDS_VALUE},
    {"properties", HOLDS_PARAMETERS},
    {"items", HOLDS_SCHEMA},
    {"additionalProperties", HOLDS_SCHEMA},
    {"anyOf", HOLDS_SCHEMA},
    {"oneOf", HOLDS_SCHEMA},
    {"allOf", HOLDS_SCHEMA},
    {"prefixItems", HOLDS_SCHEMA},
    {"patternProperties", HOLDS_NAMED_SCHEMAS},
    {"dependentSchemas", HOLDS_NAMED_SCHEMAS},
    {"$defs", HOLDS_NAMED_SCHEMAS},
    {"definitions", HOLDS_NAMED_SCHEMAS},
    {"additionalItems", HOLDS_SCHEMA},
    {"contains", HOLDS_SCHEMA},
    {"if", HOLDS_SCHEMA},
    {"then", HOLDS_SCHEMA},
    {"else", HOLDS_SCHEMA},
};

static const struct keyword *find_keyword(const char *name)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (keywords[i].name[0] == name[0] && strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

void fl_schema_text_destroy(struct fl_schema_text *text)
{
    if (!text)
        return;
    fl_buf_destroy(&text->names);
    fl_buf_destroy(&text->descriptions);
    fl_buf_destroy(&text->enum_values);
}

void fl_schema_text_clear(struct fl_schema_text *text)
{
    fl_buf_clear(&text->names);
    fl_buf_clear(&text->descriptions);
    fl_buf_clear(&text->enum_values);
}

/* One entry, or nothing if it does not fit any more. */
static void append_entry(struct fl_buf *buf, const char *entry)
{
    size_t len = strlen(entry);
    if (len == 0 || len + 1 > FL_SCHEMA_TEXT_MAX_BYTES - buf->len)
        return;
    size_t start = buf->len;
    fl_buf_append(buf, entry, len);
    if (fl_buf_failed(buf))
        return;
    for (char *c = buf->ptr + start; c < buf->ptr + buf->len; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    fl_buf_append_char(buf, '\n');
}

static void append_enum_value(struct fl_buf *buf, const json_t *value)
{
    char number[32];
    if (json_is_string(value)) {
        append_entry(buf, json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        append_entry(buf, number);
    }
}

static void walk_schema(struct fl_schema_text *text, const json_t *schema, unsigned depth_left);

/* Members are schemas; their names are the parameters' if `are_parameters`. */
static void walk_named(struct fl_schema_text *text, const json_t *map, bool are_parameters,
                       unsigned depth_left)
{
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *)map, name, member) {
        if (are_parameters)
            append_entry(&text->names, name);
        if (json_is_string(member))
            append_entry(&text->descriptions, json_string_value(member));
        walk_schema(text, member, depth_left);
    }
}

static void walk_list(struct fl_schema_text *text, const json_t *list, unsigned depth_left)
{
    size_t i;
    json_t *element;
    json_array_foreach (list, i, element)
        walk_schema(text, element, depth_left);
}

static void walk_keyword(struct fl_schema_text *text, const struct keyword *keyword,
                         const json_t *value, unsigned depth_left)
{
    size_t i;
    json_t *item;
    switch (keyword->holds) {
    case HOLDS_DESCRIPTION:
        if (json_is_string(value))
            append_entry(&text->descriptions, json_string_value(value));
        break;
    case HOLDS_VALUE: append_enum_value(&text->enum_values, value); break;
    case HOLDS_VALUES:
        json_array_foreach (value, i, item)
            append_enum_value(&text->enum_values, item);
        break;
    case HOLDS_SCHEMA:
        walk_list(text, value, depth_left);
        walk_schema(text, value, depth_left);
        break;
    case HOLDS_NAMED_SCHEMAS:
    case HOLDS_PARAMETERS:
        if (depth_left > 0)
            walk_named(text, value, keyword->holds == HOLDS_PARAMETERS, depth_left - 1);
        break;
    }
}

static void walk_schema(struct fl_schema_text *text, const json_t *schema, unsigned depth_left)
{
    if (depth_left == 0)
        return;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)schema, name, value) {
        const struct keyword *keyword = find_keyword(name);
        if (keyword)
            walk_keyword(text, keyword, value, depth_left - 1);
    }
}

/* A map's own parameter may be called "type" or "properties": its value is then a schema. */
bool fl_schema_is_flat_map(const json_t *parameters)
{
    static const char *const texts[] = {"type", "$ref", "$schema"};
    static const char *const lists[] = {"type", "anyOf", "oneOf", "allOf", "enum"};
    if (!json_is_object(parameters) || json_object_size(parameters) == 0)
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (json_is_string(json_object_get(parameters, texts[i])))
            return false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (json_is_array(json_object_get(parameters, lists[i])))
            return false;
    const json_t *properties = json_object_get(parameters, "properties");
    return !json_is_object(properties) || json_is_string(json_object_get(properties, "type"));
}

static void walk_parameter_list(struct fl_schema_text *text, const json_t *list, unsigned max_depth)
{
    size_t i;
    json_t *parameter;
    json_array_foreach (list, i, parameter)
        append_entry(&text->names, fl_json_string(parameter, "name", ""));
    walk_list(text, list, max_depth);
}

int fl_schema_text_collect(struct fl_schema_text *text, const json_t *parameters,
                           unsigned max_depth)
{
    if (json_is_array(parameters))
        walk_parameter_list(text, parameters, max_depth);
    else if (fl_schema_is_flat_map(parameters))
        walk_named(text, parameters, true, max_depth);
    else
        walk_schema(text, parameters, max_depth);
    bool failed = fl_buf_failed(&text->names) || fl_buf_failed(&text->descriptions) ||
                  fl_buf_failed(&text->enum_values);
    return failed ? -FL_ENOMEM : 0;
}
