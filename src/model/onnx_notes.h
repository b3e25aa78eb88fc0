/* onnx_notes.h: what the exporters of several models share. */
#ifndef FL_MODEL_ONNX_NOTES_H
#define FL_MODEL_ONNX_NOTES_H

#include "model/onnx_export.h"
#include "model/onnx_graph.h"

/* Adds the metadata. -FL_ENOMEM; other failures stay in the graph. */
int fl_onnx_graph_notes(struct fl_onnx_graph *graph, const struct fl_onnx_labels *labels,
                        uint32_t count);

/* From logits [n0, outputs] to the output. */
void fl_onnx_graph_head(struct fl_onnx_graph *graph, const char *logits, bool softmax);

#endif
