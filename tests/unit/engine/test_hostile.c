/* test_hostile.c: catalogues that are too large, too deep or broken. What is bad is named; the rest
 * stays usable, in every form. */
#include "engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* Beside whatever else is in a catalogue, this tool must be found. */
#define GOOD                                                                                       \
    "{\"name\":\"read_file\",\"component\":\"good\",\"description\":\"Reads a file from "          \
    "disk\",\"parameters\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}}" \
    "\n"

static void assert_usable(struct fixture *fixture)
{
    struct fl_request request;
    fl_request_init(&request, "read a file from disk");
    request.explain = true;
    for (int form = 0; form < 3; form++) {
        request.form = (enum fl_tool_form)form;
        struct fl_selection *selection = select_with(fixture, &request);
        assert_string_equal(fl_selection_choice(selection, 0)->name, "good/read_file");
        fl_selection_free(selection);
    }
    request.all = true;
    fl_selection_free(select_with(fixture, &request));
}

static uint32_t tools_in(struct fixture *fixture)
{
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    uint32_t count = fl_snapshot_tool_count(snapshot);
    fl_snapshot_unpin(snapshot);
    return count;
}

static void repeat(struct fl_buf *text, const char *part, int times)
{
    for (int i = 0; i < times; i++)
        fl_buf_append_str(text, part);
}

static void a_description_of_ten_megabytes(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, GOOD "{\"name\":\"long\",\"component\":\"c\",\"description\":\"");
    repeat(&text, "crimson tide ", 10 << 20 >> 4);
    repeat(&text, "xyz", 10 << 20 >> 4);
    fl_buf_append_str(&text, "last\"}\n");
    assert_true(text.len > 10 << 20);
    fixture_load(fixture, "long.jsonl", fl_buf_text(&text));
    assert_int_equal(tools_in(fixture), 2);
    assert_reported(fixture->report, "cut for search");
    assert_usable(fixture);
    struct fl_request request;
    fl_request_init(&request, "crimson tide");
    struct fl_selection *selection = select_with(fixture, &request);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "c/long");
    assert_true(fl_selection_choice(selection, 0)->tokens > 1 << 20); /* the definition is whole */
    fl_selection_free(selection);
    fl_buf_destroy(&text);
}

static void schemas_of_any_depth(void **state)
{
    struct fixture *fixture = *state;
    static const int depths[] = {100, 127, 128, 129, 1000, 100000};
    struct fl_buf text = {0};
    fl_buf_append_str(&text, GOOD);
    for (size_t i = 0; i < sizeof depths / sizeof *depths; i++) {
        fl_buf_printf(&text,
                      "{\"name\":\"deep%d\",\"component\":\"c\",\"description\":\"crimson\","
                      "\"parameters\":",
                      depths[i]);
        repeat(&text, "{\"properties\":", depths[i] - 1);
        fl_buf_append_str(&text, "{}");
        repeat(&text, "}", depths[i] - 1);
        fl_buf_append_str(&text, "}\n");
    }
    fixture_load(fixture, "deep.jsonl", fl_buf_text(&text));
    assert_usable(fixture);
    uint32_t tool;
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_find_tool(snapshot, "c/deep100", &tool, NULL), 0);
    assert_int_equal(fl_snapshot_find_tool(snapshot, "c/deep1000", &tool, NULL), -FL_ENOENT);
    assert_int_equal(fl_snapshot_find_tool(snapshot, "c/deep100000", &tool, NULL), -FL_ENOENT);
    fl_snapshot_unpin(snapshot);
    assert_true(fl_report_errors(fixture->report) >= 2);
    fl_buf_destroy(&text);
}

static void fifty_thousand_tools(void **state)
{
    struct fixture *fixture = *state;
    enum { TOOLS = 50000 };
    struct generator generator = {7};
    struct fl_buf text = {0};
    fl_buf_append_str(&text, GOOD);
    for (int i = 0; i < TOOLS; i++)
        fl_buf_printf(
            &text,
            "{\"name\":\"w%u_w%u_%d\",\"component\":\"c%d\",\"description\":\"Does w%u to "
            "w%u with w%u\"}\n",
            draw(&generator, 5000), draw(&generator, 50), i, i / 100, draw(&generator, 20000),
            draw(&generator, 500), draw(&generator, 50));
    fixture_load(fixture, "many.jsonl", fl_buf_text(&text));
    assert_int_equal(fl_report_count(fixture->report), 0);
    assert_int_equal(tools_in(fixture), TOOLS + 1);
    struct fl_request request;
    fl_request_init(&request, "read a file from disk");
    struct fl_selection *selection = select_with(fixture, &request);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "good/read_file");
    assert_true(fl_selection_summary(selection)->exposed_tokens * 10 <
                fl_selection_summary(selection)->baseline_tokens);
    fl_selection_free(selection);
    fl_buf_destroy(&text);
}

static void bad_lines_beside_good_ones(void **state)
{
    struct fixture *fixture = *state;
    static const char *const bad[] = {
        "{\"name\":\"half",
        "not json",
        "[]",
        "7",
        "{\"name\":\"\",\"component\":\"c\"}",
        "{\"name\":\"a\\u0000b\",\"component\":\"c\"}",
        "{\"name\":\"caf\xE9\",\"component\":\"c\"}",
        "{\"name\":7,\"component\":\"c\"}",
        "{\"name\":\"line\\nbreak\",\"component\":\"c\"}",
        "{\"name\":\"x\",\"name\":\"y\",\"component\":\"c\"}",
        "{\"name\":\"read_file\",\"component\":\"good\",\"description\":\"a second one\"}",
    };
    enum { BAD = sizeof bad / sizeof *bad };
    struct fl_buf text = {0};
    fl_buf_append_str(&text, GOOD);
    for (size_t i = 0; i < BAD; i++)
        fl_buf_printf(&text, "%s\n", bad[i]);
    fixture_load(fixture, "bad.jsonl", fl_buf_text(&text));
    assert_int_equal(tools_in(fixture), 1);
    assert_int_equal(fl_report_errors(fixture->report), BAD);
    for (size_t i = 0; i < BAD; i++) {
        const struct fl_report_item *item = fl_report_item(fixture->report, i);
        assert_int_equal(item->line, i + 2);
        assert_string_equal(item->path, fixture->path);
        assert_string_not_equal(item->message, "");
    }
    assert_usable(fixture);
    fl_buf_destroy(&text);
}

/* Members that have the wrong type, or schemas that no client may send on. */
static void odd_members(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "odd.jsonl",
                 GOOD
                 "{\"name\":\"a\",\"component\":\"c\",\"description\":7,\"parameters\":\"all\"}\n"
                 "{\"name\":\"b\",\"component\":\"c\",\"description\":null,\"parameters\":null}\n"
                 "{\"name\":\"d\",\"component\":\"c\",\"parameters\":[1,2]}\n"
                 "{\"name\":\"e\",\"component\":\"c\",\"tier\":\"one\",\"category\":[]}\n");
    assert_int_equal(tools_in(fixture), 5);
    assert_usable(fixture);
}

/* What cannot be used at all leaves the catalogue in use alone. */
static void the_old_catalogue_stays(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "good.jsonl", GOOD);
    const char *paths[2] = {fixture_write(fixture, "broken.json", "{\"tools\": [{]}"), NULL};
    int rc =
        fl_engine_load_files(fixture->engine, paths, 1, fixture_report(fixture), &fixture->err);
    assert_true(rc < 0);
    assert_non_null(strstr(fixture->err.message, "broken.json"));
    assert_non_null(fixture->report);
    assert_usable(fixture);
    paths[0] = "/nowhere/at/all.json";
    assert_int_equal(
        fl_engine_load_files(fixture->engine, paths, 1, fixture_report(fixture), &fixture->err),
        -FL_ENOENT);
    assert_usable(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(a_description_of_ten_megabytes),
        TEST(schemas_of_any_depth),
        TEST(fifty_thousand_tools),
        TEST(bad_lines_beside_good_ones),
        TEST(odd_members),
        TEST(the_old_catalogue_stays),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
