/* residency_order.h: who leaves first: items in order of their value, least first.
 *
 * A binary heap over dense item numbers. Values mostly rise (each use raises one), and only the
 * least matters, now and then: a raised item keeps its old place, where it stands too near to the
 * root, and is moved when it gets there. A use is O(1) that way; taking the least is O(log n)
 * amortised. Equal values leave in the order of their last use, then of their numbers, so that
 * nothing depends on the shape of the heap. Allocates at creation only. */
#ifndef FL_RUNTIME_RESIDENCY_ORDER_H
#define FL_RUNTIME_RESIDENCY_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define FL_RESIDENCY_NONE UINT32_MAX

/* What items are compared by. */
struct fl_residency_value {
    double value;
    uint64_t used; /* number of the last use */
    uint32_t rank; /* before all else: a higher rank leaves later */
};

struct fl_residency_node {
    struct fl_residency_value now;
    struct fl_residency_value placed; /* what its place in the heap is due to: never above `now` */
    uint32_t place;                   /* in the heap, from 1; 0: not in it */
};

struct fl_residency_order {
    struct fl_residency_node *nodes; /* [items] */
    uint32_t *heap;                  /* item numbers */
    uint32_t count, items;
};

/* -FL_ENOMEM. Destroying leaves it all-zero and accepts that. */
int fl_residency_order_init(struct fl_residency_order *order, uint32_t items);
void fl_residency_order_destroy(struct fl_residency_order *order);

static inline bool fl_residency_order_has(const struct fl_residency_order *order, uint32_t item)
{
    return order->nodes[item].place != 0;
}

/* Puts an item in, takes it out, or gives it another value; what is done already is nothing. */
void fl_residency_order_insert(struct fl_residency_order *order, uint32_t item,
                               const struct fl_residency_value *value);
void fl_residency_order_remove(struct fl_residency_order *order, uint32_t item);
void fl_residency_order_change(struct fl_residency_order *order, uint32_t item,
                               const struct fl_residency_value *value);

/* The one to leave first, which stays; FL_RESIDENCY_NONE when there is none. */
uint32_t fl_residency_order_least(struct fl_residency_order *order);

#endif
