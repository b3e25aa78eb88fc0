/* test_mcp_lister.c: servers on stdio, good ones and each way of being bad. A good one runs beside
 * each bad one and must not notice. What ends by a time-out has small times and runs alone. */
#include "net_fixture.h"

#include "net/proc_tree.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#define TOOL(page, n)                 \
    "{\"name\": \"tool_" #page "_" #n \
    "\",\"n\":1.50e1,\"description\":\"\",\"inputSchema\":{\"type\":\"object\"}}"

static void lists_a_legacy_server(void **state)
{
    struct fixture *fixture = *state;
    uint32_t server = fixture_add(fixture, NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, server, 2);
    const struct fixture_result *result = &fixture->results[server];
    assert_string_equal(result->tools_json, "[" TOOL(0, 0) "," TOOL(0, 1) "]");
    assert_string_equal(result->protocol_version, "2025-11-25");
    assert_string_equal(result->server_name, "fake");
    assert_string_equal(result->instructions, "-");
    assert_false(result->modern);
    assert_true(result->resident_bytes > 0);
    assert_int_equal(fixture->started, 1);
}

static void lists_a_modern_server(void **state)
{
    struct fixture *fixture = *state;
    uint32_t server = fixture_add(fixture, "modern", "pages=3", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, server, 6);
    assert_true(fixture->results[server].modern);
    assert_string_equal(fixture->results[server].protocol_version, "2026-07-28");
    assert_string_equal(fixture->results[server].instructions, "be kind");
}

static void negotiates_versions(void **state)
{
    struct fixture *fixture = *state;
    uint32_t oldest = fixture_add(fixture, "version=2024-11-05", NULL);
    uint32_t unknown = fixture_add(fixture, "version=2023-01-01", NULL);
    uint32_t both = fixture_add(fixture, "unsupported=2025-06-18", "version=2025-06-18", NULL);
    uint32_t none = fixture_add(fixture, "unsupported=2031-01-01", NULL);
    uint32_t discovered = fixture_add(fixture, "modern=2025-11-25", NULL);
    uint32_t future = fixture_add(fixture, "modern=2031-01-01", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, oldest, 2);
    assert_string_equal(fixture->results[oldest].protocol_version, "2024-11-05");
    assert_failed(fixture, unknown, FL_EVERSION,
                  "wants MCP \"2023-01-01\"; spoken here: 2024-11-05 to 2025-11-25");
    assert_listed(fixture, both, 2);
    assert_string_equal(fixture->results[both].protocol_version, "2025-06-18");
    assert_failed(fixture, none, FL_EVERSION,
                  "speaks MCP 2031-01-01 only; spoken here: 2026-07-28, 2025-11-25 to 2024-11-05");
    assert_listed(fixture, discovered, 2);
    assert_false(fixture->results[discovered].modern);
    assert_failed(fixture, future, FL_EVERSION,
                  "speaks MCP 2031-01-01 only; spoken here: 2026-07-28, 2025-11-25 to 2024-11-05");
}

static void takes_odd_but_good_servers(void **state)
{
    struct fixture *fixture = *state;
    uint32_t noise = fixture_add(fixture, "noise", NULL);
    uint32_t crlf = fixture_add(fixture, "crlf", NULL);
    uint32_t batch = fixture_add(fixture, "batch", NULL);
    uint32_t pages = fixture_add(fixture, "pages=7", "tools=3", NULL);
    uint32_t empty = fixture_add(fixture, "tools=0", NULL);
    uint32_t no_tools = fixture_add(fixture, "no-tools", NULL);
    uint32_t twice = fixture_add(fixture, "duplicate", "pages=2", NULL);
    uint32_t asks = fixture_add(fixture, "ping", NULL);
    uint32_t escaped = fixture_add(fixture, "escaped-keys", NULL);
    uint32_t big = fixture_add(fixture, "big=1048576", NULL);
    uint32_t slow = fixture_add(fixture, "delay=100", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, noise, 2);
    assert_int_equal(fixture->results[noise].stray_lines, 3);
    assert_listed(fixture, crlf, 2);
    assert_listed(fixture, batch, 2);
    assert_string_equal(fixture->results[batch].tools_json, "[" TOOL(0, 0) "," TOOL(0, 1) "]");
    assert_listed(fixture, pages, 21);
    assert_listed(fixture, empty, 0);
    assert_string_equal(fixture->results[empty].tools_json, "[]");
    assert_listed(fixture, no_tools, 0);
    assert_listed(fixture, twice, 4);
    assert_listed(fixture, asks, 2);
    assert_listed(fixture, escaped, 2);
    assert_non_null(strstr(fixture->results[escaped].tools_json, "\"name\":\"tool_0_0\""));
    assert_listed(fixture, big, 2);
    assert_true(strlen(fixture->results[big].tools_json) > 1048576);
    assert_listed(fixture, slow, 2);
}

static void restarts_what_ends_on_the_probe(void **state)
{
    struct fixture *fixture = *state;
    uint32_t server = fixture_add(fixture, "exit-on-probe", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, server, 2);
    assert_int_equal(fixture->started, 1);
}

static void silence_to_the_probe_means_legacy(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.probe_timeout_ms = 100;
    uint32_t server = fixture_add(fixture, "silent-probe", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, server, 2);
}

/* It is asked to initialize while it sleeps; then it answers the probe first. */
static void a_late_discovery_counts(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.probe_timeout_ms = 50;
    uint32_t server = fixture_add(fixture, "modern", "delay=300", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, server, 2);
    assert_true(fixture->results[server].modern);
}

static void tells_how_it_ended(void **state)
{
    struct fixture *fixture = *state;
    uint32_t status = fixture_add(fixture, "exit=7", NULL);
    uint32_t reason = fixture_add(fixture, "stderr=starting\nTypeError: no key\n    at x.js:3\nbye",
                                  "exit=1", NULL);
    uint32_t killed = fixture_add(fixture, "signal=9", "stderr=last words", NULL);
    uint32_t mid_list = fixture_add(fixture, "die-mid-list", NULL);
    uint32_t closed = fixture_add(fixture, "close-stdout", NULL);
    uint32_t good = fixture_add(fixture, NULL);
    fixture_run(fixture, 0);
    assert_failed(fixture, status, FL_ECHILD, "exited with status 7 before it answered initialize");
    assert_failed(fixture, reason, FL_ECHILD,
                  "exited with status 1 before it answered initialize: TypeError: no key");
    assert_failed(fixture, killed, FL_ECHILD,
                  "was ended by signal 9 (Killed) before it answered initialize: last words");
    assert_failed(fixture, mid_list, FL_ECHILD,
                  "exited with status 3 before it answered tools/list: Error: out of luck");
    assert_failed(fixture, closed, FL_ECHILD, "exited with status 0 before it answered tools/list");
    assert_listed(fixture, good, 2);
}

static void tells_why_it_cannot_start(void **state)
{
    struct fixture *fixture = *state;
    static const char *const missing[] = {"foreload-no-such-command", NULL};
    static const char *const no_file[] = {"/nowhere/server", NULL};
    static const char *const forbidden[] = {"/etc/passwd", NULL};
    static const char *const bad_env[] = {"PATH=/nowhere", NULL};
    uint32_t first = fixture_add(fixture, NULL);
    for (int i = 0; i < 6; i++)
        fixture_add(fixture, NULL);
    fixture->targets[0].argv = missing;
    fixture->targets[1].argv = no_file;
    fixture->targets[2].argv = forbidden;
    fixture->targets[3].cwd = "/nowhere";
    fixture->targets[4].argv = (const char *const[]){"true", NULL};
    fixture->targets[4].env = bad_env;
    fixture->targets[5].argv = NULL;
    fixture_run(fixture, 0);
    assert_failed(fixture, first, FL_ENOENT,
                  "command \"foreload-no-such-command\" not found: is it installed and in PATH?");
    assert_failed(fixture, 1, FL_ENOENT, "\"/nowhere/server\" or its interpreter does not exist");
    assert_failed(fixture, 2, FL_ECHILD, "\"/etc/passwd\" must not be executed: Permission denied");
    assert_failed(fixture, 3, FL_ENOENT,
                  "its working directory cannot be entered: No such file or directory");
    assert_failed(fixture, 4, FL_ENOENT,
                  "command \"true\" not found: is it installed and in PATH?");
    assert_failed(fixture, 5, FL_EINVAL, "has neither a command nor a URL");
    assert_listed(fixture, 6, 2);
}

static void a_missing_launcher_is_named(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.launcher = "/nowhere/foreload-launch";
    uint32_t server = fixture_add(fixture, NULL);
    fixture_run(fixture, 0);
    assert_failed(
        fixture, server, FL_ECHILD,
        "the launcher \"/nowhere/foreload-launch\" cannot be started: no such file or directory");
}

static void refuses_bad_answers(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.max_pages = 5;
    uint32_t malformed = fixture_add(fixture, "malformed", NULL);
    uint32_t utf8 = fixture_add(fixture, "bad-utf8", NULL);
    uint32_t not_array = fixture_add(fixture, "not-array", NULL);
    uint32_t not_object = fixture_add(fixture, "not-object", NULL);
    uint32_t circle = fixture_add(fixture, "same-cursor", NULL);
    uint32_t endless = fixture_add(fixture, "endless-pages", NULL);
    uint32_t refused = fixture_add(fixture, "refuse", NULL);
    uint32_t list_refused = fixture_add(fixture, "error-list", NULL);
    uint32_t good = fixture_add(fixture, NULL);
    fixture_run(fixture, 0);
    assert_failed(fixture, malformed, FL_EPROTO,
                  "sent a message that cannot be read: bad JSON: unexpected token near '}'");
    assert_failed(fixture, utf8, FL_EPROTO,
                  "sent a message that cannot be read: not valid UTF-8 at byte 52");
    assert_failed(fixture, not_array, FL_EPROTO, "answered tools/list without an array of tools");
    assert_failed(fixture, not_object, FL_EPROTO, "its tool number 2 is no object");
    assert_failed(fixture, circle, FL_EPROTO,
                  "its list of tools goes round in circles: cursor \"again\" twice");
    assert_failed(fixture, endless, FL_ELIMIT, "its list of tools has more than 5 pages");
    assert_failed(fixture, refused, FL_EPROTO, "refused initialize: not today (-32000)");
    assert_failed(fixture, list_refused, FL_EPROTO, "refused tools/list: sorry (-32603)");
    assert_listed(fixture, good, 2);
}

static void limits_what_it_takes(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.max_list_bytes = 2000;
    uint32_t line = fixture_add(fixture, "big=4000", NULL);
    uint32_t list = fixture_add(fixture, "pages=50", NULL);
    uint32_t flood = fixture_add(fixture, "flood-stdin", NULL);
    uint32_t good = fixture_add(fixture, NULL);
    fixture_run(fixture, 0);
    assert_failed(fixture, line, FL_ELIMIT, "sent a line of more than 2000 bytes");
    assert_failed(fixture, list, FL_ELIMIT, "its list of tools has more than 2000 bytes");
    assert_failed(fixture, flood, FL_ELIMIT, "does not read what is sent to it");
    assert_listed(fixture, good, 2);
}

static void times_out(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.start_timeout_ms = 200;
    fixture->options.stop_timeout_ms = 100;
    uint32_t silent = fixture_add(fixture, "silent", "stderr=waiting for the database", NULL);
    fixture_run(fixture, 0);
    assert_failed(fixture, silent, FL_ETIMEDOUT,
                  "no answer to initialize within 200 ms: waiting for the database");
}

static void times_out_on_the_list(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.list_timeout_ms = 200;
    fixture->options.stop_timeout_ms = 100;
    uint32_t silent = fixture_add(fixture, "silent-list", NULL);
    uint32_t talks = fixture_add(fixture, "notify-forever", NULL);
    uint32_t wrong = fixture_add(fixture, "wrong-id", NULL);
    fixture_run(fixture, 0);
    assert_failed(fixture, silent, FL_ETIMEDOUT, "no answer to tools/list within 200 ms");
    assert_failed(fixture, talks, FL_ETIMEDOUT, "no answer to tools/list within 200 ms");
    assert_failed(fixture, wrong, FL_ETIMEDOUT,
                  "no answer to tools/list, but 1 to nothing that was asked");
}

static void stops_what_does_not_want_to(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.stop_timeout_ms = 100;
    uint32_t no_eof = fixture_add(fixture, "ignore-eof", NULL);
    uint32_t no_term = fixture_add(fixture, "ignore-eof", "ignore-term", NULL);
    uint32_t family = fixture_add(fixture, "grandchild", NULL);
    uint32_t daemon = fixture_add(fixture, "daemon", "ignore-eof", NULL);
    uint32_t dies = fixture_add(fixture, "grandchild", "daemon", "exit=4", NULL);
    fixture_run(fixture, 0);
    assert_listed(fixture, no_eof, 2);
    assert_listed(fixture, no_term, 2);
    assert_listed(fixture, family, 2);
    assert_listed(fixture, daemon, 2);
    assert_failed(fixture, dies, FL_ECHILD, "exited with status 4 before it answered initialize");
}

static bool when_all_have_started(void *ctx)
{
    const struct fixture *fixture = ctx;
    return fixture->started == 2;
}

static void cancels(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.canceled = when_all_have_started;
    fixture->options.parallel = 2;
    fixture->options.stop_timeout_ms = 100;
    uint32_t first = fixture_add(fixture, "silent", "grandchild", NULL);
    uint32_t second = fixture_add(fixture, "silent", "ignore-term", NULL);
    uint32_t third = fixture_add(fixture, NULL);
    fixture_run(fixture, -FL_ECANCELED);
    assert_int_equal(fixture->started, 2);
    assert_failed(fixture, first, FL_ECANCELED, "canceled");
    assert_failed(fixture, second, FL_ECANCELED, "canceled");
    assert_failed(fixture, third, FL_ECANCELED, "canceled before it was started");
}

static void works_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.parallel = 1;
    for (int i = 0; i < 5; i++)
        fixture_add(fixture, i == 2 ? "exit=1" : "crlf", NULL);
    fixture_run(fixture, 0);
    for (uint32_t i = 0; i < 5; i++)
        if (i != 2)
            assert_listed(fixture, i, 2);
}

static void nothing_to_list(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, 0);
}

/* The process that lists is killed while a server with a family hangs. */
static void nothing_outlives_a_killed_lister(void **state)
{
    struct fixture *fixture = *state;
    fixture_add(fixture, "silent", "ignore-eof", "ignore-term", "grandchild", "daemon", NULL);
    pid_t lister = fork();
    if (lister == 0) {
        struct fl_err err;
        fl_mcp_list_all(fixture->targets, fixture->count, &fixture->options, &err);
        _exit(0);
    }
    /* Three processes tell that they are there. */
    FILE *alive = fopen(fixture->alive_path, "r");
    assert_non_null(alive);
    int pid;
    for (int i = 0; i < 3; i++)
        assert_int_equal(fscanf(alive, "%d", &pid), 1);
    assert_int_equal(kill(lister, SIGKILL), 0);
    assert_int_equal(waitpid(lister, NULL, 0), lister);
    fclose(alive);
    fixture_wait_for_end(fixture);
}

static void kill_if_launcher(void *ctx, pid_t pid, pid_t parent)
{
    int *killed = ctx;
    if (parent == getpid() && kill(pid, SIGKILL) == 0)
        ++*killed;
}

/* Once two processes of a server have told that they are there. */
static bool kill_the_launcher(void *ctx)
{
    struct fixture *fixture = ctx;
    char text[256];
    int killed = 0;
    ssize_t n = read(fixture->alive_fd, text, sizeof text);
    for (ssize_t i = 0; i < n; i++)
        fixture->alive_lines += text[i] == '\n';
    if (fixture->alive_lines == 2) {
        fl_proc_visit(kill_if_launcher, &killed);
        assert_int_equal(killed, 1);
        fixture->alive_lines = 0;
    }
    return false;
}

/* The server is started again, and its launcher killed again. */
static void nothing_outlives_a_killed_launcher(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.canceled = kill_the_launcher;
    uint32_t server =
        fixture_add(fixture, "silent", "ignore-eof", "ignore-term", "grandchild", NULL);
    struct fl_err err;
    assert_int_equal(fl_mcp_list_all(fixture->targets, fixture->count, &fixture->options, &err), 0);
    assert_failed(fixture, server, FL_ECHILD, "ended before it answered initialize");
    fixture_wait_for_end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lists_a_legacy_server),
        FIXTURE_TEST(lists_a_modern_server),
        FIXTURE_TEST(negotiates_versions),
        FIXTURE_TEST(takes_odd_but_good_servers),
        FIXTURE_TEST(restarts_what_ends_on_the_probe),
        FIXTURE_TEST(silence_to_the_probe_means_legacy),
        FIXTURE_TEST(a_late_discovery_counts),
        FIXTURE_TEST(tells_how_it_ended),
        FIXTURE_TEST(tells_why_it_cannot_start),
        FIXTURE_TEST(a_missing_launcher_is_named),
        FIXTURE_TEST(refuses_bad_answers),
        FIXTURE_TEST(limits_what_it_takes),
        FIXTURE_TEST(times_out),
        FIXTURE_TEST(times_out_on_the_list),
        FIXTURE_TEST(stops_what_does_not_want_to),
        FIXTURE_TEST(cancels),
        FIXTURE_TEST(works_one_by_one),
        FIXTURE_TEST(nothing_to_list),
        FIXTURE_TEST(nothing_outlives_a_killed_lister),
        FIXTURE_TEST(nothing_outlives_a_killed_launcher),
    };
    return cmocka_run_group_tests_name("mcp_lister", tests, NULL, NULL);
}
