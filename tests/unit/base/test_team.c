/* test_team.c: what one member writes before a meeting, all see behind it. */
#include "base/team.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { ROUNDS = 200, MOST = 5 };

struct sums {
    unsigned written[MOST]; /* plain memory: a missing barrier is a race that TSan reports */
    unsigned members, wrong;
};

static void add_up(void *ctx, struct fl_team *team, unsigned member, unsigned members)
{
    struct sums *sums = ctx;
    unsigned wrong = 0;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        sums->written[member] = round;
        fl_team_meet(team);
        unsigned total = 0;
        for (unsigned i = 0; i < members; i++)
            total += sums->written[i];
        wrong += total != round * members;
        fl_team_meet(team);
    }
    if (member == 0)
        sums->members = members;
    sums->written[member] = wrong;
}

static void test_team(void **state)
{
    (void)state;
    for (unsigned members = 0; members <= MOST; members++) {
        struct sums sums = {0};
        fl_team_run(members, add_up, &sums);
        assert_in_range(sums.members, 1, members ? members : 1);
        for (unsigned i = 0; i < sums.members; i++)
            assert_int_equal(sums.written[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_team)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
