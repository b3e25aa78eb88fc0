/* test_calibration.c: measures against brute force and by hand; temperatures that are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/random.h"
#include "classify/calibration.h"

#include <math.h>

enum { HIGH = 40, LOW = 30, ROWS = 4000, LABELS = 4 };

static void area_against_all_pairs(void **state)
{
    (void)state;
    struct fl_random random;
    float scores[HIGH + LOW];
    double pairs = 0, got;
    fl_random_seed(&random, 1, 0);
    for (int i = 0; i < HIGH + LOW; i++) /* many are equal */
        scores[i] = (float)fl_random_below(&random, 9) + (i < HIGH ? 2 : 0);
    for (int i = 0; i < HIGH; i++)
        for (int j = HIGH; j < HIGH + LOW; j++)
            pairs += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
    assert_int_equal(fl_calibration_auroc(scores, HIGH, LOW, &got), 0);
    assert_true(fabs(got - pairs / (HIGH * LOW)) < 1e-12);
    assert_int_equal(fl_calibration_auroc(scores, HIGH, 0, &got), 0);
    assert_true(isnan(got));
}

static void error_by_hand(void **state)
{
    (void)state;
    /* Two in the bin of 0.9 with one right: |1.8 - 1|; one in that of 0.1, wrong: 0.1. */
    const float p[] = {0.9f, 0.9f, 0.1f};
    const bool right[] = {true, false, false};
    assert_true(fabs(fl_calibration_error(p, right, 3) - (0.8 + 0.1) / 3) < 1e-6);
    assert_true(isnan(fl_calibration_error(p, right, 0)));
}

/* Labels are drawn from softmax(z); the logits are 3 z: the temperature must be 3. */
struct drawn {
    struct fl_classifier_row rows[ROWS];
    uint32_t label[ROWS], order[ROWS];
    float logits[ROWS * LABELS];
    struct fl_calibration_rows all;
};

static void draw(struct drawn *d, float factor)
{
    const struct fl_kernels *kernels = fl_kernels_select("scalar");
    struct fl_random random;
    fl_random_seed(&random, 2, 0);
    for (uint32_t i = 0; i < ROWS; i++) {
        float p[LABELS];
        for (int l = 0; l < LABELS; l++)
            p[l] = fl_random_symmetric(&random, 3);
        for (int l = 0; l < LABELS; l++)
            d->logits[i * LABELS + l] = factor * p[l];
        kernels->softmax(p, LABELS);
        float u = fl_random_unit(&random);
        while (d->label[i] < LABELS - 1 && u >= p[d->label[i]])
            u -= p[d->label[i]++];
        d->order[i] = i;
        d->rows[i] = (struct fl_classifier_row){.labels = &d->label[i], .label_count = 1};
    }
    d->all = (struct fl_calibration_rows){.rows = d->rows,
                                          .order = d->order,
                                          .known = ROWS,
                                          .count = ROWS,
                                          .labels = LABELS,
                                          .linear = d->logits};
}

static void temperature_is_found(void **state)
{
    (void)state;
    static struct drawn d;
    const struct fl_kernels *kernels = fl_kernels_select("scalar");
    draw(&d, 3);
    float temperature = fl_calibration_temperature(kernels, &d.all, 0);
    assert_true(temperature > 2.7f && temperature < 3.3f);
    struct fl_calibration_result result;
    assert_int_equal(fl_calibration_measure(kernels, &d.all, 0, temperature, 0.01f, &result), 0);
    assert_true(result.ece < 0.03f);
    assert_true(result.kept >= result.accuracy - 0.0101f && result.kept <= result.accuracy);
    struct fl_calibration_result hot;
    assert_int_equal(fl_calibration_measure(kernels, &d.all, 0, 0.5f, 0.01f, &hot), 0);
    assert_true(hot.ece > result.ece);
    assert_true(hot.accuracy == result.accuracy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_against_all_pairs),
        cmocka_unit_test(error_by_hand),
        cmocka_unit_test(temperature_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
