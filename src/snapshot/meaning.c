/* meaning.c: see meaning.h. */
#include "snapshot/meaning.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define VECTORS_KIND "VECTORS"

/* --- the encoder --- */

int fl_meaning_open(const char *path, const struct fl_kernels *kernels,
                    struct fl_meaning **ret_meaning, struct fl_err *err)
{
    struct fl_meaning *meaning = calloc(1, sizeof *meaning);
    if (!meaning)
        return fl_err_nomem(err);
    int rc = fl_embed_open(&meaning->encoder, path, err);
    if (rc) {
        free(meaning);
        return rc;
    }
    const struct fl_model_file *file = &meaning->encoder.file;
    atomic_init(&meaning->references, 1);
    meaning->kernels = kernels;
    /* The head holds the checksum of all the rest. */
    meaning->fingerprint =
        XXH3_64bits(file->bytes, file->len < FL_MODEL_ALIGN ? file->len : FL_MODEL_ALIGN);
    *ret_meaning = meaning;
    return 0;
}

struct fl_meaning *fl_meaning_share(struct fl_meaning *meaning)
{
    if (meaning)
        atomic_fetch_add_explicit(&meaning->references, 1, memory_order_relaxed);
    return meaning;
}

void fl_meaning_release(struct fl_meaning *meaning)
{
    if (!meaning || atomic_fetch_sub_explicit(&meaning->references, 1, memory_order_acq_rel) != 1)
        return;
    fl_encoder_close(&meaning->encoder);
    free(meaning);
}

/* --- computing vectors --- */

/* Where the vectors of `count` texts go: the scales, then the vectors. */
struct room {
    float *scale;
    int8_t *vector;
    size_t dim;
    struct fl_embedder embedder;
};

static int room_init(struct room *room, struct fl_vectors *vectors,
                     const struct fl_meaning *meaning, uint32_t count)
{
    size_t dim = fl_encoder_dim(&meaning->encoder);
    size_t scales = count * sizeof *room->scale;
    *room = (struct room){.dim = dim};
    *vectors = (struct fl_vectors){.count = count, .memory = malloc(scales + count * dim + 1)};
    if (!vectors->memory)
        return -FL_ENOMEM;
    vectors->scale = room->scale = vectors->memory;
    vectors->vector = room->vector = (int8_t *)vectors->memory + scales;
    return fl_embedder_init(&room->embedder, &meaning->encoder, meaning->kernels);
}

/* Gives the memory back where something failed. */
static int room_finish(struct room *room, struct fl_vectors *vectors, int rc)
{
    fl_embedder_destroy(&room->embedder);
    if (rc)
        fl_vectors_destroy(vectors);
    return rc;
}

int fl_vectors_build(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning,
                     uint32_t count,
                     void (*fields)(void *ctx, uint32_t document,
                                    struct fl_str ret_fields[FL_EMBED_FIELD_COUNT]),
                     void *ctx)
{
    struct room room;
    struct fl_vectors vectors;
    int rc = room_init(&room, &vectors, meaning, count);
    for (uint32_t d = 0; !rc && d < count; d++) {
        struct fl_str texts[FL_EMBED_FIELD_COUNT] = {{NULL, 0}};
        fields(ctx, d, texts);
        rc = fl_embed_document(&room.embedder, texts, room.vector + d * room.dim, &room.scale[d]);
    }
    rc = room_finish(&room, &vectors, rc);
    if (!rc)
        *ret_vectors = vectors;
    return rc;
}

int fl_vectors_of_requests(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning,
                           const struct fl_str *requests, uint32_t count)
{
    struct room room;
    struct fl_vectors vectors;
    int rc = room_init(&room, &vectors, meaning, count);
    for (uint32_t i = 0; !rc && i < count; i++)
        rc = fl_embed_request(&room.embedder, requests[i], room.vector + i * room.dim,
                              &room.scale[i]);
    rc = room_finish(&room, &vectors, rc);
    if (!rc)
        *ret_vectors = vectors;
    return rc;
}

/* --- keeping them --- */

/* What the vectors were made from. */
struct origin {
    uint64_t key, encoder, embed_version, dim;
};

static struct origin origin_of(const struct fl_meaning *meaning, uint64_t key)
{
    return (struct origin){key, meaning->fingerprint, FL_EMBED_VERSION,
                           fl_encoder_dim(&meaning->encoder)};
}

int fl_vectors_save(const struct fl_vectors *vectors, const struct fl_meaning *meaning,
                    uint64_t key, const char *path, struct fl_err *err)
{
    struct origin origin = origin_of(meaning, key);
    struct fl_model_writer writer = {0};
    struct fl_buf bytes = {0};
    fl_model_writer_add(&writer, "origin", &origin, sizeof origin);
    fl_model_writer_add(&writer, "scale", vectors->scale, vectors->count * sizeof *vectors->scale);
    fl_model_writer_add(&writer, "vector", vectors->vector, vectors->count * (size_t)origin.dim);
    int rc = fl_model_writer_finish(&writer, VECTORS_KIND, &bytes);
    if (rc)
        rc = fl_err_set(err, -rc, "the vectors could not be put together");
    else
        rc = fl_os_write_file(path, bytes.ptr, bytes.len, err);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&bytes);
    return rc;
}

static int read_sections(struct fl_vectors *vectors, const struct origin *expected, uint32_t count,
                         const char *path, struct fl_err *err)
{
    const struct fl_model_file *file = &vectors->file;
    const void *origin, *scale, *vector;
    int rc = fl_model_file_section(file, "origin", sizeof *expected, 1, &origin, NULL, err);
    if (!rc && memcmp(origin, expected, sizeof *expected) != 0)
        rc = fl_err_set(err, FL_ECHANGED, "'%s' was made from something else", path);
    if (!rc)
        rc = fl_model_file_section(file, "scale", sizeof(float), count, &scale, NULL, err);
    if (!rc)
        rc =
            fl_model_file_section(file, "vector", (size_t)expected->dim, count, &vector, NULL, err);
    if (rc)
        return rc;
    vectors->scale = scale;
    vectors->vector = vector;
    vectors->count = count;
    return 0;
}

int fl_vectors_load(struct fl_vectors *ret_vectors, const struct fl_meaning *meaning, uint64_t key,
                    uint32_t count, const char *path, struct fl_err *err)
{
    struct origin expected = origin_of(meaning, key);
    struct fl_vectors vectors = {0};
    int rc = fl_model_file_open(&vectors.file, path, VECTORS_KIND, err);
    if (rc)
        return rc;
    rc = read_sections(&vectors, &expected, count, path, err);
    if (rc)
        fl_model_file_close(&vectors.file);
    else
        *ret_vectors = vectors;
    return rc;
}

void fl_vectors_destroy(struct fl_vectors *vectors)
{
    free(vectors->memory);
    fl_model_file_close(&vectors->file);
    *vectors = (struct fl_vectors){0};
}
