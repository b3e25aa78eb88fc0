/* kernels_avx2.c: 8 floats or 32 bytes at a time; AVX2 and FMA.
 *
 * The last vector of floats is loaded and stored under a mask, which touches nothing behind the
 * operand and counts as zeros. Bytes have no such masks before AVX-512: their tails are scalar.
 *
 * Sums run in as many accumulators as hide the latency of a multiply-add (4 cycles, two a cycle).
 * Matrices go four rows at a time, so that x is loaded once for all four and their sums are folded
 * together. Bytes are multiplied as 16-bit numbers: the product of unsigned by signed bytes
 * saturates. */
#include "kernels/kernels_shared.h"
#include "kernels/kernels_tables.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

enum {
    FLOATS = 8,
    PAIR = 2 * FLOATS,
    QUAD = 4 * FLOATS,
    BYTES = 16, /* that are widened to one vector of 16-bit numbers */
    BYTES_PAIR = 2 * BYTES,
    ROWS = 4,
    BLOCK = 8, /* accumulators of a row that is summed: 64 columns */
    BLOCK_FLOATS = BLOCK * FLOATS,
    AHEAD = 8, /* rows that are prefetched */
};

/* --- loads and stores; those named tail take the first n lanes, all where n is more --- */

static inline __m256i first(size_t n)
{
    static const int32_t window[PAIR] = {-1, -1, -1, -1, -1, -1, -1, -1};
    const int32_t *from = window + FLOATS - (n < FLOATS ? n : FLOATS);
    return _mm256_loadu_si256((const __m256i *)from);
}

static inline __m256 load(const float *a)
{
    return _mm256_loadu_ps(a);
}

static inline __m256 load_tail(const float *a, size_t n)
{
    return _mm256_maskload_ps(a, first(n));
}

static inline void store(float *a, __m256 v)
{
    _mm256_storeu_ps(a, v);
}

static inline void store_tail(float *a, __m256 v, size_t n)
{
    _mm256_maskstore_ps(a, first(n), v);
}

static inline __m256i load_i32(const void *a)
{
    return _mm256_loadu_si256(a);
}

/* 8 bytes as floats, 16 bytes as 16-bit numbers. */
static inline __m256 widen(const int8_t *a)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)a)));
}

static inline __m256i widen_i16(const int8_t *a)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)a));
}

/* --- sums --- */

static inline float sum_of(__m256 v)
{
    __m128 four = _mm256_castps256_ps128(v) + _mm256_extractf128_ps(v, 1);
    __m128 two = four + _mm_movehl_ps(four, four);
    return _mm_cvtss_f32(two) + _mm_cvtss_f32(_mm_movehdup_ps(two));
}

static float dot(const float *a, const float *b, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + QUAD <= n; i += QUAD) {
        s0 = _mm256_fmadd_ps(load(a + i), load(b + i), s0);
        s1 = _mm256_fmadd_ps(load(a + i + 8), load(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(load(a + i + 16), load(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(load(a + i + 24), load(b + i + 24), s3);
    }
    for (; i < n; i += FLOATS)
        s0 = _mm256_fmadd_ps(load_tail(a + i, n - i), load_tail(b + i, n - i), s0);
    return sum_of((s0 + s1) + (s2 + s3));
}

static float sparse_dot(const float *dense, const uint32_t *index, const float *value, size_t n)
{
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256i mask = first(n - i);
        __m256i at = _mm256_maskload_epi32((const int *)index + i, mask);
        __m256 found =
            _mm256_mask_i32gather_ps(_mm256_setzero_ps(), dense, at, _mm256_castsi256_ps(mask), 4);
        sum = _mm256_fmadd_ps(found, _mm256_maskload_ps(value + i, mask), sum);
    }
    return sum_of(sum);
}

static float l2_norm(const float *a, size_t n)
{
    return sqrtf(dot(a, a, n));
}

/* --- element by element --- */

static void scale(float *a, float factor, size_t n)
{
    const __m256 f = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(a + i, load(a + i) * f);
    if (i < n)
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
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(tf + i, load(tf + i) * load(idf + i));
    if (i < n)
        store_tail(tf + i, load_tail(tf + i, n - i) * load_tail(idf + i, n - i), n - i);
}

static void fma_f32(float *y, float a, const float *x, size_t n)
{
    const __m256 f = _mm256_set1_ps(a);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(y + i, _mm256_fmadd_ps(f, load(x + i), load(y + i)));
    if (i < n)
        store_tail(y + i, _mm256_fmadd_ps(f, load_tail(x + i, n - i), load_tail(y + i, n - i)),
                   n - i);
}

static void fma_i8(float *y, float a, const int8_t *x, size_t n)
{
    const __m256 f = _mm256_set1_ps(a);
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS)
        store(y + i, _mm256_fmadd_ps(f, widen(x + i), load(y + i)));
    for (; i < n; i++)
        y[i] = fmaf(a, (float)x[i], y[i]);
}

static void add_i8(int32_t *y, const int8_t *x, size_t n)
{
    size_t i = 0;
    for (; i + FLOATS <= n; i += FLOATS) {
        __m256i more = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(x + i)));
        _mm256_storeu_si256((__m256i *)(y + i), _mm256_add_epi32(load_i32(y + i), more));
    }
    for (; i < n; i++)
        y[i] += x[i];
}

/* The instruction gives its second operand where one is NaN, or where both are zeros. */
static void max_f32(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(y + i, _mm256_max_ps(load_tail(y + i, n - i), load_tail(x + i, n - i)), n - i);
}

static void relu(float *a, size_t n)
{
    for (size_t i = 0; i < n; i += FLOATS)
        store_tail(a + i, _mm256_max_ps(load_tail(a + i, n - i), _mm256_setzero_ps()), n - i);
}

/* --- exponentials --- */

/* 2^n for whole n within the exponents of normal numbers. */
static inline __m256 power_of_two(__m256i n)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}

/* 2^n is multiplied in two halves: alone it would leave the range where e^x is denormal. */
static inline __m256 exponential(__m256 x)
{
    x = _mm256_max_ps(_mm256_set1_ps(FL_EXP_LEAST), x); /* the second operand where it is NaN */
    x = _mm256_min_ps(_mm256_set1_ps(FL_EXP_MOST), x);
    __m256i n = _mm256_cvtps_epi32(x * _mm256_set1_ps(FL_EXP_LOG2_E));
    __m256 whole = _mm256_cvtepi32_ps(n);
    __m256 r = _mm256_fnmadd_ps(whole, _mm256_set1_ps(FL_EXP_LN2_HIGH), x);
    r = _mm256_fnmadd_ps(whole, _mm256_set1_ps(FL_EXP_LN2_LOW), r);
    __m256 q = _mm256_fmadd_ps(_mm256_set1_ps(FL_EXP_C5), r, _mm256_set1_ps(FL_EXP_C4));
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(FL_EXP_C3));
    q = _mm256_fmadd_ps(q, r, _mm256_set1_ps(FL_EXP_C2));
    __m256 power = _mm256_fmadd_ps(q, r * r, r) + _mm256_set1_ps(1);
    __m256i half = _mm256_srai_epi32(n, 1);
    return power * power_of_two(half) * power_of_two(_mm256_sub_epi32(n, half));
}

static void sigmoid(float *a, size_t n)
{
    const __m256 one = _mm256_set1_ps(1);
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256 power = exponential(_mm256_setzero_ps() - load_tail(a + i, n - i));
        store_tail(a + i, one / (one + power), n - i);
    }
}

/* The maximum may miss what stands beside a NaN; then the sum is NaN, and with it all. */
static void softmax(float *a, size_t n)
{
    const __m256 least = _mm256_set1_ps(-INFINITY);
    __m256 most = least;
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256 mask = _mm256_castsi256_ps(first(n - i));
        most = _mm256_max_ps(most, _mm256_blendv_ps(least, load_tail(a + i, n - i), mask));
    }
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps(most, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    const __m256 best = _mm256_broadcastss_ps(_mm_max_ss(two, _mm_movehdup_ps(two)));

    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256 power = exponential(load_tail(a + i, n - i) - best);
        store_tail(a + i, power, n - i);
        sum += _mm256_and_ps(power, _mm256_castsi256_ps(first(n - i)));
    }
    scale(a, 1 / sum_of(sum), n);
}

/* --- matrices --- */

/* The sums of four vectors, in the order of the vectors. */
static inline __m128 fold4(__m256 a, __m256 b, __m256 c, __m256 d)
{
    __m256 sum = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm256_castps256_ps128(sum) + _mm256_extractf128_ps(sum, 1);
}

static inline __m128 dot4(const float *m, const float *x, size_t cols)
{
    const float *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    __m256 t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    size_t i = 0;
    for (; i + PAIR <= cols; i += PAIR) {
        __m256 v = load(x + i), w = load(x + i + FLOATS);
        s0 = _mm256_fmadd_ps(load(m + i), v, s0);
        s1 = _mm256_fmadd_ps(load(m1 + i), v, s1);
        s2 = _mm256_fmadd_ps(load(m2 + i), v, s2);
        s3 = _mm256_fmadd_ps(load(m3 + i), v, s3);
        t0 = _mm256_fmadd_ps(load(m + i + FLOATS), w, t0);
        t1 = _mm256_fmadd_ps(load(m1 + i + FLOATS), w, t1);
        t2 = _mm256_fmadd_ps(load(m2 + i + FLOATS), w, t2);
        t3 = _mm256_fmadd_ps(load(m3 + i + FLOATS), w, t3);
    }
    for (; i < cols; i += FLOATS) {
        __m256 v = load_tail(x + i, cols - i);
        s0 = _mm256_fmadd_ps(load_tail(m + i, cols - i), v, s0);
        s1 = _mm256_fmadd_ps(load_tail(m1 + i, cols - i), v, s1);
        s2 = _mm256_fmadd_ps(load_tail(m2 + i, cols - i), v, s2);
        s3 = _mm256_fmadd_ps(load_tail(m3 + i, cols - i), v, s3);
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

/* Adds `vectors` · 8 columns of all rows that count; `vectors` is a constant wherever this is
 * called, and the sums are registers. Without `row` they are the rows 0 to n - 1. */
static inline __attribute__((always_inline)) void add_block(float *y, const float *table,
                                                            const uint32_t *row,
                                                            const float *weight, size_t n,
                                                            size_t cols, size_t vectors)
{
    __m256 sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = load(y + v * FLOATS);
    for (size_t i = 0; i < n; i++) {
        if (weight[i] == 0)
            continue;
        const float *from = table + (row ? row[i] : i) * cols;
        __m256 f = _mm256_set1_ps(weight[i]);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = _mm256_fmadd_ps(f, load(from + v * FLOATS), sum[v]);
    }
    for (size_t v = 0; v < vectors; v++)
        store(y + v * FLOATS, sum[v]);
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

static inline int32_t sum_of_i32(__m256i v)
{
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    __m256i s0 = _mm256_setzero_si256(), s1 = s0;
    size_t i = 0;
    for (; i + BYTES_PAIR <= n; i += BYTES_PAIR) {
        __m256i p0 = _mm256_madd_epi16(widen_i16(a + i), widen_i16(b + i));
        __m256i p1 = _mm256_madd_epi16(widen_i16(a + i + BYTES), widen_i16(b + i + BYTES));
        s0 = _mm256_add_epi32(s0, p0);
        s1 = _mm256_add_epi32(s1, p1);
    }
    int32_t sum = sum_of_i32(_mm256_add_epi32(s0, s1));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static inline __m128i fold4_i32(__m256i a, __m256i b, __m256i c, __m256i d)
{
    __m256i sum = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

/* m · x for four rows of `cols` bytes, the last of which is one of whole · 16. */
static inline __m128i dot4_i8(const int8_t *m, const int8_t *x, size_t cols, size_t whole)
{
    const int8_t *m1 = m + cols, *m2 = m1 + cols, *m3 = m2 + cols;
    __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < whole; i += BYTES) {
        __m256i v = widen_i16(x + i);
        s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(widen_i16(m + i), v));
        s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(widen_i16(m1 + i), v));
        s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(widen_i16(m2 + i), v));
        s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(widen_i16(m3 + i), v));
    }
    return fold4_i32(s0, s1, s2, s3);
}

static void matvec_i8(const int8_t *m, const float *row_scale, const int8_t *x, float x_scale,
                      const float *bias, float *y, size_t rows, size_t cols)
{
    const size_t whole = cols / BYTES * BYTES;
    size_t r = 0;
    for (; r + ROWS <= rows; r += ROWS) {
        int32_t sum[ROWS];
        _mm_storeu_si128((__m128i *)sum, dot4_i8(m + r * cols, x, cols, whole));
        for (size_t k = 0; k < ROWS && whole < cols; k++)
            sum[k] += dot_i8(m + (r + k) * cols + whole, x + whole, cols - whole);
        __m128 factor = _mm_loadu_ps(row_scale + r) * _mm_set1_ps(x_scale);
        __m128 offset = bias ? _mm_loadu_ps(bias + r) : _mm_setzero_ps();
        __m128 products = _mm_cvtepi32_ps(_mm_loadu_si128((const __m128i *)sum));
        _mm_storeu_ps(y + r, factor * products + offset);
    }
    for (; r < rows; r++)
        y[r] = row_scale[r] * x_scale * (float)dot_i8(m + r * cols, x, cols) + (bias ? bias[r] : 0);
}

/* The greatest |a_i|, as its bits: they compare as integers do, with NaN above infinity. */
static inline int32_t magnitude_of(const float *a, size_t n)
{
    const __m256i magnitude = _mm256_set1_epi32(INT32_MAX);
    __m256i most = _mm256_setzero_si256();
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256i bits = _mm256_castps_si256(load_tail(a + i, n - i));
        most = _mm256_max_epi32(most, _mm256_and_si256(bits, magnitude));
    }
    __m128i four = _mm_max_epi32(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
    __m128i two = _mm_max_epi32(four, _mm_unpackhi_epi64(four, four));
    return _mm_cvtsi128_si32(_mm_max_epi32(two, _mm_shuffle_epi32(two, 1)));
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
    const __m256 factor = _mm256_set1_ps(1 / step);
    for (size_t i = 0; i < n; i += FLOATS) {
        __m256i rounded = _mm256_cvtps_epi32(load_tail(a + i, n - i) * factor);
        __m128i words =
            _mm_packs_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
        int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(words, words));
        memcpy(x + i, &bytes, n - i < FLOATS ? n - i : FLOATS);
    }
    return step;
}

static inline __attribute__((always_inline)) void add_block_i8(float *y, const int8_t *table,
                                                               const uint32_t *row,
                                                               const float *weight, size_t n,
                                                               size_t cols, size_t vectors)
{
    __m256 sum[BLOCK];
    for (size_t v = 0; v < vectors; v++)
        sum[v] = load(y + v * FLOATS);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            _mm_prefetch(table + row[i + AHEAD] * cols, _MM_HINT_T0);
        const int8_t *from = table + row[i] * cols;
        __m256 f = _mm256_set1_ps(weight[i]);
        for (size_t v = 0; v < vectors; v++)
            sum[v] = _mm256_fmadd_ps(f, widen(from + v * FLOATS), sum[v]);
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
    for (; c + FLOATS <= cols; c += FLOATS)
        add_block_i8(y + c, table + c, row, weight, n, cols, 1);
    for (size_t i = 0; i < n && c < cols; i++)
        fma_i8(y + c, weight[i], table + row[i] * cols + c, cols - c);
}

/* --- hashing --- */

/* Bits 32 to 63 of each product; with the bits 0 to 31 of the factors l and those above them h:
 * (l·l' >> 32) + l·h' + h·l' mod 2^32. */
static inline __m256i product_above(__m256i key)
{
    const __m256i low = _mm256_set1_epi64x((uint32_t)FL_HASH_MULTIPLIER);
    const __m256i high = _mm256_set1_epi64x((uint32_t)(FL_HASH_MULTIPLIER >> 32));
    __m256i sum = _mm256_srli_epi64(_mm256_mul_epu32(key, low), 32);
    sum = _mm256_add_epi32(sum, _mm256_mul_epu32(key, high));
    return _mm256_add_epi32(sum, _mm256_mul_epu32(_mm256_srli_epi64(key, 32), low));
}

static void hash(const uint64_t *key, uint32_t *bucket, unsigned bits, size_t n)
{
    const __m128i shift = _mm_cvtsi32_si128((int)(32 - bits));
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256 a = _mm256_castsi256_ps(product_above(load_i32(key + i)));
        __m256 b = _mm256_castsi256_ps(product_above(load_i32(key + i + 4)));
        __m256i even = _mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)); /* 0 1 4 5 2 3 6 7 */
        __m256i all = _mm256_permute4x64_epi64(even, 0xD8);
        _mm256_storeu_si256((__m256i *)(bucket + i), _mm256_srl_epi32(all, shift));
    }
    for (; i < n; i++)
        bucket[i] = (uint32_t)(key[i] * FL_HASH_MULTIPLIER >> (64 - bits));
}

/* --- the best --- */

/* Which of the 32 at `a` are above `least`. */
static inline uint32_t above(const float *a, __m256 least)
{
    uint32_t hits = 0;
    for (size_t v = 0; v < 4; v++) {
        __m256 more = _mm256_cmp_ps(load(a + v * FLOATS), least, _CMP_GT_OQ);
        hits |= (uint32_t)_mm256_movemask_ps(more) << v * FLOATS;
    }
    return hits;
}

static size_t top_k(const float *score, size_t n, uint32_t *ret_index, size_t k)
{
    size_t count = 0, i = 0;
    if (!k)
        return 0;
    for (; i < n && count < k; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    for (; i + QUAD <= n; i += QUAD) {
        uint32_t hits = above(score + i, _mm256_set1_ps(score[ret_index[k - 1]]));
        for (; hits; hits &= hits - 1)
            fl_top_k_put(score, i + (size_t)__builtin_ctz(hits), ret_index, k, k);
    }
    for (; i < n; i++)
        count = fl_top_k_put(score, i, ret_index, count, k);
    return count;
}

/* --- training --- */

static void adam(float *w, float *m, float *v, const float *g, float rate, float b1, float b2,
                 float epsilon, size_t n)
{
    const __m256 rates = _mm256_set1_ps(rate), least = _mm256_set1_ps(epsilon);
    const __m256 keep1 = _mm256_set1_ps(b1), take1 = _mm256_set1_ps(1 - b1);
    const __m256 keep2 = _mm256_set1_ps(b2), take2 = _mm256_set1_ps(1 - b2);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        __m256 slope = load_tail(g + i, left);
        __m256 mean = _mm256_fmadd_ps(keep1, load_tail(m + i, left), take1 * slope);
        __m256 square = _mm256_fmadd_ps(keep2, load_tail(v + i, left), take2 * slope * slope);
        __m256 step = rates * mean / (_mm256_sqrt_ps(square) + least);
        store_tail(m + i, mean, left);
        store_tail(v + i, square, left);
        store_tail(w + i, load_tail(w + i, left) - step, left);
    }
}

static void adagrad(float *w, float *h, const float *g, float rate, size_t n)
{
    const __m256 rates = _mm256_set1_ps(rate), least = _mm256_set1_ps(FL_ADAGRAD_EPSILON);
    for (size_t i = 0; i < n; i += FLOATS) {
        size_t left = n - i;
        __m256 slope = load_tail(g + i, left);
        __m256 square = _mm256_fmadd_ps(slope, slope, load_tail(h + i, left));
        __m256 step = rates * slope / (_mm256_sqrt_ps(square) + least);
        store_tail(h + i, square, left);
        store_tail(w + i, load_tail(w + i, left) - step, left);
    }
}

const struct fl_kernels fl_kernels_avx2 = {
    .isa = "avx2",
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
