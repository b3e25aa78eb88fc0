/* read.c: tells the forms of catalogue files apart, by what they hold rather than by their names.
 *
 * A JSON document is cut before it is parsed: the array of its tools or components comes out
 * (json_slice.h), and what is left decides the form. */
#include "forms/read.h"

#include "base/os.h"
#include "foreload/component.h"
#include "forms/elf_section.h"
#include "forms/source.h"
#include "forms/toml.h"

#include <stdlib.h>
#include <strings.h>

static bool has_ending(const char *path, const char *ending)
{
    size_t len = strlen(path);
    size_t ending_len = strlen(ending);
    return len > ending_len && strcasecmp(path + len - ending_len, ending) == 0;
}

static bool is_jsonl_path(const char *path)
{
    return has_ending(path, ".jsonl") || has_ending(path, ".ndjson");
}

static bool is_json_path(const char *path)
{
    return has_ending(path, ".json") || has_ending(path, ".jsonc");
}

/* JSON starts with a bracket; so does a TOML table header, which goes on with a name. */
static bool is_toml_text(const char *path, struct fl_slice text)
{
    if (has_ending(path, ".toml"))
        return true;
    if (is_json_path(path) || text.text.ptr[0] == '{' || text.text.ptr[0] == '/')
        return false;
    size_t brackets = 0;
    while (brackets < text.text.len && brackets < 2 && text.text.ptr[brackets] == '[')
        brackets++;
    struct fl_slice inside = text;
    inside.text.ptr += brackets;
    inside.text.len -= brackets;
    inside = fl_slice_trim(inside);
    return inside.text.len > 0 && (brackets == 0 || !strchr("{[]\"", inside.text.ptr[0]));
}

/* An object, and the arrays that are taken out of it before it is parsed. */
struct document {
    struct fl_slice text;
    struct fl_slice tools, components;
    bool is_jsonl; /* another object follows */
    json_t *root;
};

/* The object itself, or what a JSON-RPC response around it holds. */
static struct document survey(struct fl_slice object)
{
    static const char *const keys[] = {"tools", "components", "result", "jsonrpc"};
    struct fl_slice found[4];
    struct fl_slice rest = fl_slice_members(object, keys, 4, found);
    bool is_jsonl = rest.text.len > 0 && rest.text.ptr[0] == '{';
    if (found[3].text.ptr && found[2].text.ptr && found[2].text.ptr[0] == '{') {
        object = found[2];
        fl_slice_members(object, keys, 2, found);
    }
    return (struct document){
        .text = object, .tools = found[0], .components = found[1], .is_jsonl = is_jsonl};
}

static int fail_unknown(struct fl_err *err)
{
    return fl_err_set(err, FL_ENOTSUP,
                      "neither tools nor components nor a client configuration is in it");
}

/* Clients take a key that comes twice, and so do we, aloud: the last one counts. */
static json_t *parse_with_duplicates(const struct fl_source *source, struct fl_slice slice,
                                     const struct fl_err *err)
{
    if (err->code != FL_EPARSE || !strstr(err->message, "duplicate object key"))
        return NULL;
    json_t *root = json_loadb(slice.text.ptr, slice.text.len, 0, NULL);
    if (root && !fl_is_config(root)) {
        json_decref(root);
        return NULL;
    }
    if (root)
        fl_findings_add(source->findings, FL_SEVERITY_WARNING, FL_EPARSE, source->path, err->line,
                        "", "a key comes twice; the last one counts");
    return root;
}

static int parse_skeleton(const struct fl_source *source, struct document *document,
                          struct fl_err *err)
{
    struct fl_buf skeleton = {0};
    struct fl_slice rest = document->text;
    bool has_tools = fl_slice_is_array(document->tools);
    if (has_tools || fl_slice_is_array(document->components)) {
        fl_slice_carve(document->text, has_tools ? document->tools : document->components,
                       &skeleton);
        rest.text = (struct fl_str){fl_buf_text(&skeleton), skeleton.len};
    }
    struct fl_json_limits limits = {(size_t)64 << 20, FL_SOURCE_MAX_DEPTH};
    struct fl_err own = {0};
    if (fl_buf_failed(&skeleton))
        fl_err_nomem(&own);
    else if (!(document->root = fl_slice_parse(rest, limits, &own)))
        document->root = parse_with_duplicates(source, rest, &own);
    fl_buf_destroy(&skeleton);
    if (document->root)
        return 0;
    if (err)
        *err = own;
    return -own.code;
}

/* A lone tool, as a file of JSON Lines with one line would hold it; a package.json is none. */
static bool is_tool(const json_t *root)
{
    static const char *const keys[] = {"parameters", "inputSchema", "server",
                                       "component",  "category",    "tier"};
    if (!json_is_string(json_object_get(root, "name")))
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(root, keys[i]))
            return true;
    return json_object_size(root) == 2 && json_object_get(root, "description");
}

static int read_object(const struct fl_source *source, struct document *document,
                       enum fl_source_form *ret_form, struct fl_err *err)
{
    bool has_tools = fl_slice_is_array(document->tools);
    if (fl_slice_is_array(document->components)) {
        *ret_form = FL_FORM_MANIFEST;
        return fl_read_components(source, document->components, err);
    }
    if (fl_is_config(document->root)) {
        *ret_form = FL_FORM_CLIENT_CONFIG;
        return fl_read_config(source, document->root, err);
    }
    if (fl_is_manifest(document->root) ||
        (has_tools && json_is_string(json_object_get(document->root, "name")))) {
        *ret_form = FL_FORM_MANIFEST;
        return fl_read_component(source, document->text) ? fl_err_nomem(err) : 0;
    }
    if (has_tools) {
        *ret_form = FL_FORM_TOOLS_LIST;
        return fl_read_tools_list(source, document->root, document->tools, err);
    }
    if (!is_tool(document->root))
        return fail_unknown(err);
    *ret_form = FL_FORM_JSONL;
    struct fl_buf line = {0}; /* newlines inside the one object would end a line */
    fl_slice_append_compact(&line, document->text.text);
    struct fl_slice slice = {{fl_buf_text(&line), line.len}, document->text.line};
    int rc = fl_buf_failed(&line) ? fl_err_nomem(err) : fl_read_jsonl(source, slice, err);
    fl_buf_destroy(&line);
    return rc;
}

static int read_config_array(const struct fl_source *source, struct fl_slice array,
                             struct fl_json_limits limits, struct fl_err *err)
{
    struct fl_err own = {0};
    json_t *root = fl_slice_parse(array, limits, &own);
    if (!root) {
        if (err)
            *err = own;
        return -own.code;
    }
    int rc = fl_read_config(source, root, err);
    json_decref(root);
    return rc;
}

/* A list of tools, of components, or of a client's servers: the first element tells. */
static int read_array(const struct fl_source *source, struct fl_slice array,
                      enum fl_source_form *ret_form, struct fl_err *err)
{
    struct fl_slice_walk walk = fl_slice_walk_start(array);
    struct fl_slice first = {{"", 0}, 0};
    int more = fl_slice_walk_next(&walk, NULL, &first);
    struct fl_slice rest;
    fl_slice_value(array, &rest);
    if (more < 0 || fl_slice_trim(rest).text.len > 0)
        return fl_err_set_line(err, FL_EPARSE, walk.rest.line, "bad JSON: no array");
    struct fl_json_limits limits = {FL_SOURCE_MAX_ITEM_BYTES, FL_SOURCE_MAX_DEPTH + 2};
    json_t *sample = fl_slice_parse(first, limits, NULL);
    bool is_manifest = fl_is_manifest(sample);
    json_t *probe = json_pack("[O?]", sample);
    bool is_config = probe && fl_is_config(probe);
    json_decref(probe);
    json_decref(sample);
    if (is_manifest) {
        *ret_form = FL_FORM_MANIFEST;
        return fl_read_components(source, array, err);
    }
    if (is_config) {
        *ret_form = FL_FORM_CLIENT_CONFIG;
        return read_config_array(source, array, limits, err);
    }
    *ret_form = FL_FORM_TOOLS_LIST;
    return fl_read_tools_list(source, NULL, array, err);
}

static int read_json(const struct fl_source *source, struct fl_slice text,
                     enum fl_source_form *ret_form, struct fl_err *err)
{
    struct fl_buf plain = {0};
    if (!fl_buf_reserve(&plain, text.text.len))
        return fl_err_nomem(err);
    int rc = fl_json_strip_comments(text.text.ptr, text.text.len, plain.ptr, err);
    text.text.ptr = plain.ptr;
    text = fl_slice_trim(text);
    if (!rc && text.text.len > 0 && text.text.ptr[0] == '[') {
        rc = read_array(source, text, ret_form, err);
    } else if (!rc) {
        struct document document = survey(text);
        if (document.is_jsonl)
            rc = fl_read_jsonl(source, text, err);
        else
            rc = parse_skeleton(source, &document, err);
        if (!rc && !document.is_jsonl)
            rc = read_object(source, &document, ret_form, err);
        json_decref(document.root);
    }
    fl_buf_destroy(&plain);
    return rc;
}

static int read_toml(const struct fl_source *source, struct fl_slice text,
                     enum fl_source_form *ret_form, struct fl_err *err)
{
    struct fl_err own = {0};
    json_t *root = fl_toml_parse(text.text, &own);
    if (!root) {
        if (err)
            *err = own;
        return -own.code;
    }
    *ret_form = FL_FORM_CLIENT_CONFIG;
    int rc = fl_is_config(root) ? fl_read_config(source, root, err) : fail_unknown(err);
    json_decref(root);
    return rc;
}

/* The manifest that a component carries; see foreload/component.h. */
static int read_shared_object(const struct fl_source *source, struct fl_str file,
                              struct fl_err *err)
{
    struct fl_str manifest;
    int rc = fl_elf_section(file, FL_COMPONENT_SECTION, &manifest, err);
    if (rc == -FL_ENOENT)
        return fl_err_set(err, FL_ENOTSUP, "a shared object without the manifest of a component");
    if (rc)
        return rc;
    manifest.len = strnlen(manifest.ptr, manifest.len); /* sanitizers pad constants with zeros */
    char *entry = fl_os_absolute_path(source->path);    /* NULL where there is no such file */
    struct fl_source inside = *source;
    inside.shared_object = entry ? entry : source->path;
    struct fl_slice object = {manifest, 1};
    rc = fl_read_component(&inside, object) ? fl_err_nomem(err) : 0;
    free(entry);
    return rc;
}

int fl_catalog_read_text(struct fl_catalog *catalog, struct fl_str text, const char *path,
                         const struct fl_read_options *options, struct fl_findings *findings,
                         enum fl_source_form *ret_form, struct fl_err *err)
{
    static const struct fl_read_options nothing;
    struct fl_source source = {.catalog = catalog,
                               .path = path,
                               .options = options ? options : &nothing,
                               .findings = findings};
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0)
        text = (struct fl_str){text.ptr + 3, text.len - 3};
    if (text.len > FL_SOURCE_MAX_FILE_BYTES)
        return fl_err_set(err, FL_ELIMIT, "%zu bytes; at most %d are read", text.len,
                          FL_SOURCE_MAX_FILE_BYTES);
    enum fl_source_form form = FL_FORM_JSONL;
    int rc;
    struct fl_slice all = {text.ptr ? text : FL_STR(""), 1};
    struct fl_slice trimmed = fl_slice_trim(all);
    if (fl_is_elf(text)) {
        form = FL_FORM_MANIFEST;
        rc = read_shared_object(&source, text, err);
    } else if (is_jsonl_path(path))
        rc = fl_read_jsonl(&source, all, err);
    else if (trimmed.text.len == 0 && !has_ending(path, ".toml"))
        rc = fl_err_set(err, FL_EPARSE, "it is empty");
    else if (trimmed.text.len == 0 || is_toml_text(path, trimmed))
        rc = read_toml(&source, all, &form, err);
    else
        rc = read_json(&source, trimmed, &form, err);
    if (!rc && ret_form)
        *ret_form = form;
    return rc;
}
