/* eval_tools.c: how well the tools that are needed are found.
 *
 * recall@k    share of a query's needs with a serving tool among the best k, averaged over queries
 * comp@k      share of queries with every need served among the best k
 * mrr         1 / rank of the first serving tool;  map10: mean average precision, cut at 10
 * ndcg@k      gains 1, discount 1/log2(rank + 1)          (Järvelin & Kekäläinen 2002)
 * needed      comp over what the strategy exposes;  abstain: "nothing" as an answer
 *
 * Queries without a need count for abstention only. Ranks are those of the scoring stage, before
 * abstention and packing. */
#include "engine/engine.h"
#include "engine/selection.h"
#include "eval/eval_file.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

static const uint32_t cuts[FL_EVAL_CUTS] = {1, 3, 5, 10, 20};

enum { DEPTH = 20, NOT_FOUND = 1 << 20 };

struct evaluation {
    struct fl_engine *engine;
    const struct fl_eval_options *options;
    struct fl_snapshot *snapshot;
    const struct fl_costs *costs;
    struct fl_ranker *ranker;
    struct fl_eval_result *result;
    uint8_t *allowed;
    float *latencies_us;
    uint32_t with_needs, abstained, abstained_rightly, without_needs;
    uint32_t needed;
    double exposed_tokens;
    struct fl_err *err;
};

void fl_eval_options_init(struct fl_eval_options *options)
{
    *options =
        (struct fl_eval_options){.struct_size = sizeof *options, .strategy = FL_STRATEGY_BALANCED};
}

static bool serves(const struct fl_eval_gold *gold, uint32_t tool)
{
    for (uint32_t i = 0; i < gold->count; i++)
        if (gold->tools[i] == tool)
            return true;
    return false;
}

/* The rank (from 0) of the first candidate that serves the need. */
static uint32_t rank_of(const struct fl_ranking *ranking, const struct fl_eval_gold *gold)
{
    uint32_t depth = ranking->count < DEPTH ? ranking->count : DEPTH;
    for (uint32_t i = 0; i < depth; i++)
        if (serves(gold, ranking->candidates[i].document))
            return i;
    return NOT_FOUND;
}

static double gain(uint32_t rank)
{
    return 1.0 / log2((double)rank + 2.0);
}

static int by_rank(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Two needs that one tool serves have the same rank: the second counts there too. */
static void add_ranks(struct fl_eval_result *result, uint32_t *ranks, uint32_t count)
{
    qsort(ranks, count, sizeof *ranks, by_rank);
    for (int c = 0; c < FL_EVAL_CUTS; c++) {
        uint32_t found = 0;
        for (uint32_t i = 0; i < count; i++)
            found += ranks[i] < cuts[c];
        result->recall[c] += (double)found / count;
        result->comp[c] += found == count;
    }
    if (ranks[0] != NOT_FOUND)
        result->mrr += 1.0 / (ranks[0] + 1);
    double precision = 0, dcg5 = 0, dcg10 = 0, ideal5 = 0, ideal10 = 0;
    for (uint32_t i = 0; i < count; i++) {
        double g = ranks[i] == NOT_FOUND ? 0 : gain(ranks[i]);
        dcg5 += ranks[i] < 5 ? g : 0;
        dcg10 += ranks[i] < 10 ? g : 0;
        ideal5 += i < 5 ? gain(i) : 0;
        ideal10 += i < 10 ? gain(i) : 0;
        if (ranks[i] < 10)
            precision += fmin(1.0, (double)(i + 1) / (ranks[i] + 1));
    }
    result->map10 += precision / (count < 10 ? count : 10);
    result->ndcg5 += fmin(1.0, dcg5 / ideal5);
    result->ndcg10 += fmin(1.0, dcg10 / ideal10);
}

static bool exposes(const struct fl_selection *selection, const struct fl_eval_gold *gold)
{
    for (size_t i = 0; i < selection->choice_count; i++)
        if (serves(gold, selection->choices[i].tool))
            return true;
    return false;
}

/* What a host would get for the query. */
static int add_exposure(struct evaluation *e, const struct fl_eval_query *query,
                        const char *const *names)
{
    struct fl_request request;
    fl_request_init(&request, query->text);
    request.strategy = e->options->strategy;
    request.budget_tokens = e->options->budget_tokens;
    request.top = e->options->top;
    request.candidates = names;
    request.candidate_count = query->candidate_count;
    struct fl_selection *selection;
    int rc = fl_select_from(e->engine, e->snapshot, &request, &selection, e->err);
    if (rc)
        return rc;
    if (*selection->summary.fallback) { /* no measure of any strategy */
        rc = fl_err_set(e->err, FL_ENOMEM, "%s", selection->summary.fallback);
        fl_selection_free(selection);
        return rc;
    }
    bool all = true;
    for (uint32_t g = 0; g < query->gold_count; g++)
        all &= exposes(selection, &query->gold[g]);
    e->exposed_tokens += (double)selection->summary.exposed_tokens;
    e->needed += query->gold_count && all;
    e->abstained += selection->summary.abstained;
    e->abstained_rightly += selection->summary.abstained && !query->gold_count;
    fl_selection_free(selection);
    return 0;
}

static int rank_query(struct evaluation *e, const struct fl_eval_query *query, uint32_t number)
{
    const uint8_t *allowed = NULL;
    if (query->candidate_count) {
        memset(e->allowed, 0, e->snapshot->document_count);
        for (uint32_t i = 0; i < query->candidate_count; i++)
            e->allowed[query->candidates[i]] = 1;
        allowed = e->allowed;
    }
    struct fl_str text = fl_str_of(query->text);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int rc = e->engine->scorer->rank(e->ranker, e->snapshot, text, allowed);
    clock_gettime(CLOCK_MONOTONIC, &after);
    e->latencies_us[number] = (float)((double)(after.tv_sec - before.tv_sec) * 1e6 +
                                      (double)(after.tv_nsec - before.tv_nsec) / 1e3);
    return rc ? fl_err_nomem(e->err) : 0;
}

static int evaluate_query(struct evaluation *e, const struct fl_eval_query *query, uint32_t number)
{
    int rc = rank_query(e, query, number);
    if (rc)
        return rc;
    if (query->gold_count) {
        uint32_t *ranks = malloc(query->gold_count * sizeof *ranks);
        if (!ranks)
            return fl_err_nomem(e->err);
        for (uint32_t g = 0; g < query->gold_count; g++)
            ranks[g] = rank_of(&e->ranker->ranking, &query->gold[g]);
        add_ranks(e->result, ranks, query->gold_count);
        free(ranks);
        e->with_needs++;
    } else {
        e->without_needs++;
    }
    const char **names = malloc((query->candidate_count + 1) * sizeof *names);
    if (!names)
        return fl_err_nomem(e->err);
    for (uint32_t i = 0; i < query->candidate_count; i++)
        names[i] = e->snapshot->catalog.tools[query->candidates[i]].full_name;
    rc = add_exposure(e, query, names);
    free(names);
    return rc;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const float *sorted, uint32_t count, double share)
{
    return count ? (double)sorted[(uint32_t)(share * (count - 1) + 0.5)] : (double)NAN;
}

static void divide(struct evaluation *e, uint32_t queries)
{
    struct fl_eval_result *r = e->result;
    double n = e->with_needs ? (double)e->with_needs : (double)NAN;
    for (int c = 0; c < FL_EVAL_CUTS; c++) {
        r->recall[c] /= n;
        r->comp[c] /= n;
    }
    r->mrr /= n;
    r->map10 /= n;
    r->ndcg5 /= n;
    r->ndcg10 /= n;
    r->needed_percent = 100.0 * e->needed / n;
    r->baseline_tokens = (double)e->costs->total;
    r->exposed_tokens_mean = queries ? e->exposed_tokens / queries : (double)NAN;
    r->reduction_percent = 100.0 * (1.0 - r->exposed_tokens_mean / r->baseline_tokens);
    r->abstain_precision = e->abstained ? (double)e->abstained_rightly / e->abstained : (double)NAN;
    r->abstain_recall =
        e->without_needs ? (double)e->abstained_rightly / e->without_needs : (double)NAN;
    r->queries = queries;
    r->tools = e->snapshot->catalog.tool_count;
    r->build_ms = e->snapshot->build_ms;
    r->index_bytes = fl_index_bytes(&e->snapshot->index);
    r->estimated = e->costs->estimated;
}

/* Latencies come from a pass of their own, so that no other work is in the caches: one search after
 * another, each request once, after one round of all of them. */
static int time_queries(struct evaluation *e, const struct fl_eval_file *file)
{
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < file->count; i++)
            if (rank_query(e, &file->queries[i], i))
                return -FL_ENOMEM;
    qsort(e->latencies_us, file->count, sizeof *e->latencies_us, by_value);
    e->result->latency_p50_us = percentile(e->latencies_us, file->count, 0.5);
    e->result->latency_p99_us = percentile(e->latencies_us, file->count, 0.99);
    return 0;
}

static int evaluate_all(struct evaluation *e, const struct fl_eval_file *file)
{
    if (time_queries(e, file))
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < file->count; i++) {
        int rc = evaluate_query(e, &file->queries[i], i);
        if (rc)
            return rc;
        if (e->options->progress)
            e->options->progress(e->options->ctx, i + 1, file->count);
    }
    divide(e, file->count);
    return 0;
}

/* --- what was learned before --- */

/* Past requests, whose texts lie in the files that they were read from. */
struct lessons {
    struct fl_eval_file *files;
    struct fl_past_use *items;
    uint32_t count, capacity;
};

static int add_lesson(struct lessons *lessons, const char *text, uint32_t tool)
{
    if (lessons->count == lessons->capacity) {
        uint32_t capacity = lessons->capacity ? 2 * lessons->capacity : 1024;
        void *grown = realloc(lessons->items, capacity * sizeof *lessons->items);
        if (!grown)
            return -FL_ENOMEM;
        lessons->items = grown;
        lessons->capacity = capacity;
    }
    lessons->items[lessons->count++] = (struct fl_past_use){fl_str_of(text), tool};
    return 0;
}

static int add_lessons(struct lessons *lessons, const struct fl_eval_file *file)
{
    for (uint32_t i = 0; i < file->count; i++)
        for (uint32_t g = 0; g < file->queries[i].gold_count; g++)
            if (add_lesson(lessons, file->queries[i].text, file->queries[i].gold[g].tools[0]))
                return -FL_ENOMEM;
    return 0;
}

static void lessons_destroy(struct lessons *lessons, size_t files)
{
    for (size_t i = 0; lessons->files && i < files; i++)
        fl_eval_file_destroy(&lessons->files[i]);
    free(lessons->files);
    free(lessons->items);
}

/* A snapshot that has read the training files; the engine's own where there are none. */
static int learn(struct fl_snapshot *snapshot, const struct fl_eval_options *options,
                 struct fl_findings *findings, struct fl_snapshot **ret_snapshot,
                 struct fl_err *err)
{
    struct lessons lessons = {calloc(options->train_count + 1, sizeof *lessons.files), NULL, 0, 0};
    int rc = lessons.files ? 0 : fl_err_nomem(err);
    for (size_t i = 0; !rc && i < options->train_count; i++) {
        struct fl_eval_file *file = &lessons.files[i];
        rc = fl_eval_file_read(file, options->train[i], &snapshot->catalog, findings, err);
        if (!rc && add_lessons(&lessons, file))
            rc = fl_err_nomem(err);
    }
    struct fl_examples examples = {lessons.items, lessons.count};
    if (!rc && options->train_count)
        rc = fl_snapshot_learn(snapshot, &examples, ret_snapshot, err);
    else if (!rc)
        *ret_snapshot = fl_snapshot_share(snapshot);
    lessons_destroy(&lessons, options->train_count);
    return rc;
}

static int evaluate(struct evaluation *e, struct fl_findings *findings)
{
    struct fl_eval_file file = {0};
    int rc =
        fl_snapshot_costs(e->snapshot, FL_TOOL_FORM_MCP, FL_ENCODING_O200K_BASE, &e->costs, e->err);
    if (!rc)
        rc = fl_eval_file_read(&file, e->options->queries, &e->snapshot->catalog, findings, e->err);
    e->ranker = rc ? NULL : fl_ranker_take(e->snapshot);
    e->allowed = calloc(e->snapshot->document_count + 1, 1);
    e->latencies_us = calloc(file.count + 1, sizeof *e->latencies_us);
    if (!rc && (!e->ranker || !e->allowed || !e->latencies_us))
        rc = fl_err_nomem(e->err);
    if (!rc && !file.count)
        rc = fl_err_set(e->err, FL_EPARSE, "'%s' has no usable row", e->options->queries);
    if (!rc)
        rc = evaluate_all(e, &file);
    fl_ranker_give(e->snapshot, e->ranker);
    free(e->allowed);
    free(e->latencies_us);
    fl_eval_file_destroy(&file);
    return rc;
}

/* Older callers have a shorter struct. */
static int copy_options(const struct fl_eval_options *options, struct fl_eval_options *own,
                        struct fl_err *err)
{
    fl_eval_options_init(own);
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_eval_options_init");
    memcpy(own, options, options->struct_size);
    return 0;
}

int fl_eval_tools(struct fl_engine *engine, const struct fl_eval_options *options,
                  struct fl_eval_result *ret_result, struct fl_report **ret_report,
                  struct fl_err *err)
{
    struct fl_report *report = fl_report_create();
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    struct fl_eval_result result = {0};
    struct fl_eval_options own;
    struct evaluation e = {.engine = engine, .options = &own, .result = &result, .err = err};
    int rc = !report ? fl_err_nomem(err) : copy_options(options, &own, err);
    if (!rc && !snapshot)
        rc = fl_err_set(err, FL_ENOENT, "no catalogue is loaded");
    if (!rc && !own.queries)
        rc = fl_err_set(err, FL_EINVAL, "no file of queries was given");
    if (!rc)
        rc = learn(snapshot, &own, &report->findings, &e.snapshot, err);
    if (!rc)
        rc = evaluate(&e, &report->findings);
    if (!rc)
        *ret_result = result;
    fl_snapshot_unpin(e.snapshot);
    fl_snapshot_unpin(snapshot);
    fl_report_hand_out(report, ret_report);
    return rc;
}
