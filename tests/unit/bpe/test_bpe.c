/* test_bpe.c: tokens are those of the npm package `tiktoken`, whose answers are in
 * bpe_golden.jsonl. */
#include "bpe_fixture.h"

#include "base/os.h"

#include <jansson.h>
#include <stdlib.h>

enum { MAX_GOLDEN_BYTES = 16 << 20, LEAST_GOLDEN_ROWS = 500 };

static uint32_t folded(const uint32_t *ids, size_t count)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ ids[i]) * 16777619u;
    return hash;
}

static void check_row(const struct fl_bpe *bpe, const char *line, size_t len, unsigned number)
{
    json_t *row = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    assert_non_null(row);
    const json_t *text = json_object_get(row, "text");
    const json_t *expected = json_object_get(row, fl_bpe_name(bpe));
    assert_true(json_is_string(text) && json_array_size(expected) == 2);
    uint32_t *ids;
    size_t count = bpe_tokens(bpe, json_string_value(text), json_string_length(text), &ids);
    if (count != (size_t)json_integer_value(json_array_get(expected, 0)) ||
        folded(ids, count) != (uint32_t)json_integer_value(json_array_get(expected, 1)))
        fail_msg("line %u of bpe_golden.jsonl: other tokens of %s", number, fl_bpe_name(bpe));
    free(ids);
    json_decref(row);
}

static void check_golden(const char *encoding)
{
    struct fl_bpe *bpe = bpe_open_table(encoding); /* or the test ends here */
    char *path = bpe_test_file("bpe_golden.jsonl");
    struct fl_buf rows = {0};
    struct fl_err err = {0};
    if (fl_os_read_file(path, MAX_GOLDEN_BYTES, &rows, &err))
        fail_msg("%s", err.message);
    free(path);
    unsigned number = 0;
    const char *line = rows.ptr;
    for (const char *end; (end = strchr(line, '\n')); line = end + 1)
        check_row(bpe, line, (size_t)(end - line), ++number);
    assert_true(number >= LEAST_GOLDEN_ROWS);
    fl_bpe_close(bpe);
    fl_buf_destroy(&rows);
}

static void golden_texts_have_their_tokens_in_o200k_base(void **state)
{
    (void)state;
    check_golden("o200k_base");
}

static void golden_texts_have_their_tokens_in_cl100k_base(void **state)
{
    (void)state;
    check_golden("cl100k_base");
}

/* Ids by tiktoken. */
static void ids_are_those_of_the_vocabulary(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_table("o200k_base");
    uint32_t *ids;
    size_t count = bpe_tokens(bpe, "hello world", 11, &ids);
    assert_int_equal(count, 2);
    assert_int_equal(ids[0], 24912);
    assert_int_equal(ids[1], 2375);
    free(ids);
    assert_string_equal(fl_bpe_name(bpe), "o200k_base");
    fl_bpe_close(bpe);
}

static void special_tokens_are_ordinary_text(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_table("cl100k_base");
    uint32_t *ids;
    size_t count = bpe_tokens(bpe, "<|endoftext|>", 13, &ids);
    assert_true(count > 1);
    for (size_t i = 0; i < count; i++)
        assert_true(ids[i] < 100256);
    free(ids);
    fl_bpe_close(bpe);
}

static void no_text_is_no_tokens(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_tiny();
    uint32_t *ids = (uint32_t *)&ids;
    assert_int_equal(bpe_tokens(bpe, "", 0, &ids), 0);
    assert_null(ids);
    fl_bpe_close(bpe);
}

/* The tiny vocabulary: 256 bytes, then th 256, he, in, er 259, " t" 260, the 261, " the" 262,
 * ing 263, aa 264, aaaa, aaaaaaaa 266, two spaces, four spaces 268, 16, 24 and 32 times a 269-271.
 */
static void merges_go_by_rank_and_from_the_left(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_tiny();
    static const struct {
        const char *text;
        size_t count;
        uint32_t ids[8];
    } cases[] = {
        {"the", 1, {261}},
        {" the", 1, {262}},
        {"then", 2, {261, 'n'}},
        {"hen", 2, {257, 'n'}},
        {"aaa", 2, {264, 'a'}},
        {"aaaaaaa", 3, {265, 264, 'a'}},
        {"baaaa", 2, {'b', 265}},
        {"thing", 2, {256, 263}},
        {"therein", 4, {256, 259, 'e', 258}},
        {"aaaaaaaaaaaaaaaaaaaaaaaa", 1, {270}},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, {271}},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 3, {271, 269, 'a'}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t *ids;
        size_t count = bpe_tokens(bpe, cases[i].text, strlen(cases[i].text), &ids);
        assert_int_equal(count, cases[i].count);
        assert_memory_equal(ids, cases[i].ids, count * sizeof *ids);
        free(ids);
    }
    fl_bpe_close(bpe);
}

static void bad_utf8_is_refused_with_its_place(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_tiny();
    static const struct {
        const char *text;
        const char *place;
    } cases[] = {
        {"\x80", "byte 0"},
        {"ok \xff", "byte 3"},
        {"\xc0\x80", "byte 0"},
        {"a\xc3", "byte 1"},
        {"\xed\xa0\x80", "byte 0"},
        {"\xf4\x90\x80\x80", "byte 0"},
        {"a long text, more than eight bytes, then \xe2\x82", "byte 41"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fl_err err = {0};
        size_t count = 77;
        uint32_t *ids = (uint32_t *)&count;
        size_t len = strlen(cases[i].text);
        assert_int_equal(fl_bpe_count(bpe, cases[i].text, len, &count, &err), -FL_EUTF8);
        assert_int_equal(err.code, FL_EUTF8);
        assert_non_null(strstr(err.message, cases[i].place));
        assert_int_equal(fl_bpe_encode(bpe, cases[i].text, len, &ids, &count, NULL), -FL_EUTF8);
        assert_int_equal(count, 77);
        assert_ptr_equal(ids, &count);
    }
    fl_bpe_close(bpe);
}

/* With time or memory that grew with the square, this would not end. */
static void long_runs_are_counted_in_linear_time(void **state)
{
    (void)state;
    struct fl_bpe *bpe = bpe_open_table("o200k_base");
    enum { LEN = 2 << 20 };
    char *text = malloc(LEN);
    assert_non_null(text);
    size_t count;
    memset(text, 'a', LEN);
    assert_int_equal(fl_bpe_count(bpe, text, LEN, &count, NULL), 0);
    assert_int_equal(count, LEN / 8); /* "aaaaaaaa" is the longest token of that kind */
    memset(text, ' ', LEN);
    assert_int_equal(fl_bpe_count(bpe, text, LEN, &count, NULL), 0);
    assert_in_range(count, LEN / 128, LEN / 64);
    free(text);
    fl_bpe_close(bpe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_texts_have_their_tokens_in_o200k_base),
        cmocka_unit_test(golden_texts_have_their_tokens_in_cl100k_base),
        cmocka_unit_test(ids_are_those_of_the_vocabulary),
        cmocka_unit_test(special_tokens_are_ordinary_text),
        cmocka_unit_test(no_text_is_no_tokens),
        cmocka_unit_test(merges_go_by_rank_and_from_the_left),
        cmocka_unit_test(bad_utf8_is_refused_with_its_place),
        cmocka_unit_test(long_runs_are_counted_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
