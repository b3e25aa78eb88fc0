/* child.c: see child.h.
 *
 * Six handles belong to a child: the launcher's process, its four descriptors and a timer. `ended`
 * is called when the last of them has been closed. */
#include "net/child.h"

#include "net/launch.h"
#include "net/proc_tree.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STDIN, STDOUT, STDERR, CONTROL, PIPES };
enum step { STEP_RUNNING, STEP_STDIN_CLOSED, STEP_TERMINATED, STEP_KILLED, STEP_GIVEN_UP };

struct fl_child {
    struct fl_child_options options; /* its strings are not to be used after the start */
    uv_process_t launcher;
    uv_pipe_t pipes[PIPES];
    uv_timer_t timer;
    unsigned open_handles;
    enum step step;
    bool launcher_ended;
    pid_t pid;
    enum fl_child_outcome outcome;
    int outcome_value;
    struct fl_err err;
    struct fl_launch_report report; /* being received */
    size_t report_len;
    char *command; /* for messages */
    size_t tail_len;
    char tail[FL_CHILD_STDERR_TAIL_BYTES];
    char input[64 * 1024];
};

struct write {
    uv_write_t request;
    char bytes[];
};

static void on_closed(uv_handle_t *handle)
{
    struct fl_child *child = handle->data;
    if (--child->open_handles == 0)
        child->options.ended(child->options.ctx);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_pipe(struct fl_child *child, int index)
{
    close_handle((uv_handle_t *)&child->pipes[index]);
}

static void close_all(struct fl_child *child)
{
    close_handle((uv_handle_t *)&child->launcher);
    for (int i = 0; i < PIPES; i++)
        close_pipe(child, i);
    close_handle((uv_handle_t *)&child->timer);
}

/* The launcher is gone and what it had to say has been read. */
static void close_if_done(struct fl_child *child)
{
    bool reading = false;
    for (int i = STDOUT; i < PIPES; i++)
        reading = reading || !uv_is_closing((uv_handle_t *)&child->pipes[i]);
    if (child->launcher_ended && !reading)
        close_all(child);
}

static void on_timer(uv_timer_t *timer);

static void take_step(struct fl_child *child, enum step step)
{
    child->step = step;
    uv_timer_start(&child->timer, on_timer, child->options.stop_timeout_ms, 0);
}

static void send_command(struct fl_child *child, char command)
{
    uv_buf_t buf = uv_buf_init(&command, 1);
    uv_try_write((uv_stream_t *)&child->pipes[CONTROL], &buf, 1);
}

/* The launcher can only have been killed: do what it would have done. */
static void kill_group(const struct fl_child *child)
{
    if (child->pid > 0)
        kill(-child->pid, SIGKILL);
}

static void on_timer(uv_timer_t *timer)
{
    struct fl_child *child = timer->data;
    if (child->launcher_ended || child->step == STEP_GIVEN_UP) {
        close_all(child);
    } else if (child->step == STEP_STDIN_CLOSED) {
        send_command(child, FL_LAUNCH_TERMINATE);
        take_step(child, STEP_TERMINATED);
    } else if (child->step == STEP_TERMINATED) {
        send_command(child, FL_LAUNCH_KILL);
        take_step(child, STEP_KILLED);
    } else if (child->step == STEP_KILLED) {
        uv_process_kill(&child->launcher, SIGKILL);
        take_step(child, STEP_GIVEN_UP);
    }
}

static void on_launcher_exit(uv_process_t *process, int64_t status, int signal)
{
    struct fl_child *child = process->data;
    (void)status;
    child->launcher_ended = true;
    if (signal)
        kill_group(child);
    close_handle((uv_handle_t *)process);
    close_pipe(child, STDIN);
    uv_timer_start(&child->timer, on_timer, child->options.stop_timeout_ms, 0);
    close_if_done(child);
}

static void fail_start(struct fl_child *child, enum fl_launch_event event, int error)
{
    const char *command = child->command;
    child->outcome = FL_CHILD_NOT_STARTED;
    if (event == FL_LAUNCH_CHDIR_FAILED)
        fl_err_set(&child->err, error == ENOENT ? FL_ENOENT : FL_ECHILD,
                   "its working directory cannot be entered: %s", strerror(error));
    else if (event == FL_LAUNCH_EXEC_FAILED && error == ENOENT && strchr(command, '/'))
        fl_err_set(&child->err, FL_ENOENT, "\"%s\" or its interpreter does not exist", command);
    else if (event == FL_LAUNCH_EXEC_FAILED && error == ENOENT)
        fl_err_set(&child->err, FL_ENOENT, "command \"%s\" not found: is it installed and in PATH?",
                   command);
    else if (event == FL_LAUNCH_EXEC_FAILED && error == EACCES)
        fl_err_set(&child->err, FL_ECHILD, "\"%s\" must not be executed: %s", command,
                   strerror(error));
    else
        fl_err_set(&child->err, FL_ECHILD, "\"%s\" cannot be started: %s", command,
                   strerror(error));
}

static void take_report(struct fl_child *child, struct fl_launch_report report)
{
    switch ((enum fl_launch_event)report.event) {
    case FL_LAUNCH_STARTED: child->pid = report.value; break;
    case FL_LAUNCH_EXITED:
    case FL_LAUNCH_SIGNALED:
        child->outcome = report.event == FL_LAUNCH_EXITED ? FL_CHILD_EXITED : FL_CHILD_SIGNALED;
        child->outcome_value = report.value;
        break;
    case FL_LAUNCH_CHDIR_FAILED:
    case FL_LAUNCH_EXEC_FAILED:
    case FL_LAUNCH_SYSTEM_FAILED:
        fail_start(child, (enum fl_launch_event)report.event, report.value);
        break;
    }
}

static void take_report_bytes(struct fl_child *child, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        ((char *)&child->report)[child->report_len++] = bytes[i];
        if (child->report_len == sizeof child->report) {
            child->report_len = 0;
            take_report(child, child->report);
        }
    }
}

static void keep_tail(struct fl_child *child, const char *bytes, size_t len)
{
    if (len > sizeof child->tail) {
        bytes += len - sizeof child->tail;
        len = sizeof child->tail;
    }
    size_t room = sizeof child->tail - child->tail_len;
    size_t drop = len > room ? len - room : 0;
    memmove(child->tail, child->tail + drop, child->tail_len - drop);
    memcpy(child->tail + child->tail_len - drop, bytes, len);
    child->tail_len += len - drop;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct fl_child *child = handle->data;
    (void)suggested;
    *buf = uv_buf_init(child->input, sizeof child->input);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct fl_child *child = stream->data;
    int index = (int)((uv_pipe_t *)stream - child->pipes);
    if (len == 0)
        return;
    if (len > 0 && index == STDERR)
        keep_tail(child, buf->base, (size_t)len);
    else if (len > 0 && index == CONTROL)
        take_report_bytes(child, buf->base, (size_t)len);
    else if (index == STDOUT)
        child->options.output(child->options.ctx, buf->base, len > 0 ? (size_t)len : 0);
    if (len < 0) {
        close_pipe(child, index);
        close_if_done(child);
    }
}

static void init_handles(struct fl_child *child, uv_loop_t *loop)
{
    /* Neither of these can fail on Linux. */
    uv_timer_init(loop, &child->timer);
    for (int i = 0; i < PIPES; i++) {
        uv_pipe_init(loop, &child->pipes[i], 0);
        child->pipes[i].data = child;
    }
    child->timer.data = child->launcher.data = child;
    child->open_handles = PIPES + 2;
}

static size_t count_strings(const char *const *strings)
{
    size_t count = 0;
    while (strings && strings[count])
        count++;
    return count;
}

static bool same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");
    return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* The inherited environment with `env` over it, in one allocation that borrows the strings. */
static char **merge_environment(const char *const *env)
{
    size_t own = count_strings((const char *const *)environ);
    size_t more = count_strings(env);
    char **merged = calloc(own + more + 1, sizeof *merged);
    if (!merged)
        return NULL;
    size_t count = 0;
    for (size_t i = 0; i < own; i++) {
        bool replaced = false;
        for (size_t k = 0; k < more && !replaced; k++)
            replaced = same_name(env[k], environ[i]);
        if (!replaced)
            merged[count++] = environ[i];
    }
    for (size_t k = 0; k < more; k++)
        merged[count++] = (char *)env[k];
    return merged;
}

static char **launcher_argv(const struct fl_child_options *options, const char *launcher,
                            char *grace)
{
    size_t count = count_strings(options->argv);
    char **argv = calloc(count + 4, sizeof *argv);
    if (!argv)
        return NULL;
    argv[0] = (char *)launcher;
    argv[1] = grace;
    argv[2] = (char *)(options->cwd ? options->cwd : "");
    for (size_t i = 0; i < count; i++)
        argv[3 + i] = (char *)options->argv[i];
    return argv;
}

/* 0 or libuv's error. */
static int spawn(struct fl_child *child, uv_loop_t *loop, char **argv, char **env)
{
    static const unsigned directions[PIPES] = {
        [STDIN] = UV_READABLE_PIPE,
        [STDOUT] = UV_WRITABLE_PIPE,
        [STDERR] = UV_WRITABLE_PIPE,
        [CONTROL] = UV_READABLE_PIPE | UV_WRITABLE_PIPE,
    };
    uv_stdio_container_t stdio[PIPES];
    for (int i = 0; i < PIPES; i++) {
        stdio[i].flags = (uv_stdio_flags)(UV_CREATE_PIPE | directions[i]);
        stdio[i].data.stream = (uv_stream_t *)&child->pipes[i];
    }
    const uv_process_options_t options = {
        .exit_cb = on_launcher_exit,
        .file = argv[0],
        .args = argv,
        .env = env,
        .flags = UV_PROCESS_DETACHED, /* setsid */
        .stdio_count = PIPES,
        .stdio = stdio,
    };
    return uv_spawn(loop, &child->launcher, &options);
}

/* Starts the launcher and reads from it, or closes what there is and leaves the reason. */
static void start(struct fl_child *child, uv_loop_t *loop, char **argv, char **env)
{
    init_handles(child, loop);
    int rc = spawn(child, loop, argv, env);
    if (rc) {
        child->outcome = FL_CHILD_NOT_STARTED;
        fl_err_set(&child->err, rc == UV_ENOMEM ? FL_ENOMEM : FL_ECHILD,
                   "the launcher \"%s\" cannot be started: %s", argv[0], uv_strerror(rc));
        close_all(child);
        return;
    }
    for (int i = STDOUT; i < PIPES; i++)
        uv_read_start((uv_stream_t *)&child->pipes[i], on_alloc, on_read);
}

struct fl_child *fl_child_start(uv_loop_t *loop, const struct fl_child_options *options,
                                struct fl_err *err)
{
    char found[4096];
    if (!options->launcher && fl_child_find_launcher(found, sizeof found, err))
        return NULL;
    char grace[16];
    snprintf(grace, sizeof grace, "%u", options->stop_timeout_ms);
    const char *launcher = options->launcher ? options->launcher : found;
    char **argv = launcher_argv(options, launcher, grace);
    char **env = merge_environment(options->env);
    struct fl_child *child = calloc(1, sizeof *child);
    if (child)
        child->command = strdup(options->argv[0]);
    if (argv && env && child && child->command) {
        child->options = *options;
        start(child, loop, argv, env);
    } else {
        fl_child_free(child);
        child = NULL;
        fl_err_nomem(err);
    }
    free(argv);
    free(env);
    return child;
}

void fl_child_free(struct fl_child *child)
{
    if (!child)
        return;
    free(child->command);
    free(child);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* a child that does not read ends or is stopped: that is told elsewhere */
    free(request->data);
}

int fl_child_write(struct fl_child *child, const char *bytes, size_t len)
{
    uv_stream_t *stream = (uv_stream_t *)&child->pipes[STDIN];
    if (uv_is_closing((uv_handle_t *)stream))
        return 0;
    size_t queued = uv_stream_get_write_queue_size(stream);
    if (len > FL_CHILD_QUEUE_MAX_BYTES || queued > FL_CHILD_QUEUE_MAX_BYTES - len)
        return -FL_ELIMIT;
    struct write *write = malloc(sizeof *write + len);
    if (!write)
        return -FL_ENOMEM;
    memcpy(write->bytes, bytes, len);
    write->request.data = write;
    uv_buf_t buf = uv_buf_init(write->bytes, (unsigned)len);
    if (uv_write(&write->request, stream, &buf, 1, on_written))
        free(write);
    return 0;
}

void fl_child_stop(struct fl_child *child)
{
    if (child->step != STEP_RUNNING || child->launcher_ended)
        return;
    close_pipe(child, STDIN);
    take_step(child, STEP_STDIN_CLOSED);
}

void fl_child_terminate(struct fl_child *child)
{
    fl_child_stop(child);
    if (child->step == STEP_STDIN_CLOSED)
        on_timer(&child->timer);
}

enum fl_child_outcome fl_child_outcome(const struct fl_child *child, int *ret_value)
{
    *ret_value = child->outcome_value;
    return child->outcome;
}

const struct fl_err *fl_child_error(const struct fl_child *child)
{
    return &child->err;
}

struct fl_str fl_child_stderr_tail(const struct fl_child *child)
{
    return (struct fl_str){child->tail, child->tail_len};
}

uint64_t fl_child_resident_bytes(const struct fl_child *child)
{
    return child->launcher_ended ? 0 : fl_proc_tree_resident_bytes(child->launcher.pid);
}
