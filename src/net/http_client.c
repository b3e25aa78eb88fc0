/* http_client.c: see http_client.h.
 *
 * libcurl's multi interface tells which sockets and which time it waits for; they are watched on
 * the loop. libcurl must not be called from within its own callbacks, but our callers do as they
 * like in theirs: so bytes are only put aside in libcurl's write callback, and handed on, with the
 * ends of requests, in `deliver`, when libcurl has returned. */
#include "net/http_client.h"

#include "base/buf.h"
#include "net/curl_lazy.h"

#include <stdlib.h>

struct fl_http {
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t timer;
    struct fl_http_request *requests;
    bool delivering;
    bool starved; /* a socket could not be watched: its request would wait for ever */
};

struct fl_http_request {
    struct fl_http_request *next;
    struct fl_http *http;
    struct fl_http_options options; /* callbacks only; the strings are not ours */
    CURL *easy;
    struct curl_slist *headers;
    struct fl_buf input; /* received, not handed on */
    unsigned redirects;
    bool in_callback;
    bool canceled; /* within its own callback */
    char failure[CURL_ERROR_SIZE];
};

struct watch {
    uv_poll_t poll;
    curl_socket_t socket;
    struct fl_http *http;
};

static void deliver(struct fl_http *http);

static void on_poll(uv_poll_t *poll, int status, int events)
{
    const struct watch *watch = poll->data;
    struct fl_http *http = watch->http;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
    int running;
    curl_multi_socket_action(http->multi, watch->socket, flags, &running);
    deliver(http);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct watch *watch_socket(struct fl_http *http, curl_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    if (uv_poll_init_socket(http->loop, &watch->poll, socket)) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->socket = socket;
    watch->http = http;
    curl_multi_assign(http->multi, socket, watch);
    return watch;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *ctx, void *socket_ctx)
{
    struct fl_http *http = ctx;
    struct watch *watch = socket_ctx;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        curl_multi_assign(http->multi, socket, NULL);
        return 0;
    }
    if (!watch)
        watch = watch_socket(http, socket);
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    if (!watch || uv_poll_start(&watch->poll, events, on_poll))
        http->starved = true;
    return 0; /* an error would make libcurl give up all requests for good */
}

static void on_timer(uv_timer_t *timer)
{
    struct fl_http *http = timer->data;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    deliver(http);
}

static int on_set_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct fl_http *http = ctx;
    (void)multi;
    if (uv_is_closing((uv_handle_t *)&http->timer))
        return 0;
    if (timeout_ms < 0)
        uv_timer_stop(&http->timer);
    else
        uv_timer_start(&http->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

struct fl_http *fl_http_create(uv_loop_t *loop)
{
    struct fl_http *http = fl_curl_load() ? calloc(1, sizeof *http) : NULL;
    if (!http)
        return NULL;
    http->multi = curl_multi_init();
    if (!http->multi) {
        free(http);
        return NULL;
    }
    http->loop = loop;
    uv_timer_init(loop, &http->timer);
    http->timer.data = http;
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return http;
}

void fl_http_close(struct fl_http *http)
{
    if (!http || uv_is_closing((uv_handle_t *)&http->timer))
        return;
    uv_close((uv_handle_t *)&http->timer, NULL);
    curl_multi_cleanup(http->multi);
    http->multi = NULL;
}

void fl_http_free(struct fl_http *http)
{
    free(http);
}

static void free_request(struct fl_http_request *request)
{
    if (!request)
        return;
    curl_easy_cleanup(request->easy);
    curl_slist_free_all(request->headers);
    fl_buf_destroy(&request->input);
    free(request);
}

static void unlink_request(struct fl_http_request *request)
{
    struct fl_http_request **link = &request->http->requests;
    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
    curl_multi_remove_handle(request->http->multi, request->easy);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct fl_http_request *request = ctx;
    int status = fl_http_status(request);
    if (status < 300 || status >= 400)
        fl_buf_append(&request->input, bytes, size * count);
    return fl_buf_failed(&request->input) ? 0 : size * count;
}

static bool add_headers(struct fl_http_request *request, const char *const *headers)
{
    for (size_t i = 0; headers && headers[i]; i++) {
        struct curl_slist *longer = curl_slist_append(request->headers, headers[i]);
        if (!longer)
            return false;
        request->headers = longer;
    }
    return true;
}

static CURLcode set_method(CURL *easy, const struct fl_http_options *options)
{
    if (strcmp(options->method, "POST") != 0)
        return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, options->method);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body.len);
    return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, options->body.ptr);
}

static bool prepare(struct fl_http_request *request, const struct fl_http_options *options)
{
    static const char *const own_headers[] = {"Expect:", NULL};
    CURL *easy = request->easy = curl_easy_init();
    if (!easy || !add_headers(request, options->headers) ||
        !add_headers(request, options->more_headers) || !add_headers(request, own_headers) ||
        curl_easy_setopt(easy, CURLOPT_URL, options->url) || set_method(easy, options))
        return false;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->failure);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)FL_HTTP_CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "foreload/" FL_NET_VERSION);
    return true;
}

struct fl_http_request *fl_http_start(struct fl_http *http, const struct fl_http_options *options,
                                      struct fl_err *err)
{
    struct fl_http_request *request = calloc(1, sizeof *request);
    if (!request || !prepare(request, options)) {
        free_request(request);
        fl_err_nomem(err);
        return NULL;
    }
    request->http = http;
    request->options = *options;
    if (curl_multi_add_handle(http->multi, request->easy)) {
        free_request(request);
        fl_err_nomem(err);
        return NULL;
    }
    request->next = http->requests;
    http->requests = request;
    return request;
}

void fl_http_cancel(struct fl_http_request *request)
{
    if (!request)
        return;
    request->canceled = true;
    if (request->in_callback)
        return;
    unlink_request(request);
    free_request(request);
}

int fl_http_status(const struct fl_http_request *request)
{
    long status = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

const char *fl_http_header(struct fl_http_request *request, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(request->easy, name, 0, CURLH_HEADER, -1, &header) ||
        strlen(header->value) > FL_HTTP_HEADER_VALUE_MAX)
        return "";
    return header->value;
}

static bool hand_on_input(struct fl_http_request *request)
{
    if (request->input.len == 0)
        return false;
    struct fl_buf input = request->input;
    request->input = (struct fl_buf){0};
    request->in_callback = true;
    request->options.received(request->options.ctx, request, input.ptr, input.len);
    request->in_callback = false;
    fl_buf_destroy(&input);
    if (request->canceled) {
        unlink_request(request);
        free_request(request);
    }
    return true;
}

/* True when the same request is under way to where it was sent on to. */
static bool redirect(struct fl_http_request *request, struct fl_err *err)
{
    int status = fl_http_status(request);
    char *from = NULL;
    char *to = NULL;
    curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &from);
    curl_easy_getinfo(request->easy, CURLINFO_REDIRECT_URL, &to);
    fl_err_set(err, FL_EIO, "redirected (HTTP %d) to \"%.200s\", which is not followed", status,
               to ? to : "");
    if ((status != 307 && status != 308) || !from || !to || !fl_http_same_origin(from, to) ||
        ++request->redirects > FL_HTTP_REDIRECTS_MAX)
        return false;
    curl_multi_remove_handle(request->http->multi, request->easy);
    return !curl_easy_setopt(request->easy, CURLOPT_URL, to) &&
           !curl_multi_add_handle(request->http->multi, request->easy);
}

static void set_error(const struct fl_http_request *request, CURLcode code, struct fl_err *err)
{
    const char *text = *request->failure ? request->failure : curl_easy_strerror(code);
    /* Only want of memory makes on_body refuse bytes. */
    bool no_memory = code == CURLE_OUT_OF_MEMORY || code == CURLE_WRITE_ERROR;
    int fl_code = no_memory ? FL_ENOMEM : code == CURLE_OPERATION_TIMEDOUT ? FL_ETIMEDOUT : FL_EIO;
    fl_err_set(err, fl_code, "%.300s", text);
}

static void finish(struct fl_http_request *request, CURLcode code)
{
    int status = fl_http_status(request);
    struct fl_err err = {0};
    if (code)
        set_error(request, code, &err);
    else if (status >= 300 && status < 400 && redirect(request, &err))
        return;
    /* Its headers are still asked for in the callback: removed from libcurl, but not freed. */
    unlink_request(request);
    request->in_callback = true;
    request->options.done(request->options.ctx, request, err.code ? &err : NULL);
    free_request(request);
}

static bool finish_one(struct fl_http *http)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(http->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        char *request = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        finish((struct fl_http_request *)request, code);
        return true;
    }
    return false;
}

static bool hand_on_any(struct fl_http *http)
{
    for (struct fl_http_request *request = http->requests; request; request = request->next)
        if (hand_on_input(request))
            return true; /* the callback may have changed the list */
    return false;
}

/* It is not known here which request the socket belongs to: all end. */
static bool finish_starved(struct fl_http *http)
{
    if (http->starved && http->requests) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it cannot see that request->http is http. */
        finish(http->requests, CURLE_OUT_OF_MEMORY);
        return true;
    }
    return http->starved = false;
}

static void deliver(struct fl_http *http)
{
    if (http->delivering)
        return;
    http->delivering = true;
    while (http->multi && (finish_starved(http) || hand_on_any(http) || finish_one(http)))
        continue;
    http->delivering = false;
}
