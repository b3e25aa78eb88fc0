/* bench_curve.c: hit rates on every labelled set, and what the three strategies expose.
 *
 *   bench_curve FOLDER [TABLES]          (bench_sets.h; or FORELOAD_DATA)
 *
 * The same figures as `foreload eval tools`, over all queries. TABLES has the token tables; without
 * them tokens are estimates. */
#include "bench_sets.h"
#include "foreload/foreload.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const strategies[] = {"conservative", "balanced", "aggressive"};

enum { STRATEGIES = sizeof strategies / sizeof *strategies };

struct row {
    const char *name;
    struct fl_eval_result results[STRATEGIES];
};

static void evaluate(const struct bench_set *set, const char *tables, struct row *ret_row)
{
    struct fl_engine *engine = bench_set_load(set, tables);
    ret_row->name = set->name;
    for (int s = 0; s < STRATEGIES; s++) {
        struct fl_eval_options options;
        struct fl_err err;
        fl_eval_options_init(&options);
        options.queries = set->queries[0];
        if (fl_strategy_parse(strategies[s], &options.strategy) ||
            fl_eval_tools(engine, &options, &ret_row->results[s], NULL, &err)) {
            fprintf(stderr, "bench: %s: %s\n", set->name, err.message);
            exit(1);
        }
    }
    fl_engine_free(engine);
}

static void print_ranks(const struct row *rows, uint32_t count)
{
    printf(
        "\n**Ranking**, percent\n\n| set | tools | queries | R@1 | R@5 | R@10 | comp@5 | comp@10 "
        "| comp@20 | MRR |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct fl_eval_result *r = &rows[i].results[0];
        printf("| %s | %u | %u | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f | %.3f |\n", rows[i].name,
               r->tools, r->queries, 100 * r->recall[0], 100 * r->recall[2], 100 * r->recall[3],
               100 * r->comp[2], 100 * r->comp[3], 100 * r->comp[4], r->mrr);
    }
}

static void print_strategies(const struct row *rows, uint32_t count)
{
    printf(
        "\n**Exposure**: queries with every needed tool exposed, in percent; mean tokens exposed "
        "(o200k_base%s) and their share of all definitions, in percent\n\n| set | all tokens ",
        count && rows[0].results[0].estimated ? ", estimated" : "");
    for (int s = 0; s < STRATEGIES; s++)
        printf("| %s | tokens | share ", strategies[s]);
    printf("|\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (uint32_t i = 0; i < count; i++) {
        printf("| %s | %.0f ", rows[i].name, rows[i].results[0].baseline_tokens);
        for (int s = 0; s < STRATEGIES; s++) {
            const struct fl_eval_result *r = &rows[i].results[s];
            printf("| %.1f | %.0f | %.2f ", r->needed_percent, r->exposed_tokens_mean,
                   100 - r->reduction_percent);
        }
        printf("|\n");
    }
}

/* Only sets that have requests for which nothing fits. */
static void print_abstention(const struct row *rows, uint32_t count)
{
    printf("\n**Nothing fits**: of requests that no tool serves, the share for which nothing is "
           "exposed; "
           "and of the times that nothing was exposed, the share that was right\n\n"
           "| set | recall | precision |\n|---|--:|--:|\n");
    for (uint32_t i = 0; i < count; i++) {
        const struct fl_eval_result *r = &rows[i].results[1];
        if (r->abstain_recall == r->abstain_recall) /* a number */
            printf("| %s | %.1f | %.1f |\n", rows[i].name, 100 * r->abstain_recall,
                   100 * r->abstain_precision);
    }
}

int main(int argc, char **argv)
{
    static struct row rows[BENCH_SETS_MAX];
    struct bench_sets sets;
    const char *tables = argc > 2 ? argv[2] : NULL;
    bench_sets_find(&sets, bench_data_folder(argc, argv));
    for (uint32_t i = 0; i < sets.count; i++)
        evaluate(&sets.items[i], tables, &rows[i]);
    print_ranks(rows, sets.count);
    print_strategies(rows, sets.count);
    print_abstention(rows, sets.count);
    bench_sets_destroy(&sets);
    return 0;
}
