/* test_residency.c: a course worked out by hand, who may leave, limits, memory that runs out, and
 * what is foreloaded. */
#include "base/err.h"
#include "failing_alloc.h"
#include "residency_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_victims(struct fl_residency *residency, uint64_t bytes, uint32_t expected_count,
                           const uint32_t *expected)
{
    const uint32_t *victims;
    uint32_t count;
    assert_int_equal(fl_residency_propose(residency, bytes, &victims, &count), 0);
    assert_int_equal(count, expected_count);
    if (count)
        assert_memory_equal(victims, expected, count * sizeof *victims);
}

#define ASSERT_VICTIMS(residency, bytes, ...)                                                  \
    assert_victims((residency), (bytes), sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
                   (uint32_t[]){__VA_ARGS__})

/* Budget 10; bytes and load time: A 4, 8; B 3, 3; C 5, 20; D 2, 1: worth 2, 1, 4, ½ a use.
 *
 *     use  leaves     L    then resident, with values
 *     A               0    A 2
 *     B               0    A 2   B 1
 *     A    (hit)      0    A 4   B 1
 *     C    B          1    A 4   C 5
 *     D    A          4    C 5   D 4.5
 *     B               4    C 5   D 4.5  B 5
 *     A    D, C       5    B 5   A 7           C and B are worth the same: C was used before B
 *     D               5    B 5   A 7    D 5.5 */
static void test_gdsf_by_hand(void **state)
{
    (void)state;
    enum { A, B, C, D };
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_GDSF, 10, 4);
    fixture_item(r, A, 4, 8);
    fixture_item(r, B, 3, 3);
    fixture_item(r, C, 5, 20);
    fixture_item(r, D, 2, 1);
    assert_false(fixture_use(r, A, 4, 0));
    assert_false(fixture_use(r, B, 3, 0));
    assert_true(fixture_use(r, A, 4, 0));
    ASSERT_VICTIMS(r, 5, B);
    assert_false(fixture_use(r, C, 5, 0));
    ASSERT_VICTIMS(r, 2, A);
    assert_false(fixture_use(r, D, 2, 0));
    assert_victims(r, 3, 0, NULL);
    assert_false(fixture_use(r, B, 3, 0));
    ASSERT_VICTIMS(r, 4, D, C);
    assert_false(fixture_use(r, A, 4, 0));
    assert_false(fixture_use(r, D, 2, 0));
    assert_int_equal(fl_residency_bytes(r), 9);
    ASSERT_VICTIMS(r, 10, B, D, A);
    fl_residency_free(r);
}

static void test_lru_and_lfu(void **state)
{
    (void)state;
    for (int lfu = 0; lfu < 2; lfu++) {
        struct fl_residency *r = fixture_residency(lfu ? FL_RESIDENCY_LFU : FL_RESIDENCY_LRU, 3, 4);
        for (uint32_t i = 0; i < 4; i++)
            fixture_item(r, i, 1, 1);
        static const uint32_t uses[] = {0, 0, 1, 2, 1, 2};
        for (size_t u = 0; u < sizeof uses / sizeof *uses; u++)
            fixture_use(r, uses[u], 1, 0);
        ASSERT_VICTIMS(r, 3, 0, 1, 2); /* all were used twice: by last use, for LFU as well */
        fixture_use(r, 0, 1, 0);
        fixture_use(r, 2, 1, 0);
        if (lfu)
            ASSERT_VICTIMS(r, 3, 1, 0, 2);
        fixture_use(r, 3, 1, 0); /* for 1 */
        fixture_use(r, 1, 1, 0); /* LFU: for 3, whose use is its first again; LRU: for 0 */
        if (lfu)
            ASSERT_VICTIMS(r, 3, 1, 0, 2);
        else
            ASSERT_VICTIMS(r, 3, 2, 3, 1);
        fl_residency_free(r);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct fl_residency_options options = {
        .policy = FL_RESIDENCY_LRU, .budget_bytes = 10, .items = 4};
    struct fl_residency *r = NULL;
    options.items = 0;
    assert_int_equal(fl_residency_create(&options, &r), -FL_EINVAL);
    options.items = FL_RESIDENCY_MAX_ITEMS + 1;
    assert_int_equal(fl_residency_create(&options, &r), -FL_EINVAL);
    options.items = 4;
    options.budget_bytes = FL_RESIDENCY_MAX_BYTES + 1;
    assert_int_equal(fl_residency_create(&options, &r), -FL_EINVAL);
    options.budget_bytes = 10;
    options.policy = FL_RESIDENCY_POLICY_COUNT;
    assert_int_equal(fl_residency_create(&options, &r), -FL_EINVAL);
    assert_null(r);
    fl_residency_free(NULL);

    r = fixture_residency(FL_RESIDENCY_LRU, 10, 4);
    uint32_t needs[FL_RESIDENCY_MAX_NEEDS + 1] = {1};
    const struct fl_residency_item bad[] = {
        {.bytes = FL_RESIDENCY_MAX_BYTES + 1},
        {.load_ms = -1},
        {.load_ms = (double)NAN},
        {.load_ms = (double)INFINITY},
        {.priority = (enum fl_priority)4},
        {.needs = needs, .need_count = FL_RESIDENCY_MAX_NEEDS + 1},
        {.needs = (const uint32_t[]){4}, .need_count = 1},
        {.needs = (const uint32_t[]){0}, .need_count = 1},
    };
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++)
        assert_int_equal(fl_residency_describe(r, 0, &bad[b]), -FL_EINVAL);
    assert_int_equal(fl_residency_describe(r, 4, &(struct fl_residency_item){0}), -FL_EINVAL);
    assert_int_equal(fl_residency_set_budget(r, FL_RESIDENCY_MAX_BYTES + 1), -FL_EINVAL);
    fixture_item(r, 0, 11, 1);
    assert_false(fixture_use(r, 0, 11, 0)); /* larger than the budget */
    assert_false(fl_residency_has(r, 0));
    const uint32_t *victims;
    uint32_t count;
    assert_int_equal(fl_residency_propose(r, 11, &victims, &count), -FL_ELIMIT);
    fl_residency_free(r);
}

static void test_priorities_pins_and_core(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_GDSF, 5, 5);
    static const enum fl_priority priorities[] = {
        FL_PRIORITY_CORE, FL_PRIORITY_HIGH, FL_PRIORITY_MEDIUM, FL_PRIORITY_LOW, FL_PRIORITY_LOW};
    for (uint32_t i = 0; i < 5; i++) {
        const struct fl_residency_item what = {
            .bytes = 1, .load_ms = 100.0 * i, .priority = priorities[i]};
        assert_int_equal(fl_residency_describe(r, i, &what), 0);
        fixture_use(r, i, 1, 0);
    }
    ASSERT_VICTIMS(r, 4, 3, 4, 2, 1);
    const uint32_t *victims;
    uint32_t count;
    assert_int_equal(fl_residency_propose(r, 5, &victims, &count), -FL_EBUSY);
    fl_residency_pin(r, 4);
    fl_residency_pin(r, 4);
    ASSERT_VICTIMS(r, 3, 3, 2, 1);
    fl_residency_unpin(r, 4);
    assert_int_equal(fl_residency_propose(r, 4, &victims, &count), -FL_EBUSY);
    fl_residency_unpin(r, 4);
    ASSERT_VICTIMS(r, 4, 3, 4, 2, 1); /* a refusal changed nothing */
    /* It is CORE from now on, and another one no longer. */
    assert_int_equal(fl_residency_describe(r, 3, &(struct fl_residency_item){.bytes = 1}), 0);
    fixture_item(r, 0, 1, 0);
    ASSERT_VICTIMS(r, 4, 4, 0, 2, 1);
    assert_int_equal(fl_residency_forget(r, 4), -FL_EBUSY);
    fl_residency_leave(r, 4, FL_RESIDENCY_UNLOADED, 0);
    assert_int_equal(fl_residency_forget(r, 4), 0);
    assert_false(fl_residency_was_used(r, 4));
    fl_residency_free(r);
}

/* 2 needs 1, 1 needs 0: from the top down, and a pin holds all that is below. */
static void test_dependants_first(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_LRU, 4, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const uint32_t below = i - 1;
        const struct fl_residency_item what = {.bytes = 1,
                                               .priority = FL_PRIORITY_MEDIUM,
                                               .needs = &below,
                                               .need_count = i == 1 || i == 2};
        assert_int_equal(fl_residency_describe(r, i, &what), 0);
        fixture_use(r, i, 1, 0);
    }
    ASSERT_VICTIMS(r, 4, 2, 1, 0, 3);
    ASSERT_VICTIMS(r, 2, 2, 1);
    fl_residency_pin(r, 2);
    ASSERT_VICTIMS(r, 1, 3);
    const uint32_t *victims;
    uint32_t count;
    assert_int_equal(fl_residency_propose(r, 2, &victims, &count), -FL_EBUSY);
    fl_residency_unpin(r, 2);
    /* Needs change only while it is not resident. */
    const struct fl_residency_item free_now = {.bytes = 1, .priority = FL_PRIORITY_MEDIUM};
    assert_int_equal(fl_residency_describe(r, 2, &free_now), -FL_EINVAL);
    fl_residency_leave(r, 2, FL_RESIDENCY_UNLOADED, 0);
    assert_int_equal(fl_residency_describe(r, 2, &free_now), 0);
    ASSERT_VICTIMS(r, 4, 1, 0, 3);
    fl_residency_free(r);
}

static void test_measured_anew(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_HYBRID, 10, 3);
    for (uint32_t i = 0; i < 3; i++) {
        fixture_item(r, i, 3, 1);
        fixture_use(r, i, 3, 0);
    }
    assert_victims(r, 0, 0, NULL);
    fixture_item(r, 2, 6, 1);
    assert_int_equal(fl_residency_bytes(r), 12);
    ASSERT_VICTIMS(r, 0, 0); /* values change with the next use */
    assert_int_equal(fl_residency_set_budget(r, 5), 0);
    fl_residency_leave(r, 2, FL_RESIDENCY_EVICTED, 0);
    ASSERT_VICTIMS(r, 0, 0);
    fl_residency_free(r);
}

static void test_allocation_fails(void **state)
{
    (void)state;
    const struct fl_residency_options options = {
        .policy = FL_RESIDENCY_HYBRID, .budget_bytes = 10, .items = 4};
    for (long n = 1;; n++) {
        struct fl_residency *r = NULL;
        fl_test_fail_alloc_at(n);
        int rc = fl_residency_create(&options, &r);
        fl_test_fail_alloc_at(0);
        if (!rc) {
            assert_true(n > 10);
            const struct fl_residency_item what = {.needs = (const uint32_t[]){1}, .need_count = 1};
            fl_test_fail_alloc_at(1);
            assert_int_equal(fl_residency_describe(r, 0, &what), -FL_ENOMEM);
            fl_test_fail_alloc_at(0);
            assert_int_equal(fl_residency_describe(r, 0, &what), 0);
            fl_residency_free(r);
            return;
        }
        assert_int_equal(rc, -FL_ENOMEM);
        assert_null(r);
    }
}

/* Once it is described, nothing is allocated. */
static void test_no_allocation_by_use(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_PREDICTION, 10, 8);
    for (uint32_t i = 0; i < 8; i++)
        fixture_item(r, i, 1 + i % 4, 10);
    fl_test_fail_alloc_at(0);
    for (uint32_t u = 0; u < 5000; u++) {
        const uint32_t *victims;
        uint32_t count, next = (u + 1) % 8;
        fixture_use(r, u % 8, 1 + u % 4, u);
        fl_residency_expect(r, next, 0.99);
        if (fl_residency_foreload(r, next, &victims, &count)) {
            for (uint32_t v = 0; v < count; v++)
                fl_residency_leave(r, victims[v], FL_RESIDENCY_EVICTED, u);
            fl_residency_admit(r, next, FL_RESIDENCY_FORELOADED, u);
        }
    }
    assert_int_equal(fl_test_alloc_count(), 0);
    fl_residency_free(r);
}

/* Six items in a circle, room for two: every policy but with foreloading misses always. */
static void circle(bool right, struct fl_residency_counts *ret_counts)
{
    enum { ITEMS = 6, USES = 3000 };
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_PREDICTION, 2, ITEMS + 1);
    for (uint32_t i = 0; i <= ITEMS; i++)
        fixture_item(r, i, 1, 10);
    for (uint32_t u = 0; u < USES; u++) {
        const uint32_t *victims;
        uint32_t count, guess = right ? (u + 1) % ITEMS : ITEMS;
        fl_time now = (fl_time)u * 1000000;
        fixture_use(r, u % ITEMS, 1, now);
        fl_residency_expect(r, guess, 0.99);
        if (fl_residency_foreload(r, guess, &victims, &count)) {
            for (uint32_t v = 0; v < count; v++)
                fl_residency_leave(r, victims[v], FL_RESIDENCY_EVICTED, now);
            fl_residency_admit(r, guess, FL_RESIDENCY_FORELOADED, now);
        }
    }
    for (uint32_t i = 0; i < ITEMS; i++)
        fl_residency_leave(r, i, FL_RESIDENCY_UNLOADED, (fl_time)USES * 1000000);
    fl_residency_counts(r, ret_counts);
    fl_residency_free(r);
}

/* Predictions that come true are acted upon; those that do not, however sure, are not. */
static void test_foreloads_what_comes(void **state)
{
    (void)state;
    struct fl_residency_counts counts;
    circle(true, &counts);
    assert_true(counts.hits > 2800);
    assert_true(counts.useful > 2800);
    assert_int_equal(counts.wasted, counts.issued - counts.useful);
    assert_true(counts.wasted <= 2);
    circle(false, &counts);
    assert_int_equal(counts.issued, 0);
}

static void test_expected_is_kept(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_PREDICTION, 3, 4);
    for (uint32_t i = 0; i < 4; i++)
        fixture_item(r, i, 1, 1);
    for (uint32_t i = 0; i < 3; i++)
        fixture_use(r, i, 1, 0);
    ASSERT_VICTIMS(r, 1, 0);
    fl_residency_expect(r, 0, 0.9);
    fl_residency_expect(r, 1, 0.1);
    fl_residency_expect(r, 2, (double)NAN); /* says nothing */
    ASSERT_VICTIMS(r, 1, 1);
    ASSERT_VICTIMS(r, 3, 1, 2, 0); /* if it must be */
    fl_residency_use(r, 2, 0);     /* expectations are void */
    ASSERT_VICTIMS(r, 1, 0);
    fl_residency_free(r);
}

static void test_counts(void **state)
{
    (void)state;
    struct fl_residency *r = fixture_residency(FL_RESIDENCY_LRU, 100, 4);
    for (uint32_t i = 0; i < 4; i++)
        fixture_item(r, i, 10, 1);
    fixture_use(r, 0, 10, 0);
    fixture_use(r, 0, 10, 0);
    fl_residency_admit(r, 1, FL_RESIDENCY_FORELOADED, 1000000);
    fl_residency_admit(r, 2, FL_RESIDENCY_FORELOADED, 1000000);
    assert_true(fixture_use(r, 1, 10, 2000000));
    assert_true(fixture_use(r, 1, 10, 2000000)); /* is useful once */
    fl_residency_leave(r, 2, FL_RESIDENCY_EVICTED, 4500000);
    struct fl_residency_counts counts;
    fl_residency_counts(r, &counts);
    assert_int_equal(counts.hits, 3);
    assert_int_equal(counts.misses, 1);
    assert_int_equal(counts.issued, 2);
    assert_int_equal(counts.useful, 1);
    assert_int_equal(counts.wasted, 1);
    assert_float_equal(counts.wasted_byte_seconds, 35, 1e-9);
    fl_residency_admit(r, 2, FL_RESIDENCY_FORELOADED, 5000000);
    fl_residency_reset_counts(r);
    fl_residency_leave(r, 2, FL_RESIDENCY_EVICTED, 6000000); /* from before: counts nowhere */
    fl_residency_counts(r, &counts);
    assert_int_equal(counts.issued + counts.useful + counts.wasted + counts.hits, 0);
    assert_float_equal(counts.wasted_byte_seconds, 0, 0);
    fl_residency_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gdsf_by_hand),
        cmocka_unit_test(test_lru_and_lfu),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_priorities_pins_and_core),
        cmocka_unit_test(test_dependants_first),
        cmocka_unit_test(test_measured_anew),
        cmocka_unit_test(test_allocation_fails),
        cmocka_unit_test(test_no_allocation_by_use),
        cmocka_unit_test(test_foreloads_what_comes),
        cmocka_unit_test(test_expected_is_kept),
        cmocka_unit_test(test_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
