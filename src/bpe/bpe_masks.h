/* bpe_masks.h: what each of 64 bytes is, as bits: bit i of a mask stands for byte i. */
#ifndef FL_BPE_BPE_MASKS_H
#define FL_BPE_BPE_MASKS_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte must be the lowest");

enum { FL_BPE_BLOCK = 64 };

/* Everything but `outside` is ASCII. */
struct fl_bpe_masks {
    uint64_t letters;
    uint64_t capitals; /* also in `letters` */
    uint64_t digits;
    uint64_t blanks; /* white space but for newlines */
    uint64_t spaces; /* U+0020, also in `blanks` */
    uint64_t newlines;
    uint64_t apostrophes;
    uint64_t slashes;
    uint64_t outside; /* bytes of other characters */
};

/* The top bits of eight bytes as eight bits. */
static inline uint64_t fl_bpe_top_bits(uint64_t word)
{
    return (word & UINT64_C(0x8080808080808080)) * UINT64_C(0x0002040810204081) >> 56;
}

#define FL_BPE_BYTES(x) (UINT64_C(0x0101010101010101) * (x))

/* Sets the top bits of the bytes from `low` to `high`, both below 0x80; `word` has no top bits. */
static inline uint64_t fl_bpe_between(uint64_t word, unsigned low, unsigned high)
{
    return (word + FL_BPE_BYTES(0x80 - low)) & ~(word + FL_BPE_BYTES(0x7F - high));
}

/* For any processor: eight bytes at a time in a 64-bit word. */
static inline struct fl_bpe_masks fl_bpe_masks_portable(const char *p)
{
    struct fl_bpe_masks m = {0};
    for (unsigned i = 0; i < FL_BPE_BLOCK; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        uint64_t low = word & FL_BPE_BYTES(0x7F);
        uint64_t newlines = fl_bpe_between(low, '\n', '\n') | fl_bpe_between(low, '\r', '\r');
        uint64_t spaces = fl_bpe_between(low, ' ', ' ');
        uint64_t blanks = (fl_bpe_between(low, '\t', '\r') & ~newlines) | spaces;
        uint64_t letters = fl_bpe_between(low | FL_BPE_BYTES(0x20), 'a', 'z');
        m.letters |= fl_bpe_top_bits(letters & ~word) << i;
        m.capitals |= fl_bpe_top_bits(fl_bpe_between(low, 'A', 'Z') & ~word) << i;
        m.digits |= fl_bpe_top_bits(fl_bpe_between(low, '0', '9') & ~word) << i;
        m.blanks |= fl_bpe_top_bits(blanks & ~word) << i;
        m.spaces |= fl_bpe_top_bits(spaces & ~word) << i;
        m.newlines |= fl_bpe_top_bits(newlines & ~word) << i;
        m.apostrophes |= fl_bpe_top_bits(fl_bpe_between(low, '\'', '\'') & ~word) << i;
        m.slashes |= fl_bpe_top_bits(fl_bpe_between(low, '/', '/') & ~word) << i;
        m.outside |= fl_bpe_top_bits(word) << i;
    }
    return m;
}

#if defined(__SSE2__)
static inline uint64_t fl_bpe_bits_sse2(__m128i bytes)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes);
}

/* `low` to `high`: moves the range to the top of the signed numbers. */
static inline __m128i fl_bpe_between_sse2(__m128i v, char low, char high)
{
    __m128i moved = _mm_add_epi8(v, _mm_set1_epi8((char)(0x7F - high)));
    return _mm_cmpgt_epi8(moved, _mm_set1_epi8((char)(0x7F - high + low - 1)));
}

static inline struct fl_bpe_masks fl_bpe_masks_sse2(const char *p)
{
    struct fl_bpe_masks m = {0};
    for (unsigned i = 0; i < FL_BPE_BLOCK; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        __m128i newlines = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
                                        _mm_cmpeq_epi8(v, _mm_set1_epi8('\r')));
        __m128i spaces = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
        __m128i others = _mm_andnot_si128(newlines, fl_bpe_between_sse2(v, '\t', '\r'));
        __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
        m.letters |= fl_bpe_bits_sse2(fl_bpe_between_sse2(folded, 'a', 'z')) << i;
        m.capitals |= fl_bpe_bits_sse2(fl_bpe_between_sse2(v, 'A', 'Z')) << i;
        m.digits |= fl_bpe_bits_sse2(fl_bpe_between_sse2(v, '0', '9')) << i;
        m.blanks |= fl_bpe_bits_sse2(_mm_or_si128(others, spaces)) << i;
        m.spaces |= fl_bpe_bits_sse2(spaces) << i;
        m.newlines |= fl_bpe_bits_sse2(newlines) << i;
        m.apostrophes |= fl_bpe_bits_sse2(_mm_cmpeq_epi8(v, _mm_set1_epi8('\''))) << i;
        m.slashes |= fl_bpe_bits_sse2(_mm_cmpeq_epi8(v, _mm_set1_epi8('/'))) << i;
        m.outside |= fl_bpe_bits_sse2(v) << i;
    }
    return m;
}
#endif

/* The masks of the FL_BPE_BLOCK bytes at `p`. */
static inline struct fl_bpe_masks fl_bpe_masks_at(const char *p)
{
#if defined(__SSE2__)
    return fl_bpe_masks_sse2(p);
#else
    return fl_bpe_masks_portable(p);
#endif
}

#endif
