/* residency.h: who stays in memory, who leaves, and who is worth loading ahead of need.
 *
 * Pure: it keeps numbers, proposes, and is told what was done. It starts and stops nothing, knows
 * no time but what it is given, and allocates only when it is made and when items are described.
 * The owner follows this order for a use:
 *
 *     fl_residency_use        always first; says whether the item was resident
 *     fl_residency_propose    when it was not: who must leave for its bytes
 *     fl_residency_leave      for each, once its memory is back
 *     fl_residency_admit      once it is loaded
 *
 * and between uses, for each item that may be needed next:
 *
 *     fl_residency_expect     how probable that is
 *     fl_residency_foreload   whether loading it now pays, and who would have to leave
 *
 * Who may leave: residents that are not CORE, not pinned, and that no resident depends on. LOW
 * leaves before MEDIUM before HIGH; within a priority the policy decides (residency_rule.h has the
 * rules):
 *
 *     lru, lfu, gdsf  one rule
 *     hybrid          the rule, of gdsf, history and lru, whose shadow paid least load time lately;
 *                     gdsf until another one did clearly better
 *     prediction      hybrid; what is expected soon leaves after what is not
 *
 * Items are numbers below a capacity given at creation. Not thread-safe. */
#ifndef FL_RUNTIME_RESIDENCY_H
#define FL_RUNTIME_RESIDENCY_H

#include "base/clock.h"
#include "catalog/catalog.h"

#include <stddef.h>

enum fl_residency_policy {
    FL_RESIDENCY_LRU,
    FL_RESIDENCY_LFU,
    FL_RESIDENCY_GDSF,
    FL_RESIDENCY_HYBRID,
    FL_RESIDENCY_PREDICTION,
    FL_RESIDENCY_POLICY_COUNT,
};

extern const char *const fl_residency_policy_names[FL_RESIDENCY_POLICY_COUNT];

#define FL_RESIDENCY_MAX_BYTES (UINT64_C(1) << 60)
enum {
    FL_RESIDENCY_MAX_ITEMS = 1 << 20,
    FL_RESIDENCY_MAX_NEEDS = 256, /* direct dependencies of an item */
    FL_RESIDENCY_MAX_EXPECTED = 64,
};

struct fl_residency_options {
    enum fl_residency_policy policy;
    uint64_t budget_bytes;
    uint32_t items;          /* numbers are below this */
    uint32_t waste_permille; /* of foreloads; 0: FL_RESIDENCY_WASTE_PERMILLE */
};

/* What may be wasted of all foreloads, in the long run. */
enum { FL_RESIDENCY_WASTE_PERMILLE = 70 };

struct fl_residency_item {
    uint64_t bytes;
    double load_ms; /* what loading it again costs, as measured */
    enum fl_priority priority;
    const uint32_t *needs; /* items that must be resident while this one is; copied */
    uint32_t need_count;
};

struct fl_residency_counts {
    uint64_t hits, misses; /* uses of what was resident, and was not */
    uint64_t issued;       /* foreloads */
    uint64_t useful;       /* … whose item was used before it left */
    uint64_t wasted;       /* … whose item left unused */
    double wasted_byte_seconds;
};

struct fl_residency;

/* -FL_EINVAL for options outside the limits, -FL_ENOMEM. Free accepts NULL. */
int fl_residency_create(const struct fl_residency_options *options,
                        struct fl_residency **ret_residency);
void fl_residency_free(struct fl_residency *residency);

/* Says what an item is, at first and whenever it was measured anew. Its bytes may then exceed the
 * budget together with the others: fl_residency_propose for 0 bytes tells who makes up for it. What
 * it is worth changes with its next use, its needs only while it is not resident. -FL_EINVAL for
 * figures outside the limits, an item that needs itself or an unknown one, and needs that change
 * too late; -FL_ENOMEM. Changes nothing on failure. */
int fl_residency_describe(struct fl_residency *residency, uint32_t item,
                          const struct fl_residency_item *what);
/* The number may mean something else from now on. -FL_EBUSY while resident or pinned. */
int fl_residency_forget(struct fl_residency *residency, uint32_t item);

/* -FL_EINVAL past FL_RESIDENCY_MAX_BYTES. Less than what is resident is no error. */
int fl_residency_set_budget(struct fl_residency *residency, uint64_t bytes);

uint64_t fl_residency_bytes(const struct fl_residency *residency); /* resident */
bool fl_residency_has(const struct fl_residency *residency, uint32_t item);
bool fl_residency_was_used(const struct fl_residency *residency, uint32_t item); /* ever */

/* The item is used now; true when it is resident. */
bool fl_residency_use(struct fl_residency *residency, uint32_t item, fl_time now);

/* Pins nest. A pinned item need not be resident yet. */
void fl_residency_pin(struct fl_residency *residency, uint32_t item);
void fl_residency_unpin(struct fl_residency *residency, uint32_t item);

/* Who leaves so that `bytes` more fit into the budget, dependants before what they need; nobody
 * when they fit already. Nothing changes until fl_residency_leave. The list is the residency's,
 * until the next call. -FL_ELIMIT when they could not fit into the whole budget, -FL_EBUSY when too
 * much of it may not leave now. */
int fl_residency_propose(struct fl_residency *residency, uint64_t bytes,
                         const uint32_t **ret_victims, uint32_t *ret_count);

enum fl_residency_cause { FL_RESIDENCY_DEMANDED, FL_RESIDENCY_FORELOADED };

/* It is in memory from now on. What it needs counts as depended on, resident or not. */
void fl_residency_admit(struct fl_residency *residency, uint32_t item,
                        enum fl_residency_cause cause, fl_time now);

enum fl_residency_leaving {
    FL_RESIDENCY_EVICTED, /* for room: the others have grown older by it */
    FL_RESIDENCY_UNLOADED /* for any other reason */
};
void fl_residency_leave(struct fl_residency *residency, uint32_t item,
                        enum fl_residency_leaving leaving, fl_time now);

/* Calibrated probability that the item is used within the next few uses; every use makes all
 * expectations void. At most FL_RESIDENCY_MAX_EXPECTED are kept, the first ones told. */
void fl_residency_expect(struct fl_residency *residency, uint32_t item, double probability);

/* Whether loading an expected item now is worth it: the load time that it saves, by how probably it
 * is used before it would leave again, against that of those who would leave for it; and against
 * what may be wasted. True with who leaves, as from fl_residency_propose. Whoever foreloads admits
 * it as FL_RESIDENCY_FORELOADED; learning from what came of it needs no further call. */
bool fl_residency_foreload(struct fl_residency *residency, uint32_t item,
                           const uint32_t **ret_victims, uint32_t *ret_count);

/* Since creation or the last reset. After a reset foreloads from before it count nowhere. */
void fl_residency_counts(const struct fl_residency *residency,
                         struct fl_residency_counts *ret_counts);
void fl_residency_reset_counts(struct fl_residency *residency);

#endif
