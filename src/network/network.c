/* network.c: making and running a network; see network.h. */
#include "base/random.h"
#include "network/network_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPARSE_SHARE = 4, /* at most one input in so many is not 0: sparse */
    COLLECTED = 256,  /* inputs at a time */
};

void *fl_network_memory(size_t count, size_t size)
{
    return count > (SIZE_MAX - FL_MODEL_ALIGN) / size ? NULL
                                                      : calloc(1, count * size + FL_MODEL_ALIGN);
}

void *fl_network_aligned(void *memory)
{
    return (char *)memory + (FL_MODEL_ALIGN - (uintptr_t)memory % FL_MODEL_ALIGN) % FL_MODEL_ALIGN;
}

/* --- shape --- */

static int add_layer(struct fl_network *network, uint32_t inputs, uint32_t outputs,
                     struct fl_err *err)
{
    if (!inputs || !outputs)
        return fl_err_set(err, FL_EINVAL, "a layer of a network has no width");
    if (inputs > FL_NETWORK_MAX_WIDTH || outputs > FL_NETWORK_MAX_WIDTH)
        return fl_err_set(err, FL_ELIMIT, "a layer of a network is wider than %d",
                          FL_NETWORK_MAX_WIDTH);
    size_t weights = (size_t)inputs * outputs;
    network->parameter_count +=
        fl_network_padded(weights, sizeof(float)) + fl_network_padded(outputs, sizeof(float));
    network->byte_count += fl_network_padded(weights, 1);
    network->scale_count += fl_network_padded(outputs, sizeof(float));
    if (network->parameter_count > FL_NETWORK_MAX_PARAMETERS)
        return fl_err_set(err, FL_ELIMIT, "a network has more than %d weights",
                          FL_NETWORK_MAX_PARAMETERS);
    network->widest = inputs > network->widest ? inputs : network->widest;
    network->widest = outputs > network->widest ? outputs : network->widest;
    network->layer[network->layer_count++] =
        (struct fl_network_layer){.inputs = inputs, .outputs = outputs};
    return 0;
}

struct fl_network *fl_network_outline(const struct fl_network_shape *shape,
                                      const struct fl_kernels *kernels, struct fl_err *err)
{
    struct fl_network *network = calloc(1, sizeof *network);
    if (!network) {
        fl_err_nomem(err);
        return NULL;
    }
    network->shape = *shape;
    network->kernels = kernels;
    int result = 0;
    uint32_t inputs = shape->inputs;
    for (int i = 0; i < FL_NETWORK_MAX_HIDDEN && shape->hidden[i] && !result; i++) {
        result = add_layer(network, inputs, shape->hidden[i], err);
        inputs = shape->hidden[i];
    }
    if (!result)
        result = add_layer(network, inputs, shape->outputs, err);
    if (!result && shape->head != FL_NETWORK_SIGMOID && shape->head != FL_NETWORK_SOFTMAX)
        result = fl_err_set(err, FL_EINVAL, "a network has an unknown head");
    if (result) {
        fl_network_free(network);
        return NULL;
    }
    return network;
}

void fl_network_attach(struct fl_network *network, const float *parameters)
{
    network->parameters = parameters;
    for (uint32_t i = 0; i < network->layer_count; i++) {
        struct fl_network_layer *layer = &network->layer[i];
        layer->weights = parameters;
        parameters += fl_network_padded((size_t)layer->inputs * layer->outputs, sizeof(float));
        layer->bias = parameters;
        parameters += fl_network_padded(layer->outputs, sizeof(float));
    }
}

void fl_network_attach_bytes(struct fl_network *network, const int8_t *bytes, const float *scales)
{
    network->bytes = bytes;
    network->scales = scales;
    for (uint32_t i = 0; i < network->layer_count; i++) {
        const struct fl_network_layer *layer = &network->layer[i];
        network->quantized[i] = (struct fl_network_bytes){.weights = bytes, .scale = scales};
        bytes += fl_network_padded((size_t)layer->inputs * layer->outputs, 1);
        scales += fl_network_padded(layer->outputs, sizeof(float));
    }
}

struct fl_network *fl_network_create(const struct fl_network_shape *shape, uint64_t seed,
                                     const struct fl_kernels *kernels, struct fl_err *err)
{
    struct fl_network *network = fl_network_outline(shape, kernels, err);
    if (!network)
        return NULL;
    network->own_parameters = fl_network_memory(network->parameter_count, sizeof(float));
    if (!network->own_parameters) {
        fl_err_nomem(err);
        fl_network_free(network);
        return NULL;
    }
    float *parameters = fl_network_aligned(network->own_parameters);
    fl_network_attach(network, parameters);
    for (uint32_t i = 0; i < network->layer_count; i++) {
        const struct fl_network_layer *layer = &network->layer[i];
        struct fl_random random;
        fl_random_seed(&random, seed, i);
        float *weights = parameters + (layer->weights - parameters);
        float most = sqrtf(6.0f / (float)layer->inputs);
        for (size_t w = 0; w < (size_t)layer->inputs * layer->outputs; w++)
            weights[w] = fl_random_symmetric(&random, most);
    }
    return network;
}

void fl_network_free(struct fl_network *network)
{
    if (!network)
        return;
    free(network->own_parameters);
    free(network->own_bytes);
    free(network->own_scales);
    free(network);
}

const struct fl_network_shape *fl_network_get_shape(const struct fl_network *network)
{
    return &network->shape;
}

const struct fl_network_layer *fl_network_get_layer(const struct fl_network *network, size_t layer)
{
    return layer < network->layer_count ? &network->layer[layer] : NULL;
}

/* --- running --- */

/* Of one run: two vectors for the layers to write in turn, and a quantised one. */
struct scratch {
    float *vector[2];
    int8_t *bytes;
};

size_t fl_network_scratch_bytes(const struct fl_network *network)
{
    return fl_network_padded(network->widest, sizeof(float)) * sizeof(float) * 2 +
           fl_network_padded(network->widest, 1);
}

static struct scratch divide(const struct fl_network *network, void *scratch)
{
    size_t floats = fl_network_padded(network->widest, sizeof(float));
    float *vectors = scratch;
    return (struct scratch){.vector = {vectors, vectors + floats},
                            .bytes = (int8_t *)(vectors + 2 * floats)};
}

bool fl_network_is_sparse(const float *x, uint32_t count)
{
    uint32_t set = 0;
    for (uint32_t i = 0; i < count; i++)
        set += x[i] != 0;
    return set <= count / SPARSE_SHARE;
}

void fl_network_apply(const struct fl_kernels *kernels, const struct fl_network_layer *layer,
                      const float *x, float *y)
{
    memcpy(y, layer->bias, layer->outputs * sizeof *y);
    kernels->matvec_t(layer->weights, x, y, layer->inputs, layer->outputs);
}

/* The inputs that count are collected without a branch: asked one by one, they would be guessed
 * wrong half of the time. Zeros are told by their bits, which is quicker and as good. */
void fl_network_apply_sparse(const struct fl_kernels *kernels, const struct fl_network_layer *layer,
                             const float *x, float *y)
{
    uint32_t row[COLLECTED];
    float weight[COLLECTED];
    memcpy(y, layer->bias, layer->outputs * sizeof *y);
    for (uint32_t start = 0; start < layer->inputs; start += COLLECTED) {
        uint32_t left = layer->inputs - start, count = 0;
        for (uint32_t i = start; i < start + (left < COLLECTED ? left : COLLECTED); i++) {
            uint32_t bits;
            memcpy(&bits, &x[i], sizeof bits);
            row[count] = i;
            weight[count] = x[i];
            count += bits << 1 != 0;
        }
        kernels->embedding_bag(y, layer->weights, row, weight, count, layer->outputs);
    }
}

static void apply_bytes(const struct fl_network *network, uint32_t i, const float *x, int8_t *bytes,
                        float *y)
{
    const struct fl_network_layer *layer = &network->layer[i];
    float scale = network->kernels->quantize(x, bytes, layer->inputs);
    network->kernels->matvec_i8(network->quantized[i].weights, network->quantized[i].scale, bytes,
                                scale, layer->bias, y, layer->outputs, layer->inputs);
}

static void apply_head(const struct fl_network *network, float *logits)
{
    if (network->shape.head == FL_NETWORK_SOFTMAX)
        network->kernels->softmax(logits, network->shape.outputs);
    else
        network->kernels->sigmoid(logits, network->shape.outputs);
}

/* The layers behind the first, whose sums are in `y`, and the head. Half of what a ReLU leaves is
 * 0, so that 8 bits are quicker than these layers' sparse sums, and those than dense ones. */
static void finish(const struct fl_network *network, bool quantized, const struct scratch *scratch,
                   float *y, float *ret_out)
{
    const struct fl_kernels *kernels = network->kernels;
    for (uint32_t i = 1; i < network->layer_count; i++) {
        const float *x = y;
        kernels->relu(y, network->layer[i].inputs);
        y = i + 1 == network->layer_count ? ret_out : scratch->vector[i % 2];
        if (quantized)
            apply_bytes(network, i, x, scratch->bytes, y);
        else
            fl_network_apply_sparse(kernels, &network->layer[i], x, y);
    }
    apply_head(network, ret_out);
}

void fl_network_run(const struct fl_network *network, const float *x, enum fl_network_path path,
                    void *scratch, float *ret_out)
{
    const struct fl_network_layer *layer = &network->layer[0];
    struct scratch parts = divide(network, scratch);
    float *y = network->layer_count == 1 ? ret_out : parts.vector[0];
    bool quantized = network->bytes && (path == FL_NETWORK_AUTO || path == FL_NETWORK_INT8);
    bool sparse = path == FL_NETWORK_SPARSE ||
                  (path == FL_NETWORK_AUTO && fl_network_is_sparse(x, layer->inputs));
    if (sparse)
        fl_network_apply_sparse(network->kernels, layer, x, y);
    else if (quantized)
        apply_bytes(network, 0, x, parts.bytes, y);
    else
        fl_network_apply(network->kernels, layer, x, y);
    finish(network, quantized, &parts, y, ret_out);
}

void fl_network_run_sparse(const struct fl_network *network, const uint32_t *index,
                           const float *value, size_t count, void *scratch, float *ret_out)
{
    const struct fl_network_layer *layer = &network->layer[0];
    struct scratch parts = divide(network, scratch);
    float *y = network->layer_count == 1 ? ret_out : parts.vector[0];
    memcpy(y, layer->bias, layer->outputs * sizeof *y);
    network->kernels->embedding_bag(y, layer->weights, index, value, count, layer->outputs);
    finish(network, network->bytes != NULL, &parts, y, ret_out);
}

/* --- the copy in 8 bits --- */

int fl_network_quantize(struct fl_network *network)
{
    void *own_bytes = fl_network_memory(network->byte_count, 1);
    void *own_scales = fl_network_memory(network->scale_count, sizeof(float));
    float *column = calloc(network->widest, sizeof *column);
    if (!own_bytes || !own_scales || !column) {
        free(own_bytes);
        free(own_scales);
        free(column);
        return -FL_ENOMEM;
    }
    int8_t *bytes = fl_network_aligned(own_bytes);
    float *scales = fl_network_aligned(own_scales);
    fl_network_attach_bytes(network, bytes, scales);
    for (uint32_t i = 0; i < network->layer_count; i++) {
        const struct fl_network_layer *layer = &network->layer[i];
        int8_t *row = bytes + (network->quantized[i].weights - bytes);
        float *scale = scales + (network->quantized[i].scale - scales);
        for (uint32_t out = 0; out < layer->outputs; out++, row += layer->inputs) {
            for (uint32_t in = 0; in < layer->inputs; in++)
                column[in] = layer->weights[(size_t)in * layer->outputs + out];
            scale[out] = network->kernels->quantize(column, row, layer->inputs);
        }
    }
    free(column);
    free(network->own_bytes);
    free(network->own_scales);
    network->own_bytes = own_bytes;
    network->own_scales = own_scales;
    return 0;
}

bool fl_network_is_quantized(const struct fl_network *network)
{
    return network->bytes != NULL;
}
