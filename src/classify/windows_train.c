/* windows_train.c: the path of word windows is learned: two members apart, as in linear_train.c.
 *
 * What a window adds up before the maximum is linear in the words' vectors. So a batch computes the
 * parts of each of its words once, rows add up parts, gradients gather in parts too, and at the end
 * of the batch they become those of filters and vectors: dense products, once a word and batch. */
#include "classify/windows.h"

#include "base/random.h"
#include "base/team.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM = 100, VECTOR_STREAM = 200, DRAWN_DIM = 64, ROWS_BETWEEN_REPORTS = 256 };
#define NO_WORD UINT32_MAX

/* --- shapes --- */

struct shape {
    size_t filters, values, row, dim, labels; /* row: parts of a word */
};

static struct shape shape_of(const struct fl_windows_parts *parts)
{
    return (struct shape){.filters = parts->filters,
                          .values = (size_t)FL_WINDOWS_WIDTHS * parts->filters,
                          .row = (size_t)FL_WINDOWS_PLACES * parts->filters,
                          .dim = parts->dim,
                          .labels = parts->labels};
}

static int by_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint32_t words_read(const struct fl_input *input)
{
    return input->word_count < FL_WINDOWS_MAX_WORDS ? input->word_count : FL_WINDOWS_MAX_WORDS;
}

static int learn_vocabulary(struct fl_windows_parts *parts, const struct fl_training_rows *rows)
{
    size_t total = 0;
    for (uint32_t i = 0; i < rows->count; i++)
        total += words_read(&rows->rows[rows->order[i]].input);
    parts->hash = calloc(total + 1, sizeof *parts->hash);
    if (!parts->hash)
        return -FL_ENOMEM;
    size_t n = 0, kept = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct fl_input *input = &rows->rows[rows->order[i]].input;
        memcpy(parts->hash + n, input->word, words_read(input) * sizeof *parts->hash);
        n += words_read(input);
    }
    qsort(parts->hash, n, sizeof *parts->hash, by_hash);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || parts->hash[i] != parts->hash[i - 1])
            parts->hash[kept++] = parts->hash[i];
    if (kept > FL_WINDOWS_MAX_VOCABULARY)
        return -FL_ELIMIT;
    parts->words = (uint32_t)kept;
    return 0;
}

void fl_windows_parts_destroy(struct fl_windows_parts *parts)
{
    if (!parts)
        return;
    free(parts->hash);
    for (int i = 0; i < FL_WINDOWS_MEMBERS; i++) {
        free(parts->member[i].vector);
        free(parts->member[i].filter);
        free(parts->member[i].bias);
        free(parts->member[i].out);
        free(parts->member[i].out_bias);
    }
    *parts = (struct fl_windows_parts){0};
}

/* Vectors from the table, of length about 1 · dim^½ / 2; words that it lacks start at zero. */
static void start_vectors(const struct fl_windows_parts *parts, const struct fl_wordvec *vectors,
                          const struct fl_kernels *kernels, uint64_t seed, float *vector)
{
    struct fl_random random;
    fl_random_seed(&random, seed, VECTOR_STREAM);
    for (uint32_t w = 0; w < parts->words; w++) {
        float *at = vector + (size_t)w * parts->dim;
        uint32_t row = vectors ? fl_wordvec_find(vectors, parts->hash[w]) : FL_WORDVEC_NONE;
        if (row != FL_WORDVEC_NONE)
            fl_wordvec_add_word(vectors, kernels, row, 1, at);
        for (uint32_t d = 0; !vectors && d < parts->dim; d++)
            at[d] = fl_random_symmetric(&random, 0.5f);
    }
}

static int start_member(struct fl_windows_parts *parts, unsigned number,
                        const struct fl_windows_training *training)
{
    struct shape s = shape_of(parts);
    struct fl_windows_member *m = &parts->member[number];
    m->vector = calloc((size_t)parts->words + 1, s.dim * sizeof(float));
    m->filter = calloc(s.dim * s.row, sizeof(float));
    m->bias = calloc(s.values, sizeof(float));
    m->out = calloc(s.labels * s.values, sizeof(float));
    m->out_bias = calloc(s.labels, sizeof(float));
    if (!m->vector || !m->filter || !m->bias || !m->out || !m->out_bias)
        return -FL_ENOMEM;
    start_vectors(parts, training->vectors, fl_kernels_select(NULL), training->seed, m->vector);
    struct fl_random random;
    fl_random_seed(&random, training->seed, STREAM + number);
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++) {
        float most = sqrtf(3.0f / (float)(s.dim * (width + 1)));
        for (uint32_t place = 0; place <= width; place++)
            for (size_t d = 0; d < s.dim; d++)
                for (size_t f = 0; f < s.filters; f++)
                    m->filter[d * s.row + fl_windows_place(width, place) * s.filters + f] =
                        fl_random_symmetric(&random, most);
    }
    return 0;
}

/* --- one row --- */

/* Parts of the words at hand and their gradients: a slot a word. */
struct slots {
    float *part, *gradient; /* [slots][row] */
};

struct pass {
    uint32_t slot[FL_WINDOWS_MAX_WORDS]; /* of each word, or NO_WORD */
    uint32_t words;
    float *value;    /* [values]: after the maximum, relu and dropout */
    float *mask;     /* [values]: what dropout multiplied by */
    uint32_t *place; /* [values]: where the maximum was: first word's position + width */
    float *window;   /* [filters] */
    float *logits;   /* [labels] */
    float *back;     /* [values] */
};

static void slide_width(const struct shape *s, const struct fl_kernels *kernels,
                        const struct slots *slots, const float *bias, uint32_t width,
                        struct pass *p)
{
    float *value = p->value + width * s->filters;
    uint32_t *at = p->place + width * s->filters;
    uint32_t ends = p->words ? p->words + width : 1;
    for (size_t f = 0; f < s->filters; f++)
        value[f] = -INFINITY;
    for (uint32_t begin = 0; begin < ends; begin++) {
        memcpy(p->window, bias + width * s->filters, s->filters * sizeof *p->window);
        for (uint32_t place = 0; place <= width; place++) {
            uint32_t word = begin + place;
            if (word < width || word - width >= p->words || p->slot[word - width] == NO_WORD)
                continue;
            kernels->fma(p->window, 1,
                         slots->part + p->slot[word - width] * s->row +
                             fl_windows_place(width, place) * s->filters,
                         s->filters);
        }
        for (size_t f = 0; f < s->filters; f++) {
            bool higher = p->window[f] > value[f];
            value[f] = higher ? p->window[f] : value[f];
            at[f] = higher ? begin : at[f];
        }
    }
}

static void forward(const struct shape *s, const struct fl_kernels *kernels,
                    const struct fl_windows_member *m, const struct slots *slots, struct pass *p)
{
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
        slide_width(s, kernels, slots, m->bias, width, p);
    for (size_t v = 0; v < s->values; v++)
        p->value[v] = p->value[v] > 0 ? p->value[v] * p->mask[v] : 0;
    kernels->matvec(m->out, p->value, m->out_bias, p->logits, s->labels, s->values);
}

/* From the gradient by the logits to those of everything but filters and vectors. */
static void backward(const struct shape *s, const struct fl_kernels *kernels,
                     const struct fl_windows_member *m, const struct slots *slots, struct pass *p,
                     struct fl_windows_member *gradient)
{
    memset(p->back, 0, s->values * sizeof *p->back);
    kernels->matvec_t(m->out, p->logits, p->back, s->labels, s->values);
    for (size_t l = 0; l < s->labels; l++)
        kernels->fma(gradient->out + l * s->values, p->logits[l], p->value, s->values);
    kernels->fma(gradient->out_bias, 1, p->logits, s->labels);
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
        for (size_t f = 0; f < s->filters; f++) {
            size_t v = width * s->filters + f;
            if (p->value[v] <= 0)
                continue;
            float g = p->back[v] * p->mask[v];
            gradient->bias[v] += g;
            for (uint32_t place = 0; place <= width; place++) {
                uint32_t word = p->place[v] + place;
                if (word < width || word - width >= p->words || p->slot[word - width] == NO_WORD)
                    continue;
                slots->gradient[p->slot[word - width] * s->row +
                                fl_windows_place(width, place) * s->filters + f] += g;
            }
        }
}

static int pass_prepare(struct pass *p, const struct shape *s)
{
    p->value = calloc(s->values, sizeof *p->value);
    p->mask = calloc(s->values, sizeof *p->mask);
    p->place = calloc(s->values, sizeof *p->place);
    p->window = calloc(s->filters, sizeof *p->window);
    p->logits = calloc(s->labels, sizeof *p->logits);
    p->back = calloc(s->values, sizeof *p->back);
    return p->value && p->mask && p->place && p->window && p->logits && p->back ? 0 : -FL_ENOMEM;
}

static void pass_release(struct pass *p)
{
    free(p->value);
    free(p->mask);
    free(p->place);
    free(p->window);
    free(p->logits);
    free(p->back);
}

/* --- one member --- */

struct learner {
    const struct fl_windows_training *training;
    const struct fl_training_rows *rows;
    const struct fl_windows_parts *parts;
    const struct fl_kernels *kernels;
    struct fl_windows_member *m;
    unsigned number;
    bool reports;
    atomic_int *stopped;
    int result;

    struct shape shape;
    struct fl_windows_member gradient, squares; /* gradient.vector: one row of scratch */
    struct slots slots;
    struct pass pass;
    uint32_t *slot_word; /* [slots]: the word of each */
    uint32_t *word_slot; /* [words]: its slot in this batch, or NO_WORD */
    uint32_t slot_count;
    uint32_t *order;
    uint32_t *numbers; /* 0, 1, 2 …: all rows of a table */
    float *weights;    /* [slots] */
    struct fl_random random;
};

static int shadow(struct fl_windows_member *m, const struct shape *s, size_t vectors)
{
    m->vector = calloc(vectors + 1, s->dim * sizeof(float));
    m->filter = calloc(s->dim * s->row, sizeof(float));
    m->bias = calloc(s->values, sizeof(float));
    m->out = calloc(s->labels * s->values, sizeof(float));
    m->out_bias = calloc(s->labels, sizeof(float));
    return m->vector && m->filter && m->bias && m->out && m->out_bias ? 0 : -FL_ENOMEM;
}

static void shadow_release(struct fl_windows_member *m)
{
    free(m->vector);
    free(m->filter);
    free(m->bias);
    free(m->out);
    free(m->out_bias);
}

static void learner_release(struct learner *l)
{
    shadow_release(&l->gradient);
    shadow_release(&l->squares);
    pass_release(&l->pass);
    free(l->slots.part);
    free(l->slots.gradient);
    free(l->slot_word);
    free(l->word_slot);
    free(l->order);
    free(l->numbers);
    free(l->weights);
}

static int learner_prepare(struct learner *l)
{
    size_t slots = (size_t)l->training->batch_rows * FL_WINDOWS_MAX_WORDS, words = l->parts->words;
    l->shape = shape_of(l->parts);
    int rc = shadow(&l->gradient, &l->shape, 1);
    if (!rc)
        rc = shadow(&l->squares, &l->shape, words);
    if (!rc)
        rc = pass_prepare(&l->pass, &l->shape);
    l->slots.part = calloc(slots, l->shape.row * sizeof(float));
    l->slots.gradient = calloc(slots, l->shape.row * sizeof(float));
    l->slot_word = calloc(slots, sizeof *l->slot_word);
    l->word_slot = calloc(words + 1, sizeof *l->word_slot);
    l->order = calloc((size_t)l->rows->count + 1, sizeof *l->order);
    l->numbers = calloc(slots + l->shape.dim, sizeof *l->numbers);
    l->weights = calloc(slots, sizeof *l->weights);
    if (rc || !l->slots.part || !l->slots.gradient || !l->slot_word || !l->word_slot || !l->order ||
        !l->numbers || !l->weights)
        return -FL_ENOMEM;
    for (size_t i = 0; i < slots + l->shape.dim; i++)
        l->numbers[i] = (uint32_t)i;
    for (size_t i = 0; i < words; i++)
        l->word_slot[i] = NO_WORD;
    fl_random_seed(&l->random, l->training->seed, STREAM + FL_WINDOWS_MEMBERS + l->number);
    memcpy(l->order, l->rows->order, l->rows->count * sizeof *l->order);
    return 0;
}

/* The slot of a word, whose parts are computed when the batch meets it first. */
static uint32_t take_slot(struct learner *l, uint32_t word)
{
    const struct shape *s = &l->shape;
    if (l->word_slot[word] != NO_WORD)
        return l->word_slot[word];
    uint32_t slot = l->slot_count++;
    float *part = l->slots.part + slot * s->row;
    l->word_slot[word] = slot;
    l->slot_word[slot] = word;
    memset(part, 0, s->row * sizeof *part);
    memset(l->slots.gradient + slot * s->row, 0, s->row * sizeof *part);
    l->kernels->embedding_bag(part, l->m->filter, l->numbers, l->m->vector + word * s->dim, s->dim,
                              s->row);
    return slot;
}

static void learn_row(struct learner *l, const struct fl_classifier_row *row)
{
    const struct shape *s = &l->shape;
    struct pass *p = &l->pass;
    p->words = words_read(&row->input);
    for (uint32_t i = 0; i < p->words; i++) {
        uint32_t word = fl_windows_find(l->parts->hash, l->parts->words, row->input.word[i]);
        bool dropped = fl_random_unit(&l->random) < l->training->word_dropout;
        p->slot[i] = dropped ? NO_WORD : take_slot(l, word);
    }
    float drop = l->training->value_dropout;
    for (size_t v = 0; v < s->values; v++)
        p->mask[v] = fl_random_unit(&l->random) < drop ? 0 : 1 / (1 - drop);
    forward(s, l->kernels, l->m, &l->slots, p);
    fl_training_gradient(l->kernels, l->rows, row, l->training->smoothing, p->logits, NULL);
    backward(s, l->kernels, l->m, &l->slots, p, &l->gradient);
}

/* From the gradients of parts to those of filters and vectors; then the steps. */
static void end_batch(struct learner *l)
{
    const struct shape *s = &l->shape;
    const struct fl_kernels *k = l->kernels;
    float rate = l->training->rate, *by_vector = l->gradient.vector;
    for (size_t d = 0; d < s->dim; d++) {
        for (uint32_t i = 0; i < l->slot_count; i++)
            l->weights[i] = l->m->vector[l->slot_word[i] * s->dim + d];
        k->embedding_bag(l->gradient.filter + d * s->row, l->slots.gradient, l->numbers, l->weights,
                         l->slot_count, s->row);
    }
    for (uint32_t i = 0; i < l->slot_count; i++) {
        uint32_t word = l->slot_word[i];
        float *vector = l->m->vector + word * s->dim;
        k->matvec(l->m->filter, l->slots.gradient + i * s->row, NULL, by_vector, s->dim, s->row);
        k->adagrad(vector, l->squares.vector + word * s->dim, by_vector, l->training->vector_rate,
                   s->dim);
        l->word_slot[word] = NO_WORD;
    }
    l->slot_count = 0;
    k->adagrad(l->m->filter, l->squares.filter, l->gradient.filter, rate, s->dim * s->row);
    k->adagrad(l->m->bias, l->squares.bias, l->gradient.bias, rate, s->values);
    k->adagrad(l->m->out, l->squares.out, l->gradient.out, rate, s->labels * s->values);
    k->adagrad(l->m->out_bias, l->squares.out_bias, l->gradient.out_bias, rate, s->labels);
    memset(l->gradient.filter, 0, s->dim * s->row * sizeof(float));
    memset(l->gradient.bias, 0, s->values * sizeof(float));
    memset(l->gradient.out, 0, s->labels * s->values * sizeof(float));
    memset(l->gradient.out_bias, 0, s->labels * sizeof(float));
}

static bool stopped(struct learner *l, double share)
{
    if (l->reports && l->training->progress && l->training->progress(l->training->ctx, share))
        atomic_store(l->stopped, 1);
    return atomic_load(l->stopped);
}

static void learner_train(struct learner *l)
{
    l->result = learner_prepare(l);
    uint32_t count = l->rows->count;
    double all = (double)l->training->epochs * count;
    for (uint32_t epoch = 0; !l->result && epoch < l->training->epochs; epoch++) {
        fl_random_shuffle(&l->random, l->order, count);
        for (uint32_t i = 0; !l->result && i < count; i++) {
            if (i % ROWS_BETWEEN_REPORTS == 0 && stopped(l, ((double)epoch * count + i) / all))
                l->result = -FL_ECANCELED;
            learn_row(l, &l->rows->rows[l->order[i]]);
            if ((i + 1) % l->training->batch_rows == 0 || i + 1 == count)
                end_batch(l);
        }
    }
    learner_release(l);
}

/* --- all members --- */

static void train_share(void *ctx, struct fl_team *team, unsigned member, unsigned members)
{
    (void)team;
    struct learner *learners = ctx;
    for (unsigned i = member; i < FL_WINDOWS_MEMBERS; i += members) {
        learners[i].reports = member == 0;
        learner_train(&learners[i]);
    }
}

static int prepare_parts(struct fl_windows_parts *parts, const struct fl_training_rows *rows,
                         const struct fl_windows_training *training)
{
    parts->labels = rows->labels;
    parts->filters = training->filters;
    parts->dim = training->vectors ? training->vectors->head.dim : DRAWN_DIM;
    int rc = learn_vocabulary(parts, rows);
    for (unsigned i = 0; !rc && i < FL_WINDOWS_MEMBERS; i++)
        rc = start_member(parts, i, training);
    return rc;
}

int fl_windows_train(struct fl_windows_parts *ret_parts, const struct fl_training_rows *rows,
                     const struct fl_windows_training *training, struct fl_err *err)
{
    *ret_parts = (struct fl_windows_parts){0};
    int rc = prepare_parts(ret_parts, rows, training);
    if (rc == -FL_ELIMIT)
        return fl_err_set(err, FL_ELIMIT, "the training rows have too many different words");
    if (rc)
        return fl_err_nomem(err);
    atomic_int stop = 0;
    struct learner learners[FL_WINDOWS_MEMBERS] = {0};
    for (unsigned i = 0; i < FL_WINDOWS_MEMBERS; i++)
        learners[i] = (struct learner){.training = training,
                                       .rows = rows,
                                       .parts = ret_parts,
                                       .kernels = fl_kernels_select(NULL),
                                       .m = &ret_parts->member[i],
                                       .number = i,
                                       .stopped = &stop};
    fl_team_run(training->threads < FL_WINDOWS_MEMBERS ? training->threads : FL_WINDOWS_MEMBERS,
                train_share, learners);
    for (unsigned i = 0; i < FL_WINDOWS_MEMBERS; i++)
        if (learners[i].result && rc != -FL_ENOMEM)
            rc = learners[i].result;
    return rc == -FL_ECANCELED ? fl_err_set(err, FL_ECANCELED, "training was stopped")
           : rc                ? fl_err_nomem(err)
                               : 0;
}

enum { STEPS_WANTED = 40000, MOST_EPOCHS = 30 };

void fl_windows_training_adapt(struct fl_windows_training *training,
                               const struct fl_training_rows *rows)
{
    uint32_t epochs = rows->count ? STEPS_WANTED / rows->count : 0;
    if (epochs > MOST_EPOCHS)
        epochs = MOST_EPOCHS;
    if (epochs > training->epochs)
        training->epochs = epochs;
    if (rows->several)
        training->smoothing = 0;
}

/* --- for the tests --- */

double fl_windows_loss(const struct fl_windows_parts *parts, unsigned member,
                       const struct fl_training_rows *rows, uint32_t row, float smoothing,
                       struct fl_windows_member *gradient)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    const struct fl_windows_member *m = &parts->member[member];
    const struct fl_input *input = &rows->rows[row].input;
    struct shape s = shape_of(parts);
    struct slots slots = {calloc(FL_WINDOWS_MAX_WORDS, s.row * sizeof(float)),
                          calloc(FL_WINDOWS_MAX_WORDS, s.row * sizeof(float))};
    struct pass p = {.words = words_read(input)};
    double loss = (double)NAN;
    if (!pass_prepare(&p, &s) && slots.part && slots.gradient) {
        for (size_t v = 0; v < s.values; v++)
            p.mask[v] = 1;
        for (uint32_t i = 0; i < p.words; i++) { /* a slot a place: the same word may have two */
            uint32_t word = fl_windows_find(parts->hash, parts->words, input->word[i]);
            p.slot[i] = i;
            kernels->matvec_t(m->filter, m->vector + word * s.dim, slots.part + i * s.row, s.dim,
                              s.row);
        }
        forward(&s, kernels, m, &slots, &p);
        fl_training_gradient(kernels, rows, &rows->rows[row], smoothing, p.logits, &loss);
        backward(&s, kernels, m, &slots, &p, gradient);
        for (uint32_t i = 0; i < p.words; i++) {
            uint32_t word = fl_windows_find(parts->hash, parts->words, input->word[i]);
            const float *by_part = slots.gradient + i * s.row;
            for (size_t d = 0; d < s.dim; d++) {
                kernels->fma(gradient->filter + d * s.row, m->vector[word * s.dim + d], by_part,
                             s.row);
                gradient->vector[word * s.dim + d] +=
                    kernels->dot(m->filter + d * s.row, by_part, s.row);
            }
        }
    }
    pass_release(&p);
    free(slots.part);
    free(slots.gradient);
    return loss;
}
