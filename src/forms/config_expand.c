/* config_expand.c: placeholders in client configurations.
 *
 * One pass: what a value contains is never expanded again. A default may not hold a placeholder. */
#include "forms/config_entry.h"

enum { NAME_BYTES_MAX = 256 };

struct placeholder {
    size_t len;         /* of the whole thing, 0: there is none here */
    struct fl_str name; /* "VAR", "env:VAR", "input:id" */
    struct fl_str fallback;
    bool has_fallback;
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Splits "${name:-fallback}", or "{env:name}" as OpenCode writes it. */
static struct placeholder parse_placeholder(const char *text)
{
    struct placeholder found = {0};
    size_t open = starts_with(text, "${") ? 2 : starts_with(text, "{env:") ? 1 : 0;
    const char *end = open ? strchr(text, '}') : NULL;
    if (!end)
        return found;
    found.len = (size_t)(end - text) + 1;
    found.name = (struct fl_str){text + open, (size_t)(end - text) - open};
    for (const char *c = found.name.ptr; c + 1 < end; c++)
        if (c[0] == ':' && c[1] == '-') {
            found.fallback = (struct fl_str){c + 2, (size_t)(end - c) - 2};
            found.has_fallback = true;
            found.name.len = (size_t)(c - found.name.ptr);
            break;
        }
    return found;
}

static bool is_identifier(const char *name)
{
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    for (; *name; name++)
        if (!(*name == '_' || (*name >= '0' && *name <= '9') || (*name >= 'A' && *name <= 'Z') ||
              (*name >= 'a' && *name <= 'z')))
            return false;
    return true;
}

static const char *input_default(const json_t *inputs, const char *id)
{
    size_t i;
    json_t *input;
    json_array_foreach (inputs, i, input)
        if (strcmp(fl_json_string(input, "id", ""), id) == 0)
            return fl_json_string(input, "default", NULL);
    return NULL;
}

static const char *look_up(const struct fl_config_context *context, const char *name)
{
    const struct fl_read_options *options = context->source->options;
    if (starts_with(name, "input:")) {
        const char *id = name + strlen("input:");
        const char *value = options->input ? options->input(options->ctx, id) : NULL;
        return value ? value : input_default(context->inputs, id);
    }
    if (starts_with(name, "env:"))
        name += strlen("env:");
    if (!is_identifier(name) || !options->getenv)
        return NULL;
    return options->getenv(options->ctx, name);
}

/* Appends what the placeholder stands for, or the placeholder itself. */
static void append_placeholder(const struct fl_config_context *context, const char *subject,
                               const char *text, const struct placeholder *found,
                               struct fl_buf *buf)
{
    char name[NAME_BYTES_MAX + 1] = "";
    if (found->name.len <= NAME_BYTES_MAX)
        memcpy(name, found->name.ptr, found->name.len);
    bool nested = memchr(found->name.ptr, '$', found->len - 2) != NULL;
    const char *value = nested ? NULL : look_up(context, name);
    if (value && (*value || !found->has_fallback)) {
        fl_buf_append_str(buf, value);
    } else if (found->has_fallback && !nested) {
        fl_buf_append(buf, found->fallback.ptr, found->fallback.len);
    } else {
        fl_findings_add(context->source->findings, FL_SEVERITY_WARNING, FL_ENOENT,
                        context->source->path, 0, subject,
                        "the placeholder '%.*s' stands for nothing; it stays as it is",
                        (int)strcspn(name, "$"), name);
        fl_buf_append(buf, text, found->len);
    }
}

static void expand_into(const struct fl_config_context *context, const char *subject,
                        const char *text, struct fl_buf *buf)
{
    while (*text) {
        struct placeholder found = parse_placeholder(text);
        if (found.len > 0) {
            append_placeholder(context, subject, text, &found, buf);
            text += found.len;
            continue;
        }
        size_t plain = 1 + strcspn(text + 1, "${");
        fl_buf_append(buf, text, plain);
        text += plain;
    }
}

int fl_config_expand(const struct fl_config_context *context, const char *name, const char *text,
                     struct fl_arena *arena, const char **ret_text, struct fl_err *err)
{
    const struct fl_read_options *options = context->source->options;
    struct fl_buf buf = {0};
    if (options->getenv || options->input)
        expand_into(context, name, text, &buf);
    else
        fl_buf_append_str(&buf, text);
    int rc = 0;
    char *copy = NULL;
    if (buf.len > FL_CONFIG_MAX_VALUE_BYTES)
        rc = fl_err_set(err, FL_ELIMIT, "a value of %zu bytes; at most %d are allowed", buf.len,
                        FL_CONFIG_MAX_VALUE_BYTES);
    else if (fl_buf_failed(&buf) || !(copy = fl_arena_strndup(arena, fl_buf_text(&buf), buf.len)))
        rc = fl_err_nomem(err);
    else
        *ret_text = copy;
    fl_buf_destroy(&buf);
    return rc;
}
