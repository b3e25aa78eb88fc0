/* json_slice.c: see json_slice.h. */
#include "base/json_slice.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The slice without its first `n` bytes. */
static struct fl_slice skip(struct fl_slice slice, size_t n)
{
    for (const char *nl = slice.text.ptr, *end = nl + n; n > 0; nl++) {
        nl = memchr(nl, '\n', (size_t)(end - nl));
        if (!nl)
            break;
        slice.line++;
    }
    slice.text.ptr += n;
    slice.text.len -= n;
    return slice;
}

static struct fl_slice skip_space(struct fl_slice slice)
{
    size_t n = 0;
    while (n < slice.text.len && is_space(slice.text.ptr[n]))
        n++;
    return skip(slice, n);
}

struct fl_slice fl_slice_trim(struct fl_slice slice)
{
    slice = skip_space(slice);
    while (slice.text.len > 0 && is_space(slice.text.ptr[slice.text.len - 1]))
        slice.text.len--;
    return slice;
}

/* Behind the closing quote of the string that starts at `i`, or 0: the next quote with an even
 * number of backslashes before it. */
static size_t end_of_string(struct fl_str text, size_t i)
{
    const char *start = text.ptr + i + 1;
    const char *end = text.ptr + text.len;
    for (const char *quote = start; quote < end; quote++) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (!quote)
            return 0;
        const char *before = quote;
        while (before > start && before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return (size_t)(quote - text.ptr) + 1;
    }
    return 0;
}

static size_t end_of_nested(struct fl_str text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"') {
            i = end_of_string(text, i);
            if (i == 0)
                return 0;
            i--;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

static size_t end_of_word(struct fl_str text)
{
    size_t i = 0;
    while (i < text.len && !is_space(text.ptr[i]) && !strchr(",:]}[{\"", text.ptr[i]))
        i++;
    return i;
}

/* The length of the value that starts the text, or 0. */
static size_t value_length(struct fl_str text)
{
    if (text.len == 0)
        return 0;
    if (text.ptr[0] == '"')
        return end_of_string(text, 0);
    if (text.ptr[0] == '{' || text.ptr[0] == '[')
        return end_of_nested(text);
    return end_of_word(text);
}

struct fl_slice fl_slice_value(struct fl_slice slice, struct fl_slice *ret_rest)
{
    slice = skip_space(slice);
    size_t len = value_length(slice.text);
    if (ret_rest)
        *ret_rest = skip(slice, len);
    slice.text.len = len;
    return slice;
}

struct fl_slice_walk fl_slice_walk_start(struct fl_slice value)
{
    bool is_object = value.text.len > 0 && value.text.ptr[0] == '{';
    return (struct fl_slice_walk){value, is_object, false};
}

/* Takes the punctuation `c` off the front. */
static bool take(struct fl_slice *rest, char c)
{
    *rest = skip_space(*rest);
    if (rest->text.len == 0 || rest->text.ptr[0] != c)
        return false;
    *rest = skip(*rest, 1);
    return true;
}

int fl_slice_walk_next(struct fl_slice_walk *walk, struct fl_slice *ret_key,
                       struct fl_slice *ret_value)
{
    char close = walk->is_object ? '}' : ']';
    if (!walk->started) {
        walk->started = true;
        if (!take(&walk->rest, walk->is_object ? '{' : '['))
            return -FL_EPARSE;
        if (take(&walk->rest, close))
            return 0;
    } else if (take(&walk->rest, close)) {
        return 0;
    } else if (!take(&walk->rest, ',')) {
        return -FL_EPARSE;
    }
    struct fl_slice key = {{NULL, 0}, 0};
    if (walk->is_object) {
        key = fl_slice_value(walk->rest, &walk->rest);
        if (key.text.len == 0 || key.text.ptr[0] != '"' || !take(&walk->rest, ':'))
            return -FL_EPARSE;
    }
    struct fl_slice value = fl_slice_value(walk->rest, &walk->rest);
    if (value.text.len == 0)
        return -FL_EPARSE;
    if (ret_key)
        *ret_key = key;
    *ret_value = value;
    return 1;
}

/* `quoted` is a key as it is written; one with escapes has to be decoded to be compared. */
static bool key_is(struct fl_str quoted, const char *key)
{
    if (quoted.len < 2)
        return false;
    struct fl_str inside = {quoted.ptr + 1, quoted.len - 2};
    if (!memchr(inside.ptr, '\\', inside.len))
        return fl_str_is(inside, key);
    json_t *decoded = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY, NULL);
    bool equal = decoded && strcmp(json_string_value(decoded), key) == 0;
    json_decref(decoded);
    return equal;
}

struct fl_slice fl_slice_members(struct fl_slice object, const char *const keys[], size_t count,
                                 struct fl_slice ret_values[])
{
    struct fl_slice_walk walk = fl_slice_walk_start(object);
    struct fl_slice name, value;
    for (size_t i = 0; i < count; i++)
        ret_values[i] = (struct fl_slice){{NULL, 0}, 0};
    int more = -FL_EPARSE;
    while (walk.is_object && (more = fl_slice_walk_next(&walk, &name, &value)) == 1)
        for (size_t i = 0; i < count; i++)
            if (!ret_values[i].text.ptr && key_is(name.text, keys[i]))
                ret_values[i] = value;
    return more == 0 ? fl_slice_trim(walk.rest) : (struct fl_slice){{NULL, 0}, 0};
}

struct fl_slice fl_slice_member(struct fl_slice object, const char *key)
{
    struct fl_slice_walk walk = fl_slice_walk_start(object);
    struct fl_slice name, value;
    while (walk.is_object && fl_slice_walk_next(&walk, &name, &value) == 1)
        if (key_is(name.text, key))
            return value;
    return (struct fl_slice){{NULL, 0}, 0};
}

bool fl_slice_is_array(struct fl_slice slice)
{
    return slice.text.len > 0 && slice.text.ptr[0] == '[';
}

void fl_slice_carve(struct fl_slice object, struct fl_slice array, struct fl_buf *skeleton)
{
    const char *end = array.text.ptr + array.text.len;
    fl_buf_append(skeleton, object.text.ptr, (size_t)(array.text.ptr - object.text.ptr) + 1);
    for (const char *nl = array.text.ptr; (nl = memchr(nl, '\n', (size_t)(end - nl))); nl++)
        fl_buf_append_char(skeleton, '\n');
    fl_buf_append(skeleton, end - 1, (size_t)(object.text.ptr + object.text.len - end) + 1);
}

/* jansson quotes what it stumbled over: " near '…'". */
static void drop_quotation(struct fl_err *err)
{
    char *near = strstr(err->message, " near ");
    if (near)
        *near = '\0';
}

/* Once more, with whole numbers as reals. */
static json_t *parse_as_reals(struct fl_str text, struct fl_err *err)
{
    json_error_t error;
    json_t *value =
        json_loadb(text.ptr ? text.ptr : "", text.len,
                   JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &error);
    if (!value && json_error_code(&error) == json_error_out_of_memory)
        fl_err_nomem(err);
    return value;
}

/* jansson overlooks a NUL byte behind a number. */
static bool has_nul(struct fl_slice slice, struct fl_err *err)
{
    const char *nul = slice.text.len ? memchr(slice.text.ptr, '\0', slice.text.len) : NULL;
    if (!nul)
        return false;
    struct fl_slice rest = skip(slice, (size_t)(nul - slice.text.ptr));
    fl_err_set_line(err, FL_EPARSE, rest.line - slice.line + 1, "bad JSON: a NUL byte");
    return true;
}

json_t *fl_slice_parse(struct fl_slice slice, struct fl_json_limits limits, struct fl_err *err)
{
    struct fl_err own;
    json_t *value = NULL;
    if (!has_nul(slice, &own)) {
        value = fl_json_parse(slice.text, limits, &own);
        if (!value && own.code == FL_EPARSE)
            value = parse_as_reals(slice.text, &own);
    }
    if (value || !err)
        return value;
    drop_quotation(&own);
    if (own.line > 0)
        own.line += slice.line - 1;
    *err = own;
    return NULL;
}

/* Strings with escapes are written anew; what cannot be decoded stays, for a parser to refuse. */
static void append_string(struct fl_buf *buf, struct fl_str quoted)
{
    json_error_t error;
    json_t *decoded = NULL;
    if (memchr(quoted.ptr, '\\', quoted.len)) {
        decoded = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY, &error);
        if (!decoded && json_error_code(&error) == json_error_out_of_memory)
            buf->failed = true;
    }
    if (decoded)
        fl_json_append_string(
            buf, (struct fl_str){json_string_value(decoded), json_string_length(decoded)});
    else
        fl_buf_append(buf, quoted.ptr, quoted.len);
    json_decref(decoded);
}

static bool is_word_byte(char c)
{
    return !is_space(c) && !memchr("{}[],:\"", c, 7);
}

void fl_slice_append_compact(struct fl_buf *buf, struct fl_str text)
{
    size_t i = 0;
    while (i < text.len) {
        size_t start = i;
        if (text.ptr[i] == '"') {
            i = end_of_string(text, i);
            if (i == 0)
                i = text.len;
            append_string(buf, (struct fl_str){text.ptr + start, i - start});
            continue;
        }
        while (i < text.len && text.ptr[i] != '"' && !is_space(text.ptr[i]))
            i++;
        fl_buf_append(buf, text.ptr + start, i - start);
        size_t space = i;
        while (i < text.len && is_space(text.ptr[i]))
            i++;
        if (i > space && space > 0 && i < text.len && is_word_byte(text.ptr[space - 1]) &&
            is_word_byte(text.ptr[i]))
            fl_buf_append_char(buf, ' '); /* "1 2" must not become a number */
    }
}
