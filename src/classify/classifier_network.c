/* classifier_network.c: the network path: the linear path's hidden numbers ─► 128 ─► 64 ─► labels.
 *
 * As many inputs as the linear path has hidden columns: 256, or one a label where there are no more
 * labels than that and its two layers are stored as their product. */
#include "classify/classifier_parts.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_INPUTS = 1 << 28,    /* rows times hidden columns, kept while the network learns: 1 GiB */
    LEAST_FOR_STOPPING = 100, /* with fewer rows none is held out */
    COPIES = 4,               /* of a row, each without other features */
    STREAM_KEPT = 2000,
};
static const float HELD_OUT = 0.1f, SMOOTHING = 0.05f;
static const double KEPT = 0.2; /* share of the features that a copy keeps */
static const float LEAST_PROBABILITY = 1e-7f;

void fl_classifier_network_logits(const struct fl_network *network, const float *hidden,
                                  void *scratch, float *ret_logits)
{
    const struct fl_network_shape *shape = fl_network_get_shape(network);
    fl_network_run(network, hidden, FL_NETWORK_AUTO, scratch, ret_logits);
    for (uint32_t l = 0; l < shape->outputs; l++) {
        float p = ret_logits[l] > LEAST_PROBABILITY ? ret_logits[l] : LEAST_PROBABILITY;
        if (shape->head == FL_NETWORK_SIGMOID) {
            float rest = 1 - p;
            p /= rest > LEAST_PROBABILITY ? rest : LEAST_PROBABILITY;
        }
        ret_logits[l] = logf(p);
    }
}

/* --- training --- */

/* What the network sees of the rows, and what it should say. The linear path knows the rows that
 * it learned from too well for its hidden numbers to be like those of new ones; without some of
 * their features they are. */
struct lesson {
    float *x;
    uint32_t *label_start, *label;
    uint32_t count;
};

static void lesson_destroy(struct lesson *lesson)
{
    free(lesson->x);
    free(lesson->label_start);
    free(lesson->label);
}

static uint32_t wanted_labels(const struct fl_training_rows *rows, uint32_t i)
{
    uint32_t count = rows->rows[rows->order[i]].label_count;
    return rows->several || count < 1 ? count : 1;
}

/* Copies into `bucket` what is kept of an input's features, and returns the input of those. */
static struct fl_input thin_out(const struct fl_input *input, struct fl_random *random,
                                uint16_t *bucket)
{
    struct fl_input thin = {.bucket = bucket};
    uint32_t from = 0, to = 0;
    for (unsigned b = 0; b < FL_INPUT_BLOCKS; b++) {
        for (; from < input->block_end[b]; from++)
            if ((double)fl_random_unit(random) < KEPT)
                bucket[to++] = input->bucket[from];
        thin.block_end[b] = to;
    }
    return thin;
}

static uint32_t most_features(const struct fl_training_rows *rows)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t count = rows->rows[rows->order[i]].input.block_end[FL_INPUT_BLOCKS - 1];
        most = count > most ? count : most;
    }
    return most;
}

static int allocate(struct lesson *lesson, const struct fl_linear *linear,
                    const struct fl_training_rows *rows, struct fl_err *err)
{
    size_t labels = 0, count = (size_t)rows->count * COPIES;
    for (uint32_t i = 0; i < rows->count; i++)
        labels += (size_t)COPIES * wanted_labels(rows, i);
    if (count * linear->hidden > MOST_INPUTS || labels > MOST_INPUTS)
        return fl_err_set(err, FL_ELIMIT, "too many rows for the network");
    lesson->count = (uint32_t)count;
    lesson->x = calloc(count * linear->hidden + 1, sizeof *lesson->x);
    lesson->label_start = calloc(count + 1, sizeof *lesson->label_start);
    lesson->label = calloc(labels + 1, sizeof *lesson->label);
    return lesson->x && lesson->label_start && lesson->label ? 0 : fl_err_nomem(err);
}

static int fill(struct lesson *lesson, const struct fl_linear *linear,
                const struct fl_training_rows *rows, uint64_t seed, struct fl_err *err)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    float *hidden = calloc(linear->stride, sizeof *hidden);
    float *logits = calloc(linear->labels, sizeof *logits);
    int8_t *packed = calloc(linear->stride, sizeof *packed);
    uint16_t *bucket = calloc((size_t)most_features(rows) + 1, sizeof *bucket);
    bool all = hidden && logits && packed && bucket;
    struct fl_random random;
    fl_random_seed(&random, seed, STREAM_KEPT);
    uint32_t next = 0;
    for (uint32_t i = 0; all && i < lesson->count; i++) {
        const struct fl_classifier_row *row = &rows->rows[rows->order[i / COPIES]];
        struct fl_input thin = thin_out(&row->input, &random, bucket);
        fl_linear_run(linear, kernels, &thin, packed, hidden, logits);
        memcpy(lesson->x + (size_t)i * linear->hidden, hidden, linear->hidden * sizeof *hidden);
        for (uint32_t l = 0; l < wanted_labels(rows, i / COPIES); l++)
            lesson->label[next++] = row->labels[l];
        lesson->label_start[i + 1] = next;
    }
    free(hidden);
    free(logits);
    free(packed);
    free(bucket);
    return all ? 0 : fl_err_nomem(err);
}

int fl_classifier_network_train(struct fl_network **ret_network, const struct fl_linear *linear,
                                const struct fl_training_rows *rows,
                                const struct fl_network_training *training, struct fl_err *err)
{
    struct fl_network_shape shape =
        FL_NETWORK_SHAPE(rows->labels, rows->several ? FL_NETWORK_SIGMOID : FL_NETWORK_SOFTMAX);
    shape.inputs = linear->hidden;
    struct fl_network_training how = *training;
    how.smoothing = SMOOTHING;
    how.held_out = rows->count >= LEAST_FOR_STOPPING ? HELD_OUT : 0;
    struct lesson lesson = {0};
    struct fl_network *network = NULL;
    struct fl_err why = {0};
    int rc = allocate(&lesson, linear, rows, err);
    if (!rc)
        rc = fill(&lesson, linear, rows, how.seed, err);
    if (!rc && !(network = fl_network_create(&shape, how.seed, fl_kernels_select(NULL), &why)))
        rc = fl_err_set(err, why.code, "%s", why.message);
    const struct fl_network_rows seen = {lesson.x, lesson.label_start, lesson.label, lesson.count};
    if (!rc)
        rc = fl_network_train(network, &seen, &how, NULL, err);
    lesson_destroy(&lesson);
    if (rc)
        fl_network_free(network);
    else
        *ret_network = network;
    return rc;
}
