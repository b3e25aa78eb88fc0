/* strmap.c: see strmap.h. */
#include "base/strmap.h"

#include "base/err.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FIRST_SLOTS = 16 };

void fl_strmap_destroy(struct fl_strmap *map)
{
    if (!map)
        return;
    free(map->slots);
    *map = (struct fl_strmap){0};
}

static uint32_t hash_of(struct fl_str key)
{
    return (uint32_t)XXH3_64bits(key.ptr ? key.ptr : "", key.len);
}

/* The slot of the key, or the empty slot where it would go. */
static struct fl_strmap_slot *find(const struct fl_strmap *map, struct fl_str key, uint32_t hash)
{
    uint32_t mask = map->capacity - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        struct fl_strmap_slot *slot = &map->slots[i];
        if (!slot->key)
            return slot;
        if (slot->hash == hash && fl_str_equal((struct fl_str){slot->key, slot->len}, key))
            return slot;
    }
}

uint32_t fl_strmap_get(const struct fl_strmap *map, struct fl_str key)
{
    if (!map->count)
        return FL_STRMAP_NONE;
    struct fl_strmap_slot *slot = find(map, key, hash_of(key));
    return slot->key ? slot->value : FL_STRMAP_NONE;
}

static int grow(struct fl_strmap *map)
{
    uint32_t capacity = map->capacity ? map->capacity * 2 : FIRST_SLOTS;
    if (map->capacity > UINT32_MAX / 2)
        return -FL_ELIMIT;
    struct fl_strmap grown = {calloc(capacity, sizeof *grown.slots), capacity, map->count};
    if (!grown.slots)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < map->capacity; i++) {
        const struct fl_strmap_slot *slot = &map->slots[i];
        if (slot->key)
            *find(&grown, (struct fl_str){slot->key, slot->len}, slot->hash) = *slot;
    }
    free(map->slots);
    *map = grown;
    return 0;
}

int fl_strmap_put(struct fl_strmap *map, struct fl_str key, uint32_t value)
{
    if (key.len > UINT32_MAX)
        return -FL_ELIMIT;
    if (map->count >= map->capacity / 4 * 3) {
        int rc = grow(map);
        if (rc)
            return rc;
    }
    uint32_t hash = hash_of(key);
    struct fl_strmap_slot *slot = find(map, key, hash);
    if (!slot->key)
        map->count++;
    *slot = (struct fl_strmap_slot){key.ptr ? key.ptr : "", (uint32_t)key.len, hash, value};
    return 0;
}
