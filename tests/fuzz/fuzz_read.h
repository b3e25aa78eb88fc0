/* fuzz_read.h: what the fuzz targets of the catalogue's readers share. */
#ifndef FL_TESTS_FUZZ_READ_H
#define FL_TESTS_FUZZ_READ_H

#include "base/json.h"
#include "catalog/manifest_write.h"
#include "forms/read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *fuzz_getenv(void *ctx, const char *name)
{
    (void)ctx;
    return name[0] == 'A' ? "value" : NULL;
}

/* What holds for every finished catalogue. */
static void fuzz_check(const struct fl_catalog *catalog)
{
    uint32_t tools = 0;
    for (uint32_t i = 0; i < catalog->component_count; i++) {
        struct fl_buf text = {0};
        if (catalog->components[i].first_tool != tools)
            abort();
        tools += catalog->components[i].tool_count;
        if (fl_manifest_append(&text, &catalog->components[i], NULL))
            abort();
        struct fl_err err = {0};
        json_t *manifest =
            fl_json_parse((struct fl_str){text.ptr, text.len}, FL_JSON_LIMITS_DEFAULT, &err);
        if (!manifest)
            abort();
        json_decref(manifest);
        fl_buf_destroy(&text);
    }
    if (tools != catalog->tool_count)
        abort();
    for (uint32_t i = 0; i < tools; i++) {
        const struct fl_tool *tool = &catalog->tools[i];
        uint32_t index;
        if (fl_catalog_find_tool(catalog, tool->full_name, &index, NULL) || index != i)
            abort();
        if (strlen(tool->definition) != tool->definition_bytes || !tool->category ||
            tool->tier < 1 || tool->tier > 3)
            abort();
    }
}

/* Reads the input under a name, finishes the catalogue and checks it. */
static int fuzz_read(const char *path, const uint8_t *bytes, size_t len)
{
    struct fl_catalog catalog = {0};
    struct fl_findings findings = {0};
    struct fl_err err = {0};
    struct fl_read_options options = {.getenv = fuzz_getenv, .self_program = "foreload"};
    int rc = fl_catalog_read_text(&catalog, (struct fl_str){(const char *)bytes, len}, path,
                                  &options, &findings, NULL, &err);
    if (rc && err.code != -rc)
        abort();
    if (fl_catalog_finish(&catalog, &findings, &err))
        abort();
    fuzz_check(&catalog);
    fl_catalog_destroy(&catalog);
    fl_findings_destroy(&findings);
    return 0;
}

#endif
