/* buf.c: see buf.h. */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BYTES = 64 };

void fl_buf_destroy(struct fl_buf *buf)
{
    if (!buf)
        return;
    free(buf->ptr);
    *buf = (struct fl_buf){0};
}

void fl_buf_clear(struct fl_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->ptr)
        buf->ptr[0] = '\0';
}

bool fl_buf_reserve(struct fl_buf *buf, size_t extra)
{
    if (buf->failed)
        return false;
    size_t need;
    if (__builtin_add_overflow(buf->len, extra, &need) || need > SIZE_MAX / 4)
        return !(buf->failed = true);
    if (need + 1 <= buf->capacity)
        return true;
    size_t capacity = buf->capacity ? buf->capacity : FIRST_BYTES;
    while (capacity < need + 1)
        capacity *= 2;
    char *grown = realloc(buf->ptr, capacity);
    if (!grown)
        return !(buf->failed = true);
    buf->ptr = grown;
    buf->ptr[buf->len] = '\0';
    buf->capacity = capacity;
    return true;
}

void fl_buf_append(struct fl_buf *buf, const void *bytes, size_t len)
{
    if (!fl_buf_reserve(buf, len))
        return;
    if (len)
        memcpy(buf->ptr + buf->len, bytes, len);
    buf->len += len;
    buf->ptr[buf->len] = '\0';
}

void fl_buf_append_str(struct fl_buf *buf, const char *text)
{
    fl_buf_append(buf, text, strlen(text));
}

void fl_buf_append_char(struct fl_buf *buf, char c)
{
    fl_buf_append(buf, &c, 1);
}

void fl_buf_printf(struct fl_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        buf->failed = true;
    else if (fl_buf_reserve(buf, (size_t)n)) {
        vsnprintf(buf->ptr + buf->len, (size_t)n + 1, format, again);
        buf->len += (size_t)n;
    }
    va_end(again);
}

char *fl_buf_take(struct fl_buf *buf)
{
    if (!fl_buf_reserve(buf, 0)) {
        fl_buf_destroy(buf);
        return NULL;
    }
    char *taken = buf->ptr;
    *buf = (struct fl_buf){0};
    return taken;
}
