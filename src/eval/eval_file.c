/* eval_file.c: see eval_file.h. */
#include "eval/eval_file.h"

#include "base/json.h"
#include "base/os.h"
#include "foreload/foreload.h"

#include <stdlib.h>

enum { MAX_FILE_BYTES = 1 << 30, MAX_LINE_BYTES = 16 << 20, MAX_NEEDS = 256 };

struct reader {
    struct fl_eval_file *file;
    const struct fl_catalog *catalog;
    struct fl_findings *findings;
    const char *path;
    unsigned line;
};

void fl_eval_file_destroy(struct fl_eval_file *file)
{
    fl_arena_destroy(&file->arena);
    free(file->queries);
    *file = (struct fl_eval_file){0};
}

/* Finding for a row that is left out. */
static int reject(const struct reader *r, const char *what, const char *detail)
{
    fl_findings_add(r->findings, FL_SEVERITY_ERROR, FL_EPARSE, r->path, r->line, "", "%s%s", what,
                    detail);
    return -FL_EPARSE;
}

/* Adds the tool's index to the list; the name must be of the catalogue if `must`. */
static int add_tool(const struct reader *r, const json_t *name, bool must, uint32_t *tools,
                    uint32_t *count)
{
    if (!json_is_string(name))
        return reject(r, "a tool's name must be a string", "");
    uint32_t tool;
    struct fl_err err;
    if (fl_catalog_find_tool(r->catalog, json_string_value(name), &tool, &err)) {
        if (must)
            return reject(r, "", err.message);
        return 0;
    }
    for (uint32_t i = 0; i < *count; i++)
        if (tools[i] == tool)
            return 0;
    tools[(*count)++] = tool;
    return 0;
}

/* A gold tool that the catalogue lacks is no fault where an alternative of it is there. */
static int read_gold(const struct reader *r, const json_t *name, const json_t *alternatives,
                     struct fl_eval_gold *gold)
{
    size_t most = 1 + json_array_size(alternatives);
    gold->tools = fl_arena_array(&r->file->arena, most, sizeof *gold->tools);
    if (!gold->tools)
        return -FL_ENOMEM;
    size_t i;
    json_t *alternative;
    json_array_foreach (alternatives, i, alternative) {
        int rc = add_tool(r, alternative, false, gold->tools, &gold->count);
        if (rc)
            return rc;
    }
    return add_tool(r, name, gold->count == 0, gold->tools, &gold->count);
}

static int read_needs(const struct reader *r, const json_t *row, struct fl_eval_query *query)
{
    const json_t *gold = json_object_get(row, "gold");
    const json_t *alternatives = json_object_get(row, "alternatives");
    size_t count = json_array_size(gold);
    if (!json_is_array(gold) || count > MAX_NEEDS)
        return reject(r, "\"gold\" must be a list of names", "");
    query->gold = fl_arena_array(&r->file->arena, count + 1, sizeof *query->gold);
    if (!query->gold)
        return -FL_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int rc = read_gold(r, json_array_get(gold, i), json_array_get(alternatives, i),
                           &query->gold[query->gold_count++]);
        if (rc)
            return rc;
    }
    return 0;
}

static int read_candidates(const struct reader *r, const json_t *row, struct fl_eval_query *query)
{
    const json_t *candidates = json_object_get(row, "candidates");
    size_t count = json_array_size(candidates), i;
    if (!count)
        return 0;
    query->candidates = fl_arena_array(&r->file->arena, count, sizeof *query->candidates);
    if (!query->candidates)
        return -FL_ENOMEM;
    json_t *name;
    json_array_foreach (candidates, i, name) {
        int rc = add_tool(r, name, false, query->candidates, &query->candidate_count);
        if (rc)
            return rc;
    }
    return query->candidate_count ? 0
                                  : reject(r, "none of the \"candidates\" is in the catalogue", "");
}

static int push(struct fl_eval_file *file, const struct fl_eval_query *query)
{
    if (file->count == file->capacity) {
        uint32_t capacity = file->capacity ? file->capacity * 2 : 256;
        struct fl_eval_query *grown = realloc(file->queries, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        file->queries = grown;
        file->capacity = capacity;
    }
    file->queries[file->count++] = *query;
    return 0;
}

static int read_row(const struct reader *r, const json_t *row)
{
    struct fl_eval_query query = {0};
    const char *text = fl_json_string(row, "query", "");
    if (!text[strspn(text, " \t\r\n")])
        return reject(r, "no \"query\"", "");
    if (strlen(text) > FL_REQUEST_MAX_BYTES)
        return reject(r, "a \"query\" of more than 64 KiB", "");
    if (!(query.text = fl_arena_strdup(&r->file->arena, text)))
        return -FL_ENOMEM;
    int rc = read_needs(r, row, &query);
    if (!rc)
        rc = read_candidates(r, row, &query);
    return rc ? rc : push(r->file, &query);
}

int fl_eval_file_read(struct fl_eval_file *file, const char *path, const struct fl_catalog *catalog,
                      struct fl_findings *findings, struct fl_err *err)
{
    struct fl_buf text = {0};
    int rc = fl_os_read_file(path, MAX_FILE_BYTES, &text, err);
    struct reader r = {file, catalog, findings, path, 0};
    const char *line = fl_buf_text(&text), *end = line + text.len;
    while (!rc && line < end) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        struct fl_str bytes = {line, (size_t)((newline ? newline : end) - line)};
        r.line++;
        line = newline ? newline + 1 : end;
        if (!bytes.len || (bytes.len == 1 && bytes.ptr[0] == '\r'))
            continue;
        struct fl_json_limits limits = {MAX_LINE_BYTES, FL_JSON_LIMITS_DEFAULT.max_depth};
        struct fl_err why;
        json_t *row = fl_json_parse(bytes, limits, &why);
        rc = row ? read_row(&r, row) : reject(&r, why.message, "");
        if (!row && why.code == FL_ENOMEM)
            rc = -FL_ENOMEM;
        json_decref(row);
        if (rc == -FL_EPARSE)
            rc = 0;
        if (rc == -FL_ENOMEM)
            fl_err_nomem(err);
    }
    fl_buf_destroy(&text);
    if (rc)
        fl_eval_file_destroy(file);
    return rc;
}
