/* fake_http_server.c: see fake_http_server.h. */
#include "fake_http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64 };

struct fake_http_server {
    int fd;
    int port;
    fake_http_handler handler;
    void *ctx;
    pthread_t accepting;
    pthread_t serving[CONNECTIONS_MAX];
    int connection_count;
};

struct connection {
    struct fake_http_server *server;
    struct fake_http_request request;
};

/* Reads until `buf` has the whole request; its length or -1. */
static ssize_t read_request(int fd, char *buf, size_t size)
{
    size_t len = 0;
    size_t need = 0; /* 0: the head is not complete */
    while ((need == 0 || len < need) && len + 1 < size) {
        ssize_t n = read(fd, buf + len, size - 1 - len);
        if (n <= 0)
            return -1;
        len += (size_t)n;
        buf[len] = '\0';
        const char *end = strstr(buf, "\r\n\r\n");
        const char *length = strcasestr(buf, "\r\nContent-Length:");
        if (end && need == 0)
            need = (size_t)(end + 4 - buf) +
                   (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
    }
    return (ssize_t)len;
}

static bool parse_request(struct fake_http_request *request, char *text)
{
    char *end = strstr(text, "\r\n\r\n");
    char *lines = strstr(text, "\r\n");
    if (!end || sscanf(text, "%15s %255s", request->method, request->path) != 2)
        return false;
    snprintf(request->body, sizeof request->body, "%s", end + 4);
    end[2] = '\0';
    snprintf(request->head, sizeof request->head, "%s", lines);
    return true;
}

static void *serve(void *arg)
{
    struct connection *connection = arg;
    struct fake_http_server *server = connection->server;
    static _Thread_local char text[FAKE_HTTP_REQUEST_MAX];
    if (read_request(connection->request.fd, text, sizeof text) > 0 &&
        parse_request(&connection->request, text))
        server->handler(server->ctx, &connection->request);
    close(connection->request.fd);
    free(connection);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct fake_http_server *server = arg;
    int fd;
    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection || server->connection_count == CONNECTIONS_MAX)
            abort();
        connection->server = server;
        connection->request.fd = fd;
        if (pthread_create(&server->serving[server->connection_count], NULL, serve, connection))
            abort();
        server->connection_count++;
    }
    return NULL;
}

struct fake_http_server *fake_http_start(fake_http_handler handler, void *ctx)
{
    struct fake_http_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (!server)
        abort();
    server->handler = handler;
    server->ctx = ctx;
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, len) ||
        listen(server->fd, 16) || getsockname(server->fd, (struct sockaddr *)&address, &len) ||
        pthread_create(&server->accepting, NULL, accept_all, server))
        abort();
    server->port = ntohs(address.sin_port);
    return server;
}

void fake_http_stop(struct fake_http_server *server)
{
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->accepting, NULL);
    for (int i = 0; i < server->connection_count; i++)
        pthread_join(server->serving[i], NULL);
    close(server->fd);
    free(server);
}

int fake_http_port(const struct fake_http_server *server)
{
    return server->port;
}

bool fake_http_header(const struct fake_http_request *request, const char *name, char *value,
                      size_t size)
{
    char key[80];
    snprintf(key, sizeof key, "\r\n%s:", name);
    const char *start = strcasestr(request->head, key);
    if (!start)
        return false;
    start += strlen(key);
    start += strspn(start, " ");
    snprintf(value, size, "%.*s", (int)strcspn(start, "\r"), start);
    return true;
}

void fake_http_write(const struct fake_http_request *request, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(request->fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

void fake_http_answer(const struct fake_http_request *request, int status, const char *type,
                      const char *extra, const char *body)
{
    char head[1024];
    snprintf(head, sizeof head,
             "HTTP/1.1 %d Because\r\nConnection: close\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
             status, type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "",
             extra ? extra : "", strlen(body));
    fake_http_write(request, head);
    fake_http_write(request, body);
}
