/* test_read_manifest.c: manifests, also as they are written for a store. */
#include "catalog_fixture.h"

#include "catalog/manifest_write.h"

static void test_every_field(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"name\": \"vision\", \"kind\": \"worker\", \"priority\": \"high\", \"title\": \"V\", "
        "\"version\": \"2.0\", \"description\": \"sees\", \"keywords\": [\"see\", \"show me\"], "
        "\"depends_on\": [\"voice\"], \"conflicts\": \"blind\", \"pool\": \"vision\", \"entry\": "
        "\"vision.so\", \"memory_mb\": 1.5, \"load_ms\": 100, \"idle_timeout_s\": 300, \"lazy\": "
        "true, \"preload_triggers\": [\"screen on\"], \"tools\": [{\"name\": \"look\", "
        "\"description\": \"Looks\", \"category\": \"analysis\", \"tier\": 1, \"parameters\": "
        "{\"what\": {\"type\": \"string\"}}}, {\"name\": \"\"}]}";
    assert_int_equal(fixture_read(fixture, "m.json", text), 0);
    assert_int_equal(fixture->form, FL_FORM_MANIFEST);
    const struct fl_component *vision = fixture_component(fixture, "vision");
    assert_int_equal(vision->kind, FL_KIND_WORKER);
    assert_int_equal(vision->priority, FL_PRIORITY_HIGH);
    assert_string_equal(vision->title, "V");
    assert_string_equal(vision->version, "2.0");
    assert_string_equal(vision->description, "sees");
    assert_string_equal(vision->keywords.items[1], "show me");
    assert_string_equal(vision->depends_on.items[0], "voice");
    assert_string_equal(vision->conflicts.items[0], "blind");
    assert_string_equal(vision->preload_triggers.items[0], "screen on");
    assert_string_equal(vision->pool, "vision");
    assert_string_equal(vision->entry, "vision.so");
    assert_int_equal(vision->memory_bytes, 3 << 19);
    assert_int_equal(vision->load_ms, 100);
    assert_int_equal(vision->idle_timeout_ms, 300000);
    assert_true(vision->lazy);
    assert_int_equal(fixture->findings.errors, 1); /* the tool without a name */
    fixture_finish(fixture);
    assert_string_equal(fixture_tool(fixture, "vision/look")->definition,
                        "{\"name\":\"look\",\"description\":\"Looks\",\"inputSchema\":{\"type\":"
                        "\"object\",\"properties\":{\"what\":{\"type\":\"string\"}}}}");
    assert_string_equal(fixture_tool(fixture, "look")->category, "analysis");
}

static void test_defaults_and_kinds(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"components\": [{\"name\": \"plain\"}, {\"name\": \"shared\", \"entry\": \"x.so\"},"
        "{\"name\": \"server\", \"command\": \"run\", \"args\": [\"${HOME}\"], \"env\": {\"A\": "
        "\"1\"}}, {\"name\": \"remote\", \"url\": \"https://x/mcp\", \"memory_bytes\": 5}]}";
    assert_int_equal(fixture_read(fixture, "m.json", text), 0);
    const struct fl_component *plain = fixture_component(fixture, "plain");
    assert_int_equal(plain->kind, FL_KIND_STATIC);
    assert_int_equal(plain->priority, FL_PRIORITY_MEDIUM);
    assert_string_equal(plain->pool, "general");
    assert_int_equal(fixture_component(fixture, "shared")->kind, FL_KIND_NATIVE);
    const struct fl_component *server = fixture_component(fixture, "server");
    assert_int_equal(server->kind, FL_KIND_MCP);
    assert_string_equal(server->launch.args.items[0], "/home/ada");
    assert_string_equal(server->launch.env.items[0], "A=1");
    assert_string_equal(fixture_component(fixture, "remote")->launch.transport, "http");
    assert_int_equal(fixture_component(fixture, "remote")->memory_bytes, 5);
}

static void test_bad_components(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] =
        "{\"components\": [\n{\"name\": \"kind\", \"kind\": \"magic\"},\n"
        "{\"name\": \"priority\", \"priority\": 7},\n{\"kind\": \"native\"},\n7,\n"
        "{\"name\": \"deps\", \"depends_on\": {}},\n{\"name\": \"syntax\" 1},\n"
        "{\"name\": \"dup\", \"kind\": \"native\", \"kind\": \"native\"},\n"
        "{\"name\": \"good\"},\n{\"name\": \"good\"},\n"
        "{\"name\": \"odd\", \"memory_mb\": -1, \"load_ms\": \"x\", \"lazy\": 1, \"version\": 2, "
        "\"keywords\": [7], \"idle_timeout_ms\": 1e99},\n"
        "{\"name\": \"launch\", \"command\": \"x\", \"args\": 7}]}";
    assert_int_equal(fixture_read(fixture, "m.json", text), 0);
    assert_int_equal(fixture->catalog.component_count, 2);
    fixture_component(fixture, "good");
    assert_int_equal(fixture_component(fixture, "odd")->memory_bytes, 0);
    assert_int_equal(fixture->findings.errors, 9);
    assert_int_equal(fixture->findings.warnings, 6);
    assert_int_equal(fixture->findings.items[0].line, 2);
    assert_string_equal(fixture->findings.items[0].subject, "kind");
    assert_int_equal(fixture->findings.items[5].line, 7);
}

/* The nine components of the assistant, with the numbers that their users know. */
static void test_assistant(void **state)
{
    static const struct {
        const char *name;
        enum fl_priority priority;
        uint32_t mb, load_ms, keywords, depends_on;
    } expected[] = {
        {"chatbots", FL_PRIORITY_CORE, 150, 50, 8, 0},
        {"vision", FL_PRIORITY_HIGH, 300, 100, 10, 0},
        {"memory", FL_PRIORITY_CORE, 50, 30, 0, 0},
        {"voice", FL_PRIORITY_CORE, 100, 80, 7, 0},
        {"ml_models", FL_PRIORITY_LOW, 200, 1500, 5, 0},
        {"monitoring", FL_PRIORITY_MEDIUM, 30, 40, 5, 0},
        {"voice_unlock", FL_PRIORITY_MEDIUM, 80, 200, 6, 1},
        {"wake_word", FL_PRIORITY_HIGH, 120, 150, 3, 1},
        {"display_monitor", FL_PRIORITY_CORE, 50, 100, 6, 1},
    };
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "../../../../examples/assistant/components.json"),
                     0);
    fixture_finish(fixture);
    assert_int_equal(fixture->findings.count, 0);
    assert_int_equal(fixture->catalog.component_count, 9);
    for (uint32_t i = 0; i < 9; i++) {
        const struct fl_component *component = &fixture->catalog.components[i];
        assert_string_equal(component->name, expected[i].name);
        assert_int_equal(component->kind, FL_KIND_NATIVE);
        assert_int_equal(component->priority, expected[i].priority);
        assert_int_equal(component->memory_bytes, (uint64_t)expected[i].mb << 20);
        assert_int_equal(component->load_ms, expected[i].load_ms);
        assert_int_equal(component->keywords.count, expected[i].keywords);
        assert_int_equal(component->depends_on.count, expected[i].depends_on);
    }
}

static void assert_same_names(struct fl_names a, struct fl_names b)
{
    assert_int_equal(a.count, b.count);
    for (uint32_t i = 0; i < a.count; i++)
        assert_string_equal(a.items[i], b.items[i]);
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a != NULL, b != NULL);
    if (a)
        assert_string_equal(a, b);
}

static void assert_same_component(const struct fl_component *a, const struct fl_component *b)
{
    assert_string_equal(a->name, b->name);
    assert_same_text(a->title, b->title);
    assert_same_text(a->description, b->description);
    assert_same_text(a->version, b->version);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->priority, b->priority);
    assert_same_names(a->keywords, b->keywords);
    assert_same_names(a->depends_on, b->depends_on);
    assert_same_names(a->conflicts, b->conflicts);
    assert_same_names(a->preload_triggers, b->preload_triggers);
    assert_string_equal(a->pool, b->pool);
    assert_same_text(a->entry, b->entry);
    assert_int_equal(a->memory_bytes, b->memory_bytes);
    assert_int_equal(a->load_ms, b->load_ms);
    assert_int_equal(a->idle_timeout_ms, b->idle_timeout_ms);
    assert_int_equal(a->lazy, b->lazy);
    assert_int_equal(a->disabled, b->disabled);
}

/* Every component of the example and of each client, written and read again. */
static void test_written_manifests(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(fixture_read_input(fixture, "../../../../examples/assistant/components.json"),
                     0);
    assert_int_equal(fixture_read_input(fixture, "clients"), 0);
    static const char odd[] =
        "{\"name\": \"o\\\"d/d\", \"kind\": \"worker\", \"lazy\": true, \"disabled\": true, "
        "\"conflicts\": [\"vision\"], \"preload_triggers\": [\"\u00fc\"], \"idle_timeout_ms\": 7, "
        "\"description\": \"two\\nlines\", \"entry\": \"/x\", \"memory_bytes\": 123456789012}";
    assert_int_equal(fixture_read(fixture, "odd.json", odd), 0);
    assert_true(fixture->catalog.component_count > 25);
    for (uint32_t i = 0; i < fixture->catalog.component_count; i++) {
        struct fl_buf text = {0};
        void *own;
        const struct fl_component *component = &fixture->catalog.components[i];
        assert_int_equal(fl_manifest_append(&text, component, NULL), 0);
        assert_null(strstr(fl_buf_text(&text), "s3cret"));
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *again = own;
        assert_int_equal(fixture_read(again, "again.json", fl_buf_text(&text)), 0);
        assert_int_equal(again->form, FL_FORM_MANIFEST);
        assert_int_equal(again->catalog.component_count, 1);
        assert_int_equal(again->findings.count, 0);
        assert_same_component(component, &again->catalog.components[0]);
        fixture_teardown(&own);
        fl_buf_destroy(&text);
    }
}

/* Whatever its source is called, a stored manifest is one. */
static void test_stored_manifests(void **state)
{
    struct fixture *fixture = *state;
    static const char *const good[] = {"{\"name\":\"a\",\"description\":\"d\"}",
                                       "{\"name\":\"b\",\"mcpServers\":{}}"};
    static const char *const bad[] = {"", "[]", "{\"name\":\"c\"", "{\"kind\":\"static\"}",
                                      "# {\"name\":\"c\"}"};
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(fl_catalog_read_manifest(&fixture->catalog, fl_str_of(good[i]),
                                                  i ? "x.toml" : "x.jsonl", &fixture->findings,
                                                  &fixture->err),
                         0);
        assert_int_equal(fixture->catalog.component_count, i + 1);
    }
    assert_int_equal(fixture->findings.count, 0);
    assert_string_equal(fixture_component(fixture, "a")->description, "d");
    assert_string_equal(fixture_component(fixture, "b")->source, "x.toml");
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(fl_catalog_read_manifest(&fixture->catalog, fl_str_of(bad[i]), "bad",
                                                  &fixture->findings, &fixture->err),
                         0);
        assert_int_equal(fixture->findings.count, i + 1);
    }
    assert_int_equal(fixture->catalog.component_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_field), TEST(test_defaults_and_kinds), TEST(test_bad_components),
        TEST(test_assistant),   TEST(test_written_manifests),  TEST(test_stored_manifests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
