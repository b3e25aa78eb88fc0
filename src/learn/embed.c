/* embed.c: see embed.h. */
#include "learn/embed.h"

#include <stdlib.h>

/* Arguments of a request tell little of what is needed. */
static const float LITERAL_WEIGHT = 0.25f, QUOTED_WEIGHT = 0.5f;

int fl_embed_open(struct fl_encoder *ret_encoder, const char *path, struct fl_err *err)
{
    struct fl_encoder encoder;
    int rc = fl_encoder_open(&encoder, path, err);
    if (rc)
        return rc;
    if (encoder.words.head.features != FL_EMBED_VERSION) {
        rc = fl_err_set(err, FL_EVERSION, "%s: made for words of version %u; this program has %d",
                        path, encoder.words.head.features, FL_EMBED_VERSION);
        fl_encoder_close(&encoder);
        return rc;
    }
    *ret_encoder = encoder;
    return 0;
}

int fl_embedder_init(struct fl_embedder *embedder, const struct fl_encoder *encoder,
                     const struct fl_kernels *kernels)
{
    *embedder = (struct fl_embedder){.encoder = encoder, .kernels = kernels};
    embedder->sum = calloc(2 * fl_encoder_dim(encoder), sizeof *embedder->sum);
    if (!embedder->sum)
        return -FL_ENOMEM;
    embedder->field = embedder->sum + fl_encoder_dim(encoder);
    return 0;
}

void fl_embedder_destroy(struct fl_embedder *embedder)
{
    if (!embedder)
        return;
    fl_embed_words_destroy(&embedder->words);
    free(embedder->sum);
    *embedder = (struct fl_embedder){0};
}

/* Adds the vector of word `i` and returns the number of the next one that is not covered by it: a
 * joined word that has a vector stands for its parts, one that has none is left to them. */
static unsigned add_word(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                         const struct fl_embed_words *words, unsigned i, float weight, float *sum)
{
    const struct fl_embed_word *word = &words->items[i];
    uint32_t row = fl_wordvec_find(table, word->hash);
    bool joined = word->flags & FL_TOKEN_JOINED;
    if (row != FL_WORDVEC_NONE) {
        fl_wordvec_add_word(table, kernels, row, weight, sum);
    } else if (!joined) {
        uint32_t grams[FL_EMBED_MAX_GRAMS];
        unsigned count = fl_embed_grams(word->text, grams);
        fl_wordvec_add_grams(table, kernels, grams, count, weight, sum);
    }
    i++;
    while (joined && row != FL_WORDVEC_NONE && i < words->count &&
           words->items[i].flags & FL_TOKEN_PART)
        i++;
    return i;
}

static float weight_of(uint16_t flags)
{
    return flags & FL_TOKEN_LITERAL ? LITERAL_WEIGHT : flags & FL_TOKEN_QUOTED ? QUOTED_WEIGHT : 1;
}

int fl_embed_request(struct fl_embedder *embedder, struct fl_str text, int8_t *ret_vector,
                     float *ret_scale)
{
    size_t dim = fl_encoder_dim(embedder->encoder);
    int rc = fl_embed_words_read(&embedder->words, text, FL_TOKENIZE_REQUEST);
    if (rc)
        return rc;
    memset(embedder->sum, 0, dim * sizeof *embedder->sum);
    for (unsigned i = 0; i < embedder->words.count;)
        i = add_word(&embedder->encoder->words, embedder->kernels, &embedder->words, i,
                     weight_of(embedder->words.items[i].flags), embedder->sum);
    *ret_scale = fl_encoder_finish(embedder->encoder, embedder->kernels, embedder->sum, ret_vector);
    return 0;
}

int fl_embed_document(struct fl_embedder *embedder,
                      const struct fl_str fields[FL_EMBED_FIELD_COUNT], int8_t *ret_vector,
                      float *ret_scale)
{
    size_t dim = fl_encoder_dim(embedder->encoder);
    memset(embedder->sum, 0, dim * sizeof *embedder->sum);
    for (unsigned f = 0; f < FL_EMBED_FIELD_COUNT; f++) {
        int rc = fl_embed_words_read(&embedder->words, fields[f], FL_TOKENIZE_DOCUMENT);
        if (rc)
            return rc;
        for (unsigned i = 0; i < embedder->words.count;)
            i = add_word(&embedder->encoder->words, embedder->kernels, &embedder->words, i,
                         embedder->encoder->weights[f], embedder->sum);
    }
    *ret_scale = fl_encoder_finish(embedder->encoder, embedder->kernels, embedder->sum, ret_vector);
    return 0;
}

int fl_embed_sequence(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                      struct fl_embed_words *words, struct fl_str text, float *ret, unsigned max)
{
    size_t dim = table->head.dim;
    int rc = fl_embed_words_read(words, text, FL_TOKENIZE_REQUEST);
    if (rc)
        return rc;
    unsigned count = 0;
    for (unsigned i = 0; i < words->count && count < max;) {
        float *vector = ret + count * dim;
        const struct fl_embed_word *word = &words->items[i];
        bool left_out =
            word->flags & FL_TOKEN_JOINED && fl_wordvec_find(table, word->hash) == FL_WORDVEC_NONE;
        memset(vector, 0, dim * sizeof *vector);
        i = add_word(table, kernels, words, i, 1, vector);
        count += !left_out;
    }
    return (int)count;
}
