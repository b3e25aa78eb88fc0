/* eval_file.h: the query files of `eval tools`. */
#ifndef FL_EVAL_EVAL_FILE_H
#define FL_EVAL_EVAL_FILE_H

#include "catalog/catalog.h"

struct fl_eval_gold {
    uint32_t *tools; /* any of these serves the need: the gold tool and its alternatives */
    uint32_t count;
};

struct fl_eval_query {
    const char *text;
    struct fl_eval_gold *gold; /* one for each need; none: nothing fits */
    uint32_t gold_count;
    uint32_t *candidates; /* score among these only; 0: among all */
    uint32_t candidate_count;
};

struct fl_eval_file {
    struct fl_arena arena;
    struct fl_eval_query *queries;
    uint32_t count, capacity;
};

/* Reads JSON Lines {"query", "gold", "alternatives"?, "candidates"?}. Rows that are malformed, or
 * that name a gold tool which the catalogue does not have, are findings with their line and left
 * out. -FL_ENOENT, -FL_EIO, -FL_ELIMIT, -FL_ENOMEM. */
int fl_eval_file_read(struct fl_eval_file *file, const char *path, const struct fl_catalog *catalog,
                      struct fl_findings *findings, struct fl_err *err);
void fl_eval_file_destroy(struct fl_eval_file *file);

#endif
