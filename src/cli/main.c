/* main.c: the program foreload: reads the command line and runs the command.
 *
 * ^C sets a flag that long commands poll; a second one ends the program at once. */
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted; /* the only thing that a signal handler may touch */

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static bool is_interrupted(void *ctx)
{
    (void)ctx;
    return interrupted != 0;
}

/* What the caller has made the program deaf to stays so. */
static void catch_signal(int signal_number)
{
    struct sigaction action = {.sa_handler = note_interrupt, .sa_flags = (int)SA_RESETHAND};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal_number, &action, NULL);
}

/* A standard stream that the caller has closed would become the next file that is opened, and
 * output would go there. What stands in for it fails as a closed one does. */
static void occupy_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(FL_CLI_FAILED); /* the lowest free descriptor was this one */
}

/* What a person sees who does not know yet what to type. */
static int tell_usage(struct fl_cli *cli, const struct fl_args *args)
{
    struct fl_buf help = {0};
    fl_cli_append_help(cli, &help, args, fl_cli_terminal_width(STDERR_FILENO, 0));
    fl_cli_stderr(&help);
    fl_buf_destroy(&help);
    return FL_CLI_USAGE;
}

static int refuse(const struct fl_args *args, const struct fl_err *err)
{
    fl_cli_message("%s", err->message);
    if (err->code == FL_ENOMEM)
        return FL_CLI_FAILED;
    struct fl_buf hint = {0};
    fl_buf_append_str(&hint, "Try '");
    fl_docs_path_append(&hint, args->path, args->depth);
    fl_buf_append_str(&hint, " --help'.\n");
    fl_cli_stderr(&hint);
    fl_buf_destroy(&hint);
    return FL_CLI_USAGE;
}

/* The version, what computes here, and what could. */
static void append_version(struct fl_cli *cli)
{
    const char *isa = fl_isa_choose(fl_settings_isa(&cli->settings), NULL);
    fl_buf_printf(&cli->out.buf, "foreload %s\n", fl_version());
    if (isa)
        fl_buf_printf(&cli->out.buf, "computes with %s; ", isa);
    fl_buf_printf(&cli->out.buf, "this processor runs %s\n", fl_isa_available());
}

static int answer(struct fl_cli *cli, const struct fl_args *args)
{
    if (!args->ended_by)
        return fl_args_command(args)->run(cli, args);
    int status = fl_cli_begin_tolerant(cli, args);
    if (status)
        return status;
    if (strcmp(args->ended_by->name, "version") == 0)
        append_version(cli);
    else
        fl_cli_append_help(cli, &cli->out.buf, args, fl_cli_terminal_width(STDOUT_FILENO, 0));
    return 0;
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    catch_signal(SIGINT);
    catch_signal(SIGTERM);
    signal(SIGPIPE, SIG_IGN);
    struct fl_cli cli = {.canceled = is_interrupted};
    struct fl_args args;
    struct fl_err err = {0};
    int status;
    int rc = fl_args_parse(fl_cli_docs.root, argc, argv, &args, &err);
    if (argc <= 1)
        status = tell_usage(&cli, &args);
    else
        status = rc ? refuse(&args, &err) : answer(&cli, &args);
    status = fl_cli_output_finish(&cli.out, status);
    fl_settings_destroy(&cli.settings);
    fl_args_destroy(&args);
    return status;
}
