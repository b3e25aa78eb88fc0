/* network_step.c: see network_step.h. */
#include "network/network_step.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int fl_network_step_init(struct fl_network_step *step, const struct fl_network *network,
                         uint32_t most_rows, float smoothing)
{
    *step = (struct fl_network_step){.network = network, .smoothing = smoothing};
    size_t floats = fl_network_padded(most_rows, sizeof(float));
    for (uint32_t i = 0; i < network->layer_count; i++)
        floats += fl_network_padded((size_t)most_rows * network->layer[i].inputs, sizeof(float)) +
                  fl_network_padded((size_t)most_rows * network->layer[i].outputs, sizeof(float));
    step->memory = fl_network_memory(floats, sizeof(float));
    if (!step->memory)
        return -FL_ENOMEM;
    float *next = fl_network_aligned(step->memory);
    for (uint32_t i = 0; i < network->layer_count; i++) {
        step->activation[i] = next;
        next += fl_network_padded((size_t)most_rows * network->layer[i].inputs, sizeof(float));
        step->delta[i] = next;
        next += fl_network_padded((size_t)most_rows * network->layer[i].outputs, sizeof(float));
    }
    step->ones = next;
    for (uint32_t i = 0; i < most_rows; i++)
        step->ones[i] = 1;
    return 0;
}

void fl_network_step_destroy(struct fl_network_step *step)
{
    if (step)
        free(step->memory);
}

/* Logarithms are taken of products, so that there are few of them. */
struct log_sum {
    double product, sum;
};

static void add_log(struct log_sum *logs, double probability)
{
    logs->product *= probability > FLT_MIN ? probability : FLT_MIN;
    if (logs->product < 1e-200) {
        logs->sum += log(logs->product);
        logs->product = 1;
    }
}

static double total(const struct log_sum *logs)
{
    return logs->sum + log(logs->product);
}

/* p becomes p - t; returns - sum t log p. Each label wants an equal share of what is not spread
 * over all outputs. */
static double softmax_delta(float *p, uint32_t outputs, const uint32_t *labels,
                            uint32_t label_count, float smoothing)
{
    float spread = label_count ? smoothing : 1;
    float each = spread / (float)outputs;
    float share = label_count ? (1 - spread) / (float)label_count : 0;
    struct log_sum logs = {.product = 1}, all = {.product = 1};
    for (uint32_t i = 0; i < label_count; i++)
        add_log(&logs, p[labels[i]]);
    for (uint32_t i = 0; spread > 0 && i < outputs; i++) {
        add_log(&all, p[i]);
        p[i] -= each;
    }
    for (uint32_t i = 0; i < label_count; i++)
        p[labels[i]] -= share;
    return -share * total(&logs) - each * total(&all);
}

/* p becomes p - t; returns - sum t log p + (1 - t) log (1 - p). */
static double sigmoid_delta(float *p, uint32_t outputs, const uint32_t *labels,
                            uint32_t label_count)
{
    struct log_sum logs = {.product = 1};
    for (uint32_t i = 0; i < label_count; i++) {
        add_log(&logs, p[labels[i]]);
        p[labels[i]] -= 1; /* and so is at most 0 */
    }
    for (uint32_t i = 0; i < outputs; i++)
        if (p[i] > 0)
            add_log(&logs, 1 - p[i]);
    return -total(&logs);
}

static float *row_of(float *matrix, uint32_t row, uint32_t width)
{
    return matrix + (size_t)row * width;
}

/* Leaves the probabilities in the last layer's delta, which is returned. */
static float *forward(struct fl_network_step *step, uint32_t row)
{
    const struct fl_network *network = step->network;
    const struct fl_kernels *kernels = network->kernels;
    for (uint32_t i = 0;; i++) {
        const struct fl_network_layer *layer = &network->layer[i];
        bool last = i + 1 == network->layer_count;
        float *y = row_of(last ? step->delta[i] : step->activation[i + 1], row, layer->outputs);
        const float *x = row_of(step->activation[i], row, layer->inputs);
        if (i > 0 || fl_network_is_sparse(x, layer->inputs))
            fl_network_apply_sparse(kernels, layer, x, y);
        else
            fl_network_apply(kernels, layer, x, y);
        if (!last) {
            kernels->relu(y, layer->outputs);
            continue;
        }
        if (network->shape.head == FL_NETWORK_SOFTMAX)
            kernels->softmax(y, layer->outputs);
        else
            kernels->sigmoid(y, layer->outputs);
        return y;
    }
}

static double head_delta(const struct fl_network_step *step, float *p, const uint32_t *labels,
                         uint32_t label_count, float smoothing)
{
    uint32_t outputs = step->network->shape.outputs;
    return step->network->shape.head == FL_NETWORK_SOFTMAX
               ? softmax_delta(p, outputs, labels, label_count, smoothing)
               : sigmoid_delta(p, outputs, labels, label_count);
}

double fl_network_step_row(struct fl_network_step *step, uint32_t row, const uint32_t *labels,
                           uint32_t label_count)
{
    const struct fl_network *network = step->network;
    float *delta = forward(step, row);
    double loss = head_delta(step, delta, labels, label_count, step->smoothing);
    network->kernels->scale(delta, 1 / (float)step->rows, network->shape.outputs);
    for (uint32_t i = network->layer_count - 1; i > 0; i--) {
        const struct fl_network_layer *layer = &network->layer[i];
        const float *active = row_of(step->activation[i], row, layer->inputs);
        float *back = row_of(step->delta[i - 1], row, layer->inputs);
        network->kernels->matvec(layer->weights, delta, NULL, back, layer->inputs, layer->outputs);
        for (uint32_t k = 0; k < layer->inputs; k++)
            back[k] = active[k] > 0 ? back[k] : 0;
        delta = back;
    }
    return loss;
}

double fl_network_step_loss(struct fl_network_step *step, uint32_t row, const uint32_t *labels,
                            uint32_t label_count)
{
    return head_delta(step, forward(step, row), labels, label_count, 0);
}

void fl_network_step_gradient(const struct fl_network_step *step, uint32_t layer, uint32_t input,
                              float *column, float *ret_gradient)
{
    const struct fl_network_layer *shape = &step->network->layer[layer];
    const float *x = step->ones;
    if (input < shape->inputs) {
        for (uint32_t row = 0; row < step->rows; row++)
            column[row] = step->activation[layer][(size_t)row * shape->inputs + input];
        x = column;
    }
    memset(ret_gradient, 0, shape->outputs * sizeof *ret_gradient);
    step->network->kernels->matvec_t(step->delta[layer], x, ret_gradient, step->rows,
                                     shape->outputs);
}
