/* findings.h: what a reader or a check has to say about its input, item by item.
 *
 * One bad entry never stops the rest: it becomes a finding that names the place. */
#ifndef FL_CATALOG_FINDINGS_H
#define FL_CATALOG_FINDINGS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum fl_severity { FL_SEVERITY_NOTE, FL_SEVERITY_WARNING, FL_SEVERITY_ERROR };

struct fl_finding {
    enum fl_severity severity;
    int code;            /* enum fl_code; FL_OK for a note that is no fault */
    const char *path;    /* file, or "" */
    unsigned line;       /* 1-based, or 0 */
    const char *subject; /* the component, tool or key, or "" */
    const char *message;
};

/* All-zero is empty. At most FL_FINDINGS_MAX are kept; the rest is only counted in `dropped`. */
enum { FL_FINDINGS_MAX = 10000 };

struct fl_findings {
    struct fl_arena arena;
    struct fl_finding *items;
    uint32_t count, capacity;
    uint32_t errors, warnings; /* counted whether kept or not */
    uint32_t dropped;
};

void fl_findings_destroy(struct fl_findings *findings);

/* Adds one; strings are copied (NULL counts as ""); control characters become '?'. `findings` may
 * be NULL. Out of memory only raises `dropped`: a report never fails its caller. */
void fl_findings_add(struct fl_findings *findings, enum fl_severity severity, int code,
                     const char *path, unsigned line, const char *subject, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* The same from an error report. */
void fl_findings_add_err(struct fl_findings *findings, const char *path, const char *subject,
                         const struct fl_err *err);

#endif
