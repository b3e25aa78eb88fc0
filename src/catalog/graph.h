/* graph.h: who needs whom, as a compact adjacency list over dense indices.
 *
 * Nodes are tools [0, tool_count) and components [tool_count, tool_count + component_count). A tool
 * that names a component depends on that component; whether that exposes the component's tools is
 * the caller's decision. A name in a tool's depends_on is looked for as a full name, then as
 * another tool of its own component, then as a component, then as a bare name. */
#ifndef FL_CATALOG_GRAPH_H
#define FL_CATALOG_GRAPH_H

#include "catalog/catalog.h"

enum { FL_GRAPH_MAX_HEIGHT = 1000 }; /* nodes in the longest chain */

struct fl_graph {
    uint32_t node_count;
    uint32_t *first; /* node_count + 1 offsets into `targets` */
    uint32_t *targets;
};

/* Builds the graph of a finished catalogue. Missing or ambiguous names, cycles and chains that are
 * too long are reported with their whole path ("a → b → c → a"; "a → b → missing 'x'") and the
 * offending edge is left out, so that the result has no cycle. -FL_ENOMEM. */
int fl_graph_init(struct fl_graph *graph, const struct fl_catalog *catalog,
                  struct fl_findings *findings, struct fl_err *err);
void fl_graph_destroy(struct fl_graph *graph);

/* Writes the transitive closure of `root` without `root`, dependencies before dependants, at most
 * `capacity` nodes; returns how many there are (which may be more than `capacity`). `seen` holds
 * node_count bytes, zero at first; nodes whose byte is set are skipped, and it is set for those
 * that are visited, `root` among them: closures of several roots may share it. */
uint32_t fl_graph_closure(const struct fl_graph *graph, uint32_t root, uint8_t *seen,
                          uint32_t *ret_nodes, uint32_t capacity);

#endif
