/* test_rows.c: training rows: what is read, what is left out and told, and where it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "learn/rows.h"

#include <stdio.h>
#include <stdlib.h>

struct faults {
    unsigned count, last_line;
};

static void count_fault(void *ctx, const char *path, const struct fl_err *err)
{
    struct faults *faults = ctx;
    assert_string_equal(path, "file");
    faults->count++;
    faults->last_line = err->line;
}

static struct faults parse(struct fl_rows *rows, const char *text)
{
    struct faults faults = {0, 0};
    *rows = (struct fl_rows){0};
    assert_int_equal(fl_rows_parse(rows, fl_str_of(text), "file", count_fault, &faults, NULL), 0);
    assert_int_equal(rows->left_out, faults.count);
    return faults;
}

static void what_is_read(void **state)
{
    (void)state;
    struct fl_rows rows;
    struct faults faults =
        parse(&rows, "{\"text\":\"a\",\"labels\":[\"x\",\"y\",\"x\"],\"more\":1}\r\n\n"
                     "{\"text\":\"b\",\"labels\":[\"y\"],\"split\":\"valid\"}\n"
                     "{\"text\":\"c\",\"labels\":[\"oos\"]}\n"
                     "{\"text\":\"d\",\"labels\":[\"z\"],\"oos\":true}\n"
                     "{\"text\":\"\",\"labels\":[],\"split\":\"train\"}\n"
                     "{\"text\":\"e\",\"split\":\"dev\"}");
    assert_int_equal(faults.count, 0);
    assert_int_equal(rows.count, 6);
    assert_int_equal(rows.label_count, 2); /* "z" labels nothing */
    assert_string_equal(rows.labels[1], "y");
    assert_int_equal(rows.items[0].label_count, 2);
    assert_int_equal(rows.items[0].labels[1], 1);
    assert_true(rows.items[1].validation && !rows.items[0].validation);
    assert_true(rows.items[2].unknown && rows.items[2].label_count == 0);
    assert_true(rows.items[3].unknown && rows.items[3].label_count == 0);
    assert_false(rows.items[4].unknown);
    assert_true(rows.items[5].validation && rows.items[5].label_count == 0);
    fl_rows_destroy(&rows);
}

static void what_is_left_out(void **state)
{
    (void)state;
    struct fl_rows rows;
    struct faults faults = parse(&rows, "{\"text\":5,\"labels\":[\"x\"]}\n"
                                        "{\"labels\":[\"x\"]}\n"
                                        "{\"text\":\"a\",\"labels\":\"x\"}\n"
                                        "{\"text\":\"a\",\"labels\":[1]}\n"
                                        "{\"text\":\"a\",\"labels\":[\"\"]}\n"
                                        "not json\n"
                                        "[]\n"
                                        "{\"text\":\"good\",\"labels\":[\"x\"]}\n"
                                        "{\"text\":\"cut");
    assert_int_equal(faults.count, 8);
    assert_int_equal(faults.last_line, 9);
    assert_int_equal(rows.count, 1);
    fl_rows_destroy(&rows);
}

static void limits(void **state)
{
    (void)state;
    struct fl_rows rows = {0};
    char *text = calloc(FL_ROWS_MAX_TEXT_BYTES + 2, 1);
    const char *labels[FL_ROWS_MAX_LABELS_EACH + 1];
    assert_non_null(text);
    memset(text, 'a', FL_ROWS_MAX_TEXT_BYTES + 1);
    for (int i = 0; i <= FL_ROWS_MAX_LABELS_EACH; i++)
        labels[i] = "same";
    struct fl_row_source row = {.text = {text, FL_ROWS_MAX_TEXT_BYTES}, .labels = labels};
    row.label_count = FL_ROWS_MAX_LABELS_EACH;
    assert_int_equal(fl_rows_add(&rows, &row), 0);
    assert_int_equal(rows.items[0].label_count, 1);
    row.label_count++;
    assert_int_equal(fl_rows_add(&rows, &row), -FL_ELIMIT);
    row.label_count = 1;
    row.text.len++;
    assert_int_equal(fl_rows_add(&rows, &row), -FL_ELIMIT);
    assert_int_equal(fl_rows_read(&rows, "/nonexistent", NULL, NULL, NULL), -FL_ENOENT);
    assert_int_equal(rows.count, 1);
    fl_rows_destroy(&rows);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_left_out),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
