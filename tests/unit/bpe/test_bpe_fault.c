/* test_bpe_fault.c: every allocation fails once; the error comes back and nothing is lost. */
#include "bpe_fixture.h"
#include "failing_alloc.h"

#include <stdlib.h>

enum { MANY = 100 };

static void opening_survives_every_failure(void **state)
{
    (void)state;
    char *path = bpe_test_file("bpe_tiny.bpe");
    for (long n = 1; n < MANY; n++) {
        struct fl_bpe *bpe = NULL;
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        int rc = fl_bpe_open(path, &bpe, &err);
        bool done = fl_test_alloc_count() < n;
        fl_test_fail_alloc_at(0);
        fl_bpe_close(bpe);
        assert_int_equal(rc, done ? 0 : -FL_ENOMEM);
        assert_int_equal(err.code, done ? 0 : FL_ENOMEM);
        if (done) {
            assert_true(n > 1);
            break;
        }
    }
    free(path);
}

/* 3,000 letters in one piece, more than fit on the stack; in the tiny vocabulary most are alone. */
static char *long_piece(size_t *ret_len)
{
    *ret_len = 3000;
    char *text = malloc(*ret_len);
    assert_non_null(text);
    for (size_t i = 0; i < *ret_len; i++)
        text[i] = "xyzaaathe"[i % 9];
    return text;
}

static void encoding_survives_every_failure(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_tiny();
    size_t len;
    char *text = long_piece(&len);
    for (int counting = 0; counting < 2; counting++) {
        for (long n = 1; n < MANY; n++) {
            uint32_t *ids = NULL;
            size_t count = 0;
            struct fl_err err = {0};
            fl_test_fail_alloc_at(n);
            int rc = counting ? fl_bpe_count(bpe, text, len, &count, &err)
                              : fl_bpe_encode(bpe, text, len, &ids, &count, &err);
            bool done = fl_test_alloc_count() < n;
            fl_test_fail_alloc_at(0);
            free(ids);
            assert_int_equal(rc, done ? 0 : -FL_ENOMEM);
            assert_int_equal(err.code, done ? 0 : FL_ENOMEM);
            assert_int_equal(count > 0, done);
            if (done) {
                assert_true(n > 2);
                break;
            }
        }
    }
    free(text);
    fl_bpe_close(bpe);
}

static void short_pieces_take_no_memory(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_tiny();
    static const char text[] = "Counting needs no memory: nothing here is longer than a piece.";
    size_t count;
    fl_test_fail_alloc_at(1);
    assert_int_equal(fl_bpe_count(bpe, text, sizeof text - 1, &count, NULL), 0);
    assert_int_equal(fl_test_alloc_count(), 0);
    fl_test_fail_alloc_at(0);
    fl_bpe_close(bpe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_survives_every_failure),
        cmocka_unit_test(encoding_survives_every_failure),
        cmocka_unit_test(short_pieces_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
