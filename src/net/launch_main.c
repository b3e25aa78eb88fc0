/* launch_main.c: foreload-launch, the parent of one server.
 *
 *     foreload-launch GRACE_MS CWD|"" COMMAND [ARGUMENT…]
 *
 * It exists so that nothing a server starts outlives Foreload, however either of them ends.
 *
 *     foreload ──socket── foreload-launch ── server (leads a group) ── whatever it starts
 *
 *  - It is a subreaper: what is orphaned below it becomes its child, also when that has left group
 *    and session, so its children are all that there is to kill, and it leaves no zombie.
 *  - The socket is the lifeline. Foreload's end closes even when Foreload is killed; then every
 *    descendant is killed. No signal is needed, so it does not matter which thread started it.
 *  - The server itself gets SIGKILL when the launcher dies (parent-death signal).
 *
 *     running ──server ended, 'T', SIGTERM──▶ draining ──grace over──▶ killing
 *        └─────────────'K', lifeline closed────────┴──────────────────────▲
 *
 * Draining has sent SIGTERM to the group. It ends as soon as no descendant is left; when Foreload
 * asked for it ('T') and the server is still there, it lasts until Foreload says more. */
#include "net/launch.h"
#include "net/proc_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILL_ROUND_MS = 10, STATUS_FAILED = 125, STATUS_USAGE = 2 };

enum stage { RUNNING, DRAINING, KILLING };

struct launcher {
    pid_t server; /* 0 once reaped */
    pid_t group;
    int signal_fd;
    int grace_ms;
    enum stage stage;
    int64_t drained_by_ms; /* while DRAINING after the server's end */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Nobody there to read it is no error: then the lifeline is closed. */
static void report(enum fl_launch_event event, int value)
{
    const struct fl_launch_report report = {(int32_t)event, value};
    ssize_t n = write(FL_LAUNCH_CONTROL_FD, &report, sizeof report);
    (void)n;
}

static bool restore_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    return signal(SIGPIPE, SIG_DFL) != SIG_ERR && sigprocmask(SIG_SETMASK, &none, NULL) == 0;
}

/* The child's side of the fork; tells its failure through `fd`, which exec closes. */
static _Noreturn void become_server(char **argv, const char *cwd, pid_t launcher, int fd)
{
    struct fl_launch_report failure = {FL_LAUNCH_SYSTEM_FAILED, 0};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == launcher && restore_signals()) {
        failure.event = FL_LAUNCH_CHDIR_FAILED;
        if (!*cwd || chdir(cwd) == 0) {
            failure.event = FL_LAUNCH_EXEC_FAILED;
            execvp(argv[0], argv);
        }
    }
    failure.value = errno;
    ssize_t n = write(fd, &failure, sizeof failure);
    (void)n;
    _exit(127);
}

/* The server's pipes are not ours: an end that we held would never close. */
static bool drop_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return false;
    bool dropped = true;
    for (int fd = 0; fd <= 2; fd++)
        dropped = dup2(null, fd) == fd && dropped;
    close(null);
    return dropped;
}

/* False when there is no server; the reason has been reported. */
static bool start_server(struct launcher *launcher, char **argv, const char *cwd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        report(FL_LAUNCH_SYSTEM_FAILED, errno);
        return false;
    }
    pid_t self = getpid();
    pid_t server = fork();
    if (server == 0)
        become_server(argv, cwd, self, ends[1]);
    int fork_errno = errno;
    close(ends[1]);
    struct fl_launch_report failure;
    bool failed = server < 0 || read(ends[0], &failure, sizeof failure) == sizeof failure;
    close(ends[0]);
    if (failed && server > 0)
        waitpid(server, NULL, 0);
    if (server < 0)
        failure = (struct fl_launch_report){FL_LAUNCH_SYSTEM_FAILED, fork_errno};
    if (failed) {
        report((enum fl_launch_event)failure.event, failure.value);
        return false;
    }
    launcher->server = launcher->group = server;
    report(FL_LAUNCH_STARTED, server);
    return true;
}

static void drain(struct launcher *launcher)
{
    if (launcher->stage == RUNNING) {
        kill(-launcher->group, SIGTERM);
        launcher->stage = DRAINING;
    }
}

/* Reaps what has ended; false when there is no descendant any more. */
static bool reap(struct launcher *launcher)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0)
            return true;
        if (pid < 0)
            return errno != ECHILD;
        if (pid != launcher->server)
            continue;
        launcher->server = 0;
        if (WIFSIGNALED(status))
            report(FL_LAUNCH_SIGNALED, WTERMSIG(status));
        else
            report(FL_LAUNCH_EXITED, WEXITSTATUS(status));
        drain(launcher);
        launcher->drained_by_ms = now_ms() + launcher->grace_ms;
    }
}

static void kill_child(void *ctx, pid_t pid, pid_t parent)
{
    const pid_t *self = ctx;
    if (parent == *self)
        kill(pid, SIGKILL);
}

/* One level of the tree: what is below becomes our child when its parent has died. */
static void kill_children(const struct launcher *launcher)
{
    pid_t self = getpid();
    kill(-launcher->group, SIGKILL);
    fl_proc_visit(kill_child, &self);
}

static void obey(struct launcher *launcher)
{
    char command;
    ssize_t n = read(FL_LAUNCH_CONTROL_FD, &command, 1);
    if (n == 1 && command == FL_LAUNCH_TERMINATE)
        drain(launcher);
    else if (n >= 0 || errno != EINTR)
        launcher->stage = KILLING;
}

static void take_signal(struct launcher *launcher)
{
    struct signalfd_siginfo info;
    if (read(launcher->signal_fd, &info, sizeof info) == sizeof info && info.ssi_signo != SIGCHLD)
        drain(launcher);
}

/* Until the next thing that can only be told by time; -1: for ever. */
static int wait_ms(const struct launcher *launcher)
{
    if (launcher->stage == KILLING)
        return KILL_ROUND_MS;
    if (launcher->stage == RUNNING || launcher->server != 0)
        return -1;
    int64_t left = launcher->drained_by_ms - now_ms();
    return left > 0 ? (int)left : 0;
}

static void watch(struct launcher *launcher)
{
    while (reap(launcher)) {
        int timeout = wait_ms(launcher);
        if (timeout == 0)
            launcher->stage = KILLING;
        if (launcher->stage == KILLING)
            kill_children(launcher);
        struct pollfd fds[2] = {{.fd = launcher->signal_fd, .events = POLLIN},
                                {.fd = FL_LAUNCH_CONTROL_FD, .events = POLLIN}};
        if (launcher->stage == KILLING)
            fds[1].fd = -1; /* no command can undo that, and a closed end would never stop waking */
        if (poll(fds, 2, timeout == 0 ? KILL_ROUND_MS : timeout) <= 0)
            continue;
        if (fds[0].revents)
            take_signal(launcher);
        if (fds[1].revents)
            obey(launcher);
    }
}

static int prepare(void)
{
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    if (fcntl(FL_LAUNCH_CONTROL_FD, F_SETFD, FD_CLOEXEC) || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
        sigprocmask(SIG_SETMASK, &watched, NULL) || prctl(PR_SET_CHILD_SUBREAPER, 1))
        return -1;
    /* Not found by `pkill foreload`, which would leave nobody to clean up. */
    prctl(PR_SET_NAME, "fl-launch");
    return signalfd(-1, &watched, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return STATUS_USAGE;
    struct launcher launcher = {.grace_ms = (int)strtol(argv[1], NULL, 10), .signal_fd = prepare()};
    if (launcher.signal_fd < 0) {
        report(FL_LAUNCH_SYSTEM_FAILED, errno);
        return STATUS_FAILED;
    }
    if (!start_server(&launcher, argv + 3, argv[2]))
        return STATUS_FAILED;
    if (drop_stdio())
        watch(&launcher);
    else
        report(FL_LAUNCH_SYSTEM_FAILED, errno);
    return 0;
}
