/* onnx_graph.h: writes an ONNX model: the protobuf wire format of onnx.proto, as much of it as is
 * needed (ModelProto, GraphProto, NodeProto, TensorProto, ValueInfoProto, metadata).
 *
 *   struct fl_onnx_graph graph = {0};
 *   fl_onnx_graph_input(&graph, "x", FL_ONNX_FLOAT, (int64_t[]){FL_ONNX_N0, 256}, 2);
 *   fl_onnx_graph_tensor(&graph, "w", FL_ONNX_FLOAT, (int64_t[]){256, 3}, 2, weights);
 *   fl_onnx_graph_node(&graph, "MatMul", "x w", "y", NULL);
 *   …output…, fl_onnx_graph_finish(&graph, "name", &bytes, err)
 *
 * IR version 8 and operator set 13: what Debian's python3-onnx checks and every ONNX Runtime since
 * 1.9 runs. Failure sticks and is told at the end. Little-endian machines only, as all of Foreload.
 */
#ifndef FL_ONNX_ONNX_GRAPH_H
#define FL_ONNX_ONNX_GRAPH_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum {
    FL_ONNX_IR_VERSION = 8,
    FL_ONNX_OPSET = 13,
    FL_ONNX_N0 = -1, /* dimensions that the caller of the model chooses, by name */
    FL_ONNX_N1 = -2,
    FL_ONNX_N2 = -3,
    FL_ONNX_MAX_BYTES = INT32_MAX, /* what a protobuf message may be */
};

enum fl_onnx_type { FL_ONNX_FLOAT = 1, FL_ONNX_INT8 = 3, FL_ONNX_INT64 = 7 };
size_t fl_onnx_type_bytes(enum fl_onnx_type type);

/* All-zero is empty. */
struct fl_onnx_graph {
    struct fl_buf nodes, tensors, inputs, outputs, metadata;
    uint32_t node_count;
};
void fl_onnx_graph_destroy(struct fl_onnx_graph *graph);

void fl_onnx_graph_input(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                         const int64_t *dims, size_t rank);
void fl_onnx_graph_output(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                          const int64_t *dims, size_t rank);

/* A constant; copies the values, of which there are as many as the dimensions say. */
void fl_onnx_graph_tensor(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                          const int64_t *dims, size_t rank, const void *values);

/* One attribute of a node: an integer, or a list of one integer. */
struct fl_onnx_attribute {
    const char *name;
    int64_t value;
    bool list;
};

/* `inputs`: names with one space between them. `attribute` may be NULL. */
void fl_onnx_graph_node(struct fl_onnx_graph *graph, const char *operator, const char * inputs,
                        const char *output, const struct fl_onnx_attribute *attribute);

/* A key and its text in the model's metadata. */
void fl_onnx_graph_note(struct fl_onnx_graph *graph, const char *key, const char *text);

/* Appends the model. -FL_ENOMEM; -FL_ELIMIT past FL_ONNX_MAX_BYTES. */
int fl_onnx_graph_finish(const struct fl_onnx_graph *graph, const char *name, struct fl_buf *buf,
                         struct fl_err *err);

#endif
