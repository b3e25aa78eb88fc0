/* peer_foreload.c: Foreload's lexical stage, whole and its search alone. */
#include "bench_clock.h"
#include "bench_peer.h"
#include "rank/rank.h"

#include <stdio.h>
#include <stdlib.h>

struct stage {
    const struct fl_scorer *scorer;
    struct fl_snapshot *snapshot;
    struct fl_ranker *ranker;
    struct fl_query **analyzed; /* [analyzed_count] of the search alone: by number of the query */
    uint32_t analyzed_count;
};

static void stage_free(void *peer)
{
    struct stage *stage = peer;
    if (!stage)
        return;
    for (uint32_t i = 0; i < stage->analyzed_count; i++)
        free(stage->analyzed[i]);
    free(stage->analyzed);
    fl_ranker_give(stage->snapshot, stage->ranker);
    fl_snapshot_unpin(stage->snapshot);
    free(stage);
}

/* The same catalogue indexed once more: the index alone, without reading files. */
static void *stage_build(const struct bench_corpus *corpus, double *ret_ms)
{
    struct fl_err err = {0};
    struct stage *stage = calloc(1, sizeof *stage);
    if (!stage)
        return NULL;
    double start = bench_now_us();
    if (fl_snapshot_learn(corpus->snapshot, NULL, &stage->snapshot, &err)) {
        fprintf(stderr, "foreload: %s\n", err.message);
        free(stage);
        return NULL;
    }
    *ret_ms = (bench_now_us() - start) / 1e3;
    stage->scorer = corpus->engine->scorer;
    stage->ranker = fl_ranker_take(stage->snapshot);
    return stage;
}

static uint32_t stage_search(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                             uint32_t capacity)
{
    struct stage *stage = peer;
    const struct fl_ranking *ranking = &stage->ranker->ranking;
    if (stage->scorer->rank(stage->ranker, stage->snapshot, fl_str_of(query->text), query->allowed))
        return 0;
    uint32_t count = ranking->count < capacity ? ranking->count : capacity;
    for (uint32_t i = 0; i < count; i++)
        ret_documents[i] = ranking->candidates[i].document;
    return count;
}

/* The first search for a query analyses it; a round of all queries before the clock starts makes
 * sure that every one was. The search needs no more of the analysis than the struct holds. */
static const struct fl_query *analyzed(struct stage *stage, const struct bench_query *query)
{
    if (query->number >= stage->analyzed_count) {
        uint32_t count = query->number + 256;
        struct fl_query **grown = realloc(stage->analyzed, count * sizeof *grown);
        if (!grown)
            return NULL;
        memset(grown + stage->analyzed_count, 0, (count - stage->analyzed_count) * sizeof *grown);
        stage->analyzed = grown;
        stage->analyzed_count = count;
    }
    struct fl_query **slot = &stage->analyzed[query->number];
    if (*slot || !(*slot = malloc(sizeof **slot)))
        return *slot;
    stage->scorer->rank(stage->ranker, stage->snapshot, fl_str_of(query->text), NULL);
    **slot = stage->ranker->query;
    return *slot;
}

static uint32_t search_search(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                              uint32_t capacity)
{
    struct stage *stage = peer;
    struct fl_hit *hits = stage->ranker->hits;
    const struct fl_query *terms = analyzed(stage, query);
    if (!terms)
        return 0;
    uint32_t found = fl_search_run(&stage->ranker->search, &stage->snapshot->index, terms,
                                   query->allowed, hits, FL_RANK_USUAL);
    uint32_t count = found < capacity ? found : capacity;
    for (uint32_t i = 0; i < count; i++)
        ret_documents[i] = hits[i].document;
    return count;
}

const struct bench_peer bench_peer_stage = {
    .name = "Foreload, text to ranked tools",
    .sifts = true,
    .ranks = true,
    .build = stage_build,
    .search = stage_search,
    .free = stage_free,
};

const struct bench_peer bench_peer_search = {
    .name = "… of it the search alone",
    .sifts = true,
    .build = stage_build,
    .search = search_search,
    .free = stage_free,
};
