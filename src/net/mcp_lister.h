/* mcp_lister.h: starts MCP servers once, asks each for its tools, and stops it.
 *
 * A stdio server is a child in its own process group: newline-delimited JSON-RPC on its pipes,
 * stray lines on stdout counted and passed to the log hook, the tail of stderr kept for the error
 * report. Stopping: close stdin, wait, SIGTERM, SIGKILL, each to the group; nothing outlives the
 * call, also not when the caller is interrupted (parent-death signal).
 * A server at a URL is asked over Streamable HTTP.
 * The modern era is probed first (`server/discover`, 2026-07-28); any other answer or silence falls
 * back to `initialize`. Lists are followed through all their pages. */
#ifndef FL_NET_MCP_LISTER_H
#define FL_NET_MCP_LISTER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct fl_mcp_target {
    const char *name;            /* for messages */
    const char *const *argv;     /* NULL-terminated; NULL for a URL */
    const char *const *env;      /* NAME=VALUE, NULL-terminated, over the inherited ones; or NULL */
    const char *cwd;             /* or NULL */
    const char *url;             /* or NULL */
    const char *const *headers;  /* "Name: value", NULL-terminated; or NULL */
};

struct fl_mcp_listing {
    struct fl_str tools_json;    /* array of all pages, each tool's bytes as the server sent them */
    uint32_t tool_count;
    const char *server_name;     /* "" where not told */
    const char *server_version;
    const char *instructions;    /* or NULL */
    const char *protocol_version;
    bool modern;                 /* answered server/discover */
    uint32_t start_ms;           /* from start to the first answer */
    uint32_t list_ms;            /* from start to the whole list */
    uint32_t stray_lines;        /* on stdout, not JSON */
    uint64_t resident_bytes;     /* of its process tree when it had listed (PSS); 0: unknown or URL */
};

struct fl_mcp_list_options {
    unsigned parallel;        /* servers at once; 0: 4 */
    uint32_t start_timeout_ms; /* to the first answer; 0: 30,000 */
    uint32_t list_timeout_ms;  /* for all pages after that; 0: 30,000 */
    uint32_t stop_timeout_ms;  /* between the steps of stopping; 0: 2,000 */
    size_t max_list_bytes;     /* of all pages; 0: 64 MiB */
    uint32_t max_pages;        /* 0: 1,000 */
    const struct fl_log *log;  /* or NULL */
    struct fl_clock clock;
    /* Asked now and then; true ends everything, servers included. May be NULL. */
    bool (*canceled)(void *ctx);
    /* When a server is started; may be NULL. */
    void (*started)(void *ctx, uint32_t index);
    /* Once for each target, in the order in which they end: a listing, valid during the call, or
     * NULL and the reason. */
    void (*listed)(void *ctx, uint32_t index, const struct fl_mcp_listing *listing,
                   const struct fl_err *err);
    void *ctx;
};

/* Blocks until every target has been reported; callbacks come on the calling thread. 0,
 * -FL_ECANCELED, or -FL_ENOMEM/-FL_EIO when the event loop itself could not be had. */
int fl_mcp_list_all(const struct fl_mcp_target *targets, uint32_t count,
                    const struct fl_mcp_list_options *options, struct fl_err *err);

#endif
