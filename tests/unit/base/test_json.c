/* test_json.c: limits, refusals with their lines, writing, members and comments. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static json_t *parse(const char *text, struct fl_err *err)
{
    return fl_json_parse(fl_str_of(text), FL_JSON_LIMITS_DEFAULT, err);
}

static void assert_refused(struct fl_str text, int code, unsigned line)
{
    struct fl_err err = {0};
    json_t *value = fl_json_parse(text, FL_JSON_LIMITS_DEFAULT, &err);
    if (value || err.code != code || err.line != line || !err.message[0])
        fail_msg("%.*s: %s, line %u: %s", (int)text.len, text.ptr, fl_error_name(err.code),
                 err.line, err.message);
    assert_null(fl_json_parse(text, FL_JSON_LIMITS_DEFAULT, NULL));
}

static void any_type_may_stand_at_the_root(void **state)
{
    (void)state;
    static const char *const texts[] = {"null",
                                        "true",
                                        "-12",
                                        "1.5e3",
                                        "\"\\u00e9\"",
                                        "[]",
                                        " {\"a\":[1]}\n",
                                        "\"\\ud83d\\ude00\""};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct fl_err err = {0};
        json_t *value = parse(texts[i], &err);
        assert_non_null(value);
        assert_int_equal(err.code, 0);
        json_decref(value);
    }
    json_t *value = parse("\"\\u00e9\\ud83d\\ude00\"", NULL);
    assert_string_equal(json_string_value(value), "é😀");
    json_decref(value);
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           " ",
        "[1,]",       "{\"a\":1,}",
        "[1 2]",      "{a:1}",
        "[01]",       "[1.]",
        "NaN",        "[NaN]",
        "[Infinity]", "'a'",
        "\"\\x\"",    "\"a",
        "[",          "]",
        "[]]",        "{} {}",
        "[] x",       "{\"a\"}",
        "nul",        "+1",
        "\"\t\"",     "\"\\ud800\"",
        "[1]/**/",    "{\"a\\u0000b\":1}",
        "1e999",
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused(fl_str_of(bad[i]), FL_EPARSE, 1);
    assert_refused((struct fl_str){0}, FL_EPARSE, 1);
    assert_refused(FL_STR("[1]\0"), FL_EPARSE, 1);
    assert_refused(FL_STR("{\n\n\"a\": x}"), FL_EPARSE, 3);
    assert_refused(FL_STR("{\"a\":1,\n\"b\":2,\n\"a\":3}"), FL_EPARSE, 3);
    assert_refused(FL_STR("[{\"a\":{\"b\":1,\"b\":1}}]"), FL_EPARSE, 1);
}

static void bad_utf8_is_told_with_its_line(void **state)
{
    (void)state;
    assert_refused(FL_STR("\"\xff\""), FL_EUTF8, 1);
    assert_refused(FL_STR("[\n\"\xC0\x80\"\n]"), FL_EUTF8, 2);
    assert_refused(FL_STR("\n\n\"\xED\xA0\x80\""), FL_EUTF8, 3);
}

static void nested(struct fl_buf *buf, unsigned depth, const char *open, const char *close)
{
    fl_buf_clear(buf);
    for (unsigned i = 0; i < depth; i++)
        fl_buf_append_str(buf, open);
    fl_buf_append_str(buf, "1");
    for (unsigned i = 0; i < depth; i++)
        fl_buf_append_str(buf, close);
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    for (unsigned limit = 0; limit < 200; limit += 7)
        for (unsigned object = 0; object < 2; object++)
            for (unsigned over = 0; over < 2; over++) {
                nested(&buf, limit + over, object ? "{\"[\":" : "[", object ? "}" : "]");
                struct fl_err err = {0};
                json_t *value = fl_json_parse((struct fl_str){buf.ptr, buf.len},
                                              (struct fl_json_limits){1 << 20, limit}, &err);
                assert_true(over ? !value && err.code == FL_ELIMIT : value != NULL);
                json_decref(value);
            }
    nested(&buf, 1000000, "\n[", "]");
    assert_refused((struct fl_str){buf.ptr, buf.len}, FL_ELIMIT, 130);
    nested(&buf, 1000000, "\n{\"a\":", "}");
    assert_refused((struct fl_str){buf.ptr, buf.len}, FL_ELIMIT, 130);
    fl_buf_destroy(&buf);
    /* Brackets in strings are not depth, nor is breadth. */
    json_t *value = fl_json_parse(FL_STR("[\"[[[\\\"[[\", [], [], {}, []]"),
                                  (struct fl_json_limits){100, 2}, NULL);
    assert_int_equal(json_array_size(value), 5);
    json_decref(value);
}

static void size_has_a_limit(void **state)
{
    (void)state;
    struct fl_err err = {0};
    json_t *value = fl_json_parse(FL_STR("[1234]"), (struct fl_json_limits){6, 8}, &err);
    assert_non_null(value);
    json_decref(value);
    assert_null(fl_json_parse(FL_STR("[1234]"), (struct fl_json_limits){5, 8}, &err));
    assert_int_equal(err.code, FL_ELIMIT);
}

static void writing_keeps_order_and_characters(void **state)
{
    (void)state;
    const char *text = "{\"z\":1,\"a\":[true,null,-2,1.5],\"é/\":\"/\\n\\\"\\\\😀\",\"b\":{}}";
    json_t *value = parse(text, NULL);
    assert_non_null(value);
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, "x=");
    assert_int_equal(fl_json_append(&buf, value, 2), 0);
    assert_string_equal(fl_buf_text(&buf) + 2, text);
    size_t len = buf.len;
    assert_int_equal(fl_json_append(&buf, value, 1), -FL_ELIMIT);
    assert_int_equal(buf.len, len);
    json_decref(value);
    value = json_integer(7);
    assert_int_equal(fl_json_append(&buf, value, 0), 0);
    assert_string_equal(fl_buf_text(&buf) + len, "7");
    json_decref(value);
    fl_buf_destroy(&buf);
}

static void a_failed_buffer_is_out_of_memory(void **state)
{
    (void)state;
    json_t *value = json_true();
    struct fl_buf buf = {.failed = true};
    assert_int_equal(fl_json_append(&buf, value, 8), -FL_ENOMEM);
    fl_buf_destroy(&buf);
}

/* Every character of one byte, and some longer: jansson reads back what was written. */
static void strings_are_escaped(void **state)
{
    (void)state;
    struct fl_buf buf = {0};
    for (unsigned c = 1; c < 0x80; c++) {
        const char text[] = {'a', (char)c, 'b', (char)c};
        fl_buf_clear(&buf);
        fl_json_append_string(&buf, (struct fl_str){text, 4});
        json_t *value = parse(fl_buf_text(&buf), NULL);
        if (!value)
            fail_msg("U+%04X is written as %s", c, fl_buf_text(&buf));
        assert_int_equal(json_string_length(value), 4);
        assert_memory_equal(json_string_value(value), text, 4);
        json_decref(value);
    }
    fl_buf_clear(&buf);
    fl_json_append_string(&buf, FL_STR("\0/é\n\x1f"));
    assert_string_equal(fl_buf_text(&buf), "\"\\u0000/é\\n\\u001f\"");
    fl_buf_clear(&buf);
    fl_json_append_string(&buf, (struct fl_str){0});
    assert_string_equal(fl_buf_text(&buf), "\"\"");
    fl_buf_destroy(&buf);
}

static void members_have_fallbacks(void **state)
{
    (void)state;
    json_t *o =
        parse("{\"s\":\"text\",\"i\":-5,\"t\":true,\"f\":false,\"r\":1.5,\"n\":null}", NULL);
    assert_string_equal(fl_json_string(o, "s", "x"), "text");
    assert_string_equal(fl_json_string(o, "i", "x"), "x");
    assert_null(fl_json_string(o, "none", NULL));
    assert_int_equal(fl_json_integer(o, "i", 9), -5);
    assert_int_equal(fl_json_integer(o, "r", 9), 9);
    assert_int_equal(fl_json_integer(o, "none", INT64_MIN), INT64_MIN);
    assert_true(fl_json_boolean(o, "t", false));
    assert_false(fl_json_boolean(o, "f", true));
    assert_true(fl_json_boolean(o, "n", true));
    assert_true(fl_json_boolean(o, "none", true));
    json_decref(o);
    assert_string_equal(fl_json_string(NULL, "s", "x"), "x");
}

static void assert_stripped(const char *text, const char *expected)
{
    size_t len = strlen(text);
    char out[256] = {0};
    assert_int_equal(len, strlen(expected));
    assert_int_equal(fl_json_strip_comments(text, len, out, NULL), 0);
    assert_string_equal(out, expected);
    strcpy(out, text); /* in place */
    assert_int_equal(fl_json_strip_comments(out, len, out, NULL), 0);
    assert_string_equal(out, expected);
}

static void comments_become_spaces(void **state)
{
    (void)state;
    assert_stripped("", "");
    assert_stripped("[1] // end", "[1]       ");
    assert_stripped("// a\n[1]", "    \n[1]");
    assert_stripped("[1,/* a\nb */2]", "[1,    \n    2]");
    assert_stripped("[/**/1/***/]", "[    1     ]");
    assert_stripped("[1,]", "[1 ]");
    assert_stripped("{\"a\":1 , }", "{\"a\":1   }");
    assert_stripped("[1, // x\n]", "[1      \n]");
    assert_stripped("[1, /* , */ ]", "[1          ]");
    assert_stripped("[[1,],]", "[[1 ] ]");
    assert_stripped("[\"a // b\", \"/* c */\"]", "[\"a // b\", \"/* c */\"]");
    assert_stripped("[\"\\\"//\", 1,]", "[\"\\\"//\", 1 ]");
    assert_stripped("[\",]\",1]", "[\",]\",1]");
    assert_stripped("[\"a\\\\\",// \"\n1]", "[\"a\\\\\",    \n1]");
    assert_stripped("1 / 2", "1 / 2"); /* not a comment: the parser refuses it */
    assert_stripped("[1,\r\n// x\r\n]", "[1 \r\n     \n]");
}

static void a_comment_without_end_is_told_with_its_line(void **state)
{
    (void)state;
    static const char *const texts[] = {"[1]\n\n/* never", "{\n\"a\": 1,\n/*", "[\n\n1 /*/"};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        char out[64];
        struct fl_err err = {0};
        assert_int_equal(fl_json_strip_comments(texts[i], strlen(texts[i]), out, &err), -FL_EPARSE);
        assert_int_equal(err.code, FL_EPARSE);
        assert_int_equal(err.line, 3);
    }
}

/* A string that does not end, at every cut: nothing behind the last byte is read or written. */
static void every_cut_stays_inside(void **state)
{
    (void)state;
    const char *text = "{\"a\\\"\": [1, /* x */ \"\\\\\", // y\n], }";
    for (size_t len = 0; len <= strlen(text); len++) {
        char *in = malloc(len ? len : 1), *out = malloc(len ? len : 1);
        memcpy(in, text, len);
        fl_json_strip_comments(in, len, out, NULL);
        struct fl_err err = {0};
        json_t *value = fl_json_parse((struct fl_str){in, len}, FL_JSON_LIMITS_DEFAULT, &err);
        assert_null(value);
        free(in);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_type_may_stand_at_the_root),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(bad_utf8_is_told_with_its_line),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(size_has_a_limit),
        cmocka_unit_test(writing_keeps_order_and_characters),
        cmocka_unit_test(a_failed_buffer_is_out_of_memory),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(members_have_fallbacks),
        cmocka_unit_test(comments_become_spaces),
        cmocka_unit_test(a_comment_without_end_is_told_with_its_line),
        cmocka_unit_test(every_cut_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
