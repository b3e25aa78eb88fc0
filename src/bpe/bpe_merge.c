/* bpe_merge.c: encoding a piece that is not a token by itself.
 *
 * Byte-pair encoding merges, again and again, the neighbours whose union has the lowest rank. The
 * same tokens are found from left to right, without merging: a row of tokens is the encoding of
 * its bytes exactly if every two neighbours are the encoding of theirs. So the longest token that
 * goes with its left neighbour is tried first, then shorter ones, and where none is left, the last
 * token is taken back and the place marked dead. No place is left twice with the same token, which
 * bounds the time by the length; memory is a bit for each byte and the tokens.
 *
 * The idea and its proof: H. van Antwerpen, A. Neubeck, "So many tokens, so little time", 2024,
 * and the Rust crate `bpe`. */
#include "bpe/bpe_merge.h"

#include <stdlib.h>

void fl_bpe_scratch_init(struct fl_bpe_scratch *scratch)
{
    scratch->tokens = scratch->own_tokens;
    scratch->token_capacity = FL_BPE_SCRATCH_BYTES;
    scratch->dead = scratch->own_dead;
    scratch->dead_words = sizeof scratch->own_dead / sizeof scratch->own_dead[0];
    scratch->has_memory = false;
}

void fl_bpe_scratch_destroy(struct fl_bpe_scratch *scratch)
{
    if (scratch->tokens != scratch->own_tokens)
        free(scratch->tokens);
    if (scratch->dead != scratch->own_dead)
        free(scratch->dead);
    fl_bpe_scratch_init(scratch);
}

/* Makes room for one token behind `count`. */
static bool grow_tokens(struct fl_bpe_scratch *scratch, size_t count)
{
    bool own = scratch->tokens == scratch->own_tokens;
    size_t capacity = scratch->token_capacity * 2;
    /* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): a capacity is never 0 */
    uint32_t *tokens = realloc(own ? NULL : scratch->tokens, capacity * sizeof *tokens);
    if (!tokens)
        return false;
    if (own)
        memcpy(tokens, scratch->own_tokens, count * sizeof *tokens);
    scratch->tokens = tokens;
    scratch->token_capacity = capacity;
    return true;
}

/* Clears a bit for each place from 0 to `length`. */
static bool clear_dead(struct fl_bpe_scratch *scratch, size_t length)
{
    size_t words = length / 64 + 1;
    if (words > scratch->dead_words) {
        bool own = scratch->dead == scratch->own_dead;
        uint64_t *dead = realloc(own ? NULL : scratch->dead, words * sizeof *dead);
        if (!dead)
            return false;
        scratch->dead = dead;
        scratch->dead_words = words;
    }
    memset(scratch->dead, 0, words * sizeof *scratch->dead);
    return true;
}

/* Whether the encoding of the bytes of two tokens is these two: undoes the merges on both sides of
 * the border, the latest first, and looks whether a merge across it would have come earlier.
 * `limit` is the rank of the merge undone last; on the right side an equal rank comes too late,
 * because of equal merges the left one is done first. */
static bool go_together(const struct fl_bpe *bpe, uint32_t left, uint32_t right)
{
    uint32_t limit = FL_BPE_NONE;
    for (;;) {
        uint32_t merged = fl_bpe_merged(bpe, left, right);
        if (merged < limit)
            return false;
        uint32_t left_part = bpe->merges[left].right;
        uint32_t right_part = bpe->merges[right].left;
        bool left_is_byte = left_part == left;
        bool right_is_byte = right_part == right;
        if (left_is_byte && right_is_byte)
            return true;
        if (right_is_byte || (!left_is_byte && left > right)) {
            limit = left;
            left = left_part;
        } else {
            limit = right + 1;
            right = right_part;
        }
    }
}

static void need_memory(struct fl_bpe_scratch *scratch)
{
    if (!scratch->has_memory) {
        memset(scratch->memos, 0, sizeof scratch->memos);
        memset(scratch->verdicts, 0xff, sizeof scratch->verdicts);
    }
    scratch->has_memory = true;
}

/* go_together from memory. */
static bool fits(const struct fl_bpe *bpe, struct fl_bpe_scratch *scratch, uint32_t left,
                 uint32_t right)
{
    uint64_t pair = (uint64_t)left << 32 | right << 1;
    uint64_t *verdict =
        &scratch->verdicts[pair * UINT64_C(0x9e3779b97f4a7c15) >> 40 & (FL_BPE_VERDICTS - 1)];
    if (*verdict >> 1 != pair >> 1)
        *verdict = pair | go_together(bpe, left, right);
    return *verdict & 1;
}

/* The longest token at `p` of at most `max_length` bytes, as id << 8 | length; 0 if there is none.
 * There is one for every byte. */
static uint32_t longest_token(const struct fl_bpe *bpe, const char *p, size_t max_length,
                              size_t available)
{
    struct fl_bpe_key key = fl_bpe_load(p, available);
    uint32_t length = FL_BPE_SHORT_BYTES;
    if (max_length > FL_BPE_SHORT_BYTES) {
        uint32_t id;
        size_t found = fl_bpe_find_long(bpe, p, key, max_length, &id);
        if (found)
            return id << 8 | (uint32_t)found;
    } else {
        length = (uint32_t)max_length;
    }
    for (; length; length--) {
        uint32_t id = fl_bpe_slot_id(bpe, fl_bpe_cut(key, length), length);
        if (id != FL_BPE_NONE)
            return id << 8 | length;
    }
    return 0;
}

static bool is_dead(const struct fl_bpe_scratch *scratch, size_t place)
{
    return scratch->dead[place / 64] >> (place % 64) & 1;
}

/* The next candidate after `token`; 0 if there is none. */
static uint32_t shorter_token(const struct fl_bpe *bpe, uint32_t token)
{
    uint32_t prefix = bpe->prefixes[token >> 8];
    return (prefix & 0xFF) < (token & 0xFF) ? prefix : 0; /* true but in a made-up table */
}

int fl_bpe_merge_piece(const struct fl_bpe *bpe, const char *piece, size_t length, size_t available,
                       struct fl_bpe_scratch *scratch, size_t *ret_count)
{
    if (!clear_dead(scratch, length))
        return -FL_ENOMEM;
    need_memory(scratch);
    size_t count = 0;
    size_t place = 0;
    uint32_t token = longest_token(bpe, piece, length - 1, available);
    while (place < length) {
        size_t end = place + (token & 0xFF);
        if (!(token & 0xFF)) {
            if (!count) /* only with a table that contradicts itself */
                return -FL_ECORRUPT;
            scratch->dead[place / 64] |= UINT64_C(1) << (place % 64);
            token = scratch->tokens[--count];
            place -= token & 0xFF;
            token = shorter_token(bpe, token);
        } else if (is_dead(scratch, end) ||
                   (count && !fits(bpe, scratch, scratch->tokens[count - 1] >> 8, token >> 8))) {
            token = shorter_token(bpe, token);
        } else {
            if (count == scratch->token_capacity && !grow_tokens(scratch, count))
                return -FL_ENOMEM;
            scratch->tokens[count++] = token;
            place = end;
            if (place < length)
                token = longest_token(bpe, piece + place, length - place, available - place);
        }
    }
    *ret_count = count;
    return 0;
}

static struct fl_bpe_memo *memo_of(struct fl_bpe_scratch *scratch, struct fl_bpe_key key)
{
    need_memory(scratch);
    uint64_t hash =
        (key.low ^ key.high * UINT64_C(0xd6e8feb86659fd93)) * UINT64_C(0x9e3779b97f4a7c15);
    return &scratch->memos[(hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32 &
                           (FL_BPE_MEMOS - 1)];
}

int fl_bpe_merge_count(const struct fl_bpe *bpe, const char *piece, size_t length, size_t available,
                       struct fl_bpe_scratch *scratch, size_t *ret_count)
{
    if (length > FL_BPE_SHORT_BYTES)
        return fl_bpe_merge_piece(bpe, piece, length, available, scratch, ret_count);
    struct fl_bpe_key key = fl_bpe_cut(fl_bpe_load(piece, available), length);
    struct fl_bpe_memo *memo = memo_of(scratch, key);
    if (memo->length != length || memo->key.low != key.low || memo->key.high != key.high) {
        size_t count;
        int rc = fl_bpe_merge_piece(bpe, piece, length, available, scratch, &count);
        if (rc)
            return rc;
        *memo = (struct fl_bpe_memo){key, (uint32_t)length, (uint32_t)count};
    }
    *ret_count = memo->count;
    return 0;
}
