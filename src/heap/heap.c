/* heap.c: giving out blocks and taking them back. See heap.h. */
#include "heap/heap.h"

#include "heap/heap_hooks.h"
#include "heap/heap_internal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- sizes --- */

/* 16 … 128 by 16, then four steps a doubling. */
static uint32_t class_of(size_t bytes)
{
    if (bytes <= 128)
        return bytes ? (uint32_t)((bytes - 1) / 16) : 0;
    uint32_t doubling = 63 - (uint32_t)__builtin_clzll(bytes - 1); /* 7 for 129 to 256 */
    uint32_t step = (uint32_t)((bytes - 1) >> (doubling - 2)) & 3;
    return 8 + (doubling - 7) * 4 + step;
}

static uint32_t class_bytes(uint32_t size_class)
{
    if (size_class < 8)
        return (size_class + 1) * 16;
    uint32_t doubling = 7 + (size_class - 8) / 4, step = (size_class - 8) % 4;
    return (UINT32_C(1) << doubling) + ((step + 1) << (doubling - 2));
}

/* --- counters with one writer: no read-modify-write --- */

static inline void add_one(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static inline uint32_t change_used(struct fl_slab *slab, uint32_t by)
{
    uint32_t value = atomic_load_explicit(&slab->used, memory_order_relaxed) + by;
    atomic_store_explicit(&slab->used, value, memory_order_relaxed);
    return value;
}

/* --- links of free blocks --- */

static struct fl_block *next_of(struct fl_block *block)
{
    fl_heap_open_link(block);
    struct fl_block *next = block->next;
    fl_heap_close_link(block);
    return next;
}

static void link_to(struct fl_block *block, struct fl_block *next)
{
    fl_heap_open_link(block);
    block->next = next;
    fl_heap_close_link(block);
}

/* --- slabs of a lane --- */

/* Moves what other threads freed to the slab's own list. */
static void collect_remote(struct fl_slab *slab)
{
    if (!atomic_load_explicit(&slab->remote, memory_order_relaxed))
        return;
    struct fl_block *block = atomic_exchange_explicit(&slab->remote, NULL, memory_order_acquire);
    uint32_t count = 0;
    for (; block; count++) {
        struct fl_block *next = next_of(block);
        link_to(block, slab->free);
        slab->free = block;
        block = next;
    }
    change_used(slab, -count);
    atomic_fetch_sub_explicit(&slab->remote_count, count, memory_order_relaxed);
}

static bool has_room(const struct fl_slab *slab)
{
    return slab->free || slab->fresh + fl_slab_block_bytes(slab) <= slab->end;
}

static void list_add(struct fl_lane *lane, struct fl_slab *slab, enum fl_slab_state state)
{
    struct fl_slab_list *list = &lane->lists[state][slab->size_class];
    slab->state = (uint8_t)state;
    slab->next = NULL;
    slab->previous = list->last;
    if (list->last)
        list->last->next = slab;
    else
        list->first = slab;
    list->last = slab;
}

static void list_remove(struct fl_lane *lane, struct fl_slab *slab)
{
    struct fl_slab_list *list = &lane->lists[slab->state][slab->size_class];
    if (slab->previous)
        slab->previous->next = slab->next;
    else
        list->first = slab->next;
    if (slab->next)
        slab->next->previous = slab->previous;
    else
        list->last = slab->previous;
}

static struct fl_slab *start_slab(struct fl_heap *heap, uint32_t lane_number, uint32_t size_class)
{
    struct fl_slab *slab = fl_slab_take(heap);
    if (!slab)
        return NULL;
    atomic_store_explicit(&slab->block_bytes, class_bytes(size_class), memory_order_relaxed);
    slab->size_class = (uint16_t)size_class;
    slab->lane = (uint8_t)lane_number;
    slab->owner = lane_number < FL_HEAP_LANES ? (uint8_t)(lane_number + 1) : FL_SLAB_NOBODY;
    slab->free = NULL;
    slab->fresh = (char *)slab + FL_SLAB_HEAD_BYTES;
    slab->end = (char *)slab + FL_HEAP_SLAB_BYTES;
    return slab;
}

/* Looks through at most `most` full slabs, the longest unseen first, for one that other threads
 * have freed blocks of; takes it out of the list. */
static struct fl_slab *find_freed(struct fl_lane *lane, uint32_t size_class, size_t most)
{
    const struct fl_slab_list *full = &lane->lists[FL_SLAB_FULL][size_class];
    const struct fl_slab *end = full->last;
    for (size_t i = 0; i < most && full->first; i++) {
        struct fl_slab *slab = full->first;
        list_remove(lane, slab);
        collect_remote(slab);
        if (has_room(slab))
            return slab;
        list_add(lane, slab, FL_SLAB_FULL);
        if (slab == end)
            break;
    }
    return NULL;
}

/* A slab with room becomes the current one. A few full ones are looked at before a new one is
 * mapped, and all of them before a request is refused. */
FL_HEAP_COLD static struct fl_slab *refill(struct fl_heap *heap, struct fl_lane *lane,
                                           uint32_t lane_number, uint32_t size_class)
{
    enum { LOOK_AT = 8 };
    struct fl_slab *slab = lane->current[size_class];
    if (slab) {
        collect_remote(slab);
        if (has_room(slab))
            return slab;
        list_add(lane, slab, FL_SLAB_FULL);
        lane->current[size_class] = NULL;
    }
    slab = lane->lists[FL_SLAB_PARTIAL][size_class].first;
    if (slab)
        list_remove(lane, slab);
    else
        slab = find_freed(lane, size_class, LOOK_AT);
    if (!slab)
        slab = start_slab(heap, lane_number, size_class);
    if (!slab)
        slab = find_freed(lane, size_class, SIZE_MAX);
    if (slab)
        slab->state = FL_SLAB_CURRENT;
    lane->current[size_class] = slab;
    return slab;
}

static inline void *take_block(struct fl_slab *slab)
{
    struct fl_block *block = slab->free;
    if (block) {
        slab->free = next_of(block);
    } else {
        block = (void *)slab->fresh; // NOLINT: aligned to 16
        slab->fresh += fl_slab_block_bytes(slab);
    }
    change_used(slab, 1);
    return block;
}

/* --- lanes --- */

FL_HEAP_COLD static struct fl_lane *make_lane(struct fl_heap *heap, uint32_t lane_number)
{
    struct fl_lane *lane = calloc(1, sizeof *lane);
    if (lane)
        atomic_store_explicit(&heap->lanes[lane_number], lane, memory_order_release);
    return lane;
}

static inline void *lane_alloc(struct fl_heap *heap, uint32_t lane_number, size_t bytes)
{
    struct fl_lane *lane = atomic_load_explicit(&heap->lanes[lane_number], memory_order_relaxed);
    if (__builtin_expect(!lane, 0)) {
        lane = make_lane(heap, lane_number);
        if (!lane)
            return NULL;
    }
    uint32_t size_class = class_of(bytes);
    struct fl_slab *slab = lane->current[size_class];
    if (__builtin_expect(!slab || !has_room(slab), 0)) {
        slab = refill(heap, lane, lane_number, size_class);
        if (!slab)
            return NULL;
    }
    void *block = take_block(slab);
    add_one(&lane->allocations);
    fl_heap_tell_alloc(block, fl_slab_block_bytes(slab), bytes ? bytes : 1);
    return block;
}

FL_HEAP_COLD static void *shared_alloc(struct fl_heap *heap, size_t bytes)
{
    pthread_mutex_lock(&heap->shared_lock);
    void *block = lane_alloc(heap, FL_HEAP_LANES, bytes);
    pthread_mutex_unlock(&heap->shared_lock);
    return block;
}

/* --- large blocks: a mapping each, counted in the shared lane --- */

static bool count_large(struct fl_heap *heap)
{
    pthread_mutex_lock(&heap->shared_lock);
    struct fl_lane *lane = atomic_load_explicit(&heap->lanes[FL_HEAP_LANES], memory_order_relaxed);
    if (!lane)
        lane = make_lane(heap, FL_HEAP_LANES);
    if (lane)
        add_one(&lane->allocations);
    pthread_mutex_unlock(&heap->shared_lock);
    return lane;
}

FL_HEAP_COLD static void *large_alloc(struct fl_heap *heap, size_t bytes)
{
    enum { PAGE = 4096 };
    if (bytes > SIZE_MAX / 2) {
        atomic_fetch_add_explicit(&heap->pool->refused, 1, memory_order_relaxed);
        return NULL;
    }
    size_t mapped = (bytes + FL_SLAB_HEAD_BYTES + PAGE - 1) & ~(size_t)(PAGE - 1);
    struct fl_slab *slab = count_large(heap) ? fl_slab_map(heap, mapped) : NULL;
    if (!slab)
        return NULL;
    slab->size_class = FL_HEAP_LARGE;
    slab->owner = FL_SLAB_NOBODY;
    atomic_store_explicit(&slab->block_bytes, mapped - FL_SLAB_HEAD_BYTES, memory_order_relaxed);
    change_used(slab, 1);
    char *block = (char *)slab + FL_SLAB_HEAD_BYTES;
    fl_heap_tell_alloc(block, mapped - FL_SLAB_HEAD_BYTES, bytes);
    return block;
}

FL_HEAP_COLD static void large_free(struct fl_slab *slab, void *block)
{
    fl_heap_tell_free(block, slab->mapped_bytes - FL_SLAB_HEAD_BYTES);
    fl_slab_unmap(slab);
}

/* --- the interface --- */

void *fl_heap_alloc(struct fl_heap *heap, size_t bytes)
{
    if (__builtin_expect(bytes > FL_HEAP_MAX_BLOCK, 0))
        return large_alloc(heap, bytes);
    uint32_t lane = fl_heap_thread_lane();
    return lane < FL_HEAP_LANES ? lane_alloc(heap, lane, bytes) : shared_alloc(heap, bytes);
}

/* A block came back to a slab that its lane is not taking blocks from. */
FL_HEAP_COLD static void settle(struct fl_slab *slab)
{
    struct fl_heap *heap = slab->heap;
    struct fl_lane *lane = atomic_load_explicit(&heap->lanes[slab->lane], memory_order_relaxed);
    if (!atomic_load_explicit(&slab->used, memory_order_relaxed)) {
        list_remove(lane, slab);
        fl_slab_give(slab);
    } else if (slab->state == FL_SLAB_FULL) {
        list_remove(lane, slab);
        list_add(lane, slab, FL_SLAB_PARTIAL);
    }
}

/* The freeing thread owns the slab's lane. */
static inline void free_here(struct fl_slab *slab, struct fl_block *block)
{
    link_to(block, slab->free);
    slab->free = block;
    uint32_t used = change_used(slab, -UINT32_C(1));
    if (__builtin_expect(slab->state == FL_SLAB_FULL || (slab->state != FL_SLAB_CURRENT && !used),
                         0))
        settle(slab);
}

FL_HEAP_COLD static void free_elsewhere(struct fl_slab *slab, struct fl_block *block)
{
    atomic_fetch_add_explicit(&slab->remote_count, 1, memory_order_relaxed);
    struct fl_block *head = atomic_load_explicit(&slab->remote, memory_order_relaxed);
    do
        link_to(block, head);
    while (!atomic_compare_exchange_weak_explicit(&slab->remote, &head, block, memory_order_release,
                                                  memory_order_relaxed));
}

/* Large blocks, those of other threads and those of the shared lane. */
FL_HEAP_COLD static void free_otherwise(struct fl_slab *slab, void *memory)
{
    if (slab->size_class == FL_HEAP_LARGE) {
        large_free(slab, memory);
        return;
    }
    fl_heap_tell_free(memory, fl_slab_block_bytes(slab));
    if (slab->lane != fl_heap_thread_lane()) {
        free_elsewhere(slab, memory);
        return;
    }
    pthread_mutex_lock(&slab->heap->shared_lock);
    free_here(slab, memory);
    pthread_mutex_unlock(&slab->heap->shared_lock);
}

void fl_heap_free(struct fl_heap *heap, void *memory)
{
    (void)heap; /* the slab knows; a caller should */
    if (!memory)
        return;
    struct fl_slab *slab = fl_slab_of(memory);
    if (__builtin_expect(slab->owner != fl_heap_lane_plus_one, 0)) {
        free_otherwise(slab, memory);
        return;
    }
    fl_heap_tell_free(memory, fl_slab_block_bytes(slab));
    free_here(slab, memory);
}

size_t fl_heap_block_bytes(const struct fl_heap *heap, const void *block)
{
    (void)heap;
    return fl_slab_block_bytes(fl_slab_of(block));
}

void *fl_heap_realloc(struct fl_heap *heap, void *block, size_t bytes)
{
    if (!block)
        return fl_heap_alloc(heap, bytes);
    size_t have = fl_heap_block_bytes(heap, block);
    if (bytes <= have && bytes > have / 2) {
        fl_heap_tell_resize(block, have, bytes);
        return block;
    }
    void *moved = fl_heap_alloc(heap, bytes);
    if (!moved)
        return NULL;
    fl_heap_tell_resize(block, have, have);
    memcpy(moved, block, have < bytes ? have : bytes);
    fl_heap_free(heap, block);
    return moved;
}
