/* test_infer.c: categories and tiers of tools that anyone would place the same way. */
#include "catalog_fixture.h"

#include "base/json.h"

#include <stdlib.h>

static const struct {
    const char *server, *name, *description, *category;
    int tier;
} cases[] = {
    {"filesystem", "read_file", "Read the contents of a file", "core", 1},
    {"filesystem", "write_file", "Create or replace a file", "core", 1},
    {"filesystem", "delete_file", "Remove a file", "core", 3},
    {"shell", "run_command", "Runs a command in the shell", "core", 1},
    {"github", "create_branch", "Create a new branch", "git", 2},
    {"tools", "createBranch", "Create a new branch", "git", 2},
    {"tools", "gitCommits", "", "git", 2},
    {"github", "get_file_contents", "Gets a file from a repository on GitHub", "git", 2},
    {"metrics", "query_metrics", "Statistics over time", "analysis", 2},
    {"debugger", "set-breakpoint", "Stops at a line", "debug", 2},
    {"runner", "run_tests", "Runs the tests and reports coverage", "test", 2},
    {"eslint", "lint-files", "Lints files", "quality", 2},
    {"scanner", "scan_vulnerabilities", "Security scan for vulnerability reports", "security", 2},
    {"k8s", "kubectl_delete", "Deletes pods in a cluster", "infrastructure", 3},
    {"weather", "get_forecast", "Tomorrow's weather", "external", 2},
    {"unknown", "frobnicate", "Does something", "external", 2},
    /* a word inside another one says nothing */
    {"x", "digital_clock", "testament of a committee", "external", 2},
};

static void test_table(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *line = json_pack("{ss ss ss}", "server", cases[i].server, "name", cases[i].name,
                                 "description", cases[i].description);
        char *text = json_dumps(line, JSON_COMPACT);
        assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
        free(text);
        json_decref(line);
    }
    fixture_finish(fixture);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_buf name = {0};
        fl_buf_printf(&name, "%s/%s", cases[i].server, cases[i].name);
        const struct fl_tool *tool = fixture_tool(fixture, fl_buf_text(&name));
        if (strcmp(tool->category, cases[i].category) != 0 || tool->tier != cases[i].tier)
            fail_msg("%s is %s, tier %d", fl_buf_text(&name), tool->category, tool->tier);
        assert_int_equal(tool->flags, FL_TOOL_CATEGORY_INFERRED | FL_TOOL_TIER_INFERRED);
        fl_buf_destroy(&name);
    }
}

static void test_given_ones_stay(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"name\": \"a\", \"category\": \"my own\", \"tier\": 3}\n"
                               "{\"name\": \"b\", \"category\": \"\", \"tier\": null}\n"
                               "{\"name\": \"c\", \"category\": 7, \"tier\": 4}\n";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    fixture_finish(fixture);
    const struct fl_tool *tools = fixture->catalog.tools;
    assert_string_equal(tools[0].category, "my own");
    assert_int_equal(tools[0].tier, 3);
    assert_int_equal(tools[0].flags, 0);
    for (int i = 1; i < 3; i++)
        assert_int_equal(tools[i].flags, FL_TOOL_CATEGORY_INFERRED | FL_TOOL_TIER_INFERRED);
    assert_int_equal(fixture->findings.warnings, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_table), TEST(test_given_ones_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
