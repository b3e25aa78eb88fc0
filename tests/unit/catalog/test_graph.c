/* test_graph.c: references between tools and components; random graphs against plain search. */
#include "catalog_fixture.h"

#include "catalog/graph.h"

#include <stdlib.h>

static uint32_t tool_index(const struct fixture *fixture, const char *name)
{
    return (uint32_t)(fixture_tool(fixture, name) - fixture->catalog.tools);
}

/* The closure of a tool as names, "a/x a/y c". */
static void describe_closure(const struct fixture *fixture, const char *tool, struct fl_buf *buf)
{
    struct fl_graph graph;
    assert_int_equal(fl_graph_init(&graph, &fixture->catalog, NULL, NULL), 0);
    uint8_t *seen = calloc(graph.node_count, 1);
    uint32_t *nodes = calloc(graph.node_count, sizeof *nodes);
    uint32_t count =
        fl_graph_closure(&graph, tool_index(fixture, tool), seen, nodes, graph.node_count);
    for (uint32_t i = 0; i < count; i++) {
        const struct fl_catalog *catalog = &fixture->catalog;
        fl_buf_printf(buf, "%s%s", i ? " " : "",
                      nodes[i] < catalog->tool_count
                          ? catalog->tools[nodes[i]].full_name
                          : catalog->components[nodes[i] - catalog->tool_count].name);
    }
    free(seen);
    free(nodes);
    fl_graph_destroy(&graph);
}

static void assert_closure(const struct fixture *fixture, const char *tool, const char *expected)
{
    struct fl_buf buf = {0};
    describe_closure(fixture, tool, &buf);
    assert_string_equal(fl_buf_text(&buf), expected);
    fl_buf_destroy(&buf);
}

static void test_names_resolve(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"name\": \"one\", \"server\": \"a\", \"depends_on\": [\"two\", \"b/two\"]}\n"
        "{\"name\": \"two\", \"server\": \"a\"}\n"
        "{\"name\": \"two\", \"server\": \"b\", \"depends_on\": \"three\"}\n"
        "{\"name\": \"three\", \"server\": \"c\", \"depends_on\": [\"b\"]}\n"
        "{\"name\": \"b\", \"server\": \"c\"}\n"
        "{\"name\": \"four\", \"server\": \"d\", \"depends_on\": [\"b\", \"b\", \"a\"]}\n";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.errors, 0);
    /* "two" is a sibling of a/one; "b" is a sibling of c/three, but a component to d/four */
    assert_closure(fixture, "one", "a/two c/b c/three b/two");
    assert_closure(fixture, "four", "b a");
}

static void test_missing_and_ambiguous(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"name\": \"b\", \"server\": \"s\", \"depends_on\": [\"x\", \"c\"]}\n"
        "{\"name\": \"a\", \"server\": \"s\", \"depends_on\": [\"b\"]}\n"
        "{\"name\": \"c\", \"server\": \"s\", \"depends_on\": [\"twice\"]}\n"
        "{\"name\": \"twice\", \"server\": \"p\"}\n{\"name\": \"twice\", \"server\": \"q\"}\n";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    fixture_finish(fixture);
    const struct fl_finding *missing = fixture_finding(fixture, "missing");
    assert_non_null(missing);
    assert_string_equal(missing->message, "s/a → s/b → missing 'x'");
    assert_string_equal(missing->subject, "s/b");
    assert_int_equal(missing->code, FL_ENOENT);
    assert_non_null(fixture_finding(fixture, "s/a → s/b → s/c → ambiguous 'twice'"));
    assert_int_equal(fixture->findings.errors, 2);
    assert_closure(fixture, "a", "s/c s/b");
}

static void test_cycles(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"components\": ["
        "{\"name\": \"self\", \"depends_on\": [\"self\"], \"kind\": \"native\"},"
        "{\"name\": \"a\", \"depends_on\": [\"b\"], \"kind\": \"native\"},"
        "{\"name\": \"b\", \"depends_on\": [\"c\"], \"kind\": \"native\"},"
        "{\"name\": \"c\", \"depends_on\": [\"a\", \"d\"], \"kind\": \"native\"},"
        "{\"name\": \"d\", \"kind\": \"native\"},"
        "{\"name\": \"user\", \"depends_on\": [\"b\"], \"kind\": \"native\"}]}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.errors, 2);
    assert_non_null(fixture_finding(fixture, "self → self"));
    const struct fl_finding *cycle = fixture_finding(fixture, "b → c → a → b");
    assert_non_null(cycle);
    assert_int_equal(cycle->code, FL_ECYCLE);
}

static void test_long_chain(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    enum { LENGTH = 5000 };
    for (int i = 0; i < LENGTH; i++)
        fl_buf_printf(&text, "{\"name\": \"t%d\", \"depends_on\": [\"%s%d\"]}\n", i,
                      i + 1 < LENGTH ? "t" : "none", i + 1);
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    fixture_finish(fixture);
    assert_non_null(fixture_finding(fixture, " more) → "));
    struct fl_graph graph;
    assert_int_equal(fl_graph_init(&graph, &fixture->catalog, NULL, NULL), 0);
    uint8_t *seen = calloc(graph.node_count, 1);
    uint32_t first = 0;
    uint32_t count = fl_graph_closure(&graph, tool_index(fixture, "t0"), seen, &first, 1);
    assert_true(count > 0 && count < FL_GRAPH_MAX_HEIGHT);
    assert_int_equal(first, count); /* the end of the chain comes first */
    free(seen);
    fl_graph_destroy(&graph);
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

/* Which nodes `root` reaches, by repeating until nothing changes. */
static void reach(const uint8_t *edges, uint32_t nodes, uint32_t root, uint8_t *reached)
{
    memset(reached, 0, nodes);
    reached[root] = 1;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < nodes; i++)
            for (uint32_t j = 0; j < nodes; j++)
                if (reached[i] && edges[i * nodes + j] && !reached[j]) {
                    reached[j] = 1;
                    changed = true;
                }
    }
}

static bool has_cycle(const uint8_t *edges, uint32_t nodes)
{
    uint8_t reached[64];
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t j = 0; j < nodes; j++)
            if (edges[i * nodes + j]) {
                reach(edges, nodes, j, reached);
                if (reached[i])
                    return true;
            }
    return false;
}

static void build_random(struct fixture *fixture, const uint8_t *edges, uint32_t nodes)
{
    struct fl_buf text = {0};
    for (uint32_t i = 0; i < nodes; i++) {
        fl_buf_printf(&text, "{\"name\": \"t%u\", \"server\": \"s\", \"depends_on\": [", i);
        bool comma = false;
        for (uint32_t j = 0; j < nodes; j++)
            if (edges[i * nodes + j]) {
                fl_buf_printf(&text, "%s\"t%u\"", comma ? ", " : "", j);
                comma = true;
            }
        fl_buf_append_str(&text, "]}\n");
    }
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    fixture_finish(fixture);
}

/* Edges that were kept, as a matrix again. */
static void kept_edges(const struct fl_graph *graph, uint32_t nodes, uint8_t *edges)
{
    memset(edges, 0, (size_t)nodes * nodes);
    for (uint32_t i = 0; i < nodes; i++)
        for (uint32_t e = graph->first[i]; e < graph->first[i + 1]; e++)
            edges[i * nodes + graph->targets[e]] = 1;
}

/* Everything that is reached, once, dependencies before dependants, and nothing else. */
static bool is_closure(const uint8_t *edges, uint32_t nodes, uint32_t root, const uint32_t *order,
                       uint32_t count)
{
    uint8_t reached[64];
    uint32_t place[64] = {0};
    reach(edges, nodes, root, reached);
    uint32_t expected = 0;
    for (uint32_t i = 0; i < nodes; i++)
        expected += i != root && reached[i];
    if (count != expected)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (!reached[order[i]] || order[i] == root || place[order[i]])
            return false;
        place[order[i]] = i + 1;
    }
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < nodes; j++)
            if (edges[order[i] * nodes + j] && (place[j] == 0 || place[j] > i))
                return false;
    return true;
}

static bool closures_agree(const struct fl_graph *graph, const uint8_t *edges, uint32_t nodes)
{
    for (uint32_t root = 0; root < nodes; root++) {
        uint8_t seen[64] = {0};
        uint32_t order[64];
        uint32_t count = fl_graph_closure(graph, root, seen, order, 64);
        if (!is_closure(edges, nodes, root, order, count))
            return false;
    }
    return true;
}

/* No cycle is left, and where there was none nothing was dropped. */
static bool kept_what_it_should(const struct fixture *fixture, const uint8_t *edges,
                                const uint8_t *kept, uint32_t nodes)
{
    if (has_cycle(kept, nodes))
        return false;
    if (has_cycle(edges, nodes))
        return fixture->findings.errors > 0;
    return fixture->findings.errors == 0 && memcmp(kept, edges, (size_t)nodes * nodes) == 0;
}

static void test_random_graphs(void **state)
{
    (void)state;
    for (uint64_t run = 0; run < 200; run++) {
        uint64_t seed = run;
        uint32_t nodes = 1 + next_random(&seed) % 14;
        uint32_t density = next_random(&seed) % 40;
        bool acyclic = run % 2;
        uint8_t edges[64 * 64] = {0}, kept[64 * 64];
        for (uint32_t i = 0; i < nodes; i++)
            for (uint32_t j = acyclic ? i + 1 : 0; j < nodes; j++)
                edges[i * nodes + j] = next_random(&seed) % 100 < density;
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        build_random(fixture, edges, nodes);
        struct fl_graph graph;
        assert_int_equal(fl_graph_init(&graph, &fixture->catalog, NULL, NULL), 0);
        kept_edges(&graph, nodes, kept);
        if (!kept_what_it_should(fixture, edges, kept, nodes) ||
            !closures_agree(&graph, kept, nodes))
            fail_msg("seed %u", (unsigned)run);
        fl_graph_destroy(&graph);
        fixture_teardown(&own);
    }
}

/* Closures that share `seen` never give a node twice. */
static void test_shared_closures(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"name\": \"a\", \"depends_on\": [\"c\"]}\n"
                               "{\"name\": \"b\", \"depends_on\": [\"c\", \"a\"]}\n"
                               "{\"name\": \"c\"}\n";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    fixture_finish(fixture);
    struct fl_graph graph;
    assert_int_equal(fl_graph_init(&graph, &fixture->catalog, NULL, NULL), 0);
    uint8_t seen[4] = {0};
    uint32_t nodes[4];
    assert_int_equal(fl_graph_closure(&graph, 0, seen, nodes, 4), 1);
    assert_int_equal(fl_graph_closure(&graph, 1, seen, nodes, 4), 0);
    assert_int_equal(seen[0] + seen[1] + seen[2], 3);
    fl_graph_destroy(&graph);
    fl_graph_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names_resolve), TEST(test_missing_and_ambiguous), TEST(test_cycles),
        TEST(test_long_chain),    TEST(test_random_graphs),         TEST(test_shared_closures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
