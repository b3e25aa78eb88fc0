/* bpe.c: texts to tokens: split, look up, merge what is not found. */
#include "text/bpe.h"

#include "base/utf8.h"
#include "text/bpe_ascii.h"
#include "text/bpe_merge.h"

#include <stdlib.h>

size_t fl_bpe_piece(enum fl_bpe_pattern pattern, const char *text, size_t len)
{
    return fl_bpe_piece_fast(pattern, text, len);
}

/* Where tokens go: counted, and kept if `ids` is there. */
struct sink {
    size_t count;
    uint32_t *ids;
    size_t capacity;
};

static bool keep(struct sink *sink, uint32_t id)
{
    if (sink->count == sink->capacity) {
        size_t capacity = sink->capacity ? sink->capacity * 2 : 64;
        uint32_t *ids = realloc(sink->ids, capacity * sizeof *ids);
        if (!ids)
            return false;
        sink->ids = ids;
        sink->capacity = capacity;
    }
    sink->ids[sink->count++] = id;
    return true;
}

/* To be inlined with constant `pattern` and `keeping`. */
static inline __attribute__((always_inline)) int each_piece(
    const struct fl_bpe *bpe, enum fl_bpe_pattern pattern, bool keeping, const char *text,
    size_t len, struct fl_bpe_scratch *scratch, struct sink *sink)
{
    while (len) {
        size_t length = fl_bpe_piece_fast(pattern, text, len);
        uint32_t id = fl_bpe_find(bpe, text, length, len);
        if (id != FL_BPE_NONE) {
            if (!keeping)
                sink->count++;
            else if (!keep(sink, id))
                return -FL_ENOMEM;
        } else {
            size_t count;
            int rc = fl_bpe_merge_piece(bpe, text, length, len, scratch, &count);
            if (rc)
                return rc;
            if (!keeping)
                sink->count += count;
            for (size_t i = 0; keeping && i < count; i++)
                if (!keep(sink, scratch->tokens[i] >> 8))
                    return -FL_ENOMEM;
        }
        text += length;
        len -= length;
    }
    return 0;
}

static int run(const struct fl_bpe *bpe, bool keeping, const char *text, size_t len,
               struct sink *sink, struct fl_err *err)
{
    size_t valid = fl_utf8_valid_length(text, len);
    if (valid != len)
        return fl_err_set(err, FL_EUTF8, "not valid UTF-8 at byte %zu", valid);
    struct fl_bpe_scratch scratch;
    fl_bpe_scratch_init(&scratch);
    int rc;
    if (bpe->pattern == FL_BPE_O200K)
        rc = keeping ? each_piece(bpe, FL_BPE_O200K, true, text, len, &scratch, sink)
                     : each_piece(bpe, FL_BPE_O200K, false, text, len, &scratch, sink);
    else
        rc = keeping ? each_piece(bpe, FL_BPE_CL100K, true, text, len, &scratch, sink)
                     : each_piece(bpe, FL_BPE_CL100K, false, text, len, &scratch, sink);
    fl_bpe_scratch_destroy(&scratch);
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
    int rc = run(bpe, false, text, len, &sink, err);
    if (!rc)
        *ret_tokens = sink.count;
    return rc;
}

int fl_bpe_encode(const struct fl_bpe *bpe, const char *text, size_t len, uint32_t **ret_ids,
                  size_t *ret_tokens, struct fl_err *err)
{
    struct sink sink = {0};
    int rc = run(bpe, true, text, len, &sink, err);
    if (rc) {
        free(sink.ids);
        return rc;
    }
    *ret_ids = sink.ids;
    *ret_tokens = sink.count;
    return 0;
}
