/* test_learn.c: what was used teaches what is selected: in this engine, in the next process, until
 * it is forgotten. Corrections count at once, contradictions go to the newest word, models are
 * promoted only when no worse and can be rolled back, and none of it is learned from the engine
 * itself. */
#include "engine_fixture.h"

#include "base/os.h"
#include "engine/engine.h"
#include "engine/learning.h"
#include "learn/history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tools whose words no request below shares. */
static const char catalogue[] =
    "{\"name\":\"k7\",\"component\":\"relay\",\"description\":\"Switches circuit seven\"}\n"
    "{\"name\":\"q2\",\"component\":\"relay\",\"description\":\"Switches circuit two\"}\n"
    "{\"name\":\"ledger\",\"component\":\"bank\",\"description\":\"Lists account postings\"}\n"
    "{\"name\":\"send\",\"component\":\"mail\",\"description\":\"Sends a letter\"}\n";

static const char *const openings[] = {"make it",        "please make it", "could you get it",
                                       "i want it",      "get the room",   "it should be",
                                       "can we have it", "now it must be"};
static const char *const warm[] = {"cozy", "snug", "warm and soft", "homely", "toasty"};
static const char *const dark[] = {"gloomy", "dim", "pitch black", "shady", "murky"};
static const char *const broke[] = {"am i broke", "how poor am i", "can i afford lunch",
                                    "did my wage arrive", "who owes me money"};

static const char *const names[] = {"relay/k7", "relay/q2", "bank/ledger"};

static void learn_one(struct fixture *fixture, const char *text, const char *used)
{
    struct fl_sample sample;
    fl_sample_init(&sample, text);
    sample.used = &used;
    sample.used_count = used != NULL;
    sample.correction = used == NULL;
    if (fl_engine_learn(fixture->engine, &sample, 1, NULL, &fixture->err))
        fail_msg("'%s': %s", text, fixture->err.message);
}

/* Forty requests for each of two tools, and as many for a third; all at once. */
static void lessons(struct fl_buf *rows)
{
    for (size_t o = 0; o < 8; o++)
        for (size_t w = 0; w < 5; w++) {
            fl_buf_printf(rows, "{\"text\":\"%s %s\",\"labels\":[\"relay/k7\"]}\n", openings[o],
                          warm[w]);
            fl_buf_printf(rows, "{\"query\":\"%s %s\",\"gold\":[\"relay/q2\"]}\n", openings[o],
                          dark[w]);
            fl_buf_printf(rows, "{\"text\":\"%s %zu\",\"labels\":[\"bank/ledger\"]}\n", broke[w],
                          o);
        }
}

static struct fl_learn_result learn_many(struct fixture *fixture)
{
    struct fl_buf rows = {0};
    struct fl_learn_result result = {0};
    lessons(&rows);
    const char *path = fixture_write(fixture, "rows.jsonl", fl_buf_text(&rows));
    if (fl_engine_learn_file(fixture->engine, path, &result, fixture_report(fixture),
                             &fixture->err))
        fail_msg("%s", fixture->err.message);
    assert_int_equal(fl_report_count(fixture->report), 0);
    fl_buf_destroy(&rows);
    return result;
}

static void start(struct fixture *fixture)
{
    fixture->options.home = fixture->home;
    fixture_start(fixture);
    const char *path = fixture_write(fixture, "tools.jsonl", catalogue);
    if (fl_engine_import(fixture->engine, &path, 1, NULL, NULL, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

/* Another engine on the same home, as a new process has it. */
static void restart(struct fixture *fixture)
{
    fixture_start(fixture);
    if (fl_engine_load_stored(fixture->engine, &fixture->err))
        fail_msg("%s", fixture->err.message);
}

static void train(struct fixture *fixture, bool promoted)
{
    struct fl_model_list *list = NULL;
    if (fl_engine_train(fixture->engine, NULL, &list, &fixture->err))
        fail_msg("%s", fixture->err.message);
    assert_int_equal(fl_model_list_count(list), 1);
    const struct fl_model_info *model = fl_model_list_item(list, 0);
    if ((model->state == FL_MODEL_ACTIVE) != promoted)
        fail_msg("generation %d: %s, %g against %g: %s", (int)model->generation,
                 fl_model_state_name(model->state), model->score, model->rival_score,
                 model->reason);
    fl_model_list_free(list);
}

static float probability_of(struct fixture *fixture, const char *text, const char *label)
{
    struct fl_classification *c = NULL;
    float probability = 0;
    if (fl_engine_classify(fixture->engine, text, strlen(text), &c, &fixture->err))
        fail_msg("%s", fixture->err.message);
    for (size_t i = 0; i < fl_classification_count(c); i++)
        if (strcmp(fl_classification_intent(c, i)->label, label) == 0)
            probability = fl_classification_intent(c, i)->probability;
    fl_classification_free(c);
    return probability;
}

static void assert_first(struct fixture *fixture, const char *text, const char *name)
{
    struct fl_selection *selection = select_text(fixture, text);
    assert_true(fl_selection_count(selection) > 0);
    const struct fl_choice *choice = fl_selection_choice(selection, 0);
    assert_string_equal(choice->name, name);
    assert_int_equal(choice->reason, FL_REASON_LEARNED);
    assert_true(choice->confidence >= 0.5f);
    assert_string_equal(fl_selection_evidence(selection, 0, 0)->way, "learned");
    fl_selection_free(selection);
}

static void assert_absent(struct fixture *fixture, const char *text, const char *name)
{
    struct fl_selection *selection = select_text(fixture, text);
    const struct fl_choice *choice = choice_of(selection, name);
    assert_true(!choice || choice->reason != FL_REASON_LEARNED);
    fl_selection_free(selection);
}

static void what_was_used_is_selected_until_it_is_forgotten(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    assert_absent(fixture, "could you get it snug", "relay/k7");
    struct fl_learn_result result = learn_many(fixture);
    assert_int_equal(result.learned, 120);
    assert_int_equal(result.needed, 120);
    assert_in_range(result.exposed, 0, 20); /* words alone find next to none of them */
    assert_true(result.training);           /* a hundred and more are new */
    assert_int_equal(fl_engine_finish_training(fixture->engine, NULL, NULL), 0);
    assert_first(fixture, "could you get it snug", "relay/k7");
    assert_first(fixture, "make it murky", "relay/q2");
    restart(fixture);
    assert_first(fixture, "could you get it snug", "relay/k7");
    assert_first(fixture, "get the room homely please", "relay/k7"); /* was never said before */
    struct fl_learn_state learned;
    assert_int_equal(fl_engine_learn_state(fixture->engine, &learned, &fixture->err), 0);
    assert_int_equal(learned.samples, 120);
    assert_int_equal(learned.labels, 3);
    assert_int_equal(learned.fresh, 0);
    assert_true(learned.generation > 0);
    assert_int_equal(learned.needed, 120);
    assert_int_equal(fl_engine_forget(fixture->engine, NULL, &fixture->err), 0);
    assert_absent(fixture, "could you get it snug", "relay/k7");
    restart(fixture);
    assert_absent(fixture, "could you get it snug", "relay/k7");
    assert_int_equal(fl_engine_learn_state(fixture->engine, &learned, &fixture->err), 0);
    assert_int_equal(learned.samples + learned.fresh, 0);
    assert_int_equal(learned.generation, 0);
    struct fl_buf files = {0};
    fl_buf_printf(&files, "%s/models", fixture->home);
    assert_int_equal(rmdir(fl_buf_text(&files)) == 0, 0); /* its lock file is there … */
    fl_buf_printf(&files, "/lock");
    assert_int_equal(unlink(fl_buf_text(&files)), 0);
    *strrchr(files.ptr, '/') = '\0';
    assert_int_equal(rmdir(files.ptr), 0); /* … and nothing else */
    fl_buf_destroy(&files);
}

/* Another process, not another engine of this one. */
static void a_new_process_selects_it(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    pid_t child = fork();
    if (child == 0) {
        restart(fixture);
        struct fl_selection *selection = select_text(fixture, "i want it toasty");
        bool good = fl_selection_count(selection) &&
                    strcmp(fl_selection_choice(selection, 0)->name, "relay/k7") == 0;
        _exit(good ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Selecting teaches nothing: the history is what the host told. */
static void selections_are_no_samples(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    for (int i = 0; i < 20; i++)
        fl_selection_free(select_text(fixture, "send a letter"));
    struct fl_learn_state learned;
    assert_int_equal(fl_engine_learn_state(fixture->engine, &learned, NULL), 0);
    assert_int_equal(learned.samples, 0);
}

/* Before any training: one step, in memory. It stays when the engine is made anew, because the
 * sample does; the model's file is as it was. */
static void a_correction_counts_at_once(void **state)
{
    struct fixture *fixture = *state;
    static const char text[] = "it should be cozy";
    start(fixture);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    float before = probability_of(fixture, text, "bank/ledger");
    struct fl_model_list *list;
    struct fl_buf file = {0}, again = {0};
    assert_int_equal(fl_engine_models(fixture->engine, &list, NULL), 0);
    assert_int_equal(fl_os_read_file(fl_model_list_item(list, 0)->path, 1 << 26, &file, NULL), 0);
    const char *used = "ledger", *rejected = "k7"; /* by their bare names */
    struct fl_sample sample;
    fl_sample_init(&sample, text);
    sample.used = &used;
    sample.used_count = 1;
    sample.rejected = &rejected;
    sample.rejected_count = 1;
    struct fl_learn_result result;
    assert_int_equal(fl_engine_learn(fixture->engine, &sample, 1, &result, &fixture->err), 0);
    assert_false(result.training);
    float after = probability_of(fixture, text, "bank/ledger");
    assert_true(after > before);
    restart(fixture);
    assert_true(probability_of(fixture, text, "bank/ledger") == after);
    assert_int_equal(fl_os_read_file(fl_model_list_item(list, 0)->path, 1 << 26, &again, NULL), 0);
    assert_int_equal(file.len, again.len);
    assert_memory_equal(file.ptr, again.ptr, file.len);
    fl_model_list_free(list);
    fl_buf_destroy(&file);
    fl_buf_destroy(&again);
}

/* The same text, used for one tool by hundreds, then corrected: after the next training the newest
 * word is what counts. */
static void the_newest_word_wins(void **state)
{
    struct fixture *fixture = *state;
    char text[64];
    start(fixture);
    learn_many(fixture);
    for (size_t o = 0; o < 8; o++)
        for (size_t w = 0; w < 5; w++) {
            snprintf(text, sizeof text, "%s %s", openings[o], warm[w]);
            struct fl_sample sample;
            fl_sample_init(&sample, text);
            sample.used = &names[2];
            sample.used_count = 1;
            sample.correction = true;
            assert_int_equal(fl_engine_learn(fixture->engine, &sample, 1, NULL, &fixture->err), 0);
        }
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    train(fixture, true);
    assert_first(fixture, "could you get it snug", "bank/ledger");
}

static void a_rollback_goes_back_and_forth(void **state)
{
    struct fixture *fixture = *state;
    struct fl_model_list *list;
    start(fixture);
    assert_int_equal(fl_engine_rollback_model(fixture->engine, &fixture->err), -FL_ENOENT);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    assert_int_equal(fl_engine_rollback_model(fixture->engine, &fixture->err), -FL_ENOENT);
    train(fixture, true); /* no worse: the same samples */
    assert_int_equal(fl_engine_models(fixture->engine, &list, NULL), 0);
    assert_int_equal(fl_model_list_item(list, 0)->state, FL_MODEL_PREVIOUS);
    assert_int_equal(fl_model_list_item(list, 1)->state, FL_MODEL_ACTIVE);
    assert_true(fl_model_list_item(list, 1)->rival_score == fl_model_list_item(list, 0)->score);
    fl_model_list_free(list);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fl_engine_rollback_model(fixture->engine, &fixture->err), 0);
        assert_int_equal(fl_engine_models(fixture->engine, &list, NULL), 0);
        assert_int_equal(fl_model_list_item(list, i)->state, FL_MODEL_ACTIVE);
        assert_int_equal(fl_model_list_item(list, 1 - i)->state, FL_MODEL_PREVIOUS);
        fl_model_list_free(list);
        assert_first(fixture, "could you get it snug", "relay/k7");
    }
}

/* Nothing to train from, too little, and enough of it. */
static void little_is_told_apart_from_enough(void **state)
{
    struct fixture *fixture = *state;
    struct fl_classification *c;
    start(fixture);
    assert_int_equal(fl_engine_train(fixture->engine, NULL, NULL, &fixture->err), -FL_ENOENT);
    assert_int_equal(fl_engine_classify(fixture->engine, "x", 1, &c, &fixture->err), -FL_ENOENT);
    learn_one(fixture, "make it cozy", "relay/k7");
    train(fixture, false);
    learn_one(fixture, "make it dim", NULL); /* nothing fits */
    train(fixture, false);
    assert_int_equal(fl_engine_classify(fixture->engine, "x", 1, &c, &fixture->err), -FL_ENOENT);
    struct fl_learn_state learned;
    assert_int_equal(fl_engine_learn_state(fixture->engine, &learned, NULL), 0);
    assert_int_equal(learned.samples, 2);
    assert_int_equal(learned.generation, 0);
}

static void bad_samples_are_refused_whole(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    struct fl_sample samples[2];
    const char *good = "relay/k7", *bad = "a\x01", *ambiguous = "x";
    fl_sample_init(&samples[0], "make it cozy");
    samples[0].used = &good;
    samples[0].used_count = 1;
    fl_sample_init(&samples[1], "make it dim");
    samples[1].used = &bad;
    samples[1].used_count = 1;
    assert_int_equal(fl_engine_learn(fixture->engine, samples, 2, NULL, &fixture->err), -FL_EINVAL);
    samples[1].struct_size = 1 << 20;
    assert_int_equal(fl_engine_learn(fixture->engine, samples, 2, NULL, &fixture->err), -FL_EINVAL);
    fl_sample_init(&samples[1], NULL);
    assert_int_equal(fl_engine_learn(fixture->engine, samples, 2, NULL, &fixture->err), -FL_EINVAL);
    fl_sample_init(&samples[1], "make it dim");
    samples[1].used = &good;
    samples[1].used_count = 1 << 20;
    assert_int_equal(fl_engine_learn(fixture->engine, samples, 2, NULL, &fixture->err), -FL_ELIMIT);
    fixture_load(fixture, "twins.jsonl",
                 "{\"name\":\"x\",\"component\":\"a\"}\n{\"name\":\"x\",\"component\":\"b\"}\n");
    samples[1].used = &ambiguous;
    samples[1].used_count = 1;
    assert_int_equal(fl_engine_learn(fixture->engine, samples, 2, NULL, &fixture->err),
                     -FL_EAMBIGUOUS);
    struct fl_learn_state learned;
    assert_int_equal(fl_engine_learn_state(fixture->engine, &learned, NULL), 0);
    assert_int_equal(learned.samples, 0);
}

static void bad_rows_are_findings(void **state)
{
    struct fixture *fixture = *state;
    struct fl_learn_result result = {0};
    start(fixture);
    const char *path =
        fixture_write(fixture, "rows.jsonl",
                      "{\"text\":\"make it cozy\",\"labels\":[\"relay/k7\"]}\n"
                      "{\"labels\":[\"relay/k7\"]}\n"
                      "not json\n"
                      "{\"text\":\"\\u0007\",\"labels\":[\"a\\u0007\"]}\n"
                      "{\"text\":\"  \",\"labels\":[\"a\"]}\n"
                      "{\"text\":\"no such tool\",\"labels\":[\"my own intent\"]}\n");
    assert_int_equal(fl_engine_learn_file(fixture->engine, path, &result, fixture_report(fixture),
                                          &fixture->err),
                     0);
    assert_int_equal(result.learned, 2);
    assert_int_equal(result.unknown, 1);
    assert_int_equal(fl_report_errors(fixture->report), 4);
    assert_reported(fixture->report, "control character");
    assert_int_equal(fl_engine_learn_file(fixture->engine, "/no/such/file", &result,
                                          fixture_report(fixture), &fixture->err),
                     -FL_ENOENT);
}

static void learning_can_be_switched_off(void **state)
{
    struct fixture *fixture = *state;
    struct fl_sample sample;
    start(fixture);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    fixture->options.no_learning = true;
    restart(fixture);
    assert_absent(fixture, "could you get it snug", "relay/k7");
    fl_sample_init(&sample, "x");
    sample.correction = true;
    assert_int_equal(fl_engine_learn(fixture->engine, &sample, 1, NULL, &fixture->err),
                     -FL_ENOTSUP);
    assert_int_equal(fl_engine_train(fixture->engine, NULL, NULL, &fixture->err), -FL_ENOTSUP);
    fixture->options.no_learning = false;
    fixture->options.home = NULL;
    fixture_start(fixture);
    assert_int_equal(fl_engine_learn(fixture->engine, &sample, 1, NULL, &fixture->err),
                     -FL_ENOTSUP);
    assert_int_equal(fl_engine_forget(fixture->engine, NULL, &fixture->err), -FL_ENOTSUP);
}

/* A model's file is damaged or lost: the one before serves, and who is asked says so. */
static void a_lost_model_gives_way_to_the_one_before(void **state)
{
    struct fixture *fixture = *state;
    struct fl_model_list *list;
    start(fixture);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    learn_one(fixture, "have it real cozy", "relay/k7");
    train(fixture, true);
    assert_int_equal(fl_engine_models(fixture->engine, &list, NULL), 0);
    char *path = strdup(fl_model_list_item(list, 1)->path);
    fl_model_list_free(list);
    assert_int_equal(truncate(path, 1000), 0);
    restart(fixture);
    assert_non_null(strstr(fl_buf_text(&fixture->messages), "is not what was written"));
    assert_first(fixture, "could you get it snug", "relay/k7");
    assert_int_equal(unlink(path), 0);
    restart(fixture);
    assert_first(fixture, "could you get it snug", "relay/k7");
    free(path);
}

static void models_are_judged_and_exported(void **state)
{
    struct fixture *fixture = *state;
    struct fl_model_eval eval;
    char path[200];
    start(fixture);
    assert_int_equal(fl_engine_eval_model(fixture->engine, NULL, NULL, &eval, NULL, &fixture->err),
                     -FL_ENOENT);
    assert_int_equal(
        fl_engine_export_model(fixture->engine, FL_MODEL_FORM_OWN, "/x", &fixture->err),
        -FL_ENOENT);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    assert_int_equal(fl_engine_eval_model(fixture->engine, NULL, NULL, &eval, NULL, &fixture->err),
                     0);
    assert_in_range(eval.rows, 10, 40);
    assert_int_equal(eval.right + eval.missing, eval.rows); /* one label a row */
    assert_true(eval.f1 > 0.5);
    const char *rows = fixture_write(fixture, "test.jsonl",
                                     "{\"text\":\"make it cozy\",\"labels\":[\"relay/k7\"]}\n"
                                     "{\"text\":\"make it cozy\",\"labels\":[\"mail/send\"]}\n"
                                     "{\"text\":7}\n");
    assert_int_equal(fl_engine_eval_model(fixture->engine, rows, NULL, &eval,
                                          fixture_report(fixture), &fixture->err),
                     0);
    assert_int_equal(eval.rows, 2);
    assert_int_equal(eval.right, 1);
    assert_int_equal(eval.wrong, 1);
    assert_int_equal(eval.missing, 1);
    assert_int_equal(fl_report_errors(fixture->report), 1);
    snprintf(path, sizeof path, "%s/exported.flm", fixture->folder);
    assert_int_equal(
        fl_engine_export_model(fixture->engine, FL_MODEL_FORM_OWN, path, &fixture->err), 0);
    struct fl_classifier *classifier;
    assert_int_equal(fl_classifier_open(&classifier, path, &fixture->err), 0);
    assert_int_equal(fl_classifier_card(classifier)->labels, 3);
    fl_classifier_free(classifier);
}

/* Two processes on one home: one trains, the other is told that it is busy and goes on. */
static void one_process_trains_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct fl_os_lock lock;
    start(fixture);
    learn_many(fixture);
    fl_engine_finish_training(fixture->engine, NULL, NULL);
    assert_int_equal(fl_generation_lock(fixture->engine->learning->folder, &lock, NULL), 0);
    assert_int_equal(fl_engine_train(fixture->engine, NULL, NULL, &fixture->err), -FL_EBUSY);
    learn_one(fixture, "make it really cozy", "relay/k7");
    assert_first(fixture, "could you get it snug", "relay/k7");
    fl_os_unlock(&lock);
    train(fixture, true);
}

int main(void)
{
#define LEARN_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        LEARN_TEST(what_was_used_is_selected_until_it_is_forgotten),
        LEARN_TEST(a_new_process_selects_it),
        LEARN_TEST(selections_are_no_samples),
        LEARN_TEST(a_correction_counts_at_once),
        LEARN_TEST(the_newest_word_wins),
        LEARN_TEST(a_rollback_goes_back_and_forth),
        LEARN_TEST(little_is_told_apart_from_enough),
        LEARN_TEST(bad_samples_are_refused_whole),
        LEARN_TEST(bad_rows_are_findings),
        LEARN_TEST(learning_can_be_switched_off),
        LEARN_TEST(a_lost_model_gives_way_to_the_one_before),
        LEARN_TEST(models_are_judged_and_exported),
        LEARN_TEST(one_process_trains_at_a_time),
    };
    return cmocka_run_group_tests_name("learning", tests, NULL, NULL);
}
