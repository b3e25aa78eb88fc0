/* bpe_merge.h: encoding a piece that is not a token by itself. */
#ifndef FL_TEXT_BPE_MERGE_H
#define FL_TEXT_BPE_MERGE_H

#include "text/bpe_table.h"

enum { FL_BPE_SCRATCH_BYTES = 256 }; /* longer pieces take memory */

/* The room for one piece at a time, most of it on the caller's stack. */
struct fl_bpe_scratch {
    uint32_t *tokens; /* of the last piece: id << 8 | length */
    uint64_t *dead;
    size_t token_capacity;
    size_t dead_words;
    uint32_t own_tokens[FL_BPE_SCRATCH_BYTES];
    uint64_t own_dead[FL_BPE_SCRATCH_BYTES / 64 + 1];
};

void fl_bpe_scratch_init(struct fl_bpe_scratch *scratch);
void fl_bpe_scratch_destroy(struct fl_bpe_scratch *scratch);

/* Encodes `length` ≥ 1 bytes of the `available` that may be read. The tokens are then in
 * `scratch->tokens`, id << 8 | length each. 0, -FL_ENOMEM, or
 * -FL_ECORRUPT for a table that contradicts itself. */
int fl_bpe_merge_piece(const struct fl_bpe *bpe, const char *piece, size_t length, size_t available,
                       struct fl_bpe_scratch *scratch, size_t *ret_count);

#endif
