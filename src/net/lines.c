/* lines.c: see lines.h. */
#include "net/lines.h"

#include "base/err.h"

enum { KEEP_BYTES = 1 << 20 }; /* more than this is given back once its line is done */

void fl_lines_init(struct fl_lines *lines, size_t max_bytes)
{
    *lines = (struct fl_lines){.max_bytes = max_bytes ? max_bytes : FL_LINES_MAX_BYTES_DEFAULT};
}

void fl_lines_destroy(struct fl_lines *lines)
{
    fl_buf_destroy(&lines->pending);
}

static int append_pending(struct fl_lines *lines, const char *bytes, size_t len)
{
    /* One byte more than a line may have: it can be the CR of the line's end. */
    if (len > lines->max_bytes + 1 - lines->pending.len)
        return -FL_ELIMIT;
    fl_buf_append(&lines->pending, bytes, len);
    return fl_buf_failed(&lines->pending) ? -FL_ENOMEM : 0;
}

static int pass(const struct fl_lines *lines, const char *line, size_t len, fl_lines_visit visit,
                void *ctx)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len > lines->max_bytes)
        return -FL_ELIMIT;
    return visit(ctx, (struct fl_str){line, len});
}

static int pass_pending(struct fl_lines *lines, fl_lines_visit visit, void *ctx)
{
    int rc = pass(lines, fl_buf_text(&lines->pending), lines->pending.len, visit, ctx);
    if (lines->pending.capacity > KEEP_BYTES)
        fl_buf_destroy(&lines->pending);
    fl_buf_clear(&lines->pending);
    return rc;
}

int fl_lines_feed(struct fl_lines *lines, const char *bytes, size_t len, fl_lines_visit visit,
                  void *ctx)
{
    if (!len)
        return 0;
    const char *end = bytes + len;
    while (bytes < end) {
        const char *nl = memchr(bytes, '\n', (size_t)(end - bytes));
        size_t part = (size_t)((nl ? nl : end) - bytes);
        int rc = 0;
        if (!nl || lines->pending.len > 0)
            rc = append_pending(lines, bytes, part);
        if (nl && rc == 0)
            rc = lines->pending.len > 0 ? pass_pending(lines, visit, ctx)
                                        : pass(lines, bytes, part, visit, ctx);
        if (rc)
            return rc;
        bytes += part + (nl ? 1 : 0);
    }
    return 0;
}
