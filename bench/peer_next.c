/* peer_next.c: see peer_next.h. */
#include "peer_next.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER = 3, RECENT = 16, HALVE_AT = 255, FIRST_SLOTS = 1024 };

#define START (UINT32_MAX - 1)
#define NONE  UINT32_MAX

/* What followed a context. */
struct followers {
    uint64_t context; /* its hash; 0: a free slot */
    uint32_t *items, *counts;
    uint32_t count, capacity;
};

struct history {
    uint32_t last[ORDER]; /* latest first */
    uint32_t recent[RECENT];
};

struct peer_next {
    enum peer_next_kind kind;
    uint32_t items;
    struct history *users;
    struct history everybody;
    struct followers *slots;
    uint32_t slot_count, used;
    double *scores;    /* by item, 0 between rankings */
    uint8_t *excluded; /* by item */
    uint32_t *touched;
    uint32_t touched_count;
};

static void *must(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

const char *peer_next_name(enum peer_next_kind kind)
{
    static const char *const names[PEER_NEXT_KINDS] = {"MRU", "MFU", "Markov", "PPM-3"};
    return names[kind];
}

struct peer_next *peer_next_create(enum peer_next_kind kind, uint32_t users, uint32_t items)
{
    struct peer_next *p = must(calloc(1, sizeof *p));
    p->kind = kind;
    p->items = items;
    p->users = must(malloc(users * sizeof *p->users));
    memset(p->users, 0xFF, users * sizeof *p->users);
    memset(&p->everybody, 0xFF, sizeof p->everybody);
    for (uint32_t u = 0; u < users; u++)
        p->users[u].last[0] = START;
    p->slot_count = FIRST_SLOTS;
    p->slots = must(calloc(p->slot_count, sizeof *p->slots));
    p->scores = must(calloc(items, sizeof *p->scores));
    p->excluded = must(calloc(items, 1));
    p->touched = must(malloc(items * sizeof *p->touched));
    return p;
}

void peer_next_free(struct peer_next *p)
{
    for (uint32_t i = 0; i < p->slot_count; i++) {
        free(p->slots[i].items);
        free(p->slots[i].counts);
    }
    free(p->slots);
    free(p->users);
    free(p->scores);
    free(p->excluded);
    free(p->touched);
    free(p);
}

/* --- contexts --- */

static uint64_t hash_of(const uint32_t *last, unsigned order)
{
    uint64_t hash = 0x8E9C2B7A51D3F604U;
    for (unsigned i = 0; i < order; i++) {
        hash = (hash ^ (last[i] + 1ULL)) * 0x9E3779B97F4A7C15U;
        hash ^= hash >> 32;
    }
    return hash | 1;
}

static struct followers *slot_of(struct followers *slots, uint32_t count, uint64_t context)
{
    uint32_t at = (uint32_t)(context * 0x9E3779B97F4A7C15U >> 32) & (count - 1);
    while (slots[at].context && slots[at].context != context)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static void grow(struct peer_next *p)
{
    struct followers *slots = must(calloc(p->slot_count * 2, sizeof *slots));
    for (uint32_t i = 0; i < p->slot_count; i++)
        if (p->slots[i].context)
            *slot_of(slots, p->slot_count * 2, p->slots[i].context) = p->slots[i];
    free(p->slots);
    p->slots = slots;
    p->slot_count *= 2;
}

static void count_one(struct peer_next *p, uint64_t context, uint32_t item)
{
    if (p->used * 2 >= p->slot_count)
        grow(p);
    struct followers *f = slot_of(p->slots, p->slot_count, context);
    p->used += !f->context;
    f->context = context;
    uint32_t at = 0;
    while (at < f->count && f->items[at] != item)
        at++;
    if (at == f->capacity) {
        f->capacity = f->capacity ? f->capacity * 2 : 4;
        f->items = must(realloc(f->items, f->capacity * sizeof *f->items));
        f->counts = must(realloc(f->counts, f->capacity * sizeof *f->counts));
    }
    if (at == f->count) {
        f->items[at] = item;
        f->counts[at] = 0;
        f->count++;
    }
    if (++f->counts[at] <= HALVE_AT || p->kind != PEER_PPM3)
        return;
    for (at = f->count; at-- > 0;)
        if (!(f->counts[at] /= 2)) {
            f->items[at] = f->items[--f->count];
            f->counts[at] = f->counts[f->count];
        }
}

/* --- ranking --- */

static void add(struct peer_next *p, uint32_t item, double score)
{
    if (p->scores[item] == 0)
        p->touched[p->touched_count++] = item;
    p->scores[item] += score;
}

/* The best of what was scored; leaves the scratch as it was. */
static size_t take_best(struct peer_next *p, uint32_t last, uint32_t *ret_items, size_t count)
{
    size_t found = 0;
    for (uint32_t t = 0; t < p->touched_count; t++) {
        uint32_t item = p->touched[t];
        double score = p->scores[item];
        if (item == last || (found == count && score <= p->scores[ret_items[count - 1]]))
            continue;
        size_t at = found < count ? found++ : count - 1;
        while (at > 0 && score > p->scores[ret_items[at - 1]]) {
            ret_items[at] = ret_items[at - 1];
            at--;
        }
        ret_items[at] = item;
    }
    for (uint32_t t = 0; t < p->touched_count; t++) {
        p->scores[p->touched[t]] = 0;
        p->excluded[p->touched[t]] = 0;
    }
    p->touched_count = 0;
    return found;
}

static void score_recent(struct peer_next *p, const struct history *history)
{
    for (unsigned i = 0; i < RECENT && history->recent[i] != NONE; i++)
        if (p->scores[history->recent[i]] == 0)
            add(p, history->recent[i], 1.0 / (1 + p->touched_count));
}

/* Everything that followed, weighed; a context's items always before those of the next. */
static void score_counts(struct peer_next *p, const uint32_t *last, unsigned order, double weight)
{
    const struct followers *f = slot_of(p->slots, p->slot_count, hash_of(last, order));
    for (uint32_t i = 0; i < f->count; i++)
        add(p, f->items[i], weight * f->counts[i]);
}

static void score_ppm(struct peer_next *p, const uint32_t *last)
{
    double left = 1;
    unsigned order = 0;
    while (order < ORDER && last[order] != NONE)
        order++;
    for (order++; order-- > 0;) {
        const struct followers *f = slot_of(p->slots, p->slot_count, hash_of(last, order));
        uint32_t total = 0, kinds = 0, before = p->touched_count;
        for (uint32_t i = 0; i < f->count; i++)
            if (!p->excluded[f->items[i]] && f->items[i] != last[0]) {
                total += f->counts[i];
                kinds++;
            }
        if (!kinds)
            continue;
        for (uint32_t i = 0; i < f->count; i++)
            if (!p->excluded[f->items[i]] && f->items[i] != last[0])
                add(p, f->items[i], left * f->counts[i] / (total + kinds));
        while (before < p->touched_count)
            p->excluded[p->touched[before++]] = 1;
        left *= (double)kinds / (total + kinds);
    }
}

size_t peer_next_rank(struct peer_next *p, uint32_t user, uint32_t *ret_items, size_t count)
{
    const struct history *history = &p->users[user];
    switch (p->kind) {
    case PEER_MRU:
        score_recent(p, history);
        score_recent(p, &p->everybody);
        break;
    case PEER_MARKOV:
        score_counts(p, history->last, 1, 1e9);
        score_counts(p, history->last, 0, 1);
        break;
    case PEER_PPM3: score_ppm(p, history->last); break;
    case PEER_MFU:
    case PEER_NEXT_KINDS: score_counts(p, history->last, 0, 1); break;
    }
    return take_best(p, history->last[0], ret_items, count);
}

static void push(struct history *history, uint32_t item)
{
    memmove(history->last + 1, history->last, (ORDER - 1) * sizeof *history->last);
    history->last[0] = item;
    unsigned at = 0;
    while (at < RECENT - 1 && history->recent[at] != item)
        at++;
    memmove(history->recent + 1, history->recent, at * sizeof *history->recent);
    history->recent[0] = item;
}

void peer_next_learn(struct peer_next *p, uint32_t user, uint32_t item)
{
    struct history *history = &p->users[user];
    unsigned orders = p->kind == PEER_PPM3 ? ORDER : p->kind == PEER_MARKOV ? 1 : 0;
    for (unsigned order = 0; p->kind != PEER_MRU && order <= orders; order++)
        if (!order || history->last[order - 1] != NONE)
            count_one(p, hash_of(history->last, order), item);
    push(history, item);
    push(&p->everybody, item);
}
