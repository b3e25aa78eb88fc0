/* kernels_neon.c: 4 floats or 16 bytes at a time; what every aarch64 has, and SDOT where the
 * build's target has it.
 *
 * There are no masked loads: the last floats are copied into a vector of zeros, and back; the last
 * bytes are scalar. Sums run in as many accumulators as hide the latency of a multiply-add (4
 * cycles, two to four a cycle). Matrices go four rows at a time, so that x is loaded once for all
 * four and their sums are folded together. */
#include "kernels/kernels_shared.h"
#include "kernels/kernels_tables.h"

#include <arm_neon.h>
#include <math.h>
#include <string.h>

enum {
    FLOATS = 4,
    PAIR = 2 * FLOATS,
    QUAD = 4 * FLOATS,
    BYTES = 16,
    ROWS = 4,
    BLOCK = 16, /* accumulators of a row that is summed: 64 columns */
    BLOCK_FLOATS = BLOCK * FLOATS,
};

/* --- loads and stores; those named tail take the first n lanes, all where n is more --- */

static inline float32x4_t load_tail(const float *a, size_t n)
{
    float lanes[FLOATS] = {0};
    memcpy(lanes, a, (n < FLOATS ? n : FLOATS) * sizeof *a);
    return vld1q_f32(lanes);
}

static inline void store_tail(float *a, float32x4_t v, size_t n)
{
    float lanes[FLOATS];
    vst1q_f32(lanes, v);
    memcpy(a, lanes, (n < FLOATS ? n : FLOATS) * sizeof *a);
}

/* The lower and the upper four of eight 16-bit numbers as floats. */
static inline float32x4_t low_floats(int16x8_t words)
{
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)));
}

static inline float32x4_t high_floats(int16x8_t words)
{
    return vcvtq_f32_s32(vmovl_high_s16(words));
}

/* --- sums --- */

static float dot(const float *a, const float *b, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + QUAD <= n; i += QUAD) {
        s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
        s1 = vfmaq_f32(s1, vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
        s2 = vfmaq_f32(s2, vld1q_f32(a + i + 8), vld1q_f32(b + i + 8));
        s3 = vfmaq_f32(s3, vld1q_f32(a + i + 12), vld1q_f32(b + i + 12));
    }
    for (; i < n; i += FLOATS)
        s0 = vfmaq_f32(s0, load_tail(a + i, n - i), load_tail(b + i, n - i));
    return vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
}

static float sparse_dot(const float *dense, const uint32_t *index, const float *value, size_t n)
{
    float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 = fmaf(dense[index[i]], value[i], s0);
        s1 = fmaf(dense[index[i + 1]], value[i + 1], s1);
        s2 = fmaf(dense[index[i + 2]], value[i + 2], s2);
        s3 = fmaf(dense[index[i + 3]], value[i + 3], s3);
    }
    for (; i < n; i++)
        s0 = fmaf(dense[index[i]], value[i], s0);
    return (s0 + s1) + (s2 + s3);
}

static float l2_norm(const float *a, size_t n)
{
    return sqrtf(dot(a, a, n));
}

/* --- element by element --- */

static void scale(float *a, float factor, size_t n)
{
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        vst1q_f32(a + i, vmulq_n_f32(vld1q_f32(a + i), factor));
    for (; i < n; i++)
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
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        vst1q_f32(tf + i, vmulq_f32(vld1q_f32(tf + i), vld1q_f32(idf + i)));
    for (; i < n; i++)
        tf[i] *= idf[i];
}

static void fma_f32(float *y, float a, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        vst1q_f32(y + i, vfmaq_n_f32(vld1q_f32(y + i), vld1q_f32(x + i), a));
    for (; i < n; i++)
        y[i] = fmaf(a, x[i], y[i]);
}

static void fma_i8(float *y, float a, const int8_t *x, size_t n)
{
    size_t i = 0;
    for (; i + PAIR <= n; i += PAIR) {
        int16x8_t words = vmovl_s8(vld1_s8(x + i));
        vst1q_f32(y + i, vfmaq_n_f32(vld1q_f32(y + i), low_floats(words), a));
        vst1q_f32(y + i + 4, vfmaq_n_f32(vld1q_f32(y + i + 4), high_floats(words), a));
    }
    for (; i < n; i++)
        y[i] = fmaf(a, (float)x[i], y[i]);
}

static void add_i8(int32_t *y, const int8_t *x, size_t n)
{
    size_t i = 0;
    for (; i + PAIR <= n; i += PAIR) {
        int16x8_t words = vmovl_s8(vld1_s8(x + i));
        vst1q_s32(y + i, vaddw_s16(vld1q_s32(y + i), vget_low_s16(words)));
        vst1q_s32(y + i + 4, vaddw_high_s16(vld1q_s32(y + i + 4), words));
    }
    for (; i < n; i++)
        y[i] += x[i];
}

/* Compared and chosen: the instruction for a maximum gives NaN where one is. */
static void max_f32(float *y, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS) {
        float32x4_t mine = vld1q_f32(y + i), other = vld1q_f32(x + i);
        vst1q_f32(y + i, vbslq_f32(vcgtq_f32(mine, other), mine, other));
    }
    for (; i < n; i++)
        y[i] = y[i] > x[i] ? y[i] : x[i];
}

static void relu(float *a, size_t n)
{
    const float32x4_t zero = vdupq_n_f32(0);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS) {
        float32x4_t v = vld1q_f32(a + i);
        vst1q_f32(a + i, vbslq_f32(vcgtq_f32(v, zero), v, zero));
    }
    for (; i < n; i++)
        a[i] = a[i] > 0 ? a[i] : 0;
}

/* --- exponentials --- */

/* 2^n for whole n within the exponents of normal numbers. */
static inline float32x4_t power_of_two(int32x4_t n)
{
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}

/* 2^n is multiplied in two halves: alone it would leave the range where e^x is denormal. */
static inline float32x4_t exponential(float32x4_t x)
{
    x = vmaxq_f32(x, vdupq_n_f32(FL_EXP_LEAST)); /* NaN stays */
    x = vminq_f32(x, vdupq_n_f32(FL_EXP_MOST));
    int32x4_t n = vcvtnq_s32_f32(vmulq_n_f32(x, FL_EXP_LOG2_E));
    float32x4_t whole = vcvtq_f32_s32(n);
    float32x4_t r = vfmsq_f32(x, whole, vdupq_n_f32(FL_EXP_LN2_HIGH));
    r = vfmsq_f32(r, whole, vdupq_n_f32(FL_EXP_LN2_LOW));
    float32x4_t q = vfmaq_f32(vdupq_n_f32(FL_EXP_C4), r, vdupq_n_f32(FL_EXP_C5));
    q = vfmaq_f32(vdupq_n_f32(FL_EXP_C3), q, r);
    q = vfmaq_f32(vdupq_n_f32(FL_EXP_C2), q, r);
    float32x4_t power = vaddq_f32(vfmaq_f32(r, q, vmulq_f32(r, r)), vdupq_n_f32(1));
    int32x4_t half = vshrq_n_s32(n, 1);
    return vmulq_f32(vmulq_f32(power, power_of_two(half)), power_of_two(vsubq_s32(n, half)));
}

static void sigmoid(float *a, size_t n)
{
    const float32x4_t one = vdupq_n_f32(1);
    for (size_t i = 0; i < n; i += FLOATS) {
        float32x4_t power = exponential(vnegq_f32(load_tail(a + i, n - i)));
        store_tail(a + i, vdivq_f32(one, vaddq_f32(one, power)), n - i);
    }
}

static void softmax(float *a, size_t n)
{
    const size_t whole = n / FLOATS * FLOATS;
    float best = -INFINITY;
    for (size_t i = 0; i < whole; i += FLOATS)
        best = fmaxf(best, vmaxvq_f32(vld1q_f32(a + i))); /* a NaN comes back with the sum */
    for (size_t i = whole; i < n; i++)
        best = fmaxf(best, a[i]);

    float32x4_t sums = vdupq_n_f32(0);
    for (size_t i = 0; i < whole; i += FLOATS) {
        float32x4_t power = exponential(vsubq_f32(vld1q_f32(a + i), vdupq_n_f32(best)));
        vst1q_f32(a + i, power);
        sums = vaddq_f32(sums, power);
    }
    float sum = vaddvq_f32(sums);
    float32x4_t tail = load_tail(a + whole, n - whole);
    store_tail(a + whole, exponential(vsubq_f32(tail, vdupq_n_f32(best))), n - whole);
    for (size_t i = whole; i < n; i++)
        sum += a[i];
    scale(a, 1 / sum, n);
}

/* --- matrices --- */

/* The sums of four vectors, in the order of the vectors. */
static inline float32x4_t fold4(float32x4_t a, float32x4_t b, float32x4_t c, float32x4_t d)
{
    return vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
}

static inline float32x4_t dot4(const float *m, const float *x, size_t cols)
{
    const float *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    float32x4_t t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    size_t i = 0;
    for (; i + PAIR <= cols; i += PAIR) {
        float32x4_t v = vld1q_f32(x + i), w = vld1q_f32(x + i + 4);
        s0 = vfmaq_f32(s0, vld1q_f32(m + i), v);
        s1 = vfmaq_f32(s1, vld1q_f32(m1 + i), v);
        s2 = vfmaq_f32(s2, vld1q_f32(m2 + i), v);
        s3 = vfmaq_f32(s3, vld1q_f32(m3 + i), v);
        t0 = vfmaq_f32(t0, vld1q_f32(m + i + 4), w);
        t1 = vfmaq_f32(t1, vld1q_f32(m1 + i + 4), w);
        t2 = vfmaq_f32(t2, vld1q_f32(m2 + i + 4), w);
        t3 = vfmaq_f32(t3, vld1q_f32(m3 + i + 4), w);
    }
    for (; i < cols; i += FLOATS) {
        size_t n = cols - i;
        float32x4_t v = load_tail(x + i, n);
        s0 = vfmaq_f32(s0, load_tail(m + i, n), v);
        s1 = vfmaq_f32(s1, load_tail(m1 + i, n), v);
        s2 = vfmaq_f32(s2, load_tail(m2 + i, n), v);
        s3 = vfmaq_f32(s3, load_tail(m3 + i, n), v);
    }
    return fold4(vaddq_f32(s0, t0), vaddq_f32(s1, t1), vaddq_f32(s2, t2), vaddq_f32(s3, t3));
}

static void matvec(const float *m, const float *x, const float *bias, float *y, size_t rows,
                   size_t cols)
{
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
        float32x4_t sum = dot4(m + r * cols, x, cols);
        vst1q_f32(y + r, bias ? vaddq_f32(sum, vld1q_f32(bias + r)) : sum);
    }
    for (; r < rows; r++)
        y[r] = dot(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

/* Adds `vectors` · 4 columns of all rows that count; `vectors` is a constant wherever this is
 * called, and the sums are registers. Without `row` they are the rows 0 to n - 1. */
static inline __attribute__((always_inline)) void add_block(float *y, const float *table,
                                                            const uint32_t *row,
                                                            const float *weight, size_t n,
                                                            size_t cols, size_t vectors)
{
    float32x4_t sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = vld1q_f32(y + v * FLOATS);
    for (size_t i = 0; i < n; i++) {
        if (weight[i] == 0)
            continue;
        const float *from = table + (row ? row[i] : i) * cols;
        for (size_t v = 0; v < vectors; v++)
            sum[v] = vfmaq_n_f32(sum[v], vld1q_f32(from + v * FLOATS), weight[i]);
    }
    for (size_t v = 0; v < vectors; v++)
        vst1q_f32(y + v * FLOATS, sum[v]);
}

static inline void add_rows(float *y, const float *table, const uint32_t *row, const float *weight,
                            size_t n, size_t cols)
{
    size_t c = 0;
    for (; c + BLOCK_FLOATS <= cols; c += BLOCK_FLOATS)
        add_block(y + c, table + c, row, weight, n, cols, BLOCK);
    for (; c + FLOATS <= cols; c += FLOATS)
        add_block(y + c, table + c, row, weight, n, cols, 1);
    for (size_t i = 0; i < n && c < cols; i++)
        if (weight[i] != 0)
            fma_f32(y + c, weight[i], table + (row ? row[i] : i) * cols + c, cols - c);
}

static void matvec_t(const float *m, const float *x, float *y, size_t rows, size_t cols)
{
    add_rows(y, m, NULL, x, rows, cols);
}

static void embedding_bag(float *y, const float *table, const uint32_t *row, const float *weight,
                          size_t n, size_t cols)
{
    add_rows(y, table, row, weight, n, cols);
}

/* --- 8-bit --- */

static inline int32x4_t add_products(int32x4_t sum, int8x16_t a, int8x16_t b)
{
#if defined __ARM_FEATURE_DOTPROD
    return vdotq_s32(sum, a, b);
#else
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
    return vpadalq_s16(sum, vmull_high_s8(a, b));
#endif
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    int32x4_t sums = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + BYTES <= n; i += BYTES)
        sums = add_products(sums, vld1q_s8(a + i), vld1q_s8(b + i));
    int32_t sum = vaddvq_s32(sums);
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* m · x for four rows of `cols` bytes, of which the first `whole` count: a multiple of 16. */
static inline int32x4_t dot4_i8(const int8_t *m, const int8_t *x, size_t cols, size_t whole)
{
    const int8_t *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < whole; i += BYTES) {
        int8x16_t v = vld1q_s8(x + i);
        s0 = add_products(s0, vld1q_s8(m + i), v);
        s1 = add_products(s1, vld1q_s8(m1 + i), v);
        s2 = add_products(s2, vld1q_s8(m2 + i), v);
        s3 = add_products(s3, vld1q_s8(m3 + i), v);
    }
    return vpaddq_s32(vpaddq_s32(s0, s1), vpaddq_s32(s2, s3));
}

static void matvec_i8(const int8_t *m, const float *row_scale, const int8_t *x, float x_scale,
                      const float *bias, float *y, size_t rows, size_t cols)
{
    const size_t whole = cols / BYTES * BYTES;
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
        int32_t sum[ROWS];
        vst1q_s32(sum, dot4_i8(m + r * cols, x, cols, whole));
        for (size_t k = 0; k < ROWS && whole < cols; k++)
            sum[k] += dot_i8(m + (r + k) * cols + whole, x + whole, cols - whole);
        float32x4_t factor = vmulq_n_f32(vld1q_f32(row_scale + r), x_scale);
        float32x4_t products = vmulq_f32(factor, vcvtq_f32_s32(vld1q_s32(sum)));
        vst1q_f32(y + r, bias ? vaddq_f32(products, vld1q_f32(bias + r)) : products);
    }
    for (; r < rows; r++)
        y[r] = row_scale[r] * x_scale * (float)dot_i8(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

/* The greatest |a_i|, as its bits: they compare as integers do, with NaN above infinity. */
static inline int32_t magnitude_of(const float *a, size_t n)
{
    int32x4_t most = vdupq_n_s32(0);
    for (size_t i = 0; i < n; i += FLOATS)
        most = vmaxq_s32(most, vreinterpretq_s32_f32(vabsq_f32(load_tail(a + i, n - i))));
    return vmaxvq_s32(most);
}

/* Conversion rounds to even; the greatest becomes 127, but for rounding. */
static float quantize(const float *a, int8_t *x, size_t n)
{
    int32_t bits = magnitude_of(a, n);
    float step;
    memcpy(&step, &bits, sizeof step);
    step /= FL_QUANTIZE_MOST;
    if (!isnormal(step)) {
        memset(x, 0, n);
        return 0;
    }
    const float factor = 1 / step;
    for (size_t i = 0; i < n; i += FLOATS) {
        int16x4_t words = vmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(load_tail(a + i, n - i), factor)));
        int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
        memcpy(x + i, &bytes, n - i < FLOATS ? n - i : FLOATS);
    }
    return step;
}

/* `vectors` · 8 columns; a constant wherever this is called. */
static inline __attribute__((always_inline)) void add_block_i8(float *y, const int8_t *table,
                                                               const uint32_t *row,
                                                               const float *weight, size_t n,
                                                               size_t cols, size_t vectors)
{
    float32x4_t low[BLOCK / 2], high[BLOCK / 2];
    for (size_t v = 0; v < vectors; v++) {
        low[v] = vld1q_f32(y + v * PAIR);
        high[v] = vld1q_f32(y + v * PAIR + 4);
    }
    for (size_t i = 0; i < n; i++) {
        const int8_t *from = table + row[i] * cols;
        for (size_t v = 0; v < vectors; v++) {
            int16x8_t words = vmovl_s8(vld1_s8(from + v * PAIR));
            low[v] = vfmaq_n_f32(low[v], low_floats(words), weight[i]);
            high[v] = vfmaq_n_f32(high[v], high_floats(words), weight[i]);
        }
    }
    for (size_t v = 0; v < vectors; v++) {
        vst1q_f32(y + v * PAIR, low[v]);
        vst1q_f32(y + v * PAIR + 4, high[v]);
    }
}

static void embedding_bag_i8(float *y, const int8_t *table, const uint32_t *row,
                             const float *weight, size_t n, size_t cols)
{
    size_t c = 0;
    for (; c + BLOCK_FLOATS <= cols; c += BLOCK_FLOATS)
        add_block_i8(y + c, table + c, row, weight, n, cols, BLOCK / 2);
    for (; c + PAIR <= cols; c += PAIR)
        add_block_i8(y + c, table + c, row, weight, n, cols, 1);
    for (size_t i = 0; i < n && c < cols; i++)
        fma_i8(y + c, weight[i], table + row[i] * cols + c, cols - c);
}

/* --- hashing --- */

/* There is no multiplication of 64 bits in NEON; the processor itself does one a cycle. */
static void hash(const uint64_t *key, uint32_t *bucket, unsigned bits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bucket[i] = (uint32_t)(key[i] * FL_HASH_MULTIPLIER >> (64 - bits));
}

/* --- the best --- */

/* Whether any of the 16 at `a` is above `least`. */
static inline int any_above(const float *a, float32x4_t least)
{
    uint32x4_t low = vorrq_u32(vcgtq_f32(vld1q_f32(a), least), vcgtq_f32(vld1q_f32(a + 4), least));
    uint32x4_t high =
        vorrq_u32(vcgtq_f32(vld1q_f32(a + 8), least), vcgtq_f32(vld1q_f32(a + 12), least));
    return vmaxvq_u32(vorrq_u32(low, high)) != 0;
}

static size_t top_k(const float *score, size_t n, uint32_t *ret_index, size_t k)
{
    size_t count = 0, i = 0;
    if (!k)
        return 0;
    for (; i < n && count < k; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    for (; i + QUAD <= n; i += QUAD)
        if (any_above(score + i, vdupq_n_f32(score[ret_index[k - 1]])))
            for (size_t j = i; j < i + QUAD; j++)
                fl_top_k_put(score, j, ret_index, k, k);
    for (; i < n; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    return count;
}

/* --- training --- */

static void adam(float *w, float *m, float *v, const float *g, float rate, float b1, float b2,
                 float epsilon, size_t n)
{
    const float32x4_t least = vdupq_n_f32(epsilon);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        float32x4_t slope = load_tail(g + i, left);
        float32x4_t mean = vfmaq_n_f32(vmulq_n_f32(slope, 1 - b1), load_tail(m + i, left), b1);
        float32x4_t square = vmulq_f32(vmulq_n_f32(slope, 1 - b2), slope);
        square = vfmaq_n_f32(square, load_tail(v + i, left), b2);
        float32x4_t step = vdivq_f32(vmulq_n_f32(mean, rate), vaddq_f32(vsqrtq_f32(square), least));
        store_tail(m + i, mean, left);
        store_tail(v + i, square, left);
        store_tail(w + i, vsubq_f32(load_tail(w + i, left), step), left);
    }
}

static void adagrad(float *w, float *h, const float *g, float rate, size_t n)
{
    const float32x4_t least = vdupq_n_f32(FL_ADAGRAD_EPSILON);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        float32x4_t slope = load_tail(g + i, left);
        float32x4_t square = vfmaq_f32(load_tail(h + i, left), slope, slope);
        float32x4_t step =
            vdivq_f32(vmulq_n_f32(slope, rate), vaddq_f32(vsqrtq_f32(square), least));
        store_tail(h + i, square, left);
        store_tail(w + i, vsubq_f32(load_tail(w + i, left), step), left);
    }
}

const struct fl_kernels fl_kernels_neon = {
    .isa = "neon",
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
