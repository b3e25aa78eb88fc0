/* cmd_learn.c: foreload learn: what was really used, and corrections. */
#include "cli/cli.h"

#include <math.h>

/* The stored catalogue or that of --catalog, so that tools are known by their names; none at all is
 * no obstacle. */
static int engine_for_learning(struct fl_cli *cli, const struct fl_args *args,
                               struct fl_engine **ret_engine)
{
    size_t count;
    fl_args_list(args, "catalog", &count);
    if (count)
        return fl_cli_engine_with_catalog(cli, args, ret_engine);
    struct fl_err err = {0};
    int status = fl_cli_engine(cli, ret_engine);
    if (status)
        return status;
    int rc = fl_engine_load_stored(*ret_engine, &err);
    if (!rc || rc == -FL_ENOENT || rc == -FL_ENOTSUP)
        return 0;
    fl_engine_free(*ret_engine);
    *ret_engine = NULL;
    return fl_cli_fail(&err);
}

/* --- what came of it --- */

static void append_recall(struct fl_buf *out, uint64_t needed, uint64_t exposed)
{
    if (!needed)
        return;
    fl_cli_append_count(out, exposed);
    fl_buf_append_str(out, " of ");
    fl_cli_append_things(out, needed, "used tool");
    fl_buf_printf(out, " had been offered (%.1f %%)\n", 100.0 * (double)exposed / (double)needed);
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : (double)NAN;
}

static void append_result_text(struct fl_buf *out, const struct fl_learn_result *r)
{
    fl_buf_append_str(out, "learned from ");
    fl_cli_append_things(out, r->learned, "request");
    if (r->dropped) {
        fl_buf_append_str(out, "; ");
        fl_cli_append_things(out, r->dropped, "older one");
        fl_buf_append_str(out, " dropped");
    }
    fl_buf_append_char(out, '\n');
    append_recall(out, r->needed, r->exposed);
}

static void append_result_json(struct fl_buf *out, const struct fl_learn_result *r,
                               const struct fl_model_info *trained)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_integer(&j, "learned", r->learned);
    fl_json_out_integer(&j, "dropped", r->dropped);
    fl_json_out_integer(&j, "unknown", r->unknown);
    fl_json_out_integer(&j, "needed", r->needed);
    fl_json_out_integer(&j, "exposed", r->exposed);
    if (trained)
        fl_cli_json_model(&j, "trained", trained);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

/* Waits for the model that is trained in the background, which the end of the program would cancel,
 * and tells what became of it. */
static int finish(struct fl_cli *cli, const struct fl_args *args, struct fl_engine *engine,
                  const struct fl_learn_result *result)
{
    struct fl_model_list *models = NULL;
    const struct fl_model_info *trained = NULL;
    struct fl_err err = {0};
    int status = 0;
    if (result->unknown)
        fl_cli_message("%u of the names are no tools or components of the catalogue: they are "
                       "learned as intents",
                       result->unknown);
    if (result->training) {
        fl_cli_progress("training");
        int rc = fl_engine_finish_training(engine, cli->canceled, cli);
        fl_cli_progress_end();
        if (rc)
            fl_cli_message("training was interrupted; the model in use stays");
        else if (fl_engine_models(engine, &models, &err))
            status = fl_cli_fail(&err);
        else if (fl_model_list_count(models))
            trained = fl_model_list_item(models, fl_model_list_count(models) - 1);
    }
    if (fl_args_flag(args, "json")) {
        append_result_json(&cli->out.buf, result, trained);
    } else {
        append_result_text(&cli->out.buf, result);
        if (trained)
            fl_cli_append_model(&cli->out.buf, trained);
    }
    fl_model_list_free(models);
    return status;
}

/* --- what there is --- */

static void append_state_json(struct fl_buf *out, const struct fl_learn_state *s)
{
    struct fl_json_out j = {.out = out};
    fl_json_out_open(&j, NULL, '{');
    fl_cli_json_learn_state(&j, s);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

void fl_cli_json_learn_state(struct fl_json_out *j, const struct fl_learn_state *s)
{
    fl_json_out_boolean(j, "enabled", s->enabled);
    fl_json_out_integer(j, "samples", s->samples);
    fl_json_out_integer(j, "history", s->history);
    fl_json_out_integer(j, "held_out", s->held_out);
    fl_json_out_integer(j, "corrected", s->corrected);
    fl_json_out_integer(j, "labels", s->labels);
    fl_json_out_integer(j, "uses", (int64_t)s->uses);
    fl_json_out_integer(j, "fresh", s->fresh);
    fl_json_out_integer(j, "retrain_every", s->retrain_every);
    fl_json_out_integer(j, "needed", (int64_t)s->needed);
    fl_json_out_integer(j, "exposed", (int64_t)s->exposed);
    fl_json_out_real(j, "recall", share(s->exposed, s->needed), 4);
    fl_json_out_integer(j, "generation", s->generation);
    fl_json_out_integer(j, "previous", s->previous);
}

void fl_cli_append_learn_state(struct fl_buf *out, const struct fl_learn_state *s)
{
    fl_cli_append_things(out, s->samples, "request");
    fl_buf_append_str(out, " in the history of ");
    fl_cli_append_count(out, s->history);
    fl_buf_append_str(out, ", learned ");
    fl_cli_append_things(out, s->uses, "time");
    fl_buf_append_str(out, "; ");
    fl_cli_append_things(out, s->labels, "label");
    fl_buf_printf(out, "; %u held out, %u corrected\n", s->held_out, s->corrected);
    append_recall(out, s->needed, s->exposed);
    fl_buf_printf(out, "%u of %u new samples until the next training%s\n", s->fresh,
                  s->retrain_every, s->enabled ? "" : "; learning is off");
}

static int tell_state(struct fl_cli *cli, const struct fl_args *args, struct fl_engine *engine)
{
    struct fl_learn_state state;
    struct fl_err err = {0};
    if (fl_engine_learn_state(engine, &state, &err))
        return fl_cli_fail(&err);
    if (fl_args_flag(args, "json"))
        append_state_json(&cli->out.buf, &state);
    else
        fl_cli_append_learn_state(&cli->out.buf, &state);
    return 0;
}

/* --- the command --- */

static int learn_request(struct fl_cli *cli, const struct fl_args *args, struct fl_engine *engine)
{
    struct fl_sample sample;
    struct fl_learn_result result;
    struct fl_err err = {0};
    fl_sample_init(&sample, fl_args_text(args, "request", NULL));
    sample.used = fl_args_list(args, "used", &sample.used_count);
    sample.rejected = fl_args_list(args, "not", &sample.rejected_count);
    sample.correction = fl_args_flag(args, "correct");
    sample.user = fl_args_text(args, "user", NULL);
    sample.session = fl_args_text(args, "session", NULL);
    if (fl_engine_learn(engine, &sample, 1, &result, &err))
        return fl_cli_fail(&err);
    if ((sample.user || sample.session) && fl_engine_save_uses(engine, &err))
        return fl_cli_fail(&err);
    return finish(cli, args, engine, &result);
}

static int learn_file(struct fl_cli *cli, const struct fl_args *args, struct fl_engine *engine)
{
    struct fl_learn_result result;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_engine_learn_file(engine, fl_args_text(args, "from", NULL), &result, &report, &err);
    fl_cli_tell_findings(cli, report);
    bool faulty = fl_report_errors(report) > 0;
    fl_report_free(report);
    if (rc)
        return fl_cli_fail(&err);
    int status = finish(cli, args, engine, &result);
    return status ? status : faulty ? FL_CLI_FAILED : 0;
}

static int forget(const struct fl_args *args, struct fl_engine *engine)
{
    struct fl_err err = {0};
    return fl_engine_forget(engine, fl_args_text(args, "request", NULL), &err) ? fl_cli_fail(&err)
                                                                               : 0;
}

/* What is wrong with the options, or NULL. */
static const char *misuse(const struct fl_args *args)
{
    bool request = fl_args_get(args, "request") != NULL;
    bool about =
        fl_args_get(args, "used") || fl_args_get(args, "not") || fl_args_flag(args, "correct");
    bool alone = fl_args_get(args, "from") || fl_args_flag(args, "stats");
    if (alone && (request || about))
        return "--from and --stats go without --request, --used, --not and --correct";
    if ((fl_args_get(args, "user") || fl_args_get(args, "session")) && !fl_args_get(args, "used"))
        return "--user and --session go with --used";
    if (fl_args_flag(args, "forget") && about)
        return "--forget goes with --request or alone";
    if (alone || fl_args_flag(args, "forget"))
        return NULL;
    if (!request)
        return "'foreload learn' needs --request TEXT, --from FILE, --forget or --stats";
    return about ? NULL : "say what was used: --used TOOL; or --not TOOL, or --correct";
}

int fl_cli_learn(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    const char *wrong = misuse(args);
    if (wrong) {
        fl_cli_message("%s", wrong);
        return FL_CLI_USAGE;
    }
    struct fl_engine *engine = NULL;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = engine_for_learning(cli, args, &engine);
    if (status)
        return status;
    if (fl_args_flag(args, "stats"))
        status = tell_state(cli, args, engine);
    else if (fl_args_flag(args, "forget"))
        status = forget(args, engine);
    else if (fl_args_get(args, "from"))
        status = learn_file(cli, args, engine);
    else
        status = learn_request(cli, args, engine);
    fl_engine_free(engine);
    return status;
}
