/* kernels_scalar.c: the oracle: what every other table is held against. Compiled with the
 * vectoriser off, so that it stays what it looks like. */
#include "kernels/kernels_shared.h"
#include "kernels/kernels_tables.h"

#include <math.h>
#include <string.h>

static float dot(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static float sparse_dot(const float *dense, const uint32_t *index, const float *value, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += dense[index[i]] * value[i];
    return sum;
}

static float l2_norm(const float *a, size_t n)
{
    return sqrtf(dot(a, a, n));
}

static void scale(float *a, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] *= factor;
}

static void normalize(float *a, size_t n)
{
    float norm = l2_norm(a, n);
    if (norm > 0 && isfinite(norm))
        scale(a, 1 / norm, n);
}

static void apply_idf(float *tf, const float *idf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tf[i] *= idf[i];
}

static void fma_f32(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void fma_i8(float *y, float a, const int8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * (float)x[i];
}

static void add_i8(int32_t *y, const int8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += x[i];
}

static void max_f32(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] > x[i] ? y[i] : x[i];
}

static void relu(float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = a[i] > 0 ? a[i] : 0;
}

static void sigmoid(float *a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] = 1 / (1 + expf(-a[i]));
}

static void softmax(float *a, size_t n)
{
    float best = -INFINITY;
    for (size_t i = 0; i < n; i++)
        best = a[i] > best || isnan(a[i]) ? a[i] : best;
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        a[i] = expf(a[i] - best); /* NaN where best is +inf or NaN */
        sum += a[i];
    }
    for (size_t i = 0; i < n; i++)
        a[i] /= sum;
}

static void matvec(const float *m, const float *x, const float *bias, float *y, size_t rows,
                   size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

static void matvec_t(const float *m, const float *x, float *y, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        if (x[r] != 0)
            fma_f32(y, x[r], m + r * cols, cols);
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void matvec_i8(const int8_t *m, const float *row_scale, const int8_t *x, float x_scale,
                      const float *bias, float *y, size_t rows, size_t cols)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = row_scale[r] * x_scale * (float)dot_i8(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

static float quantize(const float *a, int8_t *x, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabsf(a[i]) > most || isnan(a[i]) ? fabsf(a[i]) : most;
    float step = most / FL_QUANTIZE_MOST;
    if (!isnormal(step)) {
        memset(x, 0, n);
        return 0;
    }
    float factor = 1 / step;
    for (size_t i = 0; i < n; i++)
        x[i] = (int8_t)nearbyintf(a[i] * factor); /* of the greatest: 127, but for rounding */
    return step;
}

static void hash(const uint64_t *key, uint32_t *bucket, unsigned bits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bucket[i] = (uint32_t)(key[i] * FL_HASH_MULTIPLIER >> (64 - bits));
}

static size_t top_k(const float *score, size_t n, uint32_t *ret_index, size_t k)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(score[i]) || !k || (count == k && !(score[i] > score[ret_index[k - 1]])))
            continue;
        size_t at = count < k ? count++ : k - 1;
        for (; at > 0 && score[i] > score[ret_index[at - 1]]; at--)
            ret_index[at] = ret_index[at - 1];
        ret_index[at] = (uint32_t)i;
    }
    return count;
}

static void adam(float *w, float *m, float *v, const float *g, float rate, float b1, float b2,
                 float epsilon, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        w[i] -= rate * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

static void adagrad(float *w, float *h, const float *g, float rate, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h[i] += g[i] * g[i];
        w[i] -= rate * g[i] / (sqrtf(h[i]) + FL_ADAGRAD_EPSILON);
    }
}

static void embedding_bag(float *y, const float *table, const uint32_t *row, const float *weight,
                          size_t n, size_t cols)
{
    for (size_t i = 0; i < n; i++)
        if (weight[i] != 0)
            fma_f32(y, weight[i], table + row[i] * cols, cols);
}

static void embedding_bag_i8(float *y, const int8_t *table, const uint32_t *row,
                             const float *weight, size_t n, size_t cols)
{
    for (size_t i = 0; i < n; i++)
        fma_i8(y, weight[i], table + row[i] * cols, cols);
}

const struct fl_kernels fl_kernels_scalar = {
    .isa = "scalar",
    .dot = dot,
    .sparse_dot = sparse_dot,
    .l2_norm = l2_norm,
    .normalize = normalize,
    .scale = scale,
    .apply_idf = apply_idf,
    .fma = fma_f32,
    .fma_i8 = fma_i8,
    .add_i8 = add_i8,
    .max = max_f32,
    .relu = relu,
    .sigmoid = sigmoid,
    .softmax = softmax,
    .matvec = matvec,
    .matvec_t = matvec_t,
    .dot_i8 = dot_i8,
    .matvec_i8 = matvec_i8,
    .quantize = quantize,
    .hash = hash,
    .top_k = top_k,
    .adam = adam,
    .adagrad = adagrad,
    .embedding_bag = embedding_bag,
    .embedding_bag_i8 = embedding_bag_i8,
};
