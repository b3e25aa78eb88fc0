/* bpe_ascii.h: bpe_split.h's pieces again, for ASCII, eight bytes at a time.
 *
 * Classes of eight bytes are computed at once in a 64-bit word: the top bit of each byte of a mask
 * says whether that byte belongs. A piece that meets a byte of 0x80 or more, or the last bytes of
 * the text, is left to fl_bpe_piece_unicode. Made to be inlined with a constant pattern. */
#ifndef FL_TEXT_BPE_ASCII_H
#define FL_TEXT_BPE_ASCII_H

#include "text/bpe_split.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte must be the lowest");

enum {
    FL_BPE_ASCII_MARGIN = 24, /* bytes that must follow a place for it to be looked at here */
};

#define FL_BPE_BYTES(x) (UINT64_C(0x0101010101010101) * (x))

/* Bytes between `low` and `high`, both below 0x80; `word` must have no top bits. */
static inline uint64_t fl_bpe_between(uint64_t word, unsigned low, unsigned high)
{
    return (word + FL_BPE_BYTES(0x80 - low)) & ~(word + FL_BPE_BYTES(0x7F - high));
}

struct fl_bpe_masks {
    uint64_t upper, lower, symbol;
};

static inline uint64_t fl_bpe_word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* How many bytes, from the first, belong. */
static inline unsigned fl_bpe_run(uint64_t mask)
{
    uint64_t others = ~mask & FL_BPE_BYTES(0x80);
    return others ? (unsigned)__builtin_ctzll(others) / 8 : 8;
}

static inline uint64_t fl_bpe_letters(uint64_t word)
{
    uint64_t low_bits = word & FL_BPE_BYTES(0x7F);
    return fl_bpe_between(low_bits | FL_BPE_BYTES(0x20), 'a', 'z') & ~word;
}

static inline uint64_t fl_bpe_capitals(uint64_t word)
{
    return fl_bpe_between(word & FL_BPE_BYTES(0x7F), 'A', 'Z') & ~word;
}

/* Neither letter, digit nor white space. */
static inline uint64_t fl_bpe_symbols(uint64_t word)
{
    uint64_t low_bits = word & FL_BPE_BYTES(0x7F);
    uint64_t others = fl_bpe_between(low_bits | FL_BPE_BYTES(0x20), 'a', 'z') |
                      fl_bpe_between(low_bits, '0', '9') | fl_bpe_between(low_bits, '\t', '\r') |
                      fl_bpe_between(low_bits, ' ', ' ');
    return ~(others | word);
}

enum fl_bpe_ascii {
    FL_BPE_A_SYMBOL, /* the first two may stand before a word */
    FL_BPE_A_SPACE,
    FL_BPE_A_NEWLINE,
    FL_BPE_A_DIGIT,
    FL_BPE_A_LETTER,
    FL_BPE_A_OUTSIDE,
};

static inline enum fl_bpe_ascii fl_bpe_ascii_class(char c)
{
    enum { S = FL_BPE_A_SPACE, N = FL_BPE_A_NEWLINE, D = FL_BPE_A_DIGIT, L = FL_BPE_A_LETTER };
    static const unsigned char classes[128] = {
        ['\t'] = S, ['\n'] = N, ['\v'] = S, ['\f'] = S, ['\r'] = N, [' '] = S, ['0'] = D, ['1'] = D,
        ['2'] = D,  ['3'] = D,  ['4'] = D,  ['5'] = D,  ['6'] = D,  ['7'] = D, ['8'] = D, ['9'] = D,
        ['A'] = L,  ['B'] = L,  ['C'] = L,  ['D'] = L,  ['E'] = L,  ['F'] = L, ['G'] = L, ['H'] = L,
        ['I'] = L,  ['J'] = L,  ['K'] = L,  ['L'] = L,  ['M'] = L,  ['N'] = L, ['O'] = L, ['P'] = L,
        ['Q'] = L,  ['R'] = L,  ['S'] = L,  ['T'] = L,  ['U'] = L,  ['V'] = L, ['W'] = L, ['X'] = L,
        ['Y'] = L,  ['Z'] = L,  ['a'] = L,  ['b'] = L,  ['c'] = L,  ['d'] = L, ['e'] = L, ['f'] = L,
        ['g'] = L,  ['h'] = L,  ['i'] = L,  ['j'] = L,  ['k'] = L,  ['l'] = L, ['m'] = L, ['n'] = L,
        ['o'] = L,  ['p'] = L,  ['q'] = L,  ['r'] = L,  ['s'] = L,  ['t'] = L, ['u'] = L, ['v'] = L,
        ['w'] = L,  ['x'] = L,  ['y'] = L,  ['z'] = L,
    };
    unsigned char byte = (unsigned char)c;
    return byte < 128 ? (enum fl_bpe_ascii)classes[byte] : FL_BPE_A_OUTSIDE;
}

/* The end of a word that has a letter at `p`, before any contraction: letters, and for o200k_base
 * capitals and then small letters. NULL when it comes too near to `end`. */
static inline const char *fl_bpe_ascii_letters(enum fl_bpe_pattern pattern, const char *p,
                                               const char *end)
{
    if (pattern == FL_BPE_O200K) {
        unsigned capitals = fl_bpe_run(fl_bpe_capitals(fl_bpe_word_at(p)));
        p += capitals;
        while (capitals == 8) {
            if (end - p < FL_BPE_ASCII_MARGIN)
                return NULL;
            capitals = fl_bpe_run(fl_bpe_capitals(fl_bpe_word_at(p)));
            p += capitals;
        }
    }
    for (;;) {
        if (end - p < 9)
            return NULL;
        uint64_t word = fl_bpe_word_at(p);
        uint64_t letters = fl_bpe_letters(word);
        if (pattern == FL_BPE_O200K)
            letters &= ~fl_bpe_capitals(word);
        unsigned run = fl_bpe_run(letters);
        p += run;
        if (run < 8)
            return p;
    }
}

/* The length of 's 't 'm 'd 're 've 'll in any case, or 0; 4 bytes may be read. */
static inline size_t fl_bpe_ascii_contraction(const char *p)
{
    int first = p[1] | 0x20;
    int second = p[2] | 0x20;
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 2;
    if (((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l'))
        return 3;
    return 0;
}

/* Each of the next three: the length of the piece, or 0 for "ask fl_bpe_piece_unicode". */

static inline size_t fl_bpe_ascii_word(enum fl_bpe_pattern pattern, const char *text,
                                       const char *letter, const char *end)
{
    if (pattern == FL_BPE_CL100K && *text == '\'') {
        size_t suffix = fl_bpe_ascii_contraction(text);
        if (suffix)
            return suffix;
    }
    const char *p = fl_bpe_ascii_letters(pattern, letter, end);
    if (!p || end - p < 4 || *p & 0x80)
        return 0;
    if (pattern == FL_BPE_O200K && *p == '\'') {
        if (p[1] & 0x80)
            return 0;
        p += fl_bpe_ascii_contraction(p);
    }
    return (size_t)(p - text);
}

static inline size_t fl_bpe_ascii_symbols(enum fl_bpe_pattern pattern, const char *text,
                                          const char *end)
{
    const char *p = text + (*text == ' ');
    unsigned run;
    do {
        if (end - p < 9)
            return 0;
        run = fl_bpe_run(fl_bpe_symbols(fl_bpe_word_at(p)));
        p += run;
    } while (run == 8);
    if (*p & 0x80)
        return 0;
    while (p < end && (*p == '\n' || *p == '\r' || (*p == '/' && pattern == FL_BPE_O200K)))
        p++;
    return (size_t)(p - text);
}

static inline size_t fl_bpe_ascii_spaces(const char *text, const char *end)
{
    const char *line_end = NULL;
    const char *p = text;
    enum fl_bpe_ascii class;
    while ((class = fl_bpe_ascii_class(*p)) == FL_BPE_A_SPACE || class == FL_BPE_A_NEWLINE) {
        if (++p == end)
            return 0;
        if (class == FL_BPE_A_NEWLINE)
            line_end = p;
    }
    if (class == FL_BPE_A_OUTSIDE)
        return 0;
    if (line_end)
        return (size_t)(line_end - text);
    return p - text == 1 ? 1 : (size_t)(p - text) - 1;
}

/* fl_bpe_piece, to be inlined where the pattern is constant. */
static inline size_t fl_bpe_piece_fast(enum fl_bpe_pattern pattern, const char *text, size_t len)
{
    const char *end = text + len;
    size_t length = 0;
    if (len < FL_BPE_ASCII_MARGIN)
        return fl_bpe_piece_unicode(pattern, text, len);
    enum fl_bpe_ascii first = fl_bpe_ascii_class(text[0]);
    enum fl_bpe_ascii second = fl_bpe_ascii_class(text[1]);
    if (first == FL_BPE_A_LETTER) {
        length = fl_bpe_ascii_word(pattern, text, text, end);
    } else if (second == FL_BPE_A_LETTER && first <= FL_BPE_A_SPACE) {
        length = fl_bpe_ascii_word(pattern, text, text + 1, end);
    } else if (first == FL_BPE_A_SYMBOL || (*text == ' ' && second == FL_BPE_A_SYMBOL)) {
        if (second != FL_BPE_A_OUTSIDE)
            length = fl_bpe_ascii_symbols(pattern, text, end);
    } else if (first == FL_BPE_A_DIGIT) {
        unsigned digits = 1 + (second == FL_BPE_A_DIGIT);
        enum fl_bpe_ascii next = fl_bpe_ascii_class(text[digits]);
        digits += digits == 2 && next == FL_BPE_A_DIGIT;
        length = next == FL_BPE_A_OUTSIDE ? 0 : digits;
    } else if (first != FL_BPE_A_OUTSIDE) {
        length = fl_bpe_ascii_spaces(text, end);
    }
    return length ? length : fl_bpe_piece_unicode(pattern, text, len);
}

#endif
