/* jsonrpc.h: JSON-RPC 2.0 messages, as MCP uses them: built, parsed and told apart.
 *
 * The ids of our own requests are integers, so that an answer is matched without allocating; the
 * ids of the other side are strings or integers and are only ever echoed. */
#ifndef FL_NET_JSONRPC_H
#define FL_NET_JSONRPC_H

#include "base/json.h"

enum {
    FL_RPC_METHOD_NOT_FOUND = -32601,
};

enum fl_rpc_kind {
    FL_RPC_NONE, /* JSON, but not a JSON-RPC message */
    FL_RPC_REQUEST,
    FL_RPC_NOTIFICATION,
    FL_RPC_RESULT,
    FL_RPC_ERROR,
};

/* A parsed message; what it points to belongs to `root`. */
struct fl_rpc_message {
    enum fl_rpc_kind kind;
    json_t *root;
    const json_t *id;   /* NULL: none, or null in an error that answers what could not be read */
    const char *method; /* of requests and notifications */
    const json_t *body; /* params (or NULL), result (any type) or error (an object) */
    int64_t error_code;
    const char *error_text; /* "" where there is none */
};

/* Parses and classifies one message. 0 also for FL_RPC_NONE; otherwise the errors of
 * fl_json_parse. Destroying accepts NULL and zeroed messages. */
int fl_rpc_parse(struct fl_str text, struct fl_json_limits limits,
                 struct fl_rpc_message *ret_message, struct fl_err *err);
void fl_rpc_message_destroy(struct fl_rpc_message *message);

/* Whether an answer is that to our request `id`. */
bool fl_rpc_answers(const struct fl_rpc_message *message, int64_t id);

/* Each appends one message and a newline, in a form that itself has none; `params` and `result` are
 * JSON texts without newlines. Failure sticks to the buffer. */
void fl_rpc_append_request(struct fl_buf *buf, int64_t id, const char *method, const char *params);
void fl_rpc_append_notification(struct fl_buf *buf, const char *method);
void fl_rpc_append_result(struct fl_buf *buf, const json_t *id, const char *result);
void fl_rpc_append_error(struct fl_buf *buf, const json_t *id, int code, const char *text);

#endif
