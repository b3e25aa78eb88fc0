/* sequence_rank.c: gathering what is known about a place, and ranking from it; see sequence.h.
 *
 * Every context of a place is at most one cache line (context_tree.h). Gathering finds them and
 * works out by how much each count in each counts: all experts but two are sums over nodes, so that
 * one pass over the lines scores the mixture. */
#include "sequence/sequence_core.h"

enum { SHORT_ORDER = 2 };

enum { HOURS = 24, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

/* What a context of each kind begins its hash with: far apart, as items and hours are small. */
static const uint64_t SEED_ORDER = 0x8E9C2B7A51D3F604U, SEED_HOUR = 0x3B64D1F09A72C85EU,
                      SEED_COMPANY = 0xC51A07E86F3D942BU;

/* DISCOUNT: taken from each count for what was not seen yet. FAST_CONFIDENT: how far a context that
 * was seen often is trusted by its latest successors. */
static const float DISCOUNT = 0.75F, FAST_CONFIDENT = 0.9F, FAST_CONFIDENT_FROM = 8;

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ (value + 1)) * 0x9E3779B97F4A7C15U;
    return hash ^ hash >> 32;
}

static uint32_t tag_of(uint64_t hash)
{
    uint32_t tag = (uint32_t)((hash * 0xD6E8FEB86659FD93U) >> 32);
    return tag ? tag : 1;
}

static void add_slot(struct fl_sequence_view *view, struct fl_context_tree *tree, uint32_t tag)
{
    struct fl_sequence_slot *slot = &view->slots[view->slot_count++];
    *slot = (struct fl_sequence_slot){tree, NULL, tag};
}

static void add_term(struct fl_sequence_view *view, struct fl_sequence_term term)
{
    view->terms[view->term_count++] = term;
    view->awake |= 1U << term.expert;
}

/* A node and its sums without the item that cannot come next. */
struct weighed {
    const struct fl_context_node *node;
    float total, fast;
    float kinds;
};

static bool weigh(const struct fl_sequence_view *view, const struct fl_context_node *node,
                  struct weighed *ret)
{
    if (!node)
        return false;
    uint32_t total = fl_context_total(node), fast = fl_context_fast_total(node);
    unsigned kinds = fl_context_size(node);
    unsigned at = fl_context_place(node, view->last);
    if (at < FL_CONTEXT_SUCCESSORS) {
        total -= node->count[at];
        fast -= node->fast[at];
        kinds--;
    }
    *ret = (struct weighed){node, (float)total, (float)fast, (float)kinds};
    return total > 0;
}

/* SLOW, SHORT and FAST: from the longest context to the shortest, which each leave a share to the
 * next. Order 0 is in fl_frequency, exactly, but for what came lately. */
static void add_orders(struct fl_sequence *s, struct fl_sequence_view *view, unsigned depth)
{
    float slow_left = 1, brief_left = 1, fast_left = 1;
    for (unsigned order = depth + 1; order-- > 0;) {
        struct weighed w;
        if (!weigh(view, view->slots[order].node, &w))
            continue;
        float sure = w.total < FAST_CONFIDENT_FROM ? w.total / (w.total + 1) : FAST_CONFIDENT;
        bool brief = order > 0 && order <= SHORT_ORDER;
        add_term(view, (struct fl_sequence_term){
                           .node = w.node,
                           .slow = order ? slow_left / w.total : 0,
                           .brief = brief ? brief_left / w.total : 0,
                           .fast = w.fast > 0 ? fast_left * sure / w.fast : 0,
                           .discount = DISCOUNT,
                           .expert = FL_EXPERT_SLOW,
                       });
        float left = DISCOUNT * w.kinds / w.total;
        slow_left *= order ? left : 1;
        brief_left *= brief ? left : 1;
        fast_left *= w.fast > 0 ? 1 - sure : 1;
    }
    float others = (float)(s->frequency.total - fl_frequency_of(&s->frequency, view->last));
    if (others > 0) {
        view->frequency_slow = slow_left / others;
        view->frequency_brief = brief_left / others;
        view->frequency_own = 1 / others;
        view->awake |= 1U << FL_EXPERT_SLOW | 1U << FL_EXPERT_SHORT | 1U << FL_EXPERT_FAST |
                       1U << FL_EXPERT_FREQUENCY;
    }
}

/* OWN, and FREQUENCY from the user's own counts. */
static void add_own(struct fl_sequence_view *view, unsigned first, unsigned depth)
{
    float left = 1;
    for (unsigned order = depth + 1; order-- > 0;) {
        struct weighed w;
        if (!weigh(view, view->slots[first + order].node, &w))
            continue;
        add_term(view, (struct fl_sequence_term){.node = w.node,
                                                 .slow = left / w.total,
                                                 .discount = DISCOUNT,
                                                 .expert = FL_EXPERT_OWN});
        left *= DISCOUNT * w.kinds / w.total;
        if (order)
            continue;
        add_term(view, (struct fl_sequence_term){
                           .node = w.node, .slow = 1 / w.total, .expert = FL_EXPERT_FREQUENCY});
        view->frequency_own = 0;
    }
}

/* An expert of one or two nodes, each trusted as far as it was seen. */
static void add_plain(struct fl_sequence_view *view, unsigned first, unsigned count,
                      enum fl_sequence_expert expert)
{
    struct weighed w[2];
    float total = 1;
    unsigned known = 0;
    for (unsigned i = 0; i < count; i++)
        if (weigh(view, view->slots[first + i].node, &w[known]))
            total += w[known++].total;
    for (unsigned i = 0; i < known; i++)
        add_term(view,
                 (struct fl_sequence_term){.node = w[i].node, .slow = 1 / total, .expert = expert});
}

static void add_recency(const struct fl_sequence *s, struct fl_sequence_view *view)
{
    float total = 0;
    for (unsigned i = 0, depth = 0; i < FL_RECENT_ITEMS && view->recent[i] != FL_CONTEXT_NONE; i++)
        if (view->recent[i] != view->last)
            total += s->depth_hits[depth++];
    if (!(total > 0))
        return;
    float all = 0;
    for (unsigned depth = 0; depth < FL_RECENT_ITEMS; depth++)
        all += s->depth_hits[depth];
    view->recent_scale = 1 / all;
    view->awake |= 1U << FL_EXPERT_RECENCY;
}

/* Where the slots of each kind begin. */
struct layout {
    unsigned depth; /* the longest context there can be */
    unsigned own, hour, company, company_count;
};

static void list_slots(struct fl_sequence *s, const struct fl_sequence_past *past, int64_t at_ms,
                       struct fl_sequence_view *view, struct layout *ret)
{
    uint32_t tags[FL_SEQUENCE_ORDER_MAX + 1];
    uint64_t hash = SEED_ORDER;
    unsigned depth = 0;
    tags[0] = tag_of(hash);
    while (depth < s->limits.order && past->last[depth] != FL_CONTEXT_NONE) {
        hash = mix(hash, past->last[depth]);
        tags[++depth] = tag_of(hash);
    }
    *ret = (struct layout){.depth = depth};
    for (unsigned order = 0; order <= depth; order++)
        add_slot(view, &s->tree, tags[order]);
    struct fl_context_tree *own = NULL;
    if (past->user && past->user->uses >= FL_OWN_FROM_USES)
        own = &past->user->own;
    ret->own = view->slot_count;
    for (unsigned order = 0; own && order <= depth; order++)
        add_slot(view, own, tags[order]);
    ret->hour = view->slot_count;
    if (at_ms != FL_SEQUENCE_NO_TIME) {
        int64_t in_day = at_ms % DAY_MS;
        uint64_t hour = (uint64_t)((in_day < 0 ? in_day + DAY_MS : in_day) / HOUR_MS);
        add_slot(view, own ? own : &s->tree, tag_of(mix(SEED_HOUR, hour)));
    }
    ret->company = view->slot_count;
    for (unsigned back = 1; back <= 2 && past->last[back] < FL_START_ITEM; back++)
        add_slot(view, &s->tree, tag_of(mix(SEED_COMPANY, past->last[back])));
    ret->company_count = view->slot_count - ret->company;
}

static void choose_weights(const struct fl_sequence *s, struct fl_sequence_view *view)
{
    const float *weight = s->mixtures[view->mixture].weight;
    float sum = 0;
    for (unsigned e = 0; e < FL_EXPERT_COUNT; e++)
        sum += view->awake >> e & 1 ? weight[e] : 0;
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        view->weights[e] = view->awake >> e & 1 ? weight[e] / sum : 0;
}

void fl_sequence_gather(struct fl_sequence *s, const struct fl_sequence_past *past, int64_t at_ms,
                        struct fl_sequence_view *view)
{
    struct layout at;
    view->slot_count = view->term_count = view->awake = 0;
    view->recent = past->recent;
    view->recent_scale = 0;
    view->frequency_slow = view->frequency_brief = view->frequency_own = 0;
    view->last = past->last[0];
    list_slots(s, past, at_ms, view, &at);
    for (uint32_t i = 0; i < view->slot_count; i++)
        view->slots[i].node = fl_context_tree_find(view->slots[i].tree, view->slots[i].tag);
    unsigned longest = at.depth;
    while (longest > 0 && !view->slots[longest].node)
        longest--;
    bool from_start = longest > 0 && past->last[longest - 1] == FL_START_ITEM;
    view->mixture = 2 * longest + from_start;
    add_orders(s, view, at.depth);
    if (at.hour > at.own)
        add_own(view, at.own, at.depth);
    add_plain(view, at.hour, at.company - at.hour, FL_EXPERT_HOUR);
    add_plain(view, at.company, at.company_count, FL_EXPERT_COMPANY);
    add_recency(s, view);
    choose_weights(s, view);
}

/* --- ranking --- */

static inline void add_score(struct fl_sequence *s, uint32_t *count, uint16_t item, float score)
{
    uint8_t at = s->candidate_of[item];
    if (at) {
        s->scores[at - 1] += score;
        return;
    }
    s->candidates[*count] = item;
    s->scores[*count] = score;
    s->candidate_of[item] = (uint8_t)++ * count;
}

static uint32_t score_all(struct fl_sequence *s, const struct fl_sequence_view *view)
{
    uint32_t count = 0;
    const float *weights = view->weights;
    for (uint32_t t = 0; t < view->term_count; t++) {
        const struct fl_sequence_term *term = &view->terms[t];
        const struct fl_context_node *node = term->node;
        float slow = term->slow * weights[term->expert] + term->brief * weights[FL_EXPERT_SHORT];
        float fast = term->fast * weights[FL_EXPERT_FAST];
        float minus = slow * term->discount;
        for (unsigned i = 0; i < FL_CONTEXT_SUCCESSORS && node->item[i] != FL_CONTEXT_NONE; i++)
            add_score(s, &count, node->item[i],
                      slow * (float)node->count[i] - minus + fast * (float)node->fast[i]);
    }
    float each = view->frequency_slow * weights[FL_EXPERT_SLOW] +
                 view->frequency_brief * weights[FL_EXPERT_SHORT] +
                 view->frequency_own * weights[FL_EXPERT_FREQUENCY];
    for (uint32_t i = 0; each > 0 && i < s->frequency.top_count; i++) {
        uint16_t item = s->frequency.top[i];
        add_score(s, &count, item, each * (float)s->frequency.count[item]);
    }
    float recency = view->recent_scale * weights[FL_EXPERT_RECENCY];
    for (unsigned i = 0, depth = 0;
         recency > 0 && i < FL_RECENT_ITEMS && view->recent[i] != FL_CONTEXT_NONE; i++)
        if (view->recent[i] != view->last)
            add_score(s, &count, view->recent[i], recency * s->depth_hits[depth++]);
    return count;
}

static bool is_before(const struct fl_sequence_guess *a, const struct fl_sequence_guess *b)
{
    return a->probability > b->probability ||
           (a->probability == b->probability && a->item < b->item);
}

/* Insertion into a short sorted list: most candidates fail its first comparison. */
static size_t pick_best(struct fl_sequence *s, uint32_t candidates, uint16_t last,
                        struct fl_sequence_guess *ret_guesses, size_t count)
{
    size_t found = 0;
    for (uint32_t c = 0; c < candidates; c++) {
        struct fl_sequence_guess guess = {s->candidates[c], s->scores[c]};
        s->candidate_of[guess.item] = 0;
        if (guess.item == last || (found == count && !is_before(&guess, &ret_guesses[count - 1])))
            continue;
        size_t at = found < count ? found++ : count - 1;
        while (at > 0 && is_before(&guess, &ret_guesses[at - 1])) {
            ret_guesses[at] = ret_guesses[at - 1];
            at--;
        }
        ret_guesses[at] = guess;
    }
    return found;
}

size_t fl_sequence_rank_view(struct fl_sequence *s, const struct fl_sequence_view *view,
                             struct fl_sequence_guess *ret_guesses, size_t count)
{
    uint32_t candidates = score_all(s, view);
    return pick_best(s, candidates, view->last, ret_guesses,
                     count < FL_SEQUENCE_RANK_MAX ? count : FL_SEQUENCE_RANK_MAX);
}

size_t fl_sequence_rank(struct fl_sequence *s, const struct fl_sequence_place *place,
                        struct fl_sequence_guess *ret_guesses, size_t count)
{
    if (!s->candidate_of || !count)
        return 0; /* nothing was ever learned */
    s->view.valid = false;
    fl_sequence_past_of(s, place, &s->past);
    fl_sequence_gather(s, &s->past, place->at_ms, &s->view);
    s->view.place = *place;
    s->view.valid = true;
    return fl_sequence_rank_view(s, &s->view, ret_guesses, count);
}
