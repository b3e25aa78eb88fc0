/* lessons.c: see lessons.h. */
#include "study/lessons.h"

#include <math.h>
#include <stdlib.h>

const float fl_embed_field_weights[FL_EMBED_FIELD_COUNT] = {
    [FL_EMBED_NAME] = 1.5f,   [FL_EMBED_DESCRIPTION] = 1, [FL_EMBED_PARAMETERS] = 0.3f,
    [FL_EMBED_SERVER] = 0.7f, [FL_EMBED_KEYWORDS] = 1,
};

void fl_lessons_destroy(struct fl_lessons *lessons)
{
    if (!lessons)
        return;
    free(lessons->spans);
    free(lessons->texts);
    free(lessons->pairs);
    *lessons = (struct fl_lessons){0};
}

/* A set gives as many batches as the square root of its pairs, times what its kind is worth. */
static float share_of(const struct fl_study_set *set, uint32_t pairs)
{
    static const float worth[] = {
        [FL_STUDY_TOOLS] = 1,        [FL_STUDY_CATALOG] = 1,  [FL_STUDY_MEANINGS] = 1,
        [FL_STUDY_RELATIVES] = 0.5f, [FL_STUDY_EXAMPLES] = 1, [FL_STUDY_LANGUAGE] = 0.5f,
    };
    return worth[set->kind] * sqrtf((float)pairs);
}

/* Texts are the documents, numbered as they are, and then the queries. */
static void set_texts(struct fl_lessons *l, const struct fl_study *study)
{
    uint32_t span = 0;
    for (uint32_t i = 0; i < study->document_count; i++) {
        l->texts[i].first_span = span;
        for (unsigned f = 0; f < FL_EMBED_FIELD_COUNT; f++) {
            uint32_t text = study->documents[i].text[f];
            if (text != FL_STUDY_NO_TEXT)
                l->spans[span++] = (struct fl_encoder_span){study->corpus.first[text],
                                                            fl_corpus_length(&study->corpus, text),
                                                            fl_embed_field_weights[f]};
        }
        l->texts[i].span_count = span - l->texts[i].first_span;
    }
    for (uint32_t i = 0; i < study->query_count; i++) {
        uint32_t text = study->queries[i].text;
        l->texts[study->document_count + i] = (struct fl_encoder_text){span, 1};
        l->spans[span++] = (struct fl_encoder_span){study->corpus.first[text],
                                                    fl_corpus_length(&study->corpus, text), 1};
    }
}

static void set_sources(struct fl_lessons *l, const struct fl_study *study)
{
    uint32_t pair = 0;
    for (unsigned s = 0; s < study->set_count; s++) {
        const struct fl_study_set *set = &study->sets[s];
        uint32_t first = pair;
        if (set->left_out)
            continue;
        for (uint32_t q = set->first_query; q < set->first_query + set->query_count; q++)
            for (uint32_t g = 0; g < study->queries[q].gold_count; g++)
                l->pairs[pair++] = (struct fl_encoder_pair){
                    study->document_count + q, study->gold[study->queries[q].first_gold + g]};
        if (pair > first)
            l->sources[l->lessons.source_count++] = (struct fl_encoder_source){
                l->pairs + first, pair - first, share_of(set, pair - first)};
    }
}

int fl_lessons_init(struct fl_lessons *lessons, const struct fl_study *study)
{
    *lessons = (struct fl_lessons){0};
    size_t texts = (size_t)study->document_count + study->query_count;
    size_t spans = (size_t)study->document_count * FL_EMBED_FIELD_COUNT + study->query_count;
    lessons->spans = calloc(spans + 1, sizeof *lessons->spans);
    lessons->texts = calloc(texts + 1, sizeof *lessons->texts);
    lessons->pairs = calloc((size_t)study->gold_count + 1, sizeof *lessons->pairs);
    if (!lessons->spans || !lessons->texts || !lessons->pairs) {
        fl_lessons_destroy(lessons);
        return -FL_ENOMEM;
    }
    set_texts(lessons, study);
    set_sources(lessons, study);
    lessons->lessons.tokens = study->corpus.tokens;
    lessons->lessons.spans = lessons->spans;
    lessons->lessons.texts = lessons->texts;
    lessons->lessons.sources = lessons->sources;
    return 0;
}
