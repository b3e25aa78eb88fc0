/* fuzz_sizes.c: a trace, a line "--", and sizes: what is accepted lies within the limits, and every
 * row left out is a finding or a repeat. */
#define _GNU_SOURCE /* memmem */
#include "eval/eval_sizes.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_trace(const struct fl_trace *trace)
{
    for (uint32_t r = 0; r < trace->row_count; r++)
        if (trace->rows[r].user >= trace->user_count || trace->rows[r].item >= trace->item_count)
            abort();
}

static void check_sizes(const struct fl_trace *trace, const struct fl_size *sizes)
{
    for (uint32_t i = 0; i < trace->item_count; i++) {
        if (!sizes[i].known && (sizes[i].bytes || sizes[i].load_ms > 0))
            abort();
        if ((double)sizes[i].bytes > FL_SIZES_MAX_BYTES ||
            !(sizes[i].load_ms >= 0 && sizes[i].load_ms <= FL_SIZES_MAX_LOAD_MS))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_str text = {(const char *)bytes, len};
    const char *mark = len ? memmem(text.ptr, len, "\n--\n", 4) : NULL;
    size_t split = mark ? (size_t)(mark - text.ptr) : len, past = mark ? split + 4 : len;
    struct fl_trace trace = {0};
    struct fl_findings findings = {0};
    struct fl_err err = {0};
    if (!fl_trace_parse(&trace, (struct fl_str){text.ptr, split}, "trace", &findings, &err)) {
        struct fl_size *sizes = calloc((size_t)trace.item_count + 1, sizeof *sizes);
        if (!sizes)
            abort();
        check_trace(&trace);
        fl_sizes_parse(&trace, (struct fl_str){text.ptr + past, len - past}, "sizes", sizes,
                       &findings);
        check_sizes(&trace, sizes);
        free(sizes);
    }
    fl_findings_destroy(&findings);
    fl_trace_destroy(&trace);
    return 0;
}
