/* calibrate.h: scores → probabilities, by logistic functions of a few features.
 *
 * The coefficients were fitted by bench/calibrate on several data sets at once, each left out in
 * turn to see that they carry over; docs/benchmarks.md has the reliability tables. */
#ifndef FL_RANK_CALIBRATE_H
#define FL_RANK_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

struct fl_match_features {
    float score;         /* after all adjustments; with an encoder, what its words alone give it */
    float relative;      /* to the best score of the ranking, 0–1 */
    float name_coverage; /* 0–1 */
    uint32_t rank;       /* from 0 */
    float known;         /* share of the request's words that lead anywhere */
    uint32_t words;      /* with need */
    uint32_t talk;       /* phrases that ask a model for what it knows itself */
    /* With an encoder: */
    bool fused;
    float share;       /* softmax of the fusion's odds over the candidates, 0–1 */
    float similarity;  /* cosine */
    float outstanding; /* how many deviations it lies above the mean of all documents */
};

enum {
    FL_MATCH_INPUTS = 7,
    FL_FIT_INPUTS = 7,
    FL_FUSED_MATCH_INPUTS = 7,
    FL_FUSED_FIT_INPUTS = 10,
    FL_CALIBRATE_INPUTS_MAX = 10,
};

/* The inputs of the two logistic functions, the first of which is 1; returns how many: those of
 * fused candidates differ. */
int fl_match_inputs(const struct fl_match_features *features,
                    float ret_inputs[FL_CALIBRATE_INPUTS_MAX]);
int fl_fit_inputs(const struct fl_match_features *best, float ret_inputs[FL_CALIBRATE_INPUTS_MAX]);

/* The probability that this candidate is needed, if anything fits. */
float fl_calibrate_match(const struct fl_match_features *features);

/* The probability that anything fits, from the features of the best candidate. */
float fl_calibrate_fit(const struct fl_match_features *best);

#endif
