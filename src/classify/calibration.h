/* calibration.h: from scores to probabilities that can be believed, and to a threshold.
 *
 * Logits come as [count][labels]. All functions are pure but for their outputs. */
#ifndef FL_CLASSIFY_CALIBRATION_H
#define FL_CLASSIFY_CALIBRATION_H

#include "classify/classifier.h"
#include "kernels/kernels.h"

/* Validation rows and two sets of logits for them; `words` may be NULL. */
struct fl_calibration_rows {
    const struct fl_classifier_row *rows;
    const uint32_t *order; /* which of the rows: `known` ones with labels first */
    uint32_t known, count; /* the others have none */
    uint32_t labels;
    bool several;
    const float *linear, *words; /* [count][labels] */
};

/* p[labels] of one row: softmax or sigmoids of ((1 - mix) · linear + mix · words) / temperature. */
void fl_calibration_probabilities(const struct fl_kernels *kernels,
                                  const struct fl_calibration_rows *rows, uint32_t row, float mix,
                                  float temperature, float *p);

/* Mean cross-entropy of the known rows. NaN when out of memory or without rows. */
double fl_calibration_loss(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                           float mix, float temperature);

/* The temperature in [1/16, 16] of the least loss (Guo et al. 2017), by golden section. */
float fl_calibration_temperature(const struct fl_kernels *kernels,
                                 const struct fl_calibration_rows *rows, float mix);

/* What happens at one mixture and temperature. */
struct fl_calibration_result {
    float accuracy; /* of the known rows; several: micro-F1 at `threshold` */
    float threshold, kept, unknown_refused, auroc, ece;
};

/* Measures, and chooses the threshold: with one label a row the highest at which at most
 * `most_lost` of all known rows are answered rightly no more, and which, with unknown rows at hand,
 * refuses most of them; with several the one of the best micro-F1. -FL_ENOMEM. */
int fl_calibration_measure(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                           float mix, float temperature, float most_lost,
                           struct fl_calibration_result *ret_result);

/* The least probability, of 0.9 and more, from which the linear path's answer can stand: among rows
 * of at least that, the mixture would be right where the linear path is not in at most one known
 * row of a thousand. 2 where there is none. */
float fl_calibration_certain(const struct fl_kernels *kernels,
                             const struct fl_calibration_rows *rows, float mix, float temperature,
                             float linear_temperature);

/* Area under the ROC curve of telling the first `high` scores from the following `low`; equal
 * scores count half. Sorts a copy: -FL_ENOMEM. NaN where either is 0. */
int fl_calibration_auroc(const float *scores, uint32_t high, uint32_t low, double *ret_area);

/* Expected calibration error over 15 bins of equal width (Naeini et al. 2015). */
double fl_calibration_error(const float *probability, const bool *right, uint32_t count);

#endif
