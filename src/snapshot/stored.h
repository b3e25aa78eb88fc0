/* stored.h: between the catalogue and the store's rows. */
#ifndef FL_SNAPSHOT_STORED_H
#define FL_SNAPSHOT_STORED_H

#include "base/log.h"
#include "snapshot/snapshot.h"
#include "store/store.h"

enum { FL_CONTENT_HASH_BYTES = 33 }; /* 32 hex digits and a NUL */

/* The hash of all that a component and its tools say, in the order of its tools. */
int fl_content_hash(const struct fl_catalog *catalog, uint32_t component,
                    char ret_hash[FL_CONTENT_HASH_BYTES], struct fl_err *err);

/* Writes a component of a finished catalogue and its tools. Token costs are counted here, so that
 * later runs need no tables. */
int fl_stored_put(struct fl_store *store, const struct fl_catalog *catalog, uint32_t component,
                  const char *hash, int64_t now_s, struct fl_counter *counter, struct fl_err *err);

/* The hash under which a component is stored, or "" where it is not; `ret_moved` tells whether it
 * came from another file than `source` then. */
int fl_stored_hash(struct fl_store *store, const char *component, const char *source,
                   char ret_hash[FL_CONTENT_HASH_BYTES], bool *ret_moved, struct fl_err *err);

/* Everything stored, as a snapshot that owns `store` from then on (also on failure). Its index is
 * that of the file `index_path` if it fits, or else built; `log` is told why. -FL_ENOENT when the
 * store is empty. */
int fl_stored_snapshot(struct fl_store *store, const char *index_path, struct fl_counter *counter,
                       const struct fl_log *log, struct fl_snapshot **ret_snapshot,
                       struct fl_err *err);

/* Keeps the index of a snapshot of the store for the next one, unless it comes from there. `log` is
 * told of a failure. */
void fl_stored_keep_index(const struct fl_snapshot *snapshot, const char *index_path,
                          const struct fl_log *log);

/* Marks the components of a stored snapshot that the store, which is at another generation now, has
 * in another state or not at all. Under the snapshot's lock. */
int fl_stored_find_stale(struct fl_snapshot *snapshot, int64_t generation, struct fl_err *err);

/* Gives the components of an unfinished catalogue that have a launch but no tools what the store
 * knows of them, definitions included. */
int fl_stored_complete(struct fl_store *store, struct fl_catalog *catalog, struct fl_err *err);

#endif
