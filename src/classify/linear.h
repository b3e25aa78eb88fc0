/* linear.h: sparse input → hidden → logits, without a bend in between.
 *
 *   hidden[c] = hidden_scale[c] · Σ over blocks b: (weight[b] / |idf of the block|) · Σ
 * w1[bucket][c] logits    = w2 · hidden + bias      or, where hidden is as wide as there are
 * labels, hidden + bias
 *
 * w1 holds idf · weights in 8 bits, so that the inner sum only adds bytes. Several models trained
 * apart and averaged are one such model again: with few labels their product w1 · w2 is stored,
 * with many their hidden parts lie side by side. */
#ifndef FL_CLASSIFY_LINEAR_H
#define FL_CLASSIFY_LINEAR_H

#include "classify/classifier.h"
#include "kernels/kernels.h"
#include "model/model_file.h"

enum {
    FL_LINEAR_MAX_HIDDEN = 1024,
    FL_LINEAR_ALIGN = 64, /* of a row of w1 and w2, in bytes */
};

/* What a block counts for. */
extern const float fl_linear_block_weight[FL_INPUT_BLOCKS];

/* The numbers of a model; borrowed from a file or owned by fl_linear_parts. */
struct fl_linear {
    uint32_t labels, hidden;
    uint32_t stride;           /* of a row, in bytes */
    const float *idf;          /* [FL_INPUT_BUCKETS]; 0: never seen in training */
    const int8_t *w1;          /* [FL_INPUT_BUCKETS][stride] */
    const float *hidden_scale; /* [hidden] */
    const int8_t *w2;          /* [labels][stride]; NULL: hidden is the logits */
    const float *w2_scale;     /* [labels] */
    const float *bias;         /* [labels] */
};

/* weight[b] / |idf of block b|, 0 for a block without known features. */
void fl_linear_block_scales(const float *idf, const struct fl_input *input,
                            float ret_scale[FL_INPUT_BLOCKS]);

/* hidden[stride] and logits[labels] of an input; `packed`[stride] is scratch. Without w2 the two
 * may be the same array. */
void fl_linear_run(const struct fl_linear *linear, const struct fl_kernels *kernels,
                   const struct fl_input *input, int8_t *packed, float *hidden, float *logits);

void fl_linear_save(const struct fl_linear *linear, struct fl_model_writer *writer);
/* Reads in place and checks lengths and numbers. -FL_ECORRUPT. */
int fl_linear_read(struct fl_linear *ret_linear, const struct fl_model_file *file, uint32_t labels,
                   struct fl_err *err);

/* --- training --- */

struct fl_training_rows {
    const struct fl_classifier_row *rows;
    const uint32_t *order; /* which of them */
    uint32_t count;
    uint32_t labels;
    bool several;
};

/* The gradient of a row's cross-entropy by the logits, in their place; the loss too, unless that is
 * NULL. `smoothing`: share of a softmax's target that is spread over all labels. */
void fl_training_gradient(const struct fl_kernels *kernels, const struct fl_training_rows *rows,
                          const struct fl_classifier_row *row, float smoothing, float *logits,
                          double *ret_loss);

struct fl_linear_training {
    uint64_t seed;
    uint32_t rank, epochs, batch_rows;
    float keep; /* share of the features that an epoch sees of a row */
    float rate, smoothing;
    unsigned threads; /* no influence on the result */
    int (*progress)(void *ctx, double share);
    void *ctx;
};
#define FL_LINEAR_TRAINING_DEFAULT                                                          \
    (struct fl_linear_training)                                                             \
    {                                                                                       \
        .seed = 1, .rank = 128, .epochs = 14, .batch_rows = 8, .keep = 0.2f, .rate = 0.05f, \
        .smoothing = 0.05f, .threads = 2                                                    \
    }

/* Fits epochs, batch and smoothing to how many rows and labels there are. */
void fl_linear_training_adapt(struct fl_linear_training *training,
                              const struct fl_training_rows *rows);

enum { FL_LINEAR_MEMBERS = 2 };

/* A model in floats, of FL_LINEAR_MEMBERS members trained apart, each on a thread of its own where
 * there are two. */
struct fl_linear_parts {
    uint32_t labels, rank;
    float *idf;                     /* [FL_INPUT_BUCKETS] */
    float *w1[FL_LINEAR_MEMBERS];   /* [FL_INPUT_BUCKETS][rank] */
    float *w2[FL_LINEAR_MEMBERS];   /* [labels][rank] */
    float *bias[FL_LINEAR_MEMBERS]; /* [labels] */
};
void fl_linear_parts_destroy(struct fl_linear_parts *parts);

/* By AdaGrad on the cross-entropy. -FL_ENOMEM, -FL_ECANCELED. Destroy in every case. */
int fl_linear_train(struct fl_linear_parts *ret_parts, const struct fl_training_rows *rows,
                    const struct fl_linear_training *training, struct fl_err *err);

/* One model in 8 bits from the members' mean. Free with fl_linear_free. NULL: out of memory. */
struct fl_linear *fl_linear_pack(const struct fl_linear_parts *parts);
void fl_linear_free(struct fl_linear *linear);

/* Loss of one row under one member (no dropout), and its gradients: for the tests. grad_w1 is
 * [FL_INPUT_BUCKETS][rank], grad_w2 [labels][rank], grad_bias [labels]; all are added to. */
double fl_linear_loss(const struct fl_linear_parts *parts, unsigned member,
                      const struct fl_training_rows *rows, uint32_t row, float smoothing,
                      float *grad_w1, float *grad_w2, float *grad_bias);

#endif
