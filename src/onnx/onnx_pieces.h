/* onnx_pieces.h: the pieces that exported models are made of. Memory that runs out stays in the
 * graph, or is returned as -FL_ENOMEM. */
#ifndef FL_ONNX_ONNX_PIECES_H
#define FL_ONNX_ONNX_PIECES_H

#include "classify/windows.h"
#include "onnx/onnx_export.h"
#include "onnx/onnx_graph.h"

/* Adds the metadata. */
int fl_onnx_graph_notes(struct fl_onnx_graph *graph, const struct fl_onnx_labels *labels,
                        uint32_t count);

/* From logits [n0, outputs] to `output`. */
void fl_onnx_graph_head(struct fl_onnx_graph *graph, const char *logits, const char *output,
                        bool softmax);

void fl_onnx_graph_scalar(struct fl_onnx_graph *graph, const char *name, float value);

/* A table of 8-bit numbers [rows][cols] whose rows are `stride` apart; `turn`: as [cols][rows]. */
int fl_onnx_graph_table(struct fl_onnx_graph *graph, const char *name, const int8_t *from,
                        uint32_t rows, uint32_t cols, uint32_t stride, bool turn);

/* The scalars "least" and, where something is rounded, "steps" and "one". */
void fl_onnx_graph_scalars(struct fl_onnx_graph *graph, bool rounds);

/* What kernels->quantize does along an axis: `packed` whole numbers within ±127, `step` their unit.
 * Wants the scalars. */
void fl_onnx_graph_round(struct fl_onnx_graph *graph, const char *input, int64_t axis,
                         const char *packed, const char *step);

/* What kernels->quantize and kernels->matvec_i8 do: a matrix of 8-bit numbers times a vector that
 * is rounded to such. */
struct fl_onnx_product {
    const int8_t *matrix; /* [rows][stride] */
    const float *scale;   /* [rows] */
    uint32_t rows, cols, stride;
};
int fl_onnx_graph_product(struct fl_onnx_graph *graph, const struct fl_onnx_product *product,
                          const char *input, const char *output);

/* What "word" and "other" are for an input: up to FL_WINDOWS_MAX_WORDS rows each. Returns how many.
 */
uint32_t fl_onnx_words(const struct fl_windows *windows, const struct fl_input *input,
                       int64_t *ret_word, int64_t *ret_other);

/* The path of word windows: inputs "word" and, with vectors, "other" to "words_logit". */
int fl_onnx_graph_windows(struct fl_onnx_graph *graph, const struct fl_windows *windows);

#endif
