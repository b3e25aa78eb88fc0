/* mcp_tools.c: see mcp_tools.h. */
#include "mcp/mcp_tools.h"

#include "net/json_span.h"

enum { TOOL_MAX_DEPTH = 128 };

static void append_separator(struct fl_buf *array)
{
    fl_buf_append_char(array, array->len == 0 ? '[' : ',');
}

/* Whether the spans are where the parser saw the elements; only then are they copied. */
static bool append_spans(struct fl_buf *array, struct fl_str message, size_t count)
{
    struct fl_str result, tools, tool;
    if (!fl_json_span_member(message, "result", &result) ||
        !fl_json_span_member(result, "tools", &tools))
        return false;
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        if (!fl_json_span_next(tools, &offset, &tool))
            return false;
        append_separator(array);
        fl_buf_append(array, tool.ptr, tool.len);
    }
    return true;
}

/* For a message whose keys are written with escapes. */
static int append_values(struct fl_buf *array, const json_t *tools)
{
    size_t i;
    const json_t *tool;
    json_array_foreach (tools, i, tool) {
        append_separator(array);
        int rc = fl_json_append(array, tool, TOOL_MAX_DEPTH);
        if (rc)
            return rc;
    }
    return 0;
}

int fl_mcp_tools_append(struct fl_buf *array, struct fl_str message, const json_t *result,
                        uint32_t *ret_count, struct fl_err *err)
{
    const char *type = fl_json_string(result, "resultType", "complete");
    const json_t *tools = json_object_get(result, "tools");
    if (strcmp(type, "complete") != 0)
        return fl_err_set(err, FL_EPROTO, "answered tools/list with a result of type \"%.40s\"",
                          type);
    if (!json_is_array(tools))
        return fl_err_set(err, FL_EPROTO, "answered tools/list without an array of tools");
    size_t i;
    const json_t *tool;
    json_array_foreach (tools, i, tool)
        if (!json_is_object(tool))
            return fl_err_set(err, FL_EPROTO, "its tool number %zu is no object", i + 1);
    size_t before = array->len;
    if (!append_spans(array, message, json_array_size(tools))) {
        array->len = before;
        if (append_values(array, tools))
            return fl_err_nomem(err);
    }
    if (fl_buf_failed(array))
        return fl_err_nomem(err);
    *ret_count = (uint32_t)json_array_size(tools);
    return 0;
}
