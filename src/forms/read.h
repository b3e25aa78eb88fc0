/* read.h: filling a catalogue from files and from what a server listed.
 *
 * Every reader reports bad entries as findings and goes on with the rest; a return value below 0
 * means that nothing of this source could be used (and is not itself added to the findings). */
#ifndef FL_FORMS_READ_H
#define FL_FORMS_READ_H

#include "catalog/catalog.h"

/* The forms that fl_catalog_read_path tells apart by their content. */
enum fl_source_form {
    FL_FORM_JSONL,         /* one tool a line */
    FL_FORM_TOOLS_LIST,    /* an MCP tools/list result */
    FL_FORM_MANIFEST,      /* one component, {"components": […]}, or a shared object with it */
    FL_FORM_CLIENT_CONFIG, /* mcpServers, servers, context_servers, mcp, [mcp_servers.NAME] */
};

/* What readers need from outside. Both callbacks may be NULL (nothing is expanded). In client
 * configurations `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `{env:VAR}` and `${input:id}` are
 * replaced; one that is not known stays, and is a finding that names it. */
struct fl_read_options {
    /* The value of an environment variable, or NULL. */
    const char *(*getenv)(void *ctx, const char *name);
    /* The value of a VS Code `${input:id}`, or NULL. */
    const char *(*input)(void *ctx, const char *id);
    void *ctx;
    /* Entries that start a program of this base name, also by way of `env`, `npx`, `sh -c` and
     * their like, are skipped with a note; or NULL. */
    const char *self_program;
};

/* Reads a file, or each file with a known ending (.json .jsonc .jsonl .ndjson .toml .so) of a
 * directory in the order of their names, not its subdirectories; a file of a directory that cannot
 * be used is a finding.
 * One component may come from several files: a list of its tools completes what a configuration
 * says of it, and the other way round. Whatever comes twice is a finding, and the first stays.
 * -FL_ENOENT, -FL_ENOTSUP (none of the forms), -FL_EPARSE, -FL_EUTF8, -FL_ELIMIT, -FL_EIO,
 * -FL_ENOMEM. */
int fl_catalog_read_path(struct fl_catalog *catalog, const char *path,
                         const struct fl_read_options *options, struct fl_findings *findings,
                         struct fl_err *err);

/* The same from memory; `path` names the source in findings, and the component where the content
 * does not. `ret_form` may be NULL. */
int fl_catalog_read_text(struct fl_catalog *catalog, struct fl_str text, const char *path,
                         const struct fl_read_options *options, struct fl_findings *findings,
                         enum fl_source_form *ret_form, struct fl_err *err);

/* Adds the one component of a manifest that is known to be one, as fl_manifest_append writes it,
 * and looks for no other form. One that cannot be read is a finding under `path`. -FL_ENOMEM. */
int fl_catalog_read_manifest(struct fl_catalog *catalog, struct fl_str text, const char *path,
                             struct fl_findings *findings, struct fl_err *err);

/* Adds the tools of a JSON array in the form of tools/list to component number `component`. Bad
 * tools are findings under `path`. -FL_EPARSE if `tools_json` is no array within the limits. */
int fl_catalog_read_tools(struct fl_catalog *catalog, uint32_t component, struct fl_str tools_json,
                          const char *path, struct fl_findings *findings, struct fl_err *err);

#endif
