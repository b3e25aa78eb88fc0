/* classify.h: one classification, for who asks and waits and for the queue. */
#ifndef FL_ENGINE_CLASSIFY_H
#define FL_ENGINE_CLASSIFY_H

#include "engine/learning.h"
#include "learn/intents.h"

/* What fl_engine_classify refuses. */
int fl_classify_check(const char *text, size_t bytes, struct fl_err *err);

/* -FL_ENOMEM, also for a scratch that is NULL. */
int fl_classify(struct fl_learned *learned, struct fl_intents_scratch *scratch, struct fl_str text,
                struct fl_classification **ret_classification);

#endif
