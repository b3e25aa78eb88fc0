/* bpe_block.h: bpe_split.h's pieces again, for ASCII, 64 bytes at a time.
 *
 * In ASCII whether a piece begins at a byte can nearly always be told from the classes of a few
 * bytes around it. With the classes as bit masks that is some thirty operations for all 64 at
 * once, without a branch that depends on the text. Where more has to be known, the block ends
 * ("hard" places), and the piece there is left to fl_bpe_piece. */
#ifndef FL_BPE_BPE_BLOCK_H
#define FL_BPE_BPE_BLOCK_H

#include "bpe/bpe_masks.h"
#include "bpe/bpe_split.h"

/* The index of the lowest set bit; 64 if there is none. */
static inline unsigned fl_bpe_lowest(uint64_t mask)
{
    return mask ? (unsigned)__builtin_ctzll(mask) : 64;
}

/* Where \p{N}{1,3} begins: at the start of a run, and every third digit after it. */
static inline uint64_t fl_bpe_digit_starts(uint64_t digits)
{
    uint64_t third = digits & digits << 1 & digits << 2;
    uint64_t fresh = digits & ~(digits << 1);
    uint64_t starts = fresh;
    while ((fresh = fresh << 3 & third))
        starts |= fresh;
    return starts;
}

/* The end of what can be decided: pieces may end before the result minus one. `absorbed`: newlines
 * that belong to the symbols before them. Not seen by the masks are contractions, slashes that go
 * with absorbed newlines, what is not ASCII, and what is behind the block. White space up to such
 * a place is undecided from its start, and so is white space with blanks before a newline: they
 * belong to it. */
static inline unsigned fl_bpe_block_limit(enum fl_bpe_pattern pattern, const struct fl_bpe_masks *m,
                                          uint64_t absorbed, uint64_t symbol_starts)
{
    uint64_t before_letter = m->apostrophes & m->letters >> 1;
    uint64_t hard = m->outside | (m->newlines & m->blanks << 1);
    if (pattern == FL_BPE_O200K)
        hard |= (before_letter & m->letters << 1) << 1 | (m->slashes & absorbed << 1) << 1;
    else
        hard |= (before_letter & symbol_starts) << 2;
    unsigned limit = fl_bpe_lowest(hard);
    uint64_t before = hard ? (hard & -hard) - 1 : UINT64_MAX;
    uint64_t others = before & ~(m->blanks | m->newlines);
    unsigned white_start = others ? 64 - (unsigned)__builtin_clzll(others) : 0;
    if (white_start + 2 <= FL_BPE_BLOCK && white_start < limit)
        limit = white_start + 2;
    return limit;
}

/* The ends of the pieces that begin with `text`, as bits: the first piece has as many bytes as the
 * lowest set bit says, the second reaches from there to the next one, and so on. None if the first
 * piece cannot be told. FL_BPE_BLOCK bytes can be read, of which `len` are text. */
static inline uint64_t fl_bpe_block_ends(enum fl_bpe_pattern pattern, const char *text, size_t len)
{
    struct fl_bpe_masks m = fl_bpe_masks_at(text);
    uint64_t white = m.blanks | m.newlines;
    uint64_t symbols = ~(m.letters | m.digits | white | m.outside);
    uint64_t symbol_starts = symbols & ~(symbols << 1);
    uint64_t joined = symbol_starts & m.spaces << 1; /* their space comes first */
    symbol_starts &= ~joined;

    /* [\r\n]* behind symbols: the sum carries through runs that follow one. */
    uint64_t absorbed = m.newlines & ~(m.newlines + (m.newlines & symbols << 1));

    /* The only symbol before a word, and a blank before it, belong to it. */
    uint64_t prefixes = m.blanks | symbol_starts;
    uint64_t word_starts = m.letters & ~(m.letters << 1) & ~(prefixes << 1);
    if (pattern == FL_BPE_O200K)
        word_starts |= m.capitals & (m.letters & ~m.capitals) << 1;

    /* Newlines, then blanks, the last of which stands alone or before what follows. */
    uint64_t rest = white & ~absorbed;
    uint64_t white_starts = rest & ~(rest << 1);
    white_starts |= m.blanks & m.newlines << 1;
    white_starts |= m.blanks & ~(white >> 1);

    uint64_t starts = word_starts | symbol_starts | white_starts | fl_bpe_digit_starts(m.digits);
    unsigned limit = fl_bpe_block_limit(pattern, &m, absorbed, symbol_starts);
    if (limit > len)
        limit = (unsigned)len;
    return limit ? starts & ((UINT64_C(1) << (limit - 1)) - 1) & ~UINT64_C(1) : 0;
}

#endif
