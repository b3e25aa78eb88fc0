/* bench_heap.c: nanoseconds for a block to be given out and taken back, from a component's heap and
 * from the C library: one block again and again, and many at once in another order. */
#include "bench_clock.h"

#include "heap/heap.h"

#include <stdint.h>
#include <stdio.h>

enum { ROUNDS = 200, BLOCKS = 4096, REPEATS = 7 };

static struct fl_heap *heap;
static void *blocks[BLOCKS];

static void *alloc_heap(size_t bytes)
{
    return fl_heap_alloc(heap, bytes);
}

static void free_heap(void *block)
{
    fl_heap_free(heap, block);
}

struct allocator {
    void *(*alloc)(size_t bytes);
    void (*free)(void *block);
};

static void one_block(const struct allocator *a, size_t bytes)
{
    for (int i = 0; i < BLOCKS; i++) {
        blocks[0] = a->alloc(bytes);
        *(volatile char *)blocks[0] = 1;
        a->free(blocks[0]);
    }
}

static void many_blocks(const struct allocator *a, size_t bytes)
{
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = a->alloc(bytes);
        *(volatile char *)blocks[i] = 1;
    }
    for (unsigned i = 0; i < BLOCKS; i++) /* 1001 is odd: every block once */
        a->free(blocks[i * 1001 % BLOCKS]);
}

/* The best of a few times, in nanoseconds for one block's way out and back. */
static double measure(void (*work)(const struct allocator *a, size_t bytes),
                      const struct allocator *a, size_t bytes)
{
    double best = 1e9;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double start = bench_now_us();
        for (int round = 0; round < ROUNDS; round++)
            work(a, bytes);
        double ns = (bench_now_us() - start) * 1e3 / ((double)ROUNDS * BLOCKS);
        best = ns < best ? ns : best;
    }
    return best;
}

int main(void)
{
    static const struct allocator own = {alloc_heap, free_heap}, libc = {malloc, free};
    static const size_t sizes[] = {16, 64, 256, 1024, 4096};
    struct fl_pool *pool = fl_pool_create(0);
    heap = pool ? fl_heap_create(pool, 0) : NULL;
    if (!heap)
        return 1;
    puts("| bytes | heap, one block ns | malloc ns | ratio | heap, 4096 blocks ns | malloc ns | "
         "ratio |");
    puts("|--:|--:|--:|--:|--:|--:|--:|");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double one = measure(one_block, &own, sizes[i]);
        double one_libc = measure(one_block, &libc, sizes[i]);
        double many = measure(many_blocks, &own, sizes[i]);
        double many_libc = measure(many_blocks, &libc, sizes[i]);
        printf("| %zu | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n", sizes[i], one, one_libc,
               one_libc / one, many, many_libc, many_libc / many);
    }
    fl_heap_destroy(heap);
    fl_pool_free(pool);
    return 0;
}
