/* test_catalog.c: adding, finishing, finding. */
#include "catalog_fixture.h"

#include <stdio.h>

static uint32_t add_component(struct fixture *fixture, const char *name)
{
    uint32_t index = UINT32_MAX;
    struct fl_component component = {.name = name, .priority = FL_PRIORITY_MEDIUM};
    assert_int_equal(fl_catalog_add_component(&fixture->catalog, &component, &index, &fixture->err),
                     0);
    return index;
}

static int add_tool(struct fixture *fixture, uint32_t component, const char *name)
{
    struct fl_tool tool = {.component = component, .name = name};
    return fl_catalog_add_tool(&fixture->catalog, &tool, &fixture->err);
}

static void test_empty(void **state)
{
    struct fixture *fixture = *state;
    uint32_t index;
    fixture_finish(fixture);
    assert_int_equal(fl_catalog_find_tool(&fixture->catalog, "x", &index, NULL), -FL_ENOENT);
    assert_int_equal(fl_catalog_find_component(&fixture->catalog, "", &index, NULL), -FL_ENOENT);
    fl_catalog_destroy(NULL);
    fl_findings_destroy(NULL);
}

static void test_copies_are_its_own(void **state)
{
    struct fixture *fixture = *state;
    char name[] = "server";
    const char *const words[] = {name};
    struct fl_component component = {.name = name, .keywords = {words, 1}, .version = name};
    uint32_t index;
    assert_int_equal(fl_catalog_add_component(&fixture->catalog, &component, &index, NULL), 0);
    struct fl_tool tool = {.component = index, .name = name, .keywords = {words, 1}};
    assert_int_equal(fl_catalog_add_tool(&fixture->catalog, &tool, NULL), 0);
    memset(name, 'x', sizeof name - 1);
    fixture_finish(fixture);
    const struct fl_tool *found = fixture_tool(fixture, "server/server");
    assert_string_equal(found->name, "server");
    assert_string_equal(found->keywords.items[0], "server");
    assert_string_equal(found->description, "");
    assert_string_equal(found->parameter_names, "");
    assert_null(found->definition);
    assert_string_equal(fixture_component(fixture, "server")->keywords.items[0], "server");
    assert_string_equal(fixture_component(fixture, "server")->version, "server");
    assert_string_equal(fixture_component(fixture, "server")->pool, "general");
}

static void test_duplicates(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = add_component(fixture, "a");
    struct fl_component again = {.name = "a"};
    uint32_t index = UINT32_MAX;
    assert_int_equal(fl_catalog_add_component(&fixture->catalog, &again, &index, &fixture->err),
                     -FL_EEXIST);
    assert_int_equal(index, a);
    assert_int_equal(add_tool(fixture, a, "t"), 0);
    assert_int_equal(add_tool(fixture, a, "t"), -FL_EEXIST);
    uint32_t nested = add_component(fixture, "a/b");
    assert_int_equal(add_tool(fixture, a, "b/c"), 0);
    assert_int_equal(add_tool(fixture, nested, "c"), -FL_EEXIST); /* one full name, two tools */
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.tool_count, 2);
}

static void test_names(void **state)
{
    struct fixture *fixture = *state;
    char long_name[FL_CATALOG_MAX_NAME_BYTES + 2];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const char *const bad[] = {"", "a\nb", "\x7f", "\xc2\x85", "\xff", long_name, NULL};
    uint32_t a = add_component(fixture, "a");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t index;
        struct fl_component component = {.name = bad[i]};
        assert_int_equal(add_tool(fixture, a, bad[i]), -FL_EINVAL);
        assert_int_equal(fl_catalog_add_component(&fixture->catalog, &component, &index, NULL),
                         -FL_EINVAL);
    }
    long_name[sizeof long_name - 2] = '\0';
    const char *const good[] = {"x/y.z", "with space", "!", "übersetzen", "検索", long_name};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(add_tool(fixture, a, good[i]), 0);
    assert_int_equal(add_tool(fixture, 99, "t"), -FL_EINVAL);
    fixture_finish(fixture);
    assert_string_equal(fixture_tool(fixture, "x/y.z")->full_name, "a/x/y.z");
    assert_string_equal(fixture_tool(fixture, "a/検索")->name, "検索");
}

static void test_grouping_keeps_order(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = add_component(fixture, "a"), b = add_component(fixture, "b"),
             empty = add_component(fixture, "empty"), c = add_component(fixture, "c");
    const uint32_t components[] = {c, a, b, a, c, b, a};
    char name[] = "t0";
    for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
        name[1] = (char)('0' + i);
        assert_int_equal(add_tool(fixture, components[i], name), 0);
    }
    fixture_finish(fixture);
    const char *const expected[] = {"a/t1", "a/t3", "a/t6", "b/t2", "b/t5", "c/t0", "c/t4"};
    for (uint32_t i = 0; i < 7; i++) {
        uint32_t index;
        assert_string_equal(fixture->catalog.tools[i].full_name, expected[i]);
        assert_int_equal(fl_catalog_find_tool(&fixture->catalog, expected[i], &index, NULL), 0);
        assert_int_equal(index, i);
    }
    assert_int_equal(fixture->catalog.components[empty].tool_count, 0);
    assert_int_equal(fixture->catalog.components[b].first_tool, 3);
    assert_int_equal(fixture->catalog.components[b].tool_count, 2);
    assert_int_equal(add_tool(fixture, a, "late"), -FL_EINVAL);
    fixture_finish(fixture); /* once more does nothing */
}

static void test_bare_names(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = add_component(fixture, "a"), b = add_component(fixture, "b");
    assert_int_equal(add_tool(fixture, a, "search"), 0);
    assert_int_equal(add_tool(fixture, b, "search"), 0);
    assert_int_equal(add_tool(fixture, b, "only"), 0);
    assert_int_equal(add_tool(fixture, b, "a/search"), 0); /* its bare name is a full name */
    fixture_finish(fixture);
    uint32_t index;
    assert_int_equal(fl_catalog_find_tool(&fixture->catalog, "search", &index, &fixture->err),
                     -FL_EAMBIGUOUS);
    assert_non_null(strstr(fixture->err.message, "a/search, b/search"));
    assert_string_equal(fixture_tool(fixture, "only")->full_name, "b/only");
    assert_string_equal(fixture_tool(fixture, "a/search")->full_name, "a/search");
    assert_string_equal(fixture_tool(fixture, "b/a/search")->full_name, "b/a/search");
    const struct fl_finding *note = fixture_finding(fixture, "several components");
    assert_non_null(note);
    assert_int_equal(note->severity, FL_SEVERITY_NOTE);
    assert_int_equal(fixture->findings.count, 1);
}

static void test_many_collisions_are_counted(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = add_component(fixture, "a"), b = add_component(fixture, "b");
    char name[16];
    for (int i = 0; i < 250; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(add_tool(fixture, a, name), 0);
        assert_int_equal(add_tool(fixture, b, name), 0);
    }
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.count, 101);
    assert_non_null(fixture_finding(fixture, "150 more names"));
}

static void test_conflicts(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"components\": ["
        "{\"name\": \"a\", \"kind\": \"native\", \"conflicts\": [\"b\", \"nobody\"]},"
        "{\"name\": \"b\", \"kind\": \"native\", \"depends_on\": [\"c\"]},"
        "{\"name\": \"c\", \"kind\": \"native\", \"conflicts\": [\"c\"]},"
        "{\"name\": \"d\", \"kind\": \"native\", \"depends_on\": [\"a\", \"b\"]},"
        "{\"name\": \"e\", \"kind\": \"native\", \"depends_on\": [\"b\"], \"conflicts\": \"c\"}]}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.count, 4);
    assert_string_equal(fixture_finding(fixture, "does not exist")->subject, "a");
    assert_string_equal(fixture_finding(fixture, "with itself")->subject, "c");
    assert_non_null(fixture_finding(fixture, "'d' can never be loaded: 'a' conflicts with 'b'"));
    assert_non_null(fixture_finding(fixture, "'e' can never be loaded: 'e' conflicts with 'c'"));
}

static void test_complete(void **state)
{
    struct fixture *fixture = *state;
    uint32_t a = add_component(fixture, "a");
    struct fl_component more = {.name = "a",
                                .title = "A",
                                .description = "of the alphabet",
                                .launch = {.command = "run", .transport = "stdio"}};
    assert_int_equal(fl_catalog_complete_component(&fixture->catalog, a, &more, NULL), 0);
    more.title = "other";
    assert_int_equal(fl_catalog_complete_component(&fixture->catalog, a, &more, NULL), -FL_EEXIST);
    const struct fl_component *component = &fixture->catalog.components[a];
    assert_string_equal(component->title, "A");
    assert_int_equal(component->kind, FL_KIND_MCP);
    assert_string_equal(component->launch.command, "run");
}

static void test_findings(void **state)
{
    struct fixture *fixture = *state;
    struct fl_findings *findings = &fixture->findings;
    fl_findings_add(NULL, FL_SEVERITY_ERROR, 1, "p", 1, "s", "m");
    fl_findings_add(findings, FL_SEVERITY_ERROR, -FL_EPARSE, NULL, 3, NULL, "a\nb\x1b[31m %s",
                    "\xff\xc2\x9b\xc3\xa9");
    assert_int_equal(findings->items[0].code, FL_EPARSE);
    assert_string_equal(findings->items[0].path, "");
    assert_string_equal(findings->items[0].subject, "");
    assert_string_equal(findings->items[0].message, "a?b?[31m ???\xc3\xa9");
    for (int i = 1; i < FL_FINDINGS_MAX + 5; i++)
        fl_findings_add(findings, FL_SEVERITY_WARNING, 0, "p", 0, "s", "%d", i);
    assert_int_equal(findings->count, FL_FINDINGS_MAX);
    assert_int_equal(findings->dropped, 5);
    assert_int_equal(findings->errors, 1);
    assert_int_equal(findings->warnings, FL_FINDINGS_MAX + 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_empty),
        TEST(test_copies_are_its_own),
        TEST(test_duplicates),
        TEST(test_names),
        TEST(test_grouping_keeps_order),
        TEST(test_bare_names),
        TEST(test_many_collisions_are_counted),
        TEST(test_conflicts),
        TEST(test_complete),
        TEST(test_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
