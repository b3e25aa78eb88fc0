/* test_json_slice.c: cutting JSON without parsing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json_slice.h"

static struct fl_slice slice_of(const char *text)
{
    return (struct fl_slice){fl_str_of(text), 1};
}

static void assert_slice(struct fl_slice slice, const char *text, unsigned line)
{
    assert_int_equal(slice.text.len, strlen(text));
    assert_memory_equal(slice.text.ptr, text, slice.text.len);
    assert_int_equal(slice.line, line);
}

static void test_values(void **state)
{
    static const char *const whole[] = {
        "1",  "-1.5e3", "null",      "\"\"",      "\"a\\\"b\"", "\"\\\\\"",
        "[]", "{}",     "[[],[{}]]", "{\"]\":1}", "[\"}\"]",    "{\"a\":\"\\\\\\\"}\"}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct fl_buf text = {0};
        struct fl_slice rest;
        fl_buf_printf(&text, " \n%s ,x", whole[i]);
        assert_slice(fl_slice_value(slice_of(fl_buf_text(&text)), &rest), whole[i], 2);
        assert_slice(rest, " ,x", 2);
        fl_buf_destroy(&text);
    }
    static const char *const endless[] = {"", " ", "\"", "\"\\\"", "[", "{\"a\":\"}", "[[]", ","};
    for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
        assert_int_equal(fl_slice_value(slice_of(endless[i]), NULL).text.len, 0);
}

static void test_walk(void **state)
{
    (void)state;
    struct fl_slice_walk walk = fl_slice_walk_start(slice_of("[1,\n\"two\" ,\n\n{\"3\":[4]}]"));
    struct fl_slice value;
    assert_int_equal(fl_slice_walk_next(&walk, NULL, &value), 1);
    assert_slice(value, "1", 1);
    assert_int_equal(fl_slice_walk_next(&walk, NULL, &value), 1);
    assert_slice(value, "\"two\"", 2);
    assert_int_equal(fl_slice_walk_next(&walk, NULL, &value), 1);
    assert_slice(value, "{\"3\":[4]}", 4);
    assert_int_equal(fl_slice_walk_next(&walk, NULL, &value), 0);
    static const char *const broken[] = {"[1 2]",     "[1,]",     "[,]",        "[1", "{1:2}",
                                         "{\"a\" 1}", "{\"a\":}", "{\"a\":1,}", "7",  ""};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        walk = fl_slice_walk_start(slice_of(broken[i]));
        int rc;
        while ((rc = fl_slice_walk_next(&walk, NULL, &value)) == 1)
            ;
        assert_int_equal(rc, -FL_EPARSE);
    }
}

static void test_members_and_carving(void **state)
{
    (void)state;
    struct fl_slice object =
        slice_of("{\"a\":1,\n\"to\\u006fls\": [1,\n2,\n3],\n\"b\":[4],\"b\":5}");
    struct fl_slice tools = fl_slice_member(object, "tools");
    assert_slice(tools, "[1,\n2,\n3]", 2);
    assert_slice(fl_slice_member(object, "b"), "[4]", 5);
    assert_null(fl_slice_member(object, "c").text.ptr);
    assert_null(fl_slice_member(slice_of("[1]"), "c").text.ptr);
    assert_true(fl_slice_is_array(tools));
    assert_false(fl_slice_is_array(fl_slice_member(object, "c")));
    struct fl_buf skeleton = {0};
    fl_slice_carve(object, tools, &skeleton);
    assert_string_equal(fl_buf_text(&skeleton),
                        "{\"a\":1,\n\"to\\u006fls\": [\n\n],\n\"b\":[4],\"b\":5}");
    fl_buf_destroy(&skeleton);
}

static void test_compact(void **state)
{
    static const struct {
        const char *text, *compact;
    } cases[] = {
        {" { \"b\" : [ 1.0 , 1e2 , 18446744073709551615 ] ,\n\t\"a\" : \"x  y\" } ",
         "{\"b\":[1.0,1e2,18446744073709551615],\"a\":\"x  y\"}"},
        {"\"\\u00e9\\/\\n\\u001f\\\"\"", "\"\u00e9/\\n\\u001f\\\"\""},
        {"[ true, null ]", "[true,null]"},
        {"[1 \n 2] tr ue", "[1 2]tr ue"}, /* no JSON, and none afterwards */
        {"\"\\q\" , \"\\u0000", "\"\\q\",\"\\u0000"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_buf buf = {0};
        fl_slice_append_compact(&buf, fl_str_of(cases[i].text));
        assert_string_equal(fl_buf_text(&buf), cases[i].compact);
        fl_buf_destroy(&buf);
    }
}

static void test_parse(void **state)
{
    (void)state;
    struct fl_err err = {0};
    struct fl_slice slice = {FL_STR("{\n\"a\": 18446744073709551615}"), 10};
    json_t *value = fl_slice_parse(slice, FL_JSON_LIMITS_DEFAULT, &err);
    assert_true(json_is_real(json_object_get(value, "a")));
    json_decref(value);
    slice.text = FL_STR("{\n\"a\": \"s3cret\" \"s3cret\"}");
    assert_null(fl_slice_parse(slice, FL_JSON_LIMITS_DEFAULT, &err));
    assert_int_equal(err.line, 11);
    assert_null(strstr(err.message, "s3cret"));
    assert_null(fl_slice_parse(slice, FL_JSON_LIMITS_DEFAULT, NULL));
    slice.text = FL_STR("[1,\n2\0]");
    assert_null(fl_slice_parse(slice, FL_JSON_LIMITS_DEFAULT, &err));
    assert_int_equal(err.code, FL_EPARSE);
    assert_int_equal(err.line, 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_members_and_carving),
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
