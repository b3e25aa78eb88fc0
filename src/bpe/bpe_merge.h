/* bpe_merge.h: encoding a piece that is not a token by itself. */
#ifndef FL_BPE_BPE_MERGE_H
#define FL_BPE_BPE_MERGE_H

#include "bpe/bpe_table.h"

enum { FL_BPE_SCRATCH_BYTES = 256 }; /* longer pieces take memory */

enum { FL_BPE_MEMOS = 512, FL_BPE_VERDICTS = 1024 }; /* 12 KiB and 8 KiB */

/* What a short piece came to, when it was last met. */
struct fl_bpe_memo {
    struct fl_bpe_key key;
    uint32_t length; /* 0: empty */
    uint32_t count;
};

/* The room for one piece at a time, on the caller's stack but for long pieces, and the memory of
 * earlier ones: rare words come back in their text, and long runs are the same pairs over and over.
 */
struct fl_bpe_scratch {
    uint32_t *tokens; /* of the last piece: id << 8 | length */
    uint64_t *dead;
    size_t token_capacity;
    size_t dead_words;
    uint32_t own_tokens[FL_BPE_SCRATCH_BYTES];
    uint64_t own_dead[FL_BPE_SCRATCH_BYTES / 64 + 1];
    bool has_memory; /* the next two are initialised when they are first needed */
    struct fl_bpe_memo memos[FL_BPE_MEMOS];
    uint64_t verdicts[FL_BPE_VERDICTS]; /* on pairs: left << 32 | right << 1 | they go together */
};

void fl_bpe_scratch_init(struct fl_bpe_scratch *scratch);
void fl_bpe_scratch_destroy(struct fl_bpe_scratch *scratch);

/* Encodes `length` ≥ 2 bytes, of the `available` that may be read, that are no token by themselves.
 * The tokens are then in `scratch->tokens`, id << 8 | length each. 0, -FL_ENOMEM, or -FL_ECORRUPT
 * for a table that contradicts itself. */
int fl_bpe_merge_piece(const struct fl_bpe *bpe, const char *piece, size_t length, size_t available,
                       struct fl_bpe_scratch *scratch, size_t *ret_count);

/* The same, for the number alone: `scratch->tokens` may be those of another piece. */
int fl_bpe_merge_count(const struct fl_bpe *bpe, const char *piece, size_t length, size_t available,
                       struct fl_bpe_scratch *scratch, size_t *ret_count);

#endif
