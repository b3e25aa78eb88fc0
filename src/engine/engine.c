/* engine.c: creating the engine, and the catalogue that it uses; see engine.h. */
#include "engine/engine.h"

#include "base/os.h"
#include "engine/learning.h"
#include "kernels/kernels.h"
#include "rank/rank.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, ISA_QUOTED_MAX_BYTES = 60 };

void fl_options_init(struct fl_options *options)
{
    *options = (struct fl_options){.struct_size = sizeof *options};
}

static void write_message(void *ctx, enum fl_log_level level, const char *message)
{
    const struct fl_engine *engine = ctx;
    static const enum fl_message_level levels[] = {FL_MESSAGE_DEBUG, FL_MESSAGE_INFO,
                                                   FL_MESSAGE_WARNING};
    if (engine->options.message)
        engine->options.message(engine->options.ctx, levels[level], message);
}

static const struct fl_kernels *kernels_of(const char *isa, struct fl_err *err)
{
    const struct fl_kernels *kernels = fl_kernels_select(isa);
    if (!kernels)
        fl_err_set(err, FL_ENOTSUP, "instruction set '%.*s': this processor runs %s",
                   ISA_QUOTED_MAX_BYTES, isa, fl_kernels_available());
    return kernels;
}

const char *fl_isa_choose(const char *isa, struct fl_err *err)
{
    const struct fl_kernels *kernels = kernels_of(isa, err);
    return kernels ? kernels->isa : NULL;
}

const char *fl_isa_available(void)
{
    return fl_kernels_available();
}

static int copy_path(const char *path, char **ret_copy)
{
    if (path && !(*ret_copy = strdup(path)))
        return -FL_ENOMEM;
    return 0;
}

int fl_engine_create(const struct fl_options *options, struct fl_engine **ret_engine,
                     struct fl_err *err)
{
    if (!options || options->struct_size < sizeof options->struct_size ||
        options->struct_size > sizeof *options)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_options_init");
    struct fl_options known = {0};
    memcpy(&known, options, options->struct_size);
    const struct fl_kernels *kernels = kernels_of(known.isa, err);
    if (!kernels)
        return -FL_ENOTSUP;
    struct fl_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return fl_err_nomem(err);
    engine->options = known;
    engine->log = (struct fl_log){write_message, engine};
    engine->clock = fl_clock_system();
    engine->scorer = &fl_scorer_usual;
    engine->kernels = kernels;
    engine->counter = fl_counter_create(engine->options.tables);
    if (!engine->counter || pthread_mutex_init(&engine->lock, NULL)) {
        fl_counter_release(engine->counter);
        free(engine);
        return fl_err_nomem(err);
    }
    pthread_mutex_init(&engine->encoder_lock, NULL); /* cannot fail where the first did not */
    if (copy_path(engine->options.home, &engine->home) ||
        copy_path(engine->options.encoder, &engine->encoder_path) ||
        !(engine->predictor = fl_predictor_create(engine->home, &engine->log)) ||
        fl_learning_init(engine, err)) {
        fl_engine_free(engine);
        return fl_err_nomem(err);
    }
    *ret_engine = engine;
    return 0;
}

void fl_engine_free(struct fl_engine *engine)
{
    if (!engine)
        return;
    fl_learning_destroy(engine);
    fl_snapshot_unpin(engine->snapshot);
    fl_predictor_free(engine->predictor);
    fl_meaning_release(engine->meaning);
    fl_counter_release(engine->counter);
    pthread_mutex_destroy(&engine->encoder_lock);
    pthread_mutex_destroy(&engine->lock);
    free(engine->encoder_path);
    free(engine->home);
    free(engine);
}

void fl_engine_use(struct fl_engine *engine, struct fl_snapshot *snapshot)
{
    pthread_mutex_lock(&engine->lock);
    struct fl_snapshot *before = engine->snapshot;
    engine->snapshot = snapshot;
    pthread_mutex_unlock(&engine->lock);
    fl_snapshot_unpin(before);
    fl_learning_refresh(engine);
}

struct fl_snapshot *fl_engine_pin(struct fl_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    struct fl_snapshot *snapshot = engine->snapshot;
    if (snapshot)
        fl_snapshot_share(snapshot);
    pthread_mutex_unlock(&engine->lock);
    return snapshot;
}

int fl_engine_meaning(struct fl_engine *engine, struct fl_meaning **ret_meaning, struct fl_err *err)
{
    struct fl_err why;
    int rc = 0;
    pthread_mutex_lock(&engine->encoder_lock);
    if (!engine->encoder_tried && engine->encoder_path)
        rc = fl_meaning_open(engine->encoder_path, engine->kernels, &engine->meaning, &why);
    engine->encoder_tried = rc != -FL_ENOMEM;
    *ret_meaning = engine->meaning;
    pthread_mutex_unlock(&engine->encoder_lock);
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    if (rc)
        fl_log_write(&engine->log, FL_LOG_WARNING, "%s; tools are ranked by words alone",
                     why.message);
    return 0;
}

static const char *read_environment(void *ctx, const char *name)
{
    const struct fl_engine *engine = ctx;
    return engine->options.getenv ? engine->options.getenv(engine->options.ctx, name) : NULL;
}

struct fl_read_options fl_engine_read_options(struct fl_engine *engine, const char *self_program)
{
    return (struct fl_read_options){
        .getenv = read_environment, .ctx = engine, .self_program = self_program};
}

int fl_engine_open_store(const struct fl_engine *engine, bool read_only,
                         struct fl_store **ret_store, struct fl_err *err)
{
    char path[PATH_BYTES];
    if (!engine->home)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing is stored");
    if (snprintf(path, sizeof path, "%s/catalog.db", engine->home) >= (int)sizeof path)
        return fl_err_set(err, FL_ELIMIT, "home folder's path too long: '%s'", engine->home);
    if (!read_only && fl_os_make_dirs(engine->home, err))
        return -FL_EIO;
    return fl_store_open(path, read_only, ret_store, err);
}

int fl_count_tokens(const struct fl_engine *engine, enum fl_encoding encoding, const char *text,
                    size_t bytes, struct fl_token_count *ret_count, struct fl_err *err)
{
    return fl_counter_count(engine->counter, encoding, (struct fl_str){text, bytes}, ret_count,
                            err);
}
