/* classify.c: the intents of a text; see "classifying" in foreload/foreload.h. */
#include "engine/classify.h"

#include "base/utf8.h"
#include "learn/intents.h"

#include <stdlib.h>

struct fl_classification {
    struct fl_learned *learned; /* whose labels these are */
    struct fl_classification_summary summary;
    size_t count;
    struct fl_intent intents[FL_CLASSIFY_MAX_INTENTS];
};

int fl_classify_check(const char *text, size_t bytes, struct fl_err *err)
{
    while (bytes && strchr(" \t\r\n", text[bytes - 1]))
        bytes--;
    if (!bytes)
        return fl_err_set(err, FL_EINVAL, "the text is empty");
    if (bytes > FL_REQUEST_MAX_BYTES)
        return fl_err_set(err, FL_ELIMIT, "the text has %zu bytes; at most %d are read", bytes,
                          FL_REQUEST_MAX_BYTES);
    size_t valid = fl_utf8_valid_length(text, bytes);
    return valid < bytes
               ? fl_err_set(err, FL_EUTF8, "the text is not valid UTF-8 at byte %zu", valid)
               : 0;
}

static bool comes_before(const struct fl_classified *answer, uint32_t a, uint32_t b)
{
    float x = answer->probability[a], y = answer->probability[b];
    return x > y || (x == y && a < b);
}

/* The most probable ones, by insertion. */
static void take_best(struct fl_classification *c, const struct fl_classified *answer,
                      const struct fl_classifier *classifier)
{
    uint32_t best[FL_CLASSIFY_MAX_INTENTS], labels = fl_classifier_card(classifier)->labels;
    for (uint32_t i = 0; i < labels; i++) {
        size_t at = c->count;
        if (at == FL_CLASSIFY_MAX_INTENTS && !comes_before(answer, i, best[at - 1]))
            continue;
        if (at < FL_CLASSIFY_MAX_INTENTS)
            c->count++;
        else
            at--;
        for (; at > 0 && comes_before(answer, i, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = i;
    }
    for (size_t i = 0; i < c->count; i++)
        c->intents[i] = (struct fl_intent){fl_classifier_label(classifier, best[i]),
                                           answer->probability[best[i]]};
}

int fl_classify(struct fl_learned *learned, struct fl_intents_scratch *scratch, struct fl_str text,
                struct fl_classification **ret_classification)
{
    const struct fl_classifier *classifier = fl_learned_classifier(learned);
    struct fl_classified answer;
    struct fl_classification *c = calloc(1, sizeof *c);
    if (!c || !scratch || fl_intents_predict(classifier, text, scratch, &answer)) {
        free(c);
        return -FL_ENOMEM;
    }
    const struct fl_classifier_card *card = fl_classifier_card(classifier);
    c->learned = fl_learned_share(learned);
    c->summary = (struct fl_classification_summary){
        .generation = fl_learned_generation(learned),
        .in_scope = answer.in_scope,
        .scope_score = answer.score,
        .scope_threshold = card->threshold,
        .several = card->several,
        .labels = card->labels,
    };
    take_best(c, &answer, classifier);
    *ret_classification = c;
    return 0;
}

int fl_engine_classify(struct fl_engine *engine, const char *text, size_t bytes,
                       struct fl_classification **ret_classification, struct fl_err *err)
{
    int rc = fl_classify_check(text, bytes, err);
    if (rc)
        return rc;
    struct fl_learned *learned = fl_learning_find(engine);
    if (!learned)
        return fl_err_set(err, FL_ENOENT, "no model was learned yet");
    struct fl_intents_scratch *scratch = fl_intents_scratch_create();
    rc = fl_classify(learned, scratch, (struct fl_str){text, bytes}, ret_classification);
    fl_intents_scratch_free(scratch);
    fl_learned_release(learned);
    return rc ? fl_err_nomem(err) : 0;
}

void fl_classification_free(struct fl_classification *classification)
{
    if (!classification)
        return;
    fl_learned_release(classification->learned);
    free(classification);
}

size_t fl_classification_count(const struct fl_classification *classification)
{
    return classification->count;
}

const struct fl_intent *fl_classification_intent(const struct fl_classification *classification,
                                                 size_t index)
{
    return index < classification->count ? &classification->intents[index] : NULL;
}

const struct fl_classification_summary *fl_classification_summary(
    const struct fl_classification *classification)
{
    return &classification->summary;
}
