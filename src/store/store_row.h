/* store_row.h: texts and checksums in the columns of a row; private to this folder. Columns count
 * from 0 in both directions. */
#ifndef FL_STORE_STORE_ROW_H
#define FL_STORE_STORE_ROW_H

#include "store/store_checksum.h"
#include "store/store_sql.h"

/* The only binding that can fail: a text may be too long. */
static inline int fl_row_bind_text(struct fl_store *store, sqlite3_stmt *statement, int column,
                                   const char *text, struct fl_err *err)
{
    return sqlite3_bind_text(statement, column + 1, text, -1, SQLITE_STATIC)
               ? fl_sql_error(store, err)
               : 0;
}

static inline void fl_row_bind_checksum(sqlite3_stmt *statement, int column,
                                        const struct fl_store_checksum *checksum)
{
    sqlite3_bind_blob(statement, column + 1, checksum, sizeof *checksum, SQLITE_STATIC);
}

static inline const char *fl_row_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

/* False when the column holds no checksum: NULL, or of another length. */
static inline bool fl_row_checksum(sqlite3_stmt *statement, int column,
                                   struct fl_store_checksum *ret_checksum)
{
    const void *blob = sqlite3_column_blob(statement, column);
    if (!blob || sqlite3_column_bytes(statement, column) != sizeof *ret_checksum)
        return false;
    memcpy(ret_checksum, blob, sizeof *ret_checksum);
    return true;
}

static inline bool fl_checksum_same(const struct fl_store_checksum *a,
                                    const struct fl_store_checksum *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

#endif
