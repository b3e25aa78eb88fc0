/* test_buf.c: a buffer against a plain array, its NUL, and its failures. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void appends_are_kept_in_order(void **state)
{
    (void)state;
    enum { BYTES = 20000 };
    static char expected[BYTES + 64];
    size_t len = 0;
    struct fl_buf buf = {0};
    for (unsigned i = 0; len < BYTES; i++) {
        const char piece[] = "0123456789abcdefghijklmnopqrstuvwxyz";
        size_t n = i * 31 % sizeof piece; /* now and then with the NUL */
        memcpy(expected + len, piece, n);
        len += n;
        fl_buf_append(&buf, piece, n);
        assert_int_equal(buf.len, len);
        assert_int_equal(buf.ptr[len], '\0');
        assert_true(buf.capacity > len);
    }
    assert_memory_equal(buf.ptr, expected, len);
    assert_false(fl_buf_failed(&buf));
    fl_buf_destroy(&buf);
    assert_memory_equal(&buf, &(struct fl_buf){0}, sizeof buf);
    fl_buf_destroy(NULL);
}

static void text_of_any_state_ends_with_nul(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    assert_string_equal(fl_buf_text(&buf), "");
    fl_buf_append(&buf, NULL, 0);
    assert_string_equal(fl_buf_text(&buf), "");
    fl_buf_append_str(&buf, "one ");
    fl_buf_append_char(&buf, '2');
    fl_buf_printf(&buf, " %s%d", "three", 4);
    assert_string_equal(fl_buf_text(&buf), "one 2 three4");
    size_t capacity = buf.capacity;
    fl_buf_clear(&buf);
    assert_string_equal(fl_buf_text(&buf), "");
    assert_int_equal(buf.capacity, capacity);
    fl_buf_destroy(&buf);

    assert_true(fl_buf_reserve(&buf, 1000)); /* room alone is not text */
    assert_true(buf.capacity > 1000);
    assert_string_equal(fl_buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
    fl_buf_destroy(&buf);
}

static void printf_grows_as_needed(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    for (int width = 0; width < 300; width++) {
        fl_buf_clear(&buf);
        fl_buf_printf(&buf, "%*s|", width, "");
        assert_int_equal(buf.len, (size_t)width + 1);
        assert_int_equal(buf.ptr[width], '|');
        assert_int_equal(strlen(buf.ptr), buf.len);
    }
    fl_buf_printf(&buf, "%0*d", 100000, 7);
    assert_int_equal(buf.len, 300 + 100000);
    fl_buf_destroy(&buf);
}

static void failure_sticks_until_cleared(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, "kept");
    assert_false(fl_buf_reserve(&buf, SIZE_MAX));
    assert_true(fl_buf_failed(&buf));
    fl_buf_append_str(&buf, "x");
    fl_buf_append_char(&buf, 'x');
    fl_buf_printf(&buf, "%d", 1);
    assert_false(fl_buf_reserve(&buf, 0));
    assert_string_equal(fl_buf_text(&buf), "kept");
    fl_buf_clear(&buf);
    assert_false(fl_buf_failed(&buf));
    fl_buf_append_str(&buf, "again");
    assert_string_equal(fl_buf_text(&buf), "again");
    assert_false(fl_buf_reserve(&buf, SIZE_MAX / 2));
    assert_null(fl_buf_take(&buf)); /* a failed buffer has nothing to give */
    assert_memory_equal(&buf, &(struct fl_buf){0}, sizeof buf);
}

static void taking_moves(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, "moved");
    char *taken = fl_buf_take(&buf);
    assert_string_equal(taken, "moved");
    assert_memory_equal(&buf, &(struct fl_buf){0}, sizeof buf);
    free(taken);
    taken = fl_buf_take(&buf);
    assert_string_equal(taken, "");
    free(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_are_kept_in_order),
        cmocka_unit_test(text_of_any_state_ends_with_nul),
        cmocka_unit_test(printf_grows_as_needed),
        cmocka_unit_test(failure_sticks_until_cleared),
        cmocka_unit_test(taking_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
