/* bench_peer.h: a search engine as bench_search drives it. All are given the same texts, and all
 * are timed from the request's text to the numbers of the best documents. */
#ifndef FL_BENCH_PEER_H
#define FL_BENCH_PEER_H

#include "bench_corpus.h"

struct bench_query {
    const char *text;
    uint32_t number;        /* within the present list of queries */
    const uint8_t *allowed; /* search among these documents only, or NULL: Foreload's engines do it
                             * themselves, of the others everything is asked and then sifted */
};

struct bench_peer {
    const char *name;
    bool sifts; /* honours `allowed` */
    bool ranks; /* false: a part of another one, which has the hit rates */
    /* NULL on failure, with a message on stderr. `ret_ms` is the time it took; the texts were
     * there. */
    void *(*build)(const struct bench_corpus *corpus, double *ret_ms);
    uint32_t (*search)(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                       uint32_t capacity);
    void (*free)(void *peer);
};

extern const struct bench_peer bench_peer_stage;  /* Foreload's whole lexical stage */
extern const struct bench_peer bench_peer_search; /* of it: summing up and finding the best */
extern const struct bench_peer bench_peer_bm25;   /* plain BM25: the floor of hit rates */
extern const struct bench_peer bench_peer_fts5;
#ifdef FL_BENCH_XAPIAN
extern const struct bench_peer bench_peer_xapian;
#endif

#endif
