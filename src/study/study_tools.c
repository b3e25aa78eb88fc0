/* study_tools.c: tool sets (catalog.jsonl, queries.jsonl) and plain texts in JSON Lines. */
#include "study/study.h"

#include "base/json.h"
#include "base/os.h"

/* Walks through the objects of a JSON Lines file. */
typedef int (*row_visitor)(void *ctx, const json_t *row, struct fl_err *err);

static int parse_line(struct fl_str line, unsigned number, const char *path, row_visitor visit,
                      void *ctx, struct fl_err *err)
{
    struct fl_err fault = {0};
    json_t *row = fl_json_parse(line, FL_JSON_LIMITS_DEFAULT, &fault);
    int rc = 0;
    if (!row)
        rc = -fault.code;
    else if (!json_is_object(row))
        rc = fl_err_set(&fault, FL_EPARSE, "not an object");
    else
        rc = visit(ctx, row, &fault);
    json_decref(row);
    if (!rc)
        return 0;
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    return fl_err_set_line(err, -rc, number, "%s: line %u: %s", path, number,
                           fault.code ? fault.message : fl_error_text(rc));
}

static int each_row(const char *path, row_visitor visit, void *ctx, struct fl_err *err)
{
    struct fl_buf content = {0};
    int rc = fl_os_read_file(path, FL_STUDY_MAX_FILE_BYTES, &content, err);
    unsigned number = 0;
    for (size_t i = 0; i < content.len && !rc;) {
        const char *end = memchr(content.ptr + i, '\n', content.len - i);
        size_t len = end ? (size_t)(end - content.ptr) - i : content.len - i;
        number++;
        if (len)
            rc = parse_line((struct fl_str){content.ptr + i, len}, number, path, visit, ctx, err);
        i += len + 1;
    }
    fl_buf_destroy(&content);
    return rc;
}

static struct fl_str member(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_string(value)
               ? (struct fl_str){json_string_value(value), json_string_length(value)}
               : (struct fl_str){0};
}

/* --- catalog.jsonl --- */

struct tools {
    struct fl_study *study;
    struct fl_strmap by_name; /* name → document */
    struct fl_arena names;
    struct fl_buf parameters;
};

/* Names of parameters, of a JSON Schema or of an object that has them as its keys. */
static void append_keys(struct fl_buf *out, json_t *schema)
{
    json_t *properties = json_object_get(schema, "properties");
    if (json_is_object(properties))
        schema = properties;
    const char *key;
    json_t *value;
    json_object_foreach (schema, key, value) {
        fl_buf_append_str(out, key);
        fl_buf_append_char(out, ' ');
    }
}

static void read_parameters(struct tools *tools, const json_t *row)
{
    fl_buf_clear(&tools->parameters);
    append_keys(&tools->parameters, json_object_get(row, "parameters"));
    struct fl_str text = member(row, "parameters_text");
    json_t *parsed = text.len ? fl_json_parse(text, FL_JSON_LIMITS_DEFAULT, NULL) : NULL;
    append_keys(&tools->parameters, parsed);
    json_decref(parsed);
}

static int remember_name(struct tools *tools, struct fl_str name)
{
    char *copy = fl_arena_strndup(&tools->names, name.ptr, name.len);
    return copy ? fl_strmap_put(&tools->by_name, (struct fl_str){copy, name.len},
                                tools->study->document_count)
                : -FL_ENOMEM;
}

static int visit_tool(void *ctx, const json_t *row, struct fl_err *err)
{
    struct tools *tools = ctx;
    struct fl_str name = member(row, "name");
    if (!name.len)
        return fl_err_set(err, FL_EPARSE, "a tool without \"name\"");
    read_parameters(tools, row);
    struct fl_str fields[FL_EMBED_FIELD_COUNT] = {
        [FL_EMBED_NAME] = name,
        [FL_EMBED_DESCRIPTION] = member(row, "description"),
        [FL_EMBED_PARAMETERS] = {fl_buf_text(&tools->parameters), tools->parameters.len},
        [FL_EMBED_SERVER] = member(row, "server"),
    };
    uint32_t texts[FL_EMBED_FIELD_COUNT];
    int rc = fl_buf_failed(&tools->parameters) ? -FL_ENOMEM : remember_name(tools, name);
    for (unsigned i = 0; i < FL_EMBED_FIELD_COUNT && !rc; i++)
        rc = fl_study_text(tools->study, fields[i], FL_TOKENIZE_DOCUMENT, &texts[i]);
    return rc ? rc : fl_study_document(tools->study, texts);
}

/* --- queries.jsonl --- */

static int visit_query(void *ctx, const json_t *row, struct fl_err *err)
{
    struct tools *tools = ctx;
    struct fl_str text = member(row, "query");
    const json_t *names = json_object_get(row, "gold");
    uint32_t gold[FL_STUDY_MAX_GOLD], count = 0;
    if (!text.len || !json_is_array(names))
        return fl_err_set(err, FL_EPARSE, "a query without \"query\" or \"gold\"");
    for (size_t i = 0; i < json_array_size(names) && count < FL_STUDY_MAX_GOLD; i++) {
        const json_t *name = json_array_get(names, i);
        uint32_t document = FL_STRMAP_NONE;
        if (json_is_string(name))
            document = fl_strmap_get(&tools->by_name, (struct fl_str){json_string_value(name),
                                                                      json_string_length(name)});
        if (document != FL_STRMAP_NONE)
            gold[count++] = document;
    }
    uint32_t number;
    int rc = fl_study_text(tools->study, text, FL_TOKENIZE_REQUEST, &number);
    return rc || !count ? rc : fl_study_query(tools->study, number, gold, count);
}

/* --- */

/* What a tool is called beside what it does: name and description of each as a query and a document
 * of their own. */
static int add_catalog(struct fl_study *study, const struct fl_study_set *tools)
{
    char name[FL_STUDY_NAME_BYTES + 8];
    snprintf(name, sizeof name, "%s catalog", tools->name);
    uint32_t first = tools->first_document, end = first + tools->document_count;
    int rc = fl_study_begin_set(study, name, FL_STUDY_CATALOG);
    if (rc)
        return rc;
    for (uint32_t i = first; i < end && !rc; i++) {
        const uint32_t *from = study->documents[i].text;
        uint32_t text[FL_EMBED_FIELD_COUNT], gold = study->document_count;
        if (from[FL_EMBED_DESCRIPTION] == FL_STUDY_NO_TEXT)
            continue;
        for (unsigned f = 0; f < FL_EMBED_FIELD_COUNT; f++)
            text[f] = f == FL_EMBED_DESCRIPTION ? FL_STUDY_NO_TEXT : from[f];
        uint32_t query = from[FL_EMBED_DESCRIPTION];
        rc = fl_study_document(study, text);
        if (!rc)
            rc = fl_study_query(study, query, &gold, 1);
    }
    fl_study_end_set(study);
    return rc;
}

int fl_study_read_tools(struct fl_study *study, const char *folder, const char *name,
                        struct fl_err *err)
{
    struct tools tools = {.study = study};
    struct fl_buf catalog = {0}, queries = {0};
    fl_buf_printf(&catalog, "%s/catalog.jsonl", folder);
    fl_buf_printf(&queries, "%s/queries.jsonl", folder);
    int rc = fl_buf_failed(&catalog) || fl_buf_failed(&queries)
                 ? fl_err_nomem(err)
                 : fl_study_begin_set(study, name, FL_STUDY_TOOLS);
    if (!rc)
        rc = each_row(fl_buf_text(&catalog), visit_tool, &tools, err);
    if (!rc)
        rc = each_row(fl_buf_text(&queries), visit_query, &tools, err);
    if (!rc) {
        fl_study_end_set(study);
        rc = add_catalog(study, &study->sets[study->set_count - 1]);
    }
    fl_strmap_destroy(&tools.by_name);
    fl_arena_destroy(&tools.names);
    fl_buf_destroy(&tools.parameters);
    fl_buf_destroy(&catalog);
    fl_buf_destroy(&queries);
    return rc;
}

/* --- plain texts --- */

static int visit_text(void *ctx, const json_t *row, struct fl_err *err)
{
    struct fl_study *study = ctx;
    struct fl_str text = member(row, "text"), split = member(row, "split");
    uint32_t number;
    (void)err;
    if (fl_str_is(split, "valid") || fl_str_is(split, "validation") || fl_str_is(split, "dev") ||
        fl_strmap_get(&study->plain, text) != FL_STRMAP_NONE)
        return 0;
    char *copy = fl_arena_strndup(&study->arena, text.ptr ? text.ptr : "", text.len);
    int rc = copy ? fl_strmap_put(&study->plain, (struct fl_str){copy, text.len}, 1) : -FL_ENOMEM;
    return rc ? rc : fl_study_text(study, text, FL_TOKENIZE_REQUEST, &number);
}

int fl_study_read_texts(struct fl_study *study, const char *path, struct fl_err *err)
{
    return each_row(path, visit_text, study, err);
}
