/* context_tree.h: what followed each context, in one bounded table of cache lines.
 *
 * A context is known by a 32-bit tag (a hash of the items before, made by the caller); its node is
 * one line of 64 bytes with the successors worth most:
 *
 *     item[12] │ count[12] │ fast[12] │ tag
 *
 * `count` is how often the item followed, halved for the whole node when one passes
 * FL_CONTEXT_COUNT_MAX; `fast` forgets: it loses a quarter whenever the context is seen, so that a
 * habit that changed shows after two or three times. A successor that is new to a full node takes
 * the place of the one worth least.
 *
 * The table is set-associative: the tag's upper bits choose four lines. When they are full it
 * doubles as long as it may; then a new context takes the line worth least among its four, and
 * every sixteenth time what the others know is halved, so that nothing stays for what it was worth
 * long ago.
 *
 * Two contexts with one tag share a node: with 100,000 of them that is about one pair. */
#ifndef FL_SEQUENCE_CONTEXT_TREE_H
#define FL_SEQUENCE_CONTEXT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    FL_CONTEXT_SUCCESSORS = 12,
    FL_CONTEXT_WAYS = 4,
    FL_CONTEXT_COUNT_MAX = 255,
    FL_CONTEXT_FAST_GAIN = 63,
};

#define FL_CONTEXT_NONE UINT16_MAX /* no item; filled places come first */

struct fl_context_node {
    _Alignas(64) uint16_t item[FL_CONTEXT_SUCCESSORS];
    uint16_t count[FL_CONTEXT_SUCCESSORS];
    uint8_t fast[FL_CONTEXT_SUCCESSORS];
    uint32_t tag; /* 0: the line is free */
};

_Static_assert(sizeof(struct fl_context_node) == 64, "a node is one cache line");

struct fl_context_tree {
    struct fl_context_node *nodes; /* [1 << bits], aligned, in: */
    void *memory;
    uint32_t bits;
    uint32_t max_bits;
    uint32_t count;
    uint32_t evictions;
};

/* An empty tree of at most 1 << `max_bits` nodes (2–24). Nothing is allocated before the first
 * context. Destroying accepts an all-zero tree. */
void fl_context_tree_init(struct fl_context_tree *tree, uint32_t max_bits);
void fl_context_tree_destroy(struct fl_context_tree *tree);
size_t fl_context_tree_bytes(const struct fl_context_tree *tree);

/* The node of the tag (not 0), or NULL. Nodes move when one is added. */
struct fl_context_node *fl_context_tree_find(const struct fl_context_tree *tree, uint32_t tag);

/* The same, made empty where there was none. NULL only when there is no memory for a first table;
 * one that cannot grow evicts. */
struct fl_context_node *fl_context_tree_add(struct fl_context_tree *tree, uint32_t tag);

/* The context was followed by the item. */
void fl_context_node_learn(struct fl_context_node *node, uint16_t item);

/* Fills an empty tree with nodes as they lay in one of 1 << `bits` lines, so that it goes on as
 * that one would have; in a smaller tree the last ones push out others. Every node is checked:
 * items are below `items`, places filled from the front, counts within their bounds, tags
 * different. -FL_ECORRUPT, -FL_ENOMEM. */
int fl_context_tree_restore(struct fl_context_tree *tree, uint32_t bits,
                            const struct fl_context_node *nodes, size_t count, uint32_t items);

/* --- reading a node: four 16-bit lanes at a time in ordinary registers --- */

static inline uint64_t fl_context_lanes(const uint16_t *values, unsigned group)
{
    uint64_t lanes;
    memcpy(&lanes, values + (size_t)4 * group, sizeof lanes);
    return lanes;
}

/* The place of the item, or FL_CONTEXT_SUCCESSORS. */
static inline unsigned fl_context_place(const struct fl_context_node *node, uint16_t item)
{
    const uint64_t ones = 0x0001000100010001U, tops = 0x8000800080008000U;
    for (unsigned group = 0; group < FL_CONTEXT_SUCCESSORS / 4; group++) {
        uint64_t differ = fl_context_lanes(node->item, group) ^ (ones * item);
        uint64_t zero = (differ - ones) & ~differ & tops; /* its lowest bit is exact */
        if (zero)
            return 4 * group + (unsigned)__builtin_ctzll(zero) / 16;
    }
    return FL_CONTEXT_SUCCESSORS;
}

/* How many successors it has. */
static inline unsigned fl_context_size(const struct fl_context_node *node)
{
    return fl_context_place(node, FL_CONTEXT_NONE);
}

/* The sum of the counts; at most 12 · 255, so that no lane overflows. */
static inline uint32_t fl_context_total(const struct fl_context_node *node)
{
    uint64_t sum = fl_context_lanes(node->count, 0) + fl_context_lanes(node->count, 1) +
                   fl_context_lanes(node->count, 2);
    return (uint32_t)((sum * 0x0001000100010001U) >> 48);
}

static inline uint32_t fl_context_fast_total(const struct fl_context_node *node)
{
    const uint64_t even = 0x00FF00FF00FF00FFU;
    uint64_t low;
    uint32_t high;
    memcpy(&low, node->fast, sizeof low);
    memcpy(&high, node->fast + sizeof low, sizeof high);
    uint64_t sum = (low & even) + ((low >> 8) & even) + (high & even) + ((high >> 8) & even);
    return (uint32_t)((sum * 0x0001000100010001U) >> 48);
}

#endif
