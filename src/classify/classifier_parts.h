/* classifier_parts.h: what classifier.c shares with training and with the ONNX exporter. */
#ifndef FL_CLASSIFY_CLASSIFIER_PARTS_H
#define FL_CLASSIFY_CLASSIFIER_PARTS_H

#include "classify/linear.h"
#include "classify/windows.h"
#include "network/network.h"

#define FL_CLASSIFIER_KIND "CLASSIFY"

/* What a file is made of. */
struct fl_classifier_parts {
    struct fl_classifier_card card;
    const char *names; /* one after the other, each with its NUL */
    size_t names_bytes;
    struct fl_linear linear;
    struct fl_windows windows;        /* labels 0: there is no such path */
    const struct fl_network *network; /* answers instead of both; NULL: it does not */
    const float *delta;               /* [labels][hidden]: what updates taught; NULL: nothing yet */
};

/* Appends a whole file. -FL_ENOMEM, -FL_ELIMIT. */
int fl_classifier_write(const struct fl_classifier_parts *parts, struct fl_buf *buf,
                        struct fl_err *err);

/* A classifier that owns the bytes of `file` (which is then empty, also on failure). */
int fl_classifier_adopt(struct fl_classifier **ret_classifier, struct fl_buf *file,
                        struct fl_err *err);

const struct fl_classifier_parts *fl_classifier_get_parts(const struct fl_classifier *classifier);

/* What probabilities [labels] say: the best one, and whether it is enough. */
struct fl_classified fl_classifier_judge(const struct fl_classifier *classifier,
                                         const float *probability);

/* --- the network path (classifier_network.c) --- */

/* A network that answers from the hidden numbers of `linear`. `training` says seed, threads and
 * progress; what is dropped and held out is chosen here. Free the result with fl_network_free.
 * -FL_ENOMEM, -FL_ELIMIT (too many rows), -FL_ECANCELED. */
int fl_classifier_network_train(struct fl_network **ret_network, const struct fl_linear *linear,
                                const struct fl_training_rows *rows,
                                const struct fl_network_training *training, struct fl_err *err);

/* ret_logits[labels] whose softmax or sigmoids are the network's answer to hidden[inputs].
 * `scratch` as for fl_network_run. */
void fl_classifier_network_logits(const struct fl_network *network, const float *hidden,
                                  void *scratch, float *ret_logits);

/* For the time that training took: the only field of a card that no file has. */
void fl_classifier_set_train_seconds(struct fl_classifier *classifier, float seconds);

#endif
