/* learned_rank.c: what was learned, taken into a ranking that words made; see rank.h. */
#include "rank/rank.h"

static struct fl_candidate *find(struct fl_ranking *ranking, uint32_t document)
{
    for (uint32_t i = 0; i < ranking->count; i++)
        if (ranking->candidates[i].document == document)
            return &ranking->candidates[i];
    return NULL;
}

/* A place for a new candidate: a free one, or that of the last which nothing calls. */
static struct fl_candidate *place(struct fl_ranking *ranking)
{
    if (ranking->count < FL_RANK_WIDTH)
        return &ranking->candidates[ranking->count++];
    for (uint32_t i = ranking->count; i-- > 0;)
        if (ranking->candidates[i].rule == UINT32_MAX && ranking->candidates[i].learned <= 0)
            return &ranking->candidates[i];
    return NULL;
}

static bool is_better(const struct fl_candidate *x, const struct fl_candidate *y)
{
    return x->score > y->score || (x->score == y->score && x->document < y->document);
}

/* By insertion: little has moved. */
static void sort(struct fl_ranking *ranking)
{
    for (uint32_t i = 1; i < ranking->count; i++) {
        struct fl_candidate moved = ranking->candidates[i];
        uint32_t at = i;
        for (; at > 0 && is_better(&moved, &ranking->candidates[at - 1]); at--)
            ranking->candidates[at] = ranking->candidates[at - 1];
        ranking->candidates[at] = moved;
    }
}

/* A likely one scores at least so much of the best as it is probable; a certain one more than any
 * that is not. */
static void raise(struct fl_candidate *candidate, float best, float probability)
{
    float least = best > 0 ? best * probability : probability;
    if (probability >= FL_LEARNED_FIRST)
        least = best + probability;
    candidate->learned = probability;
    if (candidate->score < least)
        candidate->score = least;
}

/* Whether a request is as close to what the document served as such requests are to each other. A
 * classifier knows its labels only, and is too sure of requests that have none of them. */
static bool is_alike(const struct fl_ranker *ranker, uint32_t document)
{
    const struct fl_past *past = ranker->past;
    if (!past || !past->vectors.count || ranker->similar.silent)
        return true; /* nothing to tell by */
    return fl_similar_vote_for(&ranker->similar, document)->similarity >= past->alike;
}

int fl_ranking_learn(struct fl_ranker *ranker, const struct fl_snapshot *snapshot,
                     const struct fl_learned *learned, struct fl_str text, const uint8_t *allowed)
{
    struct fl_ranking *ranking = &ranker->ranking;
    struct fl_learned_hit hits[FL_LEARNED_HITS];
    uint32_t count;
    if (!learned)
        return 0;
    if (!ranker->learned && !(ranker->learned = fl_learned_scratch_create()))
        return -FL_ENOMEM;
    if (fl_learned_match(learned, snapshot, ranker->learned, text, FL_LEARNED_CANDIDATE, hits,
                         &count))
        return -FL_ENOMEM;
    float best = ranking->count ? ranking->candidates[0].score : 0;
    for (uint32_t i = 0; i < count; i++) {
        if ((allowed && !allowed[hits[i].document]) ||
            (!hits[i].known && !is_alike(ranker, hits[i].document)))
            continue;
        struct fl_candidate *candidate = find(ranking, hits[i].document);
        if (!candidate) {
            if (!(candidate = place(ranking)))
                break;
            *candidate = (struct fl_candidate){.document = hits[i].document, .rule = UINT32_MAX};
        }
        raise(candidate, best, hits[i].probability);
        if (ranking->fit < hits[i].probability)
            ranking->fit = hits[i].probability;
    }
    sort(ranking);
    return 0;
}
