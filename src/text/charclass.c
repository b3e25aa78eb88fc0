/* charclass.c: see charclass.h. Over utf8proc's tables (Unicode 15). */
#include "text/charclass.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <utf8proc.h>

enum { LATIN_END = 0x250, COMBINING_FIRST = 0x300, COMBINING_LAST = 0x36F };

static bool is_unspaced(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0E00, 0x0EFF},                                                         /* Thai, Lao */
        {0x1000, 0x109F},                                                         /* Burmese */
        {0x1780, 0x17FF},                                                         /* Khmer */
        {0x3005, 0x3007}, {0x3040, 0x30FF}, {0x31F0, 0x31FF},                     /* kana */
        {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x323AF}, /* Han */
    };
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return c != 0x30FB; /* the katakana middle dot separates words */
    return false;
}

static enum fl_char_class class_of_ascii(uint32_t c)
{
    if (c >= 'a' && c <= 'z')
        return FL_CHAR_LOWER;
    if (c >= 'A' && c <= 'Z')
        return FL_CHAR_UPPER;
    return c >= '0' && c <= '9' ? FL_CHAR_DIGIT : FL_CHAR_OTHER;
}

enum fl_char_class fl_char_class_of(uint32_t codepoint)
{
    if (codepoint < 0x80)
        return class_of_ascii(codepoint);
    if (is_unspaced(codepoint))
        return FL_CHAR_UNSPACED;
    switch (utf8proc_category((utf8proc_int32_t)codepoint)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT: return FL_CHAR_UPPER;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return FL_CHAR_LOWER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return FL_CHAR_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return FL_CHAR_MARK;
    default: return FL_CHAR_OTHER;
    }
}

unsigned fl_char_fold(uint32_t codepoint, char *out)
{
    if (codepoint < 0x80) {
        out[0] = (char)(codepoint >= 'A' && codepoint <= 'Z' ? codepoint + 32 : codepoint);
        return 1;
    }
    if (codepoint >= COMBINING_FIRST && codepoint <= COMBINING_LAST)
        return 0;
    enum { PARTS = 4 };
    utf8proc_int32_t parts[PARTS];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)codepoint, parts, PARTS,
                                                 UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &boundary);
    bool latin = n >= 1 && n <= PARTS && parts[0] < LATIN_END;
    if (!latin) /* the marks of other scripts tell letters apart */
        n = utf8proc_decompose_char((utf8proc_int32_t)codepoint, parts, PARTS, UTF8PROC_CASEFOLD,
                                    &boundary);
    if (n < 1 || n > PARTS)
        return (unsigned)fl_utf8_encode(codepoint, out);
    unsigned len = 0;
    for (utf8proc_ssize_t i = 0; i < n; i++)
        if (!latin || parts[i] < COMBINING_FIRST || parts[i] > COMBINING_LAST)
            len += (unsigned)fl_utf8_encode((uint32_t)parts[i], out + len);
    return len;
}
