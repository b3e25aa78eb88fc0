/* store_component.c: the rows of components and tools, written and read with their checksums. */
#include "store/store_row.h"

/* Columns of a component's row as the statements of store_sql.c select them. */
enum {
    COMPONENT_ID,
    COMPONENT_TOOLS_CHECKSUM,
    COMPONENT_CHECKSUM,
    COMPONENT_NAME,
    COMPONENT_MANIFEST,
    COMPONENT_SOURCE,
    COMPONENT_CONTENT_HASH,
    COMPONENT_LAST_ERROR,
    COMPONENT_LISTED_AT_S,
    COMPONENT_CHANGED_AT_S,
    COMPONENT_TOOL_COUNT,
};

/* Columns of a tool's row: TOOL_TEXTS strings first, see tool_texts. */
enum {
    TOOL_TEXTS = 9,
    TOOL_TIER = TOOL_TEXTS,
    TOOL_FLAGS,
    TOOL_TOKENS,
    TOOL_DEFINITION_HASH,
    TOOL_DEFINITION,                           /* selected on demand */
    TOOL_COMPONENT = TOOL_DEFINITION_HASH + 1, /* when inserting */
    TOOL_POSITION,
    TOKEN_BYTES = 4 * FL_STORE_TOKENS,
};

/* The strings of a tool in the order of their columns. */
static void tool_texts(struct fl_store_tool *tool, const char **ret_texts[TOOL_TEXTS])
{
    const char **const texts[TOOL_TEXTS] = {
        &tool->name,       &tool->title,      &tool->description,     &tool->category,
        &tool->keywords,   &tool->depends_on, &tool->parameter_names, &tool->parameter_descriptions,
        &tool->enum_values};
    memcpy(ret_texts, texts, sizeof texts);
}

/* Token counts as little-endian 32-bit numbers. */
static void write_tokens(const int32_t tokens[FL_STORE_TOKENS], unsigned char bytes[TOKEN_BYTES])
{
    for (int i = 0; i < TOKEN_BYTES; i++)
        bytes[i] = (unsigned char)((uint32_t)tokens[i / 4] >> (8 * (i % 4)));
}

static void read_tokens(const unsigned char bytes[TOKEN_BYTES], int32_t tokens[FL_STORE_TOKENS])
{
    for (int i = 0; i < FL_STORE_TOKENS; i++, bytes += 4)
        tokens[i] = (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
                              (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);
}

/* ---- writing ---- */

/* Adds a row with its definition and takes it into the checksum. */
static int insert_tool(struct fl_store *store, int64_t component_id, uint32_t position,
                       const struct fl_store_tool *tool, XXH3_state_t *checksum, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_INSERT_TOOL, &statement, err);
    if (rc)
        return rc;
    struct fl_store_tool copy = *tool;
    const char **texts[TOOL_TEXTS];
    tool_texts(&copy, texts);
    for (int i = 0; !rc && i < TOOL_TEXTS; i++)
        rc = fl_row_bind_text(store, statement, i, *texts[i], err);
    if (rc)
        return rc;
    sqlite3_bind_int(statement, TOOL_TIER + 1, tool->tier);
    sqlite3_bind_int(statement, TOOL_FLAGS + 1, tool->flags);
    unsigned char tokens[TOKEN_BYTES];
    write_tokens(tool->tokens, tokens);
    sqlite3_bind_blob(statement, TOOL_TOKENS + 1, tokens, sizeof tokens, SQLITE_STATIC);
    struct fl_store_checksum definition;
    if (tool->definition) {
        definition = fl_store_checksum_text(tool->definition, strlen(tool->definition));
        fl_row_bind_checksum(statement, TOOL_DEFINITION_HASH, &definition);
    }
    sqlite3_bind_int64(statement, TOOL_COMPONENT + 1, component_id);
    sqlite3_bind_int64(statement, TOOL_POSITION + 1, position);
    rc = fl_sql_run(store, statement, err);
    if (rc)
        return rc;
    fl_store_checksum_add(checksum, tool, tool->definition ? &definition : NULL);
    if (!tool->definition)
        return 0;
    rc = fl_sql_get(store, FL_SQL_INSERT_DEFINITION, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 1, sqlite3_last_insert_rowid(store->db));
    rc = fl_row_bind_text(store, statement, 1, tool->definition, err);
    return rc ? rc : fl_sql_run(store, statement, err);
}

static int insert_component(struct fl_store *store, const struct fl_store_component *component,
                            struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_INSERT_COMPONENT, &statement, err);
    if (rc)
        return rc;
    const char *const texts[] = {component->name, component->manifest, component->source,
                                 component->content_hash, component->last_error};
    for (int i = 0; !rc && i < 5; i++)
        rc = fl_row_bind_text(store, statement, i, texts[i], err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 6, component->listed_at_s);
    sqlite3_bind_int64(statement, 7, component->changed_at_s);
    sqlite3_bind_int64(statement, 8, component->tool_count);
    return fl_sql_run(store, statement, err);
}

static int seal_component(struct fl_store *store, int64_t id,
                          const struct fl_store_component *component, const XXH3_state_t *state,
                          struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_SEAL_COMPONENT, &statement, err);
    if (rc)
        return rc;
    struct fl_store_checksum tools = fl_store_checksum_finish(state);
    struct fl_store_checksum row = fl_store_checksum_component(component, &tools);
    fl_row_bind_checksum(statement, 0, &tools);
    fl_row_bind_checksum(statement, 1, &row);
    sqlite3_bind_int64(statement, 3, id);
    return fl_sql_run(store, statement, err);
}

/* Its tools and their definitions go with it, by their foreign keys. */
static int delete_component(struct fl_store *store, const char *name, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_DELETE_COMPONENT, &statement, err);
    if (!rc)
        rc = fl_row_bind_text(store, statement, 0, name, err);
    return rc ? rc : fl_sql_run(store, statement, err);
}

static int next_generation(struct fl_store *store, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_NEXT_GENERATION, &statement, err);
    return rc ? rc : fl_sql_run(store, statement, err);
}

static int replace_component(struct fl_store *store, const struct fl_store_component *component,
                             const struct fl_store_tool *tools, struct fl_err *err)
{
    int rc = delete_component(store, component->name, err);
    if (!rc)
        rc = insert_component(store, component, err);
    int64_t id = sqlite3_last_insert_rowid(store->db);
    XXH3_state_t checksum;
    XXH3_INITSTATE(&checksum);
    XXH3_128bits_reset(&checksum);
    for (uint32_t i = 0; !rc && i < component->tool_count; i++)
        rc = insert_tool(store, id, i, &tools[i], &checksum, err);
    if (!rc)
        rc = seal_component(store, id, component, &checksum, err);
    return rc ? rc : next_generation(store, err);
}

int fl_store_put_component(struct fl_store *store, const struct fl_store_component *component,
                           const struct fl_store_tool *tools, struct fl_err *err)
{
    int rc = fl_sql_begin(store, err);
    return rc ? rc : fl_sql_end(store, replace_component(store, component, tools, err), err);
}

static int remove_component(struct fl_store *store, const char *name, struct fl_err *err)
{
    int rc = delete_component(store, name, err);
    if (rc)
        return rc;
    if (sqlite3_changes(store->db) == 0)
        return fl_err_set(err, FL_ENOENT, "no component '%s'", name);
    return next_generation(store, err);
}

int fl_store_remove_component(struct fl_store *store, const char *name, struct fl_err *err)
{
    int rc = fl_sql_begin(store, err);
    return rc ? rc : fl_sql_end(store, remove_component(store, name, err), err);
}

/* ---- reading ---- */

/* The row that a statement stands on, verified; its strings live until the next step. */
static int read_component(struct fl_store *store, sqlite3_stmt *statement,
                          struct fl_store_component *ret_component,
                          struct fl_store_checksum *ret_tools, struct fl_err *err)
{
    struct fl_store_component component = {
        .name = fl_row_text(statement, COMPONENT_NAME),
        .manifest = fl_row_text(statement, COMPONENT_MANIFEST),
        .source = fl_row_text(statement, COMPONENT_SOURCE),
        .content_hash = fl_row_text(statement, COMPONENT_CONTENT_HASH),
        .last_error = fl_row_text(statement, COMPONENT_LAST_ERROR),
        .listed_at_s = sqlite3_column_int64(statement, COMPONENT_LISTED_AT_S),
        .changed_at_s = sqlite3_column_int64(statement, COMPONENT_CHANGED_AT_S),
        .tool_count = (uint32_t)sqlite3_column_int64(statement, COMPONENT_TOOL_COUNT),
    };
    if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return fl_err_nomem(err);
    struct fl_store_checksum stored;
    struct fl_store_checksum tools;
    bool sealed = fl_row_checksum(statement, COMPONENT_TOOLS_CHECKSUM, &tools) &&
                  fl_row_checksum(statement, COMPONENT_CHECKSUM, &stored);
    struct fl_store_checksum computed;
    if (sealed)
        computed = fl_store_checksum_component(&component, &tools);
    if (!sealed || !fl_checksum_same(&computed, &stored))
        return fl_sql_damaged(store, err, "component '%s' differs from its checksum",
                              component.name ? component.name : "?");
    *ret_component = component;
    *ret_tools = tools;
    return 0;
}

/* Checks a definition that was read against the hash in its tool's row; both may be absent. */
static bool definition_fits(const char *text, int len, const struct fl_store_checksum *hash)
{
    if (!text || !hash)
        return !text && !hash;
    struct fl_store_checksum computed = fl_store_checksum_text(text, (size_t)len);
    return fl_checksum_same(&computed, hash);
}

/* The tool that a statement stands on, added to the checksum of its component's tools. */
static int read_tool(struct fl_store *store, sqlite3_stmt *statement, bool with_definition,
                     XXH3_state_t *checksum, struct fl_store_tool *ret_tool, struct fl_err *err)
{
    struct fl_store_tool tool = {0};
    const char **texts[TOOL_TEXTS];
    tool_texts(&tool, texts);
    for (int i = 0; i < TOOL_TEXTS; i++)
        *texts[i] = fl_row_text(statement, i);
    tool.tier = sqlite3_column_int(statement, TOOL_TIER);
    tool.flags = sqlite3_column_int(statement, TOOL_FLAGS);
    struct fl_store_checksum hash;
    bool has_hash = fl_row_checksum(statement, TOOL_DEFINITION_HASH, &hash);
    const unsigned char *tokens = sqlite3_column_blob(statement, TOOL_TOKENS);
    bool whole = tokens && sqlite3_column_bytes(statement, TOOL_TOKENS) == TOKEN_BYTES;
    if (whole)
        read_tokens(tokens, tool.tokens);
    if (with_definition) {
        tool.definition = fl_row_text(statement, TOOL_DEFINITION);
        whole = whole &&
                definition_fits(tool.definition, sqlite3_column_bytes(statement, TOOL_DEFINITION),
                                has_hash ? &hash : NULL);
    }
    if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return fl_err_nomem(err);
    if (!whole || !tool.name)
        return fl_sql_damaged(store, err, "tool '%s' differs from its checksum",
                              tool.name ? tool.name : "?");
    fl_store_checksum_add(checksum, &tool, has_hash ? &hash : NULL);
    *ret_tool = tool;
    return 0;
}

static int visit_rows(struct fl_store *store, sqlite3_stmt *statement,
                      const struct fl_store_visitor *visitor, XXH3_state_t *checksum,
                      struct fl_err *err)
{
    for (;;) {
        int step = sqlite3_step(statement);
        if (step == SQLITE_DONE)
            return 0;
        if (step != SQLITE_ROW)
            return fl_sql_error(store, err);
        struct fl_store_tool tool;
        int rc = read_tool(store, statement, visitor->with_definitions, checksum, &tool, err);
        if (!rc)
            rc = visitor->tool(visitor->ctx, &tool);
        if (rc)
            return rc;
    }
}

static int visit_tools(struct fl_store *store, int64_t component_id, const char *name,
                       const struct fl_store_checksum *expected,
                       const struct fl_store_visitor *visitor, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc =
        fl_sql_get(store, visitor->with_definitions ? FL_SQL_TOOLS_WITH_DEFINITIONS : FL_SQL_TOOLS,
                   &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 1, component_id);
    XXH3_state_t checksum;
    XXH3_INITSTATE(&checksum);
    XXH3_128bits_reset(&checksum);
    rc = visit_rows(store, statement, visitor, &checksum, err);
    sqlite3_reset(statement);
    if (rc)
        return rc;
    struct fl_store_checksum computed = fl_store_checksum_finish(&checksum);
    if (!fl_checksum_same(&computed, expected))
        return fl_sql_damaged(store, err, "the tools of component '%s' differ from their checksum",
                              name);
    return 0;
}

static int visit_components(struct fl_store *store, sqlite3_stmt *statement,
                            const struct fl_store_visitor *visitor, struct fl_err *err)
{
    for (;;) {
        int step = sqlite3_step(statement);
        if (step == SQLITE_DONE)
            return 0;
        if (step != SQLITE_ROW)
            return fl_sql_error(store, err);
        struct fl_store_component component;
        struct fl_store_checksum tools;
        int rc = read_component(store, statement, &component, &tools, err);
        if (!rc)
            rc = visitor->component(visitor->ctx, &component);
        if (!rc && visitor->tool)
            rc = visit_tools(store, sqlite3_column_int64(statement, COMPONENT_ID), component.name,
                             &tools, visitor, err);
        if (rc)
            return rc;
    }
}

int fl_store_visit(struct fl_store *store, const struct fl_store_visitor *visitor,
                   struct fl_err *err)
{
    if (!sqlite3_get_autocommit(store->db))
        return fl_err_set(err, FL_EBUSY, "the store is being visited already");
    sqlite3_stmt *begin = NULL;
    sqlite3_stmt *commit = NULL;
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_BEGIN_READ, &begin, err);
    if (!rc)
        rc = fl_sql_get(store, FL_SQL_COMMIT, &commit, err);
    if (!rc)
        rc = fl_sql_get(store, FL_SQL_COMPONENTS, &statement, err);
    if (!rc)
        rc = fl_sql_run(store, begin, err);
    if (rc)
        return rc;
    rc = visit_components(store, statement, visitor, err);
    sqlite3_reset(statement);
    int end = fl_sql_run(store, commit, rc ? NULL : err);
    return rc ? rc : end;
}

int fl_store_definition(struct fl_store *store, const char *component, uint32_t position,
                        struct fl_buf *buf, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_DEFINITION, &statement, err);
    if (!rc)
        rc = fl_row_bind_text(store, statement, 0, component, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 2, position);
    int step = sqlite3_step(statement);
    if (step == SQLITE_DONE) {
        rc = fl_err_set(err, FL_ENOENT, "component '%s' has no tool %u", component, position);
    } else if (step != SQLITE_ROW) {
        rc = fl_sql_error(store, err);
    } else {
        struct fl_store_checksum hash;
        bool has_hash = fl_row_checksum(statement, 0, &hash);
        const char *text = fl_row_text(statement, 1);
        int len = sqlite3_column_bytes(statement, 1);
        if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
            rc = fl_err_nomem(err);
        else if (!definition_fits(text, len, has_hash ? &hash : NULL))
            rc = fl_sql_damaged(store, err, "tool %u of component '%s' differs from its checksum",
                                position, component);
        else if (text)
            fl_buf_append(buf, text, (size_t)len);
        if (!rc && fl_buf_failed(buf))
            rc = fl_err_nomem(err);
    }
    sqlite3_reset(statement);
    return rc;
}

/* ---- touching ---- */

static int touch_row(struct fl_store *store, sqlite3_stmt *row, int64_t listed_at_s,
                     const char *error, struct fl_err *err)
{
    struct fl_store_component component;
    struct fl_store_checksum tools;
    int rc = read_component(store, row, &component, &tools, err);
    if (rc)
        return rc;
    component.listed_at_s = listed_at_s;
    component.last_error = error;
    struct fl_store_checksum checksum = fl_store_checksum_component(&component, &tools);
    sqlite3_stmt *statement = NULL;
    rc = fl_sql_get(store, FL_SQL_TOUCH_COMPONENT, &statement, err);
    if (!rc)
        rc = fl_row_bind_text(store, statement, 1, error, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 1, listed_at_s);
    fl_row_bind_checksum(statement, 2, &checksum);
    sqlite3_bind_int64(statement, 4, sqlite3_column_int64(row, COMPONENT_ID));
    return fl_sql_run(store, statement, err);
}

static int touch_named(struct fl_store *store, const char *name, int64_t listed_at_s,
                       const char *error, struct fl_err *err)
{
    sqlite3_stmt *row = NULL;
    int rc = fl_sql_get(store, FL_SQL_COMPONENT_BY_NAME, &row, err);
    if (!rc)
        rc = fl_row_bind_text(store, row, 0, name, err);
    if (rc)
        return rc;
    switch (sqlite3_step(row)) {
    case SQLITE_ROW: rc = touch_row(store, row, listed_at_s, error, err); break;
    case SQLITE_DONE: rc = fl_err_set(err, FL_ENOENT, "no component '%s'", name); break;
    default: rc = fl_sql_error(store, err);
    }
    sqlite3_reset(row);
    return rc;
}

int fl_store_touch_component(struct fl_store *store, const char *name, int64_t listed_at_s,
                             const char *error, struct fl_err *err)
{
    int rc = fl_sql_begin(store, err);
    return rc ? rc : fl_sql_end(store, touch_named(store, name, listed_at_s, error, err), err);
}
