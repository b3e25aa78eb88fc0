/* err.h: filling in a `struct fl_err` (foreload/error.h). */
#ifndef FL_BASE_ERR_H
#define FL_BASE_ERR_H

#include "foreload/error.h"

#include <stdarg.h>

/* Sets code and message (printf form; cut at FL_ERR_MESSAGE_MAX, never inside a UTF-8 sequence) and
 * returns -code, so that a failing function can end with `return fl_err_set(...)`. `err` may be
 * NULL. Control characters of the message are replaced by '?': it may quote hostile input. */
int fl_err_set(struct fl_err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the 1-based line of the input that is at fault. */
int fl_err_set_line(struct fl_err *err, int code, unsigned line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "out of memory", for the many places that have nothing to add. */
int fl_err_nomem(struct fl_err *err);

/* Puts "context: " before the message; keeps code and line. Returns -err->code (or 0 if no error
 * is set); NULL is accepted and returns `otherwise`. */
int fl_err_prefix(struct fl_err *err, int otherwise, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Static analysis sees one file at a time: this tells it that these never return 0. */
#ifdef __clang_analyzer__
#define fl_err_set(err, code, ...) (fl_err_set(err, code, __VA_ARGS__), -(code))
#define fl_err_set_line(err, code, line, ...) \
    (fl_err_set_line(err, code, line, __VA_ARGS__), -(code))
#define fl_err_nomem(err) (fl_err_nomem(err), -FL_ENOMEM)
#endif

#endif
