/* search.h: the documents that fit a query best.
 *
 * A document's score is Σ_groups weight_g · max_{t ∈ g} (weight_t · idf_t · impact_t,d), divided by
 * the largest sum that any document could reach, so that 1 means: every word of the request, in
 * full. Sums are kept in 16 bits, one for each document, which a scan for the best passes over. */
#ifndef FL_TEXT_SEARCH_H
#define FL_TEXT_SEARCH_H

#include "text/query.h"

struct fl_hit {
    uint32_t document;
    float score; /* 0–1 */
};

/* Scratch of one thread for one index. */
struct fl_search {
    uint16_t *sums; /* [rows · columns] one for each document: those of the last search */
    uint32_t *best; /* stamp of a group << 16 | its best so far */
    uint32_t stamp; /* of the present group, 1–65535 */
    uint16_t *column_max;
    uint32_t columns, rows;
    float reachable; /* the sum that the score is relative to, in idf units */
};

int fl_search_init(struct fl_search *search, const struct fl_index *index);
void fl_search_destroy(struct fl_search *search);

enum { FL_SEARCH_MAX_HITS = 256 };

/* Writes at most `capacity` (and FL_SEARCH_MAX_HITS) hits, best first, equal scores by document;
 * returns how many. Only documents with a score above 0. `allowed` (one byte a document) or NULL
 * restricts them. */
uint32_t fl_search_run(struct fl_search *search, const struct fl_index *index,
                       const struct fl_query *query, const uint8_t *allowed,
                       struct fl_hit *ret_hits, uint32_t capacity);

/* What the last search gave a document, hit or not. */
float fl_search_score(const struct fl_search *search, uint32_t document);

/* The weight of a query term in the score: group weight · term weight · idf, over `reachable`. */
float fl_search_term_weight(const struct fl_index *index, const struct fl_query *query,
                            unsigned term);

/* The posting of a term in a document, or NULL; `ret_fields` gets the fields it stands in. */
const struct fl_posting *fl_index_posting(const struct fl_index *index, uint32_t term,
                                          uint32_t document, uint16_t *ret_fields);

#endif
