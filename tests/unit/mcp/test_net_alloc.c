/* test_net_alloc.c: each allocation of a listing fails in turn, on stdio and over HTTP. Whatever
 * fails, every target is reported, or none and the call says why, and nothing is left. */
#include "net_fixture.h"

#include "failing_alloc.h"
#include "fake_http_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { ALLOCATIONS_MAX = 2000, GOOD_IN_A_ROW = 10 };

static void answer(void *ctx, const struct fake_http_request *request)
{
    static const char discovery[] =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"supportedVersions\":[\"2026-07-28\"]}}";
    static const char list[] =
        "data: {\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[{\"name\":\"a\"},{}]}}\n\n";
    bool probe = strstr(request->body, "server/discover");
    (void)ctx;
    fake_http_answer(request, 200, probe ? "application/json" : "text/event-stream", NULL,
                     probe ? discovery : list);
}

/* True when the listing was there all the same. */
static bool list_with_failure_at(struct fixture *fixture, long n)
{
    struct fl_err err = {0};
    free(fixture->results[0].tools_json);
    fixture->results[0] = (struct fixture_result){0};
    fl_test_fail_alloc_at(n);
    int rc = fl_mcp_list_all(fixture->targets, fixture->count, &fixture->options, &err);
    fl_test_fail_alloc_at(-1);
    const struct fixture_result *result = &fixture->results[0];
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_true(rc == 0 || rc == -FL_ENOMEM);
    assert_int_equal(result->reported, rc == 0);
    if (rc || result->err.code) {
        if (rc == 0 && result->err.code != FL_ENOMEM)
            fail_msg("allocation %ld: %s", n, result->err.message);
        return false;
    }
    assert_int_equal(result->tool_count, 2);
    return true;
}

static void fail_each(struct fixture *fixture)
{
    long n = 1;
    for (int good = 0; good < GOOD_IN_A_ROW; n++) {
        assert_true(n < ALLOCATIONS_MAX);
        good = list_with_failure_at(fixture, n) ? good + 1 : 0;
    }
    assert_true(n > GOOD_IN_A_ROW + 5);
}

static void on_stdio(void **state)
{
    struct fixture *fixture = *state;
    fixture_add(fixture, NULL);
    fail_each(fixture);
}

static void over_http(void **state)
{
    struct fixture *fixture = *state;
    struct fake_http_server *server = fake_http_start(answer, NULL);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/mcp", fake_http_port(server));
    fixture_add_url(fixture, url);
    fail_each(fixture);
    fake_http_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(on_stdio, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(over_http, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("net_alloc", tests, NULL, NULL);
}
