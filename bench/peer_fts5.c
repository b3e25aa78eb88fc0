/* peer_fts5.c: SQLite FTS5, in memory.
 *
 * Tokenizer "porter unicode61"; one column for each field of Foreload's with the same weights; no
 * copy of the texts (content=''); segments merged after filling. A request is the OR of its words
 * without stop words, in a statement prepared once. */
#include "bench_clock.h"
#include "bench_peer.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* Past requests and keywords are in no data set. */
enum { COLUMNS = FL_FIELD_KEYWORD };

struct fts5 {
    sqlite3 *db;
    sqlite3_stmt *search;
    struct fl_buf match;
};

static void fts5_free(void *peer)
{
    struct fts5 *fts5 = peer;
    if (!fts5)
        return;
    sqlite3_finalize(fts5->search);
    sqlite3_close(fts5->db);
    fl_buf_destroy(&fts5->match);
    free(fts5);
}

static bool run(struct fts5 *fts5, const char *sql)
{
    return sqlite3_exec(fts5->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool create(struct fts5 *fts5)
{
    static const float weights[] = {
#define BENCH_WEIGHT(id, name, weight, b) weight,
        FL_FIELDS(BENCH_WEIGHT)
#undef BENCH_WEIGHT
    };
    struct fl_buf sql = {0};
    fl_buf_append_str(&sql, "CREATE VIRTUAL TABLE tools USING fts5(");
    for (int f = 0; f < COLUMNS; f++)
        fl_buf_printf(&sql, "f%d, ", f);
    fl_buf_append_str(&sql, "content='', tokenize='porter unicode61');"
                            "INSERT INTO tools(tools, rank) VALUES('rank', 'bm25(");
    for (int f = 0; f < COLUMNS; f++)
        fl_buf_printf(&sql, "%s%.2f", f ? ", " : "", (double)weights[f]);
    fl_buf_append_str(&sql, ")');");
    bool created = run(fts5, fl_buf_text(&sql));
    fl_buf_destroy(&sql);
    return created;
}

static bool insert_all(struct fts5 *fts5, const struct bench_corpus *corpus)
{
    struct fl_buf sql = {0};
    fl_buf_append_str(&sql, "INSERT INTO tools(rowid");
    for (int f = 0; f < COLUMNS; f++)
        fl_buf_printf(&sql, ", f%d", f);
    fl_buf_append_str(&sql, ") VALUES(?");
    for (int f = 0; f < COLUMNS; f++)
        fl_buf_append_str(&sql, ", ?");
    fl_buf_append_char(&sql, ')');
    sqlite3_stmt *insert = NULL;
    bool good = sqlite3_prepare_v2(fts5->db, fl_buf_text(&sql), -1, &insert, NULL) == SQLITE_OK;
    for (uint32_t d = 0; good && d < corpus->count; d++) {
        sqlite3_bind_int64(insert, 1, d);
        for (int f = 0; f < COLUMNS; f++)
            sqlite3_bind_text(insert, f + 2, corpus->texts[d][f], -1, SQLITE_STATIC);
        good = sqlite3_step(insert) == SQLITE_DONE;
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    fl_buf_destroy(&sql);
    return good;
}

static void *fts5_build(const struct bench_corpus *corpus, double *ret_ms)
{
    static const char *const search =
        "SELECT rowid FROM tools WHERE tools MATCH ?1 ORDER BY rank LIMIT ?2";
    struct fts5 *fts5 = calloc(1, sizeof *fts5);
    if (!fts5)
        return NULL;
    double start = bench_now_us();
    bool good = sqlite3_open(":memory:", &fts5->db) == SQLITE_OK && create(fts5) &&
                run(fts5, "BEGIN") && insert_all(fts5, corpus) && run(fts5, "COMMIT") &&
                run(fts5, "INSERT INTO tools(tools) VALUES('optimize')");
    *ret_ms = (bench_now_us() - start) / 1e3;
    good = good && sqlite3_prepare_v3(fts5->db, search, -1, SQLITE_PREPARE_PERSISTENT,
                                      &fts5->search, NULL) == SQLITE_OK;
    if (good)
        return fts5;
    fprintf(stderr, "FTS5: %s\n", sqlite3_errmsg(fts5->db));
    fts5_free(fts5);
    return NULL;
}

/* Quoted, so that no word is an operator; words hold no quotation mark. */
static void append_word(void *ctx, struct fl_str word)
{
    struct fl_buf *match = ctx;
    fl_buf_printf(match, "%s\"%.*s\"", match->len ? " OR " : "", (int)word.len, word.ptr);
}

static uint32_t fts5_search(void *peer, const struct bench_query *query, uint32_t *ret_documents,
                            uint32_t capacity)
{
    struct fts5 *fts5 = peer;
    fl_buf_clear(&fts5->match);
    bench_words(query->text, append_word, &fts5->match);
    if (!fts5->match.len)
        return 0;
    sqlite3_bind_text(fts5->search, 1, fts5->match.ptr, (int)fts5->match.len, SQLITE_STATIC);
    sqlite3_bind_int64(fts5->search, 2, capacity);
    uint32_t count = 0;
    while (count < capacity && sqlite3_step(fts5->search) == SQLITE_ROW)
        ret_documents[count++] = (uint32_t)sqlite3_column_int64(fts5->search, 0);
    sqlite3_reset(fts5->search);
    return count;
}

const struct bench_peer bench_peer_fts5 = {
    .name = "SQLite FTS5",
    .ranks = true,
    .build = fts5_build,
    .search = fts5_search,
    .free = fts5_free,
};
