/* test_engine_import.c: MCP servers of a client configuration, good ones beside all kinds of bad
 * ones, listed into the store, refreshed, canceled; and that no secret of theirs is kept or told.
 */
#include "engine_fixture.h"

#include "base/os.h"
#include "net/child.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

enum { EVENTS_MAX = 64, START_TIMEOUT_MS = 2500 };

/* The launcher of the build, whatever lies beside this test. */
int __wrap_fl_child_find_launcher(char *path, size_t size, struct fl_err *err);

int __wrap_fl_child_find_launcher(char *path, size_t size, struct fl_err *err)
{
    (void)err;
    return snprintf(path, size, "%s", FL_TEST_LAUNCHER) < (int)size ? 0 : -FL_ELIMIT;
}

struct event {
    char component[32], reason[256];
    enum fl_import_state state;
    uint32_t tools;
};

struct import {
    struct fl_import_options options;
    struct event events[EVENTS_MAX];
    uint32_t count, started, ended;
    bool cancel; /* as soon as a server is started */
};

static void on_progress(void *ctx, const struct fl_import_event *event)
{
    struct import *import = ctx;
    if (event->state == FL_IMPORT_STARTED) {
        import->started++;
        return;
    }
    import->ended++;
    assert_int_equal(event->done, import->ended);
    assert_true(event->done <= event->total);
    assert_true(import->count < EVENTS_MAX);
    struct event *kept = &import->events[import->count++];
    kept->state = event->state;
    kept->tools = event->tools;
    snprintf(kept->component, sizeof kept->component, "%s", event->component);
    snprintf(kept->reason, sizeof kept->reason, "%s", event->reason);
}

static bool is_canceled(void *ctx)
{
    const struct import *import = ctx;
    return import->cancel && import->started > 0;
}

static void import_init(struct import *import)
{
    *import = (struct import){.cancel = false};
    fl_import_options_init(&import->options);
    import->options.start_timeout_ms = START_TIMEOUT_MS;
    import->options.parallel = 8;
    import->options.progress = on_progress;
    import->options.canceled = is_canceled;
    import->options.ctx = import;
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static int import_files(struct fixture *fixture, struct import *import, const char *path)
{
    fixture->err = (struct fl_err){0};
    int rc = fl_engine_import(fixture->engine, &path, 1, &import->options, fixture_report(fixture),
                              &fixture->err);
    assert_no_children();
    return rc;
}

static int refresh(struct fixture *fixture, struct import *import, const char *component)
{
    import_init(import);
    fixture->err = (struct fl_err){0};
    int rc = fl_engine_refresh(fixture->engine, component ? &component : NULL, component != NULL,
                               &import->options, fixture_report(fixture), &fixture->err);
    assert_no_children();
    return rc;
}

static const struct event *event_of(const struct import *import, const char *component)
{
    const struct event *found = NULL;
    for (uint32_t i = 0; i < import->count; i++)
        if (strcmp(import->events[i].component, component) == 0) {
            if (found)
                fail_msg("'%s' ended twice", component);
            found = &import->events[i];
        }
    if (!found)
        fail_msg("'%s' never ended", component);
    return found;
}

static void assert_event(const struct import *import, const char *component,
                         enum fl_import_state state, uint32_t tools)
{
    const struct event *event = event_of(import, component);
    if (event->state != state || event->tools != tools)
        fail_msg("'%s': state %d, %u tools, '%s'", component, event->state, event->tools,
                 event->reason);
}

static void assert_failed(struct fixture *fixture, const struct import *import,
                          const char *component, const char *part)
{
    const struct event *event = event_of(import, component);
    bool reported = false;
    if (event->state != FL_IMPORT_FAILED || !strstr(event->reason, part))
        fail_msg("'%s': state %d, '%s'", component, event->state, event->reason);
    for (size_t i = 0; i < fl_report_count(fixture->report); i++) {
        const struct fl_report_item *item = fl_report_item(fixture->report, i);
        reported |= item->level == FL_REPORT_ERROR && strcmp(item->subject, component) == 0 &&
                    strstr(item->message, part) && *item->path;
    }
    assert_true(reported);
}

static struct fl_component_info stored(struct fixture *fixture, const char *component)
{
    struct fl_component_info info;
    uint32_t index;
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    assert_non_null(snapshot);
    assert_int_equal(fl_snapshot_find_component(snapshot, component, &index, &fixture->err), 0);
    fl_snapshot_component(snapshot, index, &info);
    fl_snapshot_unpin(snapshot); /* the engine still has it */
    return info;
}

/* --- configurations --- */

struct config {
    struct fl_buf text;
};

static void config_begin(struct config *config)
{
    fl_buf_clear(&config->text);
    fl_buf_append_str(&config->text, "{\"mcpServers\":{");
}

/* A fake server with these traits, and what else its entry says. */
static void config_add(struct config *config, const char *name, const char *traits,
                       const char *more)
{
    char last = config->text.ptr[config->text.len - 1];
    fl_buf_printf(&config->text, "%s\"%s\":{\"command\":\"%s\",\"args\":[%s]%s}",
                  last == '{' ? "" : ",", name, FL_TEST_SERVER, traits, more);
}

static const char *config_write(struct config *config, struct fixture *fixture, const char *name)
{
    fl_buf_append_str(&config->text, "}}");
    return fixture_write(fixture, name, fl_buf_text(&config->text));
}

static const char *trait = "\"tools=2\"";

static const char *test_getenv(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "TRAIT") == 0   ? trait
           : strcmp(name, "TOKEN") == 0 ? "SECRET-from-environment"
                                        : NULL;
}

static int start_with_home(void **state)
{
    int rc = fixture_setup(state);
    if (!rc) {
        struct fixture *fixture = *state;
        fixture->options.home = fixture->home;
        fixture->options.getenv = test_getenv;
        fixture_start(fixture);
        trait = "tools=2";
    }
    return rc;
}

/* --- good beside bad --- */

static const struct bad_server {
    const char *name, *traits, *part;
} bad_servers[] = {
    {"hangs", "\"silent\"", "2500 ms"},
    {"dies", "\"stderr=Error: no licence\",\"exit=3\"", "no licence"},
    {"killed", "\"signal=9\"", "signal"},
    {"torn", "\"die-mid-list\"", "out of luck"},
    {"malformed", "\"malformed\"", ""},
    {"latin", "\"bad-utf8\"", "UTF-8"},
    {"object", "\"not-array\"", ""},
    {"sorry", "\"error-list\"", "sorry"},
    {"refuses", "\"refuse\"", "not today"},
    {"half", "\"not-object\"", "no object"},
};
enum { BAD = sizeof bad_servers / sizeof *bad_servers };

static void good_servers_beside_bad_ones(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    config_begin(&config);
    config_add(&config, "plain", "", "");
    config_add(&config, "noisy", "\"noise\",\"tools=3\"", "");
    config_add(&config, "modern", "\"modern\",\"pages=2\"", "");
    config_add(&config, "empty", "\"tools=0\"", "");
    config_add(&config, "off", "", ",\"disabled\":true");
    for (size_t i = 0; i < BAD; i++)
        config_add(&config, bad_servers[i].name, bad_servers[i].traits, "");
    fl_buf_append_str(&config.text, ",\"missing\":{\"command\":\"/nowhere/at/all\"}"
                                    ",\"remote\":{\"url\":\"http://127.0.0.1:1/mcp\"}"
                                    ",\"wrong\":7");
    const char *path = config_write(&config, fixture, "mcp.json");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, path), 0);

    assert_event(&import, "plain", FL_IMPORT_ADDED, 2);
    assert_event(&import, "noisy", FL_IMPORT_ADDED, 3);
    assert_event(&import, "modern", FL_IMPORT_ADDED, 4);
    assert_event(&import, "empty", FL_IMPORT_ADDED, 0);
    assert_event(&import, "off", FL_IMPORT_SKIPPED, 0);
    for (size_t i = 0; i < BAD; i++)
        assert_failed(fixture, &import, bad_servers[i].name, bad_servers[i].part);
    assert_failed(fixture, &import, "missing", "/nowhere/at/all");
    assert_failed(fixture, &import, "remote", "");
    assert_int_equal(import.count, 5 + BAD + 2);
    assert_int_equal(import.started, 4 + BAD + 2);
    assert_reported(fixture->report, "lists no tools");

    /* What failed can be seen, and its tools are not there. */
    assert_int_equal(stored(fixture, "plain").tool_count, 2);
    assert_null(stored(fixture, "plain").last_error);
    assert_string_equal(stored(fixture, "plain").kind, "mcp");
    assert_string_equal(stored(fixture, "plain").version, "1");
    assert_string_equal(stored(fixture, "modern").description, "be kind");
    for (size_t i = 0; i < BAD; i++) {
        struct fl_component_info info = stored(fixture, bad_servers[i].name);
        assert_int_equal(info.tool_count, 0);
        assert_non_null(info.last_error);
        assert_non_null(strstr(info.last_error, bad_servers[i].part));
        assert_int_equal(info.listed_at_s, 0);
    }
    struct fl_selection *selection = select_text(fixture, "tool 0 2 noisy");
    assert_non_null(choice_of(selection, "noisy/tool_0_2"));
    fl_selection_free(selection);
    fl_buf_destroy(&config.text);
}

/* --- again --- */

static void a_changed_list_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    config_begin(&config);
    config_add(&config, "steady", "", "");
    config_add(&config, "moody", "\"${TRAIT}\"", "");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, config_write(&config, fixture, "mcp.json")), 0);
    assert_event(&import, "moody", FL_IMPORT_ADDED, 2);
    int64_t changed_at_s = stored(fixture, "moody").changed_at_s;
    assert_true(changed_at_s > 0);

    trait = "tools=3";
    assert_int_equal(refresh(fixture, &import, NULL), 0);
    assert_event(&import, "steady", FL_IMPORT_UNCHANGED, 2);
    assert_event(&import, "moody", FL_IMPORT_CHANGED, 3);
    assert_int_equal(stored(fixture, "moody").tool_count, 3);

    trait = "exit=1"; /* what was known of it stays, with the reason */
    assert_int_equal(refresh(fixture, &import, "moody"), 0);
    assert_int_equal(import.count, 1);
    assert_failed(fixture, &import, "moody", "");
    assert_int_equal(stored(fixture, "moody").tool_count, 3);
    assert_non_null(stored(fixture, "moody").last_error);
    assert_null(stored(fixture, "steady").last_error);

    trait = "tools=3"; /* and goes when it is well again */
    assert_int_equal(refresh(fixture, &import, "moody"), 0);
    assert_event(&import, "moody", FL_IMPORT_UNCHANGED, 3);
    assert_null(stored(fixture, "moody").last_error);

    assert_int_equal(refresh(fixture, &import, "nobody"), -FL_ENOENT);
    assert_non_null(strstr(fixture->err.message, "nobody"));
    assert_int_equal(import.count, 0);
    fl_buf_destroy(&config.text);
}

/* A server that failed at first is new when it is well. */
static void a_failed_server_gets_well(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    trait = "exit=1";
    config_begin(&config);
    config_add(&config, "moody", "\"${TRAIT}\"", "");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, config_write(&config, fixture, "mcp.json")), 0);
    assert_failed(fixture, &import, "moody", "");
    assert_int_equal(refresh(fixture, &import, "moody"), 0);
    assert_failed(fixture, &import, "moody", "");
    trait = "tools=1";
    assert_int_equal(refresh(fixture, &import, "moody"), 0);
    assert_event(&import, "moody", FL_IMPORT_ADDED, 1);
    fl_buf_destroy(&config.text);
}

/* Nothing is refreshed that its file does not have any more, and that is told. */
static void entries_that_went_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    config_begin(&config);
    config_add(&config, "goes", "", "");
    config_add(&config, "stays", "", "");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, config_write(&config, fixture, "mcp.json")), 0);
    config_begin(&config);
    config_add(&config, "stays", "", "");
    config_write(&config, fixture, "mcp.json");
    assert_int_equal(refresh(fixture, &import, "goes"), 0);
    assert_reported(fixture->report, "'goes' is not in it any more");
    assert_int_equal(refresh(fixture, &import, NULL), 0);
    assert_event(&import, "stays", FL_IMPORT_UNCHANGED, 2);
    assert_reported(fixture->report, "'goes' is not in it any more");
    assert_int_equal(stored(fixture, "goes").tool_count, 2);
    assert_int_equal(remove(fixture->path), 0);
    assert_int_equal(refresh(fixture, &import, "stays"), -FL_ENOENT);
    assert_non_null(strstr(fixture->err.message, "mcp.json"));
    fl_buf_destroy(&config.text);
}

/* --- not at all --- */

static void canceled_imports_end(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    fixture_load(fixture, "before.jsonl", "{\"name\":\"before\",\"component\":\"c\"}\n");
    config_begin(&config);
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "slow%d", i);
        config_add(&config, name, "\"silent\"", "");
    }
    import_init(&import);
    import.options.start_timeout_ms = 60000;
    import.options.parallel = 2;
    import.cancel = true;
    assert_int_equal(import_files(fixture, &import, config_write(&config, fixture, "mcp.json")),
                     -FL_ECANCELED);
    assert_true(import.started <= 2);
    for (uint32_t i = 0; i < import.count; i++)
        assert_int_equal(import.events[i].state, FL_IMPORT_FAILED);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine); /* the old one */
    uint32_t tool;
    assert_int_equal(fl_snapshot_find_tool(snapshot, "c/before", &tool, NULL), 0);
    fl_snapshot_unpin(snapshot);
    fl_buf_destroy(&config.text);
}

static void servers_may_be_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    config_begin(&config);
    config_add(&config, "good", "\"exit=1\"", "");
    const char *path = config_write(&config, fixture, "mcp.json");
    import_init(&import);
    import.options.list_servers = false;
    assert_int_equal(import_files(fixture, &import, path), 0);
    assert_event(&import, "good", FL_IMPORT_SKIPPED, 0);
    assert_int_equal(import.started, 0);
    import_init(&import);
    import.options.self_program = "fake_mcp_server";
    assert_int_equal(import_files(fixture, &import, path), 0);
    assert_int_equal(import.started, 0);
    assert_reported(fixture->report, "this program itself");
    fl_buf_destroy(&config.text);
}

/* A configuration alone shows the tools that the store has of its servers, and starts none. */
static void configurations_show_stored_tools(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    config_begin(&config);
    config_add(&config, "good", "\"tools=3\"", "");
    const char *path = config_write(&config, fixture, "mcp.json");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, path), 0);
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_files(fixture->engine, &path, 1, NULL, &fixture->err), 0);
    struct fl_snapshot *snapshot = fl_engine_pin(fixture->engine);
    char *json = NULL;
    assert_int_equal(fl_snapshot_tool_count(snapshot), 3);
    assert_int_equal(fl_snapshot_definition(snapshot, 1, FL_TOOL_FORM_MCP, &json, NULL), 0);
    assert_string_equal(json, "{\"name\":\"tool_0_1\",\"n\":1.50e1,\"description\":\"\","
                              "\"inputSchema\":{\"type\":\"object\"}}");
    fl_free(json);
    fl_snapshot_unpin(snapshot);
    fixture->options.home = NULL;
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_files(fixture->engine, &path, 1, NULL, &fixture->err), 0);
    snapshot = fl_engine_pin(fixture->engine);
    assert_int_equal(fl_snapshot_component_count(snapshot), 1);
    assert_int_equal(fl_snapshot_tool_count(snapshot), 0);
    fl_snapshot_unpin(snapshot);
    fl_buf_destroy(&config.text);
}

/* --- secrets --- */

static void assert_no_secret(const char *where, const char *text, size_t len)
{
    static const char mark[] = "SECRET";
    for (size_t i = 0; i + sizeof mark - 1 <= len; i++)
        if (memcmp(text + i, mark, sizeof mark - 1) == 0)
            fail_msg("%s: …%.60s", where, text + i);
}

static int check_file(void *ctx, const char *name)
{
    const struct fixture *fixture = ctx;
    struct fl_buf bytes = {0};
    char path[400];
    snprintf(path, sizeof path, "%s/%s", fixture->home, name);
    assert_int_equal(fl_os_read_file(path, 1 << 30, &bytes, NULL), 0);
    assert_no_secret(name, fl_buf_text(&bytes), bytes.len);
    fl_buf_destroy(&bytes);
    return 0;
}

static void check_told(struct fixture *fixture, const struct import *import)
{
    for (uint32_t i = 0; i < import->count; i++)
        assert_no_secret("event", import->events[i].reason, strlen(import->events[i].reason));
    for (size_t i = 0; i < fl_report_count(fixture->report); i++) {
        const struct fl_report_item *item = fl_report_item(fixture->report, i);
        assert_no_secret("report", item->message, strlen(item->message));
        assert_no_secret("report's subject", item->subject, strlen(item->subject));
    }
    assert_no_secret("messages", fl_buf_text(&fixture->messages), fixture->messages.len);
    assert_no_secret("error", fixture->err.message, strlen(fixture->err.message));
}

static void secrets_are_not_kept_or_told(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {{0}};
    struct import import;
    static const char env[] = ",\"env\":{\"API_KEY\":\"SECRET-env\",\"TOKEN\":\"${TOKEN}\"}";
    config_begin(&config);
    config_add(&config, "good", "\"--token=SECRET-arg\",\"${TOKEN}\"", env);
    config_add(&config, "noisy", "\"noise\",\"--token=SECRET-arg\"", env);
    config_add(&config, "dies", "\"exit=3\",\"--token=SECRET-arg\"", env);
    config_add(&config, "odd", "\"not-object\",\"SECRET-arg\"", env);
    config_add(&config, "malformed", "\"malformed\",\"SECRET-arg\"", env);
    config_add(&config, "unset", "\"${NOT_SET}\"", ",\"env\":{\"A\":\"SECRET-${NOT_SET}\"}");
    config_add(&config, "bad", "7,\"SECRET-arg\"", env);
    fl_buf_append_str(&config.text,
                      ",\"remote\":{\"url\":\"http://SECRET-user:SECRET-pass@127.0.0.1:1/"
                      "mcp?key=SECRET-query\",\"headers\":{\"Authorization\":\"Bearer "
                      "SECRET-header\"}},"
                      "\"control\":{\"url\":\"http://127.0.0.1:1/\",\"headers\":{\"X\":\"SECRET\\n"
                      "SECRET\"}},"
                      "\"strange\":{\"url\":\"SECRET://nothing\"},"
                      "\"missing\":{\"command\":\"/nowhere\",\"args\":[\"SECRET-arg\"]}");
    const char *path = config_write(&config, fixture, "mcp.json");
    import_init(&import);
    assert_int_equal(import_files(fixture, &import, path), 0);
    assert_event(&import, "good", FL_IMPORT_ADDED, 2);
    assert_reported(fixture->report, "NOT_SET");
    check_told(fixture, &import);
    assert_int_equal(refresh(fixture, &import, NULL), 0);
    check_told(fixture, &import);
    fixture_start(fixture);
    assert_int_equal(fl_engine_load_stored(fixture->engine, &fixture->err), 0);
    assert_int_equal(fl_engine_check(fixture->engine, fixture_report(fixture), &fixture->err), 0);
    check_told(fixture, &import);
    assert_int_equal(fl_os_list_dir(fixture->home, check_file, fixture, NULL), 0);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    assert_int_equal(fl_os_list_dir(fixture->home, check_file, fixture, NULL), 0);
    assert_int_equal(fl_check_file(&fixture->options, path, fixture_report(fixture), &fixture->err),
                     0);
    check_told(fixture, &import);
    fl_buf_destroy(&config.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_home, fixture_teardown)
        TEST(good_servers_beside_bad_ones),
        TEST(a_changed_list_is_noticed),
        TEST(a_failed_server_gets_well),
        TEST(entries_that_went_are_told),
        TEST(canceled_imports_end),
        TEST(servers_may_be_left_alone),
        TEST(configurations_show_stored_tools),
        TEST(secrets_are_not_kept_or_told),
    };
    return cmocka_run_group_tests_name("engine_import", tests, NULL, NULL);
}
