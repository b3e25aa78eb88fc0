/* fuzz_trace.c: traces of uses. */
#include "eval/eval_trace.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_trace trace = {0};
    struct fl_findings findings = {0};
    struct fl_str text = {(const char *)bytes, len};
    if (fl_trace_parse(&trace, text, "fuzz", &findings, NULL) == 0)
        for (uint32_t i = 0; i < trace.row_count; i++)
            if (trace.rows[i].user >= trace.user_count || trace.rows[i].item >= trace.item_count ||
                (trace.unit == FL_TRACE_INDEX) !=
                    (fl_trace_time_ms(&trace, &trace.rows[i]) == INT64_MIN))
                abort();
    fl_findings_destroy(&findings);
    fl_trace_destroy(&trace);
    return 0;
}
