/* test_sequence_regimes.c: the mixture beside the best that could be done, on sources whose
 * predictability is known. Margins are stated with each; seeds are fixed. */
#include "sequence_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOUR_MS = 3600 * 1000 };

struct score {
    unsigned n, hits, hits5;
    double bits; /* of surprise, with a floor of 2^-12 */
};

/* Predicts, counts and learns one use. */
static void use(struct fl_sequence *s, const struct fl_sequence_place *place, uint32_t item,
                bool counted, struct score *score)
{
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    size_t count = counted ? fl_sequence_rank(s, place, guesses, FL_SEQUENCE_RANK_MAX) : 0;
    double probability = 0;
    for (size_t g = 0; g < count; g++)
        if (guesses[g].item == item) {
            score->hits += g == 0;
            score->hits5 += g < 5;
            probability = (double)guesses[g].probability;
        }
    score->n += counted;
    score->bits -= counted ? log2(probability + 0x1p-12) : 0;
    assert_int_equal(fl_sequence_learn(s, place, item), 0);
}

static double share(const struct score *score)
{
    return (double)score->hits / score->n;
}

static struct fl_sequence *begin(void)
{
    struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    assert_non_null(s);
    return s;
}

/* 20 items, each followed by three others with 0.7, 0.2, 0.1: entropy 1.157 bits, best hit rate
 * 0.7. */
static void a_markov_source(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct fl_sequence_place place = place_of_user(1);
    struct score score = {0};
    uint64_t seed = 51;
    uint32_t at = 0;
    for (unsigned i = 0; i < 12000; i++) {
        uint32_t draw = random_below(&seed, 10);
        uint32_t step = draw < 7 ? 1 + at % 3 : draw < 9 ? 5 + at % 2 : 9;
        at = (at + step) % 20;
        use(s, &place, at, i >= 6000, &score);
    }
    assert_true(share(&score) > 0.68 && score.hits5 > 0.99 * score.n);
    assert_true(score.bits / score.n < 1.157 + 0.25);
    fl_sequence_free(s);
}

/* The same 17 items over and over, some of them twice in a round: order 2 tells all. */
static void a_period(void **state)
{
    (void)state;
    static const uint32_t round[] = {0, 1, 2, 3, 4, 5, 1, 6, 2, 7, 8, 9, 4, 10, 11, 12, 13};
    struct fl_sequence *s = begin();
    struct fl_sequence_place place = place_of_user(1);
    struct score score = {0};
    for (unsigned i = 0; i < 17 * 60; i++)
        use(s, &place, round[i % 17], i >= 17 * 5, &score);
    assert_true(share(&score) > 0.99);
    fl_sequence_free(s);
}

/* Every 600 uses each item gets another successor, which comes with 0.9. A first-order model with
 * all its counts falls behind; what is right 40 uses later is nearly all. */
static void a_regime_that_changes(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct fl_sequence_place place = place_of_user(1);
    struct score score = {0};
    uint64_t seed = 52;
    uint32_t at = 0;
    for (unsigned i = 0; i < 6000; i++) {
        static const uint32_t steps[] = {1, 3, 7, 9, 11, 13, 17, 19, 21, 23};
        uint32_t step = steps[i / 600];
        at = (at + (random_below(&seed, 10) ? step : 1 + random_below(&seed, 23))) % 25;
        use(s, &place, at, i % 600 >= 150, &score);
    }
    assert_true(share(&score) > 0.80); /* 0.9 at best */
    fl_sequence_free(s);
}

/* Eight loops of 5 to 12 items, one after another at random. Within a loop the next is sure: of 8.5
 * on average 7.5 or so can be known. */
static void long_loops_of_one_user(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct fl_sequence_place place = place_of_user(1);
    struct score score = {0};
    uint64_t seed = 53;
    for (unsigned i = 0; i < 8000;) {
        uint32_t loop = random_below(&seed, 8);
        for (uint32_t k = 0; k < 5 + loop; k++, i++)
            use(s, &place, (loop * 31 + k * 17) % 61, i >= 4000, &score);
    }
    assert_true(share(&score) > 0.85);
    fl_sequence_free(s);
}

/* Each hour of the day has three items of its own, drawn at random: 1/2 at best, as the last one
 * does not come again. Everything but the hour only sees what was just used. */
static void a_daily_rhythm(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct score score = {0};
    uint64_t seed = 54;
    uint32_t last = 0;
    for (unsigned i = 0; i < 24 * 120; i++) { /* one or two uses an hour */
        uint32_t hour = i / 2 % 24;
        struct fl_sequence_place place = {1, 1, 1700006400000 + (int64_t)(i / 2) * HOUR_MS};
        uint32_t item = hour * 3 + random_below(&seed, 3);
        if (item == last)
            item = hour * 3 + (item + 1) % 3;
        use(s, &place, item, i >= 24 * 60, &score);
        last = item;
    }
    assert_true(score.hits5 > 0.9 * score.n); /* 5 of 72 items: three of the hour */
    assert_true(share(&score) > 0.33);
    fl_sequence_free(s);
}

/* Application switching: the place in the list of recent ones is drawn, 1 most often. The best is
 * the last but one: 0.5. */
static void a_recent_one_again(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct fl_sequence_place place = place_of_user(1);
    struct score score = {0};
    uint64_t seed = 55;
    uint32_t stack[40];
    for (uint32_t i = 0; i < 40; i++)
        stack[i] = i;
    for (unsigned i = 0; i < 6000; i++) {
        uint32_t depth = 1;
        while (depth < 39 && random_below(&seed, 2))
            depth++;
        uint32_t item = stack[depth];
        for (uint32_t d = depth; d > 0; d--)
            stack[d] = stack[d - 1];
        stack[0] = item;
        use(s, &place, item, i >= 1000, &score);
    }
    assert_true(share(&score) > 0.48);
    assert_true(score.hits5 > 0.94 * score.n); /* 0.969 at best */
    fl_sequence_free(s);
}

/* Short sessions of ever new users, all in the same few ways: the habit changes half way. */
static void new_users_all_the_time(void **state)
{
    (void)state;
    struct fl_sequence *s = begin();
    struct score score = {0};
    uint64_t seed = 56;
    for (uint64_t user = 1; user < 3000; user++) {
        struct fl_sequence_place place = place_of_user(user);
        uint32_t way = random_below(&seed, 4) * 5 + (user > 1500 ? 20 : 0);
        for (uint32_t k = 0; k < 4; k++)
            use(s, &place, way + (k * (1 + way % 3)) % 5, k > 0 && user % 1500 > 300, &score);
    }
    assert_true(share(&score) > 0.97);
    fl_sequence_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_markov_source),        cmocka_unit_test(a_period),
        cmocka_unit_test(a_regime_that_changes),  cmocka_unit_test(long_loops_of_one_user),
        cmocka_unit_test(a_daily_rhythm),         cmocka_unit_test(a_recent_one_again),
        cmocka_unit_test(new_users_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
