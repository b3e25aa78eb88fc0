/* test_read_tools.c: tools/list results, alone and with what the server said of itself. */
#include "catalog_fixture.h"

static void test_whole_listing(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"server\": \"git\", \"serverInfo\": {\"name\": \"git-mcp\", \"title\": \"Git\", "
        "\"version\": \"1.2\"}, \"instructions\": \"Use it well\",\n \"tools\": [\n"
        "{\"name\": \"push\", \"title\": \"Push\", \"description\": \"Pushes\", \"inputSchema\": "
        "{\"type\": \"object\", \"properties\": {\"remote\": {\"type\": \"string\"}}}, "
        "\"annotations\": {\"destructiveHint\": true, \"readOnlyHint\": false}, "
        "\"outputSchema\": {\"type\": \"object\"}, \"x-own\": [ 1.50 ]},\n"
        "{\"name\": \"log\", \"annotations\": {\"title\": \"Log\", \"readOnlyHint\": true}}]}";
    assert_int_equal(fixture_read(fixture, "other.json", text), 0);
    assert_int_equal(fixture->form, FL_FORM_TOOLS_LIST);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.count, 0);
    const struct fl_component *git = fixture_component(fixture, "git");
    assert_string_equal(git->title, "Git");
    assert_string_equal(git->version, "1.2");
    assert_string_equal(git->description, "Use it well");
    assert_string_equal(git->source, "other.json");
    const struct fl_tool *push = fixture_tool(fixture, "git/push");
    assert_string_equal(push->title, "Push");
    assert_int_equal(push->line, 3);
    assert_int_equal(push->flags & (FL_TOOL_READ_ONLY | FL_TOOL_DESTRUCTIVE), FL_TOOL_DESTRUCTIVE);
    assert_string_equal(
        push->definition,
        "{\"name\":\"push\",\"title\":\"Push\",\"description\":\"Pushes\",\"inputSchema\":{"
        "\"type\":\"object\",\"properties\":{\"remote\":{\"type\":\"string\"}}},\"annotations\":{"
        "\"destructiveHint\":true,\"readOnlyHint\":false},\"outputSchema\":{\"type\":\"object\"},"
        "\"x-own\":[1.50]}");
    const struct fl_tool *log = fixture_tool(fixture, "log");
    assert_string_equal(log->title, "Log");
    assert_int_equal(log->flags & (FL_TOOL_READ_ONLY | FL_TOOL_DESTRUCTIVE), FL_TOOL_READ_ONLY);
}

static void test_forms_of_a_list(void **state)
{
    static const char *const texts[] = {
        "{\"tools\": [{\"name\": \"t\"}]}",
        "[{\"name\": \"t\", \"inputSchema\": {}}]",
        "{\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"tools\": [{\"name\": \"t\"}]}}",
        "{\"id\": 1, \"result\": {\"tools\": [{\"name\": \"t\"}]}, \"jsonrpc\": \"2.0\"}",
        "// a comment\n{\"tools\": [{\"name\": \"t\",},],}",
        "\xEF\xBB\xBF {\"tools\": [{\"name\": \"t\"}]}\n\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        if (fixture_read(fixture, "dir/named.json", texts[i]))
            fail_msg("%s: %s", texts[i], fixture->err.message);
        assert_int_equal(fixture->form, FL_FORM_TOOLS_LIST);
        fixture_finish(fixture);
        assert_string_equal(fixture_tool(fixture, "named/t")->name, "t");
        assert_int_equal(fixture->findings.errors, 0);
        fixture_teardown(&own);
    }
}

/* Each tool stands for itself: what is wrong with one says nothing about its neighbours. */
static void test_bad_tools(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "{\"tools\": [\n{\"name\": \"first\"},\n{\"name\": \"deep\", "
                             "\"inputSchema\": ");
    for (int i = 0; i < 5000; i++)
        fl_buf_append_str(&text, "{\"a\":");
    fl_buf_append_str(&text, "{}");
    for (int i = 0; i < 5000; i++)
        fl_buf_append_str(&text, "}");
    fl_buf_append_str(&text,
                      "},\n{\"name\": \"dup\", \"a\": 1, \"a\": 2},\n"
                      "{\"name\": \"nan\", \"a\": NaN},\n{\"name\": \"utf8\xc0\"},\n"
                      "7, null,\n{\"name\": \"big\", \"inputSchema\": {\"maximum\": "
                      "18446744073709551615}},\n{\"name\": \"first\"}, {\"name\": \"last\"}]}");
    assert_int_equal(fixture_read(fixture, "s.json", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.tool_count, 3);
    assert_non_null(strstr(fixture_tool(fixture, "big")->definition, "18446744073709551615"));
    fixture_tool(fixture, "last");
    static const unsigned lines[] = {3, 4, 5, 6, 7, 7, 9};
    static const char *const subjects[] = {"deep", "dup", "nan", "utf8?", "", "", "first"};
    assert_int_equal(fixture->findings.errors, 7);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(fixture->findings.items[i].line, lines[i]);
        assert_string_equal(fixture->findings.items[i].subject, subjects[i]);
    }
}

static void test_broken_files(void **state)
{
    static const struct {
        const char *text;
        int code;
        unsigned line;
    } cases[] = {
        {"{\"tools\": [\n{\"name\": \"a\"}", FL_EPARSE, 2},
        {"{\"tools\": [\n{\"name\": \"a\"}\n{\"name\": \"b\"}]}", FL_EPARSE, 3},
        {"{\"tools\": [\n{\"name\": \"a\"}]\n", FL_EPARSE, 0},
        {"{\"tools\": [],\n \"tools\": []}", FL_EPARSE, 2},
        {"{\"tools\": [],\n \"a\": 1,\n \"a\": 2}", FL_EPARSE, 3},
        {"{\"tools\": []} x", FL_EPARSE, 1},
        {"[{\"name\": \"a\"}\n{\"name\": \"b\"}]", FL_EPARSE, 2},
        {"[{\"name\": \"a\"}] x", FL_EPARSE, 0},
        {"{\"tools\": [], \"a\": \"\xff\"}", FL_EUTF8, 1},
        {"{\"a\": 1}", FL_ENOTSUP, 0},
        {"7", FL_ENOTSUP, 0},
        {"/* no end", FL_EPARSE, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        int rc = fixture_read(fixture, "s.json", cases[i].text);
        if (rc != -cases[i].code || (cases[i].line && fixture->err.line != cases[i].line))
            fail_msg("%s gave %d, line %u: %s", cases[i].text, rc, fixture->err.line,
                     fixture->err.message);
        assert_int_equal(fixture->catalog.tool_count, 0);
        assert_int_equal(fixture->findings.count, 0);
        fixture_teardown(&own);
    }
}

static void test_read_tools(void **state)
{
    struct fixture *fixture = *state;
    struct fl_component component = {.name = "s", .kind = FL_KIND_MCP};
    uint32_t index;
    assert_int_equal(fl_catalog_add_component(&fixture->catalog, &component, &index, NULL), 0);
    static const char *const bad[] = {"", "{}", "7", "[", "[{}", "[{}] []", "[{} {}]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(fl_catalog_read_tools(&fixture->catalog, index, fl_str_of(bad[i]), "s",
                                               &fixture->findings, &fixture->err),
                         -FL_EPARSE);
    assert_int_equal(
        fl_catalog_read_tools(&fixture->catalog, index, (struct fl_str){NULL, 0}, "s", NULL, NULL),
        -FL_EPARSE);
    assert_int_equal(fixture->findings.count, 0);
    assert_int_equal(fl_catalog_read_tools(&fixture->catalog, index, FL_STR(" [] "), "s",
                                           &fixture->findings, &fixture->err),
                     0);
    assert_int_equal(fl_catalog_read_tools(&fixture->catalog, index,
                                           FL_STR("[{\"name\":\"a\"},{\"name\":\"\"}]"), "from s",
                                           &fixture->findings, &fixture->err),
                     0);
    fixture_finish(fixture);
    assert_string_equal(fixture_tool(fixture, "s/a")->source, "from s");
    assert_int_equal(fixture->findings.errors, 1);
}

static void test_two_files_of_one_server(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"server\": \"s\", \"tools\": [{\"name\": \"a\"}]}";
    assert_int_equal(fixture_read(fixture, "1.json", text), 0);
    assert_int_equal(fixture_read(fixture, "2.json", text), 0);
    assert_int_equal(fixture->catalog.tool_count, 1);
    assert_non_null(fixture_finding(fixture, "was read from 1.json already"));
    assert_non_null(fixture_finding(fixture, "line 1 of 1.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole_listing), TEST(test_forms_of_a_list), TEST(test_bad_tools),
        TEST(test_broken_files),  TEST(test_read_tools),      TEST(test_two_files_of_one_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
