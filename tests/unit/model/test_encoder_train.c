/* test_encoder_train.c: the step of one batch beside finite differences of the loss, computed in
 * doubles from its definition; what must be learnable is learned; the same bytes whatever the
 * number of threads; stopping, failing, running out. */
#include "failing_alloc.h"
#include "model/encoder_train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DIM = 6, WORDS = 9, ROWS = 7, GRAMS = 4, PAIRS = 4, TEXTS = 7, SPANS = 9 };
static const double TEMPERATURE = 0.3;

/* Words 7 and 8 are nothing but n-grams; word 2 has none. */
static const uint32_t rows[WORDS] = {0, 1, 2, 3, 4, 5, 6, FL_WORDVEC_NO_ROW, FL_WORDVEC_NO_ROW};
static const uint32_t gram_first[WORDS + 1] = {0, 2, 3, 3, 4, 6, 7, 8, 10, 12};
static const uint32_t grams[] = {0, 1, 1, 2, 3, 0, 2, 3, 0, 3, 1, 1};
static const struct fl_word_forms forms = {.words = WORDS,
                                           .rows = ROWS,
                                           .gram_rows = GRAMS,
                                           .row = rows,
                                           .gram_first = gram_first,
                                           .gram = grams};

static const uint32_t tokens[] = {0, 1, 1, 2, 7, 3, 4, 8, 5, 0, 6, 2, 3};
static const struct fl_encoder_span spans[SPANS] = {
    {0, 3, 1},    {3, 2, 1},     {5, 2, 1}, {7, 2, 1},                 /* requests */
    {9, 2, 1.5f}, {11, 1, 0.5f}, {2, 3, 1}, {8, 1, 1}, {10, 3, 0.25f}, /* of documents */
};
static const struct fl_encoder_text texts[TEXTS] = {{0, 1}, {1, 1}, {2, 1}, {3, 1},
                                                    {4, 2}, {6, 1}, {7, 2}};
/* The first two want the same document, the last two are of the same request. */
static const struct fl_encoder_pair pairs[PAIRS] = {{0, 4}, {1, 4}, {2, 5}, {2, 6}};
static const struct fl_encoder_source source = {pairs, PAIRS, 1};
static const struct fl_encoder_lessons lessons = {tokens, spans, texts, &source, 1};

struct parameters {
    float word[ROWS * DIM], gram[GRAMS * DIM];
};

static struct parameters start(void)
{
    struct parameters p;
    for (int i = 0; i < ROWS * DIM; i++)
        p.word[i] = (float)((i * 37 + 11) % 101 - 50) / 60;
    for (int i = 0; i < GRAMS * DIM; i++)
        p.gram[i] = (float)((i * 53 + 5) % 89 - 44) / 70;
    return p;
}

static struct fl_encoder_train_options options_of(uint32_t batches)
{
    struct fl_encoder_train_options options = FL_ENCODER_TRAIN_DEFAULTS;
    options.dim = DIM;
    options.batch = PAIRS;
    options.batches = batches;
    options.rate = 0.01f;
    options.temperature = (float)TEMPERATURE;
    options.without_row = 0;
    options.threads = 1;
    return options;
}

static int train(struct parameters *p, const struct fl_encoder_train_options *options)
{
    return fl_encoder_train(&forms, &lessons, options, fl_kernels_select(NULL), p->word, p->gram,
                            NULL);
}

/* --- the definition, in doubles --- */

static void plain_text(const double *word, const double *gram, uint32_t text, double *vector)
{
    memset(vector, 0, DIM * sizeof *vector);
    for (uint32_t s = 0; s < texts[text].span_count; s++) {
        const struct fl_encoder_span *span = &spans[texts[text].first_span + s];
        for (uint32_t i = span->first; i < span->first + span->count; i++) {
            uint32_t w = tokens[i], n = gram_first[w + 1] - gram_first[w];
            for (int d = 0; d < DIM; d++) {
                if (rows[w] != FL_WORDVEC_NO_ROW)
                    vector[d] += (double)span->weight * word[rows[w] * DIM + (uint32_t)d];
                for (uint32_t g = 0; g < n; g++)
                    vector[d] += (double)span->weight *
                                 gram[grams[gram_first[w] + g] * DIM + (uint32_t)d] / n;
            }
        }
    }
    double square = 0;
    for (int d = 0; d < DIM; d++)
        square += vector[d] * vector[d];
    for (int d = 0; d < DIM; d++)
        vector[d] /= sqrt(square);
}

static bool excluded(int i, int j)
{
    return i != j &&
           (pairs[i].request == pairs[j].request || pairs[i].document == pairs[j].document);
}

static double plain_loss(const double *word, const double *gram)
{
    double request[PAIRS][DIM], document[PAIRS][DIM], score[PAIRS][PAIRS], loss = 0;
    for (int i = 0; i < PAIRS; i++) {
        plain_text(word, gram, pairs[i].request, request[i]);
        plain_text(word, gram, pairs[i].document, document[i]);
    }
    for (int i = 0; i < PAIRS; i++)
        for (int j = 0; j < PAIRS; j++) {
            double dot = 0;
            for (int d = 0; d < DIM; d++)
                dot += request[i][d] * document[j][d];
            score[i][j] = excluded(i, j) ? 0 : exp(dot / TEMPERATURE);
        }
    for (int i = 0; i < PAIRS; i++) {
        double row = 0, column = 0;
        for (int j = 0; j < PAIRS; j++) {
            row += score[i][j];
            column += score[j][i];
        }
        loss -= log(score[i][i] / row) / 2 + log(score[i][i] / column) / 2;
    }
    return loss / PAIRS;
}

/* AdaGrad's first step is -rate · g / sqrt(mean g²) by row: finite differences give the g. */
static void check_row(double *at, const float *before, const float *after, const double *word,
                      const double *gram)
{
    double gradient[DIM], square = 0;
    for (int d = 0; d < DIM; d++) {
        double kept = at[d];
        at[d] = kept + 1e-5;
        double more = plain_loss(word, gram);
        at[d] = kept - 1e-5;
        gradient[d] = (more - plain_loss(word, gram)) / 2e-5;
        at[d] = kept;
        square += gradient[d] * gradient[d] / DIM;
    }
    for (int d = 0; d < DIM; d++)
        assert_float_equal(after[d] - before[d], (float)(-0.01 * gradient[d] / sqrt(square + 1e-8)),
                           2e-5f);
}

static void a_step_follows_the_gradient(void **state)
{
    (void)state;
    struct parameters before = start(), after = before;
    struct fl_encoder_train_options options = options_of(1);
    double word[ROWS * DIM], gram[GRAMS * DIM];
    for (int i = 0; i < ROWS * DIM; i++)
        word[i] = before.word[i];
    for (int i = 0; i < GRAMS * DIM; i++)
        gram[i] = before.gram[i];
    assert_int_equal(train(&after, &options), 0);
    for (int r = 0; r < ROWS; r++)
        check_row(word + r * DIM, before.word + r * DIM, after.word + r * DIM, word, gram);
    for (int r = 0; r < GRAMS; r++)
        check_row(gram + r * DIM, before.gram + r * DIM, after.gram + r * DIM, word, gram);
}

static void words_without_their_rows(void **state)
{
    (void)state;
    struct parameters before = start(), after = before;
    struct fl_encoder_train_options options = options_of(1);
    options.without_row = 1.1f;
    assert_int_equal(train(&after, &options), 0);
    assert_memory_equal(before.word, after.word, sizeof before.word);
    assert_memory_not_equal(before.gram, after.gram, sizeof before.gram);
}

static float last_loss(const struct parameters *p)
{
    double word[ROWS * DIM], gram[GRAMS * DIM];
    for (int i = 0; i < ROWS * DIM; i++)
        word[i] = p->word[i];
    for (int i = 0; i < GRAMS * DIM; i++)
        gram[i] = p->gram[i];
    return (float)plain_loss(word, gram);
}

static void learning_is_the_same_on_any_threads(void **state)
{
    (void)state;
    struct parameters before = start(), one = before;
    struct fl_encoder_train_options options = options_of(60);
    options.without_row = 0.2f;
    options.rate = 0.1f;
    assert_int_equal(train(&one, &options), 0);
    assert_true(last_loss(&one) < last_loss(&before) / 2);
    for (unsigned threads = 2; threads <= 5; threads++) {
        struct parameters other = before;
        options.threads = threads;
        assert_int_equal(train(&other, &options), 0);
        assert_memory_equal(&one, &other, sizeof one);
    }
    struct parameters other = before;
    options.seed = 2;
    assert_int_equal(train(&other, &options), 0);
    assert_memory_not_equal(&one, &other, sizeof one);
}

static bool stop_soon(void *ctx, float done, float loss)
{
    assert_true(done < 1 && loss >= 0);
    return ++*(int *)ctx == 3;
}

static void stopping_failing_running_out(void **state)
{
    (void)state;
    struct parameters p = start();
    struct fl_encoder_train_options options = options_of(100);
    int calls = 0;
    options.progress = stop_soon;
    options.ctx = &calls;
    options.threads = 2;
    assert_int_equal(train(&p, &options), -FL_ECANCELED);
    assert_int_equal(calls, 3);
    options.progress = NULL;
    options.threads = 1;
    options.batches = 1;
    long count = 1;
    for (long n = 0; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        int rc = train(&p, &options);
        count = n ? count : fl_test_alloc_count();
        fl_test_fail_alloc_at(0);
        assert_true(rc == -FL_ENOMEM || (rc == 0 && (n == 0 || n == count)));
    }
    options.batch = FL_ENCODER_BATCH_MAX + 1;
    assert_int_equal(train(&p, &options), -FL_EINVAL);
    struct fl_encoder_lessons nothing = {0};
    options.batch = PAIRS;
    assert_int_equal(
        fl_encoder_train(&forms, &nothing, &options, fl_kernels_select(NULL), p.word, p.gram, NULL),
        -FL_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_follows_the_gradient),
        cmocka_unit_test(words_without_their_rows),
        cmocka_unit_test(learning_is_the_same_on_any_threads),
        cmocka_unit_test(stopping_failing_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
