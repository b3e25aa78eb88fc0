/* similar.h: how close a request lies to each document in meaning, and to past requests. */
#ifndef FL_RANK_SIMILAR_H
#define FL_RANK_SIMILAR_H

#include "snapshot/snapshot.h"

enum { FL_SIMILAR_BEST = 32, FL_SIMILAR_EXAMPLES = 32 };

/* What the past requests that are nearest to the present one say for a document. */
struct fl_similar_vote {
    uint32_t document;
    float share;      /* of the votes, 0–1: nearer requests have more to say */
    float similarity; /* of the nearest request that it served */
};

/* Scratch of one ranker, over a snapshot that has an encoder; all-zero where it has none. */
struct fl_similar_documents {
    struct fl_embedder embedder;
    int8_t *request;                /* [dim] its vector */
    float *similarity;              /* [document_count] cosines */
    uint32_t best[FL_SIMILAR_BEST]; /* documents, most similar first */
    uint32_t best_count;
    float mean, deviation;  /* of all similarities */
    float *past_similarity; /* [past_capacity] */
    uint32_t past_capacity;
    struct fl_similar_vote votes[FL_SIMILAR_EXAMPLES]; /* in the order of the nearest requests */
    uint32_t vote_count;
    bool silent; /* nothing in the request says anything to the encoder */
};

/* 0 or -FL_ENOMEM; destroy in every case. */
int fl_similar_documents_init(struct fl_similar_documents *similar,
                              const struct fl_snapshot *snapshot);
void fl_similar_documents_destroy(struct fl_similar_documents *similar);

/* Compares a request (UTF-8) with every document and with past requests. `allowed` (one byte a
 * document) or NULL restricts the best ones. -FL_ENOMEM. */
int fl_similar_documents_find(struct fl_similar_documents *similar,
                              const struct fl_snapshot *snapshot, const struct fl_past *past,
                              struct fl_str text, const uint8_t *allowed);

/* What past requests say for a document; all zero where they say nothing. */
const struct fl_similar_vote *fl_similar_vote_for(const struct fl_similar_documents *similar,
                                                  uint32_t document);

/* How many deviations a similarity lies above the mean of all documents. */
float fl_similar_outstanding(const struct fl_similar_documents *similar, float similarity);

#endif
