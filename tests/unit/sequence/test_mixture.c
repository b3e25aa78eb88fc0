/* test_mixture.c: weights, by hand and by what they must come to. */
#include "sequence_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static double sum_of(const struct fl_mixture *mixture)
{
    double sum = 0;
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        sum += (double)mixture->weight[e];
    return sum;
}

/* Two experts at 1/2 that gave 0.4 and 0.1; rate 1/8, share 1 %, floor 0.001:
 * 0.5 + (0.99 · 0.2005 / 0.251 + 0.005 − 0.5) / 8 = 0.536976 */
static void one_step_by_hand(void **state)
{
    (void)state;
    struct fl_mixture mixture;
    fl_mixture_init(&mixture, 2);
    const float given[FL_MIXTURE_EXPERTS] = {0.4F, 0.1F};
    fl_mixture_learn(&mixture, given, 3);
    assert_true(fabs((double)mixture.weight[0] - 0.536976) < 1e-5);
    assert_true(fabs(sum_of(&mixture) - 1) < 1e-6);
}

/* Where one source makes seven in ten of the items and the other the rest, EM ends there. */
static void finds_the_shares_of_two_sources(void **state)
{
    (void)state;
    struct fl_mixture mixture;
    fl_mixture_init(&mixture, 2);
    uint64_t seed = 11;
    double mean = 0;
    for (unsigned i = 0; i < 4000; i++) {
        bool first = random_below(&seed, 10) < 7;
        const float given[FL_MIXTURE_EXPERTS] = {first ? 0.5F : 0, first ? 0 : 0.5F};
        fl_mixture_learn(&mixture, given, 3);
        mean += i >= 1000 ? (double)mixture.weight[0] / 3000 : 0;
    }
    assert_true(fabs(mean - 0.7) < 0.03);
}

static void the_best_is_trusted_and_a_change_is_followed(void **state)
{
    (void)state;
    struct fl_mixture mixture;
    fl_mixture_init(&mixture, 3);
    const float before[FL_MIXTURE_EXPERTS] = {0.9F, 0.1F, 0.1F};
    const float after[FL_MIXTURE_EXPERTS] = {0.01F, 0.9F, 0.1F};
    for (unsigned i = 0; i < 1000; i++)
        fl_mixture_learn(&mixture, before, 7);
    assert_true(mixture.weight[0] > 0.9F);
    unsigned steps = 0;
    while (mixture.weight[1] < 0.5F && steps < 1000) {
        fl_mixture_learn(&mixture, after, 7);
        steps++;
    }
    assert_in_range(steps, 1, 60);
    assert_true(fabs(sum_of(&mixture) - 1) < 1e-4);
}

static void who_sleeps_keeps_the_weight(void **state)
{
    (void)state;
    struct fl_mixture mixture;
    fl_mixture_init(&mixture, 4);
    const float given[FL_MIXTURE_EXPERTS] = {0.9F, 0.1F, 0.7F, 0};
    for (unsigned i = 0; i < 100; i++)
        fl_mixture_learn(&mixture, given, 3);
    assert_true(mixture.weight[2] == 0.25F && mixture.weight[3] == 0.25F);
    assert_true(fabs(sum_of(&mixture) - 1) < 1e-4);
    struct fl_mixture alone = mixture;
    fl_mixture_learn(&mixture, given, 1 << 2); /* one alone has nobody to be compared with */
    assert_memory_equal(&alone, &mixture, sizeof alone);
}

/* A million steps of anything: weights stay positive and their sum stays 1. */
static void weights_stay_weights(void **state)
{
    (void)state;
    struct fl_mixture mixture;
    fl_mixture_init(&mixture, FL_MIXTURE_EXPERTS);
    uint64_t seed = 13;
    for (unsigned i = 0; i < 1000000; i++) {
        float given[FL_MIXTURE_EXPERTS];
        for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
            given[e] = (float)(random_next(&seed) >> 40) / (1 << 24);
        fl_mixture_learn(&mixture, given, random_below(&seed, 256));
        for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
            assert_true(mixture.weight[e] > 1e-6F);
    }
    assert_true(fabs(sum_of(&mixture) - 1) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step_by_hand),
        cmocka_unit_test(finds_the_shares_of_two_sources),
        cmocka_unit_test(the_best_is_trusted_and_a_change_is_followed),
        cmocka_unit_test(who_sleeps_keeps_the_weight),
        cmocka_unit_test(weights_stay_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
