/* eval_trace.h: traces of uses, `user⇥time⇥item` a row, as `eval next` and its peers read them. */
#ifndef FL_EVAL_EVAL_TRACE_H
#define FL_EVAL_EVAL_TRACE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/strmap.h"
#include "catalog/findings.h"

enum {
    FL_TRACE_MAX_BYTES = 1 << 30,
    FL_TRACE_MAX_ROWS = 1 << 26,
    FL_TRACE_MAX_NAME_BYTES = 1024,
};

struct fl_trace_row {
    uint32_t user, item;
    int64_t time; /* as it was written */
};

/* What times count, by the largest of them: numbers below 10^8 are places in a sequence. */
enum fl_trace_unit {
    FL_TRACE_INDEX,
    FL_TRACE_SECONDS,
    FL_TRACE_MILLISECONDS,
    FL_TRACE_MICROSECONDS
};

/* All-zero is empty. Rows are in the order of the file; a row that names the item which its user
 * used last is left out. Users and items are numbered as they first come. */
struct fl_trace {
    struct fl_trace_row *rows;
    uint32_t row_count, row_capacity;
    uint32_t user_count, item_count, repeats;
    int64_t latest;
    enum fl_trace_unit unit;
    struct fl_arena names; /* of the two below */
    struct fl_strmap users, items;
    uint32_t *last_items; /* [user_capacity] by user */
    uint32_t user_capacity;
};

/* Further columns are left alone. Rows without three columns, with a time that is no number, an
 * empty or a longer name, are findings with their line and left out. -FL_ENOENT, -FL_EIO,
 * -FL_ELIMIT, -FL_ENOMEM. */
int fl_trace_read(struct fl_trace *trace, const char *path, struct fl_findings *findings,
                  struct fl_err *err);

/* The same from memory; `path` is for findings. */
int fl_trace_parse(struct fl_trace *trace, struct fl_str text, const char *path,
                   struct fl_findings *findings, struct fl_err *err);
void fl_trace_destroy(struct fl_trace *trace);

/* Milliseconds since 1970, or INT64_MIN where times are places. */
int64_t fl_trace_time_ms(const struct fl_trace *trace, const struct fl_trace_row *row);

#endif
