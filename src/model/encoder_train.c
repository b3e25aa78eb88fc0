/* encoder_train.c: see encoder_train.h.
 *
 * One batch, in steps between which the members of the team meet; each step divides what it writes
 * among them, so that every number is computed by one of them, in the same order whoever it is:
 *
 *   choose   member 0: pairs, the distinct words of their texts
 *   forward  words ─► vectors; texts ─► sums of unit length
 *   compare  scores of the rows, their softmax; the same by columns; gradients of the texts
 *   backward gradients of the words, then of rows and n-grams, which step */
#include "model/encoder_train.h"

#include "base/random.h"
#include "base/team.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCHES_A_PROGRESS = 20, SIDES = 2 };
static const float LEAST_NORM = 1e-6f, FIRST_SQUARES = 1e-8f;

/* The rows of a table that the present batch touches. */
struct touched {
    uint32_t *slot; /* [rows]: 1 + the place in `row`, 0: not touched */
    uint32_t *row;
    uint32_t count;
    float *gradient; /* [count][dim], where gradients of several words meet */
};

struct training {
    const struct fl_word_forms *forms;
    const struct fl_encoder_lessons *lessons;
    const struct fl_encoder_train_options *options;
    const struct fl_kernels *kernels;
    size_t dim;
    float *word, *gram;
    float *word_squares, *gram_squares; /* a row: the sum that AdaGrad divides by */
    uint32_t **order;                   /* of each source's pairs */
    uint32_t *next;                     /* of each source's order */
    struct fl_random random;
    /* The present batch; pairs × 2 texts: requests, then documents. */
    struct fl_encoder_pair pairs[FL_ENCODER_BATCH_MAX];
    uint32_t pair_count;
    struct touched words, grams;
    bool *bare;              /* [words.count]: without its own row this time */
    uint32_t *token_slot;    /* the words of the texts, behind one another, as slots */
    float *token_weight;     /* and their weights */
    uint32_t *text_first;    /* [2 · pairs + 1] */
    float *vector;           /* [words.count][dim] */
    float *text, *text_back; /* [2 · pairs][dim]: unit vectors, gradients */
    float *norm;             /* [2 · pairs] */
    float *score;            /* [pairs][pairs] */
    float *column;           /* [pairs][pairs]: the softmax by columns, transposed */
    float *loss;             /* [pairs] */
    float rate, loss_sum;
    uint32_t loss_count;
    bool canceled;
};

/* --- memory --- */

static size_t most_tokens(const struct training *t)
{
    return (size_t)t->options->batch * SIDES * FL_ENCODER_TEXT_MAX;
}

static bool prepare_touched(struct touched *touched, uint32_t rows, size_t most, size_t dim)
{
    most = most < rows ? most : rows;
    touched->slot = calloc((size_t)rows + 1, sizeof *touched->slot);
    touched->row = calloc(most + 1, sizeof *touched->row);
    touched->gradient = calloc(most * dim + 1, sizeof *touched->gradient);
    return touched->slot && touched->row && touched->gradient;
}

static bool prepare_order(struct training *t)
{
    unsigned count = t->lessons->source_count;
    t->order = calloc((size_t)count + 1, sizeof *t->order);
    t->next = calloc((size_t)count + 1, sizeof *t->next);
    if (!t->order || !t->next)
        return false;
    for (unsigned s = 0; s < count; s++) {
        uint32_t pairs = t->lessons->sources[s].count;
        t->order[s] = calloc((size_t)pairs + 1, sizeof **t->order);
        if (!t->order[s])
            return false;
        for (uint32_t i = 0; i < pairs; i++)
            t->order[s][i] = i;
        fl_random_shuffle(&t->random, t->order[s], pairs);
    }
    return true;
}

static int prepare(struct training *t)
{
    const struct fl_word_forms *forms = t->forms;
    size_t batch = t->options->batch, dim = t->dim, most = most_tokens(t);
    size_t words = most < forms->words ? most : forms->words;
    fl_random_seed(&t->random, t->options->seed, 1);
    bool ready = prepare_touched(&t->words, forms->words, most, dim) &&
                 prepare_touched(&t->grams, forms->gram_rows, forms->gram_rows, dim) &&
                 prepare_order(t);
    t->word_squares = calloc((size_t)forms->rows + 1, sizeof *t->word_squares);
    t->gram_squares = calloc((size_t)forms->gram_rows + 1, sizeof *t->gram_squares);
    t->bare = calloc(words + 1, sizeof *t->bare);
    t->token_slot = calloc(most + 1, sizeof *t->token_slot);
    t->token_weight = calloc(most + 1, sizeof *t->token_weight);
    t->text_first = calloc(SIDES * batch + 1, sizeof *t->text_first);
    t->vector = calloc(words * dim + 1, sizeof *t->vector);
    t->text = calloc(SIDES * batch * dim + 1, sizeof *t->text);
    t->text_back = calloc(SIDES * batch * dim + 1, sizeof *t->text_back);
    t->norm = calloc(SIDES * batch + 1, sizeof *t->norm);
    t->score = calloc(batch * batch + 1, sizeof *t->score);
    t->column = calloc(batch * batch + 1, sizeof *t->column);
    t->loss = calloc(batch + 1, sizeof *t->loss);
    return ready && t->word_squares && t->gram_squares && t->bare && t->token_slot &&
                   t->token_weight && t->text_first && t->vector && t->text && t->text_back &&
                   t->norm && t->score && t->column && t->loss
               ? 0
               : -FL_ENOMEM;
}

static void release(struct training *t)
{
    for (unsigned s = 0; t->order && s < t->lessons->source_count; s++)
        free(t->order[s]);
    void *all[] = {t->order,        t->next,         t->words.slot,     t->words.row,
                   t->grams.slot,   t->grams.row,    t->words.gradient, t->grams.gradient,
                   t->word_squares, t->gram_squares, t->bare,           t->token_slot,
                   t->token_weight, t->text_first,   t->vector,         t->text,
                   t->text_back,    t->norm,         t->score,          t->column,
                   t->loss};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* --- choose --- */

static void forget_touched(struct touched *touched)
{
    for (uint32_t i = 0; i < touched->count; i++)
        touched->slot[touched->row[i]] = 0;
    touched->count = 0;
}

static uint32_t touch(struct touched *touched, uint32_t row)
{
    if (!touched->slot[row]) {
        touched->row[touched->count] = row;
        touched->slot[row] = ++touched->count;
    }
    return touched->slot[row] - 1;
}

static unsigned choose_source(struct training *t)
{
    float sum = 0, drawn;
    for (unsigned s = 0; s < t->lessons->source_count; s++)
        sum += t->lessons->sources[s].share;
    drawn = fl_random_unit(&t->random) * sum;
    unsigned s = 0;
    while (s + 1 < t->lessons->source_count && drawn >= t->lessons->sources[s].share)
        drawn -= t->lessons->sources[s++].share;
    return s;
}

static void choose_pairs(struct training *t)
{
    unsigned s = choose_source(t);
    const struct fl_encoder_source *source = &t->lessons->sources[s];
    uint32_t wanted = t->options->batch < source->count ? t->options->batch : source->count;
    for (t->pair_count = 0; t->pair_count < wanted; t->pair_count++) {
        if (t->next[s] == source->count) {
            fl_random_shuffle(&t->random, t->order[s], source->count);
            t->next[s] = 0;
        }
        t->pairs[t->pair_count] = source->pairs[t->order[s][t->next[s]++]];
    }
}

/* Appends the words of a text as slots. */
static uint32_t list_text(struct training *t, uint32_t number, uint32_t at)
{
    const struct fl_encoder_text *text = &t->lessons->texts[number];
    uint32_t most = at + FL_ENCODER_TEXT_MAX;
    for (uint32_t s = text->first_span; s < text->first_span + text->span_count; s++) {
        const struct fl_encoder_span *span = &t->lessons->spans[s];
        for (uint32_t i = 0; i < span->count && at < most; i++, at++) {
            t->token_slot[at] = touch(&t->words, t->lessons->tokens[span->first + i]);
            t->token_weight[at] = span->weight;
        }
    }
    return at;
}

static void choose(struct training *t)
{
    choose_pairs(t);
    forget_touched(&t->words);
    uint32_t at = 0;
    size_t n = t->pair_count;
    for (size_t i = 0; i < SIDES * n; i++) {
        t->text_first[i] = at;
        at = list_text(t, i < n ? t->pairs[i].request : t->pairs[i - n].document, at);
    }
    t->text_first[SIDES * n] = at;
    for (uint32_t i = 0; i < t->words.count; i++)
        t->bare[i] = fl_random_unit(&t->random) < t->options->without_row;
}

/* --- forward --- */

static bool has_row(const struct training *t, uint32_t slot)
{
    return !t->bare[slot] && t->forms->row[t->words.row[slot]] != FL_WORDVEC_NO_ROW;
}

static void compose_words(struct training *t, unsigned member, unsigned members)
{
    for (uint32_t i = member; i < t->words.count; i += members) {
        struct fl_word_forms forms = *t->forms;
        uint32_t number = t->words.row[i], none = FL_WORDVEC_NO_ROW;
        float *vector = t->vector + i * t->dim;
        if (!has_row(t, i)) {
            forms.row = &none;
            forms.gram_first += number;
            number = 0;
        }
        fl_word_compose(&forms, t->kernels, t->word, t->gram, t->dim, number, vector);
    }
}

static void sum_texts(struct training *t, unsigned member, unsigned members)
{
    for (uint32_t i = member; i < SIDES * t->pair_count; i += members) {
        float *text = t->text + i * t->dim;
        uint32_t first = t->text_first[i];
        memset(text, 0, t->dim * sizeof *text);
        t->kernels->embedding_bag(text, t->vector, t->token_slot + first, t->token_weight + first,
                                  t->text_first[i + 1] - first, t->dim);
        t->norm[i] = t->kernels->l2_norm(text, t->dim);
        if (t->norm[i] > LEAST_NORM)
            t->kernels->scale(text, 1 / t->norm[i], t->dim);
    }
}

/* --- compare --- */

/* Others that serve as well are no counterexamples. */
static bool is_excluded(const struct training *t, uint32_t i, uint32_t j)
{
    return i != j && (t->pairs[i].document == t->pairs[j].document ||
                      t->pairs[i].request == t->pairs[j].request);
}

/* Scores of requests with all documents; both softmaxes start from them. */
static void score_rows(struct training *t, unsigned member, unsigned members)
{
    uint32_t n = t->pair_count;
    const float *documents = t->text + n * t->dim;
    for (uint32_t i = member; i < n; i += members) {
        float *row = t->score + (size_t)i * n;
        t->kernels->matvec(documents, t->text + i * t->dim, NULL, row, n, t->dim);
        for (uint32_t j = 0; j < n; j++) {
            row[j] = is_excluded(t, i, j) ? -INFINITY : row[j] / t->options->temperature;
            t->column[(size_t)j * n + i] = row[j];
        }
    }
}

static void softmax_both(struct training *t, unsigned member, unsigned members)
{
    uint32_t n = t->pair_count;
    for (uint32_t i = member; i < n; i += members) {
        float *row = t->score + (size_t)i * n, *column = t->column + (size_t)i * n;
        t->kernels->softmax(row, n);
        t->kernels->softmax(column, n);
        t->loss[i] = -logf(fmaxf(row[i], 1e-30f)) / 2 - logf(fmaxf(column[i], 1e-30f)) / 2;
    }
}

/* The gradient of the loss by the cosine of request i and document j. */
static float slope(const struct training *t, uint32_t i, uint32_t j)
{
    uint32_t n = t->pair_count;
    float both = t->score[(size_t)i * n + j] + t->column[(size_t)j * n + i];
    return (both / 2 - (i == j)) / (t->options->temperature * (float)n);
}

/* Back to the texts, and through their scaling to length 1. */
static void back_to_texts(struct training *t, unsigned member, unsigned members)
{
    uint32_t n = t->pair_count;
    for (uint32_t i = member; i < SIDES * n; i += members) {
        float *back = t->text_back + i * t->dim;
        const float *text = t->text + i * t->dim;
        memset(back, 0, t->dim * sizeof *back);
        if (!(t->norm[i] > LEAST_NORM))
            continue;
        for (uint32_t j = 0; j < n; j++) {
            float factor = i < n ? slope(t, i, j) : slope(t, j, i - n);
            if (factor != 0)
                t->kernels->fma(back, factor, t->text + (i < n ? j + n : j) * t->dim, t->dim);
        }
        t->kernels->fma(back, -t->kernels->dot(back, text, t->dim), text, t->dim);
        t->kernels->scale(back, 1 / t->norm[i], t->dim);
    }
}

/* --- backward --- */

/* A member has the words whose slot is its own, and goes through all texts in order. */
static void back_to_words(struct training *t, unsigned member, unsigned members)
{
    for (uint32_t i = member; i < t->words.count; i += members)
        memset(t->words.gradient + i * t->dim, 0, t->dim * sizeof(float));
    for (uint32_t i = 0; i < SIDES * t->pair_count; i++)
        for (uint32_t k = t->text_first[i]; k < t->text_first[i + 1]; k++)
            if (t->token_slot[k] % members == member)
                t->kernels->fma(t->words.gradient + t->token_slot[k] * t->dim, t->token_weight[k],
                                t->text_back + i * t->dim, t->dim);
}

static void step_row(const struct training *t, float *row, float *squares, const float *gradient)
{
    *squares += t->kernels->dot(gradient, gradient, t->dim) / (float)t->dim;
    t->kernels->fma(row, -t->rate / sqrtf(*squares + FIRST_SQUARES), gradient, t->dim);
}

static void step_words(struct training *t, unsigned member, unsigned members)
{
    for (uint32_t i = member; i < t->words.count; i += members) {
        if (!has_row(t, i))
            continue;
        uint32_t row = t->forms->row[t->words.row[i]];
        step_row(t, t->word + row * t->dim, &t->word_squares[row], t->words.gradient + i * t->dim);
    }
}

static void touch_grams(struct training *t)
{
    forget_touched(&t->grams);
    for (uint32_t i = 0; i < t->words.count; i++) {
        uint32_t number = t->words.row[i];
        for (uint32_t g = t->forms->gram_first[number]; g < t->forms->gram_first[number + 1]; g++)
            touch(&t->grams, t->forms->gram[g]);
    }
}

static void step_grams(struct training *t, unsigned member, unsigned members)
{
    const struct fl_word_forms *forms = t->forms;
    for (uint32_t i = member; i < t->grams.count; i += members)
        memset(t->grams.gradient + i * t->dim, 0, t->dim * sizeof(float));
    for (uint32_t i = 0; i < t->words.count; i++) {
        uint32_t number = t->words.row[i];
        uint32_t first = forms->gram_first[number], end = forms->gram_first[number + 1];
        for (uint32_t g = first; g < end; g++) {
            uint32_t slot = t->grams.slot[forms->gram[g]] - 1;
            if (slot % members == member)
                t->kernels->fma(t->grams.gradient + slot * t->dim, 1 / (float)(end - first),
                                t->words.gradient + i * t->dim, t->dim);
        }
    }
    for (uint32_t i = member; i < t->grams.count; i += members)
        step_row(t, t->gram + t->grams.row[i] * t->dim, &t->gram_squares[t->grams.row[i]],
                 t->grams.gradient + i * t->dim);
}

/* --- all together --- */

/* Member 0 alone, before each batch. */
static void begin_batch(struct training *t, uint32_t batch)
{
    float done = (float)batch / (float)t->options->batches;
    for (uint32_t i = 0; batch && i < t->pair_count; i++)
        t->loss_sum += t->loss[i] / (float)t->pair_count;
    t->loss_count += batch > 0;
    if (batch % BATCHES_A_PROGRESS == 0 && t->options->progress) {
        float mean = t->loss_count ? t->loss_sum / (float)t->loss_count : 0;
        t->canceled = t->options->progress(t->options->ctx, done, mean);
        t->loss_sum = 0;
        t->loss_count = 0;
    }
    t->rate = t->options->rate * (1 - done);
    choose(t);
    touch_grams(t);
}

static void work(void *ctx, struct fl_team *team, unsigned member, unsigned members)
{
    static void (*const steps[])(struct training * t, unsigned member, unsigned members) = {
        compose_words, sum_texts, score_rows, softmax_both, back_to_texts, back_to_words};
    struct training *t = ctx;
    for (uint32_t batch = 0; batch < t->options->batches; batch++) {
        if (member == 0)
            begin_batch(t, batch);
        fl_team_meet(team);
        if (t->canceled)
            return;
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            steps[i](t, member, members);
            fl_team_meet(team);
        }
        step_words(t, member, members);
        step_grams(t, member, members);
        fl_team_meet(team);
    }
}

static int check(const struct fl_encoder_lessons *lessons,
                 const struct fl_encoder_train_options *options, struct fl_err *err)
{
    if (!options->dim || options->batch < 2 || options->batch > FL_ENCODER_BATCH_MAX ||
        !(options->temperature > 0))
        return fl_err_set(err, FL_EINVAL, "dimension, batch or temperature is out of range");
    for (unsigned s = 0; s < lessons->source_count; s++)
        if (!lessons->sources[s].count || !(lessons->sources[s].share > 0))
            return fl_err_set(err, FL_EINVAL, "source %u has no pairs or no share", s);
    return lessons->source_count ? 0 : fl_err_set(err, FL_EINVAL, "nothing to learn from");
}

int fl_encoder_train(const struct fl_word_forms *forms, const struct fl_encoder_lessons *lessons,
                     const struct fl_encoder_train_options *options,
                     const struct fl_kernels *kernels, float *word, float *gram, struct fl_err *err)
{
    int rc = check(lessons, options, err);
    if (rc)
        return rc;
    struct training *training = calloc(1, sizeof *training);
    if (!training)
        return fl_err_nomem(err);
    training->forms = forms;
    training->lessons = lessons;
    training->options = options;
    training->kernels = kernels;
    training->dim = options->dim;
    training->word = word;
    training->gram = gram;
    rc = prepare(training);
    if (rc)
        fl_err_nomem(err);
    else
        fl_team_run(options->threads ? options->threads : 1, work, training);
    if (!rc && training->canceled)
        rc = fl_err_set(err, FL_ECANCELED, "interrupted");
    release(training);
    free(training);
    return rc;
}
