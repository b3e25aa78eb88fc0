/* learning.h: what the engine knows about learning: where it is kept, what is in use, who trains.
 *
 *   learn ─► store ─► enough new? ─► learner (its own thread) ─► promoted ─┐
 *     └─► refresh ◄─────────────────────────────────────────────────────────┘
 *            └─► a new struct fl_learned in the place of the one in use
 *
 * Lock order: learning.lock before engine.lock. The learner's thread and the queue's hold neither
 * while they train, classify or call back. */
#ifndef FL_ENGINE_LEARNING_H
#define FL_ENGINE_LEARNING_H

#include "engine/engine.h"
#include "learn/learner.h"
#include "rank/learned.h"

enum { FL_HISTORY_USUAL = 1000, FL_RETRAIN_USUAL = 100 };

struct fl_classify_queue;

struct fl_learning {
    char *database, *folder;         /* paths; NULL without a home */
    pthread_mutex_t lock;            /* held by who puts another fl_learned in place, and of … */
    bool looked;                     /* what is stored was looked up once */
    struct fl_learner *learner;      /* made when first needed */
    pthread_mutex_t queue_lock;      /* of … */
    struct fl_classify_queue *queue; /* the same */
    struct fl_learned *learned;      /* in use, or NULL; under engine.lock */
};

int fl_learning_init(struct fl_engine *engine, struct fl_err *err);
/* Ends training and classification first. */
void fl_learning_destroy(struct fl_engine *engine);

/* -FL_ENOTSUP where nothing can be learned: no home, or learning is off. */
int fl_learning_check(const struct fl_engine *engine, struct fl_err *err);

/* Looks up what is stored and puts it in the place of what is in use. What fails is told to the
 * log, and nothing learned is used then. */
void fl_learning_refresh(struct fl_engine *engine);

/* What is in use, with one more reference; NULL where nothing was learned. The second looks it up
 * first where nobody did yet, and gives NULL without a model. */
struct fl_learned *fl_learning_pin(struct fl_engine *engine);
struct fl_learned *fl_learning_find(struct fl_engine *engine);

void fl_learning_training_options(const struct fl_engine *engine,
                                  struct fl_training_options *ret_options);

uint32_t fl_learning_history(const struct fl_engine *engine);
uint32_t fl_learning_retrain_every(const struct fl_engine *engine);

/* --- classify_queue.c --- */

/* Ends the thread; what waits is canceled. NULL is accepted. */
void fl_classify_queue_end(struct fl_classify_queue *queue);

#endif
