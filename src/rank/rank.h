/* rank.h: the scoring stage: request → documents with scores and probabilities.
 *
 *   text ─► query (groups of terms) ─► lexical sums, the best few
 *        ─► own name: how much of what a tool calls itself the request explains
 *   text ─► vector ─► similarity of every document, the best few      (with an encoder: similar.h)
 *        ─► fusion of both (fuse.h) ─► rules: keywords of the manifest ─► calibration
 *
 * A stage is a table of functions, so that another one can stand in its place; what it needs
 * beside the snapshot lives in the ranker, the scratch memory of one ranking at a time. */
#ifndef FL_RANK_RANK_H
#define FL_RANK_RANK_H

#include "rank/calibrate.h"
#include "rank/fuse.h"
#include "rank/learned.h"
#include "rank/similar.h"
#include "snapshot/snapshot.h"
#include "text/search.h"

enum { FL_RANK_USUAL = 32, FL_RANK_WIDTH = FL_REQUEST_MAX_TOP };

#define FL_RULE_GAIN 1.0f /* what a fired keyword adds to a score */

struct fl_candidate {
    uint32_t document;
    float score;         /* comparable within one ranking */
    float lexical;       /* what its words alone give it */
    float name_coverage; /* 0–1 */
    float similarity;    /* cosine with the request; 0 without an encoder */
    float odds;          /* of the fusion (fuse.h); 0 without */
    uint32_t rule;       /* that fired for it, or UINT32_MAX */
    float learned;       /* probability by what was learned from use (learned.h), or 0 */
};

struct fl_ranking {
    struct fl_candidate candidates[FL_RANK_WIDTH]; /* best first */
    uint32_t count;
    float fit;      /* calibrated probability that anything fits */
    bool fused;     /* with what the encoder says */
    float log_odds; /* of all candidates together: log Σ exp(odds) */
};

struct fl_ranker {
    struct fl_ranker *next; /* in the pool */
    struct fl_query query;
    struct fl_search search;
    float *term_weight; /* [term_count] of the present query */
    uint32_t width;     /* how many candidates are wanted: FL_RANK_USUAL, at most FL_RANK_WIDTH */
    struct fl_hit hits[FL_RANK_WIDTH];
    struct fl_similar_documents similar;
    struct fl_learned_scratch *learned; /* made when first needed */
    const struct fl_past *past;         /* requests that vote; NULL: those of the snapshot */
    /* Sees each candidate that is fused, for those who fit the fusion; NULL: nobody does. */
    void (*watch)(void *ctx, const struct fl_candidate *candidate, const float *inputs);
    void *watch_ctx;
    struct fl_ranking ranking;
};

struct fl_scorer {
    /* Fills ranker->ranking for a request (UTF-8). `allowed`: one byte a document, or NULL. 0 or
     * -FL_ENOMEM. */
    int (*rank)(struct fl_ranker *ranker, const struct fl_snapshot *snapshot, struct fl_str text,
                const uint8_t *allowed);
};

/* What the calibration sees of candidate number `index`. */
struct fl_match_features fl_ranking_features(const struct fl_ranker *ranker, uint32_t index);

/* The calibrated probability that candidate number `index` is needed. */
float fl_ranking_confidence(const struct fl_ranker *ranker, uint32_t index);

/* Words, thesaurus, names and rules; with an encoder, also what the request means. */
extern const struct fl_scorer fl_scorer_usual;

/* Takes what was learned into the ranking of a request: FL_LEARNED_CANDIDATE makes a candidate,
 * FL_LEARNED_FIRST puts it first. -FL_ENOMEM. */
int fl_ranking_learn(struct fl_ranker *ranker, const struct fl_snapshot *snapshot,
                     const struct fl_learned *learned, struct fl_str text, const uint8_t *allowed);

/* A ranker from the snapshot's pool, or a new one; NULL when out of memory. */
struct fl_ranker *fl_ranker_take(struct fl_snapshot *snapshot);
void fl_ranker_give(struct fl_snapshot *snapshot, struct fl_ranker *ranker);
void fl_ranker_free_all(struct fl_ranker *rankers); /* a chain */

#endif
