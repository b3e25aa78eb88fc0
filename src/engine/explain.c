/* explain.c: which words of the request found a choice, in which fields, by which way; and how
 * close the whole request lies to it in meaning. */
#include "engine/selection.h"
#include "snapshot/fields.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const field_names[FL_FIELD_COUNT] = {
#define FL_FIELD_NAME_OF(id, name, weight, b) name,
    FL_FIELDS(FL_FIELD_NAME_OF)
#undef FL_FIELD_NAME_OF
};

static const char *list_fields(struct fl_arena *arena, uint16_t fields)
{
    char text[256] = "";
    size_t len = 0;
    for (int f = 0; f < FL_FIELD_COUNT; f++)
        if (fields >> f & 1)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? ", " : "",
                                    field_names[f]);
    return fl_arena_strdup(arena, text);
}

/* The words of the request that made a group. */
static const char *group_words(struct fl_arena *arena, const struct fl_query *query,
                               const struct fl_query_group *group)
{
    char text[256] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < group->token_count; i++) {
        struct fl_str word = fl_token_text(&query->tokens, group->first_token + i);
        if (len + word.len + 2 > sizeof text)
            break;
        if (len)
            text[len++] = ' ';
        memcpy(text + len, word.ptr, word.len);
        len += word.len;
    }
    return fl_arena_strndup(arena, text, len);
}

struct match {
    unsigned term; /* number in the query */
    uint16_t fields;
    float weight; /* 0: the group does not match */
};

/* The alternative of the group that counts for the document: its best. */
static struct match best_of_group(const struct fl_ranker *ranker, const struct fl_index *index,
                                  const struct fl_query_group *group, uint32_t document)
{
    struct match best = {0};
    for (unsigned i = 0; i < group->term_count; i++) {
        unsigned term = group->first_term + i;
        uint16_t fields = 0;
        const struct fl_posting *posting =
            fl_index_posting(index, ranker->query.terms[term].term, document, &fields);
        if (!posting)
            continue;
        float weight = fl_search_term_weight(index, &ranker->query, term) * (float)posting->impact /
                       255.0f / ranker->search.reachable;
        if (weight > best.weight)
            best = (struct match){term, fields, weight};
    }
    return best;
}

static int by_weight(const void *a, const void *b)
{
    const struct fl_evidence *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return strcmp(x->word, y->word);
}

static size_t add_rule(const struct fl_selection *selection, const struct fl_candidate *candidate,
                       struct fl_evidence *evidence)
{
    if (candidate->rule == UINT32_MAX)
        return 0;
    const char *keyword = selection->snapshot->rules.items[candidate->rule].keyword;
    *evidence = (struct fl_evidence){keyword, keyword, "rule", "keyword", FL_RULE_GAIN};
    return 1;
}

/* One of the most similar documents: the cosine, which is no part of a sum as the others are. */
static size_t add_meaning(const struct fl_ranker *ranker, const struct fl_candidate *candidate,
                          struct fl_evidence *evidence)
{
    const struct fl_similar_documents *similar = &ranker->similar;
    for (uint32_t i = 0; i < similar->best_count; i++)
        if (similar->best[i] == candidate->document && candidate->similarity > 0) {
            *evidence = (struct fl_evidence){"(the whole request)", "(its meaning)", "meaning",
                                             "name, description, parameter", candidate->similarity};
            return 1;
        }
    return 0;
}

/* What was learned of such requests; its probability, which is no part of a sum either. */
static size_t add_learned(const struct fl_candidate *candidate, struct fl_evidence *evidence)
{
    if (candidate->learned < FL_LEARNED_CANDIDATE)
        return 0;
    *evidence = (struct fl_evidence){"(the whole request)", "(its use)", "learned", "use",
                                     candidate->learned};
    return 1;
}

static int explain_pick(struct fl_selection *selection, const struct fl_ranker *ranker,
                        const struct fl_pick *pick, size_t choice)
{
    enum { EXTRA = 3 }; /* the rule, the meaning and the use */
    const struct fl_query *query = &ranker->query;
    const struct fl_index *index = &selection->snapshot->index;
    const struct fl_candidate *candidate = &ranker->ranking.candidates[pick->candidate];
    struct fl_evidence *evidence =
        fl_arena_array(&selection->arena, query->group_count + EXTRA, sizeof *evidence);
    if (!evidence)
        return -FL_ENOMEM;
    size_t count = 0;
    for (unsigned g = 0; g < query->group_count; g++) {
        struct match match = best_of_group(ranker, index, &query->groups[g], pick->document);
        if (match.weight <= 0)
            continue;
        const struct fl_query_term *term = &query->terms[match.term];
        evidence[count++] = (struct fl_evidence){
            group_words(&selection->arena, query, &query->groups[g]),
            fl_vocab_stem(&index->vocab, term->term).ptr, fl_way_name((enum fl_way)term->way),
            list_fields(&selection->arena, match.fields), match.weight};
        if (!evidence[count - 1].word || !evidence[count - 1].fields)
            return -FL_ENOMEM;
    }
    count += add_rule(selection, candidate, evidence + count);
    count += add_meaning(ranker, candidate, evidence + count);
    count += add_learned(candidate, evidence + count);
    qsort(evidence, count, sizeof *evidence, by_weight);
    selection->evidence[choice] = evidence;
    selection->evidence_counts[choice] = count;
    return 0;
}

int fl_selection_explain(struct fl_selection *selection, const struct fl_picks *picks,
                         const struct fl_ranker *ranker)
{
    size_t count = selection->choice_count;
    selection->evidence = fl_arena_array(&selection->arena, count + 1, sizeof(void *));
    selection->evidence_counts =
        fl_arena_array(&selection->arena, count + 1, sizeof *selection->evidence_counts);
    if (!selection->evidence || !selection->evidence_counts)
        return -FL_ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (picks->items[i].candidate != UINT32_MAX &&
            explain_pick(selection, ranker, &picks->items[i], i))
            return -FL_ENOMEM;
    return 0;
}
