/* training.h: one round of learning: history → candidate → judged → promoted or rejected.
 *
 *   lock ─► samples ─► train ─► judge ─┬─► worse: recorded as rejected
 *                                      └─► file ─► one transaction: the candidate is in use
 *
 * The held-out samples (history.h) never train any model; the candidate and the model in use answer
 * the same ones, and the candidate is promoted when it does no worse. Whatever ends a round early —
 * a signal, a full disk, no memory, a cancellation — leaves the model in use as it was: it is
 * exchanged in a single transaction, at the end, and only if it is still the one that was judged
 * and nothing was forgotten meanwhile. */
#ifndef FL_LEARN_TRAINING_H
#define FL_LEARN_TRAINING_H

#include "base/clock.h"
#include "learn/answer.h"
#include "learn/generations.h"
#include "learn/history.h"

enum { FL_TRAINING_MIN_HELD_OUT = 5, FL_TRAINING_REASON_BYTES = FL_ERR_MESSAGE_MAX };

/* From this probability on, a label counts as the answer when models are judged. */
#define FL_TRAINING_LEAST 0.5f

struct fl_training_options {
    const char *database; /* path */
    const char *folder;   /* of the models */
    uint64_t seed;
    unsigned threads;                 /* 0: as many as the classifier likes */
    const struct fl_wordvec *vectors; /* or NULL */
    struct fl_clock clock;
    const struct fl_log *log; /* or NULL */
    /* As in struct fl_classifier_options. */
    int (*progress)(void *ctx, double share);
    void *ctx;
};

struct fl_training_result {
    bool promoted;
    int64_t generation; /* its row, also when it was rejected */
    uint32_t train_count, held_out_count, label_count;
    int64_t train_ms, bytes;
    double score, rival_score;             /* see struct fl_store_model */
    char reason[FL_TRAINING_REASON_BYTES]; /* of a rejection, or "" */
};

/* 0 for a rejection too. -FL_ENOENT without a sample, -FL_EBUSY while another process trains,
 * -FL_ECANCELED, -FL_ECHANGED when the model in use or the history was changed by somebody else
 * meanwhile, -FL_ECORRUPT, -FL_EIO, -FL_ENOMEM. Blocks for seconds. */
int fl_training_run(const struct fl_training_options *options,
                    struct fl_training_result *ret_result, struct fl_err *err);

/* --- judging --- */

/* How a model answers labelled texts. F1 is over labels (micro), of those with FL_TRAINING_LEAST
 * and more in texts that are in scope. */
struct fl_judgement {
    uint32_t rows;
    uint32_t right, wrong, missing; /* labels */
    uint32_t exact;                 /* rows with every label and no other */
    double f1;                      /* 1 where there was nothing to find and nothing was found */
};

/* Items of the history of which `held_out` is as given; all of them with `all`. -FL_ENOMEM. */
enum fl_judged { FL_JUDGED_HELD_OUT, FL_JUDGED_TRAINED, FL_JUDGED_ALL };
int fl_judge(const struct fl_classifier *classifier, const struct fl_history *history,
             enum fl_judged which, struct fl_judgement *ret_judgement);
/* The same where somebody else may answer for it. */
int fl_judge_answers(struct fl_answerer *answerer, const struct fl_history *history,
                     enum fl_judged which, struct fl_judgement *ret_judgement);

#endif
