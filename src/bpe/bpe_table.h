/* bpe_table.h: the vocabulary as it lies in the mapped file, and the look-ups in it.
 *
 * A table file, little-endian, every section at a multiple of 64 bytes:
 *
 *   header       128 bytes: magic, version, XXH3 of all that follows it, pattern, counts, name
 *   slots        tokens of up to 16 bytes, and heads: the first 16 bytes of longer tokens
 *   pilots       of the slots
 *   pairs        left << 40 | right << 20 | merged, for every merge; unused ones are all ones
 *   pair pilots
 *   merges       for every token the two that it is merged from; itself, twice, for one byte
 *   prefixes     for every token the longest shorter one that it begins with, and its length
 *   longs        longer tokens; those with the same head together, longest first
 *   long bytes
 *
 * Slots and pairs are perfect hash tables: the upper half of a key's hash chooses a pilot, which
 * moves the lower half to a slot of the key's own. A look-up is one comparison, found or not.
 *
 * One pair for each token is enough. When two neighbours are merged, all that was merged between
 * their bytes happened just as if nothing stood beside them; so the last two parts of a token are
 * the same wherever it arises. tools/bpe/make_tables.mjs finds them. */
#ifndef FL_BPE_BPE_TABLE_H
#define FL_BPE_BPE_TABLE_H

#include "base/os.h"
#include "bpe/bpe_split.h"

#include <string.h>

enum {
    FL_BPE_SHORT_BYTES = 16,
    FL_BPE_HEAD_LENGTH = FL_BPE_SHORT_BYTES + 1, /* stands for the length in a head's slot */
    FL_BPE_MAX_TOKEN_BYTES = 255,
    FL_BPE_MAX_TOKENS = (1 << 20) - 1,
    FL_BPE_NAME_BYTES = 32,
};

#define FL_BPE_NONE UINT32_MAX

struct fl_bpe_slot {
    uint64_t low, high; /* the bytes as two integers, zero behind the end */
    uint32_t id;        /* of a head: its first entry in `longs` */
    uint32_t length;    /* 0: unused */
};

struct fl_bpe_long {
    uint32_t offset; /* in `long_bytes` */
    uint32_t id;
    uint32_t length;
    uint32_t left_in_group; /* entries from here with this head, at least 1 */
};

struct fl_bpe_merge {
    uint32_t left, right;
};

/* A perfect hash over `slot_count` slots that lie elsewhere. Neither count is 0. */
struct fl_bpe_hash {
    const uint16_t *pilots;
    uint32_t pilot_count;
    uint32_t slot_count;
};

struct fl_bpe {
    const struct fl_bpe_slot *slots;
    struct fl_bpe_hash slot_hash;
    const uint64_t *pairs;
    struct fl_bpe_hash pair_hash;
    const struct fl_bpe_merge *merges;
    const uint32_t *prefixes; /* id << 8 | length; 0 for one byte */
    const struct fl_bpe_long *longs;
    const char *long_bytes;
    uint32_t token_count;
    uint32_t long_count;
    enum fl_bpe_pattern pattern;
    char name[FL_BPE_NAME_BYTES];
    struct fl_os_map map;
};

/* The first 16 bytes of something as two integers. */
struct fl_bpe_key {
    uint64_t low, high;
};

__extension__ typedef unsigned __int128 fl_bpe_product;

/* The arithmetic of tools/bpe/perfect_hash.mjs. */
static inline uint32_t fl_bpe_slot_of(const struct fl_bpe_hash *hash, struct fl_bpe_key key,
                                      uint64_t extra)
{
    uint64_t low = key.low ^ UINT64_C(0x9e3779b97f4a7c15) ^ extra * UINT64_C(0xa0761d6478bd642f);
    fl_bpe_product product = (fl_bpe_product)low * (key.high ^ UINT64_C(0xd6e8feb86659fd93));
    uint64_t mixed = (uint64_t)product ^ (uint64_t)(product >> 64);
    uint32_t bucket = (uint32_t)((mixed >> 32) * hash->pilot_count >> 32);
    uint32_t moved = (uint32_t)mixed + hash->pilots[bucket] * (uint32_t)(mixed >> 16);
    return (uint32_t)((uint64_t)moved * hash->slot_count >> 32);
}

/* Loads 16 bytes, of which `available` may be read; the others are zero. */
static inline struct fl_bpe_key fl_bpe_load(const char *p, size_t available)
{
    struct fl_bpe_key key = {0, 0};
    if (available >= sizeof key)
        memcpy(&key, p, sizeof key);
    else
        memcpy(&key, p, available);
    return key;
}

/* Keeps the first `length` bytes, at most 16. */
static inline struct fl_bpe_key fl_bpe_cut(struct fl_bpe_key key, size_t length)
{
    static const unsigned char window[2 * FL_BPE_SHORT_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    struct fl_bpe_key mask;
    memcpy(&mask, window + FL_BPE_SHORT_BYTES - length, sizeof mask);
    return (struct fl_bpe_key){key.low & mask.low, key.high & mask.high};
}

/* The id in the slot of a key and its length (or FL_BPE_HEAD_LENGTH), or FL_BPE_NONE. */
static inline uint32_t fl_bpe_slot_id(const struct fl_bpe *bpe, struct fl_bpe_key key,
                                      uint32_t length)
{
    const struct fl_bpe_slot *slot = &bpe->slots[fl_bpe_slot_of(&bpe->slot_hash, key, length)];
    bool found = !((slot->low ^ key.low) | (slot->high ^ key.high) | (slot->length ^ length));
    return found ? slot->id : FL_BPE_NONE;
}

/* The token that is exactly `length` bytes at `p`, if that is at most 16; otherwise FL_BPE_NONE. 16
 * bytes may be read. */
static inline uint32_t fl_bpe_short_id(const struct fl_bpe *bpe, const char *p, size_t length)
{
    struct fl_bpe_key key = fl_bpe_load(p, sizeof key);
    size_t kept = length < FL_BPE_SHORT_BYTES ? length : FL_BPE_SHORT_BYTES;
    uint32_t tag = (uint32_t)length + (length > FL_BPE_SHORT_BYTES); /* not a head's */
    return fl_bpe_slot_id(bpe, fl_bpe_cut(key, kept), tag);
}

/* The longest token of 17 to `max_length` bytes that begins at `p`, whose first 16 bytes are
 * `head`: its length, or 0 if there is none. */
size_t fl_bpe_find_long(const struct fl_bpe *bpe, const char *p, struct fl_bpe_key head,
                        size_t max_length, uint32_t *ret_id);

/* The token that is exactly `length` bytes at `p`, or FL_BPE_NONE; `available` ≥ `length` bytes
 * may be read. */
static inline uint32_t fl_bpe_find(const struct fl_bpe *bpe, const char *p, size_t length,
                                   size_t available)
{
    struct fl_bpe_key key = fl_bpe_load(p, available);
    if (length <= FL_BPE_SHORT_BYTES)
        return fl_bpe_slot_id(bpe, fl_bpe_cut(key, length), (uint32_t)length);
    uint32_t id;
    return fl_bpe_find_long(bpe, p, key, length, &id) == length ? id : FL_BPE_NONE;
}

/* What two neighbours are merged to, or FL_BPE_NONE. */
static inline uint32_t fl_bpe_merged(const struct fl_bpe *bpe, uint32_t left, uint32_t right)
{
    uint64_t pair = (uint64_t)left << 20 | right;
    uint32_t slot = fl_bpe_slot_of(&bpe->pair_hash, (struct fl_bpe_key){pair, 0}, 0);
    uint64_t entry = bpe->pairs[slot];
    return entry >> 20 == pair ? (uint32_t)(entry & 0xFFFFF) : FL_BPE_NONE;
}

#endif
