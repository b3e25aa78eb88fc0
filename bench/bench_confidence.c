/* bench_confidence.c: is a confidence of 70 percent right in 70 of 100 cases?
 *
 *   bench_confidence FOLDER          (bench_sets.h; or FORELOAD_DATA)
 *
 * Of the DEPTH best candidates of every query (at most ROWS_PER_SET of a set, evenly spaced, and
 * without those that name candidates), how sure Foreload is that each is needed, against whether it
 * was. Sets weigh the same whatever their size. Beside the table the expected calibration error:
 * the mean distance of the two columns, by share. */
#include "bench_sets.h"
#include "engine/engine.h"
#include "rank/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_PER_SET = 3000, DEPTH = 20, BINS = 10 };

struct reliability {
    double said[BINS], was[BINS], weight[BINS];
};

static void add(struct reliability *r, double said, bool was, double weight)
{
    int bin = said >= 1 ? BINS - 1 : (int)(said * BINS);
    r->said[bin] += said * weight;
    r->was[bin] += was ? weight : 0;
    r->weight[bin] += weight;
}

static void add_all(struct reliability *to, const struct reliability *from)
{
    double total = 0;
    for (int b = 0; b < BINS; b++)
        total += from->weight[b];
    for (int b = 0; b < BINS && total > 0; b++) {
        to->said[b] += from->said[b] / total;
        to->was[b] += from->was[b] / total;
        to->weight[b] += from->weight[b] / total;
    }
}

static bool is_needed(const struct fl_eval_query *query, uint32_t document)
{
    for (uint32_t g = 0; g < query->gold_count; g++)
        for (uint32_t i = 0; i < query->gold[g].count; i++)
            if (query->gold[g].tools[i] == document)
                return true;
    return false;
}

static void add_query(const struct fl_engine *engine, struct fl_snapshot *snapshot,
                      const struct fl_eval_query *query, struct reliability *needed)
{
    struct fl_ranker *ranker = fl_ranker_take(snapshot);
    if (!ranker || engine->scorer->rank(ranker, snapshot, fl_str_of(query->text), NULL))
        exit(1);
    for (uint32_t i = 0; i < ranker->ranking.count && i < DEPTH; i++)
        add(needed, (double)fl_ranking_confidence(ranker, i),
            is_needed(query, ranker->ranking.candidates[i].document), 1);
    fl_ranker_give(snapshot, ranker);
}

static void add_set(const struct bench_set *set, struct reliability *needed)
{
    struct fl_engine *engine = bench_set_load(set, NULL);
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    struct fl_eval_file file = {0};
    struct fl_findings findings = {0};
    struct reliability own = {0};
    struct fl_err err;
    if (fl_eval_file_read(&file, set->queries[0], &snapshot->catalog, &findings, &err)) {
        fprintf(stderr, "bench: %s\n", err.message);
        exit(1);
    }
    uint32_t step = file.count / ROWS_PER_SET + 1;
    for (uint32_t i = 0; i < file.count; i += step)
        if (file.queries[i].gold_count && !file.queries[i].candidate_count)
            add_query(engine, snapshot, &file.queries[i], &own);
    add_all(needed, &own);
    fl_findings_destroy(&findings);
    fl_eval_file_destroy(&file);
    fl_snapshot_unpin(snapshot);
    fl_engine_free(engine);
}

static void print(const struct reliability *r)
{
    double total = 0, error = 0;
    for (int b = 0; b < BINS; b++) {
        total += r->weight[b];
        error += fabs(r->said[b] - r->was[b]);
    }
    printf("| confidence %% | needed %% | share of candidates %% |\n|--:|--:|--:|\n");
    for (int b = 0; b < BINS; b++)
        if (r->weight[b] > 0)
            printf("| %.0f | %.0f | %.1f |\n", 100 * r->said[b] / r->weight[b],
                   100 * r->was[b] / r->weight[b], 100 * r->weight[b] / total);
    printf("\nExpected calibration error: %.1f points.\n", 100 * error / total);
}

int main(int argc, char **argv)
{
    struct bench_sets sets;
    struct reliability needed = {0};
    bench_sets_find(&sets, bench_data_folder(argc, argv));
    for (uint32_t i = 0; i < sets.count; i++)
        add_set(&sets.items[i], &needed);
    print(&needed);
    bench_sets_destroy(&sets);
    return 0;
}
