/* vocab.h: the words of an index: written forms ("surfaces") → terms (their stems).
 *
 * Filled by one thread, then frozen by fl_vocab_finish and shared by any number. */
#ifndef FL_TEXT_VOCAB_H
#define FL_TEXT_VOCAB_H

#include "text/stem.h"
#include "text/wordset.h"

#define FL_VOCAB_NONE FL_WORDSET_NONE
#define FL_VOCAB_STOP (FL_VOCAB_NONE - 1) /* every real term is below */

enum { FL_VOCAB_GRAMS = 8192 };

struct fl_vocab {
    struct fl_wordset surfaces;
    struct fl_wordset stems; /* the first `term_count` are the terms; other stems may follow */
    uint32_t *term_of;       /* [surfaces.count] or FL_VOCAB_STOP */
    uint32_t term_count;
    uint32_t term_of_capacity;
    /* Character trigrams of surfaces → surface numbers, for misspelt words. */
    uint32_t *gram_first; /* [FL_VOCAB_GRAMS + 1] */
    uint32_t *gram_surfaces;
};

void fl_vocab_destroy(struct fl_vocab *vocab);

/* The term of a folded word, added where it is new; FL_VOCAB_STOP for an English stop word;
 * FL_VOCAB_NONE when out of memory. */
uint32_t fl_vocab_add(struct fl_vocab *vocab, struct fl_stemmers *stemmers, struct fl_str word);

/* Builds the trigram lists. -FL_ENOMEM. */
int fl_vocab_finish(struct fl_vocab *vocab);

/* The number of a surface, or FL_VOCAB_NONE. */
uint32_t fl_vocab_find_surface(const struct fl_vocab *vocab, struct fl_str word);

/* The term of a word as written, FL_VOCAB_STOP, or FL_VOCAB_NONE. */
uint32_t fl_vocab_find_term(const struct fl_vocab *vocab, struct fl_str word);

/* The term with that stem, or FL_VOCAB_NONE. */
uint32_t fl_vocab_find_stem(const struct fl_vocab *vocab, struct fl_str stem);

/* The stem of a term; NUL-terminated. */
struct fl_str fl_vocab_stem(const struct fl_vocab *vocab, uint32_t term);

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
    bool failed; /* out of memory: some word found nothing. Whoever asks resets it */
};
void fl_similar_scratch_destroy(struct fl_similar_scratch *scratch);

/* Terms with a surface that `word` may be a misspelling of, best first: same first letter, a
 * Damerau-Levenshtein distance of 1 (2 from eight letters on), and a window of three letters in
 * common, the word's ends counted as letters (two from six letters on, three from eight). Returns
 * how many, at most FL_SIMILAR_MAX; none for words shorter than FL_SIMILAR_LEAST_BYTES or with
 * digits. */
unsigned fl_vocab_similar(const struct fl_vocab *vocab, struct fl_similar_scratch *scratch,
                          struct fl_str word, struct fl_similar ret_terms[FL_SIMILAR_MAX]);

#endif
