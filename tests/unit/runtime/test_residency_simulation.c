/* test_residency_simulation.c: random uses, pins, needs, unloads, new measurements and budgets.
 * lru, lfu and gdsf must name the victims that plain loops name; for every policy, what may not
 * leave is never named, proposals suffice or are refused, and the same seed gives the same course.
 *
 * FORELOAD_SIMULATION_STEPS sets the number of steps for each policy. */
#include "base/err.h"
#include "base/random.h"
#include "residency_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { STEPS = 5000, UNIT = 1000 };

struct run {
    struct fl_residency *residency;
    struct naive naive;
    struct fl_random random;
    bool exact; /* victims must be the naive ones */
    bool foreloads;
    bool over;       /* measurements or a smaller budget made it so: victims make up for it */
    uint64_t course; /* a hash of all that was decided */
    uint64_t refused, evicted, foreloaded;
    fl_time now;
};

static long steps_wanted(void)
{
    const char *text = getenv("FORELOAD_SIMULATION_STEPS");
    long steps = text ? strtol(text, NULL, 10) : 0;
    return steps > 0 ? steps : STEPS;
}

static void note(struct run *run, uint64_t what)
{
    run->course = (run->course ^ what) * UINT64_C(0x100000001B3);
}

static void describe(struct run *run, uint32_t item)
{
    const struct naive_item *it = &run->naive.items[item];
    const struct fl_residency_item what = {.bytes = it->bytes,
                                           .load_ms = it->load_ms,
                                           .priority = (enum fl_priority)it->priority,
                                           .needs = it->needs,
                                           .need_count = it->need_count};
    assert_int_equal(fl_residency_describe(run->residency, item, &what), 0);
}

/* Items follow each other but for one use in 80. A tenth is large; needs have smaller numbers, so
 * that there is no circle; few are CORE. */
static void draw_item(struct run *run, uint32_t item)
{
    struct naive_item *it = &run->naive.items[item];
    bool large = fl_random_below(&run->random, 10) == 0;
    it->bytes = 1 + fl_random_below(&run->random, large ? 40 * UNIT : 4 * UNIT);
    it->load_ms = fl_random_below(&run->random, 50); /* often equal, sometimes nothing */
    it->priority =
        fl_random_below(&run->random, 16) == 0 ? 0 : 1 + (int)fl_random_below(&run->random, 3);
    it->need_count = item >= 8 && fl_random_below(&run->random, 4) == 0
                         ? 1 + fl_random_below(&run->random, 2)
                         : 0;
    for (uint32_t n = 0; n < it->need_count; n++)
        it->needs[n] = fl_random_below(&run->random, item);
    if (it->need_count == 2 && it->needs[0] == it->needs[1])
        it->need_count = 1;
    describe(run, item);
}

static void check_victims(struct run *run, const uint32_t *victims, uint32_t count, uint64_t bytes)
{
    struct naive after = run->naive;
    for (uint32_t v = 0; v < count; v++) {
        assert_true(naive_may_leave(&after, victims[v])); /* dependants come first */
        after.items[victims[v]].resident = false;
        after.resident_bytes -= after.items[victims[v]].bytes;
        note(run, victims[v]);
    }
    assert_true(after.resident_bytes + bytes <= after.budget_bytes);
}

static void leave(struct run *run, uint32_t item, bool evicted)
{
    naive_leave(&run->naive, item, evicted);
    fl_residency_leave(run->residency, item, evicted ? FL_RESIDENCY_EVICTED : FL_RESIDENCY_UNLOADED,
                       run->now);
    run->evicted += evicted;
}

/* True when there is room now. */
static bool make_room(struct run *run, uint64_t bytes)
{
    uint32_t expected[NAIVE_ITEMS], expected_count, count;
    const uint32_t *victims;
    int naive_rc = naive_propose(&run->naive, bytes, expected, &expected_count);
    int rc = fl_residency_propose(run->residency, bytes, &victims, &count);
    assert_int_equal(rc, naive_rc);
    note(run, (uint64_t)rc);
    run->refused += rc != 0;
    if (rc)
        return false;
    check_victims(run, victims, count, bytes);
    if (run->exact) {
        assert_int_equal(count, expected_count);
        assert_memory_equal(victims, expected, count * sizeof *victims);
    }
    uint32_t copy[NAIVE_ITEMS];
    memcpy(copy, victims, count * sizeof *copy);
    for (uint32_t v = 0; v < count; v++)
        leave(run, copy[v], true);
    run->over = false;
    return true;
}

static void use(struct run *run, uint32_t item)
{
    bool resident = naive_use(&run->naive, item);
    assert_int_equal(fl_residency_use(run->residency, item, run->now), resident);
    if (resident || !make_room(run, run->naive.items[item].bytes))
        return;
    naive_admit(&run->naive, item);
    fl_residency_admit(run->residency, item, FL_RESIDENCY_DEMANDED, run->now);
}

static void foreload(struct run *run, uint32_t item)
{
    const uint32_t *victims;
    uint32_t count, copy[NAIVE_ITEMS];
    fl_residency_expect(run->residency, item, 0.97);
    if (!fl_residency_foreload(run->residency, item, &victims, &count))
        return;
    assert_false(run->naive.items[item].resident);
    check_victims(run, victims, count, run->naive.items[item].bytes);
    memcpy(copy, victims, count * sizeof *copy);
    for (uint32_t v = 0; v < count; v++)
        leave(run, copy[v], true);
    naive_admit(&run->naive, item);
    fl_residency_admit(run->residency, item, FL_RESIDENCY_FORELOADED, run->now);
    run->foreloaded++;
}

static void measure_anew(struct run *run, uint32_t item)
{
    struct naive_item *it = &run->naive.items[item];
    uint64_t bytes = 1 + fl_random_below(&run->random, 4 * UNIT);
    if (it->resident)
        run->naive.resident_bytes += bytes - it->bytes;
    it->bytes = bytes;
    describe(run, item);
    run->over = run->naive.resident_bytes > run->naive.budget_bytes;
}

static void step(struct run *run, uint32_t *last)
{
    struct naive *naive = &run->naive;
    uint32_t item = fl_random_below(&run->random, NAIVE_ITEMS), what;
    run->now += fl_random_below(&run->random, 1000000);
    what = fl_random_below(&run->random, 100);
    if (what < 79)
        item = (*last + 1) % NAIVE_ITEMS;
    if (what < 80) {
        use(run, *last = item);
        if (run->foreloads)
            foreload(run, (item + 1) % NAIVE_ITEMS);
    } else if (what < 86 && naive->items[item].pins < 2) {
        naive->items[item].pins++;
        fl_residency_pin(run->residency, item);
    } else if (what < 94 && naive->items[item].pins) {
        naive->items[item].pins--;
        fl_residency_unpin(run->residency, item);
    } else if (what < 96 && naive_may_leave(naive, item)) {
        leave(run, item, false);
    } else if (what < 97) {
        measure_anew(run, item);
    } else if (what < 98 && fl_random_below(&run->random, 4) == 0) {
        naive->budget_bytes = 20 * UNIT + fl_random_below(&run->random, 80 * UNIT);
        assert_int_equal(fl_residency_set_budget(run->residency, naive->budget_bytes), 0);
        run->over = naive->resident_bytes > naive->budget_bytes;
    } else if (run->over) {
        make_room(run, 0);
    }
}

static void check_state(const struct run *run)
{
    assert_int_equal(fl_residency_bytes(run->residency), run->naive.resident_bytes);
    if (!run->over)
        assert_true(run->naive.resident_bytes <= run->naive.budget_bytes);
    for (uint32_t i = 0; i < NAIVE_ITEMS; i++)
        assert_int_equal(fl_residency_has(run->residency, i), run->naive.items[i].resident);
}

static uint64_t play(enum fl_residency_policy policy, bool foreloads, uint64_t seed, long steps)
{
    struct run run = {.exact = policy <= FL_RESIDENCY_GDSF && !foreloads, .foreloads = foreloads};
    run.naive.policy = policy;
    run.naive.budget_bytes = 60 * UNIT;
    run.residency = fixture_residency(policy, run.naive.budget_bytes, NAIVE_ITEMS);
    fl_random_seed(&run.random, seed, 0);
    for (uint32_t i = 0; i < NAIVE_ITEMS; i++)
        draw_item(&run, i);
    uint32_t last = 0;
    for (long s = 0; s < steps; s++) {
        step(&run, &last);
        if (s % 64 == 0)
            check_state(&run);
    }
    check_state(&run);
    assert_true(run.evicted > (uint64_t)steps / 100);
    assert_true(run.refused > 0);
    assert_true(!foreloads || run.foreloaded > 0);
    fl_residency_free(run.residency);
    return run.course;
}

static void test_simulation(void **state)
{
    (void)state;
    long steps = steps_wanted();
    for (int policy = 0; policy < FL_RESIDENCY_POLICY_COUNT; policy++)
        for (int foreloads = 0; foreloads < 2; foreloads++) {
            uint64_t seed = (uint64_t)(10 + policy);
            printf("%s%s, seed %llu, %ld steps\n", fl_residency_policy_names[policy],
                   foreloads ? " with foreloads" : "", (unsigned long long)seed, steps);
            play((enum fl_residency_policy)policy, foreloads, seed, steps);
        }
}

static void test_same_seed_same_course(void **state)
{
    (void)state;
    for (int policy = 0; policy < FL_RESIDENCY_POLICY_COUNT; policy++) {
        uint64_t course = play((enum fl_residency_policy)policy, true, 5, 3000);
        assert_true(course == play((enum fl_residency_policy)policy, true, 5, 3000));
        assert_true(course != play((enum fl_residency_policy)policy, true, 6, 3000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simulation),
        cmocka_unit_test(test_same_seed_same_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
