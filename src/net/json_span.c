/* json_span.c: see json_span.h. Brackets are counted, nothing recurses. */
#include "net/json_span.h"

static size_t skip_space(struct fl_str text, size_t i)
{
    while (i < text.len && memchr(" \t\r\n", text.ptr[i], 4))
        i++;
    return i;
}

/* From the opening quote to behind the closing one. */
static size_t skip_string(struct fl_str text, size_t i)
{
    for (i++; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == '"')
            return i + 1;
    }
    return text.len;
}

static size_t skip_brackets(struct fl_str text, size_t i)
{
    size_t depth = 0;
    while (i < text.len) {
        char c = text.ptr[i];
        if (c == '"') {
            i = skip_string(text, i);
            continue;
        }
        i++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            break;
    }
    return i;
}

static size_t skip_value(struct fl_str text, size_t i)
{
    if (i >= text.len)
        return i;
    char c = text.ptr[i];
    if (c == '"')
        return skip_string(text, i);
    if (c == '{' || c == '[')
        return skip_brackets(text, i);
    while (i < text.len && !memchr(",]} \t\r\n", text.ptr[i], 7))
        i++;
    return i;
}

/* Behind the separator, or the opening bracket, that `i` stands at; `len` when the end is there. */
static size_t skip_separator(struct fl_str text, size_t i, char open)
{
    i = skip_space(text, i);
    if (i >= text.len || (text.ptr[i] != ',' && text.ptr[i] != open))
        return text.len;
    return skip_space(text, i + 1);
}

static struct fl_str between(struct fl_str text, size_t start, size_t end)
{
    return (struct fl_str){text.ptr + start, end - start};
}

bool fl_json_span_member(struct fl_str text, const char *key, struct fl_str *ret_value)
{
    size_t i = skip_space(text, 0);
    if (i >= text.len || text.ptr[i] != '{')
        return false;
    for (;;) {
        size_t start = skip_separator(text, i, '{');
        if (start >= text.len || text.ptr[start] != '"')
            return false;
        size_t end = skip_string(text, start);
        i = skip_space(text, end);
        if (end - start < 2 || i >= text.len || text.ptr[i] != ':')
            return false;
        size_t value = skip_space(text, i + 1);
        i = skip_value(text, value);
        if (value < i && fl_str_is(between(text, start + 1, end - 1), key)) {
            *ret_value = between(text, value, i);
            return true;
        }
    }
}

bool fl_json_span_next(struct fl_str text, size_t *offset, struct fl_str *ret_element)
{
    size_t i = *offset;
    if (i == 0) {
        i = skip_space(text, 0);
        if (i >= text.len || text.ptr[i] != '[')
            return false;
    } else if (skip_space(text, i) < text.len && text.ptr[skip_space(text, i)] == '[') {
        return false; /* only the first element stands behind the bracket */
    }
    size_t start = skip_separator(text, i, '[');
    size_t end = skip_value(text, start);
    if (end <= start)
        return false;
    *ret_element = between(text, start, end);
    *offset = end;
    return true;
}
