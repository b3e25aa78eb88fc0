/* linear.c: see linear.h; training is in linear_train.c. */
#include "classify/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const float fl_linear_block_weight[FL_INPUT_BLOCKS] = {1.0f, 0.5f, 1.0f};

/* --- running --- */

void fl_linear_block_scales(const float *idf, const struct fl_input *input,
                            float ret_scale[FL_INPUT_BLOCKS])
{
    uint32_t i = 0;
    for (unsigned b = 0; b < FL_INPUT_BLOCKS; b++) {
        float even = 0, odd = 0; /* two chains: an addition takes longer than a load */
        for (; i + 1 < input->block_end[b]; i += 2) {
            float first = idf[input->bucket[i]], second = idf[input->bucket[i + 1]];
            even += first * first;
            odd += second * second;
        }
        for (; i < input->block_end[b]; i++)
            even += idf[input->bucket[i]] * idf[input->bucket[i]];
        float square = even + odd;
        ret_scale[b] = square > 0 ? fl_linear_block_weight[b] / sqrtf(square) : 0;
    }
}

/* hidden += the weighted rows of all features, some hundred at a time. */
static void add_rows(const struct fl_linear *linear, const struct fl_kernels *kernels,
                     const struct fl_input *input, float *hidden)
{
    enum { AT_ONCE = 512 };
    uint32_t row[AT_ONCE], i = 0;
    float scale[FL_INPUT_BLOCKS], weight[AT_ONCE];
    size_t count = 0;
    fl_linear_block_scales(linear->idf, input, scale);
    for (unsigned b = 0; b < FL_INPUT_BLOCKS; b++)
        for (; i < input->block_end[b]; i++) {
            row[count] = input->bucket[i];
            weight[count++] = scale[b];
            if (count == AT_ONCE) {
                kernels->embedding_bag_i8(hidden, linear->w1, row, weight, count, linear->stride);
                count = 0;
            }
        }
    kernels->embedding_bag_i8(hidden, linear->w1, row, weight, count, linear->stride);
}

void fl_linear_run(const struct fl_linear *linear, const struct fl_kernels *kernels,
                   const struct fl_input *input, int8_t *packed, float *hidden, float *logits)
{
    memset(hidden, 0, linear->stride * sizeof *hidden);
    add_rows(linear, kernels, input, hidden);
    for (uint32_t c = 0; c < linear->hidden; c++)
        hidden[c] *= linear->hidden_scale[c];
    if (!linear->w2) {
        for (uint32_t l = 0; l < linear->labels; l++)
            logits[l] = hidden[l] + linear->bias[l];
        return;
    }
    float packed_scale = kernels->quantize(hidden, packed, linear->stride);
    kernels->matvec_i8(linear->w2, linear->w2_scale, packed, packed_scale, linear->bias, logits,
                       linear->labels, linear->stride);
}

/* --- files --- */

struct head {
    uint32_t labels, hidden, stride, reserved;
};

void fl_linear_save(const struct fl_linear *linear, struct fl_model_writer *writer)
{
    struct head head = {linear->labels, linear->hidden, linear->stride, 0};
    fl_model_writer_add(writer, "l.head", &head, sizeof head);
    fl_model_writer_add(writer, "l.idf", linear->idf, FL_INPUT_BUCKETS * sizeof *linear->idf);
    fl_model_writer_add(writer, "l.w1", linear->w1, (size_t)FL_INPUT_BUCKETS * linear->stride);
    fl_model_writer_add(writer, "l.hscale", linear->hidden_scale,
                        linear->hidden * sizeof *linear->hidden_scale);
    if (linear->w2) {
        fl_model_writer_add(writer, "l.w2", linear->w2, (size_t)linear->labels * linear->stride);
        fl_model_writer_add(writer, "l.w2scal", linear->w2_scale,
                            linear->labels * sizeof *linear->w2_scale);
    }
    fl_model_writer_add(writer, "l.bias", linear->bias, linear->labels * sizeof *linear->bias);
}

static int read_floats(const struct fl_model_file *file, const char *name, size_t count,
                       const float **ret_values, struct fl_err *err)
{
    const void *bytes;
    size_t got;
    int rc = fl_model_file_section(file, name, sizeof(float), count, &bytes, &got, err);
    if (rc)
        return rc;
    const float *values = bytes;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return fl_err_set(err, FL_ECORRUPT, "section '%s' holds what is no number", name);
    *ret_values = values;
    return 0;
}

static int read_bytes(const struct fl_model_file *file, const char *name, size_t count,
                      const int8_t **ret_values, struct fl_err *err)
{
    const void *bytes;
    size_t got;
    int rc = fl_model_file_section(file, name, 1, count, &bytes, &got, err);
    if (!rc)
        *ret_values = bytes;
    return rc;
}

static int read_head(const struct fl_model_file *file, uint32_t labels, struct fl_linear *linear,
                     struct fl_err *err)
{
    const void *bytes;
    size_t got;
    int rc = fl_model_file_section(file, "l.head", sizeof(struct head), 1, &bytes, &got, err);
    if (rc)
        return rc;
    struct head head;
    memcpy(&head, bytes, sizeof head);
    if (head.labels != labels || head.hidden == 0 || head.hidden > FL_LINEAR_MAX_HIDDEN ||
        head.stride < head.hidden || head.stride % FL_LINEAR_ALIGN ||
        head.stride >= head.hidden + FL_LINEAR_ALIGN)
        return fl_err_set(err, FL_ECORRUPT, "the linear model has an impossible shape");
    linear->labels = labels;
    linear->hidden = head.hidden;
    linear->stride = head.stride;
    return 0;
}

int fl_linear_read(struct fl_linear *ret_linear, const struct fl_model_file *file, uint32_t labels,
                   struct fl_err *err)
{
    struct fl_linear linear = {0};
    int rc = read_head(file, labels, &linear, err);
    if (!rc)
        rc = read_floats(file, "l.idf", FL_INPUT_BUCKETS, &linear.idf, err);
    if (!rc)
        rc = read_bytes(file, "l.w1", (size_t)FL_INPUT_BUCKETS * linear.stride, &linear.w1, err);
    if (!rc)
        rc = read_floats(file, "l.hscale", linear.hidden, &linear.hidden_scale, err);
    if (!rc && linear.hidden != labels) {
        rc = read_bytes(file, "l.w2", (size_t)labels * linear.stride, &linear.w2, err);
        if (!rc)
            rc = read_floats(file, "l.w2scal", labels, &linear.w2_scale, err);
    }
    if (!rc)
        rc = read_floats(file, "l.bias", labels, &linear.bias, err);
    if (!rc)
        *ret_linear = linear;
    return rc;
}
