/* frequency.c: see frequency.h. */
#include "sequence/frequency.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void fl_frequency_destroy(struct fl_frequency *frequency)
{
    free(frequency->count);
    *frequency = (struct fl_frequency){0};
}

uint32_t fl_frequency_next_capacity(uint32_t item, uint32_t capacity)
{
    capacity = capacity ? capacity : FIRST_CAPACITY;
    while (capacity <= item)
        capacity *= 2;
    return capacity;
}

bool fl_frequency_reserve(struct fl_frequency *frequency, uint16_t item)
{
    if (item < frequency->capacity)
        return true;
    uint32_t capacity = fl_frequency_next_capacity(item, frequency->capacity);
    uint32_t *count = realloc(frequency->count, capacity * sizeof *count);
    if (!count)
        return false;
    memset(count + frequency->capacity, 0, (capacity - frequency->capacity) * sizeof *count);
    frequency->count = count;
    frequency->capacity = capacity;
    return true;
}

/* The place that the item has among the top, or would have behind them. */
static uint32_t place_of(const struct fl_frequency *frequency, uint16_t item)
{
    uint32_t place = 0;
    while (place < frequency->top_count && frequency->top[place] != item)
        place++;
    return place;
}

/* Moves the item up to where its count belongs; an earlier one stays before one that is equal. */
static void raise_item(struct fl_frequency *frequency, uint16_t item)
{
    uint32_t place = place_of(frequency, item);
    uint32_t count = frequency->count[item];
    if (place == frequency->top_count) {
        if (place < FL_FREQUENCY_TOP)
            frequency->top_count++;
        else if (count > frequency->count[frequency->top[--place]])
            frequency->top[place] = item;
        else
            return;
    }
    while (place > 0 && count > frequency->count[frequency->top[place - 1]]) {
        frequency->top[place] = frequency->top[place - 1];
        place--;
    }
    frequency->top[place] = item;
}

void fl_frequency_rebuild(struct fl_frequency *frequency)
{
    frequency->total = 0;
    frequency->top_count = 0;
    for (uint32_t item = 0; item < frequency->items; item++) {
        frequency->total += frequency->count[item];
        if (frequency->count[item])
            raise_item(frequency, (uint16_t)item);
    }
}

void fl_frequency_learn(struct fl_frequency *frequency, uint16_t item)
{
    if (item >= frequency->items)
        frequency->items = item + 1U;
    frequency->total++;
    if (++frequency->count[item] <= FL_FREQUENCY_COUNT_MAX) {
        raise_item(frequency, item);
        return;
    }
    for (uint32_t i = 0; i < frequency->items; i++)
        frequency->count[i] /= 2;
    fl_frequency_rebuild(frequency);
}
