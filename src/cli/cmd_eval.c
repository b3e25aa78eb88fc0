/* cmd_eval.c: foreload eval: measuring against labelled data. */
#include "cli/cli.h"

static const char *const cut_names[FL_EVAL_CUTS] = {"1", "3", "5", "10", "20"};

static void tell_progress(void *ctx, uint32_t done, uint32_t total)
{
    (void)ctx;
    fl_cli_progress("%u of %u queries", done, total);
}

static void append_cuts_json(struct fl_json_out *j, const char *key, const double *values)
{
    fl_json_out_open(j, key, '{');
    for (unsigned i = 0; i < FL_EVAL_CUTS; i++)
        fl_json_out_real(j, cut_names[i], values[i], 4);
    fl_json_out_close(j, '}');
}

static void append_json(struct fl_buf *out, const struct fl_eval_result *r)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "queries", r->queries);
    fl_json_out_integer(&j, "tools", r->tools);
    append_cuts_json(&j, "recall", r->recall);
    append_cuts_json(&j, "comp", r->comp);
    fl_json_out_real(&j, "mrr", r->mrr, 4);
    fl_json_out_real(&j, "map10", r->map10, 4);
    fl_json_out_open(&j, "ndcg", '{');
    fl_json_out_real(&j, "5", r->ndcg5, 4);
    fl_json_out_real(&j, "10", r->ndcg10, 4);
    fl_json_out_close(&j, '}');
    fl_json_out_real(&j, "needed_percent", r->needed_percent, 2);
    fl_json_out_real(&j, "reduction_percent", r->reduction_percent, 2);
    fl_json_out_open(&j, "tokens", '{');
    fl_json_out_real(&j, "baseline", r->baseline_tokens, 1);
    fl_json_out_real(&j, "exposed_mean", r->exposed_tokens_mean, 1);
    fl_json_out_close(&j, '}');
    fl_json_out_open(&j, "abstain", '{');
    fl_json_out_real(&j, "precision", r->abstain_precision, 4);
    fl_json_out_real(&j, "recall", r->abstain_recall, 4);
    fl_json_out_close(&j, '}');
    fl_json_out_open(&j, "latency_us", '{');
    fl_json_out_real(&j, "p50", r->latency_p50_us, 2);
    fl_json_out_real(&j, "p99", r->latency_p99_us, 2);
    fl_json_out_close(&j, '}');
    fl_json_out_real(&j, "build_ms", r->build_ms, 2);
    fl_json_out_integer(&j, "index_bytes", (int64_t)r->index_bytes);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_eval_result *r)
{
    fl_buf_printf(out, "%u %s, ", r->queries, r->queries == 1 ? "query" : "queries");
    fl_cli_append_things(out, r->tools, "tool");
    fl_buf_printf(out, "\n\n%-22s", "among the first");
    for (unsigned i = 0; i < FL_EVAL_CUTS; i++)
        fl_buf_printf(out, "%8s", cut_names[i]);
    fl_buf_printf(out, "\n%-22s", "needed tools, %");
    for (unsigned i = 0; i < FL_EVAL_CUTS; i++)
        fl_buf_printf(out, "%8.1f", 100 * r->recall[i]);
    fl_buf_printf(out, "\n%-22s", "queries complete, %");
    for (unsigned i = 0; i < FL_EVAL_CUTS; i++)
        fl_buf_printf(out, "%8.1f", 100 * r->comp[i]);
    fl_buf_printf(out, "\n\nMRR %.3f, MAP@10 %.3f, nDCG@5 %.3f, nDCG@10 %.3f\n", r->mrr, r->map10,
                  r->ndcg5, r->ndcg10);
    fl_buf_printf(out,
                  "exposed: all needed tools in %.1f %% of the queries, at %.1f %% fewer tokens "
                  "(%.0f of %.0f%s)\n",
                  r->needed_percent, r->reduction_percent, r->exposed_tokens_mean,
                  r->baseline_tokens, r->estimated ? ", estimated" : "");
    fl_buf_printf(out, "abstained: precision %.3f, recall %.3f\n", r->abstain_precision,
                  r->abstain_recall);
    fl_buf_append_str(out, "time for a query: p50 ");
    fl_cli_append_microseconds(out, r->latency_p50_us);
    fl_buf_append_str(out, ", p99 ");
    fl_cli_append_microseconds(out, r->latency_p99_us);
    fl_buf_append_str(out, "; index: ");
    fl_cli_append_bytes(out, r->index_bytes);
    fl_buf_append_str(out, ", built in ");
    fl_cli_append_microseconds(out, 1000 * r->build_ms);
    fl_buf_append_char(out, '\n');
}

static int measure(struct fl_cli *cli, const struct fl_args *args, struct fl_engine *engine,
                   struct fl_eval_result *ret_result)
{
    struct fl_eval_options options;
    fl_eval_options_init(&options);
    options.queries = fl_args_text(args, "queries", NULL);
    options.train = fl_args_list(args, "train", &options.train_count);
    fl_strategy_parse(fl_setting_strategies[fl_cli_setting(cli, FL_SETTING_STRATEGY)],
                      &options.strategy);
    options.budget_tokens = (uint32_t)fl_args_number(args, "budget", 0);
    options.top = (uint32_t)fl_args_number(args, "top", 0);
    options.progress = tell_progress;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_eval_tools(engine, &options, ret_result, &report, &err);
    fl_cli_progress_end();
    fl_cli_tell_findings(cli, report);
    fl_report_free(report);
    return rc ? fl_cli_fail(&err) : 0;
}

int fl_cli_eval_tools(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    if (!fl_args_get(args, "queries")) {
        fl_cli_message("'foreload eval tools' needs --queries FILE");
        return FL_CLI_USAGE;
    }
    struct fl_engine *engine = NULL;
    struct fl_eval_result result;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine_with_catalog(cli, args, &engine);
    if (status == 0)
        status = measure(cli, args, engine, &result);
    fl_engine_free(engine);
    if (status)
        return status;
    if (result.estimated)
        fl_cli_message("there are no token tables: token counts are estimates");
    if (fl_args_flag(args, "json"))
        append_json(&cli->out.buf, &result);
    else
        append_text(&cli->out.buf, &result);
    return 0;
}
