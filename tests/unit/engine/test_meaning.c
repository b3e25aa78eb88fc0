/* test_meaning.c: ranking with a text encoder: what shares no word is found by what it means; where
 * the encoder cannot be used everything is as without; vectors are kept and not trusted blindly. */
#include "encoder_fixture.h"
#include "engine_fixture.h"

#include "base/os.h"
#include "engine/engine.h"
#include "rank/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const groups[] = {"cash invoice bill billing", "picture photo image",
                                     "thunder weather rain", "list all", NULL};

static const char tools[] =
    "{\"name\":\"billing\",\"component\":\"office\",\"description\":\"Handles each invoice\"}\n"
    "{\"name\":\"album\",\"component\":\"office\",\"description\":\"Shows a photo\"}\n"
    "{\"name\":\"forecast\",\"component\":\"sky\",\"description\":\"Tells the weather\"}\n"
    "{\"name\":\"note\",\"component\":\"office\",\"description\":\"Keeps text\"}\n";

/* A path in the fixture's folder. */
static const char *place(struct fixture *fixture, const char *name)
{
    static char path[192];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    return path;
}

static int start_with_encoder(void **state)
{
    static char path[192];
    int rc = fixture_setup(state);
    struct fixture *fixture = *state;
    snprintf(path, sizeof path, "%s", place(fixture, "encoder.flm"));
    write_encoder(path, groups);
    fixture->options.encoder = path;
    return rc;
}

static struct fl_selection *select_explained(struct fixture *fixture, const char *text)
{
    struct fl_request request;
    fl_request_init(&request, text);
    request.top = 2;
    request.explain = true;
    return select_with(fixture, &request);
}

static const struct fl_evidence *evidence_of(const struct fl_selection *selection, size_t choice,
                                             const char *way)
{
    for (size_t i = 0; i < fl_selection_evidence_count(selection, choice); i++) {
        const struct fl_evidence *e = fl_selection_evidence(selection, choice, i);
        if (strcmp(e->way, way) == 0)
            return e;
    }
    return NULL;
}

static void what_means_the_same_is_found(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "t.jsonl", tools);
    struct fl_selection *selection = select_explained(fixture, "thunder");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "sky/forecast");
    const struct fl_evidence *meaning = evidence_of(selection, 0, "meaning");
    assert_non_null(meaning);
    /* "forecast" and "sky" mean nothing here, so only the direction of "weather" is left. */
    assert_true(fabsf(meaning->weight - 1.0f) < 0.02f);
    fl_selection_free(selection);

    fixture->options.encoder = NULL;
    fixture_start(fixture);
    fixture_load(fixture, "t.jsonl", tools);
    selection = select_explained(fixture, "cash");
    assert_int_equal(fl_selection_count(selection), 0); /* no word of it is there */
    fl_selection_free(selection);
}

static void words_count_beside_meaning(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "t.jsonl", tools);
    struct fl_selection *selection = select_explained(fixture, "show my picture album");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "office/album");
    assert_non_null(evidence_of(selection, 0, "meaning"));
    assert_non_null(evidence_of(selection, 0, "word"));
    fl_selection_free(selection);
}

static void only_candidates_are_found_by_meaning(void **state)
{
    struct fixture *fixture = *state;
    static const char *const candidates[] = {"note", "album"};
    fixture_load(fixture, "t.jsonl", tools);
    struct fl_request request;
    fl_request_init(&request, "thunder");
    request.top = 4;
    request.candidates = candidates;
    request.candidate_count = 2;
    struct fl_selection *selection = select_with(fixture, &request);
    assert_not_chosen(selection, "sky/forecast");
    fl_selection_free(selection);
}

/* The same ranking as without an encoder. */
static void a_request_without_meaning_is_ranked_by_words(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf with = {0}, without = {0};
    fixture_load(fixture, "t.jsonl", tools);
    struct fl_selection *selection = select_explained(fixture, "keeps text");
    describe_selection(selection, &with);
    fl_selection_free(selection);
    fixture->options.encoder = NULL;
    fixture_start(fixture);
    fixture_load(fixture, "t.jsonl", tools);
    selection = select_explained(fixture, "keeps text");
    describe_selection(selection, &without);
    fl_selection_free(selection);
    assert_string_equal(fl_buf_text(&with), fl_buf_text(&without));
    fl_buf_destroy(&with);
    fl_buf_destroy(&without);
}

static void an_encoder_that_is_of_no_use_is_told_of(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {"", "no model", "FLMODEL"};
    for (unsigned i = 0; i <= sizeof bad / sizeof *bad; i++) {
        if (i < sizeof bad / sizeof *bad)
            fl_os_write_file(fixture->options.encoder, bad[i], strlen(bad[i]), NULL);
        else
            remove(fixture->options.encoder);
        fl_buf_clear(&fixture->messages);
        fixture_start(fixture);
        fixture_load(fixture, "t.jsonl", tools);
        fixture_load(fixture, "t.jsonl", tools);
        const char *told = strstr(fl_buf_text(&fixture->messages), "by words alone");
        assert_non_null(told);
        assert_null(strstr(told + 1, "by words alone")); /* once */
        struct fl_selection *selection = select_text(fixture, "the weather");
        assert_chosen(selection, "sky/forecast", FL_REASON_MATCH);
        fl_selection_free(selection);
    }
}

static uint32_t place_of(struct fl_snapshot *snapshot, const struct fl_engine *engine,
                         const char *text, const char *name)
{
    struct fl_ranker *ranker = fl_ranker_take(snapshot);
    uint32_t tool, at = 0;
    assert_non_null(ranker);
    assert_int_equal(fl_snapshot_find_tool(snapshot, name, &tool, NULL), 0);
    assert_int_equal(engine->scorer->rank(ranker, snapshot, fl_str_of(text), NULL), 0);
    while (at < ranker->ranking.count && ranker->ranking.candidates[at].document != tool)
        at++;
    fl_ranker_give(snapshot, ranker);
    return at;
}

/* A request that means what a past one meant is served by what served that. */
static void past_requests_vote(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "t.jsonl", tools);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine), *learned = NULL;
    const struct fl_engine *engine = fixture->engine;
    uint32_t note, album;
    assert_int_equal(fl_snapshot_find_tool(snapshot, "note", &note, NULL), 0);
    assert_int_equal(fl_snapshot_find_tool(snapshot, "album", &album, NULL), 0);
    const struct fl_past_use items[] = {{fl_str_of("a bill"), note},
                                        {fl_str_of("one more bill"), note},
                                        {fl_str_of("an image"), album}};
    const struct fl_examples examples = {items, 3};
    assert_int_equal(fl_snapshot_learn(snapshot, &examples, &learned, &fixture->err), 0);
    assert_int_equal(learned->past.vectors.count, 3);
    assert_true(place_of(learned, engine, "cash", "note") < 2); /* the other is "billing" */
    assert_true(place_of(learned, engine, "cash", "note") <
                place_of(snapshot, engine, "cash", "note"));
    fl_snapshot_unpin(learned);
    fl_snapshot_unpin(snapshot);
}

/* --- kept vectors --- */

static void import(struct fixture *fixture, const char *text)
{
    const char *path = fixture_write(fixture, "t.jsonl", text);
    assert_int_equal(fl_engine_import(fixture->engine, &path, 1, NULL, NULL, &fixture->err), 0);
}

static bool come_from_the_file(struct fixture *fixture)
{
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    bool loaded = snapshot->vectors.file.bytes != NULL;
    assert_int_equal(snapshot->vectors.count, snapshot->document_count);
    fl_snapshot_unpin(snapshot);
    return loaded;
}

static void reload(struct fixture *fixture)
{
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_selection *selection = select_explained(fixture, "thunder");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "sky/forecast");
    fl_selection_free(selection);
}

static void vectors_are_kept(void **state)
{
    struct fixture *fixture = *state;
    char vectors[128];
    fixture->options.home = fixture->home;
    fixture_start(fixture);
    import(fixture, tools);
    snprintf(vectors, sizeof vectors, "%s/vectors.flm", fixture->home);
    reload(fixture);
    assert_true(come_from_the_file(fixture));
    /* Another catalogue: they are those of the new one. */
    import(fixture, "{\"name\":\"umbrella\",\"component\":\"hall\",\"description\":\"rain\"}\n");
    reload(fixture);
    assert_true(come_from_the_file(fixture));
    /* Another encoder: computed, and the file is left to the next change. */
    static const char *const others[] = {"thunder weather", NULL};
    write_encoder(fixture->options.encoder, others);
    reload(fixture);
    assert_false(come_from_the_file(fixture));
}

static void damaged_vectors_are_computed_anew(void **state)
{
    struct fixture *fixture = *state;
    char vectors[128];
    fixture->options.home = fixture->home;
    fixture_start(fixture);
    import(fixture, tools);
    snprintf(vectors, sizeof vectors, "%s/vectors.flm", fixture->home);
    struct fl_buf whole = {0};
    assert_int_equal(fl_os_read_file(vectors, 1 << 20, &whole, NULL), 0);
    for (size_t at = 0; at <= whole.len; at += 37) {
        struct fl_buf damaged = {0};
        fl_buf_append(&damaged, whole.ptr, at); /* cut off, or with one bit turned */
        if (at % 2) {
            fl_buf_append(&damaged, whole.ptr + at, whole.len - at);
            damaged.ptr[at] ^= 4;
        }
        if (at == whole.len)
            break;
        assert_int_equal(fl_os_write_file(vectors, damaged.ptr, damaged.len, NULL), 0);
        reload(fixture);
        assert_false(come_from_the_file(fixture));
        fl_buf_destroy(&damaged);
    }
    remove(vectors);
    reload(fixture);
    assert_false(come_from_the_file(fixture));
    fl_buf_destroy(&whole);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_encoder, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_means_the_same_is_found),
        TEST(words_count_beside_meaning),
        TEST(only_candidates_are_found_by_meaning),
        TEST(a_request_without_meaning_is_ranked_by_words),
        TEST(an_encoder_that_is_of_no_use_is_told_of),
        TEST(past_requests_vote),
        TEST(vectors_are_kept),
        TEST(damaged_vectors_are_computed_anew),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
