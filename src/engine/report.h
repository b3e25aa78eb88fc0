/* report.h: findings of the lower layers, as the host API gives them out. */
#ifndef FL_ENGINE_REPORT_H
#define FL_ENGINE_REPORT_H

#include "catalog/findings.h"
#include "foreload/foreload.h"

struct fl_report {
    struct fl_findings findings;
    struct fl_report_item *items; /* [findings.count], made by seal */
};

/* NULL when out of memory. */
struct fl_report *fl_report_create(void);

/* Hands the report to `*ret_report`, or frees it where that is NULL. */
void fl_report_hand_out(struct fl_report *report, struct fl_report **ret_report);

#endif
