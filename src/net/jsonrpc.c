/* jsonrpc.c: see jsonrpc.h. */
#include "net/jsonrpc.h"

#include <inttypes.h>

static bool is_id(const json_t *id)
{
    return json_is_string(id) || json_is_integer(id);
}

static void classify_call(struct fl_rpc_message *message, const char *method)
{
    const json_t *id = json_object_get(message->root, "id");
    if (id && !is_id(id))
        return;
    message->kind = id ? FL_RPC_REQUEST : FL_RPC_NOTIFICATION;
    message->id = id;
    message->method = method;
    message->body = json_object_get(message->root, "params");
}

static void classify_answer(struct fl_rpc_message *message)
{
    const json_t *id = json_object_get(message->root, "id");
    const json_t *result = json_object_get(message->root, "result");
    const json_t *error = json_object_get(message->root, "error");
    if (result && !error && is_id(id)) {
        message->kind = FL_RPC_RESULT;
        message->body = result;
    } else if (json_is_object(error) && !result && (!id || json_is_null(id) || is_id(id))) {
        message->kind = FL_RPC_ERROR;
        message->body = error;
        message->error_code = fl_json_integer(error, "code", 0);
        message->error_text = fl_json_string(error, "message", "");
    }
    message->id = is_id(id) ? id : NULL;
}

int fl_rpc_parse(struct fl_str text, struct fl_json_limits limits,
                 struct fl_rpc_message *ret_message, struct fl_err *err)
{
    struct fl_err error;
    json_t *root = fl_json_parse(text, limits, &error);
    if (!root) {
        if (err)
            *err = error;
        return -error.code;
    }
    struct fl_rpc_message message = {.root = root, .error_text = ""};
    if (strcmp(fl_json_string(root, "jsonrpc", ""), "2.0") == 0) {
        const char *method = fl_json_string(root, "method", NULL);
        if (method)
            classify_call(&message, method);
        else
            classify_answer(&message);
    }
    *ret_message = message;
    return 0;
}

void fl_rpc_message_destroy(struct fl_rpc_message *message)
{
    if (!message)
        return;
    json_decref(message->root);
    *message = (struct fl_rpc_message){0};
}

bool fl_rpc_answers(const struct fl_rpc_message *message, int64_t id)
{
    return (message->kind == FL_RPC_RESULT || message->kind == FL_RPC_ERROR) &&
           json_is_integer(message->id) && json_integer_value(message->id) == id;
}

void fl_rpc_append_request(struct fl_buf *buf, int64_t id, const char *method, const char *params)
{
    fl_buf_printf(buf, "{\"jsonrpc\":\"2.0\",\"id\":%" PRId64 ",\"method\":\"%s\",\"params\":", id,
                  method);
    fl_buf_append_str(buf, params);
    fl_buf_append_str(buf, "}\n");
}

void fl_rpc_append_notification(struct fl_buf *buf, const char *method)
{
    fl_buf_printf(buf, "{\"jsonrpc\":\"2.0\",\"method\":\"%s\"}\n", method);
}

static void append_head(struct fl_buf *buf, const json_t *id)
{
    fl_buf_append_str(buf, "{\"jsonrpc\":\"2.0\",\"id\":");
    if (json_is_string(id))
        fl_json_append_string(buf, (struct fl_str){json_string_value(id), json_string_length(id)});
    else
        fl_buf_printf(buf, "%" PRId64, (int64_t)json_integer_value(id));
}

void fl_rpc_append_result(struct fl_buf *buf, const json_t *id, const char *result)
{
    append_head(buf, id);
    fl_buf_append_str(buf, ",\"result\":");
    fl_buf_append_str(buf, result);
    fl_buf_append_str(buf, "}\n");
}

void fl_rpc_append_error(struct fl_buf *buf, const json_t *id, int code, const char *text)
{
    append_head(buf, id);
    fl_buf_printf(buf, ",\"error\":{\"code\":%d,\"message\":", code);
    fl_json_append_string(buf, fl_str_of(text));
    fl_buf_append_str(buf, "}}\n");
}
