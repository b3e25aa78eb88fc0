/* read_tools.c: what an MCP server answers to tools/list, with or without what it said of itself.
 */
#include "forms/source.h"

/* What the file says of the server goes to the component, unless that is known already. */
static int describe_component(const struct fl_source *source, const json_t *root, const char *name,
                              uint32_t *ret_index, struct fl_err *err)
{
    const json_t *server = json_object_get(root, "serverInfo");
    struct fl_component component = {.name = name,
                                     .title = fl_json_string(server, "title", NULL),
                                     .description = fl_json_string(root, "instructions", NULL),
                                     .version = fl_json_string(server, "version", NULL),
                                     .kind = FL_KIND_STATIC,
                                     .priority = FL_PRIORITY_MEDIUM,
                                     .source = source->path};
    int rc = fl_catalog_add_component(source->catalog, &component, ret_index, err);
    if (rc != -FL_EEXIST)
        return rc;
    const struct fl_component *present = &source->catalog->components[*ret_index];
    if (present->tool_count > 0)
        fl_findings_add(source->findings, FL_SEVERITY_WARNING, FL_EEXIST, source->path, 0, name,
                        "'%s' was read from %s already; the tools of both are kept", name,
                        present->source);
    return fl_catalog_complete_component(source->catalog, *ret_index, &component, err);
}

int fl_read_tools_list(const struct fl_source *source, const json_t *root, struct fl_slice array,
                       struct fl_err *err)
{
    char stem[FL_CATALOG_MAX_NAME_BYTES + 1];
    fl_source_stem(source->path, stem);
    uint32_t index;
    int rc = describe_component(source, root, fl_json_string(root, "server", stem), &index, err);
    if (rc)
        return rc;
    if (json_is_string(json_object_get(root, "nextCursor")))
        fl_findings_add(source->findings, FL_SEVERITY_WARNING, FL_OK, source->path, 0, "",
                        "this is one page of a longer list");
    struct fl_tool_reader reader = {.source = source};
    rc = fl_tool_reader_add_all(&reader, index, array, FL_TOOL_LISTED, err);
    fl_tool_reader_destroy(&reader);
    return rc;
}

int fl_catalog_read_tools(struct fl_catalog *catalog, uint32_t component, struct fl_str tools_json,
                          const char *path, struct fl_findings *findings, struct fl_err *err)
{
    static const struct fl_read_options nothing;
    struct fl_source source = {
        .catalog = catalog, .path = path, .options = &nothing, .findings = findings};
    if (!tools_json.ptr)
        tools_json = FL_STR("");
    struct fl_slice rest;
    struct fl_slice value = fl_slice_value((struct fl_slice){tools_json, 1}, &rest);
    if (value.text.len == 0 || value.text.ptr[0] != '[' || fl_slice_trim(rest).text.len > 0)
        return fl_err_set(err, FL_EPARSE, "the tools are no JSON array");
    struct fl_tool_reader reader = {.source = &source};
    int rc = fl_tool_reader_add_all(&reader, component, value, FL_TOOL_LISTED, err);
    fl_tool_reader_destroy(&reader);
    return rc;
}
