/* test_classify_queue.c: classification that nobody waits for: the answers are those of who waits,
 * a full queue says so, time-outs and cancellations hold, the end of the engine ends all; and many
 * threads ask, select, learn and train at once. */
#include "engine_fixture.h"

#include "engine/engine.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const labels[] = {"lamp/on", "lamp/off", "door/open"};
static const char *const words[] = {"cozy snug homely warm", "gloomy dim murky dark",
                                    "enter visitor arrive bell"};

/* Rows of two words each, all different. */
static void write_rows(struct fl_buf *rows)
{
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < 40; i++) {
            char word[4][16];
            sscanf(words[l], "%15s %15s %15s %15s", word[0], word[1], word[2], word[3]);
            fl_buf_printf(rows, "{\"text\":\"%s %s number%d\",\"labels\":[\"%s\"]}\n", word[i % 4],
                          word[i / 4 % 4], i, labels[l]);
        }
}

static void start(struct fixture *fixture)
{
    struct fl_buf rows = {0};
    fixture->options.home = fixture->home;
    fixture_load(fixture, "tools.jsonl",
                 "{\"name\":\"on\",\"component\":\"lamp\"}\n{\"name\":\"off\",\"component\":"
                 "\"lamp\"}\n{\"name\":\"open\",\"component\":\"door\"}\n");
    write_rows(&rows);
    const char *path = fixture_write(fixture, "rows.jsonl", fl_buf_text(&rows));
    if (fl_engine_learn_file(fixture->engine, path, NULL, NULL, &fixture->err))
        fail_msg("%s", fixture->err.message);
    assert_int_equal(fl_engine_finish_training(fixture->engine, NULL, NULL), 0);
    fl_buf_destroy(&rows);
}

static struct fl_ticket *submit(struct fixture *fixture, const char *text,
                                const struct fl_classify_options *options)
{
    struct fl_ticket *ticket = NULL;
    if (fl_engine_classify_async(fixture->engine, text, strlen(text), options, &ticket,
                                 &fixture->err))
        fail_msg("%s", fixture->err.message);
    return ticket;
}

/* A `done` that holds the thread until it is let go. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open;
    int calls, code;
};

#define GATE                                                                   \
    {                                                                          \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER \
    }

static void pass_gate(void *ctx, int code, struct fl_classification *classification)
{
    struct gate *gate = ctx;
    fl_classification_free(classification);
    pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    gate->calls++;
    gate->code = code;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void open_gate(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

/* The thread stands at the gate when this returns. */
static struct fl_ticket *close_gate(struct fixture *fixture, struct gate *gate)
{
    struct fl_classify_options options;
    fl_classify_options_init(&options);
    options.done = pass_gate;
    options.ctx = gate;
    struct fl_ticket *ticket = submit(fixture, "cozy", &options);
    pthread_mutex_lock(&gate->lock);
    while (!gate->entered)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return ticket;
}

static void answers_are_the_same(void **state)
{
    struct fixture *fixture = *state;
    start(fixture);
    for (int i = 0; i < 3; i++) {
        struct fl_classification *now = NULL, *later = NULL;
        assert_int_equal(
            fl_engine_classify(fixture->engine, words[i], strlen(words[i]), &now, &fixture->err),
            0);
        struct fl_ticket *ticket = submit(fixture, words[i], NULL);
        assert_int_equal(fl_ticket_take(ticket, 60000, &later), 0);
        assert_int_equal(fl_ticket_take(ticket, 0, &later), -FL_EINVAL);
        assert_string_equal(fl_classification_intent(later, 0)->label, labels[i]);
        assert_int_equal(fl_classification_count(now), fl_classification_count(later));
        for (size_t k = 0; k < fl_classification_count(now); k++)
            assert_true(fl_classification_intent(now, k)->probability ==
                        fl_classification_intent(later, k)->probability);
        fl_ticket_free(ticket);
        fl_classification_free(now);
        fl_classification_free(later);
    }
}

static void bad_texts_are_refused_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct fl_ticket *ticket = NULL;
    fixture_start(fixture);
    assert_int_equal(fl_engine_classify_async(fixture->engine, " ", 1, NULL, &ticket, NULL),
                     -FL_EINVAL);
    assert_int_equal(fl_engine_classify_async(fixture->engine, "\xff", 1, NULL, &ticket, NULL),
                     -FL_EUTF8);
    char *text = calloc(1, FL_REQUEST_MAX_BYTES + 2);
    memset(text, 'x', FL_REQUEST_MAX_BYTES + 1);
    assert_int_equal(fl_engine_classify_async(fixture->engine, text, FL_REQUEST_MAX_BYTES + 1, NULL,
                                              &ticket, NULL),
                     -FL_ELIMIT);
    free(text);
    assert_null(ticket);
    struct fl_classification *c = NULL;
    ticket = submit(fixture, "cozy", NULL); /* there is no model */
    assert_int_equal(fl_ticket_take(ticket, 60000, &c), -FL_ENOENT);
    fl_ticket_free(ticket);
}

static void a_full_queue_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate = GATE;
    struct fl_ticket *tickets[FL_CLASSIFY_QUEUE], *one_more = NULL;
    start(fixture);
    struct fl_ticket *first = close_gate(fixture, &gate);
    for (int i = 0; i < FL_CLASSIFY_QUEUE; i++)
        tickets[i] = submit(fixture, words[i % 3], NULL);
    assert_int_equal(
        fl_engine_classify_async(fixture->engine, "cozy", 4, NULL, &one_more, &fixture->err),
        -FL_EBUSY);
    assert_non_null(strstr(fixture->err.message, "256"));
    assert_null(one_more);
    struct fl_classification *c = NULL;
    assert_int_equal(fl_ticket_take(tickets[0], 0, &c), -FL_EBUSY);
    open_gate(&gate);
    for (int i = 0; i < FL_CLASSIFY_QUEUE; i++) {
        assert_int_equal(fl_ticket_take(tickets[i], 60000, &c), 0);
        assert_string_equal(fl_classification_intent(c, 0)->label, labels[i % 3]);
        fl_classification_free(c);
        fl_ticket_free(tickets[i]);
    }
    assert_int_equal(fl_ticket_take(first, 0, &c), -FL_EINVAL); /* it went to `done` */
    fl_ticket_free(first);
}

static _Atomic int64_t time_us;

static fl_time fake_now(void *ctx)
{
    (void)ctx;
    return atomic_load(&time_us);
}

static void what_waited_too_long_is_not_answered(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate = GATE;
    struct fl_classify_options options;
    struct fl_classification *c = NULL;
    start(fixture);
    fixture->engine->clock.now = fake_now;
    struct fl_ticket *first = close_gate(fixture, &gate);
    fl_classify_options_init(&options);
    options.timeout_ms = 10;
    struct fl_ticket *late = submit(fixture, "cozy", &options);
    options.timeout_ms = 1000;
    struct fl_ticket *early = submit(fixture, "cozy", &options);
    atomic_fetch_add(&time_us, 20000);
    open_gate(&gate);
    assert_int_equal(fl_ticket_take(late, 60000, &c), -FL_ETIMEDOUT);
    assert_int_equal(fl_ticket_take(early, 60000, &c), 0);
    fl_classification_free(c);
    fl_ticket_free(first);
    fl_ticket_free(late);
    fl_ticket_free(early);
}

static void canceled_ones_are_not_told(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate = GATE, never = GATE;
    struct fl_classify_options options;
    struct fl_classification *c = NULL;
    start(fixture);
    struct fl_ticket *first = close_gate(fixture, &gate);
    fl_classify_options_init(&options);
    options.done = pass_gate;
    options.ctx = &never;
    struct fl_ticket *told = submit(fixture, "cozy", &options);
    struct fl_ticket *asked = submit(fixture, "cozy", NULL);
    struct fl_ticket *dropped = submit(fixture, "cozy", NULL);
    struct fl_ticket *last = submit(fixture, "cozy", NULL);
    fl_ticket_cancel(told);
    fl_ticket_cancel(asked);
    fl_ticket_free(dropped);
    assert_int_equal(fl_ticket_take(asked, 0, &c), -FL_ECANCELED);
    open_gate(&gate);
    fl_ticket_cancel(first); /* waits for the `done` that runs */
    assert_int_equal(fl_ticket_take(last, 60000, &c), 0);
    fl_ticket_cancel(last); /* too late, and no harm */
    assert_int_equal(never.calls, 0);
    fl_classification_free(c);
    fl_ticket_free(first);
    fl_ticket_free(told);
    fl_ticket_free(asked);
    fl_ticket_free(last);
}

static void count_canceled(void *ctx, int code, struct fl_classification *classification)
{
    fl_classification_free(classification); /* it may have been answered before the end */
    *(int *)ctx += code == -FL_ECANCELED;
}

static void *end_engine(void *ctx)
{
    fl_engine_free(ctx);
    return NULL;
}

static void the_end_of_the_engine_ends_all(void **state)
{
    struct fixture *fixture = *state;
    struct gate gate = GATE;
    struct fl_classify_options options;
    struct fl_classification *c = NULL;
    int told = 0;
    start(fixture);
    struct fl_ticket *first = close_gate(fixture, &gate);
    fl_classify_options_init(&options);
    options.done = count_canceled;
    options.ctx = &told;
    struct fl_ticket *with_done = submit(fixture, "cozy", &options);
    struct fl_ticket *without = submit(fixture, "cozy", NULL);
    fl_ticket_free(submit(fixture, "cozy", &options)); /* nobody holds it, but it is told */
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_engine, fixture->engine), 0);
    fixture->engine = NULL;
    open_gate(&gate);
    pthread_join(thread, NULL);
    /* Those that the thread came to before it was told to end are answered. */
    int code = fl_ticket_take(without, 0, &c);
    assert_true(code == 0 || code == -FL_ECANCELED);
    fl_classification_free(c);
    assert_in_range(told, 0, 2);
    fl_ticket_free(first);
    fl_ticket_free(with_done);
    fl_ticket_free(without);
}

/* --- all at once --- */

enum { THREADS = 3, ROUNDS = 25 };

struct crowd {
    struct fl_engine *engine;
    int number;
    atomic_int *failures;
};

static void *ask_and_select(void *ctx)
{
    const struct crowd *crowd = ctx;
    for (int i = 0; i < ROUNDS; i++) {
        const char *text = words[(crowd->number + i) % 3];
        struct fl_ticket *ticket = NULL;
        struct fl_classification *c = NULL;
        struct fl_selection *selection = NULL;
        struct fl_request request;
        fl_request_init(&request, text);
        int rc = fl_engine_classify_async(crowd->engine, text, strlen(text), NULL, &ticket, NULL);
        atomic_fetch_add(crowd->failures,
                         fl_select(crowd->engine, &request, &selection, NULL) != 0);
        if (!rc && i % 5 == 4)
            fl_ticket_cancel(ticket);
        else if (!rc)
            atomic_fetch_add(crowd->failures, fl_ticket_take(ticket, 60000, &c) != 0);
        fl_selection_free(selection);
        fl_classification_free(c);
        fl_ticket_free(ticket);
    }
    return NULL;
}

static void *learn_more(void *ctx)
{
    const struct crowd *crowd = ctx;
    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        struct fl_sample sample;
        snprintf(text, sizeof text, "%s again%d", words[i % 3], i);
        fl_sample_init(&sample, text);
        sample.used = &labels[i % 3];
        sample.used_count = 1;
        atomic_fetch_add(crowd->failures,
                         fl_engine_learn(crowd->engine, &sample, 1, NULL, NULL) != 0);
        if (i == ROUNDS / 2)
            fl_engine_rollback_model(crowd->engine, NULL);
    }
    return NULL;
}

static void everything_at_once(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.retrain_every = 10;
    start(fixture);
    atomic_int failures = 0;
    pthread_t threads[THREADS];
    struct crowd crowd[THREADS];
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){fixture->engine, i, &failures};
        assert_int_equal(
            pthread_create(&threads[i], NULL, i ? ask_and_select : learn_more, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(fl_engine_finish_training(fixture->engine, NULL, NULL), 0);
    assert_int_equal(fl_engine_check(fixture->engine, NULL, &fixture->err), 0);
}

/* The end of the engine does not wait for a training to be done. */
static void the_end_cancels_a_training(void **state)
{
    struct fixture *fixture = *state;
    struct fl_model_list *before, *after;
    start(fixture);
    assert_int_equal(fl_engine_models(fixture->engine, &before, NULL), 0);
    fixture->options.retrain_every = 1;
    fixture_start(fixture);
    struct fl_sample sample;
    fl_sample_init(&sample, "cozy once more");
    sample.used = &labels[0];
    sample.used_count = 1;
    struct fl_learn_result result;
    assert_int_equal(fl_engine_learn(fixture->engine, &sample, 1, &result, &fixture->err), 0);
    assert_true(result.training);
    fl_engine_free(fixture->engine);
    fixture->engine = NULL;
    fixture_start(fixture);
    assert_int_equal(fl_engine_models(fixture->engine, &after, NULL), 0);
    size_t count = fl_model_list_count(after); /* canceled, or just done before */
    assert_in_range(count, fl_model_list_count(before), fl_model_list_count(before) + 1);
    struct fl_classification *c = NULL;
    assert_int_equal(fl_engine_classify(fixture->engine, "cozy", 4, &c, &fixture->err), 0);
    fl_classification_free(c);
    fl_model_list_free(before);
    fl_model_list_free(after);
}

int main(void)
{
#define QUEUE_TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(answers_are_the_same),       QUEUE_TEST(bad_texts_are_refused_at_once),
        QUEUE_TEST(a_full_queue_says_so),       QUEUE_TEST(what_waited_too_long_is_not_answered),
        QUEUE_TEST(canceled_ones_are_not_told), QUEUE_TEST(the_end_of_the_engine_ends_all),
        QUEUE_TEST(everything_at_once),         QUEUE_TEST(the_end_cancels_a_training),
    };
    return cmocka_run_group_tests_name("classification queue", tests, NULL, NULL);
}
