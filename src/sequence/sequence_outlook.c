/* sequence_outlook.c: several steps ahead, and what came of it; see sequence.h.
 *
 *   step 1    the ranking itself: p1(i)
 *   step 2    the 4 likeliest are taken to have come, one after another: p2(j) += p1(i) · p(j | i)
 *   step 3    the same behind the 4 likeliest pairs
 *
 * Within n steps: 1 − Π (1 − p_step), as if steps were independent. They are not, and the tree is
 * cut: the reliability of each window, learned from outcomes, puts that right. */
#include "sequence/sequence_core.h"

#include <math.h>

enum { BEAM = 4, BREADTH = 16, AHEAD_MAX = BREADTH * (1 + 2 * BEAM) };

struct ahead {
    uint16_t item;
    float at[FL_SEQUENCE_STEPS_MAX];
};

struct path {
    struct fl_sequence_past past;
    float probability;
};

struct expansion {
    struct ahead items[AHEAD_MAX];
    size_t count;
    struct path paths[BEAM], next[BEAM];
    size_t path_count, next_count;
    struct fl_sequence_view view;
};

static struct ahead *ahead_of(struct expansion *x, uint32_t item)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->items[i].item == item)
            return &x->items[i];
    x->items[x->count] = (struct ahead){.item = (uint16_t)item};
    return &x->items[x->count++];
}

/* Keeps the path if it is among the likeliest of its length. */
static void add_path(struct expansion *x, const struct path *from, uint32_t item, float probability)
{
    size_t at = x->next_count;
    while (at > 0 && probability > x->next[at - 1].probability)
        at--;
    if (at == BEAM)
        return;
    size_t last = x->next_count < BEAM ? x->next_count++ : BEAM - 1;
    for (size_t i = last; i > at; i--)
        x->next[i] = x->next[i - 1];
    x->next[at] = (struct path){from->past, probability};
    fl_sequence_past_push(&x->next[at].past, (uint16_t)item);
}

static void expand_step(struct fl_sequence *s, struct expansion *x, unsigned step, int64_t at_ms)
{
    struct fl_sequence_guess guesses[BREADTH];
    x->next_count = 0;
    for (size_t p = 0; p < x->path_count; p++) {
        fl_sequence_gather(s, &x->paths[p].past, at_ms, &x->view);
        size_t count = fl_sequence_rank_view(s, &x->view, guesses, BREADTH);
        for (size_t g = 0; g < count; g++) {
            float probability = guesses[g].probability * x->paths[p].probability;
            ahead_of(x, guesses[g].item)->at[step] += probability;
            add_path(x, &x->paths[p], guesses[g].item, probability);
        }
    }
    x->path_count = x->next_count;
    for (size_t p = 0; p < x->next_count; p++)
        x->paths[p] = x->next[p];
}

static void expand(struct fl_sequence *s, const struct fl_sequence_place *place, unsigned steps,
                   struct expansion *x)
{
    x->count = 0;
    x->path_count = 1;
    x->paths[0].probability = 1;
    fl_sequence_past_of(s, place, &x->paths[0].past);
    for (unsigned step = 0; step < steps; step++)
        expand_step(s, x, step, place->at_ms);
}

static float within(const struct ahead *item, unsigned steps)
{
    float not_used = 1;
    for (unsigned step = 0; step < steps; step++)
        not_used *= 1 - fminf(item->at[step], 1);
    return 1 - not_used;
}

static enum fl_sequence_expert loudest(const struct fl_sequence *s, uint32_t item)
{
    float shares[FL_EXPERT_COUNT];
    fl_sequence_shares(s, item, shares);
    shares[FL_EXPERT_SLOW] += shares[FL_EXPERT_SHORT] + shares[FL_EXPERT_FAST]; /* one signal */
    shares[FL_EXPERT_SHORT] = shares[FL_EXPERT_FAST] = 0;
    enum fl_sequence_expert best = FL_EXPERT_SLOW;
    for (unsigned e = 0; e < FL_EXPERT_COUNT; e++)
        if (shares[e] > shares[best])
            best = e;
    return best;
}

static void describe(const struct fl_sequence *s, const struct ahead *item, unsigned steps,
                     struct fl_sequence_outlook *ret)
{
    unsigned likeliest = 0;
    for (unsigned step = 1; step < steps; step++)
        if (item->at[step] > item->at[likeliest])
            likeliest = step;
    *ret = (struct fl_sequence_outlook){
        .item = item->item,
        .probability = fl_reliability_of(&s->reliability[steps - 1], within(item, steps)),
        .next = fl_reliability_of(&s->reliability[0], item->at[0]),
        .step = likeliest + 1,
        .expert = loudest(s, item->item),
    };
}

/* The likeliest within the window to the front, equal ones by number. */
static size_t sort_best(struct expansion *x, unsigned steps, size_t count)
{
    if (count > x->count)
        count = x->count;
    for (size_t i = 0; i < count; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < x->count; j++) {
            float a = within(&x->items[j], steps), b = within(&x->items[best], steps);
            if (a > b || (a == b && x->items[j].item < x->items[best].item))
                best = j;
        }
        struct ahead swapped = x->items[i];
        x->items[i] = x->items[best];
        x->items[best] = swapped;
    }
    return count;
}

size_t fl_sequence_look_ahead(struct fl_sequence *s, const struct fl_sequence_place *place,
                              unsigned steps, struct fl_sequence_outlook *ret_outlook, size_t count)
{
    struct fl_sequence_guess guess;
    if (!steps || steps > FL_SEQUENCE_STEPS_MAX || !fl_sequence_rank(s, place, &guess, 1))
        return 0;
    struct expansion x;
    expand(s, place, steps, &x);
    count = sort_best(&x, steps, count);
    for (size_t i = 0; i < count; i++)
        describe(s, &x.items[i], steps, &ret_outlook[i]);
    return count;
}

/* --- outcomes --- */

int fl_sequence_watch(struct fl_sequence *s, const struct fl_sequence_place *place)
{
    struct fl_sequence_guess guess;
    if (!fl_sequence_rank(s, place, &guess, 1))
        return 0;
    uint32_t slot;
    if (fl_sequence_stream_slot(s, place->stream, &slot))
        return -FL_ENOMEM;
    struct fl_sequence_stream *stream = &s->streams[slot];
    unsigned at = stream->watched_next;
    if (stream->watched[(at + FL_SEQUENCE_STEPS_MAX - 1) % FL_SEQUENCE_STEPS_MAX].step == 1)
        return 0; /* nothing came since */
    struct expansion x;
    expand(s, place, FL_SEQUENCE_STEPS_MAX, &x);
    size_t count = sort_best(&x, 1, FL_WATCHED_ITEMS);
    struct fl_watched *watched = &stream->watched[at];
    stream->watched_next = (uint8_t)((at + 1) % FL_SEQUENCE_STEPS_MAX);
    *watched = (struct fl_watched){.step = 1};
    for (size_t i = 0; i < FL_WATCHED_ITEMS; i++) {
        watched->item[i] = i < count ? x.items[i].item : FL_CONTEXT_NONE;
        for (unsigned step = 0; step < FL_SEQUENCE_STEPS_MAX && i < count; step++)
            watched->within[step][i] = within(&x.items[i], step + 1);
    }
    watched->sure = fl_reliability_of(&s->reliability[0], watched->within[0][0]);
    return 0;
}

static void settle_one(struct fl_sequence *s, struct fl_watched *watched, uint16_t item)
{
    unsigned rank = 0;
    for (unsigned i = 0; i < FL_WATCHED_ITEMS; i++)
        if (watched->item[i] == item) {
            rank = i + 1;
            watched->seen |= (uint8_t)(1U << i);
        }
    unsigned step = watched->step - 1U;
    for (unsigned i = 0; i < FL_WATCHED_ITEMS; i++)
        if (watched->item[i] != FL_CONTEXT_NONE)
            fl_reliability_learn(&s->reliability[step], watched->within[step][i],
                                 watched->seen >> i & 1);
    if (step == 0)
        fl_outcomes_add(&s->outcomes, rank, watched->sure);
    watched->step = (uint8_t)((watched->step + 1) % (FL_SEQUENCE_STEPS_MAX + 1));
}

void fl_sequence_settle(struct fl_sequence *s, struct fl_sequence_stream *stream, uint16_t item)
{
    for (unsigned i = 0; i < FL_SEQUENCE_STEPS_MAX; i++)
        if (stream->watched[i].step)
            settle_one(s, &stream->watched[i], item);
}

void fl_sequence_inspect(const struct fl_sequence *s, struct fl_sequence_state *ret)
{
    struct fl_outcomes_summary summary;
    fl_outcomes_sum_up(&s->outcomes, &summary);
    *ret = (struct fl_sequence_state){
        .uses = s->uses,
        .scored = s->outcomes.scored,
        .hit1 = summary.hit1,
        .hit3 = summary.hit3,
        .hit5 = summary.hit5,
        .mrr = summary.mrr,
        .brier = summary.brier,
        .ece = summary.ece,
        .users = s->user_slots.count,
        .streams = s->stream_slots.count,
        .items = s->frequency.items,
        .nodes = s->tree.count,
        .own_bytes = s->own_bytes,
        .limits = s->limits,
    };
    ret->bytes = sizeof *s + fl_context_tree_bytes(&s->tree) + s->own_bytes +
                 s->frequency.capacity * (sizeof *s->frequency.count + 1) +
                 fl_lru_slots_bytes(&s->user_slots) + fl_lru_slots_bytes(&s->stream_slots) +
                 s->user_slots.capacity * sizeof *s->users +
                 s->stream_slots.capacity * sizeof *s->streams;
}
