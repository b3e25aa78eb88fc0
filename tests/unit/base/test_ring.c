/* test_ring.c: one thread against a plain queue; many threads: everything comes out once, and what
 * one producer put in comes out in its order. */
#include "base/ring.h"

#include "failing_alloc.h"
#include "foreload/error.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void *item_of(uintptr_t number)
{
    return (void *)number; // NOLINT: numbers stand for items
}

static void test_limits(void **state)
{
    (void)state;
    struct fl_ring ring = {0};
    assert_int_equal(fl_ring_init(&ring, 0), -FL_EINVAL);
    assert_int_equal(fl_ring_init(&ring, (size_t)FL_RING_MAX_CAPACITY + 1), -FL_EINVAL);
    fl_test_fail_alloc_at(1);
    assert_int_equal(fl_ring_init(&ring, 4), -FL_ENOMEM);
    fl_test_fail_alloc_at(0);
    fl_ring_destroy(&ring);
    fl_ring_destroy(NULL);
    static const size_t wanted[][2] = {{1, 2}, {2, 2}, {3, 4}, {4, 4}, {1000, 1024}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_int_equal(fl_ring_init(&ring, wanted[i][0]), 0);
        assert_int_equal(fl_ring_capacity(&ring), wanted[i][1]);
        assert_int_equal(fl_ring_count(&ring), 0);
        fl_ring_destroy(&ring);
    }
    assert_int_equal(sizeof(struct fl_ring) % FL_RING_SEPARATION, 0);
    assert_true(offsetof(struct fl_ring, head) >= FL_RING_SEPARATION);
}

static void test_like_a_plain_queue(void **state)
{
    (void)state;
    enum { CAPACITY = 8, STEPS = 20000, BATCH = 11 };
    struct fl_ring ring = {0};
    assert_int_equal(fl_ring_init(&ring, CAPACITY), 0);
    uint64_t random = 12345;
    uintptr_t in = 0, out = 0; /* the plain queue: the numbers from out to in */
    for (int step = 0; step < STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        size_t wanted = (random >> 33) % (BATCH + 1);
        void *items[BATCH];
        if (random >> 63) {
            for (size_t i = 0; i < wanted; i++)
                items[i] = item_of(in + i + 1);
            size_t room = CAPACITY - (in - out);
            size_t went = fl_ring_push(&ring, items, wanted);
            assert_int_equal(went, wanted < room ? wanted : room);
            in += went;
        } else {
            size_t came = fl_ring_pop(&ring, items, wanted);
            assert_int_equal(came, wanted < in - out ? wanted : in - out);
            for (size_t i = 0; i < came; i++)
                assert_ptr_equal(items[i], item_of(++out));
        }
        assert_int_equal(fl_ring_count(&ring), in - out);
    }
    assert_true(in > 1000);
    fl_ring_destroy(&ring);
}

enum { PRODUCERS = 3, CONSUMERS = 3, EACH = 20000, RING = 64, MOST = 7 };

struct scene {
    struct fl_ring ring;
    _Atomic uint32_t popped;
    _Atomic uint8_t seen[PRODUCERS][EACH];
    _Atomic int faults;
};

struct worker {
    struct scene *scene;
    uintptr_t number;
};

/* Item (producer << 32 | sequence) + 1, in batches of 1 to MOST. */
static void *produce(void *ctx)
{
    struct worker *worker = ctx;
    for (uintptr_t next = 0; next < EACH;) {
        void *items[MOST];
        size_t wanted = 1 + next % MOST, n = 0;
        for (; n < wanted && next + n < EACH; n++)
            items[n] = item_of((worker->number << 32 | (next + n)) + 1);
        size_t went = fl_ring_push(&worker->scene->ring, items, n);
        next += went;
        if (!went)
            sched_yield();
    }
    return NULL;
}

static void *consume(void *ctx)
{
    struct worker *worker = ctx;
    struct scene *scene = worker->scene;
    int64_t last[PRODUCERS] = {-1, -1, -1};
    while (atomic_load(&scene->popped) < (uint32_t)PRODUCERS * EACH) {
        void *items[MOST];
        size_t came = fl_ring_pop(&scene->ring, items, 1 + worker->number % MOST);
        for (size_t i = 0; i < came; i++) {
            uintptr_t value = (uintptr_t)items[i] - 1;
            uintptr_t producer = value >> 32, sequence = value & UINT32_MAX;
            bool wrong = producer >= PRODUCERS || sequence >= EACH ||
                         (int64_t)sequence <= last[producer] ||
                         atomic_fetch_add(&scene->seen[producer][sequence], 1);
            if (wrong) {
                atomic_fetch_add(&scene->faults, 1);
                continue;
            }
            last[producer] = (int64_t)sequence;
        }
        atomic_fetch_add(&scene->popped, (uint32_t)came);
        if (!came)
            sched_yield();
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct scene *scene =
        aligned_alloc(FL_RING_SEPARATION, (sizeof *scene + FL_RING_SEPARATION - 1) /
                                              FL_RING_SEPARATION * FL_RING_SEPARATION);
    assert_non_null(scene);
    memset(scene, 0, sizeof *scene);
    assert_int_equal(fl_ring_init(&scene->ring, RING), 0);
    pthread_t threads[PRODUCERS + CONSUMERS];
    struct worker workers[PRODUCERS + CONSUMERS];
    for (uintptr_t i = 0; i < PRODUCERS + CONSUMERS; i++) {
        workers[i] = (struct worker){scene, i};
        assert_int_equal(
            pthread_create(&threads[i], NULL, i < PRODUCERS ? produce : consume, &workers[i]), 0);
    }
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&scene->faults), 0);
    for (int p = 0; p < PRODUCERS; p++)
        for (int i = 0; i < EACH; i++)
            assert_int_equal(atomic_load(&scene->seen[p][i]), 1);
    assert_int_equal(fl_ring_count(&scene->ring), 0);
    fl_ring_destroy(&scene->ring);
    free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_like_a_plain_queue),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
