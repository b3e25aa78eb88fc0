/* fuse.h: one score out of what words say of a candidate and what its meaning does.
 *
 *   per candidate  words, name, similarity, ranks ─┐
 *   per request    best of both, words known       ─┴─► inputs ─► tanh(8) ─► score
 *
 * A score is the logarithm of odds: softmax over the candidates of a request is the model's
 * probability for each to be the one that is needed. The weights (fuse_weights.h) were fitted by
 * bench/fit_fusion on several data sets at once, each ranked with an encoder that was trained
 * without it. */
#ifndef FL_RANK_FUSE_H
#define FL_RANK_FUSE_H

#include <stdbool.h>
#include <stdint.h>

enum { FL_FUSE_INPUTS = 19, FL_FUSE_HIDDEN = 8 };

/* What is the same for all candidates of a request. */
struct fl_fuse_request {
    float best_lexical, best_similarity;
    float mean, deviation; /* of the similarities of all documents */
    float known;           /* share of the request's words that lead anywhere */
    float words;           /* with need */
    bool foreign;          /* the request is not in English */
    bool experienced;      /* there are past requests to compare with */
    uint32_t documents;
};

struct fl_fuse_candidate {
    float lexical, name_coverage, similarity;
    uint32_t lexical_rank, similarity_rank; /* from 0; among the best of each */
    float votes, example; /* of past requests: their share, the nearest one; or 0 */
};

void fl_fuse_inputs(const struct fl_fuse_request *request,
                    const struct fl_fuse_candidate *candidate, float ret_inputs[FL_FUSE_INPUTS]);

float fl_fuse(const float inputs[FL_FUSE_INPUTS]);

#endif
