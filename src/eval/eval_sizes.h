/* eval_sizes.h: what the items of a trace take in memory and to load, `item⇥bytes⇥load_ms` a row.
 */
#ifndef FL_EVAL_EVAL_SIZES_H
#define FL_EVAL_EVAL_SIZES_H

#include "eval/eval_trace.h"

#define FL_SIZES_MAX_BYTES   0x1p50 /* of an item */
#define FL_SIZES_MAX_LOAD_MS 1e9

struct fl_size {
    uint64_t bytes;
    double load_ms;
    bool known;
};

/* Reads the sizes of the trace's items into `sizes` [trace->item_count], all-zero before; other
 * items are passed over, further columns left alone. Rows without three columns, with what is no
 * number or outside the limits, or with an item that had its size already, are findings with their
 * line and left out. -FL_ENOENT, -FL_EIO, -FL_ELIMIT, -FL_ENOMEM. */
int fl_sizes_read(const struct fl_trace *trace, const char *path, struct fl_size *sizes,
                  struct fl_findings *findings, struct fl_err *err);

/* The same from memory; `path` is for findings. */
void fl_sizes_parse(const struct fl_trace *trace, struct fl_str text, const char *path,
                    struct fl_size *sizes, struct fl_findings *findings);

#endif
