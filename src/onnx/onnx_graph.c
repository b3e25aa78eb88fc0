/* onnx_graph.c: see onnx_graph.h. The field numbers are those of onnx.proto; a message inside
 * another is written to a buffer of its own first, because its length stands before it. */
#include "onnx/onnx_graph.h"

#include <stdio.h>
#include <string.h>

enum wire { VARINT = 0, BYTES = 2 };

enum {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_NOTE = 14
};
enum { OPSET_VERSION = 2 };
enum { NOTE_KEY = 1, NOTE_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20 };
enum { TYPE_INT = 2, TYPE_INTS = 7 };
enum { TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2 };

/* --- the wire --- */

static void put_varint(struct fl_buf *buf, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        fl_buf_append_char(buf, (char)(value | 0x80));
    fl_buf_append_char(buf, (char)value);
}

static void put_number(struct fl_buf *buf, unsigned field, int64_t value)
{
    put_varint(buf, field << 3 | VARINT);
    put_varint(buf, (uint64_t)value);
}

static void put_bytes(struct fl_buf *buf, unsigned field, const void *bytes, size_t len)
{
    put_varint(buf, field << 3 | BYTES);
    put_varint(buf, len);
    fl_buf_append(buf, bytes, len);
}

static void put_text(struct fl_buf *buf, unsigned field, const char *text)
{
    put_bytes(buf, field, text, strlen(text));
}

/* Moves a message into the one around it; a failure goes along. */
static void put_message(struct fl_buf *buf, unsigned field, struct fl_buf *message)
{
    if (fl_buf_failed(message))
        buf->failed = true;
    else
        put_bytes(buf, field, fl_buf_text(message), message->len);
    fl_buf_destroy(message);
}

/* --- the parts of a graph --- */

void fl_onnx_graph_destroy(struct fl_onnx_graph *graph)
{
    if (!graph)
        return;
    fl_buf_destroy(&graph->nodes);
    fl_buf_destroy(&graph->tensors);
    fl_buf_destroy(&graph->inputs);
    fl_buf_destroy(&graph->outputs);
    fl_buf_destroy(&graph->metadata);
}

static void put_value(struct fl_buf *buf, unsigned field, const char *name, enum fl_onnx_type type,
                      const int64_t *dims, size_t rank)
{
    struct fl_buf shape = {0}, tensor = {0}, whole = {0}, value = {0};
    for (size_t i = 0; i < rank; i++) {
        struct fl_buf dim = {0};
        char text[24];
        snprintf(text, sizeof text, "n%d", (int)(FL_ONNX_N0 - dims[i]));
        if (dims[i] < 0)
            put_text(&dim, DIM_NAME, text);
        else
            put_number(&dim, DIM_VALUE, dims[i]);
        put_message(&shape, SHAPE_DIM, &dim);
    }
    put_number(&tensor, TENSOR_ELEMENT, type);
    put_message(&tensor, TENSOR_SHAPE, &shape);
    put_message(&whole, TYPE_TENSOR, &tensor);
    put_text(&value, VALUE_NAME, name);
    put_message(&value, VALUE_TYPE, &whole);
    put_message(buf, field, &value);
}

void fl_onnx_graph_input(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                         const int64_t *dims, size_t rank)
{
    put_value(&graph->inputs, GRAPH_INPUT, name, type, dims, rank);
}

void fl_onnx_graph_output(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                          const int64_t *dims, size_t rank)
{
    put_value(&graph->outputs, GRAPH_OUTPUT, name, type, dims, rank);
}

size_t fl_onnx_type_bytes(enum fl_onnx_type type)
{
    return type == FL_ONNX_INT8 ? 1 : type == FL_ONNX_INT64 ? 8 : 4;
}

void fl_onnx_graph_tensor(struct fl_onnx_graph *graph, const char *name, enum fl_onnx_type type,
                          const int64_t *dims, size_t rank, const void *values)
{
    size_t bytes = fl_onnx_type_bytes(type);
    struct fl_buf tensor = {0};
    for (size_t i = 0; i < rank; i++) {
        put_number(&tensor, TENSOR_DIM, dims[i]);
        if (__builtin_mul_overflow(bytes, (size_t)dims[i], &bytes))
            tensor.failed = true;
    }
    put_number(&tensor, TENSOR_TYPE, type);
    put_text(&tensor, TENSOR_NAME, name);
    if (!fl_buf_failed(&tensor))
        put_bytes(&tensor, TENSOR_RAW, values, bytes);
    put_message(&graph->tensors, GRAPH_TENSOR, &tensor);
}

void fl_onnx_graph_node(struct fl_onnx_graph *graph, const char *operator, const char * inputs,
                        const char *output, const struct fl_onnx_attribute *attribute)
{
    struct fl_buf node = {0};
    while (*inputs) {
        size_t len = strcspn(inputs, " ");
        put_bytes(&node, NODE_INPUT, inputs, len);
        inputs += len + (inputs[len] == ' ');
    }
    char name[32];
    snprintf(name, sizeof name, "node%u", graph->node_count++);
    put_text(&node, NODE_OUTPUT, output);
    put_text(&node, NODE_NAME, name);
    put_text(&node, NODE_OPERATOR, operator);
    if (attribute) {
        struct fl_buf message = {0};
        put_text(&message, ATTRIBUTE_NAME, attribute->name);
        put_number(&message, attribute->list ? ATTRIBUTE_INTS : ATTRIBUTE_INT, attribute->value);
        put_number(&message, ATTRIBUTE_TYPE, attribute->list ? TYPE_INTS : TYPE_INT);
        put_message(&node, NODE_ATTRIBUTE, &message);
    }
    put_message(&graph->nodes, GRAPH_NODE, &node);
}

void fl_onnx_graph_note(struct fl_onnx_graph *graph, const char *key, const char *text)
{
    struct fl_buf note = {0};
    put_text(&note, NOTE_KEY, key);
    put_text(&note, NOTE_VALUE, text);
    put_message(&graph->metadata, MODEL_NOTE, &note);
}

int fl_onnx_graph_finish(const struct fl_onnx_graph *graph, const char *name, struct fl_buf *buf,
                         struct fl_err *err)
{
    const struct fl_buf *parts[] = {&graph->nodes, &graph->tensors, &graph->inputs,
                                    &graph->outputs};
    struct fl_buf opset = {0}, title = {0};
    put_text(&title, GRAPH_NAME, name);
    put_number(&opset, OPSET_VERSION, FL_ONNX_OPSET);
    bool failed = fl_buf_failed(&title) || fl_buf_failed(&graph->metadata);
    size_t len = title.len;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        failed = failed || fl_buf_failed(parts[i]);
        len += parts[i]->len;
    }
    int result = 0;
    if (failed) {
        result = fl_err_nomem(err);
    } else if (len > FL_ONNX_MAX_BYTES) {
        result = fl_err_set(err, FL_ELIMIT, "the model is larger than an ONNX file may be");
    } else {
        put_number(buf, MODEL_IR_VERSION, FL_ONNX_IR_VERSION);
        put_text(buf, MODEL_PRODUCER, "foreload");
        put_varint(buf, MODEL_GRAPH << 3 | BYTES);
        put_varint(buf, len);
        fl_buf_append(buf, title.ptr, title.len);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            fl_buf_append(buf, fl_buf_text(parts[i]), parts[i]->len);
        put_message(buf, MODEL_OPSET, &opset);
        fl_buf_append(buf, fl_buf_text(&graph->metadata), graph->metadata.len);
        if (fl_buf_failed(buf))
            result = fl_err_nomem(err);
    }
    fl_buf_destroy(&opset);
    fl_buf_destroy(&title);
    return result;
}
