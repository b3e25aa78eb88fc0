/* bpe_split.h: cutting text into the pieces that are encoded one by one.
 *
 * Every encoding has a regular expression for it; a piece is its leftmost match, where the first
 * alternative that matches wins. The expressions match at every position, so that pieces follow
 * each other without gaps:
 *
 *   cl100k_base   (?i:'s|'t|'re|'ve|'m|'ll|'d)
 *               | [^\r\n\p{L}\p{N}]?\p{L}+
 *               | \p{N}{1,3}
 *               |  ?[^\s\p{L}\p{N}]+[\r\n]*
 *               | \s*[\r\n]+ | \s+(?!\S) | \s+
 *
 *   o200k_base    [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+
 *                     (?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *               | [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*
 *                     (?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *               | \p{N}{1,3}
 *               |  ?[^\s\p{L}\p{N}]+[\r\n/]*
 *               | \s*[\r\n]+ | \s+(?!\S) | \s+
 *
 * bpe_block.h has a second, faster way for ASCII. */
#ifndef FL_BPE_BPE_SPLIT_H
#define FL_BPE_BPE_SPLIT_H

#include <stddef.h>

enum fl_bpe_pattern {
    FL_BPE_CL100K = 1,
    FL_BPE_O200K = 2,
};

/* The length in bytes of the first piece, at least 1. `text` must be UTF-8 and not empty. */
size_t fl_bpe_piece(enum fl_bpe_pattern pattern, const char *text, size_t len);

#endif
