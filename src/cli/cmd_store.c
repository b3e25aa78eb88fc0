/* cmd_store.c: foreload catalog check, remove. */
#include "cli/cli.h"

static void append_check_json(struct fl_buf *out, const struct fl_report *report,
                              const struct fl_err *err)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_open(&j, "findings", '[');
    if (err->code)
        fl_cli_json_finding(&j, "", 0, "error", "", err->message);
    fl_cli_json_findings(&j, report);
    fl_json_out_close(&j, ']');
    fl_json_out_integer(&j, "errors",
                        (int64_t)(report ? fl_report_errors(report) : 0) + (err->code != 0));
    fl_json_out_integer(&j, "warnings", (int64_t)(report ? fl_report_warnings(report) : 0));
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_check_text(struct fl_buf *out, const struct fl_report *report)
{
    fl_cli_append_findings(out, report);
    fl_cli_append_things(out, fl_report_errors(report), "error");
    fl_buf_append_str(out, ", ");
    fl_cli_append_things(out, fl_report_warnings(report), "warning");
    fl_buf_append_char(out, '\n');
}

int fl_cli_catalog_check(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine_with_catalog(cli, args, &engine);
    if (status)
        return status;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_engine_check(engine, &report, &err);
    if (fl_args_flag(args, "json"))
        append_check_json(&cli->out.buf, report, &err);
    else if (report)
        append_check_text(&cli->out.buf, report);
    if (rc)
        status = fl_cli_fail(&err);
    else if (fl_report_errors(report))
        status = FL_CLI_FAILED;
    fl_report_free(report);
    fl_engine_free(engine);
    return status;
}

int fl_cli_catalog_remove(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 && fl_engine_remove(engine, args->operands[0], &err))
        status = fl_cli_fail(&err);
    fl_engine_free(engine);
    return status;
}
