/* tool_form.c: see tool_form.h. */
#include "snapshot/tool_form.h"

#include "base/json.h"
#include "base/json_slice.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { EXPOSED_NAME_MAX = 64, HASH_DIGITS = 8, NAME_BYTES_MAX = 16 << 10 };

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* True if all of it was allowed. */
static bool append_allowed(struct fl_buf *buf, const char *text)
{
    bool all = true;
    for (; *text; text++) {
        fl_buf_append_char(buf, is_allowed(*text) ? *text : '_');
        all &= is_allowed(*text);
    }
    return all;
}

/* True if the first "__" behind it is the one that is put there. */
static bool ends_clearly(const char *component)
{
    size_t len = strlen(component);
    return !strstr(component, "__") && component[len - (len > 0)] != '_';
}

/* The last characters become the hash of what the name was made from. */
static void mark(struct fl_buf *name, const char *component, const char *tool)
{
    uint64_t seed = XXH3_64bits(component, strlen(component));
    uint64_t hash = XXH3_64bits_withSeed(tool, strlen(tool), seed);
    if (name->len > EXPOSED_NAME_MAX - HASH_DIGITS - 1)
        name->len = EXPOSED_NAME_MAX - HASH_DIGITS - 1;
    fl_buf_printf(name, "_%08x", (unsigned)(hash & 0xFFFFFFFF));
}

static void append_exposed_name(struct fl_buf *buf, const char *component, const char *tool)
{
    struct fl_buf name = {0};
    bool as_it_is = append_allowed(&name, component);
    fl_buf_append_str(&name, "__");
    as_it_is &= append_allowed(&name, tool);
    if (!as_it_is || name.len > EXPOSED_NAME_MAX || !ends_clearly(component))
        mark(&name, component, tool);
    if (fl_buf_failed(&name))
        buf->failed = true;
    else
        fl_json_append_string(buf, (struct fl_str){name.ptr, name.len});
    fl_buf_destroy(&name);
}

/* The member if it is of that type, which its first character tells, or something of that type. */
static void append_member(struct fl_buf *buf, const char *key, struct fl_slice value, char type,
                          const char *otherwise)
{
    fl_buf_append_str(buf, key);
    if (value.text.len && value.text.ptr[0] == type)
        fl_buf_append(buf, value.text.ptr, value.text.len);
    else
        fl_buf_append_str(buf, otherwise);
}

int fl_tool_form_append(struct fl_buf *buf, enum fl_tool_form form, const char *component,
                        struct fl_str definition, struct fl_err *err)
{
    if (form == FL_TOOL_FORM_MCP) {
        fl_buf_append(buf, definition.ptr, definition.len);
        return fl_buf_failed(buf) ? fl_err_nomem(err) : 0;
    }
    static const char *const keys[] = {"name", "description", "inputSchema"};
    enum { NAME, DESCRIPTION, SCHEMA, KEY_COUNT };
    struct fl_slice members[KEY_COUNT];
    fl_slice_members((struct fl_slice){definition, 1}, keys, KEY_COUNT, members);
    if (!members[NAME].text.ptr)
        return fl_err_set(err, FL_EPARSE, "a definition without a name");
    struct fl_err why;
    json_t *name = fl_slice_parse(members[NAME], (struct fl_json_limits){NAME_BYTES_MAX, 1}, &why);
    if (!name)
        return fl_err_set(err, why.code, "%s", why.message);
    bool openai = form == FL_TOOL_FORM_OPENAI;
    fl_buf_append_str(buf,
                      openai ? "{\"type\":\"function\",\"function\":{\"name\":" : "{\"name\":");
    append_exposed_name(buf, component, json_is_string(name) ? json_string_value(name) : "");
    append_member(buf, ",\"description\":", members[DESCRIPTION], '"', "\"\"");
    append_member(buf, openai ? ",\"parameters\":" : ",\"input_schema\":", members[SCHEMA], '{',
                  "{\"type\":\"object\"}");
    fl_buf_append_str(buf, openai ? "}}" : "}");
    json_decref(name);
    return fl_buf_failed(buf) ? fl_err_nomem(err) : 0;
}
