/* sequence_core.h: what the files of the sequence predictor share; see sequence.h. */
#ifndef FL_SEQUENCE_CORE_H
#define FL_SEQUENCE_CORE_H

#include "sequence/context_tree.h"
#include "sequence/frequency.h"
#include "sequence/lru_slots.h"
#include "sequence/mixture.h"
#include "sequence/reliability.h"
#include "sequence/sequence.h"

enum {
    FL_RECENT_ITEMS = 16,
    FL_WATCHED_ITEMS = 5,
    FL_START_ITEM = FL_CONTEXT_NONE - 1, /* stands before a stream's first item */
    FL_OWN_FROM_USES = 8,                /* a user has contexts of their own from then on */
    FL_SEQUENCE_SLOTS_MAX = 2 * (FL_SEQUENCE_ORDER_MAX + 1) + 3,
    FL_SEQUENCE_TERMS_MAX = FL_SEQUENCE_SLOTS_MAX + 1,
    /* One mixture for each longest known context, with and without the stream's beginning in it. */
    FL_SEQUENCE_MIXTURES = 2 * (FL_SEQUENCE_ORDER_MAX + 1),
    FL_CANDIDATES_MAX =
        FL_SEQUENCE_SLOTS_MAX * FL_CONTEXT_SUCCESSORS + FL_RECENT_ITEMS + FL_FREQUENCY_TOP,
};

/* A prediction whose window is still open. */
struct fl_watched {
    uint16_t item[FL_WATCHED_ITEMS];                       /* likeliest to be next first */
    uint8_t step;                                          /* the one to come, from 1; 0: none */
    uint8_t seen;                                          /* bit i: item i has come */
    float within[FL_SEQUENCE_STEPS_MAX][FL_WATCHED_ITEMS]; /* uncalibrated, of 1, 2, 3 steps */
    float sure;                                            /* calibrated: item[0] is the next */
};

struct fl_sequence_user {
    uint16_t recent[FL_RECENT_ITEMS]; /* distinct, last used first; filled from the front */
    uint32_t uses;
    uint64_t last_stream;
    struct fl_context_tree own;
};

struct fl_sequence_stream {
    uint16_t last[FL_SEQUENCE_ORDER_MAX]; /* latest first; FL_START_ITEM behind the first */
    uint8_t watched_next;                 /* where the next one goes */
    uint8_t reserved;                     /* no padding: streams are kept as they are */
    struct fl_watched watched[FL_SEQUENCE_STEPS_MAX];
};

/* The last items and the recent ones of a place, also of one that is only imagined. */
struct fl_sequence_past {
    uint16_t last[FL_SEQUENCE_ORDER_MAX];
    uint16_t recent[FL_RECENT_ITEMS];
    struct fl_sequence_user *user; /* or NULL */
};

/* A context at this place, known or not. */
struct fl_sequence_slot {
    struct fl_context_tree *tree;
    struct fl_context_node *node; /* or NULL */
    uint32_t tag;
};

/* What a node adds to an expert: slow · (count − discount); and, where it is one of everybody's
 * contexts (whose expert is SLOW), to SHORT and to FAST: fast · its fast count. */
struct fl_sequence_term {
    const struct fl_context_node *node;
    float slow, brief, fast;
    float discount;
    uint32_t expert;
};

/* All that is known about one place: gathered once, ranked and learned from. */
struct fl_sequence_view {
    struct fl_sequence_place place;
    bool valid;
    struct fl_sequence_slot slots[FL_SEQUENCE_SLOTS_MAX];
    struct fl_sequence_term terms[FL_SEQUENCE_TERMS_MAX];
    uint32_t slot_count, term_count;
    uint32_t awake; /* experts */
    uint32_t mixture;
    uint16_t last; /* not to be predicted */
    const uint16_t *recent;
    float recent_scale;
    float frequency_slow, frequency_brief, frequency_own; /* for each count of fl_frequency */
    float weights[FL_MIXTURE_EXPERTS];                    /* of those awake, sum 1 */
};

struct fl_sequence {
    struct fl_sequence_limits limits;
    struct fl_context_tree tree;
    struct fl_frequency frequency;
    struct fl_lru_slots user_slots, stream_slots;
    struct fl_sequence_user *users;
    struct fl_sequence_stream *streams;
    size_t own_bytes;
    struct fl_mixture mixtures[FL_SEQUENCE_MIXTURES];
    float depth_hits[FL_RECENT_ITEMS]; /* how often each depth of `recent` came true, faded */
    uint64_t uses;
    struct fl_reliability reliability[FL_SEQUENCE_STEPS_MAX]; /* within 1, 2, 3 steps */
    struct fl_outcomes outcomes;
    struct fl_sequence_past past; /* of the view */
    struct fl_sequence_view view;
    /* Scratch of a ranking: candidate number + 1 by item, all 0 between rankings. */
    uint8_t *candidate_of;
    uint16_t candidates[FL_CANDIDATES_MAX];
    float scores[FL_CANDIDATES_MAX];
};

_Static_assert(FL_CANDIDATES_MAX < 255, "candidate numbers fit a byte");
_Static_assert((int)FL_EXPERT_COUNT <= (int)FL_MIXTURE_EXPERTS,
               "there is a weight for each expert");

void fl_sequence_past_of(const struct fl_sequence *sequence, const struct fl_sequence_place *place,
                         struct fl_sequence_past *ret_past);
/* One use further. */
void fl_sequence_past_push(struct fl_sequence_past *past, uint16_t item);

/* Fills the view; `past` must live as long as it. */
void fl_sequence_gather(struct fl_sequence *sequence, const struct fl_sequence_past *past,
                        int64_t at_ms, struct fl_sequence_view *view);
size_t fl_sequence_rank_view(struct fl_sequence *sequence, const struct fl_sequence_view *view,
                             struct fl_sequence_guess *ret_guesses, size_t count);

/* The slots of a user and a stream, made where there are none. */
int fl_sequence_user_slot(struct fl_sequence *sequence, uint64_t user, uint32_t *ret_slot);
int fl_sequence_stream_slot(struct fl_sequence *sequence, uint64_t stream, uint32_t *ret_slot);

/* Room for the item in counts and scratch; false without memory. */
bool fl_sequence_reserve_item(struct fl_sequence *sequence, uint16_t item);

/* The own contexts of those who were away longest go first. */
void fl_sequence_keep_own_within_limit(struct fl_sequence *sequence);

/* An item was used in the stream: what was watched there grows older and is settled. */
void fl_sequence_settle(struct fl_sequence *sequence, struct fl_sequence_stream *stream,
                        uint16_t item);

#endif
