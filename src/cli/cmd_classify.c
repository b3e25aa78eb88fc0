/* cmd_classify.c: foreload classify: the intents of a text, by the model that was learned. */
#include "base/err.h"
#include "cli/cli.h"
#include "cli/text_table.h"

static const char *verdict_of(float probability)
{
    return probability >= FL_INTENT_CERTAIN ? "certain"
           : probability >= FL_INTENT_LEAST ? "likely"
                                            : "unlikely";
}

static void append_json(struct fl_buf *out, const struct fl_classification *c, size_t shown)
{
    const struct fl_classification_summary *summary = fl_classification_summary(c);
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_open(&j, "intents", '[');
    for (size_t i = 0; i < shown; i++) {
        const struct fl_intent *intent = fl_classification_intent(c, i);
        fl_json_out_open(&j, NULL, '{');
        fl_json_out_string(&j, "label", intent->label);
        fl_json_out_real(&j, "probability", (double)intent->probability, 4);
        fl_json_out_string(&j, "verdict", verdict_of(intent->probability));
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    fl_json_out_boolean(&j, "oos", !summary->in_scope);
    fl_json_out_real(&j, "scope_score", (double)summary->scope_score, 4);
    fl_json_out_real(&j, "scope_threshold", (double)summary->scope_threshold, 4);
    fl_json_out_boolean(&j, "several", summary->several);
    fl_json_out_open(&j, "thresholds", '{');
    fl_json_out_real(&j, "likely", (double)FL_INTENT_LEAST, 2);
    fl_json_out_real(&j, "certain", (double)FL_INTENT_CERTAIN, 2);
    fl_json_out_close(&j, '}');
    fl_json_out_integer(&j, "labels", summary->labels);
    fl_json_out_integer(&j, "generation", summary->generation);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_cli *cli, const struct fl_classification *c, size_t shown)
{
    static const char *const titles[] = {"intent", ">probability", "verdict"};
    const struct fl_classification_summary *summary = fl_classification_summary(c);
    struct fl_text_table table = {.columns = 3, .titles = titles};
    for (size_t i = 0; i < shown; i++) {
        const struct fl_intent *intent = fl_classification_intent(c, i);
        fl_text_table_cell(&table, intent->label);
        fl_text_table_format(&table, "%.3f", (double)intent->probability);
        fl_text_table_cell(&table, verdict_of(intent->probability));
    }
    fl_text_table_print(&table, &cli->out);
    fl_buf_printf(&cli->out.buf, "%s: score %.3f, threshold %.3f; generation %lld\n",
                  summary->in_scope ? "in scope" : "out of scope: none of these",
                  (double)summary->scope_score, (double)summary->scope_threshold,
                  (long long)summary->generation);
}

/* The operands joined by blanks, or standard input for a single "-". */
static int read_text(const struct fl_args *args, struct fl_buf *text, struct fl_err *err)
{
    if (args->operand_count == 1 && strcmp(args->operands[0], "-") == 0)
        return fl_cli_read_input("-", FL_REQUEST_MAX_BYTES + 1, text, err);
    for (size_t i = 0; i < args->operand_count; i++)
        fl_buf_printf(text, "%s%s", i ? " " : "", args->operands[i]);
    return fl_buf_failed(text) ? fl_err_nomem(err) : 0;
}

int fl_cli_classify(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_classification *c = NULL;
    struct fl_buf text = {0};
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 && (read_text(args, &text, &err) ||
                        fl_engine_classify(engine, fl_buf_text(&text), text.len, &c, &err)))
        status = fl_cli_fail(&err);
    if (status == 0) {
        size_t most = (size_t)fl_args_number(args, "top", 5), count = fl_classification_count(c);
        if (fl_args_flag(args, "json"))
            append_json(&cli->out.buf, c, count < most ? count : most);
        else
            append_text(cli, c, count < most ? count : most);
    }
    fl_classification_free(c);
    fl_engine_free(engine);
    fl_buf_destroy(&text);
    return status;
}
