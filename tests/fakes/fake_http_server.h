/* fake_http_server.h: an HTTP/1.1 server on a loopback port, in this process, for tests.
 *
 * One thread accepts, one serves each connection, and each connection serves one request. */
#ifndef FAKE_HTTP_SERVER_H
#define FAKE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum { FAKE_HTTP_REQUEST_MAX = 16384 };

struct fake_http_request {
    char method[16];
    char path[256];
    char head[FAKE_HTTP_REQUEST_MAX]; /* the header lines */
    char body[FAKE_HTTP_REQUEST_MAX];
    int fd; /* to write the answer to; closed behind the handler */
};

/* Called on the connection's thread, several at once. */
typedef void (*fake_http_handler)(void *ctx, const struct fake_http_request *request);

struct fake_http_server;

struct fake_http_server *fake_http_start(fake_http_handler handler, void *ctx);
void fake_http_stop(struct fake_http_server *server); /* waits for the handlers */
int fake_http_port(const struct fake_http_server *server);

/* The value of a header, cut to the buffer; false when there is none. */
bool fake_http_header(const struct fake_http_request *request, const char *name, char *value,
                      size_t size);

/* Writes head and body; `type` and `extra` (whole header lines, each with CRLF) may be NULL. */
void fake_http_answer(const struct fake_http_request *request, int status, const char *type,
                      const char *extra, const char *body);

/* Writes bytes as they are. */
void fake_http_write(const struct fake_http_request *request, const char *text);

#endif
