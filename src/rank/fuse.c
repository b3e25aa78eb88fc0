/* fuse.c: see fuse.h. */
#include "rank/fuse.h"

#include "rank/fuse_weights.h"

#include <math.h>

void fl_fuse_inputs(const struct fl_fuse_request *r, const struct fl_fuse_candidate *c,
                    float ret_inputs[FL_FUSE_INPUTS])
{
    const float least_deviation = 0.02f, usual_deviation = 8;
    float relative = r->best_lexical > 0 ? c->lexical / r->best_lexical : 0;
    float deviation = r->deviation > least_deviation ? r->deviation : least_deviation;
    float outstanding = (c->similarity - r->mean) / (deviation * usual_deviation);
    float documents = logf(1.0f + (float)r->documents) / 8;
    const float inputs[FL_FUSE_INPUTS] = {
        c->lexical,
        relative,
        c->name_coverage,
        c->similarity,
        outstanding,
        c->similarity - r->best_similarity,
        1.0f / (1.0f + (float)c->lexical_rank),
        1.0f / (1.0f + (float)c->similarity_rank),
        r->best_lexical,
        r->best_similarity,
        r->known,
        r->foreign ? 1.0f : 0.0f,
        logf(1.0f + r->words) / 2,
        documents,
        c->lexical > 0 ? 1.0f : 0.0f,
        c->lexical * outstanding,
        c->votes,
        c->example,
        r->experienced ? 1.0f : 0.0f,
    };
    for (int i = 0; i < FL_FUSE_INPUTS; i++)
        ret_inputs[i] = inputs[i];
}

float fl_fuse(const float inputs[FL_FUSE_INPUTS])
{
    float score = 0;
    for (int i = 0; i < FL_FUSE_INPUTS; i++)
        score += fl_fuse_direct[i] * inputs[i];
    for (int h = 0; h < FL_FUSE_HIDDEN; h++) {
        float x = fl_fuse_bias[h];
        for (int i = 0; i < FL_FUSE_INPUTS; i++)
            x += fl_fuse_hidden[h][i] * inputs[i];
        score += fl_fuse_out[h] * (x / (1.0f + fabsf(x)));
    }
    return score;
}
