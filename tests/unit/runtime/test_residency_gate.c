/* test_residency_gate.c: what predictions are trusted with, and that waste stays within its share
 * whatever the predictions are worth. */
#include "base/err.h"
#include "base/random.h"
#include "failing_alloc.h"
#include "runtime/residency_gate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ITEMS = 1000 };

static void test_allocation_fails(void **state)
{
    (void)state;
    struct fl_gate gate;
    fl_test_fail_alloc_at(1);
    assert_int_equal(fl_gate_init(&gate, NULL, ITEMS, 0.05), -FL_ENOMEM);
    fl_test_fail_alloc_at(0);
    fl_gate_destroy(&gate);
}

/* Predicted with 0.6, came in 2 of 3 cases: nothing is said of other probabilities. */
static void test_trust_is_what_came(void **state)
{
    (void)state;
    static struct fl_residency_fact facts[ITEMS];
    struct fl_gate gate;
    assert_int_equal(fl_gate_init(&gate, facts, ITEMS, 0.05), 0);
    assert_float_equal(fl_gate_trust(&gate, 0.6), 0.6, 1e-9); /* itself, while nothing is known */
    uint64_t use = 1;
    for (uint32_t i = 0; i < 900; i++) {
        fl_gate_watch(&gate, i, 0.61, use);
        if (i % 3)
            facts[i].last_use = use + 1;
        fl_gate_used(&gate, ++use);
    }
    for (int i = 0; i < 10; i++)
        fl_gate_used(&gate, ++use);
    assert_float_equal(fl_gate_trust(&gate, 0.6), 2.0 / 3, 0.01);
    assert_float_equal(fl_gate_trust(&gate, 0.64), 2.0 / 3, 0.01);
    assert_float_equal(fl_gate_trust(&gate, 0.9), 0.9, 1e-9);
    assert_true(fl_gate_trust(&gate, 7) <= 1);
    fl_gate_destroy(&gate);
}

/* The same prediction, again and again, is one: what is not used counts once for as long as it
 * would have stayed. */
static void test_watched_once(void **state)
{
    (void)state;
    static struct fl_residency_fact facts[ITEMS];
    struct fl_gate gate;
    assert_int_equal(fl_gate_init(&gate, facts, ITEMS, 0.05), 0);
    for (int i = 0; i < 200; i++)
        fl_gate_left(&gate, 50);
    for (uint64_t use = 1; use <= 40; use++) {
        fl_gate_used(&gate, use);
        fl_gate_watch(&gate, 7, 0.5, use);
    }
    assert_int_equal(gate.count, 1);
    fl_gate_watch(&gate, 7, 0.9, 41); /* says something else */
    assert_int_equal(gate.count, 2);
    fl_gate_destroy(&gate);
}

static void test_ring_is_bounded(void **state)
{
    (void)state;
    static struct fl_residency_fact facts[ITEMS];
    struct fl_gate gate;
    assert_int_equal(fl_gate_init(&gate, facts, ITEMS, 0.05), 0);
    for (uint32_t i = 0; i < ITEMS; i++)
        fl_gate_watch(&gate, i, 0.5, 1);
    assert_int_equal(gate.count, FL_GATE_WATCHED);
    fl_gate_destroy(&gate);
}

/* Whoever says 0.97 and is right in `right` of the cases: how much is issued, and wasted? */
static void predict(double right, unsigned *ret_issued, unsigned *ret_wasted)
{
    static struct fl_residency_fact facts[ITEMS];
    struct fl_gate gate;
    struct fl_random random;
    fl_random_seed(&random, 3, 0);
    assert_int_equal(fl_gate_init(&gate, facts, ITEMS, 0.07), 0);
    *ret_issued = *ret_wasted = 0;
    for (uint64_t use = 1; use < 20000; use += 2) {
        uint32_t item = (uint32_t)(use / 2 % ITEMS);
        bool comes = (double)fl_random_unit(&random) < right;
        facts[item].last_use = use > 2000 ? use - 2000 : 0;
        fl_gate_watch(&gate, item, 0.97, use);
        double trust = fl_gate_trust(&gate, 0.97);
        bool issue = fl_gate_affords(&gate, 0.97, 1);
        if (issue)
            fl_gate_issued(&gate, trust);
        if (comes)
            facts[item].last_use = use + 1;
        if (issue)
            fl_gate_settled(&gate, trust, comes);
        *ret_issued += issue;
        *ret_wasted += issue && !comes;
        fl_gate_used(&gate, use + 1);
    }
    fl_gate_destroy(&gate);
}

static void test_waste_is_bounded(void **state)
{
    (void)state;
    unsigned issued, wasted;
    predict(1, &issued, &wasted);
    assert_true(issued > 9500);
    assert_int_equal(wasted, 0);
    predict(0.97, &issued, &wasted);
    assert_true(issued > 8000);
    assert_true(wasted < 0.05 * issued);
    predict(0.8, &issued, &wasted); /* sure of itself, and wrong too often */
    assert_true(issued < 100);
    predict(0.5, &issued, &wasted);
    assert_int_equal(issued, 0);
    predict(0, &issued, &wasted);
    assert_int_equal(issued, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails), cmocka_unit_test(test_trust_is_what_came),
        cmocka_unit_test(test_watched_once),     cmocka_unit_test(test_ring_is_bounded),
        cmocka_unit_test(test_waste_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
