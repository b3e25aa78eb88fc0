/* rank.c: see rank.h. */
#include "rank/rank.h"

#include <math.h>
#include <stdlib.h>

/* How much each way from word to term counts; see the remark in fields.h. */
static const struct fl_query_options query_options = {
    .synonym = 0.6f,
    .phrase = 1.0f,
    .translation = 1.0f,
    .chained = 0.5f,
    .spelling = 0.9f,
    .compound = 0.9f,
    .literal = 0.2f,
    .quoted = 0.5f,
    .entity = 0.4f,
    .weak = 0.3f,
    .phrase_word = 0.7f,
    .repeated = 0.4f,
    .least = 0.4f,
};

static const float NAME_GAIN = 0.35f;   /* a fully explained name raises a score by this factor */
static const float SCORE_SLOPE = 0.27f; /* from odds to scores, for what strategies expose */
static const float LEAST_ODDS = -50.0f; /* of candidates that are not fused */
static const float RULE_CONFIDENCE = 0.85f;

enum { RULE_TOOLS = 8 }; /* of a component whose keyword alone calls for it */

/* --- the pool --- */

static void ranker_free(struct fl_ranker *ranker)
{
    fl_query_destroy(&ranker->query);
    fl_search_destroy(&ranker->search);
    fl_similar_documents_destroy(&ranker->similar);
    free(ranker->term_weight);
    fl_learned_scratch_free(ranker->learned);
    free(ranker);
}

void fl_ranker_free_all(struct fl_ranker *rankers)
{
    while (rankers) {
        struct fl_ranker *next = rankers->next;
        ranker_free(rankers);
        rankers = next;
    }
}

static struct fl_ranker *ranker_create(const struct fl_snapshot *snapshot)
{
    struct fl_ranker *ranker = calloc(1, sizeof *ranker);
    if (!ranker)
        return NULL;
    ranker->term_weight = calloc(snapshot->index.vocab.term_count + 1, sizeof *ranker->term_weight);
    if (!ranker->term_weight || fl_search_init(&ranker->search, &snapshot->index) ||
        fl_similar_documents_init(&ranker->similar, snapshot)) {
        ranker_free(ranker);
        return NULL;
    }
    return ranker;
}

struct fl_ranker *fl_ranker_take(struct fl_snapshot *snapshot)
{
    pthread_mutex_lock(&snapshot->lock);
    struct fl_ranker *ranker = snapshot->rankers;
    if (ranker)
        snapshot->rankers = ranker->next;
    pthread_mutex_unlock(&snapshot->lock);
    if (!ranker)
        ranker = ranker_create(snapshot);
    if (ranker) {
        ranker->width = FL_RANK_USUAL;
        ranker->past = NULL;
    }
    return ranker;
}

void fl_ranker_give(struct fl_snapshot *snapshot, struct fl_ranker *ranker)
{
    if (!ranker)
        return;
    pthread_mutex_lock(&snapshot->lock);
    ranker->next = snapshot->rankers;
    snapshot->rankers = ranker;
    snapshot->free_rankers = fl_ranker_free_all;
    pthread_mutex_unlock(&snapshot->lock);
}

/* --- the lexical stage --- */

static void set_term_weights(struct fl_ranker *ranker)
{
    const struct fl_query *query = &ranker->query;
    for (unsigned i = 0; i < query->term_count; i++) {
        const struct fl_query_term *term = &query->terms[i];
        float group = query->groups[term->group].weight;
        float weight = term->weight * (group < 1 ? group : 1);
        if (weight > ranker->term_weight[term->term])
            ranker->term_weight[term->term] = weight;
    }
}

static void clear_term_weights(struct fl_ranker *ranker)
{
    for (unsigned i = 0; i < ranker->query.term_count; i++)
        ranker->term_weight[ranker->query.terms[i].term] = 0;
}

/* The share of a document's name, by idf, that the request explains. */
static float name_coverage(const struct fl_ranker *ranker, const struct fl_index *index,
                           uint32_t document)
{
    float sum = 0, covered = 0;
    for (uint32_t i = index->name_first[document]; i < index->name_first[document + 1]; i++) {
        float idf = index->idf[index->name_terms[i]];
        sum += idf;
        covered += idf * ranker->term_weight[index->name_terms[i]];
    }
    return sum > 0 ? covered / sum : 0;
}

struct firing {
    struct fl_ranker *ranker;
    const struct fl_snapshot *snapshot;
    const uint8_t *allowed;
};

static uint32_t document_of_component(const struct fl_snapshot *snapshot, uint32_t component)
{
    for (uint32_t d = snapshot->catalog.tool_count; d < snapshot->document_count; d++)
        if (snapshot->bare_components[d - snapshot->catalog.tool_count] == component)
            return d;
    return UINT32_MAX;
}

static bool rule_covers(const struct fl_snapshot *snapshot, const struct fl_rule *rule,
                        uint32_t document)
{
    if (rule->tool != UINT32_MAX)
        return document == rule->tool;
    uint32_t tools = snapshot->catalog.tool_count;
    return document < tools ? snapshot->catalog.tools[document].component == rule->component
                            : snapshot->bare_components[document - tools] == rule->component;
}

/* A free place, or that of the worst match that no keyword calls; NULL when there is none. */
static struct fl_candidate *place(struct fl_ranking *ranking)
{
    if (ranking->count < FL_RANK_WIDTH)
        return &ranking->candidates[ranking->count++];
    for (uint32_t i = ranking->count; i-- > 0;)
        if (ranking->candidates[i].rule == UINT32_MAX)
            return &ranking->candidates[i];
    return NULL;
}

/* What a rule calls, where no word of the request found any of it. */
static void add_called(struct firing *firing, const struct fl_rule *rule, uint32_t number)
{
    const struct fl_snapshot *snapshot = firing->snapshot;
    const struct fl_component *component = &snapshot->catalog.components[rule->component];
    uint32_t first = rule->tool, end = first + 1, added = 0;
    if (rule->tool == UINT32_MAX && component->tool_count) {
        first = component->first_tool;
        end = first + component->tool_count;
    } else if (rule->tool == UINT32_MAX) {
        first = document_of_component(snapshot, rule->component);
        end = first == UINT32_MAX ? first : first + 1;
    }
    for (uint32_t d = first; d < end && added < RULE_TOOLS; d++) {
        if (firing->allowed && !firing->allowed[d])
            continue;
        struct fl_candidate *c = place(&firing->ranker->ranking);
        if (!c)
            return;
        *c = (struct fl_candidate){
            .document = d, .score = FL_RULE_GAIN, .odds = LEAST_ODDS, .rule = number};
        added++;
    }
}

/* A keyword raises the documents that it calls; where none was a candidate yet, they become it. */
static void fire_rule(void *ctx, const struct fl_rule *rule, uint32_t at)
{
    (void)at;
    struct firing *firing = ctx;
    struct fl_ranking *ranking = &firing->ranker->ranking;
    uint32_t number = (uint32_t)(rule - firing->snapshot->rules.items);
    bool found = false;
    for (uint32_t i = 0; i < ranking->count; i++) {
        struct fl_candidate *c = &ranking->candidates[i];
        if (!rule_covers(firing->snapshot, rule, c->document))
            continue;
        found = true;
        if (c->rule == UINT32_MAX) {
            c->rule = number;
            c->score += FL_RULE_GAIN;
        }
    }
    if (!found)
        add_called(firing, rule, number);
}

static void apply_rules(struct fl_ranker *ranker, const struct fl_snapshot *snapshot,
                        const uint8_t *allowed)
{
    const struct fl_query *query = &ranker->query;
    if (!snapshot->rules.count)
        return;
    struct fl_str stems[FL_QUERY_MAX_WORDS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->word_count; i++)
        if (!(query->tokens.items[i].flags & (FL_TOKEN_PART | FL_TOKEN_ENTITY | FL_TOKEN_LITERAL)))
            stems[count++] = query->words[i].stem;
    struct firing firing = {ranker, snapshot, allowed};
    fl_rules_match(&snapshot->rules, stems, count, fire_rule, &firing);
}

/* Best score first; equal ones in the order of the catalogue. */
static bool is_better(const struct fl_candidate *x, const struct fl_candidate *y)
{
    return x->score > y->score || (x->score == y->score && x->document < y->document);
}

/* By insertion: the search's order is nearly the final one. */
static void sort_candidates(struct fl_ranking *ranking)
{
    for (uint32_t i = 1; i < ranking->count; i++) {
        struct fl_candidate moved = ranking->candidates[i];
        uint32_t at = i;
        for (; at > 0 && is_better(&moved, &ranking->candidates[at - 1]); at--)
            ranking->candidates[at] = ranking->candidates[at - 1];
        ranking->candidates[at] = moved;
    }
}

struct fl_match_features fl_ranking_features(const struct fl_ranker *ranker, uint32_t index)
{
    const struct fl_query *query = &ranker->query;
    const struct fl_ranking *ranking = &ranker->ranking;
    const struct fl_similar_documents *similar = &ranker->similar;
    const struct fl_candidate *c = &ranking->candidates[index];
    /* The dictionaries are small: an unknown foreign word says little. */
    unsigned unknown = query->unknown_words >> (query->language != FL_LANGUAGE_EN);
    unsigned words = query->known_words + unknown;
    struct fl_match_features features = {
        .score = c->score,
        .relative = c->score / ranking->candidates[0].score,
        .name_coverage = c->name_coverage,
        .rank = index,
        .known = words ? (float)query->known_words / (float)words : 0,
        .words = words,
        .talk = query->talk,
        .fused = ranking->fused,
    };
    if (ranking->fused) {
        features.score = c->lexical;
        features.share = expf(c->odds - ranking->log_odds);
        features.similarity = c->similarity;
        features.outstanding = fl_similar_outstanding(similar, c->similarity);
    }
    return features;
}

float fl_ranking_confidence(const struct fl_ranker *ranker, uint32_t index)
{
    struct fl_match_features features = fl_ranking_features(ranker, index);
    float confidence = fl_calibrate_match(&features);
    bool fired = ranker->ranking.candidates[index].rule != UINT32_MAX;
    confidence = fired && confidence < RULE_CONFIDENCE ? RULE_CONFIDENCE : confidence;
    float learned = ranker->ranking.candidates[index].learned;
    return learned > confidence ? learned : confidence;
}

static float fit_of(const struct fl_ranker *ranker)
{
    if (!ranker->ranking.count)
        return 0;
    struct fl_match_features features = fl_ranking_features(ranker, 0);
    float fit = fl_calibrate_fit(&features);
    bool fired = ranker->ranking.candidates[0].rule != UINT32_MAX;
    return fired && fit < RULE_CONFIDENCE ? RULE_CONFIDENCE : fit;
}

/* A document with what its words and its name give it. */
static struct fl_candidate candidate_of(const struct fl_ranker *ranker,
                                        const struct fl_index *index, uint32_t document,
                                        float score)
{
    float coverage = name_coverage(ranker, index, document);
    float lexical = score * (1 + NAME_GAIN * coverage);
    return (struct fl_candidate){.document = document,
                                 .score = lexical,
                                 .lexical = lexical,
                                 .name_coverage = coverage,
                                 .odds = LEAST_ODDS,
                                 .rule = UINT32_MAX};
}

static bool is_candidate(const struct fl_ranking *ranking, uint32_t document)
{
    for (uint32_t i = 0; i < ranking->count; i++)
        if (ranking->candidates[i].document == document)
            return true;
    return false;
}

/* Further hits, for those who want many, go behind the usual ones in the search's order: however
 * many are wanted, the first ones are the same. */
static void append_tail(struct fl_ranker *ranker, const struct fl_index *index, uint32_t first,
                        uint32_t count)
{
    struct fl_ranking *ranking = &ranker->ranking;
    for (uint32_t i = first; i < count && ranking->count < FL_RANK_WIDTH; i++) {
        if (is_candidate(ranking, ranker->hits[i].document))
            continue; /* a keyword called it */
        struct fl_candidate c =
            candidate_of(ranker, index, ranker->hits[i].document, ranker->hits[i].score);
        float last = ranking->candidates[ranking->count - 1].score;
        c.score = c.score < last ? c.score : last;
        ranking->candidates[ranking->count++] = c;
    }
}

/* --- with what the request means --- */

static void add_document(struct fl_ranker *ranker, const struct fl_index *index, uint32_t document)
{
    struct fl_ranking *ranking = &ranker->ranking;
    if (ranking->count < FL_RANK_WIDTH && !is_candidate(ranking, document))
        ranking->candidates[ranking->count++] =
            candidate_of(ranker, index, document, fl_search_score(&ranker->search, document));
}

/* The best by similarity, and what served similar requests, become candidates beside the best by
 * words. */
static void add_similar(struct fl_ranker *ranker, const struct fl_index *index)
{
    struct fl_ranking *ranking = &ranker->ranking;
    const struct fl_similar_documents *similar = &ranker->similar;
    for (uint32_t i = 0; i < similar->best_count; i++)
        add_document(ranker, index, similar->best[i]);
    for (uint32_t i = 0; i < similar->vote_count; i++)
        add_document(ranker, index, similar->votes[i].document);
    for (uint32_t i = 0; i < ranking->count; i++)
        ranking->candidates[i].similarity = similar->similarity[ranking->candidates[i].document];
}

static uint32_t similarity_rank(const struct fl_similar_documents *similar, uint32_t document)
{
    uint32_t rank = 0;
    while (rank < similar->best_count && similar->best[rank] != document)
        rank++;
    return rank;
}

/* What was learned from use, or the examples that the snapshot was made with. */
static const struct fl_past *past_of(const struct fl_ranker *ranker,
                                     const struct fl_snapshot *snapshot)
{
    return ranker->past ? ranker->past : &snapshot->past;
}

static struct fl_fuse_request request_of(const struct fl_ranker *ranker,
                                         const struct fl_snapshot *snapshot)
{
    const struct fl_query *query = &ranker->query;
    const struct fl_similar_documents *similar = &ranker->similar;
    unsigned words = query->known_words + query->unknown_words;
    return (struct fl_fuse_request){
        .best_lexical = ranker->ranking.count ? ranker->ranking.candidates[0].lexical : 0,
        .best_similarity =
            similar->best_count ? similar->similarity[similar->best[0]] : similar->mean,
        .mean = similar->mean,
        .deviation = similar->deviation,
        .known = words ? (float)query->known_words / (float)words : 0,
        .words = (float)words,
        .foreign = query->language != FL_LANGUAGE_EN,
        .experienced = similar->vote_count > 0,
        .documents = snapshot->document_count,
    };
}

/* Odds become scores from 0 to 1: that of the best one is 1. */
static void score_by_odds(struct fl_ranking *ranking)
{
    float most = ranking->candidates[0].odds;
    for (uint32_t i = 1; i < ranking->count; i++)
        most = ranking->candidates[i].odds > most ? ranking->candidates[i].odds : most;
    float sum = expf(ranking->candidates[0].odds - most);
    for (uint32_t i = 1; i < ranking->count; i++)
        sum += expf(ranking->candidates[i].odds - most);
    for (uint32_t i = 0; i < ranking->count; i++)
        ranking->candidates[i].score = expf(SCORE_SLOPE * (ranking->candidates[i].odds - most));
    ranking->log_odds = most + logf(sum);
    ranking->fused = true;
}

/* Candidates stand in the order of their lexical scores. */
static void fuse(struct fl_ranker *ranker, const struct fl_snapshot *snapshot)
{
    struct fl_ranking *ranking = &ranker->ranking;
    struct fl_fuse_request request = request_of(ranker, snapshot);
    for (uint32_t i = 0; i < ranking->count; i++) {
        struct fl_candidate *c = &ranking->candidates[i];
        const struct fl_similar_vote *vote = fl_similar_vote_for(&ranker->similar, c->document);
        uint32_t by_meaning = similarity_rank(&ranker->similar, c->document);
        struct fl_fuse_candidate candidate = {c->lexical, c->name_coverage, c->similarity,   i,
                                              by_meaning, vote->share,      vote->similarity};
        float inputs[FL_FUSE_INPUTS];
        fl_fuse_inputs(&request, &candidate, inputs);
        c->odds = fl_fuse(inputs);
        if (ranker->watch)
            ranker->watch(ranker->watch_ctx, c, inputs);
    }
    if (ranking->count)
        score_by_odds(ranking);
}

/* --- the stage --- */

static int find_candidates(struct fl_ranker *ranker, const struct fl_snapshot *snapshot,
                           struct fl_str text, const uint8_t *allowed, uint32_t *ret_hits)
{
    const struct fl_index *index = &snapshot->index;
    struct fl_ranking *ranking = &ranker->ranking;
    if (fl_query_analyze(&ranker->query, index, &query_options, text))
        return -FL_ENOMEM;
    uint32_t hits =
        fl_search_run(&ranker->search, index, &ranker->query, allowed, ranker->hits, ranker->width);
    if (snapshot->meaning && fl_similar_documents_find(&ranker->similar, snapshot,
                                                       past_of(ranker, snapshot), text, allowed))
        return -FL_ENOMEM;
    set_term_weights(ranker);
    ranking->count = hits < FL_RANK_USUAL ? hits : FL_RANK_USUAL;
    for (uint32_t i = 0; i < ranking->count; i++)
        ranking->candidates[i] =
            candidate_of(ranker, index, ranker->hits[i].document, ranker->hits[i].score);
    *ret_hits = hits;
    return 0;
}

static int rank_usual(struct fl_ranker *ranker, const struct fl_snapshot *snapshot,
                      struct fl_str text, const uint8_t *allowed)
{
    uint32_t hits;
    if (find_candidates(ranker, snapshot, text, allowed, &hits))
        return -FL_ENOMEM;
    ranker->ranking.fused = false;
    if (snapshot->meaning && !ranker->similar.silent) {
        sort_candidates(&ranker->ranking);
        add_similar(ranker, &snapshot->index);
        sort_candidates(&ranker->ranking);
        fuse(ranker, snapshot);
    }
    apply_rules(ranker, snapshot, allowed);
    sort_candidates(&ranker->ranking);
    append_tail(ranker, &snapshot->index, FL_RANK_USUAL, hits);
    clear_term_weights(ranker);
    ranker->ranking.fit = fit_of(ranker);
    return 0;
}

const struct fl_scorer fl_scorer_usual = {rank_usual};
