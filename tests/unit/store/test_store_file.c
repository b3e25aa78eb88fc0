/* test_store_file.c: files that are missing, foreign, newer, older, damaged, locked or forbidden:
 * each is refused with its reason, and stays as it was. */
#define _GNU_SOURCE
#include "store_fixture.h"

#include "base/os.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_unchanged(const char *path, const struct fl_buf *before)
{
    struct fl_buf now = {0};
    read_bytes(path, &now);
    assert_int_equal(now.len, before->len);
    assert_memory_equal(fl_buf_text(&now), fl_buf_text(before), before->len);
    fl_buf_destroy(&now);
}

static void assert_refused(const char *path, bool read_only, int code, const char *part)
{
    struct fl_store *store = NULL;
    struct fl_err err = {0};
    assert_int_equal(fl_store_open(path, read_only, &store, &err), -code);
    assert_null(store);
    assert_int_equal(err.code, code);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not say '%s'", err.message, part);
}

/* Refused for reading and for writing, the same bytes afterwards, and no file beside it. */
static void assert_refused_untouched(const struct store_fixture *fixture, int code,
                                     const char *part)
{
    struct fl_buf before = {0};
    read_bytes(fixture->path, &before);
    assert_refused(fixture->path, true, code, part);
    assert_refused(fixture->path, false, code, part);
    assert_unchanged(fixture->path, &before);
    assert_false(fl_os_exists(fixture->log));
    fl_buf_destroy(&before);
}

static void sql(const struct store_fixture *fixture, const char *statements)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statements, NULL, NULL, &message))
        fail_msg("%s", message);
    sqlite3_close(db);
}

static void make_sample(const struct store_fixture *fixture)
{
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(put_sample(store, "files", 1, 20, NULL), 0);
    assert_int_equal(put_sample(store, "web", 1, 20, NULL), 0);
    fl_store_close(store);
}

static void a_missing_file_is_created_unless_only_read(void **state)
{
    struct store_fixture *fixture = *state;
    assert_refused(fixture->path, true, FL_ENOENT, fixture->path);
    assert_false(fl_os_exists(fixture->path));
    make_sample(fixture);
    assert_true(fl_os_exists(fixture->path));
    assert_false(fl_os_exists(fixture->log)); /* folded in at close */
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    assert_refused("/tmp/foreload/no/such/folder/a.db", false, FL_EIO, "cannot open");
}

static void an_empty_file_is_a_new_one(void **state)
{
    struct store_fixture *fixture = *state;
    write_bytes(fixture->path, "", 0);
    assert_refused(fixture->path, true, FL_ENOENT, "empty");
    make_sample(fixture);
}

static void a_directory_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    assert_refused(fixture->folder, false, FL_EIO, "is a directory");
    assert_refused(fixture->folder, true, FL_EIO, "is a directory");
}

static void other_files_are_refused(void **state)
{
    struct store_fixture *fixture = *state;
    char text[8192];
    memset(text, 'x', sizeof text);
    const size_t lengths[] = {1, 99, 100, 512, 4096, sizeof text};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_bytes(fixture->path, text, lengths[i]);
        assert_refused_untouched(fixture, FL_ECORRUPT, "not a Foreload database");
    }
    unlink(fixture->path);
    sql(fixture, "CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA user_version = 1");
    assert_refused_untouched(fixture, FL_ECORRUPT, "not a Foreload database");
    sql(fixture, "PRAGMA application_id = 1");
    assert_refused_untouched(fixture, FL_ECORRUPT, "not a Foreload database");
}

static void a_newer_file_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    sql(fixture, "PRAGMA user_version = 1000");
    assert_refused_untouched(fixture, FL_EVERSION, "newer Foreload (version 1000");
}

/* The newer version stands only in the log that its writer left behind. */
static void a_newer_log_is_refused(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    struct fl_buf file = {0};
    struct fl_buf log = {0};
    read_bytes(fixture->path, &file);
    read_bytes(fixture->log, &log);
    assert_true(log.len > 0);
    assert_refused(fixture->path, false, FL_EVERSION, "version 7");
    assert_refused(fixture->path, true, FL_EVERSION, "version 7");
    assert_unchanged(fixture->path, &file);
    assert_unchanged(fixture->log, &log);
    fl_buf_destroy(&file);
    fl_buf_destroy(&log);
}

static void an_older_file_is_migrated(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    struct fl_buf whole = {0};
    read_bytes(fixture->path, &whole);
    unlink(fixture->path);
    sql(fixture, "PRAGMA application_id = 0x464C4431"); /* "FLD1"; version 0: nothing else yet */
    assert_refused(fixture->path, true, FL_EVERSION, "older Foreload");
    make_sample(fixture);
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(fl_store_check(store, NULL), 0);
    fl_store_close(store);
    fl_buf_destroy(&whole);
}

/* The present version by its header, with none of the tables or with others; or an older one that
 * cannot be brought up to date. */
static void missing_tables_are_damage(void **state)
{
    struct store_fixture *fixture = *state;
    sql(fixture, "PRAGMA application_id = 0x464C4431; PRAGMA user_version = 1;"
                 "CREATE TABLE component (a)");
    assert_refused(fixture->path, false, FL_ECORRUPT, "damaged");
    sql(fixture, "PRAGMA user_version = 2");
    struct fl_store *store = open_store(fixture->path);
    struct fl_buf buf = {0};
    int64_t generation;
    assert_int_equal(dump_store(store, true, &buf, NULL), -FL_ECORRUPT);
    assert_int_equal(fl_store_generation(store, &generation, NULL), -FL_ECORRUPT);
    fl_store_close(store);
    fl_buf_destroy(&buf);
}

/* Opens, visits and closes what may be damaged: the old content or -FL_ECORRUPT, never another. */
static bool reads_whole(const char *path, const struct fl_buf *expected)
{
    struct fl_store *store = NULL;
    struct fl_buf seen = {0};
    struct fl_err err = {0};
    int rc = fl_store_open(path, false, &store, &err);
    if (!rc)
        rc = dump_store(store, true, &seen, &err);
    if (rc && rc != -FL_ECORRUPT && rc != -FL_EVERSION)
        fail_msg("%s", err.message);
    if (!rc)
        assert_string_equal(fl_buf_text(&seen), fl_buf_text(expected));
    fl_store_close(store);
    fl_buf_destroy(&seen);
    return rc == 0;
}

static void a_truncated_file_is_damage(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    struct fl_buf whole = {0};
    struct fl_buf expected = {0};
    expect_sample(&expected, "files", 1, 20);
    expect_sample(&expected, "web", 1, 20);
    read_bytes(fixture->path, &whole);
    assert_true(reads_whole(fixture->path, &expected));
    for (size_t len = 1; len < whole.len; len += len < 4096 ? 455 : 4096) {
        write_bytes(fixture->path, whole.ptr, len);
        struct fl_buf before = {0};
        read_bytes(fixture->path, &before);
        assert_false(reads_whole(fixture->path, &expected));
        assert_unchanged(fixture->path, &before);
        fl_buf_destroy(&before);
    }
    fl_buf_destroy(&whole);
    fl_buf_destroy(&expected);
}

static void a_flipped_byte_is_never_read_as_content(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    struct fl_buf whole = {0};
    struct fl_buf expected = {0};
    struct fl_buf damaged = {0};
    expect_sample(&expected, "files", 1, 20);
    expect_sample(&expected, "web", 1, 20);
    read_bytes(fixture->path, &whole);
    int detected = 0;
    for (size_t at = 0; at < whole.len; at += at < 4096 ? 13 : 211) {
        fl_buf_clear(&damaged);
        fl_buf_append(&damaged, whole.ptr, whole.len);
        damaged.ptr[at] ^= 0x21;
        write_bytes(fixture->path, damaged.ptr, damaged.len);
        if (!reads_whole(fixture->path, &expected)) {
            detected++;
            assert_unchanged(fixture->path, &damaged);
        }
        unlink(fixture->log);
    }
    assert_true(detected > 100); /* the rest hit unused space or an index that a visit skips */
    fl_buf_destroy(&whole);
    fl_buf_destroy(&expected);
    fl_buf_destroy(&damaged);
}

static void edited_rows_are_found_and_named(void **state)
{
    static const char *const edits[] = {
        "UPDATE component SET manifest = manifest || ' ' WHERE name = 'web'",
        "UPDATE component SET tool_count = 3 WHERE name = 'web'",
        "UPDATE component SET checksum = NULL WHERE name = 'web'",
        "UPDATE component SET name = 'webb' WHERE name = 'web'",
        "UPDATE tool SET tier = tier + 1 WHERE component = 2 AND position = 3",
        "UPDATE tool SET title = '' WHERE component = 2 AND position = 2",
        "UPDATE tool SET tokens = x'00' WHERE component = 2 AND position = 3",
        "UPDATE tool SET position = 99 WHERE component = 2 AND position = 3",
        "DELETE FROM tool WHERE component = 2 AND position = 19",
        "UPDATE definition SET text = 'x' WHERE tool = 25",
        "DELETE FROM definition WHERE tool = 25",
    };
    struct store_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        make_sample(fixture);
        sql(fixture, edits[i]);
        struct fl_store *store = open_store(fixture->path);
        struct fl_err err = {0};
        if (fl_store_check(store, &err) != -FL_ECORRUPT)
            fail_msg("not found: %s", edits[i]);
        assert_non_null(strstr(err.message, fixture->path));
        assert_non_null(strstr(err.message, "checksum"));
        fl_store_close(store);
        unlink(fixture->path);
    }
}

static void a_locked_file_is_busy_for_writers_only(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    struct fl_store *store = open_store(fixture->path);
    fl_store_set_busy_ms(store, 0);
    struct fl_err err = {0};
    struct fl_buf buf = {0};
    assert_int_equal(put_sample(store, "files", 2, 1, &err), -FL_EBUSY);
    assert_non_null(strstr(err.message, "locked"));
    assert_int_equal(dump_store(store, true, &buf, NULL), 0);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(put_sample(store, "files", 2, 1, &err), 0);
    fl_buf_destroy(&buf);
    fl_store_close(store);
    sqlite3_close(other);
}

static void nothing_is_written_through_a_reader(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    struct fl_buf before = {0};
    read_bytes(fixture->path, &before);
    struct fl_store *store = NULL;
    assert_int_equal(fl_store_open(fixture->path, true, &store, NULL), 0);
    assert_int_equal(put_sample(store, "files", 2, 1, NULL), -FL_EIO);
    assert_int_equal(fl_store_check(store, NULL), 0);
    fl_store_close(store);
    assert_unchanged(fixture->path, &before);
    assert_false(fl_os_exists(fixture->log));
    fl_buf_destroy(&before);
}

/* Whoever may read everything, as root may, becomes somebody else for a moment. */
static void forbidden_files_and_folders(void **state)
{
    struct store_fixture *fixture = *state;
    make_sample(fixture);
    uid_t user = geteuid();
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    assert_int_equal(chmod(fixture->path, 0444), 0);
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    assert_refused(fixture->path, false, FL_EIO, "no permission to write");
    struct fl_store *store = NULL;
    struct fl_err err = {0};
    int rc = fl_store_open(fixture->path, true, &store, &err);
    if (!rc)
        rc = fl_store_check(store, &err);
    fl_store_close(store);
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
    if (rc)
        fail_msg("%s", err.message);

    assert_int_equal(chmod(fixture->path, 0666), 0); /* the file may be written, its folder not */
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    assert_refused(fixture->path, false, FL_EIO, "folder cannot be written");
    if (user == 0)
        assert_int_equal(seteuid(0), 0);

    assert_int_equal(chmod(fixture->path, 0000), 0);
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    assert_refused(fixture->path, false, FL_EIO, "cannot open");
    assert_refused(fixture->path, true, FL_EIO, "cannot open");
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
}

int main(void)
{
#define STORE_TEST(f) \
    cmocka_unit_test_setup_teardown(f, store_fixture_setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_missing_file_is_created_unless_only_read),
        STORE_TEST(a_missing_folder_is_an_error),
        STORE_TEST(an_empty_file_is_a_new_one),
        STORE_TEST(a_directory_is_refused),
        STORE_TEST(other_files_are_refused),
        STORE_TEST(a_newer_file_is_refused),
        STORE_TEST(a_newer_log_is_refused),
        STORE_TEST(an_older_file_is_migrated),
        STORE_TEST(missing_tables_are_damage),
        STORE_TEST(a_truncated_file_is_damage),
        STORE_TEST(a_flipped_byte_is_never_read_as_content),
        STORE_TEST(edited_rows_are_found_and_named),
        STORE_TEST(a_locked_file_is_busy_for_writers_only),
        STORE_TEST(nothing_is_written_through_a_reader),
        STORE_TEST(forbidden_files_and_folders),
    };
    return cmocka_run_group_tests_name("store files", tests, NULL, NULL);
}
