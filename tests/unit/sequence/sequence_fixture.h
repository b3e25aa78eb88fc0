/* sequence_fixture.h: small things that the tests of the sequence predictor share. */
#ifndef FL_TESTS_SEQUENCE_FIXTURE_H
#define FL_TESTS_SEQUENCE_FIXTURE_H

#include "sequence/sequence_core.h"

/* Reproducible: xorshift64* (Vigna 2016). */
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t limit);

/* One user with one session, without a time. */
struct fl_sequence_place place_of_user(uint64_t user);

void learn_all(struct fl_sequence *sequence, uint64_t user, const uint32_t *items, size_t count);

/* What the expert alone gives to the item in the ranking just made. */
double given_by(const struct fl_sequence *sequence, enum fl_sequence_expert expert, uint32_t item);

/* Users, items and times mixed at random: a predictor that has something of everything. */
struct fl_sequence *random_sequence(const struct fl_sequence_limits *limits, uint64_t seed,
                                    unsigned events);

/* Fails the test unless both rank, look ahead and judge alike at the places of random_sequence. */
void assert_same_predictions(struct fl_sequence *a, struct fl_sequence *b);

#endif
