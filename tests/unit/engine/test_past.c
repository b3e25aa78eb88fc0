/* test_past.c: the very words of a past request lead to what served it; votes by likeness are in
 * test_meaning.c. */
#include "snapshot/past.h"

#include "failing_alloc.h"
#include "foreload/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct fl_past_use uses[] = {
    {{"Ping the crew about lunch", 25}, 7},
    {{"delete it", 9}, 3},
    {{"DELETE it!", 10}, 2},
    {{"\xff\xfe", 2}, 1}, /* not UTF-8: never found, and no harm */
};
enum { USES = sizeof uses / sizeof *uses };

static void expect(const struct fl_past *past, const char *text, uint32_t count, uint32_t first)
{
    const struct fl_past_words *words;
    uint32_t found;
    assert_int_equal(fl_past_find(past, fl_str_of(text), &words, &found), 0);
    assert_int_equal(found, count);
    if (count)
        assert_int_equal(words[0].document, first);
}

static void test_the_very_words(void **state)
{
    (void)state;
    struct fl_past past;
    assert_int_equal(fl_past_build(&past, NULL, uses, USES), 0);
    assert_int_equal(past.word_count, 3);
    assert_int_equal(past.vectors.count, 0);
    expect(&past, "ping the crew, about LUNCH?", 1, 7);
    expect(&past, "ping the crew about dinner", 0, 0);
    expect(&past, "delete  it", 2, 2); /* both, in order */
    expect(&past, "delete", 0, 0);
    fl_past_destroy(&past);
    expect(&past, "delete it", 0, 0);
    assert_int_equal(fl_past_build(&past, NULL, uses, 0), 0);
    expect(&past, "delete it", 0, 0);
    fl_past_destroy(&past);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct fl_past past;
    for (unsigned at = 1;; at++) {
        fl_test_fail_alloc_at(at);
        int rc = fl_past_build(&past, NULL, uses, USES);
        fl_test_fail_alloc_at(0);
        fl_past_destroy(&past);
        if (!rc)
            return;
        assert_int_equal(rc, -FL_ENOMEM);
        assert_true(at < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_very_words),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("past", tests, NULL, NULL);
}
