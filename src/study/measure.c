/* measure.c: see measure.h. */
#include "study/measure.h"

#include <math.h>
#include <stdlib.h>

enum { CUT_RECALL = 5, CUT_COMPLETE = 10 };

struct ranking {
    const struct fl_study *study;
    const struct fl_study_set *set;
    const struct fl_encoder *encoder;
    const struct fl_kernels *kernels;
    float *sum; /* [dim] */
    int8_t *rows, *request;
    float *scales, *score;
};

static void add_text(struct ranking *r, uint32_t text, float weight)
{
    const struct fl_corpus *corpus = &r->study->corpus;
    const struct fl_wordvec *table = &r->encoder->words;
    if (text == FL_STUDY_NO_TEXT)
        return;
    for (uint32_t i = corpus->first[text]; i < corpus->first[text + 1]; i++) {
        struct fl_str word = corpus->words[corpus->tokens[i]].text;
        uint32_t row = fl_wordvec_find(table, fl_embed_word_hash(word));
        uint32_t grams[FL_EMBED_MAX_GRAMS];
        if (row != FL_WORDVEC_NONE)
            fl_wordvec_add_word(table, r->kernels, row, weight, r->sum);
        else
            fl_wordvec_add_grams(table, r->kernels, grams, fl_embed_grams(word, grams), weight,
                                 r->sum);
    }
}

static float embed_document(struct ranking *r, uint32_t document, int8_t *vector)
{
    memset(r->sum, 0, fl_encoder_dim(r->encoder) * sizeof *r->sum);
    for (unsigned f = 0; f < FL_EMBED_FIELD_COUNT; f++)
        add_text(r, r->study->documents[document].text[f], r->encoder->weights[f]);
    return fl_encoder_finish(r->encoder, r->kernels, r->sum, vector);
}

static void score_query(struct ranking *r, const struct fl_study_query *query)
{
    size_t dim = fl_encoder_dim(r->encoder);
    memset(r->sum, 0, dim * sizeof *r->sum);
    add_text(r, query->text, 1);
    float scale = fl_encoder_finish(r->encoder, r->kernels, r->sum, r->request);
    r->kernels->matvec_i8(r->rows, r->scales, r->request, scale, NULL, r->score,
                          r->set->document_count, dim);
}

static void count_query(struct ranking *r, const struct fl_study_query *query,
                        struct fl_measure *measure)
{
    uint32_t best[CUT_COMPLETE], found5 = 0, found10 = 0;
    size_t n = r->kernels->top_k(r->score, r->set->document_count, best, CUT_COMPLETE);
    for (uint32_t g = 0; g < query->gold_count; g++)
        for (uint32_t i = 0; i < n; i++)
            if (r->set->first_document + best[i] == r->study->gold[query->first_gold + g]) {
                found5 += i < CUT_RECALL;
                found10++;
            }
    measure->queries++;
    measure->recall5 += (double)found5 / query->gold_count;
    measure->complete10 += found10 == query->gold_count;
}

static void rank_all(struct ranking *r, struct fl_measure *measure)
{
    const struct fl_study_set *set = r->set;
    size_t dim = fl_encoder_dim(r->encoder);
    for (uint32_t i = 0; i < set->document_count; i++)
        r->scales[i] = embed_document(r, set->first_document + i, r->rows + i * dim);
    for (uint32_t q = set->first_query; q < set->first_query + set->query_count; q++) {
        score_query(r, &r->study->queries[q]);
        count_query(r, &r->study->queries[q], measure);
    }
    if (measure->queries) {
        measure->recall5 /= measure->queries;
        measure->complete10 /= measure->queries;
    }
    measure->documents = set->document_count;
    if (set->document_count)
        measure->chance5 = fmin(1, (double)CUT_RECALL / set->document_count);
}

int fl_measure_set(const struct fl_study *study, const struct fl_study_set *set,
                   const struct fl_encoder *encoder, const struct fl_kernels *kernels,
                   struct fl_measure *ret_measure)
{
    size_t dim = fl_encoder_dim(encoder), count = set->document_count;
    struct ranking r = {.study = study,
                        .set = set,
                        .encoder = encoder,
                        .kernels = kernels,
                        .sum = calloc(dim, sizeof *r.sum),
                        .rows = calloc((count + 1) * dim, 1),
                        .request = calloc(dim, 1),
                        .scales = calloc(count + 1, sizeof *r.scales),
                        .score = calloc(count + 1, sizeof *r.score)};
    int rc = r.sum && r.rows && r.request && r.scales && r.score ? 0 : -FL_ENOMEM;
    if (!rc) {
        *ret_measure = (struct fl_measure){0};
        rank_all(&r, ret_measure);
    }
    free(r.sum);
    free(r.rows);
    free(r.request);
    free(r.scales);
    free(r.score);
    return rc;
}
