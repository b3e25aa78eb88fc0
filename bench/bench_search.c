/* bench_search.c: Foreload's lexical stage beside other search engines, on the same catalogues and
 * requests in one run.
 *
 *   bench_search FOLDER          (bench_sets.h; or FORELOAD_DATA)
 *
 * For each set a table in Markdown. Hit rates are those of `foreload eval tools`: over all queries
 * with a need, at most HIT_QUERIES of them, evenly spaced, and among the candidates of a query that
 * names some. Times are over at most TIMED_QUERIES, among all tools: after a round that only warms
 * up, the engines take turns, a round each, until each has had its time; of its rounds the best one
 * (by its median) is printed, because whatever else the machine does only ever adds. Memory is the
 * growth of resident memory of a process that does nothing but build the index and search it once.
 */
#include "base/os.h"
#include "bench_clock.h"
#include "bench_peer.h"
#include "bench_sets.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HIT_QUERIES = 2000,
    TIMED_QUERIES = 200,
    DEPTH = 10,
    ROUNDS = 9,
    BUILDS = 3, /* the fastest counts */
};

static const struct bench_peer *const peers[] = {
    &bench_peer_stage,  &bench_peer_search, &bench_peer_bm25, &bench_peer_fts5,
#ifdef FL_BENCH_XAPIAN
    &bench_peer_xapian,
#endif
};

enum { PEERS = sizeof peers / sizeof *peers, STAGE = 0, FLOOR = 2 };

struct result {
    double recall1, recall5, recall10, comp10; /* percent */
    double p50_us, p99_us;
    double build_ms;
    double resident_bytes; /* −1: not measured */
};

struct queries {
    struct fl_eval_file file;
    struct fl_eval_query *hit;
    struct fl_eval_query *timed;
    uint32_t hit_count, timed_count;
};

struct summary {
    const char *name;
    double floor_comp10, comp10;
};

/* --- queries --- */

static struct fl_eval_query *thinned(const struct fl_eval_query *all, uint32_t count, uint32_t most,
                                     uint32_t *ret_count)
{
    uint32_t kept = count < most ? count : most;
    struct fl_eval_query *thin = calloc(kept + 1, sizeof *thin);
    if (!thin)
        exit(1);
    for (uint32_t i = 0; i < kept; i++)
        thin[i] = all[(uint64_t)i * count / kept];
    *ret_count = kept;
    return thin;
}

/* Queries of all files as often as they are; those whose tool has no unique name are left out. */
static void read_queries(struct queries *q, const struct bench_set *set,
                         const struct fl_catalog *catalog)
{
    *q = (struct queries){0};
    for (uint32_t i = 0; i < set->query_file_count; i++) {
        struct fl_err err;
        struct fl_findings findings = {0};
        if (fl_eval_file_read(&q->file, set->queries[i], catalog, &findings, &err)) {
            fprintf(stderr, "bench: %s: %s\n", set->queries[i], err.message);
            exit(1);
        }
        fl_findings_destroy(&findings);
    }
    q->hit = thinned(q->file.queries, q->file.count, HIT_QUERIES, &q->hit_count);
    q->timed = thinned(q->file.queries, q->file.count, TIMED_QUERIES, &q->timed_count);
}

static void free_queries(struct queries *q)
{
    free(q->hit);
    free(q->timed);
    fl_eval_file_destroy(&q->file);
}

/* --- hit rates --- */

static bool serves(const struct fl_eval_gold *gold, uint32_t document)
{
    for (uint32_t i = 0; i < gold->count; i++)
        if (gold->tools[i] == document)
            return true;
    return false;
}

static uint32_t rank_of(const uint32_t *documents, uint32_t count, const struct fl_eval_gold *gold)
{
    uint32_t rank = 0;
    while (rank < count && !serves(gold, documents[rank]))
        rank++;
    return rank < count ? rank : UINT32_MAX;
}

static void add_hits(struct result *result, const struct fl_eval_query *query,
                     const uint32_t *documents, uint32_t count)
{
    double share = 100.0 / query->gold_count;
    bool all = true;
    for (uint32_t g = 0; g < query->gold_count; g++) {
        uint32_t rank = rank_of(documents, count, &query->gold[g]);
        result->recall1 += rank < 1 ? share : 0;
        result->recall5 += rank < 5 ? share : 0;
        result->recall10 += rank < 10 ? share : 0;
        all &= rank < 10;
    }
    result->comp10 += all ? 100 : 0;
}

static uint32_t sift(uint32_t *documents, uint32_t count, const uint8_t *allowed)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (allowed[documents[i]])
            documents[kept++] = documents[i];
    return kept;
}

static void measure_hits(const struct bench_peer *peer, void *state,
                         const struct bench_corpus *corpus, const struct queries *q,
                         struct result *result)
{
    uint32_t documents = corpus->snapshot->document_count, with_needs = 0;
    uint8_t *allowed = calloc(documents + 1, 1);
    uint32_t *found = calloc(documents + 1, sizeof *found);
    if (!allowed || !found)
        exit(1);
    for (uint32_t i = 0; i < q->hit_count; i++) {
        const struct fl_eval_query *query = &q->hit[i];
        if (!query->gold_count)
            continue;
        bool restricted = query->candidate_count > 0;
        for (uint32_t c = 0; c < query->candidate_count; c++)
            allowed[query->candidates[c]] = 1;
        struct bench_query asked = {query->text, i, restricted ? allowed : NULL};
        uint32_t depth = restricted && !peer->sifts ? documents : DEPTH;
        uint32_t count = peer->search(state, &asked, found, depth);
        if (restricted && !peer->sifts)
            count = sift(found, count, allowed);
        add_hits(result, query, found, count);
        with_needs++;
        for (uint32_t c = 0; c < query->candidate_count; c++)
            allowed[query->candidates[c]] = 0;
    }
    result->recall1 /= with_needs;
    result->recall5 /= with_needs;
    result->recall10 /= with_needs;
    result->comp10 /= with_needs;
    free(allowed);
    free(found);
}

/* --- times --- */

static void time_round(const struct bench_peer *peer, void *state, const struct queries *q,
                       double *latencies, struct result *result)
{
    uint32_t found[DEPTH];
    for (uint32_t i = 0; i < q->timed_count; i++) {
        struct bench_query asked = {q->timed[i].text, i, NULL};
        double start = bench_now_us();
        peer->search(state, &asked, found, DEPTH);
        latencies[i] = bench_now_us() - start;
    }
    double p50 = bench_percentile(latencies, q->timed_count, 0.5);
    double p99 = bench_percentile(latencies, q->timed_count, 0.99);
    if (!result->p50_us || p50 < result->p50_us)
        result->p50_us = p50;
    if (!result->p99_us || p99 < result->p99_us)
        result->p99_us = p99;
}

static void measure_times(void *const *states, const struct queries *q, struct result *results)
{
    double *latencies = calloc(q->timed_count + 1, sizeof *latencies);
    if (!latencies)
        exit(1);
    for (int round = 0; round <= ROUNDS; round++)
        for (int p = 0; p < PEERS; p++) {
            struct result warm_up = {0};
            if (states[p])
                time_round(peers[p], states[p], q, latencies, round ? &results[p] : &warm_up);
        }
    free(latencies);
}

/* --- memory --- */

static double resident_growth(const struct bench_peer *peer, const struct bench_corpus *corpus,
                              const struct queries *q)
{
    uint32_t found[DEPTH];
    double ms;
    malloc_trim(0);
    size_t before = fl_os_resident_bytes();
    void *state = peer->build(corpus, &ms);
    if (!state)
        return -1;
    struct bench_query asked = {q->timed[0].text, 0, NULL};
    peer->search(state, &asked, found, DEPTH);
    malloc_trim(0);
    double growth = (double)fl_os_resident_bytes() - (double)before;
    peer->free(state);
    return growth;
}

/* In a process of its own: memory that another engine gave back would be used again unseen. */
static double measure_memory(const struct bench_peer *peer, const struct bench_corpus *corpus,
                             const struct queries *q)
{
    int ends[2];
    double growth = -1;
    fflush(NULL);
    if (pipe(ends))
        return -1;
    pid_t child = fork();
    if (child == 0) {
        growth = resident_growth(peer, corpus, q);
        _exit(write(ends[1], &growth, sizeof growth) != sizeof growth);
    }
    close(ends[1]);
    if (child < 0 || read(ends[0], &growth, sizeof growth) != sizeof growth)
        growth = -1;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    return growth;
}

/* --- one set --- */

static void print_row(const struct bench_peer *peer, const struct result *r,
                      const struct result *stage)
{
    printf("| %s ", peer->name);
    if (peer->ranks)
        printf("| %.1f | %.1f | %.1f | %.1f ", r->recall1, r->recall5, r->recall10, r->comp10);
    else
        printf("| | | | ");
    printf("| %.1f | %.1f ", r->p50_us, r->p99_us);
    if (r == stage || !peer->ranks)
        printf("| | ");
    else
        printf("| %.1f | %.1f ", r->p50_us / stage->p50_us, r->p99_us / stage->p99_us);
    if (peer->ranks)
        printf("| %.1f | %.0f |\n", r->build_ms, r->resident_bytes / 1024);
    else
        printf("| | |\n");
}

static void print_table(const struct bench_set *set, const struct bench_corpus *corpus,
                        const struct queries *q, void *const *states, const struct result *results)
{
    printf("\n**%s**: %u tools, %u queries for hit rates, %u for times\n\n", set->name,
           corpus->count, q->hit_count, q->timed_count);
    printf("| engine | R@1 | R@5 | R@10 | comp@10 | p50 µs | p99 µs | ×p50 | ×p99 | build ms "
           "| memory KiB |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int p = 0; p < PEERS; p++)
        if (states[p])
            print_row(peers[p], &results[p], &results[STAGE]);
    fflush(stdout);
}

static void *build_best(const struct bench_peer *peer, const struct bench_corpus *corpus,
                        double *ret_ms)
{
    void *state = NULL;
    for (int i = 0; i < BUILDS; i++) {
        double ms = 0;
        peer->free(state);
        state = peer->build(corpus, &ms);
        if (i == 0 || ms < *ret_ms)
            *ret_ms = ms;
    }
    return state;
}

static void measure_set(const struct bench_set *set, struct summary *ret_summary)
{
    struct bench_corpus corpus;
    struct queries q;
    struct result results[PEERS] = {{0}};
    void *states[PEERS];
    struct fl_engine *engine = bench_set_load(set, NULL);
    if (bench_corpus_init(&corpus, engine))
        exit(1);
    read_queries(&q, set, &corpus.snapshot->catalog);
    for (int p = 0; p < PEERS; p++)
        results[p].resident_bytes = measure_memory(peers[p], &corpus, &q);
    for (int p = 0; p < PEERS; p++) {
        states[p] = build_best(peers[p], &corpus, &results[p].build_ms);
        if (states[p] && peers[p]->ranks)
            measure_hits(peers[p], states[p], &corpus, &q, &results[p]);
    }
    measure_times(states, &q, results);
    print_table(set, &corpus, &q, states, results);
    *ret_summary = (struct summary){set->name, results[FLOOR].comp10, results[STAGE].comp10};
    for (int p = 0; p < PEERS; p++)
        peers[p]->free(states[p]);
    free_queries(&q);
    bench_corpus_destroy(&corpus);
    fl_engine_free(engine);
}

static void print_summary(const struct summary *summaries, uint32_t count)
{
    double floor = 0, comp = 0;
    printf("\n**Against plain BM25**, comp@10 in percent\n\n"
           "| set | plain BM25 | Foreload | points |\n|---|--:|--:|--:|\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct summary *s = &summaries[i];
        printf("| %s | %.1f | %.1f | %+.1f |\n", s->name, s->floor_comp10, s->comp10,
               s->comp10 - s->floor_comp10);
        floor += s->floor_comp10 / count;
        comp += s->comp10 / count;
    }
    printf("| mean of the sets | %.1f | %.1f | %+.1f |\n", floor, comp, comp - floor);
}

int main(int argc, char **argv)
{
    struct bench_sets sets;
    struct summary summaries[BENCH_SETS_MAX + 1];
    const char *only = argc > 2 ? argv[2] : NULL; /* sets whose name holds this */
    bench_sets_find(&sets, bench_data_folder(argc, argv));
    uint32_t measured = 0;
    for (uint32_t i = 0; i < sets.count; i++)
        if (!only || strstr(sets.items[i].name, only))
            measure_set(&sets.items[i], &summaries[measured++]);
    if (measured)
        print_summary(summaries, measured);
    if (sets.all.catalog_count > 1 && (!only || strstr(sets.all.name, only)))
        measure_set(&sets.all, &summaries[measured]);
    bench_sets_destroy(&sets);
    return 0;
}
