/* intents.h: the classifier for texts: features in front of classify/classifier.h.
 *
 * Which thread may do what is as there; a request needs a struct fl_intents_scratch of its own. */
#ifndef FL_LEARN_INTENTS_H
#define FL_LEARN_INTENTS_H

#include "classify/classifier.h"
#include "learn/rows.h"

/* Learns from rows. Word vectors, threads, seed, progress: see struct fl_classifier_options. */
int fl_intents_train(const struct fl_rows *rows, const struct fl_classifier_options *options,
                     struct fl_classifier **ret_classifier, struct fl_err *err);

struct fl_intents_scratch;                                  /* one thread's; about 250 KiB */
struct fl_intents_scratch *fl_intents_scratch_create(void); /* NULL: out of memory */
void fl_intents_scratch_free(struct fl_intents_scratch *scratch);

/* What a text looks like to the classifier; valid until the scratch is used again. */
struct fl_input fl_intents_input(struct fl_str text, struct fl_intents_scratch *scratch);

/* The labels of a text; the result is valid until the scratch is used again. -FL_ENOMEM. */
int fl_intents_predict(const struct fl_classifier *classifier, struct fl_str text,
                       struct fl_intents_scratch *scratch, struct fl_classified *ret_prediction);

/* One bounded step towards these labels; see fl_classifier_update. */
int fl_intents_update(struct fl_classifier *classifier, struct fl_str text, const uint32_t *labels,
                      uint32_t label_count, struct fl_intents_scratch *scratch);

#endif
