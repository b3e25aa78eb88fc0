/* calibrate.h: scores → probabilities, by logistic functions of a few features.
 *
 * The coefficients were fitted by bench/calibrate on several data sets at once, each left out in
 * turn to see that they carry over; docs/benchmarks.md has the reliability tables. */
#ifndef FL_ENGINE_CALIBRATE_H
#define FL_ENGINE_CALIBRATE_H

#include <stdint.h>

struct fl_match_features {
    float score;         /* after all adjustments */
    float relative;      /* to the best score of the ranking, 0–1 */
    float name_coverage; /* 0–1 */
    uint32_t rank;       /* from 0 */
    float known;         /* share of the request's words that lead anywhere */
};

/* The probability that this candidate is needed. */
float fl_calibrate_match(const struct fl_match_features *features);

/* The probability that anything fits, from the features of the best candidate and what stands in
 * the request: the number of words with need, and whether it asks for what a model answers itself
 * ("explain", "rewrite"). */
float fl_calibrate_fit(const struct fl_match_features *best, unsigned words, int self_answered);

#endif
