/* heap_slab.c: mappings and what they are booked on. Booking comes first: memory that a cap does
 * not allow is never mapped. */
#include "base/os.h"
#include "heap/heap_hooks.h"
#include "heap/heap_internal.h"

#include <stdlib.h>

/* --- booking --- */

static bool book(_Atomic uint64_t *booked, uint64_t cap, uint64_t bytes)
{
    uint64_t have = atomic_load_explicit(booked, memory_order_relaxed);
    do {
        if (cap && (bytes > cap || have > cap - bytes))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(booked, &have, have + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static void unbook(struct fl_heap *heap, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&heap->mapped_bytes, bytes, memory_order_relaxed);
    atomic_fetch_sub_explicit(&heap->pool->mapped_bytes, bytes, memory_order_relaxed);
}

static void raise_peak(struct fl_pool *pool)
{
    uint64_t total = atomic_load_explicit(&pool->mapped_bytes, memory_order_relaxed);
    uint64_t peak = atomic_load_explicit(&pool->peak_bytes, memory_order_relaxed);
    while (total > peak &&
           !atomic_compare_exchange_weak_explicit(&pool->peak_bytes, &peak, total,
                                                  memory_order_relaxed, memory_order_relaxed))
        ;
}

static bool book_both(struct fl_heap *heap, uint64_t bytes)
{
    if (!book(&heap->mapped_bytes, heap->cap_bytes, bytes))
        return false;
    if (!book(&heap->pool->mapped_bytes, heap->pool->cap_bytes, bytes)) {
        atomic_fetch_sub_explicit(&heap->mapped_bytes, bytes, memory_order_relaxed);
        return false;
    }
    return true;
}

/* --- mapping --- */

struct fl_slab *fl_slab_map(struct fl_heap *heap, size_t bytes)
{
    struct fl_slab *slab = NULL;
    if (book_both(heap, bytes)) {
        slab = fl_os_map_memory(bytes, FL_HEAP_SLAB_BYTES);
        if (!slab)
            unbook(heap, bytes);
    }
    if (!slab) {
        atomic_fetch_add_explicit(&heap->pool->refused, 1, memory_order_relaxed);
        return NULL;
    }
    raise_peak(heap->pool);
    slab->heap = heap;
    slab->mapped_bytes = bytes;
    pthread_mutex_lock(&heap->slab_lock);
    slab->next_of_heap = heap->mappings;
    if (heap->mappings)
        heap->mappings->previous_of_heap = slab;
    heap->mappings = slab;
    pthread_mutex_unlock(&heap->slab_lock);
    return slab;
}

static void unmap(struct fl_slab *slab)
{
    size_t bytes = slab->mapped_bytes;
#if defined(FL_HEAP_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(slab, bytes);
#endif
    fl_os_unmap_memory(slab, bytes);
}

void fl_slab_unmap(struct fl_slab *slab)
{
    struct fl_heap *heap = slab->heap;
    size_t bytes = slab->mapped_bytes;
    pthread_mutex_lock(&heap->slab_lock);
    if (slab->previous_of_heap)
        slab->previous_of_heap->next_of_heap = slab->next_of_heap;
    else
        heap->mappings = slab->next_of_heap;
    if (slab->next_of_heap)
        slab->next_of_heap->previous_of_heap = slab->previous_of_heap;
    pthread_mutex_unlock(&heap->slab_lock);
    unmap(slab);
    unbook(heap, bytes);
}

/* --- empty slabs --- */

enum { KEEP_SLABS = (4 << 20) / FL_HEAP_SLAB_BYTES, KEEP_SHARE = 4 };

struct fl_slab *fl_slab_take(struct fl_heap *heap)
{
    pthread_mutex_lock(&heap->slab_lock);
    struct fl_slab *slab = heap->empty;
    if (slab) {
        heap->empty = slab->next;
        heap->empty_count--;
    }
    pthread_mutex_unlock(&heap->slab_lock);
    return slab ? slab : fl_slab_map(heap, FL_HEAP_SLAB_BYTES);
}

void fl_slab_give(struct fl_slab *slab)
{
    struct fl_heap *heap = slab->heap;
    uint64_t mapped = atomic_load_explicit(&heap->mapped_bytes, memory_order_relaxed);
    pthread_mutex_lock(&heap->slab_lock);
    bool keep = heap->empty_count < KEEP_SLABS ||
                heap->empty_count < mapped / KEEP_SHARE / FL_HEAP_SLAB_BYTES;
    if (keep) {
        slab->next = heap->empty;
        heap->empty = slab;
        heap->empty_count++;
    }
    pthread_mutex_unlock(&heap->slab_lock);
    if (!keep)
        fl_slab_unmap(slab);
}

uint64_t fl_heap_trim(struct fl_heap *heap)
{
    pthread_mutex_lock(&heap->slab_lock);
    struct fl_slab *slab = heap->empty;
    heap->empty = NULL;
    heap->empty_count = 0;
    pthread_mutex_unlock(&heap->slab_lock);
    uint64_t bytes = 0;
    while (slab) {
        struct fl_slab *next = slab->next;
        bytes += slab->mapped_bytes;
        fl_slab_unmap(slab);
        slab = next;
    }
    return bytes;
}

/* --- pools and heaps --- */

struct fl_pool *fl_pool_create(uint64_t cap_bytes)
{
    struct fl_pool *pool = calloc(1, sizeof *pool);
    if (pool)
        pool->cap_bytes = cap_bytes;
    return pool;
}

void fl_pool_free(struct fl_pool *pool)
{
    free(pool);
}

struct fl_pool_usage fl_pool_usage(const struct fl_pool *pool)
{
    return (struct fl_pool_usage){
        .cap_bytes = pool->cap_bytes,
        .mapped_bytes = atomic_load_explicit(&pool->mapped_bytes, memory_order_relaxed),
        .peak_bytes = atomic_load_explicit(&pool->peak_bytes, memory_order_relaxed),
        .refused = atomic_load_explicit(&pool->refused, memory_order_relaxed),
        .heaps = atomic_load_explicit(&pool->heaps, memory_order_relaxed),
    };
}

struct fl_heap *fl_heap_create(struct fl_pool *pool, uint64_t cap_bytes)
{
    struct fl_heap *heap = aligned_alloc(_Alignof(struct fl_heap), sizeof *heap);
    if (!heap)
        return NULL;
    *heap = (struct fl_heap){.pool = pool, .cap_bytes = cap_bytes};
    pthread_mutex_init(&heap->shared_lock, NULL);
    pthread_mutex_init(&heap->slab_lock, NULL);
    atomic_fetch_add_explicit(&pool->heaps, 1, memory_order_relaxed);
    return heap;
}

void fl_heap_destroy(struct fl_heap *heap)
{
    if (!heap)
        return;
    for (struct fl_slab *slab = heap->mappings; slab;) {
        struct fl_slab *next = slab->next_of_heap;
        unbook(heap, slab->mapped_bytes);
        unmap(slab);
        slab = next;
    }
    for (uint32_t i = 0; i <= FL_HEAP_LANES; i++)
        free(atomic_load_explicit(&heap->lanes[i], memory_order_relaxed));
    atomic_fetch_sub_explicit(&heap->pool->heaps, 1, memory_order_relaxed);
    pthread_mutex_destroy(&heap->shared_lock);
    pthread_mutex_destroy(&heap->slab_lock);
    free(heap);
}

struct fl_heap_usage fl_heap_usage(struct fl_heap *heap)
{
    struct fl_heap_usage usage = {
        .mapped_bytes = atomic_load_explicit(&heap->mapped_bytes, memory_order_relaxed)};
    for (uint32_t i = 0; i <= FL_HEAP_LANES; i++) {
        struct fl_lane *lane = atomic_load_explicit(&heap->lanes[i], memory_order_acquire);
        if (lane)
            usage.allocations += atomic_load_explicit(&lane->allocations, memory_order_relaxed);
    }
    pthread_mutex_lock(&heap->slab_lock);
    for (struct fl_slab *slab = heap->mappings; slab; slab = slab->next_of_heap) {
        uint32_t remote = atomic_load_explicit(&slab->remote_count, memory_order_relaxed);
        uint32_t used = atomic_load_explicit(&slab->used, memory_order_relaxed);
        uint32_t live = used > remote ? used - remote : 0;
        usage.live_blocks += live;
        usage.live_bytes += (uint64_t)live * fl_slab_block_bytes(slab);
    }
    pthread_mutex_unlock(&heap->slab_lock);
    return usage;
}
