/* mcp_http.c: a job over Streamable HTTP, or the older HTTP with SSE.
 *
 * Each message is one POST, and they go one after the other. The answer is a JSON body or an event
 * stream; as soon as it leads to a new request, what is left of the stream is dropped.
 *
 *     server/discover ──HTTP 4xx or 5xx, or no JSON-RPC message──▶ initialize
 *     initialize ──HTTP 400, 404 or 405──▶ GET the URL as a stream of events (2024-11-05): its
 *     event "endpoint" says where to POST to, and the answers come as its events "message"
 *
 * A session that the server gave is ended with DELETE. */
#include "mcp/mcp_job.h"
#include "net/http_client.h"
#include "net/sse.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEADER_MAX = FL_HTTP_HEADER_VALUE_MAX + 64, EXCERPT_MAX = 160 };

struct http {
    struct fl_http_request *post;   /* under way */
    struct fl_http_request *stream; /* the one GET of HTTP with SSE */
    struct fl_buf queue;            /* messages to be posted, a line each */
    struct fl_buf last;             /* the message that was posted last */
    struct fl_buf body;             /* of the answer, unless it is a stream */
    struct fl_sse post_events;
    struct fl_sse stream_events;
    bool streaming;   /* the answer to the post is a stream */
    int64_t asked_id; /* the session's last request when it was posted */
    char *endpoint;   /* where to post to; NULL: the URL */
    char *session_id;
    bool ending;
    bool ended;
};

static void post_next(struct fl_mcp_job *job);

static void fail(struct fl_mcp_job *job, int code, const char *text)
{
    struct fl_err err;
    fl_err_set(&err, code, "%s", text);
    fl_mcp_job_fail(job, &err);
}

static void take_event(void *ctx, const char *event, struct fl_str data)
{
    struct fl_mcp_job *job = ctx;
    if (strcmp(event, "message") == 0 && data.len > 0)
        fl_mcp_job_receive(job, data);
}

static void feed_events(struct fl_mcp_job *job, struct fl_sse *events, const char *bytes,
                        size_t len)
{
    int rc = fl_sse_feed(events, bytes, len);
    if (rc)
        fail(job, -rc, rc == -FL_ELIMIT ? "sent an event that is too long" : "out of memory");
}

static bool is_event_stream(struct fl_http_request *request)
{
    return strncasecmp(fl_http_header(request, "Content-Type"), "text/event-stream", 17) == 0;
}

static void on_post_bytes(void *ctx, struct fl_http_request *request, const char *bytes, size_t len)
{
    struct fl_mcp_job *job = ctx;
    struct http *http = job->connection;
    if (!http->streaming && http->body.len == 0 && is_event_stream(request)) {
        http->streaming = true;
        fl_sse_destroy(&http->post_events);
        fl_sse_init(&http->post_events, job->options->max_list_bytes, take_event, job);
    }
    if (http->streaming) {
        feed_events(job, &http->post_events, bytes, len);
    } else if (len > job->options->max_list_bytes - http->body.len) {
        fail(job, FL_ELIMIT, "sent an answer that is too long");
    } else {
        fl_buf_append(&http->body, bytes, len);
        if (fl_buf_failed(&http->body))
            fail(job, FL_ENOMEM, "out of memory");
    }
}

static void keep_session_id(struct http *http, struct fl_http_request *request)
{
    const char *id = fl_http_header(request, "Mcp-Session-Id");
    if (*id && !http->session_id && strspn(id, " \r\n\t") == 0)
        http->session_id = strdup(id);
}

static bool has_message(const struct http *http)
{
    const struct fl_json_limits limits = FL_JSON_LIMITS_DEFAULT;
    struct fl_rpc_message message;
    if (fl_rpc_parse((struct fl_str){fl_buf_text(&http->body), http->body.len}, limits, &message,
                     NULL))
        return false;
    bool is_message = message.kind != FL_RPC_NONE;
    fl_rpc_message_destroy(&message);
    return is_message;
}

static void receive_body(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    struct fl_buf body = http->body;
    http->body = (struct fl_buf){0}; /* receiving may post the next message */
    fl_mcp_job_receive(job, (struct fl_str){fl_buf_text(&body), body.len});
    fl_buf_destroy(&body);
}

/* Whether the session still waits for what was posted. */
static bool still_waiting(const struct fl_mcp_job *job)
{
    const struct http *http = job->connection;
    return !job->reported && job->session.last_id == http->asked_id;
}

static void fail_status(struct fl_mcp_job *job, int status)
{
    const struct http *http = job->connection;
    struct fl_err err;
    if (status == 401)
        fl_err_set(&err, FL_EIO,
                   "authorization is needed (HTTP 401): give it an Authorization header");
    else if (status == 403)
        fl_err_set(&err, FL_EIO, "access is refused (HTTP 403)");
    else
        fl_err_set(&err, FL_EIO, "answered %s with HTTP %d%s%.*s",
                   fl_mcp_session_awaits(&job->session), status, http->body.len ? ": " : "",
                   http->body.len > EXCERPT_MAX ? EXCERPT_MAX : (int)http->body.len,
                   fl_buf_text(&http->body));
    fl_mcp_job_fail(job, &err);
}

static void open_stream(struct fl_mcp_job *job);

static void take_refusal(struct fl_mcp_job *job, int status)
{
    struct http *http = job->connection;
    enum fl_mcp_phase phase = job->session.phase;
    if (status != 401 && status != 403) {
        if (has_message(http)) {
            receive_body(job);
            if (!still_waiting(job))
                return;
        }
        if (phase == FL_MCP_PROBING) {
            fl_mcp_job_probe_refused(job);
            return;
        }
        if (phase == FL_MCP_INITIALIZING && !http->stream &&
            (status == 400 || status == 404 || status == 405)) {
            open_stream(job);
            return;
        }
    }
    fail_status(job, status);
}

static void take_answer(struct fl_mcp_job *job, int status)
{
    struct http *http = job->connection;
    bool asked = strstr(fl_buf_text(&http->last), "\"method\"") &&
                 strstr(fl_buf_text(&http->last), "\"id\"");
    if (!asked)
        return; /* if a notification was refused, the next request will tell why */
    if (status >= 300)
        take_refusal(job, status);
    else if (http->body.len > 0 && !http->endpoint)
        receive_body(job);
    if (http->endpoint || http->post || http->stream || !still_waiting(job))
        return;
    if (job->session.phase == FL_MCP_PROBING)
        fl_mcp_job_probe_refused(job);
    else
        fail(job, FL_EPROTO,
             http->streaming ? "ended its stream of events without an answer"
                             : "sent no JSON-RPC answer");
}

static void on_post_done(void *ctx, struct fl_http_request *request, const struct fl_err *err)
{
    struct fl_mcp_job *job = ctx;
    struct http *http = job->connection;
    http->post = NULL;
    if (err) {
        fl_mcp_job_fail(job, err);
        return;
    }
    keep_session_id(http, request);
    take_answer(job, fl_http_status(request));
    if (!http->post)
        post_next(job);
}

static void take_endpoint(struct fl_mcp_job *job, struct fl_str data)
{
    struct http *http = job->connection;
    const char *url = job->target->url;
    char *reference = strndup(data.ptr, data.len);
    char *endpoint = reference ? fl_http_resolve(url, reference) : NULL;
    free(reference);
    if (!endpoint || !fl_http_same_origin(url, endpoint)) {
        free(endpoint);
        fail(job, FL_EPROTO, "names an endpoint for messages that is not on its own host");
        return;
    }
    free(http->endpoint);
    http->endpoint = endpoint;
    struct fl_buf again = http->last; /* the initialize that the URL itself did not take */
    http->last = (struct fl_buf){0};
    fl_buf_append(&again, http->queue.ptr, http->queue.len);
    fl_buf_destroy(&http->queue);
    http->queue = again;
    post_next(job);
}

static void take_stream_event(void *ctx, const char *event, struct fl_str data)
{
    struct fl_mcp_job *job = ctx;
    const struct http *http = job->connection;
    if (strcmp(event, "endpoint") == 0 && !http->endpoint && !job->reported)
        take_endpoint(job, data);
    else
        take_event(ctx, event, data);
}

static void on_stream_bytes(void *ctx, struct fl_http_request *request, const char *bytes,
                            size_t len)
{
    struct fl_mcp_job *job = ctx;
    struct http *http = job->connection;
    if (fl_http_status(request) == 200 && is_event_stream(request))
        feed_events(job, &http->stream_events, bytes, len);
}

static void on_stream_done(void *ctx, struct fl_http_request *request, const struct fl_err *err)
{
    struct fl_mcp_job *job = ctx;
    struct http *http = job->connection;
    int status = fl_http_status(request);
    http->stream = NULL;
    if (err)
        fl_mcp_job_fail(job, err);
    else if (status == 401 || status == 403)
        fail_status(job, status);
    else if (http->endpoint)
        fail(job, FL_EPROTO, "ended its stream of events without an answer");
    else
        fail(job, FL_EPROTO, "speaks neither Streamable HTTP nor HTTP with SSE at this URL");
}

static void open_stream(struct fl_mcp_job *job)
{
    static const char *const accept[] = {"Accept: text/event-stream", NULL};
    struct http *http = job->connection;
    const struct fl_http_options options = {
        .method = "GET",
        .url = job->target->url,
        .headers = accept,
        .more_headers = job->target->headers,
        .received = on_stream_bytes,
        .done = on_stream_done,
        .ctx = job,
    };
    struct fl_err err;
    fl_sse_init(&http->stream_events, job->options->max_list_bytes, take_stream_event, job);
    http->stream = fl_http_start(job->http, &options, &err);
    if (!http->stream)
        fl_mcp_job_fail(job, &err);
}

/* The headers of the era and of the session that the next message belongs to. */
struct headers {
    char version[64];
    char method[64];
    char session[HEADER_MAX];
    const char *list[6];
};

static void set_headers(const struct fl_mcp_job *job, struct headers *headers)
{
    const struct http *http = job->connection;
    const struct fl_mcp_session *session = &job->session;
    bool modern = session->phase == FL_MCP_PROBING || session->modern;
    const char *version = modern ? FL_MCP_MODERN_VERSION : session->protocol_version;
    size_t n = 0;
    headers->list[n++] = "Content-Type: application/json";
    headers->list[n++] = "Accept: application/json, text/event-stream";
    if (*version) {
        snprintf(headers->version, sizeof headers->version, "MCP-Protocol-Version: %s", version);
        headers->list[n++] = headers->version;
    }
    if (modern) {
        snprintf(headers->method, sizeof headers->method, "Mcp-Method: %s",
                 fl_mcp_session_awaits(session));
        headers->list[n++] = headers->method;
    }
    if (http->session_id) {
        snprintf(headers->session, sizeof headers->session, "Mcp-Session-Id: %s", http->session_id);
        headers->list[n++] = headers->session;
    }
    headers->list[n] = NULL;
}

static void take_first_line(struct fl_buf *queue, struct fl_buf *line)
{
    const char *nl = memchr(queue->ptr, '\n', queue->len);
    size_t len = (size_t)(nl - queue->ptr) + 1;
    fl_buf_clear(line);
    fl_buf_append(line, queue->ptr, len);
    memmove(queue->ptr, queue->ptr + len, queue->len - len);
    queue->len -= len;
}

static void post_next(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    if (http->post || http->queue.len == 0 || job->reported || (http->stream && !http->endpoint))
        return;
    take_first_line(&http->queue, &http->last);
    fl_buf_clear(&http->body);
    http->streaming = false;
    http->asked_id = job->session.last_id;
    struct headers headers;
    set_headers(job, &headers);
    const struct fl_http_options options = {
        .method = "POST",
        .url = http->endpoint ? http->endpoint : job->target->url,
        .headers = headers.list,
        .more_headers = job->target->headers,
        .body = {fl_buf_text(&http->last), http->last.len},
        .received = on_post_bytes,
        .done = on_post_done,
        .ctx = job,
    };
    struct fl_err err;
    fl_err_nomem(&err);
    if (!fl_buf_failed(&http->last))
        http->post = fl_http_start(job->http, &options, &err);
    if (!http->post)
        fl_mcp_job_fail(job, &err);
}

/* What could end the header and begin another one is not sent. Values are secrets: not told. */
static int check_headers(const char *const *headers, struct fl_err *err)
{
    for (size_t i = 0; headers && headers[i]; i++) {
        size_t name = strcspn(headers[i], ":\r\n");
        if (headers[i][name] != ':' || headers[i][name + strcspn(headers[i] + name, "\r\n")])
            return fl_err_set(err, FL_EINVAL, "its header %zu is not \"Name: value\" in one line",
                              i + 1);
    }
    return 0;
}

static int http_start(struct fl_mcp_job *job, struct fl_err *err)
{
    const char *url = job->target->url;
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return fl_err_set(err, FL_EINVAL, "\"%.200s\" is no http or https URL", url);
    int rc = check_headers(job->target->headers, err);
    if (rc)
        return rc;
    job->connection = calloc(1, sizeof(struct http));
    return job->connection ? 0 : fl_err_nomem(err);
}

static void http_send(struct fl_mcp_job *job, struct fl_str messages)
{
    struct http *http = job->connection;
    fl_buf_append(&http->queue, messages.ptr, messages.len);
    if (fl_buf_failed(&http->queue)) {
        struct fl_err err;
        fl_err_nomem(&err);
        fl_mcp_session_fail(&job->session, &err);
        return;
    }
    /* What is under way was answered, or given up, when there is a newer request. */
    if (http->post && !http->endpoint && job->session.last_id != http->asked_id) {
        keep_session_id(http, http->post);
        fl_http_cancel(http->post);
        http->post = NULL;
    }
    post_next(job);
}

static void end(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    fl_http_cancel(http->post);
    fl_http_cancel(http->stream);
    http->post = http->stream = NULL;
    if (!http->ended)
        fl_mcp_job_end(job);
    http->ended = true;
}

static void on_deleted_bytes(void *ctx, struct fl_http_request *request, const char *bytes,
                             size_t len)
{
    (void)ctx, (void)request, (void)bytes, (void)len;
}

static void on_deleted(void *ctx, struct fl_http_request *request, const struct fl_err *err)
{
    struct fl_mcp_job *job = ctx;
    struct http *http = job->connection;
    (void)request, (void)err; /* it may refuse, and then it keeps the session until it tires */
    http->post = NULL;
    end(job);
}

static void http_stop(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    if (http->ending)
        return;
    http->ending = true;
    if (http->post)
        keep_session_id(http, http->post);
    fl_http_cancel(http->post);
    fl_http_cancel(http->stream);
    http->post = http->stream = NULL;
    if (http->session_id) {
        struct headers headers;
        set_headers(job, &headers);
        const struct fl_http_options options = {
            .method = "DELETE",
            .url = job->target->url,
            .headers = headers.list + 1, /* no content */
            .more_headers = job->target->headers,
            .timeout_ms = job->options->stop_timeout_ms,
            .received = on_deleted_bytes,
            .done = on_deleted,
            .ctx = job,
        };
        http->post = fl_http_start(job->http, &options, NULL);
    }
    if (!http->post)
        end(job);
}

static void http_abort(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    http->ending = true;
    end(job);
}

static void http_explain(struct fl_mcp_job *job, struct fl_err *err)
{
    (void)job, (void)err;
}

static uint64_t http_resident_bytes(struct fl_mcp_job *job)
{
    (void)job;
    return 0;
}

static void http_free(struct fl_mcp_job *job)
{
    struct http *http = job->connection;
    if (!http)
        return;
    fl_buf_destroy(&http->queue);
    fl_buf_destroy(&http->last);
    fl_buf_destroy(&http->body);
    fl_sse_destroy(&http->post_events);
    fl_sse_destroy(&http->stream_events);
    free(http->endpoint);
    free(http->session_id);
    free(http);
}

const struct fl_mcp_transport fl_mcp_http = {
    .start = http_start,
    .send = http_send,
    .stop = http_stop,
    .abort = http_abort,
    .explain = http_explain,
    .resident_bytes = http_resident_bytes,
    .free = http_free,
};
