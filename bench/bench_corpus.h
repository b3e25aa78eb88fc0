/* bench_corpus.h: what the engines of bench_search are given: the texts of a catalogue's tools,
 * field by field, and words as the peers that have no tokeniser of their own take them. */
#ifndef FL_BENCH_CORPUS_H
#define FL_BENCH_CORPUS_H

#include "base/arena.h"
#include "engine/engine.h"
#include "snapshot/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fields are those of snapshot/fields.h; what has no text is "". Names are cut into words where
 * case or a sign says so ("createIssue" is "create Issue"), because no peer does that by itself. */
struct bench_corpus {
    struct fl_arena arena;
    struct fl_engine *engine; /* with the catalogue in use */
    struct fl_snapshot *snapshot;
    const char *(*texts)[FL_FIELD_COUNT]; /* [count] by tool */
    uint32_t count;
};

/* 0 or -FL_ENOMEM. */
int bench_corpus_init(struct bench_corpus *corpus, struct fl_engine *engine);
void bench_corpus_destroy(struct bench_corpus *corpus);

/* Runs of ASCII letters and digits and of other bytes of UTF-8, in lower case. Calls `take` for
 * each that is no English stop word; `word` is valid during the call. */
void bench_words(const char *text, void (*take)(void *ctx, struct fl_str word), void *ctx);

#ifdef __cplusplus
}
#endif
#endif
