/* meaning.h: the text encoder in use, and its vectors of documents and of past requests.
 *
 *   encoder file ─► fl_meaning, one for an engine and all its snapshots
 *   texts of the documents ─► fl_vectors ─► HOME/vectors.flm, for the next process
 *
 * Vectors lie behind one another as int8[dim], each with the scale that makes it a unit vector. */
#ifndef FL_SNAPSHOT_MEANING_H
#define FL_SNAPSHOT_MEANING_H

#include "learn/embed.h"

#include <stdatomic.h>

/* An open encoder. Immutable and reference-counted. */
struct fl_meaning {
    atomic_uint references;
    struct fl_encoder encoder;
    const struct fl_kernels *kernels;
    uint64_t fingerprint; /* another one for every other file */
};

/* Errors as of fl_embed_open. */
int fl_meaning_open(const char *path, const struct fl_kernels *kernels,
                    struct fl_meaning **ret_meaning, struct fl_err *err);
struct fl_meaning *fl_meaning_share(struct fl_meaning *meaning); /* NULL gives NULL */
void fl_meaning_release(struct fl_meaning *meaning);             /* NULL is accepted */

struct fl_vectors {
    const int8_t *vector; /* [count][dim] */
    const float *scale;   /* [count] */
    uint32_t count;
    void *memory;              /* where they were computed */
    struct fl_model_file file; /* where they were loaded */
};

/* Embeds `count` documents, whose texts `fields` tells. -FL_ENOMEM. */
int fl_vectors_build(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning,
                     uint32_t count,
                     void (*fields)(void *ctx, uint32_t document,
                                    struct fl_str ret_fields[FL_EMBED_FIELD_COUNT]),
                     void *ctx);

/* The same of `count` requests. -FL_ENOMEM. */
int fl_vectors_of_requests(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning,
                           const struct fl_str *requests, uint32_t count);

/* Keeps and loads vectors in a model file of kind "VECTORS". `key`, which is the caller's, stands
 * for the documents; the encoder is compared here. Save: -FL_EIO, -FL_ENOMEM. Load: errors as of
 * fl_model_file_open, and -FL_ECHANGED for vectors of something else. */
int fl_vectors_save(const struct fl_vectors *vectors, const struct fl_meaning *meaning,
                    uint64_t key, const char *path, struct fl_err *err);
int fl_vectors_load(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning, uint64_t key,
                    uint32_t count, const char *path, struct fl_err *err);

void fl_vectors_destroy(struct fl_vectors *vectors); /* all-zero is accepted */

#endif
