/* rules.h: keywords that call for a component or a tool when they stand in a request.
 *
 * Words and phrases are compared whole ("clock" does not call "lock"), by their stems ("speaking"
 * calls "speak"). */
#ifndef FL_SNAPSHOT_RULES_H
#define FL_SNAPSHOT_RULES_H

#include "catalog/catalog.h"
#include "text/tokenize.h"

struct fl_rule {
    uint32_t component;
    uint32_t tool; /* UINT32_MAX: all of the component */
    uint32_t first_stem, stem_count;
    uint32_t next; /* with the same first stem; UINT32_MAX: the last */
    const char *keyword;
};

struct fl_rules {
    struct fl_arena arena;
    struct fl_rule *items;
    uint32_t count, capacity;
    struct fl_str *stems;
    uint32_t stem_count, stem_capacity;
    struct fl_strmap first; /* first stem → rule */
};

/* Takes the keywords of a finished catalogue, which must outlive it. -FL_ENOMEM. */
int fl_rules_init(struct fl_rules *rules, const struct fl_catalog *catalog);
void fl_rules_destroy(struct fl_rules *rules);

/* Calls `fire` for each rule whose keyword stands in the tokens; `stems` are theirs. */
void fl_rules_match(const struct fl_rules *rules, const struct fl_str *stems, uint32_t stem_count,
                    void (*fire)(void *ctx, const struct fl_rule *rule, uint32_t at), void *ctx);

#endif
