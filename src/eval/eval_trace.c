/* eval_trace.c: see eval_trace.h. */
#include "eval/eval_trace.h"

#include "base/os.h"

#include <stdlib.h>

static const int64_t FIRST_SECONDS = 100000000, FIRST_MILLISECONDS = 100000000000,
                     FIRST_MICROSECONDS = 100000000000000, TIME_MAX = INT64_MAX / 1000;

struct reader {
    struct fl_trace *trace;
    struct fl_findings *findings;
    const char *path;
    unsigned line;
};

void fl_trace_destroy(struct fl_trace *trace)
{
    free(trace->rows);
    free(trace->last_items);
    fl_strmap_destroy(&trace->users);
    fl_strmap_destroy(&trace->items);
    fl_arena_destroy(&trace->names);
    *trace = (struct fl_trace){0};
}

/* Finding for a row that is left out. */
static int reject(const struct reader *r, const char *what)
{
    fl_findings_add(r->findings, FL_SEVERITY_ERROR, FL_EPARSE, r->path, r->line, "", "%s", what);
    return -FL_EPARSE;
}

/* The text up to the next tab, which it steps over; false where there is nothing left. */
static bool next_column(struct fl_str *rest, struct fl_str *ret_column)
{
    if (!rest->ptr)
        return false;
    const char *tab = memchr(rest->ptr, '\t', rest->len);
    size_t len = tab ? (size_t)(tab - rest->ptr) : rest->len;
    *ret_column = (struct fl_str){rest->ptr, len};
    *rest = tab ? (struct fl_str){tab + 1, rest->len - len - 1} : (struct fl_str){0};
    return true;
}

/* A decimal number; what stands behind the point does not count. */
static bool read_time(struct fl_str text, int64_t *ret_time)
{
    size_t at = text.len && text.ptr[0] == '-';
    int64_t sign = at ? -1 : 1, value = 0;
    size_t digits = 0;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++, digits++) {
        if (value > TIME_MAX / 10)
            return false;
        value = value * 10 + (text.ptr[at] - '0');
    }
    if (at < text.len && text.ptr[at] == '.')
        for (at++; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';)
            at++;
    *ret_time = sign * value;
    return digits > 0 && at == text.len;
}

/* The name's number, a new one if it was not seen before. */
static int number_of(struct fl_trace *trace, struct fl_strmap *map, struct fl_str name,
                     uint32_t *count, uint32_t *ret_number)
{
    *ret_number = fl_strmap_get(map, name);
    if (*ret_number != FL_STRMAP_NONE)
        return 0;
    const char *copy = fl_arena_strndup(&trace->names, name.ptr, name.len);
    if (!copy || fl_strmap_put(map, (struct fl_str){copy, name.len}, *count))
        return -FL_ENOMEM;
    *ret_number = (*count)++;
    return 0;
}

static int user_of(struct fl_trace *trace, struct fl_str name, uint32_t *ret_user)
{
    if (trace->user_count == trace->user_capacity) {
        uint32_t capacity = trace->user_capacity ? trace->user_capacity * 2 : 256;
        uint32_t *grown = realloc(trace->last_items, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        trace->last_items = grown;
        trace->user_capacity = capacity;
    }
    uint32_t before = trace->user_count;
    int rc = number_of(trace, &trace->users, name, &trace->user_count, ret_user);
    if (trace->user_count > before)
        trace->last_items[before] = FL_STRMAP_NONE;
    return rc;
}

static int push(struct fl_trace *trace, const struct fl_trace_row *row)
{
    if (trace->row_count == FL_TRACE_MAX_ROWS)
        return -FL_ELIMIT;
    if (trace->row_count == trace->row_capacity) {
        uint32_t capacity = trace->row_capacity ? trace->row_capacity * 2 : 1024;
        struct fl_trace_row *grown = realloc(trace->rows, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        trace->rows = grown;
        trace->row_capacity = capacity;
    }
    trace->rows[trace->row_count++] = *row;
    return 0;
}

static int read_row(const struct reader *r, struct fl_str line)
{
    struct fl_trace *trace = r->trace;
    struct fl_str user, time, item;
    struct fl_trace_row row;
    if (!next_column(&line, &user) || !next_column(&line, &time) || !next_column(&line, &item))
        return reject(r, "not three columns: user, time and item, with tabs between them");
    if (!user.len || !item.len)
        return reject(r, "the user or the item is empty");
    if (user.len > FL_TRACE_MAX_NAME_BYTES || item.len > FL_TRACE_MAX_NAME_BYTES)
        return reject(r, "a name of more than 1,024 bytes");
    if (!read_time(time, &row.time))
        return reject(r, "the time is no number");
    int rc = user_of(trace, user, &row.user);
    if (!rc)
        rc = number_of(trace, &trace->items, item, &trace->item_count, &row.item);
    if (rc)
        return rc;
    if (trace->last_items[row.user] == row.item) {
        trace->repeats++;
        return 0;
    }
    trace->last_items[row.user] = row.item;
    if (row.time > trace->latest)
        trace->latest = row.time;
    return push(trace, &row);
}

static enum fl_trace_unit unit_of(int64_t latest)
{
    return latest < FIRST_SECONDS        ? FL_TRACE_INDEX
           : latest < FIRST_MILLISECONDS ? FL_TRACE_SECONDS
           : latest < FIRST_MICROSECONDS ? FL_TRACE_MILLISECONDS
                                         : FL_TRACE_MICROSECONDS;
}

int fl_trace_parse(struct fl_trace *trace, struct fl_str text, const char *path,
                   struct fl_findings *findings, struct fl_err *err)
{
    struct reader r = {trace, findings, path, 0};
    int rc = 0;
    for (size_t at = 0; !rc && at < text.len;) {
        const char *start = text.ptr + at;
        const char *newline = memchr(start, '\n', text.len - at);
        size_t len = newline ? (size_t)(newline - start) : text.len - at;
        at += len + 1;
        r.line++;
        if (len && start[len - 1] == '\r')
            len--;
        if (len)
            rc = read_row(&r, (struct fl_str){start, len});
        if (rc == -FL_EPARSE)
            rc = 0;
    }
    trace->unit = unit_of(trace->latest);
    if (rc == -FL_ELIMIT)
        return fl_err_set_line(err, FL_ELIMIT, r.line, "%s: more than %d rows", path,
                               FL_TRACE_MAX_ROWS);
    return rc ? fl_err_nomem(err) : 0;
}

int fl_trace_read(struct fl_trace *trace, const char *path, struct fl_findings *findings,
                  struct fl_err *err)
{
    struct fl_buf text = {0};
    int rc = fl_os_read_file(path, FL_TRACE_MAX_BYTES, &text, err);
    if (!rc)
        rc = fl_trace_parse(trace, (struct fl_str){fl_buf_text(&text), text.len}, path, findings,
                            err);
    fl_buf_destroy(&text);
    return rc;
}

int64_t fl_trace_time_ms(const struct fl_trace *trace, const struct fl_trace_row *row)
{
    switch (trace->unit) {
    case FL_TRACE_SECONDS: return row->time * 1000;
    case FL_TRACE_MILLISECONDS: return row->time;
    case FL_TRACE_MICROSECONDS: return row->time / 1000;
    case FL_TRACE_INDEX: break;
    }
    return INT64_MIN;
}
