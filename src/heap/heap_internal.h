/* heap_internal.h: how a heap is laid out; for the files of this room. */
#ifndef FL_HEAP_HEAP_INTERNAL_H
#define FL_HEAP_HEAP_INTERNAL_H

#include "heap/heap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
    FL_HEAP_CLASSES = 36, /* 16, 32 … 128, then four a doubling to 16 KiB */
    FL_HEAP_LARGE = 0xffff,
    FL_SLAB_NOBODY = 0xff, /* owner of large blocks and of the shared lane's */
};

/* Of a slab in its lane. A full one may have room again by what other threads freed. */
enum fl_slab_state { FL_SLAB_PARTIAL, FL_SLAB_FULL, FL_SLAB_CURRENT };

struct fl_block {
    struct fl_block *next;
};

/* The head of every slab and of every large mapping. The first line is the lane's own; the second
 * is written by other threads. */
struct fl_slab {
    struct fl_block *free; /* blocks to give out */
    char *fresh;           /* behind the blocks that were ever given out */
    char *end;
    _Atomic size_t block_bytes;
    _Atomic uint32_t used; /* blocks that are out, or on the remote list; one writer */
    uint16_t size_class;
    uint8_t lane;
    uint8_t state; /* enum fl_slab_state */
    uint8_t owner; /* fl_heap_lane_plus_one of the thread that may free without ado */
    struct fl_slab *next, *previous; /* in its list, where it is in one */

    _Alignas(64) _Atomic(struct fl_block *) remote; /* freed by other threads */
    _Atomic uint32_t remote_count;                  /* of those, not yet taken off `used` */
    struct fl_heap *heap;
    size_t mapped_bytes;
    struct fl_slab *next_of_heap, *previous_of_heap; /* every mapping, for the end of the heap */
};

enum { FL_SLAB_HEAD_BYTES = 128 };
_Static_assert(sizeof(struct fl_slab) <= FL_SLAB_HEAD_BYTES,
               "the head fits in front of the blocks");

struct fl_slab_list {
    struct fl_slab *first, *last;
};

/* What one thread takes blocks from; only it touches this, but for the counter, which anyone may
 * read, and the shared lane, which has a lock. */
struct fl_lane {
    struct fl_slab *current[FL_HEAP_CLASSES];
    struct fl_slab_list lists[FL_SLAB_CURRENT][FL_HEAP_CLASSES]; /* the others, by state */
    _Atomic uint64_t allocations;
};

struct fl_pool {
    _Atomic uint64_t mapped_bytes, peak_bytes, refused;
    _Atomic uint32_t heaps;
    uint64_t cap_bytes;
};

struct fl_heap {
    _Atomic(struct fl_lane *) lanes[FL_HEAP_LANES + 1]; /* made at first use; the last is shared */
    _Alignas(64) pthread_mutex_t shared_lock;           /* of the last lane */
    pthread_mutex_t slab_lock;                          /* of the mappings and the empty slabs */
    struct fl_slab *mappings;
    struct fl_slab *empty; /* kept for the next need of any size, by `next` */
    size_t empty_count;
    struct fl_pool *pool;
    uint64_t cap_bytes;
    _Atomic uint64_t mapped_bytes;
};

/* Off the fast path: kept out of line, so that the fast path saves no registers. */
#define FL_HEAP_COLD __attribute__((noinline, cold))

/* --- heap_thread.c --- */

/* The lane of the calling thread: below FL_HEAP_LANES, or FL_HEAP_LANES where all are taken. The
 * number of a thread that has ended goes to a new one. */
FL_HEAP_COLD uint32_t fl_heap_take_lane(void);

/* The lane plus one; 0: not asked yet. */
extern _Thread_local uint32_t fl_heap_lane_plus_one __attribute__((tls_model("initial-exec")));

static inline uint32_t fl_heap_thread_lane(void)
{
    uint32_t lane = fl_heap_lane_plus_one;
    return __builtin_expect(lane != 0, 1) ? lane - 1 : fl_heap_take_lane();
}

/* --- heap_slab.c --- */

/* A mapping of `bytes` at a multiple of FL_HEAP_SLAB_BYTES, booked with heap and pool and listed;
 * NULL when a cap or the system refuses. */
struct fl_slab *fl_slab_map(struct fl_heap *heap, size_t bytes);
void fl_slab_unmap(struct fl_slab *slab);

/* An empty slab: a kept one or a new mapping. Giving it back keeps it, or unmaps it where enough
 * are kept. */
struct fl_slab *fl_slab_take(struct fl_heap *heap);
void fl_slab_give(struct fl_slab *slab);

static inline size_t fl_slab_block_bytes(const struct fl_slab *slab)
{
    return atomic_load_explicit(&slab->block_bytes, memory_order_relaxed);
}

static inline struct fl_slab *fl_slab_of(const void *block)
{
    return (struct fl_slab *)((uintptr_t)block & ~(uintptr_t)(FL_HEAP_SLAB_BYTES - 1)); // NOLINT
}

#endif
