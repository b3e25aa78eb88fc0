/* test_sequence_ahead.c: several steps ahead, and what is learned from outcomes. */
#include "failing_alloc.h"
#include "sequence_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CYCLE = 6 };

/* One user going round and round, watched. */
static struct fl_sequence *cycle_of(unsigned events)
{
    struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    assert_non_null(s);
    struct fl_sequence_place place = place_of_user(1);
    for (uint32_t i = 0; i < events; i++) {
        assert_int_equal(fl_sequence_watch(s, &place), 0);
        assert_int_equal(fl_sequence_learn(s, &place, i % CYCLE), 0);
    }
    return s;
}

static void a_cycle_is_foreseen_step_by_step(void **state)
{
    (void)state;
    struct fl_sequence *s = cycle_of(CYCLE * 60);
    struct fl_sequence_place place = place_of_user(1);
    struct fl_sequence_outlook ahead[8];
    assert_true(fl_sequence_look_ahead(s, &place, 3, ahead, 8) >= 3);
    bool seen[3] = {false};
    for (unsigned i = 0; i < 3; i++) {
        assert_true(ahead[i].item < 3);
        seen[ahead[i].item] = true;
        assert_int_equal(ahead[i].step, ahead[i].item + 1);
        assert_true(ahead[i].probability > 0.9F);
    }
    assert_true(seen[0] && seen[1] && seen[2]);
    size_t count = fl_sequence_look_ahead(s, &place, 3, ahead, 8);
    for (size_t i = 3; i < count; i++)
        assert_true(ahead[i].probability < 0.1F);
    assert_int_equal(fl_sequence_look_ahead(s, &place, 1, ahead, 1), 1);
    assert_int_equal(ahead[0].item, 0);
    assert_true(ahead[0].probability == ahead[0].next);
    assert_int_equal(fl_sequence_look_ahead(s, &place, 0, ahead, 8), 0);
    assert_int_equal(fl_sequence_look_ahead(s, &place, 4, ahead, 8), 0);
    fl_sequence_free(s);
}

static void accuracy_is_what_came_true(void **state)
{
    (void)state;
    struct fl_sequence *s = cycle_of(CYCLE * 400);
    struct fl_sequence_state now;
    fl_sequence_inspect(s, &now);
    assert_int_equal(now.uses, CYCLE * 400);
    assert_int_equal(now.scored, CYCLE * 400 - 2); /* nothing is known before 0, and before 1 */
    assert_true(now.hit1 == 1 && now.hit5 == 1 && now.mrr == 1);
    assert_true(now.brier < 0.01 && now.ece < 0.05);
    fl_sequence_free(s);
}

/* Items drawn at random: of a window of n steps each of 5 items is in it with probability
 * 1 − (3/4)^n, once the last one is left out. Calibration must find that, step by step. */
static void windows_are_calibrated(void **state)
{
    (void)state;
    struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    struct fl_sequence_place place = place_of_user(1);
    uint64_t seed = 41;
    uint32_t last = 0;
    for (unsigned i = 0; i < 12000; i++) {
        uint32_t item = (last + 1 + random_below(&seed, 4)) % 5;
        assert_int_equal(fl_sequence_watch(s, &place), 0);
        assert_int_equal(fl_sequence_learn(s, &place, item), 0);
        last = item;
    }
    double sum[3] = {0};
    for (unsigned i = 0; i < 400; i++) {
        struct fl_sequence_outlook ahead[5];
        for (unsigned steps = 1; steps <= 3; steps++) {
            size_t count = fl_sequence_look_ahead(s, &place, steps, ahead, 5);
            for (size_t g = 0; g < count; g++)
                sum[steps - 1] += ahead[g].item != last ? (double)ahead[g].probability / 1600 : 0;
        }
        last = (last + 1 + random_below(&seed, 4)) % 5;
        assert_int_equal(fl_sequence_watch(s, &place), 0);
        assert_int_equal(fl_sequence_learn(s, &place, last), 0);
    }
    assert_true(fabs(sum[0] - 0.25) < 0.02);
    assert_true(fabs(sum[1] - (1 - 0.5625)) < 0.06);
    assert_true(fabs(sum[2] - (1 - 0.421875)) < 0.08);
    struct fl_sequence_state now;
    fl_sequence_inspect(s, &now);
    assert_true(now.ece < 0.06);
    fl_sequence_free(s);
}

static void nothing_comes_from_nothing(void **state)
{
    (void)state;
    struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    struct fl_sequence_place place = place_of_user(1);
    struct fl_sequence_outlook ahead;
    struct fl_sequence_guess guess;
    assert_int_equal(fl_sequence_rank(s, &place, &guess, 1), 0);
    assert_int_equal(fl_sequence_look_ahead(s, &place, 3, &ahead, 1), 0);
    assert_int_equal(fl_sequence_watch(s, &place), 0);
    struct fl_sequence_state now;
    fl_sequence_inspect(s, &now);
    assert_int_equal(now.uses, 0);
    assert_true(isnan(now.hit1));
    fl_sequence_free(s);
}

/* Watching twice before the same use counts once. */
static void one_use_has_one_outcome(void **state)
{
    (void)state;
    struct fl_sequence *s = cycle_of(20);
    struct fl_sequence_place place = place_of_user(1);
    struct fl_sequence_state before, after;
    fl_sequence_inspect(s, &before);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(fl_sequence_watch(s, &place), 0);
    assert_int_equal(fl_sequence_learn(s, &place, 2), 0);
    fl_sequence_inspect(s, &after);
    assert_int_equal(after.scored, before.scored + 1);
    fl_sequence_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cycle_is_foreseen_step_by_step),
        cmocka_unit_test(accuracy_is_what_came_true),
        cmocka_unit_test(windows_are_calibrated),
        cmocka_unit_test(nothing_comes_from_nothing),
        cmocka_unit_test(one_use_has_one_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
