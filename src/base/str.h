/* str.h: a borrowed run of bytes. Not NUL-terminated unless its source says so. */
#ifndef FL_BASE_STR_H
#define FL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct fl_str {
    const char *ptr;
    size_t len;
};

#define FL_STR(literal) ((struct fl_str){(literal), sizeof(literal) - 1})

static inline struct fl_str fl_str_of(const char *text)
{
    return (struct fl_str){text, text ? strlen(text) : 0};
}

static inline bool fl_str_equal(struct fl_str a, struct fl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool fl_str_is(struct fl_str a, const char *text)
{
    return fl_str_equal(a, fl_str_of(text));
}

#endif
