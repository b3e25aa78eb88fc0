/* classifier_train.c: from rows to a classifier.
 *
 *   rows ─► those of a label: train │ validation     those of none: choose the threshold, no more
 *   train ─► paths ─► logits of the validation rows ─► mixture or network, temperature, threshold:
 *                                                      the card
 *   all rows of a label ─► the same paths again ─► the file
 *
 * Where no row is marked for validation, a tenth is drawn by the seed. The second training is left
 * out where it would see nothing new, or where the effort is to be small and validation rows were
 * given. */
#include "classify/calibration.h"
#include "classify/classifier_parts.h"

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
    MIX_STEPS = 10,
    NETWORK_EPOCHS = 50,
    MOST_LABELS_FOR_WORDS = 1000, /* the windows' output would be too slow to learn */
    MOST_FOR_NETWORK = 1 << 19,   /* rows times labels: more take the network over some seconds */
};
static const double LINEAR_SHARE = 0.2; /* of the time that all paths take */
static const double NETWORK_SHARE = 0.1;
static const float MIX_UNSEEN = 0.5f; /* where there are too few rows to choose */
static const float NEVER_CERTAIN = 2;

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

    float *linear_logits, *words_logits, *network_logits; /* [validate_count][labels] */
    double done, pass; /* progress: share before this pass, share of this pass */
};

/* Which paths a round trains beside the linear one. */
struct wanted {
    bool words, network;
};

/* The paths, each or none. */
struct paths {
    struct fl_linear *linear;
    struct fl_windows *windows;
    struct fl_network *network;
};

static void paths_free(struct paths *paths)
{
    fl_linear_free(paths->linear);
    fl_windows_free(paths->windows);
    fl_network_free(paths->network);
    *paths = (struct paths){0};
}

static void plan_destroy(struct plan *plan)
{
    free(plan->all);
    free(plan->learn);
    free(plan->validate);
    free(plan->linear_logits);
    free(plan->words_logits);
    free(plan->network_logits);
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

static int train_linear(struct plan *plan, const struct fl_training_rows *rows, struct paths *paths,
                        struct fl_err *err)
{
    struct fl_linear_training training = FL_LINEAR_TRAINING_DEFAULT;
    training.seed = plan->options->seed;
    training.threads = plan->options->threads ? plan->options->threads : 2;
    training.progress = tell_progress;
    training.ctx = plan;
    fl_linear_training_adapt(&training, rows);
    struct fl_linear_parts parts;
    int rc = fl_linear_train(&parts, rows, &training, err);
    if (!rc && !(paths->linear = fl_linear_pack(&parts)))
        rc = fl_err_nomem(err);
    fl_linear_parts_destroy(&parts);
    return rc;
}

static int train_windows(struct plan *plan, const struct fl_training_rows *rows,
                         struct paths *paths, struct fl_err *err)
{
    struct fl_windows_training training = FL_WINDOWS_TRAINING_DEFAULT;
    training.seed = plan->options->seed;
    training.threads = plan->options->threads ? plan->options->threads : 2;
    training.vectors = plan->options->vectors;
    training.progress = tell_progress;
    training.ctx = plan;
    fl_windows_training_adapt(&training, rows);
    struct fl_windows_parts parts;
    int rc = fl_windows_train(&parts, rows, &training, err);
    if (!rc && !(paths->windows = fl_windows_pack(&parts, plan->options->vectors)))
        rc = fl_err_nomem(err);
    fl_windows_parts_destroy(&parts);
    return rc;
}

static int tell_epoch(void *ctx, uint32_t epoch, double loss, double held_out_loss)
{
    (void)loss;
    (void)held_out_loss;
    return tell_progress(ctx, (double)epoch / NETWORK_EPOCHS);
}

static int train_network(struct plan *plan, const struct fl_training_rows *rows,
                         struct paths *paths, struct fl_err *err)
{
    struct fl_network_training training = FL_NETWORK_TRAINING_DEFAULT;
    unsigned threads = plan->options->threads ? plan->options->threads : 2;
    training.seed = plan->options->seed;
    training.threads = threads < FL_NETWORK_MAX_THREADS ? threads : FL_NETWORK_MAX_THREADS;
    training.epochs = NETWORK_EPOCHS;
    training.progress = tell_epoch;
    training.ctx = plan;
    return fl_classifier_network_train(&paths->network, paths->linear, rows, &training, err);
}

/* One round over the paths, with all rows or with those to learn from before the choices. */
static int train_paths(struct plan *plan, bool all, const struct wanted *wanted,
                       struct paths *paths, struct fl_err *err)
{
    struct fl_training_rows rows = {.rows = plan->rows,
                                    .order = all ? plan->all : plan->learn,
                                    .count = all ? plan->all_count : plan->learn_count,
                                    .labels = plan->label_count,
                                    .several = plan->card.several};
    double round = plan->pass, network_share = wanted->network ? NETWORK_SHARE : 0;
    double linear_share = wanted->words ? LINEAR_SHARE : 1 - network_share;
    plan->pass = round * linear_share;
    int rc = train_linear(plan, &rows, paths, err);
    plan->done += plan->pass;
    plan->pass = round * network_share;
    if (!rc && wanted->network)
        rc = train_network(plan, &rows, paths, err);
    plan->done += plan->pass;
    plan->pass = round * (1 - linear_share - network_share);
    if (!rc && wanted->words)
        rc = train_windows(plan, &rows, paths, err);
    plan->done += plan->pass;
    plan->pass = round;
    return rc;
}

/* --- choices --- */

static int run_validation(struct plan *plan, const struct paths *paths, struct fl_err *err)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    const struct fl_linear *linear = paths->linear;
    size_t n = plan->label_count, room = plan->validate_count * n + 1;
    size_t bytes = FL_LINEAR_ALIGN;
    if (paths->windows)
        bytes += fl_windows_scratch_bytes(paths->windows);
    if (paths->network)
        bytes += fl_network_scratch_bytes(paths->network); /* they take turns: more than enough */
    plan->linear_logits = malloc(room * sizeof *plan->linear_logits);
    plan->words_logits = paths->windows ? malloc(room * sizeof *plan->words_logits) : NULL;
    plan->network_logits = paths->network ? malloc(room * sizeof *plan->network_logits) : NULL;
    float *hidden = calloc(linear->stride, sizeof *hidden);
    int8_t *packed = calloc(linear->stride, sizeof *packed);
    void *scratch = aligned_alloc(FL_LINEAR_ALIGN, bytes / FL_LINEAR_ALIGN * FL_LINEAR_ALIGN);
    bool all = plan->linear_logits && hidden && packed && scratch &&
               (plan->words_logits || !paths->windows) && (plan->network_logits || !paths->network);
    for (uint32_t i = 0; all && i < plan->validate_count; i++) {
        const struct fl_input *input = &plan->rows[plan->validate[i]].input;
        fl_linear_run(linear, kernels, input, packed, hidden, plan->linear_logits + i * n);
        if (paths->windows)
            fl_windows_run(paths->windows, kernels, input, scratch, plan->words_logits + i * n);
        if (paths->network)
            fl_classifier_network_logits(paths->network, hidden, scratch,
                                         plan->network_logits + i * n);
    }
    free(hidden);
    free(packed);
    free(scratch);
    return all ? 0 : fl_err_nomem(err);
}

/* The share of the words at which the loss, after its own temperature, is least. */
static float choose_mix(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows)
{
    float best_mix = 0;
    double best = (double)INFINITY;
    for (int step = 0; step < MIX_STEPS; step++) {
        float mix = (float)step / MIX_STEPS;
        double loss =
            fl_calibration_loss(kernels, rows, mix, fl_calibration_temperature(kernels, rows, mix));
        if (loss < best) {
            best = loss;
            best_mix = mix;
        }
    }
    return best_mix;
}

/* Whether the network answers instead of the mixture: where it is better by loss and not worse by
 * answers, or where it was asked for. Then `result` and the card are about it. */
static int choose_network(struct plan *plan, const struct fl_kernels *kernels,
                          const struct fl_calibration_rows *rows, float most_lost,
                          struct fl_calibration_result *result)
{
    struct fl_classifier_card *card = &plan->card;
    struct fl_calibration_rows alone = *rows;
    struct fl_calibration_result network;
    alone.linear = plan->network_logits;
    alone.words = NULL;
    float temperature = fl_calibration_temperature(kernels, &alone, 0);
    int rc = fl_calibration_measure(kernels, &alone, 0, temperature, most_lost, &network);
    if (rc)
        return rc;
    card->accuracy_network = network.accuracy;
    card->network = plan->options->effort == FL_EFFORT_NETWORK ||
                    (network.accuracy >= result->accuracy &&
                     fl_calibration_loss(kernels, &alone, 0, temperature) <
                         fl_calibration_loss(kernels, rows, card->mix, card->temperature));
    if (card->network) {
        *result = network;
        card->mix = 0;
        card->temperature = temperature;
    }
    return 0;
}

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
                                       .linear = plan->linear_logits,
                                       .words = plan->words_logits};
    float most_lost = card->unknown_rows ? MOST_LOST : MOST_LOST_BLINDLY;
    struct fl_calibration_result linear, words = {.accuracy = NAN}, result;
    card->linear_temperature = fl_calibration_temperature(kernels, &rows, 0);
    int rc =
        fl_calibration_measure(kernels, &rows, 0, card->linear_temperature, most_lost, &linear);
    card->mix = rows.words ? choose_mix(kernels, &rows) : 0;
    card->temperature = fl_calibration_temperature(kernels, &rows, card->mix);
    if (!rc && rows.words)
        rc = fl_calibration_measure(
            kernels, &rows, 1, fl_calibration_temperature(kernels, &rows, 1), most_lost, &words);
    if (!rc)
        rc = fl_calibration_measure(kernels, &rows, card->mix, card->temperature, most_lost,
                                    &result);
    if (!rc && plan->network_logits)
        rc = choose_network(plan, kernels, &rows, most_lost, &result);
    if (rc)
        return fl_err_nomem(err);
    card->certain = card->mix > 0 && !card->several
                        ? fl_calibration_certain(kernels, &rows, card->mix, card->temperature,
                                                 card->linear_temperature)
                        : NEVER_CERTAIN;
    card->threshold = result.threshold;
    card->accuracy_linear = linear.accuracy;
    card->accuracy_words = words.accuracy;
    card->accuracy_mixed = result.accuracy;
    card->kept = result.kept;
    card->auroc = result.auroc;
    card->unknown_refused = result.unknown_refused;
    card->ece = result.ece;
    return 0;
}

/* --- all of it --- */

static int finish(struct plan *plan, const struct paths *paths,
                  struct fl_classifier **ret_classifier, struct fl_err *err)
{
    struct fl_buf names = {0}, file = {0};
    for (uint32_t i = 0; i < plan->label_count; i++)
        fl_buf_append(&names, plan->labels[i], strlen(plan->labels[i]) + 1);
    if (fl_buf_failed(&names))
        return fl_err_nomem(err);
    struct fl_classifier_parts parts = {
        .card = plan->card, .names = names.ptr, .names_bytes = names.len, .linear = *paths->linear};
    if (paths->windows && plan->card.mix > 0)
        parts.windows = *paths->windows;
    if (plan->card.network)
        parts.network = paths->network;
    int rc = fl_classifier_write(&parts, &file, err);
    fl_buf_destroy(&names);
    if (rc)
        fl_buf_destroy(&file);
    return rc ? rc : fl_classifier_adopt(ret_classifier, &file, err);
}

/* The paths to measure. */
static struct wanted choose_candidates(const struct plan *plan)
{
    uint64_t work = (uint64_t)plan->all_count * plan->label_count;
    switch (plan->options->effort) {
    case FL_EFFORT_QUICK: return (struct wanted){0};
    case FL_EFFORT_NETWORK: return (struct wanted){.network = true};
    case FL_EFFORT_FULL: break;
    }
    return (struct wanted){
        .words = plan->options->vectors && plan->label_count <= MOST_LABELS_FOR_WORDS,
        .network = plan->known && work <= MOST_FOR_NETWORK,
    };
}

static int train(struct plan *plan, struct fl_classifier **ret_classifier, struct fl_err *err)
{
    bool full = plan->options->effort == FL_EFFORT_FULL;
    struct wanted wanted = choose_candidates(plan);
    bool again = plan->known && (plan->drawn || full);
    struct paths paths = {0};
    plan->pass = again ? 0.5 : 1;
    int rc = train_paths(plan, false, &wanted, &paths, err);
    if (!rc && plan->known)
        rc = run_validation(plan, &paths, err);
    if (!rc && plan->known)
        rc = choose(plan, err);
    else if (!rc && wanted.words)
        plan->card.mix = MIX_UNSEEN;
    else if (!rc)
        plan->card.network = wanted.network;
    if (!rc && again) {
        paths_free(&paths);
        wanted = (struct wanted){.words = plan->card.mix > 0, .network = plan->card.network};
        rc = train_paths(plan, true, &wanted, &paths, err);
    }
    if (!rc)
        rc = finish(plan, &paths, ret_classifier, err);
    paths_free(&paths);
    return rc;
}

int fl_classifier_train(const struct fl_classifier_row *rows, uint32_t row_count,
                        const char *const *labels, uint32_t label_count,
                        const struct fl_classifier_options *options,
                        struct fl_classifier **ret_classifier, struct fl_err *err)
{
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
                 .linear_temperature = 1,
                 .certain = NEVER_CERTAIN,
                 .seed = options->seed,
                 .accuracy_linear = NAN,
                 .accuracy_words = NAN,
                 .accuracy_network = NAN,
                 .accuracy_mixed = NAN,
                 .kept = NAN,
                 .auroc = NAN,
                 .unknown_refused = NAN,
                 .ece = NAN},
    };
    int rc = check_rows(&plan, err);
    if (!rc)
        rc = divide_rows(&plan, err);
    if (!rc)
        rc = train(&plan, ret_classifier, err);
    plan_destroy(&plan);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (!rc)
        fl_classifier_set_train_seconds(*ret_classifier,
                                        (float)(after.tv_sec - before.tv_sec) +
                                            (float)(after.tv_nsec - before.tv_nsec) * 1e-9f);
    return rc;
}
