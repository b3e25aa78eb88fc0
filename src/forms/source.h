/* source.h: what the readers of this folder share while they read one file.
 *
 * Each of them returns 0 when its source was used, whatever it had to report, and below 0 when
 * nothing of it could be (-FL_ENOMEM among that). */
#ifndef FL_FORMS_SOURCE_H
#define FL_FORMS_SOURCE_H

#include "base/json_slice.h"
#include "catalog/schema_text.h"
#include "forms/read.h"

enum {
    FL_SOURCE_MAX_FILE_BYTES = 256 << 20,
    FL_SOURCE_MAX_ITEM_BYTES = 16 << 20, /* a line of JSON Lines, a tool, a component */
    FL_SOURCE_MAX_DEPTH = 128,           /* of a file around its tools */
};

struct fl_source {
    struct fl_catalog *catalog;
    const char *path;
    const struct fl_read_options *options; /* never NULL */
    struct fl_findings *findings;
    const char *shared_object; /* the file that the manifest was found in, or NULL */
};

/* A list of names as it is written: absent, a string, or an array of strings. Items are borrowed
 * from the JSON. */
struct fl_name_list {
    const char *items[FL_CATALOG_MAX_LIST];
    uint32_t count;
};
int fl_source_names(const json_t *object, const char *key, struct fl_name_list *list,
                    struct fl_err *err);
static inline struct fl_names fl_names_of(const struct fl_name_list *list)
{
    return (struct fl_names){list->items, list->count};
}

/* The component that `path` stands for: the file's name without folder and ending, or that of its
 * folder where the file is just called "catalog" or "tools". */
void fl_source_stem(const char *path, char stem[FL_CATALOG_MAX_NAME_BYTES + 1]);

/* The component of that name, made as a static one if there is none. */
int fl_source_component(const struct fl_source *source, const char *name, uint32_t *ret_index,
                        struct fl_err *err);

/* Where a tool was written down. */
enum fl_tool_origin {
    FL_TOOL_LISTED, /* by a server: its definition is all of it */
    FL_TOOL_OWN,    /* in a file of ours: the definition leaves out what MCP does not know */
};

/* Turns tools into entries of the catalogue; keeps its buffers from one to the next. All-zero but
 * for `source` is ready. */
struct fl_tool_reader {
    const struct fl_source *source;
    struct fl_schema_text text;
    struct fl_buf definition;
    struct fl_buf description; /* a cut one */
};
void fl_tool_reader_destroy(struct fl_tool_reader *reader);

/* Parses one tool within its limits; for FL_TOOL_LISTED, its definition is ready afterwards.
 * NULL after reporting what is wrong with it, or with *ret_fatal for -FL_ENOMEM. */
json_t *fl_tool_reader_parse(struct fl_tool_reader *reader, struct fl_slice slice,
                             enum fl_tool_origin origin, int *ret_fatal);

/* Adds the tool that was parsed last to component number `component`, or reports what is wrong with
 * it. Only -FL_ENOMEM fails. */
int fl_tool_reader_add(struct fl_tool_reader *reader, uint32_t component, const json_t *tool,
                       struct fl_slice slice, enum fl_tool_origin origin);

/* Both for each element of an array; -FL_EPARSE if its structure is broken. */
int fl_tool_reader_add_all(struct fl_tool_reader *reader, uint32_t component, struct fl_slice array,
                           enum fl_tool_origin origin, struct fl_err *err);

/* True, once it has been reported, when no more tools fit into the catalogue. */
bool fl_source_is_full(const struct fl_source *source, unsigned line);

/* The readers. `root` is the parsed document with its tools or components cut out into `array`. */
int fl_read_jsonl(const struct fl_source *source, struct fl_slice text, struct fl_err *err);
int fl_read_tools_list(const struct fl_source *source, const json_t *root, struct fl_slice array,
                       struct fl_err *err);
int fl_read_component(const struct fl_source *source, struct fl_slice object);
int fl_read_components(const struct fl_source *source, struct fl_slice array, struct fl_err *err);
bool fl_is_manifest(const json_t *root);
int fl_read_config(const struct fl_source *source, const json_t *root, struct fl_err *err);
bool fl_is_config(const json_t *root);

#endif
