/* classifier.c: a classifier that exists: its file, its answers, its small steps. Training is in
 * classifier_train.c.
 *
 *   section "card"   struct file_card      "names"  the labels' names, each with its NUL
 *           "l.…"    the linear path       "w.…"    the word windows, where they help
 *           "n…"     the network, where it answers
 *           "n.acc"  float: its accuracy in validation, where that was measured
 *           "delta"  float [labels][hidden], where updates were made
 *
 * However it came to be, a classifier is a view of the bytes of a file: mapped, borrowed or owned.
 */
#include "classify/classifier_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fl_classifier {
    struct fl_model_file file;
    struct fl_buf owned; /* the bytes, where they are ours */
    struct fl_classifier_parts parts;
    const char **names;
    struct fl_network *network;
    float *delta; /* our own copy, once updated */
    const struct fl_kernels *kernels;
};

struct file_card {
    uint64_t seed;
    uint32_t labels, rows, validation_rows, unknown_rows, several, reserved;
    float threshold, temperature, mix, linear_temperature, certain, accuracy_linear, accuracy_words,
        accuracy_mixed, kept, auroc, unknown_refused, ece;
};
_Static_assert(sizeof(struct file_card) == 80, "no padding");

#define NETWORK_PREFIX   "n"
#define NETWORK_SHAPE    NETWORK_PREFIX "shape" /* is there where a network is */
#define NETWORK_ACCURACY "n.acc"

/* --- files --- */

static struct file_card card_to_file(const struct fl_classifier_card *c)
{
    return (struct file_card){.seed = c->seed,
                              .labels = c->labels,
                              .rows = c->rows,
                              .validation_rows = c->validation_rows,
                              .unknown_rows = c->unknown_rows,
                              .several = c->several,
                              .threshold = c->threshold,
                              .temperature = c->temperature,
                              .mix = c->mix,
                              .linear_temperature = c->linear_temperature,
                              .certain = c->certain,
                              .accuracy_linear = c->accuracy_linear,
                              .accuracy_words = c->accuracy_words,
                              .accuracy_mixed = c->accuracy_mixed,
                              .kept = c->kept,
                              .auroc = c->auroc,
                              .unknown_refused = c->unknown_refused,
                              .ece = c->ece};
}

static struct fl_classifier_card card_from_file(const struct file_card *f)
{
    return (struct fl_classifier_card){.seed = f->seed,
                                       .labels = f->labels,
                                       .rows = f->rows,
                                       .validation_rows = f->validation_rows,
                                       .unknown_rows = f->unknown_rows,
                                       .several = f->several != 0,
                                       .threshold = f->threshold,
                                       .temperature = f->temperature,
                                       .mix = f->mix,
                                       .linear_temperature = f->linear_temperature,
                                       .certain = f->certain,
                                       .accuracy_linear = f->accuracy_linear,
                                       .accuracy_words = f->accuracy_words,
                                       .accuracy_network = NAN,
                                       .accuracy_mixed = f->accuracy_mixed,
                                       .kept = f->kept,
                                       .auroc = f->auroc,
                                       .unknown_refused = f->unknown_refused,
                                       .ece = f->ece};
}

int fl_classifier_write(const struct fl_classifier_parts *parts, struct fl_buf *buf,
                        struct fl_err *err)
{
    struct fl_model_writer writer = {0};
    struct file_card card = card_to_file(&parts->card);
    float card_accuracy = parts->card.accuracy_network;
    fl_model_writer_add(&writer, "card", &card, sizeof card);
    fl_model_writer_add(&writer, "names", parts->names, parts->names_bytes);
    fl_linear_save(&parts->linear, &writer);
    if (parts->windows.labels)
        fl_windows_save(&parts->windows, &writer);
    if (parts->network)
        fl_network_save(parts->network, &writer, NETWORK_PREFIX);
    if (!isnan(card_accuracy))
        fl_model_writer_add(&writer, NETWORK_ACCURACY, &card_accuracy, sizeof card_accuracy);
    if (parts->delta)
        fl_model_writer_add(&writer, "delta", parts->delta,
                            (size_t)parts->linear.labels * parts->linear.hidden *
                                sizeof *parts->delta);
    int rc = fl_model_writer_finish(&writer, FL_CLASSIFIER_KIND, buf);
    fl_model_writer_destroy(&writer);
    return rc == -FL_ENOMEM ? fl_err_nomem(err)
           : rc             ? fl_err_set(err, -rc, "the classifier does not fit a file")
                            : 0;
}

int fl_classifier_save(const struct fl_classifier *classifier, struct fl_buf *buf,
                       struct fl_err *err)
{
    return fl_classifier_write(&classifier->parts, buf, err);
}

static bool in_unit(float value)
{
    return value >= 0 && value <= 1;
}

static bool is_temperature(float value)
{
    return value >= 1e-3f && value <= 1e3f;
}

static int read_card(struct fl_classifier *c, struct fl_err *err)
{
    const void *bytes;
    size_t count;
    struct file_card card;
    int rc = fl_model_file_section(&c->file, "card", sizeof card, 1, &bytes, &count, err);
    if (rc)
        return rc;
    memcpy(&card, bytes, sizeof card);
    if (card.labels == 0 || card.labels > FL_CLASSIFIER_MAX_LABELS || !in_unit(card.threshold) ||
        !in_unit(card.mix) || !is_temperature(card.temperature) ||
        (card.mix > 0 && !is_temperature(card.linear_temperature)) || isnan(card.certain))
        return fl_err_set(err, FL_ECORRUPT, "the classifier's card holds impossible numbers");
    c->parts.card = card_from_file(&card);
    return 0;
}

static int read_names(struct fl_classifier *c, struct fl_err *err)
{
    const void *bytes;
    size_t len;
    uint32_t labels = c->parts.card.labels, count = 0;
    int rc = fl_model_file_section(&c->file, "names", 1, SIZE_MAX, &bytes, &len, err);
    if (rc)
        return rc;
    c->parts.names = bytes;
    c->parts.names_bytes = len;
    c->names = calloc(labels, sizeof *c->names);
    if (!c->names)
        return fl_err_nomem(err);
    const char *at = bytes, *end = at + len;
    while (at < end && count < labels) {
        const char *nul = memchr(at, '\0', (size_t)(end - at));
        if (!nul || nul - at > FL_CLASSIFIER_MAX_LABEL_BYTES)
            break;
        c->names[count++] = at;
        at = nul + 1;
    }
    return count == labels && at == end
               ? 0
               : fl_err_set(err, FL_ECORRUPT, "the names of the labels are damaged");
}

static int read_delta(struct fl_classifier *c, struct fl_err *err)
{
    const void *bytes;
    size_t count, all = (size_t)c->parts.linear.labels * c->parts.linear.hidden;
    int rc = fl_model_file_section(&c->file, "delta", sizeof(float), all, &bytes, &count, err);
    if (rc)
        return rc;
    const float *delta = bytes;
    for (size_t i = 0; i < all; i++)
        if (!isfinite(delta[i]))
            return fl_err_set(err, FL_ECORRUPT, "section 'delta' holds what is no number");
    c->parts.delta = delta;
    return 0;
}

/* What files from before there were networks do not have. */
static int read_network(struct fl_classifier *c, struct fl_err *err)
{
    struct fl_classifier_card *card = &c->parts.card;
    const void *bytes;
    if (fl_model_file_has(&c->file, NETWORK_ACCURACY)) {
        int rc = fl_model_file_section(&c->file, NETWORK_ACCURACY, sizeof card->accuracy_network, 1,
                                       &bytes, NULL, err);
        if (rc)
            return rc;
        memcpy(&card->accuracy_network, bytes, sizeof card->accuracy_network);
        if (!in_unit(card->accuracy_network))
            return fl_err_set(err, FL_ECORRUPT, "the network's accuracy is no share");
    }
    if (!fl_model_file_has(&c->file, NETWORK_SHAPE))
        return 0;
    struct fl_err why = {0};
    c->network = fl_network_open(&c->file, NETWORK_PREFIX, c->kernels, &why);
    if (!c->network)
        return fl_err_set(err, why.code, "%s", why.message);
    const struct fl_network_shape *shape = fl_network_get_shape(c->network);
    if (card->mix > 0 || shape->inputs != c->parts.linear.hidden ||
        shape->outputs != card->labels ||
        shape->head != (card->several ? FL_NETWORK_SIGMOID : FL_NETWORK_SOFTMAX))
        return fl_err_set(err, FL_ECORRUPT, "the network does not fit the classifier");
    c->parts.network = c->network;
    card->network = true;
    return 0;
}

/* Everything but the file itself, which is open; frees on failure. */
static int read_all(struct fl_classifier *c, struct fl_classifier **ret_classifier,
                    struct fl_err *err)
{
    c->kernels = fl_kernels_select(NULL);
    int rc = read_card(c, err);
    if (!rc)
        rc = read_names(c, err);
    if (!rc)
        rc = fl_linear_read(&c->parts.linear, &c->file, c->parts.card.labels, err);
    if (!rc && c->parts.card.mix > 0)
        rc = fl_windows_read(&c->parts.windows, &c->file, c->parts.card.labels, err);
    if (!rc)
        rc = read_network(c, err);
    if (!rc && fl_model_file_has(&c->file, "delta"))
        rc = read_delta(c, err);
    if (rc)
        fl_classifier_free(c);
    else
        *ret_classifier = c;
    return rc;
}

int fl_classifier_open(struct fl_classifier **ret_classifier, const char *path, struct fl_err *err)
{
    struct fl_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return fl_err_nomem(err);
    int rc = fl_model_file_open(&c->file, path, FL_CLASSIFIER_KIND, err);
    if (rc) {
        free(c);
        return rc;
    }
    return read_all(c, ret_classifier, err);
}

int fl_classifier_view(struct fl_classifier **ret_classifier, const void *bytes, size_t len,
                       struct fl_err *err)
{
    struct fl_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return fl_err_nomem(err);
    int rc = fl_model_file_view(&c->file, bytes, len, FL_CLASSIFIER_KIND, err);
    if (rc) {
        free(c);
        return rc;
    }
    return read_all(c, ret_classifier, err);
}

int fl_classifier_adopt(struct fl_classifier **ret_classifier, struct fl_buf *file,
                        struct fl_err *err)
{
    struct fl_classifier *c = NULL;
    int rc = fl_classifier_view(&c, file->ptr, file->len, err);
    if (rc) {
        fl_buf_destroy(file);
        return rc;
    }
    c->owned = *file;
    *file = (struct fl_buf){0};
    *ret_classifier = c;
    return 0;
}

void fl_classifier_free(struct fl_classifier *classifier)
{
    if (!classifier)
        return;
    fl_model_file_close(&classifier->file);
    fl_network_free(classifier->network);
    fl_buf_destroy(&classifier->owned);
    free(classifier->names);
    free(classifier->delta);
    free(classifier);
}

const struct fl_classifier_card *fl_classifier_card(const struct fl_classifier *classifier)
{
    return &classifier->parts.card;
}

const struct fl_classifier_parts *fl_classifier_get_parts(const struct fl_classifier *classifier)
{
    return &classifier->parts;
}

const char *fl_classifier_label(const struct fl_classifier *classifier, uint32_t label)
{
    return classifier->names[label];
}

size_t fl_classifier_bytes(const struct fl_classifier *classifier)
{
    return classifier->file.len;
}

void fl_classifier_set_train_seconds(struct fl_classifier *classifier, float seconds)
{
    classifier->parts.card.train_seconds = seconds;
}

/* --- answers --- */

void fl_classifier_scratch_destroy(struct fl_classifier_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->memory);
    *scratch = (struct fl_classifier_scratch){0};
}

/* The scratch, cut up. */
struct workspace {
    int8_t *packed; /* [stride] */
    float *hidden;  /* [stride] */
    float *logits;  /* [labels]: in the end the probabilities */
    float *words;   /* [labels]: logits of the words */
    void *own;      /* scratch of the windows or the network */
};

static int cut_scratch(const struct fl_classifier_parts *parts,
                       struct fl_classifier_scratch *scratch, struct workspace *w)
{
    size_t stride = parts->linear.stride, align = FL_LINEAR_ALIGN;
    size_t labels = (parts->linear.labels + align - 1) / align * align;
    size_t own = parts->windows.labels ? fl_windows_scratch_bytes(&parts->windows)
                 : parts->network      ? fl_network_scratch_bytes(parts->network)
                                       : 0;
    size_t bytes =
        stride * (sizeof *w->packed + sizeof *w->hidden) + 2 * labels * sizeof *w->logits + own;
    if (scratch->bytes < bytes) {
        void *memory = aligned_alloc(align, (bytes + align - 1) / align * align);
        if (!memory)
            return -FL_ENOMEM;
        free(scratch->memory);
        scratch->memory = memory;
        scratch->bytes = bytes;
    }
    w->hidden = scratch->memory;
    w->logits = w->hidden + stride;
    w->words = w->logits + labels;
    w->packed = (int8_t *)(w->words + labels);
    w->own = w->packed + stride;
    return 0;
}

static void add_delta(const struct fl_classifier *c, const struct workspace *w)
{
    const struct fl_linear *linear = &c->parts.linear;
    for (uint32_t l = 0; l < linear->labels; l++)
        w->logits[l] +=
            c->kernels->dot(c->parts.delta + (size_t)l * linear->hidden, w->hidden, linear->hidden);
}

struct fl_classified fl_classifier_judge(const struct fl_classifier *classifier,
                                         const float *probability)
{
    const struct fl_classifier_card *card = &classifier->parts.card;
    uint32_t best = 0;
    classifier->kernels->top_k(probability, card->labels, &best, 1);
    return (struct fl_classified){.probability = probability,
                                  .best = best,
                                  .best_probability = probability[best],
                                  .score = probability[best],
                                  .in_scope = probability[best] >= card->threshold};
}

/* In their place. */
static void to_probabilities(const struct fl_classifier *c, float *logits, float temperature)
{
    uint32_t labels = c->parts.linear.labels;
    c->kernels->scale(logits, 1 / temperature, labels);
    if (c->parts.card.several)
        c->kernels->sigmoid(logits, labels);
    else
        c->kernels->softmax(logits, labels);
}

/* Where the linear path alone is certain, the words are not asked: they cost several times as much.
 * Leaves probabilities in w->logits. */
static void answer(const struct fl_classifier *c, const struct fl_input *input,
                   const struct workspace *w)
{
    const struct fl_classifier_card *card = &c->parts.card;
    const struct fl_linear *linear = &c->parts.linear;
    fl_linear_run(linear, c->kernels, input, w->packed, w->hidden, w->logits);
    if (c->parts.network)
        fl_classifier_network_logits(c->parts.network, w->hidden, w->own, w->logits);
    if (c->parts.delta)
        add_delta(c, w);
    if (card->mix <= 0) {
        to_probabilities(c, w->logits, card->temperature);
        return;
    }
    if (card->certain <= 1) {
        memcpy(w->words, w->logits, linear->labels * sizeof *w->words);
        to_probabilities(c, w->words, card->linear_temperature);
        if (fl_classifier_judge(c, w->words).best_probability >= card->certain) {
            memcpy(w->logits, w->words, linear->labels * sizeof *w->logits);
            return;
        }
    }
    fl_windows_run(&c->parts.windows, c->kernels, input, w->own, w->words);
    c->kernels->scale(w->logits, 1 - card->mix, linear->labels);
    c->kernels->fma(w->logits, card->mix, w->words, linear->labels);
    to_probabilities(c, w->logits, card->temperature);
}

int fl_classifier_predict(const struct fl_classifier *classifier, const struct fl_input *input,
                          struct fl_classifier_scratch *scratch,
                          struct fl_classified *ret_prediction)
{
    struct workspace w;
    if (cut_scratch(&classifier->parts, scratch, &w))
        return -FL_ENOMEM;
    answer(classifier, input, &w);
    *ret_prediction = fl_classifier_judge(classifier, w.logits);
    return 0;
}

/* --- small steps --- */

/* A step changes a logit of the same input by at most this. */
static const float UPDATE_RATE = 1.0f;
/* Labels whose probability is off by less are left alone. */
static const float UPDATE_LEAST = 1e-3f;

static int own_delta(struct fl_classifier *c)
{
    size_t count = (size_t)c->parts.linear.labels * c->parts.linear.hidden;
    if (c->delta)
        return 0;
    c->delta = calloc(count, sizeof *c->delta);
    if (!c->delta)
        return -FL_ENOMEM;
    if (c->parts.delta)
        memcpy(c->delta, c->parts.delta, count * sizeof *c->delta);
    c->parts.delta = c->delta;
    return 0;
}

int fl_classifier_update(struct fl_classifier *classifier, const struct fl_input *input,
                         const uint32_t *labels, uint32_t label_count,
                         struct fl_classifier_scratch *scratch)
{
    const struct fl_linear *linear = &classifier->parts.linear;
    const struct fl_kernels *kernels = classifier->kernels;
    for (uint32_t i = 0; i < label_count; i++)
        if (labels[i] >= linear->labels)
            return -FL_EINVAL;
    struct fl_classified now;
    struct workspace w;
    if (own_delta(classifier) || fl_classifier_predict(classifier, input, scratch, &now) ||
        cut_scratch(&classifier->parts, scratch, &w))
        return -FL_ENOMEM;
    float norm = kernels->l2_norm(w.hidden, linear->hidden);
    if (!(norm > 0) || !isfinite(norm) || label_count == 0)
        return 0;
    float share = classifier->parts.card.several ? 1 : 1 / (float)label_count;
    for (uint32_t i = 0; i < label_count; i++)
        w.logits[labels[i]] -= share;
    float rate = UPDATE_RATE / (norm * norm);
    for (uint32_t l = 0; l < linear->labels; l++)
        if (fabsf(w.logits[l]) >= UPDATE_LEAST)
            kernels->fma(classifier->delta + (size_t)l * linear->hidden, -rate * w.logits[l],
                         w.hidden, linear->hidden);
    return 0;
}
