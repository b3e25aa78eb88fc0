/* similar.c: see similar.h. */
#include "rank/similar.h"

#include <math.h>
#include <stdlib.h>

int fl_similar_documents_init(struct fl_similar_documents *similar,
                              const struct fl_snapshot *snapshot)
{
    *similar = (struct fl_similar_documents){0};
    const struct fl_meaning *meaning = snapshot->meaning;
    if (!meaning)
        return 0;
    similar->request = malloc(fl_encoder_dim(&meaning->encoder));
    similar->similarity = calloc(snapshot->document_count + 1, sizeof *similar->similarity);
    if (!similar->request || !similar->similarity)
        return -FL_ENOMEM;
    return fl_embedder_init(&similar->embedder, &meaning->encoder, meaning->kernels);
}

void fl_similar_documents_destroy(struct fl_similar_documents *similar)
{
    fl_embedder_destroy(&similar->embedder);
    free(similar->request);
    free(similar->similarity);
    free(similar->past_similarity);
    *similar = (struct fl_similar_documents){0};
}

static void find_moments(struct fl_similar_documents *similar, uint32_t count)
{
    float sum = 0, squares = 0, n = (float)count;
    for (uint32_t d = 0; d < count; d++) {
        sum += similar->similarity[d];
        squares += similar->similarity[d] * similar->similarity[d];
    }
    similar->mean = sum / n;
    float variance = squares / n - similar->mean * similar->mean;
    similar->deviation = variance > 0 ? sqrtf(variance) : 0;
}

/* Documents that are not allowed count as NaN, which is never among the best, and are 0 after. */
static void find_best(struct fl_similar_documents *similar, const struct fl_kernels *kernels,
                      uint32_t count, const uint8_t *allowed)
{
    for (uint32_t d = 0; allowed && d < count; d++)
        if (!allowed[d])
            similar->similarity[d] = NAN;
    similar->best_count =
        (uint32_t)kernels->top_k(similar->similarity, count, similar->best, FL_SIMILAR_BEST);
}

static void add_vote(struct fl_similar_documents *similar, uint32_t document, float weight,
                     float similarity)
{
    uint32_t i = 0;
    while (i < similar->vote_count && similar->votes[i].document != document)
        i++;
    if (i == similar->vote_count)
        similar->votes[similar->vote_count++] = (struct fl_similar_vote){document, 0, similarity};
    similar->votes[i].share += weight;
}

/* The nearest past requests vote for what served them: one that lies VOTE_STEP further away has e
 * times less to say, and one that is less alike than its own kind nothing. */
static void count_votes(struct fl_similar_documents *similar, const struct fl_meaning *meaning,
                        const struct fl_past *past, float scale, const uint8_t *allowed)
{
    const float vote_step = 0.05f;
    const struct fl_vectors *requests = &past->vectors;
    const struct fl_kernels *kernels = meaning->kernels;
    uint32_t nearest[FL_SIMILAR_EXAMPLES];
    float sum = 0;
    kernels->matvec_i8(requests->vector, requests->scale, similar->request, scale, NULL,
                       similar->past_similarity, requests->count,
                       fl_encoder_dim(&meaning->encoder));
    size_t count =
        kernels->top_k(similar->past_similarity, requests->count, nearest, FL_SIMILAR_EXAMPLES);
    for (size_t i = 0; i < count; i++) {
        float similarity = similar->past_similarity[nearest[i]];
        float less = similar->past_similarity[nearest[0]] - similarity;
        uint32_t document = past->documents[nearest[i]];
        if (similarity < past->alike || (allowed && !allowed[document]))
            continue;
        float weight = expf(-less / vote_step);
        add_vote(similar, document, weight, similarity);
        sum += weight;
    }
    for (uint32_t i = 0; i < similar->vote_count; i++)
        similar->votes[i].share /= sum;
}

static int make_room(struct fl_similar_documents *similar, uint32_t past_requests)
{
    if (past_requests <= similar->past_capacity)
        return 0;
    float *grown = realloc(similar->past_similarity, past_requests * sizeof *grown);
    if (!grown)
        return -FL_ENOMEM;
    similar->past_similarity = grown;
    similar->past_capacity = past_requests;
    return 0;
}

int fl_similar_documents_find(struct fl_similar_documents *similar,
                              const struct fl_snapshot *snapshot, const struct fl_past *past,
                              struct fl_str text, const uint8_t *allowed)
{
    const struct fl_meaning *meaning = snapshot->meaning;
    const struct fl_vectors *vectors = &snapshot->vectors;
    float scale;
    similar->best_count = similar->vote_count = 0;
    if (make_room(similar, past->vectors.count) ||
        fl_embed_request(&similar->embedder, text, similar->request, &scale))
        return -FL_ENOMEM;
    similar->silent = scale <= 0 || !vectors->count;
    if (similar->silent)
        return 0;
    meaning->kernels->matvec_i8(vectors->vector, vectors->scale, similar->request, scale, NULL,
                                similar->similarity, vectors->count,
                                fl_encoder_dim(&meaning->encoder));
    find_moments(similar, vectors->count);
    find_best(similar, meaning->kernels, vectors->count, allowed);
    if (past->vectors.count)
        count_votes(similar, meaning, past, scale, allowed);
    return 0;
}

const struct fl_similar_vote *fl_similar_vote_for(const struct fl_similar_documents *similar,
                                                  uint32_t document)
{
    static const struct fl_similar_vote none = {0};
    for (uint32_t i = 0; i < similar->vote_count; i++)
        if (similar->votes[i].document == document)
            return &similar->votes[i];
    return &none;
}

float fl_similar_outstanding(const struct fl_similar_documents *similar, float similarity)
{
    const float least_deviation = 0.02f; /* a handful of documents has none */
    float deviation = similar->deviation > least_deviation ? similar->deviation : least_deviation;
    return (similarity - similar->mean) / deviation;
}
