/* learner.h: training in the background: one thread of low priority, started when first asked.
 *
 *   request ─► [wanted] ─► thread: fl_training_run ─► done ─► asleep until the next request
 *
 * Requests that come while one is waiting are one request; one that comes while a round runs starts
 * another after it. Any thread may ask, wait and cancel. */
#ifndef FL_LEARN_LEARNER_H
#define FL_LEARN_LEARNER_H

#include "learn/training.h"

struct fl_learner;

struct fl_learner_options {
    struct fl_training_options training; /* its strings are copied; progress and ctx are not used */
    /* Told after every round, on the learner's thread; `err` where `rc` is not 0. It may call
     * anything but this learner. */
    void (*done)(void *ctx, int rc, const struct fl_training_result *result,
                 const struct fl_err *err);
    void *ctx;
};

int fl_learner_create(const struct fl_learner_options *options, struct fl_learner **ret_learner,
                      struct fl_err *err);
/* Cancels what runs and waits for it to end. NULL is accepted. */
void fl_learner_free(struct fl_learner *learner);

/* -FL_ENOMEM when no thread can be started. */
int fl_learner_request(struct fl_learner *learner, struct fl_err *err);

/* Waits until nothing is wanted and nothing runs. `canceled` (may be NULL) is polled some times a
 * second: true ends the round. 0 or -FL_ECANCELED. */
int fl_learner_wait(struct fl_learner *learner, bool (*canceled)(void *ctx), void *ctx);

#endif
