/* store_sql.c: see store_sql.h. */
#include "store/store_sql.h"

#include <stdarg.h>
#include <stdio.h>

#define COMPONENT_COLUMNS                                                             \
    "id, tools_checksum, checksum, name, manifest, source, content_hash, last_error," \
    " listed_at_s, changed_at_s, tool_count"

#define TOOL_COLUMNS                                                             \
    "name, title, description, category, keywords, depends_on, parameter_names," \
    " parameter_descriptions, enum_values, tier, flags, tokens, definition_hash"

#define SAMPLE_COLUMNS \
    "key, text, labels, rejected, flags, uses, first_at_s, last_at_s, needed, exposed, checksum"

#define MODEL_COLUMNS                                                                     \
    "state, file, file_hash, reason, file_bytes, created_at_s, last_sample, train_count," \
    " held_out_count, label_count, train_ms, score, rival_score, checksum"

static const char *const sql[FL_SQL_STATEMENTS] = {
    [FL_SQL_BEGIN_READ] = "BEGIN",
    [FL_SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [FL_SQL_COMMIT] = "COMMIT",
    [FL_SQL_GENERATION] = "SELECT value FROM meta WHERE name = 'generation'",
    [FL_SQL_NEXT_GENERATION] = "UPDATE meta SET value = value + 1 WHERE name = 'generation'",
    [FL_SQL_COMPONENTS] = "SELECT " COMPONENT_COLUMNS " FROM component ORDER BY name",
    [FL_SQL_COMPONENT_BY_NAME] = "SELECT " COMPONENT_COLUMNS " FROM component WHERE name = ?",
    [FL_SQL_INSERT_COMPONENT] =
        "INSERT INTO component (name, manifest, source, content_hash, last_error, listed_at_s,"
        " changed_at_s, tool_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [FL_SQL_SEAL_COMPONENT] = "UPDATE component SET tools_checksum = ?, checksum = ? WHERE id = ?",
    [FL_SQL_TOUCH_COMPONENT] =
        "UPDATE component SET listed_at_s = ?, last_error = ?, checksum = ? WHERE id = ?",
    [FL_SQL_DELETE_COMPONENT] = "DELETE FROM component WHERE name = ?",
    [FL_SQL_TOOLS] = "SELECT " TOOL_COLUMNS " FROM tool WHERE component = ? ORDER BY position",
    [FL_SQL_TOOLS_WITH_DEFINITIONS] =
        "SELECT " TOOL_COLUMNS ", text FROM tool LEFT JOIN definition ON definition.tool = tool.id"
        " WHERE component = ? ORDER BY position",
    [FL_SQL_INSERT_TOOL] = "INSERT INTO tool (" TOOL_COLUMNS ", component, position)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [FL_SQL_INSERT_DEFINITION] = "INSERT INTO definition (tool, text) VALUES (?, ?)",
    [FL_SQL_DEFINITION] =
        "SELECT tool.definition_hash, text FROM component JOIN tool ON tool.component ="
        " component.id LEFT JOIN definition ON definition.tool = tool.id"
        " WHERE component.name = ? AND position = ?",
    [FL_SQL_SAMPLES] = "SELECT id, " SAMPLE_COLUMNS " FROM sample ORDER BY id",
    [FL_SQL_SAMPLE_BY_KEY] = "SELECT id, " SAMPLE_COLUMNS " FROM sample WHERE key = ?",
    [FL_SQL_PUT_SAMPLE] = "INSERT OR REPLACE INTO sample (" SAMPLE_COLUMNS ")"
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
    [FL_SQL_SEAL_SAMPLE] = "UPDATE sample SET checksum = ? WHERE id = ?",
    [FL_SQL_DELETE_SAMPLE] = "DELETE FROM sample WHERE id = ?",
    [FL_SQL_DELETE_SAMPLE_OF] = "DELETE FROM sample WHERE key = ?",
    [FL_SQL_DELETE_SAMPLES] = "DELETE FROM sample",
    [FL_SQL_MODELS] = "SELECT id, " MODEL_COLUMNS " FROM model ORDER BY id",
    [FL_SQL_MODEL_BY_ID] = "SELECT id, " MODEL_COLUMNS " FROM model WHERE id = ?",
    [FL_SQL_INSERT_MODEL] = "INSERT INTO model (" MODEL_COLUMNS ")"
                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
    [FL_SQL_SEAL_MODEL] = "UPDATE model SET checksum = ? WHERE id = ?",
    [FL_SQL_UPDATE_MODEL] =
        "UPDATE model SET state = ?, file = ?, file_hash = ?, checksum = ? WHERE id = ?",
    [FL_SQL_TRIM_MODELS] = "DELETE FROM model WHERE state >= 2 AND id NOT IN"
                           " (SELECT id FROM model ORDER BY state < 2 DESC, id DESC LIMIT ?)",
    [FL_SQL_DELETE_MODELS] = "DELETE FROM model",
    [FL_SQL_LEARNED_STATE] =
        "SELECT (SELECT count(*) FROM sample),"
        " coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sample'), 0),"
        " max(coalesce((SELECT max(last_sample) FROM model), 0),"
        " coalesce((SELECT value FROM meta WHERE name = 'forgotten'), 0)),"
        " coalesce((SELECT id FROM model WHERE state = 0), 0),"
        " coalesce((SELECT id FROM model WHERE state = 1), 0),"
        " coalesce((SELECT value FROM meta WHERE name = 'oblivion'), 0)",
    [FL_SQL_NOTE_FORGOTTEN] =
        "UPDATE meta SET value = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'sample'),"
        " 0) WHERE name = 'forgotten'",
    [FL_SQL_NOTE_OBLIVION] = "UPDATE meta SET value = value + 1 WHERE name = 'oblivion'",
};

int fl_sql_get(struct fl_store *store, enum fl_sql which, sqlite3_stmt **ret_statement,
               struct fl_err *err)
{
    sqlite3_stmt **statement = &store->statements[which];
    if (!*statement &&
        sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL))
        return fl_sql_error(store, err);
    sqlite3_clear_bindings(*statement);
    *ret_statement = *statement;
    return 0;
}

static int get_and_run(struct fl_store *store, enum fl_sql which, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, which, &statement, err);
    return rc ? rc : fl_sql_run(store, statement, err);
}

int fl_sql_run(struct fl_store *store, sqlite3_stmt *statement, struct fl_err *err)
{
    int rc = sqlite3_step(statement) == SQLITE_DONE ? 0 : fl_sql_error(store, err);
    sqlite3_reset(statement);
    return rc;
}

int fl_sql_begin(struct fl_store *store, struct fl_err *err)
{
    if (!sqlite3_get_autocommit(store->db))
        return fl_err_set(err, FL_EBUSY, "the store cannot be changed while it is being visited");
    return get_and_run(store, FL_SQL_BEGIN_WRITE, err);
}

int fl_sql_end(struct fl_store *store, int rc, struct fl_err *err)
{
    if (!rc)
        rc = get_and_run(store, FL_SQL_COMMIT, err);
    /* SQLite has rolled back by itself after some errors, a full disk among them. */
    if (rc && !sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int fl_sql_error(struct fl_store *store, struct fl_err *err)
{
    const char *path = sqlite3_db_filename(store->db, "main");
    const char *message = sqlite3_errmsg(store->db);
    switch (sqlite3_errcode(store->db)) {
    case SQLITE_NOMEM: return fl_err_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fl_err_set(err, FL_EBUSY, "'%s' is locked by another process; try again", path);
    case SQLITE_TOOBIG: return fl_err_set(err, FL_ELIMIT, "too long for '%s'", path);
    case SQLITE_CONSTRAINT: return fl_err_set(err, FL_EINVAL, "cannot store: %s", message);
    case SQLITE_FULL: return fl_err_set(err, FL_EIO, "cannot write '%s': the disk is full", path);
    case SQLITE_ERROR: /* our statements are fixed: the tables are not what they should be */
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return fl_sql_damaged(store, err, "%s", message);
    default: return fl_err_set(err, FL_EIO, "cannot use '%s': %s", path, message);
    }
}

int fl_sql_damaged(struct fl_store *store, struct fl_err *err, const char *format, ...)
{
    char what[FL_ERR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
    return fl_err_set(err, FL_ECORRUPT,
                      "'%s' is damaged (%s); move it away and import the catalogue again",
                      sqlite3_db_filename(store->db, "main"), what);
}
