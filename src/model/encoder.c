/* encoder.c: see encoder.h. */
#include "model/encoder.h"

#include <math.h>

static int read_sections(struct fl_encoder *encoder, struct fl_err *err)
{
    const void *weights;
    int rc = fl_wordvec_read(&encoder->words, &encoder->file, err);
    if (!rc)
        rc = fl_model_file_section(&encoder->file, "weights", 4, FL_ENCODER_WEIGHTS, &weights, NULL,
                                   err);
    if (rc)
        return rc;
    encoder->weights = weights;
    for (unsigned i = 0; i < FL_ENCODER_WEIGHTS; i++)
        if (!isfinite(encoder->weights[i]))
            return fl_err_set(err, FL_ECORRUPT, "a weight of the encoder is not a number");
    return 0;
}

int fl_encoder_open(struct fl_encoder *ret_encoder, const char *path, struct fl_err *err)
{
    struct fl_encoder encoder = {0};
    int rc = fl_model_file_open(&encoder.file, path, FL_ENCODER_KIND, err);
    if (rc)
        return rc;
    rc = read_sections(&encoder, err);
    if (rc) {
        fl_model_file_close(&encoder.file);
        return fl_err_prefix(err, rc, "%s", path);
    }
    *ret_encoder = encoder;
    return 0;
}

int fl_encoder_view(struct fl_encoder *ret_encoder, const void *bytes, size_t len,
                    struct fl_err *err)
{
    struct fl_encoder encoder = {0};
    int rc = fl_model_file_view(&encoder.file, bytes, len, FL_ENCODER_KIND, err);
    if (!rc)
        rc = read_sections(&encoder, err);
    if (!rc)
        *ret_encoder = encoder;
    return rc;
}

void fl_encoder_close(struct fl_encoder *encoder)
{
    if (!encoder)
        return;
    fl_model_file_close(&encoder->file);
    *encoder = (struct fl_encoder){0};
}

float fl_encoder_finish(const struct fl_encoder *encoder, const struct fl_kernels *kernels,
                        float *sum, int8_t *ret_vector)
{
    size_t dim = fl_encoder_dim(encoder);
    kernels->normalize(sum, dim);
    return kernels->quantize(sum, ret_vector, dim);
}
