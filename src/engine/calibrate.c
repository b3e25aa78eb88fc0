/* calibrate.c: see calibrate.h. */
#include "engine/calibrate.h"

#include <math.h>

static const float match_weights[FL_MATCH_INPUTS] = {-2.489f, 0.343f,  1.370f, 0.644f,
                                                     1.758f,  -1.052f, -0.076f};
static const float fit_weights[FL_FIT_INPUTS] = {-9.562f, 0.284f,  0.872f, 7.318f,
                                                 1.291f,  -2.082f, 3.292f};

void fl_match_inputs(const struct fl_match_features *f, float ret_inputs[FL_MATCH_INPUTS])
{
    ret_inputs[0] = 1;
    ret_inputs[1] = f->score;
    ret_inputs[2] = f->relative;
    ret_inputs[3] = f->relative * f->relative;
    ret_inputs[4] = f->name_coverage;
    ret_inputs[5] = logf(1.0f + (float)f->rank);
    ret_inputs[6] = f->known;
}

void fl_fit_inputs(const struct fl_match_features *f, float ret_inputs[FL_FIT_INPUTS])
{
    float words = (float)f->words;
    ret_inputs[0] = 1;
    ret_inputs[1] = f->score;
    ret_inputs[2] = f->name_coverage;
    ret_inputs[3] = f->known;
    ret_inputs[4] = logf(1.0f + words);
    ret_inputs[5] = f->talk ? 1.0f : 0.0f;
    ret_inputs[6] = f->score * logf(1.0f + words);
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
    float inputs[FL_MATCH_INPUTS];
    fl_match_inputs(features, inputs);
    return logistic(match_weights, inputs, FL_MATCH_INPUTS);
}

float fl_calibrate_fit(const struct fl_match_features *best)
{
    float inputs[FL_FIT_INPUTS];
    fl_fit_inputs(best, inputs);
    return logistic(fit_weights, inputs, FL_FIT_INPUTS);
}
