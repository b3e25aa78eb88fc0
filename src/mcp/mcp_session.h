/* mcp_session.h: the client's side of MCP as far as a list of tools needs it, without a transport.
 *
 * Messages go in, messages to be sent come out; time and the network are the caller's, and so is a
 * buffer of outgoing messages that has failed. Both eras:
 *
 *     probing ──DiscoverResult──────────────────────────▶ listing (2026-07-28)
 *        │  └─any other answer, silence─▶ initializing ──▶ listing (2024-11-05 … 2025-11-25)
 *        └──── a modern error that leaves no common version ─▶ failed
 *     listing ──nextCursor──▶ listing ──last page──▶ listed
 *
 * A DiscoverResult that comes late, while initialize is not answered, still counts. */
#ifndef FL_MCP_MCP_SESSION_H
#define FL_MCP_MCP_SESSION_H

#include "base/arena.h"
#include "base/buf.h"
#include "net/jsonrpc.h"

#include <stdint.h>

/* Those that are asked for; of the legacy era older ones are accepted. */
#define FL_MCP_MODERN_VERSION "2026-07-28"
#define FL_MCP_LEGACY_VERSION "2025-11-25"

enum { FL_MCP_CURSOR_MAX_BYTES = 64 << 10 };

enum fl_mcp_phase {
    FL_MCP_PROBING,
    FL_MCP_INITIALIZING,
    FL_MCP_LISTING,
    FL_MCP_LISTED,
    FL_MCP_FAILED,
};

struct fl_mcp_session {
    size_t max_list_bytes;
    uint32_t max_pages;

    enum fl_mcp_phase phase;
    bool modern;
    bool answered;       /* any answer has come */
    bool declares_tools; /* in its capabilities */
    int64_t last_id;
    int64_t probe_id; /* 0: not probed */
    uint32_t page_count;
    uint32_t tool_count;
    uint32_t stray_count;   /* lines that are no messages */
    uint32_t unasked_count; /* answers to nothing that was asked */
    struct fl_buf tools;    /* "[tool,tool" until listed, then the whole array */
    struct fl_buf cursor;   /* of the page being waited for */
    struct fl_arena texts;
    const char *protocol_version; /* never NULL from here on; "" where not told */
    const char *server_name;
    const char *server_version;
    const char *instructions; /* or NULL */
    struct fl_err err;        /* when failed */
};

void fl_mcp_session_init(struct fl_mcp_session *session, size_t max_list_bytes, uint32_t max_pages);
void fl_mcp_session_destroy(struct fl_mcp_session *session);

/* Appends the first request to `out`: server/discover, or initialize when `probe` is false. */
void fl_mcp_session_open(struct fl_mcp_session *session, bool probe, struct fl_buf *out);

/* The probe will not be answered, or was refused by something that is no message: appends
 * initialize. Does nothing in any other phase than probing. */
void fl_mcp_session_give_up_probe(struct fl_mcp_session *session, struct fl_buf *out);

/* Takes one message, or a line that is none, and appends what is to be sent in return, each message
 * with a newline. Look at `phase` afterwards. */
void fl_mcp_session_receive(struct fl_mcp_session *session, struct fl_str message,
                            struct fl_buf *out);

/* Ends it with an error of the caller's making; does nothing once listed or failed. */
void fl_mcp_session_fail(struct fl_mcp_session *session, const struct fl_err *err);

static inline bool fl_mcp_session_done(const struct fl_mcp_session *session)
{
    return session->phase >= FL_MCP_LISTED;
}

/* What is being waited for, in words: "server/discover", "initialize", "tools/list". */
const char *fl_mcp_session_awaits(const struct fl_mcp_session *session);

#endif
