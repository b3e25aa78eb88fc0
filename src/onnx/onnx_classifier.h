/* onnx_classifier.h: a classifier whose answers an installed ONNX Runtime computes. */
#ifndef FL_ONNX_ONNX_CLASSIFIER_H
#define FL_ONNX_ONNX_CLASSIFIER_H

#include "classify/classifier.h"
#include "onnx/onnx_runtime.h"

struct fl_onnx_classifier;

/* Exports the classifier, which must outlive this, and loads it. Before the first answer it is held
 * against our own kernels on made-up inputs: -FL_ECONFLICT when it computes something else. Other
 * errors as fl_onnx_session_open and fl_onnx_export_classifier. */
int fl_onnx_classifier_open(struct fl_onnx_classifier **ret_onnx,
                            const struct fl_classifier *classifier,
                            const struct fl_onnx_options *options, struct fl_err *err);
void fl_onnx_classifier_close(struct fl_onnx_classifier *onnx);

/* fl_onnx_session_name. */
const char *fl_onnx_classifier_name(const struct fl_onnx_classifier *onnx);

/* As fl_classifier_predict; the probabilities are valid until the next call. One thread at a time.
 * -FL_ENOMEM, -FL_EPROTO. */
int fl_onnx_classifier_predict(struct fl_onnx_classifier *onnx, const struct fl_input *input,
                               struct fl_classified *ret_prediction, struct fl_err *err);

#endif
