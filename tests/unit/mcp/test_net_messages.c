/* test_net_messages.c: lines, JSON-RPC, spans of JSON, server-sent events, URLs; without a process.
 */
#include "mcp/mcp_session.h"
#include "mcp/mcp_tools.h"
#include "net/http_client.h"
#include "net/json_span.h"
#include "net/jsonrpc.h"
#include "net/lines.h"
#include "net/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* What a visit received, each thing in brackets. */
static int collect(void *ctx, struct fl_str line)
{
    struct fl_buf *seen = ctx;
    fl_buf_append_char(seen, '[');
    fl_buf_append(seen, line.ptr, line.len);
    fl_buf_append_char(seen, ']');
    return 0;
}

static int refuse(void *ctx, struct fl_str line)
{
    (void)line;
    return ++*(int *)ctx == 2 ? 77 : 0;
}

/* Whatever the pieces are in which a stream comes, its lines are the same. */
static void lines_do_not_depend_on_the_pieces(void **state)
{
    static const char stream[] = "one\ntwo\r\n\n\r\nfi\rve\n\xFF\xFE\nno end";
    (void)state;
    for (size_t piece = 1; piece < sizeof stream; piece++) {
        struct fl_lines lines;
        struct fl_buf seen = {0};
        fl_lines_init(&lines, 0);
        for (size_t i = 0; i < sizeof stream - 1; i += piece) {
            size_t len = sizeof stream - 1 - i < piece ? sizeof stream - 1 - i : piece;
            assert_int_equal(fl_lines_feed(&lines, stream + i, len, collect, &seen), 0);
        }
        assert_string_equal(fl_buf_text(&seen), "[one][two][][][fi\rve][\xFF\xFE]");
        fl_buf_destroy(&seen);
        fl_lines_destroy(&lines);
    }
}

static void lines_have_a_limit(void **state)
{
    static const struct {
        const char *stream;
        int expected;
    } cases[] = {
        {"12345\n", 0},
        {"12345\r\n", 0},
        {"12345\n12345\n", 0},
        {"123456\n", -FL_ELIMIT},
        {"1234567", -FL_ELIMIT},
        {"123456", 0}, /* not known yet: the sixth byte could have been a CR */
        {"\n1234567", -FL_ELIMIT},
        {"123456\r\n", -FL_ELIMIT},
    };
    (void)state;
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        struct fl_lines lines;
        struct fl_buf seen = {0};
        const char *stream = cases[i / 2].stream;
        size_t len = strlen(stream);
        size_t step = i % 2 ? 1 : len;
        int rc = 0;
        fl_lines_init(&lines, 5);
        for (size_t at = 0; at < len && rc == 0; at += step)
            rc = fl_lines_feed(&lines, stream + at, step, collect, &seen);
        assert_int_equal(rc, cases[i / 2].expected);
        fl_buf_destroy(&seen);
        fl_lines_destroy(&lines);
    }
}

static void a_visit_can_end_the_feeding(void **state)
{
    struct fl_lines lines;
    int count = 0;
    (void)state;
    fl_lines_init(&lines, 0);
    assert_int_equal(fl_lines_feed(&lines, "a\nb\nc\n", 6, refuse, &count), 77);
    assert_int_equal(count, 2);
    fl_lines_destroy(&lines);
}

static void messages_are_told_apart(void **state)
{
    static const struct {
        const char *text;
        enum fl_rpc_kind kind;
    } cases[] = {
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", FL_RPC_RESULT},
        {"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":null}", FL_RPC_RESULT},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"m\"}}", FL_RPC_ERROR},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}", FL_RPC_ERROR},
        {"{\"jsonrpc\":\"2.0\",\"error\":{}}", FL_RPC_ERROR},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}", FL_RPC_REQUEST},
        {"{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{}}", FL_RPC_NOTIFICATION},
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", FL_RPC_NONE},
        {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"result\":{}}", FL_RPC_NONE},
        {"{\"jsonrpc\":\"2.0\",\"id\":1}", FL_RPC_NONE},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}", FL_RPC_NONE},
        {"{\"jsonrpc\":\"2.0\",\"result\":{}}", FL_RPC_NONE},
        {"{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":{}}", FL_RPC_NONE},
        {"{\"id\":1,\"result\":{}}", FL_RPC_NONE},
        {"[]", FL_RPC_NONE},
        {"7", FL_RPC_NONE},
        {"\"jsonrpc\"", FL_RPC_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_rpc_message message;
        assert_int_equal(
            fl_rpc_parse(fl_str_of(cases[i].text), FL_JSON_LIMITS_DEFAULT, &message, NULL), 0);
        assert_int_equal(message.kind, cases[i].kind);
        fl_rpc_message_destroy(&message);
    }
    fl_rpc_message_destroy(NULL);
}

static void messages_are_built(void **state)
{
    struct fl_buf buf = {0};
    json_t *text_id = json_string("a\n\"b\"");
    json_t *number_id = json_integer(INT64_MAX);
    (void)state;
    fl_rpc_append_request(&buf, 3, "ping", "{}");
    fl_rpc_append_notification(&buf, "bye");
    fl_rpc_append_result(&buf, text_id, "{}");
    fl_rpc_append_error(&buf, number_id, FL_RPC_METHOD_NOT_FOUND, "no");
    assert_string_equal(fl_buf_text(&buf),
                        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\",\"params\":{}}\n"
                        "{\"jsonrpc\":\"2.0\",\"method\":\"bye\"}\n"
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\\n\\\"b\\\"\",\"result\":{}}\n"
                        "{\"jsonrpc\":\"2.0\",\"id\":9223372036854775807,"
                        "\"error\":{\"code\":-32601,\"message\":\"no\"}}\n");
    json_decref(text_id);
    json_decref(number_id);
    fl_buf_destroy(&buf);
}

static void members_are_found_where_they_stand(void **state)
{
    static const struct {
        const char *text, *key, *expected; /* NULL: none */
    } cases[] = {
        {"{\"a\":1}", "a", "1"},
        {" { \"a\" : [1, {\"b\":\"]}\"}] , \"b\":\"\\\"b\" }", "a", "[1, {\"b\":\"]}\"}]"},
        {" { \"a\" : [1, {\"b\":\"]}\"}] , \"b\":\"\\\"b\" }", "b", "\"\\\"b\""},
        {"{\"x\":{\"a\":1}}", "a", NULL},
        {"{\"\\u0061\":1}", "a", NULL},
        {"{\"b\":true,\"a\":null}", "a", "null"},
        {"[\"a\",1]", "a", NULL},
        {"{}", "a", NULL},
        {"", "a", NULL},
        {"{\"a\"", "a", NULL},
        {"{\"a\":", "a", NULL},
        {"{\"a", "a", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_str value;
        bool found = fl_json_span_member(fl_str_of(cases[i].text), cases[i].key, &value);
        assert_int_equal(found, cases[i].expected != NULL);
        if (found)
            assert_true(fl_str_is(value, cases[i].expected));
    }
}

static void elements_are_found_where_they_stand(void **state)
{
    static const char *const cases[][2] = {
        {"[]", ""},
        {" [ ] ", ""},
        {"[1]", "[1]"},
        {"[1 , \"a,]\" ,{ \"b\" : [ ] },-1.5e3 ]", "[1][\"a,]\"][{ \"b\" : [ ] }][-1.5e3]"},
        {"{\"a\":1}", ""},
        {"[1,", "[1]"},
        {"[", ""},
        {"[[[]],[]]", "[[[]]][[]]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_buf seen = {0};
        struct fl_str element;
        size_t offset = 0;
        while (fl_json_span_next(fl_str_of(cases[i][0]), &offset, &element))
            collect(&seen, element);
        assert_string_equal(fl_buf_text(&seen), cases[i][1]);
        fl_buf_destroy(&seen);
    }
}

static void tools_keep_their_bytes(void **state)
{
    static const char message[] =
        "{\"result\":{\"x\":[1],\"tools\":[ {\"name\" : \"\\u00e4\", \"n\":1.0E+2} ,{}]},"
        "\"jsonrpc\":\"2.0\",\"id\":1}";
    struct fl_rpc_message parsed;
    struct fl_buf tools = {0};
    uint32_t count;
    (void)state;
    assert_int_equal(fl_rpc_parse(fl_str_of(message), FL_JSON_LIMITS_DEFAULT, &parsed, NULL), 0);
    assert_int_equal(fl_mcp_tools_append(&tools, fl_str_of(message), parsed.body, &count, NULL), 0);
    assert_int_equal(fl_mcp_tools_append(&tools, fl_str_of(message), parsed.body, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_string_equal(fl_buf_text(&tools), "[{\"name\" : \"\\u00e4\", \"n\":1.0E+2},{},"
                                             "{\"name\" : \"\\u00e4\", \"n\":1.0E+2},{}");
    fl_buf_destroy(&tools);
    fl_rpc_message_destroy(&parsed);
}

static void see(void *ctx, const char *event, struct fl_str data)
{
    struct fl_buf *seen = ctx;
    fl_buf_printf(seen, "%s:", event);
    collect(seen, data);
}

static void events_do_not_depend_on_the_pieces(void **state)
{
    static const char stream[] = ": comment\r\n\r\nid: 1\ndata: a\ndata:b\ndata\n\n"
                                 "event: endpoint\r\ndata: /x y\r\n\r\nevent: none\n\n"
                                 "data: plain\nretry: 5\n\ndata: dropped";
    (void)state;
    for (size_t piece = 1; piece < sizeof stream; piece++) {
        struct fl_sse sse;
        struct fl_buf seen = {0};
        fl_sse_init(&sse, 1000, see, &seen);
        for (size_t i = 0; i < sizeof stream - 1; i += piece) {
            size_t len = sizeof stream - 1 - i < piece ? sizeof stream - 1 - i : piece;
            assert_int_equal(fl_sse_feed(&sse, stream + i, len), 0);
        }
        assert_string_equal(fl_buf_text(&seen), "message:[a\nb\n]endpoint:[/x y]message:[plain]");
        fl_buf_destroy(&seen);
        fl_sse_destroy(&sse);
    }
}

static void events_have_a_limit(void **state)
{
    struct fl_sse sse;
    struct fl_buf seen = {0};
    (void)state;
    fl_sse_init(&sse, 8, see, &seen);
    assert_int_equal(fl_sse_feed(&sse, "data:123\ndata:456\n", 18), 0);
    assert_int_equal(fl_sse_feed(&sse, "data:7\n", 7), -FL_ELIMIT);
    fl_sse_destroy(&sse);
    fl_buf_destroy(&seen);
}

static void urls(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"http://h/x", "http://h:80/y", true},     {"https://h/", "https://H:443", true},
        {"http://h/", "https://h/", false},        {"http://h/", "http://h:81/", false},
        {"http://h/", "http://h.evil/", false},    {"http://h/", "http://u@h/", true},
        {"http://h@evil/", "http://h/", false},    {"", "http://h/", false},
        {"http://h/", "not a url at all:", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(fl_http_same_origin(cases[i].a, cases[i].b), cases[i].same);
    char *resolved = fl_http_resolve("http://h:8/a/sse?x=1", "/post?s=2");
    assert_string_equal(resolved, "http://h:8/post?s=2");
    free(resolved);
}

/* The session alone: what it sends, and that errors without an id are taken for the answer. */
static void a_session_talks(void **state)
{
    struct fl_mcp_session session;
    struct fl_buf out = {0};
    (void)state;
    fl_mcp_session_init(&session, 100000, 10);
    fl_mcp_session_open(&session, true, &out);
    assert_non_null(strstr(fl_buf_text(&out), "\"method\":\"server/discover\""));
    assert_non_null(
        strstr(fl_buf_text(&out), "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\""));
    fl_buf_clear(&out);
    fl_mcp_session_receive(&session, FL_STR("{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700}}"),
                           &out);
    assert_int_equal(session.phase, FL_MCP_INITIALIZING);
    assert_non_null(strstr(fl_buf_text(&out), "\"protocolVersion\":\"2025-11-25\""));
    fl_buf_clear(&out);
    fl_mcp_session_receive(&session,
                           FL_STR("{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"protocolVersion\":"
                                  "\"2025-03-26\"}}"),
                           &out);
    assert_string_equal(fl_buf_text(&out),
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
                        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\",\"params\":{}}\n");
    fl_buf_clear(&out);
    fl_mcp_session_receive(
        &session,
        FL_STR("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"tools\":[],\"nextCursor\":\"\"}}"),
        &out);
    assert_string_equal(
        fl_buf_text(&out),
        "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/list\",\"params\":{\"cursor\":\"\"}}\n");
    fl_mcp_session_receive(
        &session,
        FL_STR("{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{\"tools\":[{}],\"nextCursor\":null}}"),
        &out);
    assert_int_equal(session.phase, FL_MCP_LISTED);
    assert_string_equal(fl_buf_text(&session.tools), "[{}]");
    fl_mcp_session_destroy(&session);
    fl_buf_destroy(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_do_not_depend_on_the_pieces),
        cmocka_unit_test(lines_have_a_limit),
        cmocka_unit_test(a_visit_can_end_the_feeding),
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(messages_are_built),
        cmocka_unit_test(members_are_found_where_they_stand),
        cmocka_unit_test(elements_are_found_where_they_stand),
        cmocka_unit_test(tools_keep_their_bytes),
        cmocka_unit_test(events_do_not_depend_on_the_pieces),
        cmocka_unit_test(events_have_a_limit),
        cmocka_unit_test(urls),
        cmocka_unit_test(a_session_talks),
    };
    return cmocka_run_group_tests_name("net_messages", tests, NULL, NULL);
}
