/* test_embed_words.c: which words and n-grams of a text embedding tables are asked for. */
#include "text/embed_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The words of a text joined by blanks, the joined ones in brackets. */
static void assert_words(const char *text, enum fl_tokenize_mode mode, const char *expected)
{
    static struct fl_embed_words words;
    struct fl_buf joined = {0};
    assert_int_equal(fl_embed_words_read(&words, fl_str_of(text), mode), 0);
    for (unsigned i = 0; i < words.count; i++) {
        const struct fl_embed_word *word = &words.items[i];
        bool whole = word->flags & FL_TOKEN_JOINED;
        fl_buf_printf(&joined, whole ? "%s[%.*s]" : "%s%.*s", i ? " " : "", (int)word->text.len,
                      word->text.ptr);
        assert_true(word->hash == fl_embed_word_hash(word->text));
    }
    assert_string_equal(fl_buf_text(&joined), expected);
    fl_buf_destroy(&joined);
    fl_embed_words_destroy(&words);
}

static void words_of_texts(void **state)
{
    (void)state;
    assert_words("", FL_TOKENIZE_REQUEST, "");
    assert_words("Create an Issue!", FL_TOKENIZE_REQUEST, "create an issue");
    assert_words("createIssue, read_file", FL_TOKENIZE_DOCUMENT,
                 "[createissue] create issue read file");
    assert_words("Löschen 7 42 123 99999", FL_TOKENIZE_DOCUMENT, "loschen 7 42 000 000");
    assert_words("画面を", FL_TOKENIZE_REQUEST, "画面 面を");
    assert_words("画面を", FL_TOKENIZE_DOCUMENT, "画面 面を");
    assert_words("画", FL_TOKENIZE_REQUEST, "画");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    static struct fl_embed_words words;
    struct fl_buf text = {0};
    for (unsigned i = 0; i < 2 * FL_EMBED_MAX_WORDS; i++)
        fl_buf_append_str(&text, "画面 word ");
    assert_int_equal(
        fl_embed_words_read(&words, (struct fl_str){text.ptr, text.len}, FL_TOKENIZE_REQUEST), 0);
    assert_int_equal(words.count, FL_EMBED_MAX_WORDS);
    fl_embed_words_destroy(&words);
    fl_embed_words_destroy(NULL);
    fl_buf_destroy(&text);
}

/* "cat": <ca cat at> · <cat cat> · <cat> */
static void grams_of_words(void **state)
{
    (void)state;
    uint32_t grams[FL_EMBED_MAX_GRAMS], other[FL_EMBED_MAX_GRAMS];
    assert_int_equal(fl_embed_grams(FL_STR("cat"), grams), 6);
    assert_int_equal(fl_embed_grams(FL_STR("a"), grams), 1);
    assert_int_equal(fl_embed_grams(FL_STR("deleted"), grams), 7 + 6 + 5);
    assert_int_equal(fl_embed_grams(FL_STR("deletes"), other), 7 + 6 + 5);
    unsigned common = 0;
    for (unsigned i = 0; i < 18; i++)
        common += grams[i] == other[i];
    assert_int_equal(common, 12); /* but the two last of each length */
    assert_int_equal(fl_embed_grams(FL_STR("画面"), grams), 2);
    assert_int_equal(fl_embed_grams(FL_STR("面を"), other), 2);
    assert_int_equal(grams[1], other[0]);
    char longest[FL_TOKEN_MAX_BYTES];
    memset(longest, 'x', sizeof longest);
    assert_int_equal(fl_embed_grams((struct fl_str){longest, sizeof longest}, grams),
                     FL_EMBED_MAX_GRAMS);
    assert_int_equal(fl_embed_grams(FL_STR("\xff\xc3"), grams), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_texts),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(grams_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
