/* test_kernels_sums.c: sums of products against double, in which each product of two floats is
 * exact, within the bound of kernels.h; the same bits wherever the operands lie. */
#include "kernels_fixture.h"

static float a[LENGTH_MAX], b[LENGTH_MAX];
static uint32_t indices[LENGTH_MAX];
/* Of the first n: Σ a b, Σ |a b|, and the same of a[indices] b and of a a. */
static struct sums {
    double dot, dot_size, sparse, sparse_size, square;
} sums[LENGTH_MAX + 1];

static int make_numbers(void **state)
{
    (void)state;
    fill_floats(a, LENGTH_MAX, 3, 1);
    fill_floats(b, LENGTH_MAX, 5, 2);
    struct random random = {3};
    for (size_t i = 0; i < LENGTH_MAX; i++)
        indices[i] = (uint32_t)(random_bits(&random) % LENGTH_MAX);
    for (size_t i = 0; i < LENGTH_MAX; i++) {
        double product = (double)a[i] * b[i];
        double sparse = (double)a[indices[i]] * b[i];
        sums[i + 1] = (struct sums){
            sums[i].dot + product,
            sums[i].dot_size + fabs(product),
            sums[i].sparse + sparse,
            sums[i].sparse_size + fabs(sparse),
            sums[i].square + (double)a[i] * a[i],
        };
    }
    return 0;
}

/* Also holds the result against the one at offset 0, which comes first. */
static void check_sum(const struct fl_kernels *kernels, const char *what, size_t n, size_t offset,
                      float value, double right, double size)
{
    static float first;
    if (offset == 0)
        first = value;
    double bound = sum_bound(n, size);
    if (!is_close(value, right, bound) || bits_of(value) != bits_of(first))
        fail_msg("%s %s of %zu at %zu: %.9g, not %.9g ± %.2g; at 0 %.9g", kernels->isa, what, n,
                 offset, value, right, bound, first);
}

static void dot_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    const float *x = place(0, a, n * sizeof *a, offset * sizeof *a);
    const float *y = place(1, b, n * sizeof *b, offset * 5 % 16 * sizeof *b);
    check_sum(kernels, "dot", n, offset, kernels->dot(x, y, n), sums[n].dot, sums[n].dot_size);
}

static void dot_within_bounds(void **state)
{
    (void)state;
    each_place(dot_at);
}

/* The table that is looked up ends at the guard as well. */
static void sparse_dot_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    const uint32_t *index = place(0, indices, n * sizeof *indices, offset * sizeof *indices);
    const float *value = place(1, b, n * sizeof *b, offset * 5 % 16 * sizeof *b);
    const float *dense = place(2, a, sizeof a, 0);
    check_sum(kernels, "sparse_dot", n, offset, kernels->sparse_dot(dense, index, value, n),
              sums[n].sparse, sums[n].sparse_size);
}

static void sparse_dot_within_bounds(void **state)
{
    (void)state;
    each_place(sparse_dot_at);
}

/* The square root halves the relative error of the sum, and rounds once more. */
static void l2_norm_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    const float *x = place(0, a, n * sizeof *a, offset * sizeof *a);
    check_sum(kernels, "l2_norm", n, offset, kernels->l2_norm(x, n), sqrt(sums[n].square),
              sqrt(sums[n].square));
}

static void l2_norm_within_bounds(void **state)
{
    (void)state;
    each_place(l2_norm_at);
}

static void normalize_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    float *x = place(0, a, n * sizeof *a, offset * sizeof *a);
    double norm = sqrt(sums[n].square);
    kernels->normalize(x, n);
    check_around(0);
    for (size_t i = 0; i < n; i++)
        if (!is_close(x[i], a[i] / norm, sum_bound(n, fabs(a[i] / norm))))
            fail_msg("%s normalize of %zu at %zu: [%zu] %.9g, not %.9g", kernels->isa, n, offset, i,
                     x[i], a[i] / norm);
}

static void normalize_within_bounds(void **state)
{
    (void)state;
    each_place(normalize_at);
}

/* --- values that are no ordinary numbers, at each place of a vector and of its tail --- */

static void special_sums(const struct fl_kernels *kernels)
{
    float ones[48], x[48];
    uint32_t index[48];
    for (uint32_t i = 0; i < 48; i++) {
        ones[i] = 1;
        index[i] = 47 - i;
    }
    for (size_t n = 1; n <= 48; n++)
        for (size_t at = 0; at < n; at++) {
            const float specials[] = {NAN, INFINITY, -INFINITY};
            for (unsigned s = 0; s < 3; s++) {
                fill_floats(x, 48, 1, n);
                x[at] = specials[s];
                float found = kernels->dot(x, ones, n);
                assert_true(is_close(found, specials[s], 0));
                assert_true(is_close(kernels->sparse_dot(ones, index, x, n), specials[s], 0));
                assert_true(is_close(kernels->l2_norm(x, n), fabsf(specials[s]), 0));
                /* Such a vector stays as it is. */
                float before[48];
                memcpy(before, x, sizeof x);
                kernels->normalize(x, n);
                assert_memory_equal(x, before, sizeof x);
            }
            fill_floats(x, 48, 1, n);
            ones[at] = 0;
            x[at] = INFINITY; /* times 0 */
            assert_true(isnan(kernels->dot(x, ones, n)));
            ones[at] = INFINITY;
            x[at] = 1;
            x[(at + 1) % n] = -INFINITY; /* and one of either sign, where there is room */
            assert_true(n == 1 || isnan(kernels->dot(x, ones, n)));
            ones[at] = 1;
        }
}

static void specials_go_through_sums(void **state)
{
    (void)state;
    each_table(special_sums);
}

static void tiny_sums(const struct fl_kernels *kernels)
{
    float x[48], ones[48];
    for (size_t i = 0; i < 48; i++) {
        x[i] = 0x1p-149f;
        ones[i] = 1;
    }
    for (size_t n = 0; n <= 48; n++) {
        assert_float_equal(kernels->dot(x, ones, n) * 0x1p+100f, (float)n * 0x1p-49f, 0);
        assert_int_equal(bits_of(kernels->dot(x, ones, n)), n);
        kernels->normalize(x, n); /* its norm is 0 in fp32 */
        assert_int_equal(bits_of(x[0]), 1);
    }
    float zeros[3] = {0, -0.0f, 0};
    kernels->normalize(zeros, 3);
    assert_int_equal(bits_of(zeros[1]), 0x80000000);
    assert_int_equal(bits_of(kernels->dot(NULL, NULL, 0)), 0);
}

static void denormals_are_not_flushed(void **state)
{
    (void)state;
    each_table(tiny_sums);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot_within_bounds),        cmocka_unit_test(sparse_dot_within_bounds),
        cmocka_unit_test(l2_norm_within_bounds),    cmocka_unit_test(normalize_within_bounds),
        cmocka_unit_test(specials_go_through_sums), cmocka_unit_test(denormals_are_not_flushed),
    };
    return cmocka_run_group_tests(tests, make_numbers, NULL);
}
