/* test_mcp_http.c: servers at a URL, good ones and bad ones, on a fake HTTP server. */
#include "net_fixture.h"

#include "fake_http_server.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_MAX = 4096 };

/* What the server does, and what it saw: "POST initialize", a line each. */
struct remote {
    enum remote_kind {
        MODERN,
        LEGACY,               /* refuses the probe with HTTP 400; has a session */
        LEGACY_SSE,           /* answers with streams of events */
        PROBE_METHOD_UNKNOWN, /* refuses the probe with a JSON-RPC error */
        OLD_SSE,              /* HTTP with SSE of 2024-11-05 */
        OLD_SSE_FOREIGN,
        UNAUTHORIZED,
        FORBIDDEN,
        BROKEN,  /* HTTP 500 to all */
        NOT_MCP, /* a web page */
        MOVED,   /* to the same host */
        MOVED_AWAY,
        MOVED_IN_CIRCLES,
        SILENT,
        SHORT_STREAM, /* ends a stream without an answer */
        TOO_LONG,
        MODERN_OTHER_VERSION,
    } kind;
    pthread_mutex_t mutex;
    char log[LOG_MAX];
    bool ok;                                /* all headers as they must be */
    const struct fake_http_request *stream; /* OLD_SSE: the open GET */
};

static void note(struct remote *remote, const char *text, bool ok)
{
    pthread_mutex_lock(&remote->mutex);
    size_t len = strlen(remote->log);
    snprintf(remote->log + len, sizeof remote->log - len, "%s\n", text);
    remote->ok = remote->ok && ok;
    pthread_mutex_unlock(&remote->mutex);
}

static bool header_is(const struct fake_http_request *request, const char *name, const char *value)
{
    char text[256];
    if (!fake_http_header(request, name, text, sizeof text))
        return !value;
    return value && strcmp(text, value) == 0;
}

static const char *method_of(const struct fake_http_request *request)
{
    static const char *const methods[] = {"server/discover", "initialize",
                                          "notifications/initialized", "tools/list"};
    char key[64];
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        snprintf(key, sizeof key, "\"method\":\"%s\"", methods[i]);
        if (strstr(request->body, key))
            return methods[i];
    }
    return "?";
}

static int id_of(const struct fake_http_request *request)
{
    const char *id = strstr(request->body, "\"id\":");
    return id ? atoi(id + 5) : 0;
}

/* The answers that a good server gives, as one line. */
static void good_answer(const struct fake_http_request *request, char *text, size_t size)
{
    const char *method = method_of(request);
    int id = id_of(request);
    if (strcmp(method, "server/discover") == 0)
        snprintf(
            text, size,
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"supportedVersions\":[\"2026-07-28\"],"
            "\"capabilities\":{\"tools\":{}}}}",
            id);
    else if (strcmp(method, "initialize") == 0)
        snprintf(text, size,
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"protocolVersion\":\"2025-06-18\","
                 "\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"far\"}}}",
                 id);
    else if (strstr(request->body, "\"cursor\":\"2\""))
        snprintf(text, size,
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"tools\":[{\"name\":\"b\"}]}}", id);
    else
        snprintf(text, size,
                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"tools\":[{\"name\":\"a\"}],"
                 "\"nextCursor\":\"2\"}}",
                 id);
}

static void serve_modern(struct remote *remote, const struct fake_http_request *request)
{
    char text[512];
    note(remote, method_of(request),
         header_is(request, "MCP-Protocol-Version", "2026-07-28") &&
             header_is(request, "Mcp-Method", method_of(request)) &&
             header_is(request, "Accept", "application/json, text/event-stream") &&
             header_is(request, "Authorization", "Bearer secret") &&
             header_is(request, "Mcp-Session-Id", NULL));
    good_answer(request, text, sizeof text);
    fake_http_answer(request, 200, "application/json", NULL, text);
}

static void serve_legacy(struct remote *remote, const struct fake_http_request *request)
{
    const char *method = method_of(request);
    bool opening = strcmp(method, "initialize") == 0;
    char text[512];
    char events[1024];
    if (strcmp(method, "server/discover") == 0) {
        note(remote, method, true);
        fake_http_answer(request, 400, "text/plain", NULL, "Bad Request: no session");
        return;
    }
    bool deleting = strcmp(request->method, "DELETE") == 0;
    note(remote, deleting ? "DELETE" : method,
         header_is(request, "Mcp-Session-Id", opening ? NULL : "s-1") &&
             header_is(request, "MCP-Protocol-Version", opening ? NULL : "2025-06-18") &&
             header_is(request, "Mcp-Method", NULL));
    if (deleting || strcmp(method, "notifications/initialized") == 0) {
        fake_http_answer(request, deleting ? 204 : 202, NULL, NULL, "");
        return;
    }
    good_answer(request, text, sizeof text);
    snprintf(events, sizeof events,
             "id: 1\r\ndata:\r\n\r\n: comment\r\nevent: message\r\n"
             "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\r\n\r\n"
             "data: %s\n\n",
             text);
    bool stream = remote->kind == LEGACY_SSE;
    fake_http_answer(request, 200, stream ? "text/event-stream; charset=utf-8" : "application/json",
                     opening ? "Mcp-Session-Id: s-1\r\n" : NULL, stream ? events : text);
}

static void serve_unknown_method(struct remote *remote, const struct fake_http_request *request)
{
    char text[512];
    note(remote, method_of(request), true);
    if (strcmp(method_of(request), "server/discover") == 0) {
        snprintf(
            text, sizeof text,
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32601,\"message\":\"no\"}}");
        fake_http_answer(request, 404, "application/json", NULL, text);
        return;
    }
    good_answer(request, text, sizeof text);
    fake_http_answer(request, 200, "application/json", NULL, text);
}

/* The stream stays open until the other side closes it. */
static void serve_old_stream(struct remote *remote, const struct fake_http_request *request)
{
    fake_http_write(request, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    pthread_mutex_lock(&remote->mutex);
    remote->stream = request;
    pthread_mutex_unlock(&remote->mutex);
    fake_http_write(request, remote->kind == OLD_SSE
                                 ? "event: endpoint\ndata: /post?session=7\n\n"
                                 : "event: endpoint\ndata: http://example.com/post\n\n");
    struct pollfd closed = {.fd = request->fd, .events = POLLRDHUP};
    poll(&closed, 1, 20000);
    pthread_mutex_lock(&remote->mutex);
    remote->stream = NULL;
    pthread_mutex_unlock(&remote->mutex);
}

static void serve_old_sse(struct remote *remote, const struct fake_http_request *request)
{
    if (strcmp(request->method, "GET") == 0) {
        note(remote, "GET", header_is(request, "Accept", "text/event-stream"));
        serve_old_stream(remote, request);
        return;
    }
    bool here = strcmp(request->path, "/post?session=7") == 0;
    note(remote, here ? method_of(request) : "POST to the URL", true);
    fake_http_answer(request, here ? 202 : 405, NULL, NULL, here ? "Accepted" : "");
    if (!here || id_of(request) == 0)
        return;
    char text[512];
    char event[600];
    good_answer(request, text, sizeof text);
    snprintf(event, sizeof event, "event: message\ndata: %s\n\n", text);
    pthread_mutex_lock(&remote->mutex);
    if (remote->stream)
        fake_http_write(remote->stream, event);
    pthread_mutex_unlock(&remote->mutex);
}

static void serve_moved(struct remote *remote, const struct fake_http_request *request)
{
    if (remote->kind == MOVED && strcmp(request->path, "/mcp/") == 0)
        serve_modern(remote, request);
    else
        fake_http_answer(request, 308, NULL,
                         remote->kind == MOVED        ? "Location: /mcp/\r\n"
                         : remote->kind == MOVED_AWAY ? "Location: http://localhost:1/mcp\r\n"
                                                      : "Location: /mcp\r\n",
                         "over there");
}

static void serve_other_version(const struct fake_http_request *request)
{
    fake_http_answer(request, 400, "application/json", NULL,
                     "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"no\","
                     "\"data\":{\"supported\":[\"2031-01-01\"]}}}");
}

static void serve_too_long(const struct fake_http_request *request)
{
    char body[4000];
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    fake_http_answer(request, 200, "application/json", NULL, body);
}

static void serve(void *ctx, const struct fake_http_request *request)
{
    struct remote *remote = ctx;
    struct pollfd closed = {.fd = request->fd, .events = POLLRDHUP};
    switch (remote->kind) {
    case MODERN: serve_modern(remote, request); break;
    case LEGACY:
    case LEGACY_SSE: serve_legacy(remote, request); break;
    case PROBE_METHOD_UNKNOWN: serve_unknown_method(remote, request); break;
    case OLD_SSE:
    case OLD_SSE_FOREIGN: serve_old_sse(remote, request); break;
    case UNAUTHORIZED: fake_http_answer(request, 401, NULL, NULL, "who?"); break;
    case FORBIDDEN: fake_http_answer(request, 403, NULL, NULL, "no"); break;
    case BROKEN: fake_http_answer(request, 500, NULL, NULL, "out of\norder"); break;
    case NOT_MCP: fake_http_answer(request, 200, "text/html", NULL, "<html>"); break;
    case MOVED:
    case MOVED_AWAY:
    case MOVED_IN_CIRCLES: serve_moved(remote, request); break;
    case SILENT: poll(&closed, 1, 20000); break;
    case SHORT_STREAM: fake_http_answer(request, 200, "text/event-stream", NULL, ": hi\n\n"); break;
    case TOO_LONG: serve_too_long(request); break;
    case MODERN_OTHER_VERSION: serve_other_version(request); break;
    }
}

static const char *const bearer[] = {"Authorization: Bearer secret", NULL};

/* Lists one remote server beside a good one on stdio; the caller looks at result 0. */
static void list_remote(struct fixture *fixture, struct remote *remote, enum remote_kind kind)
{
    *remote = (struct remote){.kind = kind, .ok = true};
    pthread_mutex_init(&remote->mutex, NULL);
    struct fake_http_server *server = fake_http_start(serve, remote);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/mcp", fake_http_port(server));
    uint32_t index = fixture_add_url(fixture, url);
    fixture->targets[index].headers = bearer;
    uint32_t good = fixture->options.list_timeout_ms > 1000 ? fixture_add(fixture, NULL) : 0;
    fixture_run(fixture, 0);
    if (good)
        assert_listed(fixture, good, 2);
    fake_http_stop(server);
    pthread_mutex_destroy(&remote->mutex);
    assert_true(remote->ok);
}

static void lists_a_modern_server(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, MODERN);
    assert_listed(fixture, 0, 2);
    assert_true(fixture->results[0].modern);
    assert_string_equal(fixture->results[0].tools_json, "[{\"name\":\"a\"},{\"name\":\"b\"}]");
    assert_string_equal(remote.log, "server/discover\ntools/list\ntools/list\n");
}

static void lists_a_legacy_server_and_ends_its_session(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, LEGACY);
    assert_listed(fixture, 0, 2);
    assert_string_equal(fixture->results[0].protocol_version, "2025-06-18");
    assert_string_equal(fixture->results[0].server_name, "far");
    assert_string_equal(remote.log, "server/discover\ninitialize\nnotifications/initialized\n"
                                    "tools/list\ntools/list\nDELETE\n");
}

static void reads_streams_of_events(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, LEGACY_SSE);
    assert_listed(fixture, 0, 2);
    assert_string_equal(remote.log, "server/discover\ninitialize\nnotifications/initialized\n"
                                    "tools/list\ntools/list\nDELETE\n");
}

static void an_unknown_probe_leads_to_initialize(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, PROBE_METHOD_UNKNOWN);
    assert_listed(fixture, 0, 2);
    assert_false(fixture->results[0].modern);
}

static void speaks_http_with_sse(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, OLD_SSE);
    assert_listed(fixture, 0, 2);
    assert_string_equal(remote.log, "POST to the URL\nPOST to the URL\nGET\ninitialize\n"
                                    "notifications/initialized\ntools/list\ntools/list\n");
}

static void follows_a_redirect_on_the_same_host(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, MOVED);
    assert_listed(fixture, 0, 2);
}

static void expect_failure(struct fixture *fixture, enum remote_kind kind, int code,
                           const char *message)
{
    struct remote remote;
    list_remote(fixture, &remote, kind);
    assert_failed(fixture, 0, code, message);
}

static void tells_that_authorization_is_needed(void **state)
{
    expect_failure(*state, UNAUTHORIZED, FL_EIO,
                   "authorization is needed (HTTP 401): give it an Authorization header");
}

static void tells_that_access_is_refused(void **state)
{
    expect_failure(*state, FORBIDDEN, FL_EIO, "access is refused (HTTP 403)");
}

static void tells_the_status(void **state)
{
    expect_failure(*state, BROKEN, FL_EIO, "answered initialize with HTTP 500: out of?order");
}

static void tells_what_is_no_mcp_server(void **state)
{
    expect_failure(*state, NOT_MCP, FL_EPROTO, "sent no JSON-RPC answer");
}

static void does_not_follow_to_another_host(void **state)
{
    expect_failure(*state, MOVED_AWAY, FL_EIO,
                   "redirected (HTTP 308) to \"http://localhost:1/mcp\", which is not followed");
}

static void does_not_follow_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct remote remote;
    list_remote(fixture, &remote, MOVED_IN_CIRCLES);
    assert_int_equal(fixture->results[0].err.code, FL_EIO);
    assert_non_null(strstr(fixture->results[0].err.message, "redirected (HTTP 308)"));
}

static void does_not_post_to_a_foreign_endpoint(void **state)
{
    expect_failure(*state, OLD_SSE_FOREIGN, FL_EPROTO,
                   "names an endpoint for messages that is not on its own host");
}

static void tells_that_a_stream_was_short(void **state)
{
    expect_failure(*state, SHORT_STREAM, FL_EPROTO, "ended its stream of events without an answer");
}

static void tells_what_the_server_speaks(void **state)
{
    expect_failure(*state, MODERN_OTHER_VERSION, FL_EVERSION,
                   "speaks MCP 2031-01-01 only; spoken here: 2026-07-28, 2025-11-25 to 2024-11-05");
}

static void limits_what_it_takes(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.max_list_bytes = 3000;
    expect_failure(fixture, TOO_LONG, FL_ELIMIT, "sent an answer that is too long");
}

static void times_out(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.start_timeout_ms = fixture->options.list_timeout_ms = 200;
    expect_failure(fixture, SILENT, FL_ETIMEDOUT, "no answer to initialize within 200 ms");
}

static void tells_that_nobody_listens(void **state)
{
    struct fixture *fixture = *state;
    uint32_t refused = fixture_add_url(fixture, "http://127.0.0.1:1/mcp");
    uint32_t scheme = fixture_add_url(fixture, "ftp://127.0.0.1/mcp");
    uint32_t split = fixture_add_url(fixture, "http://127.0.0.1:1/mcp");
    fixture->targets[split].headers = (const char *const[]){"A: b", "C: d\r\nE: f", NULL};
    fixture_run(fixture, 0);
    assert_int_equal(fixture->results[refused].err.code, FL_EIO);
    assert_non_null(
        strstr(fixture->results[refused].err.message, "Failed to connect to 127.0.0.1"));
    assert_failed(fixture, scheme, FL_EINVAL, "\"ftp://127.0.0.1/mcp\" is no http or https URL");
    assert_failed(fixture, split, FL_EINVAL, "its header 2 is not \"Name: value\" in one line");
}

#define FIXTURE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(lists_a_modern_server),
        FIXTURE_TEST(lists_a_legacy_server_and_ends_its_session),
        FIXTURE_TEST(reads_streams_of_events),
        FIXTURE_TEST(an_unknown_probe_leads_to_initialize),
        FIXTURE_TEST(speaks_http_with_sse),
        FIXTURE_TEST(follows_a_redirect_on_the_same_host),
        FIXTURE_TEST(tells_that_authorization_is_needed),
        FIXTURE_TEST(tells_that_access_is_refused),
        FIXTURE_TEST(tells_the_status),
        FIXTURE_TEST(tells_what_is_no_mcp_server),
        FIXTURE_TEST(does_not_follow_to_another_host),
        FIXTURE_TEST(does_not_follow_for_ever),
        FIXTURE_TEST(does_not_post_to_a_foreign_endpoint),
        FIXTURE_TEST(tells_that_a_stream_was_short),
        FIXTURE_TEST(tells_what_the_server_speaks),
        FIXTURE_TEST(limits_what_it_takes),
        FIXTURE_TEST(times_out),
        FIXTURE_TEST(tells_that_nobody_listens),
    };
    return cmocka_run_group_tests_name("mcp_http", tests, NULL, NULL);
}
