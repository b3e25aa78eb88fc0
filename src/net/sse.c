/* sse.c: see sse.h. */
#include "net/sse.h"

#include "base/err.h"

void fl_sse_init(struct fl_sse *sse, size_t max_bytes,
                 void (*visit)(void *ctx, const char *event, struct fl_str data), void *ctx)
{
    *sse = (struct fl_sse){.max_bytes = max_bytes, .visit = visit, .ctx = ctx};
    fl_lines_init(&sse->lines, max_bytes + 16);
}

void fl_sse_destroy(struct fl_sse *sse)
{
    fl_lines_destroy(&sse->lines);
    fl_buf_destroy(&sse->data);
}

static void dispatch(struct fl_sse *sse)
{
    if (sse->has_data)
        sse->visit(sse->ctx, *sse->event ? sse->event : "message",
                   (struct fl_str){fl_buf_text(&sse->data), sse->data.len});
    fl_buf_clear(&sse->data);
    sse->has_data = false;
    *sse->event = '\0';
}

/* The value of the field when the line has that name; one space behind the colon is not part. */
static bool field(struct fl_str line, const char *name, struct fl_str *ret_value)
{
    size_t len = strlen(name);
    if (line.len < len || memcmp(line.ptr, name, len) != 0)
        return false;
    if (line.len > len && line.ptr[len] != ':')
        return false;
    size_t start = line.len > len ? len + 1 : len;
    if (start < line.len && line.ptr[start] == ' ')
        start++;
    *ret_value = (struct fl_str){line.ptr + start, line.len - start};
    return true;
}

static int append_data(struct fl_sse *sse, struct fl_str value)
{
    if (value.len + 1 > sse->max_bytes || sse->data.len > sse->max_bytes - value.len - 1)
        return -FL_ELIMIT;
    if (sse->has_data)
        fl_buf_append_char(&sse->data, '\n');
    fl_buf_append(&sse->data, value.ptr, value.len);
    sse->has_data = true;
    return fl_buf_failed(&sse->data) ? -FL_ENOMEM : 0;
}

static int on_line(void *ctx, struct fl_str line)
{
    struct fl_sse *sse = ctx;
    struct fl_str value;
    if (line.len == 0) {
        dispatch(sse);
    } else if (field(line, "data", &value)) {
        return append_data(sse, value);
    } else if (field(line, "event", &value)) {
        size_t len = value.len < FL_SSE_EVENT_NAME_MAX ? value.len : FL_SSE_EVENT_NAME_MAX;
        memcpy(sse->event, value.ptr, len);
        sse->event[len] = '\0';
    }
    return 0;
}

int fl_sse_feed(struct fl_sse *sse, const char *bytes, size_t len)
{
    return fl_lines_feed(&sse->lines, bytes, len, on_line, sse);
}
