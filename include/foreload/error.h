/* error.h: the error codes and the error report of libforeload.
 *
 * Functions return 0 or a negative code of this list. Where a person will read the reason, the
 * last parameter is a `struct fl_err`, owned by the caller, which may be NULL. */
#ifndef FORELOAD_ERROR_H
#define FORELOAD_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

#define FL_ERRORS(X)                       \
    X(ENOMEM, 1, "out of memory")          \
    X(EINVAL, 2, "invalid argument")       \
    X(ELIMIT, 3, "limit exceeded")         \
    X(EPARSE, 4, "malformed input")        \
    X(EUTF8, 5, "not valid UTF-8")         \
    X(EIO, 6, "input/output error")        \
    X(ENOENT, 7, "not found")              \
    X(EEXIST, 8, "exists already")         \
    X(EAMBIGUOUS, 9, "ambiguous name")     \
    X(ECORRUPT, 10, "damaged")             \
    X(EVERSION, 11, "unsupported version") \
    X(ETIMEDOUT, 12, "timed out")          \
    X(EPROTO, 13, "protocol violation")    \
    X(ECHILD, 14, "child process failed")  \
    X(EBUSY, 15, "busy")                   \
    X(ECYCLE, 16, "dependency cycle")      \
    X(ECONFLICT, 17, "conflict")           \
    X(ENOTSUP, 18, "not supported")        \
    X(ECANCELED, 19, "canceled")           \
    X(ECHANGED, 20, "changed meanwhile")

enum fl_code {
    FL_OK = 0,
#define FL_ERROR_ENUM(name, value, text) FL_##name = (value),
    FL_ERRORS(FL_ERROR_ENUM)
#undef FL_ERROR_ENUM
};

enum { FL_ERR_MESSAGE_MAX = 512 };

/* What went wrong: `code` is an enum fl_code (positive), `line` the 1-based line of the input that
 * is at fault or 0, `message` one sentence without a final full stop, always NUL-terminated. */
struct fl_err {
    int code;
    unsigned line;
    char message[FL_ERR_MESSAGE_MAX];
};

#if defined(__GNUC__)
#define FL_API __attribute__((visibility("default")))
#else
#define FL_API
#endif

/* The name ("ENOMEM") and the general text of a code; either sign is accepted. Never NULL: an
 * unknown code is "EUNKNOWN". Static strings. */
FL_API const char *fl_error_name(int code);
FL_API const char *fl_error_text(int code);

#ifdef __cplusplus
}
#endif
#endif
