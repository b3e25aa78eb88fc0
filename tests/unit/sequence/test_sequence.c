/* test_sequence.c: what each expert says, worked out by hand; bounds; determinism. */
#include "failing_alloc.h"
#include "sequence_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct fl_sequence_limits limits_of(uint32_t order)
{
    struct fl_sequence_limits limits = FL_SEQUENCE_LIMITS_DEFAULT;
    limits.order = order;
    return limits;
}

static struct fl_sequence *sequence_of(uint32_t order)
{
    struct fl_sequence_limits limits = limits_of(order);
    struct fl_sequence *s = fl_sequence_create(&limits);
    assert_non_null(s);
    return s;
}

static bool is_near(double a, double b)
{
    return fabs(a - b) < 1e-5;
}

static size_t rank(struct fl_sequence *s, uint64_t user, struct fl_sequence_guess *ret)
{
    struct fl_sequence_place place = place_of_user(user);
    return fl_sequence_rank(s, &place, ret, FL_SEQUENCE_RANK_MAX);
}

/* 0 1 0 2 0 1 0, order 1. After 0 came 1 twice and 2 once; D = 3/4 leaves 3/4 · 2/3 = 1/2 to order
 * 0, where of 1, 1, 2 (0 cannot come) 2/3 and 1/3 are dealt: 1: (2 − 3/4)/3 + 1/2 · 2/3 = 3/4 2: (1
 * − 3/4)/3 + 1/2 · 1/3 = 1/4 */
static void an_order_and_its_escape_by_hand(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(1);
    static const uint32_t items[] = {0, 1, 0, 2, 0, 1, 0};
    learn_all(s, 1, items, 7);
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    assert_int_equal(rank(s, 1, guesses), 2);
    assert_true(is_near(given_by(s, FL_EXPERT_SLOW, 1), 0.75));
    assert_true(is_near(given_by(s, FL_EXPERT_SLOW, 2), 0.25));
    assert_true(is_near(given_by(s, FL_EXPERT_FREQUENCY, 1), 2.0 / 3));
    assert_true(is_near(given_by(s, FL_EXPERT_FREQUENCY, 2), 1.0 / 3));
    fl_sequence_free(s);
}

/* The same with order 2: after (1, 0) came 2 once: 1/4 for 2, 3/4 go to order 1. After (2, 0): 1.
 *     2: 1/4 + 3/4 · 1/4 = 7/16        1: 3/4 · 3/4 = 9/16 */
static void longer_contexts_come_first(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(2);
    static const uint32_t items[] = {0, 1, 0, 2, 0, 1, 0};
    learn_all(s, 1, items, 7);
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    rank(s, 1, guesses);
    assert_true(is_near(given_by(s, FL_EXPERT_SLOW, 1), 9.0 / 16));
    assert_true(is_near(given_by(s, FL_EXPERT_SLOW, 2), 7.0 / 16));
    fl_sequence_free(s);
}

/* SHORT leaves out what is longer than two. After (2, 0, 1, 0) nothing came yet: SLOW is SHORT. */
static void short_contexts_are_the_short_ones(void **state)
{
    (void)state;
    struct fl_sequence *three = sequence_of(5), *two = sequence_of(2);
    static const uint32_t items[] = {0, 1, 2, 0, 3, 1, 2, 4, 0, 1, 2, 0, 1, 2};
    learn_all(three, 1, items, 14);
    learn_all(two, 1, items, 14);
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    rank(three, 1, guesses);
    rank(two, 1, guesses);
    for (uint32_t item = 0; item < 5; item++) {
        assert_true(
            is_near(given_by(three, FL_EXPERT_SHORT, item), given_by(two, FL_EXPERT_SLOW, item)));
        assert_true(
            is_near(given_by(two, FL_EXPERT_SHORT, item), given_by(two, FL_EXPERT_SLOW, item)));
    }
    fl_sequence_free(three);
    fl_sequence_free(two);
}

/* The share of what came in FAST: 98 and 47 of 145 after 0 (63, less a quarter rounded up each
 * time), with confidence 3/4; the rest from everything that came, faded. */
static void what_came_lately_by_hand(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(1);
    static const uint32_t items[] = {0, 1, 0, 2, 0, 1, 0};
    learn_all(s, 1, items, 7);
    unsigned fast[3] = {0};
    for (unsigned i = 0; i < 7; i++) {
        for (unsigned item = 0; item < 3; item++)
            fast[item] -= (fast[item] + 3) / 4;
        fast[items[i]] += 63;
    }
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    rank(s, 1, guesses);
    double rest = 0.25 * 3 / 4 / (fast[1] + fast[2]); /* 3 uses there that are not of 0 */
    assert_true(is_near(given_by(s, FL_EXPERT_FAST, 1), 0.75 * 98 / 145 + rest * fast[1]));
    assert_true(is_near(given_by(s, FL_EXPERT_FAST, 2), 0.75 * 47 / 145 + rest * fast[2]));
    fl_sequence_free(s);
}

/* SLOW's and SHORT's probabilities are all there is, wherever one stands. */
static void probabilities_sum_to_one(void **state)
{
    (void)state;
    for (uint32_t order = 1; order <= FL_SEQUENCE_ORDER_MAX; order++) {
        struct fl_sequence *s = sequence_of(order);
        struct fl_sequence_place place = place_of_user(1);
        uint64_t seed = order;
        for (unsigned i = 0; i < 3000; i++) {
            struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
            size_t count = rank(s, 1, guesses);
            double slow = 0, brief = 0, all = 0;
            for (uint32_t item = 0; count && item < 9; item++) {
                slow += given_by(s, FL_EXPERT_SLOW, item) * (item != s->view.last);
                brief += given_by(s, FL_EXPERT_SHORT, item) * (item != s->view.last);
            }
            for (size_t g = 0; g < count; g++) {
                assert_int_not_equal(guesses[g].item, s->view.last);
                all += (double)guesses[g].probability;
            }
            if (count)
                assert_true(fabs(slow - 1) < 1e-4 && fabs(brief - 1) < 1e-4 && all < 1.0001);
            assert_int_equal(
                fl_sequence_learn(s, &place, random_below(&seed, 1 + random_below(&seed, 9))), 0);
        }
        fl_sequence_free(s);
    }
}

static void a_repeat_is_not_heard_twice(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(3), *plain = sequence_of(3);
    static const uint32_t repeated[] = {4, 4, 4, 2, 2, 4, 1, 1}, once[] = {4, 2, 4, 1};
    learn_all(s, 1, repeated, 8);
    learn_all(plain, 1, once, 4);
    assert_same_predictions(s, plain);
    uint32_t last;
    assert_true(fl_sequence_last_item(s, 1, &last));
    assert_int_equal(last, 1);
    assert_false(fl_sequence_last_item(s, 2, &last));
    fl_sequence_free(s);
    fl_sequence_free(plain);
}

/* Somebody new gets what others began with, and went on with. */
static void new_users_are_foreseen_from_others(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(3);
    static const uint32_t items[] = {7, 3, 5};
    for (uint64_t user = 1; user <= 6; user++)
        learn_all(s, user, items, 3);
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    rank(s, 99, guesses);
    assert_int_equal(guesses[0].item, 7);
    learn_all(s, 99, items, 1);
    rank(s, 99, guesses);
    assert_int_equal(guesses[0].item, 3);
    fl_sequence_free(s);
}

/* Most go from 1 to 2; one user always goes to 3. */
static void own_habits_count(void **state)
{
    (void)state;
    struct fl_sequence *s = sequence_of(3);
    static const uint32_t others[] = {1, 2, 0}, own[] = {1, 3, 0};
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    for (unsigned round = 0; round < 60; round++) {
        for (uint64_t user = 2; user < 8; user++)
            learn_all(s, user, others, 3);
        learn_all(s, 1, own, 3);
    }
    learn_all(s, 1, own, 1);
    learn_all(s, 2, others, 1);
    rank(s, 1, guesses);
    assert_int_equal(guesses[0].item, 3);
    rank(s, 2, guesses);
    assert_int_equal(guesses[0].item, 2);
    fl_sequence_free(s);
}

static void forgotten_limits_are_refused(void **state)
{
    (void)state;
    struct fl_sequence_limits limits = limits_of(0);
    assert_null(fl_sequence_create(&limits));
    limits.order = FL_SEQUENCE_ORDER_MAX + 1;
    assert_null(fl_sequence_create(&limits));
    struct fl_sequence *s = sequence_of(3);
    struct fl_sequence_place place = place_of_user(1);
    assert_int_equal(fl_sequence_learn(s, &place, FL_SEQUENCE_ITEMS_MAX), -FL_ELIMIT);
    assert_int_equal(fl_sequence_learn(s, &place, FL_SEQUENCE_ITEMS_MAX - 1), 0);
    struct fl_sequence_guess guess;
    assert_int_equal(rank(s, 2, &guess), 1);
    assert_int_equal(guess.item, FL_SEQUENCE_ITEMS_MAX - 1);
    fl_sequence_free(s);
    fl_sequence_free(NULL);
}

/* Ten thousand users, a million uses: nothing grows past what it may. */
static void stays_within_its_limits(void **state)
{
    (void)state;
    const struct fl_sequence_limits limits = {.order = 3,
                                              .node_bits = 10,
                                              .own_bits = 6,
                                              .users = 500,
                                              .streams = 300,
                                              .own_bytes = 100000};
    struct fl_sequence *s = fl_sequence_create(&limits);
    assert_non_null(s);
    uint64_t seed = 31;
    for (unsigned i = 0; i < 1000000; i++) {
        uint64_t user = random_below(&seed, 1 + random_below(&seed, 10000));
        struct fl_sequence_place place = {user, user * 2 + random_below(&seed, 2), i * 60000};
        assert_int_equal(fl_sequence_learn(s, &place, random_below(&seed, 2000)), 0);
        if (i % 1000)
            continue;
        struct fl_sequence_state now;
        fl_sequence_inspect(s, &now);
        assert_true(now.users <= 500 && now.streams <= 300 && now.nodes <= 1024);
        assert_true(now.own_bytes <= 100000 + (64U << 6));
        assert_true(now.bytes < 600000);
        size_t own = 0;
        for (uint32_t u = 0; u < s->user_slots.count; u++)
            own += fl_context_tree_bytes(&s->users[u].own);
        assert_int_equal(own, now.own_bytes);
    }
    fl_sequence_free(s);
}

static void the_same_uses_give_the_same_predictions(void **state)
{
    (void)state;
    struct fl_sequence_limits limits = limits_of(4);
    struct fl_sequence *a = random_sequence(&limits, 5, 2000);
    struct fl_sequence *b = random_sequence(&limits, 5, 2000);
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    for (uint64_t user = 0; user < 20; user++)
        rank(b, user, guesses); /* asking changes nothing */
    assert_same_predictions(a, b);
    fl_sequence_free(a);
    fl_sequence_free(b);
}

/* The n-th allocation fails: the use is refused or learned, and the predictor goes on. */
static void survives_failing_memory(void **state)
{
    (void)state;
    for (long n = 1; n < 60; n++) {
        fl_test_fail_alloc_at(n);
        struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
        unsigned refused = 0;
        for (uint64_t i = 0; s && i < 400; i++) {
            struct fl_sequence_place place = {i % 37, i % 41, (int64_t)i * 1000000};
            int rc = fl_sequence_watch(s, &place);
            if (!rc)
                rc = fl_sequence_learn(s, &place, (uint32_t)(i * i % 90));
            assert_true(rc == 0 || rc == -FL_ENOMEM);
            refused += rc != 0;
        }
        fl_test_fail_alloc_at(0);
        assert_true(refused <= 1);
        fl_sequence_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_and_its_escape_by_hand),
        cmocka_unit_test(longer_contexts_come_first),
        cmocka_unit_test(short_contexts_are_the_short_ones),
        cmocka_unit_test(what_came_lately_by_hand),
        cmocka_unit_test(probabilities_sum_to_one),
        cmocka_unit_test(a_repeat_is_not_heard_twice),
        cmocka_unit_test(new_users_are_foreseen_from_others),
        cmocka_unit_test(own_habits_count),
        cmocka_unit_test(forgotten_limits_are_refused),
        cmocka_unit_test(stays_within_its_limits),
        cmocka_unit_test(the_same_uses_give_the_same_predictions),
        cmocka_unit_test(survives_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
