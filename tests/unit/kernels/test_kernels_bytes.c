/* test_kernels_bytes.c: 8-bit numbers, hashing, the best of many, and the choice of a table: what
 * is exact. */
#include "kernels_fixture.h"

#include <float.h>

static int8_t p[1 << 16], q[1 << 16];
static float a[LENGTH_MAX];

static int make_numbers(void **state)
{
    (void)state;
    fill_bytes(p, sizeof p, 1);
    fill_bytes(q, sizeof q, 2);
    fill_floats(a, LENGTH_MAX, 3, 3);
    return 0;
}

/* --- 8-bit --- */

static void dot_i8_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static int64_t right;
    right = n && offset == 0 ? right + p[n - 1] * q[n - 1] : n ? right : 0;
    for (size_t more = 0; more < 64; more += 16) {
        const int8_t *x = place(0, p, n, offset + more);
        const int8_t *y = place(1, q, n, (offset * 5 + more) % 64);
        assert_int_equal(kernels->dot_i8(x, y, n), right);
    }
}

static void dot_i8_is_exact(void **state)
{
    (void)state;
    each_place(dot_i8_at);
}

/* The greatest sums that are promised to fit, of either sign. */
static void long_dot_i8(const struct fl_kernels *kernels)
{
    static int8_t most[1 << 16], least[1 << 16];
    memset(most, 127, sizeof most);
    memset(least, -128, sizeof least);
    for (size_t n = sizeof most; n > sizeof most - 130; n -= 43) {
        assert_int_equal(kernels->dot_i8(most, most, n), (int64_t)n * 127 * 127);
        assert_int_equal(kernels->dot_i8(least, least, n), (int64_t)n * 128 * 128);
        assert_int_equal(kernels->dot_i8(most, least, n), (int64_t)n * -127 * 128);
        assert_int_equal(kernels->dot_i8(least, most, n), (int64_t)n * -127 * 128);
        float y, one = 1;
        kernels->matvec_i8(least, &one, most, 1, NULL, &y, 1, n);
        assert_float_equal(y, (float)((int64_t)n * -127 * 128), 0);
    }
}

static void dot_i8_does_not_overflow(void **state)
{
    (void)state;
    each_table(long_dot_i8);
}

static void sums_of_bytes_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static int32_t start[LENGTH_MAX];
    const int8_t *x = place(0, p, n, offset * 5 % 64);
    int32_t *y = place(1, start, n * sizeof *y, offset * sizeof *y);
    kernels->add_i8(y, x, n);
    kernels->add_i8(y, x, n);
    check_around(1);
    float *z = place(2, a, n * sizeof *a, offset * sizeof *a);
    kernels->fma_i8(z, 0.3f, x, n);
    check_around(2);
    for (size_t i = 0; i < n; i++)
        if (y[i] != 2 * p[i] || !is_close(z[i], a[i] + (double)0.3f * p[i],
                                          2 * ROUNDING * (fabs(a[i]) + fabs(0.3 * p[i]))))
            fail_msg("%s of %zu at %zu: [%zu] %d %g", kernels->isa, n, offset, i, y[i], z[i]);
}

static void sums_of_bytes(void **state)
{
    (void)state;
    each_place(sums_of_bytes_at);
}

/* --- quantizing --- */

static void quantize_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(a[i]));
    const float *x = place(0, a, n * sizeof *a, offset * sizeof *a);
    int8_t *y = place(1, p, n, offset * 5 % 64);
    float step = kernels->quantize(x, y, n);
    check_around(1);
    assert_float_equal(step, most / 127, 0);
    for (size_t i = 0; i < n; i++)
        if (y[i] != (int8_t)nearbyintf(a[i] * (1 / step)) ||
            fabs(y[i] * (double)step - a[i]) > 0.50001 * step)
            fail_msg("%s quantize of %zu at %zu: [%zu] %g is %d · %g", kernels->isa, n, offset, i,
                     a[i], y[i], step);
}

static void quantize_to_the_nearest(void **state)
{
    (void)state;
    each_place(quantize_at);
}

static void quantize_specials(const struct fl_kernels *kernels)
{
    /* Of ties the even one. */
    const float ties[] = {127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -127, 3.49f};
    const int8_t even[] = {127, 0, 2, 2, 0, -2, -2, 126, -126, -127, 3};
    int8_t x[40];
    assert_float_equal(kernels->quantize(ties, x, 11), 1, 0);
    assert_memory_equal(x, even, sizeof even);

    const float nothing[] = {NAN, INFINITY, -INFINITY, FLT_MIN, 0x1p-149f};
    const int8_t zeros[40] = {0};
    for (size_t n = 1; n <= 40; n++)
        for (size_t at = 0; at < n; at++) {
            float v[40];
            for (unsigned s = 0; s < 3; s++) {
                fill_floats(v, n, 1, n);
                v[at] = nothing[s];
                memset(x, 77, sizeof x);
                assert_float_equal(kernels->quantize(v, x, n), 0, 0);
                assert_memory_equal(x, zeros, n);
            }
            for (unsigned s = 3; s < 5; s++) { /* too small to divide by */
                memset(v, 0, sizeof v);
                v[at] = -nothing[s];
                assert_float_equal(kernels->quantize(v, x, n), 0, 0);
                assert_memory_equal(x, zeros, n);
            }
            v[at] = -FLT_MAX;
            assert_float_equal(kernels->quantize(v, x, n), FLT_MAX / 127, 0);
            assert_int_equal(x[at], -127);
            v[at] = 127 * FLT_MIN;
            assert_float_equal(kernels->quantize(v, x, n), FLT_MIN, 0);
            assert_int_equal(x[at], 127);
        }
    assert_float_equal(kernels->quantize(ties, x, 0), 0, 0);
}

static void quantize_ties_and_specials(void **state)
{
    (void)state;
    each_table(quantize_specials);
}

/* --- hashing --- */

/* By addition, modulo 2^64. */
static uint64_t multiply(uint64_t key, uint64_t times)
{
    uint64_t product = 0;
    for (; times; times >>= 1, key += key)
        product += times & 1 ? key : 0;
    return product;
}

static void hash_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static uint64_t keys[LENGTH_MAX], products[LENGTH_MAX];
    for (size_t i = LENGTH_MAX; i-- > 0 && !keys[0];) {
        keys[i] = i % 3 ? random_bits(&(struct random){i}) : UINT64_MAX - i;
        products[i] = multiply(keys[i], 0x9E3779B97F4A7C15);
    }
    unsigned bits = 1 + (unsigned)((n + offset * 3) % 32);
    const uint64_t *key = place(0, keys, n * sizeof *keys, offset * 5 % 8 * sizeof *keys);
    uint32_t *bucket = place(1, keys, n * sizeof *bucket, offset * sizeof *bucket);
    kernels->hash(key, bucket, bits, n);
    check_around(1);
    for (size_t i = 0; i < n; i++)
        if (bucket[i] != products[i] >> (64 - bits))
            fail_msg("%s hash of %zu at %zu: [%zu] %x, not the upper %u bits of %llx", kernels->isa,
                     n, offset, i, bucket[i], bits, (unsigned long long)products[i]);
}

static void hash_of_every_width(void **state)
{
    (void)state;
    each_place(hash_at);
}

/* --- the best --- */

static const float *scores;

static int by_score(const void *x, const void *y)
{
    uint32_t i = *(const uint32_t *)x, j = *(const uint32_t *)y;
    if (scores[i] != scores[j])
        return scores[i] > scores[j] ? -1 : 1;
    return i < j ? -1 : 1;
}

static void check_top(const struct fl_kernels *kernels, const float *score, size_t n, size_t k)
{
    static uint32_t right[20000];
    size_t ordered = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(score[i]))
            right[ordered++] = i;
    scores = score;
    qsort(right, ordered, sizeof *right, by_score);
    const float *x = place(0, score, n * sizeof *score, n % 3 * sizeof *score);
    uint32_t *found = place(1, right, k * sizeof *found, 0);
    size_t count = kernels->top_k(x, n, found, k);
    assert_int_equal(count, ordered < k ? ordered : k);
    if (count)
        assert_memory_equal(found, right, count * sizeof *found);
    check_around(1);
}

/* Random, with many ties, with NaN and infinities, rising, falling. */
static void fill_scores(float *score, size_t n, unsigned kind)
{
    struct random random = {kind + n};
    for (size_t i = 0; i < n; i++) {
        float value = random_float(&random);
        const float odd[] = {NAN, -INFINITY, INFINITY, value, value, NAN, 0, -0.0f};
        const float kinds[] = {value, floorf(value * 3), odd[random_bits(&random) % 8], (float)i,
                               -(float)i};
        score[i] = kinds[kind];
    }
}

static void top_k_table(const struct fl_kernels *kernels)
{
    static float score[20000];
    for (unsigned kind = 0; kind < 5; kind++) {
        for (size_t n = 0; n <= LENGTH_MAX; n += n < 140 ? 1 : 59) {
            const size_t counts[] = {0, 1, 2, 5, 10, 32, n, n + 3};
            fill_scores(score, n, kind);
            for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++)
                if (n < 300 || counts[i] <= 32)
                    check_top(kernels, score, n, counts[i]);
        }
        fill_scores(score, 20000, kind);
        check_top(kernels, score, 20000, 32);
    }
}

static void top_k_with_ties_and_nan(void **state)
{
    (void)state;
    each_table(top_k_table);
}

/* --- choosing --- */

static unsigned tables_seen;

static void see_table(const struct fl_kernels *kernels)
{
    assert_non_null(kernels);
    assert_non_null(strstr(fl_kernels_available(), kernels->isa));
    assert_ptr_equal(fl_kernels_select(kernels->isa), kernels);
    /* Every function is there. */
    const void *functions[sizeof *kernels / sizeof(void *)];
    memcpy(functions, kernels, sizeof functions);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        assert_non_null(functions[i]);
    if (tables_seen++ == 0) {
        assert_ptr_equal(fl_kernels_select(NULL), kernels);
        assert_ptr_equal(fl_kernels_select(""), kernels);
    }
}

static void tables_are_chosen_by_name(void **state)
{
    (void)state;
    tables_seen = 0;
    each_table(see_table);
    print_message("tables: %s\n", fl_kernels_available());
    assert_non_null(fl_kernels_select("scalar"));
    assert_null(fl_kernels_select("avx"));
    assert_null(fl_kernels_select("AVX2"));
    assert_null(fl_kernels_select("scalar "));
#if defined __x86_64__
    assert_null(fl_kernels_select("neon"));
#elif defined __aarch64__
    assert_null(fl_kernels_select("avx2"));
    assert_string_equal(fl_kernels_select(NULL)->isa, "neon");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_chosen_by_name), cmocka_unit_test(dot_i8_is_exact),
        cmocka_unit_test(dot_i8_does_not_overflow),  cmocka_unit_test(sums_of_bytes),
        cmocka_unit_test(quantize_to_the_nearest),   cmocka_unit_test(quantize_ties_and_specials),
        cmocka_unit_test(hash_of_every_width),       cmocka_unit_test(top_k_with_ties_and_nan),
    };
    return cmocka_run_group_tests(tests, make_numbers, NULL);
}
