/* test_schema_text.c: words out of schemas of every shape. */
#include "catalog_fixture.h"

#include "catalog/schema_text.h"

static const struct {
    const char *schema, *names, *descriptions, *enum_values;
} cases[] = {
    {"{}", "", "", ""},
    {"null", "", "", ""},
    {"[]", "", "", ""},
    {"\"text\"", "", "", ""},
    {"{\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\", \"description\": "
     "\"where\"}, \"unit\": {\"enum\": [\"c\", \"f\", 3, null]}}}",
     "city\nunit\n", "where\n", "c\nf\n3\n"},
    {"{\"type\": \"dict\", \"properties\": {\"a\": {\"description\": \"A\"}}}", "a\n", "A\n", ""},
    {"{\"properties\": {\"type\": {\"type\": \"string\"}}}", "type\n", "", ""},
    {"{\"city\": {\"type\": \"string\", \"description\": \"where\"}, \"n\": \"how many\"}",
     "city\nn\n", "where\nhow many\n", ""},
    {"{\"type\": {\"type\": \"string\", \"description\": \"kind\"}}", "type\n", "kind\n", ""},
    {"{\"properties\": {\"type\": \"object\", \"description\": \"what it has\"}}", "properties\n",
     "what it has\n", ""},
    {"[{\"name\": \"a\", \"description\": \"A\"}, {\"name\": \"b\"}]", "a\nb\n", "A\n", ""},
    {"{\"type\": \"object\", \"description\": \"root\", \"properties\": {\"o\": {\"type\": "
     "\"object\", \"properties\": {\"i\": {\"type\": \"array\", \"items\": {\"properties\": "
     "{\"deep\": {\"const\": \"k\"}}}}}}}}",
     "o\ni\ndeep\n", "root\n", "k\n"},
    {"{\"anyOf\": [{\"properties\": {\"a\": {}}}, {\"$ref\": \"#/$defs/d\"}], \"$defs\": {\"d\": "
     "{\"description\": \"D\", \"properties\": {\"b\": true}}}}",
     "a\nb\n", "D\n", ""},
    {"{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#\"}}}", "a\n", "", ""},
    {"{\"type\": \"object\", \"properties\": {\"x\": {\"description\": \"two\\nlines\"}}}", "x\n",
     "two lines\n", ""},
    {"{\"type\": \"object\", \"properties\": [1, 2], \"items\": 3, \"anyOf\": {}, \"enum\": \"x\"}",
     "", "", ""},
    {"{\"items\": [{\"properties\": {\"p\": {}}}], \"type\": \"array\"}", "p\n", "", ""},
};

static void test_shapes(void **state)
{
    (void)state;
    struct fl_schema_text text = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *schema = json_loads(cases[i].schema, JSON_DECODE_ANY, NULL);
        assert_non_null(schema);
        fl_schema_text_clear(&text);
        assert_int_equal(fl_schema_text_collect(&text, schema, 128), 0);
        assert_string_equal(fl_buf_text(&text.names), cases[i].names);
        assert_string_equal(fl_buf_text(&text.descriptions), cases[i].descriptions);
        assert_string_equal(fl_buf_text(&text.enum_values), cases[i].enum_values);
        json_decref(schema);
    }
    fl_schema_text_destroy(&text);
    fl_schema_text_destroy(NULL);
}

static void test_bounds(void **state)
{
    (void)state;
    json_t *schema = json_object();
    json_t *values = json_array();
    for (int i = 0; i < 100000; i++)
        json_array_append_new(values, json_string("value"));
    json_object_set_new(schema, "type", json_string("string"));
    json_object_set_new(schema, "enum", values);
    struct fl_schema_text text = {0};
    assert_int_equal(fl_schema_text_collect(&text, schema, 128), 0);
    assert_true(text.enum_values.len <= FL_SCHEMA_TEXT_MAX_BYTES);
    assert_true(text.enum_values.len > FL_SCHEMA_TEXT_MAX_BYTES - 6);
    fl_schema_text_destroy(&text);
    json_decref(schema);
}

static void test_depth(void **state)
{
    (void)state;
    json_t *schema = json_pack("{s:{s:{}}}", "properties", "deepest");
    for (int i = 0; i < 1000; i++)
        schema = json_pack("{s:{s:o}}", "properties", "p", schema);
    struct fl_schema_text text = {0};
    assert_int_equal(fl_schema_text_collect(&text, schema, 128), 0);
    assert_null(strstr(fl_buf_text(&text.names), "deepest"));
    assert_string_equal(strstr(fl_buf_text(&text.names), "p\n") ? "p" : "", "p");
    fl_schema_text_destroy(&text);
    json_decref(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
