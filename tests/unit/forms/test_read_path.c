/* test_read_path.c: files and folders, told apart by what they hold. */
#include "catalog_fixture.h"

static void test_folder(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "folder/"), 0);
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.component_count, 5);
    assert_int_equal(fixture->catalog.tool_count, 3);
    fixture_tool(fixture, "a/one");
    fixture_tool(fixture, "b/two");
    fixture_tool(fixture, "c/three");
    assert_string_equal(fixture_component(fixture, "d")->launch.command, "d-mcp");
    assert_int_equal(fixture_component(fixture, "e")->kind, FL_KIND_NATIVE);
    assert_int_equal(fixture->findings.count, 2);
    assert_int_equal(fixture->findings.items[0].severity, FL_SEVERITY_ERROR);
    assert_non_null(strstr(fixture->findings.items[0].path, "folder/f_broken.json"));
    assert_int_equal(fixture->findings.items[1].severity, FL_SEVERITY_WARNING);
    assert_non_null(strstr(fixture->findings.items[1].path, "g_unrelated.json"));
}

static void test_missing(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "nowhere.json"), -FL_ENOENT);
    assert_int_equal(fixture_read_input(fixture, "."), -FL_ENOENT); /* no catalogue files in it */
    assert_int_equal(fixture->findings.count, 0);
}

static void test_other_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "{\"name\": \"pkg\", \"version\": \"1.0.0\", \"description\": \"d\", \"keywords\": []}",
        "{}",
        "{\"mcp\": 1}",
        "{\"projects\": {\"a\": {}}}",
        "{\"tools\": {}}",
        "{\"result\": {\"tools\": []}}",
        "null",
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(fixture_read(fixture, "x.json", texts[i]), -FL_ENOTSUP);
    assert_int_equal(fixture_read(fixture, "x.toml", "a = 1"), -FL_ENOTSUP);
    assert_int_equal(fixture->catalog.component_count, 0);
    assert_int_equal(fixture->findings.count, 0);
}

static void test_form_by_content(void **state)
{
    static const struct {
        const char *path, *text;
        enum fl_source_form form;
    } cases[] = {
        {"x.json", "{\"name\": \"a\"}\n{\"name\": \"b\"}", FL_FORM_JSONL},
        {"x", "{\"name\": \"a\", \"description\": \"d\"}", FL_FORM_JSONL},
        {"x.json", "{\n\"name\": \"a\",\n\"parameters\": {}\n}", FL_FORM_JSONL},
        {"x", "{\"name\": \"a\", \"tier\": 2, \"depends_on\": []}", FL_FORM_JSONL},
        {"x.txt", "{\"tools\": []}", FL_FORM_TOOLS_LIST},
        {"x", "[]", FL_FORM_TOOLS_LIST},
        {"x.json", "{\"name\": \"c\", \"tools\": [{\"name\": \"a\"}]}", FL_FORM_MANIFEST},
        {"x.json", "[{\"name\": \"c\", \"kind\": \"native\"}]", FL_FORM_MANIFEST},
        {"x.json", "{\"components\": []}", FL_FORM_MANIFEST},
        {"x.json", "{\"mcpServers\": {}, \"tools\": [\"x\"]}", FL_FORM_CLIENT_CONFIG},
        {"x.json", "[{\"name\": \"c\", \"command\": \"x\"}]", FL_FORM_CLIENT_CONFIG},
        {"x", "[mcp_servers.a]\ncommand = \"x\"", FL_FORM_CLIENT_CONFIG},
        {"x", "# comment\nmcp_servers = {}", FL_FORM_CLIENT_CONFIG},
        {"x", "[[mcp_servers]]\nname = \"a\"\ncommand = \"x\"", FL_FORM_CLIENT_CONFIG},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        if (fixture_read(fixture, cases[i].path, cases[i].text))
            fail_msg("%s: %s", cases[i].text, fixture->err.message);
        assert_int_equal(fixture->form, cases[i].form);
        assert_int_equal(fixture->findings.errors, 0);
        fixture_teardown(&own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_folder),
        TEST(test_missing),
        TEST(test_form_by_content),
        TEST(test_other_json_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
