/* onnx_export_classifier.c: the classifier's linear path (linear.h) as an ONNX model.
 *
 *   bucket ─► Gather w1 ─► Cast ─┐
 *   block ──┬──────────────── MatMul ─► sums of each block ─► × weight / norm ─► Σ ─► × scale ─►
 * hidden bucket ─┼► Gather idf² ─► MatMul ─► Sqrt ─► norm ─────────────┘ hidden ─► ÷ step, Round ─►
 * MatMul w2 ─► × step × scale ─► + bias ─► ÷ temperature ─► head
 *
 * Sums of 8-bit numbers are exact in floats as they are in integers. */
#include "model/classifier_parts.h"
#include "model/onnx_notes.h"

#include <float.h>
#include <stdlib.h>

static const float STEPS = 127; /* of an 8-bit number, as kernels.h quantises */

static const char INPUTS[] =
    "bucket [n0, n1]: the buckets of a text's features, filled up with 0; block [n0, 3, n1]: 1 "
    "where "
    "the feature is of that block (words and their sequences, pairs of words, runs of characters), "
    "else 0";

static void add_scalar(struct fl_onnx_graph *graph, const char *name, float value)
{
    fl_onnx_graph_tensor(graph, name, FL_ONNX_FLOAT, NULL, 0, &value);
}

/* [rows][stride] becomes [rows][cols], or turned round [cols][rows]. NULL: out of memory. */
static int8_t *copy_table(const int8_t *from, uint32_t rows, uint32_t cols, uint32_t stride,
                          bool turn)
{
    int8_t *copy = malloc((size_t)rows * cols);
    for (uint32_t r = 0; copy && r < rows; r++)
        for (uint32_t c = 0; c < cols; c++)
            copy[turn ? (size_t)c * rows + r : (size_t)r * cols + c] = from[(size_t)r * stride + c];
    return copy;
}

static int add_table(struct fl_onnx_graph *graph, const char *name, const int8_t *from,
                     uint32_t rows, uint32_t cols, uint32_t stride, bool turn)
{
    int8_t *table = copy_table(from, rows, cols, stride, turn);
    if (!table)
        return -FL_ENOMEM;
    int64_t dims[] = {turn ? cols : rows, turn ? rows : cols};
    fl_onnx_graph_tensor(graph, name, FL_ONNX_INT8, dims, 2, table);
    free(table);
    return 0;
}

/* "scale" [n0, 3, 1]: what fl_linear_block_scales computes. A block without known features has sums
 * of 0, so that any finite scale does. */
static int add_block_scales(struct fl_onnx_graph *graph, const struct fl_linear *linear)
{
    float *squares = malloc(FL_INPUT_BUCKETS * sizeof *squares);
    if (!squares)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < FL_INPUT_BUCKETS; i++)
        squares[i] = linear->idf[i] * linear->idf[i];
    fl_onnx_graph_tensor(graph, "idf2", FL_ONNX_FLOAT, (int64_t[]){FL_INPUT_BUCKETS, 1}, 2,
                         squares);
    free(squares);
    fl_onnx_graph_tensor(graph, "block_weight", FL_ONNX_FLOAT, (int64_t[]){1, FL_INPUT_BLOCKS, 1},
                         3, fl_linear_block_weight);
    add_scalar(graph, "least", FLT_MIN);
    fl_onnx_graph_node(graph, "Gather", "idf2 bucket", "square", NULL);
    fl_onnx_graph_node(graph, "MatMul", "block square", "norm2", NULL);
    fl_onnx_graph_node(graph, "Max", "norm2 least", "norm2_safe", NULL);
    fl_onnx_graph_node(graph, "Sqrt", "norm2_safe", "norm", NULL);
    fl_onnx_graph_node(graph, "Div", "block_weight norm", "scale", NULL);
    return 0;
}

/* "hidden" [n0, hidden]. */
static int add_hidden(struct fl_onnx_graph *graph, const struct fl_linear *linear)
{
    static const struct fl_onnx_attribute to_float = {.name = "to", .value = FL_ONNX_FLOAT};
    static const struct fl_onnx_attribute drop = {.name = "keepdims", .value = 0};
    static const int64_t blocks_axis = 1;
    int result =
        add_table(graph, "w1", linear->w1, FL_INPUT_BUCKETS, linear->hidden, linear->stride, false);
    if (!result)
        result = add_block_scales(graph, linear);
    fl_onnx_graph_tensor(graph, "hidden_scale", FL_ONNX_FLOAT, (int64_t[]){linear->hidden}, 1,
                         linear->hidden_scale);
    fl_onnx_graph_tensor(graph, "blocks_axis", FL_ONNX_INT64, (int64_t[]){1}, 1, &blocks_axis);
    fl_onnx_graph_node(graph, "Gather", "w1 bucket", "row8", NULL);
    fl_onnx_graph_node(graph, "Cast", "row8", "row", &to_float);
    fl_onnx_graph_node(graph, "MatMul", "block row", "sum", NULL);
    fl_onnx_graph_node(graph, "Mul", "sum scale", "scaled", NULL);
    fl_onnx_graph_node(graph, "ReduceSum", "scaled blocks_axis", "added", &drop);
    fl_onnx_graph_node(graph, "Mul", "added hidden_scale", "hidden", NULL);
    return result;
}

/* "product" [n0, labels] = w2 · hidden, of which both are rounded to 8 bits. */
static int add_product(struct fl_onnx_graph *graph, const struct fl_linear *linear)
{
    static const struct fl_onnx_attribute to_float = {.name = "to", .value = FL_ONNX_FLOAT};
    static const struct fl_onnx_attribute across = {.name = "axes", .value = 1, .list = true};
    int result =
        add_table(graph, "w2_8", linear->w2, linear->labels, linear->hidden, linear->stride, true);
    fl_onnx_graph_tensor(graph, "w2_scale", FL_ONNX_FLOAT, (int64_t[]){linear->labels}, 1,
                         linear->w2_scale);
    add_scalar(graph, "steps", STEPS);
    add_scalar(graph, "one", 1);
    fl_onnx_graph_node(graph, "Cast", "w2_8", "w2", &to_float);
    fl_onnx_graph_node(graph, "Abs", "hidden", "magnitude", NULL);
    fl_onnx_graph_node(graph, "ReduceMax", "magnitude", "most", &across);
    fl_onnx_graph_node(graph, "Div", "most steps", "step", NULL);
    fl_onnx_graph_node(graph, "Max", "step least", "step_safe", NULL);
    fl_onnx_graph_node(graph, "Div", "one step_safe", "factor", NULL);
    fl_onnx_graph_node(graph, "Mul", "hidden factor", "unrounded", NULL);
    fl_onnx_graph_node(graph, "Round", "unrounded", "packed", NULL);
    fl_onnx_graph_node(graph, "MatMul", "packed w2", "whole", NULL);
    fl_onnx_graph_node(graph, "Mul", "w2_scale step", "unit", NULL);
    fl_onnx_graph_node(graph, "Mul", "whole unit", "product", NULL);
    return result;
}

/* "taught" [n0, labels] = delta · hidden: what small steps added. */
static int add_taught(struct fl_onnx_graph *graph, const struct fl_classifier_parts *parts)
{
    uint32_t labels = parts->linear.labels, hidden = parts->linear.hidden;
    float *turned = malloc((size_t)labels * hidden * sizeof *turned);
    if (!turned)
        return -FL_ENOMEM;
    for (uint32_t l = 0; l < labels; l++)
        for (uint32_t h = 0; h < hidden; h++)
            turned[(size_t)h * labels + l] = parts->delta[(size_t)l * hidden + h];
    fl_onnx_graph_tensor(graph, "delta", FL_ONNX_FLOAT, (int64_t[]){hidden, labels}, 2, turned);
    free(turned);
    fl_onnx_graph_node(graph, "MatMul", "hidden delta", "taught", NULL);
    return 0;
}

static int add_all(struct fl_onnx_graph *graph, const struct fl_classifier *classifier)
{
    const struct fl_classifier_parts *parts = fl_classifier_get_parts(classifier);
    const struct fl_linear *linear = &parts->linear;
    fl_onnx_graph_input(graph, "bucket", FL_ONNX_INT64, (int64_t[]){FL_ONNX_ANY, FL_ONNX_ANY}, 2);
    fl_onnx_graph_input(graph, "block", FL_ONNX_FLOAT,
                        (int64_t[]){FL_ONNX_ANY, FL_INPUT_BLOCKS, FL_ONNX_ANY}, 3);
    fl_onnx_graph_output(graph, FL_ONNX_OUTPUT, FL_ONNX_FLOAT,
                         (int64_t[]){FL_ONNX_ANY, linear->labels}, 2);
    int result = add_hidden(graph, linear);
    if (!result && linear->w2)
        result = add_product(graph, linear);
    if (!result && parts->delta)
        result = add_taught(graph, parts);
    if (result)
        return result;
    fl_onnx_graph_tensor(graph, "bias", FL_ONNX_FLOAT, (int64_t[]){linear->labels}, 1,
                         linear->bias);
    add_scalar(graph, "sharpness", 1 / parts->card.temperature);
    fl_onnx_graph_node(graph, "Add", linear->w2 ? "product bias" : "hidden bias", "logit", NULL);
    if (parts->delta)
        fl_onnx_graph_node(graph, "Add", "logit taught", "logit_taught", NULL);
    fl_onnx_graph_node(graph, "Mul", parts->delta ? "logit_taught sharpness" : "logit sharpness",
                       "calibrated", NULL);
    fl_onnx_graph_head(graph, "calibrated", !parts->card.several);
    return 0;
}

int fl_onnx_export_classifier(const struct fl_classifier *classifier, struct fl_buf *buf,
                              struct fl_err *err)
{
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    if (card->mix > 0)
        return fl_err_set(err, FL_ENOTSUP, "the path of word vectors has no form in ONNX here");
    const char **names = calloc(card->labels, sizeof *names);
    if (!names)
        return fl_err_nomem(err);
    for (uint32_t i = 0; i < card->labels; i++)
        names[i] = fl_classifier_label(classifier, i);
    const struct fl_onnx_labels labels = {names, card->threshold, INPUTS};
    struct fl_onnx_graph graph = {0};
    int result = add_all(&graph, classifier);
    if (!result)
        result = fl_onnx_graph_notes(&graph, &labels, card->labels);
    result = result ? fl_err_nomem(err) : fl_onnx_graph_finish(&graph, "classifier", buf, err);
    fl_onnx_graph_destroy(&graph);
    free(names);
    return result;
}
