/* test_read_fault.c: every allocation of every reader fails once. Nothing may crash or leak, and
 * what is read in spite of a failure is all of it, or a report says what is missing.
 *
 * jansson's parser does not survive a failure inside it (2.14 drops bytes of strings, or crashes),
 * so it fails as a whole, as one allocation; everything else of jansson fails call by call. */
#include "catalog_fixture.h"

#include "base/json.h"
#include "catalog/manifest_write.h"
#include "failing_alloc.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const inputs[] = {
    "clients/claude_code_mcp.json",
    "clients/claude.json",
    "clients/.gemini/settings.json",
    "clients/vscode_mcp.json",
    "clients/zed_settings.json",
    "clients/opencode.json",
    "clients/codex.toml",
    "clients/list.json",
    "folder",
    "fault/tools.json",
    "fault/tools.jsonl",
    "fault/manifest.json",
};

static bool parsing;

void *__real_malloc(size_t bytes);
json_t *__real_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error);
json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error);

static void *jansson_malloc(size_t bytes)
{
    return parsing ? __real_malloc(bytes) : fl_test_malloc(bytes);
}

json_t *__wrap_json_loadb(const char *text, size_t len, size_t flags, json_error_t *error)
{
    void *probe = fl_test_malloc(1);
    if (!probe) {
        if (error) {
            *error = (json_error_t){.line = -1, .text = "out of memory"};
            error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
        }
        return NULL;
    }
    free(probe);
    parsing = true;
    json_t *value = __real_json_loadb(text, len, flags, error);
    parsing = false;
    return value;
}

json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error)
{
    return __wrap_json_loadb(text, strlen(text), flags, error);
}

/* Reads and finishes, as a program does; 0 or the first failure. */
static int use(struct fixture *fixture, const char *input)
{
    int rc = fixture_read_input(fixture, input);
    if (!rc)
        rc = fl_catalog_finish(&fixture->catalog, &fixture->findings, &fixture->err);
    struct fl_buf text = {0};
    for (uint32_t i = 0; !rc && i < fixture->catalog.component_count; i++)
        rc = fl_manifest_append(&text, &fixture->catalog.components[i], &fixture->err);
    fl_buf_destroy(&text);
    return rc;
}

static void describe(const struct fixture *fixture, struct fl_buf *buf)
{
    fixture_describe(fixture, buf);
    for (uint32_t i = 0; i < fixture->catalog.tool_count; i++)
        fl_buf_printf(buf, "%s\n", fixture->catalog.tools[i].definition);
}

static void fail_each_allocation(const char *input)
{
    void *own;
    assert_int_equal(fixture_setup(&own), 0);
    fl_test_fail_alloc_at(0);
    assert_int_equal(use(own, input), 0);
    long count = fl_test_alloc_count();
    struct fl_buf expected = {0};
    describe(own, &expected);
    uint32_t findings = ((struct fixture *)own)->findings.count;
    fixture_teardown(&own);
    assert_true(count > 10);
    for (long n = 1; n <= count; n++) {
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *fixture = own;
        fl_test_fail_alloc_at(n);
        int rc = use(fixture, input);
        fl_test_fail_alloc_at(0);
        struct fl_buf got = {0};
        describe(fixture, &got);
        /* a failure is returned, or only a report was lost, or it became a report of its own */
        bool same = strcmp(fl_buf_text(&got), fl_buf_text(&expected)) == 0;
        if (rc == 0 && !same && fixture->findings.count <= findings)
            fail_msg("%s: allocation %ld of %ld failed unnoticed:\n%s", input, n, count,
                     fl_buf_text(&got));
        fl_buf_destroy(&got);
        fixture_teardown(&own);
    }
    fl_buf_destroy(&expected);
}

static void test_readers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        fail_each_allocation(inputs[i]);
}

int main(void)
{
    json_set_alloc_funcs(jansson_malloc, free);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_readers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
