/* text_features.h: text → the features that models learn from.
 *
 *   any UTF-8 ─► folded (case, accents, everything but letters and digits is a border)
 *     block 0: words and sequences of two, with marks for begin and end
 *     block 1: unordered pairs of words
 *     block 2: runs of 2–5 characters, across borders of words
 *   each hashed with a fixed seed to a bucket; a feature that occurs twice counts once
 *
 * Meant to cost less than a microsecond for a request: no allocation, bounded by the constants
 * below, of which a longer text loses its end. */
#ifndef FL_TEXT_TEXT_FEATURES_H
#define FL_TEXT_TEXT_FEATURES_H

#include "base/str.h"

#include <stdint.h>

enum {
    FL_FEATURES_VERSION = 1, /* raised when a text's features come out differently */
    FL_FEATURES_BITS = 15,   /* buckets are below 2^15 */
    FL_FEATURES_BLOCKS = 3,
    FL_FEATURES_MAX_BYTES = 2048, /* of the folded text */
    FL_FEATURES_MAX_WORDS = 256,
    FL_FEATURES_PAIR_REACH = 24, /* words further apart make no pair */
    FL_FEATURES_MAX = 2 * FL_FEATURES_MAX_WORDS + 1 +
                      FL_FEATURES_MAX_WORDS * FL_FEATURES_PAIR_REACH + 4 * FL_FEATURES_MAX_BYTES,
};

/* About 200 KiB: keep one a thread. All-zero is ready. */
struct fl_features {
    uint16_t bucket[FL_FEATURES_MAX]; /* block after block */
    uint32_t block_end[FL_FEATURES_BLOCKS];
    uint64_t word[FL_FEATURES_MAX_WORDS]; /* hashes of the words, in order */
    uint32_t word_count;
    uint16_t word_offset[FL_FEATURES_MAX_WORDS + 1]; /* into the folded text */
    char text[FL_FEATURES_MAX_BYTES + 16];           /* folded: words between single blanks */
    uint32_t text_len;
    uint8_t seen[FL_FEATURES_BLOCKS][(1 << FL_FEATURES_BITS) / 8]; /* all zero between calls */
};

/* Any bytes: what is not UTF-8 is a border. */
void fl_features_extract(struct fl_features *features, struct fl_str text);

/* The hash that `word` holds, of a folded word. */
uint64_t fl_features_word_hash(struct fl_str word);

#endif
