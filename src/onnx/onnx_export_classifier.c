/* onnx_export_classifier.c: the classifier's linear path (linear.h) as an ONNX model.
 *
 *   bucket ─► Gather w1 ─► Cast ─┐
 *   block ──┬──────────────── MatMul ─► sums of each block ─► × weight / norm ─► Σ ─► × scale ─►
 * hidden bucket ─┼► Gather idf² ─► MatMul ─► Sqrt ─► norm ─────────────┘ hidden ─► ÷ step, Round ─►
 * MatMul w2 ─► × step × scale ─► + bias ─► ÷ temperature ─► head
 *
 * Sums of 8-bit numbers are exact in floats as they are in integers. */
#include "classify/classifier_parts.h"
#include "onnx/onnx_pieces.h"

#include <stdio.h>
#include <stdlib.h>

static const char INPUTS[] =
    "bucket [n0, n1]: the buckets of a text's features, filled up with 0; block [n0, 3, n1]: 1 "
    "where "
    "the feature is of that block (words and their sequences, pairs of words, runs of characters), "
    "else 0; word [n0, n2]: the row of each of a text's words in the classifier's table, other "
    "[n0, n2]: of those without one the row in its table of vectors, each the row behind the last "
    "where there is none; all texts of a batch have as many words, at least one, at most 48";

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
    int result = fl_onnx_graph_table(graph, "w1", linear->w1, FL_INPUT_BUCKETS, linear->hidden,
                                     linear->stride, false);
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

/* "logit" [n0, labels]. */
static int add_linear(struct fl_onnx_graph *graph, const struct fl_classifier_parts *parts)
{
    const struct fl_linear *linear = &parts->linear;
    const struct fl_onnx_product product = {
        .matrix = linear->w2,
        .scale = linear->w2_scale,
        .rows = linear->labels,
        .cols = linear->hidden,
        .stride = linear->stride,
    };
    fl_onnx_graph_input(graph, "bucket", FL_ONNX_INT64, (int64_t[]){FL_ONNX_N0, FL_ONNX_N1}, 2);
    fl_onnx_graph_input(graph, "block", FL_ONNX_FLOAT,
                        (int64_t[]){FL_ONNX_N0, FL_INPUT_BLOCKS, FL_ONNX_N1}, 3);
    int result = add_hidden(graph, linear);
    if (!result && linear->w2)
        result = fl_onnx_graph_product(graph, &product, "hidden", "product");
    if (!result && parts->delta)
        result = add_taught(graph, parts);
    fl_onnx_graph_tensor(graph, "bias", FL_ONNX_FLOAT, (int64_t[]){linear->labels}, 1,
                         linear->bias);
    fl_onnx_graph_node(graph, "Add", linear->w2 ? "product bias" : "hidden bias",
                       parts->delta ? "untaught" : "logit", NULL);
    if (parts->delta)
        fl_onnx_graph_node(graph, "Add", "untaught taught", "logit", NULL);
    return result;
}

/* Probabilities from logits at a temperature. */
static void add_probabilities(struct fl_onnx_graph *graph, const char *logits, const char *output,
                              float temperature, bool several)
{
    char sharpness[64], calibrated[64], inputs[128];
    snprintf(sharpness, sizeof sharpness, "%s_sharpness", output);
    snprintf(calibrated, sizeof calibrated, "%s_calibrated", output);
    snprintf(inputs, sizeof inputs, "%s %s", logits, sharpness);
    fl_onnx_graph_scalar(graph, sharpness, 1 / temperature);
    fl_onnx_graph_node(graph, "Mul", inputs, calibrated, NULL);
    fl_onnx_graph_head(graph, calibrated, output, !several);
}

/* Where the linear path alone is not certain, its logits are mixed with those of the words. */
static int add_mixture(struct fl_onnx_graph *graph, const struct fl_classifier_parts *parts)
{
    static const struct fl_onnx_attribute across = {.name = "axes", .value = 1, .list = true};
    const struct fl_classifier_card *card = &parts->card;
    int result = fl_onnx_graph_windows(graph, &parts->windows);
    fl_onnx_graph_scalar(graph, "mix", card->mix);
    fl_onnx_graph_scalar(graph, "rest", 1 - card->mix);
    fl_onnx_graph_scalar(graph, "certain", card->certain);
    fl_onnx_graph_node(graph, "Mul", "logit rest", "logit_share", NULL);
    fl_onnx_graph_node(graph, "Mul", "words_logit mix", "words_share", NULL);
    fl_onnx_graph_node(graph, "Add", "logit_share words_share", "mixed", NULL);
    add_probabilities(graph, "logit", "alone", card->linear_temperature, card->several);
    add_probabilities(graph, "mixed", "together", card->temperature, card->several);
    fl_onnx_graph_node(graph, "ReduceMax", "alone", "best_alone", &across);
    fl_onnx_graph_node(graph, "GreaterOrEqual", "best_alone certain", "is_certain", NULL);
    fl_onnx_graph_node(graph, "Where", "is_certain alone together", FL_ONNX_OUTPUT, NULL);
    return result;
}

static int add_all(struct fl_onnx_graph *graph, const struct fl_classifier *classifier)
{
    const struct fl_classifier_parts *parts = fl_classifier_get_parts(classifier);
    const struct fl_classifier_card *card = &parts->card;
    fl_onnx_graph_scalars(graph, parts->linear.w2 || card->mix > 0);
    fl_onnx_graph_output(graph, FL_ONNX_OUTPUT, FL_ONNX_FLOAT,
                         (int64_t[]){FL_ONNX_N0, card->labels}, 2);
    int result = add_linear(graph, parts);
    if (!result && card->mix > 0)
        result = add_mixture(graph, parts);
    else
        add_probabilities(graph, "logit", FL_ONNX_OUTPUT, card->temperature, card->several);
    return result;
}

int fl_onnx_export_classifier(const struct fl_classifier *classifier, struct fl_buf *buf,
                              struct fl_err *err)
{
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    if (card->network)
        return fl_err_set(err, FL_ENOTSUP,
                          "a classifier that answers by its network has no ONNX form");
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
