/* engine.h: the object behind the host API. */
#ifndef FL_ENGINE_ENGINE_H
#define FL_ENGINE_ENGINE_H

#include "base/clock.h"
#include "base/log.h"
#include "engine/predict.h"
#include "engine/report.h"
#include "forms/read.h"
#include "snapshot/snapshot.h"

struct fl_engine {
    char *home;                /* or NULL */
    struct fl_options options; /* its strings are not used: home above, tables in the counter, isa
                                * in the kernels */
    struct fl_log log;
    struct fl_clock clock;
    struct fl_counter *counter;
    const struct fl_scorer *scorer;
    const struct fl_kernels *kernels; /* of the instruction set that the options name */
    char *encoder_path;               /* or NULL */
    pthread_mutex_t encoder_lock;     /* of the two below */
    struct fl_meaning *meaning;       /* or NULL */
    bool encoder_tried;
    struct fl_predictor *predictor; /* has locks of its own */
    pthread_mutex_t lock;           /* of the snapshot pointer */
    struct fl_snapshot *snapshot;   /* in use, or NULL */
    struct fl_learning *learning;   /* learning.h */
};

/* Puts the snapshot in the place of the one in use; takes over the reference. */
void fl_engine_use(struct fl_engine *engine, struct fl_snapshot *snapshot);

/* The encoder, opened by the first call, borrowed from the engine; NULL without one, or where it
 * cannot be used, which the first call tells the log. -FL_ENOMEM. */
int fl_engine_meaning(struct fl_engine *engine, struct fl_meaning **ret_meaning,
                      struct fl_err *err);

/* How readers reach the environment and know this program. */
struct fl_read_options fl_engine_read_options(struct fl_engine *engine, const char *self_program);

/* After a change: uses what is stored now and keeps its index for later processes. An empty store
 * is no error. */
int fl_engine_reload_stored(struct fl_engine *engine, struct fl_err *err);

/* Opens the catalogue database in the home folder. -FL_ENOTSUP without a home; with `read_only`
 * -FL_ENOENT where nothing was stored. */
int fl_engine_open_store(const struct fl_engine *engine, bool read_only,
                         struct fl_store **ret_store, struct fl_err *err);

#endif
