/* cmd_next.c: foreload next: what is used next. */
#include "cli/cli.h"

static void append_accuracy(struct fl_json_out *j, const struct fl_prediction_accuracy *a)
{
    fl_json_out_open(j, "accuracy", '{');
    fl_json_out_integer(j, "uses", (int64_t)a->uses);
    fl_json_out_integer(j, "scored", (int64_t)a->scored);
    fl_json_out_open(j, "hit", '{');
    fl_json_out_real(j, "1", a->hit1, 4);
    fl_json_out_real(j, "3", a->hit3, 4);
    fl_json_out_real(j, "5", a->hit5, 4);
    fl_json_out_close(j, '}');
    fl_json_out_real(j, "mrr", a->mrr, 4);
    fl_json_out_real(j, "brier", a->brier, 4);
    fl_json_out_real(j, "ece", a->ece, 4);
    fl_json_out_close(j, '}');
}

static void append_json(struct fl_buf *out, const struct fl_prediction *prediction,
                        const struct fl_prediction_accuracy *accuracy)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_open(&j, "predictions", '[');
    for (size_t i = 0; i < fl_prediction_count(prediction); i++) {
        const struct fl_predicted *p = fl_prediction_item(prediction, i);
        fl_json_out_open(&j, NULL, '{');
        fl_json_out_string(&j, "name", p->name);
        fl_json_out_string(&j, "component", p->component);
        fl_json_out_real(&j, "probability", (double)p->probability, 4);
        fl_json_out_real(&j, "next", (double)p->step_probability, 4);
        fl_json_out_integer(&j, "step", p->step);
        fl_json_out_string(&j, "signal", fl_signal_name(p->signal));
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    append_accuracy(&j, accuracy);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_prediction *prediction,
                        const struct fl_prediction_accuracy *accuracy, unsigned steps)
{
    if (!fl_prediction_count(prediction))
        fl_buf_append_str(out, "nothing can be foreseen yet\n");
    for (size_t i = 0; i < fl_prediction_count(prediction); i++) {
        const struct fl_predicted *p = fl_prediction_item(prediction, i);
        fl_buf_printf(out, "%5.1f %%  %s  (%s", 100 * (double)p->probability, p->name,
                      fl_signal_name(p->signal));
        if (steps > 1)
            fl_buf_printf(out, ", step %u", p->step);
        fl_buf_append_str(out, ")\n");
    }
    if (accuracy->scored)
        fl_buf_printf(
            out,
            "\nso far right: %.0f %% at the first try, %.0f %% among three, %.0f %% among "
            "five\n",
            100 * accuracy->hit1, 100 * accuracy->hit3, 100 * accuracy->hit5);
}

/* Uses that are told on the command line, in their order. */
static int record(struct fl_engine *engine, const struct fl_args *args)
{
    size_t count;
    const char *const *used = fl_args_list(args, "used", &count);
    struct fl_err err = {0};
    int rc = 0;
    for (size_t i = 0; !rc && i < count; i++) {
        struct fl_use use;
        fl_use_init(&use, used[i]);
        use.user = fl_args_text(args, "user", NULL);
        use.session = fl_args_text(args, "session", NULL);
        rc = fl_engine_record_use(engine, &use, &err);
    }
    if (!rc && count)
        rc = fl_engine_save_uses(engine, &err);
    return rc ? fl_cli_fail(&err) : 0;
}

static int predict(struct fl_cli *cli, struct fl_engine *engine, const struct fl_args *args)
{
    struct fl_predict_options options;
    struct fl_prediction *prediction = NULL;
    struct fl_prediction_accuracy accuracy;
    struct fl_err err = {0};
    fl_predict_options_init(&options);
    options.user = fl_args_text(args, "user", NULL);
    options.session = fl_args_text(args, "session", NULL);
    options.steps = (unsigned)fl_args_number(args, "steps", 1);
    options.top = (unsigned)fl_args_number(args, "top", 5);
    int rc = fl_engine_predict(engine, &options, &prediction, &err);
    if (!rc)
        rc = fl_engine_prediction_accuracy(engine, &accuracy, &err);
    if (!rc && fl_args_flag(args, "json"))
        append_json(&cli->out.buf, prediction, &accuracy);
    else if (!rc)
        append_text(&cli->out.buf, prediction, &accuracy, options.steps);
    fl_prediction_free(prediction);
    return rc ? fl_cli_fail(&err) : 0;
}

int fl_cli_next(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status)
        return status;
    int rc = fl_engine_load_stored(engine, &err); /* names are taken as they are without one */
    if (rc && rc != -FL_ENOENT && rc != -FL_ENOTSUP)
        status = fl_cli_fail(&err);
    if (status == 0)
        status = record(engine, args);
    if (status == 0)
        status = predict(cli, engine, args);
    fl_engine_free(engine);
    return status;
}
