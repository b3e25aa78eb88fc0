/* learning.c: see learning.h. */
#include "engine/learning.h"

#include "base/os.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

static char *below_home(const struct fl_engine *engine, const char *name)
{
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s", engine->home, name);
    return fl_buf_take(&path);
}

int fl_learning_init(struct fl_engine *engine, struct fl_err *err)
{
    struct fl_learning *learning = calloc(1, sizeof *learning);
    if (!learning)
        return fl_err_nomem(err);
    pthread_mutex_init(&learning->lock, NULL);
    pthread_mutex_init(&learning->queue_lock, NULL);
    engine->learning = learning;
    if (!engine->home)
        return 0;
    learning->database = below_home(engine, "catalog.db");
    learning->folder = below_home(engine, "models");
    return learning->database && learning->folder ? 0 : fl_err_nomem(err);
}

void fl_learning_destroy(struct fl_engine *engine)
{
    struct fl_learning *learning = engine->learning;
    if (!learning)
        return;
    fl_learner_free(learning->learner);
    fl_classify_queue_end(learning->queue);
    fl_learned_release(learning->learned);
    pthread_mutex_destroy(&learning->lock);
    pthread_mutex_destroy(&learning->queue_lock);
    free(learning->database);
    free(learning->folder);
    free(learning);
    engine->learning = NULL;
}

int fl_learning_check(const struct fl_engine *engine, struct fl_err *err)
{
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing can be learned");
    if (engine->options.no_learning)
        return fl_err_set(err, FL_ENOTSUP, "learning is switched off");
    return 0;
}

uint32_t fl_learning_history(const struct fl_engine *engine)
{
    return engine->options.history ? engine->options.history : FL_HISTORY_USUAL;
}

uint32_t fl_learning_retrain_every(const struct fl_engine *engine)
{
    return engine->options.retrain_every ? engine->options.retrain_every : FL_RETRAIN_USUAL;
}

void fl_learning_training_options(const struct fl_engine *engine,
                                  struct fl_training_options *ret_options)
{
    *ret_options = (struct fl_training_options){
        .database = engine->learning->database,
        .folder = engine->learning->folder,
        .seed = 1,
        .clock = engine->clock,
        .log = &engine->log,
    };
}

/* What is stored now; NULL where nothing is, or where it cannot be had, which is told. */
static struct fl_learned *load(struct fl_engine *engine, struct fl_snapshot *snapshot)
{
    const struct fl_learning *learning = engine->learning;
    if (fl_learning_check(engine, NULL) || !fl_os_exists(learning->database))
        return NULL;
    struct fl_store *store = NULL;
    struct fl_learned *learned = NULL;
    struct fl_err err = {0};
    int rc = fl_store_open(learning->database, true, &store, &err);
    if (!rc)
        rc = fl_learned_create(learning->folder, store, snapshot, &engine->log, &learned, &err);
    /* Its file may have given way to a newer one since the database was asked. */
    if (rc == -FL_ENOENT && store)
        rc = fl_learned_create(learning->folder, store, snapshot, &engine->log, &learned, &err);
    fl_store_close(store);
    if (rc && rc != -FL_ENOENT)
        fl_log_write(&engine->log, FL_LOG_WARNING, "what was learned is not used: %s", err.message);
    return learned;
}

void fl_learning_refresh(struct fl_engine *engine)
{
    struct fl_learning *learning = engine->learning;
    pthread_mutex_lock(&learning->lock);
    learning->looked = true;
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    struct fl_learned *learned = load(engine, snapshot);
    pthread_mutex_lock(&engine->lock);
    struct fl_learned *before = learning->learned;
    learning->learned = learned;
    pthread_mutex_unlock(&engine->lock);
    pthread_mutex_unlock(&learning->lock);
    fl_learned_release(before);
    fl_snapshot_unpin(snapshot);
}

struct fl_learned *fl_learning_pin(struct fl_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct fl_learned *learned = fl_learned_share(engine->learning->learned);
    pthread_mutex_unlock(&engine->lock);
    return learned;
}

struct fl_learned *fl_learning_find(struct fl_engine *engine)
{
    pthread_mutex_lock(&engine->learning->lock);
    bool looked = engine->learning->looked;
    pthread_mutex_unlock(&engine->learning->lock);
    if (!looked)
        fl_learning_refresh(engine);
    struct fl_learned *learned = fl_learning_pin(engine);
    if (!learned || fl_learned_classifier(learned))
        return learned;
    fl_learned_release(learned);
    return NULL;
}
