/* windows.h: words in their order → windows of one to three words → the strongest → logits.
 *
 *   part[word][g]   = vector of the word · filter g           g: (width, place in it, filter)
 *   value[k][f]     = max over places of relu(bias[k][f] + Σ parts of the window's words)
 *   logits          = out · value + bias                      (Kim 2014, with max over time)
 *
 * The part before the maximum is linear in the vectors, so that the parts of words that training
 * saw are stored (8 bits) and a window costs a few additions; other words that have a vector are
 * multiplied out when they are met. Words without one are empty places. */
#ifndef FL_CLASSIFY_WINDOWS_H
#define FL_CLASSIFY_WINDOWS_H

#include "classify/linear.h"
#include "model/wordvec.h"

enum {
    FL_WINDOWS_WIDTHS = 3,
    FL_WINDOWS_PLACES = 6,     /* 1 + 2 + 3 places in windows of each width */
    FL_WINDOWS_MAX_WORDS = 48, /* of an input; the rest is not read */
    FL_WINDOWS_MAX_FILTERS = 1024,
    FL_WINDOWS_MAX_VOCABULARY = 1 << 20,
    FL_WINDOWS_MEMBERS = 2,
};

/* The numbers of a model, borrowed; `filters` is the number for each width, of all members. */
struct fl_windows {
    uint32_t labels, filters, words, dim, values, stride; /* values = widths · filters */
    const uint64_t *hash;                                 /* [words], ascending */
    const float *scale;                                   /* [words] */
    const int8_t *parts;                                  /* [words][places][filters] */
    const float *bias;                                    /* [values] */
    const int8_t *out;                                    /* [labels][stride] */
    const float *out_scale;                               /* [labels] */
    const float *out_bias;                                /* [labels] */
    const int8_t *filter;      /* [places · filters][dim]; none where dim is 0 */
    const float *filter_scale; /* [places · filters] */
    struct fl_wordvec vectors; /* all words with a vector; dim 0: none */
};

/* What fl_windows_run wants as scratch, aligned to 64. */
size_t fl_windows_scratch_bytes(const struct fl_windows *windows);
void fl_windows_run(const struct fl_windows *windows, const struct fl_kernels *kernels,
                    const struct fl_input *input, void *scratch, float *logits);

void fl_windows_save(const struct fl_windows *windows, struct fl_model_writer *writer);
/* Reads in place and checks lengths and numbers. -FL_ECORRUPT. */
int fl_windows_read(struct fl_windows *ret_windows, const struct fl_model_file *file,
                    uint32_t labels, struct fl_err *err);

/* --- training --- */

struct fl_windows_training {
    uint64_t seed;
    uint32_t filters, epochs, batch_rows; /* filters of a width in a member */
    float rate, vector_rate, smoothing;
    float word_dropout, value_dropout;
    unsigned threads;                 /* no influence on the result */
    const struct fl_wordvec *vectors; /* NULL: drawn */
    int (*progress)(void *ctx, double share);
    void *ctx;
};
#define FL_WINDOWS_TRAINING_DEFAULT                                                            \
    (struct fl_windows_training)                                                               \
    {                                                                                          \
        .seed = 1, .filters = 128, .epochs = 12, .batch_rows = 16, .rate = 0.02f,              \
        .vector_rate = 0.02f, .smoothing = 0.05f, .word_dropout = 0.1f, .value_dropout = 0.5f, \
        .threads = 2                                                                           \
    }
void fl_windows_training_adapt(struct fl_windows_training *training,
                               const struct fl_training_rows *rows);

/* A model in floats. */
struct fl_windows_parts {
    uint32_t labels, filters, words, dim;
    uint64_t *hash; /* [words], ascending */
    struct fl_windows_member {
        float *vector; /* [words][dim] */
        float *filter; /* [dim][places · filters] */
        float *bias;   /* [widths · filters] */
        float *out;    /* [labels][widths · filters] */
        float *out_bias;
    } member[FL_WINDOWS_MEMBERS];
};
void fl_windows_parts_destroy(struct fl_windows_parts *parts);

/* By AdaGrad on the cross-entropy. -FL_ENOMEM, -FL_ECANCELED, -FL_ELIMIT (too many words). Destroy
 * in every case. */
int fl_windows_train(struct fl_windows_parts *ret_parts, const struct fl_training_rows *rows,
                     const struct fl_windows_training *training, struct fl_err *err);

/* One model in 8 bits from the members' mean; `vectors` (or NULL) must outlive it. Free with
 * fl_windows_free. NULL: out of memory. */
struct fl_windows *fl_windows_pack(const struct fl_windows_parts *parts,
                                   const struct fl_wordvec *vectors);
void fl_windows_free(struct fl_windows *windows);

/* Loss of one row under one member without dropout, and its gradients, in a member of the same
 * shape: for the tests. All are added to. NaN: out of memory. */
double fl_windows_loss(const struct fl_windows_parts *parts, unsigned member,
                       const struct fl_training_rows *rows, uint32_t row, float smoothing,
                       struct fl_windows_member *gradient);

/* The number of a word, or FL_WORDVEC_NONE. */
uint32_t fl_windows_find(const uint64_t *hash, uint32_t words, uint64_t wanted);

/* The row of filters of a place: width `width` (counted from 0), place `place` in the window. */
static inline uint32_t fl_windows_place(uint32_t width, uint32_t place)
{
    return width * (width + 1) / 2 + place;
}

#endif
