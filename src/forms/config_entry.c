/* config_entry.c: see config_entry.h. */
#include "forms/config_entry.h"

#include <stdio.h>
#include <strings.h>

/* An entry while it is read; `list` collects one list after another. */
struct reading {
    const struct fl_config_context *context;
    const char *name;
    const json_t *entry;
    struct fl_arena *arena;
    struct fl_err *err;
    struct fl_launch launch;
    const char *list[FL_CATALOG_MAX_LIST];
    uint32_t list_count;
};

static int expand(struct reading *reading, const char *text, const char **ret_text)
{
    return fl_config_expand(reading->context, reading->name, text, reading->arena, ret_text,
                            reading->err);
}

static void warn(const struct reading *reading, const char *what)
{
    fl_findings_add(reading->context->source->findings, FL_SEVERITY_WARNING, FL_OK,
                    reading->context->source->path, 0, reading->name, "%s", what);
}

/* Numbers and truth values are written without quotes often enough. `scratch` holds 32 bytes; NULL
 * for anything else. */
static const char *scalar_text(const json_t *value, char *scratch)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        snprintf(scratch, 32, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        snprintf(scratch, 32, "%.15g", json_real_value(value));
    else
        return NULL;
    return scratch;
}

static int push(struct reading *reading, const char *text, const char *key)
{
    if (reading->list_count == FL_CATALOG_MAX_LIST)
        return fl_err_set(reading->err, FL_ELIMIT, "'%s' has more than %d entries", key,
                          FL_CATALOG_MAX_LIST);
    reading->list[reading->list_count++] = text;
    return 0;
}

/* What was collected, moved to the arena. */
static int take_list(struct reading *reading, struct fl_names *ret_names)
{
    size_t bytes = reading->list_count * sizeof *reading->list;
    const char **items = fl_arena_alloc(reading->arena, bytes);
    if (!items)
        return fl_err_nomem(reading->err);
    memcpy(items, reading->list, bytes);
    *ret_names = (struct fl_names){items, reading->list_count};
    reading->list_count = 0;
    return 0;
}

static int push_expanded(struct reading *reading, const json_t *value, const char *key)
{
    char scratch[32];
    const char *text = scalar_text(value, scratch);
    if (!text)
        return fl_err_set(reading->err, FL_EINVAL, "'%s' has an entry that is no text", key);
    int rc = expand(reading, text, &text);
    return rc ? rc : push(reading, text, key);
}

static int push_array(struct reading *reading, const json_t *array, size_t from, const char *key)
{
    for (size_t i = from; i < json_array_size(array); i++) {
        int rc = push_expanded(reading, json_array_get(array, i), key);
        if (rc)
            return rc;
    }
    return 0;
}

/* Pushes `name`, `separator` and the expanded value as one text. */
static int push_pair(struct reading *reading, const char *name, const char *separator,
                     const json_t *value, const char *key)
{
    char scratch[32];
    const char *text = scalar_text(value, scratch);
    if (!text)
        return fl_err_set(reading->err, FL_EINVAL, "'%s' of '%s' is no text", name, key);
    int rc = expand(reading, text, &text);
    if (rc)
        return rc;
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, name);
    fl_buf_append_str(&buf, separator);
    fl_buf_append_str(&buf, text);
    const char *pair =
        fl_buf_failed(&buf) ? NULL : fl_arena_strndup(reading->arena, buf.ptr, buf.len);
    fl_buf_destroy(&buf);
    return pair ? push(reading, pair, key) : fl_err_nomem(reading->err);
}

/* A map from names to values, or a list of texts that are pairs already. */
static int push_map(struct reading *reading, const char *key, const char *separator)
{
    const json_t *map = json_object_get(reading->entry, key);
    if (!map || json_is_null(map))
        return 0;
    if (json_is_array(map))
        return push_array(reading, map, 0, key);
    if (!json_is_object(map))
        return fl_err_set(reading->err, FL_EINVAL, "'%s' is no map", key);
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)map, name, value) {
        int rc = json_is_null(value) ? 0 : push_pair(reading, name, separator, value, key);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_env(struct reading *reading, const json_t *inside_command)
{
    int rc = 0;
    if (inside_command) { /* Zed's older form: {"command": {"path", "args", "env"}} */
        const json_t *entry = reading->entry;
        reading->entry = inside_command;
        rc = push_map(reading, "env", "=");
        reading->entry = entry;
    }
    if (!rc)
        rc = push_map(reading, "env", "=");
    if (!rc)
        rc = push_map(reading, "environment", "=");
    for (uint32_t i = 0; i < reading->list_count && !rc; i++) {
        const char *equals = strchr(reading->list[i], '=');
        if (!equals || equals == reading->list[i])
            rc = fl_err_set(reading->err, FL_EINVAL, "entry %u of the environment has no name",
                            i + 1);
    }
    return rc ? rc : take_list(reading, &reading->launch.env);
}

static int read_command(struct reading *reading)
{
    const json_t *command = json_object_get(reading->entry, "command");
    const json_t *args = json_object_get(reading->entry, "args");
    const json_t *inside = json_is_object(command) ? command : NULL;
    if (inside) {
        args = json_object_get(inside, "args");
        command = json_object_get(inside, "path");
    }
    if (json_is_array(command)) { /* OpenCode: the program and its arguments */
        int rc = push_array(reading, command, 1, "command");
        if (rc)
            return rc;
        command = json_array_get(command, 0);
    }
    if (!json_is_string(command) || json_string_length(command) == 0)
        return fl_err_set(reading->err, FL_EINVAL, "'command' is no command");
    if (args && !json_is_null(args) && !json_is_array(args))
        return fl_err_set(reading->err, FL_EINVAL, "'args' is no list");
    int rc = expand(reading, json_string_value(command), &reading->launch.command);
    if (!rc)
        rc = push_array(reading, args, 0, "args");
    if (!rc)
        rc = take_list(reading, &reading->launch.args);
    if (!rc)
        rc = read_env(reading, inside);
    const char *cwd = fl_json_string(reading->entry, "cwd", reading->context->default_cwd);
    if (!rc && cwd)
        rc = expand(reading, cwd, &reading->launch.cwd);
    if (!rc && json_object_get(reading->entry, "envFile"))
        warn(reading, "'envFile' is not read: what it sets is missing");
    return rc;
}

/* Codex names the variable that holds the token, or a header's value. */
static int push_header_from_env(struct reading *reading, const char *header, const char *prefix,
                                const json_t *variable)
{
    if (!json_is_string(variable))
        return fl_err_set(reading->err, FL_EINVAL, "the variable for '%s' is no text", header);
    json_t *value = json_sprintf("%s${%s}", prefix, json_string_value(variable));
    if (!value)
        return fl_err_nomem(reading->err);
    int rc = push_pair(reading, header, ": ", value, "headers");
    json_decref(value);
    return rc;
}

static int read_headers(struct reading *reading)
{
    int rc = push_map(reading, "headers", ": ");
    if (!rc)
        rc = push_map(reading, "http_headers", ": ");
    const json_t *token = json_object_get(reading->entry, "bearer_token_env_var");
    if (!rc && token && !json_is_null(token))
        rc = push_header_from_env(reading, "Authorization", "Bearer ", token);
    const char *header;
    json_t *variable;
    json_object_foreach (json_object_get(reading->entry, "env_http_headers"), header, variable)
        if (!rc)
            rc = push_header_from_env(reading, header, "", variable);
    for (uint32_t i = 0; i < reading->list_count && !rc; i++) {
        const char *text = reading->list[i];
        if (strpbrk(text, "\r\n") || *text == ':' || !strchr(text, ':'))
            rc =
                fl_err_set(reading->err, FL_EINVAL, "header %u is not one line with a name", i + 1);
    }
    return rc ? rc : take_list(reading, &reading->launch.headers);
}

static int read_url(struct reading *reading, const char *key)
{
    const char *text = fl_json_string(reading->entry, key, "");
    int rc = expand(reading, text, &reading->launch.url);
    if (rc)
        return rc;
    const char *url = reading->launch.url;
    bool is_http = strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
    if ((!is_http && !strstr(url, "${")) || strpbrk(url, " \t\r\n"))
        return fl_err_set(reading->err, FL_EINVAL, "'%s' is no http or https URL", key);
    return read_headers(reading);
}

static const struct {
    const char *word, *transport;
} transports[] = {
    {"stdio", "stdio"},         {"local", "stdio"},
    {"http", "http"},           {"streamable-http", "http"},
    {"streamableHttp", "http"}, {"streamable_http", "http"},
    {"remote", "http"},         {"sse", "sse"},
};

/* What "type" or "transport" says: NULL if nothing, or with an error if that is unknown. */
static int read_declared_transport(struct reading *reading, const char **ret_transport)
{
    const json_t *value = json_object_get(reading->entry, "type");
    if (!json_is_string(value))
        value = json_object_get(reading->entry, "transport");
    *ret_transport = NULL;
    if (!json_is_string(value))
        return 0;
    for (size_t i = 0; i < sizeof transports / sizeof *transports; i++)
        if (strcasecmp(json_string_value(value), transports[i].word) == 0) {
            *ret_transport = transports[i].transport;
            return 0;
        }
    return fl_err_set(reading->err, FL_ENOTSUP, "its transport is none of stdio, http and sse");
}

static const char *url_key(const json_t *entry)
{
    static const char *const keys[] = {"httpUrl", "url", "serverUrl"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_is_string(json_object_get(entry, keys[i])))
            return keys[i];
    return NULL;
}

static const char *implied_transport(const struct reading *reading, const char *url)
{
    if (reading->context->url_means_sse && strcmp(url, "url") == 0)
        return "sse";
    return "http";
}

int fl_config_entry_read(const struct fl_config_context *context, const char *name,
                         const json_t *entry, struct fl_arena *arena, struct fl_launch *ret_launch,
                         struct fl_err *err)
{
    struct reading reading = {
        .context = context, .name = name, .entry = entry, .arena = arena, .err = err};
    const json_t *command = json_object_get(entry, "command");
    const char *url = url_key(entry);
    const char *declared;
    int rc = read_declared_transport(&reading, &declared);
    if (rc)
        return rc;
    bool has_command = command && !json_is_null(command);
    if (!has_command && !url)
        return fl_err_set(err, FL_EINVAL, "it has neither a command nor a URL");
    bool is_stdio = declared ? strcmp(declared, "stdio") == 0 : has_command;
    if (!declared && has_command && url)
        warn(&reading, "it has a command and a URL; the command is used");
    if (is_stdio && !has_command)
        return fl_err_set(err, FL_EINVAL, "it is of type stdio, and has no command");
    if (!is_stdio && !url)
        return fl_err_set(err, FL_EINVAL, "it is of type %s, and has no URL", declared);
    rc = is_stdio ? read_command(&reading) : read_url(&reading, url);
    if (rc)
        return rc;
    reading.launch.transport = is_stdio   ? "stdio"
                               : declared ? declared
                                          : implied_transport(&reading, url);
    *ret_launch = reading.launch;
    return 0;
}

static bool base_name_is(const char *path, size_t len, const char *name)
{
    for (size_t i = len; i > 0; i--)
        if (path[i - 1] == '/') {
            path += i;
            len -= i;
            break;
        }
    return fl_str_is((struct fl_str){path, len}, name);
}

static bool is_one_of(const char *path, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (base_name_is(path, strlen(path), names[i]))
            return true;
    return false;
}

/* The program in `sh -c "exec /usr/bin/program …"`. */
static bool script_starts(const char *script, const char *program)
{
    script += strspn(script, " \t");
    if (strncmp(script, "exec ", 5) == 0)
        script += 5 + strspn(script + 5, " \t");
    return base_name_is(script, strcspn(script, " \t;&|"), program);
}

bool fl_config_launch_is(const struct fl_launch *launch, const char *program)
{
    static const char *const wrappers[] = {"env", "npx", "bunx", "uvx", "nice", "nohup", "sudo"};
    static const char *const shells[] = {"sh", "bash", "dash", "zsh"};
    if (!program || !launch->command)
        return false;
    if (base_name_is(launch->command, strlen(launch->command), program))
        return true;
    bool wrapped = is_one_of(launch->command, wrappers, sizeof wrappers / sizeof *wrappers);
    bool shell = is_one_of(launch->command, shells, sizeof shells / sizeof *shells);
    for (uint32_t i = 0; i < launch->args.count && (wrapped || shell); i++) {
        const char *arg = launch->args.items[i];
        if (*arg == '-' || (wrapped && strchr(arg, '=')))
            continue;
        return shell ? script_starts(arg, program) : base_name_is(arg, strlen(arg), program);
    }
    return false;
}
