/* log.h: the hook through which a layer tells what a person may want to know.
 *
 * Errors are returned, never logged. What goes through here is the rest: a server's stray output,
 * an entry that was skipped, a retry. The receiver decides what is shown. */
#ifndef FL_BASE_LOG_H
#define FL_BASE_LOG_H

enum fl_log_level { FL_LOG_DEBUG, FL_LOG_INFO, FL_LOG_WARNING };

struct fl_log {
    /* May be NULL: nothing is told. `message` is one line, valid during the call. Any thread. */
    void (*write)(void *ctx, enum fl_log_level level, const char *message);
    void *ctx;
};

/* printf form; cut at 1,024 bytes; control characters become '?'. `log` may be NULL. */
void fl_log_write(const struct fl_log *log, enum fl_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
