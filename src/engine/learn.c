/* learn.c: what hosts tell about what was used; see "learning" in foreload/foreload.h.
 *
 *   samples ─► names of the catalogue ─► what would a selection have offered? ─► history
 *                                                                         └─► enough new: train */
#include "base/json.h"
#include "base/os.h"
#include "engine/learning.h"
#include "engine/selection.h"
#include "learn/rows.h"

#include <stdlib.h>

void fl_sample_init(struct fl_sample *sample, const char *text)
{
    *sample = (struct fl_sample){
        .struct_size = sizeof *sample, .text = text, .text_bytes = text ? strlen(text) : 0};
}

struct learning_call {
    struct fl_engine *engine;
    struct fl_snapshot *snapshot; /* or NULL */
    struct fl_learned *learned;   /* or NULL */
    struct fl_arena arena;        /* of the lists of names */
    struct fl_sample *samples;    /* copies: older callers have a shorter struct */
    struct fl_lesson *lessons;
    size_t count;
    int64_t now_s;
    struct fl_learn_result result;
    struct fl_err *err;
};

/* --- names --- */

/* The name as the catalogue has it, or as it was given where it is none of its names. */
static int resolve(struct learning_call *call, const char *name, const char **ret_name,
                   bool *ret_is_tool)
{
    uint32_t index;
    struct fl_err why = {0};
    *ret_name = name;
    *ret_is_tool = false;
    if (!call->snapshot)
        return 0;
    const struct fl_catalog *catalog = &call->snapshot->catalog;
    int rc = fl_catalog_find_tool(catalog, name, &index, &why);
    if (rc == -FL_EAMBIGUOUS)
        return fl_err_set(call->err, FL_EAMBIGUOUS, "%s", why.message);
    if (!rc) {
        *ret_name = catalog->tools[index].full_name;
        *ret_is_tool = true;
    } else if (fl_catalog_find_component(catalog, name, &index, NULL)) {
        call->result.unknown++;
    }
    return 0;
}

static int resolve_all(struct learning_call *call, const char *const *names, size_t count,
                       const char *const **ret_names, uint32_t *ret_tools)
{
    if (count > FL_SAMPLE_MAX_NAMES)
        return fl_err_set(call->err, FL_ELIMIT, "%zu names for one request; at most %d are kept",
                          count, FL_SAMPLE_MAX_NAMES);
    const char **resolved = fl_arena_array(&call->arena, count + 1, sizeof *resolved);
    if (!resolved)
        return fl_err_nomem(call->err);
    for (size_t i = 0; i < count; i++) {
        bool is_tool;
        int rc = names[i] ? resolve(call, names[i], &resolved[i], &is_tool)
                          : fl_err_set(call->err, FL_EINVAL, "a name is missing");
        if (rc)
            return rc;
        *ret_tools += is_tool;
    }
    *ret_names = resolved;
    return 0;
}

/* --- recall: what was needed, held against what would have been offered --- */

static bool offers(const struct fl_selection *selection, const char *name)
{
    for (size_t i = 0; i < selection->choice_count; i++)
        if (strcmp(selection->choices[i].name, name) == 0)
            return true;
    return false;
}

/* By the usual strategy, with what was learned before this sample. A request that cannot be
 * selected for offered nothing. */
static void measure(struct learning_call *call, struct fl_lesson *lesson)
{
    struct fl_request request;
    struct fl_selection *selection;
    fl_request_init(&request, lesson->text.ptr);
    request.text_bytes = lesson->text.len;
    if (fl_select_with(call->engine, call->snapshot, call->learned, &request, &selection, NULL))
        return;
    for (size_t i = 0; i < lesson->used_count; i++) {
        uint32_t index;
        if (!fl_catalog_find_tool(&call->snapshot->catalog, lesson->used[i], &index, NULL))
            lesson->exposed += offers(selection, lesson->used[i]);
    }
    fl_selection_free(selection);
}

/* --- lessons --- */

static int take_sample(struct learning_call *call, const struct fl_sample *given, size_t number)
{
    struct fl_sample *sample = &call->samples[number];
    struct fl_lesson *lesson = &call->lessons[number];
    if (given->struct_size < sizeof given->struct_size || given->struct_size > sizeof *sample)
        return fl_err_set(call->err, FL_EINVAL, "a sample was not made by fl_sample_init");
    memcpy(sample, given, given->struct_size);
    if (!sample->text)
        return fl_err_set(call->err, FL_EINVAL, "a sample has no text");
    *lesson = (struct fl_lesson){
        .text = {sample->text, sample->text_bytes},
        .used_count = sample->used_count,
        .rejected_count = sample->rejected_count,
        .correction = sample->correction,
        .at_s = sample->at_ms ? sample->at_ms / 1000 : call->now_s,
    };
    uint32_t rejected = 0;
    int rc = resolve_all(call, sample->used, sample->used_count, &lesson->used, &lesson->needed);
    if (!rc)
        rc = resolve_all(call, sample->rejected, sample->rejected_count, &lesson->rejected,
                         &rejected);
    if (!rc)
        rc = fl_lesson_check(lesson, call->err);
    if (rc)
        return rc;
    if (lesson->needed)
        measure(call, lesson);
    call->result.needed += lesson->needed;
    call->result.exposed += lesson->exposed;
    return 0;
}

/* What was used also tells what comes next, where it is known who used it, or when. */
static void record_uses(struct learning_call *call)
{
    for (size_t s = 0; s < call->count; s++) {
        const struct fl_sample *sample = &call->samples[s];
        if (!sample->user && !sample->session && !sample->at_ms)
            continue;
        for (size_t i = 0; i < call->lessons[s].used_count; i++) {
            struct fl_use use;
            struct fl_err why = {0};
            fl_use_init(&use, call->lessons[s].used[i]);
            use.user = sample->user;
            use.session = sample->session;
            use.at_ms = sample->at_ms;
            int rc = fl_engine_record_use(call->engine, &use, &why);
            if (rc && rc != -FL_ENOENT) /* intents of the host's own are no items */
                fl_log_write(&call->engine->log, FL_LOG_WARNING, "what comes next: %s",
                             why.message);
        }
    }
}

static void trained(void *ctx, int rc, const struct fl_training_result *result,
                    const struct fl_err *err)
{
    struct fl_engine *engine = ctx;
    if (rc == 0 && result->promoted) {
        fl_learning_refresh(engine);
        fl_log_write(&engine->log, FL_LOG_INFO, "generation %lld of the model is in use: F1 %.3f",
                     (long long)result->generation, result->score);
    } else if (rc == 0) {
        fl_log_write(&engine->log, FL_LOG_INFO, "a model was trained and rejected: %s",
                     result->reason);
    } else if (rc != -FL_ECANCELED && rc != -FL_EBUSY) {
        fl_log_write(&engine->log, FL_LOG_WARNING, "training: %s", err->message);
    }
}

static int start_training(struct fl_engine *engine, struct fl_err *err)
{
    struct fl_learning *learning = engine->learning;
    struct fl_learner_options options = {.done = trained, .ctx = engine};
    fl_learning_training_options(engine, &options.training);
    pthread_mutex_lock(&learning->lock);
    int rc = learning->learner ? 0 : fl_learner_create(&options, &learning->learner, err);
    struct fl_learner *learner = learning->learner;
    pthread_mutex_unlock(&learning->lock);
    return rc ? rc : fl_learner_request(learner, err);
}

static int store_lessons(struct learning_call *call, bool *ret_due)
{
    struct fl_store *store;
    struct fl_history_change change = {0};
    struct fl_store_learned state = {0};
    int rc = fl_engine_open_store(call->engine, false, &store, call->err);
    if (rc)
        return rc;
    rc = fl_history_learn(store, call->lessons, call->count, fl_learning_history(call->engine),
                          &change, call->err);
    if (!rc)
        rc = fl_store_learned_state(store, &state, call->err);
    fl_store_close(store);
    call->result.learned = change.learned;
    call->result.dropped = change.dropped;
    *ret_due = state.newest_sample - state.attempted >= fl_learning_retrain_every(call->engine);
    return rc;
}

static int learn(struct learning_call *call, const struct fl_sample *samples)
{
    call->samples = calloc(call->count + 1, sizeof *call->samples);
    call->lessons = calloc(call->count + 1, sizeof *call->lessons);
    if (!call->samples || !call->lessons)
        return fl_err_nomem(call->err);
    int rc = 0;
    for (size_t i = 0; !rc && i < call->count; i++)
        rc = take_sample(call, &samples[i], i);
    bool due = false;
    if (!rc)
        rc = store_lessons(call, &due);
    if (rc)
        return rc;
    record_uses(call);
    if (call->learned)
        fl_learning_refresh(call->engine);
    struct fl_err why = {0};
    call->result.training = due && !start_training(call->engine, &why);
    if (due && !call->result.training) /* the samples are safe; the next one asks again */
        fl_log_write(&call->engine->log, FL_LOG_WARNING, "%s", why.message);
    return 0;
}

int fl_engine_learn(struct fl_engine *engine, const struct fl_sample *samples, size_t count,
                    struct fl_learn_result *ret_result, struct fl_err *err)
{
    int rc = fl_learning_check(engine, err);
    if (rc)
        return rc;
    struct learning_call call = {.engine = engine,
                                 .snapshot = fl_engine_pin(engine),
                                 .learned = fl_learning_pin(engine),
                                 .count = count,
                                 .now_s = fl_clock_wall_s(&engine->clock),
                                 .err = err};
    rc = count ? learn(&call, samples) : 0;
    fl_learned_release(call.learned);
    fl_snapshot_unpin(call.snapshot);
    fl_arena_destroy(&call.arena);
    free(call.samples);
    free(call.lessons);
    if (!rc && ret_result)
        *ret_result = call.result;
    return rc;
}

/* --- files --- */

static void row_fault(void *ctx, const char *path, const struct fl_err *why)
{
    struct fl_report *report = ctx;
    fl_findings_add_err(&report->findings, path, "", why);
}

/* The row as a sample; false where it is told why it cannot be one. */
static bool sample_of_row(const struct fl_rows *rows, const struct fl_row *row, const char **names,
                          struct fl_sample *ret_sample, struct fl_err *err)
{
    fl_sample_init(ret_sample, row->text.ptr);
    ret_sample->text_bytes = row->text.len;
    for (uint32_t i = 0; i < row->label_count; i++)
        names[i] = rows->labels[row->labels[i]];
    ret_sample->used = names;
    ret_sample->used_count = row->label_count;
    ret_sample->correction = row->label_count == 0;
    struct fl_lesson lesson = {.text = row->text,
                               .used = names,
                               .used_count = row->label_count,
                               .correction = ret_sample->correction};
    return fl_lesson_check(&lesson, err) == 0;
}

static int learn_rows(struct fl_engine *engine, const struct fl_rows *rows, const char *path,
                      struct fl_report *report, struct fl_learn_result *ret_result,
                      struct fl_err *err)
{
    struct fl_arena arena = {0};
    struct fl_sample *samples = fl_arena_array(&arena, (size_t)rows->count + 1, sizeof *samples);
    int rc = samples ? 0 : fl_err_nomem(err);
    size_t count = 0;
    for (uint32_t i = 0; !rc && i < rows->count; i++) {
        struct fl_err why = {0};
        const char **names =
            fl_arena_array(&arena, (size_t)rows->items[i].label_count + 1, sizeof *names);
        if (!names)
            rc = fl_err_nomem(err);
        else if (sample_of_row(rows, &rows->items[i], names, &samples[count], &why))
            count++;
        else
            fl_findings_add_err(&report->findings, path, "", &why);
    }
    if (!rc)
        rc = fl_engine_learn(engine, samples, count, ret_result, err);
    fl_arena_destroy(&arena);
    return rc;
}

int fl_engine_learn_file(struct fl_engine *engine, const char *path,
                         struct fl_learn_result *ret_result, struct fl_report **ret_report,
                         struct fl_err *err)
{
    struct fl_rows rows = {0};
    int rc = fl_learning_check(engine, err);
    if (rc)
        return rc;
    struct fl_report *report = fl_report_create();
    if (!report)
        return fl_err_nomem(err);
    rc = fl_rows_read(&rows, path, row_fault, report, err);
    if (!rc)
        rc = learn_rows(engine, &rows, path, report, ret_result, err);
    fl_rows_destroy(&rows);
    fl_report_hand_out(report, ret_report);
    return rc;
}

/* --- forgetting --- */

static int forget_all(struct fl_engine *engine, struct fl_store *store, struct fl_err *err)
{
    int rc = fl_store_forget_learned(store, err);
    if (rc || !fl_os_is_dir(engine->learning->folder))
        return rc;
    /* Whoever trains now finds out at its end, and removes the files itself. */
    struct fl_os_lock lock;
    rc = fl_generation_lock(engine->learning->folder, &lock, err);
    if (rc)
        return rc == -FL_EBUSY ? 0 : rc;
    rc = fl_generation_clean(engine->learning->folder, store, &engine->log, err);
    fl_os_unlock(&lock);
    return rc;
}

int fl_engine_forget(struct fl_engine *engine, const char *text, struct fl_err *err)
{
    struct fl_store *store;
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing was learned");
    int rc = fl_engine_open_store(engine, false, &store, err);
    if (rc)
        return rc;
    rc = text ? fl_history_forget(store, fl_str_of(text), err) : forget_all(engine, store, err);
    fl_store_close(store);
    if (!rc)
        fl_learning_refresh(engine);
    return rc;
}

/* --- state --- */

static int count_labels(const struct fl_history *history, uint32_t *ret_labels)
{
    struct fl_strmap labels = {0};
    int rc = 0;
    for (uint32_t i = 0; i < history->count; i++)
        for (uint32_t k = 0; !rc && k < history->items[i].label_count; k++)
            rc = fl_strmap_put(&labels, fl_str_of(history->items[i].labels[k]), 1);
    *ret_labels = labels.count;
    fl_strmap_destroy(&labels);
    return rc;
}

static int sum_up(const struct fl_history *history, struct fl_learn_state *state)
{
    state->samples = history->count;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct fl_history_item *item = &history->items[i];
        state->held_out += item->held_out;
        state->corrected += item->corrected;
        state->uses += (uint64_t)item->uses;
        state->needed += (uint64_t)item->needed;
        state->exposed += (uint64_t)item->exposed;
    }
    return count_labels(history, &state->labels);
}

int fl_engine_learn_state(struct fl_engine *engine, struct fl_learn_state *ret_state,
                          struct fl_err *err)
{
    struct fl_store *store;
    struct fl_history history = {0};
    struct fl_store_learned stored = {0};
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing was learned");
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (!rc) {
        rc = fl_history_read(store, &history, err);
        if (!rc)
            rc = fl_store_learned_state(store, &stored, err);
        fl_store_close(store);
    } else if (rc == -FL_ENOENT) {
        rc = 0;
    }
    struct fl_learn_state state = {
        .enabled = !engine->options.no_learning,
        .history = fl_learning_history(engine),
        .retrain_every = fl_learning_retrain_every(engine),
        .fresh = (uint32_t)(stored.newest_sample - stored.attempted),
        .generation = stored.active,
        .previous = stored.previous,
    };
    if (!rc && sum_up(&history, &state))
        rc = fl_err_nomem(err);
    fl_history_destroy(&history);
    if (!rc)
        *ret_state = state;
    return rc;
}
