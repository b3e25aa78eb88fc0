/* past.c: see past.h. */
#include "snapshot/past.h"

#include "learn/history.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)FL_PAST_KEY_BYTES == (int)FL_STORE_KEY_BYTES, "keys are those of samples");

/* --- the very words --- */

static int by_key(const void *a, const void *b)
{
    const struct fl_past_words *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    return order ? order : (x->document > y->document) - (x->document < y->document);
}

static int remember_words(struct fl_past *past, const struct fl_past_use *uses, uint32_t count)
{
    past->words = calloc((size_t)count + 1, sizeof *past->words);
    if (!past->words)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < count; i++) {
        struct fl_past_words *words = &past->words[past->word_count];
        int rc = fl_sample_key(uses[i].text, words->key);
        if (rc == -FL_ENOMEM)
            return rc;
        words->document = uses[i].document;
        past->word_count += !rc;
    }
    qsort(past->words, past->word_count, sizeof *past->words, by_key);
    return 0;
}

int fl_past_find(const struct fl_past *past, struct fl_str text,
                 const struct fl_past_words **ret_words, uint32_t *ret_count)
{
    *ret_count = 0;
    if (!past->word_count)
        return 0;
    struct fl_past_words wanted = {.document = 0};
    int rc = fl_sample_key(text, wanted.key);
    if (rc)
        return rc;
    uint32_t first = 0, end = past->word_count;
    while (first < end) {
        uint32_t middle = first + (end - first) / 2;
        if (by_key(&past->words[middle], &wanted) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    *ret_words = past->words + first;
    while (first + *ret_count < past->word_count &&
           !memcmp(past->words[first + *ret_count].key, wanted.key, sizeof wanted.key))
        ++*ret_count;
    return 0;
}

/* --- likeness --- */

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* How close requests of one document lie to each other, from the requests themselves. */
static int measure_likeness(struct fl_past *past, const struct fl_meaning *meaning)
{
    const struct fl_vectors *v = &past->vectors;
    size_t dim = fl_encoder_dim(&meaning->encoder);
    float *cosines = calloc((size_t)v->count + 1, sizeof *cosines);
    float *nearest = calloc((size_t)v->count + 1, sizeof *nearest);
    uint32_t known = 0;
    for (uint32_t i = 0; cosines && nearest && i < v->count; i++) {
        float best = -1;
        meaning->kernels->matvec_i8(v->vector, v->scale, v->vector + i * dim, v->scale[i], NULL,
                                    cosines, v->count, dim);
        for (uint32_t k = 0; k < v->count; k++)
            if (k != i && past->documents[k] == past->documents[i] && cosines[k] > best)
                best = cosines[k];
        if (best > -1)
            nearest[known++] = best;
    }
    int rc = cosines && nearest ? 0 : -FL_ENOMEM;
    past->alike = FL_PAST_ALIKE;
    if (known) {
        qsort(nearest, known, sizeof *nearest, by_value);
        past->alike = nearest[known / 10];
    }
    free(cosines);
    free(nearest);
    return rc;
}

static int embed(struct fl_past *past, const struct fl_meaning *meaning,
                 const struct fl_past_use *uses, uint32_t count)
{
    struct fl_str *texts = calloc((size_t)count + 1, sizeof *texts);
    past->documents = calloc((size_t)count + 1, sizeof *past->documents);
    int rc = texts && past->documents ? 0 : -FL_ENOMEM;
    for (uint32_t i = 0; !rc && i < count; i++) {
        texts[i] = uses[i].text;
        past->documents[i] = uses[i].document;
    }
    if (!rc)
        rc = fl_vectors_of_requests(&past->vectors, meaning, texts, count);
    free(texts);
    return rc;
}

int fl_past_build(struct fl_past *past, const struct fl_meaning *meaning,
                  const struct fl_past_use *uses, uint32_t count)
{
    *past = (struct fl_past){0};
    int rc = remember_words(past, uses, count);
    if (rc || !meaning || !count)
        return rc;
    rc = embed(past, meaning, uses, count);
    return rc ? rc : measure_likeness(past, meaning);
}

void fl_past_destroy(struct fl_past *past)
{
    fl_vectors_destroy(&past->vectors);
    free(past->documents);
    free(past->words);
    *past = (struct fl_past){0};
}
