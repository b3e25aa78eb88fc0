/* read_jsonl.c: JSON Lines, one tool a line. */
#include "forms/source.h"

/* Takes the next line, without its end, off the text. */
static struct fl_slice next_line(struct fl_slice *text)
{
    struct fl_slice line = *text;
    const char *end = memchr(line.text.ptr, '\n', line.text.len);
    if (end)
        line.text.len = (size_t)(end - line.text.ptr);
    size_t used = line.text.len + (end ? 1 : 0);
    text->text.ptr += used;
    text->text.len -= used;
    text->line++;
    return fl_slice_trim(line);
}

static const char *component_name(const json_t *tool, const char *stem)
{
    return fl_json_string(tool, "server", fl_json_string(tool, "component", stem));
}

static int add_line(struct fl_tool_reader *reader, struct fl_slice line, const char *stem)
{
    const struct fl_source *source = reader->source;
    int rc;
    json_t *tool = fl_tool_reader_parse(reader, line, FL_TOOL_OWN, &rc);
    if (!tool)
        return rc;
    struct fl_err err;
    uint32_t component;
    rc = fl_source_component(source, component_name(tool, stem), &component, &err);
    if (!rc)
        rc = fl_tool_reader_add(reader, component, tool, line, FL_TOOL_OWN);
    else if (rc != -FL_ENOMEM)
        fl_findings_add(source->findings, FL_SEVERITY_ERROR, rc, source->path, line.line,
                        fl_json_string(tool, "name", ""), "%s; the tool is left out", err.message);
    json_decref(tool);
    return rc == -FL_ENOMEM ? rc : 0;
}

int fl_read_jsonl(const struct fl_source *source, struct fl_slice text, struct fl_err *err)
{
    char stem[FL_CATALOG_MAX_NAME_BYTES + 1];
    fl_source_stem(source->path, stem);
    struct fl_tool_reader reader = {.source = source};
    int rc = 0;
    while (text.text.len > 0 && !rc) {
        struct fl_slice line = next_line(&text);
        if (line.text.len == 0)
            continue;
        if (fl_source_is_full(source, line.line))
            break;
        rc = add_line(&reader, line, stem);
    }
    fl_tool_reader_destroy(&reader);
    return rc ? fl_err_nomem(err) : 0;
}
