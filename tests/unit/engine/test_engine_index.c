/* test_engine_index.c: the index that is kept beside the store: who writes it, who reads it, and
 * that nobody can tell from the answers. */
#include "engine_fixture.h"

#include "base/os.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char house[] =
    "{\"name\":\"open_door\",\"component\":\"house\",\"description\":\"Opens a door or window\"}\n"
    "{\"name\":\"dim_light\",\"component\":\"house\",\"description\":\"Dims the lamps of a "
    "room\"}\n"
    "{\"name\":\"book_flight\",\"component\":\"travel\",\"description\":\"Books a flight\"}\n";
static const char garden[] =
    "{\"name\":\"water_roses\",\"component\":\"garden\",\"description\":\"Waters the roses\"}\n";

static const char *const requests[] = {"open the window", "darker lamps please", "buch einen flug",
                                       "water the rosses", "opendoor"};

/* What was told at the highest level. */
struct told {
    unsigned warnings, others;
    char last[512];
};
static struct told told;

static void keep_told(void *ctx, enum fl_message_level level, const char *line)
{
    (void)ctx;
    told.warnings += level == FL_MESSAGE_WARNING;
    told.others += level != FL_MESSAGE_WARNING;
    snprintf(told.last, sizeof told.last, "%s", line);
}

static void start(struct fixture *fixture)
{
    told = (struct told){0};
    fixture_start(fixture);
}

static int start_with_home(void **state)
{
    int rc = fixture_setup(state);
    if (!rc) {
        struct fixture *fixture = *state;
        fixture->options.home = fixture->home;
        fixture->options.message = keep_told;
        start(fixture);
    }
    return rc;
}

static void import(struct fixture *fixture, const char *name, const char *text)
{
    const char *path = fixture_write(fixture, name, text);
    int rc =
        fl_engine_import(fixture->engine, &path, 1, NULL, fixture_report(fixture), &fixture->err);
    if (rc)
        fail_msg("%s: %s", name, fixture->err.message);
}

static const char *index_path(const struct fixture *fixture)
{
    static char path[120];
    snprintf(path, sizeof path, "%s/index.fli", fixture->home);
    return path;
}

/* Starts anew, loads what is stored, and says whether its index was the one that is kept. */
static bool load(struct fixture *fixture)
{
    start(fixture);
    if (fl_engine_load_stored(fixture->engine, &fixture->err))
        fail_msg("%s", fixture->err.message);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    bool mapped = snapshot->index.map.ptr != NULL;
    assert_true(snapshot->build_ms >= 0 && snapshot->build_ms < 60000);
    fl_snapshot_unpin(snapshot);
    return mapped;
}

static void answers(struct fixture *fixture, struct fl_buf *out)
{
    fl_buf_clear(out);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct fl_selection *selection = select_text(fixture, requests[i]);
        describe_selection(selection, out);
        fl_selection_free(selection);
    }
}

/* With the file and without it. */
static void assert_same_answers(struct fixture *fixture)
{
    struct fl_buf with = {0}, without = {0};
    assert_true(load(fixture));
    assert_int_equal(told.warnings + told.others, 0);
    answers(fixture, &with);
    assert_int_equal(unlink(index_path(fixture)), 0);
    assert_false(load(fixture));
    assert_int_equal(told.warnings, 0);
    answers(fixture, &without);
    assert_string_equal(fl_buf_text(&with), fl_buf_text(&without));
    assert_false(fl_os_exists(index_path(fixture))); /* loading writes nothing */
    fl_buf_destroy(&with);
    fl_buf_destroy(&without);
}

static void an_import_keeps_the_index(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, "house.jsonl", house);
    assert_int_equal(told.warnings, 0);
    assert_same_answers(fixture);
}

static void every_change_keeps_another_one(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, "house.jsonl", house);
    assert_true(load(fixture));
    import(fixture, "garden.jsonl", garden);
    assert_same_answers(fixture);
    import(fixture, "garden.jsonl", garden); /* nothing changes, but the file was missing */
    assert_true(load(fixture));
    assert_int_equal(fl_engine_remove(fixture->engine, "travel", &fixture->err), 0);
    assert_same_answers(fixture);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 3);
    fl_snapshot_unpin(snapshot);
}

static void an_unchanged_catalogue_leaves_the_file(void **state)
{
    struct fixture *fixture = *state;
    struct stat before, after;
    import(fixture, "house.jsonl", house);
    assert_int_equal(stat(index_path(fixture), &before), 0);
    import(fixture, "house.jsonl", house);
    assert_int_equal(stat(index_path(fixture), &after), 0);
    assert_true(before.st_ino == after.st_ino);
}

static void the_last_component_can_go(void **state)
{
    struct fixture *fixture = *state;
    import(fixture, "garden.jsonl", garden);
    assert_int_equal(fl_engine_remove(fixture->engine, "garden", &fixture->err), 0);
    assert_int_equal(told.warnings, 0);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), -FL_ENOENT);
}

static void a_damaged_file_is_survived(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf good = {0}, bad = {0}, file = {0};
    import(fixture, "house.jsonl", house);
    assert_true(load(fixture));
    answers(fixture, &good);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(fl_os_read_file(index_path(fixture), 1 << 24, &file, NULL), 0);
    for (int i = 0; i < 3; i++) { /* a bit, the end, everything */
        file.ptr[file.len / 2] ^= 4;
        size_t len = i == 0 ? file.len : i == 1 ? file.len - 9 : 0;
        assert_int_equal(fl_os_write_file(index_path(fixture), file.ptr, len, NULL), 0);
        assert_false(load(fixture));
        assert_int_equal(told.warnings, 1);
        assert_non_null(strstr(told.last, "index.fli"));
        answers(fixture, &bad);
        assert_string_equal(fl_buf_text(&good), fl_buf_text(&bad));
    }
    import(fixture, "house.jsonl", house); /* mends it */
    assert_true(load(fixture));
    fl_buf_destroy(&good);
    fl_buf_destroy(&bad);
    fl_buf_destroy(&file);
}

/* That of an earlier state of the store, as a process leaves it that was stopped in between. */
static void an_old_file_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf file = {0};
    import(fixture, "house.jsonl", house);
    assert_int_equal(fl_os_read_file(index_path(fixture), 1 << 24, &file, NULL), 0);
    import(fixture, "garden.jsonl", garden);
    assert_int_equal(fl_os_write_file(index_path(fixture), file.ptr, file.len, NULL), 0);
    assert_false(load(fixture));
    assert_int_equal(told.warnings, 0);
    assert_int_equal(told.others, 1);
    fl_selection_free(select_text(fixture, "water the roses"));
    fl_buf_destroy(&file);
}

/* A folder in the file's place: it can be neither read nor replaced. */
static void an_index_that_cannot_be_kept_is_no_failure(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fl_os_make_dirs(index_path(fixture), NULL), 0);
    import(fixture, "house.jsonl", house);
    assert_true(told.warnings > 0);
    assert_non_null(strstr(told.last, "index.fli"));
    assert_false(load(fixture));
    assert_int_equal(told.warnings, 1);
    fl_selection_free(select_text(fixture, "open the window"));
}

static void read_only_homes_serve(void **state)
{
    struct fixture *fixture = *state;
    if (geteuid() == 0)
        skip(); /* nothing is read-only to root */
    import(fixture, "house.jsonl", house);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(chmod(fixture->home, 0500), 0);
    bool mapped = load(fixture);
    fl_selection_free(select_text(fixture, "open the window"));
    assert_int_equal(chmod(fixture->home, 0700), 0);
    assert_true(mapped);
    assert_int_equal(told.warnings, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_home, fixture_teardown)
        TEST(an_import_keeps_the_index),
        TEST(every_change_keeps_another_one),
        TEST(an_unchanged_catalogue_leaves_the_file),
        TEST(the_last_component_can_go),
        TEST(a_damaged_file_is_survived),
        TEST(an_old_file_is_passed_over),
        TEST(an_index_that_cannot_be_kept_is_no_failure),
        TEST(read_only_homes_serve),
    };
    return cmocka_run_group_tests_name("engine_index", tests, NULL, NULL);
}
