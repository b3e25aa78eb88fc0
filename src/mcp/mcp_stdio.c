/* mcp_stdio.c: a job over the pipes of a child. */
#include "mcp/mcp_job.h"
#include "net/child.h"
#include "net/lines.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>

struct stdio {
    struct fl_child *child;
    struct fl_lines lines;
};

/* "TypeError: …", "error [CODE]": more telling than the end of a stack trace or a good-bye. */
static bool names_error(struct fl_str line)
{
    for (size_t i = 0; i + 7 <= line.len; i++)
        if (strncasecmp(line.ptr + i, "error:", 6) == 0 ||
            strncasecmp(line.ptr + i, "error [", 7) == 0)
            return true;
    return false;
}

static struct fl_str trimmed(const char *start, const char *end)
{
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return (struct fl_str){start, (size_t)(end - start)};
}

/* The last line that names an error, or else the last that is not empty. */
static struct fl_str telling_line(struct fl_str tail)
{
    struct fl_str last = {0};
    const char *end = tail.ptr + tail.len;
    for (const char *line = tail.ptr; line < end;) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        struct fl_str text = trimmed(line, nl ? nl : end);
        if (text.len > 0 && (names_error(text) || !names_error(last)))
            last = text;
        line = nl ? nl + 1 : end;
    }
    return last;
}

static void set_ended_error(const struct fl_mcp_job *job, struct fl_err *err)
{
    const struct stdio *stdio = job->connection;
    const char *awaits = fl_mcp_session_awaits(&job->session);
    int value;
    switch (fl_child_outcome(stdio->child, &value)) {
    case FL_CHILD_NOT_STARTED: *err = *fl_child_error(stdio->child); return;
    case FL_CHILD_EXITED:
        fl_err_set(err, FL_ECHILD, "exited with status %d before it answered %s", value, awaits);
        break;
    case FL_CHILD_SIGNALED:
        fl_err_set(err, FL_ECHILD, "was ended by signal %d (%s) before it answered %s", value,
                   strsignal(value), awaits);
        break;
    case FL_CHILD_UNKNOWN: fl_err_set(err, FL_ECHILD, "ended before it answered %s", awaits); break;
    }
}

static int on_line(void *ctx, struct fl_str line)
{
    struct fl_mcp_job *job = ctx;
    fl_mcp_job_receive(job, line);
    return job->reported;
}

static void on_output(void *ctx, const char *bytes, size_t len)
{
    struct fl_mcp_job *job = ctx;
    struct stdio *stdio = job->connection;
    if (job->reported)
        return;
    int rc = fl_lines_feed(&stdio->lines, bytes, len, on_line, job);
    if (rc < 0) {
        struct fl_err err;
        fl_err_set(&err, -rc,
                   rc == -FL_ELIMIT ? "sent a line of more than %zu bytes"
                                    : "no memory for a line of up to %zu bytes",
                   job->options->max_list_bytes);
        fl_mcp_job_fail(job, &err);
    } else if (len == 0) {
        fl_child_stop(stdio->child); /* it will say no more: its exit tells why */
    }
}

static void on_ended(void *ctx);

static int start_child(struct fl_mcp_job *job, struct fl_err *err)
{
    struct stdio *stdio = job->connection;
    const struct fl_child_options options = {
        .launcher = job->options->launcher,
        .argv = job->target->argv,
        .env = job->target->env,
        .cwd = job->target->cwd,
        .stop_timeout_ms = job->options->stop_timeout_ms,
        .output = on_output,
        .ended = on_ended,
        .ctx = job,
    };
    fl_lines_init(&stdio->lines, job->options->max_list_bytes);
    stdio->child = fl_child_start(job->loop, &options, err);
    return stdio->child ? 0 : -err->code;
}

/* Some servers end when their first message is one that they do not know. */
static bool ended_on_probe(const struct fl_mcp_job *job)
{
    const struct stdio *stdio = job->connection;
    int value;
    return !job->reported && job->probe && !job->session.answered &&
           fl_child_outcome(stdio->child, &value) != FL_CHILD_NOT_STARTED;
}

static bool start_again(struct fl_mcp_job *job)
{
    struct stdio *stdio = job->connection;
    struct fl_err err;
    fl_child_free(stdio->child);
    fl_lines_destroy(&stdio->lines);
    if (start_child(job, &err)) {
        fl_mcp_job_fail(job, &err);
        return false;
    }
    fl_log_write(job->options->log, FL_LOG_DEBUG,
                 "%s: ended at server/discover; started again with initialize", job->target->name);
    fl_mcp_job_open(job, false);
    return true;
}

static void on_ended(void *ctx)
{
    struct fl_mcp_job *job = ctx;
    if (ended_on_probe(job) && start_again(job))
        return;
    if (!job->reported) {
        struct fl_err err;
        set_ended_error(job, &err);
        fl_mcp_job_fail(job, &err);
    }
    fl_mcp_job_end(job);
}

static int stdio_start(struct fl_mcp_job *job, struct fl_err *err)
{
    job->connection = calloc(1, sizeof(struct stdio));
    if (!job->connection)
        return fl_err_nomem(err);
    return start_child(job, err);
}

static void stdio_send(struct fl_mcp_job *job, struct fl_str messages)
{
    struct stdio *stdio = job->connection;
    int rc = fl_child_write(stdio->child, messages.ptr, messages.len);
    if (rc) {
        struct fl_err err;
        fl_err_set(&err, -rc,
                   rc == -FL_ELIMIT ? "does not read what is sent to it"
                                    : "no memory for a message");
        fl_mcp_session_fail(&job->session, &err);
    }
}

static void stdio_stop(struct fl_mcp_job *job)
{
    struct stdio *stdio = job->connection;
    if (stdio->child)
        fl_child_stop(stdio->child);
}

static void stdio_abort(struct fl_mcp_job *job)
{
    struct stdio *stdio = job->connection;
    if (stdio->child)
        fl_child_terminate(stdio->child);
}

static void stdio_explain(struct fl_mcp_job *job, struct fl_err *err)
{
    const struct stdio *stdio = job->connection;
    if (!stdio->child)
        return;
    struct fl_str line = telling_line(fl_child_stderr_tail(stdio->child));
    if (line.len == 0)
        return;
    const struct fl_err told = *err;
    fl_err_set(err, told.code, "%.250s: %.*s", told.message, line.len > 250 ? 250 : (int)line.len,
               line.ptr);
}

static uint64_t stdio_resident_bytes(struct fl_mcp_job *job)
{
    const struct stdio *stdio = job->connection;
    return fl_child_resident_bytes(stdio->child);
}

static void stdio_free(struct fl_mcp_job *job)
{
    struct stdio *stdio = job->connection;
    if (!stdio)
        return;
    fl_child_free(stdio->child);
    fl_lines_destroy(&stdio->lines);
    free(stdio);
}

const struct fl_mcp_transport fl_mcp_stdio = {
    .start = stdio_start,
    .send = stdio_send,
    .stop = stdio_stop,
    .abort = stdio_abort,
    .explain = stdio_explain,
    .resident_bytes = stdio_resident_bytes,
    .free = stdio_free,
};
