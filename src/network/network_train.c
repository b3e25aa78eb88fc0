/* network_train.c: epochs, mini-batches, Adam, early stopping; see network.h.
 *
 * A batch goes through two phases with a meeting of the team behind each:
 *
 *   1. every member takes some rows of the batch:      inputs, forward, back (network_step.h)
 *   2. every member takes some rows of each matrix:    gradient over the whole batch, one step of
 * Adam
 *
 * Whoever takes a row does the same arithmetic with it, so that the number of members cannot be
 * seen in the result, and gradients never need more memory than one row. */
#include "base/random.h"
#include "base/team.h"
#include "network/network_step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float BETA1 = 0.9f, BETA2 = 0.999f, EPSILON = 1e-8f;

/* Multiply-adds of a batch that are worth a thread: less takes no longer than meeting does. */
enum { WORK_OF_A_MEMBER = 1 << 20 };

/* Streams of random numbers; those of rows come behind. */
enum { STREAM_HOLD_OUT, STREAM_ORDER, STREAM_DROPOUT };

struct job {
    const struct fl_network_rows *rows;
    const struct fl_network_training *how;
    struct fl_network *network; /* the copy that is trained */
    float *parameters;          /* its own */
    struct fl_network_step step;
    uint32_t *order;            /* of rows: first those to learn from, then those held out */
    uint32_t learned_from;      /* how many */
    float *moments;             /* Adam's m, then v, each as long as the parameters */
    float *best;                /* parameters of the best epoch; NULL where nothing is held out */
    double *losses;             /* of the rows of a batch */
    float *columns, *gradients; /* a member's: [members][…] */
    uint32_t updates;
    uint32_t waited; /* epochs since the best */
    double epoch_loss;
    struct fl_network_report report;
    struct fl_random order_random;
    int result;
    bool over;
};

/* --- one batch --- */

static void fill_inputs(struct job *job, uint32_t epoch, uint32_t place, const float *x, float *to)
{
    uint32_t inputs = job->network->shape.inputs;
    float drop = job->how->input_dropout;
    if (drop <= 0) {
        memcpy(to, x, inputs * sizeof *to);
        return;
    }
    struct fl_random random;
    fl_random_seed(&random, job->how->seed,
                   STREAM_DROPOUT + (uint64_t)epoch * job->rows->count + place);
    for (uint32_t i = 0; i < inputs; i++)
        to[i] = x[i] != 0 && fl_random_unit(&random) >= drop ? x[i] / (1 - drop) : 0;
}

static const uint32_t *labels_of(const struct fl_network_rows *rows, uint32_t row,
                                 uint32_t *ret_count)
{
    *ret_count = rows->label_start[row + 1] - rows->label_start[row];
    return rows->label + rows->label_start[row];
}

static const float *inputs_of(const struct job *job, uint32_t row)
{
    return job->rows->x + (size_t)row * job->network->shape.inputs;
}

static void pass_rows(struct job *job, uint32_t epoch, uint32_t start, unsigned member,
                      unsigned members)
{
    uint32_t inputs = job->network->shape.inputs;
    for (uint32_t i = member; i < job->step.rows; i += members) {
        uint32_t row = job->order[start + i], count;
        const uint32_t *labels = labels_of(job->rows, row, &count);
        fill_inputs(job, epoch, start + i, inputs_of(job, row),
                    job->step.activation[0] + (size_t)i * inputs);
        job->losses[i] = fl_network_step_row(&job->step, i, labels, count);
    }
}

/* Rows [member · n / members, (member + 1) · n / members) of each layer's n = inputs + 1 (bias). */
static void update_rows(struct job *job, unsigned member, unsigned members)
{
    const struct fl_kernels *kernels = job->network->kernels;
    float *column = job->columns + (size_t)member * job->how->batch_rows;
    float *gradient = job->gradients + (size_t)member * job->network->widest;
    double step = job->updates;
    float rate = (float)(job->how->rate * sqrt(1 - pow(BETA2, step)) / (1 - pow(BETA1, step)));
    for (uint32_t l = 0; l < job->network->layer_count; l++) {
        const struct fl_network_layer *layer = &job->network->layer[l];
        uint64_t rows = layer->inputs + 1;
        uint32_t end = (uint32_t)((member + 1) * rows / members);
        for (uint32_t i = (uint32_t)(member * rows / members); i < end; i++) {
            fl_network_step_gradient(&job->step, l, i, column, gradient);
            const float *at =
                i < layer->inputs ? layer->weights + (size_t)i * layer->outputs : layer->bias;
            size_t offset = (size_t)(at - job->parameters);
            kernels->adam(job->parameters + offset, job->moments + offset,
                          job->moments + job->network->parameter_count + offset, gradient, rate,
                          BETA1, BETA2, EPSILON, layer->outputs);
        }
    }
}

/* --- one epoch --- */

static void learn_epoch(struct job *job, uint32_t epoch, struct fl_team *team, unsigned member,
                        unsigned members)
{
    for (uint32_t start = 0; start < job->learned_from; start += job->how->batch_rows) {
        if (member == 0) {
            uint32_t left = job->learned_from - start;
            job->step.rows = left < job->how->batch_rows ? left : job->how->batch_rows;
            job->updates++;
        }
        fl_team_meet(team);
        pass_rows(job, epoch, start, member, members);
        fl_team_meet(team);
        for (uint32_t i = 0; member == 0 && i < job->step.rows; i++)
            job->epoch_loss += job->losses[i];
        update_rows(job, member, members);
        fl_team_meet(team);
    }
}

/* The sum over the rows held out, in their order; only member 0's result counts. */
static double held_out_loss(struct job *job, struct fl_team *team, unsigned member,
                            unsigned members)
{
    uint32_t count = (uint32_t)job->rows->count;
    double sum = 0;
    for (uint32_t start = job->learned_from; start < count; start += job->how->batch_rows) {
        uint32_t left = count - start;
        uint32_t rows = left < job->how->batch_rows ? left : job->how->batch_rows;
        for (uint32_t i = member; i < rows; i += members) {
            uint32_t row = job->order[start + i], labels;
            const uint32_t *label = labels_of(job->rows, row, &labels);
            memcpy(job->step.activation[0] + (size_t)i * job->network->shape.inputs,
                   inputs_of(job, row), job->network->shape.inputs * sizeof(float));
            job->losses[i] = fl_network_step_loss(&job->step, i, label, labels);
        }
        fl_team_meet(team);
        for (uint32_t i = 0; member == 0 && i < rows; i++)
            sum += job->losses[i];
        fl_team_meet(team);
    }
    return sum;
}

/* What follows an epoch, for one member: keeps the best weights, tells, decides whether to go on.
 */
static void close_epoch(struct job *job, uint32_t epoch, double held_out)
{
    struct fl_network_report *report = &job->report;
    uint32_t held = (uint32_t)job->rows->count - job->learned_from;
    held_out = held ? held_out / held : NAN;
    report->epochs = epoch + 1;
    report->loss = job->epoch_loss / job->learned_from;
    job->epoch_loss = 0;
    bool better = !held || epoch == 0 || held_out < report->held_out_loss;
    if (better) {
        report->best_epoch = epoch + 1;
        report->held_out_loss = held_out;
        if (held)
            memcpy(job->best, job->parameters, job->network->parameter_count * sizeof(float));
    }
    job->waited = better ? 0 : job->waited + 1;
    if (job->how->progress && job->how->progress(job->how->ctx, epoch + 1, report->loss, held_out))
        job->result = -FL_ECANCELED;
    job->over = job->result || epoch + 1 == job->how->epochs ||
                (job->how->patience && job->waited == job->how->patience);
    fl_random_shuffle(&job->order_random, job->order, job->learned_from);
}

static void work(void *ctx, struct fl_team *team, unsigned member, unsigned members)
{
    struct job *job = ctx;
    for (uint32_t epoch = 0;; epoch++) {
        learn_epoch(job, epoch, team, member, members);
        double held_out = held_out_loss(job, team, member, members);
        if (member == 0)
            close_epoch(job, epoch, held_out);
        fl_team_meet(team);
        if (job->over)
            return;
    }
}

/* --- around it --- */

static int check_rows(const struct fl_network *network, const struct fl_network_rows *rows,
                      struct fl_err *err)
{
    const struct fl_network_shape *shape = &network->shape;
    if (!rows->count || rows->count > UINT32_MAX / 2 || rows->label_start[0] != 0)
        return fl_err_set(err, FL_EINVAL, "no rows to learn from, or too many");
    for (size_t i = 0; i < rows->count; i++)
        if (rows->label_start[i + 1] < rows->label_start[i])
            return fl_err_set(err, FL_EINVAL, "the labels of row %zu are out of order", i);
    for (uint32_t i = 0; i < rows->label_start[rows->count]; i++)
        if (rows->label[i] >= shape->outputs)
            return fl_err_set(err, FL_EINVAL, "label %u of a network with %u outputs",
                              rows->label[i], shape->outputs);
    for (size_t i = 0; i < rows->count * shape->inputs; i++)
        if (!isfinite(rows->x[i]))
            return fl_err_set(err, FL_EINVAL, "input %zu of row %zu is not a number",
                              i % shape->inputs, i / shape->inputs);
    return 0;
}

static bool is_share(float share)
{
    return share >= 0 && share < 1;
}

static int check_options(const struct fl_network_training *how, struct fl_err *err)
{
    if (!how->epochs || !how->batch_rows || how->batch_rows > FL_NETWORK_MAX_BATCH ||
        !how->threads || how->threads > FL_NETWORK_MAX_THREADS || !(how->rate > 0) ||
        !isfinite(how->rate) || !is_share(how->input_dropout) || !is_share(how->smoothing) ||
        !is_share(how->held_out))
        return fl_err_set(err, FL_EINVAL, "an option of training is out of its range");
    return 0;
}

static void job_destroy(struct job *job)
{
    fl_network_step_destroy(&job->step);
    fl_network_free(job->network);
    free(job->order);
    free(job->moments);
    free(job->best);
    free(job->losses);
    free(job->columns);
    free(job->gradients);
}

static int job_init(struct job *job, const struct fl_network *network,
                    const struct fl_network_rows *rows, const struct fl_network_training *how,
                    struct fl_err *err)
{
    *job = (struct job){.rows = rows, .how = how};
    uint32_t held = (uint32_t)((double)how->held_out * (double)rows->count);
    job->learned_from = (uint32_t)rows->count - held;
    job->network = fl_network_outline(&network->shape, network->kernels, err);
    if (!job->network)
        return -FL_ENOMEM;
    size_t parameters = network->parameter_count;
    job->network->own_parameters = fl_network_memory(parameters, sizeof(float));
    job->order = calloc(rows->count, sizeof *job->order);
    job->moments = calloc(parameters * 2, sizeof *job->moments);
    job->best = held ? calloc(parameters, sizeof *job->best) : NULL;
    job->losses = calloc(how->batch_rows, sizeof *job->losses);
    job->columns = calloc((size_t)how->threads * how->batch_rows, sizeof *job->columns);
    job->gradients = calloc((size_t)how->threads * network->widest, sizeof *job->gradients);
    if (!job->network->own_parameters || !job->order || !job->moments || (held && !job->best) ||
        !job->losses || !job->columns || !job->gradients ||
        fl_network_step_init(&job->step, job->network, how->batch_rows, how->smoothing))
        return fl_err_nomem(err);
    job->parameters = fl_network_aligned(job->network->own_parameters);
    memcpy(job->parameters, network->parameters, parameters * sizeof(float));
    fl_network_attach(job->network, job->parameters);
    struct fl_random random;
    fl_random_seed(&random, how->seed, STREAM_HOLD_OUT);
    fl_random_seed(&job->order_random, how->seed, STREAM_ORDER);
    for (uint32_t i = 0; i < rows->count; i++)
        job->order[i] = i;
    fl_random_shuffle(&random, job->order, rows->count);
    return 0;
}

static bool all_finite(const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

/* The trained weights take the place of the old ones. */
static void install(struct fl_network *network, struct job *job)
{
    free(network->own_parameters);
    free(network->own_bytes);
    free(network->own_scales);
    network->own_parameters = job->network->own_parameters;
    job->network->own_parameters = NULL;
    network->own_bytes = network->own_scales = NULL;
    network->bytes = NULL;
    network->scales = NULL;
    fl_network_attach(network, job->parameters);
}

static unsigned members_for(const struct job *job)
{
    uint64_t rows =
        job->how->batch_rows < job->learned_from ? job->how->batch_rows : job->learned_from;
    uint64_t members = rows * job->network->parameter_count / WORK_OF_A_MEMBER;
    return members < job->how->threads ? (members ? (unsigned)members : 1) : job->how->threads;
}

int fl_network_train(struct fl_network *network, const struct fl_network_rows *rows,
                     const struct fl_network_training *training,
                     struct fl_network_report *ret_report, struct fl_err *err)
{
    int result = check_options(training, err);
    if (!result)
        result = check_rows(network, rows, err);
    if (result)
        return result;
    struct job job;
    result = job_init(&job, network, rows, training, err);
    if (result)
        goto out;
    fl_team_run(members_for(&job), work, &job);
    result = job.result;
    if (result) {
        fl_err_set(err, FL_ECANCELED, "training was stopped");
        goto out;
    }
    if (job.best)
        memcpy(job.parameters, job.best, network->parameter_count * sizeof(float));
    if (!all_finite(job.parameters, network->parameter_count)) {
        result = fl_err_set(err, FL_ELIMIT, "the weights of the network ran away");
        goto out;
    }
    install(network, &job);
    if (ret_report)
        *ret_report = job.report;
out:
    job_destroy(&job);
    return result;
}

double fl_network_loss(const struct fl_network *network, const struct fl_network_rows *rows)
{
    struct fl_network_step step;
    if (!rows->count || fl_network_step_init(&step, network, 1, 0))
        return NAN;
    step.rows = 1;
    double sum = 0;
    for (uint32_t row = 0; row < rows->count; row++) {
        uint32_t count;
        const uint32_t *labels = labels_of(rows, row, &count);
        memcpy(step.activation[0], rows->x + (size_t)row * network->shape.inputs,
               network->shape.inputs * sizeof(float));
        sum += fl_network_step_loss(&step, 0, labels, count);
    }
    fl_network_step_destroy(&step);
    return sum / (double)rows->count;
}
