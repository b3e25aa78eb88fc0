/* catalog_finish.c: from a heap of components and tools to a catalogue that can be read. */
#include "catalog/catalog.h"

#include "catalog/graph.h"
#include "catalog/infer.h"

#include <stdlib.h>

enum { COLLISIONS_LISTED = 100 };

/* A counting sort: tools side by side by component, otherwise in the order in which they came. */
static int group_tools(struct fl_catalog *catalog)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < catalog->component_count; i++) {
        catalog->components[i].first_tool = first;
        first += catalog->components[i].tool_count;
    }
    if (catalog->tool_count == 0 || catalog->component_count == 0)
        return 0;
    struct fl_tool *grouped = malloc(catalog->tool_count * sizeof *grouped);
    uint32_t *next = calloc(catalog->component_count, sizeof *next);
    if (!grouped || !next) {
        free(grouped);
        free(next);
        return -FL_ENOMEM;
    }
    for (uint32_t i = 0; i < catalog->tool_count; i++) {
        uint32_t component = catalog->tools[i].component;
        uint32_t place = catalog->components[component].first_tool + next[component]++;
        grouped[place] = catalog->tools[i];
    }
    free(next);
    free(catalog->tools);
    catalog->tools = grouped;
    catalog->tool_capacity = catalog->tool_count;
    return 0;
}

/* Full names are keys already; grouping has changed the values. */
static int index_tools(struct fl_catalog *catalog)
{
    fl_strmap_destroy(&catalog->tool_by_bare_name);
    for (uint32_t i = 0; i < catalog->tool_count; i++) {
        const struct fl_tool *tool = &catalog->tools[i];
        struct fl_str bare = fl_str_of(tool->name);
        bool taken = fl_strmap_get(&catalog->tool_by_bare_name, bare) != FL_STRMAP_NONE;
        if (fl_strmap_put(&catalog->tool_by_full_name, fl_str_of(tool->full_name), i) ||
            fl_strmap_put(&catalog->tool_by_bare_name, bare, taken ? FL_CATALOG_AMBIGUOUS : i))
            return -FL_ENOMEM;
    }
    return 0;
}

/* One note per name, where it is met first. `told` has the names that were told already. */
static int report_collisions(const struct fl_catalog *catalog, struct fl_findings *findings)
{
    struct fl_strmap told = {0};
    int rc = 0;
    for (uint32_t i = 0; i < catalog->tool_count && !rc; i++) {
        const struct fl_tool *tool = &catalog->tools[i];
        struct fl_str bare = fl_str_of(tool->name);
        if (fl_strmap_get(&catalog->tool_by_bare_name, bare) != FL_CATALOG_AMBIGUOUS ||
            fl_strmap_get(&told, bare) != FL_STRMAP_NONE)
            continue;
        if (told.count < COLLISIONS_LISTED)
            fl_findings_add(findings, FL_SEVERITY_NOTE, FL_EAMBIGUOUS, tool->source, tool->line,
                            tool->name,
                            "several components offer '%s' (the first is '%s'): it needs its full "
                            "name",
                            tool->name, catalog->components[tool->component].name);
        rc = fl_strmap_put(&told, bare, 0);
    }
    if (told.count > COLLISIONS_LISTED)
        fl_findings_add(findings, FL_SEVERITY_NOTE, FL_EAMBIGUOUS, "", 0, "",
                        "%u more names are offered by several components",
                        told.count - COLLISIONS_LISTED);
    fl_strmap_destroy(&told);
    return rc ? -FL_ENOMEM : 0;
}

static uint32_t component_node(const struct fl_catalog *catalog, const char *name)
{
    uint32_t index = fl_strmap_get(&catalog->component_by_name, fl_str_of(name));
    return index == FL_STRMAP_NONE ? UINT32_MAX : catalog->tool_count + index;
}

/* What `member`, which is `root` or is needed by it, must not be loaded with. */
static void report_rivals(const struct fl_catalog *catalog, uint32_t root, uint32_t member,
                          const uint8_t *needed, struct fl_findings *findings)
{
    const struct fl_component *component = &catalog->components[root - catalog->tool_count];
    const struct fl_component *rivals = &catalog->components[member - catalog->tool_count];
    for (uint32_t i = 0; i < rivals->conflicts.count; i++) {
        const char *name = rivals->conflicts.items[i];
        uint32_t rival = component_node(catalog, name);
        if (rival == UINT32_MAX) {
            if (member == root)
                fl_findings_add(findings, FL_SEVERITY_WARNING, FL_ENOENT, component->source, 0,
                                component->name, "conflicts with '%s', which does not exist", name);
        } else if (rival == member) {
            if (member == root)
                fl_findings_add(findings, FL_SEVERITY_ERROR, FL_ECONFLICT, component->source, 0,
                                component->name, "conflicts with itself");
        } else if (needed[rival]) {
            fl_findings_add(findings, FL_SEVERITY_ERROR, FL_ECONFLICT, component->source, 0,
                            component->name, "'%s' can never be loaded: '%s' conflicts with '%s'",
                            component->name, rivals->name, name);
        }
    }
}

/* A component that needs both ends of a conflict, or is one and needs the other, cannot be
 * loaded. */
static int report_conflicts(const struct fl_catalog *catalog, const struct fl_graph *graph,
                            struct fl_findings *findings)
{
    bool any = false;
    for (uint32_t i = 0; i < catalog->component_count; i++)
        any |= catalog->components[i].conflicts.count > 0;
    if (!any)
        return 0;
    uint8_t *needed = calloc((size_t)graph->node_count + 1, 1);
    uint32_t *nodes = malloc((size_t)catalog->component_count * sizeof *nodes);
    for (uint32_t i = 0; i < catalog->component_count && needed && nodes; i++) {
        uint32_t root = catalog->tool_count + i;
        uint32_t count = fl_graph_closure(graph, root, needed, nodes, catalog->component_count);
        report_rivals(catalog, root, root, needed, findings);
        for (uint32_t j = 0; j < count; j++)
            report_rivals(catalog, root, nodes[j], needed, findings);
        needed[root] = 0;
        for (uint32_t j = 0; j < count; j++)
            needed[nodes[j]] = 0;
    }
    int rc = needed && nodes ? 0 : -FL_ENOMEM;
    free(needed);
    free(nodes);
    return rc;
}

static int check_references(const struct fl_catalog *catalog, struct fl_findings *findings,
                            struct fl_err *err)
{
    struct fl_graph graph;
    int rc = fl_graph_init(&graph, catalog, findings, err);
    if (rc)
        return rc;
    rc = report_conflicts(catalog, &graph, findings);
    fl_graph_destroy(&graph);
    return rc ? fl_err_nomem(err) : 0;
}

int fl_catalog_finish(struct fl_catalog *catalog, struct fl_findings *findings, struct fl_err *err)
{
    if (catalog->finished)
        return 0;
    if (group_tools(catalog) || index_tools(catalog) || report_collisions(catalog, findings))
        return fl_err_nomem(err);
    fl_infer(catalog);
    int rc = check_references(catalog, findings, err);
    catalog->finished = !rc;
    return rc;
}
