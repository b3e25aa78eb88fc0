/* store.c: opening, creating, migrating and checking the file; see store.h.
 *
 * A file is looked at before SQLite may write to it, recover it or put a log beside it: the first
 * 100 bytes, read through SQLite's own file handle (closing another descriptor of the same file
 * would drop the locks of every handle in this process), carry the magic, our application id and
 * the schema version.
 *
 *   empty     → application id, in one page → migrations → WAL
 *   ours      → version, again, now through the log (what the header says may be older)
 *   otherwise → refused
 *
 * Version 0 with our application id is a creation that was interrupted. Until a file is accepted,
 * its log is not folded in at close. */
#include "store/store.h"

#include "base/os.h"
#include "store/store_sql.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    APPLICATION_ID = 0x464C4431, /* "FLD1" */
    HEADER_BYTES = 100,          /* of an SQLite file: sqlite.org/fileformat2.html, section 1.3 */
    HEADER_VERSION = 60,
    HEADER_APPLICATION_ID = 68,
    MAX_VALUE_BYTES = 64 << 20,
    OLDEST_READABLE = 1, /* without the tables that came later */
};

/* migrations[n] takes a file from version n to n + 1. Never changed once released; only appended.
 *
 * Definitions, most of the text, have a tree of their own: a visit without them leaves those pages
 * unread. A definition's hash is part of its tool's row, the checksum of a component's tools part
 * of the component's row, and that row has a checksum in turn. */
static const char *const migrations[] = {
    "CREATE TABLE meta ("
    "  name TEXT PRIMARY KEY,"
    "  value INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES ('generation', random() & 0xFFFFFFFFFF);"
    "CREATE TABLE component ("
    "  id INTEGER PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"
    "  manifest TEXT,"
    "  source TEXT,"
    "  content_hash TEXT,"
    "  last_error TEXT,"
    "  listed_at_s INTEGER NOT NULL,"
    "  changed_at_s INTEGER NOT NULL,"
    "  tool_count INTEGER NOT NULL,"
    "  tools_checksum BLOB,"
    "  checksum BLOB"
    ") STRICT;"
    "CREATE TABLE tool ("
    "  id INTEGER PRIMARY KEY,"
    "  component INTEGER NOT NULL REFERENCES component (id) ON DELETE CASCADE,"
    "  position INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  title TEXT,"
    "  description TEXT,"
    "  category TEXT,"
    "  keywords TEXT,"
    "  depends_on TEXT,"
    "  parameter_names TEXT,"
    "  parameter_descriptions TEXT,"
    "  enum_values TEXT,"
    "  tier INTEGER NOT NULL,"
    "  flags INTEGER NOT NULL,"
    "  tokens BLOB NOT NULL,"
    "  definition_hash BLOB,"
    "  UNIQUE (component, position)"
    ") STRICT;"
    "CREATE TABLE definition ("
    "  tool INTEGER PRIMARY KEY REFERENCES tool (id) ON DELETE CASCADE,"
    "  text TEXT NOT NULL"
    ") STRICT;",
    /* Every sample that is learned takes a new id, also in the place of an older one: what was
     * learned since a model was trained is what has a larger id than it has seen. 'forgotten' is
     * the newest id when everything was forgotten, 'oblivion' grows whenever anything is. */
    "INSERT INTO meta VALUES ('forgotten', 0), ('oblivion', 0);"
    "CREATE TABLE sample ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  key BLOB NOT NULL UNIQUE,"
    "  text TEXT NOT NULL,"
    "  labels TEXT NOT NULL,"
    "  rejected TEXT NOT NULL,"
    "  flags INTEGER NOT NULL,"
    "  uses INTEGER NOT NULL,"
    "  first_at_s INTEGER NOT NULL,"
    "  last_at_s INTEGER NOT NULL,"
    "  needed INTEGER NOT NULL,"
    "  exposed INTEGER NOT NULL,"
    "  checksum BLOB"
    ") STRICT;"
    "CREATE TABLE model ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  state INTEGER NOT NULL," /* enum fl_store_model_state */
    "  file TEXT NOT NULL,"
    "  file_hash TEXT NOT NULL,"
    "  reason TEXT NOT NULL,"
    "  file_bytes INTEGER NOT NULL,"
    "  created_at_s INTEGER NOT NULL,"
    "  last_sample INTEGER NOT NULL,"
    "  train_count INTEGER NOT NULL,"
    "  held_out_count INTEGER NOT NULL,"
    "  label_count INTEGER NOT NULL,"
    "  train_ms INTEGER NOT NULL,"
    "  score REAL NOT NULL,"
    "  rival_score REAL NOT NULL,"
    "  checksum BLOB"
    ") STRICT;",
};
static_assert(sizeof migrations / sizeof *migrations == FL_STORE_VERSION,
              "one migration for each version");

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int newer(const char *path, int64_t version, struct fl_err *err)
{
    return fl_err_set(err, FL_EVERSION,
                      "'%s' was written by a newer Foreload (version %lld, this one knows %d): "
                      "update Foreload or use another file",
                      path, (long long)version, FL_STORE_VERSION);
}

/* Judges the file by its header, before SQLite does anything with it. */
static int inspect_header(struct fl_store *store, const char *path, bool *ret_empty,
                          struct fl_err *err)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 bytes = 0;
    if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) || !file ||
        !file->pMethods || file->pMethods->xFileSize(file, &bytes))
        return fl_err_set(err, FL_EIO, "cannot read '%s'", path);
    unsigned char header[HEADER_BYTES] = {0};
    /* SQLite takes a file of one byte for an empty one; it is somebody's. */
    *ret_empty = bytes == 0 && file->pMethods->xRead(file, header, 1, 0) == SQLITE_IOERR_SHORT_READ;
    if (*ret_empty)
        return 0;
    if (bytes >= HEADER_BYTES && file->pMethods->xRead(file, header, HEADER_BYTES, 0))
        return fl_err_set(err, FL_EIO, "cannot read '%s'", path);
    if (memcmp(header, "SQLite format 3", 16) != 0 ||
        big_endian(header + HEADER_APPLICATION_ID) != APPLICATION_ID)
        return fl_err_set(err, FL_ECORRUPT,
                          "'%s' is not a Foreload database; it was left as it is: use another file",
                          path);
    int32_t version = (int32_t)big_endian(header + HEADER_VERSION);
    return version > FL_STORE_VERSION ? newer(path, version, err) : 0;
}

static int read_integer(struct fl_store *store, const char *query, int64_t *ret_value,
                        struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = 0;
    if (sqlite3_prepare_v2(store->db, query, -1, &statement, NULL) ||
        sqlite3_step(statement) != SQLITE_ROW)
        rc = fl_sql_error(store, err);
    else
        *ret_value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc;
}

static int execute(struct fl_store *store, const char *statements, struct fl_err *err)
{
    return sqlite3_exec(store->db, statements, NULL, NULL, NULL) ? fl_sql_error(store, err) : 0;
}

/* One step, in the transaction of its caller. Another process may have taken it meanwhile. */
static int migrate_step(struct fl_store *store, bool *ret_done, struct fl_err *err)
{
    int64_t version = 0;
    int rc = read_integer(store, "PRAGMA user_version", &version, err);
    if (rc)
        return rc;
    if (version > FL_STORE_VERSION)
        return newer(sqlite3_db_filename(store->db, "main"), version, err);
    *ret_done = version == FL_STORE_VERSION;
    if (*ret_done)
        return 0;
    if (version < 0)
        return fl_sql_damaged(store, err, "version %lld", (long long)version);
    char set_version[64];
    snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", (int)version + 1);
    rc = execute(store, migrations[version], err);
    return rc ? rc : execute(store, set_version, err);
}

static int migrate(struct fl_store *store, struct fl_err *err)
{
    bool done = false;
    int rc = 0;
    while (!rc && !done) {
        rc = fl_sql_begin(store, err);
        if (!rc)
            rc = fl_sql_end(store, migrate_step(store, &done, err), err);
    }
    return rc;
}

/* A database without a name yet gets it, in one page, before anything else: whatever interrupts
 * the rest, the file is known as ours. */
static int create(struct fl_store *store, struct fl_err *err)
{
    char set_id[64];
    snprintf(set_id, sizeof set_id, "PRAGMA application_id = %d", APPLICATION_ID);
    int rc = execute(store, set_id, err);
    return rc ? rc : migrate(store, err);
}

static int accept_version(struct fl_store *store, const char *path, struct fl_err *err)
{
    int64_t version = 0;
    int rc = read_integer(store, "PRAGMA user_version", &version, err);
    if (rc)
        return rc;
    if (version > FL_STORE_VERSION)
        return newer(path, version, err);
    store->version = version;
    if (version == FL_STORE_VERSION || (store->read_only && version >= OLDEST_READABLE))
        return 0;
    if (store->read_only)
        return fl_err_set(err, FL_EVERSION,
                          "'%s' was written by an older Foreload (version %lld): it is brought up "
                          "to date when it is next opened for writing",
                          path, (long long)version);
    /* A creation that was rolled back leaves an empty database, without its application id. */
    store->version = FL_STORE_VERSION;
    return create(store, err);
}

/* Settings of the connection. The file may come from elsewhere, so its schema is not trusted. */
static void configure(struct fl_store *store)
{
    static const int on[] = {SQLITE_DBCONFIG_ENABLE_FKEY, SQLITE_DBCONFIG_DEFENSIVE,
                             SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE};
    for (size_t i = 0; i < sizeof on / sizeof *on; i++)
        sqlite3_db_config(store->db, on[i], 1, (int *)NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
    sqlite3_busy_timeout(store->db, FL_STORE_BUSY_MS);
}

static int cannot_open(const char *path, const char *why, struct fl_err *err)
{
    return fl_err_set(err, FL_EIO, "cannot open '%s': %s", path, why);
}

static int connect(struct fl_store *store, const char *name, int flags, const char *path,
                   struct fl_err *err)
{
    int rc = sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_NOMEM || !store->db)
        return fl_err_nomem(err);
    return rc ? cannot_open(path, fl_os_is_dir(path) ? "is a directory" : sqlite3_errmsg(store->db),
                            err)
              : 0;
}

static void disconnect(struct fl_store *store)
{
    for (size_t i = 0; i < FL_SQL_STATEMENTS; i++)
        sqlite3_finalize(store->statements[i]);
    memset(store->statements, 0, sizeof store->statements);
    sqlite3_close(store->db);
    store->db = NULL;
}

/* Where no log can be put beside the file, and none is there, SQLite reads it only when told that
 * it will not change. The checksums tell if it does. */
static int reconnect_immutable(struct fl_store *store, const char *path, struct fl_err *err)
{
    struct fl_buf text = {0};
    fl_buf_printf(&text, "%s-wal", path);
    bool has_log = !fl_buf_failed(&text) && fl_os_exists(text.ptr);
    fl_buf_clear(&text);
    fl_buf_append_str(&text, "file:");
    for (const char *c = path; *c; c++)
        fl_buf_printf(&text, strchr("?#%", *c) ? "%%%02X" : "%c", (unsigned char)*c);
    fl_buf_append_str(&text, "?immutable=1");
    int rc;
    if (fl_buf_failed(&text))
        rc = fl_err_nomem(err);
    else if (has_log)
        rc = cannot_open(path, "its folder cannot be written", err);
    else {
        disconnect(store);
        rc = connect(store, text.ptr, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, path, err);
    }
    fl_buf_destroy(&text);
    if (!rc)
        configure(store);
    return rc;
}

static int open_existing(struct fl_store *store, const char *path, struct fl_err *err)
{
    int rc = accept_version(store, path, err);
    int code = sqlite3_errcode(store->db);
    if (rc && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)) {
        if (!store->read_only)
            return cannot_open(path, "its folder cannot be written", err);
        rc = reconnect_immutable(store, path, err);
        if (!rc)
            rc = accept_version(store, path, err);
    }
    return rc;
}

static int open_file(struct fl_store *store, const char *path, struct fl_err *err)
{
    /* SQLite opens a file that it may not write read-only, without a word. */
    int flags = SQLITE_OPEN_READWRITE | (store->read_only ? 0 : SQLITE_OPEN_CREATE);
    int rc = connect(store, path, flags, path, err);
    if (rc)
        return rc;
    if (!store->read_only && sqlite3_db_readonly(store->db, "main"))
        return cannot_open(path, "no permission to write it", err);
    bool empty = false;
    rc = inspect_header(store, path, &empty, err);
    if (rc)
        return rc;
    configure(store);
    if (empty && store->read_only)
        return fl_err_set(err, FL_ENOENT, "'%s' is empty", path);
    store->version = FL_STORE_VERSION;
    rc = empty ? create(store, err) : open_existing(store, path, err);
    if (!rc)
        rc = execute(store, "PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON", err);
    if (rc)
        return rc;
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
    /* Without the log the file works as well, only more slowly: another process may be just
     * opening it, or its file system may have no shared memory. Who reads does so from end to end:
     * a larger cache (in KiB) would hold what is not read again. */
    sqlite3_exec(store->db,
                 store->read_only ? "PRAGMA query_only = ON; PRAGMA cache_size = -256"
                                  : "PRAGMA journal_mode = WAL",
                 NULL, NULL, NULL);
    return 0;
}

int fl_store_open(const char *path, bool read_only, struct fl_store **ret_store, struct fl_err *err)
{
    if (read_only && !fl_os_exists(path))
        return fl_err_set(err, FL_ENOENT, "'%s' does not exist", path);
    struct fl_store *store = calloc(1, sizeof *store);
    if (!store)
        return fl_err_nomem(err);
    store->read_only = read_only;
    int rc = open_file(store, path, err);
    if (rc) {
        fl_store_close(store);
        return rc;
    }
    *ret_store = store;
    return 0;
}

void fl_store_close(struct fl_store *store)
{
    if (!store)
        return;
    disconnect(store);
    free(store);
}

void fl_store_set_busy_ms(struct fl_store *store, int busy_ms)
{
    sqlite3_busy_timeout(store->db, busy_ms);
}

int fl_store_generation(struct fl_store *store, int64_t *ret_generation, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_GENERATION, &statement, err);
    if (rc)
        return rc;
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW: *ret_generation = sqlite3_column_int64(statement, 0); break;
    case SQLITE_DONE: rc = fl_sql_damaged(store, err, "it has no generation"); break;
    default: rc = fl_sql_error(store, err);
    }
    sqlite3_reset(statement);
    return rc;
}

static int seen_component(void *ctx, const struct fl_store_component *component)
{
    (void)ctx;
    (void)component;
    return 0;
}

static int seen_tool(void *ctx, const struct fl_store_tool *tool)
{
    (void)ctx;
    (void)tool;
    return 0;
}

int fl_store_check(struct fl_store *store, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = 0;
    if (sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(1)", -1, &statement, NULL) ||
        sqlite3_step(statement) != SQLITE_ROW)
        rc = fl_sql_error(store, err);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        rc = fl_sql_damaged(store, err, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    if (rc)
        return rc;
    struct fl_store_visitor all = {seen_component, seen_tool, NULL, true};
    rc = fl_store_visit(store, &all, err);
    return rc ? rc : fl_store_check_learned(store, err);
}
