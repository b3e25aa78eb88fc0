/* kernels_avx512.c: 16 floats or 64 bytes at a time; F, BW, DQ, VL and VNNI.
 *
 * The last vector is loaded and stored under a mask, which touches nothing behind the operand and
 * counts as zeros: no function has a scalar tail, but for those whose work is not arithmetic.
 *
 * Sums run in as many accumulators as hide the latency of a multiply-add (4 cycles, two a cycle).
 * Matrices go four rows at a time, so that x is loaded once for all four and their sums are folded
 * together. VNNI multiplies unsigned by signed bytes: one operand is moved up by 128 (which flips
 * its upper bit), and 128 times the sum of the other one is taken off at the end. */
#include "kernels/kernels_shared.h"
#include "kernels/kernels_tables.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum {
    FLOATS = 16,
    PAIR = 2 * FLOATS,
    QUAD = 4 * FLOATS,
    BYTES = 64,
    ROWS = 4,
    BLOCK = 16, /* accumulators of a row that is summed: 256 columns */
    BLOCK_FLOATS = BLOCK * FLOATS,
    AHEAD = 8, /* rows that are prefetched */
};

/* --- loads and stores; those named tail take the first n lanes, all where n is more --- */

static inline __mmask16 first_floats(size_t n)
{
    return (__mmask16)(n < FLOATS ? (1u << n) - 1 : 0xFFFF);
}

static inline __mmask64 first_bytes(size_t n)
{
    return n < BYTES ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
}

static inline __m512 load(const float *a)
{
    return _mm512_loadu_ps(a);
}

static inline __m512 load_tail(const float *a, size_t n)
{
    return _mm512_maskz_loadu_ps(first_floats(n), a);
}

static inline void store(float *a, __m512 v)
{
    _mm512_storeu_ps(a, v);
}

static inline void store_tail(float *a, __m512 v, size_t n)
{
    _mm512_mask_storeu_ps(a, first_floats(n), v);
}

static inline __m512i load_i8(const int8_t *a)
{
    return _mm512_loadu_si512(a);
}

static inline __m512i load_i8_tail(const int8_t *a, size_t n)
{
    return _mm512_maskz_loadu_epi8(first_bytes(n), a);
}

/* 16 bytes as 32-bit numbers. */
static inline __m512i widen(const int8_t *a)
{
    return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)a));
}

static inline __m512i widen_tail(const int8_t *a, size_t n)
{
    return _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(first_floats(n), a));
}

/* --- sums --- */

static float dot(const float *a, const float *b, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + QUAD <= n; i += QUAD) {
        s0 = _mm512_fmadd_ps(load(a + i), load(b + i), s0);
        s1 = _mm512_fmadd_ps(load(a + i + 16), load(b + i + 16), s1);
        s2 = _mm512_fmadd_ps(load(a + i + 32), load(b + i + 32), s2);
        s3 = _mm512_fmadd_ps(load(a + i + 48), load(b + i + 48), s3);
    }
    for (; i < n; i += FLOATS)
        s0 = _mm512_fmadd_ps(load_tail(a + i, n - i), load_tail(b + i, n - i), s0);
    return _mm512_reduce_add_ps((s0 + s1) + (s2 + s3));
}

static float sparse_dot(const float *dense, const uint32_t *index, const float *value, size_t n)
{
    __m512 sum = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += FLOATS) {
        __mmask16 mask = first_floats(n - i);
        __m512i at = _mm512_maskz_loadu_epi32(mask, index + i);
        __m512 found = _mm512_mask_i32gather_ps(_mm512_setzero_ps(), mask, at, dense, 4);
        sum = _mm512_fmadd_ps(found, load_tail(value + i, n - i), sum);
    }
    return _mm512_reduce_add_ps(sum);
}

static float l2_norm(const float *a, size_t n)
{
    return sqrtf(dot(a, a, n));
}

/* --- element by element --- */

static void scale(float *a, float factor, size_t n)
{
    __m512 f = _mm512_set1_ps(factor);
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(a + i, load_tail(a + i, n - i) * f, n - i);
}

static void normalize(float *a, size_t n)
{
    float norm = l2_norm(a, n);
    if (norm > 0 && isfinite(norm))
        scale(a, 1 / norm, n);
}

static void apply_idf(float *tf, const float *idf, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(tf + i, load_tail(tf + i, n - i) * load_tail(idf + i, n - i), n - i);
}

static void fma_f32(float *y, float a, const float *x, size_t n)
{
    __m512 f = _mm512_set1_ps(a);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(y + i, _mm512_fmadd_ps(f, load(x + i), load(y + i)));
    if (i < n)
        store_tail(y + i, _mm512_fmadd_ps(f, load_tail(x + i, n - i), load_tail(y + i, n - i)),
                   n - i);
}

static void fma_i8(float *y, float a, const int8_t *x, size_t n)
{
    __m512 f = _mm512_set1_ps(a);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(y + i, _mm512_fmadd_ps(f, _mm512_cvtepi32_ps(widen(x + i)), load(y + i)));
    if (i < n) {
        __m512 tail = _mm512_cvtepi32_ps(widen_tail(x + i, n - i));
        store_tail(y + i, _mm512_fmadd_ps(f, tail, load_tail(y + i, n - i)), n - i);
    }
}

static void add_i8(int32_t *y, const int8_t *x, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS) {
        __mmask16 mask = first_floats(n - i);
        __m512i sum =
            _mm512_add_epi32(_mm512_maskz_loadu_epi32(mask, y + i), widen_tail(x + i, n - i));
        _mm512_mask_storeu_epi32(y + i, mask, sum);
    }
}

/* The instruction gives its second operand where one is NaN, or where both are zeros. */
static void max_f32(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(y + i, _mm512_max_ps(load_tail(y + i, n - i), load_tail(x + i, n - i)), n - i);
}

static void relu(float *a, size_t n)
{
    __m512 zero = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(a + i, _mm512_max_ps(load_tail(a + i, n - i), zero), n - i);
}

/* --- exponentials --- */

static inline __m512 exponential(__m512 x)
{
    x = _mm512_max_ps(_mm512_set1_ps(FL_EXP_LEAST), x); /* the second operand where it is NaN */
    x = _mm512_min_ps(_mm512_set1_ps(FL_EXP_MOST), x);
    __m512 n = _mm512_roundscale_ps(x * _mm512_set1_ps(FL_EXP_LOG2_E),
                                    _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(FL_EXP_LN2_HIGH), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(FL_EXP_LN2_LOW), r);
    __m512 q = _mm512_fmadd_ps(_mm512_set1_ps(FL_EXP_C5), r, _mm512_set1_ps(FL_EXP_C4));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(FL_EXP_C3));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(FL_EXP_C2));
    __m512 power = _mm512_fmadd_ps(q, r * r, r) + _mm512_set1_ps(1);
    return _mm512_scalef_ps(power, n);
}

static inline __m512 logistic(__m512 x)
{
    __m512 one = _mm512_set1_ps(1);
    return one / (one + exponential(_mm512_setzero_ps() - x));
}

static void sigmoid(float *a, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(a + i, logistic(load_tail(a + i, n - i)), n - i);
}

/* The maximum may miss what stands beside a NaN; then the sum is NaN, and with it all. */
static void softmax(float *a, size_t n)
{
    __m512 best = _mm512_set1_ps(-INFINITY);
    for (size_t i = 0; i < n; i += FLOATS)
        best = _mm512_mask_max_ps(best, first_floats(n - i), best, load_tail(a + i, n - i));
    best = _mm512_set1_ps(_mm512_reduce_max_ps(best));

    __m512 sum = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += FLOATS) {
        __m512 power = exponential(load_tail(a + i, n - i) - best);
        store_tail(a + i, power, n - i);
        sum = _mm512_mask_add_ps(sum, first_floats(n - i), sum, power);
    }
    scale(a, 1 / _mm512_reduce_add_ps(sum), n);
}

/* --- matrices --- */

/* The sums of four vectors, in the order of the vectors: pairs within each 128 bits, then the four
 * parts of 128 bits. */
static inline __m128 fold4(__m512 a, __m512 b, __m512 c, __m512 d)
{
    __m512 ab = _mm512_unpacklo_ps(a, b) + _mm512_unpackhi_ps(a, b);
    __m512 cd = _mm512_unpacklo_ps(c, d) + _mm512_unpackhi_ps(c, d);
    __m512 sum = _mm512_shuffle_ps(ab, cd, 0x44) + _mm512_shuffle_ps(ab, cd, 0xEE);
    __m256 half = _mm512_castps512_ps256(sum) + _mm512_extractf32x8_ps(sum, 1);
    return _mm256_castps256_ps128(half) + _mm256_extractf128_ps(half, 1);
}

static inline __m128 dot4(const float *m, const float *x, size_t cols)
{
    const float *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    __m512 t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    size_t i = 0;
    for (; i + PAIR <= cols; i += PAIR) {
        __m512 v = load(x + i), w = load(x + i + FLOATS);
        s0 = _mm512_fmadd_ps(load(m + i), v, s0);
        s1 = _mm512_fmadd_ps(load(m1 + i), v, s1);
        s2 = _mm512_fmadd_ps(load(m2 + i), v, s2);
        s3 = _mm512_fmadd_ps(load(m3 + i), v, s3);
        t0 = _mm512_fmadd_ps(load(m + i + FLOATS), w, t0);
        t1 = _mm512_fmadd_ps(load(m1 + i + FLOATS), w, t1);
        t2 = _mm512_fmadd_ps(load(m2 + i + FLOATS), w, t2);
        t3 = _mm512_fmadd_ps(load(m3 + i + FLOATS), w, t3);
    }
    for (; i < cols; i += FLOATS) {
        __m512 v = load_tail(x + i, cols - i);
        s0 = _mm512_fmadd_ps(load_tail(m + i, cols - i), v, s0);
        s1 = _mm512_fmadd_ps(load_tail(m1 + i, cols - i), v, s1);
        s2 = _mm512_fmadd_ps(load_tail(m2 + i, cols - i), v, s2);
        s3 = _mm512_fmadd_ps(load_tail(m3 + i, cols - i), v, s3);
    }
    return fold4(s0 + t0, s1 + t1, s2 + t2, s3 + t3);
}

static void matvec(const float *m, const float *x, const float *bias, float *y, size_t rows,
                   size_t cols)
{
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
        __m128 sum = dot4(m + r * cols, x, cols);
        if (bias)
            sum += _mm_loadu_ps(bias + r);
        _mm_storeu_ps(y + r, sum);
    }
    for (; r < rows; r++)
        y[r] = dot(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

/* Adds `vectors` · 16 columns of all rows that count; `vectors` is a constant wherever this is
 * called, and the sums are registers. Without `row` they are the rows 0 to n - 1. */
static inline __attribute__((always_inline)) void add_block(float *y, const float *table,
                                                            const uint32_t *row,
                                                            const float *weight, size_t n,
                                                            size_t cols, size_t vectors)
{
    __m512 sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = load(y + v * FLOATS);
    for (size_t i = 0; i < n; i++) {
        if (weight[i] == 0)
            continue;
        const float *from = table + (row ? row[i] : i) * cols;
        __m512 f = _mm512_set1_ps(weight[i]);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = _mm512_fmadd_ps(f, load(from + v * FLOATS), sum[v]);
    }
    for (size_t v = 0; v < vectors; v++)
        store(y + v * FLOATS, sum[v]);
}

static inline __attribute__((always_inline)) void add_rows(float *y, const float *table,
                                                           const uint32_t *row, const float *weight,
                                                           size_t n, size_t cols)
{
    size_t c = 0;
    for (; c + BLOCK_FLOATS <= cols; c += BLOCK_FLOATS)
        add_block(y + c, table + c, row, weight, n, cols, BLOCK);
    for (; c + QUAD <= cols; c += QUAD)
        add_block(y + c, table + c, row, weight, n, cols, 4);
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

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    const __m512i upper = _mm512_set1_epi8(-128);
    __m512i sum = _mm512_setzero_si512(), excess = sum;
    size_t i = 0;
    for (; i + BYTES <= n; i += BYTES) {
        __m512i v = load_i8(b + i);
        sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load_i8(a + i), upper), v);
        excess = _mm512_dpbusd_epi32(excess, upper, v);
    }
    if (i < n) {
        __m512i v = load_i8_tail(b + i, n - i);
        sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(load_i8_tail(a + i, n - i), upper), v);
        excess = _mm512_dpbusd_epi32(excess, upper, v);
    }
    return _mm512_reduce_add_epi32(_mm512_sub_epi32(sum, excess));
}

/* 128 · Σ x, which is what moving the other operand up by 128 adds to a product with x. */
static inline int32_t excess_of(const int8_t *x, size_t n)
{
    const __m512i upper = _mm512_set1_epi8(-128);
    __m512i excess = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += BYTES)
        excess = _mm512_dpbusd_epi32(excess, upper, load_i8_tail(x + i, n - i));
    return _mm512_reduce_add_epi32(excess);
}

/* The sums of four vectors within each 128 bits, in the order of the vectors. */
static inline __m512i fold4_i32(__m512i a, __m512i b, __m512i c, __m512i d)
{
    __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
}

/* The sums of each vector's pairs of 128 bits: two of a, two of b. */
static inline __m512i fold_pairs(__m512i a, __m512i b)
{
    return _mm512_add_epi32(_mm512_shuffle_i32x4(a, b, 0x88), _mm512_shuffle_i32x4(a, b, 0xDD));
}

/* (m + 128) · x for four rows, each in four parts. */
static inline __m512i dot4_i8(const int8_t *m, const int8_t *x, size_t cols)
{
    const __m512i upper = _mm512_set1_epi8(-128);
    const int8_t *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + BYTES <= cols; i += BYTES) {
        __m512i v = load_i8(x + i);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_xor_si512(load_i8(m + i), upper), v);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_xor_si512(load_i8(m1 + i), upper), v);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_xor_si512(load_i8(m2 + i), upper), v);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_xor_si512(load_i8(m3 + i), upper), v);
    }
    if (i < cols) {
        size_t n = cols - i;
        __m512i v = load_i8_tail(x + i, n);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_xor_si512(load_i8_tail(m + i, n), upper), v);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_xor_si512(load_i8_tail(m1 + i, n), upper), v);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_xor_si512(load_i8_tail(m2 + i, n), upper), v);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_xor_si512(load_i8_tail(m3 + i, n), upper), v);
    }
    return fold4_i32(s0, s1, s2, s3);
}

static inline __m512i dot16_i8(const int8_t *m, const int8_t *x, size_t cols)
{
    const size_t step = ROWS * cols;
    __m512i a = fold_pairs(dot4_i8(m, x, cols), dot4_i8(m + step, x, cols));
    __m512i b = fold_pairs(dot4_i8(m + 2 * step, x, cols), dot4_i8(m + 3 * step, x, cols));
    return fold_pairs(a, b);
}

/* Sixteen rows at a time, which makes one vector of y. Where they do not divide by 16 the last ones
 * go back over some that are done, and come to the same. */
static void matvec_i8(const int8_t *m, const float *row_scale, const int8_t *x, float x_scale,
                      const float *bias, float *y, size_t rows, size_t cols)
{
    const __m512i excess = _mm512_set1_epi32(excess_of(x, cols));
    for (size_t done = 0; done < rows && rows >= FLOATS; done += FLOATS) {
        size_t r = done + FLOATS <= rows ? done : rows - FLOATS;
        __m512i sum = _mm512_sub_epi32(dot16_i8(m + r * cols, x, cols), excess);
        __m512 factor = load(row_scale + r) * _mm512_set1_ps(x_scale);
        __m512 offset = bias ? load(bias + r) : _mm512_setzero_ps();
        store(y + r, factor * _mm512_cvtepi32_ps(sum) + offset);
    }
    for (size_t r = 0; r < rows && rows < FLOATS; r++)
        y[r] = row_scale[r] * x_scale * (float)dot_i8(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

static float quantize(const float *a, int8_t *x, size_t n)
{
    /* Magnitudes compare as integers do, with NaN above infinity. */
    const __m512i magnitude = _mm512_set1_epi32(INT32_MAX);
    __m512i most = _mm512_setzero_si512();
    size_t whole = n / FLOATS * FLOATS, rest = n - whole;
    __mmask16 mask = first_floats(rest);
    for (size_t i = 0; i < whole; i += FLOATS)
        most = _mm512_max_epi32(most, _mm512_and_si512(_mm512_loadu_si512(a + i), magnitude));
    __m512 tail = _mm512_maskz_loadu_ps(mask, a + whole);
    most = _mm512_max_epi32(most, _mm512_and_si512(_mm512_castps_si512(tail), magnitude));
    int32_t bits = _mm512_reduce_max_epi32(most);
    float step;
    memcpy(&step, &bits, sizeof step);
    step /= FL_QUANTIZE_MOST;
    if (!isnormal(step)) {
        memset(x, 0, n);
        return 0;
    }

    /* Conversion rounds to even, and the vector's most is 127 but for rounding. */
    const __m512 factor = _mm512_set1_ps(1 / step);
    for (size_t i = 0; i < whole; i += FLOATS) {
        __m512i rounded = _mm512_cvtps_epi32(load(a + i) * factor);
        _mm_storeu_si128((__m128i *)(x + i), _mm512_cvtepi32_epi8(rounded));
    }
    _mm_mask_storeu_epi8(x + whole, mask, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(tail * factor)));
    return step;
}

/* Some rows ahead are on their way while one is added. */
static inline __attribute__((always_inline)) void add_block_i8(float *y, const int8_t *table,
                                                               const uint32_t *row,
                                                               const float *weight, size_t n,
                                                               size_t cols, size_t vectors)
{
    __m512 sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = load(y + v * FLOATS);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < vectors * FLOATS && i + AHEAD < n; c += BYTES)
            _mm_prefetch(table + row[i + AHEAD] * cols + c, _MM_HINT_T0);
        const int8_t *from = table + row[i] * cols;
        __m512 f = _mm512_set1_ps(weight[i]);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = _mm512_fmadd_ps(f, _mm512_cvtepi32_ps(widen(from + v * FLOATS)), sum[v]);
    }
    for (size_t v = 0; v < vectors; v++)
        store(y + v * FLOATS, sum[v]);
}

static void embedding_bag_i8(float *y, const int8_t *table, const uint32_t *row,
                             const float *weight, size_t n, size_t cols)
{
    size_t c = 0;
    for (; c + BLOCK_FLOATS <= cols; c += BLOCK_FLOATS)
        add_block_i8(y + c, table + c, row, weight, n, cols, BLOCK);
    for (; c + QUAD <= cols; c += QUAD)
        add_block_i8(y + c, table + c, row, weight, n, cols, 4);
    for (; c + FLOATS <= cols; c += FLOATS)
        add_block_i8(y + c, table + c, row, weight, n, cols, 1);
    for (size_t i = 0; i < n && c < cols; i++)
        fma_i8(y + c, weight[i], table + row[i] * cols + c, cols - c);
}

/* --- hashing --- */

static void hash(const uint64_t *key, uint32_t *bucket, unsigned bits, size_t n)
{
    const __m512i multiplier = _mm512_set1_epi64((long long)FL_HASH_MULTIPLIER);
    const __m128i shift = _mm_cvtsi32_si128((int)(64 - bits));
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m512i product = _mm512_mullo_epi64(_mm512_loadu_si512(key + i), multiplier);
        _mm256_storeu_si256((__m256i *)(bucket + i),
                            _mm512_cvtepi64_epi32(_mm512_srl_epi64(product, shift)));
    }
    for (; i < n; i++)
        bucket[i] = (uint32_t)(key[i] * FL_HASH_MULTIPLIER >> (64 - bits));
}

/* --- the best --- */

/* Which of the 64 at `a` are above `least`. */
static inline uint64_t above(const float *a, __m512 least)
{
    uint64_t m0 = _mm512_cmp_ps_mask(load(a), least, _CMP_GT_OQ);
    uint64_t m1 = _mm512_cmp_ps_mask(load(a + 16), least, _CMP_GT_OQ);
    uint64_t m2 = _mm512_cmp_ps_mask(load(a + 32), least, _CMP_GT_OQ);
    uint64_t m3 = _mm512_cmp_ps_mask(load(a + 48), least, _CMP_GT_OQ);
    return m0 | m1 << 16 | m2 << 32 | m3 << 48;
}

static size_t top_k(const float *score, size_t n, uint32_t *ret_index, size_t k)
{
    size_t count = 0, i = 0;
    if (!k)
        return 0;
    for (; i < n && count < k; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    for (; i + QUAD <= n; i += QUAD) {
        uint64_t hits = above(score + i, _mm512_set1_ps(score[ret_index[k - 1]]));
        for (; hits; hits &= hits - 1)
            fl_top_k_put(score, i + (size_t)__builtin_ctzll(hits), ret_index, k, k);
    }
    for (; i < n; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    return count;
}

/* --- training --- */

static void adam(float *w, float *m, float *v, const float *g, float rate, float b1, float b2,
                 float epsilon, size_t n)
{
    const __m512 rates = _mm512_set1_ps(rate), least = _mm512_set1_ps(epsilon);
    const __m512 keep1 = _mm512_set1_ps(b1), take1 = _mm512_set1_ps(1 - b1);
    const __m512 keep2 = _mm512_set1_ps(b2), take2 = _mm512_set1_ps(1 - b2);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        __m512 slope = load_tail(g + i, left);
        __m512 mean = _mm512_fmadd_ps(keep1, load_tail(m + i, left), take1 * slope);
        __m512 square = _mm512_fmadd_ps(keep2, load_tail(v + i, left), take2 * slope * slope);
        __m512 step = rates * mean / (_mm512_sqrt_ps(square) + least);
        store_tail(m + i, mean, left);
        store_tail(v + i, square, left);
        store_tail(w + i, load_tail(w + i, left) - step, left);
    }
}

static void adagrad(float *w, float *h, const float *g, float rate, size_t n)
{
    const __m512 rates = _mm512_set1_ps(rate), least = _mm512_set1_ps(FL_ADAGRAD_EPSILON);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        __m512 slope = load_tail(g + i, left);
        __m512 square = _mm512_fmadd_ps(slope, slope, load_tail(h + i, left));
        __m512 step = rates * slope / (_mm512_sqrt_ps(square) + least);
        store_tail(h + i, square, left);
        store_tail(w + i, load_tail(w + i, left) - step, left);
    }
}

const struct fl_kernels fl_kernels_avx512 = {
    .isa = "avx512",
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
