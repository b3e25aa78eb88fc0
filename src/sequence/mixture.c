/* mixture.c: see mixture.h. */
#include "sequence/mixture.h"

#include <string.h>

/* SHARE: dealt out evenly. FLOOR: what an expert that ruled the item out is taken to have given.
 * The rate is 1 / (FIRST + learned), and not less than SLOWEST. */
static const float SHARE = 0.01F, FLOOR = 1e-3F, FIRST = 8, SLOWEST = 0.03F;

void fl_mixture_init(struct fl_mixture *mixture, unsigned count)
{
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        mixture->weight[e] = e < count ? 1.0F / (float)count : 0;
    mixture->learned = 0;
}

/* Four floats in a register: the compiler may not add floats in another order by itself. */
typedef float four __attribute__((vector_size(16)));

enum { FOURS = FL_MIXTURE_EXPERTS / 4 };

static float sum_of(four a, four b)
{
    four sum = a + b;
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* 1 for each expert that is awake, 0 for the others. */
static void mask_of(uint32_t awake, four ret[FOURS])
{
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        ret[e / 4][e % 4] = (float)(awake >> e & 1);
}

void fl_mixture_learn(struct fl_mixture *mixture, const float probability[FL_MIXTURE_EXPERTS],
                      uint32_t awake)
{
    unsigned count = (unsigned)__builtin_popcount(awake);
    four weight[FOURS], given[FOURS], mask[FOURS], own[FOURS], success[FOURS];
    memcpy(weight, mixture->weight, sizeof weight);
    memcpy(given, probability, sizeof given);
    mask_of(awake, mask);
    for (unsigned i = 0; i < FOURS; i++) {
        own[i] = weight[i] * mask[i];
        success[i] = own[i] * (given[i] + FLOOR);
    }
    float before = sum_of(own[0], own[1]), after = sum_of(success[0], success[1]);
    if (count < 2 || !(after > 0))
        return;
    float rate = 1 / (FIRST + mixture->learned);
    if (rate > SLOWEST)
        mixture->learned += 1;
    float earned = rate * (1 - SHARE) * before / after,
          dealt = rate * SHARE * before / (float)count;
    for (unsigned i = 0; i < FOURS; i++)
        weight[i] += success[i] * earned + dealt * mask[i] - rate * own[i];
    memcpy(mixture->weight, weight, sizeof weight);
}
