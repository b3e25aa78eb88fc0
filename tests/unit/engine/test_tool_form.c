/* test_tool_form.c: definitions as clients send them to a model, and what they cost.
 *
 * The expected JSON follows the documentation of the APIs: Anthropic's messages API ("name",
 * "description", "input_schema") and OpenAI's chat completions ("type": "function", "function":
 * {"name", "description", "parameters"}); both want names of [A-Za-z0-9_-]{1,64}. */
#include "engine_fixture.h"

#include "base/arena.h"
#include "base/strmap.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static char *definition(struct fixture *fixture, const char *name, enum fl_tool_form form)
{
    uint32_t tool;
    char *json = NULL;
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_find_tool(snapshot, name, &tool, &fixture->err), 0);
    assert_int_equal(fl_snapshot_definition(snapshot, tool, form, &json, &fixture->err), 0);
    fl_snapshot_unpin(snapshot);
    return json;
}

static void assert_definition(struct fixture *fixture, const char *name, enum fl_tool_form form,
                              const char *expected)
{
    char *json = definition(fixture, name, form);
    assert_string_equal(json, expected);
    fl_free(json);
}

static void the_three_forms(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "mail.json",
                 "{\"server\":\"mail\",\"tools\":[{\"name\":\"send\",\"title\":\"Send mail\","
                 "\"description\":\"Says \\\"hello\\\" \\u00e9/\\n\", \"inputSchema\":{\"type\":"
                 "\"object\",\"properties\":{\"to\":{\"type\":\"string\"},\"n\":{\"default\":1."
                 "50e1,\"maximum\":18446744073709551615}"
                 "},\"required\":[\"to\"]},\"annotations\":{\"readOnlyHint\":true},\"x-own\":1}]}");
    assert_definition(
        fixture, "send", FL_TOOL_FORM_MCP,
        "{\"name\":\"send\",\"title\":\"Send mail\",\"description\":\"Says "
        "\\\"hello\\\" \xC3\xA9/\\n\",\"inputSchema\":{\"type\":\"object\","
        "\"properties\":{\"to\":{\"type\":\"string\"},\"n\":{\"default\":1.50e1,\"maximum\":"
        "18446744073709551615}},"
        "\"required\":[\"to\"]},\"annotations\":{\"readOnlyHint\":true},\"x-own\":1}");
    assert_definition(
        fixture, "send", FL_TOOL_FORM_ANTHROPIC,
        "{\"name\":\"mail__send\",\"description\":\"Says \\\"hello\\\" \xC3\xA9/\\n\","
        "\"input_schema\":{\"type\":\"object\",\"properties\":{\"to\":{\"type\":"
        "\"string\"},\"n\":{\"default\":1.50e1,\"maximum\":18446744073709551615}},\"required\":["
        "\"to\"]}}");
    assert_definition(
        fixture, "send", FL_TOOL_FORM_OPENAI,
        "{\"type\":\"function\",\"function\":{\"name\":\"mail__send\","
        "\"description\":\"Says \\\"hello\\\" \xC3\xA9/\\n\",\"parameters\":{\"type\":"
        "\"object\",\"properties\":{\"to\":{\"type\":\"string\"},\"n\":{\"default\":"
        "1.50e1,\"maximum\":18446744073709551615}},\"required\":[\"to\"]}}}");
}

/* Whatever a server says, the APIs get a text and an object schema. */
static void what_is_missing_or_odd(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "odd.json",
                 "{\"server\":\"odd\",\"tools\":[{\"name\":\"a\"},"
                 "{\"name\":\"b\",\"description\":null,\"inputSchema\":null},"
                 "{\"name\":\"c\",\"description\":7,\"inputSchema\":\"all\"},"
                 "{\"name\":\"d\",\"description\":\"\",\"inputSchema\":[1]}]}");
    for (char name[] = "a"; *name <= 'd'; ++*name) {
        char expected[200];
        snprintf(
            expected, sizeof expected,
            "{\"name\":\"odd__%s\",\"description\":\"\",\"input_schema\":{\"type\":\"object\"}}",
            name);
        assert_definition(fixture, name, FL_TOOL_FORM_ANTHROPIC, expected);
        snprintf(expected, sizeof expected,
                 "{\"type\":\"function\",\"function\":{\"name\":\"odd__%s\",\"description\":\"\","
                 "\"parameters\":{\"type\":\"object\"}}}",
                 name);
        assert_definition(fixture, name, FL_TOOL_FORM_OPENAI, expected);
    }
}

/* --- exposed names --- */

struct names {
    struct fl_strmap seen;
    struct fl_arena arena;
};

static void take_name(struct names *names, struct fl_snapshot *snapshot, uint32_t tool)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    char *json = NULL;
    assert_int_equal(fl_snapshot_definition(snapshot, tool, FL_TOOL_FORM_ANTHROPIC, &json, NULL),
                     0);
    json_t *root = json_loads(json, 0, NULL);
    const char *name = json_string_value(json_object_get(root, "name"));
    assert_non_null(name);
    size_t len = strlen(name);
    assert_true(len >= 1 && len <= 64 && strspn(name, allowed) == len);
    if (fl_strmap_get(&names->seen, fl_str_of(name)) != FL_STRMAP_NONE) {
        struct fl_tool_info info;
        fl_snapshot_tool(snapshot, tool, &info);
        fail_msg("'%s' is exposed as '%s', as another one is", info.name, name);
    }
    const char *copy = fl_arena_strdup(&names->arena, name);
    assert_int_equal(fl_strmap_put(&names->seen, fl_str_of(copy), tool), 0);
    json_decref(root);
    fl_free(json);
}

static void assert_unique_names(struct fixture *fixture)
{
    struct names names = {0};
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    for (uint32_t t = 0; t < fl_snapshot_tool_count(snapshot); t++)
        take_name(&names, snapshot, t);
    fl_snapshot_unpin(snapshot);
    fl_strmap_destroy(&names.seen);
    fl_arena_destroy(&names.arena);
}

static void add_tool(struct fl_buf *text, const char *component, const char *name)
{
    fl_buf_printf(text, "{\"name\":\"%s\",\"component\":\"%s\"}\n", name, component);
}

static void random_names_stay_apart(void **state)
{
    struct fixture *fixture = *state;
    static const char *const letters[] = {"a", "B", "7", "_", "-",  ".", "/",
                                          " ", ":", "@", "é", "日", "__"};
    struct generator generator = {11};
    struct fl_buf text = {0};
    for (int i = 0; i < 3000; i++) {
        char component[256] = "", name[256] = "";
        for (uint32_t k = draw(&generator, 60); k > 0; k--)
            strcat(component, letters[draw(&generator, 2)]);
        snprintf(component + strlen(component), 24, "c%u", draw(&generator, 40));
        for (uint32_t k = draw(&generator, 60); k > 0; k--)
            strcat(name, letters[draw(&generator, 13)]);
        snprintf(name + strlen(name), 24, "%d", i);
        add_tool(&text, component, name);
    }
    fixture_load(fixture, "names.jsonl", fl_buf_text(&text));
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 3000);
    fl_snapshot_unpin(snapshot);
    assert_unique_names(fixture);
    fl_buf_destroy(&text);
}

/* Names that only differ where the APIs are blind. */
static void similar_names_stay_apart(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    add_tool(&text, "fs", "read.file");
    add_tool(&text, "fs", "read_file");
    add_tool(&text, "fs", "read/file");
    add_tool(&text, "my server", "run");
    add_tool(&text, "my.server", "run");
    add_tool(&text, "my_server", "run");
    add_tool(&text, "a__b", "c");
    add_tool(&text, "a", "b__c");
    add_tool(&text, "a_", "b");
    add_tool(&text, "a", "_b");
    char same[80];
    memset(same, 'x', sizeof same - 1); /* a component and its tool of one name */
    same[sizeof same - 1] = '\0';
    for (char c = 'a'; c < 'f'; c++) {
        same[sizeof same - 2] = c;
        add_tool(&text, same, same);
    }
    char other[80];
    memcpy(other, same, sizeof same);
    same[sizeof same - 2] = '1';
    other[sizeof other - 2] = '2';
    add_tool(&text, same, other);
    add_tool(&text, other, same);
    fixture_load(fixture, "names.jsonl", fl_buf_text(&text));
    assert_unique_names(fixture);
    assert_definition(fixture, "fs/read_file", FL_TOOL_FORM_ANTHROPIC,
                      "{\"name\":\"fs__read_file\",\"description\":\"\",\"input_schema\":{\"type\":"
                      "\"object\"}}");
    fl_buf_destroy(&text);
}

/* --- costs --- */

static const char weather[] =
    "{\"name\":\"get_forecast\",\"component\":\"weather\",\"description\":\"Forecast of "
    "temperature "
    "and rain for a city\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":"
    "\"string\"}}}}\n"
    "{\"name\":\"alerts\",\"component\":\"weather\",\"description\":\"Warnings of storms\"}\n";

static uint64_t count_text(struct fixture *fixture, enum fl_encoding encoding, const char *text,
                           bool *ret_estimated)
{
    struct fl_token_count count;
    assert_int_equal(
        fl_count_tokens(fixture->engine, encoding, text, strlen(text), &count, &fixture->err), 0);
    *ret_estimated = count.estimated;
    return count.tokens;
}

/* Each tool costs what its definition has tokens, in every encoding and form. */
static void assert_costs(struct fixture *fixture, bool expect_estimates)
{
    static const char *const names[] = {"weather/get_forecast", "weather/alerts"};
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    uint64_t sum = 0;
    for (int encoding = 0; encoding < 2; encoding++)
        for (int form = 0; form < 3; form++)
            for (size_t i = 0; i < 2; i++) {
                uint32_t tool;
                bool estimated, as_well;
                char *json = definition(fixture, names[i], (enum fl_tool_form)form);
                assert_int_equal(fl_snapshot_find_tool(snapshot, names[i], &tool, NULL), 0);
                uint32_t tokens = fl_snapshot_tool_tokens(snapshot, tool, (enum fl_tool_form)form,
                                                          (enum fl_encoding)encoding, &estimated);
                assert_int_equal(tokens,
                                 count_text(fixture, (enum fl_encoding)encoding, json, &as_well));
                assert_true(tokens > 0);
                assert_int_equal(estimated, expect_estimates);
                assert_int_equal(as_well, expect_estimates);
                sum += form == 0 && encoding == 0 ? tokens : 0;
                fl_free(json);
            }
    struct fl_component_info component;
    fl_snapshot_component(snapshot, 0, &component);
    assert_int_equal(component.tokens, sum);
    assert_int_equal(fl_snapshot_tool_tokens(snapshot, 2, FL_TOOL_FORM_MCP, 0, NULL), 0);
    fl_snapshot_unpin(snapshot);
    struct fl_selection *selection = select_text(fixture, "rain in the city");
    assert_int_equal(fl_selection_summary(selection)->baseline_tokens, sum);
    assert_int_equal(fl_selection_summary(selection)->estimated, expect_estimates);
    fl_selection_free(selection);
}

static void costs_without_tables_are_estimates(void **state)
{
    struct fixture *fixture = *state;
    fixture_load(fixture, "weather.jsonl", weather);
    assert_costs(fixture, true);
    fixture->options.tables = "/nowhere/at/all";
    fixture_start(fixture);
    fixture_load(fixture, "weather.jsonl", weather);
    assert_costs(fixture, true);
}

static void costs_with_tables_are_exact(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.tables = getenv("FORELOAD_TABLES");
    if (!fixture->options.tables) {
        print_message("FORELOAD_TABLES is not set: no token tables\n");
        skip();
    }
    fixture_start(fixture);
    bool estimated;
    uint64_t tokens = count_text(fixture, FL_ENCODING_O200K_BASE, "hello world", &estimated);
    if (estimated) {
        print_message("no token tables in '%s'\n", fixture->options.tables);
        skip();
    }
    /* tiktoken: o200k_base 24912 2375, cl100k_base 15339 1917. */
    assert_int_equal(tokens, 2);
    assert_int_equal(count_text(fixture, FL_ENCODING_CL100K_BASE, "hello world", &estimated), 2);
    assert_int_equal(count_text(fixture, FL_ENCODING_O200K_BASE, "", &estimated), 0);
    fixture_load(fixture, "weather.jsonl", weather);
    assert_costs(fixture, false);
}

static void damaged_tables_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct fl_token_count count = {7, false};
    fixture_write(fixture, "o200k_base.bpe", "this is no table of tokens, whatever it is called");
    fixture->options.tables = fixture->folder;
    fixture_start(fixture);
    int rc =
        fl_count_tokens(fixture->engine, FL_ENCODING_O200K_BASE, "a", 1, &count, &fixture->err);
    assert_true(rc == -FL_ECORRUPT || rc == -FL_EVERSION);
    assert_non_null(strstr(fixture->err.message, "o200k_base.bpe"));
    assert_int_equal(count.tokens, 7);
    assert_int_equal(
        fl_count_tokens(fixture->engine, FL_ENCODING_CL100K_BASE, "a", 1, &count, NULL), 0);
    assert_int_equal(fl_count_tokens(fixture->engine, FL_ENCODING_CL100K_BASE, "caf\xE9", 4, &count,
                                     &fixture->err),
                     -FL_EUTF8);
}

static void names_of_choices(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        enum fl_strategy strategy;
        enum fl_tool_form form;
        assert_int_equal(fl_strategy_parse(fl_strategy_name((enum fl_strategy)i), &strategy), 0);
        assert_int_equal(strategy, i);
        assert_int_equal(fl_tool_form_parse(fl_tool_form_name((enum fl_tool_form)i), &form), 0);
        assert_int_equal(form, i);
    }
    for (int i = 0; i < 2; i++) {
        enum fl_encoding encoding;
        assert_int_equal(fl_encoding_parse(fl_encoding_name((enum fl_encoding)i), &encoding), 0);
        assert_int_equal(encoding, i);
    }
    enum fl_strategy strategy = FL_STRATEGY_AGGRESSIVE;
    assert_int_equal(fl_strategy_parse("Balanced", &strategy), -FL_EINVAL);
    assert_int_equal(fl_strategy_parse("", &strategy), -FL_EINVAL);
    assert_int_equal(fl_strategy_parse(NULL, &strategy), -FL_EINVAL);
    assert_int_equal(strategy, FL_STRATEGY_AGGRESSIVE);
    assert_null(fl_strategy_name((enum fl_strategy)3));
    assert_null(fl_encoding_name((enum fl_encoding)2));
    assert_null(fl_tool_form_name((enum fl_tool_form)3));
    assert_null(fl_reason_name((enum fl_reason)6));
    assert_string_equal(fl_version(), FL_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(the_three_forms),
        TEST(what_is_missing_or_odd),
        TEST(random_names_stay_apart),
        TEST(similar_names_stay_apart),
        TEST(costs_without_tables_are_estimates),
        TEST(costs_with_tables_are_exact),
        TEST(damaged_tables_are_refused),
        TEST(names_of_choices),
    };
    return cmocka_run_group_tests_name("tool_form", tests, NULL, NULL);
}
