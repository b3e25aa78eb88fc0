/* bpe.h: how many tokens a text is to a language model, exactly.
 *
 * Byte-pair encoding with the vocabularies cl100k_base and o200k_base, equal to the npm package
 * `tiktoken` (encode_ordinary: what looks like a special token is ordinary text). The vocabulary
 * comes from a table file that tools/bpe/make_tables.mjs writes; it is mapped, not read, and an
 * open table is immutable: any number of threads may use it at once. */
#ifndef FL_BPE_BPE_H
#define FL_BPE_BPE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct fl_bpe;

/* Maps and checks a table file (1 to 3 ms). Close what it gives. -FL_ENOENT, -FL_EIO,
 * -FL_ENOMEM; -FL_EVERSION for a table of another version; -FL_ECORRUPT for anything else that is
 * not a whole table: a damaged or hostile file is refused here or, where it only gives wrong
 * counts, harmless later. The file must not be changed in place while it is open. */
int fl_bpe_open(const char *path, struct fl_bpe **ret_bpe, struct fl_err *err);
void fl_bpe_close(struct fl_bpe *bpe);

/* "o200k_base" or "cl100k_base"; valid until the table is closed. */
const char *fl_bpe_name(const struct fl_bpe *bpe);

/* Counts the tokens of `len` bytes of UTF-8, which may hold NULs; no bytes are 0 tokens. Time is
 * linear in `len` whatever the text says. It uses 24 KiB of stack, and takes memory only for a run
 * of more than 256 bytes that the pattern does not split: usually one or two bytes for each of its
 * bytes, never more than about twelve. -FL_EUTF8 with the offset of the byte at fault, or
 * -FL_ENOMEM. */
int fl_bpe_count(const struct fl_bpe *bpe, const char *text, size_t len, size_t *ret_tokens,
                 struct fl_err *err);

/* The tokens themselves, in order: free() `*ret_ids`, which is NULL when there are none. Errors as
 * for fl_bpe_count. */
int fl_bpe_encode(const struct fl_bpe *bpe, const char *text, size_t len, uint32_t **ret_ids,
                  size_t *ret_tokens, struct fl_err *err);

#endif
