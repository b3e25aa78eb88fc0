/* test_engine_kept.c: stored catalogues later on: remove, check; damaged and foreign files are
 * refused and left alone; what is pinned stays. */
#include "store_scene.h"

#include "base/os.h"
#include "engine/engine.h"
#include "snapshot/stored.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* --- remove and check --- */

static void removed_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    uint32_t index;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    assert_int_equal(fl_engine_remove(fixture->engine, "nobody", &fixture->err), -FL_ENOENT);
    assert_non_null(strstr(fixture->err.message, "nobody"));
    assert_int_equal(fl_engine_remove(fixture->engine, "fs", &fixture->err), 0);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 1);
    assert_int_equal(fl_snapshot_find_component(snapshot, "fs", &index, NULL), -FL_ENOENT);
    fl_snapshot_unpin(snapshot);
    assert_int_equal(fl_engine_remove(fixture->engine, "piano", &fixture->err), 0);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -FL_ENOENT);
    import_text(fixture, "t.jsonl", scene_tools, &events);
    assert_event(&events, 0, "fs", FL_IMPORT_ADDED, 2);
}

static void check_reports_the_catalogue(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    import_text(fixture, "t.jsonl",
                "{\"name\":\"a\",\"component\":\"x\",\"depends_on\":[\"y/a\"]}\n"
                "{\"name\":\"a\",\"component\":\"y\",\"depends_on\":[\"x/a\",\"lost\"]}\n",
                &events);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err),
                         0);
        assert_reported(fixture->report, "x/a → y/a → x/a");
        assert_reported(fixture->report, "lost");
        assert_reported(fixture->report, "several components offer 'a'");
        fixture_start(fixture);
        assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    }
}

/* --- files that are not ours, or not any more --- */

static char *database(struct fixture *fixture, char path[128])
{
    snprintf(path, 128, "%s/catalog.db", fixture->home);
    return path;
}

static void read_bytes(const char *path, struct fl_buf *buf)
{
    fl_buf_clear(buf);
    assert_int_equal(fl_os_read_file(path, 1 << 30, buf, NULL), 0);
}

/* Runs SQL on the database and folds the log in. */
static void execute(struct fixture *fixture, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(database(fixture, path), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Every call says so, nothing touches the file, and what was in use still is. */
static void assert_refused(struct fixture *fixture, int code, const char *part)
{
    char path[128];
    struct fl_buf before = {0}, after = {0};
    struct events events;
    read_bytes(database(fixture, path), &before);
    fixture->err.message[0] = '\0';
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -code);
    assert_non_null(strstr(fixture->err.message, part));
    assert_int_equal(import(fixture, fixture_write(fixture, "u.jsonl", scene_tools), &events),
                     -code);
    assert_non_null(strstr(fixture->err.message, part));
    assert_int_equal(fl_engine_remove(fixture->engine, "fs", &fixture->err), -code);
    assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err),
                     -code);
    read_bytes(path, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, before.len);
    struct fl_selection *selection = select_text(fixture, "read a file");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "fs/read.file");
    fl_selection_free(selection);
    fl_buf_destroy(&before);
    fl_buf_destroy(&after);
}

/* A file in the place of the stored catalogue; the engine goes on with one from files. */
static void replace_store(struct fixture *fixture, const char *bytes, size_t len)
{
    char path[128];
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    fixture_start(fixture); /* the store is closed */
    fixture_load(fixture, "t.jsonl", scene_tools);
    if (bytes)
        assert_int_equal(fl_os_write_file(database(fixture, path), bytes, len, NULL), 0);
}

static void newer_files_are_left_alone(void **state)
{
    struct fixture *fixture = *state;
    replace_store(fixture, NULL, 0);
    execute(fixture, "PRAGMA user_version = 99");
    assert_refused(fixture, FL_EVERSION, "newer Foreload");
}

static void foreign_files_are_left_alone(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "Dear diary, this is no database, but it is long enough to look like "
        "one: a header of a hundred bytes and more";
    replace_store(fixture, text, sizeof text);
    assert_refused(fixture, FL_ECORRUPT, "not a Foreload database");
}

static void cut_files_are_left_alone(void **state)
{
    struct fixture *fixture = *state;
    char path[128];
    struct fl_buf whole = {0};
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    fixture_start(fixture);
    execute(fixture, "SELECT 1");
    read_bytes(database(fixture, path), &whole);
    replace_store(fixture, whole.ptr, whole.len / 2);
    fixture->err.message[0] = '\0';
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -FL_ECORRUPT);
    assert_non_null(strstr(fixture->err.message, "catalog.db"));
    struct fl_selection *selection = select_text(fixture, "read a file");
    assert_string_equal(fl_selection_choice(selection, 0)->name, "fs/read.file");
    fl_selection_free(selection);
    fl_buf_destroy(&whole);
}

/* SQLite finds nothing wrong with these: the checksums do. */
static void changed_rows_are_found(void **state)
{
    struct fixture *fixture = *state;
    static const char *const changes[] = {
        "UPDATE tool SET description = 'Deletes a file' WHERE name = 'read.file'",
        "UPDATE definition SET text = replace(text, 'Reads', 'Erases')",
        "DELETE FROM tool WHERE name = 'write'",
        "UPDATE component SET manifest = replace(manifest, 'static', 'worker')",
        "UPDATE component SET manifest = NULL, checksum = NULL",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct events events;
        char path[128];
        fl_engine_free(fixture->engine);
        fixture->engine = NULL;
        remove(database(fixture, path));
        fixture_start(fixture);
        import_text(fixture, "t.jsonl", scene_tools, &events);
        fixture_start(fixture);
        execute(fixture, changes[i]);
        int rc = fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err);
        if (rc != -FL_ECORRUPT)
            fail_msg("not found: %s", changes[i]);
        rc = fl_engine_load_stored(fixture->engine, &fixture->err);
        assert_true(rc == -FL_ECORRUPT || rc == 0); /* definitions are read when needed */
    }
}

/* --- what is pinned stays --- */

static void assert_tool(struct fl_snapshot *snapshot, uint32_t tool, const char *description)
{
    struct fl_tool_info info;
    fl_snapshot_tool(snapshot, tool, &info);
    assert_string_equal(info.description, description);
}

static void snapshots_outlive_everything(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    struct fl_snapshot *old = fl_engine_pin(fixture->engine);
    struct fl_selection *selection = select_text(fixture, "read a file");
    import_text(fixture, "m.json", scene_manifest, &events);
    struct fl_snapshot *new = fl_engine_pin(fixture->engine);
    assert_ptr_not_equal(old, new);
    assert_int_equal(fl_snapshot_tool_count(old), 3);
    assert_int_equal(fl_snapshot_tool_count(new), 5);
    assert_ptr_equal(fl_selection_snapshot(selection), old);
    fl_snapshot_unpin(new);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    assert_tool(old, 0, "Reads a file");
    for (int form = 0; form < 3; form++) {
        char *json = NULL;
        assert_int_equal(
            fl_snapshot_definition(old, 0, (enum fl_tool_form)form, &json, &fixture->err), 0);
        assert_non_null(strstr(json, "Reads a file"));
        fl_free(json);
        for (int e = 0; e < 2; e++)
            assert_true(fl_snapshot_tool_tokens(old, 0, (enum fl_tool_form)form,
                                                (enum fl_encoding)e, NULL) > 0);
    }
    fl_snapshot_unpin(old);
    assert_string_equal(fl_selection_choice(selection, 0)->name, "fs/read.file");
    assert_true(fl_snapshot_tool_tokens(fl_selection_snapshot(selection), 0, FL_TOOL_FORM_OPENAI,
                                        FL_ENCODING_CL100K_BASE, NULL) > 0);
    fl_selection_free(selection);
}

/* A definition that is read from the store later is that of the snapshot, or none. */
static void assert_own_definition(struct fl_snapshot *snapshot, uint32_t tool)
{
    struct fl_tool_info info;
    struct fl_err err = {0};
    char *json = NULL, part[64];
    fl_snapshot_tool(snapshot, tool, &info);
    int rc = fl_snapshot_definition(snapshot, tool, FL_TOOL_FORM_MCP, &json, &err);
    snprintf(part, sizeof part, "\"description\":\"%s\"", info.description);
    if (rc == 0 && !strstr(json, part))
        fail_msg("'%s': %s", info.name, json);
    if (rc)
        assert_int_equal(rc, -FL_ECHANGED);
    fl_free(json);
}

static void old_snapshots_give_no_new_definitions(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    struct fl_snapshot *old = fl_engine_pin(fixture->engine);
    static const char *const later[] = {
        /* the order, a text, a tool less, a component less */
        "{\"name\":\"write\",\"component\":\"fs\",\"description\":\"\xC3\x84ndert Dateien\"}\n"
        "{\"name\":\"read.file\",\"component\":\"fs\",\"description\":\"Reads a file\"}\n",
        "{\"name\":\"read.file\",\"component\":\"fs\",\"description\":\"Reads all\"}\n"
        "{\"name\":\"write\",\"component\":\"fs\",\"description\":\"Writes all\"}\n",
        "{\"name\":\"write\",\"component\":\"fs\",\"description\":\"Writes all\"}\n",
    };
    for (size_t i = 0; i < 3; i++) {
        import_text(fixture, "t.jsonl", later[i], &events);
        for (uint32_t t = 0; t < 3; t++)
            assert_own_definition(old, t);
    }
    assert_int_equal(fl_engine_remove(fixture->engine, "fs", &fixture->err), 0);
    for (uint32_t t = 0; t < 3; t++)
        assert_own_definition(old, t);
    /* A component that did not change is still there. */
    char *json = NULL;
    uint32_t tune;
    assert_int_equal(fl_snapshot_find_tool(old, "piano/tune", &tune, NULL), 0);
    assert_int_equal(fl_snapshot_definition(old, tune, FL_TOOL_FORM_MCP, &json, NULL), 0);
    fl_free(json);
    fl_snapshot_unpin(old);
}

/* Another process changes the store: requests are answered all the same, in forms whose costs were
 * never counted too. */
static void other_processes_may_change_the_store(void **state)
{
    struct fixture *fixture = *state;
    struct events events;
    import_text(fixture, "t.jsonl", scene_tools, &events);
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_engine *mine = fixture->engine;
    assert_int_equal(fl_engine_create(&fixture->options, &fixture->engine, &fixture->err), 0);
    import_text(fixture, "t.jsonl",
                "{\"name\":\"other\",\"component\":\"fs\",\"description\":\"Does more\"}\n",
                &events);
    fl_engine_free(fixture->engine);
    fixture->engine = mine;
    struct fl_request request;
    fl_request_init(&request, "read a file");
    for (int form = 0; form < 3; form++) {
        request.form = (enum fl_tool_form)form;
        struct fl_selection *selection = select_with(fixture, &request);
        assert_string_equal(fl_selection_choice(selection, 0)->name, "fs/read.file");
        assert_true(fl_selection_choice(selection, 0)->tokens > 0);
        assert_true(fl_selection_summary(selection)->estimated);
        fl_selection_free(selection);
    }
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 2);
    fl_snapshot_unpin(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_home, fixture_teardown)
        TEST(removed_is_gone),
        TEST(check_reports_the_catalogue),
        TEST(newer_files_are_left_alone),
        TEST(foreign_files_are_left_alone),
        TEST(cut_files_are_left_alone),
        TEST(changed_rows_are_found),
        TEST(snapshots_outlive_everything),
        TEST(old_snapshots_give_no_new_definitions),
        TEST(other_processes_may_change_the_store),
    };
    return cmocka_run_group_tests_name("engine_kept", tests, NULL, NULL);
}
