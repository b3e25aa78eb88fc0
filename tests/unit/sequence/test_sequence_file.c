/* test_sequence_file.c: what is kept comes back, and nothing else does. */
#include "failing_alloc.h"
#include "model/model_file.h"
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct fl_sequence_limits SMALL = {
    .order = 4, .node_bits = 8, .own_bits = 6, .users = 20, .streams = 25, .own_bytes = 30000};

static void write(const struct fl_sequence *s, struct fl_buf *ret)
{
    struct fl_model_writer writer = {0};
    fl_sequence_write(s, &writer);
    assert_int_equal(fl_model_writer_finish(&writer, "SEQUENCE", ret), 0);
    fl_model_writer_destroy(&writer);
}

static int read(const struct fl_buf *bytes, const struct fl_sequence_limits *limits,
                struct fl_sequence **ret)
{
    struct fl_model_file file;
    struct fl_err err = {0};
    int rc = fl_model_file_view(&file, bytes->ptr, bytes->len, "SEQUENCE", &err);
    if (!rc)
        rc = fl_sequence_read(&file, limits, ret, &err);
    if (rc)
        assert_true(err.code == -rc && *err.message);
    return rc;
}

static void round_trip(const struct fl_sequence_limits *limits, unsigned events)
{
    struct fl_sequence *s = random_sequence(limits, 17, events), *again = NULL;
    struct fl_buf bytes = {0}, twice = {0};
    write(s, &bytes);
    assert_int_equal(read(&bytes, limits, &again), 0);
    write(again, &twice);
    assert_int_equal(bytes.len, twice.len);
    assert_memory_equal(bytes.ptr, twice.ptr, bytes.len);
    assert_same_predictions(s, again);
    for (unsigned i = 0; i < 500; i++) { /* and both go on alike */
        struct fl_sequence_place place = {i % 15, i % 40, i * 777777};
        assert_int_equal(fl_sequence_watch(s, &place), 0);
        assert_int_equal(fl_sequence_watch(again, &place), 0);
        assert_int_equal(fl_sequence_learn(s, &place, i * i % 29), 0);
        assert_int_equal(fl_sequence_learn(again, &place, i * i % 29), 0);
    }
    assert_same_predictions(s, again);
    fl_sequence_free(s);
    fl_sequence_free(again);
    fl_buf_destroy(&bytes);
    fl_buf_destroy(&twice);
}

static void comes_back_as_it_was(void **state)
{
    (void)state;
    round_trip(&FL_SEQUENCE_LIMITS_DEFAULT, 3000);
    round_trip(&FL_SEQUENCE_LIMITS_DEFAULT, 1);
    round_trip(&SMALL, 3000); /* with evictions everywhere */
}

static void an_empty_one_comes_back(void **state)
{
    (void)state;
    struct fl_sequence *s = fl_sequence_create(&SMALL), *again = NULL;
    struct fl_buf bytes = {0};
    write(s, &bytes);
    assert_int_equal(read(&bytes, &SMALL, &again), 0);
    fl_sequence_free(s);
    fl_sequence_free(again);
    fl_buf_destroy(&bytes);
}

/* Limits that became smaller hold for what was written under larger ones. */
static void smaller_limits_hold(void **state)
{
    (void)state;
    struct fl_sequence *s = random_sequence(&FL_SEQUENCE_LIMITS_DEFAULT, 17, 3000), *again = NULL;
    struct fl_buf bytes = {0};
    struct fl_sequence_limits limits = FL_SEQUENCE_LIMITS_DEFAULT;
    limits.node_bits = 7;
    limits.users = 5;
    limits.streams = 6;
    limits.own_bytes = 10000;
    write(s, &bytes);
    assert_int_equal(read(&bytes, &limits, &again), 0);
    struct fl_sequence_state now;
    fl_sequence_inspect(again, &now);
    assert_true(now.nodes <= 128 && now.users == 5 && now.streams == 6);
    fl_sequence_free(s);
    fl_sequence_free(again);
    fl_buf_destroy(&bytes);
}

static void every_damaged_byte_is_noticed(void **state)
{
    (void)state;
    struct fl_sequence *s = random_sequence(&SMALL, 17, 400), *again = NULL;
    struct fl_buf bytes = {0};
    write(s, &bytes);
    for (size_t at = 0; at < bytes.len; at += 61) {
        bytes.ptr[at] ^= 4;
        assert_int_not_equal(read(&bytes, &SMALL, &again), 0);
        bytes.ptr[at] ^= 4;
    }
    for (size_t len = 0; len < bytes.len; len += 997) {
        struct fl_buf cut = {.ptr = bytes.ptr, .len = len};
        assert_int_not_equal(read(&cut, &SMALL, &again), 0);
    }
    fl_sequence_free(s);
    fl_buf_destroy(&bytes);
}

/* Files whose checksum is right and whose content is not. */
static void hostile_content_is_refused(void **state)
{
    (void)state;
    enum { CASES = 10 };
    for (unsigned bad = 0; bad < CASES; bad++) {
        struct fl_sequence *s = random_sequence(&SMALL, 17, 400), *again = NULL;
        struct fl_buf bytes = {0};
        switch (bad) {
        case 0: s->frequency.top[0] = 64000; break;
        case 1: s->frequency.count[3] = FL_FREQUENCY_COUNT_MAX + 1; break;
        case 2: s->frequency.top[1] = s->frequency.top[0]; break;
        case 3: s->mixtures[2].weight[1] = -1; break;
        case 4: s->mixtures[2].weight[1] = __builtin_nanf(""); break;
        case 5: s->depth_hits[3] = __builtin_inff(); break;
        case 6: s->reliability[1].count[4] = -5; break;
        case 7: s->outcomes.rank[9] = 6; break;
        case 8: s->users[s->user_slots.newest].recent[0] = 60000; break;
        case 9: s->streams[s->stream_slots.newest].watched_next = 3; break;
        }
        write(s, &bytes);
        assert_int_equal(read(&bytes, &SMALL, &again), -FL_ECORRUPT);
        fl_sequence_free(s);
        fl_buf_destroy(&bytes);
    }
}

static void failing_memory_is_told(void **state)
{
    (void)state;
    struct fl_sequence *s = random_sequence(&SMALL, 17, 400);
    struct fl_buf bytes = {0};
    write(s, &bytes);
    long n = 0;
    int rc = -FL_ENOMEM;
    while (rc) {
        struct fl_sequence *again = NULL;
        fl_test_fail_alloc_at(++n);
        rc = read(&bytes, &SMALL, &again);
        fl_test_fail_alloc_at(0);
        assert_true(rc == 0 || rc == -FL_ENOMEM);
        fl_sequence_free(again);
    }
    assert_true(n > 10);
    fl_sequence_free(s);
    fl_buf_destroy(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(an_empty_one_comes_back),
        cmocka_unit_test(smaller_limits_hold),
        cmocka_unit_test(every_damaged_byte_is_noticed),
        cmocka_unit_test(hostile_content_is_refused),
        cmocka_unit_test(failing_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
