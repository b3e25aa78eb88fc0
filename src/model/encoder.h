/* encoder.h: vectors of requests and of documents, to be compared by their angle.
 *
 *   weighted sum of word vectors ─► unit vector ─► int8[dim] with one scale
 *
 * The two sides share one table of word vectors, trained so that a request and what it needs lie
 * close. Which words are summed, and with which weights, is the caller's (for text: learn/embed.h).
 * An open encoder never changes: any thread. */
#ifndef FL_MODEL_ENCODER_H
#define FL_MODEL_ENCODER_H

#include "model/wordvec.h"

enum { FL_ENCODER_WEIGHTS = 16 };
#define FL_ENCODER_KIND "ENCODER"

struct fl_encoder {
    struct fl_model_file file;
    struct fl_wordvec words;
    const float *weights; /* [FL_ENCODER_WEIGHTS]: the caller's, kept with the table */
};

/* Maps and checks a file of kind FL_ENCODER_KIND: errors as of fl_model_file_open. */
int fl_encoder_open(struct fl_encoder *ret_encoder, const char *path, struct fl_err *err);
/* The same over bytes that stay the caller's (8-byte aligned) and must outlive the encoder. */
int fl_encoder_view(struct fl_encoder *ret_encoder, const void *bytes, size_t len,
                    struct fl_err *err);
/* NULL and all-zero are accepted. */
void fl_encoder_close(struct fl_encoder *encoder);

static inline size_t fl_encoder_dim(const struct fl_encoder *encoder)
{
    return encoder->words.head.dim;
}

/* Scales sum[dim] to length 1 and rounds it: the vector is scale · ret_vector. Returns the scale; 0
 * (and zeros) for a sum of zeros or one that is not finite. `sum` is changed. */
float fl_encoder_finish(const struct fl_encoder *encoder, const struct fl_kernels *kernels,
                        float *sum, int8_t *ret_vector);

/* The cosine of two finished vectors. */
static inline float fl_encoder_cosine(const struct fl_kernels *kernels, const int8_t *a,
                                      float a_scale, const int8_t *b, float b_scale, size_t dim)
{
    return (float)kernels->dot_i8(a, b, dim) * a_scale * b_scale;
}
/* Of one with `rows` others that lie behind one another, is fl_kernels.matvec_i8: m the rows, scale
 * theirs, x the one. */

#endif
