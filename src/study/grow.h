/* grow.h: arrays that grow by doubling. */
#ifndef FL_STUDY_GROW_H
#define FL_STUDY_GROW_H

#include "base/err.h"

#include <stdint.h>
#include <stdlib.h>

/* Makes room for `wanted` items of `size` bytes, at most `most`: 0, -FL_ELIMIT or -FL_ENOMEM. */
static inline int fl_grow(void *items, uint32_t *capacity, uint64_t wanted, uint32_t most,
                          size_t size)
{
    enum { FIRST = 64 };
    if (wanted <= *capacity)
        return 0;
    if (wanted > most)
        return -FL_ELIMIT;
    uint64_t room = *capacity ? 2 * (uint64_t)*capacity : FIRST;
    room = room < wanted ? wanted : room > most ? most : room;
    void **array = items;
    void *grown = realloc(*array, room * size);
    if (!grown)
        return -FL_ENOMEM;
    *array = grown;
    *capacity = (uint32_t)room;
    return 0;
}

#endif
