/* sequence_fixture.c: see sequence_fixture.h. */
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { USERS = 12, ITEMS = 30, HOUR_MS = 3600 * 1000 };

uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1DU;
}

uint32_t random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((random_next(state) >> 32) * limit >> 32);
}

struct fl_sequence_place place_of_user(uint64_t user)
{
    return (struct fl_sequence_place){user, user, FL_SEQUENCE_NO_TIME};
}

void learn_all(struct fl_sequence *sequence, uint64_t user, const uint32_t *items, size_t count)
{
    struct fl_sequence_place place = place_of_user(user);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fl_sequence_learn(sequence, &place, items[i]), 0);
}

double given_by(const struct fl_sequence *sequence, enum fl_sequence_expert expert, uint32_t item)
{
    float shares[FL_EXPERT_COUNT];
    fl_sequence_shares(sequence, item, shares);
    return (double)(shares[expert] / sequence->view.weights[expert]);
}

static struct fl_sequence_place random_place(uint64_t *state, unsigned event)
{
    uint64_t user = 1 + random_below(state, USERS);
    uint64_t session = random_below(state, 3);
    return (struct fl_sequence_place){user, user * 100 + session,
                                      1700000000000 + event * (int64_t)HOUR_MS / 7};
}

struct fl_sequence *random_sequence(const struct fl_sequence_limits *limits, uint64_t seed,
                                    unsigned events)
{
    struct fl_sequence *sequence = fl_sequence_create(limits);
    assert_non_null(sequence);
    for (unsigned i = 0; i < events; i++) {
        struct fl_sequence_place place = random_place(&seed, i);
        uint32_t item = random_below(&seed, 1 + random_below(&seed, ITEMS));
        assert_int_equal(fl_sequence_watch(sequence, &place), 0);
        assert_int_equal(fl_sequence_learn(sequence, &place, item), 0);
    }
    return sequence;
}

void assert_same_predictions(struct fl_sequence *a, struct fl_sequence *b)
{
    uint64_t state = 99;
    for (unsigned i = 0; i < 200; i++) {
        struct fl_sequence_place place = random_place(&state, i);
        struct fl_sequence_guess x[FL_SEQUENCE_RANK_MAX], y[FL_SEQUENCE_RANK_MAX];
        size_t count = fl_sequence_rank(a, &place, x, FL_SEQUENCE_RANK_MAX);
        assert_int_equal(fl_sequence_rank(b, &place, y, FL_SEQUENCE_RANK_MAX), count);
        for (size_t g = 0; g < count; g++) {
            assert_int_equal(x[g].item, y[g].item);
            assert_true(x[g].probability == y[g].probability);
        }
        struct fl_sequence_outlook p[8], q[8];
        count = fl_sequence_look_ahead(a, &place, 3, p, 8);
        assert_int_equal(fl_sequence_look_ahead(b, &place, 3, q, 8), count);
        for (size_t g = 0; g < count; g++) {
            assert_int_equal(p[g].item, q[g].item);
            assert_true(p[g].probability == q[g].probability && p[g].next == q[g].next);
        }
    }
    struct fl_sequence_state x, y;
    fl_sequence_inspect(a, &x);
    fl_sequence_inspect(b, &y);
    assert_int_equal(x.uses, y.uses);
    assert_int_equal(x.scored, y.scored);
    assert_int_equal(x.nodes, y.nodes);
    if (x.scored) /* NaN otherwise */
        assert_true(x.hit5 == y.hit5 && x.mrr == y.mrr && x.brier == y.brier && x.ece == y.ece);
}
