/* test_heap.c: blocks do not overlap and keep what is written; caps hold; everything goes back;
 * many threads pass blocks to each other. */
#include "heap/heap.h"

#include "base/ring.h"
#include "failing_alloc.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct fl_pool *pool;
    struct fl_heap *heap;
};

static struct scene open_scene(uint64_t pool_cap, uint64_t heap_cap)
{
    struct scene scene = {.pool = fl_pool_create(pool_cap)};
    assert_non_null(scene.pool);
    scene.heap = fl_heap_create(scene.pool, heap_cap);
    assert_non_null(scene.heap);
    return scene;
}

static void close_scene(struct scene *scene)
{
    fl_heap_destroy(scene->heap);
    struct fl_pool_usage usage = fl_pool_usage(scene->pool);
    assert_int_equal(usage.mapped_bytes, 0);
    assert_int_equal(usage.heaps, 0);
    fl_pool_free(scene->pool);
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *state >> 33;
}

/* Every size up to beyond the largest block: aligned, at least as large as asked for, and not much
 * larger: a quarter, or a page for the large ones. */
static void test_sizes(void **state)
{
    (void)state;
    struct scene scene = open_scene(0, 0);
    for (size_t bytes = 0; bytes <= FL_HEAP_MAX_BLOCK + 100; bytes += bytes < 600 ? 1 : 97) {
        void *block = fl_heap_alloc(scene.heap, bytes);
        assert_non_null(block);
        assert_int_equal((uintptr_t)block % FL_HEAP_ALIGNMENT, 0);
        size_t have = fl_heap_block_bytes(scene.heap, block);
        assert_true(have >= bytes);
        assert_true(have <= bytes + bytes / 4 + 16 || bytes > FL_HEAP_MAX_BLOCK);
        memset(block, 0x5a, bytes);
        fl_heap_free(scene.heap, block);
    }
    fl_heap_free(scene.heap, NULL);
    struct fl_heap_usage usage = fl_heap_usage(scene.heap);
    assert_true(usage.allocations > 600);
    assert_int_equal(usage.live_blocks, 0);
    assert_int_equal(usage.live_bytes, 0);
    close_scene(&scene);
}

/* Random blocks, each filled with a byte of its own, which is still there when it goes. */
static void test_blocks_keep_their_content(void **state)
{
    (void)state;
    enum { BLOCKS = 500, STEPS = 20000 };
    struct scene scene = open_scene(0, 0);
    static unsigned char *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    memset(blocks, 0, sizeof blocks);
    uint64_t random = 7, live = 0;
    for (int step = 0; step < STEPS; step++) {
        size_t i = next_random(&random) % BLOCKS;
        size_t bytes = 1 + next_random(&random) % (next_random(&random) % 20 ? 700 : 40000);
        if (blocks[i]) {
            for (size_t k = 0; k < sizes[i]; k += 1 + sizes[i] / 8)
                assert_int_equal(blocks[i][k], (unsigned char)i);
            live -= fl_heap_block_bytes(scene.heap, blocks[i]);
        }
        if (blocks[i] && next_random(&random) % 2) {
            fl_heap_free(scene.heap, blocks[i]);
            blocks[i] = NULL;
            continue;
        }
        size_t kept = blocks[i] ? (sizes[i] < bytes ? sizes[i] : bytes) : 0;
        blocks[i] = fl_heap_realloc(scene.heap, blocks[i], bytes);
        assert_non_null(blocks[i]);
        for (size_t k = 0; k < kept; k += 1 + kept / 8)
            assert_int_equal(blocks[i][k], (unsigned char)i);
        memset(blocks[i], (int)(i & 0xff), bytes);
        sizes[i] = bytes;
        live += fl_heap_block_bytes(scene.heap, blocks[i]);
    }
    assert_int_equal(fl_heap_usage(scene.heap).live_bytes, live);
    assert_true(fl_heap_usage(scene.heap).mapped_bytes >= live);
    close_scene(&scene); /* what is still out goes with the heap */
}

/* What was freed goes back to the system, but for the slabs in use. */
static void test_memory_goes_back(void **state)
{
    (void)state;
    enum { BLOCKS = 16000, BYTES = 500 };
    struct scene scene = open_scene(0, 0);
    static void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        assert_non_null(blocks[i] = fl_heap_alloc(scene.heap, BYTES));
    uint64_t most = fl_heap_usage(scene.heap).mapped_bytes;
    assert_true(most >= (uint64_t)BLOCKS * BYTES);
    for (int i = 0; i < BLOCKS; i++)
        fl_heap_free(scene.heap, blocks[i]);
    uint64_t kept = fl_heap_usage(scene.heap).mapped_bytes;
    assert_true(kept <= (4 << 20) + FL_HEAP_SLAB_BYTES);
    assert_int_equal(fl_heap_trim(scene.heap), kept - FL_HEAP_SLAB_BYTES);
    assert_int_equal(fl_heap_usage(scene.heap).mapped_bytes, FL_HEAP_SLAB_BYTES);
    assert_int_equal(fl_heap_trim(scene.heap), 0);
    assert_int_equal(fl_pool_usage(scene.pool).peak_bytes, most);
    void *large = fl_heap_alloc(scene.heap, 1 << 20);
    assert_non_null(large);
    fl_heap_free(scene.heap, large);
    assert_int_equal(fl_heap_usage(scene.heap).mapped_bytes, FL_HEAP_SLAB_BYTES);
    close_scene(&scene);
}

static void test_caps(void **state)
{
    (void)state;
    enum { SLABS = 4 };
    struct scene scene = open_scene(SLABS * FL_HEAP_SLAB_BYTES, 3 * FL_HEAP_SLAB_BYTES);
    struct fl_heap *other = fl_heap_create(scene.pool, 0);
    assert_non_null(other);
    int count = 0;
    while (fl_heap_alloc(scene.heap, FL_HEAP_MAX_BLOCK))
        count++;
    assert_int_equal(count, 3 * 3); /* three blocks a slab, three slabs by its own cap */
    assert_null(fl_heap_alloc(scene.heap, 8 << 20));
    assert_null(fl_heap_alloc(scene.heap, SIZE_MAX - 10));
    assert_null(fl_heap_alloc(other, 2 * FL_HEAP_SLAB_BYTES)); /* by the pool's */
    void *fits = fl_heap_alloc(other, 100);
    assert_non_null(fits);
    assert_null(fl_heap_alloc(other, 1000));
    assert_non_null(fl_heap_realloc(other, fits, 90));
    struct fl_pool_usage usage = fl_pool_usage(scene.pool);
    assert_int_equal(usage.mapped_bytes, SLABS * FL_HEAP_SLAB_BYTES);
    assert_int_equal(usage.cap_bytes, SLABS * FL_HEAP_SLAB_BYTES);
    assert_int_equal(usage.refused, 5);
    assert_int_equal(usage.heaps, 2);
    fl_heap_destroy(scene.heap);
    assert_non_null(fl_heap_alloc(other, 1000)); /* there is room again */
    fl_heap_destroy(other);
    assert_int_equal(fl_pool_usage(scene.pool).mapped_bytes, 0);
    fl_pool_free(scene.pool);
}

static void test_without_memory(void **state)
{
    (void)state;
    fl_test_fail_alloc_at(1);
    assert_null(fl_pool_create(0));
    fl_test_fail_alloc_at(0);
    struct fl_pool *pool = fl_pool_create(0);
    assert_non_null(pool);
    fl_heap_destroy(NULL);
    fl_pool_free(pool);
    fl_pool_free(NULL);
}

/* --- threads: each allocates, and frees what its neighbour allocated --- */

enum { THREADS = 40, ROUNDS = 1500, QUEUE = 64 };

struct post {
    uint32_t bytes, stamp;
};

struct crowd {
    struct scene scene;
    struct fl_ring queues[THREADS];
    pthread_t threads[THREADS];
    atomic_int faults;
};

struct worker {
    struct crowd *crowd;
    uint32_t number;
};

static void check_and_free(struct crowd *crowd, void *block)
{
    const struct post *post = block;
    const unsigned char *bytes = block;
    for (uint32_t i = sizeof *post; i < post->bytes; i += 1 + post->bytes / 4)
        if (bytes[i] != (unsigned char)post->stamp)
            atomic_fetch_add(&crowd->faults, 1);
    fl_heap_free(crowd->scene.heap, block);
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct crowd *crowd = worker->crowd;
    struct fl_ring *mine = &crowd->queues[worker->number];
    struct fl_ring *next = &crowd->queues[(worker->number + 1) % THREADS];
    uint64_t random = worker->number;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t bytes = (uint32_t)(sizeof(struct post) + next_random(&random) % 900);
        struct post *post = fl_heap_alloc(crowd->scene.heap, bytes);
        if (!post) {
            atomic_fetch_add(&crowd->faults, 1);
            break;
        }
        memset(post, (int)(round & 0xff), bytes);
        *post = (struct post){bytes, round & 0xff};
        void *item = post;
        if (!fl_ring_push(next, &item, 1))
            check_and_free(crowd, post);
        while (next_random(&random) % 3 && fl_ring_pop(mine, &item, 1))
            check_and_free(crowd, item);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct crowd *crowd = aligned_alloc(FL_RING_SEPARATION, sizeof *crowd);
    assert_non_null(crowd);
    memset(crowd, 0, sizeof *crowd);
    crowd->scene = open_scene(0, 0);
    struct worker workers[THREADS];
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(fl_ring_init(&crowd->queues[i], QUEUE), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){crowd, i};
        assert_int_equal(pthread_create(&crowd->threads[i], NULL, work, &workers[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(crowd->threads[i], NULL);
    assert_int_equal(atomic_load(&crowd->faults), 0);
    for (uint32_t i = 0; i < THREADS; i++) {
        void *item;
        while (fl_ring_pop(&crowd->queues[i], &item, 1))
            check_and_free(crowd, item);
        fl_ring_destroy(&crowd->queues[i]);
    }
    struct fl_heap_usage usage = fl_heap_usage(crowd->scene.heap);
    assert_int_equal(usage.allocations, (uint64_t)THREADS * ROUNDS);
    assert_int_equal(usage.live_blocks, 0);
    assert_int_equal(usage.live_bytes, 0);
    close_scene(&crowd->scene);
    free(crowd);
}

/* One thread's blocks, freed by another, are given out again: a pipeline does not grow. */
static void *free_all(void *ctx)
{
    struct crowd *crowd = ctx;
    void *item;
    while (fl_ring_pop(&crowd->queues[0], &item, 1))
        fl_heap_free(crowd->scene.heap, item);
    return NULL;
}

static void test_a_pipeline_does_not_grow(void **state)
{
    (void)state;
    enum { BLOCKS = 4096, BYTES = 64, TIMES = 20 };
    struct crowd *crowd = aligned_alloc(FL_RING_SEPARATION, sizeof *crowd);
    assert_non_null(crowd);
    memset(crowd, 0, sizeof *crowd);
    crowd->scene = open_scene(0, 0);
    assert_int_equal(fl_ring_init(&crowd->queues[0], BLOCKS), 0);
    for (int round = 0; round < TIMES; round++) {
        for (int i = 0; i < BLOCKS; i++) {
            void *block = fl_heap_alloc(crowd->scene.heap, BYTES);
            assert_non_null(block);
            assert_int_equal(fl_ring_push(&crowd->queues[0], &block, 1), 1);
        }
        assert_int_equal(pthread_create(&crowd->threads[0], NULL, free_all, crowd), 0);
        pthread_join(crowd->threads[0], NULL);
    }
    /* 4096 blocks of 64 bytes are 4.01 slabs. */
    assert_true(fl_pool_usage(crowd->scene.pool).peak_bytes <= 6 * FL_HEAP_SLAB_BYTES);
    fl_ring_destroy(&crowd->queues[0]);
    close_scene(&crowd->scene);
    free(crowd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_blocks_keep_their_content),
        cmocka_unit_test(test_memory_goes_back),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_a_pipeline_does_not_grow),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
