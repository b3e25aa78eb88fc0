/* test_random.c: the published numbers of splitmix64 and xoshiro256++, and that what is drawn from
 * them is evenly spread. */
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The first outputs of splitmix64 from 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
 */
static void test_splitmix(void **state)
{
    (void)state;
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317), UINT64_C(3203168211198807973), UINT64_C(9817491932198370423),
        UINT64_C(4593380528125082431), UINT64_C(16408922859458223821)};
    uint64_t at = 1234567;
    for (int i = 0; i < 5; i++)
        assert_true(fl_random_splitmix(&at) == expected[i]);
}

/* By hand from the state 1, 2, 3, 4: rotl(1 + 4, 23) + 1; then the state is 7, 0, 262146, 6 << 45.
 */
static void test_xoshiro(void **state)
{
    (void)state;
    struct fl_random random = {{1, 2, 3, 4}};
    assert_true(fl_random_next(&random) == 41943041);
    assert_true(random.state[0] == 7);
    assert_true(random.state[1] == 0);
    assert_true(random.state[2] == 262146);
    assert_true(random.state[3] == UINT64_C(6) << 45);
}

static void test_streams(void **state)
{
    (void)state;
    struct fl_random a, same, stream, seed;
    fl_random_seed(&a, 1, 0);
    fl_random_seed(&same, 1, 0);
    fl_random_seed(&stream, 1, 1);
    fl_random_seed(&seed, 2, 0);
    uint64_t first = fl_random_next(&a);
    assert_true(first == fl_random_next(&same));
    assert_true(first != fl_random_next(&stream));
    assert_true(first != fl_random_next(&seed));
}

static void test_spread(void **state)
{
    (void)state;
    enum { DRAWS = 60000, SIDES = 6 };
    struct fl_random random;
    fl_random_seed(&random, 5, 5);
    unsigned counts[SIDES] = {0};
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        counts[fl_random_below(&random, SIDES)]++;
        float symmetric = fl_random_symmetric(&random, 2);
        assert_true(symmetric >= -2 && symmetric < 2);
        float unit = fl_random_unit(&random);
        assert_true(unit >= 0 && unit < 1);
        sum += unit;
    }
    for (int i = 0; i < SIDES; i++) /* five standard deviations */
        assert_in_range(counts[i], DRAWS / SIDES - 457, DRAWS / SIDES + 457);
    assert_true(sum / DRAWS > 0.494 && sum / DRAWS < 0.506);
    assert_int_equal(fl_random_below(&random, 0), 0);
    assert_int_equal(fl_random_below(&random, 1), 0);
}

static void test_shuffle(void **state)
{
    (void)state;
    enum { ROUNDS = 6000 };
    unsigned orders[27] = {0};
    struct fl_random random;
    fl_random_seed(&random, 8, 0);
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t items[] = {0, 1, 2};
        fl_random_shuffle(&random, items, 3);
        orders[items[0] * 9 + items[1] * 3 + items[2]]++;
    }
    static const int permutations[] = {5, 7, 11, 15, 19, 21};
    unsigned total = 0;
    for (int i = 0; i < 6; i++) {
        assert_in_range(orders[permutations[i]], 850, 1150);
        total += orders[permutations[i]];
    }
    assert_int_equal(total, ROUNDS);
    fl_random_shuffle(&random, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splitmix), cmocka_unit_test(test_xoshiro),
        cmocka_unit_test(test_streams),  cmocka_unit_test(test_spread),
        cmocka_unit_test(test_shuffle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
