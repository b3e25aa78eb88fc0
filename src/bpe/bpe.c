/* bpe.c: texts to tokens: split, look up, merge what is not found.
 *
 * Of a hundred pieces of ordinary text, some 95 are tokens as they are. */
#include "bpe/bpe.h"

#include "base/utf8.h"
#include "bpe/bpe_block.h"
#include "bpe/bpe_merge.h"

#include <stdlib.h>

/* Where tokens go: counted, and kept if that is wanted. */
struct sink {
    size_t count;
    uint32_t *ids;
    size_t capacity;
};

struct job {
    const struct fl_bpe *bpe;
    struct fl_bpe_scratch scratch;
    struct sink *sink;
    bool keeping;
};

static int keep(struct sink *sink, uint32_t id)
{
    if (sink->count == sink->capacity) {
        size_t capacity = sink->capacity ? sink->capacity * 2 : 64;
        uint32_t *ids = realloc(sink->ids, capacity * sizeof *ids);
        if (!ids)
            return -FL_ENOMEM;
        sink->ids = ids;
        sink->capacity = capacity;
    }
    sink->ids[sink->count++] = id;
    return 0;
}

/* A piece that has not been found among the short tokens. */
static int add_piece(struct job *job, const char *piece, size_t length, size_t available)
{
    size_t count = 1;
    uint32_t id = fl_bpe_find(job->bpe, piece, length, available);
    if (id != FL_BPE_NONE && job->keeping)
        return keep(job->sink, id);
    int rc = 0;
    if (id == FL_BPE_NONE && job->keeping)
        rc = fl_bpe_merge_piece(job->bpe, piece, length, available, &job->scratch, &count);
    else if (id == FL_BPE_NONE)
        rc = fl_bpe_merge_count(job->bpe, piece, length, available, &job->scratch, &count);
    if (!job->keeping && !rc)
        job->sink->count += count;
    for (size_t i = 0; job->keeping && i < count && !rc; i++)
        rc = keep(job->sink, job->scratch.tokens[i] >> 8);
    return rc;
}

/* Looks up the pieces of a block, and gives the ends of those that are no short tokens. There is
 * no branch on what is found: the look-ups of many pieces overlap. */
static uint64_t look_up(const struct fl_bpe *bpe, const char *block, uint64_t ends,
                        uint32_t ids[FL_BPE_BLOCK])
{
    uint64_t missing = 0;
    unsigned at = 0;
    for (; ends; ends &= ends - 1) {
        unsigned end = fl_bpe_lowest(ends);
        *ids = fl_bpe_short_id(bpe, block + at, end - at);
        missing |= *ids++ == FL_BPE_NONE ? ends & -ends : 0;
        at = end;
    }
    return missing;
}

static int add_block(struct job *job, const char *text, size_t len, uint64_t ends, uint64_t missing,
                     const uint32_t *ids)
{
    int rc = 0;
    if (!job->keeping) {
        job->sink->count += (unsigned)__builtin_popcountll(ends & ~missing);
        for (; missing && !rc; missing &= missing - 1) {
            uint64_t before = ends & ((missing & -missing) - 1);
            unsigned at = before ? 63 - (unsigned)__builtin_clzll(before) : 0;
            rc = add_piece(job, text + at, fl_bpe_lowest(missing) - at, len - at);
        }
        return rc;
    }
    for (unsigned at = 0; ends && !rc; ends &= ends - 1, ids++) {
        unsigned end = fl_bpe_lowest(ends);
        rc = *ids != FL_BPE_NONE ? keep(job->sink, *ids)
                                 : add_piece(job, text + at, end - at, len - at);
        at = end;
    }
    return rc;
}

static int run(struct job *job, const char *text, size_t len)
{
    enum fl_bpe_pattern pattern = job->bpe->pattern;
    int rc = 0;
    while (len && !rc) {
        char padded[FL_BPE_BLOCK + FL_BPE_SHORT_BYTES];
        const char *block = text;
        if (len < sizeof padded)
            block = memcpy(memset(padded, 0, sizeof padded), text, len);
        uint64_t ends = fl_bpe_block_ends(pattern, block, len);
        size_t done;
        if (ends) {
            uint32_t ids[FL_BPE_BLOCK];
            uint64_t missing = look_up(job->bpe, block, ends, ids);
            rc = add_block(job, text, len, ends, missing, ids);
            done = 63 - (size_t)__builtin_clzll(ends);
        } else {
            done = fl_bpe_piece(pattern, text, len);
            /* NOLINTNEXTLINE(readability-suspicious-call-argument): what can be read is the rest */
            rc = add_piece(job, text, done, len);
        }
        text += done;
        len -= done;
    }
    return rc;
}

static int check_and_run(const struct fl_bpe *bpe, struct sink *sink, bool keeping,
                         const char *text, size_t len, struct fl_err *err)
{
    size_t valid = fl_utf8_valid_length(text, len);
    if (valid != len)
        return fl_err_set(err, FL_EUTF8, "not valid UTF-8 at byte %zu", valid);
    struct job job = {.bpe = bpe, .sink = sink, .keeping = keeping};
    fl_bpe_scratch_init(&job.scratch);
    int rc = run(&job, text, len);
    fl_bpe_scratch_destroy(&job.scratch);
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    if (rc)
        return fl_err_set(err, -rc, "the token table contradicts itself");
    return 0;
}

int fl_bpe_count(const struct fl_bpe *bpe, const char *text, size_t len, size_t *ret_tokens,
                 struct fl_err *err)
{
    struct sink sink = {0};
    int rc = check_and_run(bpe, &sink, false, text, len, err);
    if (!rc)
        *ret_tokens = sink.count;
    return rc;
}

int fl_bpe_encode(const struct fl_bpe *bpe, const char *text, size_t len, uint32_t **ret_ids,
                  size_t *ret_tokens, struct fl_err *err)
{
    struct sink sink = {0};
    int rc = check_and_run(bpe, &sink, true, text, len, err);
    if (rc) {
        free(sink.ids);
        return rc;
    }
    *ret_ids = sink.ids;
    *ret_tokens = sink.count;
    return 0;
}
