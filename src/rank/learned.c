/* learned.c: see learned.h. */
#include "rank/learned.h"

#include "learn/generations.h"
#include "learn/history.h"
#include "learn/intents.h"
#include "snapshot/snapshot.h"

#include <stdlib.h>

/* Tools of a component whose name alone is the label. */
enum { COMPONENT_TOOLS = 8 };

struct fl_learned {
    atomic_uint references;
    struct fl_generation generation;
    struct fl_generation_model model;
    struct fl_snapshot *snapshot; /* or NULL */
    struct documents {
        uint32_t first, count;
    } * documents; /* [labels]: what each leads to */
    float *least;  /* [labels]: the probability from which a text is evidence for it */
    struct fl_past past;
};

struct fl_learned *fl_learned_share(struct fl_learned *learned)
{
    if (learned)
        atomic_fetch_add_explicit(&learned->references, 1, memory_order_relaxed);
    return learned;
}

void fl_learned_release(struct fl_learned *learned)
{
    if (!learned || atomic_fetch_sub_explicit(&learned->references, 1, memory_order_acq_rel) != 1)
        return;
    fl_generation_close(&learned->model);
    fl_snapshot_unpin(learned->snapshot);
    free(learned->documents);
    free(learned->least);
    fl_past_destroy(&learned->past);
    free(learned);
}

const struct fl_past *fl_learned_past(const struct fl_learned *learned,
                                      const struct fl_snapshot *snapshot)
{
    return learned && learned->snapshot == snapshot && learned->past.word_count ? &learned->past
                                                                                : NULL;
}

const struct fl_classifier *fl_learned_classifier(const struct fl_learned *learned)
{
    return learned->model.classifier;
}

int64_t fl_learned_generation(const struct fl_learned *learned)
{
    return learned->generation.id;
}

/* --- making it --- */

/* The one in use, or the one before where that is damaged or lost. */
static int open_model(struct fl_learned *learned, const char *folder, struct fl_store *store,
                      const struct fl_log *log, struct fl_err *err)
{
    struct fl_err why = {0};
    int rc = fl_generation_active(store, &learned->generation, err);
    if (rc)
        return rc;
    rc = fl_generation_open(folder, &learned->generation, &learned->model, &why);
    if (!rc)
        return 0;
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    fl_log_write(log, FL_LOG_WARNING, "what was learned last cannot be used: %s", why.message);
    rc = fl_generation_previous(store, &learned->generation, err);
    return rc ? rc : fl_generation_open(folder, &learned->generation, &learned->model, err);
}

static struct documents documents_of(const struct fl_snapshot *snapshot, const char *label)
{
    const struct fl_catalog *catalog = &snapshot->catalog;
    uint32_t index;
    if (!fl_catalog_find_tool(catalog, label, &index, NULL) &&
        strcmp(catalog->tools[index].full_name, label) == 0)
        return (struct documents){index, 1};
    if (fl_catalog_find_component(catalog, label, &index, NULL))
        return (struct documents){0, 0};
    const struct fl_component *component = &catalog->components[index];
    if (component->tool_count)
        return (struct documents){component->first_tool, component->tool_count < COMPONENT_TOOLS
                                                             ? component->tool_count
                                                             : COMPONENT_TOOLS};
    for (uint32_t d = catalog->tool_count; d < snapshot->document_count; d++)
        if (snapshot->bare_components[d - catalog->tool_count] == index)
            return (struct documents){d, 1};
    return (struct documents){0, 0};
}

static int map_labels(struct fl_learned *learned, struct fl_snapshot *snapshot)
{
    uint32_t labels = fl_classifier_card(learned->model.classifier)->labels;
    learned->documents = calloc((size_t)labels + 1, sizeof *learned->documents);
    if (!learned->documents)
        return -FL_ENOMEM;
    for (uint32_t i = 0; snapshot && i < labels; i++)
        learned->documents[i] =
            documents_of(snapshot, fl_classifier_label(learned->model.classifier, i));
    return 0;
}

/* The numbers of an item's labels, those that the model knows. */
static uint32_t numbers_of(const struct fl_strmap *numbers, const struct fl_history_item *item,
                           uint32_t ret_labels[FL_SAMPLE_MAX_LABELS])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < item->label_count; i++) {
        uint32_t number = fl_strmap_get(numbers, fl_str_of(item->labels[i]));
        if (number != FL_STRMAP_NONE)
            ret_labels[count++] = number;
    }
    return count;
}

/* One step for each sample that came after the training, and for each correction that is held out
 * from it: both would count for nothing otherwise. The model's file stays as it is. */
static int take_fresh(struct fl_learned *learned, const struct fl_history *history,
                      const struct fl_strmap *numbers)
{
    struct fl_intents_scratch *scratch = NULL;
    int rc = 0;
    for (uint32_t i = 0; !rc && i < history->count; i++) {
        const struct fl_history_item *item = &history->items[i];
        uint32_t labels[FL_SAMPLE_MAX_LABELS];
        bool fresh = item->id > learned->generation.last_sample;
        uint32_t count =
            fresh || (item->corrected && item->held_out) ? numbers_of(numbers, item, labels) : 0;
        if (!count)
            continue;
        if (!scratch && !(scratch = fl_intents_scratch_create()))
            return -FL_ENOMEM;
        rc = fl_intents_update(learned->model.classifier, item->text, labels, count, scratch);
    }
    fl_intents_scratch_free(scratch);
    return rc;
}

static int update(struct fl_learned *learned, const struct fl_history *history)
{
    struct fl_strmap numbers = {0};
    const struct fl_classifier *classifier = learned->model.classifier;
    int rc = 0;
    for (uint32_t i = 0; !rc && i < fl_classifier_card(classifier)->labels; i++)
        rc = fl_strmap_put(&numbers, fl_str_of(fl_classifier_label(classifier, i)), i);
    if (!rc)
        rc = take_fresh(learned, history, &numbers);
    fl_strmap_destroy(&numbers);
    return rc;
}

/* The requests of the history whose labels lead to documents. */
static int remember(struct fl_learned *learned, struct fl_snapshot *snapshot,
                    const struct fl_history *history)
{
    learned->snapshot = fl_snapshot_share(snapshot);
    size_t most = 0, count = 0;
    for (uint32_t i = 0; i < history->count; i++)
        most += history->items[i].label_count;
    struct fl_past_use *uses = calloc(most + 1, sizeof *uses);
    if (!uses)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < history->count; i++)
        for (uint32_t k = 0; k < history->items[i].label_count; k++) {
            struct documents d = documents_of(snapshot, history->items[i].labels[k]);
            if (d.count == 1)
                uses[count++] = (struct fl_past_use){history->items[i].text, d.first};
        }
    int rc = fl_past_build(&learned->past, snapshot->meaning, uses, (uint32_t)count);
    free(uses);
    return rc;
}

/* From the model's answer to a text that says nothing: odds o become FL_LEARNED_EVIDENCE · o. */
static int find_least(struct fl_learned *learned)
{
    uint32_t labels = fl_classifier_card(learned->model.classifier)->labels;
    struct fl_intents_scratch *scratch = fl_intents_scratch_create();
    struct fl_classified answer;
    learned->least = calloc((size_t)labels + 1, sizeof *learned->least);
    int rc = scratch && learned->least
                 ? fl_intents_predict(learned->model.classifier, FL_STR(""), scratch, &answer)
                 : -FL_ENOMEM;
    for (uint32_t i = 0; !rc && i < labels; i++) {
        float p = answer.probability[i];
        learned->least[i] = FL_LEARNED_EVIDENCE * p / (1 + (FL_LEARNED_EVIDENCE - 1) * p);
    }
    fl_intents_scratch_free(scratch);
    return rc;
}

int fl_learned_create(const char *folder, struct fl_store *store, struct fl_snapshot *snapshot,
                      const struct fl_log *log, struct fl_learned **ret_learned, struct fl_err *err)
{
    struct fl_learned *learned = calloc(1, sizeof *learned);
    if (!learned)
        return fl_err_nomem(err);
    atomic_init(&learned->references, 1);
    struct fl_history history = {0};
    int rc = fl_history_read(store, &history, err);
    int model = rc ? rc : open_model(learned, folder, store, log, err);
    if (model && (model != -FL_ENOENT || !snapshot || !history.count))
        rc = model;
    if (!rc && snapshot && remember(learned, snapshot, &history))
        rc = fl_err_nomem(err);
    if (!rc && !model &&
        (update(learned, &history) || map_labels(learned, snapshot) || find_least(learned)))
        rc = fl_err_nomem(err);
    fl_history_destroy(&history);
    if (rc)
        fl_learned_release(learned);
    else
        *ret_learned = learned;
    return rc;
}

/* --- asking it --- */

struct fl_learned_scratch *fl_learned_scratch_create(void)
{
    return (struct fl_learned_scratch *)fl_intents_scratch_create();
}

void fl_learned_scratch_free(struct fl_learned_scratch *scratch)
{
    fl_intents_scratch_free((struct fl_intents_scratch *)scratch);
}

/* Keeps the hits in order; of a document that two labels lead to, the more probable one. */
static void add_hit(struct fl_learned_hit *hits, uint32_t *count, struct fl_learned_hit hit)
{
    uint32_t at = 0;
    while (at < *count && hits[at].document != hit.document)
        at++;
    if (at < *count && hits[at].probability >= hit.probability)
        return;
    if (at == *count) {
        if (*count == FL_LEARNED_HITS) {
            at = FL_LEARNED_HITS - 1;
            if (hits[at].probability >= hit.probability)
                return;
        } else {
            ++*count;
        }
    }
    for (; at > 0 &&
           (hits[at - 1].probability < hit.probability ||
            (hits[at - 1].probability == hit.probability && hits[at - 1].document > hit.document));
         at--)
        hits[at] = hits[at - 1];
    hits[at] = hit;
}

/* What served these very words before. */
static int add_known(const struct fl_learned *learned, struct fl_str text,
                     struct fl_learned_hit *hits, uint32_t *count)
{
    const struct fl_past_words *words;
    uint32_t found;
    int rc = fl_past_find(&learned->past, text, &words, &found);
    for (uint32_t i = 0; !rc && i < found; i++)
        add_hit(hits, count, (struct fl_learned_hit){words[i].document, FL_LEARNED_KNOWN, true});
    return rc == -FL_ENOMEM ? rc : 0;
}

int fl_learned_match(const struct fl_learned *learned, const struct fl_snapshot *snapshot,
                     struct fl_learned_scratch *scratch, struct fl_str text, float least,
                     struct fl_learned_hit ret_hits[FL_LEARNED_HITS], uint32_t *ret_count)
{
    *ret_count = 0;
    if (!learned || learned->snapshot != snapshot)
        return 0;
    if (add_known(learned, text, ret_hits, ret_count))
        return -FL_ENOMEM;
    if (!learned->model.classifier)
        return 0;
    struct fl_classified answer;
    int rc = fl_intents_predict(learned->model.classifier, text,
                                (struct fl_intents_scratch *)scratch, &answer);
    if (rc || !answer.in_scope)
        return rc;
    uint32_t labels = fl_classifier_card(learned->model.classifier)->labels;
    for (uint32_t i = 0; i < labels; i++) {
        const struct documents *d = &learned->documents[i];
        bool speaks = answer.probability[i] >= least && answer.probability[i] >= learned->least[i];
        for (uint32_t k = 0; speaks && k < d->count; k++)
            add_hit(ret_hits, ret_count,
                    (struct fl_learned_hit){d->first + k, answer.probability[i], false});
    }
    return 0;
}
