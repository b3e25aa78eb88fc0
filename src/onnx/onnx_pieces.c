/* onnx_pieces.c: see onnx_pieces.h. */
#include "onnx/onnx_pieces.h"

#include <float.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const float STEPS = 127; /* of an 8-bit number, as kernels->quantize has it */

static int note_labels(struct fl_onnx_graph *graph, const char *const *names, uint32_t count)
{
    json_t *list = json_array();
    int result = list ? 0 : -FL_ENOMEM;
    for (uint32_t i = 0; i < count && !result; i++)
        if (json_array_append_new(list, json_string_nocheck(names[i])))
            result = -FL_ENOMEM;
    char *text = result ? NULL : json_dumps(list, JSON_COMPACT);
    json_decref(list);
    if (!text)
        return -FL_ENOMEM;
    fl_onnx_graph_note(graph, "labels", text);
    free(text);
    return 0;
}

int fl_onnx_graph_notes(struct fl_onnx_graph *graph, const struct fl_onnx_labels *labels,
                        uint32_t count)
{
    char threshold[32];
    snprintf(threshold, sizeof threshold, "%.9g", (double)labels->threshold);
    fl_onnx_graph_note(graph, "threshold", threshold);
    if (labels->inputs)
        fl_onnx_graph_note(graph, "inputs", labels->inputs);
    return labels->names ? note_labels(graph, labels->names, count) : 0;
}

void fl_onnx_graph_head(struct fl_onnx_graph *graph, const char *logits, const char *output,
                        bool softmax)
{
    const struct fl_onnx_attribute axis = {.name = "axis", .value = 1};
    fl_onnx_graph_node(graph, softmax ? "Softmax" : "Sigmoid", logits, output,
                       softmax ? &axis : NULL);
}

void fl_onnx_graph_scalar(struct fl_onnx_graph *graph, const char *name, float value)
{
    fl_onnx_graph_tensor(graph, name, FL_ONNX_FLOAT, NULL, 0, &value);
}

int fl_onnx_graph_table(struct fl_onnx_graph *graph, const char *name, const int8_t *from,
                        uint32_t rows, uint32_t cols, uint32_t stride, bool turn)
{
    int8_t *copy = malloc((size_t)rows * cols);
    if (!copy)
        return -FL_ENOMEM;
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++)
            copy[turn ? (size_t)c * rows + r : (size_t)r * cols + c] = from[(size_t)r * stride + c];
    int64_t dims[] = {turn ? cols : rows, turn ? rows : cols};
    fl_onnx_graph_tensor(graph, name, FL_ONNX_INT8, dims, 2, copy);
    free(copy);
    return 0;
}

/* --- 8 bits --- */

void fl_onnx_graph_scalars(struct fl_onnx_graph *graph, bool rounds)
{
    fl_onnx_graph_scalar(graph, "least", FLT_MIN);
    if (!rounds)
        return;
    fl_onnx_graph_scalar(graph, "steps", STEPS);
    fl_onnx_graph_scalar(graph, "one", 1);
}

/* The name of something between. */
struct between {
    char text[96];
};

static struct between between(const char *whose, const char *what)
{
    struct between name;
    snprintf(name.text, sizeof name.text, "%s_%s", whose, what);
    return name;
}

static void add_binary(struct fl_onnx_graph *graph, const char *operator, const char * left,
                       const char *right, const char *output)
{
    char inputs[200];
    snprintf(inputs, sizeof inputs, "%s %s", left, right);
    fl_onnx_graph_node(graph, operator, inputs, output, NULL);
}

void fl_onnx_graph_round(struct fl_onnx_graph *graph, const char *input, int64_t axis,
                         const char *packed, const char *step)
{
    const struct fl_onnx_attribute across = {.name = "axes", .value = axis, .list = true};
    struct between magnitude = between(packed, "magnitude"), most = between(packed, "most");
    struct between safe = between(packed, "safe"), factor = between(packed, "factor");
    struct between unrounded = between(packed, "unrounded");
    fl_onnx_graph_node(graph, "Abs", input, magnitude.text, NULL);
    fl_onnx_graph_node(graph, "ReduceMax", magnitude.text, most.text, &across);
    add_binary(graph, "Div", most.text, "steps", step);
    add_binary(graph, "Max", step, "least", safe.text);
    add_binary(graph, "Div", "one", safe.text, factor.text);
    add_binary(graph, "Mul", input, factor.text, unrounded.text);
    fl_onnx_graph_node(graph, "Round", unrounded.text, packed, NULL);
}

int fl_onnx_graph_product(struct fl_onnx_graph *graph, const struct fl_onnx_product *product,
                          const char *input, const char *output)
{
    static const struct fl_onnx_attribute to_float = {.name = "to", .value = FL_ONNX_FLOAT};
    struct between packed = between(output, "packed"), step = between(output, "step");
    struct between whole = between(output, "whole"), unit = between(output, "unit");
    struct between bytes = between(output, "bytes"), matrix = between(output, "matrix");
    struct between scale = between(output, "scale");
    int result = fl_onnx_graph_table(graph, bytes.text, product->matrix, product->rows,
                                     product->cols, product->stride, true);
    fl_onnx_graph_tensor(graph, scale.text, FL_ONNX_FLOAT, (int64_t[]){product->rows}, 1,
                         product->scale);
    fl_onnx_graph_node(graph, "Cast", bytes.text, matrix.text, &to_float);
    fl_onnx_graph_round(graph, input, 1, packed.text, step.text);
    add_binary(graph, "MatMul", packed.text, matrix.text, whole.text);
    add_binary(graph, "Mul", scale.text, step.text, unit.text);
    add_binary(graph, "Mul", whole.text, unit.text, output);
    return result;
}
