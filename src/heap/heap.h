/* heap.h: memory for components: a heap of its own for each, in a pool with a cap.
 *
 *   pool   vision 512 MiB │ audio … │ ml … │ general …    a cap on what its heaps have mapped
 *    └ heap   of one component                             its own cap; destroyed whole
 *       └ lane   of one thread                             no lock, no atomic read-modify-write
 *          └ slab   64 KiB at a multiple of 64 KiB         blocks of one size; found from a block
 *                                                          by masking its address
 *
 * A block that is freed by another thread than its lane's goes to a list of its slab, which the
 * lane takes over when it runs out. Requests beyond FL_HEAP_MAX_BLOCK get a mapping of their own.
 * What the caps count is what is mapped, so that a cap bounds resident memory. Of the slabs that
 * became empty a heap keeps up to four mebibytes, or a quarter of what it has mapped; the rest goes
 * back to the system at once, and those with fl_heap_trim.
 *
 * Blocks are aligned to 16 bytes and not cleared. Under AddressSanitizer free blocks are poisoned;
 * under Valgrind (where its headers were there at build time, debug builds) blocks are announced.
 */
#ifndef FL_HEAP_HEAP_H
#define FL_HEAP_HEAP_H

#include <stddef.h>
#include <stdint.h>

enum {
    FL_HEAP_SLAB_BYTES = 64 << 10,
    FL_HEAP_MAX_BLOCK = 16 << 10,
    FL_HEAP_ALIGNMENT = 16,
    FL_HEAP_LANES = 32, /* threads beyond these share one lane under a lock */
};

/* --- pools --- */

struct fl_pool;

struct fl_pool_usage {
    uint64_t cap_bytes;    /* 0: none */
    uint64_t mapped_bytes; /* by all of its heaps, now */
    uint64_t peak_bytes;   /* most that was mapped at once */
    uint64_t refused;      /* requests that a cap refused */
    uint32_t heaps;
};

/* `cap_bytes` 0: no cap. NULL when out of memory. */
struct fl_pool *fl_pool_create(uint64_t cap_bytes);
/* All of its heaps must have been destroyed. NULL is accepted. */
void fl_pool_free(struct fl_pool *pool);
/* Any thread; a consistent cap, the rest as of some moment each. */
struct fl_pool_usage fl_pool_usage(const struct fl_pool *pool);

/* --- heaps --- */

struct fl_heap;

struct fl_heap_usage {
    uint64_t mapped_bytes;
    uint64_t live_bytes; /* in blocks that are not freed, rounded up to their sizes */
    uint64_t live_blocks;
    uint64_t allocations; /* ever */
};

/* A heap in `pool`, which must outlive it. `cap_bytes` 0: only the pool's. NULL when out of memory.
 */
struct fl_heap *fl_heap_create(struct fl_pool *pool, uint64_t cap_bytes);
/* Gives every byte back, whether freed or not. No thread may be in a call or use a block. NULL is
 * accepted. */
void fl_heap_destroy(struct fl_heap *heap);

/* Any thread. NULL when a cap refuses it, or the system does; for 0 bytes a block of the smallest
 * size. */
void *fl_heap_alloc(struct fl_heap *heap, size_t bytes);
/* Any thread; NULL is accepted. The block must be of this heap. */
void fl_heap_free(struct fl_heap *heap, void *block);
/* As realloc: NULL allocates; on failure the old block stays. */
void *fl_heap_realloc(struct fl_heap *heap, void *block, size_t bytes);
/* What the block holds at least. */
size_t fl_heap_block_bytes(const struct fl_heap *heap, const void *block);
/* Any thread: gives the empty slabs that are kept back to the system; how many bytes. */
uint64_t fl_heap_trim(struct fl_heap *heap);
/* Any thread; looks at every slab. Exact while no thread is in a call. */
struct fl_heap_usage fl_heap_usage(struct fl_heap *heap);

#endif
