/* test_store.c: what is put is what is visited, and how the catalogue changes. */
#include "store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static void assert_dump(struct fl_store *store, const struct fl_buf *expected)
{
    struct fl_buf seen = {0};
    struct fl_err err = {0};
    if (dump_store(store, true, &seen, &err))
        fail_msg("%s", err.message);
    assert_string_equal(fl_buf_text(&seen), fl_buf_text(expected));
    fl_buf_destroy(&seen);
}

static void what_is_put_is_visited_in_order_of_names(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(put_sample(store, "zebra", 1, 3, NULL), 0);
    assert_int_equal(put_sample(store, "ähre", 2, 40, NULL), 0);
    assert_int_equal(put_sample(store, "apple", 3, 0, NULL), 0);
    struct fl_buf expected = {0};
    expect_sample(&expected, "apple", 3, 0);
    expect_sample(&expected, "zebra", 1, 3);
    expect_sample(&expected, "ähre", 2, 40);
    assert_dump(store, &expected);
    fl_store_close(store);

    store = open_store(fixture->path);
    assert_dump(store, &expected);
    assert_int_equal(fl_store_check(store, NULL), 0);
    fl_store_close(store);
    fl_buf_destroy(&expected);
}

static void putting_again_replaces_tools(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(put_sample(store, "files", 1, 30, NULL), 0);
    assert_int_equal(put_sample(store, "files", 2, 4, NULL), 0);
    struct fl_buf expected = {0};
    expect_sample(&expected, "files", 2, 4);
    assert_dump(store, &expected);
    assert_int_equal(fl_store_check(store, NULL), 0);
    fl_store_close(store);
    fl_buf_destroy(&expected);
}

static void removal_takes_the_tools_along(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_err err = {0};
    assert_int_equal(put_sample(store, "files", 1, 30, NULL), 0);
    assert_int_equal(fl_store_remove_component(store, "files", &err), 0);
    assert_dump(store, &(struct fl_buf){0});
    assert_int_equal(fl_store_remove_component(store, "files", &err), -FL_ENOENT);
    assert_int_equal(err.code, FL_ENOENT);
    fl_store_close(store);

    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT (SELECT count(*) FROM tool) + (SELECT count(*) FROM definition)",
                       -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static int64_t generation(struct fl_store *store)
{
    int64_t value = -1;
    assert_int_equal(fl_store_generation(store, &value, NULL), 0);
    return value;
}

static void generation_counts_changes_and_only_those(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    int64_t first = generation(store);
    put_sample(store, "files", 1, 2, NULL);
    int64_t second = generation(store);
    assert_true(second != first);
    assert_int_equal(fl_store_touch_component(store, "files", 5, NULL, NULL), 0);
    assert_int_equal(generation(store), second);
    assert_int_equal(fl_store_remove_component(store, "other", NULL), -FL_ENOENT);
    assert_int_equal(generation(store), second);
    assert_int_equal(fl_store_remove_component(store, "files", NULL), 0);
    assert_true(generation(store) != second);
    fl_store_close(store);
}

struct touched {
    int64_t listed_at_s;
    char last_error[32];
    int tools;
};

static int note_component(void *ctx, const struct fl_store_component *component)
{
    struct touched *touched = ctx;
    touched->listed_at_s = component->listed_at_s;
    snprintf(touched->last_error, sizeof touched->last_error, "%s",
             component->last_error ? component->last_error : "none");
    return 0;
}

static int count_tool(void *ctx, const struct fl_store_tool *tool)
{
    assert_null(tool->definition); /* not asked for */
    ((struct touched *)ctx)->tools++;
    return 0;
}

static void touching_changes_time_and_error_only(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct touched touched = {0};
    struct fl_store_visitor visitor = {note_component, count_tool, &touched, false};
    put_sample(store, "files", 1, 7, NULL);
    assert_int_equal(fl_store_touch_component(store, "files", 42, "timed out", NULL), 0);
    assert_int_equal(fl_store_visit(store, &visitor, NULL), 0);
    assert_int_equal(touched.listed_at_s, 42);
    assert_string_equal(touched.last_error, "timed out");
    assert_int_equal(touched.tools, 7);
    assert_int_equal(fl_store_touch_component(store, "files", 43, NULL, NULL), 0);
    assert_int_equal(fl_store_visit(store, &visitor, NULL), 0);
    assert_string_equal(touched.last_error, "none");
    assert_int_equal(fl_store_touch_component(store, "other", 43, NULL, NULL), -FL_ENOENT);
    fl_store_close(store);
}

static int stop_at_third(void *ctx, const struct fl_store_tool *tool)
{
    (void)tool;
    return ++((struct touched *)ctx)->tools == 3 ? 77 : 0;
}

static void a_visitor_can_end_the_walk(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct touched touched = {0};
    struct fl_store_visitor visitor = {note_component, stop_at_third, &touched, false};
    put_sample(store, "files", 1, 7, NULL);
    assert_int_equal(fl_store_visit(store, &visitor, NULL), 77);
    assert_int_equal(touched.tools, 3);
    visitor.tool = NULL; /* components alone */
    assert_int_equal(fl_store_visit(store, &visitor, NULL), 0);
    assert_int_equal(touched.tools, 3);
    assert_int_equal(put_sample(store, "files", 2, 7, NULL), 0);
    fl_store_close(store);
}

struct inside {
    struct fl_store *store;
    struct fl_buf definition;
    int calls;
};

static int change_from_inside(void *ctx, const struct fl_store_component *component)
{
    struct inside *inside = ctx;
    struct fl_store_visitor none = {note_component, NULL, NULL, false};
    inside->calls++;
    assert_int_equal(fl_store_remove_component(inside->store, component->name, NULL), -FL_EBUSY);
    assert_int_equal(fl_store_visit(inside->store, &none, NULL), -FL_EBUSY);
    assert_int_equal(
        fl_store_definition(inside->store, component->name, 1, &inside->definition, NULL), 0);
    return 0;
}

static void a_visitor_reads_definitions_and_changes_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct inside inside = {.store = store};
    struct fl_store_visitor visitor = {change_from_inside, NULL, &inside, false};
    put_sample(store, "files", 1, 3, NULL);
    assert_int_equal(fl_store_visit(store, &visitor, NULL), 0);
    assert_int_equal(inside.calls, 1);
    assert_memory_equal(fl_buf_text(&inside.definition), "files 1 1: ", 11);
    fl_buf_destroy(&inside.definition);
    fl_store_close(store);
}

static void definitions_are_read_one_by_one(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_buf buf = {0};
    put_sample(store, "files", 1, 3, NULL);
    assert_int_equal(fl_store_definition(store, "files", 2, &buf, NULL), 0);
    assert_int_equal(buf.len, 0); /* it has none */
    assert_int_equal(fl_store_definition(store, "files", 0, &buf, NULL), 0);
    assert_memory_equal(fl_buf_text(&buf), "files 1 0: ", 11);
    assert_int_equal(fl_store_definition(store, "files", 3, &buf, NULL), -FL_ENOENT);
    assert_int_equal(fl_store_definition(store, "other", 0, &buf, NULL), -FL_ENOENT);
    fl_buf_destroy(&buf);
    fl_store_close(store);
}

struct snapshot {
    struct fl_store *writer;
    struct touched touched;
};

static int write_elsewhere(void *ctx, const struct fl_store_component *component)
{
    struct snapshot *snapshot = ctx;
    assert_int_equal(put_sample(snapshot->writer, component->name, 9, 50, NULL), 0);
    assert_int_equal(put_sample(snapshot->writer, "z", 9, 50, NULL), 0);
    return 0;
}

static int count_in_snapshot(void *ctx, const struct fl_store_tool *tool)
{
    return count_tool(&((struct snapshot *)ctx)->touched, tool);
}

static void a_visit_sees_one_state(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *reader = open_store(fixture->path);
    struct snapshot snapshot = {.writer = open_store(fixture->path)};
    struct fl_store_visitor visitor = {write_elsewhere, count_in_snapshot, &snapshot, false};
    put_sample(reader, "files", 1, 5, NULL);
    assert_int_equal(fl_store_visit(reader, &visitor, NULL), 0);
    assert_int_equal(snapshot.touched.tools, 5);
    assert_int_equal(generation(reader), generation(snapshot.writer));
    fl_store_close(reader);
    fl_store_close(snapshot.writer);
}

static void a_text_too_long_leaves_the_old_content(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_err err = {0};
    put_sample(store, "files", 1, 2, NULL);
    size_t len = (size_t)65 << 20;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\0';
    struct fl_store_tool tool = {.name = "long", .definition = text};
    struct fl_store_component component = {.name = "files", .tool_count = 1};
    assert_int_equal(fl_store_put_component(store, &component, &tool, &err), -FL_ELIMIT);
    tool = (struct fl_store_tool){.name = NULL};
    assert_int_equal(fl_store_put_component(store, &component, &tool, &err), -FL_EINVAL);
    free(text);
    struct fl_buf expected = {0};
    expect_sample(&expected, "files", 1, 2);
    assert_dump(store, &expected);
    fl_buf_destroy(&expected);
    fl_store_close(store);
}

int main(void)
{
#define STORE_TEST(f) \
    cmocka_unit_test_setup_teardown(f, store_fixture_setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(what_is_put_is_visited_in_order_of_names),
        STORE_TEST(putting_again_replaces_tools),
        STORE_TEST(removal_takes_the_tools_along),
        STORE_TEST(generation_counts_changes_and_only_those),
        STORE_TEST(touching_changes_time_and_error_only),
        STORE_TEST(a_visitor_can_end_the_walk),
        STORE_TEST(a_visitor_reads_definitions_and_changes_nothing),
        STORE_TEST(definitions_are_read_one_by_one),
        STORE_TEST(a_visit_sees_one_state),
        STORE_TEST(a_text_too_long_leaves_the_old_content),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
