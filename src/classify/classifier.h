/* classifier.h: which of N labels an input has, with probabilities that can be believed.
 *
 *   input  = three blocks of feature buckets (each block weighted by idf and scaled to length 1)
 *            and the words in their order
 *   paths:
 *     linear    Σ rows of W1 ─► hidden ─► W2 ─► one logit a label       (8-bit, always there)
 *     words     word vectors ─► windows of 1–3 words ─► max ─► logits   (where it helps)
 *     network   the linear path's hidden ─► 128 ─► 64 ─► logits         (where it is better alone)
 *   answer = the network, or the mixture of the others that validation chose, temperature, softmax
 *            (one label a row) or sigmoid (several), the highest probability against the threshold
 *            that validation chose
 *
 * The model knows numbers: texts become inputs in text/text_features.h, and learn/intents.h joins
 * the two. A classifier is immutable but for fl_classifier_update; predictions may run on any
 * number of threads, each with a scratch of its own. Training gives the same bytes for the same
 * rows, options and seed, however many threads it may use. */
#ifndef FL_CLASSIFY_CLASSIFIER_H
#define FL_CLASSIFY_CLASSIFIER_H

#include "base/buf.h"
#include "base/err.h"
#include "model/wordvec.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FL_INPUT_BITS = 15, /* buckets are below 2^15 */
    FL_INPUT_BUCKETS = 1 << FL_INPUT_BITS,
    FL_INPUT_BLOCKS = 3, /* words and their sequences, pairs of words, runs of characters */

    FL_CLASSIFIER_MAX_LABELS = 1 << 16,
    FL_CLASSIFIER_MAX_LABEL_BYTES = 1024, /* of a label's name */
    FL_CLASSIFIER_MAX_ROWS = 1 << 22,
};

/* What a text looks like to a model. Borrowed. */
struct fl_input {
    const uint16_t *bucket;              /* block after block */
    uint32_t block_end[FL_INPUT_BLOCKS]; /* block b is [block_end[b - 1], block_end[b]) */
    const uint64_t *word;                /* hashes of the words, in order */
    uint32_t word_count;
};

/* --- prediction --- */

struct fl_classifier;

/* Memory of one thread's predictions. Grown by the first prediction with a model, kept after. */
struct fl_classifier_scratch {
    void *memory;
    size_t bytes;
};
void fl_classifier_scratch_destroy(struct fl_classifier_scratch *scratch);

/* An answer; `probability` lies in the scratch and is valid until its next use. */
struct fl_classified {
    const float *probability; /* [labels], calibrated; one-label models: they sum to 1 */
    uint32_t best;            /* the label of the highest probability, the first of equals */
    float best_probability;
    float score;   /* how much this is a request of the known kind; see the threshold */
    bool in_scope; /* score >= the threshold that validation chose */
};

/* -FL_ENOMEM (only while the scratch grows). */
int fl_classifier_predict(const struct fl_classifier *classifier, const struct fl_input *input,
                          struct fl_classifier_scratch *scratch,
                          struct fl_classified *ret_prediction);

/* --- what is known about a model --- */

/* A share is NaN where it was not measured: no rows of that sort were there. */
struct fl_classifier_card {
    uint32_t labels, rows, validation_rows, unknown_rows; /* unknown: rows of no label */
    bool several;    /* several labels a row: sigmoid, `threshold` is that of each label */
    float threshold; /* of the score */
    float temperature;
    bool network;                      /* the network answers, and no mixture: mix is 0 */
    float mix;                         /* share of the word path in the mixture; 0: linear alone */
    float linear_temperature, certain; /* linear probability from which the words are not asked */
    uint64_t seed;
    /* On validation rows that neither training nor early stopping used for gradients: */
    float accuracy_linear, accuracy_words, accuracy_network; /* several: micro-F1 */
    float accuracy_mixed;                                    /* of what answers */
    float kept; /* validation rows answered rightly at the threshold, of all of a label */
    float auroc, unknown_refused;
    float ece;           /* expected calibration error, 15 bins */
    float train_seconds; /* 0 in a file: bytes depend on rows, options and seed only */
};
const struct fl_classifier_card *fl_classifier_card(const struct fl_classifier *classifier);

/* Borrowed, valid as long as the classifier; NUL-terminated. */
const char *fl_classifier_label(const struct fl_classifier *classifier, uint32_t label);

/* --- files (model/model_file.h, kind "CLASSIFY") --- */

/* Appends the file's bytes. */
int fl_classifier_save(const struct fl_classifier *classifier, struct fl_buf *buf,
                       struct fl_err *err);
/* Maps a file and checks everything in it. -FL_ENOENT, -FL_EIO, -FL_EVERSION, -FL_ECORRUPT,
 * -FL_ENOMEM. Free it. */
int fl_classifier_open(struct fl_classifier **ret_classifier, const char *path, struct fl_err *err);
/* The same over bytes (8-byte aligned) that stay the caller's and outlive it. */
int fl_classifier_view(struct fl_classifier **ret_classifier, const void *bytes, size_t len,
                       struct fl_err *err);
void fl_classifier_free(struct fl_classifier *classifier);

size_t fl_classifier_bytes(const struct fl_classifier *classifier); /* of its file */

/* --- training --- */

enum fl_row_part {
    FL_ROW_TRAIN,
    FL_ROW_VALIDATION, /* chooses: thresholds, mixture, when to stop */
};

struct fl_classifier_row {
    struct fl_input input;
    const uint32_t *labels; /* below label_count, none twice; none at all: of no known label */
    uint32_t label_count;
    enum fl_row_part part;
    bool unknown; /* marked as of no known label; only matters where rows may have several */
};

enum fl_label_mode {
    FL_LABELS_AUTO, /* several if any row has several */
    FL_LABELS_ONE,  /* only the first label of a row counts */
    FL_LABELS_SEVERAL,
};

enum fl_effort {
    FL_EFFORT_FULL,    /* every path, the best by validation; the network only where it is quick */
    FL_EFFORT_QUICK,   /* the linear path alone */
    FL_EFFORT_NETWORK, /* the network alone, whatever validation says */
};

struct fl_classifier_options {
    uint64_t seed;
    unsigned threads; /* at most; 0: 2 */
    enum fl_label_mode mode;
    enum fl_effort effort;
    const struct fl_wordvec *vectors; /* of words as text/text_features.h hashes them; or NULL */
    /* Called now and then on the calling thread with the share that is done, 0–1; a result other
     * than 0 stops the training, which then returns -FL_ECANCELED. NULL: nobody asks. */
    int (*progress)(void *ctx, double share);
    void *ctx;
};

/* Learns from rows. Rows of no label never touch a weight; they only choose the threshold. Without
 * validation rows a part of the training rows, drawn by the seed, serves for the choices, and the
 * final weights are trained on all of them. Blocks for seconds. -FL_EINVAL where nothing can be
 * learned (no labels, no rows with one), -FL_ELIMIT, -FL_ENOMEM, -FL_ECANCELED. Free the result. */
int fl_classifier_train(const struct fl_classifier_row *rows, uint32_t row_count,
                        const char *const *labels, uint32_t label_count,
                        const struct fl_classifier_options *options,
                        struct fl_classifier **ret_classifier, struct fl_err *err);

/* One step towards the row's labels in the last linear layer, bounded so that no single row can
 * undo what many taught. Not while others predict with the same classifier: update a copy
 * (fl_classifier_save, fl_classifier_view) and swap. The first call copies the layer. -FL_ENOMEM,
 * -FL_EINVAL for a label that the model does not have. */
int fl_classifier_update(struct fl_classifier *classifier, const struct fl_input *input,
                         const uint32_t *labels, uint32_t label_count,
                         struct fl_classifier_scratch *scratch);

#endif
