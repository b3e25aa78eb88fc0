/* test_store_fault.c: every write fails or kills the process, allocations fail: the file has
 * its old content or its new one. */
#define _GNU_SOURCE
#include "store_fixture.h"

#include <unistd.h>

enum { OLD_TOOLS = 5, NEW_TOOLS = 30, MANY = 10000 };

static void make_old(const struct store_fixture *fixture)
{
    unlink(fixture->path);
    unlink(fixture->log);
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(put_sample(store, "files", 1, OLD_TOOLS, NULL), 0);
    fl_store_close(store);
}

/* Opens what a fault left behind; returns whether it has the new content. */
static bool has_new_content(const char *path)
{
    struct fl_store *store = open_store(path);
    struct fl_err err = {0};
    struct fl_buf seen = {0};
    struct fl_buf expected[2] = {0};
    expect_sample(&expected[0], "files", 1, OLD_TOOLS);
    expect_sample(&expected[1], "files", 2, NEW_TOOLS);
    if (dump_store(store, true, &seen, &err) || fl_store_check(store, &err))
        fail_msg("%s", err.message);
    bool is_new = strcmp(fl_buf_text(&seen), fl_buf_text(&expected[1])) == 0;
    if (!is_new)
        assert_string_equal(fl_buf_text(&seen), fl_buf_text(&expected[0]));
    fl_store_close(store);
    fl_buf_destroy(&seen);
    fl_buf_destroy(&expected[0]);
    fl_buf_destroy(&expected[1]);
    return is_new;
}

/* What the faults hit: opens, replaces, closes. */
static int replace(const char *path, struct fl_err *err)
{
    struct fl_store *store = NULL;
    int rc = fl_store_open(path, false, &store, err);
    if (!rc)
        rc = put_sample(store, "files", 2, NEW_TOOLS, err);
    fl_store_close(store);
    return rc;
}

static void a_killed_writer_leaves_old_or_new(void **state)
{
    struct store_fixture *fixture = *state;
    bool seen_new = false;
    long n = 1;
    for (; n < MANY; n++) {
        make_old(fixture);
        bool died = dies_at_write(n, replace, fixture->path);
        bool is_new = has_new_content(fixture->path);
        assert_true(is_new || !seen_new); /* there is one moment at which it becomes new */
        seen_new = is_new;
        if (!died)
            break;
    }
    assert_true(seen_new);
    assert_in_range(n, 20, MANY - 1);
}

static int only_create(const char *path, struct fl_err *err)
{
    struct fl_store *store = NULL;
    int rc = fl_store_open(path, false, &store, err);
    fl_store_close(store);
    return rc;
}

static void a_killed_creation_can_be_resumed(void **state)
{
    struct store_fixture *fixture = *state;
    long n = 1;
    bool died = true;
    for (; died && n < MANY; n++) {
        unlink(fixture->path);
        unlink(fixture->log);
        died = dies_at_write(n, only_create, fixture->path);
        assert_int_equal(replace(fixture->path, NULL), 0);
        assert_true(has_new_content(fixture->path));
    }
    assert_in_range(n, 5, MANY - 1);
}

static void a_full_disk_leaves_old_or_new(void **state)
{
    struct store_fixture *fixture = *state;
    long n = 1;
    int failures = 0;
    for (; n < MANY; n++) {
        make_old(fixture);
        struct fl_err err = {0};
        fault_write_at(n, WRITE_FAULT_FULL);
        int rc = replace(fixture->path, &err);
        bool reached = fault_writes_seen() >= n;
        fault_write_at(0, WRITE_FAULT_FULL);
        if (rc) {
            failures++;
            assert_int_equal(rc, -FL_EIO);
            assert_non_null(strstr(err.message, "cannot"));
        }
        assert_int_equal(has_new_content(fixture->path), rc == 0);
        if (!reached)
            break;
    }
    assert_in_range(failures, 15, n);
}

static void a_store_works_on_after_a_full_disk(void **state)
{
    struct store_fixture *fixture = *state;
    make_old(fixture);
    struct fl_store *store = open_store(fixture->path);
    struct fl_err err = {0};
    fault_write_at(10, WRITE_FAULT_FULL);
    assert_int_equal(put_sample(store, "files", 2, NEW_TOOLS, &err), -FL_EIO);
    assert_non_null(strstr(err.message, "full"));
    fault_write_at(0, WRITE_FAULT_FULL);
    assert_int_equal(put_sample(store, "files", 2, NEW_TOOLS, &err), 0);
    fl_store_close(store);
    assert_true(has_new_content(fixture->path));
}

/* Everything that the program does with a store, as far as it gets. */
static int use(const char *path, struct fl_buf *seen, struct fl_err *err)
{
    struct fl_store *store = NULL;
    int64_t generation;
    int rc = fl_store_open(path, false, &store, err);
    if (!rc)
        rc = put_sample(store, "files", 2, NEW_TOOLS, err);
    if (!rc)
        rc = fl_store_touch_component(store, "files", 1700000002, NULL, err);
    if (!rc)
        rc = dump_store(store, false, seen, err);
    if (!rc)
        rc = fl_store_generation(store, &generation, err);
    if (!rc)
        rc = fl_store_definition(store, "files", 0, seen, err);
    fl_store_close(store);
    return rc;
}

static void a_failed_allocation_is_reported(void **state)
{
    struct store_fixture *fixture = *state;
    long n = 1;
    int reported = 0;
    bool happened = true;
    for (; happened && n < MANY; n += n < 200 ? 1 : 7) {
        if (n == 1 || reported % 2 == 0) /* from an old file, and from what the last failure left */
            make_old(fixture);
        struct fl_err err = {0};
        struct fl_buf seen = {0};
        fault_allocation_at(n);
        int rc = use(fixture->path, &seen, &err);
        happened = fault_allocation_happened();
        fault_allocation_at(0);
        fl_buf_destroy(&seen);
        if (rc) { /* SQLite does without some allocations */
            reported++;
            if (rc != -FL_ENOMEM)
                fail_msg("allocation %ld: %s", n, err.message);
        }
        has_new_content(fixture->path);
    }
    assert_in_range(reported, 100, MANY);
}

int main(void)
{
    fault_allocations_install();
#define STORE_TEST(f) \
    cmocka_unit_test_setup_teardown(f, store_fixture_setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_killed_writer_leaves_old_or_new),
        STORE_TEST(a_killed_creation_can_be_resumed),
        STORE_TEST(a_full_disk_leaves_old_or_new),
        STORE_TEST(a_store_works_on_after_a_full_disk),
        STORE_TEST(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
