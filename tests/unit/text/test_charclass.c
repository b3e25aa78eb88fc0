/* test_charclass.c: classes against the general category, folding against Unicode's examples. */
#include "base/utf8.h"
#include "text/charclass.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

static bool in(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

/* By the scripts of charclass.h, then by the two letters of the category. */
static enum fl_char_class class_by_category(uint32_t c)
{
    bool unspaced = in(c, 0x4E00, 0x9FFF) || in(c, 0x3400, 0x4DBF) || in(c, 0x20000, 0x323AF) ||
                    (in(c, 0x3041, 0x30FF) && c != 0x30FB) || in(c, 0x0E01, 0x0E7F) ||
                    in(c, 0x0E80, 0x0EFF) || in(c, 0x1000, 0x109F) || in(c, 0x1780, 0x17FF);
    if (unspaced)
        return FL_CHAR_UNSPACED;
    const char *category = utf8proc_category_string((utf8proc_int32_t)c);
    if (strcmp(category, "Lu") == 0 || strcmp(category, "Lt") == 0)
        return FL_CHAR_UPPER;
    return category[0] == 'L'   ? FL_CHAR_LOWER
           : category[0] == 'N' ? FL_CHAR_DIGIT
           : category[0] == 'M' ? FL_CHAR_MARK
                                : FL_CHAR_OTHER;
}

static void classes_follow_the_category(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (in(c, 0xD800, 0xDFFF) || in(c, 0x3000, 0x3040) || in(c, 0x31F0, 0x31FF) ||
            in(c, 0xF900, 0xFAFF) || utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_CN)
            continue; /* no character; signs and forms that belong to Han or kana in part */
        if (fl_char_class_of(c) != class_by_category(c))
            fail_msg("U+%04X: %d, not %d", (unsigned)c, fl_char_class_of(c), class_by_category(c));
    }
}

static void some_classes_by_name(void **state)
{
    (void)state;
    static const struct {
        uint32_t c;
        enum fl_char_class class;
    } rows[] = {
        {'a', FL_CHAR_LOWER},       {'Z', FL_CHAR_UPPER},       {'7', FL_CHAR_DIGIT},
        {'_', FL_CHAR_OTHER},       {0xDF, FL_CHAR_LOWER},      {0xC4, FL_CHAR_UPPER},
        {0x1C5, FL_CHAR_UPPER},     {0x301, FL_CHAR_MARK},      {0x416, FL_CHAR_UPPER},
        {0x5D0, FL_CHAR_LOWER},     {0x660, FL_CHAR_DIGIT},     {0xAC00, FL_CHAR_LOWER},
        {0x753B, FL_CHAR_UNSPACED}, {0x3042, FL_CHAR_UNSPACED}, {0x30A2, FL_CHAR_UNSPACED},
        {0x30FC, FL_CHAR_UNSPACED}, {0x30FB, FL_CHAR_OTHER},    {0xE01, FL_CHAR_UNSPACED},
        {0xE81, FL_CHAR_UNSPACED},  {0x1000, FL_CHAR_UNSPACED}, {0x1780, FL_CHAR_UNSPACED},
        {0x3002, FL_CHAR_OTHER},    {0x1F600, FL_CHAR_OTHER},   {0x20000, FL_CHAR_UNSPACED},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(fl_char_class_of(rows[i].c), rows[i].class);
}

static void assert_folds(const char *from, const char *to)
{
    char out[256];
    unsigned len = 0;
    for (size_t i = 0; from[i];) {
        uint32_t c;
        i += fl_utf8_decode(from + i, strlen(from + i), &c);
        unsigned n = fl_char_fold(c, out + len);
        assert_true(n <= FL_CHAR_FOLDED_MAX);
        len += n;
    }
    out[len] = '\0';
    assert_string_equal(out, to);
}

/* CaseFolding.txt of Unicode (statuses C and F), and accents of Latin letters gone. */
static void folding_ignores_case_and_latin_accents(void **state)
{
    (void)state;
    assert_folds("createISSUE_42", "createissue_42");
    assert_folds("Größe", "grosse");
    assert_folds("STRASSE", "strasse");
    assert_folds("ẞ", "ss");
    assert_folds("ÀÉÎÕÜçñÿ", "aeioucny");
    assert_folds("Łøđ", "łøđ"); /* a stroke is no accent: these do not decompose */
    assert_folds("Tiếng Việt", "tieng viet");
    assert_folds("İstanbul", "istanbul");
    assert_folds("ǅ", "ǆ");
    assert_folds("ЖЁЙ", "жёй"); /* й is a letter of its own, not an accented и */
    assert_folds("ΟΔΟΣ", "οδοσ");
    assert_folds("οδος", "οδοσ"); /* a final sigma is a sigma */
    assert_folds("Ⴀ", "ⴀ");
    assert_folds("Ա", "ա");
    assert_folds("画面", "画面");
    assert_folds("e\u0301", "e");
}

static void every_folded_form_is_short_valid_and_final(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (in(c, 0xD800, 0xDFFF))
            continue;
        char out[FL_CHAR_FOLDED_MAX];
        unsigned n = fl_char_fold(c, out);
        bool mark = in(c, 0x300, 0x36F);
        if (n > sizeof out || (n == 0) != mark || fl_utf8_valid_length(out, n) != n)
            fail_msg("U+%04X folds to %u bytes", (unsigned)c, n);
        for (unsigned i = 0; i < n;) { /* folded again it stays */
            uint32_t part;
            char again[FL_CHAR_FOLDED_MAX];
            size_t len = fl_utf8_decode(out + i, n - i, &part);
            unsigned same = fl_char_fold(part, again);
            if (same && (same != len || memcmp(again, out + i, len) != 0))
                fail_msg("U+%04X folds to U+%04X, which folds on", (unsigned)c, (unsigned)part);
            i += (unsigned)len;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_follow_the_category),
        cmocka_unit_test(some_classes_by_name),
        cmocka_unit_test(folding_ignores_case_and_latin_accents),
        cmocka_unit_test(every_folded_form_is_short_valid_and_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
