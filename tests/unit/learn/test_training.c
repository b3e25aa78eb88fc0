/* test_training.c: a round of training, interrupted wherever it can be: killed before every write,
 * the disk full, memory out, canceled, overtaken by others. What was in use stays in use, whole,
 * and the next round works. */
#define _GNU_SOURCE
#include "failing_alloc.h"
#include "learn/intents.h"
#include "learn/learner.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 2000 };

struct fixture {
    char folder[64], database[96], models[96];
    struct fl_training_options options;
    int polls, cancel_at; /* of `progress` */
};

/* --- writes that fail: the system's, and SQLite's --- */

enum fault { FAULT_NONE, FAULT_KILL, FAULT_FULL };
static enum fault fault;
static long countdown, seen;

static bool fails_now(void)
{
    seen++;
    if (fault == FAULT_NONE || countdown == 0 || --countdown != 0)
        return false;
    if (fault == FAULT_KILL)
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return true;
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_unlink(const char *path);

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    return fails_now() ? -1 : __real_write(fd, bytes, len);
}

int __wrap_fsync(int fd)
{
    return fails_now() ? -1 : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails_now() ? -1 : __real_rename(from, to);
}

/* A kill may come here too; a full disk is none for it. */
int __wrap_unlink(const char *path)
{
    if (fault == FAULT_KILL)
        fails_now();
    return __real_unlink(path);
}

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return fails_now() ? -1 : pwrite(fd, bytes, len, offset);
}

static void set_fault(enum fault which, long at)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)faulty_pwrite);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)faulty_pwrite);
    fault = which;
    countdown = at;
    seen = 0;
}

/* --- a home with a history --- */

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/fl-training-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->database, sizeof f->database, "%s/a.db", f->folder);
    snprintf(f->models, sizeof f->models, "%s/models", f->folder);
    f->options = (struct fl_training_options){.database = f->database,
                                              .folder = f->models,
                                              .seed = 1,
                                              .threads = 1,
                                              .clock = fl_clock_system()};
    set_fault(FAULT_NONE, 0);
    *state = f;
    return 0;
}

static int remove_in(void *ctx, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (fl_os_is_dir(path))
        fl_os_list_dir(path, remove_in, path, NULL);
    return remove(path);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    set_fault(FAULT_NONE, 0);
    fl_os_list_dir(f->folder, remove_in, f->folder, NULL);
    int rc = rmdir(f->folder);
    free(f);
    return rc;
}

static void learn(struct fixture *f, const char *text, const char *label)
{
    struct fl_store *store;
    struct fl_err err = {0};
    struct fl_history_change change;
    struct fl_lesson lesson = {.text = fl_str_of(text),
                               .used = &label,
                               .used_count = label != NULL,
                               .correction = label == NULL};
    if (fl_store_open(f->database, false, &store, &err) ||
        fl_history_learn(store, &lesson, 1, 1000, &change, &err))
        fail_msg("%s", err.message);
    fl_store_close(store);
}

/* Two labels, fifteen requests each. */
static void learn_some(struct fixture *f)
{
    char text[64];
    for (int i = 0; i < 15; i++) {
        snprintf(text, sizeof text, "cozy snug warm %d", i);
        learn(f, text, "lamp/on");
        snprintf(text, sizeof text, "gloomy murky dim %d", i);
        learn(f, text, "lamp/off");
    }
}

static int run(struct fixture *f, struct fl_training_result *ret_result, struct fl_err *err)
{
    return fl_training_run(&f->options, ret_result, err);
}

static void train(struct fixture *f, bool promoted)
{
    struct fl_training_result result;
    struct fl_err err = {0};
    if (run(f, &result, &err))
        fail_msg("%s", err.message);
    if (result.promoted != promoted)
        fail_msg("%g against %g: %s", result.score, result.rival_score, result.reason);
}

struct files {
    int models, others;
};

static int count_file(void *ctx, const char *name)
{
    struct files *files = ctx;
    bool is_model =
        strncmp(name, "intents-", 8) == 0 && strcmp(name + strlen(name) - 4, ".flm") == 0;
    files->models += is_model;
    files->others += !is_model && strcmp(name, "lock") != 0;
    return 0;
}

/* The generation in use, which must open, answer, and be in order with all else; 0: none. */
static int64_t in_use(struct fixture *f)
{
    struct fl_store *store;
    struct fl_generation generation;
    struct fl_generation_model model;
    struct fl_classified answer;
    struct fl_err err = {0};
    if (fl_store_open(f->database, false, &store, &err) || fl_store_check(store, &err))
        fail_msg("%s", err.message);
    int rc = fl_generation_active(store, &generation, &err);
    fl_store_close(store);
    if (rc == -FL_ENOENT)
        return 0;
    if (rc || fl_generation_open(f->models, &generation, &model, &err))
        fail_msg("%s", err.message);
    struct fl_intents_scratch *scratch = fl_intents_scratch_create();
    assert_int_equal(fl_intents_predict(model.classifier, FL_STR("cozy snug"), scratch, &answer),
                     0);
    assert_string_equal(fl_classifier_label(model.classifier, answer.best), "lamp/on");
    fl_intents_scratch_free(scratch);
    fl_generation_close(&model);
    return generation.id;
}

/* --- what ends a round early --- */

static void killed_at_any_write(void **state)
{
    struct fixture *f = *state;
    learn_some(f);
    train(f, true);
    int64_t before = in_use(f);
    bool died = true;
    long n = 1;
    for (; died && n < MANY; n++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct fl_training_result result;
            set_fault(FAULT_KILL, n);
            _exit(run(f, &result, NULL) ? 1 : 0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        died = WIFSIGNALED(status);
        if (!died)
            assert_int_equal(WEXITSTATUS(status), 0);
        int64_t now = in_use(f);
        assert_true(now >= before); /* the old one, or the new one that was just written */
        before = now;
    }
    assert_in_range(n, 6, MANY - 1);
    train(f, true); /* nothing is in its way, and nothing is left over */
    struct files files = {0};
    assert_int_equal(fl_os_list_dir(f->models, count_file, &files, NULL), 0);
    assert_in_range(files.models, 1, 2);
    assert_int_equal(files.others, 0);
}

static void a_full_disk(void **state)
{
    struct fixture *f = *state;
    int failures = 0;
    bool reached = true;
    learn_some(f);
    train(f, true);
    for (long n = 1; reached && n < MANY; n++) {
        struct fl_training_result result = {0};
        struct fl_err err = {0};
        int64_t before = in_use(f);
        set_fault(FAULT_FULL, n);
        int rc = run(f, &result, &err);
        reached = seen >= n;
        set_fault(FAULT_NONE, 0);
        failures += rc != 0;
        if (rc)
            assert_int_equal(rc, -FL_EIO);
        int64_t now = in_use(f);
        assert_true(rc ? now == before : now > before);
    }
    assert_in_range(failures, 3, MANY);
}

static void memory_runs_out(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result = {0};
    int failures = 0;
    learn_some(f);
    train(f, true);
    fl_test_fail_alloc_at(0);
    assert_int_equal(run(f, &result, NULL), 0);
    long count = fl_test_alloc_count();
    for (long n = 1; n <= count; n += n < 60 ? 3 : 41) {
        struct fl_err err = {0};
        int64_t before = in_use(f);
        fl_test_fail_alloc_at(n);
        int rc = run(f, &result, &err);
        fl_test_fail_alloc_at(0);
        failures += rc != 0;
        if (rc != 0 && rc != -FL_ENOMEM)
            fail_msg("allocation %ld of %ld: %s", n, count, err.message);
        int64_t now = in_use(f);
        assert_true(rc ? now == before : now > before);
    }
    assert_true(failures > 10);
}

static int cancel_later(void *ctx, double share)
{
    struct fixture *f = ctx;
    (void)share;
    return ++f->polls >= f->cancel_at;
}

static void canceled_at_any_poll(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result;
    learn_some(f);
    train(f, true);
    int64_t before = in_use(f);
    f->options.progress = cancel_later;
    f->options.ctx = f;
    int canceled = 0, rc = -1;
    for (f->cancel_at = 1; rc && f->cancel_at < MANY; f->cancel_at += f->cancel_at) {
        f->polls = 0;
        rc = run(f, &result, NULL);
        if (rc) {
            assert_int_equal(rc, -FL_ECANCELED);
            assert_int_equal(in_use(f), before);
            canceled++;
        }
    }
    assert_int_equal(rc, 0);
    assert_true(canceled > 0);
}

/* --- what others do meanwhile --- */

static int forget_once(void *ctx, double share)
{
    struct fixture *f = ctx;
    struct fl_store *store;
    (void)share;
    if (f->polls++ == 0) {
        assert_int_equal(fl_store_open(f->database, false, &store, NULL), 0);
        assert_int_equal(fl_store_forget_learned(store, NULL), 0);
        fl_store_close(store);
    }
    return 0;
}

/* What was forgotten while a model was trained from it does not come back. */
static void forgotten_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result;
    struct fl_err err = {0};
    learn_some(f);
    f->options.progress = forget_once;
    f->options.ctx = f;
    assert_int_equal(run(f, &result, &err), -FL_ECHANGED);
    assert_int_equal(in_use(f), 0);
    f->options.progress = NULL;
    assert_int_equal(run(f, &result, &err), -FL_ENOENT);
    struct files files = {0};
    assert_int_equal(fl_os_list_dir(f->models, count_file, &files, NULL), 0);
    assert_int_equal(files.models + files.others, 0);
}

static int roll_back_once(void *ctx, double share)
{
    struct fixture *f = ctx;
    struct fl_store *store;
    (void)share;
    if (f->polls++ == 0) {
        assert_int_equal(fl_store_open(f->database, false, &store, NULL), 0);
        assert_int_equal(fl_store_rollback_model(store, NULL), 0);
        fl_store_close(store);
    }
    return 0;
}

/* It was judged against another model than the one in use now. */
static void rolled_back_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result;
    learn_some(f);
    train(f, true);
    int64_t first = in_use(f);
    train(f, true);
    f->options.progress = roll_back_once;
    f->options.ctx = f;
    assert_int_equal(run(f, &result, NULL), -FL_ECHANGED);
    assert_int_equal(in_use(f), first);
}

static int try_beside(void *ctx, double share)
{
    struct fixture *f = ctx;
    (void)share;
    if (f->polls++ == 0) {
        struct fl_training_options other = f->options;
        struct fl_training_result result;
        other.progress = NULL;
        assert_int_equal(fl_training_run(&other, &result, NULL), -FL_EBUSY);
    }
    return 0;
}

static void one_trains_at_a_time(void **state)
{
    struct fixture *f = *state;
    learn_some(f);
    f->options.progress = try_beside;
    f->options.ctx = f;
    train(f, true);
    assert_true(f->polls > 0);
}

/* --- judging --- */

/* Labels that say the opposite of what was learned: the candidate, which learns them, answers the
 * held-out ones of before wrongly. */
static void a_worse_model_is_rejected(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result;
    char text[64];
    learn_some(f);
    train(f, true);
    int64_t good = in_use(f);
    for (int i = 0; i < 15; i++) { /* the trained part is contradicted, the held-out part is not */
        unsigned char key[FL_STORE_KEY_BYTES];
        snprintf(text, sizeof text, "cozy snug warm %d", i);
        assert_int_equal(fl_sample_key(fl_str_of(text), key), 0);
        if (fl_sample_is_held_out(key))
            continue;
        learn(f, text, NULL);
        learn(f, text, "lamp/off");
    }
    assert_int_equal(run(f, &result, NULL), 0);
    assert_false(result.promoted);
    assert_true(result.score < result.rival_score);
    assert_non_null(strstr(result.reason, "worse"));
    assert_int_equal(in_use(f), good);
}

static void too_little_is_rejected(void **state)
{
    struct fixture *f = *state;
    struct fl_training_result result;
    assert_int_equal(run(f, &result, NULL), -FL_ENOENT);
    learn(f, "cozy", "lamp/on");
    learn(f, "gloomy", NULL);
    train(f, false);
    assert_int_equal(in_use(f), 0);
}

/* --- the thread --- */

static void count_rounds(void *ctx, int rc, const struct fl_training_result *result,
                         const struct fl_err *err)
{
    (void)result;
    (void)err;
    if (rc == 0)
        atomic_fetch_add((atomic_int *)ctx, 1);
}

static bool yes(void *ctx)
{
    (void)ctx;
    return true;
}

static void a_learner_works_in_the_background(void **state)
{
    struct fixture *f = *state;
    struct fl_learner *learner;
    atomic_int rounds = 0;
    learn_some(f);
    struct fl_learner_options options = {f->options, count_rounds, &rounds};
    assert_int_equal(fl_learner_create(&options, &learner, NULL), 0);
    assert_int_equal(fl_learner_wait(learner, NULL, NULL), 0); /* nothing was asked for */
    for (int i = 0; i < 10; i++) /* requests that come close together are one, or two */
        assert_int_equal(fl_learner_request(learner, NULL), 0);
    assert_int_equal(fl_learner_wait(learner, NULL, NULL), 0);
    assert_in_range(atomic_load(&rounds), 1, 10);
    assert_true(in_use(f) > 0);
    int64_t before = in_use(f);
    assert_int_equal(fl_learner_request(learner, NULL), 0);
    assert_int_equal(fl_learner_wait(learner, yes, NULL), -FL_ECANCELED);
    assert_true(in_use(f) >= before);
    assert_int_equal(fl_learner_request(learner, NULL), 0);
    fl_learner_free(learner); /* while it runs */
    fl_learner_free(NULL);
    assert_true(in_use(f) >= before);
}

int main(void)
{
#define TRAINING_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TRAINING_TEST(killed_at_any_write),    TRAINING_TEST(a_full_disk),
        TRAINING_TEST(memory_runs_out),        TRAINING_TEST(canceled_at_any_poll),
        TRAINING_TEST(forgotten_meanwhile),    TRAINING_TEST(rolled_back_meanwhile),
        TRAINING_TEST(one_trains_at_a_time),   TRAINING_TEST(a_worse_model_is_rejected),
        TRAINING_TEST(too_little_is_rejected), TRAINING_TEST(a_learner_works_in_the_background),
    };
    return cmocka_run_group_tests_name("training", tests, NULL, NULL);
}
