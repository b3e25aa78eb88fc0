/* select.c: request → selection; see foreload/foreload.h.
 *
 *   validate ─► rank (scorer) ─► fits anything? ─no─► nothing but what is always there
 *                                     │yes
 *                                     └─► pack ─► choices, categories, evidence
 *
 * A ranking that takes longer than the request's time-out, and loading that is switched off, expose
 * everything and say so. */
#include "base/utf8.h"
#include "engine/engine.h"
#include "engine/learning.h"
#include "engine/selection.h"

#include <stdlib.h>

static const float LEAST_FIT = 0.15f; /* below, nothing is exposed */

void fl_request_init(struct fl_request *request, const char *text)
{
    *request = (struct fl_request){.struct_size = sizeof *request,
                                   .text = text,
                                   .text_bytes = text ? strlen(text) : 0,
                                   .strategy = FL_STRATEGY_BALANCED};
}

struct selecting {
    const struct fl_engine *engine;
    struct fl_request request; /* a copy: older callers have a shorter struct */
    struct fl_snapshot *snapshot;
    const struct fl_learned *learned; /* or NULL */
    const struct fl_costs *costs;
    struct fl_ranker *ranker;
    uint8_t *allowed;
    struct fl_picks picks;
    struct fl_selection *selection;
    fl_time start, ranked;
    struct fl_err *err;
};

static bool is_blank(const char *text, size_t len)
{
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    return len == 0;
}

static int check_request(const struct fl_request *request, struct fl_err *err)
{
    if (!request->text || is_blank(request->text, request->text_bytes))
        return fl_err_set(err, FL_EINVAL, "the request is empty: say what is wanted");
    if (request->text_bytes > FL_REQUEST_MAX_BYTES)
        return fl_err_set(err, FL_ELIMIT, "the request has %zu bytes; at most %d are read",
                          request->text_bytes, FL_REQUEST_MAX_BYTES);
    size_t valid = fl_utf8_valid_length(request->text, request->text_bytes);
    if (valid < request->text_bytes)
        return fl_err_set(err, FL_EUTF8, "the request is not valid UTF-8 at byte %zu", valid);
    if (request->top > FL_REQUEST_MAX_TOP)
        return fl_err_set(err, FL_ELIMIT, "the best %u are asked for; at most %d are ranked",
                          request->top, FL_REQUEST_MAX_TOP);
    if (request->strategy > FL_STRATEGY_AGGRESSIVE || request->form > FL_TOOL_FORM_OPENAI ||
        request->encoding > FL_ENCODING_CL100K_BASE)
        return fl_err_set(err, FL_EINVAL, "unknown strategy, form or encoding");
    return 0;
}

static int allow_candidates(struct selecting *s)
{
    if (!s->request.candidate_count)
        return 0;
    s->allowed = calloc(s->snapshot->document_count + 1, 1);
    if (!s->allowed)
        return fl_err_nomem(s->err);
    for (size_t i = 0; i < s->request.candidate_count; i++) {
        uint32_t tool;
        int rc =
            fl_catalog_find_tool(&s->snapshot->catalog, s->request.candidates[i], &tool, s->err);
        if (rc)
            return rc;
        s->allowed[tool] = 1;
    }
    return 0;
}

/* --- the result --- */

static int make_choices(struct selecting *s)
{
    struct fl_selection *sel = s->selection;
    const struct fl_catalog *catalog = &s->snapshot->catalog;
    sel->choices = fl_arena_array(&sel->arena, s->picks.count + 1, sizeof *sel->choices);
    if (!sel->choices)
        return fl_err_nomem(s->err);
    for (uint32_t i = 0; i < s->picks.count; i++) {
        const struct fl_pick *pick = &s->picks.items[i];
        struct fl_choice *choice = &sel->choices[sel->choice_count++];
        uint32_t node = fl_document_node(s->snapshot, pick->document);
        bool is_tool = node < catalog->tool_count;
        uint32_t needed = pick->needed_by == UINT32_MAX
                              ? UINT32_MAX
                              : fl_document_node(s->snapshot, pick->needed_by);
        *choice = (struct fl_choice){
            .name = is_tool ? catalog->tools[node].full_name
                            : catalog->components[node - catalog->tool_count].name,
            .tool = is_tool ? node : UINT32_MAX,
            .component = is_tool ? catalog->tools[node].component : node - catalog->tool_count,
            .tokens = is_tool ? s->costs->tokens[node] : 0,
            .reason = pick->reason,
            .because = needed == UINT32_MAX ? ""
                       : needed < catalog->tool_count
                           ? catalog->tools[needed].full_name
                           : catalog->components[needed - catalog->tool_count].name,
        };
        if (pick->candidate != UINT32_MAX) {
            choice->confidence = fl_ranking_confidence(s->ranker, pick->candidate);
            choice->score = s->ranker->ranking.candidates[pick->candidate].score;
        }
        sel->summary.exposed_tokens += choice->tokens;
    }
    return 0;
}

static int by_confidence(const void *a, const void *b)
{
    const struct fl_category_info *x = a, *y = b;
    if (x->confidence != y->confidence)
        return x->confidence < y->confidence ? 1 : -1;
    return strcmp(x->name, y->name);
}

/* A category is as likely as that one of its tools is needed: 1 − Π (1 − p). */
static int make_categories(struct selecting *s)
{
    enum { CATEGORIES_MAX = 8 };
    const struct fl_ranking *ranking = &s->ranker->ranking;
    struct fl_selection *sel = s->selection;
    struct fl_category_info found[FL_RANK_WIDTH] = {{NULL, 0}};
    size_t count = 0;
    for (uint32_t i = 0; i < ranking->count; i++) {
        const struct fl_candidate *c = &ranking->candidates[i];
        if (c->document >= s->snapshot->catalog.tool_count)
            continue;
        const char *name = s->snapshot->catalog.tools[c->document].category;
        size_t at = 0;
        while (at < count && strcmp(found[at].name, name) != 0)
            at++;
        if (at == count)
            found[count++] = (struct fl_category_info){name, 0};
        found[at].confidence =
            1 - (1 - found[at].confidence) * (1 - fl_ranking_confidence(s->ranker, i));
    }
    qsort(found, count, sizeof *found, by_confidence);
    sel->category_count = count < CATEGORIES_MAX ? count : CATEGORIES_MAX;
    sel->categories = fl_arena_array(&sel->arena, sel->category_count + 1, sizeof *sel->categories);
    if (!sel->categories)
        return fl_err_nomem(s->err);
    memcpy(sel->categories, found, sel->category_count * sizeof *found);
    return 0;
}

static int expose_all(struct selecting *s, const char *why)
{
    s->selection->summary.fallback = why;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): `allowed` is freed by the caller */
    return fl_pack_all(&s->picks, s->snapshot, s->costs, s->allowed) ? fl_err_nomem(s->err) : 0;
}

/* How many candidates may be needed: strategies expose few, a budget may have room for many. */
static uint32_t width_of(const struct fl_request *request)
{
    if (request->budget_tokens && !request->top)
        return FL_RANK_WIDTH;
    return request->top > FL_RANK_USUAL ? request->top : FL_RANK_USUAL;
}

static int rank_and_pack(struct selecting *s)
{
    struct fl_selection_summary *summary = &s->selection->summary;
    struct fl_str text = {s->request.text, s->request.text_bytes};
    s->ranker->width = width_of(&s->request);
    s->ranker->past = fl_learned_past(s->learned, s->snapshot);
    if (s->engine->scorer->rank(s->ranker, s->snapshot, text, s->allowed) ||
        fl_ranking_learn(s->ranker, s->snapshot, s->learned, text, s->allowed))
        return expose_all(s, "ranking ran out of memory");
    s->ranked = fl_clock_now(&s->engine->clock);
    summary->language = fl_language_code(s->ranker->query.language);
    summary->fit = s->ranker->ranking.fit;
    if (s->request.timeout_ms && s->ranked - s->start > (fl_time)s->request.timeout_ms * 1000)
        return expose_all(s, "ranking took longer than the time-out");
    summary->abstained = summary->fit < LEAST_FIT && !s->request.top;
    if (summary->abstained)
        s->ranker->ranking.count = 0;
    struct fl_pack_limits limits = {s->request.top, s->request.budget_tokens, s->request.strategy};
    if (fl_pack(&s->picks, s->snapshot, &s->ranker->ranking, s->costs, &limits))
        return fl_err_nomem(s->err);
    return 0;
}

static int fill(struct selecting *s)
{
    struct fl_selection_summary *summary = &s->selection->summary;
    summary->baseline_tokens = s->costs->total;
    summary->estimated = s->costs->estimated;
    summary->fallback = "";
    summary->language = "en";
    s->ranker->ranking.count = 0;
    s->ranked = s->start;
    int rc = s->request.all ? expose_all(s, "loading on demand is switched off") : rank_and_pack(s);
    if (!rc)
        rc = make_choices(s);
    if (!rc)
        rc = make_categories(s);
    if (!rc && s->request.explain && fl_selection_explain(s->selection, &s->picks, s->ranker))
        rc = fl_err_nomem(s->err);
    fl_time now = fl_clock_now(&s->engine->clock);
    summary->rank_us = (float)(s->ranked - s->start);
    summary->total_us = (float)(now - s->start);
    return rc;
}

int fl_select_with(const struct fl_engine *engine, struct fl_snapshot *snapshot,
                   const struct fl_learned *learned, const struct fl_request *request,
                   struct fl_selection **ret_selection, struct fl_err *err)
{
    struct selecting s = {.engine = engine, .snapshot = snapshot, .learned = learned, .err = err};
    fl_request_init(&s.request, NULL);
    if (request->struct_size > sizeof s.request)
        return fl_err_set(err, FL_EINVAL, "the request was made for a newer library");
    memcpy(&s.request, request, request->struct_size);
    int rc = check_request(&s.request, err);
    if (!rc)
        rc = fl_snapshot_costs(snapshot, s.request.form, s.request.encoding, &s.costs, err);
    if (!rc)
        rc = allow_candidates(&s);
    s.start = fl_clock_now(&engine->clock);
    s.selection = rc ? NULL : calloc(1, sizeof *s.selection);
    s.ranker = rc ? NULL : fl_ranker_take(snapshot);
    if (!rc && (!s.selection || !s.ranker))
        rc = fl_err_nomem(err);
    if (!rc) {
        s.selection->snapshot = fl_snapshot_share(snapshot);
        rc = fill(&s);
    }
    fl_ranker_give(snapshot, s.ranker);
    fl_picks_destroy(&s.picks);
    free(s.allowed);
    if (rc)
        fl_selection_free(s.selection);
    else
        *ret_selection = s.selection;
    return rc;
}

int fl_select_from(const struct fl_engine *engine, struct fl_snapshot *snapshot,
                   const struct fl_request *request, struct fl_selection **ret_selection,
                   struct fl_err *err)
{
    return fl_select_with(engine, snapshot, NULL, request, ret_selection, err);
}

int fl_select(struct fl_engine *engine, const struct fl_request *request,
              struct fl_selection **ret_selection, struct fl_err *err)
{
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    if (!snapshot)
        return fl_err_set(err, FL_ENOENT, "no catalogue is loaded");
    struct fl_learned *learned = fl_learning_pin(engine);
    int rc = fl_select_with(engine, snapshot, learned, request, ret_selection, err);
    fl_learned_release(learned);
    fl_snapshot_unpin(snapshot);
    return rc;
}

/* --- reading it --- */

void fl_selection_free(struct fl_selection *selection)
{
    if (!selection)
        return;
    fl_snapshot_unpin(selection->snapshot);
    fl_arena_destroy(&selection->arena);
    free(selection);
}

size_t fl_selection_count(const struct fl_selection *selection)
{
    return selection->choice_count;
}

const struct fl_choice *fl_selection_choice(const struct fl_selection *selection, size_t index)
{
    return index < selection->choice_count ? &selection->choices[index] : NULL;
}

size_t fl_selection_evidence_count(const struct fl_selection *selection, size_t choice)
{
    return selection->evidence && choice < selection->choice_count
               ? selection->evidence_counts[choice]
               : 0;
}

const struct fl_evidence *fl_selection_evidence(const struct fl_selection *selection, size_t choice,
                                                size_t index)
{
    return index < fl_selection_evidence_count(selection, choice)
               ? &selection->evidence[choice][index]
               : NULL;
}

const struct fl_selection_summary *fl_selection_summary(const struct fl_selection *selection)
{
    return &selection->summary;
}

size_t fl_selection_category_count(const struct fl_selection *selection)
{
    return selection->category_count;
}

const struct fl_category_info *fl_selection_category(const struct fl_selection *selection,
                                                     size_t index)
{
    return index < selection->category_count ? &selection->categories[index] : NULL;
}

const struct fl_snapshot *fl_selection_snapshot(const struct fl_selection *selection)
{
    return selection->snapshot;
}
