/* test_predict.c: uses recorded and foreseen through the host API. */
#include "engine_fixture.h"

#include "base/os.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t MORNING_MS = 1700031600000; /* a day's 7 o'clock, UTC */

static int record(struct fl_engine *engine, const char *user, const char *session, const char *item,
                  int64_t at_ms)
{
    struct fl_use use;
    fl_use_init(&use, item);
    use.user = user;
    use.session = session;
    use.at_ms = at_ms;
    return fl_engine_record_use(engine, &use, NULL);
}

static struct fl_prediction *predict(struct fl_engine *engine, const char *user,
                                     const char *session, unsigned steps, int64_t at_ms)
{
    struct fl_predict_options options;
    struct fl_prediction *prediction = NULL;
    fl_predict_options_init(&options);
    options.user = user;
    options.session = session;
    options.steps = steps;
    options.at_ms = at_ms;
    assert_int_equal(fl_engine_predict(engine, &options, &prediction, NULL), 0);
    return prediction;
}

static void expect_first(struct fl_engine *engine, const char *user, const char *session,
                         const char *name)
{
    struct fl_prediction *p = predict(engine, user, session, 1, MORNING_MS);
    assert_true(fl_prediction_count(p) > 0);
    assert_string_equal(fl_prediction_item(p, 0)->name, name);
    fl_prediction_free(p);
}

/* Sessions of ever new users: mail/read, mail/reply, calendar/add. */
static void teach(struct fl_engine *engine, int from, int to)
{
    static const char *const items[] = {"mail/read", "mail/reply", "calendar/add"};
    for (int user = from; user < to; user++)
        for (int i = 0; i < 3; i++) {
            char name[16];
            snprintf(name, sizeof name, "u%d", user);
            assert_int_equal(record(engine, name, NULL, items[i], MORNING_MS + user * 1000 + i), 0);
        }
}

static void foresees_what_others_did(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    struct fl_prediction *p = predict(f->engine, "ann", NULL, 1, MORNING_MS);
    assert_int_equal(fl_prediction_count(p), 0);
    assert_null(fl_prediction_item(p, 0));
    fl_prediction_free(p);
    teach(f->engine, 0, 30);
    expect_first(f->engine, "ann", NULL, "mail/read");
    assert_int_equal(record(f->engine, "ann", NULL, "mail/read", MORNING_MS), 0);
    p = predict(f->engine, "ann", NULL, 3, MORNING_MS);
    assert_int_equal(fl_prediction_count(p), 3); /* what was just used may come again later */
    const struct fl_predicted *best = fl_prediction_item(p, 0);
    assert_string_equal(best->name, "mail/reply");
    assert_string_equal(best->component, "mail");
    assert_true(best->probability > 0.8F && best->probability <= 1);
    assert_int_equal(best->step, 1);
    assert_int_equal(best->signal, FL_SIGNAL_SEQUENCE);
    assert_string_equal(fl_signal_name(best->signal), "sequence");
    assert_string_equal(fl_prediction_item(p, 1)->name, "calendar/add");
    assert_int_equal(fl_prediction_item(p, 1)->step, 2);
    fl_prediction_free(p);
}

static void accuracy_is_told(void **state)
{
    struct fixture *f = *state;
    struct fl_prediction_accuracy a;
    fixture_start(f);
    assert_int_equal(fl_engine_prediction_accuracy(f->engine, &a, NULL), 0);
    assert_true(a.uses == 0 && isnan(a.hit1));
    teach(f->engine, 0, 100);
    assert_int_equal(fl_engine_prediction_accuracy(f->engine, &a, NULL), 0);
    assert_int_equal(a.uses, 300);
    assert_int_equal(a.users, 100);
    assert_int_equal(a.items, 3);
    assert_true(a.scored > 290 && a.hit1 > 0.95 && a.mrr >= a.hit1 && a.brier < 0.05);
    assert_true(a.bytes > 1000);
}

static void sessions_are_apart(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    teach(f->engine, 0, 30);
    record(f->engine, "ann", "one", "mail/read", MORNING_MS);
    record(f->engine, "ann", "two", "mail/read", MORNING_MS);
    record(f->engine, "ann", "two", "mail/reply", MORNING_MS);
    expect_first(f->engine, "ann", "one", "mail/reply");
    expect_first(f->engine, "ann", "two", "calendar/add");
    expect_first(f->engine, "ann", NULL, "calendar/add"); /* where she was last */
    expect_first(f->engine, "bob", "one", "mail/read");
}

/* The same answer for five seconds, unless the user does something. */
static void answers_are_kept_for_a_while(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    teach(f->engine, 0, 10);
    struct fl_prediction *first = predict(f->engine, "ann", NULL, 1, MORNING_MS);
    struct fl_prediction *again = predict(f->engine, "ann", NULL, 1, MORNING_MS + 5000);
    assert_ptr_equal(first, again);
    fl_prediction_free(again);
    again = predict(f->engine, "ann", NULL, 1, MORNING_MS + 5001);
    assert_ptr_not_equal(first, again);
    fl_prediction_free(again);
    again = predict(f->engine, "ann", NULL, 2, MORNING_MS + 5001);
    assert_ptr_not_equal(first, again);
    fl_prediction_free(again);
    again = predict(f->engine, "ann", NULL, 1, MORNING_MS + 5001);
    record(f->engine, "ann", NULL, "mail/read", MORNING_MS + 5001);
    struct fl_prediction *after = predict(f->engine, "ann", NULL, 1, MORNING_MS + 5001);
    assert_ptr_not_equal(again, after);
    fl_prediction_free(first);
    fl_prediction_free(again);
    fl_prediction_free(after);
}

static void names_come_from_the_catalogue(void **state)
{
    struct fixture *f = *state;
    fixture_load(f, "tools.jsonl",
                 "{\"name\":\"read\",\"component\":\"mail\",\"description\":\"Reads mail\"}\n"
                 "{\"name\":\"send\",\"component\":\"mail\",\"description\":\"Sends mail\"}\n"
                 "{\"name\":\"send\",\"component\":\"fax\",\"description\":\"Sends a fax\"}\n");
    assert_int_equal(record(f->engine, "ann", NULL, "read", MORNING_MS), 0);
    assert_int_equal(record(f->engine, "ann", NULL, "mail/send", MORNING_MS), 0);
    assert_int_equal(record(f->engine, "ann", NULL, "fax", MORNING_MS), 0);
    assert_int_equal(record(f->engine, "ann", NULL, "send", MORNING_MS), -FL_EAMBIGUOUS);
    assert_int_equal(record(f->engine, "ann", NULL, "burn", MORNING_MS), -FL_ENOENT);
    expect_first(f->engine, "bob", NULL, "mail/read");
    fixture_load(f, "fewer.jsonl",
                 "{\"name\":\"send\",\"component\":\"mail\",\"description\":\"Sends mail\"}\n");
    struct fl_prediction *p = predict(f->engine, "bob", NULL, 1, MORNING_MS + 60000);
    for (size_t i = 0; i < fl_prediction_count(p); i++)
        assert_string_equal(fl_prediction_item(p, i)->name, "mail/send");
    fl_prediction_free(p);
}

static void bad_arguments_are_refused(void **state)
{
    struct fixture *f = *state;
    fixture_start(f);
    char long_name[FL_USE_MAX_NAME_BYTES + 2];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(record(f->engine, NULL, NULL, NULL, 0), -FL_EINVAL);
    assert_int_equal(record(f->engine, NULL, NULL, "", 0), -FL_EINVAL);
    assert_int_equal(record(f->engine, NULL, NULL, long_name, 0), -FL_ELIMIT);
    struct fl_use use = {0};
    assert_int_equal(fl_engine_record_use(f->engine, &use, NULL), -FL_EINVAL);
    struct fl_predict_options options;
    struct fl_prediction *p;
    fl_predict_options_init(&options);
    options.steps = 4;
    assert_int_equal(fl_engine_predict(f->engine, &options, &p, NULL), -FL_EINVAL);
    options.steps = 1;
    options.top = FL_PREDICT_MAX_TOP + 1;
    assert_int_equal(fl_engine_predict(f->engine, &options, &p, NULL), -FL_EINVAL);
    assert_null(fl_signal_name(FL_SIGNAL_COUNT));
    fl_prediction_free(NULL);
}

static void without_a_home_nothing_is_stored(void **state)
{
    struct fixture *f = *state;
    f->options.home = NULL;
    fixture_start(f);
    teach(f->engine, 0, 3);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), -FL_ENOTSUP);
}

static void comes_back_after_a_restart(void **state)
{
    struct fixture *f = *state;
    f->options.home = f->home;
    fixture_start(f);
    teach(f->engine, 0, 30);
    record(f->engine, "ann", "s", "mail/read", MORNING_MS);
    struct fl_prediction *before = predict(f->engine, "ann", NULL, 3, MORNING_MS);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
    fixture_start(f);
    struct fl_prediction *after = predict(f->engine, "ann", NULL, 3, MORNING_MS);
    assert_int_equal(fl_prediction_count(before), fl_prediction_count(after));
    for (size_t i = 0; i < fl_prediction_count(before); i++) {
        const struct fl_predicted *a = fl_prediction_item(before, i);
        const struct fl_predicted *b = fl_prediction_item(after, i);
        assert_string_equal(a->name, b->name);
        assert_true(a->probability == b->probability && a->step == b->step);
    }
    fl_prediction_free(before);
    fl_prediction_free(after);
}

/* Two engines on one home: what each recorded is there in the end. */
static void two_writers_lose_nothing(void **state)
{
    struct fixture *f = *state;
    struct fl_engine *other = NULL;
    struct fl_prediction_accuracy a;
    f->options.home = f->home;
    fixture_start(f);
    assert_int_equal(fl_engine_create(&f->options, &other, NULL), 0);
    teach(f->engine, 0, 10);
    assert_int_equal(record(other, "zoe", NULL, "fs/list", MORNING_MS), 0);
    assert_int_equal(record(other, "zoe", NULL, "mail/read", MORNING_MS), 0);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
    assert_int_equal(fl_engine_save_uses(other, NULL), 0);
    assert_int_equal(fl_engine_prediction_accuracy(other, &a, NULL), 0);
    assert_int_equal(a.uses, 32);
    expect_first(other, "zoe", NULL, "mail/reply");
    teach(f->engine, 20, 22);
    assert_int_equal(record(other, "zoe", NULL, "mail/reply", MORNING_MS), 0);
    assert_int_equal(fl_engine_save_uses(other, NULL), 0);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0); /* nothing to write */
    fl_engine_free(other);
    fixture_start(f);
    assert_int_equal(fl_engine_prediction_accuracy(f->engine, &a, NULL), 0);
    assert_int_equal(a.uses, 39);
    assert_int_equal(a.items, 4);
}

static void a_damaged_file_is_told_and_kept_aside(void **state)
{
    struct fixture *f = *state;
    struct fl_prediction_accuracy a;
    f->options.home = f->home;
    fixture_start(f);
    teach(f->engine, 0, 10);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
    char path[200], aside[240];
    snprintf(path, sizeof path, "%s/sequences.flm", f->home);
    snprintf(aside, sizeof aside, "%s.damaged", path);
    struct fl_buf bytes = {0}, kept = {0};
    assert_int_equal(fl_os_read_file(path, 1 << 20, &bytes, NULL), 0);
    bytes.ptr[bytes.len / 2] ^= 1;
    assert_int_equal(fl_os_write_file(path, bytes.ptr, bytes.len, NULL), 0);
    fixture_start(f);
    fl_buf_clear(&f->messages);
    assert_int_equal(fl_engine_prediction_accuracy(f->engine, &a, NULL), 0);
    assert_int_equal(a.uses, 0);
    assert_non_null(strstr(fl_buf_text(&f->messages), "checksum is wrong"));
    assert_false(fl_os_exists(aside));
    teach(f->engine, 0, 2);
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
    assert_int_equal(fl_os_read_file(aside, 1 << 20, &kept, NULL), 0);
    assert_int_equal(kept.len, bytes.len);
    assert_memory_equal(kept.ptr, bytes.ptr, kept.len);
    fixture_start(f);
    assert_int_equal(fl_engine_prediction_accuracy(f->engine, &a, NULL), 0);
    assert_int_equal(a.uses, 6);
    fl_buf_destroy(&bytes);
    fl_buf_destroy(&kept);
}

/* --- threads --- */

enum { THREADS = 4, ROUNDS = 150 };

struct worker {
    pthread_t thread;
    struct fl_engine *engine;
    int number;
    bool failed;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    char user[16];
    snprintf(user, sizeof user, "u%d", w->number % 3);
    static const char *const items[] = {"a/1", "b/2", "c/3", "d/4"};
    for (int i = 0; i < ROUNDS && !w->failed; i++) {
        struct fl_predict_options options;
        struct fl_prediction *p = NULL;
        struct fl_prediction_accuracy a;
        fl_predict_options_init(&options);
        options.user = user;
        options.steps = 1 + (unsigned)i % 3;
        options.at_ms = MORNING_MS + i;
        w->failed |= record(w->engine, user, NULL, items[(i * 7 + w->number) % 4], MORNING_MS) ||
                     fl_engine_predict(w->engine, &options, &p, NULL) ||
                     fl_engine_prediction_accuracy(w->engine, &a, NULL);
        if (i % 50 == 0)
            w->failed |= fl_engine_save_uses(w->engine, NULL) != 0;
        fl_prediction_free(p);
    }
    return NULL;
}

static void threads_share_an_engine(void **state)
{
    struct fixture *f = *state;
    struct worker workers[THREADS];
    f->options.home = f->home;
    fixture_start(f);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.engine = f->engine, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_false(workers[i].failed);
    }
    assert_int_equal(fl_engine_save_uses(f->engine, NULL), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(foresees_what_others_did),
        TEST(accuracy_is_told),
        TEST(sessions_are_apart),
        TEST(answers_are_kept_for_a_while),
        TEST(names_come_from_the_catalogue),
        TEST(bad_arguments_are_refused),
        TEST(without_a_home_nothing_is_stored),
        TEST(comes_back_after_a_restart),
        TEST(two_writers_lose_nothing),
        TEST(a_damaged_file_is_told_and_kept_aside),
        TEST(threads_share_an_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
