/* pack.c: see pack.h. */
#include "rank/pack.h"

#include <stdlib.h>

/* What a strategy exposes at most, and how much less likely than the best a match may be. Flat
 * rankings, where nothing stands out, are cut late: unsure means exposing more. */
struct strategy {
    uint32_t most;         /* matches */
    float least_relative;  /* score relative to the best */
    float least_share;     /* of all definitions' tokens that may always be spent … */
    uint64_t least_tokens; /* … and tokens that may be spent in small catalogues too */
};

static const float LEAST_OF_COMPONENTS = 0.6f; /* of the best score */

static const struct strategy strategies[] = {
    [FL_STRATEGY_CONSERVATIVE] = {32, 0.12f, 0.06f, 8000},
    [FL_STRATEGY_BALANCED] = {20, 0.25f, 0.03f, 4000},
    [FL_STRATEGY_AGGRESSIVE] = {8, 0.45f, 0.015f, 2000},
};

void fl_picks_destroy(struct fl_picks *picks)
{
    free(picks->items);
    free(picks->taken);
    free(picks->nodes);
    *picks = (struct fl_picks){0};
}

uint32_t fl_document_node(const struct fl_snapshot *snapshot, uint32_t document)
{
    uint32_t tools = snapshot->catalog.tool_count;
    return document < tools ? document : tools + snapshot->bare_components[document - tools];
}

/* A closure has at most as many nodes as the graph has edges. */
static uint32_t most_needed(const struct fl_snapshot *snapshot)
{
    const struct fl_graph *graph = &snapshot->graph;
    uint32_t edges = graph->first[graph->node_count];
    return edges < graph->node_count ? edges : graph->node_count;
}

static int prepare(struct fl_picks *picks, const struct fl_snapshot *snapshot)
{
    picks->taken = calloc(snapshot->graph.node_count + 1, sizeof *picks->taken);
    picks->nodes = malloc((most_needed(snapshot) + 1) * sizeof *picks->nodes);
    return picks->taken && picks->nodes ? 0 : -FL_ENOMEM;
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

/* What taking a document adds: itself and what it needs that is not there yet, in picks->nodes. */
struct addition {
    uint32_t count;
    uint64_t tokens;
};

/* Marks the nodes as taken; undo with give_back. */
static struct addition measure(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                               const struct fl_costs *costs, uint32_t document)
{
    uint32_t root = fl_document_node(snapshot, document);
    picks->taken[root] = 1;
    struct addition addition = {
        .count = fl_graph_closure(&snapshot->graph, root, picks->taken, picks->nodes,
                                  most_needed(snapshot)),
        .tokens = cost_of(snapshot, costs, document),
    };
    for (uint32_t i = 0; i < addition.count; i++) {
        uint32_t needed = node_document(snapshot, picks->nodes[i]);
        if (needed != UINT32_MAX)
            addition.tokens += cost_of(snapshot, costs, needed);
    }
    return addition;
}

static void give_back(struct fl_picks *picks, const struct fl_snapshot *snapshot, uint32_t document,
                      uint32_t count)
{
    picks->taken[fl_document_node(snapshot, document)] = 0;
    for (uint32_t i = 0; i < count; i++)
        picks->taken[picks->nodes[i]] = 0;
}

static int take(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                const struct fl_costs *costs, struct fl_pick pick)
{
    struct addition addition = measure(picks, snapshot, costs, pick.document);
    int rc = push(picks, pick);
    for (uint32_t i = 0; !rc && i < addition.count; i++) {
        uint32_t needed = node_document(snapshot, picks->nodes[i]);
        if (needed != UINT32_MAX)
            rc = push(picks,
                      (struct fl_pick){needed, UINT32_MAX, pick.document, FL_REASON_DEPENDENCY});
    }
    return rc;
}

/* How much one measure allows. */
struct bounds {
    uint32_t most;
    float least_score; /* of matches that nothing calls */
    uint64_t tokens;
};

static struct bounds bounds_of(enum fl_strategy strategy, const struct fl_ranking *ranking,
                               const struct fl_costs *costs)
{
    const struct strategy *s = &strategies[strategy];
    float best = ranking->count ? ranking->candidates[0].score : 0;
    uint64_t share = (uint64_t)((double)costs->total * (double)s->least_share);
    return (struct bounds){s->most, s->least_relative * best,
                           share > s->least_tokens ? share : s->least_tokens};
}

struct choosing {
    struct fl_picks *picks;
    const struct fl_snapshot *snapshot;
    const struct fl_ranking *ranking;
    const struct fl_costs *costs;
    bool chosen[FL_RANK_WIDTH];
    uint32_t matches;
    uint64_t spent;
};

/* A keyword or what was learned speaks for it, whatever its words say. */
static bool is_called(const struct fl_candidate *candidate)
{
    return candidate->rule != UINT32_MAX || candidate->learned >= FL_LEARNED_CANDIDATE;
}

/* A component without tools costs no token, but memory and a start: it has to fit well. */
static bool is_doubtful(const struct choosing *c, const struct fl_candidate *candidate)
{
    return candidate->document >= c->snapshot->catalog.tool_count && !is_called(candidate) &&
           candidate->score < LEAST_OF_COMPONENTS * c->ranking->candidates[0].score;
}

/* Chooses, beside what is chosen already, what the bounds have room for. */
static void choose(struct choosing *c, const struct bounds *bounds)
{
    for (uint32_t i = 0; i < c->ranking->count && c->matches < bounds->most; i++) {
        const struct fl_candidate *candidate = &c->ranking->candidates[i];
        uint32_t document = candidate->document;
        if (c->picks->taken[fl_document_node(c->snapshot, document)])
            continue;
        if (!is_called(candidate) && candidate->score < bounds->least_score)
            break;
        if (is_doubtful(c, candidate))
            continue;
        struct addition addition = measure(c->picks, c->snapshot, c->costs, document);
        if (c->matches && c->spent + addition.tokens > bounds->tokens) {
            give_back(c->picks, c->snapshot, document, addition.count);
            continue; /* a smaller one may still fit */
        }
        c->spent += addition.tokens;
        c->matches++;
        c->chosen[i] = true;
    }
}

/* Strategies are nested: each chooses what the next more daring one does, and then more, so that a
 * large tool, for which only the larger budget has room, pushes nothing out. */
static void choose_by_strategy(struct choosing *c, enum fl_strategy strategy)
{
    for (int s = FL_STRATEGY_AGGRESSIVE; s >= (int)strategy; s--) {
        struct bounds bounds = bounds_of((enum fl_strategy)s, c->ranking, c->costs);
        choose(c, &bounds);
    }
}

/* Tier 1, given as such, and what it needs: always there, whatever it costs. */
static int pack_core(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                     const struct fl_costs *costs)
{
    for (uint32_t t = 0; t < snapshot->catalog.tool_count; t++) {
        const struct fl_tool *tool = &snapshot->catalog.tools[t];
        if (tool->tier != 1 || tool->flags & FL_TOOL_TIER_INFERRED || picks->taken[t])
            continue;
        if (take(picks, snapshot, costs,
                 (struct fl_pick){t, UINT32_MAX, UINT32_MAX, FL_REASON_CORE}))
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
    struct choosing choosing = {picks, snapshot, ranking, costs, {false}, 0, 0};
    if (limits->top)
        choose(&choosing, &(struct bounds){limits->top, 0, UINT64_MAX});
    else if (limits->budget_tokens)
        choose(&choosing, &(struct bounds){FL_RANK_WIDTH, 0, limits->budget_tokens});
    else
        choose_by_strategy(&choosing, limits->strategy);
    memset(picks->taken, 0, snapshot->graph.node_count);
    for (uint32_t i = 0; i < ranking->count; i++) {
        const struct fl_candidate *c = &ranking->candidates[i];
        if (!choosing.chosen[i] || picks->taken[fl_document_node(snapshot, c->document)])
            continue;
        enum fl_reason reason = c->rule != UINT32_MAX                ? FL_REASON_RULE
                                : c->learned >= FL_LEARNED_CANDIDATE ? FL_REASON_LEARNED
                                                                     : FL_REASON_MATCH;
        if (take(picks, snapshot, costs, (struct fl_pick){c->document, i, UINT32_MAX, reason}))
            return -FL_ENOMEM;
    }
    return pack_core(picks, snapshot, costs);
}

int fl_pack_all(struct fl_picks *picks, const struct fl_snapshot *snapshot,
                const struct fl_costs *costs, const uint8_t *allowed)
{
    if (prepare(picks, snapshot))
        return -FL_ENOMEM;
    for (uint32_t d = 0; d < snapshot->document_count; d++) {
        struct fl_pick pick = {d, UINT32_MAX, UINT32_MAX, FL_REASON_FALLBACK};
        if (!allowed && push(picks, pick))
            return -FL_ENOMEM;
        if (allowed && allowed[d] && !picks->taken[fl_document_node(snapshot, d)] &&
            take(picks, snapshot, costs, pick))
            return -FL_ENOMEM;
    }
    return allowed ? pack_core(picks, snapshot, costs) : 0;
}
