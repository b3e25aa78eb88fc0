/* onnx_classifier.c: see onnx_classifier.h. */
#include "onnx/onnx_classifier.h"

#include "base/random.h"
#include "classify/classifier_parts.h"
#include "onnx/onnx_pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Made-up inputs, and how many of them must be answered alike: where a value lies between two steps
 * of 8 bits, both may round differently and be right. */
enum { TRIALS = 8, ALIKE = 6, TRIAL_FEATURES = 48, TRIAL_WORDS = 6 };
static const float TRIAL_MOST = 1e-4f;

struct fl_onnx_classifier {
    const struct fl_classifier *classifier;
    struct fl_onnx_session *session;
    float *probability; /* [labels] */
    int64_t *bucket;    /* [capacity] */
    float *block;       /* [FL_INPUT_BLOCKS][…] */
    uint32_t capacity;
    int64_t word[FL_WINDOWS_MAX_WORDS], other[FL_WINDOWS_MAX_WORDS];
};

static int reserve(struct fl_onnx_classifier *onnx, uint32_t count)
{
    if (count <= onnx->capacity)
        return 0;
    free(onnx->bucket);
    free(onnx->block);
    onnx->capacity = 0;
    onnx->bucket = malloc(count * sizeof *onnx->bucket);
    onnx->block = malloc((size_t)count * FL_INPUT_BLOCKS * sizeof *onnx->block);
    if (!onnx->bucket || !onnx->block)
        return -FL_ENOMEM;
    onnx->capacity = count;
    return 0;
}

static struct fl_onnx_tensor *add_features(struct fl_onnx_classifier *onnx,
                                           const struct fl_input *input,
                                           struct fl_onnx_tensor *next)
{
    uint32_t used = input->block_end[FL_INPUT_BLOCKS - 1];
    uint32_t count = used ? used : 1; /* one feature of no block says as much as none */
    if (reserve(onnx, count))
        return NULL;
    memset(onnx->block, 0, (size_t)count * FL_INPUT_BLOCKS * sizeof *onnx->block);
    onnx->bucket[0] = 0;
    for (uint32_t i = 0, block = 0; i < used; i++) {
        while (i >= input->block_end[block])
            block++;
        onnx->bucket[i] = input->bucket[i];
        onnx->block[(size_t)block * count + i] = 1;
    }
    *next++ = (struct fl_onnx_tensor){"bucket", FL_ONNX_INT64, onnx->bucket, {1, count}, 2};
    *next++ = (struct fl_onnx_tensor){
        "block", FL_ONNX_FLOAT, onnx->block, {1, FL_INPUT_BLOCKS, count}, 3};
    return next;
}

uint32_t fl_onnx_words(const struct fl_windows *windows, const struct fl_input *input,
                       int64_t *ret_word, int64_t *ret_other)
{
    uint32_t count =
        input->word_count < FL_WINDOWS_MAX_WORDS ? input->word_count : FL_WINDOWS_MAX_WORDS;
    for (uint32_t i = 0; i < (count ? count : 1); i++) {
        uint32_t word = FL_WORDVEC_NONE, other = FL_WORDVEC_NONE;
        if (count)
            word = fl_windows_find(windows->hash, windows->words, input->word[i]);
        if (count && windows->dim && word == FL_WORDVEC_NONE)
            other = fl_wordvec_find(&windows->vectors, input->word[i]);
        ret_word[i] = word == FL_WORDVEC_NONE ? windows->words : word;
        ret_other[i] = other == FL_WORDVEC_NONE ? windows->vectors.head.words : other;
    }
    return count ? count : 1;
}

static struct fl_onnx_tensor *add_words(struct fl_onnx_classifier *onnx,
                                        const struct fl_input *input, struct fl_onnx_tensor *next)
{
    const struct fl_windows *windows = &fl_classifier_get_parts(onnx->classifier)->windows;
    uint32_t count = fl_onnx_words(windows, input, onnx->word, onnx->other);
    *next++ = (struct fl_onnx_tensor){"word", FL_ONNX_INT64, onnx->word, {1, count}, 2};
    if (windows->dim)
        *next++ = (struct fl_onnx_tensor){"other", FL_ONNX_INT64, onnx->other, {1, count}, 2};
    return next;
}

int fl_onnx_classifier_predict(struct fl_onnx_classifier *onnx, const struct fl_input *input,
                               struct fl_classified *ret_prediction, struct fl_err *err)
{
    const struct fl_classifier_card *card = fl_classifier_card(onnx->classifier);
    struct fl_onnx_tensor inputs[FL_ONNX_MAX_INPUTS], *end = add_features(onnx, input, inputs);
    if (!end)
        return fl_err_nomem(err);
    if (card->mix > 0)
        end = add_words(onnx, input, end);
    const struct fl_onnx_tensor output = {
        FL_ONNX_OUTPUT, FL_ONNX_FLOAT, NULL, {1, card->labels}, 2};
    int result = fl_onnx_session_run(onnx->session, inputs, (size_t)(end - inputs), &output,
                                     onnx->probability, err);
    if (!result)
        *ret_prediction = fl_classifier_judge(onnx->classifier, onnx->probability);
    return result;
}

/* --- opening --- */

static bool is_alike(const float *a, const float *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!(fabsf(a[i] - b[i]) <= TRIAL_MOST))
            return false;
    return true;
}

static int try_inputs(struct fl_onnx_classifier *onnx, struct fl_err *err)
{
    const struct fl_windows *windows = &fl_classifier_get_parts(onnx->classifier)->windows;
    uint16_t bucket[TRIAL_FEATURES];
    uint64_t word[TRIAL_WORDS];
    struct fl_classifier_scratch scratch = {0};
    struct fl_random random;
    unsigned alike = 0;
    int result = 0;
    for (uint32_t trial = 0; trial < TRIALS && !result; trial++) {
        struct fl_input input = {.bucket = bucket, .word = word, .word_count = TRIAL_WORDS};
        struct fl_classified theirs, ours;
        fl_random_seed(&random, trial, 0);
        for (uint32_t i = 0; i < TRIAL_FEATURES; i++)
            bucket[i] = (uint16_t)fl_random_below(&random, FL_INPUT_BUCKETS);
        for (uint32_t i = 0; i < TRIAL_WORDS; i++)
            word[i] = windows->words ? windows->hash[fl_random_below(&random, windows->words)] : 0;
        for (uint32_t b = 0; b < FL_INPUT_BLOCKS; b++)
            input.block_end[b] = (b + 1) * TRIAL_FEATURES / FL_INPUT_BLOCKS;
        result = fl_onnx_classifier_predict(onnx, &input, &theirs, err);
        if (!result && fl_classifier_predict(onnx->classifier, &input, &scratch, &ours))
            result = fl_err_nomem(err);
        if (!result)
            alike += is_alike(theirs.probability, ours.probability,
                              fl_classifier_card(onnx->classifier)->labels);
    }
    fl_classifier_scratch_destroy(&scratch);
    if (!result && alike < ALIKE)
        result = fl_err_set(err, FL_ECONFLICT, "%s computes something else than Foreload",
                            fl_onnx_classifier_name(onnx));
    return result;
}

int fl_onnx_classifier_open(struct fl_onnx_classifier **ret_onnx,
                            const struct fl_classifier *classifier,
                            const struct fl_onnx_options *options, struct fl_err *err)
{
    struct fl_onnx_classifier *onnx = calloc(1, sizeof *onnx);
    if (!onnx)
        return fl_err_nomem(err);
    struct fl_buf model = {0};
    onnx->classifier = classifier;
    onnx->probability = calloc(fl_classifier_card(classifier)->labels, sizeof(float));
    int result =
        onnx->probability ? fl_onnx_export_classifier(classifier, &model, err) : fl_err_nomem(err);
    if (!result)
        result = fl_onnx_session_open(&onnx->session, model.ptr, model.len, options, err);
    fl_buf_destroy(&model);
    if (!result)
        result = try_inputs(onnx, err);
    if (result)
        fl_onnx_classifier_close(onnx);
    else
        *ret_onnx = onnx;
    return result;
}

void fl_onnx_classifier_close(struct fl_onnx_classifier *onnx)
{
    if (!onnx)
        return;
    fl_onnx_session_close(onnx->session);
    free(onnx->probability);
    free(onnx->bucket);
    free(onnx->block);
    free(onnx);
}

const char *fl_onnx_classifier_name(const struct fl_onnx_classifier *onnx)
{
    return fl_onnx_session_name(onnx->session);
}
