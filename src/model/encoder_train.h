/* encoder_train.h: learning which requests and documents belong together.
 *
 * Contrastive, in batches: every request of a batch shall be nearer to its own document than to
 * those of the others, and the other way round (InfoNCE: van den Oord et al. 2018, equation 4, both
 * ways as in Radford et al. 2021, figure 3):
 *
 *   word = own row + mean of its n-grams' rows        now and then without the own row, so that the
 *   text = Σ weight · word, scaled to length 1         n-grams learn to stand for unknown words
 *   loss = mean of -log softmax(cos(request, documents) / temperature)[own]  by rows and by columns
 *
 * Rows learn by AdaGrad with one sum of squares a row. Words and texts are numbers here. The result
 * depends on input, seed and kernels, not on the number of threads. */
#ifndef FL_MODEL_ENCODER_TRAIN_H
#define FL_MODEL_ENCODER_TRAIN_H

#include "model/wordvec_train.h"

enum { FL_ENCODER_BATCH_MAX = 1024, FL_ENCODER_TEXT_MAX = 128 };

/* A run of words that counts with one weight. */
struct fl_encoder_span {
    uint32_t first, count; /* in the tokens; beyond FL_ENCODER_TEXT_MAX words nothing is read */
    float weight;
};

struct fl_encoder_text {
    uint32_t first_span, span_count;
};

struct fl_encoder_pair {
    uint32_t request, document; /* texts */
};

/* Batches are taken from one source at a time: its documents are what its requests must tell apart.
 */
struct fl_encoder_source {
    const struct fl_encoder_pair *pairs;
    uint32_t count;
    float share; /* of the batches, relative to the other sources */
};

struct fl_encoder_lessons {
    const uint32_t *tokens;
    const struct fl_encoder_span *spans;
    const struct fl_encoder_text *texts;
    const struct fl_encoder_source *sources;
    unsigned source_count;
};

struct fl_encoder_train_options {
    uint32_t dim;
    uint32_t batch, batches;
    float rate; /* at the start; falls to 0 */
    float temperature;
    float without_row; /* the share of words that are without their own row in a batch */
    uint64_t seed;
    unsigned threads;
    /* Called now and then by the calling thread with the share that is done and the mean loss since
     * the last time; true ends the training with -FL_ECANCELED. NULL is accepted. */
    bool (*progress)(void *ctx, float done, float loss);
    void *ctx;
};
#define FL_ENCODER_TRAIN_DEFAULTS                           \
    ((struct fl_encoder_train_options){.batch = 512,        \
                                       .batches = 3000,     \
                                       .rate = 0.06f,       \
                                       .temperature = 0.1f, \
                                       .without_row = 0.2f, \
                                       .seed = 1,           \
                                       .threads = 2})

/* Changes word[rows][dim] and gram[gram_rows][dim], which hold what to start from. 0, -FL_EINVAL
 * for numbers out of range, -FL_ENOMEM, -FL_ECANCELED. */
int fl_encoder_train(const struct fl_word_forms *forms, const struct fl_encoder_lessons *lessons,
                     const struct fl_encoder_train_options *options,
                     const struct fl_kernels *kernels, float *word, float *gram,
                     struct fl_err *err);

#endif
