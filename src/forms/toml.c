/* toml.c: see toml.h.
 *
 * TOML's rules about what may be added to which table depend on how a table came to be, which a
 * JSON value cannot say: `marks` says it by address. Tables made in passing by a header ([a.b]
 * makes "a") have no mark, and may get a header of their own once. */
#include "forms/toml.h"

#include "base/utf8.h"
#include "forms/toml_reader.h"

enum mark {
    MARK_HEADER, /* [table]: not again */
    MARK_DOTTED, /* made by a dotted key: more dotted keys may follow, no header */
    MARK_CLOSED, /* inline: complete */
    MARK_TABLES, /* [[array]]: further headers append to it */
};
#define NO_MARK FL_STRMAP_NONE

static uint32_t mark_of(const struct fl_toml_reader *reader, const json_t *value)
{
    return fl_strmap_get(&reader->marks, (struct fl_str){(const char *)&value, sizeof value});
}

static int set_mark(struct fl_toml_reader *reader, const json_t *value, enum mark mark)
{
    char *key = fl_arena_strndup(&reader->arena, (const char *)&value, sizeof value);
    if (!key || fl_strmap_put(&reader->marks, (struct fl_str){key, sizeof value}, mark))
        return fl_err_nomem(reader->err);
    return 0;
}

static void skip_blanks(struct fl_toml_reader *reader)
{
    while (fl_toml_peek(reader) == ' ' || fl_toml_peek(reader) == '\t')
        reader->next++;
}

static int skip_comment(struct fl_toml_reader *reader)
{
    if (fl_toml_peek(reader) != '#')
        return 0;
    for (; reader->next < reader->end && *reader->next != '\n'; reader->next++) {
        unsigned char c = (unsigned char)*reader->next;
        bool line_end = c == '\r' && reader->next + 1 < reader->end && reader->next[1] == '\n';
        if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F)
            return fl_toml_fail(reader, "a control character in a comment");
    }
    return 0;
}

static bool take_newline(struct fl_toml_reader *reader)
{
    if (fl_toml_peek(reader) == '\r' && reader->next + 1 < reader->end && reader->next[1] == '\n')
        reader->next++;
    if (fl_toml_peek(reader) != '\n')
        return false;
    reader->next++;
    reader->line++;
    return true;
}

/* White space, comments and line ends. */
static int skip_lines(struct fl_toml_reader *reader)
{
    do {
        skip_blanks(reader);
        int rc = skip_comment(reader);
        if (rc)
            return rc;
    } while (take_newline(reader));
    return 0;
}

static int end_line(struct fl_toml_reader *reader)
{
    skip_blanks(reader);
    int rc = skip_comment(reader);
    if (rc)
        return rc;
    if (!take_newline(reader) && reader->next < reader->end)
        return fl_toml_fail(reader, "something follows where the line should end");
    return 0;
}

static bool take(struct fl_toml_reader *reader, char c)
{
    if (fl_toml_peek(reader) != c)
        return false;
    reader->next++;
    return true;
}

static int go_deeper(struct fl_toml_reader *reader)
{
    if (++reader->depth > FL_TOML_MAX_DEPTH)
        return fl_err_set_line(reader->err, FL_ELIMIT, reader->line, "nested deeper than %d levels",
                               FL_TOML_MAX_DEPTH);
    return 0;
}

static bool is_bare_key_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
}

/* One part of a key, into reader->text. */
static int read_key_part(struct fl_toml_reader *reader)
{
    skip_blanks(reader);
    if (++reader->keys > FL_TOML_MAX_KEYS)
        return fl_err_set_line(reader->err, FL_ELIMIT, reader->line, "more than %d keys",
                               FL_TOML_MAX_KEYS);
    char c = fl_toml_peek(reader);
    if (c == '"' || c == '\'')
        return fl_toml_read_string(reader, true);
    const char *start = reader->next;
    while (is_bare_key_byte(fl_toml_peek(reader)))
        reader->next++;
    if (reader->next == start)
        return fl_toml_fail(reader, "a key is missing");
    fl_buf_clear(&reader->text);
    fl_buf_append(&reader->text, start, (size_t)(reader->next - start));
    return fl_buf_failed(&reader->text) ? fl_err_nomem(reader->err) : 0;
}

/* True if another part of the key follows. */
static bool take_dot(struct fl_toml_reader *reader)
{
    skip_blanks(reader);
    return take(reader, '.');
}

static int fail_key(struct fl_toml_reader *reader, const char *what)
{
    return fl_err_set_line(reader->err, FL_EPARSE, reader->line, "'%s' %s",
                           fl_buf_text(&reader->text), what);
}

/* Puts `value` (taken over, also on failure) under the key in reader->text. */
static int put(struct fl_toml_reader *reader, json_t *table, json_t *value)
{
    if (!value || json_object_set_new_nocheck(table, fl_buf_text(&reader->text), value))
        return fl_err_nomem(reader->err);
    return 0;
}

static int put_table(struct fl_toml_reader *reader, json_t *table, json_t **ret_made)
{
    json_t *made = json_object();
    int rc = put(reader, table, made);
    if (!rc)
        *ret_made = made;
    return rc;
}

static int read_value(struct fl_toml_reader *reader, json_t **ret_value);

/* Follows all parts of a key but the last, which is left in reader->text, from *table on. */
static int follow_dotted_key(struct fl_toml_reader *reader, json_t **table)
{
    unsigned depth = reader->depth;
    int rc = read_key_part(reader);
    while (!rc && take_dot(reader)) {
        json_t *member = json_object_get(*table, fl_buf_text(&reader->text));
        rc = go_deeper(reader);
        uint32_t mark = member ? mark_of(reader, member) : NO_MARK;
        if (!rc && !member)
            rc = put_table(reader, *table, &member);
        else if (!rc && (!json_is_object(member) || (mark != MARK_DOTTED && mark != NO_MARK)))
            rc = fail_key(reader, "is defined already and cannot be extended here");
        if (!rc && mark == NO_MARK)
            rc = set_mark(reader, member, MARK_DOTTED);
        *table = member;
        if (!rc)
            rc = read_key_part(reader);
    }
    reader->depth = depth;
    return rc;
}

/* key = value, into `table`. */
static int read_pair(struct fl_toml_reader *reader, json_t *table)
{
    int rc = follow_dotted_key(reader, &table);
    if (rc)
        return rc;
    if (json_object_get(table, fl_buf_text(&reader->text)))
        return fail_key(reader, "is defined twice");
    if (!take(reader, '='))
        return fail_key(reader, "is not followed by '='");
    struct fl_buf key = reader->text; /* the value may need the buffer */
    reader->text = (struct fl_buf){0};
    json_t *value = NULL;
    rc = read_value(reader, &value);
    fl_buf_destroy(&reader->text);
    reader->text = key;
    return rc ? rc : put(reader, table, value);
}

/* Behind an element: true if `close` ended the list; a comma may come before it. */
static int end_element(struct fl_toml_reader *reader, char close, bool *ret_ended)
{
    int rc = skip_lines(reader);
    if (rc)
        return rc;
    bool comma = take(reader, ',');
    rc = skip_lines(reader);
    if (rc)
        return rc;
    *ret_ended = take(reader, close);
    if (!comma && !*ret_ended)
        return fl_toml_fail(reader, close == ']' ? "',' or ']' expected" : "',' or '}' expected");
    return 0;
}

static int read_element(struct fl_toml_reader *reader, json_t *container)
{
    if (json_is_object(container))
        return read_pair(reader, container);
    json_t *value = NULL;
    int rc = read_value(reader, &value);
    if (!rc && json_array_append_new(container, value))
        rc = fl_err_nomem(reader->err);
    return rc;
}

/* The elements of an array or an inline table; `next` is behind its opening bracket. */
static int read_elements(struct fl_toml_reader *reader, json_t *container, char close)
{
    int rc = go_deeper(reader);
    if (!rc)
        rc = skip_lines(reader);
    bool ended = !rc && take(reader, close);
    while (!rc && !ended) {
        rc = read_element(reader, container);
        if (!rc)
            rc = end_element(reader, close, &ended);
    }
    reader->depth--;
    return rc;
}

static int read_container(struct fl_toml_reader *reader, json_t *container, json_t **ret_value)
{
    if (!container)
        return fl_err_nomem(reader->err);
    bool is_table = json_is_object(container);
    reader->next++;
    int rc = read_elements(reader, container, is_table ? '}' : ']');
    if (!rc)
        rc = set_mark(reader, container, MARK_CLOSED);
    if (rc)
        json_decref(container);
    else
        *ret_value = container;
    return rc;
}

static int read_value(struct fl_toml_reader *reader, json_t **ret_value)
{
    skip_blanks(reader);
    switch (fl_toml_peek(reader)) {
    case '[': return read_container(reader, json_array(), ret_value);
    case '{': return read_container(reader, json_object(), ret_value);
    case '"':
    case '\'': break;
    default: return fl_toml_read_word(reader, ret_value);
    }
    int rc = fl_toml_read_string(reader, false);
    if (rc)
        return rc;
    *ret_value = json_stringn(fl_buf_text(&reader->text), reader->text.len);
    return *ret_value ? 0 : fl_err_nomem(reader->err);
}

/* A part of a header that is not its last: into the table, or the last table of an array. */
static int enter(struct fl_toml_reader *reader, json_t **table)
{
    json_t *member = json_object_get(*table, fl_buf_text(&reader->text));
    if (!member)
        return put_table(reader, *table, table);
    uint32_t mark = mark_of(reader, member);
    if (mark == MARK_TABLES)
        member = json_array_get(member, json_array_size(member) - 1);
    if (!json_is_object(member) || mark == MARK_CLOSED)
        return fail_key(reader, "is no table that can be extended");
    *table = member;
    return 0;
}

/* [table]: makes it, or opens one that so far was only made in passing. */
static int open_table(struct fl_toml_reader *reader, json_t **table)
{
    json_t *member = json_object_get(*table, fl_buf_text(&reader->text));
    if (member && (!json_is_object(member) || mark_of(reader, member) != NO_MARK))
        return fail_key(reader, "is defined twice");
    int rc = member ? 0 : put_table(reader, *table, &member);
    if (!rc)
        rc = set_mark(reader, member, MARK_HEADER);
    *table = member;
    return rc;
}

/* [[array]]: appends a table to it. */
static int append_table(struct fl_toml_reader *reader, json_t **table)
{
    json_t *array = json_object_get(*table, fl_buf_text(&reader->text));
    int rc = 0;
    if (!array) {
        array = json_array();
        rc = put(reader, *table, array);
        if (!rc)
            rc = set_mark(reader, array, MARK_TABLES);
    } else if (!json_is_array(array) || mark_of(reader, array) != MARK_TABLES) {
        rc = fail_key(reader, "is no array of tables");
    }
    if (rc)
        return rc;
    json_t *made = json_object();
    if (!made || json_array_append_new(array, made))
        return fl_err_nomem(reader->err);
    *table = made;
    return set_mark(reader, made, MARK_HEADER);
}

/* `next` is behind the first bracket; *table is the root, and the table to fill afterwards. */
static int read_header(struct fl_toml_reader *reader, json_t **table)
{
    bool is_array = take(reader, '[');
    unsigned parts = 1;
    int rc = read_key_part(reader);
    while (!rc && take_dot(reader)) {
        if (++parts > FL_TOML_MAX_DEPTH)
            return fl_err_set_line(reader->err, FL_ELIMIT, reader->line,
                                   "nested deeper than %d levels", FL_TOML_MAX_DEPTH);
        rc = enter(reader, table);
        if (!rc)
            rc = read_key_part(reader);
    }
    if (!rc && !(take(reader, ']') && (!is_array || take(reader, ']'))))
        rc = fl_toml_fail(reader, "a table header does not end");
    if (!rc)
        rc = is_array ? append_table(reader, table) : open_table(reader, table);
    return rc ? rc : end_line(reader);
}

static int read_document(struct fl_toml_reader *reader, json_t *root)
{
    json_t *table = root;
    int rc = skip_lines(reader);
    while (!rc && reader->next < reader->end) {
        if (take(reader, '[')) {
            table = root;
            rc = read_header(reader, &table);
        } else {
            rc = read_pair(reader, table);
            if (!rc)
                rc = end_line(reader);
        }
        if (!rc)
            rc = skip_lines(reader);
    }
    return rc;
}

static int check_text(struct fl_str text, struct fl_err *err)
{
    if (text.len > FL_TOML_MAX_BYTES)
        return fl_err_set(err, FL_ELIMIT, "TOML of %zu bytes; at most %d are read", text.len,
                          FL_TOML_MAX_BYTES);
    size_t valid = fl_utf8_valid_length(text.ptr, text.len);
    unsigned line = 1;
    for (size_t i = 0; i < valid; i++)
        line += text.ptr[i] == '\n';
    return valid < text.len ? fl_err_set_line(err, FL_EUTF8, line, "not valid UTF-8") : 0;
}

json_t *fl_toml_parse(struct fl_str text, struct fl_err *err)
{
    if (!text.ptr)
        text = FL_STR("");
    if (check_text(text, err))
        return NULL;
    struct fl_toml_reader reader = {
        .next = text.ptr, .end = text.ptr + text.len, .line = 1, .err = err};
    json_t *root = json_object();
    int rc = root ? read_document(&reader, root) : fl_err_nomem(err);
    fl_strmap_destroy(&reader.marks);
    fl_arena_destroy(&reader.arena);
    fl_buf_destroy(&reader.text);
    if (rc) {
        json_decref(root);
        return NULL;
    }
    return root;
}
