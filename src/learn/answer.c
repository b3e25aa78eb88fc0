/* answer.c: see answer.h. */
#include "learn/answer.h"

static void give_up(struct fl_answerer *answerer, const struct fl_err *err)
{
    fl_log_write(answerer->log, FL_LOG_WARNING, "%s; Foreload computes itself", err->message);
    fl_onnx_classifier_close(answerer->onnx);
    answerer->onnx = NULL;
}

int fl_answerer_init(struct fl_answerer *answerer, const struct fl_classifier *classifier,
                     const struct fl_answer_by *by, const struct fl_log *log)
{
    *answerer = (struct fl_answerer){
        .classifier = classifier, .log = log, .scratch = fl_intents_scratch_create()};
    if (!answerer->scratch)
        return -FL_ENOMEM;
    const struct fl_onnx_options options = {
        .onnx_library = by->onnx_library, .provider = by->provider, .threads = 1};
    struct fl_err err = {0};
    if (by->onnx && fl_onnx_classifier_open(&answerer->onnx, classifier, &options, &err))
        give_up(answerer, &err);
    return 0;
}

void fl_answerer_destroy(struct fl_answerer *answerer)
{
    if (!answerer)
        return;
    fl_onnx_classifier_close(answerer->onnx);
    fl_intents_scratch_free(answerer->scratch);
    *answerer = (struct fl_answerer){0};
}

const char *fl_answerer_name(const struct fl_answerer *answerer)
{
    return answerer->onnx ? fl_onnx_classifier_name(answerer->onnx) : "native";
}

int fl_answerer_predict(struct fl_answerer *answerer, struct fl_str text,
                        struct fl_classified *ret_prediction)
{
    if (answerer->onnx) {
        struct fl_err err = {0};
        struct fl_input input = fl_intents_input(text, answerer->scratch);
        if (!fl_onnx_classifier_predict(answerer->onnx, &input, ret_prediction, &err))
            return 0;
        give_up(answerer, &err);
    }
    return fl_intents_predict(answerer->classifier, text, answerer->scratch, ret_prediction);
}
