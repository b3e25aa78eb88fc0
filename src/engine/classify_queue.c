/* classify_queue.c: texts that wait to be classified, and the thread that does it; see
 * "classifying" in foreload/foreload.h.
 *
 *   submit ─► WAITING ─► RUNNING ─► DONE ─► (taken)
 *                │           └────────────► `done` was called
 *                └─► CANCELED
 *
 * One lock guards the queue and the state of its tickets; it is held for moments only, never while
 * a text is classified or a caller's function runs, so that nobody waits for another's work. The
 * queue is counted by its tickets and its engine: a ticket may outlive the engine. */
#include "base/os.h"
#include "engine/classify.h"

#include <stdlib.h>
#include <time.h>

enum ticket_state { WAITING, RUNNING, DONE, CANCELED };

struct fl_ticket {
    struct fl_classify_queue *queue;
    enum ticket_state state;
    unsigned references; /* the caller's, and the queue's until it is done with it */
    bool told;           /* the answer went to `done`, or was taken */
    bool in_done;        /* `done` is running */
    struct fl_classify_options options;
    fl_time deadline; /* 0: none */
    int code;
    struct fl_classification *classification;
    size_t bytes;
    char text[];
};

struct fl_classify_queue {
    unsigned references; /* tickets, and the engine's */
    struct fl_engine *engine;
    pthread_mutex_t lock; /* of all here, and of the tickets' states */
    pthread_cond_t work, changed;
    pthread_t thread;
    bool ending;
    struct fl_ticket *waiting[FL_CLASSIFY_QUEUE]; /* a ring */
    uint32_t first, count;
};

/* --- counting references; under the lock, which is given up --- */

static void unlock_and_release(struct fl_classify_queue *queue)
{
    bool last = --queue->references == 0;
    pthread_mutex_unlock(&queue->lock);
    if (!last)
        return;
    pthread_cond_destroy(&queue->work);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

/* Drops one reference of a ticket; the last one frees it, and its hold on the queue. */
static void unlock_and_drop(struct fl_ticket *ticket)
{
    struct fl_classify_queue *queue = ticket->queue;
    if (--ticket->references) {
        pthread_mutex_unlock(&queue->lock);
        return;
    }
    unlock_and_release(queue);
    fl_classification_free(ticket->classification);
    free(ticket);
}

/* --- the thread --- */

static int answer(struct fl_classify_queue *queue, const struct fl_ticket *ticket,
                  struct fl_intents_scratch *scratch, struct fl_classification **ret_answer)
{
    if (ticket->deadline && fl_clock_now(&queue->engine->clock) > ticket->deadline)
        return -FL_ETIMEDOUT;
    struct fl_learned *learned = fl_learning_find(queue->engine);
    if (!learned)
        return -FL_ENOENT;
    int rc =
        fl_classify(learned, scratch, (struct fl_str){ticket->text, ticket->bytes}, ret_answer);
    fl_learned_release(learned);
    return rc;
}

/* Hands over what came of a ticket, and lets go of it. Under the lock, which is given up. */
static void conclude(struct fl_ticket *ticket, enum ticket_state state, int code,
                     struct fl_classification *classification)
{
    struct fl_classify_queue *queue = ticket->queue;
    bool call = ticket->options.done && !ticket->told;
    if (call) {
        ticket->told = ticket->in_done = true;
        pthread_mutex_unlock(&queue->lock);
        ticket->options.done(ticket->options.ctx, code, classification);
        pthread_mutex_lock(&queue->lock);
        ticket->in_done = false;
    } else if (ticket->state == CANCELED) { /* while it was classified */
        pthread_mutex_unlock(&queue->lock);
        fl_classification_free(classification);
        pthread_mutex_lock(&queue->lock);
    } else {
        ticket->classification = classification;
    }
    if (ticket->state != CANCELED) {
        ticket->state = state;
        ticket->code = code;
    }
    pthread_cond_broadcast(&queue->changed);
    unlock_and_drop(ticket);
}

static struct fl_ticket *next_ticket(struct fl_classify_queue *queue)
{
    while (!queue->count && !queue->ending)
        pthread_cond_wait(&queue->work, &queue->lock);
    if (!queue->count)
        return NULL;
    struct fl_ticket *ticket = queue->waiting[queue->first];
    queue->first = (queue->first + 1) % FL_CLASSIFY_QUEUE;
    queue->count--;
    return ticket;
}

static void *serve(void *ctx)
{
    struct fl_classify_queue *queue = ctx;
    struct fl_intents_scratch *scratch = fl_intents_scratch_create();
    struct fl_ticket *ticket;
    pthread_mutex_lock(&queue->lock);
    while ((ticket = next_ticket(queue))) {
        struct fl_classification *classification = NULL;
        if (ticket->state == CANCELED) {
            unlock_and_drop(ticket);
        } else if (queue->ending) {
            conclude(ticket, CANCELED, -FL_ECANCELED, NULL);
        } else {
            ticket->state = RUNNING;
            pthread_mutex_unlock(&queue->lock);
            if (!scratch) /* there may be memory again */
                scratch = fl_intents_scratch_create();
            int code = answer(queue, ticket, scratch, &classification);
            pthread_mutex_lock(&queue->lock);
            conclude(ticket, DONE, code, classification);
        }
        pthread_mutex_lock(&queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    fl_intents_scratch_free(scratch);
    return NULL;
}

/* --- the queue --- */

static struct fl_classify_queue *queue_create(struct fl_engine *engine)
{
    struct fl_classify_queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return NULL;
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    queue->references = 1;
    queue->engine = engine;
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->work, NULL);
    pthread_cond_init(&queue->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&queue->thread, NULL, serve, queue) == 0)
        return queue;
    pthread_mutex_lock(&queue->lock);
    unlock_and_release(queue);
    return NULL;
}

void fl_classify_queue_end(struct fl_classify_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->ending = true;
    pthread_cond_signal(&queue->work);
    pthread_mutex_unlock(&queue->lock);
    pthread_join(queue->thread, NULL);
    pthread_mutex_lock(&queue->lock);
    unlock_and_release(queue);
}

static struct fl_classify_queue *queue_of(struct fl_engine *engine)
{
    struct fl_learning *learning = engine->learning;
    pthread_mutex_lock(&learning->queue_lock);
    if (!learning->queue)
        learning->queue = queue_create(engine);
    struct fl_classify_queue *queue = learning->queue;
    pthread_mutex_unlock(&learning->queue_lock);
    return queue;
}

void fl_classify_options_init(struct fl_classify_options *options)
{
    *options = (struct fl_classify_options){.struct_size = sizeof *options};
}

static int submit(struct fl_classify_queue *queue, struct fl_ticket *ticket, struct fl_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&queue->lock);
    if (queue->count == FL_CLASSIFY_QUEUE) {
        rc = fl_err_set(err, FL_EBUSY, "%d texts wait to be classified already", FL_CLASSIFY_QUEUE);
    } else {
        ticket->queue = queue;
        queue->references++;
        queue->waiting[(queue->first + queue->count++) % FL_CLASSIFY_QUEUE] = ticket;
        pthread_cond_signal(&queue->work);
    }
    pthread_mutex_unlock(&queue->lock);
    return rc;
}

int fl_engine_classify_async(struct fl_engine *engine, const char *text, size_t bytes,
                             const struct fl_classify_options *options,
                             struct fl_ticket **ret_ticket, struct fl_err *err)
{
    struct fl_classify_options own;
    fl_classify_options_init(&own);
    if (options && options->struct_size > sizeof own)
        return fl_err_set(err, FL_EINVAL, "the options were made for a newer library");
    if (options)
        memcpy(&own, options, options->struct_size);
    int rc = fl_classify_check(text, bytes, err);
    if (rc)
        return rc;
    struct fl_classify_queue *queue = queue_of(engine);
    struct fl_ticket *ticket = queue ? calloc(1, sizeof *ticket + bytes) : NULL;
    if (!ticket)
        return fl_err_nomem(err);
    ticket->references = 2;
    ticket->options = own;
    if (own.timeout_ms)
        ticket->deadline = fl_clock_now(&engine->clock) + (fl_time)own.timeout_ms * 1000;
    ticket->bytes = bytes;
    memcpy(ticket->text, text, bytes);
    rc = submit(queue, ticket, err);
    if (rc)
        free(ticket);
    else
        *ret_ticket = ticket;
    return rc;
}

/* --- tickets --- */

static bool is_open(const struct fl_ticket *ticket)
{
    return ticket->state == WAITING || ticket->state == RUNNING;
}

static void wait_until_closed(struct fl_ticket *ticket, uint32_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (is_open(ticket) &&
           pthread_cond_timedwait(&ticket->queue->changed, &ticket->queue->lock, &until) == 0)
        continue;
}

int fl_ticket_take(struct fl_ticket *ticket, uint32_t wait_ms,
                   struct fl_classification **ret_classification)
{
    struct fl_classify_queue *queue = ticket->queue;
    pthread_mutex_lock(&queue->lock);
    if (wait_ms && is_open(ticket) && !ticket->options.done)
        wait_until_closed(ticket, wait_ms);
    int rc;
    if (ticket->options.done || (ticket->told && ticket->state == DONE)) {
        rc = -FL_EINVAL;
    } else if (is_open(ticket)) {
        rc = -FL_EBUSY;
    } else if (ticket->state == CANCELED) {
        rc = -FL_ECANCELED;
    } else {
        rc = ticket->code;
        ticket->told = true;
        if (!rc) {
            *ret_classification = ticket->classification;
            ticket->classification = NULL;
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return rc;
}

void fl_ticket_cancel(struct fl_ticket *ticket)
{
    struct fl_classify_queue *queue = ticket->queue;
    pthread_mutex_lock(&queue->lock);
    if (is_open(ticket) && !ticket->in_done) {
        ticket->state = CANCELED;
        ticket->told = true;
        pthread_cond_broadcast(&queue->changed);
    }
    while (ticket->in_done && !pthread_equal(pthread_self(), queue->thread))
        pthread_cond_wait(&queue->changed, &queue->lock);
    pthread_mutex_unlock(&queue->lock);
}

void fl_ticket_free(struct fl_ticket *ticket)
{
    if (!ticket)
        return;
    struct fl_classify_queue *queue = ticket->queue;
    pthread_mutex_lock(&queue->lock);
    if (is_open(ticket) && !ticket->options.done) { /* nobody will ask for it */
        ticket->state = CANCELED;
        ticket->told = true;
    }
    unlock_and_drop(ticket);
}
