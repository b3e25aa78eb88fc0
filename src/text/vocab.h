/* vocab.h: the words of an index: written forms ("surfaces") → terms (their stems).
 *
 * Filled by one thread, then frozen by fl_vocab_finish and shared by any number. */
#ifndef FL_TEXT_VOCAB_H
#define FL_TEXT_VOCAB_H

#include "base/arena.h"
#include "base/strmap.h"
#include "text/stem.h"

#define FL_VOCAB_NONE FL_STRMAP_NONE
#define FL_VOCAB_STOP (FL_VOCAB_NONE - 1) /* every real term is below */

struct fl_surface {
    const char *text;
    uint32_t term; /* or FL_VOCAB_STOP */
    uint16_t len;
};

struct fl_vocab {
    struct fl_arena arena;
    struct fl_strmap surfaces;  /* → number of a surface */
    struct fl_strmap terms;     /* stem → term */
    struct fl_surface *surface; /* [surface_count] */
    struct fl_str *stem;        /* [term_count] */
    uint32_t surface_count, surface_capacity;
    uint32_t term_count, term_capacity;
    /* Character trigrams of surfaces → surface numbers, for misspelt words. */
    uint32_t *gram_first; /* [GRAM_BUCKETS + 1] */
    uint32_t *gram_surfaces;
};

void fl_vocab_destroy(struct fl_vocab *vocab);

/* The term of a folded word, added where it is new; FL_VOCAB_STOP for an English stop word;
 * FL_VOCAB_NONE when out of memory. */
uint32_t fl_vocab_add(struct fl_vocab *vocab, struct fl_stemmers *stemmers, struct fl_str word);

/* Builds the trigram lists. -FL_ENOMEM. */
int fl_vocab_finish(struct fl_vocab *vocab);

/* The term of a word as written, FL_VOCAB_STOP, or FL_VOCAB_NONE. */
uint32_t fl_vocab_find_term(const struct fl_vocab *vocab, struct fl_str word);

/* The term with that stem, or FL_VOCAB_NONE. */
uint32_t fl_vocab_find_stem(const struct fl_vocab *vocab, struct fl_str stem);

struct fl_similar {
    uint32_t term;
    float similarity; /* 0–1 */
};

enum { FL_SIMILAR_MAX = 4, FL_SIMILAR_LEAST_BYTES = 4 };

/* Scratch of fl_vocab_similar: all-zero at first, one per thread, of one vocabulary. */
struct fl_similar_scratch {
    uint8_t *counts; /* [surface_count] */
    uint32_t *touched;
    uint32_t capacity;
};
void fl_similar_scratch_destroy(struct fl_similar_scratch *scratch);

/* Terms with a surface that `word` may be a misspelling of, best first: same first letter, and a
 * Damerau-Levenshtein distance of 1 (2 from eight letters on). Returns how many, at most
 * FL_SIMILAR_MAX; none for words shorter than FL_SIMILAR_LEAST_BYTES or with digits. */
unsigned fl_vocab_similar(const struct fl_vocab *vocab, struct fl_similar_scratch *scratch,
                          struct fl_str word, struct fl_similar ret_terms[FL_SIMILAR_MAX]);

#endif
