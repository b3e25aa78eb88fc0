/* test_classifier_gradient.c: every gradient of the classifier's paths against finite differences.
 *
 * The derivative of the loss by one weight is (loss(w + h) - loss(w - h)) / 2h up to O(h²). In fp32
 * the loss has about 1e-6 of noise, so that h = 1e-2 leaves about 1e-4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "classifier_fixture.h"

#include "base/random.h"
#include "classify/linear.h"
#include "classify/windows.h"

#include <math.h>
#include <stdlib.h>

static const float STEP = 1e-2f, SMOOTHING = 0.05f;
static const double TOLERANCE = 2e-3;

enum { RANK = 5, FILTERS = 4, LABELS = 6, ROWS = 24, TRIES = 60 };

struct world {
    struct classifier_fixture *fixture;
    struct fl_training_rows rows;
    uint32_t order[ROWS];
};

static struct world make_world(bool several)
{
    struct world w = {.fixture = classifier_fixture_make(ROWS, LABELS)};
    for (uint32_t i = 0; i < ROWS; i++)
        w.order[i] = i;
    w.rows = (struct fl_training_rows){
        .rows = w.fixture->rows, .count = ROWS, .labels = LABELS, .several = several};
    return w;
}

static void near(double expected, double got)
{
    if (!(fabs(expected - got) <= TOLERANCE * (1 + fabs(expected))))
        fail_msg("finite difference %g, gradient %g", expected, got);
}

/* --- linear --- */

static double linear_loss(const struct fl_linear_parts *parts, const struct world *w)
{
    size_t inner = (size_t)FL_INPUT_BUCKETS * RANK;
    float *g = calloc(inner + LABELS * RANK + LABELS, sizeof *g);
    assert_non_null(g);
    double loss =
        fl_linear_loss(parts, 0, &w->rows, 3, SMOOTHING, g, g + inner, g + inner + LABELS * RANK);
    free(g);
    return loss;
}

static void check_linear(float *weights, const float *gradient, size_t at,
                         const struct fl_linear_parts *parts, const struct world *w)
{
    float kept = weights[at];
    weights[at] = kept + STEP;
    double above = linear_loss(parts, w);
    weights[at] = kept - STEP;
    double below = linear_loss(parts, w);
    weights[at] = kept;
    near((above - below) / (2 * (double)STEP), (double)gradient[at]);
}

static void gradient_of_the_linear_path(bool several)
{
    struct world w = make_world(several);
    w.rows.order = w.order;
    struct fl_linear_training training = FL_LINEAR_TRAINING_DEFAULT;
    training.rank = RANK;
    training.epochs = 2;
    struct fl_linear_parts parts;
    assert_int_equal(fl_linear_train(&parts, &w.rows, &training, NULL), 0);
    size_t inner = (size_t)FL_INPUT_BUCKETS * RANK;
    float *g1 = calloc(inner, sizeof *g1), g2[LABELS * RANK] = {0}, gb[LABELS] = {0};
    assert_non_null(g1);
    assert_true(fl_linear_loss(&parts, 0, &w.rows, 3, SMOOTHING, g1, g2, gb) > 0);
    for (size_t i = 0; i < LABELS * RANK; i++)
        check_linear(parts.w2[0], g2, i, &parts, &w);
    for (size_t i = 0; i < LABELS; i++)
        check_linear(parts.bias[0], gb, i, &parts, &w);
    for (size_t j = 0; j < FIXTURE_FEATURES; j++)
        for (size_t r = 0; r < RANK; r++)
            check_linear(parts.w1[0], g1, w.fixture->bucket[3][j] * (size_t)RANK + r, &parts, &w);
    free(g1);
    fl_linear_parts_destroy(&parts);
    classifier_fixture_free(w.fixture);
}

static void linear_softmax(void **state)
{
    (void)state;
    gradient_of_the_linear_path(false);
}

static void linear_sigmoid(void **state)
{
    (void)state;
    gradient_of_the_linear_path(true);
}

/* --- windows --- */

struct sizes {
    size_t vector, filter, bias, out;
};

static struct fl_windows_member member_make(const struct sizes *s)
{
    struct fl_windows_member m = {calloc(s->vector, 4), calloc(s->filter, 4), calloc(s->bias, 4),
                                  calloc(s->out, 4), calloc(LABELS, 4)};
    assert_true(m.vector && m.filter && m.bias && m.out && m.out_bias);
    return m;
}

static void member_free(struct fl_windows_member *m)
{
    free(m->vector);
    free(m->filter);
    free(m->bias);
    free(m->out);
    free(m->out_bias);
}

static double windows_loss(const struct fl_windows_parts *parts, const struct world *w,
                           const struct sizes *sizes)
{
    struct fl_windows_member g = member_make(sizes);
    double loss = fl_windows_loss(parts, 0, &w->rows, 3, SMOOTHING, &g);
    member_free(&g);
    return loss;
}

/* Some of the weights: where a maximum changes hands within the step, the loss has a kink, and two
 * steps of different size disagree; such a weight is passed over, but most may not be. */
static unsigned check_windows(float *weights, const float *gradient, size_t count,
                              struct fl_windows_parts *parts, const struct world *w,
                              const struct sizes *sizes)
{
    struct fl_random random;
    fl_random_seed(&random, 1, 0);
    unsigned checked = 0;
    for (int t = 0; t < TRIES; t++) {
        size_t at = fl_random_below(&random, (uint32_t)count);
        float kept = weights[at];
        double slope[2];
        for (int half = 0; half < 2; half++) {
            float step = half ? STEP / 2 : STEP;
            weights[at] = kept + step;
            double above = windows_loss(parts, w, sizes);
            weights[at] = kept - step;
            slope[half] = (above - windows_loss(parts, w, sizes)) / (2 * (double)step);
            weights[at] = kept;
        }
        if (fabs(slope[0] - slope[1]) > TOLERANCE)
            continue;
        near(slope[1], (double)gradient[at]);
        checked++;
    }
    return checked;
}

static void gradient_of_the_windows(void **state)
{
    (void)state;
    struct world w = make_world(false);
    w.rows.order = w.order;
    struct fl_windows_training training = FL_WINDOWS_TRAINING_DEFAULT;
    training.filters = FILTERS;
    training.epochs = 4;
    struct fl_windows_parts parts;
    assert_int_equal(fl_windows_train(&parts, &w.rows, &training, NULL), 0);
    struct sizes sizes = {
        (size_t)parts.words * parts.dim, (size_t)parts.dim * FL_WINDOWS_PLACES * FILTERS,
        FL_WINDOWS_WIDTHS * FILTERS, (size_t)LABELS * FL_WINDOWS_WIDTHS * FILTERS};
    struct fl_windows_member g = member_make(&sizes), *m = &parts.member[0];
    assert_true(fl_windows_loss(&parts, 0, &w.rows, 3, SMOOTHING, &g) > 0);
    unsigned most = TRIES * 3 / 4;
    assert_true(check_windows(m->vector, g.vector, sizes.vector, &parts, &w, &sizes) >= most);
    assert_true(check_windows(m->filter, g.filter, sizes.filter, &parts, &w, &sizes) >= most);
    assert_true(check_windows(m->bias, g.bias, sizes.bias, &parts, &w, &sizes) >= most);
    assert_true(check_windows(m->out, g.out, sizes.out, &parts, &w, &sizes) >= most);
    assert_true(check_windows(m->out_bias, g.out_bias, LABELS, &parts, &w, &sizes) >= most);
    member_free(&g);
    fl_windows_parts_destroy(&parts);
    classifier_fixture_free(w.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_softmax),
        cmocka_unit_test(linear_sigmoid),
        cmocka_unit_test(gradient_of_the_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
