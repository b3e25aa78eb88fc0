/* test_lru_slots.c: the bounded map and the counts, against simple ones. */
#include "failing_alloc.h"
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CAPACITY = 40, KEYS = 100 };

static uint32_t take(struct fl_lru_slots *slots, uint64_t key, bool *ret_reused)
{
    *ret_reused = false;
    uint32_t slot = fl_lru_slots_find(slots, key);
    if (slot != FL_LRU_NONE) {
        fl_lru_slots_touch(slots, slot);
        return slot;
    }
    assert_int_equal(fl_lru_slots_reserve(slots), 0);
    return fl_lru_slots_add(slots, key, ret_reused);
}

/* The model: when each key was last used, or never. */
static void behaves_as_the_model(void **state)
{
    (void)state;
    struct fl_lru_slots slots;
    fl_lru_slots_init(&slots, CAPACITY);
    uint64_t seed = 1;
    unsigned last[KEYS] = {0}, present = 0;
    for (unsigned now = 1; now < 20000; now++) {
        uint64_t key = random_below(&seed, KEYS);
        bool reused, known = last[key] != 0;
        assert_int_equal(fl_lru_slots_find(&slots, key) != FL_LRU_NONE, known);
        uint32_t slot = take(&slots, key, &reused);
        assert_true(slot < CAPACITY);
        assert_int_equal(slots.keys[slot], key);
        assert_int_equal(reused, !known && present == CAPACITY);
        if (reused) {
            unsigned oldest = 0;
            for (unsigned k = 0; k < KEYS; k++)
                if (last[k] && (!last[oldest] || last[k] < last[oldest]))
                    oldest = k;
            last[oldest] = 0;
            assert_int_equal(fl_lru_slots_find(&slots, oldest), FL_LRU_NONE);
        } else {
            present += !known;
        }
        last[key] = now;
        assert_int_equal(slots.newest, slot);
        assert_int_equal(slots.count, present);
    }
    fl_lru_slots_destroy(&slots);
}

static void a_failed_growth_changes_nothing(void **state)
{
    (void)state;
    struct fl_lru_slots slots;
    fl_lru_slots_init(&slots, 1000);
    uint64_t key = 0;
    for (long n = 1; key < 200; n++) {
        fl_test_fail_alloc_at(n % 5 + 1);
        int rc = fl_lru_slots_reserve(&slots);
        fl_test_fail_alloc_at(0);
        bool reused;
        if (rc == 0)
            fl_lru_slots_add(&slots, key++, &reused);
        else
            assert_int_equal(rc, -FL_ENOMEM);
        for (uint64_t k = 0; k < key; k++)
            assert_int_equal(slots.keys[fl_lru_slots_find(&slots, k)], k);
    }
    fl_lru_slots_destroy(&slots);
}

/* The kept top is what sorting all counts would give. */
static void the_most_frequent_are_in_order(void **state)
{
    (void)state;
    struct fl_frequency frequency = {0};
    uint64_t seed = 2;
    for (unsigned i = 0; i < 60000; i++) {
        uint16_t item = (uint16_t)random_below(&seed, 1 + random_below(&seed, 90));
        assert_true(fl_frequency_reserve(&frequency, item));
        fl_frequency_learn(&frequency, item);
        if (i % 50)
            continue;
        uint64_t total = 0;
        uint32_t better = 0;
        uint32_t least = frequency.count[frequency.top[frequency.top_count - 1]];
        for (uint32_t k = 0; k < frequency.items; k++) {
            total += frequency.count[k];
            better += frequency.count[k] > least;
            assert_true(frequency.count[k] <= FL_FREQUENCY_COUNT_MAX);
        }
        assert_int_equal(total, frequency.total);
        assert_true(better < FL_FREQUENCY_TOP);
        for (uint32_t k = 1; k < frequency.top_count; k++)
            assert_true(frequency.count[frequency.top[k - 1]] >= frequency.count[frequency.top[k]]);
    }
    assert_int_equal(frequency.top_count, FL_FREQUENCY_TOP);
    fl_frequency_destroy(&frequency);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaves_as_the_model),
        cmocka_unit_test(a_failed_growth_changes_nothing),
        cmocka_unit_test(the_most_frequent_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
