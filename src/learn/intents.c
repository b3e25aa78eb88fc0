/* intents.c: see intents.h. */
#include "learn/intents.h"

#include "text/text_features.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)FL_FEATURES_BITS == (int)FL_INPUT_BITS, "text and model agree on buckets");
_Static_assert((int)FL_FEATURES_BLOCKS == (int)FL_INPUT_BLOCKS, "and on blocks");

struct fl_intents_scratch {
    struct fl_features features;
    struct fl_classifier_scratch classifier;
};

struct fl_intents_scratch *fl_intents_scratch_create(void)
{
    return calloc(1, sizeof(struct fl_intents_scratch));
}

void fl_intents_scratch_free(struct fl_intents_scratch *scratch)
{
    if (!scratch)
        return;
    fl_classifier_scratch_destroy(&scratch->classifier);
    free(scratch);
}

static struct fl_input extract(struct fl_features *features, struct fl_str text)
{
    fl_features_extract(features, text);
    struct fl_input input = {
        .bucket = features->bucket, .word = features->word, .word_count = features->word_count};
    memcpy(input.block_end, features->block_end, sizeof input.block_end);
    return input;
}

struct fl_input fl_intents_input(struct fl_str text, struct fl_intents_scratch *scratch)
{
    return extract(&scratch->features, text);
}

int fl_intents_predict(const struct fl_classifier *classifier, struct fl_str text,
                       struct fl_intents_scratch *scratch, struct fl_classified *ret_prediction)
{
    struct fl_input input = extract(&scratch->features, text);
    return fl_classifier_predict(classifier, &input, &scratch->classifier, ret_prediction);
}

int fl_intents_update(struct fl_classifier *classifier, struct fl_str text, const uint32_t *labels,
                      uint32_t label_count, struct fl_intents_scratch *scratch)
{
    struct fl_input input = extract(&scratch->features, text);
    return fl_classifier_update(classifier, &input, labels, label_count, &scratch->classifier);
}

/* --- training --- */

/* Copies of what the features of all rows are. */
struct inputs {
    struct fl_arena arena;
    struct fl_classifier_row *rows;
};

static int copy_input(struct fl_arena *arena, const struct fl_input *from, struct fl_input *to)
{
    uint32_t buckets = from->block_end[FL_INPUT_BLOCKS - 1];
    uint16_t *bucket = fl_arena_alloc(arena, buckets * sizeof *bucket);
    uint64_t *word = fl_arena_alloc(arena, from->word_count * sizeof *word);
    if (!bucket || !word)
        return -FL_ENOMEM;
    memcpy(bucket, from->bucket, buckets * sizeof *bucket);
    memcpy(word, from->word, from->word_count * sizeof *word);
    *to = *from;
    to->bucket = bucket;
    to->word = word;
    return 0;
}

static int make_inputs(struct inputs *inputs, const struct fl_rows *rows)
{
    struct fl_features *features = calloc(1, sizeof *features);
    inputs->rows = fl_arena_array(&inputs->arena, (size_t)rows->count + 1, sizeof *inputs->rows);
    int rc = features && inputs->rows ? 0 : -FL_ENOMEM;
    for (uint32_t i = 0; !rc && i < rows->count; i++) {
        const struct fl_row *row = &rows->items[i];
        struct fl_input input = extract(features, row->text);
        inputs->rows[i] =
            (struct fl_classifier_row){.labels = row->labels,
                                       .label_count = row->label_count,
                                       .part = row->validation ? FL_ROW_VALIDATION : FL_ROW_TRAIN,
                                       .unknown = row->unknown};
        rc = copy_input(&inputs->arena, &input, &inputs->rows[i].input);
    }
    free(features);
    return rc;
}

int fl_intents_train(const struct fl_rows *rows, const struct fl_classifier_options *options,
                     struct fl_classifier **ret_classifier, struct fl_err *err)
{
    struct inputs inputs = {0};
    int rc = make_inputs(&inputs, rows);
    if (rc)
        fl_err_nomem(err);
    else
        rc = fl_classifier_train(inputs.rows, rows->count, rows->labels, rows->label_count, options,
                                 ret_classifier, err);
    fl_arena_destroy(&inputs.arena);
    return rc;
}
