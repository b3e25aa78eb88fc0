/* pack.h: from ranked candidates to what is exposed.
 *
 * Three ways to say how much: a strategy (so many at most, down to such a score, for such a part of
 * all definitions), a token budget, or the best K. The best match is never dropped; its
 * dependencies come with it. A more cautious strategy exposes all that a more daring one does. */
#ifndef FL_RANK_PACK_H
#define FL_RANK_PACK_H

#include "rank/rank.h"

struct fl_pack_limits {
    uint32_t top;           /* > 0: exactly so many matches */
    uint64_t budget_tokens; /* > 0: what they may cost together */
    enum fl_strategy strategy;
};

struct fl_pick {
    uint32_t document;
    uint32_t candidate; /* in the ranking, or UINT32_MAX */
    uint32_t needed_by; /* document that depends on it, or UINT32_MAX */
    enum fl_reason reason;
};

struct fl_picks {
    struct fl_pick *items;
    uint32_t count, capacity;
    uint8_t *taken;  /* [nodes of the graph] */
    uint32_t *nodes; /* scratch: what one pick needs */
};

void fl_picks_destroy(struct fl_picks *picks);

/* Fills empty picks within the limits. -FL_ENOMEM. */
int fl_pack(struct fl_picks *picks, const struct fl_snapshot *snapshot,
            const struct fl_ranking *ranking, const struct fl_costs *costs,
            const struct fl_pack_limits *limits);

/* Everything, in the catalogue's order; with `allowed` (one byte a document) those only, and what
 * they and the tools that are always there need. -FL_ENOMEM. */
int fl_pack_all(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                const struct fl_costs *costs, const uint8_t *allowed);

/* The graph's node of a document. */
uint32_t fl_document_node(const struct fl_snapshot *snapshot, uint32_t document);

#endif
