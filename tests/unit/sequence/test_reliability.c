/* test_reliability.c: calibration and accuracy from outcomes. */
#include "sequence_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void knowing_nothing_it_believes(void **state)
{
    (void)state;
    struct fl_reliability r = {0};
    for (float p = 0; p <= 0.94F; p += 0.01F)
        assert_true(fabsf(fl_reliability_of(&r, p) - p) < 1e-5F);
    assert_true(fl_reliability_of(&r, 1) <= 1);
    assert_true(fl_reliability_of(&r, NAN) == 0);
}

/* A predictor whose probabilities are twice what they should be. */
static void learns_what_probabilities_mean(void **state)
{
    (void)state;
    struct fl_reliability r = {0};
    uint64_t seed = 21;
    for (unsigned i = 0; i < 100000; i++) {
        float p = (float)random_below(&seed, 1000) / 1000;
        bool came = (float)random_below(&seed, 1000) / 1000 < p / 2;
        fl_reliability_learn(&r, p, came);
    }
    for (float p = 0.05F; p < 0.95F; p += 0.05F)
        assert_true(fabsf(fl_reliability_of(&r, p) - p / 2) < 0.04F);
}

/* Whatever came: between 0 and 1, and no more for less. */
static void is_monotone(void **state)
{
    (void)state;
    uint64_t seed = 22;
    for (unsigned round = 0; round < 50; round++) {
        struct fl_reliability r = {0};
        for (unsigned i = 0; i < 300; i++)
            fl_reliability_learn(&r, (float)random_below(&seed, 1001) / 1000,
                                 random_below(&seed, 2));
        float before = 0;
        for (unsigned p = 0; p <= 1000; p++) {
            float now = fl_reliability_of(&r, (float)p / 1000);
            assert_true(now >= before - 1e-6F && now <= 1);
            before = now;
        }
    }
}

/* Ranks 1, 3, none, 5 with 0.8, 0.5, 0.2, 0.4:
 * MRR (1 + 1/3 + 1/5) / 4, Brier (0.04 + 0.25 + 0.04 + 0.16) / 4, ECE (0.2 + 0.5 + 0.2 + 0.4) / 4
 */
static void sums_up_outcomes_by_hand(void **state)
{
    (void)state;
    static struct fl_outcomes outcomes;
    struct fl_outcomes_summary s;
    fl_outcomes_sum_up(&outcomes, &s);
    assert_true(isnan(s.hit1) && isnan(s.mrr) && isnan(s.ece));
    fl_outcomes_add(&outcomes, 1, 0.8F);
    fl_outcomes_add(&outcomes, 3, 0.5F);
    fl_outcomes_add(&outcomes, 0, 0.2F);
    fl_outcomes_add(&outcomes, 5, 0.4F);
    fl_outcomes_sum_up(&outcomes, &s);
    assert_true(s.hit1 == 0.25 && s.hit3 == 0.5 && s.hit5 == 0.75);
    assert_true(fabs(s.mrr - 1.5333333 / 4) < 1e-6);
    assert_true(fabs(s.brier - 0.49 / 4) < 1e-6);
    assert_true(fabs(s.ece - 1.3 / 4) < 1e-6);
}

static void only_the_last_outcomes_count(void **state)
{
    (void)state;
    static struct fl_outcomes outcomes;
    struct fl_outcomes_summary s;
    for (unsigned i = 0; i < 5000; i++)
        fl_outcomes_add(&outcomes, 0, 1);
    for (unsigned i = 0; i < FL_OUTCOMES_KEPT; i++)
        fl_outcomes_add(&outcomes, 1, 1);
    fl_outcomes_sum_up(&outcomes, &s);
    assert_true(s.hit1 == 1 && s.brier == 0 && s.ece == 0);
    assert_int_equal(outcomes.scored, 5000 + FL_OUTCOMES_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knowing_nothing_it_believes),
        cmocka_unit_test(learns_what_probabilities_mean),
        cmocka_unit_test(is_monotone),
        cmocka_unit_test(sums_up_outcomes_by_hand),
        cmocka_unit_test(only_the_last_outcomes_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
