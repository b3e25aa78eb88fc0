/* kernels_shared.h: what the tables of all instruction sets have in common: constants, and the
 * scalar ends of functions whose middle is vectorised. */
#ifndef FL_KERNELS_KERNELS_SHARED_H
#define FL_KERNELS_KERNELS_SHARED_H

#include <stddef.h>
#include <stdint.h>

/* e^x = 2^n · e^r with n = round(x / ln 2) and |r| <= ln 2 / 2. ln 2 in two parts, of which the
 * first has nine bits, so that n · high is exact; e^r = 1 + r + r² (c2 + c3 r + c4 r² + c5 r³), by
 * Remez' exchange for the relative error: 1.05e-7. Beyond the ends e^x is 0 or infinite in fp32. */
#define FL_EXP_LEAST    (-104.0f)
#define FL_EXP_MOST     89.0f
#define FL_EXP_LOG2_E   1.44269504f
#define FL_EXP_LN2_HIGH 0.693359375f
#define FL_EXP_LN2_LOW  (-2.12194440e-4f)
#define FL_EXP_C2       0.499992315f
#define FL_EXP_C3       0.166671147f
#define FL_EXP_C4       0.0418901568f
#define FL_EXP_C5       0.00831252014f

/* 2^64 divided by the golden ratio. */
#define FL_HASH_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

#define FL_ADAGRAD_EPSILON 1e-8f

/* What is quantised lies within ±this. */
#define FL_QUANTIZE_MOST 127

/* Puts `i`, which comes after all that are there, among the `count` best before it, of which there
 * may be k; returns how many there are now. A NaN goes nowhere. */
static inline size_t fl_top_k_put(const float *score, size_t i, uint32_t *best, size_t count,
                                  size_t k)
{
    float mine = score[i];
    if (mine != mine || (count == k && !(mine > score[best[k - 1]])))
        return count;
    size_t at = count < k ? count++ : k - 1;
    for (; at > 0 && mine > score[best[at - 1]]; at--)
        best[at] = best[at - 1];
    best[at] = (uint32_t)i;
    return count;
}

#endif
