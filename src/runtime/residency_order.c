/* residency_order.c: see residency_order.h. */
#include "runtime/residency_order.h"

#include "base/err.h"

#include <stdlib.h>

int fl_residency_order_init(struct fl_residency_order *order, uint32_t items)
{
    *order = (struct fl_residency_order){
        .nodes = calloc((size_t)items + 1, sizeof *order->nodes),
        .heap = calloc((size_t)items + 1, sizeof *order->heap),
        .items = items,
    };
    if (order->nodes && order->heap)
        return 0;
    fl_residency_order_destroy(order);
    return -FL_ENOMEM;
}

void fl_residency_order_destroy(struct fl_residency_order *order)
{
    free(order->nodes);
    free(order->heap);
    *order = (struct fl_residency_order){0};
}

static bool below(const struct fl_residency_value *a, uint32_t item_a,
                  const struct fl_residency_value *b, uint32_t item_b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    if (a->value < b->value || a->value > b->value)
        return a->value < b->value;
    return a->used != b->used ? a->used < b->used : item_a < item_b;
}

static bool leaves_before(const struct fl_residency_order *order, uint32_t a, uint32_t b)
{
    return below(&order->nodes[a].placed, a, &order->nodes[b].placed, b);
}

static void put(struct fl_residency_order *order, uint32_t place, uint32_t item)
{
    order->heap[place - 1] = item;
    order->nodes[item].place = place;
}

static void sift_up(struct fl_residency_order *order, uint32_t item)
{
    uint32_t place = order->nodes[item].place;
    while (place > 1 && leaves_before(order, item, order->heap[place / 2 - 1])) {
        put(order, place, order->heap[place / 2 - 1]);
        place /= 2;
    }
    put(order, place, item);
}

static void sift_down(struct fl_residency_order *order, uint32_t item)
{
    uint32_t place = order->nodes[item].place;
    for (;;) {
        uint32_t child = 2 * place;
        if (child > order->count)
            break;
        if (child < order->count &&
            leaves_before(order, order->heap[child], order->heap[child - 1]))
            child++;
        if (!leaves_before(order, order->heap[child - 1], item))
            break;
        put(order, place, order->heap[child - 1]);
        place = child;
    }
    put(order, place, item);
}

void fl_residency_order_insert(struct fl_residency_order *order, uint32_t item,
                               const struct fl_residency_value *value)
{
    struct fl_residency_node *node = &order->nodes[item];
    if (node->place) {
        fl_residency_order_change(order, item, value);
        return;
    }
    node->now = node->placed = *value;
    put(order, ++order->count, item);
    sift_up(order, item);
}

void fl_residency_order_remove(struct fl_residency_order *order, uint32_t item)
{
    struct fl_residency_node *node = &order->nodes[item];
    if (!node->place)
        return;
    uint32_t last = order->heap[--order->count];
    if (last != item) {
        put(order, node->place, last);
        sift_up(order, last);
        sift_down(order, last);
    }
    node->place = 0;
}

void fl_residency_order_change(struct fl_residency_order *order, uint32_t item,
                               const struct fl_residency_value *value)
{
    struct fl_residency_node *node = &order->nodes[item];
    node->now = *value;
    if (node->place && below(value, item, &node->placed, item)) {
        node->placed = *value;
        sift_up(order, item);
    }
}

uint32_t fl_residency_order_least(struct fl_residency_order *order)
{
    while (order->count) {
        uint32_t item = order->heap[0];
        struct fl_residency_node *node = &order->nodes[item];
        if (!below(&node->placed, item, &node->now, item))
            return item;
        node->placed = node->now;
        sift_down(order, item);
    }
    return FL_RESIDENCY_NONE;
}
