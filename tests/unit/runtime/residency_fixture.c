/* residency_fixture.c: see residency_fixture.h. */
#include "residency_fixture.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct fl_residency *fixture_residency(enum fl_residency_policy policy, uint64_t budget_bytes,
                                       uint32_t items)
{
    const struct fl_residency_options options = {
        .policy = policy, .budget_bytes = budget_bytes, .items = items};
    struct fl_residency *residency = NULL;
    assert_int_equal(fl_residency_create(&options, &residency), 0);
    return residency;
}

void fixture_item(struct fl_residency *residency, uint32_t item, uint64_t bytes, double load_ms)
{
    const struct fl_residency_item what = {
        .bytes = bytes, .load_ms = load_ms, .priority = FL_PRIORITY_MEDIUM};
    assert_int_equal(fl_residency_describe(residency, item, &what), 0);
}

bool fixture_use(struct fl_residency *residency, uint32_t item, uint64_t bytes, fl_time now)
{
    if (fl_residency_use(residency, item, now))
        return true;
    const uint32_t *victims;
    uint32_t count;
    if (fl_residency_propose(residency, bytes, &victims, &count))
        return false;
    for (uint32_t v = 0; v < count; v++)
        fl_residency_leave(residency, victims[v], FL_RESIDENCY_EVICTED, now);
    fl_residency_admit(residency, item, FL_RESIDENCY_DEMANDED, now);
    return false;
}

/* --- by plain loops --- */

static bool is_needed(const struct naive *naive, uint32_t item)
{
    for (uint32_t i = 0; i < NAIVE_ITEMS; i++)
        for (uint32_t n = 0; naive->items[i].resident && n < naive->items[i].need_count; n++)
            if (naive->items[i].needs[n] == item)
                return true;
    return false;
}

bool naive_may_leave(const struct naive *naive, uint32_t item)
{
    const struct naive_item *it = &naive->items[item];
    return it->resident && it->priority != 0 && !it->pins && !is_needed(naive, item);
}

static void evaluate(struct naive *naive, struct naive_item *it)
{
    switch (naive->policy) {
    case FL_RESIDENCY_LRU: it->value = (double)it->used; break;
    case FL_RESIDENCY_LFU: it->value = (double)it->uses; break;
    default:
        it->value =
            naive->floors[it->priority] + (double)it->uses * it->load_ms / (double)it->bytes;
    }
}

bool naive_use(struct naive *naive, uint32_t item)
{
    struct naive_item *it = &naive->items[item];
    it->used = ++naive->uses;
    if (!it->resident)
        return false;
    it->uses++;
    evaluate(naive, it);
    return true;
}

void naive_admit(struct naive *naive, uint32_t item)
{
    struct naive_item *it = &naive->items[item];
    it->resident = true;
    naive->resident_bytes += it->bytes;
    it->uses = 1;
    evaluate(naive, it);
}

void naive_leave(struct naive *naive, uint32_t item, bool evicted)
{
    struct naive_item *it = &naive->items[item];
    it->resident = false;
    naive->resident_bytes -= it->bytes;
    if (evicted && it->value > naive->floors[it->priority])
        naive->floors[it->priority] = it->value;
}

static bool leaves_before(const struct naive_item *a, const struct naive_item *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority;
    if (a->value != b->value)
        return a->value < b->value;
    return a->used < b->used; /* no two have the same, but those never used, which are in order */
}

int naive_propose(const struct naive *naive, uint64_t bytes, uint32_t victims[NAIVE_ITEMS],
                  uint32_t *ret_count)
{
    struct naive after = *naive;
    *ret_count = 0;
    if (bytes > naive->budget_bytes)
        return -FL_ELIMIT;
    while (after.resident_bytes + bytes > naive->budget_bytes) {
        uint32_t first = NAIVE_ITEMS;
        for (uint32_t i = 0; i < NAIVE_ITEMS; i++)
            if (naive_may_leave(&after, i) &&
                (first == NAIVE_ITEMS || leaves_before(&after.items[i], &after.items[first])))
                first = i;
        if (first == NAIVE_ITEMS)
            return -FL_EBUSY;
        after.items[first].resident = false;
        after.resident_bytes -= after.items[first].bytes;
        victims[(*ret_count)++] = first;
    }
    return 0;
}
