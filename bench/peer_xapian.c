/* peer_xapian.c: bench_xapian.cc behind bench_peer.h. */
#include "bench_clock.h"
#include "bench_peer.h"
#include "bench_xapian.h"

#include <stdlib.h>

static const enum fl_field fields[] = {FL_FIELD_NAME, FL_FIELD_TITLE, FL_FIELD_DESCRIPTION,
                                       FL_FIELD_PARAMETER, FL_FIELD_COMPONENT};

static const char *text_of(const void *ctx, uint32_t document, unsigned field)
{
    const struct bench_corpus *corpus = ctx;
    return corpus->texts[document][fields[field]];
}

struct taking {
    bench_take_word *take;
    void *ctx;
};

static void pass_word(void *ctx, struct fl_str word)
{
    struct taking *taking = ctx;
    taking->take(taking->ctx, word.ptr, word.len);
}

static void words_of(const char *text, bench_take_word *take, void *ctx)
{
    bench_words(text, pass_word, &(struct taking){take, ctx});
}

static void *peer_build(const struct bench_corpus *corpus, double *ret_ms)
{
    struct bench_xapian_texts texts = {corpus->count, sizeof fields / sizeof *fields, text_of,
                                       words_of, corpus};
    double start = bench_now_us();
    void *peer = bench_xapian_build(&texts);
    *ret_ms = (bench_now_us() - start) / 1e3;
    return peer;
}

static uint32_t peer_search(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                            uint32_t capacity)
{
    static const struct bench_xapian_texts texts = {.words = words_of};
    return bench_xapian_search(peer, &texts, query->text, ret_documents, capacity);
}

const struct bench_peer bench_peer_xapian = {
    .name = "Xapian",
    .ranks = true,
    .build = peer_build,
    .search = peer_search,
    .free = bench_xapian_free,
};
