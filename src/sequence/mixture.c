/* mixture.c: see mixture.h. */
#include "sequence/mixture.h"

/* SHARE: dealt out evenly. FLOOR: what an expert that ruled the item out is taken to have given.
 * The rate is 1 / (FIRST + learned), and not less than SLOWEST. */
static const float SHARE = 0.01F, FLOOR = 1e-3F, FIRST = 8, SLOWEST = 0.03F;

void fl_mixture_init(struct fl_mixture *mixture, unsigned count)
{
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        mixture->weight[e] = e < count ? 1.0F / (float)count : 0;
    mixture->learned = 0;
}

void fl_mixture_learn(struct fl_mixture *mixture, const float probability[FL_MIXTURE_EXPERTS],
                      uint32_t awake)
{
    float before = 0, after = 0;
    float success[FL_MIXTURE_EXPERTS];
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++) {
        float own = awake >> e & 1 ? mixture->weight[e] : 0;
        success[e] = own * (probability[e] + FLOOR);
        before += own;
        after += success[e];
    }
    unsigned count = (unsigned)__builtin_popcount(awake);
    if (count < 2 || !(after > 0))
        return;
    float rate = 1 / (FIRST + mixture->learned);
    if (rate > SLOWEST)
        mixture->learned += 1;
    float earned = rate * (1 - SHARE) * before / after,
          dealt = rate * SHARE * before / (float)count;
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        if (awake >> e & 1)
            mixture->weight[e] += success[e] * earned + dealt - rate * mixture->weight[e];
}
