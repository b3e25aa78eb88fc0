/* onnx_runtime.h: runs ONNX models by an installed ONNX Runtime, which is opened when it is asked
 * for and not linked.
 *
 * Everything here can fail where the same model run by our kernels would not; whoever asks keeps
 * those at hand and tells the reason. A session may be run by one thread at a time. */
#ifndef FL_ONNX_ONNX_RUNTIME_H
#define FL_ONNX_ONNX_RUNTIME_H

#include "base/err.h"
#include "onnx/onnx_graph.h"

enum { FL_ONNX_MAX_INPUTS = 4, FL_ONNX_MAX_RANK = 4 };

struct fl_onnx_options {
    const char *onnx_library; /* a path, or NULL: libonnxruntime.so under its usual names */
    const char *provider;     /* a name of fl_onnx_provider_names; NULL: "cpu" */
    unsigned threads;         /* 0: the library's own choice */
};

struct fl_onnx_session;

/* Opens the library and loads a model; the bytes may go away afterwards. -FL_ENOENT: no such
 * library; -FL_EVERSION: one that is too old; -FL_ENOTSUP: it does not have that provider;
 * -FL_EINVAL: an unknown provider's name; -FL_ECORRUPT: a model that it refuses; -FL_ENOMEM. */
int fl_onnx_session_open(struct fl_onnx_session **ret_session, const void *model, size_t len,
                         const struct fl_onnx_options *options, struct fl_err *err);
void fl_onnx_session_close(struct fl_onnx_session *session);

/* "ONNX Runtime 1.23.2, cpu". Valid as long as the session. */
const char *fl_onnx_session_name(const struct fl_onnx_session *session);

struct fl_onnx_tensor {
    const char *name;
    enum fl_onnx_type type;
    const void *values; /* read only */
    int64_t dims[FL_ONNX_MAX_RANK];
    size_t rank;
};

/* Runs the model; `output` names what is wanted and where to put it: its values are written, and
 * its dimensions are what the model must give. -FL_EINVAL for tensors past the limits; -FL_EPROTO
 * when the library refuses. */
int fl_onnx_session_run(struct fl_onnx_session *session, const struct fl_onnx_tensor *inputs,
                        size_t input_count, const struct fl_onnx_tensor *output, float *ret_values,
                        struct fl_err *err);

/* NULL-terminated: "cpu", "cuda", "coreml", … */
extern const char *const fl_onnx_provider_names[];

#endif
