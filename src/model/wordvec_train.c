/* wordvec_train.c: see wordvec_train.h. */
#include "model/wordvec_train.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    NEGATIVE_TABLE = 1 << 20, /* draws from the words by count^0.75 */
    TEXT_MAX = 1024,          /* words of a text that are looked at */
    TEXTS_A_PROGRESS = 1024,
};

struct training {
    const struct fl_word_forms *forms;
    const struct fl_running_text *text;
    const struct fl_wordvec_train_options *options;
    const struct fl_kernels *kernels;
    float *word, *gram;
    float *context;           /* [rows][dim]: the other side of each word */
    float *vector, *gradient; /* [dim], of the present centre */
    float *keep;              /* [words]: the probability that an occurrence stays */
    uint32_t *order;          /* of the texts */
    uint32_t *negatives;      /* [NEGATIVE_TABLE] rows */
    struct fl_random random;
    float rate;
    uint32_t kept[TEXT_MAX]; /* of the present text */
    unsigned kept_count;
};

void fl_word_compose(const struct fl_word_forms *forms, const struct fl_kernels *kernels,
                     const float *word, const float *gram, size_t dim, uint32_t number,
                     float *vector)
{
    uint32_t row = forms->row[number];
    if (row == FL_WORDVEC_NO_ROW)
        memset(vector, 0, dim * sizeof *vector);
    else
        memcpy(vector, word + row * dim, dim * sizeof *vector);
    uint32_t first = forms->gram_first[number], end = forms->gram_first[number + 1];
    for (uint32_t i = first; i < end; i++)
        kernels->fma(vector, 1 / (float)(end - first), gram + forms->gram[i] * dim, dim);
}

/* --- what is drawn --- */

/* Subsampling as word2vec has it: sqrt(t / f) + t / f of the occurrences stay. */
static void set_keep(struct training *t, const uint32_t *count, uint64_t total)
{
    for (uint32_t w = 0; w < t->forms->words; w++) {
        float share = (float)count[w] / (float)total;
        float ratio = share > 0 ? t->options->subsample / share : 1;
        t->keep[w] = sqrtf(ratio) + ratio;
    }
}

static void set_negatives(struct training *t, const uint32_t *count)
{
    double sum = 0, reached = 0;
    for (uint32_t w = 0; w < t->forms->words; w++)
        if (t->forms->row[w] != FL_WORDVEC_NO_ROW)
            sum += pow(count[w], 0.75);
    size_t at = 0;
    uint32_t last = 0;
    for (uint32_t w = 0; w < t->forms->words; w++) {
        if (t->forms->row[w] == FL_WORDVEC_NO_ROW)
            continue;
        reached += pow(count[w], 0.75);
        last = t->forms->row[w];
        while (at < NEGATIVE_TABLE && (double)at < reached / sum * NEGATIVE_TABLE)
            t->negatives[at++] = last;
    }
    while (at < NEGATIVE_TABLE)
        t->negatives[at++] = last;
}

static int prepare(struct training *t)
{
    const struct fl_word_forms *forms = t->forms;
    size_t dim = t->options->dim;
    uint64_t total = t->text->first[t->text->texts];
    uint32_t *count = calloc((size_t)forms->words + 1, sizeof *count);
    t->context = calloc(forms->rows * dim + 1, sizeof *t->context);
    t->vector = calloc(2 * dim, sizeof *t->vector);
    t->keep = calloc((size_t)forms->words + 1, sizeof *t->keep);
    t->order = calloc((size_t)t->text->texts + 1, sizeof *t->order);
    t->negatives = calloc(NEGATIVE_TABLE, sizeof *t->negatives);
    bool ready = count && t->context && t->vector && t->keep && t->order && t->negatives;
    if (ready) {
        t->gradient = t->vector + dim;
        for (uint64_t i = 0; i < total; i++)
            count[t->text->tokens[i]]++;
        set_keep(t, count, total);
        set_negatives(t, count);
        for (uint32_t i = 0; i < t->text->texts; i++)
            t->order[i] = i;
        fl_random_seed(&t->random, t->options->seed, 0);
        for (size_t i = 0; i < forms->rows * dim; i++)
            t->word[i] = fl_random_symmetric(&t->random, 0.5f / (float)dim);
        for (size_t i = 0; i < forms->gram_rows * dim; i++)
            t->gram[i] = fl_random_symmetric(&t->random, 0.5f / (float)dim);
    }
    free(count);
    return ready ? 0 : -FL_ENOMEM;
}

static void release(struct training *t)
{
    free(t->context);
    free(t->vector);
    free(t->keep);
    free(t->order);
    free(t->negatives);
}

/* --- learning --- */

/* One draw of equation 4: towards `row` for label 1, away from it for 0. */
static void learn_row(struct training *t, uint32_t row, float label)
{
    size_t dim = t->options->dim;
    float *context = t->context + row * dim;
    float score = t->kernels->dot(t->vector, context, dim);
    float step = t->rate * (label - 1 / (1 + expf(-score)));
    t->kernels->fma(t->gradient, step, context, dim);
    t->kernels->fma(context, step, t->vector, dim);
}

/* The gradient goes to the word's row and its n-grams by halves: together one step. */
static void learn_centre(struct training *t, uint32_t word)
{
    size_t dim = t->options->dim;
    uint32_t row = t->forms->row[word];
    float share = row == FL_WORDVEC_NO_ROW ? 1 : 0.5f;
    if (row != FL_WORDVEC_NO_ROW)
        t->kernels->fma(t->word + row * dim, share, t->gradient, dim);
    for (uint32_t i = t->forms->gram_first[word]; i < t->forms->gram_first[word + 1]; i++)
        t->kernels->fma(t->gram + t->forms->gram[i] * dim, share, t->gradient, dim);
}

static void learn_window(struct training *t, unsigned centre)
{
    const struct fl_word_forms *forms = t->forms;
    size_t dim = t->options->dim;
    unsigned reach = 1 + fl_random_below(&t->random, t->options->window);
    unsigned begin = centre > reach ? centre - reach : 0;
    unsigned end = centre + reach < t->kept_count ? centre + reach + 1 : t->kept_count;
    fl_word_compose(forms, t->kernels, t->word, t->gram, dim, t->kept[centre], t->vector);
    memset(t->gradient, 0, dim * sizeof *t->gradient);
    for (unsigned i = begin; i < end; i++) {
        uint32_t row = forms->row[t->kept[i]];
        if (i == centre || row == FL_WORDVEC_NO_ROW)
            continue;
        learn_row(t, row, 1);
        for (uint32_t n = 0; n < t->options->negatives; n++) {
            uint32_t other = t->negatives[fl_random_below(&t->random, NEGATIVE_TABLE)];
            if (other != row)
                learn_row(t, other, 0);
        }
    }
    learn_centre(t, t->kept[centre]);
}

static void learn_text(struct training *t, uint32_t number)
{
    t->kept_count = 0;
    for (uint32_t i = t->text->first[number]; i < t->text->first[number + 1]; i++) {
        uint32_t word = t->text->tokens[i];
        if (t->kept_count < TEXT_MAX && fl_random_unit(&t->random) < t->keep[word])
            t->kept[t->kept_count++] = word;
    }
    for (unsigned centre = 0; centre < t->kept_count; centre++)
        learn_window(t, centre);
}

static int learn(struct training *t, struct fl_err *err)
{
    uint64_t steps = (uint64_t)t->text->texts * t->options->epochs, step = 0;
    for (uint32_t epoch = 0; epoch < t->options->epochs; epoch++) {
        fl_random_shuffle(&t->random, t->order, t->text->texts);
        for (uint32_t i = 0; i < t->text->texts; i++, step++) {
            float done = (float)step / (float)steps;
            t->rate = t->options->rate * (1 - done);
            if (step % TEXTS_A_PROGRESS == 0 && t->options->progress &&
                t->options->progress(t->options->ctx, done))
                return fl_err_set(err, FL_ECANCELED, "interrupted");
            learn_text(t, t->order[i]);
        }
    }
    return 0;
}

int fl_wordvec_train(const struct fl_word_forms *forms, const struct fl_running_text *text,
                     const struct fl_wordvec_train_options *options,
                     const struct fl_kernels *kernels, float *word, float *gram, struct fl_err *err)
{
    struct training training = {.forms = forms,
                                .text = text,
                                .options = options,
                                .kernels = kernels,
                                .word = word,
                                .gram = gram};
    int rc = prepare(&training);
    if (rc)
        fl_err_nomem(err);
    else
        rc = learn(&training, err);
    release(&training);
    return rc;
}
