/* test_select_threads.c: the same request gives the same bytes: again, after the catalogue was
 * loaded anew, and from several threads on one engine, also while another one loads. */
#include "engine_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 4, ROUNDS = 6, REQUESTS = 6 };

static const char *const requests[REQUESTS] = {
    "create a branch and merge it",       "delete the file that I do not need",
    "wie ist das Wetter morgen in Paris", "send 20 dollars to anna@example.org",
    "serch for an isue about the crahs",  "unlock",
};

static void write_catalogue(struct fl_buf *text)
{
    static const char *const verbs[] = {"create", "delete", "list", "search", "send", "merge"};
    static const char *const things[] = {"branch",  "file",  "issue", "message",
                                         "weather", "money", "crash", "page"};
    for (int v = 0; v < 6; v++)
        for (int t = 0; t < 8; t++)
            fl_buf_printf(text,
                          "{\"name\":\"%s_%s\",\"component\":\"c%d\",\"description\":\"Can %s a %s "
                          "or %s\",\"depends_on\":[\"c%d/%s_%s\"],\"keywords\":[\"un%s\"]}\n",
                          verbs[v], things[t], t % 3, verbs[v], things[t], things[(t + v) % 8],
                          t / 2 % 3, verbs[v], things[t / 2], t == 1 ? "lock" : "do");
}

static void describe_all(struct fl_engine *engine, struct fl_buf *buf)
{
    for (int i = 0; i < REQUESTS; i++)
        for (int strategy = 0; strategy < 3; strategy++) {
            struct fl_request request;
            struct fl_selection *selection;
            fl_request_init(&request, requests[i]);
            request.strategy = (enum fl_strategy)strategy;
            request.form = (enum fl_tool_form)strategy;
            request.explain = true;
            if (fl_select(engine, &request, &selection, NULL) == 0) {
                describe_selection(selection, buf);
                fl_selection_free(selection);
            }
            fl_buf_append_char(buf, '\n');
        }
}

static void load_catalogue(struct fixture *fixture)
{
    struct fl_buf text = {0};
    write_catalogue(&text);
    fixture_load(fixture, "tools.jsonl", fl_buf_text(&text));
    fl_buf_destroy(&text);
}

static void the_same_again(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf first = {0}, again = {0};
    load_catalogue(fixture);
    describe_all(fixture->engine, &first);
    assert_true(first.len > 1000);
    describe_all(fixture->engine, &again);
    assert_string_equal(first.ptr, again.ptr);
    load_catalogue(fixture);
    fl_buf_clear(&again);
    describe_all(fixture->engine, &again);
    assert_string_equal(first.ptr, again.ptr);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    load_catalogue(fixture);
    fl_buf_clear(&again);
    describe_all(fixture->engine, &again);
    assert_string_equal(first.ptr, again.ptr);
    fl_buf_destroy(&first);
    fl_buf_destroy(&again);
}

/* What a request asked before leaves nothing behind. */
static void no_request_colours_another(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf alone[REQUESTS] = {{0}};
    for (int i = 0; i < REQUESTS; i++) {
        fl_engine_free(fixture->engine);
        fixture->engine = NULL;
        load_catalogue(fixture);
        struct fl_selection *selection = select_text(fixture, requests[i]);
        describe_selection(selection, &alone[i]);
        fl_selection_free(selection);
    }
    for (int round = 0; round < 2; round++)
        for (int i = REQUESTS; i-- > 0;) {
            struct fl_buf after = {0};
            struct fl_selection *selection = select_text(fixture, requests[i]);
            describe_selection(selection, &after);
            assert_string_equal(after.ptr, alone[i].ptr);
            fl_selection_free(selection);
            fl_buf_destroy(&after);
        }
    for (int i = 0; i < REQUESTS; i++)
        fl_buf_destroy(&alone[i]);
}

struct asking {
    struct fl_engine *engine;
    const char *expected;
    int differing;
};

static void *ask(void *ctx)
{
    struct asking *asking = ctx;
    for (int round = 0; round < ROUNDS; round++) {
        struct fl_buf buf = {0};
        describe_all(asking->engine, &buf);
        asking->differing += strcmp(fl_buf_text(&buf), asking->expected) != 0;
        fl_buf_destroy(&buf);
    }
    return NULL;
}

/* A fresh engine each time: the first requests count costs and make rankers side by side. */
static void threads_agree(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf expected = {0};
    load_catalogue(fixture);
    describe_all(fixture->engine, &expected);
    for (int reloading = 0; reloading < 2; reloading++) {
        fl_engine_free(fixture->engine);
        fixture->engine = NULL;
        load_catalogue(fixture);
        pthread_t threads[THREADS];
        struct asking asking[THREADS];
        for (int i = 0; i < THREADS; i++) {
            asking[i] = (struct asking){fixture->engine, fl_buf_text(&expected), 0};
            assert_int_equal(pthread_create(&threads[i], NULL, ask, &asking[i]), 0);
        }
        for (int i = 0; reloading && i < 20; i++) {
            const char *path = fixture->path;
            assert_int_equal(fl_engine_load_files(fixture->engine, &path, 1, NULL, NULL), 0);
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(asking[i].differing, 0);
        }
    }
    fl_buf_destroy(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(the_same_again),
        TEST(no_request_colours_another),
        TEST(threads_agree),
    };
    return cmocka_run_group_tests_name("select_threads", tests, NULL, NULL);
}
