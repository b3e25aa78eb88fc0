/* network_step.h: the arithmetic of one mini-batch: forward, back, gradients; no threads, no Adam.
 *
 *   x ─► activation[0] ─► W ─► ReLU ─► activation[1] ─► … ─► p
 *                                      delta[0]     ◄─ …  ◄─ delta[last] = (p - target) / rows
 *
 * First every row of the batch is passed forward and back (fl_network_step_row; rows are
 * independent of each other), then gradients are asked for, one row of a weight matrix at a time:
 * the sum over the batch in the order of its rows, whoever asks. */
#ifndef FL_NETWORK_NETWORK_STEP_H
#define FL_NETWORK_NETWORK_STEP_H

#include "network/network_parts.h"

struct fl_network_step {
    const struct fl_network *network;
    uint32_t rows; /* of this batch; up to what it was made for */
    float smoothing;
    float *activation[FL_NETWORK_MAX_LAYERS]; /* what layer i sees: [rows][its inputs] */
    float *delta[FL_NETWORK_MAX_LAYERS];      /* of what it gives: [rows][its outputs] */
    float *ones;                              /* [rows] */
    void *memory;
};

/* -FL_ENOMEM. */
int fl_network_step_init(struct fl_network_step *step, const struct fl_network *network,
                         uint32_t most_rows, float smoothing);
void fl_network_step_destroy(struct fl_network_step *step);

/* Row `row` of the batch, whose inputs were written to activation[0]; `labels` as in struct
 * fl_network_rows. Returns its cross-entropy. */
double fl_network_step_row(struct fl_network_step *step, uint32_t row, const uint32_t *labels,
                           uint32_t label_count);

/* The cross-entropy alone, without smoothing; nothing goes back. */
double fl_network_step_loss(struct fl_network_step *step, uint32_t row, const uint32_t *labels,
                            uint32_t label_count);

/* ret_gradient[outputs] = d loss / d weights[input][…] of the layer; for input == inputs: d loss /
 * d bias. `column` is room for the rows of a batch. */
void fl_network_step_gradient(const struct fl_network_step *step, uint32_t layer, uint32_t input,
                              float *column, float *ret_gradient);

#endif
