/* buf.h: a growing run of bytes, always followed by a NUL.
 *
 * Failure sticks: after one failed growth every append does nothing, so that a writer checks once,
 * at its end, with fl_buf_failed. Not thread-safe. */
#ifndef FL_BASE_BUF_H
#define FL_BASE_BUF_H

#include "base/str.h"

#include <stdarg.h>

struct fl_buf {
    char *ptr;
    size_t len;
    size_t capacity;
    bool failed;
};

/* All-zero is an empty buffer. Destroying frees and leaves it all-zero; NULL is accepted. */
void fl_buf_destroy(struct fl_buf *buf);
void fl_buf_clear(struct fl_buf *buf); /* keeps the memory and forgets a failure */

void fl_buf_append(struct fl_buf *buf, const void *bytes, size_t len);
void fl_buf_append_str(struct fl_buf *buf, const char *text);
void fl_buf_append_char(struct fl_buf *buf, char c);
void fl_buf_printf(struct fl_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for `extra` more bytes behind the present end; false (and failed) when there is none. */
bool fl_buf_reserve(struct fl_buf *buf, size_t extra);

static inline bool fl_buf_failed(const struct fl_buf *buf)
{
    return buf->failed;
}

/* The content as a NUL-terminated string, never NULL; valid until the next change. */
static inline const char *fl_buf_text(const struct fl_buf *buf)
{
    return buf->ptr ? buf->ptr : "";
}

/* Moves the content out (free() it); NULL if the buffer had failed or is out of memory. The buffer
 * is empty afterwards. */
char *fl_buf_take(struct fl_buf *buf);

#endif
