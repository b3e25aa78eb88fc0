/* cmd_model.c: foreload model: everything that was learned or trained. */
#include "cli/cli.h"
#include "cli/text_table.h"

#include <math.h>
#include <sys/stat.h>

/* --- one generation --- */

void fl_cli_append_model(struct fl_buf *out, const struct fl_model_info *m)
{
    if (m->state == FL_MODEL_REJECTED) {
        fl_buf_printf(out, "generation %lld was rejected: %s\n", (long long)m->generation,
                      m->reason);
        return;
    }
    fl_buf_printf(out, "generation %lld is %s: F1 %.3f on ", (long long)m->generation,
                  m->state == FL_MODEL_ACTIVE ? "in use" : fl_model_state_name(m->state), m->score);
    fl_cli_append_things(out, m->held_out, "held-out sample");
    if (!isnan(m->rival_score))
        fl_buf_printf(out, " (the model before: %.3f)", m->rival_score);
    fl_buf_append_str(out, ", trained on ");
    fl_cli_append_count(out, m->trained);
    fl_buf_append_str(out, " in ");
    fl_cli_append_microseconds(out, 1000.0 * m->train_ms);
    fl_buf_append_str(out, "; ");
    fl_cli_append_things(out, m->labels, "label");
    fl_buf_append_str(out, ", ");
    fl_cli_append_bytes(out, m->bytes);
    fl_buf_append_char(out, '\n');
}

void fl_cli_json_model(struct fl_json_out *j, const char *key, const struct fl_model_info *m)
{
    fl_json_out_open(j, key, '{');
    fl_json_out_integer(j, "generation", m->generation);
    fl_json_out_string(j, "state", fl_model_state_name(m->state));
    fl_json_out_integer(j, "created_at", m->created_at_s);
    fl_json_out_integer(j, "trained", m->trained);
    fl_json_out_integer(j, "held_out", m->held_out);
    fl_json_out_integer(j, "labels", m->labels);
    fl_json_out_integer(j, "train_ms", m->train_ms);
    fl_json_out_integer(j, "bytes", (int64_t)m->bytes);
    fl_json_out_real(j, "score", m->score, 4);
    fl_json_out_real(j, "rival_score", m->rival_score, 4);
    fl_json_out_string(j, "reason", m->reason);
    fl_json_out_string(j, "path", *m->path ? m->path : NULL);
    fl_json_out_close(j, '}');
}

/* --- show --- */

struct shown {
    const char *encoder; /* path, or NULL */
    int64_t encoder_bytes;
    struct fl_learn_state state;
    struct fl_model_list *models;
    struct fl_prediction_accuracy prediction;
    const char *isa, *runtime;
};

static int gather(struct fl_cli *cli, struct fl_engine *engine, struct shown *shown,
                  struct fl_err *err)
{
    struct fl_options options;
    struct stat st;
    fl_cli_engine_options(cli, &options);
    if (options.encoder && stat(options.encoder, &st) == 0) {
        shown->encoder = options.encoder;
        shown->encoder_bytes = (int64_t)st.st_size;
    }
    shown->isa = fl_isa_choose(options.isa, NULL);
    shown->runtime = fl_setting_runtimes[fl_cli_setting(cli, FL_SETTING_RUNTIME)];
    int rc = fl_engine_learn_state(engine, &shown->state, err);
    if (!rc)
        rc = fl_engine_prediction_accuracy(engine, &shown->prediction, err);
    return rc ? rc : fl_engine_models(engine, &shown->models, err);
}

static void append_show_json(struct fl_buf *out, const struct shown *s)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    if (s->encoder) {
        fl_json_out_open(&j, "encoder", '{');
        fl_json_out_string(&j, "path", s->encoder);
        fl_json_out_integer(&j, "bytes", s->encoder_bytes);
        fl_json_out_close(&j, '}');
    } else {
        fl_json_out_string(&j, "encoder", NULL);
    }
    fl_json_out_open(&j, "generations", '[');
    for (size_t i = 0; i < fl_model_list_count(s->models); i++)
        fl_cli_json_model(&j, NULL, fl_model_list_item(s->models, i));
    fl_json_out_close(&j, ']');
    fl_json_out_open(&j, "learning", '{');
    fl_cli_json_learn_state(&j, &s->state);
    fl_json_out_close(&j, '}');
    const struct fl_prediction_accuracy *p = &s->prediction;
    fl_json_out_open(&j, "prediction", '{');
    fl_json_out_integer(&j, "uses", (int64_t)p->uses);
    fl_json_out_integer(&j, "scored", (int64_t)p->scored);
    fl_json_out_real(&j, "hit1", p->hit1, 4);
    fl_json_out_real(&j, "hit3", p->hit3, 4);
    fl_json_out_real(&j, "hit5", p->hit5, 4);
    fl_json_out_integer(&j, "users", (int64_t)p->users);
    fl_json_out_integer(&j, "items", (int64_t)p->items);
    fl_json_out_integer(&j, "bytes", (int64_t)p->bytes);
    fl_json_out_close(&j, '}');
    fl_json_out_string(&j, "isa", s->isa);
    fl_json_out_string(&j, "runtime", s->runtime);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void score_cell(struct fl_text_table *table, double score)
{
    if (isnan(score))
        fl_text_table_cell(table, "-");
    else
        fl_text_table_format(table, "%.3f", score);
}

static void append_generations(struct fl_cli *cli, const struct fl_model_list *models)
{
    static const char *const titles[] = {"generation", "state", ">trained", ">held out",
                                         ">labels",    ">F1",   ">before",  ">size"};
    struct fl_text_table table = {.columns = 8, .titles = titles};
    for (size_t i = 0; i < fl_model_list_count(models); i++) {
        const struct fl_model_info *m = fl_model_list_item(models, i);
        struct fl_buf size = {0};
        fl_cli_append_bytes(&size, m->bytes);
        fl_text_table_format(&table, "%lld", (long long)m->generation);
        fl_text_table_cell(&table, fl_model_state_name(m->state));
        fl_text_table_count(&table, m->trained);
        fl_text_table_count(&table, m->held_out);
        fl_text_table_count(&table, m->labels);
        score_cell(&table, m->state == FL_MODEL_REJECTED && !m->labels ? (double)NAN : m->score);
        score_cell(&table, m->rival_score);
        fl_text_table_cell(&table, *m->path ? fl_buf_text(&size) : "-");
        if (*m->reason)
            fl_text_table_note(&table, m->reason);
        fl_buf_destroy(&size);
    }
    fl_text_table_print(&table, &cli->out);
}

static void append_prediction(struct fl_buf *out, const struct fl_prediction_accuracy *p)
{
    fl_buf_append_str(out, "next-item prediction: ");
    fl_cli_append_things(out, p->uses, "use");
    fl_buf_append_str(out, " of ");
    fl_cli_append_things(out, p->items, "item");
    if (p->scored)
        fl_buf_printf(out, "; the next one was among the first 1, 3, 5 in %.1f, %.1f, %.1f %%",
                      100 * p->hit1, 100 * p->hit3, 100 * p->hit5);
    fl_buf_append_char(out, '\n');
}

static void append_show_text(struct fl_cli *cli, const struct shown *s)
{
    struct fl_buf *out = &cli->out.buf;
    fl_buf_append_str(out, "encoder: ");
    if (s->encoder) {
        fl_cli_append_clean(out, s->encoder, strlen(s->encoder));
        fl_buf_append_str(out, ", ");
        fl_cli_append_bytes(out, (uint64_t)s->encoder_bytes);
    } else {
        fl_buf_append_str(out, "none");
    }
    fl_buf_printf(out, "\ncomputes with %s; runtime: %s\n", s->isa, s->runtime);
    append_prediction(out, &s->prediction);
    fl_cli_append_learn_state(out, &s->state);
    if (!fl_model_list_count(s->models))
        fl_buf_append_str(out, "no model was trained from it yet\n");
    else
        append_generations(cli, s->models);
}

int fl_cli_model_show(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct shown shown = {0};
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 && gather(cli, engine, &shown, &err))
        status = fl_cli_fail(&err);
    if (status == 0) {
        if (fl_args_flag(args, "json"))
            append_show_json(&cli->out.buf, &shown);
        else
            append_show_text(cli, &shown);
    }
    fl_model_list_free(shown.models);
    fl_engine_free(engine);
    return status;
}

/* --- train --- */

static void tell_progress(void *ctx, double share)
{
    (void)ctx;
    static const char bar[] = "####################";
    int width = (int)sizeof bar - 1, done = (int)(share * width);
    fl_cli_progress("training [%-*.*s] %3.0f %%", width, done, bar, 100 * share);
}

static bool is_canceled(void *ctx)
{
    struct fl_cli *cli = ctx;
    return cli->canceled(cli);
}

int fl_cli_model_train(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_model_list *list = NULL;
    struct fl_train_options options;
    struct fl_err err = {0};
    fl_train_options_init(&options);
    options.progress = tell_progress;
    options.canceled = is_canceled;
    options.ctx = cli;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 && fl_engine_train(engine, &options, &list, &err)) {
        fl_cli_progress_end();
        status = fl_cli_fail(&err);
    }
    fl_cli_progress_end();
    if (status == 0) {
        const struct fl_model_info *model = fl_model_list_item(list, 0);
        if (fl_args_flag(args, "json")) {
            struct fl_json_out j = {.out = &cli->out.buf};
            fl_cli_json_model(&j, NULL, model);
            fl_buf_append_char(&cli->out.buf, '\n');
        } else {
            fl_cli_append_model(&cli->out.buf, model);
        }
        status = model->state == FL_MODEL_REJECTED ? FL_CLI_FAILED : 0;
    }
    fl_model_list_free(list);
    fl_engine_free(engine);
    return status;
}

/* --- eval --- */

static void append_eval_json(struct fl_buf *out, const struct fl_model_eval *e)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "rows", e->rows);
    fl_json_out_integer(&j, "right", e->right);
    fl_json_out_integer(&j, "wrong", e->wrong);
    fl_json_out_integer(&j, "missing", e->missing);
    fl_json_out_real(&j, "exact_match", e->exact, 4);
    fl_json_out_real(&j, "precision", e->precision, 4);
    fl_json_out_real(&j, "recall", e->recall, 4);
    fl_json_out_real(&j, "f1_micro", e->f1, 4);
    fl_json_out_string(&j, "runtime", e->runtime);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_eval_text(struct fl_buf *out, const struct fl_model_eval *e)
{
    fl_cli_append_things(out, e->rows, "request");
    fl_buf_printf(out, ", %.1f %% of them with all of their labels and no other\n", 100 * e->exact);
    fl_buf_printf(out, "labels: %u right, %u wrong, %u missing: ", e->right, e->wrong, e->missing);
    fl_buf_printf(out, "precision %.3f, recall %.3f, F1 %.3f; runtime: %s\n", e->precision,
                  e->recall, e->f1, e->runtime);
}

int fl_cli_model_eval(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_model_eval eval;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    const char *path = args->operand_count ? args->operands[0] : NULL;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0) {
        struct fl_runtime_options runtime;
        fl_cli_runtime_options(cli, &runtime);
        int rc = fl_engine_eval_model(engine, path, &runtime, &eval, &report, &err);
        if (report) {
            fl_cli_tell_findings(cli, report);
            status = fl_report_errors(report) ? FL_CLI_FAILED : 0;
        }
        if (rc)
            status = fl_cli_fail(&err);
        else if (fl_args_flag(args, "json"))
            append_eval_json(&cli->out.buf, &eval);
        else
            append_eval_text(&cli->out.buf, &eval);
    }
    fl_report_free(report);
    fl_engine_free(engine);
    return status;
}

/* --- export, rollback --- */

int fl_cli_model_export(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_err err = {0};
    enum fl_model_form form = fl_args_flag(args, "onnx") ? FL_MODEL_FORM_ONNX : FL_MODEL_FORM_OWN;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 && fl_engine_export_model(engine, form, args->operands[0], &err))
        status = fl_cli_fail(&err);
    fl_engine_free(engine);
    return status;
}

int fl_cli_model_rollback(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_model_list *models = NULL;
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status == 0 &&
        (fl_engine_rollback_model(engine, &err) || fl_engine_models(engine, &models, &err)))
        status = fl_cli_fail(&err);
    for (size_t i = 0; status == 0 && i < fl_model_list_count(models); i++) {
        const struct fl_model_info *model = fl_model_list_item(models, i);
        if (model->state != FL_MODEL_ACTIVE)
            continue;
        struct fl_json_out j = {.out = &cli->out.buf};
        if (fl_args_flag(args, "json")) {
            fl_cli_json_model(&j, NULL, model);
            fl_buf_append_char(&cli->out.buf, '\n');
        } else {
            fl_cli_append_model(&cli->out.buf, model);
        }
    }
    fl_model_list_free(models);
    fl_engine_free(engine);
    return status;
}
