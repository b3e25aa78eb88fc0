/* residency_fixture.h: a residency that is used as the runtime would, and one that looks at every
 * item. */
#ifndef FL_TESTS_RESIDENCY_FIXTURE_H
#define FL_TESTS_RESIDENCY_FIXTURE_H

#include "runtime/residency.h"

/* Made or the test fails. */
struct fl_residency *fixture_residency(enum fl_residency_policy policy, uint64_t budget_bytes,
                                       uint32_t items);

/* Describes a MEDIUM item without needs. */
void fixture_item(struct fl_residency *residency, uint32_t item, uint64_t bytes, double load_ms);

/* Uses the item; loads it where it is absent and fits. True when it was resident. */
bool fixture_use(struct fl_residency *residency, uint32_t item, uint64_t bytes, fl_time now);

/* --- the same policies by plain loops, written from their definitions --- */

enum { NAIVE_ITEMS = 64 };

struct naive {
    enum fl_residency_policy policy; /* lru, lfu or gdsf */
    uint64_t budget_bytes, resident_bytes, uses;
    double floors[4];
    struct naive_item {
        uint64_t bytes;
        double load_ms, value;
        int priority; /* 0 CORE … 3 LOW */
        uint64_t used, uses;
        uint32_t pins;
        bool resident;
        uint32_t needs[4], need_count;
    } items[NAIVE_ITEMS];
};

bool naive_may_leave(const struct naive *naive, uint32_t item);
bool naive_use(struct naive *naive, uint32_t item);
void naive_admit(struct naive *naive, uint32_t item);
void naive_leave(struct naive *naive, uint32_t item, bool evicted);
/* 0 and the victims, -FL_ELIMIT or -FL_EBUSY, as fl_residency_propose. */
int naive_propose(const struct naive *naive, uint64_t bytes, uint32_t victims[NAIVE_ITEMS],
                  uint32_t *ret_count);

#endif
