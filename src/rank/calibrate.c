/* calibrate.c: see calibrate.h. */
#include "rank/calibrate.h"

#include <math.h>

static const float match_weights[FL_MATCH_INPUTS] = {-2.489f, 0.343f,  1.370f, 0.644f,
                                                     1.758f,  -1.052f, -0.076f};
static const float fit_weights[FL_FIT_INPUTS] = {-9.562f, 0.284f,  0.872f, 7.318f,
                                                 1.291f,  -2.082f, 3.292f};

static const float fused_match_weights[FL_FUSED_MATCH_INPUTS] = {0.719f, 1.026f,  -0.551f, -1.688f,
                                                                 1.610f, -0.112f, 0.621f};
static const float fused_fit_weights[FL_FUSED_FIT_INPUTS] = {
    -5.675f, -1.305f, 0.093f, 2.711f, 1.001f, -0.523f, 1.877f, 15.713f, -1.363f, 0.698f};

static int copy_inputs(const float *inputs, int count, float *ret_inputs)
{
    for (int i = 0; i < count; i++)
        ret_inputs[i] = inputs[i];
    return count;
}

static float log_odds(float p)
{
    const float least = 1e-4f;
    p = p < least ? least : p > 1 - least ? 1 - least : p;
    return logf(p / (1 - p));
}

int fl_match_inputs(const struct fl_match_features *f, float ret_inputs[FL_CALIBRATE_INPUTS_MAX])
{
    float rank = logf(1.0f + (float)f->rank);
    if (f->fused) {
        const float inputs[FL_FUSED_MATCH_INPUTS] = {
            1, log_odds(f->share), f->relative, f->score, f->name_coverage, rank, f->similarity};
        return copy_inputs(inputs, FL_FUSED_MATCH_INPUTS, ret_inputs);
    }
    const float inputs[FL_MATCH_INPUTS] = {
        1, f->score, f->relative, f->relative * f->relative, f->name_coverage, rank, f->known};
    return copy_inputs(inputs, FL_MATCH_INPUTS, ret_inputs);
}

int fl_fit_inputs(const struct fl_match_features *f, float ret_inputs[FL_CALIBRATE_INPUTS_MAX])
{
    float words = logf(1.0f + (float)f->words);
    const float inputs[FL_FUSED_FIT_INPUTS] = {
        1,
        f->score,
        f->name_coverage,
        f->known,
        words,
        f->talk ? 1.0f : 0.0f,
        f->score * words,
        f->similarity,
        f->outstanding,
        f->share,
    };
    return copy_inputs(inputs, f->fused ? FL_FUSED_FIT_INPUTS : FL_FIT_INPUTS, ret_inputs);
}

static float logistic(const float *weights, const float *inputs, int count)
{
    float x = 0;
    for (int i = 0; i < count; i++)
        x += weights[i] * inputs[i];
    return 1.0f / (1.0f + expf(-x));
}

float fl_calibrate_match(const struct fl_match_features *features)
{
    float inputs[FL_CALIBRATE_INPUTS_MAX];
    int count = fl_match_inputs(features, inputs);
    return logistic(features->fused ? fused_match_weights : match_weights, inputs, count);
}

float fl_calibrate_fit(const struct fl_match_features *best)
{
    float inputs[FL_CALIBRATE_INPUTS_MAX];
    int count = fl_fit_inputs(best, inputs);
    return logistic(best->fused ? fused_fit_weights : fit_weights, inputs, count);
}
