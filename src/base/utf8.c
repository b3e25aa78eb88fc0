/* utf8.c: see utf8.h. */
#include "base/utf8.h"

#include <string.h>

static int is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t fl_utf8_decode(const char *text, size_t len, uint32_t *ret_codepoint)
{
    const unsigned char *s = (const unsigned char *)text;
    uint32_t c = s[0];
    if (c < 0x80) {
        *ret_codepoint = c;
        return 1;
    }
    size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || need > len)
        return 0;
    c &= 0x7Fu >> need;
    for (size_t i = 1; i < need; i++) {
        if (!is_continuation(s[i]))
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[need] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret_codepoint = c;
    return need;
}

size_t fl_utf8_valid_length(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len) {
        uint64_t word;
        if (len - i >= sizeof word) { /* eight ASCII bytes at a time */
            memcpy(&word, text + i, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                i += sizeof word;
                continue;
            }
        }
        uint32_t codepoint;
        size_t n = fl_utf8_decode(text + i, len - i, &codepoint);
        if (!n)
            return i;
        i += n;
    }
    return len;
}

size_t fl_utf8_encode(uint32_t codepoint, char out[4])
{
    if (codepoint < 0x80) {
        out[0] = (char)codepoint;
        return 1;
    }
    size_t n = codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, codepoint >>= 6)
        out[i] = (char)(0x80 | (codepoint & 0x3F));
    out[0] = (char)((0xF00 >> n & 0xFF) | codepoint);
    return n;
}

void fl_utf8_mask_controls(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7F) {
            *c = '?';
        } else if (*c == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0) {
            *c++ = '?';
            *c = '?';
        }
    }
}
