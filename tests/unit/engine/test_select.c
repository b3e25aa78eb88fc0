/* test_select.c: how much is exposed: budgets, the best K, strategies, dependencies, what is always
 * there, candidates, abstention and fallbacks; and requests that are refused. */
#include "engine_fixture.h"

#include "engine/engine.h"
#include "rank/rank.h"

#include <stdio.h>
#include <stdlib.h>

/* A small house: some tools need others, one is always there. */
static const char house[] =
    "{\"name\":\"search_flights\",\"component\":\"travel\",\"description\":\"Search flights "
    "between two airports\",\"depends_on\":[\"travel/login\"]}\n"
    "{\"name\":\"book_flight\",\"component\":\"travel\",\"description\":\"Book a flight that was "
    "found\",\"depends_on\":[\"travel/search_flights\",\"bank/pay\"]}\n"
    "{\"name\":\"login\",\"component\":\"travel\",\"description\":\"Open a session\"}\n"
    "{\"name\":\"pay\",\"component\":\"bank\",\"description\":\"Pay an amount\",\"depends_on\":"
    "[\"bank/token\",\"travel/login\"]}\n"
    "{\"name\":\"token\",\"component\":\"bank\",\"description\":\"Fetch a one-time secret\"}\n"
    "{\"name\":\"weather\",\"component\":\"outside\",\"description\":\"Forecast of rain and "
    "sunshine for a city\"}\n"
    "{\"name\":\"help\",\"component\":\"base\",\"tier\":1,\"description\":\"Explains "
    "everything\"}\n";

static struct fl_request request_of(const char *text)
{
    struct fl_request request;
    fl_request_init(&request, text);
    request.explain = true;
    return request;
}

/* The names of the choices in their order, separated by spaces. */
static void assert_names(const struct fl_selection *selection, const char *expected)
{
    struct fl_buf names = {0};
    for (size_t i = 0; i < fl_selection_count(selection); i++)
        fl_buf_printf(&names, "%s%s", i ? " " : "", fl_selection_choice(selection, i)->name);
    assert_string_equal(fl_buf_text(&names), expected);
    fl_buf_destroy(&names);
}

/* --- dependencies --- */

static void dependencies_come_behind(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    struct fl_request request = request_of("book a flight");
    request.top = 1;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "travel/book_flight");
    assert_int_equal(fl_selection_count(selection), 6);
    static const char *const needed[] = {"travel/search_flights", "travel/login", "bank/pay",
                                         "bank/token"};
    for (size_t i = 0; i < 4; i++) {
        assert_chosen(selection, needed[i], FL_REASON_DEPENDENCY);
        assert_string_equal(choice_of(selection, needed[i])->because, "travel/book_flight");
    }
    assert_string_equal(fl_selection_choice(selection, 5)->name, "base/help");
    fl_selection_free(selection);
}

static void chain_of(struct fl_buf *text, int length)
{
    fl_buf_append_str(text, "{\"name\":\"alpha\",\"component\":\"c\",\"description\":\"crimson\","
                            "\"depends_on\":[\"c/link0\"]}\n");
    for (int i = 0; i < length; i++) {
        fl_buf_printf(text, "{\"name\":\"link%d\",\"component\":\"c\",\"description\":\"x\"", i);
        if (i + 1 < length)
            fl_buf_printf(text, ",\"depends_on\":[\"c/link%d\"]", i + 1);
        fl_buf_append_str(text, "}\n");
    }
}

/* Longer than any buffer of a likely size: all of it comes along. */
static void long_chains_are_whole(void **state)
{
    struct fixture *fixture = *state;
    enum { LENGTH = 700 };
    struct fl_buf text = {0};
    chain_of(&text, LENGTH);
    fixture_load(fixture, "chain.jsonl", fl_buf_text(&text));
    struct fl_request request = request_of("crimson");
    struct fl_selection *selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_count(selection), LENGTH + 1);
    assert_chosen(selection, "c/link0", FL_REASON_DEPENDENCY);
    fl_selection_free(selection);
    request.budget_tokens = 1; /* the best match stays, and what it needs */
    selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_count(selection), LENGTH + 1);
    fl_selection_free(selection);
    fl_buf_destroy(&text);
}

static void cycles_are_reported_and_broken(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(
        fixture, "c.jsonl",
        "{\"name\":\"a\",\"component\":\"c\",\"description\":\"crimson\","
        "\"depends_on\":[\"c/b\"]}\n"
        "{\"name\":\"b\",\"component\":\"c\",\"description\":\"x\",\"depends_on\":[\"c/z\"]}\n"
        "{\"name\":\"z\",\"component\":\"c\",\"description\":\"x\",\"depends_on\":"
        "[\"c/a\",\"c/nowhere\"]}\n");
    assert_reported(fixture->report, "c/a → c/b → c/z → c/a");
    assert_reported(fixture->report, "nowhere");
    assert_int_equal(fl_report_errors(fixture->report), 2);
    struct fl_selection *selection = select_text(fixture, "crimson");
    assert_names(selection, "c/a c/z c/b");
    fl_selection_free(selection);
    /* The check of the catalogue in use says the same. */
    assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err), 0);
    assert_reported(fixture->report, "c/a → c/b → c/z → c/a");
}

/* --- tier 1, given as such --- */

static void core_tools_are_always_there(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "core.jsonl",
                 "{\"name\":\"anchor\",\"component\":\"c\",\"tier\":1,\"description\":\"Drops the "
                 "anchor\",\"depends_on\":[\"c/rope\"]}\n"
                 "{\"name\":\"rope\",\"component\":\"c\",\"tier\":2,\"description\":\"Coils\"}\n"
                 "{\"name\":\"read_file\",\"component\":\"c\",\"description\":\"Reads a file\"}\n");
    static const char *const texts[] = {"rain in Madrid", "read a file", "the"};
    for (size_t i = 0; i < 3; i++) {
        struct fl_request request = request_of(texts[i]);
        for (request.top = 0; request.top < 2; request.top++)
            for (request.budget_tokens = 0; request.budget_tokens < 2; request.budget_tokens++) {
                struct fl_selection *selection = select_with(fixture, &request);
                assert_chosen(selection, "c/anchor", FL_REASON_CORE);
                assert_chosen(selection, "c/rope", FL_REASON_DEPENDENCY);
                fl_selection_free(selection);
            }
    }
    struct fl_selection *selection = select_text(fixture, "drop the anchor");
    assert_chosen(selection, "c/anchor", FL_REASON_MATCH); /* and not a second time */
    fl_selection_free(selection);
}

/* --- exactly so many --- */

static void top_is_exact(void **state)
{
    struct fixture *fixture = *state;
    enum { TOOLS = 100 };
    struct fl_buf text = {0};
    for (int i = 0; i < TOOLS; i++)
        fl_buf_printf(&text, "{\"name\":\"t%d\",\"component\":\"c\",\"description\":\"crimson\"}\n",
                      i);
    fixture_load(fixture, "top.jsonl", fl_buf_text(&text));
    struct fl_request request = request_of("crimson");
    static const uint32_t tops[] = {1, 2, 3, 7, 20, 31};
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        request.top = tops[i];
        request.budget_tokens = 1; /* does not count beside `top` */
        struct fl_selection *selection = select_with(fixture, &request);
        assert_int_equal(fl_selection_count(selection), tops[i]);
        /* Equal ones in the order of the catalogue: the first K. */
        for (uint32_t k = 0; k < tops[i]; k++)
            assert_int_equal(fl_selection_choice(selection, k)->tool, k);
        fl_selection_free(selection);
    }
    fl_buf_destroy(&text);
}

/* --- nothing fits --- */

static void nothing_fits(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    static const char *const texts[] = {"hm", "tell me a joke about penguins", "?!",
                                        "xyzzy plugh quux"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fl_selection *selection = select_text(fixture, texts[i]);
        assert_true(fl_selection_summary(selection)->abstained);
        assert_true(fl_selection_summary(selection)->fit < 0.5f);
        assert_names(selection, "base/help");
        assert_string_equal(fl_selection_summary(selection)->fallback, "");
        fl_selection_free(selection);
    }
    struct fl_selection *selection = select_text(fixture, "will there be rain or sunshine?");
    assert_false(fl_selection_summary(selection)->abstained);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "outside/weather");
    fl_selection_free(selection);
}

static void empty_catalogues_answer(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "empty.json", "{\"components\":[]}");
    struct fl_request request = request_of("anything");
    struct fl_selection *selection = select_with(fixture, &request);
    assert_true(fl_selection_summary(selection)->abstained);
    assert_int_equal(fl_selection_count(selection), 0);
    fl_selection_free(selection);
    request.all = true;
    selection = select_with(fixture, &request);
    assert_int_equal(fl_selection_count(selection), 0);
    fl_selection_free(selection);
}

/* --- among candidates --- */

static void candidates_are_the_world(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    static const char *const candidates[] = {"outside/weather", "login"};
    struct fl_request request = request_of("book a flight and look at the weather forecast");
    request.candidates = candidates;
    request.candidate_count = 2;
    request.top = 5;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_names(selection, "outside/weather base/help");
    fl_selection_free(selection);
    request.all = true;
    selection = select_with(fixture, &request);
    assert_names(selection, "travel/login outside/weather base/help");
    fl_selection_free(selection);

    static const char *const unknown[] = {"outside/weather", "outside/nothing"};
    request.candidates = unknown;
    assert_int_equal(fl_select(fixture->engine, &request, &selection, &fixture->err), -FL_ENOENT);
    assert_non_null(strstr(fixture->err.message, "outside/nothing"));
}

static void ambiguous_names_say_which(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "two.jsonl",
                 "{\"name\":\"search\",\"component\":\"a\",\"description\":\"Search mail\"}\n"
                 "{\"name\":\"search\",\"component\":\"b\",\"description\":\"Search files\"}\n");
    assert_reported(fixture->report, "several components offer 'search'");
    static const char *const candidates[] = {"search"};
    struct fl_request request = request_of("search my mail");
    struct fl_selection *selection;
    request.candidates = candidates;
    request.candidate_count = 1;
    assert_int_equal(fl_select(fixture->engine, &request, &selection, &fixture->err),
                     -FL_EAMBIGUOUS);
    assert_non_null(strstr(fixture->err.message, "a/search"));
    assert_non_null(strstr(fixture->err.message, "b/search"));
    selection = select_text(fixture, "search my mail");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "a/search");
    fl_selection_free(selection);
}

/* --- everything --- */

static void switched_off_exposes_everything(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    struct fl_request request = request_of("book a flight");
    request.all = true;
    struct fl_selection *selection = select_with(fixture, &request);
    const struct fl_selection_summary *summary = fl_selection_summary(selection);
    assert_int_equal(fl_selection_count(selection), 7);
    assert_int_equal(summary->exposed_tokens, summary->baseline_tokens);
    assert_string_not_equal(summary->fallback, "");
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(fl_selection_choice(selection, i)->reason, FL_REASON_FALLBACK);
    fl_selection_free(selection);
}

/* Each look at the clock takes ten milliseconds. */
static fl_time slow_now(void *ctx)
{
    fl_time *now = ctx;
    return *now += 10000;
}

static int64_t no_wall(void *ctx)
{
    (void)ctx;
    return 0;
}

static void slow_rankings_expose_everything(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    fl_time now = 0;
    fixture->engine->clock = (struct fl_clock){slow_now, no_wall, &now};
    struct fl_request request = request_of("book a flight");
    request.timeout_ms = 1;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_non_null(strstr(fl_selection_summary(selection)->fallback, "time-out"));
    assert_int_equal(fl_selection_count(selection), 7);
    assert_int_equal(fl_selection_choice(selection, 0)->reason, FL_REASON_FALLBACK);
    fl_selection_free(selection);
    request.timeout_ms = 60000;
    selection = select_with(fixture, &request);
    assert_string_equal(fl_selection_summary(selection)->fallback, "");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "travel/book_flight");
    fl_selection_free(selection);
}

/* --- requests that are refused --- */

static void assert_refused(struct fixture *fixture, const struct fl_request *request, int code)
{
    struct fl_selection *untouched = (struct fl_selection *)fixture;
    struct fl_selection *selection = untouched;
    fixture->err = (struct fl_err){0};
    assert_int_equal(fl_select(fixture->engine, request, &selection, &fixture->err), -code);
    assert_ptr_equal(selection, untouched);
    assert_int_equal(fixture->err.code, code);
    assert_string_not_equal(fixture->err.message, "");
    assert_int_equal(fl_select(fixture->engine, request, &selection, NULL), -code);
}

static void bad_requests_are_refused(void **state)
{
    struct fixture *fixture = *state;
    static char large[FL_REQUEST_MAX_BYTES + 2];
    memset(large, 'a', FL_REQUEST_MAX_BYTES + 1);
    struct fl_request request = request_of("anything");
    fixture_start(fixture);
    assert_refused(fixture, &request, FL_ENOENT); /* no catalogue */
    assert_null(fl_engine_pin(fixture->engine));
    fixture_load(fixture, "house.jsonl", house);

    request = request_of("");
    assert_refused(fixture, &request, FL_EINVAL);
    request = request_of(NULL);
    assert_refused(fixture, &request, FL_EINVAL);
    static const char *const bad[] = {"caf\xE9", "\xC0\xAF", "\xED\xA0\x80", "flight \xF0\x9F\x98"};
    for (size_t i = 0; i < 4; i++) {
        request = request_of(bad[i]);
        assert_refused(fixture, &request, FL_EUTF8);
    }
    request = request_of(large);
    assert_refused(fixture, &request, FL_ELIMIT);
    request.text_bytes--; /* exactly the limit */
    fl_selection_free(select_with(fixture, &request));

    request = request_of("book a flight");
    request.strategy = (enum fl_strategy)3;
    assert_refused(fixture, &request, FL_EINVAL);
    request = request_of("book a flight");
    request.form = (enum fl_tool_form)3;
    assert_refused(fixture, &request, FL_EINVAL);
    request = request_of("book a flight");
    request.encoding = (enum fl_encoding)2;
    assert_refused(fixture, &request, FL_EINVAL);
    request = request_of("book a flight");
    request.struct_size = sizeof request + 8;
    assert_refused(fixture, &request, FL_EINVAL);
    request.struct_size = 0;
    assert_refused(fixture, &request, FL_EINVAL);
}

/* A caller of an older library has a shorter struct: what it lacks has its default. */
static void older_callers_are_served(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    struct fl_request request = request_of("book a flight");
    request.all = true;
    request.struct_size = offsetof(struct fl_request, candidates);
    struct fl_selection *selection = NULL;
    assert_int_equal(fl_select(fixture->engine, &request, &selection, &fixture->err), 0);
    assert_string_equal(fl_selection_summary(selection)->fallback, "");
    fl_selection_free(selection);

    struct fl_engine *engine = NULL;
    struct fl_options options = fixture->options;
    options.struct_size = sizeof options + 1;
    assert_int_equal(fl_engine_create(&options, &engine, &fixture->err), -FL_EINVAL);
    options.struct_size = 0;
    assert_int_equal(fl_engine_create(&options, &engine, &fixture->err), -FL_EINVAL);
    assert_int_equal(fl_engine_create(NULL, &engine, &fixture->err), -FL_EINVAL);
    assert_null(engine);
    fl_engine_free(NULL);
    fl_selection_free(NULL);
    fl_snapshot_unpin(NULL);
    fl_report_free(NULL);
}

/* Zero bytes and words without end are text too. */
static void odd_requests_are_answered(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "house.jsonl", house);
    struct fl_request request = request_of("book a flight");
    request.text = "book a\0flight";
    request.text_bytes = 13;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "travel/book_flight");
    fl_selection_free(selection);
    struct fl_buf text = {0};
    for (int i = 0; text.len + 20 < FL_REQUEST_MAX_BYTES; i++)
        fl_buf_printf(&text, i % 2 ? "flight " : "w%d ", i);
    request = request_of(fl_buf_text(&text));
    fl_selection_free(select_with(fixture, &request));
    fl_buf_clear(&text);
    while (text.len + 3 < FL_REQUEST_MAX_BYTES)
        fl_buf_append_str(&text, "\xE4\xB8\xAD");
    request = request_of(fl_buf_text(&text));
    fl_selection_free(select_with(fixture, &request));
    fl_buf_destroy(&text);
}

/* --- random catalogues --- */

enum { WORDS = 40 };

static const char *word(struct generator *generator, char text[8])
{
    static const char *const heads[] = {"br", "cl", "dr", "fl", "gr", "kn", "pl", "tr"};
    uint32_t n = draw(generator, WORDS);
    snprintf(text, 8, "%s%cmp", heads[n % 8], "aeiou"[n / 8]);
    return text;
}

static void random_catalogue(struct generator *generator, uint32_t tools, struct fl_buf *text)
{
    char w[8];
    for (uint32_t i = 0; i < tools; i++) {
        fl_buf_printf(text, "{\"name\":\"%s_%u\",\"component\":\"c%u\",\"description\":\"",
                      word(generator, w), i, i % 5);
        uint32_t words = draw(generator, 4) ? draw(generator, 12) : draw(generator, 3000);
        for (uint32_t k = 0; k < words; k++)
            fl_buf_printf(text, "%s ", word(generator, w));
        fl_buf_append_str(text, "\"");
        if (draw(generator, 30) == 0)
            fl_buf_append_str(text, ",\"tier\":1");
        if (draw(generator, 4) == 0)
            fl_buf_printf(text, ",\"depends_on\":[\"t%u\",\"c%u\"]", draw(generator, tools),
                          draw(generator, 9));
        if (draw(generator, 10) == 0)
            fl_buf_printf(text, ",\"keywords\":[\"%s\"]", word(generator, w));
        fl_buf_append_str(text, "}\n");
    }
    assert_false(fl_buf_failed(text));
}

static uint32_t matches_of(const struct fl_selection *selection)
{
    uint32_t matches = 0;
    for (size_t i = 0; i < fl_selection_count(selection); i++) {
        enum fl_reason reason = fl_selection_choice(selection, i)->reason;
        matches += reason == FL_REASON_MATCH || reason == FL_REASON_RULE;
    }
    return matches;
}

static void assert_same_best(const struct fl_selection *a, const struct fl_selection *b)
{
    assert_string_equal(fl_selection_choice(a, 0)->name, fl_selection_choice(b, 0)->name);
}

static void assert_within(const struct fl_selection *small, const struct fl_selection *large)
{
    for (size_t i = 0; i < fl_selection_count(small); i++)
        if (!choice_of(large, fl_selection_choice(small, i)->name))
            fail_msg("'%s' is not in the larger selection", fl_selection_choice(small, i)->name);
}

/* One request by every measure. */
static void measure(struct fixture *fixture, struct generator *generator, const char *text)
{
    struct fl_request request = request_of(text);
    request.top = 1;
    struct fl_selection *best = select_with(fixture, &request);
    if (!matches_of(best)) {
        fl_selection_free(best);
        return;
    }
    for (request.top = 2; request.top < 12; request.top += 3) {
        struct fl_selection *selection = select_with(fixture, &request);
        assert_same_best(best, selection);
        assert_true(matches_of(selection) <= request.top);
        fl_selection_free(selection);
    }
    request.top = 0;
    struct fl_selection *by_strategy[3];
    for (int s = 0; s < 3; s++) {
        request.strategy = (enum fl_strategy)s;
        by_strategy[s] = select_with(fixture, &request);
        if (!fl_selection_summary(by_strategy[s])->abstained)
            assert_same_best(best, by_strategy[s]);
    }
    assert_within(by_strategy[FL_STRATEGY_AGGRESSIVE], by_strategy[FL_STRATEGY_BALANCED]);
    assert_within(by_strategy[FL_STRATEGY_BALANCED], by_strategy[FL_STRATEGY_CONSERVATIVE]);
    for (int s = 0; s < 3; s++)
        fl_selection_free(by_strategy[s]);
    for (int i = 0; i < 3; i++) {
        request.budget_tokens = 1 + draw(generator, 5000);
        struct fl_selection *selection = select_with(fixture, &request);
        if (!fl_selection_summary(selection)->abstained)
            assert_same_best(best, selection);
        fl_selection_free(selection);
    }
    fl_selection_free(best);
}

static void random_catalogues_keep_the_rules(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct generator generator = {seed};
        struct fl_buf text = {0};
        random_catalogue(&generator, 1 + draw(&generator, 150), &text);
        fixture_load(fixture, "random.jsonl", fl_buf_text(&text));
        print_message("seed %llu: %zu findings\n", (unsigned long long)seed,
                      fl_report_count(fixture->report));
        for (int i = 0; i < 15; i++) {
            char w[8];
            fl_buf_clear(&text);
            for (uint32_t k = 0; k <= draw(&generator, 4); k++)
                fl_buf_printf(&text, "%s ", word(&generator, w));
            measure(fixture, &generator, fl_buf_text(&text));
        }
        fl_buf_destroy(&text);
    }
}

/* Where many tools match about as well, more is exposed by the more cautious strategies. */
static void strategies_differ(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    for (int i = 0; i < 200; i++)
        fl_buf_printf(&text,
                      "{\"name\":\"file_%d\",\"component\":\"c\",\"description\":\"Handles a file "
                      "of kind %d, in so many words that a definition costs something\"}\n",
                      i, i);
    fixture_load(fixture, "many.jsonl", fl_buf_text(&text));
    struct fl_request request = request_of("handle the file");
    size_t counts[3];
    for (int s = 0; s < 3; s++) {
        request.strategy = (enum fl_strategy)s;
        struct fl_selection *selection = select_with(fixture, &request);
        counts[s] = fl_selection_count(selection);
        fl_selection_free(selection);
    }
    assert_true(counts[FL_STRATEGY_CONSERVATIVE] > counts[FL_STRATEGY_BALANCED]);
    assert_true(counts[FL_STRATEGY_BALANCED] > counts[FL_STRATEGY_AGGRESSIVE]);
    assert_true(counts[FL_STRATEGY_AGGRESSIVE] >= 1);
    fl_buf_destroy(&text);
}

/* A large tool that only the larger budget has room for must not push out what the smaller holds.
 */
static void strategies_are_nested(void **state)
{
    struct fixture *fixture = *state;
    static const int pad[] = {1000, 26000, 6000, 1000, 1000};
    struct fl_buf text = {0};
    for (int i = 0; i < 5; i++) {
        fl_buf_printf(&text, "{\"name\":\"t%d\",\"component\":\"c\",\"description\":\"crimson\",",
                      i);
        fl_buf_append_str(&text, "\"parameters\":{\"type\":\"object\",\"x-padding\":\"");
        for (int k = 0; k < pad[i]; k++)
            fl_buf_append_char(&text, k % 8 ? 'x' : ' ');
        fl_buf_append_str(&text, "\"}}\n");
    }
    fixture_load(fixture, "sizes.jsonl", fl_buf_text(&text));
    struct fl_request request = request_of("crimson");
    struct fl_selection *by_strategy[3];
    for (int s = 0; s < 3; s++) {
        request.strategy = (enum fl_strategy)s;
        by_strategy[s] = select_with(fixture, &request);
    }
    assert_within(by_strategy[FL_STRATEGY_AGGRESSIVE], by_strategy[FL_STRATEGY_BALANCED]);
    assert_within(by_strategy[FL_STRATEGY_BALANCED], by_strategy[FL_STRATEGY_CONSERVATIVE]);
    for (int s = 0; s < 3; s++)
        fl_selection_free(by_strategy[s]);
    fl_buf_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(dependencies_come_behind),
        TEST(long_chains_are_whole),
        TEST(cycles_are_reported_and_broken),
        TEST(core_tools_are_always_there),
        TEST(top_is_exact),
        TEST(nothing_fits),
        TEST(empty_catalogues_answer),
        TEST(candidates_are_the_world),
        TEST(ambiguous_names_say_which),
        TEST(switched_off_exposes_everything),
        TEST(slow_rankings_expose_everything),
        TEST(bad_requests_are_refused),
        TEST(older_callers_are_served),
        TEST(odd_requests_are_answered),
        TEST(random_catalogues_keep_the_rules),
        TEST(strategies_differ),
        TEST(strategies_are_nested),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
