/* encoder_make.h: from folders of data to the files of word vectors and encoder.
 *
 *   study ─► vocabulary ─► word vectors without labels ─► what the encoder starts from
 *         └► lessons ────────────────────────────────────► encoder ─► measured on sets left out */
#ifndef FL_STUDY_ENCODER_MAKE_H
#define FL_STUDY_ENCODER_MAKE_H

#include "study/measure.h"

enum fl_encoder_stage { FL_ENCODER_READING, FL_ENCODER_WORDS, FL_ENCODER_PAIRS };

struct fl_encoder_recipe {
    const char *const *folders; /* as of fl_study_read */
    size_t folder_count;
    const char *const *left_out;
    size_t left_out_count;
    uint64_t seed;
    unsigned threads; /* 1 or more; no influence on the result */
    unsigned epochs;  /* an epoch has as many batches as all pairs fill */
    /* Called now and then; true ends it with -FL_ECANCELED. NULL is accepted. */
    bool (*progress)(void *ctx, enum fl_encoder_stage stage, float done, float loss);
    void *ctx;
};

struct fl_encoder_made {
    struct fl_buf words, encoder; /* the files */
    uint32_t texts, tokens, pairs, rows;
    uint64_t fingerprint; /* of all texts that were read, in order */
    struct {
        char name[FL_STUDY_NAME_BYTES];
        struct fl_measure measure;
    } left_out[FL_STUDY_MAX_SETS];
    unsigned left_out_count;
};
void fl_encoder_made_destroy(struct fl_encoder_made *made);

/* Errors as of fl_study_read; -FL_EINVAL where there is nothing to learn from; -FL_ECANCELED. The
 * same data, seed, epochs and kernels make the same bytes. */
int fl_encoder_make(const struct fl_encoder_recipe *recipe, const struct fl_kernels *kernels,
                    struct fl_encoder_made *ret_made, struct fl_err *err);

#endif
