/* test_base_alloc.c: each allocation of arena, buffer, map and file reading fails once. Nothing
 * leaks or is lost, and the same object works when there is memory again. */
#include "base/arena.h"
#include "base/json.h"
#include "base/os.h"
#include "base/strmap.h"
#include "failing_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Calls `use` with the first, second, … allocation failing, until none fails any more. */
static void fail_each(void (*use)(bool may_fail))
{
    fl_test_fail_alloc_at(0);
    use(false);
    long count = fl_test_alloc_count();
    assert_true(count > 0);
    for (long n = 1; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        use(true);
        fl_test_fail_alloc_at(0);
    }
}

static void use_arena(bool may_fail)
{
    struct fl_arena arena = {0};
    unsigned failures = 0;
    for (unsigned i = 0; i < 200; i++) {
        char *text = fl_arena_strndup(&arena, "0123456789", i % 10);
        char *large = fl_arena_alloc(&arena, i * 100);
        failures += !text + !large;
        if (text)
            assert_int_equal(strlen(text), i % 10);
        if (large)
            memset(large, 1, i * 100);
    }
    assert_int_equal(failures, may_fail);
    fl_arena_destroy(&arena);
}

static void use_buf(bool may_fail)
{
    struct fl_buf buf = {0};
    for (unsigned i = 0; i < 1000; i++) {
        fl_buf_printf(&buf, "%04u", i);
        fl_buf_append_str(&buf, ".");
    }
    assert_int_equal(fl_buf_failed(&buf), may_fail);
    for (size_t i = 0; i < buf.len; i++) /* what came before the failure is whole */
        assert_true(i % 5 == 4 ? buf.ptr[i] == '.' : buf.ptr[i] >= '0');
    assert_int_equal(strlen(fl_buf_text(&buf)), buf.len);
    char *taken = fl_buf_take(&buf);
    assert_int_equal(taken == NULL, may_fail);
    free(taken);
    if (may_fail) { /* empty now, and there is memory again */
        fl_buf_append_str(&buf, "again");
        assert_string_equal(fl_buf_text(&buf), "again");
    }
    fl_buf_destroy(&buf);
}

static void use_strmap(bool may_fail)
{
    static char names[500][8];
    struct fl_strmap map = {0};
    unsigned failures = 0;
    for (uint32_t i = 0; i < 500; i++) {
        snprintf(names[i], sizeof names[i], "k%u", (unsigned)i);
        int rc = fl_strmap_put(&map, fl_str_of(names[i]), i);
        if (rc) {
            assert_int_equal(rc, -FL_ENOMEM);
            failures++;
            assert_int_equal(fl_strmap_get(&map, fl_str_of(names[i])), FL_STRMAP_NONE);
            assert_int_equal(fl_strmap_put(&map, fl_str_of(names[i]), i), 0);
        }
    }
    assert_int_equal(failures, may_fail);
    for (uint32_t i = 0; i < 500; i++)
        assert_int_equal(fl_strmap_get(&map, fl_str_of(names[i])), i);
    fl_strmap_destroy(&map);
}

static void use_read_file(bool may_fail)
{
    struct fl_buf buf = {0};
    struct fl_err err = {0};
    int rc = fl_os_read_file("/proc/self/status", 1 << 20, &buf, &err);
    assert_int_equal(rc, may_fail ? -FL_ENOMEM : 0);
    assert_int_equal(err.code, -rc);
    assert_int_equal(strlen(fl_buf_text(&buf)), buf.len);
    fl_buf_destroy(&buf);
}

static void use_json_writing(bool may_fail)
{
    json_t *value = json_pack("{s:[s,i,b], s:{}}", "first", "a \"quoted\" word that is long", 5, 1,
                              "second member with a long name so that the buffer grows twice");
    struct fl_buf buf = {0};
    int rc = fl_json_append(&buf, value, 8);
    assert_int_equal(rc, may_fail ? -FL_ENOMEM : 0);
    fl_buf_destroy(&buf);
    json_decref(value);
}

static void arena(void **state)
{
    (void)state;
    fail_each(use_arena);
}

static void buffer(void **state)
{
    (void)state;
    fail_each(use_buf);
}

static void map(void **state)
{
    (void)state;
    fail_each(use_strmap);
}

static void file(void **state)
{
    (void)state;
    fail_each(use_read_file);
}

static void json(void **state)
{
    (void)state;
    fail_each(use_json_writing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena), cmocka_unit_test(buffer), cmocka_unit_test(map),
        cmocka_unit_test(file),  cmocka_unit_test(json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
