/* network_file.c: a network as sections of a model file.
 *
 *   shape  8 × uint32: inputs, outputs, head, 1 if there is a copy in 8 bits, widths of the hidden
 *   w      float: all parameters as network_parts.h draws them
 *   q, qs  int8 and float: the copy in 8 bits and its scales, where there is one */
#include "network/network_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct stored_shape {
    uint32_t inputs, outputs, head, quantized;
    uint32_t hidden[FL_NETWORK_MAX_HIDDEN];
};

_Static_assert(sizeof(struct stored_shape) == 32, "a stored shape has no padding");

struct name {
    char text[FL_MODEL_NAME + 1];
};

/* A prefix that is too long makes a name that the writer refuses and no file has. */
static struct name name_of(const char *prefix, const char *rest)
{
    struct name name = {""};
    if (strlen(prefix) <= FL_NETWORK_MAX_PREFIX)
        snprintf(name.text, sizeof name.text, "%s%s", prefix, rest);
    return name;
}

void fl_network_save(const struct fl_network *network, struct fl_model_writer *writer,
                     const char *prefix)
{
    struct stored_shape stored = {
        .inputs = network->shape.inputs,
        .outputs = network->shape.outputs,
        .head = network->shape.head,
        .quantized = network->bytes != NULL,
    };
    memcpy(stored.hidden, network->shape.hidden, sizeof stored.hidden);
    fl_model_writer_add(writer, name_of(prefix, "shape").text, &stored, sizeof stored);
    fl_model_writer_add(writer, name_of(prefix, "w").text, network->parameters,
                        network->parameter_count * sizeof(float));
    if (!network->bytes)
        return;
    fl_model_writer_add(writer, name_of(prefix, "q").text, network->bytes, network->byte_count);
    fl_model_writer_add(writer, name_of(prefix, "qs").text, network->scales,
                        network->scale_count * sizeof(float));
}

static int read_floats(const struct fl_model_file *file, const char *prefix, const char *section,
                       size_t count, const float **ret_floats, struct fl_err *err)
{
    const void *bytes;
    struct name name = name_of(prefix, section);
    int result = fl_model_file_section(file, name.text, sizeof(float), count, &bytes, NULL, err);
    if (result)
        return result;
    const float *floats = bytes;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(floats[i]))
            return fl_err_set(err, FL_ECORRUPT, "section \"%s\" of the model holds no number",
                              name.text);
    *ret_floats = floats;
    return 0;
}

static int read_weights(struct fl_network *network, const struct fl_model_file *file,
                        const char *prefix, bool quantized, struct fl_err *err)
{
    const float *parameters, *scales;
    const void *bytes;
    int result = read_floats(file, prefix, "w", network->parameter_count, &parameters, err);
    if (result)
        return result;
    fl_network_attach(network, parameters);
    if (!quantized)
        return 0;
    result = read_floats(file, prefix, "qs", network->scale_count, &scales, err);
    if (!result)
        result = fl_model_file_section(file, name_of(prefix, "q").text, 1, network->byte_count,
                                       &bytes, NULL, err);
    if (!result)
        fl_network_attach_bytes(network, bytes, scales);
    return result;
}

struct fl_network *fl_network_open(const struct fl_model_file *file, const char *prefix,
                                   const struct fl_kernels *kernels, struct fl_err *err)
{
    const void *bytes;
    if (fl_model_file_section(file, name_of(prefix, "shape").text, sizeof(struct stored_shape), 1,
                              &bytes, NULL, err))
        return NULL;
    struct stored_shape stored;
    memcpy(&stored, bytes, sizeof stored);
    if (stored.head > FL_NETWORK_SOFTMAX || stored.quantized > 1) {
        fl_err_set(err, FL_ECORRUPT, "the network in the model has an unknown form");
        return NULL;
    }
    struct fl_network_shape shape = {
        .inputs = stored.inputs, .outputs = stored.outputs, .head = stored.head};
    memcpy(shape.hidden, stored.hidden, sizeof shape.hidden);
    for (int i = 1; i < FL_NETWORK_MAX_HIDDEN; i++)
        if (shape.hidden[i] && !shape.hidden[i - 1]) {
            fl_err_set(err, FL_ECORRUPT, "the network in the model has a gap in its layers");
            return NULL;
        }
    struct fl_err outline = {0};
    struct fl_network *network = fl_network_outline(&shape, kernels, &outline);
    if (!network) {
        fl_err_set(err, outline.code == FL_EINVAL ? FL_ECORRUPT : outline.code, "%s",
                   outline.message);
        return NULL;
    }
    if (read_weights(network, file, prefix, stored.quantized, err)) {
        fl_network_free(network);
        return NULL;
    }
    return network;
}
