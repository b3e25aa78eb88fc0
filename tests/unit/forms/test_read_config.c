/* test_read_config.c: each client's configuration as its client writes it. */
#include "catalog_fixture.h"

static const struct client {
    const char *input;
    const char *expected;
} clients[] = {
    {"clients/claude_desktop.json",
     "filesystem stdio npx -y @modelcontextprotocol/server-filesystem /Users/ada/Desktop\n"
     "github stdio docker run -i --rm -e GITHUB_PERSONAL_ACCESS_TOKEN "
     "ghcr.io/github/github-mcp-server {GITHUB_PERSONAL_ACCESS_TOKEN=s3cret-pat}\n"},
    {"clients/claude_code_mcp.json",
     "local-db stdio /home/ada/bin/db-mcp --dsn postgres://localhost/dev "
     "{CACHE=/tmp TOKEN=${NOT_SET}}\n"
     "sentry http https://mcp.sentry.dev/mcp <Authorization: Bearer s3cret-key>\n"
     "linear sse https://mcp.linear.app/sse\n"},
    {"clients/claude.json", "notes stdio notes-mcp\n"
                            "shop stdio ./tools/shop-mcp @/home/ada/shop\n"
                            "old stdio old-mcp @/home/ada/shop disabled\n"},
    {"clients/cursor.json", "server-name stdio python mcp-server.py {API_KEY=s3cret-key}\n"
                            "remote http http://localhost:3000/mcp <X-Key: s3cret>\n"},
    {"clients/windsurf.json", "figma http https://mcp.figma.com/mcp <API_KEY: Bearer s3cret-key>\n"
                              "memory stdio npx -y @modelcontextprotocol/server-memory disabled\n"},
    {"clients/cline.json",
     "github.com/modelcontextprotocol/servers/tree/main/src/fetch stdio uvx mcp-server-fetch\n"
     "remote http https://example.com/mcp disabled\n"},
    {"clients/.gemini/settings.json",
     "pythonTools stdio python -m my_mcp_server --port 8080 {DATABASE_URL=$DB_CONNECTION_STRING} "
     "@./mcp-servers/python\n"
     "old sse https://api.example.com/sse\n"
     "new http https://api.example.com/mcp <Authorization: Bearer s3cret>\n"
     "experimental stdio node x.js disabled\n"},
    {"clients/kiro.json",
     "aws-docs stdio uvx awslabs.aws-documentation-mcp-server@latest {FASTMCP_LOG_LEVEL=ERROR}\n"},
    {"clients/lm_studio.json",
     "hf-mcp-server http https://huggingface.co/mcp <Authorization: Bearer s3cret>\n"},
    {"clients/vscode_mcp.json", "perplexity stdio npx -y server-perplexity-ask --region=eu "
                                "{PERPLEXITY_API_KEY=s3cret-input}\n"
                                "workspace stdio node ${workspaceFolder}/mcp.js\n"
                                "remote http https://api.githubcopilot.com/mcp/\n"},
    {"clients/vscode_settings.json", "hello stdio hello-mcp ada\n"},
    {"clients/zed_settings.json", "custom stdio some-command arg-1 arg-2 {A=1} disabled\n"
                                  "older stdio /opt/older --stdio {B=2}\n"
                                  "remote http https://mcp.example.com\n"},
    {"clients/opencode.json",
     "everything stdio npx -y @modelcontextprotocol/server-everything {MY_ENV_VAR=s3cret-key}\n"
     "context7 http https://mcp.context7.com/mcp <CONTEXT7_API_KEY: s3cret-key> disabled\n"},
    {"clients/crush.json",
     "filesystem stdio node /path/to/mcp-server.js {NODE_ENV=production}\n"
     "github http https://api.githubcopilot.com/mcp/ <Authorization: Bearer $GH_PAT>\n"
     "streaming-service sse https://example.com/mcp/sse <API-Key: s3cret>\n"},
    {"clients/codex.toml", "docs stdio docs-server --port 4000 {LOG_LEVEL=info RETRIES=3}\n"
                           "figma http https://mcp.figma.com/mcp <X-Figma-Region: us-east-1 "
                           "Authorization: Bearer s3cret-key X-Team: s3cret-team>\n"
                           "off.one stdio off disabled\n"},
    {"clients/list.json", "first stdio one\nsecond http https://two.example/mcp\n"},
};

static void assert_no_secret(const struct fixture *fixture)
{
    for (uint32_t i = 0; i < fixture->findings.count; i++) {
        assert_null(strstr(fixture->findings.items[i].message, "s3cret"));
        assert_null(strstr(fixture->findings.items[i].subject, "s3cret"));
    }
    assert_null(strstr(fixture->err.message, "s3cret"));
}

static void assert_described(const struct fixture *fixture, const char *expected)
{
    struct fl_buf buf = {0};
    fixture_describe(fixture, &buf);
    assert_string_equal(fl_buf_text(&buf), expected);
    fl_buf_destroy(&buf);
}

static void test_every_client(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        if (fixture_read_input(fixture, clients[i].input))
            fail_msg("%s: %s", clients[i].input, fixture->err.message);
        assert_described(fixture, clients[i].expected);
        assert_no_secret(fixture);
        for (uint32_t c = 0; c < fixture->catalog.component_count; c++) {
            assert_int_equal(fixture->catalog.components[c].kind, FL_KIND_MCP);
            assert_int_equal(fixture->catalog.components[c].priority, FL_PRIORITY_MEDIUM);
        }
        fixture_teardown(&own);
    }
}

static void test_unknown_placeholder_is_named(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "clients/claude_code_mcp.json"), 0);
    assert_int_equal(fixture->findings.count, 1);
    const struct fl_finding *finding = fixture_finding(fixture, "NOT_SET");
    assert_non_null(finding);
    assert_string_equal(finding->subject, "local-db");
    assert_int_equal(finding->severity, FL_SEVERITY_WARNING);
}

static void test_same_name_in_two_projects(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "clients/claude.json"), 0);
    const struct fl_finding *finding = fixture_finding(fixture, "configured already");
    assert_non_null(finding);
    assert_string_equal(finding->subject, "notes");
}

static void test_expansion(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"mcpServers\": {\"x\": {\"command\": \"run\", \"args\": ["
        "\"${HOME}\", \"a${HOME}b${HOME}\", \"${NONE:-}\", \"${NONE:-a:-b}\", \"${EMPTY:-full}\","
        "\"${EMPTY}\", \"${env:HOME}\", \"${env:NONE:-d}\", \"$HOME\", \"${HOME\", \"${}\","
        "\"${A B}\", \"${NONE:-${HOME}}\", \"${input:unknown}\", \"{env:HOME}\", \"$${HOME}\"]}}}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    const struct fl_names args = fixture_component(fixture, "x")->launch.args;
    static const char *const expected[] = {"/home/ada",
                                           "a/home/adab/home/ada",
                                           "",
                                           "a:-b",
                                           "full",
                                           "",
                                           "/home/ada",
                                           "d",
                                           "$HOME",
                                           "${HOME",
                                           "${}",
                                           "${A B}",
                                           "${NONE:-${HOME}}",
                                           "${input:unknown}",
                                           "/home/ada",
                                           "$/home/ada"};
    assert_int_equal(args.count, sizeof expected / sizeof *expected);
    for (uint32_t i = 0; i < args.count; i++)
        assert_string_equal(args.items[i], expected[i]);
    assert_int_equal(fixture->findings.warnings, 4);
}

static void test_nothing_is_expanded_without_callbacks(void **state)
{
    struct fixture *fixture = *state;
    fixture->options = (struct fl_read_options){0};
    assert_int_equal(
        fixture_read(fixture, "x.json", "{\"mcpServers\": {\"x\": {\"command\": \"${HOME}\"}}}"),
        0);
    assert_string_equal(fixture_component(fixture, "x")->launch.command, "${HOME}");
    assert_int_equal(fixture->findings.count, 0);
}

static void test_bad_entries_do_not_drop_good_ones(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"mcpServers\": {"
        "\"number\": 7, \"nothing\": {}, \"bad-args\": {\"command\": \"s3cret\", \"args\": {}},"
        "\"bad-env\": {\"command\": \"x\", \"env\": {\"T\": [\"s3cret\"]}},"
        "\"bad-type\": {\"type\": \"carrier-pigeon\", \"command\": \"x\"},"
        "\"no-url\": {\"type\": \"http\", \"command\": \"x\"},"
        "\"no-command\": {\"type\": \"stdio\", \"url\": \"http://x\"},"
        "\"bad-url\": {\"url\": \"ftp://s3cret\"}, \"spaced\": {\"url\": \"http://a b\"},"
        "\"bad-header\": {\"url\": \"http://x\", \"headers\": {\"A\": \"s3cret\\r\\nB: c\"}},"
        "\"\": {\"command\": \"x\"}, \"bad-command\": {\"command\": []},"
        "\"good\": {\"command\": \"x\", \"unknown\": [1, 2], \"timeout\": 3}}}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    assert_described(fixture, "good stdio x\n");
    assert_int_equal(fixture->findings.errors, 12);
    assert_no_secret(fixture);
    assert_string_equal(fixture->findings.items[0].subject, "number");
}

static void test_duplicate_key_in_a_config(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "{\"mcpServers\": {\n\"a\": {\"command\": \"one\"},\n"
                               "\"a\": {\"command\": \"two\"},\n\"b\": {\"command\": \"x\"}}}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    assert_described(fixture, "a stdio two\nb stdio x\n");
    const struct fl_finding *finding = fixture_finding(fixture, "comes twice");
    assert_non_null(finding);
    assert_int_equal(finding->line, 3);
}

static void test_parse_errors_quote_nothing(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read(fixture, "x.json",
                                  "{\"mcpServers\": {\n\"a\": {\"env\": {\"T\" \"s3cret\"}}}}"),
                     -FL_EPARSE);
    assert_int_equal(fixture->err.line, 2);
    assert_int_equal(
        fixture_read(fixture, "x.toml", "[mcp_servers.a]\nenv = { T = \"s3cret\" s3cret }\n"),
        -FL_EPARSE);
    assert_int_equal(fixture->err.line, 2);
    assert_no_secret(fixture);
}

static void test_own_entries_are_skipped(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"mcpServers\": {"
        "\"a\": {\"command\": \"foreload\", \"args\": [\"mcp\"]},"
        "\"b\": {\"command\": \"/opt/bin/foreload\"},"
        "\"c\": {\"command\": \"/usr/bin/env\", \"args\": [\"A=b\", \"foreload\"]},"
        "\"d\": {\"command\": \"npx\", \"args\": [\"-y\", \"foreload\"]},"
        "\"e\": {\"command\": \"sh\", \"args\": [\"-c\", \"exec /x/foreload mcp\"]},"
        "\"f\": {\"command\": \"node\", \"args\": [\"foreload\"]},"
        "\"g\": {\"command\": \"ls\", \"args\": [\"/home/foreload\"]},"
        "\"h\": {\"command\": \"foreload-other\"}}}";
    assert_int_equal(fixture_read(fixture, "x.json", text), 0);
    assert_described(fixture,
                     "f stdio node foreload\ng stdio ls /home/foreload\nh stdio foreload-other\n");
    assert_int_equal(fixture->findings.count, 5);
    assert_int_equal(fixture->findings.items[0].severity, FL_SEVERITY_NOTE);
}

static void test_transports(void **state)
{
    static const struct {
        const char *entry, *expected;
    } cases[] = {
        {"{\"command\": \"c\"}", "x stdio c\n"},
        {"{\"type\": \"STDIO\", \"command\": \"c\"}", "x stdio c\n"},
        {"{\"url\": \"http://h\"}", "x http http://h\n"},
        {"{\"type\": \"streamable-http\", \"url\": \"http://h\"}", "x http http://h\n"},
        {"{\"type\": \"streamableHttp\", \"url\": \"http://h\"}", "x http http://h\n"},
        {"{\"transport\": \"sse\", \"url\": \"http://h\"}", "x sse http://h\n"},
        {"{\"serverUrl\": \"https://h\"}", "x http https://h\n"},
        {"{\"httpUrl\": \"https://h\"}", "x http https://h\n"},
        {"{\"httpUrl\": \"https://h\", \"url\": \"https://old\"}", "x http https://h\n"},
        {"{\"command\": \"c\", \"url\": \"https://h\"}", "x stdio c\n"},
        {"{\"type\": \"http\", \"command\": \"c\", \"url\": \"https://h\"}", "x http https://h\n"},
        {"{\"command\": \"c\", \"args\": [1, 2.5, true]}", "x stdio c 1 2.5 true\n"},
        {"{\"command\": \"c\", \"env\": [\"A=b\", \"C=\"]}", "x stdio c {A=b C=}\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        struct fl_buf text = {0};
        fl_buf_printf(&text, "{\"mcpServers\": {\"x\": %s}}", cases[i].entry);
        assert_int_equal(fixture_read(fixture, "x.json", fl_buf_text(&text)), 0);
        assert_described(fixture, cases[i].expected);
        fl_buf_destroy(&text);
        fixture_teardown(&own);
    }
}

static void test_limits(void **state)
{
    struct fixture *fixture = *state;
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "{\"mcpServers\": {\"many\": {\"command\": \"c\", \"args\": [\"a\"");
    for (int i = 0; i < FL_CATALOG_MAX_LIST; i++)
        fl_buf_append_str(&text, ", \"a\"");
    fl_buf_append_str(&text, "]}, \"long\": {\"command\": \"c\", \"args\": [\"");
    for (int i = 0; i < 200000; i++)
        fl_buf_append_char(&text, 'x');
    fl_buf_append_str(&text, "\"]}, \"good\": {\"command\": \"c\"}}}");
    assert_int_equal(fixture_read(fixture, "x.json", fl_buf_text(&text)), 0);
    assert_described(fixture, "good stdio c\n");
    assert_int_equal(fixture->findings.errors, 2);
    fl_buf_destroy(&text);
}

/* A list that was read before gets its way of being started; then a second one is refused. */
static void test_config_completes_a_listed_server(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read(fixture, "git.json", "{\"tools\": [{\"name\": \"push\"}]}"), 0);
    assert_int_equal(fixture_component(fixture, "git")->kind, FL_KIND_STATIC);
    static const char config[] = "{\"mcpServers\": {\"git\": {\"command\": \"git-mcp\"}}}";
    assert_int_equal(fixture_read(fixture, "a.json", config), 0);
    assert_int_equal(fixture->findings.count, 0);
    assert_int_equal(fixture_component(fixture, "git")->kind, FL_KIND_MCP);
    assert_string_equal(fixture_component(fixture, "git")->launch.command, "git-mcp");
    assert_int_equal(fixture_component(fixture, "git")->tool_count, 1);
    assert_int_equal(fixture_read(fixture, "b.json", config), 0);
    assert_int_equal(fixture->findings.warnings, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_client),
        TEST(test_unknown_placeholder_is_named),
        TEST(test_same_name_in_two_projects),
        TEST(test_expansion),
        TEST(test_nothing_is_expanded_without_callbacks),
        TEST(test_bad_entries_do_not_drop_good_ones),
        TEST(test_duplicate_key_in_a_config),
        TEST(test_parse_errors_quote_nothing),
        TEST(test_own_entries_are_skipped),
        TEST(test_transports),
        TEST(test_limits),
        TEST(test_config_completes_a_listed_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
