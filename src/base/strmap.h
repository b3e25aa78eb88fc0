/* strmap.h: a hash map from byte strings to uint32_t.
 *
 * Open addressing with linear probing over XXH3 hashes; keys are borrowed, not copied. Iteration
 * order is not offered: it would depend on the hash. Not thread-safe while being changed. */
#ifndef FL_BASE_STRMAP_H
#define FL_BASE_STRMAP_H

#include "base/str.h"

#include <stdint.h>

#define FL_STRMAP_NONE UINT32_MAX

struct fl_strmap_slot {
    const char *key;
    uint32_t len;
    uint32_t hash;
    uint32_t value;
};

struct fl_strmap {
    struct fl_strmap_slot *slots;
    uint32_t capacity; /* 0 or a power of two */
    uint32_t count;
};

/* All-zero is an empty map. Destroying frees and leaves it all-zero; NULL is accepted. */
void fl_strmap_destroy(struct fl_strmap *map);

/* The value, or FL_STRMAP_NONE. */
uint32_t fl_strmap_get(const struct fl_strmap *map, struct fl_str key);

/* Adds or replaces; `key` must outlive the map; `value` must not be FL_STRMAP_NONE. 0, -FL_ENOMEM,
 * or -FL_ELIMIT for a key of 4 GiB or a map of 2^31 keys. */
int fl_strmap_put(struct fl_strmap *map, struct fl_str key, uint32_t value);

#endif
