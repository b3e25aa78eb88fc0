/* pack.c: see pack.h. */
#include "engine/pack.h"

#include <stdlib.h>

/* What a strategy exposes at most, and how much less likely than the best a match may be. Flat
 * rankings, where nothing stands out, are cut late: unsure means exposing more. */
struct strategy {
    uint32_t most;        /* matches */
    float least_relative; /* score relative to the best */
    float least_share;    /* of all definitions' tokens that may always be spent … */
    uint64_t least_tokens; /* … and tokens that may be spent in small catalogues too */
};

static const struct strategy strategies[] = {
    [FL_STRATEGY_CONSERVATIVE] = {32, 0.12f, 0.06f, 8000},
    [FL_STRATEGY_BALANCED] = {20, 0.25f, 0.03f, 4000},
    [FL_STRATEGY_AGGRESSIVE] = {8, 0.45f, 0.015f, 2000},
};

void fl_picks_destroy(struct fl_picks *picks)
{
    free(picks->items);
    free(picks->taken);
    *picks = (struct fl_picks){0};
}

uint32_t fl_document_node(const struct fl_snapshot *snapshot, uint32_t document)
{
    uint32_t tools = snapshot->catalog.tool_count;
    return document < tools ? document : tools + snapshot->bare_components[document - tools];
}

static int prepare(struct fl_picks *picks, const struct fl_snapshot *snapshot)
{
    picks->taken = calloc(snapshot->graph.node_count + 1, sizeof *picks->taken);
    return picks->taken ? 0 : -FL_ENOMEM;
}

static int push(struct fl_picks *picks, struct fl_pick pick)
{
    if (picks->count == picks->capacity) {
        uint32_t capacity = picks->capacity ? picks->capacity * 2 : 64;
        struct fl_pick *grown = realloc(picks->items, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        picks->items = grown;
        picks->capacity = capacity;
    }
    picks->items[picks->count++] = pick;
    return 0;
}

/* The document of a graph node, or UINT32_MAX for a component that shows itself by its tools. */
static uint32_t node_document(const struct fl_snapshot *snapshot, uint32_t node)
{
    uint32_t tools = snapshot->catalog.tool_count;
    if (node < tools)
        return node;
    for (uint32_t d = tools; d < snapshot->document_count; d++)
        if (snapshot->bare_components[d - tools] == node - tools)
            return d;
    return UINT32_MAX;
}

static uint64_t cost_of(const struct fl_snapshot *snapshot, const struct fl_costs *costs,
                        uint32_t document)
{
    return document < snapshot->catalog.tool_count ? costs->tokens[document] : 0;
}

enum { CLOSURE_MAX = 256 };

/* What taking a document would add: itself and what it needs that is not there yet. */
struct addition {
    uint32_t nodes[CLOSURE_MAX];
    uint32_t count;
    uint64_t tokens;
};

/* Marks the nodes as taken; undo with give_back. */
static void measure(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                    const struct fl_costs *costs, uint32_t document, struct addition *addition)
{
    uint32_t root = fl_document_node(snapshot, document);
    picks->taken[root] = 1;
    uint32_t count = fl_graph_closure(&snapshot->graph, root, picks->taken, addition->nodes,
                                      CLOSURE_MAX);
    addition->count = count < CLOSURE_MAX ? count : CLOSURE_MAX;
    addition->tokens = cost_of(snapshot, costs, document);
    for (uint32_t i = 0; i < addition->count; i++) {
        uint32_t needed = node_document(snapshot, addition->nodes[i]);
        if (needed != UINT32_MAX)
            addition->tokens += cost_of(snapshot, costs, needed);
    }
}

static void give_back(struct fl_picks *picks, const struct fl_snapshot *snapshot, uint32_t document,
                      const struct addition *addition)
{
    picks->taken[fl_document_node(snapshot, document)] = 0;
    for (uint32_t i = 0; i < addition->count; i++)
        picks->taken[addition->nodes[i]] = 0;
}

static int take(struct fl_picks *picks, const struct fl_snapshot *snapshot, struct fl_pick pick,
                const struct addition *addition)
{
    int rc = push(picks, pick);
    for (uint32_t i = 0; !rc && i < addition->count; i++) {
        uint32_t needed = node_document(snapshot, addition->nodes[i]);
        if (needed != UINT32_MAX)
            rc = push(picks, (struct fl_pick){needed, UINT32_MAX, pick.document,
                                              FL_REASON_DEPENDENCY});
    }
    return rc;
}

static uint64_t budget_of(const struct fl_pack_limits *limits, const struct fl_costs *costs)
{
    if (limits->top)
        return UINT64_MAX;
    if (limits->budget_tokens)
        return limits->budget_tokens;
    const struct strategy *s = &strategies[limits->strategy];
    uint64_t share = (uint64_t)((double)costs->total * (double)s->least_share);
    return share > s->least_tokens ? share : s->least_tokens;
}

/* Tier 1, given as such: always there, whatever it costs. */
static int pack_core(struct fl_picks *picks, const struct fl_snapshot *snapshot)
{
    for (uint32_t t = 0; t < snapshot->catalog.tool_count; t++) {
        const struct fl_tool *tool = &snapshot->catalog.tools[t];
        if (tool->tier != 1 || tool->flags & FL_TOOL_TIER_INFERRED || picks->taken[t])
            continue;
        picks->taken[t] = 1;
        if (push(picks, (struct fl_pick){t, UINT32_MAX, UINT32_MAX, FL_REASON_CORE}))
            return -FL_ENOMEM;
    }
    return 0;
}

int fl_pack(struct fl_picks *picks, const struct fl_snapshot *snapshot,
            const struct fl_ranking *ranking, const struct fl_costs *costs,
            const struct fl_pack_limits *limits)
{
    if (prepare(picks, snapshot))
        return -FL_ENOMEM;
    const struct strategy *strategy = &strategies[limits->strategy];
    bool by_strategy = !limits->top && !limits->budget_tokens;
    uint32_t most = limits->top ? limits->top : by_strategy ? strategy->most : FL_RANK_WIDTH;
    uint64_t left = budget_of(limits, costs);
    uint32_t matches = 0;
    for (uint32_t i = 0; i < ranking->count && matches < most; i++) {
        const struct fl_candidate *c = &ranking->candidates[i];
        if (picks->taken[fl_document_node(snapshot, c->document)])
            continue;
        if (by_strategy && c->rule == UINT32_MAX &&
            c->score < strategy->least_relative * ranking->candidates[0].score)
            break;
        struct addition addition;
        measure(picks, snapshot, costs, c->document, &addition);
        if (matches && addition.tokens > left) {
            give_back(picks, snapshot, c->document, &addition);
            continue; /* a smaller one may still fit */
        }
        left -= addition.tokens < left ? addition.tokens : left;
        matches++;
        enum fl_reason reason = c->rule == UINT32_MAX ? FL_REASON_MATCH : FL_REASON_RULE;
        if (take(picks, snapshot, (struct fl_pick){c->document, i, UINT32_MAX, reason}, &addition))
            return -FL_ENOMEM;
    }
    return pack_core(picks, snapshot);
}

int fl_pack_all(struct fl_picks *picks, const struct fl_snapshot *snapshot)
{
    if (prepare(picks, snapshot))
        return -FL_ENOMEM;
    for (uint32_t d = 0; d < snapshot->document_count; d++)
        if (push(picks, (struct fl_pick){d, UINT32_MAX, UINT32_MAX, FL_REASON_FALLBACK}))
            return -FL_ENOMEM;
    return 0;
}
