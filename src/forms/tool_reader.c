/* tool_reader.c: from the JSON of a tool to an entry of the catalogue.
 *
 * A tool is taken whole or not at all: a schema that was cut would be a lie. The one exception is a
 * description of excessive length, which is cut for search and stays whole in the definition. */
#include "forms/source.h"

#include <stdio.h>

/* A tool around its schema has one level more. */
enum { TOOL_DEPTH_MAX = FL_CATALOG_MAX_SCHEMA_DEPTH + 1 };

void fl_tool_reader_destroy(struct fl_tool_reader *reader)
{
    fl_schema_text_destroy(&reader->text);
    fl_buf_destroy(&reader->definition);
    fl_buf_destroy(&reader->description);
}

/* The name of a tool that could not be parsed, as far as it can be told. */
static void guess_name(struct fl_slice slice, char name[FL_CATALOG_MAX_NAME_BYTES + 1])
{
    struct fl_str quoted = fl_slice_member(slice, "name").text;
    size_t len = quoted.len >= 2 && quoted.ptr[0] == '"' ? quoted.len - 2 : 0;
    if (len > FL_CATALOG_MAX_NAME_BYTES)
        len = FL_CATALOG_MAX_NAME_BYTES;
    if (len > 0)
        memcpy(name, quoted.ptr + 1, len);
    name[len] = '\0';
}

/* A server's list is often indented: its tools are parsed from their compact form, which is their
 * definition, and from the original only to say what is wrong. */
static json_t *parse(struct fl_tool_reader *reader, struct fl_slice slice,
                     enum fl_tool_origin origin, struct fl_err *err)
{
    struct fl_json_limits limits = {FL_SOURCE_MAX_ITEM_BYTES, TOOL_DEPTH_MAX};
    if (origin == FL_TOOL_LISTED && slice.text.len <= FL_SOURCE_MAX_ITEM_BYTES) {
        struct fl_buf *buf = &reader->definition;
        fl_buf_clear(buf);
        fl_slice_append_compact(buf, slice.text);
        if (fl_buf_failed(buf)) {
            fl_err_nomem(err);
            return NULL;
        }
        struct fl_slice compact = {{fl_buf_text(buf), buf->len}, slice.line};
        json_t *tool = fl_slice_parse(compact, limits, err);
        if (tool || err->code == FL_ENOMEM)
            return tool;
    }
    return fl_slice_parse(slice, limits, err);
}

json_t *fl_tool_reader_parse(struct fl_tool_reader *reader, struct fl_slice slice,
                             enum fl_tool_origin origin, int *ret_fatal)
{
    struct fl_err err = {0};
    *ret_fatal = 0;
    json_t *tool = parse(reader, slice, origin, &err);
    if (json_is_object(tool))
        return tool;
    if (tool) {
        json_decref(tool);
        fl_err_set_line(&err, FL_EPARSE, slice.line, "a tool is an object with a name");
    } else if (err.code == FL_ENOMEM) {
        *ret_fatal = -FL_ENOMEM;
        return NULL;
    }
    char name[FL_CATALOG_MAX_NAME_BYTES + 1];
    guess_name(slice, name);
    fl_findings_add(reader->source->findings, FL_SEVERITY_ERROR, err.code, reader->source->path,
                    err.line ? err.line : slice.line, name, "%s; the tool is left out",
                    err.message);
    return NULL;
}

/* What is known of a tool while it is read. */
struct reading {
    struct fl_tool_reader *reader;
    const json_t *json;
    struct fl_slice slice;
    struct fl_tool tool;
    struct fl_name_list keywords, depends_on;
};

static void warn(const struct reading *reading, const char *what)
{
    fl_findings_add(reading->reader->source->findings, FL_SEVERITY_WARNING, FL_EINVAL,
                    reading->reader->source->path, reading->slice.line, reading->tool.name, "%s",
                    what);
}

static bool is_given(const json_t *value)
{
    return value && !json_is_null(value);
}

/* The key that holds the schema, or NULL. */
static const char *schema_key(const json_t *tool)
{
    if (is_given(json_object_get(tool, "inputSchema")))
        return "inputSchema";
    return is_given(json_object_get(tool, "parameters")) ? "parameters" : NULL;
}

static int check_schema_bytes(const struct reading *reading, const char *key, struct fl_err *err)
{
    if (reading->slice.text.len <= FL_CATALOG_MAX_SCHEMA_BYTES ||
        !is_given(json_object_get(reading->json, key)))
        return 0;
    struct fl_slice schema = fl_slice_member(reading->slice, key);
    if (schema.text.len <= FL_CATALOG_MAX_SCHEMA_BYTES)
        return 0;
    struct fl_buf compact = {0};
    fl_slice_append_compact(&compact, schema.text);
    int rc = 0;
    if (fl_buf_failed(&compact))
        rc = fl_err_nomem(err);
    else if (compact.len > FL_CATALOG_MAX_SCHEMA_BYTES)
        rc = fl_err_set(err, FL_ELIMIT, "'%s' has %zu bytes; at most %d are read", key, compact.len,
                        FL_CATALOG_MAX_SCHEMA_BYTES);
    fl_buf_destroy(&compact);
    return rc;
}

/* The members of an MCP tool, in the order in which definitions of our own have them. */
static const char *const definition_keys[] = {
    "name", "title", "description", "inputSchema", "outputSchema", "annotations", "icons", "_meta"};

static void append_member(struct fl_buf *buf, const char *key, struct fl_str value)
{
    fl_buf_append_char(buf, buf->len > 1 ? ',' : '{');
    fl_json_append_string(buf, fl_str_of(key));
    fl_buf_append_char(buf, ':');
    fl_slice_append_compact(buf, value);
}

/* MCP wants an object schema: a flat map becomes its properties, and nothing an empty one. */
static void append_own_schema(const struct reading *reading, struct fl_buf *buf)
{
    const char *key = schema_key(reading->json);
    const json_t *schema = key ? json_object_get(reading->json, key) : NULL;
    if (!json_is_object(schema) || json_object_size(schema) == 0) {
        append_member(buf, "inputSchema", FL_STR("{\"type\":\"object\"}"));
        return;
    }
    struct fl_str text = fl_slice_member(reading->slice, key).text;
    if (!fl_schema_is_flat_map(schema)) {
        append_member(buf, "inputSchema", text);
        return;
    }
    append_member(buf, "inputSchema", FL_STR("{\"type\":\"object\",\"properties\":"));
    fl_slice_append_compact(buf, text);
    fl_buf_append_char(buf, '}');
}

static int define(struct reading *reading, enum fl_tool_origin origin)
{
    struct fl_buf *buf = &reading->reader->definition;
    if (origin == FL_TOOL_OWN) {
        fl_buf_clear(buf);
        for (size_t i = 0; i < sizeof definition_keys / sizeof *definition_keys; i++) {
            const char *key = definition_keys[i];
            if (strcmp(key, "inputSchema") == 0)
                append_own_schema(reading, buf);
            else if (is_given(json_object_get(reading->json, key)))
                append_member(buf, key, fl_slice_member(reading->slice, key).text);
        }
        fl_buf_append_char(buf, '}');
    }
    if (fl_buf_failed(buf))
        return -FL_ENOMEM;
    reading->tool.definition = fl_buf_text(buf);
    reading->tool.definition_bytes = (uint32_t)buf->len;
    return 0;
}

static int read_parameters(struct reading *reading)
{
    struct fl_schema_text *text = &reading->reader->text;
    const char *key = schema_key(reading->json);
    const json_t *schema = key ? json_object_get(reading->json, key) : NULL;
    fl_schema_text_clear(text);
    if (schema && !json_is_object(schema))
        warn(reading, "the parameters are no object; they are used for search only");
    if (fl_schema_text_collect(text, schema, FL_CATALOG_MAX_SCHEMA_DEPTH))
        return -FL_ENOMEM;
    reading->tool.parameter_names = fl_buf_text(&text->names);
    reading->tool.parameter_descriptions = fl_buf_text(&text->descriptions);
    reading->tool.enum_values = fl_buf_text(&text->enum_values);
    return 0;
}

static int read_description(struct reading *reading)
{
    const json_t *value = json_object_get(reading->json, "description");
    reading->tool.description = json_is_string(value) ? json_string_value(value) : "";
    if (is_given(value) && !json_is_string(value))
        warn(reading, "the description is no string; it is ignored");
    size_t len = strlen(reading->tool.description);
    if (len <= FL_CATALOG_MAX_DESCRIPTION_BYTES)
        return 0;
    len = FL_CATALOG_MAX_DESCRIPTION_BYTES;
    while (((unsigned char)reading->tool.description[len] & 0xC0) == 0x80)
        len--;
    struct fl_buf *cut = &reading->reader->description;
    fl_buf_clear(cut);
    fl_buf_append(cut, reading->tool.description, len);
    if (fl_buf_failed(cut))
        return -FL_ENOMEM;
    reading->tool.description = cut->ptr;
    char message[96];
    snprintf(message, sizeof message, "a description of more than %d bytes is cut for search",
             FL_CATALOG_MAX_DESCRIPTION_BYTES);
    warn(reading, message);
    return 0;
}

static void read_category_and_tier(struct reading *reading)
{
    const json_t *category = json_object_get(reading->json, "category");
    const json_t *tier = json_object_get(reading->json, "tier");
    struct fl_name_list one;
    if (!is_given(category) || (json_is_string(category) && json_string_length(category) == 0))
        ;
    else if (json_is_array(category) || fl_source_names(reading->json, "category", &one, NULL))
        warn(reading, "the category is no name; it is inferred");
    else
        reading->tool.category = one.items[0];
    if (!is_given(tier))
        return;
    if (json_is_integer(tier) && json_integer_value(tier) >= 1 && json_integer_value(tier) <= 3)
        reading->tool.tier = (uint8_t)json_integer_value(tier);
    else
        warn(reading, "the tier is none of 1, 2 and 3; it is inferred");
}

static void read_annotations(struct reading *reading)
{
    const json_t *annotations = json_object_get(reading->json, "annotations");
    const char *title = fl_json_string(annotations, "title", NULL);
    reading->tool.title = fl_json_string(reading->json, "title", title);
    if (fl_json_boolean(annotations, "readOnlyHint", false))
        reading->tool.flags |= FL_TOOL_READ_ONLY;
    if (fl_json_boolean(annotations, "destructiveHint", false))
        reading->tool.flags |= FL_TOOL_DESTRUCTIVE;
}

static int read_lists(struct reading *reading, struct fl_err *err)
{
    int rc = fl_source_names(reading->json, "depends_on", &reading->depends_on, err);
    if (rc)
        return rc;
    struct fl_err minor;
    if (fl_source_names(reading->json, "keywords", &reading->keywords, &minor))
        warn(reading, minor.message);
    reading->tool.depends_on = fl_names_of(&reading->depends_on);
    reading->tool.keywords = fl_names_of(&reading->keywords);
    return 0;
}

static int read_and_add(struct reading *reading, enum fl_tool_origin origin, struct fl_err *err)
{
    int rc = check_schema_bytes(reading, "inputSchema", err);
    if (!rc)
        rc = check_schema_bytes(reading, "parameters", err);
    if (!rc)
        rc = check_schema_bytes(reading, "outputSchema", err);
    if (!rc)
        rc = read_lists(reading, err);
    if (rc)
        return rc;
    read_category_and_tier(reading);
    read_annotations(reading);
    if (define(reading, origin) || read_parameters(reading) || read_description(reading))
        return fl_err_nomem(err);
    return fl_catalog_add_tool(reading->reader->source->catalog, &reading->tool, err);
}

int fl_tool_reader_add(struct fl_tool_reader *reader, uint32_t component, const json_t *tool,
                       struct fl_slice slice, enum fl_tool_origin origin)
{
    const struct fl_source *source = reader->source;
    struct reading reading = {.reader = reader, .json = tool, .slice = slice};
    reading.tool.component = component;
    reading.tool.name = fl_json_string(tool, "name", "");
    reading.tool.source = source->path;
    reading.tool.line = slice.line;
    struct fl_err err = {0};
    int rc = read_and_add(&reading, origin, &err);
    if (rc == -FL_ENOMEM || rc == 0)
        return rc;
    fl_findings_add(source->findings, FL_SEVERITY_ERROR, rc, source->path, slice.line,
                    reading.tool.name, "%s; the tool is left out", err.message);
    return 0;
}

/* Walks the array once before anything is added, so that a broken one adds nothing. */
static int check_structure(struct fl_slice array, struct fl_err *err)
{
    struct fl_slice_walk walk = fl_slice_walk_start(array);
    struct fl_slice element;
    int rc;
    while ((rc = fl_slice_walk_next(&walk, NULL, &element)) == 1)
        ;
    if (rc)
        return fl_err_set_line(err, FL_EPARSE, walk.rest.line, "',' or ']' expected in the array");
    return 0;
}

int fl_tool_reader_add_all(struct fl_tool_reader *reader, uint32_t component, struct fl_slice array,
                           enum fl_tool_origin origin, struct fl_err *err)
{
    int rc = check_structure(array, err);
    if (rc)
        return rc;
    struct fl_slice_walk walk = fl_slice_walk_start(array);
    struct fl_slice element;
    while (fl_slice_walk_next(&walk, NULL, &element) == 1) {
        if (fl_source_is_full(reader->source, element.line))
            return 0;
        json_t *tool = fl_tool_reader_parse(reader, element, origin, &rc);
        if (tool)
            rc = fl_tool_reader_add(reader, component, tool, element, origin);
        json_decref(tool);
        if (rc)
            return fl_err_nomem(err);
    }
    return 0;
}
