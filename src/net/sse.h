/* sse.h: reads a stream of server-sent events (WHATWG HTML, section 9.2).
 *
 * Lines end with LF or CRLF; the lone CR that the standard also allows is not taken for an end. */
#ifndef FL_NET_SSE_H
#define FL_NET_SSE_H

#include "net/lines.h"

enum { FL_SSE_EVENT_NAME_MAX = 31 }; /* a longer one is cut */

struct fl_sse {
    struct fl_lines lines;
    struct fl_buf data;
    size_t max_bytes; /* of one event's data */
    bool has_data;
    char event[FL_SSE_EVENT_NAME_MAX + 1];
    /* Receives each event that has data; `event` is "message" where the stream names none. */
    void (*visit)(void *ctx, const char *event, struct fl_str data);
    void *ctx;
};

void fl_sse_init(struct fl_sse *sse, size_t max_bytes,
                 void (*visit)(void *ctx, const char *event, struct fl_str data), void *ctx);
void fl_sse_destroy(struct fl_sse *sse); /* accepts an all-zero object */

/* 0, -FL_ELIMIT or -FL_ENOMEM. An event whose empty line does not come is dropped, as the standard
 * wants it. */
int fl_sse_feed(struct fl_sse *sse, const char *bytes, size_t len);

#endif
