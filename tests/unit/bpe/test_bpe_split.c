/* test_bpe_split.c: where pieces end, by the patterns; and the fast way for ASCII ends them there.
 */
#include "bpe/bpe_block.h"
#include "bpe/bpe_classes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmocka.h>

static const enum fl_bpe_pattern patterns[] = {FL_BPE_CL100K, FL_BPE_O200K};

/* Splits `text` and writes the pieces with a bar between them. */
static void split(enum fl_bpe_pattern pattern, const char *text, char *out)
{
    size_t len = strlen(text);
    while (len) {
        size_t length = fl_bpe_piece(pattern, text, len);
        assert_in_range(length, 1, len);
        memcpy(out, text, length);
        out += length;
        text += length;
        len -= length;
        *out++ = '|';
    }
    *out = '\0';
}

/* By hand, from the expressions in bpe_split.h. The expectations end every piece with a bar. */
static void pieces_are_those_of_the_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cl100k, *o200k;
    } cases[] = {
        {"Hello world", "Hello| world|", "Hello| world|"},
        {"don't DON'T", "don|'t| DON|'T|", "don't| DON'T|"},
        {"we'll've I'M", "we|'ll|'ve| I|'M|", "we'll|'ve| I'M|"},
        {"it'\xC5\xBF 'sure", "it|'\xC5\xBF| '|sure|", "it'\xC5\xBF| '|sure|"},
        {"'sure", "'s|ure|", "'sure|"},
        {"camelCase HTTPServer", "camelCase| HTTPServer|", "camel|Case| HTTPServer|"},
        {"ABC", "ABC|", "ABC|"},
        {"1234567", "123|456|7|", "123|456|7|"},
        {" 12", " |12|", " |12|"},
        {"a  b", "a| | b|", "a| | b|"},
        {"a \n  b", "a| \n| | b|", "a| \n| | b|"},
        {"a \n \n", "a| \n \n|", "a| \n \n|"},
        {"a   ", "a|   |", "a|   |"},
        {"a\t\tb", "a|\t|\tb|", "a|\t|\tb|"},
        {"!!abc !abc", "!!|abc| !|abc|", "!!|abc| !|abc|"},
        {"!abc", "!abc|", "!abc|"},
        {"{\n\n  \"a\"", "{\n\n| | \"|a|\"|", "{\n\n| | \"|a|\"|"},
        {"!\n/x", "!\n|/x|", "!\n/|x|"},
        {"/\r\n//\nx", "/\r\n|//\n|x|", "/\r\n//\n|x|"},
        {"\xE6\x97\xA5"
         "AB",
         "\xE6\x97\xA5"
         "AB|",
         "\xE6\x97\xA5|AB|"},
        {"A\xE6\x97\xA5"
         "B",
         "A\xE6\x97\xA5"
         "B|",
         "A\xE6\x97\xA5|B|"},
        {"\xCC\x81"
         "AB",
         "\xCC\x81"
         "AB|",
         "\xCC\x81|AB|"},
        {"\xCC\x81"
         "Ab",
         "\xCC\x81"
         "Ab|",
         "\xCC\x81"
         "Ab|"},
        {"a\xCC\x81"
         "b",
         "a|\xCC\x81"
         "b|",
         "a\xCC\x81"
         "b|"},
        {"!!\xCC\x81"
         "a",
         "!!\xCC\x81|a|", "!!\xCC\x81|a|"},
        {"a\xC2\xA0\xC2\xA0"
         "b",
         "a|\xC2\xA0|\xC2\xA0"
         "b|",
         "a|\xC2\xA0|\xC2\xA0"
         "b|"},
        {"\xE2\x91\xA0\xC2\xBD"
         "12",
         "\xE2\x91\xA0\xC2\xBD"
         "1|2|",
         "\xE2\x91\xA0\xC2\xBD"
         "1|2|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char pieces[256];
        split(FL_BPE_CL100K, cases[i].text, pieces);
        assert_string_equal(pieces, cases[i].cl100k);
        split(FL_BPE_O200K, cases[i].text, pieces);
        assert_string_equal(pieces, cases[i].o200k);
    }
}

static void classes_are_those_of_unicode(void **state)
{
    (void)state;
    assert_int_equal(fl_bpe_class_of('A'), FL_BPE_UPPER);
    assert_int_equal(fl_bpe_class_of('z'), FL_BPE_LOWER);
    assert_int_equal(fl_bpe_class_of(0x1C5), FL_BPE_UPPER); /* title case */
    assert_int_equal(fl_bpe_class_of(0x4E00), FL_BPE_CASELESS);
    assert_int_equal(fl_bpe_class_of(0x2B0), FL_BPE_CASELESS); /* modifier letter */
    assert_int_equal(fl_bpe_class_of(0x301), FL_BPE_MARK);
    assert_int_equal(fl_bpe_class_of(0xE0100), FL_BPE_MARK);
    assert_int_equal(fl_bpe_class_of(0x2167), FL_BPE_NUMBER);
    assert_int_equal(fl_bpe_class_of(0x3000), FL_BPE_SPACE);
    assert_int_equal(fl_bpe_class_of(0x85), FL_BPE_SPACE);
    assert_int_equal(fl_bpe_class_of('\r'), FL_BPE_NEWLINE);
    assert_int_equal(fl_bpe_class_of(0x200B), FL_BPE_OTHER);
    assert_int_equal(fl_bpe_class_of(0xFEFF), FL_BPE_OTHER);
    assert_int_equal(fl_bpe_class_of(0x10D50), FL_BPE_UPPER); /* new in Unicode 16 */
    assert_int_equal(fl_bpe_class_of(0x10FFFF), FL_BPE_OTHER);
    assert_int_equal(fl_bpe_class_of(UINT32_MAX), FL_BPE_OTHER);
}

struct random {
    uint64_t state;
};

static unsigned below(struct random *random, unsigned n)
{
    random->state = random->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(random->state >> 33) % n;
}

/* Runs of what the masks tell apart, now and then something outside of ASCII. */
static size_t random_text(struct random *random, char *text, size_t len)
{
    static const char *const kinds[] = {" ",        "\n",       " \n",
                                        " \t\n\r",  "aZ",       "a",
                                        "AB",       "a'",       "'sStTrRe lLvVeEdDmM",
                                        "019",      "!/",       "!\n/",
                                        "{\"}:,",   "a b",      "\xC3\xA9",
                                        "\xC2\xA0", "\xCC\x81", "\xC5\xBF"};
    size_t count = sizeof kinds / sizeof kinds[0];
    size_t few = below(random, 4) ? count - 4 : count;
    size_t at = 0;
    while (at + 2 < len) {
        const char *kind = kinds[below(random, (unsigned)few)];
        size_t run = 1 + below(random, below(random, 8) ? 5 : 80);
        for (; run && at + 2 < len; run--) {
            size_t n = *kind & 0x80 ? 2 : 1;
            memcpy(text + at, n == 2 ? kind : kind + below(random, (unsigned)strlen(kind)), n);
            at += n;
        }
    }
    return at;
}

static void check_blocks(enum fl_bpe_pattern pattern, const char *text, size_t len, uint64_t seed)
{
    for (size_t start = 0; start < len;) {
        size_t left = len - start;
        char block[FL_BPE_BLOCK] = {0};
        memcpy(block, text + start, left < sizeof block ? left : sizeof block);
        size_t at = 0;
        for (uint64_t ends = fl_bpe_block_ends(pattern, block, left); ends; ends &= ends - 1) {
            size_t length = fl_bpe_piece(pattern, text + start + at, left - at);
            if (at + length != fl_bpe_lowest(ends))
                fail_msg("seed %llu: the piece at %zu ends at %u, should be %zu of '%.*s'",
                         (unsigned long long)seed, at, fl_bpe_lowest(ends), at + length,
                         (int)(left < 100 ? left : 100), text + start);
            at += length;
        }
        start += fl_bpe_piece(pattern, text + start, left);
    }
}

static void blocks_end_pieces_where_the_patterns_do(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct random random = {seed};
        char text[300];
        size_t len = random_text(&random, text, 10 + below(&random, sizeof text - 10));
        for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
            check_blocks(patterns[i], text, len, seed);
    }
}

/* Otherwise everything would be left to the slow way, and no one would notice. */
static void blocks_take_nearly_all_of_plain_text(void **state)
{
    (void)state;
    static const char text[] =
        "{\"type\": \"object\", \"description\": \"The name of it\"}, 12 of 20 others.";
    _Static_assert(sizeof text > FL_BPE_BLOCK, "a block");
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        assert_int_equal(
            __builtin_popcountll(fl_bpe_block_ends(patterns[i], text, sizeof text - 1)), 20);
}

static uint64_t bits_of(const char *block, bool (*belongs)(unsigned char))
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < FL_BPE_BLOCK; i++)
        bits |= (uint64_t)belongs((unsigned char)block[i]) << i;
    return bits;
}

static bool is_capital(unsigned char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(unsigned char c)
{
    return is_capital(c) || (c >= 'a' && c <= 'z');
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_newline(unsigned char c)
{
    return c == '\n' || c == '\r';
}

static bool is_space(unsigned char c)
{
    return c == ' ';
}

static bool is_blank(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_apostrophe(unsigned char c)
{
    return c == '\'';
}

static bool is_slash(unsigned char c)
{
    return c == '/';
}

static bool is_outside(unsigned char c)
{
    return c >= 0x80;
}

static void check_masks(const char *block, struct fl_bpe_masks m)
{
    assert_int_equal(m.letters, bits_of(block, is_letter));
    assert_int_equal(m.capitals, bits_of(block, is_capital));
    assert_int_equal(m.digits, bits_of(block, is_digit));
    assert_int_equal(m.blanks, bits_of(block, is_blank));
    assert_int_equal(m.spaces, bits_of(block, is_space));
    assert_int_equal(m.newlines, bits_of(block, is_newline));
    assert_int_equal(m.apostrophes, bits_of(block, is_apostrophe));
    assert_int_equal(m.slashes, bits_of(block, is_slash));
    assert_int_equal(m.outside, bits_of(block, is_outside));
}

static void masks_tell_every_byte_at_every_place(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        char block[FL_BPE_BLOCK];
        for (unsigned i = 0; i < sizeof block; i++)
            block[i] = (char)(first + 37 * i);
        check_masks(block, fl_bpe_masks_at(block));
        check_masks(block, fl_bpe_masks_portable(block));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_those_of_the_patterns),
        cmocka_unit_test(classes_are_those_of_unicode),
        cmocka_unit_test(blocks_end_pieces_where_the_patterns_do),
        cmocka_unit_test(blocks_take_nearly_all_of_plain_text),
        cmocka_unit_test(masks_tell_every_byte_at_every_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
