/* ring.c: see ring.h.
 *
 * A batch is claimed by one compare-and-swap. Its cells are looked at before: once a cell at or
 * behind the tail is free, only the claimer of its position may change it, so what was free before
 * a claim that succeeds is free after it. The same holds for full cells and the head. */
#include "base/ring.h"

#include "foreload/error.h"

#include <stdlib.h>

int fl_ring_init(struct fl_ring *ring, size_t capacity)
{
    if (!capacity || capacity > FL_RING_MAX_CAPACITY)
        return -FL_EINVAL;
    uint64_t cells = 2;
    while (cells < capacity)
        cells *= 2;
    struct fl_ring_cell *memory = calloc(cells, sizeof *memory);
    if (!memory)
        return -FL_ENOMEM;
    for (uint64_t i = 0; i < cells; i++)
        atomic_init(&memory[i].turn, i);
    ring->cells = memory;
    ring->mask = cells - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    return 0;
}

void fl_ring_destroy(struct fl_ring *ring)
{
    if (!ring)
        return;
    free(ring->cells);
    ring->cells = NULL;
    ring->mask = 0;
}

size_t fl_ring_capacity(const struct fl_ring *ring)
{
    return ring->cells ? ring->mask + 1 : 0;
}

size_t fl_ring_count(const struct fl_ring *ring)
{
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return tail > head ? (size_t)(tail - head) : 0;
}

/* How many cells from `position` on have the turn of their position plus `full`. */
static size_t ready(const struct fl_ring *ring, uint64_t position, uint64_t full, size_t count)
{
    size_t n = 0;
    while (n < count) {
        const struct fl_ring_cell *cell = &ring->cells[(position + n) & ring->mask];
        if (atomic_load_explicit(&cell->turn, memory_order_acquire) != position + n + full)
            break;
        n++;
    }
    return n;
}

/* Claims up to `count` positions at `end`, whose cells are free (full 0) or hold an item (full 1);
 * 0 when there are none. */
static size_t claim(struct fl_ring *ring, _Atomic uint64_t *end, uint64_t full, size_t count,
                    uint64_t *ret_position)
{
    uint64_t position = atomic_load_explicit(end, memory_order_relaxed);
    for (;;) {
        size_t n = ready(ring, position, full, count);
        if (!n) {
            /* None, unless another thread has moved the end on meanwhile. */
            uint64_t now = atomic_load_explicit(end, memory_order_relaxed);
            if (now == position)
                return 0;
            position = now;
        } else if (atomic_compare_exchange_weak_explicit(
                       end, &position, position + n, memory_order_relaxed, memory_order_relaxed)) {
            *ret_position = position;
            return n;
        }
    }
}

size_t fl_ring_push(struct fl_ring *ring, void *const *items, size_t count)
{
    uint64_t position = 0;
    size_t n = claim(ring, &ring->tail, 0, count, &position);
    for (size_t i = 0; i < n; i++) {
        struct fl_ring_cell *cell = &ring->cells[(position + i) & ring->mask];
        cell->item = items[i];
        atomic_store_explicit(&cell->turn, position + i + 1, memory_order_release);
    }
    return n;
}

size_t fl_ring_pop(struct fl_ring *ring, void **ret_items, size_t count)
{
    uint64_t position = 0;
    size_t n = claim(ring, &ring->head, 1, count, &position);
    for (size_t i = 0; i < n; i++) {
        struct fl_ring_cell *cell = &ring->cells[(position + i) & ring->mask];
        ret_items[i] = cell->item;
        atomic_store_explicit(&cell->turn, position + i + ring->mask + 1, memory_order_release);
    }
    return n;
}
