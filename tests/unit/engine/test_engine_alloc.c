/* test_engine_alloc.c: allocations fail one by one while an engine is made, filled, asked, kept and
 * measured. A failure is told (or exposes everything, with the reason), nothing leaks, and the same
 * engine works when there is memory again. */
#include "encoder_fixture.h"
#include "engine_fixture.h"

#include "failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>

/* Each of the first allocations fails, then a sample of the later ones. */
enum { EACH = 150, STRIDE = 13 };

static const char manifest[] =
    "{\"components\":[{\"name\":\"lamp\",\"keywords\":[\"dusk\",\"light up\"],\"depends_on\":"
    "[\"power\"],\"tools\":[{\"name\":\"turn_on\",\"description\":\"Gives light\",\"keywords\":"
    "[\"bright\"],\"depends_on\":[\"lamp/warm_up\"],\"parameters\":{\"type\":\"object\","
    "\"properties\":{\"colour\":{\"type\":\"string\",\"enum\":[\"red\",\"green\"]}}}},"
    "{\"name\":\"warm_up\",\"tier\":1,\"description\":\"Waits\"},"
    "{\"name\":\"sendMessage\",\"description\":\"Sends a message to a person\"}]},"
    "{\"name\":\"power\",\"kind\":\"native\",\"description\":\"Electricity\"}]}";

static const char rows[] = "{\"query\":\"light up the house\",\"gold\":[\"lamp/turn_on\"]}\n"
                           "{\"query\":\"xyzzy\",\"gold\":[],\"candidates\":[\"turn_on\"]}\n";

struct scene {
    struct fixture *fixture;
    const char *manifest, *rows;
    struct fl_buf told; /* what came out */
};

typedef int (*step_function)(struct scene *scene, struct fl_err *err);

/* --- what is done --- */

static int describe_tools(struct scene *scene, struct fl_engine *engine, struct fl_err *err)
{
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    int rc = 0;
    for (uint32_t t = 0; !rc && t < fl_snapshot_tool_count(snapshot); t++) {
        char *json = NULL;
        rc = fl_snapshot_definition(snapshot, t, FL_TOOL_FORM_OPENAI, &json, err);
        fl_buf_append_str(&scene->told, json ? json : "");
        fl_free(json);
    }
    fl_snapshot_unpin(snapshot);
    return rc;
}

static int ask(struct scene *scene, struct fl_engine *engine, struct fl_err *err)
{
    static const char *const texts[] = {"turn on the ligth at dusk and light up my room",
                                        "send 20 dollars to anna@example.org, bitte"};
    static const char *const candidates[] = {"lamp/turn_on", "sendMessage"};
    int rc = 0;
    for (int i = 0; !rc && i < 2; i++) {
        struct fl_request request;
        struct fl_selection *selection = NULL;
        fl_request_init(&request, texts[i]);
        request.explain = true;
        request.form = i ? FL_TOOL_FORM_ANTHROPIC : FL_TOOL_FORM_MCP;
        request.candidates = candidates;
        request.candidate_count = i ? 2 : 0;
        rc = fl_select(engine, &request, &selection, err);
        if (!rc && *fl_selection_summary(selection)->fallback)
            rc = -FL_ENOMEM; /* everything is exposed, and it says why */
        else if (!rc)
            describe_selection(selection, &scene->told);
        fl_selection_free(selection);
    }
    return rc;
}

static int load_and_ask(struct scene *scene, struct fl_err *err)
{
    struct fl_engine *engine = NULL;
    struct fl_report *report = NULL;
    int rc = fl_engine_create(&scene->fixture->options, &engine, err);
    if (!rc)
        rc = fl_engine_load_files(engine, &scene->manifest, 1, &report, err);
    if (!rc)
        rc = ask(scene, engine, err);
    if (!rc)
        rc = describe_tools(scene, engine, err);
    if (!rc)
        rc = fl_engine_check(engine, NULL, err);
    fl_report_free(report);
    fl_engine_free(engine);
    return rc;
}

static int keep_and_ask(struct scene *scene, struct fl_err *err)
{
    struct fl_engine *engine = NULL;
    int rc = fl_engine_create(&scene->fixture->options, &engine, err);
    if (!rc)
        rc = fl_engine_import(engine, &scene->manifest, 1, NULL, NULL, err);
    if (!rc)
        rc = fl_engine_refresh(engine, NULL, 0, NULL, NULL, err);
    if (!rc)
        rc = fl_engine_load_stored(engine, err);
    if (!rc)
        rc = ask(scene, engine, err);
    if (!rc)
        rc = describe_tools(scene, engine, err);
    if (!rc)
        rc = fl_engine_load_files(engine, &scene->manifest, 1, NULL, err);
    fl_engine_free(engine);
    return rc;
}

static int measure(struct scene *scene, struct fl_err *err)
{
    struct fl_eval_options options;
    struct fl_eval_result result = {0};
    fl_eval_options_init(&options);
    options.queries = scene->rows;
    options.train = &scene->rows;
    options.train_count = 1;
    int rc = fl_eval_tools(scene->fixture->engine, &options, &result, NULL, err);
    if (!rc)
        fl_buf_printf(&scene->told, "%u %g %g %g", result.queries, result.mrr,
                      result.needed_percent, result.exposed_tokens_mean);
    return rc;
}

static int ask_again(struct scene *scene, struct fl_err *err)
{
    return ask(scene, scene->fixture->engine, err);
}

/* --- each allocation --- */

/* Without a failure, and how many allocations that takes; `told` is what came out. */
static long run_well(struct scene *scene, step_function step)
{
    struct fl_err err = {0};
    fl_buf_clear(&scene->told);
    fl_test_fail_alloc_at(0);
    if (step(scene, &err))
        fail_msg("%s", err.message);
    return fl_test_alloc_count();
}

static void fail_each(struct scene *scene, step_function step)
{
    struct fl_err err;
    long count = run_well(scene, step);
    char *expected = fl_buf_take(&scene->told);
    assert_non_null(expected);
    assert_true(count > 5);
    fl_buf_reserve(&scene->told, strlen(expected) + 4096); /* its own growth shall not fail */
    for (long n = 1; n <= count; n += n < EACH ? 1 : STRIDE) {
        err = (struct fl_err){0};
        fl_buf_clear(&scene->told);
        fl_test_fail_alloc_at(n);
        int rc = step(scene, &err);
        fl_test_fail_alloc_at(0);
        if (rc != 0 && rc != -FL_ENOMEM)
            fail_msg("allocation %ld of %ld: %d, '%s'", n, count, rc, err.message);
        if (rc == 0 && strcmp(fl_buf_text(&scene->told), expected) != 0)
            fail_msg("allocation %ld of %ld went unnoticed: %s", n, count,
                     fl_buf_text(&scene->told));
    }
    run_well(scene, step);
    assert_string_equal(fl_buf_text(&scene->told), expected);
    free(expected);
    fl_buf_destroy(&scene->told);
}

static void run(struct fixture *fixture, step_function step)
{
    struct scene scene = {.fixture = fixture};
    char path[sizeof fixture->path];
    snprintf(path, sizeof path, "%s", fixture_write(fixture, "rows.jsonl", rows));
    scene.rows = path;
    fixture_load(fixture, "manifest.json", manifest);
    scene.manifest = fixture->path;
    fail_each(&scene, step);
}

static void engines_from_files(void **state)
{
    run(*state, load_and_ask);
}

static void requests_to_one_engine(void **state)
{
    run(*state, ask_again);
}

static void engines_from_the_store(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.home = fixture->home;
    run(fixture, keep_and_ask);
}

/* The same with an encoder. */
static struct fixture *with_encoder(void **state)
{
    static const char *const groups[] = {"light lamp dusk", "message send mail", NULL};
    static char path[192];
    struct fixture *fixture = *state;
    snprintf(path, sizeof path, "%s/encoder.flm", fixture->folder);
    write_encoder(path, groups);
    fixture->options.encoder = path;
    return fixture;
}

static void engines_with_encoder(void **state)
{
    run(with_encoder(state), load_and_ask);
}

static void kept_vectors(void **state)
{
    struct fixture *fixture = with_encoder(state);
    fixture->options.home = fixture->home;
    run(fixture, keep_and_ask);
}

static void evaluations_with_encoder(void **state)
{
    run(with_encoder(state), measure);
}

static void evaluations(void **state)
{
    run(*state, measure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(engines_from_files),       TEST(requests_to_one_engine),
        TEST(engines_from_the_store),   TEST(evaluations),
        TEST(engines_with_encoder),     TEST(kept_vectors),
        TEST(evaluations_with_encoder),
    };
    return cmocka_run_group_tests_name("engine_alloc", tests, NULL, NULL);
}
