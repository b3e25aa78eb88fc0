/* http_client.h: HTTP requests on an event loop, over libcurl.
 *
 * TLS is verified. A redirect is followed only to the same scheme, host and port, and only as the
 * same request: headers carry secrets. All functions belong to the loop's thread; none blocks. */
#ifndef FL_NET_HTTP_CLIENT_H
#define FL_NET_HTTP_CLIENT_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <uv.h>

enum {
    FL_HTTP_REDIRECTS_MAX = 3,
    FL_HTTP_HEADER_VALUE_MAX = 1024, /* a longer one is taken for missing */
    FL_HTTP_CONNECT_TIMEOUT_MS = 10000,
};

struct fl_http;
struct fl_http_request;

struct fl_http_options {
    const char *method;              /* "GET", "POST", "DELETE" */
    const char *url;                 /* http or https */
    const char *const *headers;      /* "Name: value", NULL-terminated; or NULL */
    const char *const *more_headers; /* the same */
    struct fl_str body;              /* of a POST */
    uint32_t timeout_ms;             /* of the whole; 0: none */
    /* Bytes of the body as they come. */
    void (*received)(void *ctx, struct fl_http_request *request, const char *bytes, size_t len);
    /* The last call, never within fl_http_start or fl_http_cancel. `err` is NULL when the answer
     * was received to its end. The request is freed behind it and must not be canceled any more. */
    void (*done)(void *ctx, struct fl_http_request *request, const struct fl_err *err);
    void *ctx;
};

/* NULL: out of memory, or no libcurl on this machine (fl_curl_load tells). Closing gives up the
 * handles on the loop, with no request under way; the loop must then run until they are gone, and
 * only then is it freed. Both accept NULL. */
struct fl_http *fl_http_create(uv_loop_t *loop);
void fl_http_close(struct fl_http *http);
void fl_http_free(struct fl_http *http);

/* Strings and body are copied. NULL: no memory, or a URL that cannot be used. */
struct fl_http_request *fl_http_start(struct fl_http *http, const struct fl_http_options *options,
                                      struct fl_err *err);

/* Forgets the request, also from within `received`: no callback of it comes any more. NULL is
 * accepted. */
void fl_http_cancel(struct fl_http_request *request);

/* Of the answer: its status (0: not there yet), and a header or "", valid until the next call. */
int fl_http_status(const struct fl_http_request *request);
const char *fl_http_header(struct fl_http_request *request, const char *name);

/* `reference` as seen from `base`, to be freed by the caller; NULL: no URL, or out of memory. */
char *fl_http_resolve(const char *base, const char *reference);

/* Whether scheme, host and port are the same; false also for what is no URL. */
bool fl_http_same_origin(const char *a, const char *b);

#endif
