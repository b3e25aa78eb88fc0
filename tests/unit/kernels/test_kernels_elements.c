/* test_kernels_elements.c: what is done element by element, the exponentials, and the steps of
 * training, against double. */
#include "kernels_fixture.h"

#include <float.h>

static float a[LENGTH_MAX], b[LENGTH_MAX], logits[LENGTH_MAX];

static int make_numbers(void **state)
{
    (void)state;
    fill_floats(a, LENGTH_MAX, 3, 1);
    fill_floats(b, LENGTH_MAX, 5, 2);
    fill_floats(logits, LENGTH_MAX, 120, 3);
    return 0;
}

/* Holds n values against what is right, each within `rounding` roundings of `size`. */
static void check_all(const struct fl_kernels *kernels, const char *what, size_t n, size_t offset,
                      const float *value, const double *right, const double *size, double rounding)
{
    for (size_t i = 0; i < n; i++)
        if (!is_close(value[i], right[i], rounding * ROUNDING * size[i]))
            fail_msg("%s %s of %zu at %zu: [%zu] %.9g, not %.9g", kernels->isa, what, n, offset, i,
                     value[i], right[i]);
}

static float *place_a(size_t n, size_t offset)
{
    return place(0, a, n * sizeof *a, offset * sizeof *a);
}

static float *place_b(size_t n, size_t offset)
{
    return place(1, b, n * sizeof *b, offset * 5 % 16 * sizeof *b);
}

/* --- products and sums --- */

static void products_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    float *x = place_a(n, offset);
    kernels->scale(x, 0.7f, n);
    check_around(0);
    for (size_t i = 0; i < n; i++)
        if (x[i] != a[i] * 0.7f)
            fail_msg("%s scale of %zu at %zu: [%zu]", kernels->isa, n, offset, i);
    x = place_a(n, offset);
    kernels->apply_idf(x, place_b(n, offset), n);
    check_around(0);
    for (size_t i = 0; i < n; i++)
        if (x[i] != a[i] * b[i])
            fail_msg("%s apply_idf of %zu at %zu: [%zu]", kernels->isa, n, offset, i);
}

static void fma_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static double right[LENGTH_MAX], size[LENGTH_MAX];
    for (size_t i = 0; i < n && offset == 0; i++) {
        right[i] = b[i] + (double)0.7f * a[i];
        size[i] = fabs(b[i]) + fabs((double)0.7f * a[i]);
    }
    float *y = place_b(n, offset);
    kernels->fma(y, 0.7f, place_a(n, offset), n);
    check_around(1);
    check_all(kernels, "fma", n, offset, y, right, size, 2);
}

static void maxima_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    float *y = place_b(n, offset);
    kernels->max(y, place_a(n, offset), n);
    check_around(1);
    for (size_t i = 0; i < n; i++)
        if (y[i] != fmaxf(a[i], b[i]))
            fail_msg("%s max of %zu at %zu: [%zu]", kernels->isa, n, offset, i);
    y = place_b(n, offset);
    kernels->relu(y, n);
    check_around(1);
    for (size_t i = 0; i < n; i++)
        if (y[i] != fmaxf(b[i], 0))
            fail_msg("%s relu of %zu at %zu: [%zu]", kernels->isa, n, offset, i);
}

static void products_are_exact(void **state)
{
    (void)state;
    each_place(products_at);
}

static void fma_within_bounds(void **state)
{
    (void)state;
    each_place(fma_at);
}

static void maxima_are_exact(void **state)
{
    (void)state;
    each_place(maxima_at);
}

static const float specials[] = {
    NAN,       INFINITY,   -INFINITY, 0.0f,         -0.0f,   1.0f,     -1.0f,
    0x1p-149f, -0x1p-149f, FLT_MIN,   -0x1.8p-130f, FLT_MAX, -FLT_MAX,
};
enum { SPECIALS = sizeof specials / sizeof *specials, PAIRS = SPECIALS * SPECIALS };

/* Every pair, at every place of a vector: what stands before moves them along. */
static void special_elements(const struct fl_kernels *kernels)
{
    for (size_t before = 0; before < 17; before++) {
        float x[PAIRS + 17] = {0}, y[PAIRS + 17] = {0}, z[PAIRS + 17];
        size_t n = PAIRS + before;
        for (size_t i = 0; i < PAIRS; i++) {
            x[before + i] = specials[i / SPECIALS];
            y[before + i] = specials[i % SPECIALS];
        }
        memcpy(z, y, sizeof z);
        kernels->max(z, x, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(bits_of(z[i]), bits_of(y[i] > x[i] ? y[i] : x[i]));
        memcpy(z, y, sizeof z);
        kernels->relu(z, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(bits_of(z[i]), bits_of(y[i] > 0 ? y[i] : 0));
        memcpy(z, y, sizeof z);
        kernels->apply_idf(z, x, n);
        for (size_t i = 0; i < n; i++)
            assert_true(is_close(z[i], y[i] * x[i], 0));
        memcpy(z, y, sizeof z);
        kernels->fma(z, 0.5f, x, n);
        for (size_t i = 0; i < n; i++)
            assert_true(is_close(z[i], fmaf(0.5f, x[i], y[i]), 0x1p-149));
        memcpy(z, x, sizeof z);
        kernels->scale(z, -2, n);
        for (size_t i = 0; i < n; i++)
            assert_true(is_close(z[i], -2 * x[i], 0));
    }
}

static void specials_go_through_elements(void **state)
{
    (void)state;
    each_table(special_elements);
}

/* --- exponentials --- */

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static void sigmoid_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static double right[LENGTH_MAX];
    for (size_t i = 0; i < n && offset == 0; i++)
        right[i] = logistic(logits[i]);
    float *x = place(0, logits, n * sizeof *logits, offset * sizeof *logits);
    kernels->sigmoid(x, n);
    check_around(0);
    for (size_t i = 0; i < n; i++)
        if (!is_close(x[i], right[i], 4e-6 * right[i] + FLT_MIN))
            fail_msg("%s sigmoid of %zu at %zu: [%zu] %.9g, not %.9g", kernels->isa, n, offset, i,
                     x[i], right[i]);
}

static void softmax_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static double right[LENGTH_MAX];
    if (offset == 0) {
        double best = -INFINITY, sum = 0;
        for (size_t i = 0; i < n; i++)
            best = fmax(best, logits[i]);
        for (size_t i = 0; i < n; i++)
            sum += right[i] = exp(logits[i] - best);
        for (size_t i = 0; i < n; i++)
            right[i] /= sum;
    }
    float *x = place(0, logits, n * sizeof *logits, offset * sizeof *logits);
    kernels->softmax(x, n);
    check_around(0);
    for (size_t i = 0; i < n; i++)
        if (!is_close(x[i], right[i], (double)(n + 128) * ROUNDING * right[i] + FLT_MIN))
            fail_msg("%s softmax of %zu at %zu: [%zu] %.9g, not %.9g", kernels->isa, n, offset, i,
                     x[i], right[i]);
}

static void sigmoid_within_bounds(void **state)
{
    (void)state;
    each_place(sigmoid_at);
}

static void softmax_within_bounds(void **state)
{
    (void)state;
    each_place(softmax_at);
}

/* The whole range in steps of 1/64, and its ends. */
static void wide_sigmoid(const struct fl_kernels *kernels)
{
    enum { STEPS = 2 * 110 * 64 };
    static float x[STEPS];
    for (int i = 0; i < STEPS; i++)
        x[i] = (float)(i - STEPS / 2) / 64;
    kernels->sigmoid(x, STEPS);
    for (int i = 0; i < STEPS; i++) {
        double right = logistic((double)(i - STEPS / 2) / 64);
        if (!is_close(x[i], right, 4e-6 * right + FLT_MIN))
            fail_msg("%s sigmoid of %g: %.9g, not %.9g", kernels->isa, (i - STEPS / 2) / 64.0, x[i],
                     right);
    }
    float ends[] = {INFINITY, -INFINITY, NAN, 0, -0.0f, FLT_MAX, -FLT_MAX, 0x1p-149f};
    const float right[] = {1, 0, NAN, 0.5f, 0.5f, 1, 0, 0.5f};
    kernels->sigmoid(ends, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_true(is_close(ends[i], right[i], 0));
}

static void sigmoid_over_its_range(void **state)
{
    (void)state;
    each_table(wide_sigmoid);
}

static void special_softmax(const struct fl_kernels *kernels)
{
    for (size_t n = 1; n <= 40; n++)
        for (size_t at = 0; at < n; at++) {
            const float poisons[] = {NAN, INFINITY};
            float x[40];
            for (unsigned p = 0; p < 2; p++) {
                fill_floats(x, n, 9, n);
                x[at] = poisons[p];
                kernels->softmax(x, n);
                for (size_t i = 0; i < n; i++)
                    assert_true(isnan(x[i]));
            }
            fill_floats(x, n, 9, n);
            x[at] = -INFINITY;
            kernels->softmax(x, n);
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += x[i];
            assert_true(n == 1 ? isnan(x[0]) : x[at] == 0 && fabs(sum - 1) < 1e-6);
        }
    float wide[] = {0, -200, FLT_MAX, -FLT_MAX, -80};
    kernels->softmax(wide, 2);
    assert_true(wide[0] == 1 && wide[1] == 0);
    kernels->softmax(wide, 5); /* the difference of the extremes overflows */
    assert_true(wide[2] == 1 && wide[3] == 0 && wide[4] == 0);
    kernels->softmax(wide, 0);
}

static void specials_go_through_softmax(void **state)
{
    (void)state;
    each_table(special_softmax);
}

/* --- training --- */

static void adam_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static float squares[LENGTH_MAX];
    static double w1[LENGTH_MAX], m1[LENGTH_MAX], v1[LENGTH_MAX], size[LENGTH_MAX];
    const double b1 = 0.9f, b2 = 0.999f;
    for (size_t i = 0; i < n && offset == 0; i++) {
        squares[i] = a[i] * a[i] * 0.01f;
        m1[i] = b1 * logits[i] + (1 - b1) * a[i];
        v1[i] = b2 * squares[i] + (1 - b2) * a[i] * a[i];
        double step = 0.01 * m1[i] / (sqrt(v1[i]) + 1e-8);
        w1[i] = b[i] - step;
        size[i] = fabs(b[i]) + 0.01 * (b1 * fabs(logits[i]) + fabs(a[i])) / sqrt(v1[i]);
    }
    size_t bytes = n * sizeof(float), skip = offset * sizeof(float);
    float *w = place_b(n, offset);
    float *m = place(2, logits, bytes, (offset * 3 + 1) % 16 * sizeof(float));
    float *v = place(3, squares, bytes, skip);
    const float *g = place_a(n, offset);
    kernels->adam(w, m, v, g, 0.01f, 0.9f, 0.999f, 1e-8f, n);
    for (unsigned operand = 0; operand < 4; operand++)
        check_around(operand);
    /* 1 - b2 itself is only good to 2^-24 / 0.001. */
    for (size_t i = 0; i < n; i++)
        if (!is_close(w[i], w1[i], 64 * ROUNDING * size[i]) ||
            !is_close(m[i], m1[i], 4 * ROUNDING * (fabs(logits[i]) + fabs(a[i]))) ||
            !is_close(v[i], v1[i], 8 * ROUNDING * squares[i] + 4 * ROUNDING * a[i] * a[i]))
            fail_msg("%s adam of %zu at %zu: [%zu] %.9g %.9g %.9g, not %.9g %.9g %.9g",
                     kernels->isa, n, offset, i, w[i], m[i], v[i], w1[i], m1[i], v1[i]);
}

static void adagrad_at(const struct fl_kernels *kernels, size_t n, size_t offset)
{
    static float squares[LENGTH_MAX];
    for (size_t i = 0; i < n && offset == 0; i++)
        squares[i] = i % 5 ? logits[i] * logits[i] * 0.01f : 0;
    float *w = place_b(n, offset);
    float *h = place(3, squares, n * sizeof *h, offset * 3 % 16 * sizeof *h);
    kernels->adagrad(w, h, place_a(n, offset), 0.1f, n);
    check_around(1);
    check_around(3);
    for (size_t i = 0; i < n; i++) {
        double square = squares[i] + (double)a[i] * a[i];
        double right = b[i] - (double)0.1f * a[i] / (sqrt(square) + 1e-8);
        if (!is_close(h[i], square, 2 * ROUNDING * square) ||
            !is_close(w[i], right, 8 * ROUNDING * (fabs(b[i]) + 0.1)))
            fail_msg("%s adagrad of %zu at %zu: [%zu] %.9g %.9g, not %.9g %.9g", kernels->isa, n,
                     offset, i, w[i], h[i], right, square);
    }
}

static void adam_within_bounds(void **state)
{
    (void)state;
    each_place(adam_at);
}

static void adagrad_within_bounds(void **state)
{
    (void)state;
    each_place(adagrad_at);
}

/* No slope, no step; and nothing is divided by 0. */
static void still_training(const struct fl_kernels *kernels)
{
    float w[19], m[19] = {0}, v[19] = {0}, h[19] = {0}, g[19] = {0}, before[19];
    fill_floats(w, 19, 1, 9);
    memcpy(before, w, sizeof w);
    kernels->adam(w, m, v, g, 0.01f, 0.9f, 0.999f, 1e-8f, 19);
    kernels->adagrad(w, h, g, 0.1f, 19);
    assert_memory_equal(w, before, sizeof w);
    g[7] = NAN;
    kernels->adagrad(w, h, g, 0.1f, 19);
    for (unsigned i = 0; i < 19; i++)
        assert_true(i == 7 ? isnan(w[i]) && isnan(h[i]) : w[i] == before[i]);
}

static void nothing_moves_without_a_slope(void **state)
{
    (void)state;
    each_table(still_training);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_are_exact),
        cmocka_unit_test(fma_within_bounds),
        cmocka_unit_test(maxima_are_exact),
        cmocka_unit_test(specials_go_through_elements),
        cmocka_unit_test(sigmoid_within_bounds),
        cmocka_unit_test(sigmoid_over_its_range),
        cmocka_unit_test(softmax_within_bounds),
        cmocka_unit_test(specials_go_through_softmax),
        cmocka_unit_test(adam_within_bounds),
        cmocka_unit_test(adagrad_within_bounds),
        cmocka_unit_test(nothing_moves_without_a_slope),
    };
    return cmocka_run_group_tests(tests, make_numbers, NULL);
}
