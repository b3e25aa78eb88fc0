/* residency_gate.h: how much can be trusted in predictions of needs, and how much was wasted
 * lately.
 *
 * A prediction says "used within a few uses". What matters is "used before it leaves again", which
 * depends on how long unused items stay. So each prediction of an absent item is *watched*, whether
 * it is acted upon or not, until as many uses have passed as unused items stay; whether the item
 * came is counted in the bin of its probability. Foreloading can thus be judged before any byte is
 * loaded, and again after people have changed their ways: counts fade.
 *
 * Waste is bounded by an account. Each foreload may waste `waste_permille` of itself; expected and
 * real waste are drawn from it. Predictions that have proved sure by themselves need no account:
 * they fill it, and others may live on it, at a price for risk that rises while more is risked than
 * may be: the account is spent on what is likeliest. */
#ifndef FL_RUNTIME_RESIDENCY_GATE_H
#define FL_RUNTIME_RESIDENCY_GATE_H

#include "runtime/residency_rule.h"

enum { FL_GATE_BINS = 20, FL_GATE_WATCHED = 256 };

struct fl_gate_watch {
    uint32_t item;
    uint32_t bin;
    uint64_t use; /* number of the use after which it was predicted */
};

struct fl_gate {
    const struct fl_residency_fact *facts;
    double waste;                                  /* share that may be wasted */
    double seen[FL_GATE_BINS], came[FL_GATE_BINS]; /* fading */
    struct fl_gate_watch watched[FL_GATE_WATCHED]; /* a ring, oldest first */
    uint32_t first, count;
    struct fl_gate_watch *latest; /* [items]: watched last; no item, until then */
    double stay_uses;             /* how long an item stays unused at the end */
    double issued, wasted;        /* fading by uses */
    double price;                 /* of risk */
    double pending;               /* expected waste of what is neither used nor gone */
};

/* Nothing is known yet. -FL_ENOMEM. Destroying leaves it all-zero and accepts that. */
int fl_gate_init(struct fl_gate *gate, const struct fl_residency_fact *facts, uint32_t items,
                 double waste);
void fl_gate_destroy(struct fl_gate *gate);

/* A use has come: what was watched long enough is settled, and old waste fades. */
void fl_gate_used(struct fl_gate *gate, uint64_t use);

/* Somebody left who was not used for so many uses. */
void fl_gate_left(struct fl_gate *gate, uint64_t unused_for);

void fl_gate_watch(struct fl_gate *gate, uint32_t item, double probability, uint64_t use);

/* How probably an item predicted like this is used before it leaves. */
double fl_gate_trust(const struct fl_gate *gate, double probability);

/* Whether a foreload on that probability is worth its risk and the account allows it. `worth` is
 * what it saves beside an average load; counts with little evidence are read pessimistically. */
bool fl_gate_affords(const struct fl_gate *gate, double probability, double worth);

/* It was loaded; it was used, or left unused. `trust` is what it was loaded on. */
void fl_gate_issued(struct fl_gate *gate, double trust);
void fl_gate_settled(struct fl_gate *gate, double trust, bool useful);

#endif
