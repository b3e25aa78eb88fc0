/* bench_hits.c: hit rates of every data set, and nothing else: what a change does to them, quickly.
 *
 *   bench_hits FOLDER [SET]          (bench_sets.h; SET: only sets whose name holds it)
 *
 * At most QUERIES of a set, evenly spaced, among all tools. */
#include "bench_sets.h"
#include "engine/engine.h"
#include "rank/rank.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUERIES = 2000, DEPTH = 10 };

struct hits {
    double recall1, recall5, recall10, comp10, mrr;
    uint32_t queries;
};

static uint32_t rank_of(const struct fl_ranking *ranking, const struct fl_eval_gold *gold)
{
    for (uint32_t i = 0; i < ranking->count && i < DEPTH; i++)
        for (uint32_t g = 0; g < gold->count; g++)
            if (ranking->candidates[i].document == gold->tools[g])
                return i;
    return UINT32_MAX;
}

static void add(struct hits *hits, const struct fl_ranking *ranking,
                const struct fl_eval_query *query)
{
    double share = 100.0 / query->gold_count;
    uint32_t best = UINT32_MAX;
    bool all = true;
    for (uint32_t g = 0; g < query->gold_count; g++) {
        uint32_t rank = rank_of(ranking, &query->gold[g]);
        hits->recall1 += rank < 1 ? share : 0;
        hits->recall5 += rank < 5 ? share : 0;
        hits->recall10 += rank < 10 ? share : 0;
        all &= rank < 10;
        best = rank < best ? rank : best;
    }
    hits->comp10 += all ? 100 : 0;
    hits->mrr += best < DEPTH ? 100.0 / (best + 1) : 0;
    hits->queries++;
}

static struct hits measure(const struct bench_set *set)
{
    struct fl_engine *engine = bench_set_load(set, NULL);
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    struct fl_eval_file file = {0};
    struct hits hits = {0};
    for (uint32_t f = 0; f < set->query_file_count; f++) {
        struct fl_findings findings = {0};
        struct fl_err err;
        if (fl_eval_file_read(&file, set->queries[f], &snapshot->catalog, &findings, &err)) {
            fprintf(stderr, "bench: %s\n", err.message);
            exit(1);
        }
        fl_findings_destroy(&findings);
    }
    struct fl_ranker *ranker = fl_ranker_take(snapshot);
    uint32_t kept = file.count < QUERIES ? file.count : QUERIES;
    for (uint32_t i = 0; i < kept; i++) {
        const struct fl_eval_query *query = &file.queries[(uint64_t)i * file.count / kept];
        if (!query->gold_count)
            continue;
        if (!ranker || engine->scorer->rank(ranker, snapshot, fl_str_of(query->text), NULL))
            exit(1);
        add(&hits, &ranker->ranking, query);
    }
    fl_ranker_give(snapshot, ranker);
    fl_eval_file_destroy(&file);
    fl_snapshot_unpin(snapshot);
    fl_engine_free(engine);
    return hits;
}

static void print(const char *name, const struct hits *h, double n)
{
    printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f |\n", name, h->recall1 / n, h->recall5 / n,
           h->recall10 / n, h->comp10 / n, h->mrr / n);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench_sets sets;
    struct hits mean = {0};
    const char *only = argc > 2 ? argv[2] : NULL;
    uint32_t count = 0;
    bench_sets_find(&sets, bench_data_folder(argc, argv));
    printf("| set | R@1 | R@5 | R@10 | comp@10 | mrr@10 |\n|---|--:|--:|--:|--:|--:|\n");
    for (uint32_t i = 0; i <= sets.count; i++) {
        const struct bench_set *set = i < sets.count ? &sets.items[i] : &sets.all;
        if (only && !strstr(set->name, only))
            continue;
        struct hits h = measure(set);
        print(set->name, &h, h.queries);
        if (i == sets.count)
            break;
        mean.recall1 += h.recall1 / h.queries;
        mean.recall5 += h.recall5 / h.queries;
        mean.recall10 += h.recall10 / h.queries;
        mean.comp10 += h.comp10 / h.queries;
        mean.mrr += h.mrr / h.queries;
        count++;
    }
    if (count > 1)
        print("mean", &mean, count);
    bench_sets_destroy(&sets);
    return 0;
}
