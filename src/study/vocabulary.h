/* vocabulary.h: which words of a corpus get a vector of their own, and what they are made of.
 *
 * Rows are ordered by the hash of the word, as the file wants them. */
#ifndef FL_STUDY_VOCABULARY_H
#define FL_STUDY_VOCABULARY_H

#include "model/wordvec.h"
#include "model/wordvec_train.h"
#include "study/corpus.h"

struct fl_vocabulary {
    struct fl_word_forms forms; /* of the corpus's words */
    uint64_t *hash;             /* [forms.rows], ascending */
    uint32_t *number;           /* [forms.rows]: the word */
    uint32_t *row, *gram_first, *gram;
    uint32_t *count; /* [forms.words]: occurrences in what is learned from */
    uint32_t tokens; /* of it */
    unsigned gram_bits;
};
void fl_vocabulary_destroy(struct fl_vocabulary *vocabulary);

/* Of the words that occur `least` times in the first `texts` texts, the most frequent `most` get a
 * row. 0 or -FL_ENOMEM. */
int fl_vocabulary_init(struct fl_vocabulary *vocabulary, const struct fl_corpus *corpus,
                       uint32_t texts, uint32_t least, uint32_t most, unsigned gram_bits);

/* The table of a file: rows with their n-grams summed in. */
int fl_vocabulary_write(const struct fl_vocabulary *vocabulary, const struct fl_kernels *kernels,
                        const float *word, const float *gram, size_t dim,
                        struct fl_model_writer *writer);

/* Makes of vectors learned without labels what the encoder starts from: every word gets the
 * direction that it has and a length that falls with its frequency (smooth inverse frequency: Arora
 * et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings"). -FL_ENOMEM. */
int fl_encoder_start(const struct fl_vocabulary *vocabulary, const struct fl_kernels *kernels,
                     size_t dim, float *word, float *gram);

#endif
