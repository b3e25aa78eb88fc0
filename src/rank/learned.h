/* learned.h: what was learned from use, ready for one snapshot of the catalogue.
 *
 *   text ─► features ─► classifier ─► probability of each label ─► documents of this snapshot
 *
 * A label is the full name of a tool or the name of a component; labels that the snapshot does not
 * have (free intents, tools that are gone) lead nowhere here. Immutable and reference-counted: the
 * engine holds one reference and puts another in its place when a new model is promoted, a
 * correction comes in or the catalogue changes; a request pins the one that it began with. */
#ifndef FL_RANK_LEARNED_H
#define FL_RANK_LEARNED_H

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct fl_classifier;
struct fl_learned;
struct fl_past;
struct fl_snapshot;
struct fl_store;

/* A text speaks for a label only if it multiplies the odds that the label has without any text by
 * this much (strong evidence, Jeffreys 1961): with two labels learned, each is likely for any text.
 */
#define FL_LEARNED_EVIDENCE 10.0f

/* From these probabilities on, a document becomes a candidate whatever else speaks for it, and
 * comes before all others. */
#define FL_LEARNED_CANDIDATE 0.5f
#define FL_LEARNED_FIRST     0.85f

/* What is said of a document that served the very words of the request before. */
#define FL_LEARNED_KNOWN 0.97f

enum { FL_LEARNED_HITS = 16 };

struct fl_learned_hit {
    uint32_t document;
    float probability; /* calibrated */
    bool known;        /* it served the very words */
};

/* The past requests that vote in rankings over this snapshot; NULL: none. As long as `learned`. */
const struct fl_past *fl_learned_past(const struct fl_learned *learned,
                                      const struct fl_snapshot *snapshot);

/* The requests of the history, and the model in use in `folder` with one bounded step for every
 * sample that it has not seen yet. `snapshot` may be NULL: then no label leads to a document, and
 * there has to be a model. A damaged or lost model is told to `log`, and the one before is used.
 * -FL_ENOENT where nothing was learned; -FL_EIO, -FL_ECORRUPT, -FL_ENOMEM. */
int fl_learned_create(const char *folder, struct fl_store *store, struct fl_snapshot *snapshot,
                      const struct fl_log *log, struct fl_learned **ret_learned,
                      struct fl_err *err);

struct fl_learned *fl_learned_share(struct fl_learned *learned); /* NULL gives NULL */
void fl_learned_release(struct fl_learned *learned);             /* NULL is accepted */

/* Borrowed; NULL where no model was trained yet. */
const struct fl_classifier *fl_learned_classifier(const struct fl_learned *learned);
int64_t fl_learned_generation(const struct fl_learned *learned);

/* The scratch memory of one classification at a time; any model. NULL when out of memory. */
struct fl_learned_scratch;
struct fl_learned_scratch *fl_learned_scratch_create(void);
void fl_learned_scratch_free(struct fl_learned_scratch *scratch); /* NULL is accepted */

/* The documents of `snapshot` that are needed for the text with at least this probability and by
 * FL_LEARNED_EVIDENCE, most probable first, equal ones in the order of the catalogue; `ret_count`
 * of them. None when `learned` is NULL or was made for another snapshot. -FL_ENOMEM. Any thread. */
int fl_learned_match(const struct fl_learned *learned, const struct fl_snapshot *snapshot,
                     struct fl_learned_scratch *scratch, struct fl_str text, float least,
                     struct fl_learned_hit ret_hits[FL_LEARNED_HITS], uint32_t *ret_count);

#endif
