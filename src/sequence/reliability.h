/* reliability.h: how far probabilities can be trusted, learned from what came of them.
 *
 * Predictions are counted in bins by the probability they had; a bin's share of those that came
 * true, made monotone (pool adjacent violators: Ayer et al. 1955) and drawn towards the identity
 * where little was seen, is what a probability really means. */
#ifndef FL_SEQUENCE_RELIABILITY_H
#define FL_SEQUENCE_RELIABILITY_H

#include <stdbool.h>
#include <stdint.h>

enum { FL_RELIABILITY_BINS = 16, FL_OUTCOMES_KEPT = 1024, FL_ECE_BINS = 10 };

struct fl_reliability {
    float count[FL_RELIABILITY_BINS];
    float expected[FL_RELIABILITY_BINS]; /* sum of the probabilities */
    float came[FL_RELIABILITY_BINS];     /* how many came true */
};

/* All-zero knows nothing and believes everything. */
void fl_reliability_learn(struct fl_reliability *reliability, float probability, bool came);
float fl_reliability_of(const struct fl_reliability *reliability, float probability);

/* The last predictions: at which rank was what came, and how sure the first was. */
struct fl_outcomes {
    uint8_t rank[FL_OUTCOMES_KEPT]; /* from 1; 0: not among those kept */
    float sure[FL_OUTCOMES_KEPT];
    uint64_t scored; /* in all */
};

struct fl_outcomes_summary {
    double hit1, hit3, hit5, mrr, brier, ece; /* NaN before the first */
};

void fl_outcomes_add(struct fl_outcomes *outcomes, unsigned rank, float sure);
void fl_outcomes_sum_up(const struct fl_outcomes *outcomes, struct fl_outcomes_summary *ret);

#endif
