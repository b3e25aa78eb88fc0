/* training.c: see training.h. */
#include "learn/training.h"

#include "base/strmap.h"
#include "learn/intents.h"

#include <stdio.h>

/* --- judging --- */

struct judge {
    struct fl_answerer *answerer;
    struct fl_judgement judgement;
};

static bool has_label(const struct fl_history_item *item, const char *label)
{
    for (uint32_t i = 0; i < item->label_count; i++)
        if (strcmp(item->labels[i], label) == 0)
            return true;
    return false;
}

static int judge_item(struct judge *judge, const struct fl_history_item *item)
{
    struct fl_classified answer;
    const struct fl_classifier *classifier = judge->answerer->classifier;
    int rc = fl_answerer_predict(judge->answerer, item->text, &answer);
    if (rc)
        return rc;
    uint32_t labels = fl_classifier_card(classifier)->labels, right = 0, wrong = 0;
    for (uint32_t i = 0; answer.in_scope && i < labels; i++) {
        if (answer.probability[i] < FL_TRAINING_LEAST)
            continue;
        if (has_label(item, fl_classifier_label(classifier, i)))
            right++;
        else
            wrong++;
    }
    struct fl_judgement *j = &judge->judgement;
    j->rows++;
    j->right += right;
    j->wrong += wrong;
    j->missing += item->label_count - right;
    j->exact += !wrong && right == item->label_count;
    return 0;
}

int fl_judge_answers(struct fl_answerer *answerer, const struct fl_history *history,
                     enum fl_judged which, struct fl_judgement *ret_judgement)
{
    struct judge judge = {.answerer = answerer};
    for (uint32_t i = 0; i < history->count; i++) {
        const struct fl_history_item *item = &history->items[i];
        if (which != FL_JUDGED_ALL && item->held_out != (which == FL_JUDGED_HELD_OUT))
            continue;
        int rc = judge_item(&judge, item);
        if (rc)
            return rc;
    }
    struct fl_judgement *j = &judge.judgement;
    uint32_t all = 2 * j->right + j->wrong + j->missing;
    j->f1 = all ? 2.0 * j->right / all : 1;
    *ret_judgement = *j;
    return 0;
}

int fl_judge(const struct fl_classifier *classifier, const struct fl_history *history,
             enum fl_judged which, struct fl_judgement *ret_judgement)
{
    struct fl_answerer answerer;
    const struct fl_answer_by ourselves = {0};
    int rc = fl_answerer_init(&answerer, classifier, &ourselves, NULL);
    if (!rc)
        rc = fl_judge_answers(&answerer, history, which, ret_judgement);
    fl_answerer_destroy(&answerer);
    return rc;
}

/* --- a round --- */

struct round {
    const struct fl_training_options *options;
    struct fl_store *store;
    struct fl_store_learned state; /* when the samples were read */
    struct fl_history history;
    struct fl_rows rows;
    struct fl_classifier *candidate;
    struct fl_buf bytes;
    struct fl_store_model model; /* its row */
    struct fl_generation written;
    struct fl_training_result result;
};

/* The samples and the state of the models at one moment. */
static int read_history(void *ctx, struct fl_err *err)
{
    struct round *round = ctx;
    int rc = fl_store_learned_state(round->store, &round->state, err);
    return rc ? rc : fl_history_read(round->store, &round->history, err);
}

/* A sample counts as often as it weighs. */
static int fill_rows(struct round *round, struct fl_err *err)
{
    for (uint32_t i = 0; i < round->history.count; i++) {
        const struct fl_history_item *item = &round->history.items[i];
        round->result.held_out_count += item->held_out;
        round->result.train_count += !item->held_out;
        for (uint32_t n = 0; !item->held_out && n < item->weight; n++) {
            struct fl_row_source row = {.text = item->text,
                                        .labels = item->labels,
                                        .label_count = item->label_count,
                                        .unknown = item->label_count == 0};
            int rc = fl_rows_add(&round->rows, &row);
            if (rc)
                return rc == -FL_ELIMIT ? fl_err_set(err, FL_ELIMIT, "too many samples or labels")
                                        : fl_err_nomem(err);
        }
    }
    round->result.label_count = round->rows.label_count;
    return 0;
}

static int train(struct round *round, struct fl_err *err)
{
    const struct fl_training_options *o = round->options;
    struct fl_classifier_options options = {.seed = o->seed,
                                            .threads = o->threads,
                                            .effort = FL_EFFORT_QUICK,
                                            .vectors = o->vectors,
                                            .progress = o->progress,
                                            .ctx = o->ctx};
    fl_time before = fl_clock_now(&o->clock);
    int rc = fl_intents_train(&round->rows, &options, &round->candidate, err);
    round->result.train_ms = (fl_clock_now(&o->clock) - before) / 1000;
    if (!rc)
        rc = fl_classifier_save(round->candidate, &round->bytes, err);
    return rc;
}

/* The held-out score of the model in use; negative without one, or where its file is lost. */
static int judge_rival(struct round *round, double *ret_score, struct fl_err *err)
{
    struct fl_generation active = {0};
    struct fl_generation_model model = {0};
    struct fl_judgement judgement;
    struct fl_err why = {0};
    *ret_score = -1;
    int rc = fl_generation_active(round->store, &active, err);
    if (rc)
        return rc == -FL_ENOENT ? 0 : rc;
    rc = fl_generation_open(round->options->folder, &active, &model, &why);
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    if (rc) {
        fl_log_write(round->options->log, FL_LOG_WARNING, "the model in use is lost: %s",
                     why.message);
        return 0;
    }
    rc = fl_judge(model.classifier, &round->history, FL_JUDGED_HELD_OUT, &judgement);
    fl_generation_close(&model);
    if (rc)
        return fl_err_nomem(err);
    *ret_score = judgement.f1;
    return 0;
}

static void reject(struct round *round, const char *why)
{
    snprintf(round->result.reason, sizeof round->result.reason, "%s", why);
}

/* Sets a reason where the candidate is not to be used. */
static int judge(struct round *round, struct fl_err *err)
{
    struct fl_training_result *r = &round->result;
    struct fl_judgement judgement;
    if (fl_judge(round->candidate, &round->history, FL_JUDGED_HELD_OUT, &judgement))
        return fl_err_nomem(err);
    r->score = judgement.f1;
    int rc = judge_rival(round, &r->rival_score, err);
    if (rc)
        return rc;
    if (r->held_out_count < FL_TRAINING_MIN_HELD_OUT)
        snprintf(r->reason, sizeof r->reason, "only %u samples are held out; judging takes %d",
                 r->held_out_count, FL_TRAINING_MIN_HELD_OUT);
    else if (r->rival_score >= 0 && r->score < r->rival_score)
        snprintf(r->reason, sizeof r->reason,
                 "worse on the %u held-out samples: F1 %.3f, the model in use %.3f",
                 r->held_out_count, r->score, r->rival_score);
    else if (r->rival_score < 0 && r->score <= 0)
        reject(round, "no held-out sample was answered rightly");
    return 0;
}

/* The last step: is what was judged still so? Then the row goes in. */
static int conclude(void *ctx, struct fl_err *err)
{
    struct round *round = ctx;
    struct fl_store_learned now;
    int rc = fl_store_learned_state(round->store, &now, err);
    if (!rc && (now.oblivion != round->state.oblivion || now.active != round->state.active))
        rc = fl_err_set(err, FL_ECHANGED,
                        "the history or the model in use was changed while this one was trained");
    if (!rc)
        rc = fl_store_add_model(round->store, &round->model, &round->result.generation, err);
    return rc;
}

static int record(struct round *round, struct fl_err *err)
{
    const struct fl_training_result *r = &round->result;
    bool promoted = !*r->reason;
    int rc = 0;
    if (promoted)
        rc = fl_generation_write(round->options->folder,
                                 (struct fl_str){round->bytes.ptr, round->bytes.len},
                                 &round->written, err);
    if (rc)
        return rc;
    round->model = (struct fl_store_model){
        .state = promoted ? FL_STORE_MODEL_ACTIVE : FL_STORE_MODEL_REJECTED,
        .file = round->written.file,
        .file_hash = round->written.hash,
        .reason = r->reason,
        .file_bytes = promoted ? (int64_t)round->bytes.len : 0,
        .created_at_s = fl_clock_wall_s(&round->options->clock),
        .last_sample = round->state.newest_sample,
        .train_count = r->train_count,
        .held_out_count = r->held_out_count,
        .label_count = r->label_count,
        .train_ms = r->train_ms,
        .score = r->score,
        .rival_score = r->rival_score,
    };
    rc = fl_store_change(round->store, conclude, round, err);
    if (!rc) {
        round->result.promoted = promoted;
        round->result.bytes = (int64_t)round->bytes.len;
    }
    return rc;
}

static int run_round(struct round *round, struct fl_err *err)
{
    round->result.rival_score = -1;
    int rc = fl_store_change(round->store, read_history, round, err);
    if (!rc && !round->history.count)
        rc = fl_err_set(err, FL_ENOENT,
                        "nothing was learned yet that a model could be trained from");
    if (!rc)
        rc = fill_rows(round, err);
    if (rc)
        return rc;
    if (!round->rows.label_count) {
        reject(round, "no sample to train with has a label");
        return record(round, err);
    }
    rc = train(round, err);
    if (rc == -FL_EINVAL && err) { /* what there is teaches nothing: one label, say */
        reject(round, err->message);
        return record(round, err);
    }
    if (!rc)
        rc = judge(round, err);
    return rc ? rc : record(round, err);
}

static void round_destroy(struct round *round)
{
    fl_classifier_free(round->candidate);
    fl_buf_destroy(&round->bytes);
    fl_rows_destroy(&round->rows);
    fl_history_destroy(&round->history);
    fl_store_close(round->store);
}

int fl_training_run(const struct fl_training_options *options,
                    struct fl_training_result *ret_result, struct fl_err *err)
{
    struct round round = {.options = options};
    struct fl_os_lock lock;
    struct fl_err own = {0}, why = {0};
    err = err ? err : &own;
    int rc = fl_generation_lock(options->folder, &lock, err);
    if (rc)
        return rc;
    rc = fl_store_open(options->database, false, &round.store, err);
    if (!rc)
        rc = fl_generation_clean(options->folder, round.store, options->log, err);
    if (!rc)
        rc = run_round(&round, err);
    if (!rc) {
        *ret_result = round.result;
        /* The one that was retired. What fails here is tried again the next time. */
        if (fl_generation_clean(options->folder, round.store, options->log, &why))
            fl_log_write(options->log, FL_LOG_WARNING, "%s", why.message);
    }
    round_destroy(&round);
    fl_os_unlock(&lock);
    return rc;
}
