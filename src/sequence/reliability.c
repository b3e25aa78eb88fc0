/* reliability.c: see reliability.h. */
#include "sequence/reliability.h"

#include <math.h>

/* Upper ends of all bins but the last. */
static const float ENDS[FL_RELIABILITY_BINS - 1] = {0.005F, 0.01F, 0.02F, 0.04F, 0.07F,
                                                    0.1F,   0.15F, 0.2F,  0.3F,  0.4F,
                                                    0.5F,   0.6F,  0.7F,  0.8F,  0.9F};
/* So many imagined predictions that were just right stand in each bin; past MOST seen, half are
 * forgotten. */
static const float PRIOR = 8, MOST = 2048;

static unsigned bin_of(float probability)
{
    unsigned bin = 0;
    while (bin < FL_RELIABILITY_BINS - 1 && probability >= ENDS[bin])
        bin++;
    return bin;
}

static float middle_of(unsigned bin)
{
    float low = bin ? ENDS[bin - 1] : 0;
    float high = bin < FL_RELIABILITY_BINS - 1 ? ENDS[bin] : 1;
    return (low + high) / 2;
}

void fl_reliability_learn(struct fl_reliability *r, float probability, bool came)
{
    unsigned bin = bin_of(probability);
    r->count[bin] += 1;
    r->expected[bin] += probability;
    r->came[bin] += came;
    if (r->count[bin] > MOST) {
        r->count[bin] /= 2;
        r->expected[bin] /= 2;
        r->came[bin] /= 2;
    }
}

/* A run of bins that share one value. */
struct pool {
    float weight, expected, came;
};

static float share(const struct pool *pool)
{
    return pool->came / pool->weight;
}

float fl_reliability_of(const struct fl_reliability *r, float probability)
{
    float x[FL_RELIABILITY_BINS], y[FL_RELIABILITY_BINS];
    struct pool pools[FL_RELIABILITY_BINS];
    unsigned sizes[FL_RELIABILITY_BINS], count = 0;
    for (unsigned bin = 0; bin < FL_RELIABILITY_BINS; bin++) {
        float prior = PRIOR * middle_of(bin);
        struct pool here = {r->count[bin] + PRIOR, r->expected[bin] + prior, r->came[bin] + prior};
        x[bin] = here.expected / here.weight;
        pools[count] = here;
        sizes[count++] = 1;
        while (count > 1 && share(&pools[count - 1]) < share(&pools[count - 2])) {
            count--;
            pools[count - 1].weight += pools[count].weight;
            pools[count - 1].came += pools[count].came;
            sizes[count - 1] += sizes[count];
        }
    }
    for (unsigned p = 0, bin = 0; p < count; p++)
        for (unsigned i = 0; i < sizes[p]; i++)
            y[bin++] = share(&pools[p]);
    if (!(probability > 0))
        return 0;
    unsigned next = 0;
    while (next < FL_RELIABILITY_BINS && probability > x[next])
        next++;
    if (next == FL_RELIABILITY_BINS)
        return y[next - 1];
    float x0 = next ? x[next - 1] : 0, y0 = next ? y[next - 1] : 0;
    return x[next] > x0 ? y0 + (y[next] - y0) * (probability - x0) / (x[next] - x0) : y[next];
}

void fl_outcomes_add(struct fl_outcomes *outcomes, unsigned rank, float sure)
{
    uint64_t at = outcomes->scored++ % FL_OUTCOMES_KEPT;
    outcomes->rank[at] = (uint8_t)rank;
    outcomes->sure[at] = sure;
}

void fl_outcomes_sum_up(const struct fl_outcomes *outcomes, struct fl_outcomes_summary *ret)
{
    uint64_t kept = outcomes->scored < FL_OUTCOMES_KEPT ? outcomes->scored : FL_OUTCOMES_KEPT;
    double n = kept ? (double)kept : (double)NAN;
    double expected[FL_ECE_BINS] = {0}, came[FL_ECE_BINS] = {0};
    *ret = (struct fl_outcomes_summary){0};
    for (uint64_t i = 0; i < kept; i++) {
        unsigned rank = outcomes->rank[i];
        double sure = outcomes->sure[i], error = sure - (rank == 1);
        ret->hit1 += rank == 1;
        ret->hit3 += rank >= 1 && rank <= 3;
        ret->hit5 += rank >= 1 && rank <= 5;
        ret->mrr += rank ? 1.0 / rank : 0;
        ret->brier += error * error;
        unsigned bin = sure < 1 ? (unsigned)(sure * FL_ECE_BINS) : FL_ECE_BINS - 1;
        expected[bin] += sure;
        came[bin] += rank == 1;
    }
    for (unsigned bin = 0; bin < FL_ECE_BINS; bin++)
        ret->ece += fabs(expected[bin] - came[bin]) / n;
    ret->hit1 /= n;
    ret->hit3 /= n;
    ret->hit5 /= n;
    ret->mrr /= n;
    ret->brier /= n;
    if (!kept)
        ret->ece = (double)NAN;
}
