/* test_text_alloc.c: each allocation of tokenizing, indexing, analysing and searching fails once.
 * It is told or changes nothing, nothing leaks, and the same scratch works afterwards. */
#include "failing_alloc.h"
#include "text_fixture.h"

#include <stdlib.h>

static const char *const texts[] = {
    "delete_file removes a file from disk",
    "createIssue opens a new issue",
    "list invoices",
    "blob store",
    "画面を撮る",
    "ﬁnd the café",
    "grumpak",
    NULL,
};

static const char *const requests[] = {
    "get rid of the old invoces",
    "open /etc/hosts and \"zorbak\"",
    "blobstore grum pak",
    "Bitte lösche die Datei",
    "画面を削除して",
    "ﬁles zzqxw",
};
enum { REQUESTS = sizeof requests / sizeof *requests };

static void tokenizing(void **state)
{
    (void)state;
    struct fl_buf text = {0};
    for (unsigned r = 0; r < 40; r++)
        fl_buf_printf(&text, "%s. ", requests[r % REQUESTS]);
    struct fl_str whole = {text.ptr, text.len};
    struct fl_tokens expected = {0};
    fl_test_fail_alloc_at(0);
    assert_int_equal(fl_tokenize(&expected, whole, FL_TOKENIZE_REQUEST), 0);
    long count = fl_test_alloc_count();
    assert_true(count > 3);
    for (long n = 1; n <= count; n++) {
        struct fl_tokens tokens = {0};
        fl_test_fail_alloc_at(n);
        assert_int_equal(fl_tokenize(&tokens, whole, FL_TOKENIZE_REQUEST), -FL_ENOMEM);
        fl_test_fail_alloc_at(0);
        assert_true(tokens.count < expected.count);
        fl_tokens_clear(&tokens);
        assert_int_equal(fl_tokenize(&tokens, whole, FL_TOKENIZE_REQUEST), 0);
        assert_int_equal(tokens.text.len, expected.text.len);
        assert_memory_equal(tokens.text.ptr, expected.text.ptr, expected.text.len);
        fl_tokens_destroy(&tokens);
    }
    fl_tokens_destroy(&expected);
    fl_buf_destroy(&text);
}

static struct fl_str text_at(void *ctx, uint32_t document, unsigned field)
{
    (void)ctx;
    return field ? FL_STR("what the component says") : fl_str_of(texts[document]);
}

static int build(struct fl_index *index, struct fl_err *err)
{
    static const uint32_t groups[7] = {0, 0, 1, 1, 1, 2, 2};
    struct fl_index_options options = {
        .fields = {{1, 0.5f}, {0.5f, 0.5f}},
        .field_count = 2,
        .k1 = 1.2f,
        .groups = groups,
        .group_count = 3,
        .group_idf = 1,
    };
    return fl_index_init(index, &options, 7, text_at, NULL, err);
}

static void assert_same_index(const struct fl_index *a, const struct fl_index *b)
{
    uint32_t terms = a->vocab.term_count;
    assert_int_equal(terms, b->vocab.term_count);
    assert_memory_equal(a->first, b->first, (terms + 1) * sizeof *a->first);
    assert_memory_equal(a->idf, b->idf, terms * sizeof *a->idf);
    assert_memory_equal(a->postings, b->postings, a->first[terms] * sizeof *a->postings);
    assert_memory_equal(a->fields, b->fields, a->first[terms] * sizeof *a->fields);
}

static void indexing(void **state)
{
    (void)state;
    struct fl_index expected, index;
    fl_test_fail_alloc_at(0);
    assert_int_equal(build(&expected, NULL), 0);
    long count = fl_test_alloc_count(), failures = 0;
    for (long n = 1; n <= count; n++) {
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        int rc = build(&index, &err);
        fl_test_fail_alloc_at(0);
        failures += rc == -FL_ENOMEM && err.code == FL_ENOMEM;
        if (rc == 0) /* it did without */
            assert_same_index(&index, &expected);
        else if (rc != -FL_ENOMEM || err.code != FL_ENOMEM)
            fail_msg("allocation %ld of %ld: %s", n, count, fl_error_name(rc));
        fl_index_destroy(&index); /* already empty if it failed */
    }
    assert_true(failures > 15);
    fl_index_destroy(&expected);
}

static void describe(const struct fl_query *query, struct fl_buf *out)
{
    fl_buf_clear(out);
    for (unsigned i = 0; i < query->term_count; i++)
        fl_buf_printf(out, "%u by %s: %a\n", (unsigned)query->terms[i].term,
                      fl_way_name((enum fl_way)query->terms[i].way),
                      (double)query->terms[i].weight);
}

/* Without scratch for similar words a request is analysed as if there were none. */
static bool lacks_spelling_alone(const struct fl_buf *got, const struct fl_buf *expected)
{
    const char *line = fl_buf_text(got);
    for (const char *wanted = fl_buf_text(expected); *wanted; wanted = strchr(wanted, '\n') + 1) {
        size_t len = (size_t)(strchr(wanted, '\n') + 1 - wanted);
        if (strncmp(line, wanted, len) == 0)
            line += len;
        else if (!memmem(wanted, len, "by spelling", 11))
            return false;
    }
    return *line == '\0';
}

static void analysing(void **state)
{
    (void)state;
    struct fl_index index;
    struct fl_buf expected = {0}, got = {0};
    struct fl_query *query = calloc(1, sizeof *query);
    assert_int_equal(build(&index, NULL), 0);
    long failures = 0;
    for (unsigned r = 0; r < REQUESTS; r++) {
        fl_query_destroy(query);
        fl_test_fail_alloc_at(0);
        assert_int_equal(fl_query_analyze(query, &index, &plain_options, fl_str_of(requests[r])),
                         0);
        long count = fl_test_alloc_count();
        describe(query, &expected);
        for (long n = 1; n <= count; n++) {
            fl_query_destroy(query);
            fl_test_fail_alloc_at(n);
            int rc = fl_query_analyze(query, &index, &plain_options, fl_str_of(requests[r]));
            fl_test_fail_alloc_at(0);
            failures += rc == -FL_ENOMEM;
            describe(query, &got);
            if (rc != -FL_ENOMEM && (rc || !lacks_spelling_alone(&got, &expected)))
                fail_msg("'%s', allocation %ld of %ld: %s", requests[r], n, count,
                         fl_error_name(rc));
            assert_int_equal(
                fl_query_analyze(query, &index, &plain_options, fl_str_of(requests[r])), 0);
            describe(query, &got);
            assert_string_equal(fl_buf_text(&got), fl_buf_text(&expected));
        }
    }
    assert_true(failures >= REQUESTS * 3);
    fl_query_destroy(query);
    free(query);
    fl_buf_destroy(&expected);
    fl_buf_destroy(&got);
    fl_index_destroy(&index);
}

static void searching(void **state)
{
    (void)state;
    struct fl_index index;
    struct fl_search search;
    assert_int_equal(build(&index, NULL), 0);
    fl_test_fail_alloc_at(0);
    assert_int_equal(fl_search_init(&search, &index), 0);
    long count = fl_test_alloc_count();
    fl_search_destroy(&search);
    for (long n = 1; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        assert_int_equal(fl_search_init(&search, &index), -FL_ENOMEM);
        fl_test_fail_alloc_at(0);
        fl_search_destroy(&search);
    }
    fl_index_destroy(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokenizing),
        cmocka_unit_test(indexing),
        cmocka_unit_test(analysing),
        cmocka_unit_test(searching),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
