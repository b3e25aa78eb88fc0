/* learner.c: see learner.h. */
#include "learn/learner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { POLL_NS = 50 * 1000 * 1000 };

struct fl_learner {
    struct fl_learner_options options;
    char *database, *folder;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    pthread_t thread;
    bool started, wanted, running, stopping;
    atomic_bool cancel; /* read by the round without the lock */
};

static int is_canceled(void *ctx, double share)
{
    struct fl_learner *learner = ctx;
    (void)share;
    return atomic_load(&learner->cancel);
}

static void run_round(struct fl_learner *learner)
{
    struct fl_training_options training = learner->options.training;
    struct fl_training_result result = {0};
    struct fl_err err = {0};
    training.database = learner->database;
    training.folder = learner->folder;
    training.progress = is_canceled;
    training.ctx = learner;
    int rc = fl_training_run(&training, &result, &err);
    if (learner->options.done)
        learner->options.done(learner->options.ctx, rc, &result, &err);
}

static void *learn(void *ctx)
{
    struct fl_learner *learner = ctx;
    fl_os_lower_thread_priority();
    pthread_mutex_lock(&learner->lock);
    while (!learner->stopping) {
        if (!learner->wanted) {
            pthread_cond_wait(&learner->changed, &learner->lock);
            continue;
        }
        learner->wanted = false;
        learner->running = true;
        pthread_mutex_unlock(&learner->lock);
        run_round(learner);
        pthread_mutex_lock(&learner->lock);
        learner->running = false;
        pthread_cond_broadcast(&learner->changed);
    }
    pthread_mutex_unlock(&learner->lock);
    return NULL;
}

int fl_learner_create(const struct fl_learner_options *options, struct fl_learner **ret_learner,
                      struct fl_err *err)
{
    struct fl_learner *learner = calloc(1, sizeof *learner);
    if (!learner)
        return fl_err_nomem(err);
    learner->options = *options;
    learner->database = strdup(options->training.database);
    learner->folder = strdup(options->training.folder);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&learner->lock, NULL);
    pthread_cond_init(&learner->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (!learner->database || !learner->folder) {
        fl_learner_free(learner);
        return fl_err_nomem(err);
    }
    *ret_learner = learner;
    return 0;
}

void fl_learner_free(struct fl_learner *learner)
{
    if (!learner)
        return;
    atomic_store(&learner->cancel, true);
    pthread_mutex_lock(&learner->lock);
    learner->stopping = true;
    pthread_cond_broadcast(&learner->changed);
    pthread_mutex_unlock(&learner->lock);
    if (learner->started)
        pthread_join(learner->thread, NULL);
    pthread_cond_destroy(&learner->changed);
    pthread_mutex_destroy(&learner->lock);
    free(learner->database);
    free(learner->folder);
    free(learner);
}

int fl_learner_request(struct fl_learner *learner, struct fl_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&learner->lock);
    if (!learner->started && pthread_create(&learner->thread, NULL, learn, learner))
        rc = fl_err_set(err, FL_ENOMEM, "no thread could be started to learn");
    if (!rc) {
        learner->started = learner->wanted = true;
        atomic_store(&learner->cancel, false);
        pthread_cond_broadcast(&learner->changed);
    }
    pthread_mutex_unlock(&learner->lock);
    return rc;
}

int fl_learner_wait(struct fl_learner *learner, bool (*canceled)(void *ctx), void *ctx)
{
    int rc = 0;
    pthread_mutex_lock(&learner->lock);
    while (learner->wanted || learner->running) {
        pthread_mutex_unlock(&learner->lock);
        bool stop = canceled && canceled(ctx);
        pthread_mutex_lock(&learner->lock);
        if (stop) {
            atomic_store(&learner->cancel, true);
            learner->wanted = false;
            rc = -FL_ECANCELED;
        }
        if (!learner->wanted && !learner->running)
            break;
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += POLL_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&learner->changed, &learner->lock, &until);
    }
    pthread_mutex_unlock(&learner->lock);
    return rc;
}
