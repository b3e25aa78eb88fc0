/* graph.c: see graph.h.
 *
 * Building takes two walks. The first resolves names into edges. The second is a depth-first search
 * with its own stack, from nodes that nobody depends on first, so that reported paths start where a
 * user would; it drops the edges that close a cycle or make a chain too long, and then the edge
 * list is squeezed. */
#include "catalog/graph.h"

#include "base/buf.h"

#include <stdlib.h>

/* In place of a node; the maps' own values, which resolve() passes through. */
#define MISSING   FL_STRMAP_NONE
#define AMBIGUOUS FL_CATALOG_AMBIGUOUS
#define DROPPED   UINT32_MAX
enum { FIRST_TARGETS = 64, PATH_NODES_SHOWN = 64 };

enum visit_state { UNSEEN, ON_PATH, DONE };

struct frame {
    uint32_t node, next_edge;
};

struct build {
    struct fl_graph *graph;
    const struct fl_catalog *catalog;
    struct fl_findings *findings;
    uint32_t target_count, target_capacity;
    uint32_t *last_source; /* by node: 1 + the node that got an edge to it last; finds duplicates */
    uint32_t *users;       /* by node: edges into it */
    uint32_t *height;      /* by node: nodes in the longest chain from it */
    uint8_t *state;        /* by node: enum visit_state */
    struct frame *path;
    uint32_t path_len;
};

void fl_graph_destroy(struct fl_graph *graph)
{
    if (!graph)
        return;
    free(graph->first);
    free(graph->targets);
    *graph = (struct fl_graph){0};
}

static const char *node_name(const struct fl_catalog *catalog, uint32_t node)
{
    return node < catalog->tool_count ? catalog->tools[node].full_name
                                      : catalog->components[node - catalog->tool_count].name;
}

static struct fl_names node_dependencies(const struct fl_catalog *catalog, uint32_t node)
{
    return node < catalog->tool_count ? catalog->tools[node].depends_on
                                      : catalog->components[node - catalog->tool_count].depends_on;
}

static uint32_t find_sibling(const struct fl_catalog *catalog, const struct fl_tool *tool,
                             const char *name)
{
    char full[2 * FL_CATALOG_MAX_NAME_BYTES + 2];
    size_t component_len = (size_t)(tool->name - tool->full_name); /* with its '/' */
    size_t len = strlen(name);
    if (component_len + len > sizeof full)
        return MISSING;
    memcpy(full, tool->full_name, component_len);
    memcpy(full + component_len, name, len);
    return fl_strmap_get(&catalog->tool_by_full_name, (struct fl_str){full, component_len + len});
}

static uint32_t find_component_node(const struct fl_catalog *catalog, const char *name)
{
    uint32_t index = fl_strmap_get(&catalog->component_by_name, fl_str_of(name));
    return index == FL_STRMAP_NONE ? MISSING : catalog->tool_count + index;
}

/* The node that `name` means to `node`, MISSING or AMBIGUOUS. */
static uint32_t resolve(const struct fl_catalog *catalog, uint32_t node, const char *name)
{
    if (node >= catalog->tool_count)
        return find_component_node(catalog, name);
    uint32_t found = fl_strmap_get(&catalog->tool_by_full_name, fl_str_of(name));
    if (found == FL_STRMAP_NONE)
        found = find_sibling(catalog, &catalog->tools[node], name);
    if (found == FL_STRMAP_NONE)
        found = find_component_node(catalog, name);
    if (found == FL_STRMAP_NONE)
        found = fl_strmap_get(&catalog->tool_by_bare_name, fl_str_of(name));
    return found;
}

static int add_target(struct build *build, uint32_t target)
{
    if (build->target_count == build->target_capacity) {
        uint32_t capacity = build->target_capacity ? build->target_capacity * 2 : FIRST_TARGETS;
        uint32_t *grown = realloc(build->graph->targets, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        build->graph->targets = grown;
        build->target_capacity = capacity;
    }
    build->graph->targets[build->target_count++] = target;
    return 0;
}

static int collect_edges(struct build *build)
{
    struct fl_graph *graph = build->graph;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        graph->first[node] = build->target_count;
        struct fl_names names = node_dependencies(build->catalog, node);
        for (uint32_t i = 0; i < names.count; i++) {
            uint32_t target = resolve(build->catalog, node, names.items[i]);
            if (target == MISSING || target == AMBIGUOUS || build->last_source[target] == node + 1)
                continue;
            build->last_source[target] = node + 1;
            build->users[target]++;
            if (add_target(build, target))
                return -FL_ENOMEM;
        }
    }
    graph->first[graph->node_count] = build->target_count;
    return 0;
}

/* "a → b → " from the path's `from`th node on; a very long path loses its middle. */
static void append_path(struct build *build, uint32_t from, struct fl_buf *buf)
{
    uint32_t len = build->path_len - from;
    uint32_t gap_start = len > PATH_NODES_SHOWN ? from + PATH_NODES_SHOWN / 2 : UINT32_MAX;
    uint32_t gap_end = build->path_len - PATH_NODES_SHOWN / 2;
    for (uint32_t i = from; i < build->path_len; i++) {
        if (i == gap_start) {
            fl_buf_printf(buf, "(%u more) → ", gap_end - gap_start);
            i = gap_end;
        }
        fl_buf_append_str(buf, node_name(build->catalog, build->path[i].node));
        fl_buf_append_str(buf, " → ");
    }
}

/* The path from its `from`th node on, then what it leads to. */
static int report_path(struct build *build, int code, uint32_t from, const char *what,
                       const char *name, const char *quote)
{
    struct fl_buf buf = {0};
    append_path(build, from, &buf);
    fl_buf_printf(&buf, "%s%s%s%s", what, quote, name, quote);
    bool failed = fl_buf_failed(&buf);
    if (!failed)
        fl_findings_add(build->findings, FL_SEVERITY_ERROR, code, "", 0,
                        node_name(build->catalog, build->path[build->path_len - 1].node), "%s",
                        buf.ptr);
    fl_buf_destroy(&buf);
    return failed ? -FL_ENOMEM : 0;
}

static int report_unresolved(struct build *build, uint32_t node)
{
    struct fl_names names = node_dependencies(build->catalog, node);
    for (uint32_t i = 0; i < names.count; i++) {
        uint32_t target = resolve(build->catalog, node, names.items[i]);
        int rc = 0;
        if (target == MISSING)
            rc = report_path(build, FL_ENOENT, 0, "missing ", names.items[i], "'");
        else if (target == AMBIGUOUS)
            rc = report_path(build, FL_EAMBIGUOUS, 0, "ambiguous ", names.items[i], "'");
        if (rc)
            return rc;
    }
    return 0;
}

static int report_cycle(struct build *build, uint32_t target)
{
    uint32_t start = build->path_len;
    while (build->path[--start].node != target)
        ;
    return report_path(build, FL_ECYCLE, start, "", node_name(build->catalog, target), "");
}

static int enter(struct build *build, uint32_t node)
{
    build->state[node] = ON_PATH;
    build->height[node] = 1;
    build->path[build->path_len++] = (struct frame){node, build->graph->first[node]};
    return report_unresolved(build, node);
}

/* Judges an edge whose target is finished or on the path; a bad one is dropped. */
static int settle_edge(struct build *build, uint32_t node, uint32_t edge)
{
    uint32_t target = build->graph->targets[edge];
    int rc = 0;
    if (build->state[target] == ON_PATH) {
        rc = report_cycle(build, target);
        build->graph->targets[edge] = DROPPED;
    } else if (build->height[target] >= FL_GRAPH_MAX_HEIGHT) {
        rc = report_path(build, FL_ELIMIT, 0,
                         "more than the permitted chain: ", node_name(build->catalog, target), "");
        build->graph->targets[edge] = DROPPED;
    } else if (build->height[node] <= build->height[target]) {
        build->height[node] = build->height[target] + 1;
    }
    return rc;
}

static int search_from(struct build *build, uint32_t root)
{
    int rc = enter(build, root);
    while (!rc && build->path_len > 0) {
        struct frame *top = &build->path[build->path_len - 1];
        if (top->next_edge == build->graph->first[top->node + 1]) {
            build->state[top->node] = DONE;
            build->path_len--;
            continue;
        }
        uint32_t edge = top->next_edge;
        uint32_t target = build->graph->targets[edge];
        if (build->state[target] == UNSEEN) {
            rc = enter(build, target); /* the edge is looked at again afterwards */
        } else {
            top->next_edge++;
            rc = settle_edge(build, top->node, edge);
        }
    }
    return rc;
}

static int search_all(struct build *build)
{
    for (int wanted = 0; wanted < 2; wanted++) /* nodes without users, then what cycles hide */
        for (uint32_t node = 0; node < build->graph->node_count; node++) {
            if (build->state[node] != UNSEEN || (wanted == 0 && build->users[node] > 0))
                continue;
            int rc = search_from(build, node);
            if (rc)
                return rc;
        }
    return 0;
}

static void squeeze(struct fl_graph *graph)
{
    uint32_t kept = 0;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t edge = graph->first[node];
        graph->first[node] = kept;
        for (; edge < graph->first[node + 1]; edge++)
            if (graph->targets[edge] != DROPPED)
                graph->targets[kept++] = graph->targets[edge];
    }
    graph->first[graph->node_count] = kept;
}

int fl_graph_init(struct fl_graph *graph, const struct fl_catalog *catalog,
                  struct fl_findings *findings, struct fl_err *err)
{
    *graph = (struct fl_graph){.node_count = catalog->tool_count + catalog->component_count};
    size_t slots = (size_t)graph->node_count + 1;
    struct build build = {
        .graph = graph,
        .catalog = catalog,
        .findings = findings,
        .last_source = calloc(slots, sizeof *build.last_source),
        .users = calloc(slots, sizeof *build.users),
        .height = calloc(slots, sizeof *build.height),
        .state = calloc(slots, sizeof *build.state),
        .path = calloc(slots, sizeof *build.path),
    };
    graph->first = calloc(slots, sizeof *graph->first);
    int rc = 0;
    if (!build.last_source || !build.users || !build.height || !build.state || !build.path ||
        !graph->first)
        rc = -FL_ENOMEM;
    if (!rc)
        rc = collect_edges(&build);
    if (!rc)
        rc = search_all(&build);
    if (!rc)
        squeeze(graph);
    free(build.last_source);
    free(build.users);
    free(build.height);
    free(build.state);
    free(build.path);
    if (rc) {
        fl_graph_destroy(graph);
        return fl_err_nomem(err);
    }
    return 0;
}

struct closure {
    const struct fl_graph *graph;
    uint8_t *seen;
    uint32_t *nodes;
    uint32_t count, capacity;
};

/* Recurses at most FL_GRAPH_MAX_HEIGHT times: the graph has no longer chain. */
static void visit_dependencies(struct closure *closure, uint32_t node)
{
    const struct fl_graph *graph = closure->graph;
    for (uint32_t edge = graph->first[node]; edge < graph->first[node + 1]; edge++) {
        uint32_t target = graph->targets[edge];
        if (closure->seen[target])
            continue;
        closure->seen[target] = 1;
        visit_dependencies(closure, target);
        if (closure->count < closure->capacity)
            closure->nodes[closure->count] = target;
        closure->count++;
    }
}

uint32_t fl_graph_closure(const struct fl_graph *graph, uint32_t root, uint8_t *seen,
                          uint32_t *ret_nodes, uint32_t capacity)
{
    struct closure closure = {graph, seen, ret_nodes, 0, capacity};
    seen[root] = 1;
    visit_dependencies(&closure, root);
    return closure.count;
}
