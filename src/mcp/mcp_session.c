/* mcp_session.c: see mcp_session.h. */
#include "mcp/mcp_session.h"

#include "mcp/mcp_tools.h"
#include "net/json_span.h"

enum {
    UNSUPPORTED_VERSION = -32022,
    MISSING_CAPABILITY = -32021,
    JSON_MAX_DEPTH = 128,
};

#define CLIENT_INFO "{\"name\":\"foreload\",\"version\":\"" FL_NET_VERSION "\"}"
#define MODERN_META                                                                         \
    "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"" FL_MCP_MODERN_VERSION "\"," \
    "\"io.modelcontextprotocol/clientInfo\":" CLIENT_INFO ","                               \
    "\"io.modelcontextprotocol/clientCapabilities\":{}}"
#define META_SERVER_INFO "io.modelcontextprotocol/serverInfo"

static const char *const legacy_versions[] = {FL_MCP_LEGACY_VERSION, "2025-06-18", "2025-03-26",
                                              "2024-11-05"};
enum { LEGACY_VERSIONS = sizeof legacy_versions / sizeof *legacy_versions };

void fl_mcp_session_init(struct fl_mcp_session *session, size_t max_list_bytes, uint32_t max_pages)
{
    *session = (struct fl_mcp_session){
        .max_list_bytes = max_list_bytes,
        .max_pages = max_pages,
        .protocol_version = "",
        .server_name = "",
        .server_version = "",
    };
}

void fl_mcp_session_destroy(struct fl_mcp_session *session)
{
    fl_buf_destroy(&session->tools);
    fl_buf_destroy(&session->cursor);
    fl_arena_destroy(&session->texts);
}

void fl_mcp_session_fail(struct fl_mcp_session *session, const struct fl_err *err)
{
    if (fl_mcp_session_done(session))
        return;
    session->phase = FL_MCP_FAILED;
    session->err = *err;
}

#define FAIL(session, code, ...)                  \
    do {                                          \
        struct fl_err fail_err;                   \
        fl_err_set(&fail_err, code, __VA_ARGS__); \
        fl_mcp_session_fail(session, &fail_err);  \
    } while (0)

const char *fl_mcp_session_awaits(const struct fl_mcp_session *session)
{
    switch (session->phase) {
    case FL_MCP_PROBING: return "server/discover";
    case FL_MCP_INITIALIZING: return "initialize";
    case FL_MCP_LISTING: return "tools/list";
    case FL_MCP_LISTED:
    case FL_MCP_FAILED: break;
    }
    return "nothing";
}

static void send_initialize(struct fl_mcp_session *session, const char *version, struct fl_buf *out)
{
    struct fl_buf params = {0};
    fl_buf_printf(&params,
                  "{\"protocolVersion\":\"%s\",\"capabilities\":{},\"clientInfo\":" CLIENT_INFO "}",
                  version);
    session->phase = FL_MCP_INITIALIZING;
    fl_rpc_append_request(out, ++session->last_id, "initialize", fl_buf_text(&params));
    if (fl_buf_failed(&params))
        FAIL(session, FL_ENOMEM, "out of memory");
    fl_buf_destroy(&params);
}

void fl_mcp_session_open(struct fl_mcp_session *session, bool probe, struct fl_buf *out)
{
    if (probe) {
        session->phase = FL_MCP_PROBING;
        session->probe_id = ++session->last_id;
        fl_rpc_append_request(out, session->probe_id, "server/discover", "{" MODERN_META "}");
    } else {
        send_initialize(session, FL_MCP_LEGACY_VERSION, out);
    }
}

void fl_mcp_session_give_up_probe(struct fl_mcp_session *session, struct fl_buf *out)
{
    if (session->phase == FL_MCP_PROBING)
        send_initialize(session, FL_MCP_LEGACY_VERSION, out);
}

/* The list is asked for from its beginning (`first`), or from the cursor. */
static void send_list(struct fl_mcp_session *session, bool first, struct fl_buf *out)
{
    struct fl_buf params = {0};
    fl_buf_append_char(&params, '{');
    if (!first) {
        fl_buf_append_str(&params, "\"cursor\":");
        fl_json_append_string(&params,
                              (struct fl_str){fl_buf_text(&session->cursor), session->cursor.len});
    }
    if (session->modern)
        fl_buf_append_str(&params, first ? MODERN_META : "," MODERN_META);
    fl_buf_append_char(&params, '}');
    session->phase = FL_MCP_LISTING;
    fl_rpc_append_request(out, ++session->last_id, "tools/list", fl_buf_text(&params));
    if (fl_buf_failed(&params))
        FAIL(session, FL_ENOMEM, "out of memory");
    fl_buf_destroy(&params);
}

/* A text of an object, kept as long as the session; `fallback` where there is none. */
static const char *keep_text(struct fl_mcp_session *session, const json_t *object, const char *key,
                             const char *fallback)
{
    const char *text = fl_json_string(object, key, NULL);
    const char *kept = text ? fl_arena_strdup(&session->texts, text) : fallback;
    if (text && !kept)
        FAIL(session, FL_ENOMEM, "out of memory");
    return kept ? kept : fallback;
}

static void keep_server(struct fl_mcp_session *session, const json_t *result, const json_t *info)
{
    session->server_name = keep_text(session, info, "name", "");
    session->server_version = keep_text(session, info, "version", "");
    session->instructions = keep_text(session, result, "instructions", NULL);
    session->declares_tools = json_object_get(json_object_get(result, "capabilities"), "tools");
}

static bool array_has(const json_t *array, const char *text)
{
    size_t i;
    json_t *element;
    json_array_foreach (array, i, element)
        if (json_is_string(element) && strcmp(json_string_value(element), text) == 0)
            return true;
    return false;
}

/* `versions` are what the server says that it speaks: goes on with the newest that is spoken here,
 * as far as `modern_too` allows, or fails. */
static void choose_version(struct fl_mcp_session *session, const json_t *versions, bool modern_too,
                           struct fl_buf *out)
{
    if (modern_too && array_has(versions, FL_MCP_MODERN_VERSION)) {
        session->modern = true;
        session->protocol_version = FL_MCP_MODERN_VERSION;
        send_list(session, true, out);
        return;
    }
    for (int i = 0; i < LEGACY_VERSIONS; i++) {
        if (array_has(versions, legacy_versions[i])) {
            send_initialize(session, legacy_versions[i], out);
            return;
        }
    }
    const char *first = json_string_value(json_array_get(versions, 0));
    FAIL(session, FL_EVERSION, "speaks MCP %.40s only; spoken here: %s, %s to %s",
         first ? first : "of no version", FL_MCP_MODERN_VERSION, FL_MCP_LEGACY_VERSION,
         legacy_versions[LEGACY_VERSIONS - 1]);
}

static bool is_discovery(const struct fl_rpc_message *message)
{
    return message->kind == FL_RPC_RESULT &&
           json_is_array(json_object_get(message->body, "supportedVersions"));
}

static void take_discovery(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                           struct fl_buf *out)
{
    const json_t *meta = json_object_get(message->body, "_meta");
    const json_t *info = json_object_get(meta, META_SERVER_INFO);
    keep_server(session, message->body, info);
    if (!fl_mcp_session_done(session))
        choose_version(session, json_object_get(message->body, "supportedVersions"), true, out);
}

/* Legacy servers give any code they like for a method that they do not know: the modern errors are
 * told by the data that they must carry. */
static void take_probe_error(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                             struct fl_buf *out)
{
    const json_t *data = json_object_get(message->body, "data");
    const json_t *supported = json_object_get(data, "supported");
    if (message->error_code == UNSUPPORTED_VERSION && json_is_array(supported))
        choose_version(session, supported, false, out);
    else if (message->error_code == MISSING_CAPABILITY &&
             json_object_get(data, "requiredCapabilities"))
        FAIL(session, FL_ENOTSUP, "needs a client that offers more than tools: %.200s",
             message->error_text);
    else
        send_initialize(session, FL_MCP_LEGACY_VERSION, out);
}

static void take_probe_answer(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                              struct fl_buf *out)
{
    if (is_discovery(message))
        take_discovery(session, message, out);
    else if (message->kind == FL_RPC_ERROR)
        take_probe_error(session, message, out);
    else
        send_initialize(session, FL_MCP_LEGACY_VERSION, out);
}

static void take_initialize_answer(struct fl_mcp_session *session,
                                   const struct fl_rpc_message *message, struct fl_buf *out)
{
    if (message->kind == FL_RPC_ERROR) {
        FAIL(session, FL_EPROTO, "refused initialize: %.300s (%" JSON_INTEGER_FORMAT ")",
             message->error_text, (json_int_t)message->error_code);
        return;
    }
    const char *version = fl_json_string(message->body, "protocolVersion", "");
    const char *known = NULL;
    for (int i = 0; i < LEGACY_VERSIONS && !known; i++)
        if (strcmp(version, legacy_versions[i]) == 0)
            known = legacy_versions[i];
    if (!known) {
        FAIL(session, FL_EVERSION, "wants MCP \"%.40s\"; spoken here: %s to %s", version,
             legacy_versions[LEGACY_VERSIONS - 1], FL_MCP_LEGACY_VERSION);
        return;
    }
    session->protocol_version = known;
    keep_server(session, message->body, json_object_get(message->body, "serverInfo"));
    fl_rpc_append_notification(out, "notifications/initialized");
    if (!fl_mcp_session_done(session))
        send_list(session, true, out);
}

static void finish_list(struct fl_mcp_session *session)
{
    if (session->tools.len == 0)
        fl_buf_append_char(&session->tools, '[');
    fl_buf_append_char(&session->tools, ']');
    session->phase = FL_MCP_LISTED;
}

/* Asks for the next page unless there is none. */
static void take_cursor(struct fl_mcp_session *session, const json_t *cursor, struct fl_buf *out)
{
    session->page_count++;
    if (!cursor || json_is_null(cursor)) {
        finish_list(session);
        return;
    }
    const struct fl_str next = {json_string_value(cursor), json_string_length(cursor)};
    const struct fl_str last = {fl_buf_text(&session->cursor), session->cursor.len};
    if (!next.ptr) {
        FAIL(session, FL_EPROTO, "answered tools/list with a nextCursor that is no string");
    } else if (next.len > FL_MCP_CURSOR_MAX_BYTES) {
        FAIL(session, FL_ELIMIT, "its nextCursor has %zu bytes; at most %d are taken", next.len,
             FL_MCP_CURSOR_MAX_BYTES);
    } else if (session->page_count > 1 && fl_str_equal(next, last)) {
        FAIL(session, FL_EPROTO, "its list of tools goes round in circles: cursor \"%.60s\" twice",
             next.ptr);
    } else if (session->page_count >= session->max_pages) {
        FAIL(session, FL_ELIMIT, "its list of tools has more than %u pages", session->max_pages);
    } else {
        fl_buf_clear(&session->cursor);
        fl_buf_append(&session->cursor, next.ptr, next.len);
        if (fl_buf_failed(&session->cursor))
            FAIL(session, FL_ENOMEM, "out of memory");
        else
            send_list(session, false, out);
    }
}

static void take_page(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                      struct fl_str raw, struct fl_buf *out)
{
    if (message->kind == FL_RPC_ERROR) {
        if (message->error_code == FL_RPC_METHOD_NOT_FOUND && !session->declares_tools)
            finish_list(session);
        else
            FAIL(session, FL_EPROTO, "refused tools/list: %.300s (%" JSON_INTEGER_FORMAT ")",
                 message->error_text, (json_int_t)message->error_code);
        return;
    }
    struct fl_err err;
    uint32_t count;
    if (fl_mcp_tools_append(&session->tools, raw, message->body, &count, &err)) {
        fl_mcp_session_fail(session, &err);
    } else if (session->tools.len > session->max_list_bytes) {
        FAIL(session, FL_ELIMIT, "its list of tools has more than %zu bytes",
             session->max_list_bytes);
    } else {
        session->tool_count += count;
        take_cursor(session, json_object_get(message->body, "nextCursor"), out);
    }
}

static void take_answer(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                        struct fl_str raw, struct fl_buf *out)
{
    /* An error without an id answers what the server could not read: the last request. */
    bool awaited = fl_rpc_answers(message, session->last_id) ||
                   (message->kind == FL_RPC_ERROR && !message->id);
    session->answered = true;
    if (session->phase == FL_MCP_INITIALIZING && is_discovery(message) &&
        fl_rpc_answers(message, session->probe_id))
        take_discovery(session, message, out);
    else if (!awaited)
        session->unasked_count += !fl_rpc_answers(message, session->probe_id);
    else if (session->phase == FL_MCP_PROBING)
        take_probe_answer(session, message, out);
    else if (session->phase == FL_MCP_INITIALIZING)
        take_initialize_answer(session, message, out);
    else
        take_page(session, message, raw, out);
}

/* In the modern era a server must not ask, and a client not answer. */
static void answer_request(struct fl_mcp_session *session, const struct fl_rpc_message *message,
                           struct fl_buf *out)
{
    if (session->modern)
        return;
    if (strcmp(message->method, "ping") == 0)
        fl_rpc_append_result(out, message->id, "{}");
    else
        fl_rpc_append_error(out, message->id, FL_RPC_METHOD_NOT_FOUND,
                            "not offered by this client");
}

/* A line that is no JSON may be what a library printed. One that was meant to be a message is an
 * answer lost: waiting for it would end in a misleading time-out. */
static void take_unreadable(struct fl_mcp_session *session, struct fl_str text,
                            const struct fl_err *err)
{
    bool meant = text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '[') &&
                 memmem(text.ptr, text.len, "\"jsonrpc\"", 9);
    if (err->code == FL_ENOMEM)
        fl_mcp_session_fail(session, err);
    else if (meant)
        FAIL(session, FL_EPROTO, "sent a message that cannot be read: %.300s", err->message);
    else
        session->stray_count++;
}

static void receive_one(struct fl_mcp_session *session, struct fl_str text, struct fl_buf *out)
{
    const struct fl_json_limits limits = {session->max_list_bytes, JSON_MAX_DEPTH};
    struct fl_rpc_message message;
    struct fl_err err;
    if (fl_rpc_parse(text, limits, &message, &err)) {
        take_unreadable(session, text, &err);
        return;
    }
    switch (message.kind) {
    case FL_RPC_NONE: session->stray_count++; break;
    case FL_RPC_REQUEST: answer_request(session, &message, out); break;
    case FL_RPC_NOTIFICATION: break;
    case FL_RPC_RESULT:
    case FL_RPC_ERROR: take_answer(session, &message, text, out); break;
    }
    fl_rpc_message_destroy(&message);
}

void fl_mcp_session_receive(struct fl_mcp_session *session, struct fl_str message,
                            struct fl_buf *out)
{
    while (message.len > 0 && memchr(" \t\r\n", message.ptr[0], 4)) {
        message.ptr++;
        message.len--;
    }
    if (fl_mcp_session_done(session) || message.len == 0)
        return;
    size_t offset = 0;
    struct fl_str element;
    if (!fl_json_span_next(message, &offset, &element) || element.ptr[0] != '{') {
        receive_one(session, message, out);
        return;
    }
    /* A batch, which 2025-03-26 allows. */
    do {
        receive_one(session, element, out);
    } while (!fl_mcp_session_done(session) && fl_json_span_next(message, &offset, &element));
}
