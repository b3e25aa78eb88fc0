/* lines.h: cuts a stream of bytes into lines.
 *
 * A line ends with LF or CRLF, neither of which is part of it; its bytes are otherwise kept as they
 * are. A line that lies whole within the bytes that were fed is passed on without being copied; one
 * whose end never comes is never passed on. */
#ifndef FL_NET_LINES_H
#define FL_NET_LINES_H

#include "base/buf.h"

#define FL_LINES_MAX_BYTES_DEFAULT ((size_t)64 << 20)

struct fl_lines {
    struct fl_buf pending; /* the beginning of a line whose end has not come */
    size_t max_bytes;      /* of one line, its end not counted */
};

/* Receives one line, valid during the call; a value other than 0 ends the feeding. */
typedef int (*fl_lines_visit)(void *ctx, struct fl_str line);

/* `max_bytes` 0: FL_LINES_MAX_BYTES_DEFAULT. Destroying accepts an all-zero object. */
void fl_lines_init(struct fl_lines *lines, size_t max_bytes);
void fl_lines_destroy(struct fl_lines *lines);

/* 0, -FL_ELIMIT when a line is too long, -FL_ENOMEM, or what `visit` returned. After anything but 0
 * the rest of the bytes is dropped and the object is only good for destroying. */
int fl_lines_feed(struct fl_lines *lines, const char *bytes, size_t len, fl_lines_visit visit,
                  void *ctx);

#endif
