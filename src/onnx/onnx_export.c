/* onnx_export.c: the network as an ONNX model; see onnx_export.h. */
#include "onnx/onnx_pieces.h"

#include <stdio.h>

/* Layer i: z<i> = x · w<i> + b<i>; behind all but the last, h<i> = ReLU. */
static void add_layer(struct fl_onnx_graph *graph, const struct fl_network_layer *layer, unsigned i,
                      bool last)
{
    char inputs[64], weights[16], bias[16], sum[16], active[16];
    snprintf(weights, sizeof weights, "w%u", i);
    snprintf(bias, sizeof bias, "b%u", i);
    snprintf(sum, sizeof sum, "z%u", i);
    snprintf(active, sizeof active, "h%u", i);
    if (i == 0)
        snprintf(inputs, sizeof inputs, "x w0 b0");
    else
        snprintf(inputs, sizeof inputs, "h%u %s %s", i - 1, weights, bias);
    fl_onnx_graph_tensor(graph, weights, FL_ONNX_FLOAT, (int64_t[]){layer->inputs, layer->outputs},
                         2, layer->weights);
    fl_onnx_graph_tensor(graph, bias, FL_ONNX_FLOAT, (int64_t[]){layer->outputs}, 1, layer->bias);
    fl_onnx_graph_node(graph, "Gemm", inputs, sum, NULL);
    if (!last)
        fl_onnx_graph_node(graph, "Relu", sum, active, NULL);
}

int fl_onnx_export_network(const struct fl_network *network, const struct fl_onnx_labels *labels,
                           struct fl_buf *buf, struct fl_err *err)
{
    const struct fl_network_shape *shape = fl_network_get_shape(network);
    struct fl_onnx_graph graph = {0};
    fl_onnx_graph_input(&graph, "x", FL_ONNX_FLOAT, (int64_t[]){FL_ONNX_N0, shape->inputs}, 2);
    fl_onnx_graph_output(&graph, FL_ONNX_OUTPUT, FL_ONNX_FLOAT,
                         (int64_t[]){FL_ONNX_N0, shape->outputs}, 2);
    unsigned i = 0;
    const struct fl_network_layer *layer = fl_network_get_layer(network, 0), *next;
    for (; layer; layer = next, i++) {
        next = fl_network_get_layer(network, i + 1);
        add_layer(&graph, layer, i, !next);
    }
    char logits[16];
    snprintf(logits, sizeof logits, "z%u", i - 1);
    fl_onnx_graph_head(&graph, logits, FL_ONNX_OUTPUT, shape->head == FL_NETWORK_SOFTMAX);
    int result = fl_onnx_graph_notes(&graph, labels, shape->outputs);
    result = result ? fl_err_nomem(err) : fl_onnx_graph_finish(&graph, "network", buf, err);
    fl_onnx_graph_destroy(&graph);
    return result;
}
