/* lexicon_data.h: the tables that lexicon_gen.c writes and lexicon.c searches. */
#ifndef FL_TEXT_LEXICON_DATA_H
#define FL_TEXT_LEXICON_DATA_H

#include "text/lexicon.h"

/* Open addressing: slots[hash & mask], linear probing; the value is an entry's number + 1 or 0. */
struct fl_lexicon_table {
    const uint16_t *slots;
    const struct fl_lexicon_entry *entries;
    uint32_t mask;
    uint32_t count;
};

extern const char fl_lexicon_pool[];
extern const struct fl_lexicon_target fl_lexicon_all_targets[];
extern const uint32_t fl_lexicon_stems[]; /* offsets into the pool */
extern const uint32_t fl_lexicon_stems_count;
extern const uint64_t fl_lexicon_data_hash; /* of the text of the generated file */
extern const struct fl_lexicon_table fl_lexicon_tables[FL_LANGUAGE_COUNT];

enum { FL_BLOOM_BYTES = 1 << 17, FL_BLOOM_PROBES = 7 }; /* 75,000 words: 1 false in 800 */
extern const uint8_t fl_lexicon_bloom[FL_BLOOM_BYTES];

static inline uint32_t fl_bloom_bit(uint32_t hash, unsigned probe)
{
    uint32_t step = (hash * 2654435761u >> 7) | 1;
    return (hash + probe * step) & (FL_BLOOM_BYTES * 8 - 1);
}

/* Eight bytes at a time, each mixed by a 64-bit multiplication (the constants of xxHash): the same
 * at build and at run time, on machines of the same byte order. */
static inline uint32_t fl_lexicon_hash(struct fl_str key)
{
    uint64_t hash = key.len * UINT64_C(0x9E3779B185EBCA87);
    for (size_t i = 0; i < key.len; i += 8) {
        uint64_t word = 0;
        memcpy(&word, key.ptr + i, key.len - i < 8 ? key.len - i : 8);
        hash = (hash ^ word) * UINT64_C(0xC2B2AE3D27D4EB4F);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash ^ hash >> 32);
}

#endif
