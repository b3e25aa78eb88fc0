/* mixture.h: experts that learn how far to be trusted.
 *
 * An expert's weight is multiplied by the probability that it gave to what came; the weights so
 * found, which are the experts' shares in the mixture's success, are then averaged over time:
 * slowly, but in the beginning as fast as there is evidence. (The online form of Dempster, Laird
 * and Rubin's EM for mixture weights; the same products without averaging, Herbster and Warmuth's
 * fixed share, follow chance too much: they rank worse on every trace tried.) A small share is
 * dealt out evenly, so that an expert that was wrong for long can come back. Experts that have
 * nothing to say sleep: among those awake, the sum of the weights stays (Freund et al. 1997). */
#ifndef FL_SEQUENCE_MIXTURE_H
#define FL_SEQUENCE_MIXTURE_H

#include <stdint.h>

enum { FL_MIXTURE_EXPERTS = 8 };

struct fl_mixture {
    float weight[FL_MIXTURE_EXPERTS]; /* positive; sum 1 */
    float learned;                    /* outcomes, up to where the rate is the slowest */
};

/* Equal weights for the first `count` experts. */
void fl_mixture_init(struct fl_mixture *mixture, unsigned count);

/* `probability[e]` is what expert e gave to what came; bit e of `awake` tells that it spoke. */
void fl_mixture_learn(struct fl_mixture *mixture, const float probability[FL_MIXTURE_EXPERTS],
                      uint32_t awake);

#endif
