/* cmd_eval_next.c: foreload eval next: predictions against a trace of uses. */
#include "cli/cli.h"

#include <stdlib.h>

static const char *const cut_names[FL_EVAL_NEXT_CUTS] = {"1", "3", "5"};

static void tell_progress(void *ctx, uint32_t done, uint32_t total)
{
    (void)ctx;
    fl_cli_progress("%u of %u uses", done, total);
}

static void append_hits(struct fl_json_out *j, const double hit[FL_EVAL_NEXT_CUTS])
{
    fl_json_out_open(j, "hit", '{');
    for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++)
        fl_json_out_real(j, cut_names[c], hit[c], 4);
    fl_json_out_close(j, '}');
}

static void append_json(struct fl_buf *out, const struct fl_eval_next_result *r)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "n", r->n);
    append_hits(&j, r->hit);
    fl_json_out_real(&j, "mrr", r->mrr, 4);
    fl_json_out_open(&j, "first", '{');
    fl_json_out_integer(&j, "n", r->first_n);
    append_hits(&j, r->first_hit);
    fl_json_out_close(&j, '}');
    fl_json_out_real(&j, "brier", r->brier, 4);
    fl_json_out_real(&j, "ece", r->ece, 4);
    fl_json_out_open(&j, "latency_us", '{');
    fl_json_out_real(&j, "p50", r->latency_p50_us, 3);
    fl_json_out_real(&j, "p99", r->latency_p99_us, 3);
    fl_json_out_real(&j, "p999", r->latency_p999_us, 3);
    fl_json_out_close(&j, '}');
    fl_json_out_open(&j, "learn_us", '{');
    fl_json_out_real(&j, "p50", r->learn_p50_us, 3);
    fl_json_out_real(&j, "p99", r->learn_p99_us, 3);
    fl_json_out_close(&j, '}');
    fl_json_out_integer(&j, "uses", r->uses);
    fl_json_out_integer(&j, "repeats", r->repeats);
    fl_json_out_integer(&j, "users", r->users);
    fl_json_out_integer(&j, "items", r->items);
    fl_json_out_integer(&j, "model_bytes", (int64_t)r->model_bytes);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_eval_next_result *r)
{
    fl_buf_printf(out, "%u of %u uses predicted (%u users, %u items; %u repeats left out)\n\n",
                  r->n, r->uses, r->users, r->items, r->repeats);
    fl_buf_printf(out, "%-26s", "among the first");
    for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++)
        fl_buf_printf(out, "%8s", cut_names[c]);
    fl_buf_printf(out, "\n%-26s", "of all, %");
    for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++)
        fl_buf_printf(out, "%8.1f", 100 * r->hit[c]);
    if (r->first_n) {
        fl_buf_printf(out, "\n%-26s", "of users' first uses, %");
        for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++)
            fl_buf_printf(out, "%8.1f", 100 * r->first_hit[c]);
    }
    fl_buf_printf(out, "\n\nMRR %.3f; probabilities: Brier %.3f, calibration error %.3f\n", r->mrr,
                  r->brier, r->ece);
    fl_buf_append_str(out, "time for the first five: p50 ");
    fl_cli_append_microseconds(out, r->latency_p50_us);
    fl_buf_append_str(out, ", p99.9 ");
    fl_cli_append_microseconds(out, r->latency_p999_us);
    fl_buf_append_str(out, "; for learning a use: p50 ");
    fl_cli_append_microseconds(out, r->learn_p50_us);
    fl_buf_append_str(out, "; memory: ");
    fl_cli_append_bytes(out, r->model_bytes);
    fl_buf_append_char(out, '\n');
}

/* A number and nothing else; the range is the engine's to check. */
static bool read_share(const char *text, double *ret_share)
{
    char *end;
    *ret_share = strtod(text, &end);
    return end != text && !*end;
}

int fl_cli_eval_next(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_eval_next_options options;
    struct fl_eval_next_result result;
    fl_eval_next_options_init(&options);
    options.trace = fl_args_text(args, "trace", NULL);
    options.progress = tell_progress;
    if (!options.trace) {
        fl_cli_message("'foreload eval next' needs --trace FILE");
        return FL_CLI_USAGE;
    }
    const char *share = fl_args_text(args, "train-fraction", "0.8");
    if (!read_share(share, &options.train_fraction) ||
        !(options.train_fraction >= 0 && options.train_fraction < 1)) {
        fl_cli_message("--train-fraction must be a number from 0 to below 1, not '%s'", share);
        return FL_CLI_USAGE;
    }
    int status = fl_cli_begin(cli, args);
    if (status)
        return status;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_eval_next(&options, &result, &report, &err);
    fl_cli_progress_end();
    fl_cli_tell_findings(cli, report);
    fl_report_free(report);
    if (rc)
        return fl_cli_fail(&err);
    if (fl_args_flag(args, "json"))
        append_json(&cli->out.buf, &result);
    else
        append_text(&cli->out.buf, &result);
    return 0;
}
