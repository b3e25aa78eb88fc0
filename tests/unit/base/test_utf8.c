/* test_utf8.c: against table 3-7 of the Unicode standard, row by row. */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* Table 3-7, well-formed UTF-8 byte sequences. */
static const struct row {
    uint32_t first, last; /* code points */
    unsigned len;
    unsigned char low[4], high[4];
} table[] = {
    {0x0000, 0x007F, 1, {0x00}, {0x7F}},
    {0x0080, 0x07FF, 2, {0xC2, 0x80}, {0xDF, 0xBF}},
    {0x0800, 0x0FFF, 3, {0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}},
    {0x1000, 0xCFFF, 3, {0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}},
    {0xD000, 0xD7FF, 3, {0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}},
    {0xE000, 0xFFFF, 3, {0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}},
    {0x10000, 0x3FFFF, 4, {0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}},
    {0x40000, 0xFFFFF, 4, {0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}},
    {0x100000, 0x10FFFF, 4, {0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}},
};

/* The length of the sequence at `bytes` by the table, or 0. */
static unsigned length_by_table(const unsigned char *bytes, size_t len)
{
    for (unsigned r = 0; r < sizeof table / sizeof *table; r++) {
        bool fits = table[r].len <= len;
        for (unsigned i = 0; fits && i < table[r].len; i++)
            fits = bytes[i] >= table[r].low[i] && bytes[i] <= table[r].high[i];
        if (fits)
            return table[r].len;
    }
    return 0;
}

static void every_scalar_value_survives(void **state)
{
    (void)state;
    for (unsigned r = 0; r < sizeof table / sizeof *table; r++)
        for (uint32_t c = table[r].first; c <= table[r].last; c++) {
            char bytes[4];
            uint32_t back = UINT32_MAX;
            size_t n = fl_utf8_encode(c, bytes);
            if (n != table[r].len || length_by_table((unsigned char *)bytes, n) != n ||
                fl_utf8_decode(bytes, n, &back) != n || back != c)
                fail_msg("U+%04X", (unsigned)c);
        }
    char bytes[4];
    assert_int_equal(fl_utf8_encode(0x20AC, bytes), 3);
    assert_memory_equal(bytes, "\xE2\x82\xAC", 3);
}

/* All pairs of bytes with tails that decide, and every shorter end of each. */
static void what_is_accepted_is_in_the_table(void **state)
{
    (void)state;
    static const unsigned char tails[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (unsigned t = 0; t < 36; t++)
                for (size_t len = 1; len <= 4; len++) {
                    const unsigned char bytes[4] = {(unsigned char)a, (unsigned char)b,
                                                    tails[t / 6], tails[t % 6]};
                    uint32_t c;
                    size_t n = fl_utf8_decode((const char *)bytes, len, &c);
                    if (n != length_by_table(bytes, len))
                        fail_msg("%02X %02X %02X %02X, %zu bytes: %zu", a, b, bytes[2], bytes[3],
                                 len, n);
                }
}

static void the_first_bad_byte_is_found(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",         "\xC0\xAF",         "\xE0\x80\xAF",
                                      "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8",
                                      "\xFF",         "\xE2\x82",         "\xC3"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t before = 0; before < 40; before++) {
            char text[64];
            memset(text, 'a', before);
            if (before >= 5)
                memcpy(text + before - 5, "é€", 5);
            size_t n = strlen(bad[i]);
            memcpy(text + before, bad[i], n);
            assert_int_equal(fl_utf8_valid_length(text, before + n), before);
            memcpy(text + before + n, "aaaaaaaaaa", 10);
            assert_int_equal(fl_utf8_valid_length(text, before + n + 10), before);
        }
    assert_int_equal(fl_utf8_valid_length("", 0), 0);
    assert_int_equal(fl_utf8_valid_length(NULL, 0), 0);
    assert_int_equal(fl_utf8_valid_length("a\0é", 4), 4);
}

static void controls_are_masked_byte_by_byte(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x800; c++) {
        char text[8] = "a";
        size_t n = fl_utf8_encode(c, text + 1);
        strcpy(text + 1 + n, "z");
        char expected[8];
        strcpy(expected, text);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0)) /* general category Cc */
            memset(expected + 1, '?', n);
        fl_utf8_mask_controls(text);
        assert_string_equal(text, expected);
    }
    char ends_early[] = "a\xC2";
    fl_utf8_mask_controls(ends_early);
    assert_string_equal(ends_early, "a\xC2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scalar_value_survives),
        cmocka_unit_test(what_is_accepted_is_in_the_table),
        cmocka_unit_test(the_first_bad_byte_is_found),
        cmocka_unit_test(controls_are_masked_byte_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
