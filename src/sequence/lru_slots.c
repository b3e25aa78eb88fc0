/* lru_slots.c: see lru_slots.h. */
#include "sequence/lru_slots.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void fl_lru_slots_init(struct fl_lru_slots *slots, uint32_t max_capacity)
{
    *slots = (struct fl_lru_slots){
        .max_capacity = max_capacity ? max_capacity : 1,
        .newest = FL_LRU_NONE,
        .oldest = FL_LRU_NONE,
    };
}

void fl_lru_slots_destroy(struct fl_lru_slots *slots)
{
    free(slots->keys);
    free(slots->newer);
    free(slots->older);
    free(slots->index);
    fl_lru_slots_init(slots, slots->max_capacity);
}

size_t fl_lru_slots_bytes(const struct fl_lru_slots *slots)
{
    size_t each = sizeof *slots->keys + sizeof *slots->newer + sizeof *slots->older;
    return slots->capacity * each +
           (slots->index ? (slots->index_mask + (size_t)1) * sizeof *slots->index : 0);
}

static uint32_t start_of(const struct fl_lru_slots *slots, uint64_t key)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15U) >> 32) & slots->index_mask;
}

/* Where the key is, or the free place where it would be. */
static uint32_t probe(const struct fl_lru_slots *slots, uint64_t key)
{
    uint32_t at = start_of(slots, key);
    while (slots->index[at] && slots->keys[slots->index[at] - 1] != key)
        at = (at + 1) & slots->index_mask;
    return at;
}

uint32_t fl_lru_slots_find(const struct fl_lru_slots *slots, uint64_t key)
{
    return slots->index ? slots->index[probe(slots, key)] - 1 : FL_LRU_NONE;
}

static void unlink_slot(struct fl_lru_slots *slots, uint32_t slot)
{
    uint32_t newer = slots->newer[slot], older = slots->older[slot];
    *(newer == FL_LRU_NONE ? &slots->newest : &slots->older[newer]) = older;
    *(older == FL_LRU_NONE ? &slots->oldest : &slots->newer[older]) = newer;
}

static void link_newest(struct fl_lru_slots *slots, uint32_t slot)
{
    slots->newer[slot] = FL_LRU_NONE;
    slots->older[slot] = slots->newest;
    *(slots->newest == FL_LRU_NONE ? &slots->oldest : &slots->newer[slots->newest]) = slot;
    slots->newest = slot;
}

void fl_lru_slots_touch(struct fl_lru_slots *slots, uint32_t slot)
{
    if (slots->newest == slot)
        return;
    unlink_slot(slots, slot);
    link_newest(slots, slot);
}

/* Each array keeps what it had; one that grew stays grown when a later one fails. */
static bool grow_arrays(struct fl_lru_slots *slots, uint32_t capacity)
{
    uint64_t *keys = realloc(slots->keys, capacity * sizeof *keys);
    slots->keys = keys ? keys : slots->keys;
    uint32_t *newer = keys ? realloc(slots->newer, capacity * sizeof *newer) : NULL;
    slots->newer = newer ? newer : slots->newer;
    uint32_t *older = newer ? realloc(slots->older, capacity * sizeof *older) : NULL;
    slots->older = older ? older : slots->older;
    // cppcheck-suppress memleak; slots->keys holds it
    return older != NULL;
}

uint32_t fl_lru_slots_next_capacity(const struct fl_lru_slots *slots)
{
    if (slots->count < slots->capacity)
        return slots->capacity;
    uint32_t capacity = slots->capacity ? slots->capacity * 2 : FIRST_CAPACITY;
    return capacity < slots->max_capacity ? capacity : slots->max_capacity;
}

int fl_lru_slots_reserve(struct fl_lru_slots *slots)
{
    uint32_t capacity = fl_lru_slots_next_capacity(slots);
    if (capacity == slots->capacity)
        return 0;
    uint32_t places = 4;
    while (places < capacity * 2)
        places *= 2;
    uint32_t *index = calloc(places, sizeof *index);
    if (!index || !grow_arrays(slots, capacity)) {
        free(index);
        return -FL_ENOMEM;
    }
    free(slots->index);
    slots->index = index;
    slots->index_mask = places - 1;
    slots->capacity = capacity;
    for (uint32_t slot = 0; slot < slots->count; slot++)
        index[probe(slots, slots->keys[slot])] = slot + 1;
    return 0;
}

/* Takes the key out of the index and closes the gap: no tombstones. */
static void forget(struct fl_lru_slots *slots, uint64_t key)
{
    uint32_t gap = probe(slots, key);
    uint32_t at = gap;
    for (;;) {
        at = (at + 1) & slots->index_mask;
        if (!slots->index[at])
            break;
        uint32_t start = start_of(slots, slots->keys[slots->index[at] - 1]);
        bool moves = ((at - start) & slots->index_mask) >= ((at - gap) & slots->index_mask);
        if (moves) {
            slots->index[gap] = slots->index[at];
            gap = at;
        }
    }
    slots->index[gap] = 0;
}

uint32_t fl_lru_slots_add(struct fl_lru_slots *slots, uint64_t key, bool *ret_reused)
{
    uint32_t slot = slots->count;
    *ret_reused = slots->count == slots->capacity;
    if (*ret_reused) {
        slot = slots->oldest;
        forget(slots, slots->keys[slot]);
        unlink_slot(slots, slot);
    } else {
        slots->count++;
    }
    slots->keys[slot] = key;
    slots->index[probe(slots, key)] = slot + 1;
    link_newest(slots, slot);
    return slot;
}
