/* test_classifier.c: the classifier learns, keeps its file, takes small steps, and refuses what is
 * damaged; strange rows do no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "classifier_fixture.h"
#include "failing_alloc.h"

#include "base/os.h"
#include "classify/classifier_parts.h"
#include "onnx/onnx_export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LABELS = 8, ROWS = 240 };

static struct fl_classified ask(const struct fl_classifier *classifier,
                                const struct classifier_fixture *f, uint32_t row,
                                struct fl_classifier_scratch *scratch)
{
    struct fl_classified answer;
    assert_int_equal(fl_classifier_predict(classifier, &f->rows[row].input, scratch, &answer), 0);
    return answer;
}

static uint32_t count_right(const struct fl_classifier *classifier,
                            const struct classifier_fixture *f)
{
    struct fl_classifier_scratch scratch = {0};
    uint32_t right = 0;
    for (uint32_t i = 0; i < f->row_count; i++)
        right += ask(classifier, f, i, &scratch).best == f->label[i];
    fl_classifier_scratch_destroy(&scratch);
    return right;
}

static void save(const struct fl_classifier *classifier, struct fl_buf *bytes)
{
    assert_int_equal(fl_classifier_save(classifier, bytes, NULL), 0);
}

/* --- learning --- */

static void learns_what_tells_labels_apart(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    struct fl_classifier *classifier = classifier_fixture_train(f);
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    assert_true(count_right(classifier, f) >= ROWS * 95 / 100);
    assert_int_equal(card->labels, LABELS);
    assert_int_equal(card->rows, ROWS);
    assert_int_equal(card->validation_rows, ROWS / 10);
    assert_true(card->accuracy_linear > 0.8f);
    assert_true(isnan(card->auroc)); /* no unknown rows */
    assert_string_equal(fl_classifier_label(classifier, 3), "label3");
    struct fl_classifier_scratch scratch = {0};
    struct fl_classified answer = ask(classifier, f, 0, &scratch);
    double sum = 0;
    for (uint32_t l = 0; l < LABELS; l++)
        sum += (double)answer.probability[l];
    assert_true(fabs(sum - 1) < 1e-5);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* The word path on drawn vectors: train it beside the linear one, whatever validation says. */
static void windows_learn_too(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    uint32_t order[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        order[i] = i;
    struct fl_training_rows rows = {f->rows, order, ROWS, LABELS, false};
    struct fl_windows_training training = FL_WINDOWS_TRAINING_DEFAULT;
    training.filters = 16;
    struct fl_windows_parts parts;
    assert_int_equal(fl_windows_train(&parts, &rows, &training, NULL), 0);
    struct fl_windows *windows = fl_windows_pack(&parts, NULL);
    assert_non_null(windows);
    void *scratch = aligned_alloc(64, fl_windows_scratch_bytes(windows));
    uint32_t right = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        float logits[LABELS];
        uint32_t best = 0;
        fl_windows_run(windows, fl_kernels_select(NULL), &f->rows[i].input, scratch, logits);
        for (uint32_t l = 1; l < LABELS; l++)
            if (logits[l] > logits[best])
                best = l;
        right += best == f->label[i];
    }
    assert_true(right >= ROWS * 95 / 100);
    free(scratch);
    fl_windows_free(windows);
    fl_windows_parts_destroy(&parts);
    classifier_fixture_free(f);
}

static void threads_do_not_show(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    struct fl_buf bytes[3] = {{0}};
    for (unsigned i = 0; i < 3; i++) {
        f->options.threads = i == 0 ? 1 : 2;
        f->options.seed = i == 2 ? 4 : 3;
        struct fl_classifier *classifier = classifier_fixture_train(f);
        save(classifier, &bytes[i]);
        fl_classifier_free(classifier);
    }
    assert_int_equal(bytes[0].len, bytes[1].len);
    assert_memory_equal(bytes[0].ptr, bytes[1].ptr, bytes[0].len);
    assert_memory_not_equal(bytes[0].ptr, bytes[2].ptr, bytes[0].len);
    for (unsigned i = 0; i < 3; i++)
        fl_buf_destroy(&bytes[i]);
    classifier_fixture_free(f);
}

static int stop_at_half(void *ctx, double share)
{
    (void)ctx;
    return share >= 0.5;
}

static void training_can_be_stopped(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    struct fl_classifier *classifier = NULL;
    f->options.progress = stop_at_half;
    assert_int_equal(fl_classifier_train(f->rows, f->row_count, f->names, f->label_count,
                                         &f->options, &classifier, NULL),
                     -FL_ECANCELED);
    assert_null(classifier);
    classifier_fixture_free(f);
}

/* --- strange rows --- */

static void unknown_rows_choose_the_threshold_only(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    for (uint32_t i = 0; i < ROWS; i += 12) {
        f->rows[i].label_count = 0;
        for (int j = 0; j < FIXTURE_FEATURES; j++)
            f->bucket[i][j] = (uint16_t)(30000 + i + j);
    }
    struct fl_classifier *classifier = classifier_fixture_train(f);
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    assert_int_equal(card->unknown_rows, ROWS / 12);
    assert_int_equal(card->rows, ROWS - ROWS / 12);
    assert_true(card->auroc > 0.9f);
    assert_true(card->threshold > 0 && card->threshold < 1);
    struct fl_classifier_scratch scratch = {0};
    assert_false(ask(classifier, f, 0, &scratch).in_scope);
    assert_true(ask(classifier, f, 1, &scratch).in_scope);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

static void several_labels(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    uint32_t both[ROWS][2];
    for (uint32_t i = 0; i + 1 < ROWS; i += 2) { /* a row has its label and that of its neighbour */
        both[i][0] = f->label[i];
        both[i][1] = f->label[i + 1];
        memcpy(f->bucket[i] + 6, f->bucket[i + 1], 6 * sizeof f->bucket[i][0]);
        f->rows[i].labels = both[i];
        f->rows[i].label_count = 2;
    }
    struct fl_classifier *classifier = classifier_fixture_train(f);
    assert_true(fl_classifier_card(classifier)->several);
    assert_true(fl_classifier_card(classifier)->accuracy_linear > 0.5f);
    fl_classifier_free(classifier);
    f->options.mode = FL_LABELS_ONE;
    classifier = classifier_fixture_train(f);
    assert_false(fl_classifier_card(classifier)->several);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* A label seen once, one never seen, the same row under two labels, rows without features. */
static void strange_rows(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(60, LABELS);
    for (uint32_t i = 0; i < 60; i++)
        if (f->label[i] == 5 || (f->label[i] == 6 && i > 6))
            f->label[i] = 0;
    for (uint32_t i = 20; i < 30; i++)
        f->rows[i].input = f->rows[1].input;
    for (uint32_t i = 30; i < 34; i++)
        f->rows[i].input = (struct fl_input){0};
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_classifier_scratch scratch = {0};
    for (uint32_t i = 0; i < 60; i++) {
        struct fl_classified answer = ask(classifier, f, i, &scratch);
        for (uint32_t l = 0; l < LABELS; l++)
            assert_true(answer.probability[l] >= 0 && answer.probability[l] <= 1);
    }
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

static void one_row(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(1, 1);
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_classifier_scratch scratch = {0};
    assert_true(ask(classifier, f, 0, &scratch).in_scope);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

static void nothing_to_learn(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(10, 2);
    struct fl_classifier *classifier = NULL;
    struct fl_err err;
    for (uint32_t i = 0; i < 10; i++)
        f->rows[i].label_count = 0;
    assert_int_equal(fl_classifier_train(f->rows, 10, f->names, 2, &f->options, &classifier, &err),
                     -FL_EINVAL);
    assert_int_equal(fl_classifier_train(f->rows, 0, f->names, 2, &f->options, &classifier, &err),
                     -FL_EINVAL);
    f->rows[0].label_count = 1;
    f->label[0] = 2;
    assert_int_equal(fl_classifier_train(f->rows, 10, f->names, 2, &f->options, &classifier, &err),
                     -FL_EINVAL);
    classifier_fixture_free(f);
}

static void ten_thousand_labels(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(16, 10000);
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_buf bytes = {0};
    struct fl_classifier *again = NULL;
    save(classifier, &bytes);
    assert_int_equal(fl_classifier_view(&again, bytes.ptr, bytes.len, NULL), 0);
    assert_string_equal(fl_classifier_label(again, 9999), "label9999");
    struct fl_classifier_scratch scratch = {0};
    assert_true(ask(again, f, 0, &scratch).best < 10000);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(again);
    fl_buf_destroy(&bytes);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* --- files --- */

static void a_file_answers_the_same(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    struct fl_classifier *classifier = classifier_fixture_train(f), *opened = NULL;
    struct fl_buf bytes = {0};
    char path[] = "/tmp/fl-classifier-XXXXXX";
    save(classifier, &bytes);
    assert_int_equal(bytes.len, fl_classifier_bytes(classifier));
    close(mkstemp(path));
    assert_int_equal(fl_os_write_file(path, bytes.ptr, bytes.len, NULL), 0);
    assert_int_equal(fl_classifier_open(&opened, path, NULL), 0);
    unlink(path);
    struct fl_classifier_scratch one = {0}, other = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        struct fl_classified a = ask(classifier, f, i, &one), b = ask(opened, f, i, &other);
        assert_int_equal(a.best, b.best);
        assert_memory_equal(a.probability, b.probability, LABELS * sizeof *a.probability);
    }
    fl_classifier_scratch_destroy(&one);
    fl_classifier_scratch_destroy(&other);
    fl_classifier_free(opened);
    fl_buf_destroy(&bytes);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(40, 3);
    f->options.effort = FL_EFFORT_NETWORK;
    struct fl_classifier *classifier = classifier_fixture_train(f), *opened = NULL;
    struct fl_buf bytes = {0};
    save(classifier, &bytes);
    for (size_t len = 0; len < bytes.len; len += bytes.len / 50)
        assert_int_equal(fl_classifier_view(&opened, bytes.ptr, len, NULL), -FL_ECORRUPT);
    for (size_t at = 0; at < bytes.len; at += bytes.len / 50 + 1) {
        bytes.ptr[at] ^= 4;
        assert_true(fl_classifier_view(&opened, bytes.ptr, bytes.len, NULL) < 0);
        bytes.ptr[at] ^= 4;
    }
    assert_int_equal(fl_classifier_open(&opened, "/nonexistent/model", NULL), -FL_ENOENT);
    fl_buf_destroy(&bytes);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

static void memory_runs_out(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(40, 3);
    f->options.effort = FL_EFFORT_NETWORK;
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_buf bytes = {0};
    save(classifier, &bytes);
    fl_classifier_free(classifier);
    for (long n = 1;; n++) {
        struct fl_classifier_scratch scratch = {0};
        struct fl_classified answer;
        classifier = NULL;
        fl_test_fail_alloc_at(n);
        int rc = fl_classifier_view(&classifier, bytes.ptr, bytes.len, NULL);
        if (!rc)
            rc = fl_classifier_predict(classifier, &f->rows[0].input, &scratch, &answer);
        if (!rc)
            rc =
                fl_classifier_update(classifier, &f->rows[0].input, f->rows[0].labels, 1, &scratch);
        long used = fl_test_alloc_count();
        fl_test_fail_alloc_at(0);
        fl_classifier_free(classifier);
        fl_classifier_scratch_destroy(&scratch);
        if (!rc) {
            assert_true(used < n);
            break;
        }
        assert_int_equal(rc, -FL_ENOMEM);
    }
    f->options.threads = 1; /* the failing allocator is not for two */
    for (long n = 1;; n += 11) {
        classifier = NULL;
        fl_test_fail_alloc_at(n);
        int rc = fl_classifier_train(f->rows, f->row_count, f->names, f->label_count, &f->options,
                                     &classifier, NULL);
        fl_test_fail_alloc_at(0);
        fl_classifier_free(classifier);
        if (!rc)
            break;
        assert_int_equal(rc, -FL_ENOMEM);
    }
    fl_buf_destroy(&bytes);
    classifier_fixture_free(f);
}

/* --- the network path --- */

static void the_network_answers_alone(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    f->options.effort = FL_EFFORT_NETWORK;
    struct fl_buf bytes[2] = {{0}};
    for (unsigned i = 0; i < 2; i++) {
        f->options.threads = i + 1;
        struct fl_classifier *classifier = classifier_fixture_train(f), *again = NULL;
        const struct fl_classifier_card *card = fl_classifier_card(classifier);
        assert_true(card->network);
        assert_true(card->mix == 0);
        assert_true(card->accuracy_network > 0.8f);
        assert_true(card->accuracy_network == card->accuracy_mixed);
        assert_true(count_right(classifier, f) >= ROWS * 95 / 100);
        save(classifier, &bytes[i]);
        assert_int_equal(fl_classifier_view(&again, bytes[i].ptr, bytes[i].len, NULL), 0);
        assert_true(fl_classifier_card(again)->accuracy_network == card->accuracy_network);
        assert_int_equal(count_right(again, f), count_right(classifier, f));
        fl_classifier_free(again);
        fl_classifier_free(classifier);
    }
    assert_int_equal(bytes[0].len, bytes[1].len); /* threads do not show */
    assert_memory_equal(bytes[0].ptr, bytes[1].ptr, bytes[0].len);
    fl_buf_destroy(&bytes[0]);
    fl_buf_destroy(&bytes[1]);
    classifier_fixture_free(f);
}

static void the_network_takes_steps_and_several_labels(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(60, 3);
    f->options.effort = FL_EFFORT_NETWORK;
    f->options.mode = FL_LABELS_SEVERAL;
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_classifier_scratch scratch = {0};
    uint32_t other = (f->label[0] + 1) % 3;
    assert_true(fl_classifier_card(classifier)->several);
    assert_true(count_right(classifier, f) >= 60 * 9 / 10);
    float before = ask(classifier, f, 0, &scratch).probability[other];
    assert_int_equal(fl_classifier_update(classifier, &f->rows[0].input, &other, 1, &scratch), 0);
    assert_true(ask(classifier, f, 0, &scratch).probability[other] > before);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* Full effort measures it; the card and the parts agree about who answers. */
static void the_network_is_measured(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    f->options.effort = FL_EFFORT_FULL;
    struct fl_classifier *classifier = classifier_fixture_train(f);
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    assert_true(card->accuracy_network > 0.5f);
    assert_true(card->network == (fl_classifier_get_parts(classifier)->network != NULL));
    assert_true(card->accuracy_mixed >= card->accuracy_linear);
    fl_classifier_free(classifier);
    f->options.effort = FL_EFFORT_QUICK;
    classifier = classifier_fixture_train(f);
    assert_true(isnan(fl_classifier_card(classifier)->accuracy_network));
    assert_false(fl_classifier_card(classifier)->network);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* The file of `parts` with another network in it is refused. */
static void refuse(struct fl_classifier_parts parts, const struct fl_network_shape *shape)
{
    struct fl_network *network = NULL;
    struct fl_buf bytes = {0};
    struct fl_classifier *opened = NULL;
    if (shape) {
        network = fl_network_create(shape, 1, fl_kernels_select(NULL), NULL);
        assert_non_null(network);
        parts.network = network;
    }
    assert_int_equal(fl_classifier_write(&parts, &bytes, NULL), 0);
    assert_int_equal(fl_classifier_view(&opened, bytes.ptr, bytes.len, NULL), -FL_ECORRUPT);
    fl_buf_destroy(&bytes);
    fl_network_free(network);
}

static void networks_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(40, 3);
    f->options.effort = FL_EFFORT_NETWORK;
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_classifier_parts parts = *fl_classifier_get_parts(classifier);
    struct fl_network_shape right = *fl_network_get_shape(parts.network), wrong = right;
    wrong.inputs++;
    refuse(parts, &wrong);
    wrong = right;
    wrong.outputs--;
    refuse(parts, &wrong);
    wrong = right;
    wrong.head = FL_NETWORK_SIGMOID;
    refuse(parts, &wrong);
    parts.card.accuracy_network = 1.5f;
    refuse(parts, NULL);
    struct fl_buf model = {0};
    assert_int_equal(fl_onnx_export_classifier(classifier, &model, NULL), -FL_ENOTSUP);
    assert_int_equal(model.len, 0);
    fl_buf_destroy(&model);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

/* --- small steps --- */

static void a_step_goes_where_it_should_and_not_far(void **state)
{
    (void)state;
    struct classifier_fixture *f = classifier_fixture_make(ROWS, LABELS);
    struct fl_classifier *classifier = classifier_fixture_train(f);
    struct fl_classifier_scratch scratch = {0};
    uint32_t other = (f->label[0] + 1) % LABELS, right = count_right(classifier, f);
    float before = ask(classifier, f, 0, &scratch).probability[other];
    float odds = before / (1 - before);
    assert_int_equal(fl_classifier_update(classifier, &f->rows[0].input, &other, 1, &scratch), 0);
    float after = ask(classifier, f, 0, &scratch).probability[other];
    assert_true(after > before);
    /* A logit moves by at most 1, all others by at most 1 the other way. */
    float temperature = fl_classifier_card(classifier)->temperature;
    assert_true(after / (1 - after) <= odds * expf(2 / temperature) * 1.01f);
    assert_true(count_right(classifier, f) + ROWS / 20 >= right);
    for (int i = 0; i < 30; i++)
        assert_int_equal(fl_classifier_update(classifier, &f->rows[0].input, &other, 1, &scratch),
                         0);
    assert_int_equal(ask(classifier, f, 0, &scratch).best, other);
    uint32_t none = LABELS;
    assert_int_equal(fl_classifier_update(classifier, &f->rows[0].input, &none, 1, &scratch),
                     -FL_EINVAL);
    struct fl_buf bytes = {0}; /* what was learned is kept */
    struct fl_classifier *again = NULL;
    save(classifier, &bytes);
    assert_int_equal(fl_classifier_view(&again, bytes.ptr, bytes.len, NULL), 0);
    assert_int_equal(ask(again, f, 0, &scratch).best, other);
    fl_classifier_free(again);
    fl_buf_destroy(&bytes);
    fl_classifier_scratch_destroy(&scratch);
    fl_classifier_free(classifier);
    classifier_fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_what_tells_labels_apart),
        cmocka_unit_test(windows_learn_too),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(training_can_be_stopped),
        cmocka_unit_test(unknown_rows_choose_the_threshold_only),
        cmocka_unit_test(several_labels),
        cmocka_unit_test(strange_rows),
        cmocka_unit_test(one_row),
        cmocka_unit_test(nothing_to_learn),
        cmocka_unit_test(ten_thousand_labels),
        cmocka_unit_test(a_file_answers_the_same),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(the_network_answers_alone),
        cmocka_unit_test(the_network_takes_steps_and_several_labels),
        cmocka_unit_test(the_network_is_measured),
        cmocka_unit_test(networks_that_do_not_fit_are_refused),
        cmocka_unit_test(a_step_goes_where_it_should_and_not_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
