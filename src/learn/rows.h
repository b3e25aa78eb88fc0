/* rows.h: labelled texts from JSON Lines: {"text", "labels": […], "oos"?: bool, "split"?}.
 * Rows about tools, which have "query" and "gold", are read as well.
 *
 * A row whose only label is "oos", whose "oos" is true or that has no labels is of no known label.
 * "split" of "valid", "validation" or "dev" makes a row serve for choices instead of learning. */
#ifndef FL_LEARN_ROWS_H
#define FL_LEARN_ROWS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/strmap.h"

#include <stdint.h>

enum {
    FL_ROWS_MAX_LINE_BYTES = 1 << 20,
    FL_ROWS_MAX_TEXT_BYTES = 64 << 10,
    FL_ROWS_MAX_FILE_BYTES = 1 << 30,
    FL_ROWS_MAX_LABELS_EACH = 256, /* of a row */
    FL_ROWS_MAX_LABELS = 1 << 16,
    FL_ROWS_MAX_LABEL_BYTES = 1024,
};

struct fl_row {
    struct fl_str text;
    const uint32_t *labels; /* into fl_rows.labels; none: of no known label */
    uint32_t label_count;
    bool validation;
    bool unknown; /* said to be of no known label, and not only without one */
};

/* All-zero is empty. */
struct fl_rows {
    struct fl_arena arena;
    struct fl_row *items;
    uint32_t count, capacity;
    const char **labels; /* in the order of their first appearance */
    uint32_t label_count, label_capacity;
    struct fl_strmap label_map;
    uint32_t left_out; /* rows that were malformed */
};
void fl_rows_destroy(struct fl_rows *rows);

struct fl_row_source {
    struct fl_str text;
    const char *const *labels; /* may repeat */
    uint32_t label_count;
    bool validation, unknown;
};

/* Copies text and names. -FL_ELIMIT past a limit above, -FL_ENOMEM. */
int fl_rows_add(struct fl_rows *rows, const struct fl_row_source *source);

/* Told about each row that is left out; NULL: only counted. */
typedef void (*fl_rows_fault)(void *ctx, const char *path, const struct fl_err *err);

/* Appends the rows of JSON Lines; `path` is for messages. Malformed rows are left out and told.
 * -FL_ENOENT, -FL_EIO, -FL_ELIMIT, -FL_ENOMEM. */
int fl_rows_parse(struct fl_rows *rows, struct fl_str text, const char *path, fl_rows_fault fault,
                  void *ctx, struct fl_err *err);
int fl_rows_read(struct fl_rows *rows, const char *path, fl_rows_fault fault, void *ctx,
                 struct fl_err *err);

#endif
