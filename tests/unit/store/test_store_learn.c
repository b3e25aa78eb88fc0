/* test_store_learn.c: samples and generations of models: what is put comes back, changes are whole
 * or nothing, damage is found, and files of the first version get the tables. */
#define _GNU_SOURCE
#include "store_fixture.h"

#include "base/os.h"
#include "store/store_learn.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OLD_SAMPLES = 4, MANY = 10000 };

static void sql(const struct store_fixture *fixture, const char *statements)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statements, NULL, NULL, &message))
        fail_msg("%s", message);
    sqlite3_close(db);
}

static struct fl_store_sample sample_of(int number, const char *labels)
{
    static char text[8][32];
    char *own = text[number % 8];
    snprintf(own, sizeof text[0], "request %d", number);
    struct fl_store_sample sample = {.text = own,
                                     .labels = labels,
                                     .rejected = number % 2 ? "a/b\nc/d" : "",
                                     .flags = number,
                                     .uses = 1,
                                     .first_at_s = 1700000000,
                                     .last_at_s = INT64_MAX,
                                     .needed = 2,
                                     .exposed = -1};
    memset(sample.key, number, sizeof sample.key);
    return sample;
}

static int put(struct fl_store *store, int number, const char *labels, struct fl_err *err)
{
    struct fl_store_sample sample = sample_of(number, labels);
    return fl_store_put_sample(store, &sample, err);
}

static struct fl_store_model model_of(enum fl_store_model_state state, int number)
{
    static char file[8][32];
    char *own = file[number % 8];
    snprintf(own, sizeof file[0], "intents-%d.flm", number);
    bool rejected = state == FL_STORE_MODEL_REJECTED;
    return (struct fl_store_model){.state = state,
                                   .file = rejected ? "" : own,
                                   .file_hash = rejected ? "" : "00ff",
                                   .reason = rejected ? "worse" : "",
                                   .file_bytes = 1000 + number,
                                   .created_at_s = number,
                                   .last_sample = 100 * number,
                                   .train_count = 80,
                                   .held_out_count = 20,
                                   .label_count = 7,
                                   .train_ms = 12,
                                   .score = 0.75,
                                   .rival_score = -1};
}

static int add(struct fl_store *store, enum fl_store_model_state state, int number,
               struct fl_err *err)
{
    struct fl_store_model model = model_of(state, number);
    int64_t id;
    return fl_store_add_model(store, &model, &id, err);
}

static int dump_sample(void *ctx, const struct fl_store_sample *s)
{
    fl_buf_printf(ctx, "%lld %02x [%s][%s][%s] %lld %lld %lld %lld %lld %lld\n", (long long)s->id,
                  s->key[15], s->text, s->labels, s->rejected, (long long)s->flags,
                  (long long)s->uses, (long long)s->first_at_s, (long long)s->last_at_s,
                  (long long)s->needed, (long long)s->exposed);
    return 0;
}

static int dump_model(void *ctx, const struct fl_store_model *m)
{
    static const char *const states[] = {"active", "previous", "retired", "rejected"};
    fl_buf_printf(ctx, "%lld %s [%s][%s][%s] %lld %lld %lld %lld %lld %lld %lld %g %g\n",
                  (long long)m->id, states[m->state], m->file, m->file_hash, m->reason,
                  (long long)m->file_bytes, (long long)m->created_at_s, (long long)m->last_sample,
                  (long long)m->train_count, (long long)m->held_out_count,
                  (long long)m->label_count, (long long)m->train_ms, m->score, m->rival_score);
    return 0;
}

static void assert_samples(struct fl_store *store, const char *expected)
{
    struct fl_buf seen = {0};
    struct fl_err err = {0};
    if (fl_store_visit_samples(store, dump_sample, &seen, &err))
        fail_msg("%s", err.message);
    assert_string_equal(fl_buf_text(&seen), expected);
    fl_buf_destroy(&seen);
}

/* The states alone, oldest first: "2p 3a". */
static int short_model(void *ctx, const struct fl_store_model *m)
{
    fl_buf_printf(ctx, "%lld%c%s ", (long long)m->id, "apox"[m->state], *m -> file ? "" : "-");
    return 0;
}

static void assert_models(struct fl_store *store, const char *expected)
{
    struct fl_buf seen = {0};
    struct fl_err err = {0};
    if (fl_store_visit_models(store, short_model, &seen, &err))
        fail_msg("%s", err.message);
    assert_string_equal(fl_buf_text(&seen), expected);
    fl_buf_destroy(&seen);
}

static void samples_come_back(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    assert_int_equal(put(store, 1, "mail/send", NULL), 0);
    assert_int_equal(put(store, 2, "", NULL), 0);
    fl_store_close(store);
    store = open_store(fixture->path);
    assert_samples(store, "1 01 [request 1][mail/send][a/b\nc/d] 1 1 1700000000 "
                          "9223372036854775807 2 -1\n"
                          "2 02 [request 2][][] 2 1 1700000000 9223372036854775807 2 -1\n");
    fl_store_close(store);
}

/* The newest word on a text is its row; ids only grow, also when all rows are gone. */
static void a_key_has_one_row_with_the_newest_id(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_store_learned learned;
    struct fl_buf seen = {0};
    assert_int_equal(fl_store_learned_state(store, &learned, NULL), 0);
    assert_int_equal(learned.newest_sample, 0);
    put(store, 2, "x", NULL);
    put(store, 4, "y", NULL);
    put(store, 2, "z", NULL);
    assert_samples(store, "2 04 [request 4][y][] 4 1 1700000000 9223372036854775807 2 -1\n"
                          "3 02 [request 2][z][] 2 1 1700000000 9223372036854775807 2 -1\n");
    struct fl_store_sample wanted = sample_of(4, "");
    assert_int_equal(fl_store_find_sample(store, wanted.key, dump_sample, &seen, NULL), 0);
    assert_non_null(strstr(fl_buf_text(&seen), "2 04 [request 4]"));
    assert_int_equal(fl_store_forget_sample(store, wanted.key, NULL), 0);
    assert_int_equal(fl_store_find_sample(store, wanted.key, dump_sample, &seen, NULL), -FL_ENOENT);
    assert_int_equal(fl_store_drop_sample(store, 3, NULL), 0);
    assert_int_equal(fl_store_drop_sample(store, 3, NULL), 0);
    assert_samples(store, "");
    put(store, 6, "w", NULL);
    assert_int_equal(fl_store_learned_state(store, &learned, NULL), 0);
    assert_int_equal(learned.sample_count, 1);
    assert_int_equal(learned.newest_sample, 4);
    assert_int_equal(learned.oblivion, 1); /* dropping is no forgetting */
    fl_buf_destroy(&seen);
    fl_store_close(store);
}

static int put_two_and_fail(void *ctx, struct fl_err *err)
{
    struct fl_store *store = ctx;
    int rc = put(store, 2, "a", err);
    if (!rc)
        rc = put(store, 4, "b", err);
    return rc ? rc : fl_err_set(err, FL_ECANCELED, "no");
}

static void a_change_is_whole_or_nothing(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_err err = {0};
    assert_int_equal(fl_store_change(store, put_two_and_fail, store, &err), -FL_ECANCELED);
    assert_samples(store, "");
    fl_store_close(store);
}

static void the_active_model_gives_way(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_store_learned learned;
    struct fl_err err = {0};
    struct fl_buf seen = {0};
    assert_int_equal(fl_store_rollback_model(store, &err), -FL_ENOENT);
    assert_int_equal(add(store, FL_STORE_MODEL_RETIRED, 1, &err), -FL_EINVAL);
    assert_int_equal(add(store, FL_STORE_MODEL_REJECTED, 1, NULL), 0);
    assert_models(store, "1x- ");
    assert_int_equal(fl_store_rollback_model(store, &err), -FL_ENOENT);
    add(store, FL_STORE_MODEL_ACTIVE, 2, NULL);
    assert_int_equal(fl_store_rollback_model(store, &err), -FL_ENOENT);
    assert_models(store, "1x- 2a ");
    add(store, FL_STORE_MODEL_ACTIVE, 3, NULL);
    assert_models(store, "1x- 2p 3a ");
    add(store, FL_STORE_MODEL_REJECTED, 4, NULL);
    assert_models(store, "1x- 2p 3a 4x- ");
    assert_int_equal(fl_store_rollback_model(store, &err), 0);
    assert_models(store, "1x- 2a 3p 4x- ");
    assert_int_equal(fl_store_learned_state(store, &learned, NULL), 0);
    assert_int_equal(learned.active, 2);
    assert_int_equal(learned.previous, 3);
    assert_int_equal(learned.attempted, 400);
    add(store, FL_STORE_MODEL_ACTIVE, 5, NULL);
    assert_models(store, "1x- 2p 3o- 4x- 5a ");
    assert_int_equal(fl_store_visit_models(store, dump_model, &seen, NULL), 0);
    assert_non_null(strstr(fl_buf_text(&seen), "4 rejected [][][worse] 1004 4 400 80 20 7 12 0.75 "
                                               "-1\n5 active [intents-5.flm][00ff][] 1005 5 500"));
    assert_int_equal(fl_store_check(store, NULL), 0);
    fl_buf_destroy(&seen);
    fl_store_close(store);
}

/* However many are rejected, the rows are bounded, and the two that have files stay. */
static void old_generations_are_dropped(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    add(store, FL_STORE_MODEL_ACTIVE, 1, NULL);
    add(store, FL_STORE_MODEL_ACTIVE, 2, NULL);
    for (int i = 3; i < FL_STORE_MODELS_MAX + 20; i++)
        assert_int_equal(add(store, FL_STORE_MODEL_REJECTED, i, NULL), 0);
    struct fl_buf seen = {0};
    assert_int_equal(fl_store_visit_models(store, short_model, &seen, NULL), 0);
    assert_int_equal(strncmp(fl_buf_text(&seen), "1p 2a 22x- 23x- ", 16), 0);
    int rows = 0;
    for (const char *c = fl_buf_text(&seen); *c; c++)
        rows += *c == ' ';
    assert_int_equal(rows, FL_STORE_MODELS_MAX);
    fl_buf_destroy(&seen);
    fl_store_close(store);
}

static void forgetting_leaves_the_catalogue(void **state)
{
    struct store_fixture *fixture = *state;
    struct fl_store *store = open_store(fixture->path);
    struct fl_buf seen = {0}, expected = {0};
    put_sample(store, "files", 1, 5, NULL);
    put(store, 1, "x", NULL);
    add(store, FL_STORE_MODEL_ACTIVE, 1, NULL);
    assert_int_equal(fl_store_forget_learned(store, NULL), 0);
    assert_samples(store, "");
    assert_models(store, "");
    struct fl_store_learned learned;
    assert_int_equal(fl_store_learned_state(store, &learned, NULL), 0);
    assert_int_equal(learned.attempted, 1); /* what is learned from here on is new */
    assert_int_equal(learned.newest_sample, 1);
    assert_int_equal(learned.oblivion, 1);
    expect_sample(&expected, "files", 1, 5);
    assert_int_equal(dump_store(store, true, &seen, NULL), 0);
    assert_string_equal(fl_buf_text(&seen), fl_buf_text(&expected));
    fl_buf_destroy(&seen);
    fl_buf_destroy(&expected);
    fl_store_close(store);
}

static void edited_rows_are_found_and_can_be_forgotten(void **state)
{
    static const char *const edits[] = {
        "UPDATE sample SET text = text || ' ' WHERE id = 1",
        "UPDATE sample SET labels = 'evil' WHERE id = 1",
        "UPDATE sample SET rejected = '' WHERE id = 1",
        "UPDATE sample SET key = x'00' WHERE id = 1",
        "UPDATE sample SET key = zeroblob(16) WHERE id = 1",
        "UPDATE sample SET exposed = 2 WHERE id = 1",
        "UPDATE sample SET id = 7 WHERE id = 1",
        "UPDATE sample SET checksum = NULL WHERE id = 1",
        "UPDATE model SET state = 1 WHERE id = 1",
        "UPDATE model SET state = -1 WHERE id = 1",
        "UPDATE model SET file = '../../etc/passwd' WHERE id = 1",
        "UPDATE model SET score = 1 WHERE id = 1",
        "UPDATE model SET checksum = x'0000' WHERE id = 1",
    };
    struct store_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct fl_store *store = open_store(fixture->path);
        put(store, 1, "x", NULL);
        add(store, FL_STORE_MODEL_ACTIVE, 1, NULL);
        fl_store_close(store);
        sql(fixture, edits[i]);
        store = open_store(fixture->path);
        struct fl_err err = {0};
        if (fl_store_check(store, &err) != -FL_ECORRUPT)
            fail_msg("not found: %s", edits[i]);
        assert_non_null(strstr(err.message, "checksum"));
        assert_int_equal(fl_store_forget_learned(store, NULL), 0);
        assert_int_equal(fl_store_check(store, &err), 0);
        fl_store_close(store);
        unlink(fixture->path);
    }
}

/* ---- the first version ---- */

static void make_first_version(const struct store_fixture *fixture)
{
    struct fl_buf text = {0};
    read_bytes(FL_TEST_STORE_V1, &text);
    sql(fixture, fl_buf_text(&text));
    fl_buf_destroy(&text);
}

static void assert_first_content(struct fl_store *store)
{
    struct fl_buf seen = {0}, expected = {0};
    struct fl_err err = {0};
    expect_sample(&expected, "files", 1, 5);
    expect_sample(&expected, "web", 1, 3);
    if (dump_store(store, true, &seen, &err) || fl_store_check(store, &err))
        fail_msg("%s", err.message);
    assert_string_equal(fl_buf_text(&seen), fl_buf_text(&expected));
    fl_buf_destroy(&seen);
    fl_buf_destroy(&expected);
}

static void a_first_version_is_read_as_it_is(void **state)
{
    struct store_fixture *fixture = *state;
    make_first_version(fixture);
    struct fl_buf before = {0}, after = {0};
    read_bytes(fixture->path, &before);
    struct fl_store *store = NULL;
    struct fl_store_learned learned = {.active = 1};
    assert_int_equal(fl_store_open(fixture->path, true, &store, NULL), 0);
    assert_first_content(store);
    assert_samples(store, "");
    assert_models(store, "");
    assert_int_equal(fl_store_learned_state(store, &learned, NULL), 0);
    assert_int_equal(learned.active + learned.newest_sample, 0);
    unsigned char key[FL_STORE_KEY_BYTES] = {0};
    assert_int_equal(fl_store_find_sample(store, key, dump_sample, NULL, NULL), -FL_ENOENT);
    fl_store_close(store);
    read_bytes(fixture->path, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, before.len);
    fl_buf_destroy(&before);
    fl_buf_destroy(&after);
}

static void a_first_version_is_migrated(void **state)
{
    struct store_fixture *fixture = *state;
    make_first_version(fixture);
    struct fl_store *store = open_store(fixture->path);
    assert_first_content(store);
    assert_int_equal(put(store, 1, "x", NULL), 0);
    assert_int_equal(add(store, FL_STORE_MODEL_ACTIVE, 1, NULL), 0);
    fl_store_close(store);
    assert_int_equal(fl_store_open(fixture->path, true, &store, NULL), 0);
    assert_first_content(store);
    assert_models(store, "1a ");
    fl_store_close(store);
}

static int only_open(const char *path, struct fl_err *err)
{
    struct fl_store *store = NULL;
    int rc = fl_store_open(path, false, &store, err);
    fl_store_close(store);
    return rc;
}

static void a_killed_migration_is_done_again(void **state)
{
    struct store_fixture *fixture = *state;
    long n = 1;
    for (bool died = true; died && n < MANY; n++) {
        unlink(fixture->path);
        unlink(fixture->log);
        make_first_version(fixture);
        died = dies_at_write(n, only_open, fixture->path);
        struct fl_store *store = open_store(fixture->path);
        assert_first_content(store);
        assert_int_equal(put(store, 1, "x", NULL), 0);
        fl_store_close(store);
    }
    assert_in_range(n, 5, MANY - 1);
}

/* ---- faults ---- */

static void make_old(const struct store_fixture *fixture)
{
    unlink(fixture->path);
    unlink(fixture->log);
    struct fl_store *store = open_store(fixture->path);
    for (int i = 0; i < OLD_SAMPLES; i++)
        assert_int_equal(put(store, i, "old/label", NULL), 0);
    assert_int_equal(add(store, FL_STORE_MODEL_ACTIVE, 1, NULL), 0);
    assert_int_equal(add(store, FL_STORE_MODEL_ACTIVE, 2, NULL), 0);
    fl_store_close(store);
}

/* A sample is corrected and a model promoted in one transaction. */
static int correct_and_promote(void *ctx, struct fl_err *err)
{
    struct fl_store *store = ctx;
    int rc = put(store, 2, "new/label", err);
    return rc ? rc : add(store, FL_STORE_MODEL_ACTIVE, 3, err);
}

static int promote(const char *path, struct fl_err *err)
{
    struct fl_store *store = NULL;
    int rc = fl_store_open(path, false, &store, err);
    if (!rc)
        rc = fl_store_change(store, correct_and_promote, store, err);
    fl_store_close(store);
    return rc;
}

/* Whether the change is there; all of it or nothing, and the rest in order. */
static bool is_promoted(const char *path)
{
    struct fl_store *store = open_store(path);
    struct fl_err err = {0};
    struct fl_buf seen = {0}, samples = {0};
    if (fl_store_check(store, &err) || fl_store_visit_models(store, short_model, &seen, &err) ||
        fl_store_visit_samples(store, dump_sample, &samples, &err))
        fail_msg("%s", err.message);
    bool promoted = strcmp(fl_buf_text(&seen), "1o- 2p 3a ") == 0;
    if (!promoted)
        assert_string_equal(fl_buf_text(&seen), "1p 2a ");
    assert_int_equal(strstr(fl_buf_text(&samples), "new/label") != NULL, promoted);
    fl_buf_destroy(&seen);
    fl_buf_destroy(&samples);
    fl_store_close(store);
    return promoted;
}

static void a_killed_promotion_leaves_old_or_new(void **state)
{
    struct store_fixture *fixture = *state;
    bool seen_new = false;
    long n = 1;
    for (; n < MANY; n++) {
        make_old(fixture);
        bool died = dies_at_write(n, promote, fixture->path);
        bool is_new = is_promoted(fixture->path);
        assert_true(is_new || !seen_new);
        seen_new = is_new;
        if (!died)
            break;
    }
    assert_true(seen_new);
    assert_in_range(n, 8, MANY - 1);
}

static void a_full_disk_leaves_old_or_new(void **state)
{
    struct store_fixture *fixture = *state;
    int failures = 0;
    bool reached = true;
    for (long n = 1; reached && n < MANY; n++) {
        make_old(fixture);
        struct fl_err err = {0};
        fault_write_at(n, WRITE_FAULT_FULL);
        int rc = promote(fixture->path, &err);
        reached = fault_writes_seen() >= n;
        fault_write_at(0, WRITE_FAULT_FULL);
        failures += rc != 0;
        if (rc)
            assert_int_equal(rc, -FL_EIO);
        assert_int_equal(is_promoted(fixture->path), rc == 0);
    }
    assert_in_range(failures, 4, MANY);
}

static void a_failed_allocation_is_reported(void **state)
{
    struct store_fixture *fixture = *state;
    int reported = 0;
    bool happened = true;
    for (long n = 1; happened && n < MANY; n += n < 150 ? 1 : 7) {
        make_old(fixture);
        struct fl_err err = {0};
        fault_allocation_at(n);
        int rc = promote(fixture->path, &err);
        happened = fault_allocation_happened();
        fault_allocation_at(0);
        if (rc) {
            reported++;
            if (rc != -FL_ENOMEM)
                fail_msg("allocation %ld: %s", n, err.message);
        }
        is_promoted(fixture->path);
    }
    assert_in_range(reported, 50, MANY);
}

int main(void)
{
    fault_allocations_install();
#define STORE_TEST(f) \
    cmocka_unit_test_setup_teardown(f, store_fixture_setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(samples_come_back),
        STORE_TEST(a_key_has_one_row_with_the_newest_id),
        STORE_TEST(a_change_is_whole_or_nothing),
        STORE_TEST(the_active_model_gives_way),
        STORE_TEST(old_generations_are_dropped),
        STORE_TEST(forgetting_leaves_the_catalogue),
        STORE_TEST(edited_rows_are_found_and_can_be_forgotten),
        STORE_TEST(a_first_version_is_read_as_it_is),
        STORE_TEST(a_first_version_is_migrated),
        STORE_TEST(a_killed_migration_is_done_again),
        STORE_TEST(a_killed_promotion_leaves_old_or_new),
        STORE_TEST(a_full_disk_leaves_old_or_new),
        STORE_TEST(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests_name("learned rows", tests, NULL, NULL);
}
