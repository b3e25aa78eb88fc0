/* network_fixture.c: see network_fixture.h. */
#include "network_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 512 };

void fill_inputs(float *x, size_t count, uint32_t every, uint64_t seed)
{
    struct fl_random random;
    fl_random_seed(&random, seed, 7);
    for (size_t i = 0; i < count; i++)
        x[i] = fl_random_below(&random, every) ? 0 : fl_random_symmetric(&random, 1);
}

void plain_logits(const struct fl_network_shape *shape, const double *parameters, const float *x,
                  double *ret_logits)
{
    double from[WIDEST], to[WIDEST];
    uint32_t inputs = shape->inputs;
    for (uint32_t i = 0; i < inputs; i++)
        from[i] = x[i];
    for (int layer = 0;; layer++) {
        bool last = layer == FL_NETWORK_MAX_HIDDEN || !shape->hidden[layer];
        uint32_t outputs = last ? shape->outputs : shape->hidden[layer];
        for (uint32_t out = 0; out < outputs; out++) {
            to[out] = parameters[(size_t)inputs * outputs + out];
            for (uint32_t in = 0; in < inputs; in++)
                to[out] += from[in] * parameters[(size_t)in * outputs + out];
            if (!last && to[out] < 0)
                to[out] = 0;
        }
        parameters += (size_t)(inputs + 1) * outputs;
        inputs = outputs;
        memcpy(from, to, sizeof from);
        if (last)
            break;
    }
    memcpy(ret_logits, from, inputs * sizeof *from);
}

void plain_probabilities(const struct fl_network_shape *shape, const double *parameters,
                         const float *x, double *ret_out)
{
    plain_logits(shape, parameters, x, ret_out);
    double sum = 0;
    for (uint32_t i = 0; i < shape->outputs; i++)
        sum += exp(ret_out[i]);
    for (uint32_t i = 0; i < shape->outputs; i++)
        ret_out[i] =
            shape->head == FL_NETWORK_SOFTMAX ? exp(ret_out[i]) / sum : 1 / (1 + exp(-ret_out[i]));
}

double *flat_parameters(const struct fl_network *network, size_t *ret_count)
{
    const struct fl_network_layer *layer;
    size_t count = 0;
    for (size_t i = 0; (layer = fl_network_get_layer(network, i)); i++)
        count += (size_t)(layer->inputs + 1) * layer->outputs;
    double *flat = calloc(count, sizeof *flat);
    size_t at = 0;
    for (size_t i = 0; flat && (layer = fl_network_get_layer(network, i)); i++) {
        for (size_t w = 0; w < (size_t)layer->inputs * layer->outputs; w++)
            flat[at++] = layer->weights[w];
        for (size_t b = 0; b < layer->outputs; b++)
            flat[at++] = layer->bias[b];
    }
    *ret_count = count;
    return flat;
}
