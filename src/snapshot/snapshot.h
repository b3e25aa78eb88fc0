/* snapshot.h: one immutable state of the catalogue with everything that selection needs.
 *
 * The documents of the index are the tools, in the catalogue's order, and behind them the
 * components that have no tool. A snapshot is reference-counted: the engine holds one reference,
 * each selection another. Rankers (the scratch memory of one ranking) are pooled here, because they
 * are sized for this index. */
#ifndef FL_SNAPSHOT_SNAPSHOT_H
#define FL_SNAPSHOT_SNAPSHOT_H

#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/graph.h"
#include "snapshot/counter.h"
#include "snapshot/past.h"
#include "snapshot/rules.h"
#include "text/index.h"

#include <pthread.h>
#include <stdatomic.h>

struct fl_ranker;
struct fl_store;

struct fl_examples {
    const struct fl_past_use *items;
    uint32_t count;
};

/* Token costs of all definitions for one encoding and form. */
struct fl_costs {
    uint32_t *tokens; /* [tool_count], NULL until first needed */
    uint64_t total;
    bool estimated;
};

/* What only the store knows of a component. */
struct fl_listing_state {
    int64_t listed_at_s, changed_at_s;
    const char *last_error;   /* in the catalogue's arena, or NULL */
    const char *content_hash; /* the same */
    bool stale;               /* the store has another content by now */
};

struct fl_snapshot {
    atomic_uint references;
    struct fl_snapshot *base; /* whose catalogue, costs and definitions it shares; or NULL */
    struct fl_catalog catalog;
    struct fl_graph graph;
    struct fl_rules rules;
    struct fl_index index;
    struct fl_meaning *meaning; /* the encoder, or NULL */
    struct fl_vectors vectors;  /* of the documents; the base's where there is one */
    struct fl_past past;        /* the examples that it was made with */
    uint32_t document_count;
    uint32_t *bare_components;        /* [document_count − tool_count] */
    struct fl_listing_state *listing; /* [component_count], or NULL */
    struct fl_findings findings;      /* of finishing the catalogue */
    struct fl_counter *counter;       /* the engine's, shared */
    pthread_mutex_t lock;             /* of all below */
    struct fl_costs costs[FL_COST_COUNT];
    struct fl_store *definitions; /* where definitions lie that are not in the catalogue */
    int64_t generation;           /* of that store, when `stale` was set last */
    struct fl_ranker *rankers;    /* idle ones, which free_rankers frees */
    void (*free_rankers)(struct fl_ranker *rankers);
    uint64_t index_key; /* of the files that its index and vectors may be kept in, or 0 */
    float build_ms;     /* what it took to build the index, or to load it */
};

/* The key (index_file.h) for an index of the catalogue that is stored under this generation. */
uint64_t fl_snapshot_index_key(int64_t generation);

/* Takes over the catalogue (which is zero afterwards, also on failure), finishes it unless it is,
 * and builds the rest. -FL_ENOMEM, -FL_ELIMIT. */
int fl_snapshot_create(struct fl_catalog *catalog, struct fl_counter *counter,
                       struct fl_snapshot **ret_snapshot, struct fl_err *err);

/* The same around an index that was loaded, which is taken over too; one that is all-zero, or of
 * another number of documents, is built. */
int fl_snapshot_create_indexed(struct fl_catalog *catalog, struct fl_index *index,
                               struct fl_counter *counter, struct fl_snapshot **ret_snapshot,
                               struct fl_err *err);

/* Gives a snapshot that nobody else uses yet an encoder (NULL: none) and its vectors of the
 * documents: those in the file `path` (or NULL) if they were kept under index_key, or else computed
 * ones; `log` is told why. -FL_ENOMEM. */
int fl_snapshot_embed(struct fl_snapshot *snapshot, struct fl_meaning *meaning, const char *path,
                      const struct fl_log *log, struct fl_err *err);

/* The same catalogue, with what was learned. -FL_ENOMEM. */
int fl_snapshot_learn(struct fl_snapshot *base, const struct fl_examples *examples,
                      struct fl_snapshot **ret_snapshot, struct fl_err *err);

struct fl_snapshot *fl_snapshot_share(struct fl_snapshot *snapshot); /* one more reference */

/* The definition as the component gave it, appended. -FL_ECHANGED when it has to come from the
 * store and its component is not there any more, or is not what it was. */
int fl_snapshot_append_definition(struct fl_snapshot *snapshot, uint32_t tool, struct fl_buf *buf,
                                  struct fl_err *err);

/* The costs, counted when first asked for; valid with the snapshot. */
int fl_snapshot_costs(struct fl_snapshot *snapshot, enum fl_tool_form form,
                      enum fl_encoding encoding, const struct fl_costs **ret_costs,
                      struct fl_err *err);

#endif
