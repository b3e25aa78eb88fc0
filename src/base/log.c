/* log.c: see log.h. */
#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_MAX = 1024 };

void fl_log_write(const struct fl_log *log, enum fl_log_level level, const char *format, ...)
{
    if (!log || !log->write)
        return;
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fl_utf8_mask_controls(message);
    log->write(log->ctx, level, message);
}
