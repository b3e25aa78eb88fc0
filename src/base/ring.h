/* ring.h: a bounded queue of pointers for many producers and many consumers, without locks.
 *
 *   tail ─┐ producers claim a position here          cells:  turn │ item
 *   head ─┴ consumers claim a position there                 turn == position      free for it
 *                                                            turn == position + 1  holds its item
 *
 * After D. Vyukov's bounded MPMC queue: a position is claimed by one compare-and-swap, and its cell
 * tells by its turn number whether it is free or full. Nobody ever waits for anybody: where the
 * cell at the end in question is still being filled or emptied by a stalled thread, the ring counts
 * as full or empty. Head and tail lie 128 bytes apart, so that neither the line of the one nor its
 * prefetched neighbour bounces between producers and consumers.
 *
 * Items come out in the order in which their positions were claimed. Everything that a producer
 * wrote before its push is visible to the consumer that pops the item. */
#ifndef FL_BASE_RING_H
#define FL_BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { FL_RING_SEPARATION = 128, FL_RING_MAX_CAPACITY = 1 << 24 };

struct fl_ring_cell {
    _Atomic uint64_t turn;
    void *item;
};

struct fl_ring {
    _Alignas(FL_RING_SEPARATION) _Atomic uint64_t tail;
    _Alignas(FL_RING_SEPARATION) _Atomic uint64_t head;
    _Alignas(FL_RING_SEPARATION) struct fl_ring_cell *cells; /* constant from here on */
    uint64_t mask;
};

/* Room for `capacity` items, rounded up to a power of two (at least 2). -FL_EINVAL for 0 or more
 * than FL_RING_MAX_CAPACITY, -FL_ENOMEM. The ring must lie at a multiple of FL_RING_SEPARATION, as
 * the compiler and aligned_alloc see to. */
int fl_ring_init(struct fl_ring *ring, size_t capacity);
/* Items that are still in it are the caller's. NULL and all-zero are accepted. No thread may be in
 * a call. */
void fl_ring_destroy(struct fl_ring *ring);

size_t fl_ring_capacity(const struct fl_ring *ring);
/* How many were in it at some moment of the call; exact while no other thread is in a call. */
size_t fl_ring_count(const struct fl_ring *ring);

/* Any thread, never blocking. How many of the items went in or came out: the first ones, in order,
 * claimed at once, so that no other thread's lie between them. 0: full, or empty. */
size_t fl_ring_push(struct fl_ring *ring, void *const *items, size_t count);
size_t fl_ring_pop(struct fl_ring *ring, void **ret_items, size_t count);

#endif
