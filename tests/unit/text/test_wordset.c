/* test_wordset.c: numbers in the order of coming, each word once, whatever bytes it has. */
#include "text/wordset.h"
#include "text_fixture.h"

#include <stdio.h>

static void an_empty_set_has_nothing(void **state)
{
    (void)state;
    struct fl_wordset set = {0};
    assert_int_equal(fl_wordset_find(&set, FL_STR("word")), FL_WORDSET_NONE);
    assert_int_equal(fl_wordset_find(&set, (struct fl_str){0}), FL_WORDSET_NONE);
    fl_wordset_destroy(&set);
    fl_wordset_destroy(NULL);
}

static void words_are_bytes_and_are_copied(void **state)
{
    (void)state;
    struct fl_wordset set = {0};
    const struct fl_str words[] = {
        FL_STR("a"), FL_STR(""), FL_STR("a\0"), FL_STR("a\0b"), FL_STR("\0"), FL_STR("größe"),
    };
    for (uint32_t i = 0; i < 6; i++) {
        char copy[16];
        memcpy(copy, words[i].ptr, words[i].len);
        assert_int_equal(fl_wordset_add(&set, (struct fl_str){copy, words[i].len}), i);
    }
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(fl_wordset_add(&set, words[i]), i);
        assert_int_equal(fl_wordset_find(&set, words[i]), i);
        assert_true(fl_str_equal(fl_wordset_get(&set, i), words[i]));
        assert_int_equal(fl_wordset_get(&set, i).ptr[words[i].len], '\0');
    }
    assert_int_equal(fl_wordset_find(&set, (struct fl_str){NULL, 0}), 1);
    assert_int_equal(fl_wordset_find(&set, FL_STR("b")), FL_WORDSET_NONE);
    assert_int_equal(set.count, 6);
    fl_wordset_destroy(&set);
    assert_memory_equal(&set, &(struct fl_wordset){0}, sizeof set);
}

static void numbers_stay_while_it_grows(void **state)
{
    (void)state;
    enum { WORDS = 20000 };
    struct fl_wordset set = {0};
    char word[16];
    for (uint32_t i = 0; i < WORDS; i++) {
        int n = snprintf(word, sizeof word, "%x", (unsigned)(i * 2654435761u));
        assert_int_equal(fl_wordset_find(&set, (struct fl_str){word, (size_t)n}), FL_WORDSET_NONE);
        assert_int_equal(fl_wordset_add(&set, (struct fl_str){word, (size_t)n}), i);
    }
    assert_int_equal(set.count, WORDS);
    for (uint32_t i = 0; i < WORDS; i++) {
        int n = snprintf(word, sizeof word, "%x", (unsigned)(i * 2654435761u));
        assert_int_equal(fl_wordset_find(&set, (struct fl_str){word, (size_t)n}), i);
        assert_true(fl_str_is(fl_wordset_get(&set, i), word));
    }
    fl_wordset_destroy(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_has_nothing),
        cmocka_unit_test(words_are_bytes_and_are_copied),
        cmocka_unit_test(numbers_stay_while_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
