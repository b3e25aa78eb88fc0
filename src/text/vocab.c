/* vocab.c: see vocab.h. */
#include "text/vocab.h"

#include "base/err.h"
#include "text/lexicon.h"

#include <stdlib.h>

enum { MAX_GRAMS = 72, FIRST_TERMS = 2048 };

void fl_vocab_destroy(struct fl_vocab *vocab)
{
    if (!vocab)
        return;
    fl_wordset_destroy(&vocab->surfaces);
    fl_wordset_destroy(&vocab->stems);
    free(vocab->term_of);
    free(vocab->gram_first);
    free(vocab->gram_surfaces);
    *vocab = (struct fl_vocab){0};
}

static bool reserve_terms(struct fl_vocab *vocab)
{
    if (vocab->surfaces.count < vocab->term_of_capacity)
        return true;
    uint32_t capacity = vocab->term_of_capacity ? vocab->term_of_capacity * 2 : FIRST_TERMS;
    uint32_t *grown = realloc(vocab->term_of, capacity * sizeof *grown);
    if (!grown)
        return false;
    vocab->term_of = grown;
    vocab->term_of_capacity = capacity;
    return true;
}

static uint32_t add_term(struct fl_vocab *vocab, struct fl_str stem)
{
    uint32_t term = fl_wordset_add(&vocab->stems, stem);
    vocab->term_count = vocab->stems.count;
    return term;
}

uint32_t fl_vocab_add(struct fl_vocab *vocab, struct fl_stemmers *stemmers, struct fl_str word)
{
    uint32_t surface = fl_wordset_find(&vocab->surfaces, word);
    if (surface != FL_WORDSET_NONE)
        return vocab->term_of[surface];
    uint32_t term = FL_VOCAB_STOP;
    if (!fl_lexicon_is_stop(FL_LANGUAGE_EN, word))
        term = add_term(vocab, fl_stem(stemmers, FL_LANGUAGE_EN, word));
    if (term == FL_VOCAB_NONE || !reserve_terms(vocab))
        return FL_VOCAB_NONE;
    surface = fl_wordset_add(&vocab->surfaces, word);
    if (surface == FL_WORDSET_NONE)
        return FL_VOCAB_NONE;
    vocab->term_of[surface] = term;
    return term;
}

uint32_t fl_vocab_find_surface(const struct fl_vocab *vocab, struct fl_str word)
{
    return fl_wordset_find(&vocab->surfaces, word);
}

uint32_t fl_vocab_find_term(const struct fl_vocab *vocab, struct fl_str word)
{
    uint32_t surface = fl_wordset_find(&vocab->surfaces, word);
    return surface == FL_WORDSET_NONE ? FL_VOCAB_NONE : vocab->term_of[surface];
}

uint32_t fl_vocab_find_stem(const struct fl_vocab *vocab, struct fl_str stem)
{
    uint32_t number = fl_wordset_find(&vocab->stems, stem);
    return number < vocab->term_count ? number : FL_VOCAB_NONE;
}

struct fl_str fl_vocab_stem(const struct fl_vocab *vocab, uint32_t term)
{
    return fl_wordset_get(&vocab->stems, term);
}

/* Trigrams of "^word$" as bucket numbers. */
static unsigned grams_of(struct fl_str word, uint16_t grams[MAX_GRAMS])
{
    unsigned count = 0;
    uint32_t window = '^';
    for (size_t i = 0; i <= word.len && count < MAX_GRAMS; i++) {
        unsigned char c = i < word.len ? (unsigned char)word.ptr[i] : '$';
        window = (window << 8 | c) & 0xFFFFFF;
        if (i > 0)
            grams[count++] = (uint16_t)((window * 2654435761u) >> 19);
    }
    return count;
}

_Static_assert(FL_VOCAB_GRAMS == 1 << (32 - 19), "grams_of keeps the upper bits of the product");

int fl_vocab_finish(struct fl_vocab *vocab)
{
    uint16_t grams[MAX_GRAMS];
    vocab->gram_first = calloc(FL_VOCAB_GRAMS + 1, sizeof *vocab->gram_first);
    if (!vocab->gram_first)
        return -FL_ENOMEM;
    uint32_t *first = vocab->gram_first;
    for (uint32_t s = 0; s < vocab->surfaces.count; s++) {
        struct fl_str word = fl_wordset_get(&vocab->surfaces, s);
        unsigned count = grams_of(word, grams);
        for (unsigned i = 0; i < count; i++)
            first[grams[i] + 1]++;
    }
    for (uint32_t b = 0; b < FL_VOCAB_GRAMS; b++)
        first[b + 1] += first[b];
    vocab->gram_surfaces = malloc((first[FL_VOCAB_GRAMS] + 1) * sizeof *vocab->gram_surfaces);
    if (!vocab->gram_surfaces)
        return -FL_ENOMEM;
    uint32_t total = first[FL_VOCAB_GRAMS];
    for (uint32_t s = vocab->surfaces.count; s-- > 0;) { /* each list ends up ascending */
        struct fl_str word = fl_wordset_get(&vocab->surfaces, s);
        unsigned count = grams_of(word, grams);
        for (unsigned i = 0; i < count; i++)
            vocab->gram_surfaces[--first[grams[i] + 1]] = s;
    }
    /* Filling moved each end to its start: entry b + 1 now is where b begins. */
    memmove(first, first + 1, FL_VOCAB_GRAMS * sizeof *first);
    first[FL_VOCAB_GRAMS] = total;
    return 0;
}

void fl_similar_scratch_destroy(struct fl_similar_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->counts);
    free(scratch->touched);
    *scratch = (struct fl_similar_scratch){0};
}

static bool reserve_scratch(struct fl_similar_scratch *scratch, uint32_t count)
{
    if (scratch->capacity >= count)
        return true;
    fl_similar_scratch_destroy(scratch);
    scratch->counts = calloc(count, sizeof *scratch->counts);
    scratch->touched = malloc(count * sizeof *scratch->touched);
    if (!scratch->counts || !scratch->touched) {
        fl_similar_scratch_destroy(scratch);
        scratch->failed = true;
        return false;
    }
    scratch->capacity = count;
    return true;
}

/* Optimal string alignment distance, or `limit` + 1 when it is larger. Lengths ≤ FL_TOKEN_MAX. */
static unsigned edit_distance(struct fl_str a, struct fl_str b, unsigned limit)
{
    enum { MAX = 80 };
    uint8_t rows[3][MAX + 1] = {{0}};
    uint8_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = (uint8_t)j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = (uint8_t)i;
        unsigned least = row[0];
        for (size_t j = 1; j <= b.len; j++) {
            unsigned best = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            best = above[j] + 1u < best ? above[j] + 1u : best;
            best = row[j - 1] + 1u < best ? row[j - 1] + 1u : best;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                before[j - 2] + 1u < best)
                best = before[j - 2] + 1u;
            row[j] = (uint8_t)best;
            least = best < least ? best : least;
        }
        if (least > limit)
            return limit + 1;
        uint8_t *recycled = before;
        before = above;
        above = row;
        row = recycled;
    }
    return above[b.len];
}

static bool has_digit(struct fl_str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] >= '0' && word.ptr[i] <= '9')
            return true;
    return false;
}

/* Inserts in descending order of similarity; one entry a term. */
static unsigned insert_similar(struct fl_similar *terms, unsigned count, struct fl_similar found)
{
    for (unsigned i = 0; i < count; i++)
        if (terms[i].term == found.term) {
            if (terms[i].similarity >= found.similarity)
                return count;
            memmove(&terms[i], &terms[i + 1], (count - i - 1) * sizeof *terms);
            count--;
            break;
        }
    unsigned at = count;
    while (at > 0 &&
           (terms[at - 1].similarity < found.similarity ||
            (terms[at - 1].similarity == found.similarity && terms[at - 1].term > found.term)))
        at--;
    if (at == FL_SIMILAR_MAX)
        return count;
    unsigned moved = count < FL_SIMILAR_MAX ? count - at : FL_SIMILAR_MAX - 1 - at;
    memmove(&terms[at + 1], &terms[at], moved * sizeof *terms);
    terms[at] = found;
    return count < FL_SIMILAR_MAX ? count + 1 : count;
}

unsigned fl_vocab_similar(const struct fl_vocab *vocab, struct fl_similar_scratch *scratch,
                          struct fl_str word, struct fl_similar ret_terms[FL_SIMILAR_MAX])
{
    if (word.len < FL_SIMILAR_LEAST_BYTES || has_digit(word) ||
        !reserve_scratch(scratch, vocab->surfaces.count))
        return 0;
    uint16_t grams[MAX_GRAMS];
    unsigned gram_count = grams_of(word, grams);
    unsigned limit = word.len >= 8 ? 2 : 1;
    uint32_t touched = 0;
    for (unsigned g = 0; g < gram_count; g++)
        for (uint32_t i = vocab->gram_first[grams[g]]; i < vocab->gram_first[grams[g] + 1]; i++) {
            uint32_t s = vocab->gram_surfaces[i];
            if (scratch->counts[s] == 0)
                scratch->touched[touched++] = s;
            if (scratch->counts[s] < UINT8_MAX)
                scratch->counts[s]++;
        }
    unsigned need = word.len >= 8 ? 3 : word.len >= 6 ? 2 : 1;
    unsigned count = 0;
    for (uint32_t i = 0; i < touched; i++) {
        uint32_t surface = scratch->touched[i], term = vocab->term_of[surface];
        unsigned shared = scratch->counts[surface];
        scratch->counts[surface] = 0;
        struct fl_str other = fl_wordset_get(&vocab->surfaces, surface);
        size_t gap = other.len > word.len ? other.len - word.len : word.len - other.len;
        if (shared < need || gap > limit || other.ptr[0] != word.ptr[0] || term == FL_VOCAB_STOP)
            continue;
        unsigned distance = edit_distance(word, other, limit);
        if (distance <= limit) {
            float similarity = 1.0f - (float)distance / (float)word.len;
            count = insert_similar(ret_terms, count, (struct fl_similar){term, similarity});
        }
    }
    return count;
}
