/* calibrate.c: see calibrate.h. */
#include "engine/calibrate.h"

#include <math.h>

static float logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

float fl_calibrate_match(const struct fl_match_features *f)
{
    float x = -3.2f + 2.0f * f->score + 2.6f * f->relative * f->relative +
              0.9f * f->name_coverage - 0.55f * logf(1.0f + (float)f->rank) + 0.6f * f->known;
    return logistic(x);
}

float fl_calibrate_fit(const struct fl_match_features *best, unsigned words, int self_answered)
{
    float x = -0.5f + 6.0f * best->score + 2.0f * best->name_coverage + 1.5f * best->known +
              0.1f * (float)(words < 8 ? words : 8) - (self_answered ? 3.5f : 0.0f);
    return logistic(x);
}
