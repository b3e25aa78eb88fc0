/* frequency.h: how often each item came, and the 16 that came most, kept in order as it happens. */
#ifndef FL_SEQUENCE_FREQUENCY_H
#define FL_SEQUENCE_FREQUENCY_H

#include <stdbool.h>
#include <stdint.h>

enum { FL_FREQUENCY_TOP = 16, FL_FREQUENCY_COUNT_MAX = 1023 };

struct fl_frequency {
    uint32_t *count; /* [capacity] */
    uint32_t capacity;
    uint32_t items; /* one more than the largest item that came */
    uint64_t total;
    uint16_t top[FL_FREQUENCY_TOP]; /* most frequent first */
    uint32_t top_count;
};

/* All-zero is ready. Destroying accepts that. */
void fl_frequency_destroy(struct fl_frequency *frequency);

/* Room for the item; false without memory. The capacity that it will have then. */
uint32_t fl_frequency_next_capacity(uint32_t item, uint32_t capacity);
bool fl_frequency_reserve(struct fl_frequency *frequency, uint16_t item);

/* The item came once more, after fl_frequency_reserve. All counts are halved when one passes
 * FL_FREQUENCY_COUNT_MAX. */
void fl_frequency_learn(struct fl_frequency *frequency, uint16_t item);

/* Makes `top` and `total` anew from the counts. */
void fl_frequency_rebuild(struct fl_frequency *frequency);

static inline uint32_t fl_frequency_of(const struct fl_frequency *frequency, uint16_t item)
{
    return item < frequency->items ? frequency->count[item] : 0;
}

#endif
