/* embed.h: texts → vectors of the encoder, for requests and for documents.
 *
 * One vector for a text: the sum of its words' vectors (unknown words by their character n-grams),
 * of a document weighted by field, scaled to length 1 and rounded to 8 bits. */
#ifndef FL_LEARN_EMBED_H
#define FL_LEARN_EMBED_H

#include "model/encoder.h"
#include "text/embed_words.h"

/* The fields of a document. Any may be empty; lists are joined by spaces. */
enum fl_embed_field {
    FL_EMBED_NAME,
    FL_EMBED_DESCRIPTION,
    FL_EMBED_PARAMETERS, /* names of parameters */
    FL_EMBED_SERVER,     /* name of the component */
    FL_EMBED_KEYWORDS,
    FL_EMBED_FIELD_COUNT
};

/* Scratch memory of one thread, over an encoder and kernels that outlive it. */
struct fl_embedder {
    const struct fl_encoder *encoder;
    const struct fl_kernels *kernels;
    struct fl_embed_words words;
    float *sum, *field; /* [dim] */
};

/* Maps the encoder at `path` and checks that it was made for this program's words: -FL_EVERSION
 * otherwise; further errors as of fl_encoder_open. */
int fl_embed_open(struct fl_encoder *ret_encoder, const char *path, struct fl_err *err);

/* 0 or -FL_ENOMEM; destroy in every case (all-zero is accepted). */
int fl_embedder_init(struct fl_embedder *embedder, const struct fl_encoder *encoder,
                     const struct fl_kernels *kernels);
void fl_embedder_destroy(struct fl_embedder *embedder);

/* ret_scale · ret_vector[dim] is the unit vector of a text (UTF-8); the scale is 0 where nothing in
 * it says anything: such a vector is as far from everything. 0 or -FL_ENOMEM. */
int fl_embed_request(struct fl_embedder *embedder, struct fl_str text, int8_t *ret_vector,
                     float *ret_scale);
int fl_embed_document(struct fl_embedder *embedder,
                      const struct fl_str fields[FL_EMBED_FIELD_COUNT], int8_t *ret_vector,
                      float *ret_scale);

/* The vectors of the single words of a text, in order, up to `max`: ret[i·dim …]. What has no
 * vector is left out. Returns how many, or -FL_ENOMEM. `words` is scratch. */
int fl_embed_sequence(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                      struct fl_embed_words *words, struct fl_str text, float *ret, unsigned max);

#endif
