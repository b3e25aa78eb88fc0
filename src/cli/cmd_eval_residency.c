/* cmd_eval_residency.c: foreload eval residency: what is kept in memory, played from a trace. */
#include "cli/cli.h"

#include <stdlib.h>

static void append_json(struct fl_buf *out, const struct fl_eval_residency_result *r)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "requests", (int64_t)r->requests);
    fl_json_out_real(&j, "miss_ratio", r->miss_ratio, 6);
    fl_json_out_real(&j, "byte_miss_ratio", r->byte_miss_ratio, 6);
    fl_json_out_real(&j, "load_ms_ratio", r->load_ms_ratio, 6);
    fl_json_out_open(&j, "preload", '{');
    fl_json_out_integer(&j, "issued", (int64_t)r->preloads);
    fl_json_out_integer(&j, "used", (int64_t)r->preloads_used);
    fl_json_out_real(&j, "wasted_percent", r->wasted_percent, 2);
    fl_json_out_real(&j, "wasted_byte_seconds", r->wasted_byte_seconds, 0);
    fl_json_out_real(&j, "coverage", r->coverage, 4);
    fl_json_out_close(&j, '}');
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_eval_residency_result *r, bool preload)
{
    fl_cli_append_things(out, r->requests, "request");
    fl_buf_append_str(out, " of ");
    fl_cli_append_things(out, r->users, "user");
    fl_buf_printf(out, "\n\n%-32s%7.2f %%\n", "found in memory", 100 * (1 - r->miss_ratio));
    fl_buf_printf(out, "%-32s%7.2f %%\n", "bytes found in memory", 100 * (1 - r->byte_miss_ratio));
    fl_buf_printf(out, "%-32s%7.2f %%\n", "load time waited for", 100 * r->load_ms_ratio);
    if (!preload)
        return;
    fl_buf_append_char(out, '\n');
    fl_cli_append_things(out, r->preloads, "preload");
    fl_buf_printf(out, ", %.2f %% wasted, which held ", r->wasted_percent);
    fl_cli_append_bytes(out, (uint64_t)r->wasted_byte_seconds);
    fl_buf_printf(out, " · s; they spared %.2f %% of the loads\n", 100 * r->coverage);
}

/* "300M" or "20%". */
static int read_budget(const char *text, struct fl_eval_residency_options *options)
{
    static const struct fl_option size = {
        .name = "budget", .kind = FL_OPTION_SIZE, .max = INT64_C(1) << 60};
    size_t len = strlen(text);
    struct fl_err err = {0};
    if (len && text[len - 1] == '%') {
        char *end;
        options->budget_percent = strtod(text, &end);
        if (end == text + len - 1 && options->budget_percent > 0 && options->budget_percent <= 100)
            return 0;
        fl_cli_message("'%s': a share of memory is above 0%% and at most 100%%", text);
        return FL_CLI_USAGE;
    }
    struct fl_option_value value;
    if (fl_option_read(&size, text, &value, &err)) {
        fl_cli_message("%s; or a share such as 20%%", err.message);
        return FL_CLI_USAGE;
    }
    options->budget_bytes = (uint64_t)value.number;
    return 0;
}

static int read_options(const struct fl_args *args, struct fl_eval_residency_options *options)
{
    fl_eval_residency_options_init(options);
    options->trace = fl_args_text(args, "trace", NULL);
    options->sizes = fl_args_text(args, "sizes", NULL);
    options->preload = fl_args_flag(args, "preload");
    const char *policy = fl_args_text(args, "policy", NULL);
    for (int p = 0; policy && p < FL_KEEP_COUNT; p++)
        if (!strcmp(policy, fl_keep_policy_name((enum fl_keep_policy)p)))
            options->policy = (enum fl_keep_policy)p;
    const char *budget = fl_args_text(args, "budget", NULL);
    if (options->trace && options->sizes && budget)
        return read_budget(budget, options);
    fl_cli_message("'foreload eval residency' needs --trace FILE, --sizes FILE and --budget");
    return FL_CLI_USAGE;
}

int fl_cli_eval_residency(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_eval_residency_options options;
    struct fl_eval_residency_result result;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int status = read_options(args, &options);
    if (status == 0)
        status = fl_cli_begin(cli, args);
    if (status)
        return status;
    int rc = fl_eval_residency(&options, &result, &report, &err);
    fl_cli_tell_findings(cli, report);
    fl_report_free(report);
    if (rc)
        return fl_cli_fail(&err);
    if (fl_args_flag(args, "json"))
        append_json(&cli->out.buf, &result);
    else
        append_text(&cli->out.buf, &result, options.preload);
    return 0;
}
