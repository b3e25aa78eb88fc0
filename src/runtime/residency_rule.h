/* residency_rule.h: what a resident item is worth by one rule, and what would have been paid by it.
 *
 *     LRU      the number of its last use
 *     LFU      its uses since it was admitted
 *     GDSF     L + uses since admitted · load time / bytes
 *     HISTORY  L + uses ever, fading · load time / bytes
 *
 * GreedyDual-Size-Frequency is Cherkasova's (HP Labs 1998, "Improving WWW Proxies Performance with
 * Greedy-Dual-Size-Frequency Caching Policy") with the measured load time as cost: L is the value
 * of what left last, so that all who stay grow old without being touched. Each priority has an L of
 * its own, as values of different priorities are never compared.
 *
 * A *shadow* lets a rule run on its own, over numbers only: it admits whatever is used, evicts by
 * the rule within the same budget, and adds up the load time that this would have cost. */
#ifndef FL_RUNTIME_RESIDENCY_RULE_H
#define FL_RUNTIME_RESIDENCY_RULE_H

#include "runtime/residency_order.h"

enum fl_residency_rule {
    FL_RULE_LRU,
    FL_RULE_LFU,
    FL_RULE_GDSF,
    FL_RULE_HISTORY,
};

/* How much of what was paid is remembered, use by use: some two thousand uses count. */
#define FL_SHADOW_FADES 0.9995

enum { FL_RESIDENCY_RANKS = 4, FL_RESIDENCY_HALF_LIFE_USES = 500 };

/* What is known of an item, whatever the rule. */
struct fl_residency_fact {
    uint64_t bytes;
    double load_ms;
    uint64_t last_use; /* number of the use; 0: never */
    double history;    /* uses, each halved every FL_RESIDENCY_HALF_LIFE_USES; as of last_use */
    uint32_t rank;     /* by priority: 0 leaves first; FL_RESIDENCY_RANKS - 1 never leaves */
};

/* Item numbers index `facts`, which the owner keeps. */
struct fl_residency_book {
    enum fl_residency_rule rule;
    const struct fl_residency_fact *facts;
    double *values;
    uint32_t *uses; /* since admitted */
    double floors[FL_RESIDENCY_RANKS];
    struct fl_residency_order shadow; /* all-zero: nothing runs on its own */
    uint64_t shadow_bytes;
    double paid_ms; /* by the shadow, fading */
    double last_ms; /* … for the last use */
};

/* -FL_ENOMEM. Destroying leaves it all-zero and accepts that. */
int fl_residency_book_init(struct fl_residency_book *book, enum fl_residency_rule rule,
                           const struct fl_residency_fact *facts, uint32_t items, bool with_shadow);
void fl_residency_book_destroy(struct fl_residency_book *book);

/* An item without a past: its number is used anew. Before its fact changes. */
void fl_residency_book_forget(struct fl_residency_book *book, uint32_t item);
/* Its fact says `bytes` from now on; before it does. */
void fl_residency_book_resize(struct fl_residency_book *book, uint32_t item, uint64_t bytes);

/* What happens to residents. The fact's last_use and history are those of the use already. */
void fl_residency_book_used(struct fl_residency_book *book, uint32_t item);
void fl_residency_book_admitted(struct fl_residency_book *book, uint32_t item, uint32_t uses);
/* It left to make room; what leaves for other reasons makes nothing older: fl_residency_book_gone.
 */
void fl_residency_book_left(struct fl_residency_book *book, uint32_t item);
void fl_residency_book_gone(struct fl_residency_book *book, uint32_t item);

/* The same for the shadow, which decides by itself. */
void fl_residency_shadow_used(struct fl_residency_book *book, uint32_t item, uint64_t budget_bytes);

/* What the item would be worth if use number `use` were one of it. */
double fl_residency_book_worth(const struct fl_residency_book *book, uint32_t item, uint64_t use);

#endif
