/* cmd_eval_intents.c: foreload eval intents: the classifier against labelled texts. */
#include "cli/cli.h"

static int tell_progress(void *ctx, double share)
{
    struct fl_cli *cli = ctx;
    static const char bar[] = "####################";
    int width = (int)sizeof bar - 1, done = (int)(share * width);
    fl_cli_progress("training [%-*.*s] %3.0f %%", width, done, bar, 100 * share);
    return cli->canceled && cli->canceled(cli);
}

static void append_json(struct fl_buf *out, const struct fl_eval_intents_result *r)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "rows", r->rows);
    fl_json_out_integer(&j, "labels", r->labels);
    fl_json_out_integer(&j, "train_rows", r->train_rows);
    fl_json_out_real(&j, "accuracy", r->accuracy, 4);
    fl_json_out_real(&j, "accuracy_top1", r->accuracy_top1, 4);
    fl_json_out_real(&j, "oos_recall", r->oos_recall, 4);
    fl_json_out_real(&j, "oos_precision", r->oos_precision, 4);
    fl_json_out_real(&j, "auroc", r->auroc, 4);
    fl_json_out_real(&j, "exact_match", r->exact_match, 4);
    fl_json_out_real(&j, "f1_micro", r->f1_micro, 4);
    fl_json_out_real(&j, "f1_macro", r->f1_macro, 4);
    fl_json_out_real(&j, "ece", r->ece, 4);
    fl_json_out_real(&j, "threshold", r->threshold, 4);
    fl_json_out_boolean(&j, "several", r->several);
    fl_json_out_open(&j, "validation", '{');
    fl_json_out_real(&j, "linear", r->validation_linear, 4);
    fl_json_out_real(&j, "words", r->validation_words, 4);
    fl_json_out_real(&j, "network", r->validation_network, 4);
    fl_json_out_real(&j, "chosen", r->validation_chosen, 4);
    fl_json_out_real(&j, "words_share", r->words_share, 2);
    fl_json_out_boolean(&j, "by_network", r->by_network);
    fl_json_out_real(&j, "kept", r->validation_kept, 4);
    fl_json_out_real(&j, "oos_recall", r->validation_oos_recall, 4);
    fl_json_out_close(&j, '}');
    fl_json_out_real(&j, "train_seconds", r->train_seconds, 3);
    fl_json_out_integer(&j, "model_bytes", (int64_t)r->model_bytes);
    fl_json_out_string(&j, "runtime", r->runtime);
    fl_json_out_open(&j, "latency_us", '{');
    fl_json_out_real(&j, "p50", r->latency_p50_us, 2);
    fl_json_out_real(&j, "p99", r->latency_p99_us, 2);
    fl_json_out_close(&j, '}');
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_eval_intents_result *r)
{
    fl_cli_append_things(out, r->rows, "text");
    fl_buf_append_str(out, ", ");
    fl_cli_append_things(out, r->labels, "label");
    fl_buf_append_str(out, ", learned from ");
    fl_cli_append_things(out, r->train_rows, "row");
    fl_buf_printf(out, "\n\nin scope: %.2f %% right at the threshold, %.2f %% without one\n",
                  100 * r->accuracy, 100 * r->accuracy_top1);
    fl_buf_printf(out, "out of scope: recall %.3f, precision %.3f, AUROC %.4f; threshold %.3f\n",
                  r->oos_recall, r->oos_precision, r->auroc, r->threshold);
    fl_buf_printf(out, "labels: exact %.3f, F1 micro %.4f, macro %.4f; calibration error %.4f\n",
                  r->exact_match, r->f1_micro, r->f1_macro, r->ece);
    fl_buf_printf(out, "validation: linear %.2f %%, words %.2f %%, network %.2f %%, ",
                  100 * r->validation_linear, 100 * r->validation_words,
                  100 * r->validation_network);
    fl_buf_printf(
        out, r->by_network ? "chosen %.2f %% (the network)\n" : "chosen %.2f %% (words %.2f)\n",
        100 * r->validation_chosen, r->words_share);
    fl_buf_printf(out, "trained in %.2f s; model: ", r->train_seconds);
    fl_cli_append_bytes(out, r->model_bytes);
    fl_buf_append_str(out, "; time for a text: p50 ");
    fl_cli_append_microseconds(out, r->latency_p50_us);
    fl_buf_append_str(out, ", p99 ");
    fl_cli_append_microseconds(out, r->latency_p99_us);
    fl_buf_printf(out, "; runtime: %s\n", r->runtime);
}

int fl_cli_eval_intents(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_eval_intents_options options;
    struct fl_eval_intents_result result;
    fl_eval_intents_options_init(&options);
    options.train = fl_args_list(args, "train", &options.train_count);
    options.test = fl_args_text(args, "test", NULL);
    if (!options.train_count || !options.test) {
        fl_cli_message("'foreload eval intents' needs --train FILE and --test FILE");
        return FL_CLI_USAGE;
    }
    int status = fl_cli_begin(cli, args);
    if (status)
        return status;
    options.effort = (enum fl_intent_effort)fl_args_number(args, "effort", 0);
    options.labels = (enum fl_intent_labels)fl_args_number(args, "labels", 0);
    options.seed = (uint64_t)fl_args_number(args, "seed", 1);
    options.threads = (unsigned)fl_args_number(args, "threads", 0);
    options.progress = tell_progress;
    options.message = fl_cli_tell;
    fl_cli_runtime_options(cli, &options.runtime);
    options.ctx = cli;
    options.words = cli->settings.items[FL_SETTING_WORDS].value.text;
    if (options.words && strcmp(options.words, "off") == 0)
        options.words = NULL;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_eval_intents(&options, &result, &report, &err);
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
