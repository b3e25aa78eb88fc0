/* onnx_export.h: models as ONNX files, for any program that runs those.
 *
 * The network: input "x" float [n0, inputs], output "probability" float [n0, outputs].
 *
 * The classifier: input "bucket" int64 [n0, n1]: the buckets of a text's features, as many as the
 * longest text of the batch has (fill up with 0); "block" float [n0, 3, n1]: 1 where the feature
 * belongs to that block and 0 elsewhere; where it has a path of word windows "word" int64 [n0, n2]:
 * the row of each word in the table of fl_windows, and where that has vectors "other" int64 [n0,
 * n2]: of words without such a row that in the table of vectors; "no row" is the one behind the
 * last. All texts of a batch have n2 words (1 to FL_WINDOWS_MAX_WORDS; a text without words has one
 * "no row"). Output "probability" float [n0, labels]. All that lies between is in the graph.
 *
 * Metadata of both: "labels" (a JSON list), "threshold", "inputs" (how they are
 * made). The classifier rounds its hidden layer to 8 bits, in the graph as here; where a value lies
 * on the edge between two steps, both may choose differently. */
#ifndef FL_ONNX_ONNX_EXPORT_H
#define FL_ONNX_ONNX_EXPORT_H

#include "base/buf.h"
#include "classify/classifier.h"
#include "network/network.h"

/* What the metadata of a network say; texts may be NULL: nothing. */
struct fl_onnx_labels {
    const char *const *names; /* [outputs] */
    float threshold;
    const char *inputs;
};

#define FL_ONNX_OUTPUT "probability"

/* Appends a file. -FL_ENOMEM; -FL_ELIMIT for what is too large for the format; -FL_ENOTSUP for a
 * classifier that answers by its network. */
int fl_onnx_export_network(const struct fl_network *network, const struct fl_onnx_labels *labels,
                           struct fl_buf *buf, struct fl_err *err);
int fl_onnx_export_classifier(const struct fl_classifier *classifier, struct fl_buf *buf,
                              struct fl_err *err);

#endif
