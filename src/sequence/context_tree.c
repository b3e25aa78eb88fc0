/* context_tree.c: see context_tree.h. */
#include "sequence/context_tree.h"

#include "base/err.h"

#include <stdlib.h>

enum { FIRST_BITS = 4, AGE_EVERY = 16, SPARSE = 16 };

void fl_context_tree_init(struct fl_context_tree *tree, uint32_t max_bits)
{
    *tree = (struct fl_context_tree){.max_bits = max_bits < 2 ? 2 : max_bits > 24 ? 24 : max_bits};
}

void fl_context_tree_destroy(struct fl_context_tree *tree)
{
    free(tree->memory);
    *tree = (struct fl_context_tree){.max_bits = tree->max_bits};
}

size_t fl_context_tree_bytes(const struct fl_context_tree *tree)
{
    return tree->nodes ? sizeof *tree->nodes << tree->bits : 0;
}

static struct fl_context_node *bucket_of(struct fl_context_node *nodes, uint32_t bits, uint32_t tag)
{
    uint32_t bucket = bits > 2 ? tag >> (32 - (bits - 2)) : 0;
    return nodes + (size_t)bucket * FL_CONTEXT_WAYS;
}

struct fl_context_node *fl_context_tree_find(const struct fl_context_tree *tree, uint32_t tag)
{
    if (!tree->nodes)
        return NULL;
    struct fl_context_node *node = bucket_of(tree->nodes, tree->bits, tag);
    for (unsigned way = 0; way < FL_CONTEXT_WAYS && node[way].tag; way++)
        if (node[way].tag == tag)
            return &node[way];
    return NULL;
}

static void clear(struct fl_context_node *node, uint32_t tag)
{
    memset(node, 0, sizeof *node);
    memset(node->item, 0xFF, sizeof node->item);
    node->tag = tag;
}

static void remove_place(struct fl_context_node *node, unsigned place, unsigned size)
{
    node->item[place] = node->item[size - 1];
    node->count[place] = node->count[size - 1];
    node->fast[place] = node->fast[size - 1];
    node->item[size - 1] = FL_CONTEXT_NONE;
    node->count[size - 1] = 0;
    node->fast[size - 1] = 0;
}

/* What followed once is forgotten. */
static void halve(struct fl_context_node *node)
{
    unsigned size = fl_context_size(node);
    for (unsigned i = size; i-- > 0;) {
        node->count[i] /= 2;
        if (!node->count[i])
            remove_place(node, i, size--);
    }
}

/* The first free line of the tag's bucket, or NULL. */
static struct fl_context_node *free_line(const struct fl_context_tree *tree, uint32_t tag)
{
    struct fl_context_node *bucket = bucket_of(tree->nodes, tree->bits, tag);
    for (unsigned way = 0; way < FL_CONTEXT_WAYS; way++)
        if (!bucket[way].tag)
            return &bucket[way];
    return NULL;
}

/* The line of least worth in the tag's bucket, after some ageing. */
static struct fl_context_node *evict(struct fl_context_tree *tree, uint32_t tag)
{
    struct fl_context_node *bucket = bucket_of(tree->nodes, tree->bits, tag);
    struct fl_context_node *least = bucket;
    for (unsigned way = 1; way < FL_CONTEXT_WAYS; way++)
        if (fl_context_total(&bucket[way]) < fl_context_total(least))
            least = &bucket[way];
    if (++tree->evictions % AGE_EVERY == 0)
        for (unsigned way = 0; way < FL_CONTEXT_WAYS; way++)
            halve(&bucket[way]);
    tree->count--;
    return least;
}

/* 1 << `bits` lines, more than there are; false where there is no memory. More buckets take what
 * was in one, so that none overflows. */
static bool grow_to(struct fl_context_tree *tree, uint32_t bits)
{
    void *memory = calloc(((size_t)1 << bits) + 1, sizeof *tree->nodes);
    if (!memory)
        return false;
    size_t past = (uintptr_t)memory % sizeof *tree->nodes; /* nodes begin at whole cache lines */
    struct fl_context_node *nodes = (void *)((char *)memory + (past ? sizeof *nodes - past : 0));
    for (size_t i = 0; tree->nodes && i < (size_t)1 << tree->bits; i++) {
        if (!tree->nodes[i].tag)
            continue;
        struct fl_context_node *to = bucket_of(nodes, bits, tree->nodes[i].tag);
        while (to->tag)
            to++;
        *to = tree->nodes[i];
    }
    free(tree->memory);
    tree->memory = memory;
    tree->nodes = nodes;
    tree->bits = bits;
    return true;
}

static bool grow(struct fl_context_tree *tree)
{
    uint32_t bits = tree->nodes ? tree->bits + 1 : FIRST_BITS;
    return grow_to(tree, bits < tree->max_bits ? bits : tree->max_bits);
}

/* A full bucket is reason enough, unless nearly all the others are empty. */
static bool may_grow(const struct fl_context_tree *tree)
{
    return tree->bits < tree->max_bits && tree->count >= (1U << tree->bits) / SPARSE;
}

struct fl_context_node *fl_context_tree_add(struct fl_context_tree *tree, uint32_t tag)
{
    struct fl_context_node *node = fl_context_tree_find(tree, tag);
    if (node)
        return node;
    if (!tree->nodes && !grow(tree))
        return NULL;
    node = free_line(tree, tag);
    while (!node && may_grow(tree) && grow(tree))
        node = free_line(tree, tag);
    if (!node)
        node = evict(tree, tag);
    clear(node, tag);
    tree->count++;
    return node;
}

/* Each lane loses a quarter, rounded up, so that it reaches 0. */
static void fade(uint8_t fast[FL_CONTEXT_SUCCESSORS])
{
    uint64_t low;
    uint32_t high;
    memcpy(&low, fast, sizeof low);
    memcpy(&high, fast + sizeof low, sizeof high);
    low -= ((low >> 2) & 0x3F3F3F3F3F3F3F3FU) + ((low | low >> 1) & 0x0101010101010101U);
    high -= ((high >> 2) & 0x3F3F3F3FU) + ((high | high >> 1) & 0x01010101U);
    memcpy(fast, &low, sizeof low);
    memcpy(fast + sizeof low, &high, sizeof high);
}

/* A place for a new successor; counts and what was seen lately decide who goes. */
static unsigned place_for(struct fl_context_node *node)
{
    unsigned size = fl_context_size(node);
    if (size < FL_CONTEXT_SUCCESSORS)
        return size;
    unsigned least = 0;
    uint32_t least_worth = UINT32_MAX;
    for (unsigned i = 0; i < FL_CONTEXT_SUCCESSORS; i++) {
        uint32_t value = 64U * node->count[i] + node->fast[i];
        if (value < least_worth) {
            least = i;
            least_worth = value;
        }
    }
    return least;
}

void fl_context_node_learn(struct fl_context_node *node, uint16_t item)
{
    fade(node->fast);
    unsigned place = fl_context_place(node, item);
    if (place == FL_CONTEXT_SUCCESSORS) {
        place = place_for(node);
        node->item[place] = item;
        node->count[place] = 0;
        node->fast[place] = 0;
    }
    node->fast[place] = (uint8_t)(node->fast[place] + FL_CONTEXT_FAST_GAIN);
    if (++node->count[place] > FL_CONTEXT_COUNT_MAX)
        halve(node);
}

static bool node_holds(const struct fl_context_node *node, uint32_t items)
{
    unsigned size = fl_context_size(node);
    for (unsigned i = 0; i < FL_CONTEXT_SUCCESSORS; i++) {
        bool filled = i < size;
        if (filled &&
            (node->item[i] >= items || !node->count[i] || node->count[i] > FL_CONTEXT_COUNT_MAX ||
             fl_context_place(node, node->item[i]) != i))
            return false;
        if (!filled && (node->item[i] != FL_CONTEXT_NONE || node->count[i] || node->fast[i]))
            return false;
    }
    return node->tag != 0;
}

int fl_context_tree_restore(struct fl_context_tree *tree, uint32_t bits,
                            const struct fl_context_node *nodes, size_t count, uint32_t items)
{
    if (bits > 24 || count > (size_t)1 << bits)
        return -FL_ECORRUPT;
    if (count && !grow_to(tree, bits < tree->max_bits ? bits : tree->max_bits))
        return -FL_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (!node_holds(&nodes[i], items) || fl_context_tree_find(tree, nodes[i].tag))
            return -FL_ECORRUPT;
        struct fl_context_node *node = fl_context_tree_add(tree, nodes[i].tag);
        if (!node)
            return -FL_ENOMEM;
        *node = nodes[i];
    }
    return 0;
}
