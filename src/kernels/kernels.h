/* kernels.h: the arithmetic of learning and retrieval, one table of functions an instruction set.
 *
 *   fl_kernels_select ─► scalar (the oracle) │ avx2 (with FMA) │ avx512 (F BW DQ VL VNNI) │ neon
 *
 * Every function takes any length (0 included) and any alignment, reads nothing past its operands,
 * and accumulates floats in fp32. NaN and infinities go through as IEEE 754 has them unless a
 * function says otherwise; denormals are not flushed. Operands must not overlap unless they are the
 * same array and the function works element by element. All functions are pure but for their
 * outputs: any thread.
 * Matrices and tables are fastest from memory at a multiple of 64 bytes: a vector that lies across
 * two lines of the cache costs twice.
 *
 * Error bounds against exact arithmetic, with n the length and u = 2^-24: sums of products
 * |error| <= (n + 8) · u · sum |a_i b_i|; sigmoid: relative 4e-6; softmax: relative (n + 128) · u,
 * most of which is the rounding of a_i - max; all of them where nothing on the way leaves the range
 * of normal numbers, and an absolute n · FLT_MIN below it. The tests check these for every table.
 * Results may differ between tables within the bounds, never between runs. */
#ifndef FL_KERNELS_KERNELS_H
#define FL_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

struct fl_kernels {
    const char *isa; /* "scalar", "avx2", "avx512", "neon" */

    /* --- vectors of floats --- */

    float (*dot)(const float *a, const float *b, size_t n);
    /* Σ dense[index[i]] · value[i]; indices below 2^31. */
    float (*sparse_dot)(const float *dense, const uint32_t *index, const float *value, size_t n);
    float (*l2_norm)(const float *a, size_t n);
    /* a / |a|; a vector of zeros, or one whose norm is not finite, stays as it is. */
    void (*normalize)(float *a, size_t n);
    void (*scale)(float *a, float factor, size_t n);
    /* tf[i] *= idf[i] */
    void (*apply_idf)(float *tf, const float *idf, size_t n);
    /* y += a · x */
    void (*fma)(float *y, float a, const float *x, size_t n);
    /* y += a · x with 8-bit x: a row of a quantised table, `a` its scale times its weight. */
    void (*fma_i8)(float *y, float a, const int8_t *x, size_t n);
    /* y += x in 32 bits: sums of quantised rows that share one scale. */
    void (*add_i8)(int32_t *y, const int8_t *x, size_t n);
    /* y = max(y, x), elementwise; where either is NaN, x. */
    void (*max)(float *y, const float *x, size_t n);
    void (*relu)(float *a, size_t n);    /* NaN becomes 0 */
    void (*sigmoid)(float *a, size_t n); /* 1 / (1 + e^-a) */
    /* e^(a_i - max) / Σ. A vector that holds NaN or +inf, or nothing but -inf, becomes all NaN;
     * otherwise -inf becomes 0. */
    void (*softmax)(float *a, size_t n);

    /* --- matrices, row by row: m is [rows][cols], dense --- */

    /* y[rows] = m · x + bias; bias may be NULL. */
    void (*matvec)(const float *m, const float *x, const float *bias, float *y, size_t rows,
                   size_t cols);
    /* y[cols] += mᵀ · x, x[rows]: back through a layer. Rows whose x is 0 are skipped. */
    void (*matvec_t)(const float *m, const float *x, float *y, size_t rows, size_t cols);

    /* --- 8-bit --- */

    /* Exact for n <= 2^16. */
    int32_t (*dot_i8)(const int8_t *a, const int8_t *b, size_t n);
    /* y[r] = scale[r] · x_scale · (m[r] · x) + bias[r]; bias may be NULL. The integer part is
     * exact for cols <= 2^16. */
    void (*matvec_i8)(const int8_t *m, const float *scale, const int8_t *x, float x_scale,
                      const float *bias, float *y, size_t rows, size_t cols);
    /* x[i] = round(a[i] · (1 / scale)), ties to even, with scale = max |a| / 127, which is
     * returned; all tables agree to the bit. A vector that is not finite, or so small that its
     * scale is no normal number, gives zeros and 0. */
    float (*quantize)(const float *a, int8_t *x, size_t n);

    /* --- hashing --- */

    /* bucket[i] = the upper `bits` (1–32) of key[i] · 0x9E3779B97F4A7C15 mod 2^64 (Fibonacci
     * hashing: Knuth, TAOCP 3, 6.4). */
    void (*hash)(const uint64_t *key, uint32_t *bucket, unsigned bits, size_t n);

    /* --- the best --- */

    /* Indices of the k largest, largest first, equal ones by index; NaN is never among them.
     * Returns how many: min(k, n without NaN). Fast for small k: O(n + hits · k). */
    size_t (*top_k)(const float *score, size_t n, uint32_t *ret_index, size_t k);

    /* --- training --- */

    /* One step of Adam (Kingma and Ba 2015, algorithm 1): m and v are the moments, `rate` includes
     * the bias corrections of this step: lr · sqrt(1 - b2^t) / (1 - b1^t). */
    void (*adam)(float *w, float *m, float *v, const float *g, float rate, float b1, float b2,
                 float epsilon, size_t n);
    /* One step of AdaGrad (Duchi et al. 2011): h += g², w -= rate · g / (sqrt(h) + 1e-8). */
    void (*adagrad)(float *w, float *h, const float *g, float rate, size_t n);

    /* --- sums of rows of a table, [any][cols], dense: the first layer over sparse features --- */

    /* y[cols] += Σ weight[i] · table[row[i]]. Rows whose weight is 0 are skipped. */
    void (*embedding_bag)(float *y, const float *table, const uint32_t *row, const float *weight,
                          size_t n, size_t cols);
    /* The same of 8-bit rows; weight[i] includes the row's scale. */
    void (*embedding_bag_i8)(float *y, const int8_t *table, const uint32_t *row,
                             const float *weight, size_t n, size_t cols);
};

/* The table of that name, or the best that this processor runs for NULL or "". NULL when the name
 * is unknown or this processor cannot run it. Static; never freed. */
const struct fl_kernels *fl_kernels_select(const char *isa);

/* The names that this processor runs, best first, for messages: "avx512, avx2, scalar". Static. */
const char *fl_kernels_available(void);

#endif
