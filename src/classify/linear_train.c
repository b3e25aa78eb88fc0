/* linear_train.c: the linear path is learned: two low-rank models apart, packed into one.
 *
 * A row in an epoch: some of its features are kept (input dropout), hidden = Σ x·w1, softmax or
 * sigmoids of w2·hidden + bias; w1's rows are stepped at once, w2 and bias after a batch, all by
 * AdaGrad (Duchi et al. 2011). Each member draws its weights, order and dropout from a stream of
 * its own: the result does not depend on the threads. */
#include "classify/linear.h"

#include "base/random.h"
#include "base/team.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FEATURES = 1 << 15 };
static const float INITIAL = 0.1f;

/* --- shared by training, packing and the test of gradients --- */

/* ln((1 + rows) / (1 + rows with the feature)) + 1, as usual; 0 for what never occurs. */
static void learn_idf(const struct fl_training_rows *rows, float *idf, uint32_t *last)
{
    memset(idf, 0, FL_INPUT_BUCKETS * sizeof *idf);
    memset(last, 0, FL_INPUT_BUCKETS * sizeof *last);
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct fl_input *input = &rows->rows[rows->order[i]].input;
        for (uint32_t j = 0; j < input->block_end[FL_INPUT_BLOCKS - 1]; j++)
            if (last[input->bucket[j]] != i + 1) {
                last[input->bucket[j]] = i + 1;
                idf[input->bucket[j]] += 1;
            }
    }
    for (uint32_t b = 0; b < FL_INPUT_BUCKETS; b++)
        if (idf[b] > 0)
            idf[b] = logf((1 + (float)rows->count) / (1 + idf[b])) + 1;
}

void fl_training_gradient(const struct fl_kernels *kernels, const struct fl_training_rows *rows,
                          const struct fl_classifier_row *row, float smoothing, float *logits,
                          double *ret_loss)
{
    uint32_t n = rows->labels;
    double loss = 0;
    if (rows->several) {
        kernels->sigmoid(logits, n);
        for (uint32_t i = 0; ret_loss && i < n; i++)
            loss -= log1p(-(double)logits[i]);
        for (uint32_t i = 0; i < row->label_count; i++) {
            float *p = &logits[row->labels[i]];
            loss += ret_loss ? log1p(-(double)*p) - log((double)*p) : 0;
            *p -= 1;
        }
    } else {
        kernels->softmax(logits, n);
        float rest = smoothing / (float)n, whole = 1 - smoothing;
        for (uint32_t i = 0; i < n; i++) {
            loss -= ret_loss ? (double)rest * log((double)logits[i]) : 0;
            logits[i] -= rest;
        }
        float *p = &logits[row->labels[0]];
        loss -= ret_loss ? (double)whole * log((double)*p + (double)rest) : 0;
        *p -= whole;
    }
    if (ret_loss)
        *ret_loss = loss;
}

double fl_linear_loss(const struct fl_linear_parts *parts, unsigned member,
                      const struct fl_training_rows *rows, uint32_t row, float smoothing,
                      float *grad_w1, float *grad_w2, float *grad_bias)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    const struct fl_classifier_row *r = &rows->rows[row];
    uint32_t rank = parts->rank, labels = parts->labels;
    float hidden[FL_LINEAR_MAX_HIDDEN] = {0}, back[FL_LINEAR_MAX_HIDDEN] = {0};
    float scale[FL_INPUT_BLOCKS];
    float *logits = malloc((labels + 1) * sizeof *logits);
    if (!logits)
        return (double)NAN;
    fl_linear_block_scales(parts->idf, &r->input, scale);
    for (uint32_t b = 0, i = 0; b < FL_INPUT_BLOCKS; b++)
        for (; i < r->input.block_end[b]; i++) {
            uint32_t bucket = r->input.bucket[i];
            kernels->fma(hidden, scale[b] * parts->idf[bucket],
                         parts->w1[member] + (size_t)bucket * rank, rank);
        }
    kernels->matvec(parts->w2[member], hidden, parts->bias[member], logits, labels, rank);
    double loss;
    fl_training_gradient(kernels, rows, r, smoothing, logits, &loss);
    kernels->matvec_t(parts->w2[member], logits, back, labels, rank);
    for (uint32_t l = 0; l < labels; l++) {
        grad_bias[l] += logits[l];
        kernels->fma(grad_w2 + (size_t)l * rank, logits[l], hidden, rank);
    }
    for (uint32_t b = 0, i = 0; b < FL_INPUT_BLOCKS; b++)
        for (; i < r->input.block_end[b]; i++) {
            uint32_t bucket = r->input.bucket[i];
            kernels->fma(grad_w1 + (size_t)bucket * rank, scale[b] * parts->idf[bucket], back,
                         rank);
        }
    free(logits);
    return loss;
}

/* --- one member --- */

struct member {
    const struct fl_linear_training *training;
    const struct fl_training_rows *rows;
    const struct fl_kernels *kernels;
    const float *idf;
    float *w1, *w2, *bias;
    unsigned number;
    bool reports;        /* this one asks the caller's progress */
    atomic_int *stopped; /* by any member or by the caller */
    int result;

    /* scratch */
    float *h1, *h2, *hb; /* squares of gradients so far */
    float *g2, *gb;      /* of the batch */
    float *logits, *hidden, *back, *step;
    uint32_t *order;
    uint32_t *kept_bucket;
    float *kept_value;
    uint32_t kept;
    struct fl_random random;
};

static void member_release(struct member *m)
{
    free(m->h1);
    free(m->h2);
    free(m->hb);
    free(m->g2);
    free(m->gb);
    free(m->logits);
    free(m->hidden);
    free(m->back);
    free(m->step);
    free(m->order);
    free(m->kept_bucket);
    free(m->kept_value);
}

static int member_prepare(struct member *m)
{
    size_t rank = m->training->rank, labels = m->rows->labels;
    m->h1 = calloc(FL_INPUT_BUCKETS * rank, sizeof *m->h1);
    m->h2 = calloc(labels * rank, sizeof *m->h2);
    m->hb = calloc(labels, sizeof *m->hb);
    m->g2 = calloc(labels * rank, sizeof *m->g2);
    m->gb = calloc(labels, sizeof *m->gb);
    m->logits = calloc(labels, sizeof *m->logits);
    m->hidden = calloc(rank, sizeof *m->hidden);
    m->back = calloc(rank, sizeof *m->back);
    m->step = calloc(rank, sizeof *m->step);
    m->order = calloc((size_t)m->rows->count + 1, sizeof *m->order);
    m->kept_bucket = calloc(MAX_FEATURES, sizeof *m->kept_bucket);
    m->kept_value = calloc(MAX_FEATURES, sizeof *m->kept_value);
    if (!m->h1 || !m->h2 || !m->hb || !m->g2 || !m->gb || !m->logits || !m->hidden || !m->back ||
        !m->step || !m->order || !m->kept_bucket || !m->kept_value)
        return -FL_ENOMEM;
    fl_random_seed(&m->random, m->training->seed, m->number);
    for (size_t i = 0; i < FL_INPUT_BUCKETS * rank; i++)
        m->w1[i] = fl_random_symmetric(&m->random, INITIAL);
    for (size_t i = 0; i < labels * rank; i++)
        m->w2[i] = fl_random_symmetric(&m->random, INITIAL);
    memcpy(m->order, m->rows->order, m->rows->count * sizeof *m->order);
    return 0;
}

/* The features that stay, with their weights. */
static void drop_features(struct member *m, const struct fl_input *input)
{
    float scale[FL_INPUT_BLOCKS];
    fl_linear_block_scales(m->idf, input, scale);
    float keep = m->training->keep;
    uint32_t threshold = (uint32_t)(keep * 65536.0f);
    uint64_t bits = 0;
    m->kept = 0;
    for (uint32_t b = 0, i = 0; b < FL_INPUT_BLOCKS; b++)
        for (; i < input->block_end[b]; i++) {
            if (i % 4 == 0)
                bits = fl_random_next(&m->random);
            bool stays = (bits & 0xFFFF) < threshold && m->kept < MAX_FEATURES;
            bits >>= 16;
            if (!stays)
                continue;
            m->kept_bucket[m->kept] = input->bucket[i];
            m->kept_value[m->kept++] = scale[b] * m->idf[input->bucket[i]] / keep;
        }
}

static void end_batch(struct member *m)
{
    size_t rank = m->training->rank, labels = m->rows->labels;
    m->kernels->adagrad(m->w2, m->h2, m->g2, m->training->rate, labels * rank);
    m->kernels->adagrad(m->bias, m->hb, m->gb, m->training->rate, labels);
    memset(m->g2, 0, labels * rank * sizeof *m->g2);
    memset(m->gb, 0, labels * sizeof *m->gb);
}

static void learn_row(struct member *m, const struct fl_classifier_row *row)
{
    const struct fl_kernels *k = m->kernels;
    size_t rank = m->training->rank, labels = m->rows->labels;
    drop_features(m, &row->input);
    memset(m->hidden, 0, rank * sizeof *m->hidden);
    memset(m->back, 0, rank * sizeof *m->back);
    k->embedding_bag(m->hidden, m->w1, m->kept_bucket, m->kept_value, m->kept, rank);
    k->matvec(m->w2, m->hidden, m->bias, m->logits, labels, rank);
    fl_training_gradient(k, m->rows, row, m->training->smoothing, m->logits, NULL);
    k->matvec_t(m->w2, m->logits, m->back, labels, rank);
    for (size_t l = 0; l < labels; l++)
        k->fma(m->g2 + l * rank, m->logits[l], m->hidden, rank);
    k->fma(m->gb, 1, m->logits, labels);
    for (uint32_t i = 0; i < m->kept; i++) {
        size_t at = m->kept_bucket[i] * rank;
        memset(m->step, 0, rank * sizeof *m->step);
        k->fma(m->step, m->kept_value[i], m->back, rank);
        k->adagrad(m->w1 + at, m->h1 + at, m->step, m->training->rate, rank);
    }
}

static bool stopped(struct member *m, double share)
{
    if (m->reports && m->training->progress && m->training->progress(m->training->ctx, share))
        atomic_store(m->stopped, 1);
    return atomic_load(m->stopped);
}

enum { ROWS_BETWEEN_REPORTS = 1024 };

static void member_train(struct member *m)
{
    m->result = member_prepare(m);
    if (m->result)
        atomic_store(m->stopped, 1);
    uint32_t count = m->rows->count, batch = m->training->batch_rows;
    double all = (double)m->training->epochs * count;
    for (uint32_t epoch = 0; !m->result && epoch < m->training->epochs; epoch++) {
        fl_random_shuffle(&m->random, m->order, count);
        for (uint32_t i = 0; !m->result && i < count; i++) {
            if (i % ROWS_BETWEEN_REPORTS == 0 && stopped(m, ((double)epoch * count + i) / all))
                m->result = -FL_ECANCELED;
            learn_row(m, &m->rows->rows[m->order[i]]);
            if ((i + 1) % batch == 0 || i + 1 == count)
                end_batch(m);
        }
    }
    member_release(m);
}

/* --- all members --- */

enum {
    STEPS_WANTED = 60000, /* small sets are gone through more often */
    MOST_EPOCHS = 40,
    MANY_LABELS = 1000, /* from here on, rank and epochs shrink, so that time is bounded */
    MANY_LABELS_EPOCHS = 6,
    MANY_LABELS_BATCH = 64,
    LEAST_RANK = 16,
};

void fl_linear_training_adapt(struct fl_linear_training *training,
                              const struct fl_training_rows *rows)
{
    if (rows->several)
        training->smoothing = 0;
    if (rows->labels > MANY_LABELS) {
        training->epochs = MANY_LABELS_EPOCHS;
        training->batch_rows = MANY_LABELS_BATCH;
        training->rank = training->rank * MANY_LABELS / rows->labels / LEAST_RANK * LEAST_RANK;
        if (training->rank < LEAST_RANK)
            training->rank = LEAST_RANK;
        return;
    }
    uint32_t epochs = rows->count ? STEPS_WANTED / rows->count : 0;
    if (epochs > MOST_EPOCHS)
        epochs = MOST_EPOCHS;
    if (epochs > training->epochs)
        training->epochs = epochs;
}

void fl_linear_parts_destroy(struct fl_linear_parts *parts)
{
    if (!parts)
        return;
    free(parts->idf);
    for (int i = 0; i < FL_LINEAR_MEMBERS; i++) {
        free(parts->w1[i]);
        free(parts->w2[i]);
        free(parts->bias[i]);
    }
    *parts = (struct fl_linear_parts){0};
}

static int allocate(struct fl_linear_parts *parts)
{
    parts->idf = calloc(FL_INPUT_BUCKETS, sizeof *parts->idf);
    bool all = parts->idf;
    for (int i = 0; i < FL_LINEAR_MEMBERS; i++) {
        parts->w1[i] = calloc((size_t)FL_INPUT_BUCKETS * parts->rank, sizeof(float));
        parts->w2[i] = calloc((size_t)parts->labels * parts->rank, sizeof(float));
        parts->bias[i] = calloc(parts->labels, sizeof(float));
        all &= parts->w1[i] && parts->w2[i] && parts->bias[i];
    }
    return all ? 0 : -FL_ENOMEM;
}

static void train_share(void *ctx, struct fl_team *team, unsigned member, unsigned members)
{
    (void)team;
    struct member *all = ctx;
    for (unsigned i = member; i < FL_LINEAR_MEMBERS; i += members) {
        all[i].reports = member == 0;
        member_train(&all[i]);
    }
}

int fl_linear_train(struct fl_linear_parts *ret_parts, const struct fl_training_rows *rows,
                    const struct fl_linear_training *training, struct fl_err *err)
{
    *ret_parts = (struct fl_linear_parts){.labels = rows->labels, .rank = training->rank};
    uint32_t *last = calloc(FL_INPUT_BUCKETS, sizeof *last);
    if (allocate(ret_parts) || !last) {
        free(last);
        return fl_err_nomem(err);
    }
    learn_idf(rows, ret_parts->idf, last);
    free(last);
    atomic_int stop = 0;
    struct member members[FL_LINEAR_MEMBERS];
    for (unsigned i = 0; i < FL_LINEAR_MEMBERS; i++)
        members[i] = (struct member){.training = training,
                                     .rows = rows,
                                     .kernels = fl_kernels_select(NULL),
                                     .idf = ret_parts->idf,
                                     .w1 = ret_parts->w1[i],
                                     .w2 = ret_parts->w2[i],
                                     .bias = ret_parts->bias[i],
                                     .number = i,
                                     .stopped = &stop};
    fl_team_run(training->threads < FL_LINEAR_MEMBERS ? training->threads : FL_LINEAR_MEMBERS,
                train_share, members);
    int rc = 0;
    for (unsigned i = 0; i < FL_LINEAR_MEMBERS; i++)
        if (members[i].result && rc != -FL_ENOMEM)
            rc = members[i].result;
    if (rc == -FL_ECANCELED)
        return fl_err_set(err, FL_ECANCELED, "training was stopped");
    return rc ? fl_err_nomem(err) : 0;
}
