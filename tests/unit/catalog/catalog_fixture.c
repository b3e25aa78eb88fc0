/* catalog_fixture.c: see catalog_fixture.h. */
#include "catalog_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static const char *test_getenv(void *ctx, const char *name)
{
    static const char *const variables[][2] = {
        {"HOME", "/home/ada"}, {"API_KEY", "s3cret-key"}, {"TEAM", "s3cret-team"}, {"EMPTY", ""}};
    (void)ctx;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (strcmp(name, variables[i][0]) == 0)
            return variables[i][1];
    return NULL;
}

static const char *test_input(void *ctx, const char *id)
{
    (void)ctx;
    return strcmp(id, "perplexity-key") == 0 ? "s3cret-input" : NULL;
}

struct fl_read_options fixture_options(void)
{
    return (struct fl_read_options){
        .getenv = test_getenv, .input = test_input, .self_program = "foreload"};
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->options = fixture_options();
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    fl_catalog_destroy(&fixture->catalog);
    fl_findings_destroy(&fixture->findings);
    free(fixture);
    return 0;
}

int fixture_read_bytes(struct fixture *fixture, const char *path, const char *text, size_t len)
{
    fixture->err = (struct fl_err){0};
    return fl_catalog_read_text(&fixture->catalog, (struct fl_str){text, len}, path,
                                &fixture->options, &fixture->findings, &fixture->form,
                                &fixture->err);
}

int fixture_read(struct fixture *fixture, const char *path, const char *text)
{
    return fixture_read_bytes(fixture, path, text, strlen(text));
}

void fixture_input_path(const char *name, char path[512])
{
    const char *folder = getenv("FL_TEST_INPUTS");
    snprintf(path, 512, "%s/%s", folder ? folder : "tests/unit/inputs/catalog", name);
}

int fixture_read_input(struct fixture *fixture, const char *name)
{
    char path[512];
    fixture_input_path(name, path);
    fixture->err = (struct fl_err){0};
    return fl_catalog_read_path(&fixture->catalog, path, &fixture->options, &fixture->findings,
                                &fixture->err);
}

void fixture_finish(struct fixture *fixture)
{
    assert_int_equal(fl_catalog_finish(&fixture->catalog, &fixture->findings, &fixture->err), 0);
}

const struct fl_tool *fixture_tool(const struct fixture *fixture, const char *name)
{
    uint32_t index;
    struct fl_err err = {0};
    if (fl_catalog_find_tool(&fixture->catalog, name, &index, &err))
        fail_msg("%s", err.message);
    return &fixture->catalog.tools[index];
}

const struct fl_component *fixture_component(const struct fixture *fixture, const char *name)
{
    uint32_t index;
    struct fl_err err = {0};
    if (fl_catalog_find_component(&fixture->catalog, name, &index, &err))
        fail_msg("%s", err.message);
    return &fixture->catalog.components[index];
}

const struct fl_finding *fixture_finding(const struct fixture *fixture, const char *text)
{
    for (uint32_t i = 0; i < fixture->findings.count; i++)
        if (strstr(fixture->findings.items[i].message, text))
            return &fixture->findings.items[i];
    return NULL;
}

static void describe_names(struct fl_buf *buf, const char *open, struct fl_names names,
                           const char *close)
{
    if (names.count == 0)
        return;
    fl_buf_append_str(buf, open);
    for (uint32_t i = 0; i < names.count; i++)
        fl_buf_printf(buf, "%s%s", i ? " " : "", names.items[i]);
    fl_buf_append_str(buf, close);
}

void fixture_describe(const struct fixture *fixture, struct fl_buf *buf)
{
    for (uint32_t i = 0; i < fixture->catalog.component_count; i++) {
        const struct fl_component *component = &fixture->catalog.components[i];
        const struct fl_launch *launch = &component->launch;
        fl_buf_printf(buf, "%s %s %s", component->name, launch->transport ? launch->transport : "-",
                      launch->command ? launch->command
                      : launch->url   ? launch->url
                                      : "-");
        describe_names(buf, " ", launch->args, "");
        describe_names(buf, " {", launch->env, "}");
        describe_names(buf, " <", launch->headers, ">");
        if (launch->cwd)
            fl_buf_printf(buf, " @%s", launch->cwd);
        fl_buf_append_str(buf, component->disabled ? " disabled\n" : "\n");
    }
}
