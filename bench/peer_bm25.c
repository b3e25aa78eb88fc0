/* peer_bm25.c: plain BM25, the floor of hit rates.
 *
 *   score(q,d) = Σ_t ln(1 + (N − n_t + ½)/(n_t + ½)) · tf · (k1 + 1) / (tf + k1 · (1 − b + b ·
 * len/avglen))
 *
 * over one text a tool: name, description, names of parameters, name of the server. Porter2 stems,
 * no stop words; a word that the request says twice counts twice. The per-posting part is worked
 * out while building, sums are dense. */
#include "base/strmap.h"
#include "bench_clock.h"
#include "bench_peer.h"

#include <libstemmer.h>
#include <math.h>
#include <stdlib.h>

static const float K1 = 1.2f, B = 0.75f;
static const enum fl_field fields[] = {FL_FIELD_NAME, FL_FIELD_DESCRIPTION, FL_FIELD_PARAMETER,
                                       FL_FIELD_COMPONENT};

struct posting {
    uint32_t document;
    float score; /* tf until the index is complete */
};

struct term {
    struct posting *postings;
    uint32_t count, capacity;
};

struct bm25 {
    struct fl_arena arena;
    struct sb_stemmer *stemmer;
    struct fl_strmap numbers; /* stem → term */
    struct term *terms;
    uint32_t term_count, term_capacity;
    float *lengths; /* [documents] */
    float *sums;    /* [documents] */
    uint32_t documents;
    uint32_t present; /* document being added */
    bool failed;
};

static void bm25_free(void *peer)
{
    struct bm25 *bm25 = peer;
    if (!bm25)
        return;
    for (uint32_t t = 0; t < bm25->term_count; t++)
        free(bm25->terms[t].postings);
    free(bm25->terms);
    free(bm25->lengths);
    free(bm25->sums);
    fl_strmap_destroy(&bm25->numbers);
    fl_arena_destroy(&bm25->arena);
    sb_stemmer_delete(bm25->stemmer);
    free(bm25);
}

static struct fl_str stem_of(struct bm25 *bm25, struct fl_str word)
{
    const sb_symbol *stem =
        sb_stemmer_stem(bm25->stemmer, (const sb_symbol *)word.ptr, (int)word.len);
    return stem ? (struct fl_str){(const char *)stem, (size_t)sb_stemmer_length(bm25->stemmer)}
                : word;
}

static struct term *term_of(struct bm25 *bm25, struct fl_str stem)
{
    uint32_t number = fl_strmap_get(&bm25->numbers, stem);
    if (number != FL_STRMAP_NONE)
        return &bm25->terms[number];
    if (bm25->term_count == bm25->term_capacity) {
        uint32_t capacity = bm25->term_capacity ? bm25->term_capacity * 2 : 4096;
        struct term *grown = realloc(bm25->terms, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        bm25->terms = grown;
        bm25->term_capacity = capacity;
    }
    char *key = fl_arena_strndup(&bm25->arena, stem.ptr, stem.len);
    if (!key || fl_strmap_put(&bm25->numbers, (struct fl_str){key, stem.len}, bm25->term_count))
        return NULL;
    bm25->terms[bm25->term_count] = (struct term){0};
    return &bm25->terms[bm25->term_count++];
}

static void add_word(void *ctx, struct fl_str word)
{
    struct bm25 *bm25 = ctx;
    struct term *term = term_of(bm25, stem_of(bm25, word));
    if (!term) {
        bm25->failed = true;
        return;
    }
    bm25->lengths[bm25->present]++;
    if (term->count && term->postings[term->count - 1].document == bm25->present) {
        term->postings[term->count - 1].score++;
        return;
    }
    if (term->count == term->capacity) {
        uint32_t capacity = term->capacity ? term->capacity * 2 : 4;
        struct posting *grown = realloc(term->postings, capacity * sizeof *grown);
        if (!grown) {
            bm25->failed = true;
            return;
        }
        term->postings = grown;
        term->capacity = capacity;
    }
    term->postings[term->count++] = (struct posting){bm25->present, 1};
}

static void finish(struct bm25 *bm25)
{
    float average = 0;
    for (uint32_t d = 0; d < bm25->documents; d++)
        average += bm25->lengths[d] / (float)bm25->documents;
    for (uint32_t t = 0; t < bm25->term_count; t++) {
        struct term *term = &bm25->terms[t];
        float n = (float)term->count;
        float idf = logf(1 + ((float)bm25->documents - n + 0.5f) / (n + 0.5f));
        for (uint32_t i = 0; i < term->count; i++) {
            struct posting *p = &term->postings[i];
            float length = bm25->lengths[p->document] / average;
            p->score = idf * p->score * (K1 + 1) / (p->score + K1 * (1 - B + B * length));
        }
    }
}

static void *bm25_build(const struct bench_corpus *corpus, double *ret_ms)
{
    double start = bench_now_us();
    struct bm25 *bm25 = calloc(1, sizeof *bm25);
    if (!bm25)
        return NULL;
    bm25->documents = corpus->count;
    bm25->stemmer = sb_stemmer_new("english", "UTF_8");
    bm25->lengths = calloc(corpus->count + 1, sizeof *bm25->lengths);
    bm25->sums = calloc(corpus->count + 1, sizeof *bm25->sums);
    if (!bm25->stemmer || !bm25->lengths || !bm25->sums) {
        bm25_free(bm25);
        return NULL;
    }
    for (bm25->present = 0; bm25->present < corpus->count; bm25->present++)
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            bench_words(corpus->texts[bm25->present][fields[f]], add_word, bm25);
    finish(bm25);
    if (bm25->failed) {
        bm25_free(bm25);
        return NULL;
    }
    *ret_ms = (bench_now_us() - start) / 1e3;
    return bm25;
}

static void sum_word(void *ctx, struct fl_str word)
{
    struct bm25 *bm25 = ctx;
    uint32_t number = fl_strmap_get(&bm25->numbers, stem_of(bm25, word));
    if (number == FL_STRMAP_NONE)
        return;
    const struct term *term = &bm25->terms[number];
    for (uint32_t i = 0; i < term->count; i++)
        bm25->sums[term->postings[i].document] += term->postings[i].score;
}

/* By insertion into the best so far: equal scores in the order of documents. */
static uint32_t bm25_search(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                            uint32_t capacity)
{
    struct bm25 *bm25 = peer;
    memset(bm25->sums, 0, bm25->documents * sizeof *bm25->sums);
    bench_words(query->text, sum_word, bm25);
    uint32_t count = 0;
    for (uint32_t d = 0; d < bm25->documents; d++) {
        float sum = bm25->sums[d];
        if (sum <= 0 || (count == capacity && sum <= bm25->sums[ret_documents[count - 1]]))
            continue;
        uint32_t at = count < capacity ? count++ : count - 1;
        for (; at > 0 && bm25->sums[ret_documents[at - 1]] < sum; at--)
            ret_documents[at] = ret_documents[at - 1];
        ret_documents[at] = d;
    }
    return count;
}

const struct bench_peer bench_peer_bm25 = {
    .name = "plain BM25",
    .ranks = true,
    .build = bm25_build,
    .search = bm25_search,
    .free = bm25_free,
};
