/* sequence.h: what is used next, learned one use at a time.
 *
 * Users, streams (a user's threads of work: sessions) and items are numbers. Eight experts say what
 * comes next, and a mixture that learns from every use weighs them:
 *
 *     SLOW       contexts of everybody, orders max … 1, each giving up a discounted share to the
 * next shorter one and the shortest to overall frequency (interpolated absolute discounting: Ney,
 * Essen and Kneser 1994); the beginning of a stream is a symbol of its own SHORT      SLOW from
 * order 2 on: right where longer contexts mean nothing FAST       the same contexts by what
 * followed them lately OWN        SLOW over this user's own contexts, once there are some RECENCY
 * the user's last 16 items, by how often each depth of that list came true FREQUENCY  the user's,
 * or everybody's, most used HOUR       what is used at this hour of the day (UTC) COMPANY    what
 * came later in streams that had the items before the last
 *
 * A stream that repeats its item is not heard twice, and the item just used is never predicted.
 * Everything is bounded (fl_sequence_limits): nodes and streams worth least give way. The same
 * calls in the same order give the same answers, bit for bit. Not thread-safe: one call at a time.
 */
#ifndef FL_SEQUENCE_H
#define FL_SEQUENCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fl_model_file;
struct fl_model_writer;

enum {
    FL_SEQUENCE_ORDER_MAX = 5,
    FL_SEQUENCE_STEPS_MAX = 3,
    FL_SEQUENCE_RANK_MAX = 64,
    FL_SEQUENCE_ITEMS_MAX = 65000,
};

#define FL_SEQUENCE_NO_TIME INT64_MIN /* the hour is not known */

enum fl_sequence_expert {
    FL_EXPERT_SLOW,
    FL_EXPERT_SHORT,
    FL_EXPERT_FAST,
    FL_EXPERT_OWN,
    FL_EXPERT_RECENCY,
    FL_EXPERT_FREQUENCY,
    FL_EXPERT_HOUR,
    FL_EXPERT_COMPANY,
    FL_EXPERT_COUNT,
};

struct fl_sequence_limits {
    uint32_t order;     /* 1–5: how many items back contexts go */
    uint32_t node_bits; /* 2^n context nodes of 64 bytes for everybody together */
    uint32_t own_bits;  /* 2^n for one user */
    uint32_t users;     /* remembered */
    uint32_t streams;   /* remembered */
    size_t own_bytes;   /* of all users' own nodes together */
};

/* Order 4, 2^17 nodes (8 MiB), 2^10 a user (64 KiB), 16,384 users and streams, 32 MiB. */
extern const struct fl_sequence_limits FL_SEQUENCE_LIMITS_DEFAULT;

/* Where in whose stream. */
struct fl_sequence_place {
    uint64_t user;
    uint64_t stream; /* unique among all users' streams */
    int64_t at_ms;   /* since 1970, or FL_SEQUENCE_NO_TIME */
};

struct fl_sequence_guess {
    uint32_t item;
    float probability; /* of being the next; uncalibrated */
};

struct fl_sequence;

/* NULL when out of memory or for limits that are none. Free accepts NULL. */
struct fl_sequence *fl_sequence_create(const struct fl_sequence_limits *limits);
void fl_sequence_free(struct fl_sequence *sequence);

/* The `count` (≤ FL_SEQUENCE_RANK_MAX) likeliest next items, likeliest first, equal ones by number.
 * Returns how many; a place that was never seen is ranked by what everybody does. Changes nothing
 * but scratch, which makes the next fl_sequence_learn at this place cheaper. Allocates nothing. */
size_t fl_sequence_rank(struct fl_sequence *sequence, const struct fl_sequence_place *place,
                        struct fl_sequence_guess *ret_guesses, size_t count);

/* What each expert gave to the item in the ranking just made, times its weight; the sum is its
 * probability. */
void fl_sequence_shares(const struct fl_sequence *sequence, uint32_t item,
                        float ret_shares[FL_EXPERT_COUNT]);

/* The item was used there. -FL_ELIMIT for an item past FL_SEQUENCE_ITEMS_MAX, -FL_ENOMEM; neither
 * changes what was learned. */
int fl_sequence_learn(struct fl_sequence *sequence, const struct fl_sequence_place *place,
                      uint32_t item);

/* The stream that the user was last seen in; false when the user is not known. */
bool fl_sequence_last_stream(const struct fl_sequence *sequence, uint64_t user,
                             uint64_t *ret_stream);

/* How many uses of the user were learned: predictions for them change with it. */
uint64_t fl_sequence_known(const struct fl_sequence *sequence, uint64_t user);

/* The item last used in the stream; false where there is none. */
bool fl_sequence_last_item(const struct fl_sequence *sequence, uint64_t stream, uint32_t *ret_item);

/* --- several steps ahead, and how far probabilities can be trusted: sequence_outlook.c --- */

struct fl_sequence_outlook {
    uint32_t item;
    float probability;              /* calibrated: used within the steps asked for */
    float next;                     /* calibrated: the very next */
    uint32_t step;                  /* at which it is likeliest, from 1 */
    enum fl_sequence_expert expert; /* that spoke most for it; SLOW stands for SHORT and FAST too,
                                     * and for what is only seen ahead */
};

/* What is used within the next `steps` (1–3) uses, likeliest first: the tree is expanded behind the
 * likeliest continuations. Allocates nothing; about nine rankings for three steps. */
size_t fl_sequence_look_ahead(struct fl_sequence *sequence, const struct fl_sequence_place *place,
                              unsigned steps, struct fl_sequence_outlook *ret_outlook,
                              size_t count);

/* Before fl_sequence_learn: notes what is predicted at this place, so that the uses that follow can
 * be held against it. Calibration and accuracy are learned from nothing else. -FL_ENOMEM. */
int fl_sequence_watch(struct fl_sequence *sequence, const struct fl_sequence_place *place);

struct fl_sequence_state {
    uint64_t uses;                /* learned */
    uint64_t scored;              /* watched uses whose outcome is known */
    double hit1, hit3, hit5, mrr; /* over the last FL_OUTCOMES_KEPT; NaN before the first */
    double brier, ece;            /* of the calibrated probability that the likeliest comes next */
    uint64_t users, streams, items, nodes, own_bytes, bytes;
    struct fl_sequence_limits limits;
};

void fl_sequence_inspect(const struct fl_sequence *sequence, struct fl_sequence_state *ret_state);

/* --- keeping: sequence_file.c --- */

/* Adds the sections; the writer keeps a failure. */
void fl_sequence_write(const struct fl_sequence *sequence, struct fl_model_writer *writer);

/* Reads them back, every number checked; predictions are those of the predictor that was written.
 * `limits` holds from now on: where the file has more, the rest is left out. -FL_ECORRUPT,
 * -FL_ENOMEM. */
int fl_sequence_read(const struct fl_model_file *file, const struct fl_sequence_limits *limits,
                     struct fl_sequence **ret_sequence, struct fl_err *err);

#endif
