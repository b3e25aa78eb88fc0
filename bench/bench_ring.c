/* bench_ring.c: items a second through the lock-free ring, one at a time and in batches, beside a
 * ring of the same size under a mutex, with as many and with more threads than cores.
 *
 *   bench_ring [SECONDS of each measurement]
 *
 * Nobody sleeps: whoever finds the queue full or empty spins a little and then yields. */
#include "bench_clock.h"

#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CAPACITY = 1024, BATCH = 16, MOST_THREADS = 32, SPINS = 64 };

struct locked_queue {
    pthread_mutex_t lock;
    void *items[CAPACITY];
    size_t head, tail;
};

struct scene {
    struct fl_ring ring;
    struct locked_queue locked;
    size_t (*push)(struct scene *scene, void *const *items, size_t count);
    size_t (*pop)(struct scene *scene, void **items, size_t count);
    size_t batch;
    atomic_bool stop;
    _Alignas(128) _Atomic uint64_t popped;
};

static size_t push_ring(struct scene *scene, void *const *items, size_t count)
{
    return fl_ring_push(&scene->ring, items, count);
}

static size_t pop_ring(struct scene *scene, void **items, size_t count)
{
    return fl_ring_pop(&scene->ring, items, count);
}

static size_t push_locked(struct scene *scene, void *const *items, size_t count)
{
    struct locked_queue *queue = &scene->locked;
    size_t n = 0;
    pthread_mutex_lock(&queue->lock);
    for (; n < count && queue->tail - queue->head < CAPACITY; n++)
        queue->items[queue->tail++ % CAPACITY] = items[n];
    pthread_mutex_unlock(&queue->lock);
    return n;
}

static size_t pop_locked(struct scene *scene, void **items, size_t count)
{
    struct locked_queue *queue = &scene->locked;
    size_t n = 0;
    pthread_mutex_lock(&queue->lock);
    for (; n < count && queue->head < queue->tail; n++)
        items[n] = queue->items[queue->head++ % CAPACITY];
    pthread_mutex_unlock(&queue->lock);
    return n;
}

static void pause_after(unsigned *failures)
{
    if (++*failures % SPINS == 0)
        sched_yield();
}

static void *produce(void *ctx)
{
    struct scene *scene = ctx;
    void *items[BATCH];
    unsigned failures = 0;
    for (size_t i = 0; i < BATCH; i++)
        items[i] = &items[i];
    while (!atomic_load_explicit(&scene->stop, memory_order_relaxed))
        if (!scene->push(scene, items, scene->batch))
            pause_after(&failures);
    return NULL;
}

static void *consume(void *ctx)
{
    struct scene *scene = ctx;
    void *items[BATCH];
    unsigned failures = 0;
    uint64_t popped = 0;
    while (!atomic_load_explicit(&scene->stop, memory_order_relaxed)) {
        size_t n = scene->pop(scene, items, scene->batch);
        popped += n;
        if (!n)
            pause_after(&failures);
    }
    atomic_fetch_add(&scene->popped, popped);
    return NULL;
}

/* Millions of items a second through the scene, with as many producers as consumers. */
static double measure(struct scene *scene, unsigned pairs, double seconds)
{
    pthread_t threads[MOST_THREADS];
    unsigned started = 0;
    atomic_store(&scene->stop, false);
    atomic_store(&scene->popped, 0);
    double start = bench_now_us();
    for (; started < 2 * pairs; started++)
        if (pthread_create(&threads[started], NULL, started % 2 ? consume : produce, scene))
            break;
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&rest, NULL);
    atomic_store(&scene->stop, true);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return (double)atomic_load(&scene->popped) / (bench_now_us() - start);
}

static double measure_kind(bool locked, size_t batch, unsigned pairs, double seconds)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    scene.batch = batch;
    scene.push = locked ? push_locked : push_ring;
    scene.pop = locked ? pop_locked : pop_ring;
    pthread_mutex_init(&scene.locked.lock, NULL);
    if (fl_ring_init(&scene.ring, CAPACITY))
        return 0;
    double rate = measure(&scene, pairs, seconds);
    fl_ring_destroy(&scene.ring);
    pthread_mutex_destroy(&scene.locked.lock);
    return rate;
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 0.5;
    puts("| producers + consumers | ring, M/s | ring by 16, M/s | mutex, M/s | mutex by 16, M/s "
         "| ring / mutex | by 16 |");
    puts("|---|--:|--:|--:|--:|--:|--:|");
    for (unsigned pairs = 1; pairs <= 8; pairs *= 2) {
        double ring = measure_kind(false, 1, pairs, seconds);
        double batch = measure_kind(false, BATCH, pairs, seconds);
        double locked = measure_kind(true, 1, pairs, seconds);
        double locked_batch = measure_kind(true, BATCH, pairs, seconds);
        printf("| %u + %u | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", pairs, pairs, ring, batch,
               locked, locked_batch, ring / locked, batch / locked_batch);
    }
    return 0;
}
