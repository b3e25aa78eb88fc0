/* linear_pack.c: the members of a linear model become one in 8 bits. */
#include "classify/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A model that owns its numbers. */
struct packed {
    struct fl_linear linear; /* first: what callers hold */
    float *idf, *hidden_scale, *w2_scale, *bias;
    int8_t *w1, *w2;
};

void fl_linear_free(struct fl_linear *linear)
{
    struct packed *p = (struct packed *)linear;
    if (!p)
        return;
    free(p->idf);
    free(p->hidden_scale);
    free(p->w2_scale);
    free(p->bias);
    free(p->w1);
    free(p->w2);
    free(p);
}

static struct packed *allocate(uint32_t labels, uint32_t hidden)
{
    struct packed *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    size_t stride = ((size_t)hidden + FL_LINEAR_ALIGN - 1) / FL_LINEAR_ALIGN * FL_LINEAR_ALIGN;
    bool product = hidden == labels;
    p->idf = calloc(FL_INPUT_BUCKETS, sizeof *p->idf);
    p->hidden_scale = calloc(hidden, sizeof *p->hidden_scale);
    p->bias = calloc(labels, sizeof *p->bias);
    p->w1 = aligned_alloc(FL_LINEAR_ALIGN, FL_INPUT_BUCKETS * stride);
    if (!product) {
        p->w2 = aligned_alloc(FL_LINEAR_ALIGN, labels * stride);
        p->w2_scale = calloc(labels, sizeof *p->w2_scale);
    }
    p->linear = (struct fl_linear){labels,          hidden, (uint32_t)stride, p->idf, p->w1,
                                   p->hidden_scale, p->w2,  p->w2_scale,      p->bias};
    if (!p->idf || !p->hidden_scale || !p->bias || !p->w1 ||
        (!product && (!p->w2 || !p->w2_scale))) {
        fl_linear_free(&p->linear);
        return NULL;
    }
    memset(p->w1, 0, FL_INPUT_BUCKETS * stride);
    if (p->w2)
        memset(p->w2, 0, labels * stride);
    return p;
}

/* row[hidden] = idf · what this bucket adds to hidden. */
static void bucket_row(const struct fl_linear_parts *parts, const struct fl_kernels *kernels,
                       uint32_t bucket, bool product, float *row)
{
    uint32_t rank = parts->rank;
    for (size_t m = 0; m < FL_LINEAR_MEMBERS; m++) {
        const float *w1 = parts->w1[m] + (size_t)bucket * rank;
        if (!product) {
            memcpy(row + m * rank, w1, rank * sizeof *row);
            kernels->scale(row + m * rank, parts->idf[bucket], rank);
            continue;
        }
        for (uint32_t l = 0; l < parts->labels; l++) {
            float weight = kernels->dot(parts->w2[m] + (size_t)l * rank, w1, rank);
            row[l] = (m ? row[l] : 0) + parts->idf[bucket] * weight / FL_LINEAR_MEMBERS;
        }
    }
}

static void pack_w1(struct packed *p, const struct fl_linear_parts *parts,
                    const struct fl_kernels *kernels, bool product, float *rows)
{
    uint32_t hidden = p->linear.hidden;
    for (uint32_t b = 0; b < FL_INPUT_BUCKETS; b++) {
        float *row = rows + (size_t)b * hidden;
        if (parts->idf[b] > 0)
            bucket_row(parts, kernels, b, product, row);
        else
            memset(row, 0, hidden * sizeof *row);
        for (uint32_t c = 0; c < hidden; c++)
            if (fabsf(row[c]) > p->hidden_scale[c])
                p->hidden_scale[c] = fabsf(row[c]);
    }
    for (uint32_t c = 0; c < hidden; c++)
        p->hidden_scale[c] /= 127;
    for (uint32_t b = 0; b < FL_INPUT_BUCKETS; b++)
        for (uint32_t c = 0; c < hidden; c++)
            if (p->hidden_scale[c] > 0)
                p->w1[(size_t)b * p->linear.stride + c] =
                    (int8_t)lrintf(rows[(size_t)b * hidden + c] / p->hidden_scale[c]);
}

static void pack_w2(struct packed *p, const struct fl_linear_parts *parts,
                    const struct fl_kernels *kernels)
{
    float row[FL_LINEAR_MAX_HIDDEN];
    for (uint32_t l = 0; l < parts->labels; l++) {
        for (unsigned m = 0; m < FL_LINEAR_MEMBERS; m++)
            for (uint32_t c = 0; c < parts->rank; c++)
                row[m * parts->rank + c] =
                    parts->w2[m][(size_t)l * parts->rank + c] / FL_LINEAR_MEMBERS;
        p->w2_scale[l] =
            kernels->quantize(row, p->w2 + (size_t)l * p->linear.stride, p->linear.hidden);
    }
}

struct fl_linear *fl_linear_pack(const struct fl_linear_parts *parts)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    bool product = parts->labels <= parts->rank * FL_LINEAR_MEMBERS;
    uint32_t hidden = product ? parts->labels : parts->rank * FL_LINEAR_MEMBERS;
    struct packed *p = allocate(parts->labels, hidden);
    float *rows = malloc((size_t)FL_INPUT_BUCKETS * hidden * sizeof *rows);
    if (!p || !rows) {
        free(rows);
        fl_linear_free(p ? &p->linear : NULL);
        return NULL;
    }
    memcpy(p->idf, parts->idf, FL_INPUT_BUCKETS * sizeof *p->idf);
    pack_w1(p, parts, kernels, product, rows);
    free(rows);
    if (!product)
        pack_w2(p, parts, kernels);
    for (uint32_t l = 0; l < parts->labels; l++)
        for (unsigned m = 0; m < FL_LINEAR_MEMBERS; m++)
            p->bias[l] += parts->bias[m][l] / FL_LINEAR_MEMBERS;
    return &p->linear;
}
