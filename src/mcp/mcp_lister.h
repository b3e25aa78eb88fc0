/* mcp_lister.h: starts MCP servers once, asks each for its tools, and stops it.
 *
 * A stdio server is a child in its own session (child.h): newline-delimited JSON-RPC on its pipes,
 * stray lines on stdout counted and passed to the log hook, the tail of stderr kept for the error
 * report. Stopping: close stdin, wait, SIGTERM, SIGKILL, each to its whole tree; nothing outlives
 * the call, also not when this process is killed. A server that ends on the probe, before any
 * answer, is started once more without it.
 * A server at a URL is asked over Streamable HTTP, or over the HTTP with SSE of 2024-11-05.
 * The modern era is probed first (`server/discover`, 2026-07-28); any other answer or silence falls
 * back to `initialize`. Lists are followed through all their pages. */
#ifndef FL_MCP_MCP_LISTER_H
#define FL_MCP_MCP_LISTER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct fl_mcp_target {
    const char *name;           /* for the log */
    const char *const *argv;    /* NULL-terminated; NULL for a URL */
    const char *const *env;     /* NAME=VALUE, NULL-terminated, over the inherited ones; or NULL */
    const char *cwd;            /* or NULL */
    const char *url;            /* or NULL */
    const char *const *headers; /* "Name: value", NULL-terminated; or NULL */
};

struct fl_mcp_listing {
    struct fl_str tools_json; /* array of all pages, each tool's bytes as the server sent them */
    uint32_t tool_count;
    const char *server_name; /* "" where not told */
    const char *server_version;
    const char *instructions; /* or NULL */
    const char *protocol_version;
    bool modern;             /* answered server/discover */
    uint32_t start_ms;       /* from start to the first answer, whatever it says */
    uint32_t list_ms;        /* from start to the whole list */
    uint32_t stray_lines;    /* on stdout, not JSON */
    uint64_t resident_bytes; /* of its process tree when it had listed (PSS); 0: unknown or URL */
};

struct fl_mcp_list_options {
    unsigned parallel;         /* servers at once, those being stopped included; 0: 4 */
    const char *launcher;      /* path of foreload-launch; NULL: looked for, see child.h */
    uint32_t probe_timeout_ms; /* silence after server/discover; 0: 5,000 */
    uint32_t start_timeout_ms; /* to the end of the handshake; 0: 30,000 */
    uint32_t list_timeout_ms;  /* for all pages after that; 0: 30,000 */
    uint32_t stop_timeout_ms;  /* between the steps of stopping; 0: 2,000 */
    size_t max_list_bytes;     /* of all pages, and of one message; 0: 64 MiB */
    uint32_t max_pages;        /* 0: 1,000 */
    const struct fl_log *log;  /* or NULL */
    struct fl_clock clock;     /* for the durations; zeroed: the system's */
    /* Asked now and then; true ends everything, servers included. May be NULL. */
    bool (*canceled)(void *ctx);
    /* When a server is started; may be NULL. */
    void (*started)(void *ctx, uint32_t index);
    /* Once for each target, as soon as it is known and in that order: a listing, valid during the
     * call, or NULL and the reason, which does not repeat the target's name. The server may still
     * be on its way down. */
    void (*listed)(void *ctx, uint32_t index, const struct fl_mcp_listing *listing,
                   const struct fl_err *err);
    void *ctx;
};

/* Blocks until every target has been reported and every server has gone; callbacks come on the
 * calling thread. 0, -FL_ECANCELED (the targets without a listing are reported with it too), or
 * -FL_ENOMEM/-FL_EIO when the event loop itself could not be had: then nothing is reported. */
int fl_mcp_list_all(const struct fl_mcp_target *targets, uint32_t count,
                    const struct fl_mcp_list_options *options, struct fl_err *err);

#endif
