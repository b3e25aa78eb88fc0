/* store_sql.h: the handle, its prepared statements and SQLite's errors; private to this folder. */
#ifndef FL_STORE_STORE_SQL_H
#define FL_STORE_STORE_SQL_H

#include "store/store.h"

#include <sqlite3.h>

/* Every statement that runs more than once; prepared at its first use, finalised at close. */
enum fl_sql {
    FL_SQL_BEGIN_READ,
    FL_SQL_BEGIN_WRITE,
    FL_SQL_COMMIT,
    FL_SQL_GENERATION,
    FL_SQL_NEXT_GENERATION,
    FL_SQL_COMPONENTS,
    FL_SQL_COMPONENT_BY_NAME,
    FL_SQL_INSERT_COMPONENT,
    FL_SQL_SEAL_COMPONENT,
    FL_SQL_TOUCH_COMPONENT,
    FL_SQL_DELETE_COMPONENT,
    FL_SQL_TOOLS,
    FL_SQL_TOOLS_WITH_DEFINITIONS,
    FL_SQL_INSERT_TOOL,
    FL_SQL_INSERT_DEFINITION,
    FL_SQL_DEFINITION,
    FL_SQL_SAMPLES,
    FL_SQL_SAMPLE_BY_KEY,
    FL_SQL_PUT_SAMPLE,
    FL_SQL_SEAL_SAMPLE,
    FL_SQL_DELETE_SAMPLE,
    FL_SQL_DELETE_SAMPLE_OF,
    FL_SQL_DELETE_SAMPLES,
    FL_SQL_MODELS,
    FL_SQL_MODEL_BY_ID,
    FL_SQL_INSERT_MODEL,
    FL_SQL_SEAL_MODEL,
    FL_SQL_UPDATE_MODEL,
    FL_SQL_TRIM_MODELS,
    FL_SQL_DELETE_MODELS,
    FL_SQL_LEARNED_STATE,
    FL_SQL_NOTE_FORGOTTEN,
    FL_SQL_NOTE_OBLIVION,
    FL_SQL_STATEMENTS,
};

struct fl_store {
    sqlite3 *db;
    sqlite3_stmt *statements[FL_SQL_STATEMENTS];
    bool read_only;
    int64_t version; /* of the file; below FL_STORE_VERSION only when opened for reading */
};

/* The statement, with nothing bound; its user resets it after the last step. What is bound to it
 * must live until then. */
int fl_sql_get(struct fl_store *store, enum fl_sql which, sqlite3_stmt **ret_statement,
               struct fl_err *err);

/* Steps a statement that returns no row, and resets it. */
int fl_sql_run(struct fl_store *store, sqlite3_stmt *statement, struct fl_err *err);

/* A write transaction: after fl_sql_begin succeeded, fl_sql_end commits when `rc` is 0, and rolls
 * back otherwise. Returns `rc`, or what the commit failed with. */
int fl_sql_begin(struct fl_store *store, struct fl_err *err);
int fl_sql_end(struct fl_store *store, int rc, struct fl_err *err);

/* Verifies every row of store_learn.h. */
int fl_store_check_learned(struct fl_store *store, struct fl_err *err);

/* The error that SQLite reports for its last call on this handle. */
int fl_sql_error(struct fl_store *store, struct fl_err *err);

/* -FL_ECORRUPT: "'path' is damaged (what)" and what to do about it. From here on, closing leaves
 * the file alone. */
int fl_sql_damaged(struct fl_store *store, struct fl_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
