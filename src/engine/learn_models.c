/* learn_models.c: the generations of the learned model: trained, listed, judged, exchanged; see
 * "learning" in foreload/foreload.h. */
#include "base/os.h"
#include "engine/learning.h"
#include "learn/rows.h"
#include "onnx/onnx_export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct fl_model_list {
    struct fl_arena arena;
    struct fl_model_info *items;
    size_t count, capacity;
    const char *folder;
    int64_t only; /* this generation alone, or 0 */
};

const char *fl_model_state_name(enum fl_model_state state)
{
    static const char *const names[] = {"active", "previous", "retired", "rejected"};
    return (unsigned)state < sizeof names / sizeof *names ? names[state] : NULL;
}

void fl_train_options_init(struct fl_train_options *options)
{
    *options = (struct fl_train_options){.struct_size = sizeof *options};
}

/* --- lists --- */

static const char *path_in(struct fl_model_list *list, const char *file)
{
    struct fl_buf path = {0};
    if (!*file)
        return "";
    fl_buf_printf(&path, "%s/%s", list->folder, file);
    const char *copy =
        fl_buf_failed(&path) ? NULL : fl_arena_strdup(&list->arena, fl_buf_text(&path));
    fl_buf_destroy(&path);
    return copy;
}

static double score_or_nan(double score)
{
    return score < 0 ? (double)NAN : score;
}

static int add_model(void *ctx, const struct fl_store_model *model)
{
    struct fl_model_list *list = ctx;
    if (list->only && model->id != list->only)
        return 0;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct fl_model_info *grown = realloc(list->items, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        list->items = grown;
        list->capacity = capacity;
    }
    struct fl_model_info *info = &list->items[list->count];
    *info = (struct fl_model_info){
        .generation = model->id,
        .state = (enum fl_model_state)model->state,
        .created_at_s = model->created_at_s,
        .trained = (uint32_t)model->train_count,
        .held_out = (uint32_t)model->held_out_count,
        .labels = (uint32_t)model->label_count,
        .train_ms = (uint32_t)model->train_ms,
        .bytes = (uint64_t)model->file_bytes,
        .score = score_or_nan(model->score),
        .rival_score = score_or_nan(model->rival_score),
        .reason = fl_arena_strdup(&list->arena, model->reason),
        .path = path_in(list, model->file),
    };
    if (!info->reason || !info->path)
        return -FL_ENOMEM;
    list->count++;
    return 0;
}

static int list_models(struct fl_engine *engine, int64_t only, struct fl_model_list **ret_list,
                       struct fl_err *err)
{
    struct fl_store *store;
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing was learned");
    struct fl_model_list *list = calloc(1, sizeof *list);
    if (!list)
        return fl_err_nomem(err);
    list->folder = engine->learning->folder;
    list->only = only;
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (!rc) {
        rc = fl_store_visit_models(store, add_model, list, err);
        fl_store_close(store);
    } else if (rc == -FL_ENOENT) {
        rc = 0;
    }
    if (rc == -FL_ENOMEM)
        fl_err_nomem(err);
    if (rc)
        fl_model_list_free(list);
    else
        *ret_list = list;
    return rc;
}

int fl_engine_models(struct fl_engine *engine, struct fl_model_list **ret_list, struct fl_err *err)
{
    return list_models(engine, 0, ret_list, err);
}

void fl_model_list_free(struct fl_model_list *list)
{
    if (!list)
        return;
    fl_arena_destroy(&list->arena);
    free(list->items);
    free(list);
}

size_t fl_model_list_count(const struct fl_model_list *list)
{
    return list->count;
}

const struct fl_model_info *fl_model_list_item(const struct fl_model_list *list, size_t index)
{
    return index < list->count ? &list->items[index] : NULL;
}

/* --- training --- */

static int ask_caller(void *ctx, double share)
{
    const struct fl_train_options *options = ctx;
    if (options->progress)
        options->progress(options->ctx, share);
    return options->canceled && options->canceled(options->ctx);
}

int fl_engine_train(struct fl_engine *engine, const struct fl_train_options *options,
                    struct fl_model_list **ret_list, struct fl_err *err)
{
    struct fl_train_options own;
    struct fl_training_options training;
    struct fl_training_result result;
    fl_train_options_init(&own);
    if (options && options->struct_size > sizeof own)
        return fl_err_set(err, FL_EINVAL, "the options were made for a newer library");
    if (options)
        memcpy(&own, options, options->struct_size);
    int rc = fl_learning_check(engine, err);
    if (!rc && !fl_os_exists(engine->learning->database))
        rc = fl_err_set(err, FL_ENOENT,
                        "nothing was learned yet that a model could be trained from");
    if (rc)
        return rc;
    fl_learning_training_options(engine, &training);
    training.progress = ask_caller;
    training.ctx = &own;
    rc = fl_training_run(&training, &result, err);
    if (rc)
        return rc;
    if (result.promoted)
        fl_learning_refresh(engine);
    return ret_list ? list_models(engine, result.generation, ret_list, err) : 0;
}

int fl_engine_finish_training(struct fl_engine *engine, bool (*canceled)(void *ctx), void *ctx)
{
    struct fl_learning *learning = engine->learning;
    pthread_mutex_lock(&learning->lock);
    struct fl_learner *learner = learning->learner;
    pthread_mutex_unlock(&learning->lock);
    return learner ? fl_learner_wait(learner, canceled, ctx) : 0;
}

int fl_engine_rollback_model(struct fl_engine *engine, struct fl_err *err)
{
    struct fl_store *store;
    int rc = fl_learning_check(engine, err);
    if (!rc && !fl_os_exists(engine->learning->database))
        rc = fl_err_set(err, FL_ENOENT, "there is no previous model to go back to");
    if (!rc)
        rc = fl_engine_open_store(engine, false, &store, err);
    if (rc)
        return rc;
    rc = fl_store_rollback_model(store, err);
    fl_store_close(store);
    if (!rc)
        fl_learning_refresh(engine);
    return rc;
}

/* --- judging, exporting --- */

static int open_active(struct fl_engine *engine, struct fl_store **ret_store,
                       struct fl_generation_model *ret_model, struct fl_err *err)
{
    struct fl_generation generation = {0};
    struct fl_store *store = NULL;
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing was learned");
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (rc == -FL_ENOENT)
        return fl_err_set(err, FL_ENOENT, "no model was learned yet");
    if (!rc)
        rc = fl_generation_active(store, &generation, err);
    if (!rc)
        rc = fl_generation_open(engine->learning->folder, &generation, ret_model, err);
    if (rc)
        fl_store_close(store);
    else
        *ret_store = store;
    return rc;
}

int fl_engine_export_model(struct fl_engine *engine, enum fl_model_form form, const char *path,
                           struct fl_err *err)
{
    struct fl_store *store;
    struct fl_generation_model model;
    struct fl_buf onnx = {0};
    int rc = open_active(engine, &store, &model, err);
    if (rc)
        return rc;
    fl_store_close(store);
    if (form == FL_MODEL_FORM_ONNX) {
        rc = fl_onnx_export_classifier(model.classifier, &onnx, err);
        if (!rc)
            rc = fl_os_write_file(path, onnx.ptr, onnx.len, err);
    } else {
        rc = fl_os_write_file(path, model.map.ptr, model.map.len, err);
    }
    fl_buf_destroy(&onnx);
    fl_generation_close(&model);
    return rc;
}

static void row_fault(void *ctx, const char *path, const struct fl_err *why)
{
    struct fl_report *report = ctx;
    fl_findings_add_err(&report->findings, path, "", why);
}

/* Rows in the form of a history. */
static int history_of_rows(const struct fl_rows *rows, struct fl_history *history)
{
    history->items = calloc((size_t)rows->count + 1, sizeof *history->items);
    if (!history->items)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct fl_row *row = &rows->items[i];
        struct fl_history_item *item = &history->items[history->count++];
        item->text = row->text;
        item->label_count = row->label_count;
        item->labels =
            fl_arena_array(&history->arena, (size_t)row->label_count + 1, sizeof *item->labels);
        if (!item->labels)
            return -FL_ENOMEM;
        for (uint32_t k = 0; k < row->label_count; k++)
            item->labels[k] = rows->labels[row->labels[k]];
    }
    return 0;
}

static int judge_file(struct fl_answerer *answerer, const char *path, struct fl_report *report,
                      struct fl_judgement *ret_judgement, struct fl_err *err)
{
    struct fl_rows rows = {0};
    struct fl_history history = {0};
    int rc = fl_rows_read(&rows, path, row_fault, report, err);
    if (!rc && (history_of_rows(&rows, &history) ||
                fl_judge_answers(answerer, &history, FL_JUDGED_ALL, ret_judgement)))
        rc = fl_err_nomem(err);
    fl_history_destroy(&history);
    fl_rows_destroy(&rows);
    return rc;
}

static int judge_held_out(struct fl_answerer *answerer, struct fl_store *store,
                          struct fl_judgement *ret_judgement, struct fl_err *err)
{
    struct fl_history history = {0};
    int rc = fl_history_read(store, &history, err);
    if (!rc && fl_judge_answers(answerer, &history, FL_JUDGED_HELD_OUT, ret_judgement))
        rc = fl_err_nomem(err);
    fl_history_destroy(&history);
    return rc;
}

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : (double)NAN;
}

int fl_engine_eval_model(struct fl_engine *engine, const char *path,
                         const struct fl_runtime_options *runtime, struct fl_model_eval *ret_eval,
                         struct fl_report **ret_report, struct fl_err *err)
{
    struct fl_store *store;
    struct fl_generation_model model;
    struct fl_answerer answerer = {0};
    struct fl_answer_by by = {0};
    struct fl_judgement j = {0};
    if (runtime)
        by = (struct fl_answer_by){.onnx = runtime->runtime == FL_RUNTIME_ONNX,
                                   .onnx_library = runtime->onnx_library,
                                   .provider = runtime->execution_provider};
    int rc = open_active(engine, &store, &model, err);
    if (rc)
        return rc;
    struct fl_report *report = fl_report_create();
    if (!report || fl_answerer_init(&answerer, model.classifier, &by, &engine->log))
        rc = fl_err_nomem(err);
    else
        rc = path ? judge_file(&answerer, path, report, &j, err)
                  : judge_held_out(&answerer, store, &j, err);
    fl_store_close(store);
    fl_report_hand_out(report, ret_report);
    if (!rc)
        *ret_eval = (struct fl_model_eval){
            .rows = j.rows,
            .right = j.right,
            .wrong = j.wrong,
            .missing = j.missing,
            .exact = share(j.exact, j.rows),
            .precision = share(j.right, j.right + j.wrong),
            .recall = share(j.right, j.right + j.missing),
            .f1 = j.rows ? j.f1 : (double)NAN,
        };
    if (!rc)
        snprintf(ret_eval->runtime, sizeof ret_eval->runtime, "%s", fl_answerer_name(&answerer));
    fl_answerer_destroy(&answerer);
    fl_generation_close(&model);
    return rc;
}
