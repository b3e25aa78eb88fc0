/* test_toml.c: expectations from the TOML 1.0 specification and its examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forms/toml.h"

static const struct {
    const char *toml, *json;
} valid[] = {
    {"", "{}"},
    {"# only a comment", "{}"},
    {"\r\n\t\n", "{}"},
    {"a = 1", "{\"a\":1}"},
    {"a=1#c\r\nb =2 # d", "{\"a\":1,\"b\":2}"},
    {"bare_key = 1\nbare-key = 2\n1234 = 3\n\"127.0.0.1\" = 4\n'quoted \"v\"' = 5\n\"\" = 6",
     "{\"bare_key\":1,\"bare-key\":2,\"1234\":3,\"127.0.0.1\":4,\"quoted \\\"v\\\"\":5,\"\":6}"},
    {"physical.color = \"orange\"\nphysical . shape = \"round\"\nsite.\"google.com\" = true",
     "{\"physical\":{\"color\":\"orange\",\"shape\":\"round\"},\"site\":{\"google.com\":true}}"},
    {"3.14159 = \"pi\"", "{\"3\":{\"14159\":\"pi\"}}"},
    /* strings */
    {"s = \"a\\tb\\n\\\"\\\\\\u00E9\\U0001F600\\e\\x41\"",
     "{\"s\":\"a\\tb\\n\\\"\\\\\u00e9\U0001F600\\u001b\x41\"}"},
    {"s = 'C:\\Users\\n'", "{\"s\":\"C:\\\\Users\\\\n\"}"},
    {"s = \"\"\"\nRoses\r\nViolets\"\"\"", "{\"s\":\"Roses\\nViolets\"}"},
    {"s = \"\"\"\\\n   The quick \\\n\n\n  brown\\  \n fox.\"\"\"",
     "{\"s\":\"The quick brownfox.\"}"},
    {"s = \"\"\"two \"\" and \"\"\\\"three\"\"\"\"\"",
     "{\"s\":\"two \\\"\\\" and \\\"\\\"\\\"three\\\"\\\"\"}"},
    {"s = '''\nfirst\n'that' is ''two'''''", "{\"s\":\"first\\n'that' is ''two''\"}"},
    {"s = \"\"\nt = ''\nu = \"\"\"\"\"\"\nv = ''''''",
     "{\"s\":\"\",\"t\":\"\",\"u\":\"\",\"v\":\"\"}"},
    /* numbers */
    {"a = +99\nb = 0\nc = -17\nd = 1_000\ne = 5_349_221\nf = 0xDEAD_BEEF\ng = 0o755\nh = 0b1101",
     "{\"a\":99,\"b\":0,\"c\":-17,\"d\":1000,\"e\":5349221,\"f\":3735928559,\"g\":493,\"h\":13}"},
    {"a = 9223372036854775807\nb = -9223372036854775808\nc = 0x7fffffffffffffff",
     "{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":9223372036854775807}"},
    {"a = +1.0\nb = -0.01\nc = 5e+22\nd = 1e06\ne = -2E-2\nf = 6.5e-3\ng = 224_617.445_991",
     "{\"a\":1.0,\"b\":-0.01,\"c\":5e22,\"d\":1e6,\"e\":-0.02,\"f\":0.0065,\"g\":224617.445991}"},
    {"a = inf\nb = -inf\nc = nan\nd = +nan",
     "{\"a\":\"inf\",\"b\":\"-inf\",\"c\":\"nan\",\"d\":\"+nan\"}"},
    {"a = true\nb = false", "{\"a\":true,\"b\":false}"},
    /* dates stay as they are written */
    {"a = 1979-05-27T07:32:00Z\nb = 1979-05-27T00:32:00.999-07:00\nc = 1979-05-27 07:32:00\n"
     "d = 1979-05-27\ne = 07:32:00\nf = 00:32:00.5 # c\ng = 2024-02-29 # leap",
     "{\"a\":\"1979-05-27T07:32:00Z\",\"b\":\"1979-05-27T00:32:00.999-07:00\","
     "\"c\":\"1979-05-27 07:32:00\",\"d\":\"1979-05-27\",\"e\":\"07:32:00\",\"f\":\"00:32:00.5\","
     "\"g\":\"2024-02-29\"}"},
    /* arrays and inline tables */
    {"a = []\nb = [1, 2,]\nc = [ [ 1 ], [\"x\", 2.5] ]\nd = [\n # one\n 1, # two\n 2\n , ]",
     "{\"a\":[],\"b\":[1,2],\"c\":[[1],[\"x\",2.5]],\"d\":[1,2]}"},
    {"p = { x = 1, y = { z = 2 }, a.b = 3, a.c = 4 }\nq = {}\nr = [{a=1},{a=2}]",
     "{\"p\":{\"x\":1,\"y\":{\"z\":2},\"a\":{\"b\":3,\"c\":4}},\"q\":{},\"r\":[{\"a\":1},{\"a\":2}]"
     "}"},
    {"p = {\n x = 1, # c\n}", "{\"p\":{\"x\":1}}"},
    /* tables */
    {"[a]\nx = 1\n[a.b]\ny = 2\n[ c . \"d.e\" ]\nz = 3",
     "{\"a\":{\"x\":1,\"b\":{\"y\":2}},\"c\":{\"d.e\":{\"z\":3}}}"},
    {"[x.y.z.w]\n[x]\na = 1", "{\"x\":{\"y\":{\"z\":{\"w\":{}}},\"a\":1}}"},
    {"[fruit]\napple.color = \"red\"\napple.taste.sweet = true\n[fruit.apple.texture]\nsmooth = 1",
     "{\"fruit\":{\"apple\":{\"color\":\"red\",\"taste\":{\"sweet\":true},\"texture\":{\"smooth\":"
     "1}}}}"},
    {"[a.b.c]\nz = 1\n[a]\nb.d.t = 2", "{\"a\":{\"b\":{\"c\":{\"z\":1},\"d\":{\"t\":2}}}}"},
    {"[[p]]\nn = 1\n[[p]]\n[[p]]\nn = 3", "{\"p\":[{\"n\":1},{},{\"n\":3}]}"},
    {"[[f]]\nn = 1\n[f.p]\nc = 2\n[[f.v]]\nm = 3\n[[f.v]]\nm = 4\n[[f]]\nn = 5\n[[f.v]]\nm = 6",
     "{\"f\":[{\"n\":1,\"p\":{\"c\":2},\"v\":[{\"m\":3},{\"m\":4}]},{\"n\":5,\"v\":[{\"m\":6}]}]}"},
};

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        struct fl_err err = {0};
        json_t *value = fl_toml_parse(fl_str_of(valid[i].toml), &err);
        if (!value)
            fail_msg("line %u: %s\n%s", err.line, err.message, valid[i].toml);
        json_t *expected = json_loads(valid[i].json, 0, NULL);
        assert_non_null(expected);
        if (!json_equal(value, expected)) {
            char *text = json_dumps(value, JSON_COMPACT);
            fail_msg("%s\ngave %s\nnot  %s", valid[i].toml, text, valid[i].json);
        }
        json_decref(value);
        json_decref(expected);
    }
}

static const struct {
    const char *toml;
    unsigned line;
} invalid[] = {
    {"a", 1},
    {"a =", 1},
    {"= 1", 1},
    {"a = 1 b = 2", 1},
    {"a = 1\na = 2", 2},
    {"a = 1\n\"a\" = 2", 2},
    {"a.b = 1\na.b.c = 2", 2},
    {"a = 1\n[a]", 2},
    {"[a]\n[a]", 2},
    {"[a]\nb = 1\n[a.b]", 3},
    {"[a.b]\n[a]\nb.c = 1", 3},
    {"[a.b.c]\nz = 1\n[a]\nb.c.t = 2", 4},
    {"[fruit]\napple.color = 1\n[fruit.apple]", 3},
    {"[a.b.c]\n[a]\nb.d.e = 1\n[a.b]", 4},
    {"a = { b = 1 }\na.c = 2", 2},
    {"a = { b = 1 }\n[a.c]", 2},
    {"a = { b = {} }\n[a.b.c]", 2},
    {"a = [1]\n[[a]]", 2},
    {"a = [{b = 1}]\n[a.c]", 2},
    {"[[a]]\n[a]", 2},
    {"[a]\n[[a]]", 2},
    {"[a.b]\n[[a]]", 2},
    {"[]", 1},
    {"[a", 1},
    {"[a.]", 1},
    {"[a]]", 1},
    {"[[a]", 1},
    {"[a] b = 1", 1},
    {"a = [1 2]", 1},
    {"a = [1,\n,2]", 2},
    {"a = [1", 1},
    {"a = { b = 1", 1},
    {"a = { , }", 1},
    {"a = { b = 1 c = 2 }", 1},
    {"a = { b = 1, b = 2 }", 1},
    {"a = \"x", 1},
    {"a = \"x\ny\"", 1},
    {"a = 'x\ny'", 1},
    {"a = \"\"\"x\ny", 2},
    {"a = \"\\q\"", 1},
    {"a = \"\\u12\"", 1},
    {"a = \"\\uD800\"", 1},
    {"a = \"\\U00110000\"", 1},
    {"a = \"\\u0000\"", 1},
    {"a = \"\x01\"", 1},
    {"# \x7f", 1},
    {"\"\"\"k\"\"\" = 1", 1},
    {"a = 01", 1},
    {"a = _1", 1},
    {"a = 1_", 1},
    {"a = 1__0", 1},
    {"a = 1.", 1},
    {"a = .5", 1},
    {"a = 1.e5", 1},
    {"a = 1._5", 1},
    {"a = +-1", 1},
    {"a = 1e_5", 1},
    {"a = 1_e5", 1},
    {"a = 0x_1", 1},
    {"a = 0x", 1},
    {"a = +0x1", 1},
    {"a = 0xg", 1},
    {"a = 0b2", 1},
    {"a = 0o8", 1},
    {"a = 9223372036854775808", 1},
    {"a = 0x8000000000000000", 1},
    {"a = 1e999", 1},
    {"a = truth", 1},
    {"a = True", 1},
    {"a = null", 1},
    {"a = 2023-02-29", 1},
    {"a = 2023-13-01", 1},
    {"a = 25:00:00", 1},
    {"a = 07:32", 1},
    {"a = 1979-05-27T", 1},
    {"a = 1979-05-27T07:32:00+25:00", 1},
    {"a = 1\rb = 2", 1},
    {"a = \"\"\"x\ry\"\"\"", 1},
    {"a = 1\nb = 2\n@ = 3", 3},
};

static void test_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) {
        struct fl_err err = {0};
        json_t *value = fl_toml_parse(fl_str_of(invalid[i].toml), &err);
        if (value)
            fail_msg("was accepted: %s", invalid[i].toml);
        assert_int_equal(err.code, FL_EPARSE);
        if (err.line != invalid[i].line)
            fail_msg("line %u, not %u: %s\n%s", err.line, invalid[i].line, err.message,
                     invalid[i].toml);
    }
}

static void test_encoding(void **state)
{
    (void)state;
    struct fl_err err = {0};
    assert_null(fl_toml_parse(FL_STR("a = 1\nb = \"\xff\""), &err));
    assert_int_equal(err.code, FL_EUTF8);
    assert_int_equal(err.line, 2);
    assert_null(fl_toml_parse(FL_STR("a = \"x\0y\""), &err));
    assert_int_equal(err.code, FL_EPARSE);
    assert_null(fl_toml_parse(FL_STR("a = 1\0"), &err));
    assert_null(fl_toml_parse(FL_STR("\0"), &err));
}

/* `count` times `open`, then "1", then `count` times `close`. */
static json_t *parse_nested(int count, const char *open, const char *close, struct fl_err *err)
{
    struct fl_buf text = {0};
    fl_buf_append_str(&text, "a = ");
    for (int i = 0; i < count; i++)
        fl_buf_append_str(&text, open);
    fl_buf_append_str(&text, "1");
    for (int i = 0; i < count; i++)
        fl_buf_append_str(&text, close);
    json_t *value = fl_toml_parse((struct fl_str){text.ptr, text.len}, err);
    fl_buf_destroy(&text);
    return value;
}

static void test_limits(void **state)
{
    (void)state;
    struct fl_err err = {0};
    json_t *value = parse_nested(FL_TOML_MAX_DEPTH, "[", "]", &err);
    assert_non_null(value);
    json_decref(value);
    assert_null(parse_nested(FL_TOML_MAX_DEPTH + 1, "[", "]", &err));
    assert_int_equal(err.code, FL_ELIMIT);
    assert_null(parse_nested(100000, "[", "]", &err));
    assert_null(parse_nested(100000, "{a=", "}", &err));
    assert_int_equal(err.code, FL_ELIMIT);

    struct fl_buf text = {0};
    for (int i = 0; i < 1000; i++)
        fl_buf_append_str(&text, "a.");
    fl_buf_append_str(&text, "b = 1");
    assert_null(fl_toml_parse((struct fl_str){text.ptr, text.len}, &err));
    assert_int_equal(err.code, FL_ELIMIT);
    fl_buf_clear(&text);
    for (int i = 0; i <= FL_TOML_MAX_KEYS; i++)
        fl_buf_printf(&text, "k%d = 1\n", i);
    assert_null(fl_toml_parse((struct fl_str){text.ptr, text.len}, &err));
    assert_int_equal(err.code, FL_ELIMIT);
    assert_int_equal(err.line, FL_TOML_MAX_KEYS + 1);
    fl_buf_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
