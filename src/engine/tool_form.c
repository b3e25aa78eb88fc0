/* tool_form.c: see tool_form.h. */
#include "engine/tool_form.h"

#include "base/json.h"

#include <ctype.h>
#include <stdio.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { EXPOSED_NAME_MAX = 64, HASH_DIGITS = 8, DEFINITION_DEPTH = 200 };

static void append_allowed(struct fl_buf *buf, const char *text)
{
    for (; *text; text++)
        fl_buf_append_char(buf, isalnum((unsigned char)*text) || *text == '-' ? *text : '_');
}

static void append_exposed_name(struct fl_buf *buf, const char *component, const char *tool)
{
    struct fl_buf name = {0};
    append_allowed(&name, component);
    fl_buf_append_str(&name, "__");
    append_allowed(&name, tool);
    if (name.len > EXPOSED_NAME_MAX) {
        XXH64_hash_t hash = XXH3_64bits(component, strlen(component) + 1) ^
                            XXH3_64bits(tool, strlen(tool) + 1);
        char digits[HASH_DIGITS + 2];
        snprintf(digits, sizeof digits, "_%08x", (unsigned)(hash & 0xFFFFFFFF));
        memcpy(name.ptr + EXPOSED_NAME_MAX - HASH_DIGITS - 1, digits, HASH_DIGITS + 1);
        name.len = EXPOSED_NAME_MAX;
    }
    if (fl_buf_failed(&name))
        buf->failed = true;
    else
        fl_json_append_string(buf, (struct fl_str){name.ptr, name.len});
    fl_buf_destroy(&name);
}

static int append_member(struct fl_buf *buf, const char *key, const json_t *value,
                         const char *otherwise)
{
    fl_buf_append_str(buf, key);
    if (!value) {
        fl_buf_append_str(buf, otherwise);
        return 0;
    }
    return fl_json_append(buf, value, DEFINITION_DEPTH);
}

int fl_tool_form_append(struct fl_buf *buf, enum fl_tool_form form, const char *component,
                        struct fl_str definition, struct fl_err *err)
{
    if (form == FL_TOOL_FORM_MCP) {
        fl_buf_append(buf, definition.ptr, definition.len);
        return fl_buf_failed(buf) ? fl_err_nomem(err) : 0;
    }
    struct fl_json_limits limits = FL_JSON_LIMITS_DEFAULT;
    limits.max_depth = DEFINITION_DEPTH;
    struct fl_err why;
    json_t *tool = fl_json_parse(definition, limits, &why);
    if (!tool)
        return fl_err_set(err, why.code, "%s", why.message);
    bool openai = form == FL_TOOL_FORM_OPENAI;
    fl_buf_append_str(buf, openai ? "{\"type\":\"function\",\"function\":{\"name\":" : "{\"name\":");
    append_exposed_name(buf, component, fl_json_string(tool, "name", ""));
    int rc = append_member(buf, ",\"description\":", json_object_get(tool, "description"), "\"\"");
    if (!rc)
        rc = append_member(buf, openai ? ",\"parameters\":" : ",\"input_schema\":",
                           json_object_get(tool, "inputSchema"), "{\"type\":\"object\"}");
    fl_buf_append_str(buf, openai ? "}}" : "}");
    json_decref(tool);
    if (rc || fl_buf_failed(buf))
        return fl_err_nomem(err);
    return 0;
}
