/* answer.h: a classifier's answers to texts, by our own kernels or by an installed ONNX Runtime.
 *
 * Whatever is wrong with ONNX Runtime is told once, and our own kernels answer instead. One thread
 * at a time. */
#ifndef FL_LEARN_ANSWER_H
#define FL_LEARN_ANSWER_H

#include "base/log.h"
#include "learn/intents.h"
#include "onnx/onnx_classifier.h"

/* Who answers. All-zero: our own kernels. */
struct fl_answer_by {
    bool onnx;
    const char *onnx_library; /* path of libonnxruntime.so; NULL: under its usual names */
    const char *provider;     /* NULL: "cpu" */
};

struct fl_answerer {
    const struct fl_classifier *classifier;
    const struct fl_log *log; /* or NULL */
    struct fl_intents_scratch *scratch;
    struct fl_onnx_classifier *onnx; /* NULL: our own kernels */
};

/* The classifier and the log must outlive it. -FL_ENOMEM. Destroy in every case. */
int fl_answerer_init(struct fl_answerer *answerer, const struct fl_classifier *classifier,
                     const struct fl_answer_by *by, const struct fl_log *log);
void fl_answerer_destroy(struct fl_answerer *answerer);

/* "native", or "ONNX Runtime 1.23.2, cpu". Valid as long as nothing was predicted meanwhile. */
const char *fl_answerer_name(const struct fl_answerer *answerer);

/* As fl_intents_predict. */
int fl_answerer_predict(struct fl_answerer *answerer, struct fl_str text,
                        struct fl_classified *ret_prediction);

#endif
