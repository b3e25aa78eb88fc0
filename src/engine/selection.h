/* selection.h: the immutable answer to a request, and the evidence for it. */
#ifndef FL_ENGINE_SELECTION_H
#define FL_ENGINE_SELECTION_H

#include "rank/pack.h"

struct fl_selection {
    struct fl_arena arena; /* of everything below */
    struct fl_snapshot *snapshot;
    struct fl_choice *choices;
    size_t choice_count;
    struct fl_evidence **evidence; /* [choice_count], or NULL */
    size_t *evidence_counts;
    struct fl_category_info *categories;
    size_t category_count;
    struct fl_selection_summary summary;
};

/* fl_select on a given state instead of the one in use, without anything learned from use. */
int fl_select_from(const struct fl_engine *engine, struct fl_snapshot *snapshot,
                   const struct fl_request *request, struct fl_selection **ret_selection,
                   struct fl_err *err);

/* The same with what was learned; `learned` may be NULL. */
int fl_select_with(const struct fl_engine *engine, struct fl_snapshot *snapshot,
                   const struct fl_learned *learned, const struct fl_request *request,
                   struct fl_selection **ret_selection, struct fl_err *err);

/* What the ranker knows of each pick, copied. `ranker` still holds the request's query. -FL_ENOMEM.
 */
int fl_selection_explain(struct fl_selection *selection, const struct fl_picks *picks,
                         const struct fl_ranker *ranker);

#endif
