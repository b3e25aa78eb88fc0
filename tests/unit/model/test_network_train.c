/* test_network_train.c: gradients beside finite differences of the definition; what must be
 * learnable is learned; the same bytes whatever the number of threads; stopping, failing, running
 * out. */
#include "failing_alloc.h"
#include "network/network_step.h"
#include "network_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fl_network *make(const struct fl_network_shape *shape, uint64_t seed)
{
    struct fl_err err = {0};
    struct fl_network *network = fl_network_create(shape, seed, fl_kernels_select(NULL), &err);
    if (!network)
        fail_msg("%s", err.message);
    return network;
}

/* --- gradients --- */

enum { GRADIENT_ROWS = 5, GRADIENT_INPUTS = 6, GRADIENT_OUTPUTS = 4 };

static const uint32_t some_starts[GRADIENT_ROWS + 1] = {0, 1, 3, 3, 4, 7};
static const uint32_t some_labels[] = {2, 0, 3, 1, 0, 1, 2};

/* Mean cross-entropy of the rows, from the definition. */
static double plain_loss(const struct fl_network_shape *shape, const double *parameters,
                         const float *x, double smoothing)
{
    double loss = 0;
    for (int row = 0; row < GRADIENT_ROWS; row++) {
        double p[GRADIENT_OUTPUTS], target[GRADIENT_OUTPUTS] = {0};
        uint32_t count = some_starts[row + 1] - some_starts[row];
        bool softmax = shape->head == FL_NETWORK_SOFTMAX;
        double spread = !softmax ? 0 : count ? smoothing : 1;
        plain_probabilities(shape, parameters, x + (size_t)row * GRADIENT_INPUTS, p);
        for (int i = 0; i < GRADIENT_OUTPUTS; i++)
            target[i] = spread / GRADIENT_OUTPUTS;
        for (uint32_t i = some_starts[row]; i < some_starts[row + 1]; i++)
            target[some_labels[i]] += softmax ? (1 - spread) / count : 1;
        for (int i = 0; i < GRADIENT_OUTPUTS; i++) {
            loss -= target[i] * log(p[i]);
            loss -= softmax ? 0 : (1 - target[i]) * log(1 - p[i]);
        }
    }
    return loss / GRADIENT_ROWS;
}

static void check_gradients(const struct fl_network_shape *shape, float smoothing)
{
    struct fl_network *network = make(shape, 11);
    struct fl_network_step step;
    float x[GRADIENT_ROWS * GRADIENT_INPUTS], column[GRADIENT_ROWS], gradient[16];
    fill_inputs(x, GRADIENT_ROWS * GRADIENT_INPUTS, 2, 4);
    assert_int_equal(fl_network_step_init(&step, network, GRADIENT_ROWS, smoothing), 0);
    memcpy(step.activation[0], x, sizeof x);
    step.rows = GRADIENT_ROWS;
    double loss = 0;
    for (uint32_t row = 0; row < GRADIENT_ROWS; row++)
        loss += fl_network_step_row(&step, row, some_labels + some_starts[row],
                                    some_starts[row + 1] - some_starts[row]);
    size_t count, at = 0;
    double *flat = flat_parameters(network, &count);
    assert_true(fabs(loss / GRADIENT_ROWS - plain_loss(shape, flat, x, smoothing)) < 1e-5);
    for (uint32_t l = 0; l < network->layer_count; l++)
        for (uint32_t in = 0; in <= network->layer[l].inputs; in++) {
            fl_network_step_gradient(&step, l, in, column, gradient);
            for (uint32_t out = 0; out < network->layer[l].outputs; out++, at++) {
                double kept = flat[at], width = 1e-5;
                flat[at] = kept + width;
                double above = plain_loss(shape, flat, x, smoothing);
                flat[at] = kept - width;
                double below = plain_loss(shape, flat, x, smoothing);
                flat[at] = kept;
                double expected = (above - below) / (2 * width);
                if (!(fabs(gradient[out] - expected) < 1e-6 + 1e-4 * fabs(expected)))
                    fail_msg("layer %u, input %u, output %u: %.9g, not %.9g", l, in, out,
                             gradient[out], expected);
            }
        }
    assert_int_equal(at, count);
    free(flat);
    fl_network_step_destroy(&step);
    fl_network_free(network);
}

static void test_gradients(void **state)
{
    (void)state;
    struct fl_network_shape shape = {.inputs = GRADIENT_INPUTS, .outputs = GRADIENT_OUTPUTS};
    static const uint32_t hidden[][FL_NETWORK_MAX_HIDDEN] = {{0}, {8}, {8, 5}, {7, 6, 5, 9}};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        memcpy(shape.hidden, hidden[i], sizeof shape.hidden);
        shape.head = FL_NETWORK_SIGMOID;
        check_gradients(&shape, 0);
        shape.head = FL_NETWORK_SOFTMAX;
        check_gradients(&shape, 0);
        check_gradients(&shape, 0.1f);
    }
    fl_network_step_destroy(NULL);
}

/* --- learning --- */

/* Four rows of two bits (and what is always 1); the labels of the sigmoids: and, or, exclusive or;
 * that of the softmax: the exclusive or. */
static const float bits[] = {0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1};
static const uint32_t several_start[] = {0, 0, 2, 4, 6}, several[] = {1, 2, 1, 2, 0, 1};
static const uint32_t one_start[] = {0, 1, 2, 3, 4}, one[] = {0, 1, 1, 0};
static const struct fl_network_rows several_rows = {bits, several_start, several, 4};
static const struct fl_network_rows one_rows = {bits, one_start, one, 4};

static void train(struct fl_network *network, const struct fl_network_rows *rows,
                  const struct fl_network_training *how, struct fl_network_report *report)
{
    struct fl_err err = {0};
    if (fl_network_train(network, rows, how, report, &err))
        fail_msg("%s", err.message);
}

static void test_learns(void **state)
{
    (void)state;
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 400;
    how.rate = 0.01f;
    how.batch_rows = 4;
    for (int softmax = 0; softmax < 2; softmax++) {
        struct fl_network_shape shape = {
            .inputs = 3, .hidden = {16, 8}, .outputs = softmax ? 2 : 3, .head = softmax};
        const struct fl_network_rows *rows = softmax ? &one_rows : &several_rows;
        struct fl_network *network = make(&shape, 3);
        struct fl_network_report report;
        char scratch[1024] __attribute__((aligned(64)));
        assert_true(fl_network_scratch_bytes(network) <= sizeof scratch);
        double before = fl_network_loss(network, rows);
        train(network, rows, &how, &report);
        double after = fl_network_loss(network, rows);
        assert_true(after < 0.05 && after < before / 10);
        assert_true(fabs(after - report.loss) < 0.01);
        assert_int_equal(report.epochs, 400);
        assert_true(isnan(report.held_out_loss));
        for (size_t row = 0; row < 4; row++) {
            float p[3];
            bool wanted[3] = {false};
            fl_network_run(network, bits + row * 3, FL_NETWORK_AUTO, scratch, p);
            for (uint32_t i = rows->label_start[row]; i < rows->label_start[row + 1]; i++)
                wanted[rows->label[i]] = true;
            for (uint32_t i = 0; i < shape.outputs; i++)
                assert_int_equal(p[i] > 0.5f, wanted[i]);
        }
        fl_network_free(network);
    }
}

/* --- a set that is large enough for batches, dropout and rows held out --- */

enum { ROWS = 90, INPUTS = 40, OUTPUTS = 5 };

struct set {
    float x[ROWS * INPUTS];
    uint32_t start[ROWS + 1], label[ROWS];
    struct fl_network_rows rows;
};

/* The label is which eighth of the inputs holds most, or by chance. */
static void make_set(struct set *set, bool by_chance)
{
    struct fl_random random;
    fl_random_seed(&random, 99, 0);
    fill_inputs(set->x, ROWS * INPUTS, 2, 77);
    for (uint32_t row = 0; row < ROWS; row++) {
        float most = -1e9f;
        set->start[row + 1] = row + 1;
        for (uint32_t label = 0; label < OUTPUTS; label++) {
            float sum = 0;
            for (uint32_t i = 0; i < INPUTS / OUTPUTS; i++)
                sum += set->x[row * INPUTS + label * (INPUTS / OUTPUTS) + i];
            if (sum > most) {
                most = sum;
                set->label[row] = label;
            }
        }
        if (by_chance)
            set->label[row] = fl_random_below(&random, OUTPUTS);
    }
    set->start[0] = 0;
    set->rows = (struct fl_network_rows){set->x, set->start, set->label, ROWS};
}

static const struct fl_network_shape set_shape = {
    .inputs = INPUTS, .hidden = {32, 16}, .outputs = OUTPUTS, .head = FL_NETWORK_SOFTMAX};

static void assert_equal_weights(const struct fl_network *a, const struct fl_network *b, bool equal)
{
    size_t count;
    double *from_a = flat_parameters(a, &count), *from_b = flat_parameters(b, &count);
    assert_int_equal(!memcmp(from_a, from_b, count * sizeof *from_a), equal);
    free(from_a);
    free(from_b);
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, false);
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    struct fl_network_shape shape = set_shape; /* enough work for three */
    shape.hidden[0] = 512;
    shape.hidden[1] = 128;
    how.epochs = 2;
    how.batch_rows = 48;
    how.input_dropout = 0.3f;
    how.smoothing = 0.05f;
    how.held_out = 0.2f;
    how.threads = 1;
    struct fl_network *first = make(&shape, 6), *other = make(&shape, 6);
    struct fl_network_report report, report_first;
    train(first, &set.rows, &how, &report_first);
    static const unsigned threads[] = {2, 3, 7};
    for (size_t i = 0; i < 3; i++) {
        struct fl_network *again = make(&shape, 6);
        how.threads = threads[i];
        train(again, &set.rows, &how, &report);
        assert_equal_weights(first, again, true);
        assert_true(report.loss == report_first.loss);
        assert_true(report.held_out_loss == report_first.held_out_loss);
        fl_network_free(again);
    }
    how.seed = 2;
    train(other, &set.rows, &how, NULL);
    assert_equal_weights(first, other, false);
    fl_network_free(first);
    fl_network_free(other);
}

static void test_early_stopping(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, true); /* nothing to learn: what is held out gets worse */
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 300;
    how.rate = 0.01f;
    how.held_out = 0.3f;
    how.patience = 3;
    struct fl_network *network = make(&set_shape, 6), *shorter = make(&set_shape, 6);
    struct fl_network_report report, report_shorter;
    train(network, &set.rows, &how, &report);
    assert_true(report.epochs < 300);
    assert_int_equal(report.epochs, report.best_epoch + 3);
    assert_true(report.held_out_loss < 3);
    /* The weights are those of the best epoch, which a training of just as many ends with. */
    how.epochs = report.best_epoch;
    train(shorter, &set.rows, &how, &report_shorter);
    assert_equal_weights(network, shorter, true);
    assert_true(report.held_out_loss == report_shorter.held_out_loss);
    fl_network_free(network);
    fl_network_free(shorter);
}

struct watcher {
    uint32_t epochs, stop_at;
    double loss;
};

static int watch(void *ctx, uint32_t epoch, double loss, double held_out_loss)
{
    struct watcher *watcher = ctx;
    assert_int_equal(epoch, watcher->epochs + 1);
    assert_true(isnan(held_out_loss));
    assert_true(loss < watcher->loss);
    watcher->epochs = epoch;
    watcher->loss = loss;
    return epoch == watcher->stop_at;
}

static void test_progress_and_stop(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, false);
    struct watcher watcher = {.loss = INFINITY};
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 6;
    how.rate = 0.01f;
    how.progress = watch;
    how.ctx = &watcher;
    struct fl_network *network = make(&set_shape, 6), *untouched = make(&set_shape, 6);
    struct fl_err err = {0};
    train(network, &set.rows, &how, NULL);
    assert_int_equal(watcher.epochs, 6);
    assert_equal_weights(network, untouched, false);
    fl_network_free(network);
    network = make(&set_shape, 6);
    watcher = (struct watcher){.loss = INFINITY, .stop_at = 2};
    assert_int_equal(fl_network_train(network, &set.rows, &how, NULL, &err), -FL_ECANCELED);
    assert_int_equal(err.code, FL_ECANCELED);
    assert_int_equal(watcher.epochs, 2);
    assert_equal_weights(network, untouched, true);
    fl_network_free(network);
    fl_network_free(untouched);
}

/* Training forgets the copy in 8 bits, and a network from a file leaves the file alone. */
static void test_opened_network(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, false);
    struct fl_network *network = make(&set_shape, 6);
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0}, kept = {0};
    assert_int_equal(fl_network_quantize(network), 0);
    fl_network_save(network, &writer, "n");
    assert_int_equal(fl_model_writer_finish(&writer, "TEST", &buf), 0);
    fl_model_writer_destroy(&writer);
    fl_buf_append(&kept, buf.ptr, buf.len);
    struct fl_model_file file;
    assert_int_equal(fl_model_file_view(&file, buf.ptr, buf.len, "TEST", NULL), 0);
    struct fl_network *opened = fl_network_open(&file, "n", fl_kernels_select(NULL), NULL);
    assert_non_null(opened);
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 2;
    train(opened, &set.rows, &how, NULL);
    train(network, &set.rows, &how, NULL);
    assert_equal_weights(opened, network, true);
    assert_false(fl_network_is_quantized(opened));
    assert_memory_equal(buf.ptr, kept.ptr, kept.len);
    fl_network_free(opened);
    fl_network_free(network);
    fl_buf_destroy(&buf);
    fl_buf_destroy(&kept);
}

/* --- what must not work --- */

static void test_bad_options(void **state)
{
    (void)state;
    struct fl_network_shape shape = {.inputs = 3, .outputs = 3};
    struct fl_network *network = make(&shape, 1);
    const struct fl_network_training good = FL_NETWORK_TRAINING_DEFAULT;
    struct fl_network_training bad[] = {good, good, good, good, good, good,
                                        good, good, good, good, good};
    bad[0].epochs = 0;
    bad[1].batch_rows = 0;
    bad[2].batch_rows = FL_NETWORK_MAX_BATCH + 1;
    bad[3].threads = 0;
    bad[4].threads = FL_NETWORK_MAX_THREADS + 1;
    bad[5].rate = 0;
    bad[6].rate = NAN;
    bad[7].rate = INFINITY;
    bad[8].input_dropout = 1;
    bad[9].smoothing = -0.1f;
    bad[10].held_out = NAN;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(fl_network_train(network, &several_rows, &bad[i], NULL, NULL), -FL_EINVAL);
    fl_network_free(network);
}

static void test_bad_rows(void **state)
{
    (void)state;
    struct fl_network_shape shape = {.inputs = 3, .outputs = 3};
    struct fl_network *network = make(&shape, 1);
    const struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    static const float infinite[] = {0, 1, 2, 0, INFINITY, 1};
    static const uint32_t starts[] = {0, 1, 2}, back[] = {0, 2, 1}, late[] = {1, 1, 2};
    static const uint32_t fits[] = {0, 2}, too_high[] = {0, 3};
    const struct fl_network_rows bad[] = {{bits, starts, fits, 0},
                                          {bits, back, fits, 2},
                                          {bits, late, fits, 2},
                                          {bits, starts, too_high, 2},
                                          {infinite, starts, fits, 2}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_err err = {0};
        assert_int_equal(fl_network_train(network, &bad[i], &how, NULL, &err), -FL_EINVAL);
        assert_int_equal(err.code, FL_EINVAL);
    }
    assert_true(isnan(fl_network_loss(network, &bad[0])));
    fl_network_free(network);
}

static void test_weights_that_run_away(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, false);
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 3;
    how.rate = 1e38f;
    struct fl_network *network = make(&set_shape, 6), *untouched = make(&set_shape, 6);
    assert_int_equal(fl_network_train(network, &set.rows, &how, NULL, NULL), -FL_ELIMIT);
    assert_equal_weights(network, untouched, true);
    fl_network_free(network);
    fl_network_free(untouched);
}

static void test_no_memory(void **state)
{
    (void)state;
    static struct set set;
    make_set(&set, false);
    struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    how.epochs = 1;
    how.held_out = 0.1f;
    how.threads = 1;
    struct fl_network *network = make(&set_shape, 6), *untouched = make(&set_shape, 6);
    long n = 1;
    for (int result = -FL_ENOMEM; result; n++) {
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        result = fl_network_train(network, &set.rows, &how, NULL, &err);
        fl_test_fail_alloc_at(0);
        assert_int_equal(result, -err.code);
        assert_true(!result || result == -FL_ENOMEM);
        assert_equal_weights(network, untouched, result != 0);
    }
    assert_true(n > 8);
    fl_test_fail_alloc_at(1);
    double loss = fl_network_loss(network, &set.rows);
    fl_test_fail_alloc_at(0);
    assert_true(isnan(loss));
    fl_network_free(network);
    fl_network_free(untouched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_early_stopping),
        cmocka_unit_test(test_progress_and_stop),
        cmocka_unit_test(test_opened_network),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_weights_that_run_away),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
