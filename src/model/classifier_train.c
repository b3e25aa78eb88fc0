/* classifier_train.c: from rows to a classifier.
 *
 *   rows ─► those of a label: train │ validation     those of none: choose the threshold, no more
 *   train ─► paths ─► logits of the validation rows ─► mixture, temperature, threshold: the card
 *   all rows of a label ─► the same paths again ─► the file
 *
 * Where no row is marked for validation, a tenth is drawn by the seed. The second training is left
 * out where it would see nothing new, or where the effort is to be small and validation rows were
 * given. */
#include "model/calibration.h"
#include "model/classifier_parts.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    VALIDATION_SHARE = 10, /* one row of so many is drawn where none was given */
    LEAST_VALIDATION = 20, /* with fewer rows nothing can be chosen */
    MOST_LOGITS = 1 << 25, /* validation rows times labels: more rows are not looked at */
    VALIDATION_STREAM = 1000,
};

/* Of the rows that are answered rightly, the share that a threshold may cost; little where no
 * unknown rows show what it is good for. */
static const float MOST_LOST = 0.008f, MOST_LOST_BLINDLY = 0.004f;

struct plan {
    const struct fl_classifier_row *rows;
    uint32_t row_count, label_count;
    const char *const *labels;
    const struct fl_classifier_options *options;
    struct fl_classifier_card card;

    uint32_t *all;      /* rows to learn from in the end */
    uint32_t *learn;    /* rows to learn from before the choices */
    uint32_t *validate; /* known ones, then unknown ones */
    uint32_t all_count, learn_count, known, validate_count;
    bool drawn; /* the validation rows were not given */

    float *linear_logits; /* [validate_count][labels] */
    double done, pass;    /* progress: share before this pass, share of this pass */
};

static void plan_destroy(struct plan *plan)
{
    free(plan->all);
    free(plan->learn);
    free(plan->validate);
    free(plan->linear_logits);
}

/* --- which row is for what --- */

static int check_rows(struct plan *plan, struct fl_err *err)
{
    if (plan->row_count > FL_CLASSIFIER_MAX_ROWS)
        return fl_err_set(err, FL_ELIMIT, "more than %u training rows",
                          (unsigned)FL_CLASSIFIER_MAX_ROWS);
    if (plan->label_count > FL_CLASSIFIER_MAX_LABELS)
        return fl_err_set(err, FL_ELIMIT, "more than %u labels",
                          (unsigned)FL_CLASSIFIER_MAX_LABELS);
    for (uint32_t i = 0; i < plan->label_count; i++)
        if (strlen(plan->labels[i]) > FL_CLASSIFIER_MAX_LABEL_BYTES)
            return fl_err_set(err, FL_ELIMIT, "a label's name has more than %d bytes",
                              FL_CLASSIFIER_MAX_LABEL_BYTES);
    bool several = plan->options->mode == FL_LABELS_SEVERAL;
    for (uint32_t i = 0; i < plan->row_count; i++) {
        const struct fl_classifier_row *row = &plan->rows[i];
        for (uint32_t l = 0; l < row->label_count; l++)
            if (row->labels[l] >= plan->label_count)
                return fl_err_set(err, FL_EINVAL, "row %u has a label that is not there", i);
        several |= plan->options->mode == FL_LABELS_AUTO && row->label_count > 1;
    }
    plan->card.several = several;
    return 0;
}

/* A row without labels is a plain negative where rows may have several, unless it is marked. */
static bool is_known(const struct plan *plan, const struct fl_classifier_row *row)
{
    return row->label_count > 0 || (plan->card.several && !row->unknown);
}

/* A tenth of plan->all, drawn; of each label at least one row stays. */
static int draw_validation(struct plan *plan)
{
    uint32_t *left = calloc((size_t)plan->label_count + 1, sizeof *left);
    if (!left)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < plan->all_count; i++) {
        const struct fl_classifier_row *row = &plan->rows[plan->all[i]];
        left[row->label_count ? row->labels[0] : plan->label_count]++;
    }
    struct fl_random random;
    fl_random_seed(&random, plan->options->seed, VALIDATION_STREAM);
    memcpy(plan->learn, plan->all, plan->all_count * sizeof *plan->learn);
    fl_random_shuffle(&random, plan->learn, plan->all_count);
    uint32_t want = plan->all_count / VALIDATION_SHARE, kept = 0;
    if (want < LEAST_VALIDATION)
        want = 0;
    for (uint32_t i = 0; i < plan->all_count; i++) {
        const struct fl_classifier_row *row = &plan->rows[plan->learn[i]];
        uint32_t label = row->label_count ? row->labels[0] : plan->label_count;
        if (plan->known < want && left[label] > 1) {
            left[label]--;
            plan->validate[plan->known++] = plan->learn[i];
        } else {
            plan->learn[kept++] = plan->learn[i];
        }
    }
    plan->learn_count = kept;
    plan->drawn = true;
    free(left);
    return 0;
}

static int divide_rows(struct plan *plan, struct fl_err *err)
{
    size_t room = (size_t)plan->row_count + 1;
    plan->all = calloc(room, sizeof *plan->all);
    plan->learn = calloc(room, sizeof *plan->learn);
    plan->validate = calloc(room, sizeof *plan->validate);
    if (!plan->all || !plan->learn || !plan->validate)
        return fl_err_nomem(err);
    for (uint32_t i = 0; i < plan->row_count; i++) {
        if (!is_known(plan, &plan->rows[i]))
            continue;
        plan->all[plan->all_count++] = i;
        if (plan->rows[i].part == FL_ROW_VALIDATION)
            plan->validate[plan->known++] = i;
        else
            plan->learn[plan->learn_count++] = i;
    }
    if (plan->all_count == 0 || plan->label_count == 0)
        return fl_err_set(err, FL_EINVAL, "no row has a label: there is nothing to learn");
    if (plan->known < LEAST_VALIDATION || plan->learn_count == 0) {
        plan->known = 0;
        if (draw_validation(plan))
            return fl_err_nomem(err);
    }
    uint32_t most = MOST_LOGITS / plan->label_count;
    if (plan->known > most)
        plan->known = most;
    plan->validate_count = plan->known;
    for (uint32_t i = 0; i < plan->row_count && plan->validate_count < most && plan->known; i++)
        if (!is_known(plan, &plan->rows[i]))
            plan->validate[plan->validate_count++] = i;
    plan->card.rows = plan->all_count;
    plan->card.validation_rows = plan->known;
    plan->card.unknown_rows = plan->validate_count - plan->known;
    return 0;
}

/* --- training --- */

static int tell_progress(void *ctx, double share)
{
    struct plan *plan = ctx;
    return plan->options->progress
               ? plan->options->progress(plan->options->ctx, plan->done + plan->pass * share)
               : 0;
}

static struct fl_linear *train_linear(struct plan *plan, const uint32_t *order, uint32_t count,
                                      struct fl_err *err)
{
    struct fl_training_rows rows = {plan->rows, order, count, plan->label_count,
                                    plan->card.several};
    struct fl_linear_training training = FL_LINEAR_TRAINING_DEFAULT;
    training.seed = plan->options->seed;
    training.threads = plan->options->threads ? plan->options->threads : 2;
    training.progress = tell_progress;
    training.ctx = plan;
    fl_linear_training_adapt(&training, &rows);
    struct fl_linear_parts parts;
    struct fl_linear *linear = NULL;
    if (!fl_linear_train(&parts, &rows, &training, err) && !(linear = fl_linear_pack(&parts)))
        fl_err_nomem(err);
    fl_linear_parts_destroy(&parts);
    return linear;
}

static int linear_logits(struct plan *plan, const struct fl_linear *linear, struct fl_err *err)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    size_t n = plan->label_count;
    plan->linear_logits = malloc((plan->validate_count * n + 1) * sizeof *plan->linear_logits);
    int32_t *sum = calloc(linear->stride, sizeof *sum);
    float *hidden = calloc(linear->stride, sizeof *hidden);
    int8_t *packed = calloc(linear->stride, sizeof *packed);
    bool all = plan->linear_logits && sum && hidden && packed;
    for (uint32_t i = 0; all && i < plan->validate_count; i++)
        fl_linear_run(linear, kernels, &plan->rows[plan->validate[i]].input, sum, packed, hidden,
                      plan->linear_logits + i * n);
    free(sum);
    free(hidden);
    free(packed);
    return all ? 0 : fl_err_nomem(err);
}

/* Fills in the card from the validation rows. */
static int choose(struct plan *plan, struct fl_err *err)
{
    struct fl_classifier_card *card = &plan->card;
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    struct fl_calibration_rows rows = {.rows = plan->rows,
                                       .order = plan->validate,
                                       .known = plan->known,
                                       .count = plan->validate_count,
                                       .labels = plan->label_count,
                                       .several = card->several,
                                       .linear = plan->linear_logits};
    struct fl_calibration_result result;
    card->temperature = fl_calibration_temperature(kernels, &rows, 0);
    if (fl_calibration_measure(kernels, &rows, 0, card->temperature,
                               card->unknown_rows ? MOST_LOST : MOST_LOST_BLINDLY, &result))
        return fl_err_nomem(err);
    card->threshold = result.threshold;
    card->accuracy_linear = card->accuracy_mixed = result.accuracy;
    card->kept = result.kept;
    card->auroc = result.auroc;
    card->unknown_refused = result.unknown_refused;
    card->ece = result.ece;
    return 0;
}

static int finish(struct plan *plan, const struct fl_linear *linear,
                  struct fl_classifier **ret_classifier, struct fl_err *err)
{
    struct fl_buf names = {0}, file = {0};
    for (uint32_t i = 0; i < plan->label_count; i++)
        fl_buf_append(&names, plan->labels[i], strlen(plan->labels[i]) + 1);
    if (fl_buf_failed(&names))
        return fl_err_nomem(err);
    struct fl_classifier_parts parts = {
        .card = plan->card, .names = names.ptr, .names_bytes = names.len, .linear = *linear};
    int rc = fl_classifier_write(&parts, &file, err);
    fl_buf_destroy(&names);
    if (rc)
        fl_buf_destroy(&file);
    return rc ? rc : fl_classifier_adopt(ret_classifier, &file, err);
}

static int train(struct plan *plan, struct fl_classifier **ret_classifier, struct fl_err *err)
{
    bool again = plan->known && (plan->drawn || plan->options->effort == FL_EFFORT_FULL);
    plan->pass = again ? 0.5 : 1;
    struct fl_linear *linear = train_linear(plan, plan->learn, plan->learn_count, err);
    int rc = linear ? 0 : -err->code;
    if (!rc && plan->known) {
        rc = linear_logits(plan, linear, err);
        if (!rc)
            rc = choose(plan, err);
    }
    if (!rc && again) {
        fl_linear_free(linear);
        plan->done = 0.5;
        linear = train_linear(plan, plan->all, plan->all_count, err);
        rc = linear ? 0 : -err->code;
    }
    if (!rc)
        rc = finish(plan, linear, ret_classifier, err);
    fl_linear_free(linear);
    return rc;
}

int fl_classifier_train(const struct fl_classifier_row *rows, uint32_t row_count,
                        const char *const *labels, uint32_t label_count,
                        const struct fl_classifier_options *options,
                        struct fl_classifier **ret_classifier, struct fl_err *err)
{
    struct fl_err own;
    struct fl_err *why = err ? err : &own;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct plan plan = {
        .rows = rows,
        .row_count = row_count,
        .label_count = label_count,
        .labels = labels,
        .options = options,
        .card = {.labels = label_count,
                 .temperature = 1,
                 .seed = options->seed,
                 .accuracy_linear = NAN,
                 .accuracy_words = NAN,
                 .accuracy_mixed = NAN,
                 .kept = NAN,
                 .auroc = NAN,
                 .unknown_refused = NAN,
                 .ece = NAN},
    };
    int rc = check_rows(&plan, why);
    if (!rc)
        rc = divide_rows(&plan, why);
    if (!rc)
        rc = train(&plan, ret_classifier, why);
    plan_destroy(&plan);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (!rc)
        fl_classifier_set_train_seconds(*ret_classifier,
                                        (float)(after.tv_sec - before.tv_sec) +
                                            (float)(after.tv_nsec - before.tv_nsec) * 1e-9f);
    return rc;
}
