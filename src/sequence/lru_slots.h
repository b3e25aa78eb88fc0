/* lru_slots.h: a bounded map from 64-bit keys to slot numbers; the least recently used gives way.
 *
 * Slots are 0 … capacity - 1 and never move, so that callers keep what belongs to a slot in arrays
 * of their own. Open addressing over a multiplicative hash; the order of use is a doubly linked
 * list through the slots. Not thread-safe. */
#ifndef FL_SEQUENCE_LRU_SLOTS_H
#define FL_SEQUENCE_LRU_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FL_LRU_NONE UINT32_MAX

struct fl_lru_slots {
    uint64_t *keys;  /* [capacity] */
    uint32_t *newer; /* [capacity] links in the order of use */
    uint32_t *older; /* [capacity] */
    uint32_t *index; /* [index_mask + 1]: slot + 1, 0 free */
    uint32_t index_mask, count, capacity, max_capacity;
    uint32_t newest, oldest;
};

/* For at most `max_capacity` keys (1 … 2^24); nothing is allocated before the first. */
void fl_lru_slots_init(struct fl_lru_slots *slots, uint32_t max_capacity);
void fl_lru_slots_destroy(struct fl_lru_slots *slots);
size_t fl_lru_slots_bytes(const struct fl_lru_slots *slots);

/* The slot of the key, or FL_LRU_NONE. Does not count as use. */
uint32_t fl_lru_slots_find(const struct fl_lru_slots *slots, uint64_t key);

/* The slot is the most recently used from now on. */
void fl_lru_slots_touch(struct fl_lru_slots *slots, uint32_t slot);

/* The capacity once one more key has its place, for the caller's arrays; and making it so.
 * -FL_ENOMEM changes nothing. */
uint32_t fl_lru_slots_next_capacity(const struct fl_lru_slots *slots);
int fl_lru_slots_reserve(struct fl_lru_slots *slots);

/* Gives the key, which is new, a slot, after fl_lru_slots_reserve: a fresh one, or that of the
 * least recently used key, whose place it takes (`*ret_reused`). */
uint32_t fl_lru_slots_add(struct fl_lru_slots *slots, uint64_t key, bool *ret_reused);

#endif
