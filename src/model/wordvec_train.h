/* wordvec_train.h: word vectors from running text, without labels.
 *
 * Skip-gram with negative sampling (Mikolov et al. 2013, "Distributed Representations of Words and
 * Phrases and their Compositionality", equation 4) over words with subword units (Bojanowski et al.
 * 2017, "Enriching Word Vectors with Subword Information", section 3.2): the vector of a word is
 * its row plus the mean of the rows of its n-grams; a rare word has no row of its own. Words are
 * numbers here. One thread; the same input, seed and kernels give the same bytes. */
#ifndef FL_MODEL_WORDVEC_TRAIN_H
#define FL_MODEL_WORDVEC_TRAIN_H

#include "base/err.h"
#include "kernels/kernels.h"

#include <stdbool.h>

#define FL_WORDVEC_NO_ROW UINT32_MAX

/* Words of a vocabulary as the sums they are: row (or FL_WORDVEC_NO_ROW) and n-gram rows. */
struct fl_word_forms {
    uint32_t words, rows, gram_rows;
    const uint32_t *row;        /* [words] */
    const uint32_t *gram_first; /* [words + 1], into gram */
    const uint32_t *gram;       /* below gram_rows */
};

struct fl_running_text {
    const uint32_t *tokens; /* words */
    const uint32_t *first;  /* [texts + 1], into tokens: no window crosses */
    uint32_t texts;
};

struct fl_wordvec_train_options {
    uint32_t dim;
    uint32_t window, negatives, epochs;
    float rate;      /* at the start; falls to 0 */
    float subsample; /* words more frequent than this share of all are thinned out */
    uint64_t seed;
    /* Called now and then with the share that is done; true ends the training with -FL_ECANCELED.
     * NULL is accepted. */
    bool (*progress)(void *ctx, float done);
    void *ctx;
};
#define FL_WORDVEC_TRAIN_DEFAULTS                          \
    ((struct fl_wordvec_train_options){.dim = 100,         \
                                       .window = 5,        \
                                       .negatives = 5,     \
                                       .epochs = 5,        \
                                       .rate = 0.05f,      \
                                       .subsample = 1e-4f, \
                                       .seed = 1})

/* Fills word[rows][dim] and gram[gram_rows][dim]. 0, -FL_ENOMEM, -FL_ECANCELED. */
int fl_wordvec_train(const struct fl_word_forms *forms, const struct fl_running_text *text,
                     const struct fl_wordvec_train_options *options,
                     const struct fl_kernels *kernels, float *word, float *gram,
                     struct fl_err *err);

/* vector[dim] = the word's row + the mean of its n-grams' rows. */
void fl_word_compose(const struct fl_word_forms *forms, const struct fl_kernels *kernels,
                     const float *word, const float *gram, size_t dim, uint32_t number,
                     float *vector);

#endif
