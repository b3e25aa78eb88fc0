/* cmd_help.c: help, completion, and the pages that are made from the tables. */
#include "cli/cli.h"

#include <unistd.h>

enum { HELP_WIDTH_MIN = 40, HELP_WIDTH_MAX = 100 };

void fl_cli_append_help(struct fl_cli *cli, struct fl_buf *out, const struct fl_args *args,
                        unsigned width)
{
    if (width && width < HELP_WIDTH_MIN)
        width = HELP_WIDTH_MIN;
    if (width > HELP_WIDTH_MAX)
        width = HELP_WIDTH_MAX;
    fl_help_append(out, args->path, args->depth, (struct fl_help_style){width, cli->out.colors});
}

int fl_cli_help(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_args named = {.path = {args->path[0]}, .depth = 1};
    struct fl_err err = {0};
    if (fl_cli_begin_tolerant(cli, args))
        return FL_CLI_FAILED;
    for (size_t i = 0; i < args->operand_count; i++) {
        const struct fl_command *found =
            fl_command_find(named.path[named.depth - 1], args->operands[i]);
        if (!found) {
            fl_command_unknown(named.path, named.depth, args->operands[i], &err);
            fl_cli_message("%s", err.message);
            return FL_CLI_USAGE;
        }
        named.path[named.depth++] = found;
    }
    fl_cli_append_help(cli, &cli->out.buf, &named, fl_cli_terminal_width(STDOUT_FILENO, 0));
    return 0;
}

int fl_cli_completion(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    const char *shell = args->operands[0];
    if (strcmp(shell, "bash") == 0)
        fl_completion_bash_append(&cli->out.buf, fl_cli_docs.root);
    else if (strcmp(shell, "zsh") == 0)
        fl_completion_zsh_append(&cli->out.buf, fl_cli_docs.root);
    else
        fl_completion_fish_append(&cli->out.buf, fl_cli_docs.root);
    return 0;
}

int fl_cli_man(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    (void)args;
    fl_docs_man_append(&cli->out.buf, &fl_cli_docs);
    return 0;
}

int fl_cli_reference(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    if (fl_args_flag(args, "settings"))
        fl_cli_append_config_reference(&cli->out.buf);
    else
        fl_docs_markdown_append(&cli->out.buf, &fl_cli_docs);
    return 0;
}
