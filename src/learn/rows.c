/* rows.c: see rows.h. */
#include "learn/rows.h"

#include "base/json.h"
#include "base/os.h"

#include <stdlib.h>

void fl_rows_destroy(struct fl_rows *rows)
{
    if (!rows)
        return;
    fl_arena_destroy(&rows->arena);
    fl_strmap_destroy(&rows->label_map);
    free(rows->items);
    free(rows->labels);
    *rows = (struct fl_rows){0};
}

/* --- adding --- */

static int grow(void **items, uint32_t *capacity, uint32_t count, size_t size)
{
    if (count < *capacity)
        return 0;
    uint32_t more = *capacity ? *capacity * 2 : 64;
    void *grown = more > count ? realloc(*items, more * size) : NULL;
    if (!grown)
        return -FL_ENOMEM;
    *items = grown;
    *capacity = more;
    return 0;
}

static int label_number(struct fl_rows *rows, const char *name, uint32_t *ret_number)
{
    *ret_number = fl_strmap_get(&rows->label_map, fl_str_of(name));
    if (*ret_number != FL_STRMAP_NONE)
        return 0;
    if (rows->label_count >= FL_ROWS_MAX_LABELS)
        return -FL_ELIMIT;
    void *labels = (void *)rows->labels;
    const char *copy = fl_arena_strdup(&rows->arena, name);
    if (!copy || grow(&labels, &rows->label_capacity, rows->label_count, sizeof *rows->labels))
        return -FL_ENOMEM;
    rows->labels = labels;
    int rc = fl_strmap_put(&rows->label_map, fl_str_of(copy), rows->label_count);
    if (rc)
        return rc;
    *ret_number = rows->label_count;
    rows->labels[rows->label_count++] = copy;
    return 0;
}

/* Numbers of the labels, each once. */
static int number_labels(struct fl_rows *rows, const char *const *labels, uint32_t label_count,
                         struct fl_row *row)
{
    uint32_t *numbers = fl_arena_array(&rows->arena, label_count, sizeof *numbers);
    if (!numbers)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < label_count; i++) {
        uint32_t number, j = 0;
        int rc = label_number(rows, labels[i], &number);
        if (rc)
            return rc;
        while (j < row->label_count && numbers[j] != number)
            j++;
        if (j == row->label_count)
            numbers[row->label_count++] = number;
    }
    row->labels = numbers;
    return 0;
}

int fl_rows_add(struct fl_rows *rows, const struct fl_row_source *source)
{
    if (source->text.len > FL_ROWS_MAX_TEXT_BYTES || source->label_count > FL_ROWS_MAX_LABELS_EACH)
        return -FL_ELIMIT;
    struct fl_row row = {.validation = source->validation, .unknown = source->unknown};
    void *items = rows->items;
    row.text.ptr = fl_arena_strndup(&rows->arena, source->text.ptr, source->text.len);
    row.text.len = source->text.len;
    if (!row.text.ptr || grow(&items, &rows->capacity, rows->count, sizeof *rows->items))
        return -FL_ENOMEM;
    rows->items = items;
    int rc = number_labels(rows, source->labels, source->label_count, &row);
    if (!rc)
        rows->items[rows->count++] = row;
    return rc;
}

/* --- reading --- */

struct reader {
    struct fl_rows *rows;
    const char *path;
    fl_rows_fault fault;
    void *ctx;
    unsigned line;
};

static int leave_out(struct reader *r, const char *why)
{
    struct fl_err err;
    r->rows->left_out++;
    fl_err_set_line(&err, FL_EPARSE, r->line, "%s", why);
    if (r->fault)
        r->fault(r->ctx, r->path, &err);
    return 0;
}

static bool is_validation(const char *split)
{
    return !strcmp(split, "valid") || !strcmp(split, "validation") || !strcmp(split, "dev");
}

static const char *take_labels(const json_t *labels, const char **names, struct fl_row_source *row)
{
    size_t i;
    json_t *label;
    if (json_array_size(labels) > FL_ROWS_MAX_LABELS_EACH)
        return "more than 256 \"labels\"";
    json_array_foreach (labels, i, label) {
        const char *name = json_string_value(label);
        if (!name)
            return "a label must be a string";
        if (!*name || strlen(name) > FL_ROWS_MAX_LABEL_BYTES)
            return "a label must have 1 to 1024 bytes";
        if (strcmp(name, "oos") != 0)
            names[row->label_count++] = name;
        else
            row->unknown = true;
    }
    return NULL;
}

/* The member of that name, or of the one that rows about tools have. */
static const json_t *either(const json_t *object, const char *name, const char *other)
{
    const json_t *member = json_object_get(object, name);
    return member ? member : json_object_get(object, other);
}

static int read_row(struct reader *r, const json_t *object)
{
    const json_t *text = either(object, "text", "query");
    const json_t *labels = either(object, "labels", "gold");
    const char *names[FL_ROWS_MAX_LABELS_EACH];
    struct fl_row_source row = {
        .text = {json_string_value(text), json_string_length(text)},
        .labels = names,
        .unknown = fl_json_boolean(object, "oos", false),
        .validation = is_validation(fl_json_string(object, "split", "")),
    };
    if (!json_is_string(text))
        return leave_out(r, "no \"text\"");
    if (row.text.len > FL_ROWS_MAX_TEXT_BYTES)
        return leave_out(r, "a \"text\" of more than 64 KiB");
    if (labels && !json_is_array(labels) && !json_is_null(labels))
        return leave_out(r, "\"labels\" must be a list of names");
    const char *why = take_labels(labels, names, &row);
    if (why)
        return leave_out(r, why);
    if (row.unknown)
        row.label_count = 0;
    int rc = fl_rows_add(r->rows, &row);
    return rc == -FL_ELIMIT ? leave_out(r, "one label too many") : rc;
}

int fl_rows_parse(struct fl_rows *rows, struct fl_str text, const char *path, fl_rows_fault fault,
                  void *ctx, struct fl_err *err)
{
    struct reader r = {rows, path, fault, ctx, 0};
    struct fl_json_limits limits = {FL_ROWS_MAX_LINE_BYTES, FL_JSON_LIMITS_DEFAULT.max_depth};
    const char *line = text.ptr, *end = line + text.len;
    while (line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        struct fl_str bytes = {line, (size_t)((newline ? newline : end) - line)};
        line = newline ? newline + 1 : end;
        r.line++;
        if (!bytes.len || (bytes.len == 1 && bytes.ptr[0] == '\r'))
            continue;
        struct fl_err why;
        json_t *row = fl_json_parse(bytes, limits, &why);
        int rc = row                     ? read_row(&r, row)
                 : why.code == FL_ENOMEM ? -FL_ENOMEM
                                         : leave_out(&r, why.message);
        json_decref(row);
        if (rc)
            return fl_err_nomem(err);
    }
    return 0;
}

int fl_rows_read(struct fl_rows *rows, const char *path, fl_rows_fault fault, void *ctx,
                 struct fl_err *err)
{
    struct fl_buf text = {0};
    int rc = fl_os_read_file(path, FL_ROWS_MAX_FILE_BYTES, &text, err);
    if (!rc)
        rc = fl_rows_parse(rows, (struct fl_str){fl_buf_text(&text), text.len}, path, fault, ctx,
                           err);
    fl_buf_destroy(&text);
    return rc;
}
