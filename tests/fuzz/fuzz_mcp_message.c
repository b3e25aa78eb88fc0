/* fuzz_mcp_message.c: what a server may write: lines, messages, lists of tools, events.
 *
 * The first byte chooses how much is fed at a time; the rest is a server's output, given to a
 * session and, as it may come over HTTP, to the reader of events. Whatever is listed must be an
 * array of as many objects as were counted. */
#include "mcp/mcp_session.h"
#include "net/lines.h"
#include "net/sse.h"

#include <stdlib.h>

enum { MAX_LIST_BYTES = 1 << 20, MAX_PAGES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct conversation {
    struct fl_mcp_session session;
    struct fl_buf out;
};

static int on_line(void *ctx, struct fl_str line)
{
    struct conversation *conversation = ctx;
    fl_mcp_session_receive(&conversation->session, line, &conversation->out);
    return fl_mcp_session_done(&conversation->session);
}

static void on_event(void *ctx, const char *event, struct fl_str data)
{
    (void)event;
    on_line(ctx, data);
}

static void begin(struct conversation *conversation)
{
    *conversation = (struct conversation){0};
    fl_mcp_session_init(&conversation->session, MAX_LIST_BYTES, MAX_PAGES);
    fl_mcp_session_open(&conversation->session, true, &conversation->out);
}

static void finish(struct conversation *conversation)
{
    const struct fl_mcp_session *session = &conversation->session;
    if (session->phase == FL_MCP_LISTED) {
        const struct fl_str text = {fl_buf_text(&session->tools), session->tools.len};
        json_t *tools = fl_json_parse(text, FL_JSON_LIMITS_DEFAULT, NULL);
        if (json_array_size(tools) != session->tool_count)
            abort();
        for (size_t i = 0; i < session->tool_count; i++)
            if (!json_is_object(json_array_get(tools, i)))
                abort();
        json_decref(tools);
    } else if (session->phase == FL_MCP_FAILED && !session->err.code) {
        abort();
    }
    fl_mcp_session_destroy(&conversation->session);
    fl_buf_destroy(&conversation->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return 0;
    size_t piece = (size_t)bytes[0] + 1;
    const char *output = (const char *)bytes + 1;
    len--;
    struct conversation over_lines, over_events;
    struct fl_lines lines;
    struct fl_sse sse;
    begin(&over_lines);
    begin(&over_events);
    fl_lines_init(&lines, 4096);
    fl_sse_init(&sse, 4096, on_event, &over_events);
    int rc_lines = 0;
    int rc_sse = 0;
    for (size_t i = 0; i < len; i += piece) {
        size_t part = len - i < piece ? len - i : piece;
        if (rc_lines == 0)
            rc_lines = fl_lines_feed(&lines, output + i, part, on_line, &over_lines);
        if (rc_sse == 0)
            rc_sse = fl_sse_feed(&sse, output + i, part);
    }
    fl_lines_destroy(&lines);
    fl_sse_destroy(&sse);
    finish(&over_lines);
    finish(&over_events);
    return 0;
}
