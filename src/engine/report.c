/* report.c: see report.h and foreload/foreload.h. */
#include "engine/report.h"

#include <stdlib.h>

struct fl_report *fl_report_create(void)
{
    return calloc(1, sizeof(struct fl_report));
}

void fl_report_free(struct fl_report *report)
{
    if (!report)
        return;
    fl_findings_destroy(&report->findings);
    free(report->items);
    free(report);
}

static enum fl_report_level level_of(enum fl_severity severity)
{
    switch (severity) {
    case FL_SEVERITY_NOTE: return FL_REPORT_NOTE;
    case FL_SEVERITY_WARNING: return FL_REPORT_WARNING;
    case FL_SEVERITY_ERROR: break;
    }
    return FL_REPORT_ERROR;
}

void fl_report_hand_out(struct fl_report *report, struct fl_report **ret_report)
{
    if (!report || !ret_report) {
        fl_report_free(report);
        return;
    }
    struct fl_findings *findings = &report->findings;
    report->items = calloc(findings->count + 1, sizeof *report->items);
    if (!report->items) { /* only the counts are left */
        findings->dropped += findings->count;
        findings->count = 0;
    }
    for (uint32_t i = 0; i < findings->count; i++) {
        const struct fl_finding *f = &findings->items[i];
        report->items[i] = (struct fl_report_item){
            level_of(f->severity), f->code, f->path, f->line, f->subject, f->message};
    }
    *ret_report = report;
}

size_t fl_report_count(const struct fl_report *report)
{
    return report ? report->findings.count : 0;
}

const struct fl_report_item *fl_report_item(const struct fl_report *report, size_t index)
{
    return index < fl_report_count(report) ? &report->items[index] : NULL;
}

size_t fl_report_errors(const struct fl_report *report)
{
    return report ? report->findings.errors : 0;
}

size_t fl_report_warnings(const struct fl_report *report)
{
    return report ? report->findings.warnings : 0;
}

size_t fl_report_dropped(const struct fl_report *report)
{
    return report ? report->findings.dropped : 0;
}
