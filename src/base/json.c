/* json.c: see json.h. */
#include "base/json.h"

#include "base/utf8.h"

/* The 1-based line of an offset. */
static unsigned line_of(const char *text, size_t offset)
{
    unsigned line = 1;
    for (const char *nl = text; (nl = memchr(nl, '\n', (size_t)(text + offset - nl))); nl++)
        line++;
    return line;
}

/* Walks strings and brackets without recursion; anything else is jansson's to judge. */
static int check_depth(struct fl_str text, unsigned max_depth, struct fl_err *err)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth)
                return fl_err_set_line(err, FL_ELIMIT, line_of(text.ptr, i),
                                       "JSON nested deeper than %u levels (byte %zu)", max_depth,
                                       i);
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return 0;
}

json_t *fl_json_parse(struct fl_str text, struct fl_json_limits limits, struct fl_err *err)
{
    if (text.len > limits.max_bytes) {
        fl_err_set(err, FL_ELIMIT, "JSON of %zu bytes; at most %zu are read", text.len,
                   limits.max_bytes);
        return NULL;
    }
    size_t valid = fl_utf8_valid_length(text.ptr, text.len);
    if (valid < text.len) {
        fl_err_set_line(err, FL_EUTF8, line_of(text.ptr, valid), "not valid UTF-8 at byte %zu",
                        valid);
        return NULL;
    }
    const char *nul = text.len ? memchr(text.ptr, '\0', text.len) : NULL;
    if (nul) { /* jansson takes one behind a number for the end */
        size_t at = (size_t)(nul - text.ptr);
        fl_err_set_line(err, FL_EPARSE, line_of(text.ptr, at), "bad JSON: NUL at byte %zu", at);
        return NULL;
    }
    if (check_depth(text, limits.max_depth, err))
        return NULL;
    json_error_t error;
    json_t *value = json_loadb(text.ptr ? text.ptr : "", text.len,
                               JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        int code = json_error_code(&error) == json_error_out_of_memory ? FL_ENOMEM : FL_EPARSE;
        fl_err_set_line(err, code, error.line > 0 ? (unsigned)error.line : 0, "bad JSON: %s",
                        error.text);
    }
    return value;
}

static int append_bytes(const char *bytes, size_t len, void *ctx)
{
    struct fl_buf *buf = ctx;
    fl_buf_append(buf, bytes, len);
    return fl_buf_failed(buf) ? -1 : 0;
}

static unsigned depth_of(const json_t *value, unsigned limit)
{
    if (limit == 0 || !(json_is_object(value) || json_is_array(value)))
        return 0;
    unsigned deepest = 0;
    const char *key;
    json_t *member;
    size_t index;
    if (json_is_object(value)) {
        json_object_foreach ((json_t *)value, key, member) {
            unsigned depth = depth_of(member, limit - 1);
            deepest = depth > deepest ? depth : deepest;
        }
    } else {
        json_array_foreach (value, index, member) {
            unsigned depth = depth_of(member, limit - 1);
            deepest = depth > deepest ? depth : deepest;
        }
    }
    return deepest + 1;
}

int fl_json_append(struct fl_buf *buf, const json_t *value, unsigned max_depth)
{
    if (depth_of(value, max_depth + 1) > max_depth)
        return -FL_ELIMIT;
    if (json_dump_callback(value, append_bytes, buf, JSON_COMPACT | JSON_ENCODE_ANY))
        return -FL_ENOMEM;
    return fl_buf_failed(buf) ? -FL_ENOMEM : 0;
}

void fl_json_append_string(struct fl_buf *buf, struct fl_str text)
{
    static const char hex[] = "0123456789abcdef";
    fl_buf_append_char(buf, '"');
    size_t plain = 0; /* start of the run that needs no escape */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        fl_buf_append(buf, text.ptr + plain, i - plain);
        plain = i + 1;
        const char *special = memchr("\"\\\n\r\t\b\f", c, 7);
        if (c && special) {
            const char escaped[2] = {'\\', "\"\\nrtbf"[special - "\"\\\n\r\t\b\f"]};
            fl_buf_append(buf, escaped, 2);
        } else {
            const char escaped[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            fl_buf_append(buf, escaped, 6);
        }
    }
    if (plain < text.len)
        fl_buf_append(buf, text.ptr + plain, text.len - plain);
    fl_buf_append_char(buf, '"');
}

const char *fl_json_string(const json_t *object, const char *key, const char *fallback)
{
    const json_t *member = json_object_get(object, key);
    return json_is_string(member) ? json_string_value(member) : fallback;
}

int64_t fl_json_integer(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *member = json_object_get(object, key);
    return json_is_integer(member) ? json_integer_value(member) : fallback;
}

bool fl_json_boolean(const json_t *object, const char *key, bool fallback)
{
    const json_t *member = json_object_get(object, key);
    return json_is_boolean(member) ? json_boolean_value(member) : fallback;
}

static size_t end_of_line_comment(const char *text, size_t len, size_t i)
{
    while (i < len && text[i] != '\n')
        i++;
    return i;
}

/* The offset behind "*" "/", or `len` + 1 when there is none. */
static size_t end_of_block_comment(const char *text, size_t len, size_t i)
{
    for (i += 2; i + 1 < len; i++)
        if (text[i] == '*' && text[i + 1] == '/')
            return i + 2;
    return len + 1;
}

static size_t end_of_string(const char *text, size_t len, size_t i)
{
    for (i++; i < len; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return i + 1;
    }
    return len;
}

static void blank(const char *text, char *out, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        out[i] = text[i] == '\n' ? '\n' : ' ';
}

int fl_json_strip_comments(const char *text, size_t len, char *out, struct fl_err *err)
{
    size_t comma = len; /* the last comma with nothing but space and comments behind it */
    size_t i = 0;
    while (i < len) {
        size_t end = i + 1;
        char c = text[i];
        if (c == '/' && i + 1 < len && (text[i + 1] == '/' || text[i + 1] == '*')) {
            end = text[i + 1] == '/' ? end_of_line_comment(text, len, i)
                                     : end_of_block_comment(text, len, i);
            if (end > len)
                return fl_err_set_line(err, FL_EPARSE, line_of(text, i), "comment without end");
            blank(text, out, i, end);
            i = end;
            continue;
        }
        if (c == '"')
            end = end_of_string(text, len, i);
        if ((c == '}' || c == ']') && comma < len)
            out[comma] = ' ';
        if (!memchr(" \t\r\n", c, 4))
            comma = c == ',' ? i : len;
        memmove(out + i, text + i, end - i);
        i = end;
    }
    return 0;
}
