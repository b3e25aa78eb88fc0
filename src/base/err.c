/* err.c: error codes, names and reports; see err.h. */
#include "base/err.h"
#undef fl_err_set
#undef fl_err_set_line
#undef fl_err_nomem

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

const char *fl_error_name(int code)
{
    switch (code < 0 ? -code : code) {
    case FL_OK: return "OK";
#define FL_ERROR_NAME(name, value, text) \
    case value: return #name;
        FL_ERRORS(FL_ERROR_NAME)
#undef FL_ERROR_NAME
    }
    return "EUNKNOWN";
}

const char *fl_error_text(int code)
{
    switch (code < 0 ? -code : code) {
    case FL_OK: return "success";
#define FL_ERROR_TEXT(name, value, text) \
    case value: return text;
        FL_ERRORS(FL_ERROR_TEXT)
#undef FL_ERROR_TEXT
    }
    return "unknown error";
}

/* A message cut by snprintf may end inside a UTF-8 sequence: drop that sequence. */
static void drop_partial_sequence(char *text)
{
    size_t len = strlen(text);
    size_t start = len;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0xC0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (len - (start - 1) < need)
        text[start - 1] = '\0';
}

static void __attribute__((format(printf, 4, 0)))
set(struct fl_err *err, int code, unsigned line, const char *format, va_list args)
{
    err->code = code;
    err->line = line;
    int n = vsnprintf(err->message, sizeof err->message, format, args);
    if (n >= (int)sizeof err->message)
        drop_partial_sequence(err->message);
    fl_utf8_mask_controls(err->message);
}

int fl_err_set(struct fl_err *err, int code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        set(err, code, 0, format, args);
        va_end(args);
    }
    return -code;
}

int fl_err_set_line(struct fl_err *err, int code, unsigned line, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        set(err, code, line, format, args);
        va_end(args);
    }
    return -code;
}

int fl_err_nomem(struct fl_err *err)
{
    return fl_err_set(err, FL_ENOMEM, "out of memory");
}

int fl_err_prefix(struct fl_err *err, int otherwise, const char *format, ...)
{
    if (!err)
        return otherwise;
    enum {
        HALF = FL_ERR_MESSAGE_MAX / 2 - 1
    }; /* each of the two gets as much, with ": " between */
    char context[HALF], message[HALF];
    va_list args;
    va_start(args, format);
    int context_len = vsnprintf(context, sizeof context, format, args);
    va_end(args);
    if (context_len >= HALF)
        drop_partial_sequence(context);
    if (snprintf(message, sizeof message, "%s", err->message) >= HALF)
        drop_partial_sequence(message);
    snprintf(err->message, sizeof err->message, "%s: %s", context, message);
    fl_utf8_mask_controls(err->message);
    return -err->code;
}
