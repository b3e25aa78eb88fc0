/* fuse_weights.h: printed by bench/fit_fusion; included by fuse.c only. */
#ifndef FL_ENGINE_FUSE_WEIGHTS_H
#define FL_ENGINE_FUSE_WEIGHTS_H

#include "engine/fuse.h"

static const float fl_fuse_direct[FL_FUSE_INPUTS] = {6, 0, 0, 6, 0, 0, 0, 0};
static const float fl_fuse_bias[FL_FUSE_HIDDEN] = {0};
static const float fl_fuse_hidden[FL_FUSE_HIDDEN][FL_FUSE_INPUTS] = {{0}};
static const float fl_fuse_out[FL_FUSE_HIDDEN] = {0};

#endif
