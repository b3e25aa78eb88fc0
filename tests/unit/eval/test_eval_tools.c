/* test_eval_tools.c: the measures of `eval tools`, worked out by hand on a ladder of tools whose
 * order is known, and by brute force on random catalogues; and what rows and options may say.
 *
 * recall@k and comp@k count needs; MRR is 1/rank of the first hit; average precision is the mean of
 * the precision at each hit; nDCG has gains of 1 and the discount 1/log2(rank + 1). */
#include "engine_fixture.h"

#include "base/os.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LADDER = 14 };

static const unsigned cuts[FL_EVAL_CUTS] = {1, 3, 5, 10, 20};

/* Words that nothing but the ladder knows. */
static const char *const rungs[LADDER] = {"crimson", "walnut", "pebble",  "lantern", "saddle",
                                          "velvet",  "anchor", "thistle", "copper",  "marble",
                                          "feather", "barrel", "candle",  "harbor"};

static void append_rungs(struct fl_buf *text, int count)
{
    for (int i = 0; i < count; i++)
        fl_buf_printf(text, "%s%s", i ? " " : "", rungs[i]);
}

/* Tool t0 has all of the words, t1 all but the last, and so on: a request of all of them ranks the
 * tools by their numbers. */
static void load_ladder(struct fixture *fixture)
{
    struct fl_buf text = {0};
    for (int i = 0; i < LADDER; i++) {
        fl_buf_printf(&text, "{\"name\":\"t%d\",\"component\":\"c\",\"description\":\"", i);
        append_rungs(&text, LADDER - i);
        fl_buf_append_str(&text, "\"}\n");
    }
    fl_buf_append_str(&text, "{\"name\":\"aside\",\"component\":\"d\",\"description\":\"Waters the "
                             "plants\"}\n");
    fixture_load(fixture, "ladder.jsonl", fl_buf_text(&text));
    fl_buf_clear(&text);
    append_rungs(&text, LADDER);
    struct fl_request request;
    fl_request_init(&request, fl_buf_text(&text));
    request.top = LADDER;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_count(selection), LADDER);
    for (uint32_t i = 0; i < LADDER; i++)
        assert_int_equal(fl_selection_choice(selection, i)->tool, i);
    fl_selection_free(selection);
    fl_buf_destroy(&text);
}

/* A row that asks for all rungs, with what else it says. */
static void add_row(struct fl_buf *rows, const char *rest)
{
    fl_buf_append_str(rows, "{\"query\":\"");
    append_rungs(rows, LADDER);
    fl_buf_printf(rows, "\",%s}\n", rest);
}

static int evaluate(struct fixture *fixture, const char *rows, struct fl_eval_options *options,
                    struct fl_eval_result *result)
{
    options->queries = fixture_write(fixture, "queries.jsonl", rows);
    fixture->err = (struct fl_err){0};
    return fl_eval_tools(fixture->engine, options, result, fixture_report(fixture), &fixture->err);
}

static struct fl_eval_result evaluate_row(struct fixture *fixture, const char *rest)
{
    struct fl_buf rows = {0};
    struct fl_eval_options options;
    struct fl_eval_result result;
    fl_eval_options_init(&options);
    add_row(&rows, rest);
    if (evaluate(fixture, fl_buf_text(&rows), &options, &result))
        fail_msg("%s: %s", rest, fixture->err.message);
    assert_int_equal(fl_report_count(fixture->report), 0);
    assert_int_equal(result.queries, 1);
    assert_int_equal(result.tools, LADDER + 1);
    fl_buf_destroy(&rows);
    return result;
}

#define assert_near(a, b)                                   \
    do {                                                    \
        double a_ = (a), b_ = (b);                          \
        if (!(fabs(a_ - b_) < 1e-9))                        \
            fail_msg("%s is %.12f, not %.12f", #a, a_, b_); \
    } while (0)

/* --- by hand --- */

struct expectation {
    const char *rest;
    double recall[FL_EVAL_CUTS], comp[FL_EVAL_CUTS], mrr, map10, ndcg5, ndcg10;
};

static void measures_by_hand(void **state)
{
    struct fixture *fixture = *state;
    const double second = 1 / log2(3), third = 1 / log2(4), seventh = 1 / log2(8);
    const struct expectation expectations[] = {
        {"\"gold\":[\"t0\"]", {1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, 1, 1, 1, 1},
        {"\"gold\":[\"c/t1\"]", {0, 1, 1, 1, 1}, {0, 1, 1, 1, 1}, .5, .5, second, second},
        {"\"gold\":[\"t0\",\"t2\"]",
         {.5, 1, 1, 1, 1},
         {0, 1, 1, 1, 1},
         1,
         (1 + 2.0 / 3) / 2,
         (1 + third) / (1 + second),
         (1 + third) / (1 + second)},
        {"\"gold\":[\"t6\",\"t11\"]",
         {0, 0, 0, .5, 1},
         {0, 0, 0, 0, 1},
         1.0 / 7,
         1.0 / 7 / 2,
         0,
         seventh / (1 + second)},
        {"\"gold\":[\"aside\"]", {0}, {0}, 0, 0, 0, 0},
        {"\"gold\":[\"t0\",\"aside\"]",
         {.5, .5, .5, .5, .5},
         {0},
         1,
         .5,
         1 / (1 + second),
         1 / (1 + second)},
        /* One need that three tools serve equally: the best of them counts, once. */
        {"\"gold\":[\"t5\"],\"alternatives\":[[\"t6\",\"t1\"]]",
         {0, 1, 1, 1, 1},
         {0, 1, 1, 1, 1},
         .5,
         .5,
         second,
         second},
        {"\"gold\":[\"not here\"],\"alternatives\":[[\"t1\"]]",
         {0, 1, 1, 1, 1},
         {0, 1, 1, 1, 1},
         .5,
         .5,
         second,
         second},
        /* Among these only: t9 is the second of them. */
        {"\"gold\":[\"t9\"],\"candidates\":[\"t12\",\"t9\",\"t4\",\"not here\"]",
         {0, 1, 1, 1, 1},
         {0, 1, 1, 1, 1},
         .5,
         .5,
         second,
         second},
    };
    load_ladder(fixture);
    for (size_t i = 0; i < sizeof expectations / sizeof *expectations; i++) {
        const struct expectation *e = &expectations[i];
        print_message("%s\n", e->rest);
        struct fl_eval_result r = evaluate_row(fixture, e->rest);
        for (int c = 0; c < FL_EVAL_CUTS; c++) {
            assert_near(r.recall[c], e->recall[c]);
            assert_near(r.comp[c], e->comp[c]);
        }
        assert_near(r.mrr, e->mrr);
        assert_near(r.map10, e->map10);
        assert_near(r.ndcg5, e->ndcg5);
        assert_near(r.ndcg10, e->ndcg10);
    }
}

static void rows_are_averaged(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf rows = {0};
    struct fl_eval_options options;
    struct fl_eval_result r;
    load_ladder(fixture);
    add_row(&rows, "\"gold\":[\"t0\"]");
    add_row(&rows, "\"gold\":[\"t1\"]");
    add_row(&rows, "\"gold\":[\"aside\"]");
    add_row(&rows, "\"gold\":[]"); /* not abstained, though nothing fits */
    fl_buf_append_str(&rows, "{\"query\":\"xyzzy plugh quux\",\"gold\":[]}\n");
    fl_buf_append_str(&rows, "{\"query\":\"xyzzy plugh quux\",\"gold\":[\"t0\"]}\r\n\n");
    fl_eval_options_init(&options);
    assert_int_equal(evaluate(fixture, fl_buf_text(&rows), &options, &r), 0);
    assert_int_equal(r.queries, 6);
    assert_near(r.recall[0], 1.0 / 4); /* rows without a need do not count */
    assert_near(r.recall[4], 2.0 / 4);
    assert_near(r.mrr, 1.5 / 4);
    assert_near(r.abstain_precision, 1.0 / 2);
    assert_near(r.abstain_recall, 1.0 / 2);
    assert_true(r.latency_p50_us > 0 && r.latency_p50_us <= r.latency_p99_us);
    assert_true(r.build_ms >= 0 && r.index_bytes > 0);
    assert_true(r.estimated);

    assert_int_equal(
        evaluate(fixture, "{\"query\":\"water the plants\",\"gold\":[\"aside\"]}", &options, &r),
        0);
    assert_true(isnan(r.abstain_precision) && isnan(r.abstain_recall));
    assert_int_equal(evaluate(fixture, "{\"query\":\"xyzzy plugh\",\"gold\":[]}", &options, &r), 0);
    assert_true(isnan(r.mrr) && isnan(r.recall[0]) && isnan(r.needed_percent));
    assert_near(r.abstain_precision, 1);
    assert_near(r.exposed_tokens_mean, 0);
    assert_near(r.reduction_percent, 100);
    fl_buf_destroy(&rows);
}

/* --- by brute force --- */

enum { TOOLS = 60, QUERIES = 12, NEEDS_MAX = 4 };

struct query {
    char text[200];
    uint32_t needs[NEEDS_MAX], need_count;
};

static void random_words(struct generator *generator, char *text, size_t size, uint32_t count)
{
    size_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i ? " " : "",
                                rungs[draw(generator, LADDER)]);
}

static void load_random(struct fixture *fixture, struct generator *generator)
{
    struct fl_buf text = {0};
    for (int i = 0; i < TOOLS; i++) {
        char words[200];
        random_words(generator, words, sizeof words, 1 + draw(generator, 8));
        fl_buf_printf(&text, "{\"name\":\"t%d\",\"component\":\"c\",\"description\":\"%s\"}\n", i,
                      words);
    }
    fixture_load(fixture, "random.jsonl", fl_buf_text(&text));
    fl_buf_destroy(&text);
}

static void make_queries(struct generator *generator, struct query queries[QUERIES],
                         struct fl_buf *rows)
{
    for (int q = 0; q < QUERIES; q++) {
        struct query *query = &queries[q];
        random_words(generator, query->text, sizeof query->text, 2 + draw(generator, 4));
        query->need_count = 1 + draw(generator, NEEDS_MAX);
        fl_buf_printf(rows, "{\"query\":\"%s\",\"gold\":[", query->text);
        for (uint32_t n = 0; n < query->need_count; n++) {
            query->needs[n] = (draw(generator, TOOLS / NEEDS_MAX) * NEEDS_MAX + n) % TOOLS;
            fl_buf_printf(rows, "%s\"t%u\"", n ? "," : "", query->needs[n]);
        }
        fl_buf_append_str(rows, "]}\n");
    }
}

static bool is_needed(const struct query *query, uint32_t tool)
{
    for (uint32_t n = 0; n < query->need_count; n++)
        if (query->needs[n] == tool)
            return true;
    return false;
}

/* Walks the ranking from its best, as the definitions read. */
static void add_by_walking(const struct query *query, const struct fl_selection *ranking,
                           struct fl_eval_result *sum)
{
    double dcg = 0, ideal = 0, precisions = 0;
    uint32_t found = 0;
    size_t count = fl_selection_count(ranking);
    for (unsigned position = 1; position <= 20; position++) {
        bool hit =
            position <= count && is_needed(query, fl_selection_choice(ranking, position - 1)->tool);
        found += hit;
        sum->mrr += hit && found == 1 ? 1.0 / position : 0;
        precisions += hit && position <= 10 ? (double)found / position : 0;
        dcg += hit ? 1 / log2(position + 1.0) : 0;
        ideal += position <= query->need_count ? 1 / log2(position + 1.0) : 0;
        sum->ndcg5 += position == 5 ? dcg / ideal : 0;
        sum->ndcg10 += position == 10 ? dcg / ideal : 0;
        for (int c = 0; c < FL_EVAL_CUTS; c++)
            if (cuts[c] == position) {
                sum->recall[c] += (double)found / query->need_count;
                sum->comp[c] += found == query->need_count;
            }
    }
    sum->map10 += precisions / query->need_count;
}

static void add_exposure(struct fixture *fixture, const struct query *query,
                         enum fl_strategy strategy, struct fl_eval_result *sum)
{
    struct fl_request request;
    fl_request_init(&request, query->text);
    request.strategy = strategy;
    struct fl_selection *selection = select_with(fixture, &request);
    uint32_t found = 0;
    for (size_t i = 0; i < fl_selection_count(selection); i++)
        found += is_needed(query, fl_selection_choice(selection, i)->tool);
    sum->needed_percent += found == query->need_count;
    sum->exposed_tokens_mean += (double)fl_selection_summary(selection)->exposed_tokens;
    sum->baseline_tokens = (double)fl_selection_summary(selection)->baseline_tokens;
    fl_selection_free(selection);
}

static void compare(struct fixture *fixture, const struct query queries[QUERIES],
                    const struct fl_eval_result *result, enum fl_strategy strategy)
{
    struct fl_eval_result sum = {0};
    for (int q = 0; q < QUERIES; q++) {
        struct fl_request request;
        fl_request_init(&request, queries[q].text);
        request.top = 20;
        struct fl_selection *ranking = select_with(fixture, &request);
        add_by_walking(&queries[q], ranking, &sum);
        fl_selection_free(ranking);
        add_exposure(fixture, &queries[q], strategy, &sum);
    }
    for (int c = 0; c < FL_EVAL_CUTS; c++) {
        assert_near(result->recall[c], sum.recall[c] / QUERIES);
        assert_near(result->comp[c], sum.comp[c] / QUERIES);
    }
    assert_near(result->mrr, sum.mrr / QUERIES);
    assert_near(result->map10, sum.map10 / QUERIES);
    assert_near(result->ndcg5, sum.ndcg5 / QUERIES);
    assert_near(result->ndcg10, sum.ndcg10 / QUERIES);
    assert_near(result->needed_percent, 100 * sum.needed_percent / QUERIES);
    assert_near(result->baseline_tokens, sum.baseline_tokens);
    assert_near(result->exposed_tokens_mean, sum.exposed_tokens_mean / QUERIES);
    assert_near(result->reduction_percent,
                100 - 100 * (sum.exposed_tokens_mean / QUERIES) / sum.baseline_tokens);
}

static void measures_by_brute_force(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct generator generator = {seed};
        struct query queries[QUERIES];
        struct fl_buf rows = {0};
        struct fl_eval_options options;
        struct fl_eval_result result;
        print_message("seed %llu\n", (unsigned long long)seed);
        load_random(fixture, &generator);
        make_queries(&generator, queries, &rows);
        fl_eval_options_init(&options);
        options.strategy = (enum fl_strategy)(seed % 3);
        assert_int_equal(evaluate(fixture, fl_buf_text(&rows), &options, &result), 0);
        assert_int_equal(result.queries, QUERIES);
        compare(fixture, queries, &result, options.strategy);
        fl_buf_destroy(&rows);
    }
}

static void exposure_by_top_and_budget(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf rows = {0};
    struct fl_eval_options options;
    struct fl_eval_result one, three, budget;
    load_ladder(fixture);
    add_row(&rows, "\"gold\":[\"t2\"]");
    fl_eval_options_init(&options);
    options.top = 1;
    assert_int_equal(evaluate(fixture, fl_buf_text(&rows), &options, &one), 0);
    options.top = 3;
    assert_int_equal(evaluate(fixture, fl_buf_text(&rows), &options, &three), 0);
    assert_near(one.needed_percent, 0);
    assert_near(three.needed_percent, 100);
    assert_true(one.exposed_tokens_mean < three.exposed_tokens_mean);
    options.top = 0;
    options.budget_tokens = (uint32_t)three.exposed_tokens_mean;
    assert_int_equal(evaluate(fixture, fl_buf_text(&rows), &options, &budget), 0);
    assert_near(budget.needed_percent, 100);
    assert_true(budget.exposed_tokens_mean <= three.exposed_tokens_mean);
    assert_near(one.mrr, 1.0 / 3); /* whatever is exposed */
    assert_near(budget.mrr, 1.0 / 3);
    fl_buf_destroy(&rows);
}

/* --- rows --- */

static void bad_rows_are_told_and_left_out(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {
        "{\"query\":\"half",
        "not json",
        "[]",
        "{\"gold\":[\"t0\"]}",
        "{\"query\":\"\",\"gold\":[\"t0\"]}",
        "{\"query\":\" \\t\",\"gold\":[\"t0\"]}",
        "{\"query\":7,\"gold\":[\"t0\"]}",
        "{\"query\":\"crimson\"}",
        "{\"query\":\"crimson\",\"gold\":\"t0\"}",
        "{\"query\":\"crimson\",\"gold\":[7]}",
        "{\"query\":\"crimson\",\"gold\":[\"nobody\"]}",
        "{\"query\":\"crimson\",\"gold\":[\"nobody\"],\"alternatives\":[[\"no one\"]]}",
        "{\"query\":\"crimson\",\"gold\":[\"t0\"],\"alternatives\":[[7]]}",
        "{\"query\":\"crimson\",\"gold\":[\"t0\"],\"candidates\":[7]}",
        "{\"query\":\"crimson\",\"gold\":[\"t0\"],\"candidates\":[\"nobody\"]}",
        "{\"query\":\"crimson caf\xE9\",\"gold\":[\"t0\"]}",
    };
    enum { BAD = sizeof bad / sizeof *bad };
    struct fl_buf rows = {0};
    struct fl_eval_options options;
    struct fl_eval_result result;
    load_ladder(fixture);
    add_row(&rows, "\"gold\":[\"t0\"]");
    for (size_t i = 0; i < BAD; i++)
        fl_buf_printf(&rows, "%s\n", bad[i]);
    fl_buf_append_str(&rows, "{\"query\":\""); /* longer than a request may be */
    for (int i = 0; i <= FL_REQUEST_MAX_BYTES; i++)
        fl_buf_append_char(&rows, 'a');
    fl_buf_append_str(&rows, "\",\"gold\":[\"t0\"]}\n");
    add_row(&rows, "\"gold\":[\"t1\"]");
    fl_eval_options_init(&options);
    if (evaluate(fixture, fl_buf_text(&rows), &options, &result))
        fail_msg("%s", fixture->err.message);
    for (size_t i = 0; i < fl_report_count(fixture->report); i++) {
        const struct fl_report_item *item = fl_report_item(fixture->report, i);
        if (item->line != i + 2)
            fail_msg("nothing is said of line %zu: %s", i + 2, i < BAD ? bad[i] : "too long");
        assert_int_equal(item->level, FL_REPORT_ERROR);
        assert_string_equal(item->path, options.queries);
    }
    assert_int_equal(fl_report_errors(fixture->report), BAD + 1);
    assert_int_equal(result.queries, 2);
    assert_near(result.mrr, .75);
    fl_buf_destroy(&rows);
}

static void unusable_files_fail(void **state)
{
    struct fixture *fixture = *state;
    struct fl_eval_options options;
    struct fl_eval_result untouched, result;
    memset(&untouched, 7, sizeof untouched);
    result = untouched;
    fl_eval_options_init(&options);
    fixture_start(fixture);
    assert_int_equal(evaluate(fixture, "{}", &options, &result), -FL_ENOENT); /* no catalogue */
    load_ladder(fixture);
    assert_int_equal(evaluate(fixture, "", &options, &result), -FL_EPARSE);
    assert_int_equal(evaluate(fixture, "{}\n{}\n", &options, &result), -FL_EPARSE);
    assert_int_equal(fl_report_errors(fixture->report), 2);
    options.queries = "/nowhere/at/all.jsonl";
    assert_int_equal(fl_eval_tools(fixture->engine, &options, &result, NULL, &fixture->err),
                     -FL_ENOENT);
    options.queries = NULL;
    assert_int_equal(fl_eval_tools(fixture->engine, &options, &result, NULL, &fixture->err),
                     -FL_EINVAL);
    options.struct_size = 0;
    assert_int_equal(fl_eval_tools(fixture->engine, &options, &result, NULL, &fixture->err),
                     -FL_EINVAL);
    options.struct_size = sizeof options + 1;
    assert_int_equal(fl_eval_tools(fixture->engine, &options, &result, NULL, &fixture->err),
                     -FL_EINVAL);
    static const char *const nowhere[] = {"/nowhere/train.jsonl"};
    fl_eval_options_init(&options);
    options.train = nowhere;
    options.train_count = 1;
    assert_int_equal(evaluate(fixture, "{\"query\":\"a\",\"gold\":[\"t0\"]}", &options, &result),
                     -FL_ENOENT);
    assert_memory_equal(&result, &untouched, sizeof result);
}

/* --- learning --- */

static void learned_rows_raise_their_tools(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf before = {0}, after = {0};
    struct fl_eval_options options;
    struct fl_eval_result plain, trained;
    static const char rows[] = "{\"query\":\"could you zephyr the quokkas\",\"gold\":[\"t9\"]}\n"
                               "{\"query\":\"water the plants\",\"gold\":[\"aside\"]}\n";
    load_ladder(fixture);
    struct fl_selection *selection = select_text(fixture, "zephyr crimson quokkas");
    describe_selection(selection, &before);
    fl_selection_free(selection);
    fl_eval_options_init(&options);
    assert_int_equal(evaluate(fixture, rows, &options, &plain), 0);
    assert_near(plain.mrr, .5);

    char path[200];
    snprintf(path, sizeof path, "%s",
             fixture_write(fixture, "train.jsonl",
                           "{\"query\":\"zephyr my quokka\",\"gold\":[\"t9\"]}\n"
                           "{\"query\":\"bad row\",\"gold\":[\"nobody\"]}\n"
                           "{\"query\":\"quokkas\",\"gold\":[\"c/t9\"]}\n"));
    const char *const train[] = {path};
    options.train = train;
    options.train_count = 1;
    assert_int_equal(evaluate(fixture, rows, &options, &trained), 0);
    assert_near(trained.mrr, 1);
    assert_near(trained.recall[0], 1);
    assert_near(trained.baseline_tokens, plain.baseline_tokens);
    assert_int_equal(fl_report_errors(fixture->report), 1);
    assert_int_equal(fl_report_item(fixture->report, 0)->line, 2);
    assert_string_equal(fl_report_item(fixture->report, 0)->path, path);

    /* The engine itself has learned nothing. */
    selection = select_text(fixture, "zephyr crimson quokkas");
    describe_selection(selection, &after);
    assert_string_equal(before.ptr, after.ptr);
    fl_selection_free(selection);
    fl_buf_destroy(&before);
    fl_buf_destroy(&after);
}

/* --- nothing else --- */

struct home {
    const char *path;
    struct fl_buf content;
};

static int add_file(void *ctx, const char *name)
{
    struct home *home = ctx;
    char path[400];
    snprintf(path, sizeof path, "%s/%s", home->path, name);
    fl_buf_printf(&home->content, "%s:", name);
    return fl_os_read_file(path, 1 << 30, &home->content, NULL);
}

static void nothing_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct fl_eval_options options;
    struct fl_eval_result result;
    static const char rows[] = "{\"query\":\"water the plants\",\"gold\":[\"aside\"]}\n";
    fixture->options.home = fixture->home;
    fixture_start(fixture);
    load_ladder(fixture);
    const char *const train[] = {fixture->path};
    fl_eval_options_init(&options);
    options.train = train;
    options.train_count = 1;
    assert_int_equal(evaluate(fixture, rows, &options, &result), 0);
    assert_false(fl_os_exists(fixture->home));

    const char *paths[] = {fixture_write(fixture, "l.jsonl",
                                         "{\"name\":\"aside\",\"component\":\"d\",\"description\":"
                                         "\"Waters the plants\"}\n")};
    assert_int_equal(fl_engine_import(fixture->engine, paths, 1, NULL, NULL, &fixture->err), 0);
    struct home before = {.path = fixture->home}, after = {.path = fixture->home};
    assert_int_equal(fl_os_list_dir(fixture->home, add_file, &before, NULL), 0);
    assert_true(before.content.len > 0);
    assert_int_equal(evaluate(fixture, rows, &options, &result), 0);
    assert_int_equal(fl_os_list_dir(fixture->home, add_file, &after, NULL), 0);
    assert_int_equal(before.content.len, after.content.len);
    assert_memory_equal(before.content.ptr, after.content.ptr, before.content.len);
    fl_buf_destroy(&before.content);
    fl_buf_destroy(&after.content);
}

static void count_progress(void *ctx, uint32_t done, uint32_t total)
{
    uint32_t *calls = ctx;
    assert_int_equal(done, ++*calls);
    assert_int_equal(total, 3);
}

static void progress_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct fl_eval_options options;
    struct fl_eval_result result;
    uint32_t calls = 0;
    load_ladder(fixture);
    fl_eval_options_init(&options);
    options.progress = count_progress;
    options.ctx = &calls;
    assert_int_equal(evaluate(fixture,
                              "{\"query\":\"crimson\",\"gold\":[\"t0\"]}\nbad\n"
                              "{\"query\":\"walnut\",\"gold\":[\"t0\"]}\n"
                              "{\"query\":\"pebble\",\"gold\":[\"t0\"]}",
                              &options, &result),
                     0);
    assert_int_equal(calls, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(measures_by_hand),
        TEST(rows_are_averaged),
        TEST(measures_by_brute_force),
        TEST(exposure_by_top_and_budget),
        TEST(bad_rows_are_told_and_left_out),
        TEST(unusable_files_fail),
        TEST(learned_rows_raise_their_tools),
        TEST(nothing_is_written),
        TEST(progress_is_told),
    };
    return cmocka_run_group_tests_name("eval_tools", tests, NULL, NULL);
}
