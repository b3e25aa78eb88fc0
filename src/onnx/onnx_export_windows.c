/* onnx_export_windows.c: the classifier's path of word windows (windows.h) as part of an ONNX
 * model.
 *
 *   word ───► Gather parts ─► × scale ─────────────────────────────┐
 *   other ──► Gather vectors ─► × filters ─► rounded to 8 bits ─► Add ─► parts [n0, n2, places · n]
 *   parts ─► for each width: padded, its places shifted and added, + bias ─► max ─┐
 *                                                        Concat ─► ReLU ─► values ─► rounded ─►
 * logits
 *
 * A word that is not known to a table is the row of zeros behind its last. */
#include "onnx/onnx_pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fl_onnx_attribute to_float = {.name = "to", .value = FL_ONNX_FLOAT};

struct name {
    char text[48];
};

static struct name name_of(const char *what, uint32_t width, uint32_t place)
{
    struct name name;
    snprintf(name.text, sizeof name.text, "%s%u_%u", what, width, place);
    return name;
}

/* A table of 8-bit rows, each with its scale, and a row of zeros behind them; `name` and
 * `name`_scale. */
static int add_rows(struct fl_onnx_graph *graph, const char *name, const int8_t *rows,
                    const float *scale, uint32_t count, uint32_t cols)
{
    char scale_name[48];
    snprintf(scale_name, sizeof scale_name, "%s_scale", name);
    int8_t *table = calloc((size_t)count + 1, cols);
    float *scales = calloc((size_t)count + 1, sizeof *scales);
    if (table && scales) {
        memcpy(table, rows, (size_t)count * cols);
        memcpy(scales, scale, count * sizeof *scales);
        fl_onnx_graph_tensor(graph, name, FL_ONNX_INT8, (int64_t[]){(int64_t)count + 1, cols}, 2,
                             table);
        fl_onnx_graph_tensor(graph, scale_name, FL_ONNX_FLOAT, (int64_t[]){(int64_t)count + 1, 1},
                             2, scales);
    }
    int result = table && scales ? 0 : -FL_ENOMEM;
    free(table);
    free(scales);
    return result;
}

/* "part_other": vectors times filters, each word's rounded to 8 bits. */
static int add_others(struct fl_onnx_graph *graph, const struct fl_windows *windows)
{
    uint32_t row = FL_WINDOWS_PLACES * windows->filters;
    int result = add_rows(graph, "vector8", windows->vectors.word, windows->vectors.word_scale,
                          windows->vectors.head.words, windows->dim);
    if (!result)
        result = fl_onnx_graph_table(graph, "filter8", windows->filter, row, windows->dim,
                                     windows->dim, true);
    fl_onnx_graph_tensor(graph, "filter_scale", FL_ONNX_FLOAT, (int64_t[]){row}, 1,
                         windows->filter_scale);
    fl_onnx_graph_input(graph, "other", FL_ONNX_INT64, (int64_t[]){FL_ONNX_N0, FL_ONNX_N2}, 2);
    fl_onnx_graph_node(graph, "Gather", "vector8 other", "other8", NULL);
    fl_onnx_graph_node(graph, "Gather", "vector8_scale other", "other_scale", NULL);
    fl_onnx_graph_node(graph, "Cast", "other8", "other_vector", &to_float);
    fl_onnx_graph_node(graph, "Cast", "filter8", "filter", &to_float);
    fl_onnx_graph_node(graph, "MatMul", "other_vector filter", "other_whole", NULL);
    fl_onnx_graph_node(graph, "Mul", "filter_scale other_scale", "other_unit", NULL);
    fl_onnx_graph_node(graph, "Mul", "other_whole other_unit", "other_product", NULL);
    fl_onnx_graph_round(graph, "other_product", 2, "other_packed", "other_step");
    fl_onnx_graph_node(graph, "Mul", "other_packed other_step", "part_other", NULL);
    return result;
}

/* "part" [n0, n2, places · filters]. */
static int add_parts(struct fl_onnx_graph *graph, const struct fl_windows *windows)
{
    int result = add_rows(graph, "parts8", windows->parts, windows->scale, windows->words,
                          FL_WINDOWS_PLACES * windows->filters);
    fl_onnx_graph_input(graph, "word", FL_ONNX_INT64, (int64_t[]){FL_ONNX_N0, FL_ONNX_N2}, 2);
    fl_onnx_graph_node(graph, "Gather", "parts8 word", "word8", NULL);
    fl_onnx_graph_node(graph, "Gather", "parts8_scale word", "word_scale", NULL);
    fl_onnx_graph_node(graph, "Cast", "word8", "word_whole", &to_float);
    fl_onnx_graph_node(graph, "Mul", "word_whole word_scale", windows->dim ? "part_word" : "part",
                       NULL);
    if (!result && windows->dim) {
        result = add_others(graph, windows);
        fl_onnx_graph_node(graph, "Add", "part_word part_other", "part", NULL);
    }
    return result;
}

/* `output` = `input` from `begin` to `end` along an axis; a negative end counts from the last. */
static void add_slice(struct fl_onnx_graph *graph, const char *input, const char *output,
                      int64_t axis, int64_t begin, int64_t end)
{
    char names[3][64], inputs[4 * 64];
    static const char *const suffixes[] = {"_begin", "_end", "_axis"};
    const int64_t values[] = {begin, end, axis};
    for (int i = 0; i < 3; i++) {
        snprintf(names[i], sizeof names[i], "%s%s", output, suffixes[i]);
        fl_onnx_graph_tensor(graph, names[i], FL_ONNX_INT64, (int64_t[]){1}, 1, &values[i]);
    }
    snprintf(inputs, sizeof inputs, "%s %s %s %s", input, names[0], names[1], names[2]);
    fl_onnx_graph_node(graph, "Slice", inputs, output, NULL);
}

/* "value<width>_0" [n0, 1, filters]: the maximum over all windows of that width, those over the
 * edges included; window t begins `width` before word t. */
static void add_width(struct fl_onnx_graph *graph, const struct fl_windows *windows, uint32_t width)
{
    static const struct fl_onnx_attribute across = {.name = "axes", .value = 1, .list = true};
    int64_t n = windows->filters;
    const int64_t edges[] = {0, width, 0, 0, width, 0};
    struct name sum = name_of("bias", width, 0);
    fl_onnx_graph_tensor(graph, sum.text, FL_ONNX_FLOAT, (int64_t[]){n}, 1,
                         windows->bias + (size_t)width * windows->filters);
    struct name pads = name_of("edges", width, 0), padded = name_of("padded", width, 0);
    char inputs[128];
    fl_onnx_graph_tensor(graph, pads.text, FL_ONNX_INT64, (int64_t[]){6}, 1, edges);
    snprintf(inputs, sizeof inputs, "part %s", pads.text);
    fl_onnx_graph_node(graph, "Pad", inputs, padded.text, NULL);
    for (uint32_t place = 0; place <= width; place++) {
        int64_t from = fl_windows_place(width, place) * n, behind = (int64_t)width - place;
        struct name part = name_of("place", width, place), shifted = name_of("shift", width, place);
        struct name next = name_of("sum", width, place);
        add_slice(graph, padded.text, part.text, 2, from, from + n);
        add_slice(graph, part.text, shifted.text, 1, place, behind ? -behind : INT64_MAX);
        snprintf(inputs, sizeof inputs, "%s %s", shifted.text, sum.text);
        fl_onnx_graph_node(graph, "Add", inputs, next.text, NULL);
        sum = next;
    }
    fl_onnx_graph_node(graph, "ReduceMax", sum.text, name_of("value", width, 0).text, &across);
}

int fl_onnx_graph_windows(struct fl_onnx_graph *graph, const struct fl_windows *windows)
{
    static const struct fl_onnx_attribute along = {.name = "axis", .value = 2};
    static const int64_t flat[] = {0, -1};
    int result = add_parts(graph, windows);
    for (uint32_t width = 0; width < FL_WINDOWS_WIDTHS; width++)
        add_width(graph, windows, width);
    fl_onnx_graph_node(graph, "Concat", "value0_0 value1_0 value2_0", "values", &along);
    fl_onnx_graph_tensor(graph, "flat", FL_ONNX_INT64, (int64_t[]){2}, 1, flat);
    fl_onnx_graph_node(graph, "Reshape", "values flat", "values_flat", NULL);
    fl_onnx_graph_node(graph, "Relu", "values_flat", "value", NULL);
    const struct fl_onnx_product product = {
        .matrix = windows->out,
        .scale = windows->out_scale,
        .rows = windows->labels,
        .cols = windows->values,
        .stride = windows->stride,
    };
    if (!result)
        result = fl_onnx_graph_product(graph, &product, "value", "words_product");
    fl_onnx_graph_tensor(graph, "words_bias", FL_ONNX_FLOAT, (int64_t[]){windows->labels}, 1,
                         windows->out_bias);
    fl_onnx_graph_node(graph, "Add", "words_product words_bias", "words_logit", NULL);
    return result;
}
