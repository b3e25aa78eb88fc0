/* test_residency_order.c: the heap against a search through all items. */
#include "base/err.h"
#include "base/random.h"
#include "failing_alloc.h"
#include "runtime/residency_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ITEMS = 40, STEPS = 200000 };

static void test_allocation_fails(void **state)
{
    (void)state;
    for (int n = 1; n <= 2; n++) {
        struct fl_residency_order order;
        fl_test_fail_alloc_at(n);
        assert_int_equal(fl_residency_order_init(&order, 8), -FL_ENOMEM);
        fl_test_fail_alloc_at(0);
        assert_null(order.nodes);
        fl_residency_order_destroy(&order);
    }
}

static bool precedes(const struct fl_residency_value *a, uint32_t item_a,
                     const struct fl_residency_value *b, uint32_t item_b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->value != b->value)
        return a->value < b->value;
    return a->used != b->used ? a->used < b->used : item_a < item_b;
}

static uint32_t search(const struct fl_residency_value values[ITEMS], const bool in[ITEMS])
{
    uint32_t least = FL_RESIDENCY_NONE;
    for (uint32_t i = 0; i < ITEMS; i++)
        if (in[i] && (least == FL_RESIDENCY_NONE || precedes(&values[i], i, &values[least], least)))
            least = i;
    return least;
}

/* Few distinct values, so that there are ties at every level. */
static struct fl_residency_value draw(struct fl_random *random)
{
    return (struct fl_residency_value){fl_random_below(random, 6), fl_random_below(random, 4),
                                       fl_random_below(random, 3)};
}

static void test_like_a_search(void **state)
{
    (void)state;
    struct fl_residency_order order;
    assert_int_equal(fl_residency_order_init(&order, ITEMS), 0);
    struct fl_residency_value values[ITEMS];
    bool in[ITEMS] = {false};
    struct fl_random random;
    fl_random_seed(&random, 11, 0);
    assert_int_equal(fl_residency_order_least(&order), FL_RESIDENCY_NONE);
    for (int step = 0; step < STEPS; step++) {
        uint32_t item = fl_random_below(&random, ITEMS);
        switch (fl_random_below(&random, 4)) {
        case 0:
            values[item] = draw(&random);
            fl_residency_order_insert(&order, item, &values[item]);
            in[item] = true;
            break;
        case 1:
            fl_residency_order_remove(&order, item);
            in[item] = false;
            break;
        case 2:
            values[item] = draw(&random);
            fl_residency_order_change(&order, item, &values[item]);
            break;
        default: assert_int_equal(fl_residency_order_least(&order), search(values, in));
        }
        assert_int_equal(fl_residency_order_has(&order, item), in[item]);
    }
    fl_residency_order_destroy(&order);
}

/* A raised item moves when it gets to the root, not before: that is what makes a use cheap. */
static void test_raising_moves_nothing(void **state)
{
    (void)state;
    struct fl_residency_order order;
    assert_int_equal(fl_residency_order_init(&order, 3), 0);
    for (uint32_t i = 0; i < 3; i++) {
        const struct fl_residency_value value = {i, i, 0};
        fl_residency_order_insert(&order, i, &value);
    }
    const struct fl_residency_value high = {9, 9, 0};
    fl_residency_order_change(&order, 0, &high);
    assert_int_equal(order.heap[0], 0);
    assert_int_equal(fl_residency_order_least(&order), 1);
    assert_int_equal(order.heap[0], 1);
    fl_residency_order_destroy(&order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocation_fails),
        cmocka_unit_test(test_like_a_search),
        cmocka_unit_test(test_raising_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
