/* test_read_jsonl.c: JSON Lines, good and bad. */
#include "catalog_fixture.h"

static void assert_definition(const struct fixture *fixture, const char *tool, const char *expected)
{
    const struct fl_tool *found = fixture_tool(fixture, tool);
    assert_string_equal(found->definition, expected);
    assert_int_equal(found->definition_bytes, strlen(expected));
}

static void test_fields(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "\xEF\xBB\xBF{\"name\": \"a\", \"description\": \"does a\", \"server\": \"s\", "
        "\"category\": \"own\", \"tier\": 3, \"depends_on\": [\"b\"], \"keywords\": [\"k\", "
        "\"two words\"], \"parameters\": {\"type\": \"object\", \"properties\": {\"p\": "
        "{\"description\": \"P\", \"enum\": [\"x\"]}}}, \"ignored\": [1]}\r\n"
        "\n   \n"
        "{\"name\": \"b\", \"component\": \"s\"}";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    assert_int_equal(fixture->form, FL_FORM_JSONL);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.count, 0);
    const struct fl_tool *a = fixture_tool(fixture, "s/a");
    assert_string_equal(a->description, "does a");
    assert_string_equal(a->category, "own");
    assert_int_equal(a->tier, 3);
    assert_int_equal(a->keywords.count, 2);
    assert_string_equal(a->keywords.items[1], "two words");
    assert_string_equal(a->depends_on.items[0], "b");
    assert_string_equal(a->parameter_names, "p\n");
    assert_string_equal(a->parameter_descriptions, "P\n");
    assert_string_equal(a->enum_values, "x\n");
    assert_int_equal(a->line, 1);
    assert_int_equal(fixture_tool(fixture, "b")->line, 4);
    assert_int_equal(fixture_component(fixture, "s")->kind, FL_KIND_STATIC);
    assert_int_equal(fixture_component(fixture, "s")->priority, FL_PRIORITY_MEDIUM);
    assert_definition(fixture, "a",
                      "{\"name\":\"a\",\"description\":\"does a\",\"inputSchema\":{\"type\":"
                      "\"object\",\"properties\":{\"p\":{\"description\":\"P\",\"enum\":[\"x\"]"
                      "}}}}");
    assert_definition(fixture, "b", "{\"name\":\"b\",\"inputSchema\":{\"type\":\"object\"}}");
}

/* Number and key order of a schema stay as they are written; a flat map becomes a schema. */
static void test_definitions(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"inputSchema\": {\"z\": 1.10, \"a\": 18446744073709551615, \"type\": \"object\"}, "
        "\"name\": \"n\"}\n"
        "{\"name\": \"flat\", \"parameters\": {\"city\": {\"type\": \"string\"}}}\n"
        "{\"name\": \"list\", \"parameters\": [{\"name\": \"p\"}]}\n"
        "{\"name\": \"none\", \"parameters\": null, \"description\": \"\\u00e9\\/\"}\n";
    assert_int_equal(fixture_read(fixture, "x.jsonl", text), 0);
    fixture_finish(fixture);
    assert_definition(fixture, "n",
                      "{\"name\":\"n\",\"inputSchema\":{\"z\":1.10,\"a\":18446744073709551615,"
                      "\"type\":\"object\"}}");
    assert_definition(fixture, "flat",
                      "{\"name\":\"flat\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
                      "\"city\":{\"type\":\"string\"}}}}");
    assert_definition(fixture, "list", "{\"name\":\"list\",\"inputSchema\":{\"type\":\"object\"}}");
    assert_string_equal(fixture_tool(fixture, "list")->parameter_names, "p\n");
    assert_definition(fixture, "none",
                      "{\"name\":\"none\",\"description\":\"\u00e9/\",\"inputSchema\":{\"type\":"
                      "\"object\"}}");
    assert_int_equal(fixture->findings.warnings, 1);
}

static void test_component_from_the_path(void **state)
{
    static const struct {
        const char *path, *component;
    } cases[] = {
        {"tools/metatool/catalog.jsonl", "metatool"},
        {"a/tools.jsonl", "a"},
        {"/x/my.server.jsonl", "my.server"},
        {"catalog.jsonl", "catalog"},
        {"/catalog.jsonl", "catalog"},
        {"x/.jsonl", ".jsonl"},
        {"dir//tools.ndjson", "catalog"},
        {"-", "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        assert_int_equal(fixture_read(fixture, cases[i].path, "{\"name\": \"t\", \"tier\": 2}"), 0);
        assert_string_equal(fixture->catalog.components[0].name, cases[i].component);
        fixture_teardown(&own);
    }
}

static void test_bad_lines(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"name\": \"good1\"}\n"
                               "{\"name\": \"nan\", \"tier\": NaN}\n"
                               "{\"name\": \"utf8 \xff\"}\n"
                               "{\"name\": \"twice\", \"name\": \"twice\"}\n"
                               "{\"name\": \"cut\n"
                               "[1, 2]\n"
                               "{\"description\": \"no name\"}\n"
                               "{\"name\": 7}\n"
                               "{\"name\": \"nul\\u0000\"}\n"
                               "{\"name\": \"raw\0nul\"}\n"
                               "{\"name\": \"deps\", \"depends_on\": [1]}\n"
                               "{\"name\": \"server\", \"server\": \"\"}\n"
                               "{\"name\": \"good1\"}\n"
                               "{\"name\": \"words\", \"keywords\": {}}\n"
                               "{\"name\": \"good2\"} trailing\n"
                               "{\"name\": \"good3\"}\n";
    assert_int_equal(fixture_read_bytes(fixture, "f.jsonl", text, sizeof text - 1), 0);
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.tool_count, 3);
    fixture_tool(fixture, "good1");
    fixture_tool(fixture, "words");
    fixture_tool(fixture, "good3");
    static const unsigned lines[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    assert_int_equal(fixture->findings.count, sizeof lines / sizeof *lines);
    for (uint32_t i = 0; i < fixture->findings.count; i++) {
        assert_int_equal(fixture->findings.items[i].line, lines[i]);
        assert_string_equal(fixture->findings.items[i].path, "f.jsonl");
    }
    assert_string_equal(fixture->findings.items[0].subject, "nan");
    assert_int_equal(fixture->findings.items[1].code, FL_EUTF8);
    const struct fl_finding *twice = fixture_finding(fixture, "exists already");
    assert_string_equal(twice->message, "'f/good1' exists already (line 1 of f.jsonl); the first "
                                        "stays; the tool is left out");
    assert_int_equal(twice->line, 13);
}

static void append_nested(struct fl_buf *text, const char *name, int depth)
{
    fl_buf_printf(text, "{\"name\": \"%s\", \"parameters\": ", name);
    for (int i = 0; i < depth; i++)
        fl_buf_append_str(text, "{\"a\":");
    fl_buf_append_str(text, "1");
    for (int i = 0; i < depth; i++)
        fl_buf_append_str(text, "}");
    fl_buf_append_str(text, "}\n");
}

static void test_deep_schemas(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    append_nested(&text, "deepest", FL_CATALOG_MAX_SCHEMA_DEPTH);
    append_nested(&text, "too deep", FL_CATALOG_MAX_SCHEMA_DEPTH + 1);
    append_nested(&text, "far too deep", 1000);
    append_nested(&text, "absurd", 100000);
    append_nested(&text, "shallow", 1);
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    assert_int_equal(fixture->catalog.tool_count, 2);
    assert_int_equal(fixture->findings.errors, 3);
    assert_string_equal(fixture->findings.items[0].subject, "too deep");
    assert_string_equal(fixture->findings.items[1].subject, "far too deep");
    assert_int_equal(fixture->findings.items[1].code, FL_ELIMIT);
    assert_int_equal(fixture->findings.items[2].line, 4);
}

static void append_run(struct fl_buf *text, const char *unit, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += strlen(unit))
        fl_buf_append_str(text, unit);
}

static void test_long_descriptions(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "{\"name\": \"long\", \"description\": \"x");
    append_run(&text, "\u00e9", 10 << 20); /* 10 MB of a two-byte character */
    fl_buf_append_str(&text, "\"}\n{\"name\": \"line\", \"description\": \"");
    append_run(&text, "y", 17 << 20);
    fl_buf_append_str(&text, "\"}\n{\"name\": \"short\"}\n");
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.tool_count, 2);
    const struct fl_tool *tool = fixture_tool(fixture, "long");
    assert_int_equal(strlen(tool->description), FL_CATALOG_MAX_DESCRIPTION_BYTES - 1);
    assert_true(tool->definition_bytes > 10 << 20);
    assert_int_equal(fixture->findings.warnings, 1);
    assert_int_equal(fixture->findings.errors, 1);
    assert_string_equal(fixture_finding(fixture, "at most")->subject, "line");
}

static void test_large_schema(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "{\"name\": \"white\", \"parameters\": {");
    append_run(&text, " ", FL_CATALOG_MAX_SCHEMA_BYTES);
    fl_buf_append_str(&text, "}}\n{\"name\": \"large\", \"parameters\": {\"description\": \"");
    append_run(&text, "x", FL_CATALOG_MAX_SCHEMA_BYTES);
    fl_buf_append_str(&text, "\"}}\n");
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    assert_int_equal(fixture->catalog.tool_count, 1);
    assert_string_equal(fixture_finding(fixture, "'parameters' has")->subject, "large");
}

static void test_fifty_thousand_tools(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    enum { COUNT = 50000 };
    for (int i = 0; i < COUNT; i++)
        fl_buf_printf(&text,
                      "{\"name\": \"tool_%d\", \"server\": \"s%d\", \"depends_on\": "
                      "[\"tool_%d\"], \"parameters\": {\"p\": \"a parameter\"}}\n",
                      i / 2, i % 2, i / 4);
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    fixture_finish(fixture);
    assert_int_equal(fixture->catalog.tool_count, COUNT);
    assert_string_equal(fixture_tool(fixture, "s1/tool_24999")->name, "tool_24999");
    assert_non_null(fixture_finding(fixture, "24900 more names"));
}

static void test_too_many_tools(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    for (int i = 0; i < FL_CATALOG_MAX_TOOLS + 10; i++)
        fl_buf_printf(&text, "{\"name\": \"t%d\"}\n", i);
    assert_int_equal(fixture_read(fixture, "x.jsonl", fl_buf_text(&text)), 0);
    fl_buf_destroy(&text);
    assert_int_equal(fixture->catalog.tool_count, FL_CATALOG_MAX_TOOLS);
    assert_int_equal(fixture->findings.count, 1);
    assert_int_equal(fixture->findings.items[0].line, FL_CATALOG_MAX_TOOLS + 1);
}

static void test_empty_files(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read(fixture, "x.jsonl", ""), 0);
    assert_int_equal(fixture_read(fixture, "x.jsonl", "\xEF\xBB\xBF"), 0);
    assert_int_equal(fixture_read(fixture, "x.jsonl", "\n\n"), 0);
    assert_int_equal(fixture->catalog.tool_count, 0);
    assert_int_equal(fixture_read(fixture, "x.json", " \n"), -FL_EPARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fields),
        TEST(test_definitions),
        TEST(test_component_from_the_path),
        TEST(test_bad_lines),
        TEST(test_deep_schemas),
        TEST(test_long_descriptions),
        TEST(test_large_schema),
        TEST(test_fifty_thousand_tools),
        TEST(test_too_many_tools),
        TEST(test_empty_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
