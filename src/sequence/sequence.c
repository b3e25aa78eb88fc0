/* sequence.c: learning a use; see sequence.h. Ranking is in sequence_rank.c. */
#include "sequence/sequence.h"

#include "sequence/sequence_core.h"

#include <stdlib.h>

enum { USERS_MOST = 1 << 24 };

/* How fast the depths of the recency list forget. */
static const float DEPTH_FADE = 0.995F, DEPTH_GAIN = 0.5F;

const struct fl_sequence_limits FL_SEQUENCE_LIMITS_DEFAULT = {
    .order = 4,
    .node_bits = 17,
    .own_bits = 10,
    .users = 16384,
    .streams = 16384,
    .own_bytes = 32 << 20,
};

static bool limits_hold(const struct fl_sequence_limits *limits)
{
    return limits->order >= 1 && limits->order <= FL_SEQUENCE_ORDER_MAX && limits->node_bits >= 2 &&
           limits->node_bits <= 24 && limits->own_bits >= 2 && limits->own_bits <= 24 &&
           limits->users >= 1 && limits->users <= USERS_MOST && limits->streams >= 1 &&
           limits->streams <= USERS_MOST;
}

struct fl_sequence *fl_sequence_create(const struct fl_sequence_limits *limits)
{
    if (!limits_hold(limits))
        return NULL;
    struct fl_sequence *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->limits = *limits;
    fl_context_tree_init(&s->tree, limits->node_bits);
    fl_lru_slots_init(&s->user_slots, limits->users);
    fl_lru_slots_init(&s->stream_slots, limits->streams);
    for (unsigned i = 0; i < FL_SEQUENCE_MIXTURES; i++)
        fl_mixture_init(&s->mixtures[i], FL_EXPERT_COUNT);
    for (unsigned depth = 0; depth < FL_RECENT_ITEMS; depth++)
        s->depth_hits[depth] = 1.0F / (float)(depth + 1);
    return s;
}

void fl_sequence_free(struct fl_sequence *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; s->users && i < s->user_slots.capacity; i++)
        fl_context_tree_destroy(&s->users[i].own);
    fl_context_tree_destroy(&s->tree);
    fl_frequency_destroy(&s->frequency);
    fl_lru_slots_destroy(&s->user_slots);
    fl_lru_slots_destroy(&s->stream_slots);
    free(s->users);
    free(s->streams);
    free(s->candidate_of);
    free(s);
}

/* --- users and streams --- */

static void forget_user(struct fl_sequence *s, struct fl_sequence_user *user)
{
    s->own_bytes -= fl_context_tree_bytes(&user->own);
    fl_context_tree_destroy(&user->own);
}

/* Records of `size` for `capacity` slots, the new ones zero. */
static bool grow_records(void **records, size_t size, uint32_t before, uint32_t capacity)
{
    if (capacity <= before)
        return true;
    char *grown = realloc(*records, size * capacity);
    if (!grown)
        return false;
    memset(grown + size * before, 0, size * (capacity - before));
    *records = grown;
    return true;
}

/* The slot of a key, with a record each; `*ret_fresh` tells that the record has to be begun. The
 * records grow before the slots do: they may be more, never fewer. */
static int take_slot(struct fl_lru_slots *slots, uint64_t key, void **records, size_t size,
                     uint32_t *ret_slot, bool *ret_fresh)
{
    *ret_fresh = false;
    *ret_slot = fl_lru_slots_find(slots, key);
    if (*ret_slot != FL_LRU_NONE) {
        fl_lru_slots_touch(slots, *ret_slot);
        return 0;
    }
    uint32_t before = slots->capacity, next = fl_lru_slots_next_capacity(slots);
    bool reused;
    if (!grow_records(records, size, before, next) || fl_lru_slots_reserve(slots))
        return -FL_ENOMEM;
    *ret_slot = fl_lru_slots_add(slots, key, &reused);
    *ret_fresh = true;
    return 0;
}

int fl_sequence_user_slot(struct fl_sequence *s, uint64_t key, uint32_t *ret_slot)
{
    bool fresh;
    void *records = s->users;
    int rc = take_slot(&s->user_slots, key, &records, sizeof *s->users, ret_slot, &fresh);
    s->users = records;
    if (rc || !fresh)
        return rc;
    struct fl_sequence_user *user = &s->users[*ret_slot];
    forget_user(s, user);
    *user = (struct fl_sequence_user){0};
    memset(user->recent, 0xFF, sizeof user->recent);
    fl_context_tree_init(&user->own, s->limits.own_bits);
    return 0;
}

int fl_sequence_stream_slot(struct fl_sequence *s, uint64_t key, uint32_t *ret_slot)
{
    bool fresh;
    void *records = s->streams;
    int rc = take_slot(&s->stream_slots, key, &records, sizeof *s->streams, ret_slot, &fresh);
    s->streams = records;
    if (rc || !fresh)
        return rc;
    struct fl_sequence_stream *stream = &s->streams[*ret_slot];
    *stream = (struct fl_sequence_stream){0};
    memset(stream->last, 0xFF, sizeof stream->last);
    stream->last[0] = FL_START_ITEM;
    return 0;
}

bool fl_sequence_last_stream(const struct fl_sequence *s, uint64_t user, uint64_t *ret_stream)
{
    uint32_t slot = fl_lru_slots_find(&s->user_slots, user);
    if (slot == FL_LRU_NONE)
        return false;
    *ret_stream = s->users[slot].last_stream;
    return true;
}

uint64_t fl_sequence_known(const struct fl_sequence *s, uint64_t user)
{
    uint32_t slot = fl_lru_slots_find(&s->user_slots, user);
    return slot == FL_LRU_NONE ? 0 : s->users[slot].uses;
}

bool fl_sequence_last_item(const struct fl_sequence *s, uint64_t stream, uint32_t *ret_item)
{
    uint32_t slot = fl_lru_slots_find(&s->stream_slots, stream);
    if (slot == FL_LRU_NONE || s->streams[slot].last[0] >= FL_START_ITEM)
        return false;
    *ret_item = s->streams[slot].last[0];
    return true;
}

/* --- the past of a place --- */

void fl_sequence_past_of(const struct fl_sequence *s, const struct fl_sequence_place *place,
                         struct fl_sequence_past *ret_past)
{
    memset(ret_past, 0xFF, sizeof *ret_past);
    ret_past->last[0] = FL_START_ITEM;
    ret_past->user = NULL;
    uint32_t user = fl_lru_slots_find(&s->user_slots, place->user);
    if (user != FL_LRU_NONE) {
        ret_past->user = &s->users[user];
        memcpy(ret_past->recent, s->users[user].recent, sizeof ret_past->recent);
    }
    uint32_t stream = fl_lru_slots_find(&s->stream_slots, place->stream);
    if (stream != FL_LRU_NONE)
        memcpy(ret_past->last, s->streams[stream].last, sizeof ret_past->last);
}

static void push_last(uint16_t last[FL_SEQUENCE_ORDER_MAX], uint16_t item)
{
    memmove(last + 1, last, (FL_SEQUENCE_ORDER_MAX - 1) * sizeof *last);
    last[0] = item;
}

/* To the front; what was there moves back as far as the place that became free. */
static void push_recent(uint16_t recent[FL_RECENT_ITEMS], uint16_t item)
{
    uint16_t carried = item;
    for (unsigned i = 0; i < FL_RECENT_ITEMS; i++) {
        uint16_t here = recent[i];
        recent[i] = carried;
        if (here == item || here == FL_CONTEXT_NONE)
            return;
        carried = here;
    }
}

void fl_sequence_past_push(struct fl_sequence_past *past, uint16_t item)
{
    push_last(past->last, item);
    push_recent(past->recent, item);
}

/* --- learning --- */

/* How many of the recent items that could come next were used after this one; FL_RECENT_ITEMS for
 * one that is not among them. */
static unsigned depth_of(const struct fl_sequence_view *view, uint16_t item)
{
    unsigned depth = 0;
    for (unsigned i = 0; i < FL_RECENT_ITEMS && view->recent[i] != FL_CONTEXT_NONE; i++) {
        if (view->recent[i] == item)
            return depth;
        depth += view->recent[i] != view->last;
    }
    return FL_RECENT_ITEMS;
}

/* What each expert gave to the item. */
static void score_item(const struct fl_sequence *s, const struct fl_sequence_view *view,
                       uint16_t item, float ret_given[FL_MIXTURE_EXPERTS])
{
    for (unsigned e = 0; e < FL_MIXTURE_EXPERTS; e++)
        ret_given[e] = 0;
    for (uint32_t t = 0; t < view->term_count; t++) {
        const struct fl_sequence_term *term = &view->terms[t];
        unsigned at = fl_context_place(term->node, item);
        if (at == FL_CONTEXT_SUCCESSORS)
            continue;
        float count = (float)term->node->count[at] - term->discount;
        ret_given[term->expert] += term->slow * count;
        ret_given[FL_EXPERT_SHORT] += term->brief * count;
        ret_given[FL_EXPERT_FAST] += term->fast * (float)term->node->fast[at];
    }
    float count = (float)fl_frequency_of(&s->frequency, item);
    ret_given[FL_EXPERT_SLOW] += view->frequency_slow * count;
    ret_given[FL_EXPERT_SHORT] += view->frequency_brief * count;
    ret_given[FL_EXPERT_FREQUENCY] += view->frequency_own * count;
    unsigned depth = depth_of(view, item);
    if (depth < FL_RECENT_ITEMS)
        ret_given[FL_EXPERT_RECENCY] = view->recent_scale * s->depth_hits[depth];
}

void fl_sequence_shares(const struct fl_sequence *s, uint32_t item,
                        float ret_shares[FL_EXPERT_COUNT])
{
    float given[FL_MIXTURE_EXPERTS] = {0};
    if (s->view.valid && item < FL_SEQUENCE_ITEMS_MAX)
        score_item(s, &s->view, (uint16_t)item, given);
    for (unsigned e = 0; e < FL_EXPERT_COUNT; e++)
        ret_shares[e] = given[e] * s->view.weights[e];
}

static void learn_depth(struct fl_sequence *s, const struct fl_sequence_view *view, uint16_t item)
{
    unsigned depth = depth_of(view, item);
    if (depth == FL_RECENT_ITEMS)
        return;
    for (unsigned d = 0; d < FL_RECENT_ITEMS; d++)
        s->depth_hits[d] *= DEPTH_FADE;
    s->depth_hits[depth] += DEPTH_GAIN;
}

/* Known contexts first: adding one may move them. What cannot be added for want of memory was not
 * there before either. */
static void learn_contexts(const struct fl_sequence_view *view, uint16_t item)
{
    for (uint32_t i = 0; i < view->slot_count; i++)
        if (view->slots[i].node)
            fl_context_node_learn(view->slots[i].node, item);
    for (uint32_t i = 0; i < view->slot_count; i++) {
        if (view->slots[i].node)
            continue;
        struct fl_context_node *node = fl_context_tree_add(view->slots[i].tree, view->slots[i].tag);
        if (node)
            fl_context_node_learn(node, item);
    }
}

void fl_sequence_keep_own_within_limit(struct fl_sequence *s)
{
    uint32_t slot = s->user_slots.oldest;
    while (s->own_bytes > s->limits.own_bytes && slot != FL_LRU_NONE &&
           slot != s->user_slots.newest) {
        forget_user(s, &s->users[slot]);
        slot = s->user_slots.newer[slot];
    }
}

static void learn_at(struct fl_sequence *s, struct fl_sequence_user *user,
                     struct fl_sequence_stream *stream, uint64_t stream_key, uint16_t item)
{
    const struct fl_sequence_view *view = &s->view;
    float given[FL_MIXTURE_EXPERTS];
    score_item(s, view, item, given);
    fl_mixture_learn(&s->mixtures[view->mixture], given, view->awake);
    learn_depth(s, view, item);
    size_t own_before = fl_context_tree_bytes(&user->own);
    learn_contexts(view, item);
    size_t own_after = fl_context_tree_bytes(&user->own);
    if (own_after != own_before) {
        s->own_bytes += own_after - own_before;
        fl_sequence_keep_own_within_limit(s);
    }
    fl_frequency_learn(&s->frequency, item);
    push_recent(user->recent, item);
    push_last(stream->last, item);
    user->uses++;
    user->last_stream = stream_key;
    s->uses++;
}

static bool view_is_of(const struct fl_sequence_view *view, const struct fl_sequence_place *place)
{
    return view->valid && view->place.user == place->user && view->place.stream == place->stream &&
           view->place.at_ms == place->at_ms;
}

bool fl_sequence_reserve_item(struct fl_sequence *s, uint16_t item)
{
    if (item < s->frequency.capacity)
        return true;
    uint32_t before = s->frequency.capacity, capacity = fl_frequency_next_capacity(item, before);
    uint8_t *candidate_of = realloc(s->candidate_of, capacity);
    if (!candidate_of)
        return false;
    memset(candidate_of + before, 0, capacity - before);
    s->candidate_of = candidate_of;
    return fl_frequency_reserve(&s->frequency, item);
}

int fl_sequence_learn(struct fl_sequence *s, const struct fl_sequence_place *place, uint32_t item)
{
    if (item >= FL_SEQUENCE_ITEMS_MAX)
        return -FL_ELIMIT;
    bool gathered = view_is_of(&s->view, place);
    s->view.valid = false;
    uint32_t user_slot, stream_slot;
    if (!fl_sequence_reserve_item(s, (uint16_t)item) ||
        fl_sequence_user_slot(s, place->user, &user_slot) ||
        fl_sequence_stream_slot(s, place->stream, &stream_slot))
        return -FL_ENOMEM;
    struct fl_sequence_user *user = &s->users[user_slot];
    struct fl_sequence_stream *stream = &s->streams[stream_slot];
    if (stream->last[0] == item) {
        user->last_stream = place->stream;
        return 0;
    }
    fl_sequence_settle(s, stream, (uint16_t)item);
    if (!gathered) {
        fl_sequence_past_of(s, place, &s->past);
        fl_sequence_gather(s, &s->past, place->at_ms, &s->view);
    }
    learn_at(s, user, stream, place->stream, (uint16_t)item);
    return 0;
}
