/* store_learn.c: the rows of samples and models; see store_learn.h. */
#include "store/store_learn.h"

#include "store/store_row.h"

/* Columns as the statements of store_sql.c select them; when inserting, each is one less. */
enum {
    SAMPLE_ID,
    SAMPLE_KEY,
    SAMPLE_TEXTS, /* text, labels, rejected */
    SAMPLE_TEXT_COUNT = 3,
    SAMPLE_INTEGERS = SAMPLE_TEXTS + SAMPLE_TEXT_COUNT, /* flags … exposed */
    SAMPLE_INTEGER_COUNT = 6,
    SAMPLE_CHECKSUM = SAMPLE_INTEGERS + SAMPLE_INTEGER_COUNT,
};

enum {
    MODEL_ID,
    MODEL_STATE,
    MODEL_TEXTS, /* file, file_hash, reason */
    MODEL_TEXT_COUNT = 3,
    MODEL_INTEGERS = MODEL_TEXTS + MODEL_TEXT_COUNT, /* file_bytes … train_ms */
    MODEL_INTEGER_COUNT = 7,
    MODEL_SCORE = MODEL_INTEGERS + MODEL_INTEGER_COUNT,
    MODEL_RIVAL_SCORE,
    MODEL_CHECKSUM,
};

/* Before version 2 there are no such tables. */
static bool has_tables(const struct fl_store *store)
{
    return store->version >= 2;
}

/* ---- transactions ---- */

int fl_store_change(struct fl_store *store, int (*change)(void *ctx, struct fl_err *err), void *ctx,
                    struct fl_err *err)
{
    int rc = fl_sql_begin(store, err);
    return rc ? rc : fl_sql_end(store, change(ctx, err), err);
}

/* Runs it in the transaction that is open, or in one of its own. */
static int in_transaction(struct fl_store *store, int (*change)(void *ctx, struct fl_err *err),
                          void *ctx, struct fl_err *err)
{
    return sqlite3_get_autocommit(store->db) ? fl_store_change(store, change, ctx, err)
                                             : change(ctx, err);
}

/* Steps through the rows of a statement that is bound, and resets it. */
static int each_row(struct fl_store *store, sqlite3_stmt *statement,
                    int (*row)(struct fl_store *store, sqlite3_stmt *statement, void *ctx,
                               struct fl_err *err),
                    void *ctx, struct fl_err *err)
{
    int rc = 0;
    int step = SQLITE_ROW;
    while (!rc && (step = sqlite3_step(statement)) == SQLITE_ROW)
        rc = row(store, statement, ctx, err);
    if (!rc && step != SQLITE_DONE)
        rc = fl_sql_error(store, err);
    sqlite3_reset(statement);
    return rc;
}

static int run_with_id(struct fl_store *store, enum fl_sql which, int64_t id, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, which, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 1, id);
    return fl_sql_run(store, statement, err);
}

static int seal(struct fl_store *store, enum fl_sql which, int64_t id,
                const struct fl_store_checksum *checksum, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, which, &statement, err);
    if (rc)
        return rc;
    fl_row_bind_checksum(statement, 0, checksum);
    sqlite3_bind_int64(statement, 2, id);
    return fl_sql_run(store, statement, err);
}

/* ---- samples ---- */

static struct fl_store_checksum sample_checksum(const struct fl_store_sample *sample, int64_t id)
{
    int64_t key[2];
    memcpy(key, sample->key, sizeof key);
    const char *const texts[SAMPLE_TEXT_COUNT] = {sample->text, sample->labels, sample->rejected};
    const int64_t integers[] = {id,
                                key[0],
                                key[1],
                                sample->flags,
                                sample->uses,
                                sample->first_at_s,
                                sample->last_at_s,
                                sample->needed,
                                sample->exposed};
    return fl_store_checksum_fields(texts, SAMPLE_TEXT_COUNT, integers,
                                    sizeof integers / sizeof *integers);
}

static bool read_key(sqlite3_stmt *statement, unsigned char key[FL_STORE_KEY_BYTES])
{
    const void *blob = sqlite3_column_blob(statement, SAMPLE_KEY);
    if (!blob || sqlite3_column_bytes(statement, SAMPLE_KEY) != FL_STORE_KEY_BYTES)
        return false;
    memcpy(key, blob, FL_STORE_KEY_BYTES);
    return true;
}

/* The row that a statement stands on, verified; its strings live until the next step. */
static int read_sample(struct fl_store *store, sqlite3_stmt *statement,
                       struct fl_store_sample *ret_sample, struct fl_err *err)
{
    struct fl_store_sample sample = {
        .id = sqlite3_column_int64(statement, SAMPLE_ID),
        .text = fl_row_text(statement, SAMPLE_TEXTS),
        .labels = fl_row_text(statement, SAMPLE_TEXTS + 1),
        .rejected = fl_row_text(statement, SAMPLE_TEXTS + 2),
        .flags = sqlite3_column_int64(statement, SAMPLE_INTEGERS),
        .uses = sqlite3_column_int64(statement, SAMPLE_INTEGERS + 1),
        .first_at_s = sqlite3_column_int64(statement, SAMPLE_INTEGERS + 2),
        .last_at_s = sqlite3_column_int64(statement, SAMPLE_INTEGERS + 3),
        .needed = sqlite3_column_int64(statement, SAMPLE_INTEGERS + 4),
        .exposed = sqlite3_column_int64(statement, SAMPLE_INTEGERS + 5),
    };
    struct fl_store_checksum stored;
    bool whole = read_key(statement, sample.key) &&
                 fl_row_checksum(statement, SAMPLE_CHECKSUM, &stored) && sample.text &&
                 sample.labels && sample.rejected;
    if (!whole && sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return fl_err_nomem(err);
    if (whole) {
        struct fl_store_checksum computed = sample_checksum(&sample, sample.id);
        whole = fl_checksum_same(&computed, &stored);
    }
    if (!whole)
        return fl_sql_damaged(store, err, "sample %lld differs from its checksum",
                              (long long)sample.id);
    *ret_sample = sample;
    return 0;
}

struct sample_visit {
    int (*visit)(void *ctx, const struct fl_store_sample *sample);
    void *ctx;
    uint32_t seen;
};

static int sample_row(struct fl_store *store, sqlite3_stmt *statement, void *ctx,
                      struct fl_err *err)
{
    struct sample_visit *visit = ctx;
    struct fl_store_sample sample;
    int rc = read_sample(store, statement, &sample, err);
    visit->seen++;
    return rc ? rc : visit->visit(visit->ctx, &sample);
}

int fl_store_visit_samples(struct fl_store *store,
                           int (*visit)(void *ctx, const struct fl_store_sample *sample), void *ctx,
                           struct fl_err *err)
{
    struct sample_visit rows = {visit, ctx, 0};
    sqlite3_stmt *statement = NULL;
    if (!has_tables(store))
        return 0;
    int rc = fl_sql_get(store, FL_SQL_SAMPLES, &statement, err);
    return rc ? rc : each_row(store, statement, sample_row, &rows, err);
}

int fl_store_find_sample(struct fl_store *store, const unsigned char key[FL_STORE_KEY_BYTES],
                         int (*visit)(void *ctx, const struct fl_store_sample *sample), void *ctx,
                         struct fl_err *err)
{
    struct sample_visit rows = {visit, ctx, 0};
    if (has_tables(store)) {
        sqlite3_stmt *statement = NULL;
        int rc = fl_sql_get(store, FL_SQL_SAMPLE_BY_KEY, &statement, err);
        if (rc)
            return rc;
        sqlite3_bind_blob(statement, 1, key, FL_STORE_KEY_BYTES, SQLITE_STATIC);
        rc = each_row(store, statement, sample_row, &rows, err);
        if (rc)
            return rc;
    }
    return rows.seen ? 0 : fl_err_set(err, FL_ENOENT, "no such sample");
}

struct put_sample {
    struct fl_store *store;
    const struct fl_store_sample *sample;
};

static int put_sample(void *ctx, struct fl_err *err)
{
    const struct put_sample *put = ctx;
    const struct fl_store_sample *sample = put->sample;
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(put->store, FL_SQL_PUT_SAMPLE, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_blob(statement, SAMPLE_KEY, sample->key, FL_STORE_KEY_BYTES, SQLITE_STATIC);
    const char *const texts[SAMPLE_TEXT_COUNT] = {sample->text, sample->labels, sample->rejected};
    for (int i = 0; !rc && i < SAMPLE_TEXT_COUNT; i++)
        rc = fl_row_bind_text(put->store, statement, SAMPLE_TEXTS - 1 + i, texts[i], err);
    if (rc)
        return rc;
    const int64_t integers[SAMPLE_INTEGER_COUNT] = {sample->flags,      sample->uses,
                                                    sample->first_at_s, sample->last_at_s,
                                                    sample->needed,     sample->exposed};
    for (int i = 0; i < SAMPLE_INTEGER_COUNT; i++)
        sqlite3_bind_int64(statement, SAMPLE_INTEGERS + i, integers[i]);
    rc = fl_sql_run(put->store, statement, err);
    if (rc)
        return rc;
    int64_t id = sqlite3_last_insert_rowid(put->store->db);
    struct fl_store_checksum checksum = sample_checksum(sample, id);
    return seal(put->store, FL_SQL_SEAL_SAMPLE, id, &checksum, err);
}

int fl_store_put_sample(struct fl_store *store, const struct fl_store_sample *sample,
                        struct fl_err *err)
{
    struct put_sample put = {store, sample};
    return in_transaction(store, put_sample, &put, err);
}

int fl_store_drop_sample(struct fl_store *store, int64_t id, struct fl_err *err)
{
    return run_with_id(store, FL_SQL_DELETE_SAMPLE, id, err);
}

/* One that has nothing bound. */
static int run(struct fl_store *store, enum fl_sql which, struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, which, &statement, err);
    return rc ? rc : fl_sql_run(store, statement, err);
}

struct forget_sample {
    struct fl_store *store;
    const unsigned char *key;
};

static int forget_sample(void *ctx, struct fl_err *err)
{
    const struct forget_sample *forget = ctx;
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(forget->store, FL_SQL_DELETE_SAMPLE_OF, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_blob(statement, 1, forget->key, FL_STORE_KEY_BYTES, SQLITE_STATIC);
    rc = fl_sql_run(forget->store, statement, err);
    return rc ? rc : run(forget->store, FL_SQL_NOTE_OBLIVION, err);
}

int fl_store_forget_sample(struct fl_store *store, const unsigned char key[FL_STORE_KEY_BYTES],
                           struct fl_err *err)
{
    struct forget_sample forget = {store, key};
    return in_transaction(store, forget_sample, &forget, err);
}

/* ---- models ---- */

static int64_t bits_of(double number)
{
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static struct fl_store_checksum model_checksum(const struct fl_store_model *model)
{
    const char *const texts[MODEL_TEXT_COUNT] = {model->file, model->file_hash, model->reason};
    const int64_t integers[] = {
        model->id,          model->state,          model->file_bytes,          model->created_at_s,
        model->last_sample, model->train_count,    model->held_out_count,      model->label_count,
        model->train_ms,    bits_of(model->score), bits_of(model->rival_score)};
    return fl_store_checksum_fields(texts, MODEL_TEXT_COUNT, integers,
                                    sizeof integers / sizeof *integers);
}

static int read_model(struct fl_store *store, sqlite3_stmt *statement,
                      struct fl_store_model *ret_model, struct fl_err *err)
{
    struct fl_store_model model = {
        .id = sqlite3_column_int64(statement, MODEL_ID),
        .state = (enum fl_store_model_state)sqlite3_column_int(statement, MODEL_STATE),
        .file = fl_row_text(statement, MODEL_TEXTS),
        .file_hash = fl_row_text(statement, MODEL_TEXTS + 1),
        .reason = fl_row_text(statement, MODEL_TEXTS + 2),
        .file_bytes = sqlite3_column_int64(statement, MODEL_INTEGERS),
        .created_at_s = sqlite3_column_int64(statement, MODEL_INTEGERS + 1),
        .last_sample = sqlite3_column_int64(statement, MODEL_INTEGERS + 2),
        .train_count = sqlite3_column_int64(statement, MODEL_INTEGERS + 3),
        .held_out_count = sqlite3_column_int64(statement, MODEL_INTEGERS + 4),
        .label_count = sqlite3_column_int64(statement, MODEL_INTEGERS + 5),
        .train_ms = sqlite3_column_int64(statement, MODEL_INTEGERS + 6),
        .score = sqlite3_column_double(statement, MODEL_SCORE),
        .rival_score = sqlite3_column_double(statement, MODEL_RIVAL_SCORE),
    };
    struct fl_store_checksum stored;
    bool whole = model.file && model.file_hash && model.reason &&
                 fl_row_checksum(statement, MODEL_CHECKSUM, &stored);
    if (!whole && sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return fl_err_nomem(err);
    if (whole) {
        struct fl_store_checksum computed = model_checksum(&model);
        whole = fl_checksum_same(&computed, &stored);
    }
    if (!whole || model.state > FL_STORE_MODEL_REJECTED)
        return fl_sql_damaged(store, err, "model %lld differs from its checksum",
                              (long long)model.id);
    *ret_model = model;
    return 0;
}

struct model_visit {
    int (*visit)(void *ctx, const struct fl_store_model *model);
    void *ctx;
};

static int model_row(struct fl_store *store, sqlite3_stmt *statement, void *ctx, struct fl_err *err)
{
    const struct model_visit *visit = ctx;
    struct fl_store_model model;
    int rc = read_model(store, statement, &model, err);
    return rc ? rc : visit->visit(visit->ctx, &model);
}

int fl_store_visit_models(struct fl_store *store,
                          int (*visit)(void *ctx, const struct fl_store_model *model), void *ctx,
                          struct fl_err *err)
{
    struct model_visit rows = {visit, ctx};
    sqlite3_stmt *statement = NULL;
    if (!has_tables(store))
        return 0;
    int rc = fl_sql_get(store, FL_SQL_MODELS, &statement, err);
    return rc ? rc : each_row(store, statement, model_row, &rows, err);
}

static int move_row(struct fl_store *store, sqlite3_stmt *statement, void *ctx, struct fl_err *err)
{
    struct fl_store_model model = {0};
    int rc = read_model(store, statement, &model, err);
    if (rc)
        return rc;
    model.state = *(const enum fl_store_model_state *)ctx;
    if (model.state == FL_STORE_MODEL_RETIRED)
        model.file = model.file_hash = "";
    struct fl_store_checksum checksum = model_checksum(&model);
    sqlite3_stmt *update = NULL;
    rc = fl_sql_get(store, FL_SQL_UPDATE_MODEL, &update, err);
    if (rc)
        return rc;
    sqlite3_bind_int(update, 1, (int)model.state);
    rc = fl_row_bind_text(store, update, 1, model.file, err);
    if (!rc)
        rc = fl_row_bind_text(store, update, 2, model.file_hash, err);
    if (rc)
        return rc;
    fl_row_bind_checksum(update, 3, &checksum);
    sqlite3_bind_int64(update, 5, model.id);
    return fl_sql_run(store, update, err);
}

/* Gives a model another state; 0 is no model, and nothing happens. */
static int move_model(struct fl_store *store, int64_t id, enum fl_store_model_state to,
                      struct fl_err *err)
{
    if (!id)
        return 0;
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_MODEL_BY_ID, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_int64(statement, 1, id);
    return each_row(store, statement, move_row, &to, err);
}

static int insert_model(struct fl_store *store, const struct fl_store_model *model, int64_t *ret_id,
                        struct fl_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_INSERT_MODEL, &statement, err);
    if (rc)
        return rc;
    sqlite3_bind_int(statement, MODEL_STATE, (int)model->state);
    const char *const texts[MODEL_TEXT_COUNT] = {model->file, model->file_hash, model->reason};
    for (int i = 0; !rc && i < MODEL_TEXT_COUNT; i++)
        rc = fl_row_bind_text(store, statement, MODEL_TEXTS - 1 + i, texts[i], err);
    if (rc)
        return rc;
    const int64_t integers[MODEL_INTEGER_COUNT] = {
        model->file_bytes,     model->created_at_s, model->last_sample, model->train_count,
        model->held_out_count, model->label_count,  model->train_ms};
    for (int i = 0; i < MODEL_INTEGER_COUNT; i++)
        sqlite3_bind_int64(statement, MODEL_INTEGERS + i, integers[i]);
    sqlite3_bind_double(statement, MODEL_SCORE, model->score);
    sqlite3_bind_double(statement, MODEL_RIVAL_SCORE, model->rival_score);
    rc = fl_sql_run(store, statement, err);
    if (rc)
        return rc;
    struct fl_store_model sealed = *model;
    sealed.id = *ret_id = sqlite3_last_insert_rowid(store->db);
    struct fl_store_checksum checksum = model_checksum(&sealed);
    return seal(store, FL_SQL_SEAL_MODEL, sealed.id, &checksum, err);
}

struct add_model {
    struct fl_store *store;
    const struct fl_store_model *model;
    int64_t id;
};

static int add_model(void *ctx, struct fl_err *err)
{
    struct add_model *add = ctx;
    int rc = 0;
    if (add->model->state == FL_STORE_MODEL_ACTIVE) {
        struct fl_store_learned learned;
        rc = fl_store_learned_state(add->store, &learned, err);
        if (!rc)
            rc = move_model(add->store, learned.previous, FL_STORE_MODEL_RETIRED, err);
        if (!rc)
            rc = move_model(add->store, learned.active, FL_STORE_MODEL_PREVIOUS, err);
    }
    if (!rc)
        rc = insert_model(add->store, add->model, &add->id, err);
    return rc ? rc : run_with_id(add->store, FL_SQL_TRIM_MODELS, FL_STORE_MODELS_MAX, err);
}

int fl_store_add_model(struct fl_store *store, const struct fl_store_model *model, int64_t *ret_id,
                       struct fl_err *err)
{
    if (model->state != FL_STORE_MODEL_ACTIVE && model->state != FL_STORE_MODEL_REJECTED)
        return fl_err_set(err, FL_EINVAL, "a new model is active or rejected");
    struct add_model add = {store, model, 0};
    int rc = in_transaction(store, add_model, &add, err);
    if (!rc)
        *ret_id = add.id;
    return rc;
}

static int exchange_models(void *ctx, struct fl_err *err)
{
    struct fl_store *store = ctx;
    struct fl_store_learned learned;
    int rc = fl_store_learned_state(store, &learned, err);
    if (!rc && !learned.previous)
        rc = fl_err_set(err, FL_ENOENT, "there is no previous model to go back to");
    if (!rc)
        rc = move_model(store, learned.active, FL_STORE_MODEL_PREVIOUS, err);
    return rc ? rc : move_model(store, learned.previous, FL_STORE_MODEL_ACTIVE, err);
}

int fl_store_rollback_model(struct fl_store *store, struct fl_err *err)
{
    return in_transaction(store, exchange_models, store, err);
}

/* ---- both ---- */

int fl_store_learned_state(struct fl_store *store, struct fl_store_learned *ret_state,
                           struct fl_err *err)
{
    *ret_state = (struct fl_store_learned){0};
    if (!has_tables(store))
        return 0;
    sqlite3_stmt *statement = NULL;
    int rc = fl_sql_get(store, FL_SQL_LEARNED_STATE, &statement, err);
    if (rc)
        return rc;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *ret_state = (struct fl_store_learned){
            .sample_count = sqlite3_column_int64(statement, 0),
            .newest_sample = sqlite3_column_int64(statement, 1),
            .attempted = sqlite3_column_int64(statement, 2),
            .active = sqlite3_column_int64(statement, 3),
            .previous = sqlite3_column_int64(statement, 4),
            .oblivion = sqlite3_column_int64(statement, 5),
        };
    else
        rc = fl_sql_error(store, err);
    sqlite3_reset(statement);
    return rc;
}

static int forget(void *ctx, struct fl_err *err)
{
    static const enum fl_sql statements[] = {FL_SQL_NOTE_FORGOTTEN, FL_SQL_NOTE_OBLIVION,
                                             FL_SQL_DELETE_SAMPLES, FL_SQL_DELETE_MODELS};
    int rc = 0;
    for (size_t i = 0; !rc && i < sizeof statements / sizeof *statements; i++)
        rc = run(ctx, statements[i], err);
    return rc;
}

int fl_store_forget_learned(struct fl_store *store, struct fl_err *err)
{
    return in_transaction(store, forget, store, err);
}

static int seen_sample(void *ctx, const struct fl_store_sample *sample)
{
    (void)ctx;
    (void)sample;
    return 0;
}

static int seen_model(void *ctx, const struct fl_store_model *model)
{
    (void)ctx;
    (void)model;
    return 0;
}

int fl_store_check_learned(struct fl_store *store, struct fl_err *err)
{
    int rc = fl_store_visit_samples(store, seen_sample, NULL, err);
    return rc ? rc : fl_store_visit_models(store, seen_model, NULL, err);
}
