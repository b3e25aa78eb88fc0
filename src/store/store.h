/* store.h: what is kept between runs, in one SQLite file (WAL).
 *
 * The file carries our application id, a schema version and, for every component, a checksum of its
 * content. An older version is migrated in one transaction when it is opened for writing, and read
 * as it is otherwise; a newer or damaged file is refused and left as it is. All SQL is in this
 * folder. One handle is used by one thread at a time; several processes may share the file. */
#ifndef FL_STORE_STORE_H
#define FL_STORE_STORE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct fl_store;

enum { FL_STORE_VERSION = 2, FL_STORE_TOKENS = 6 };

/* Opens or creates `path` (its directory must exist; an empty file counts as a new one). With
 * `read_only`, a missing or empty file is -FL_ENOENT and every change is refused; a folder that
 * cannot be written will do. -FL_EVERSION for a file of a newer Foreload, -FL_ECORRUPT for one that
 * is damaged or no Foreload database; both messages say what to do. -FL_EIO for what the operating
 * system refuses. Blocks for up to FL_STORE_BUSY_MS while another process has the file locked. */
int fl_store_open(const char *path, bool read_only, struct fl_store **ret_store,
                  struct fl_err *err);
void fl_store_close(struct fl_store *store);

/* How long a change waits for another process's change before it fails with -FL_EBUSY. Readers
 * never wait for writers. */
enum { FL_STORE_BUSY_MS = 5000 };
void fl_store_set_busy_ms(struct fl_store *store, int busy_ms);

/* A component as stored. Strings of rows handed to a visitor are valid during the call; every
 * string except a name may be NULL, and comes back as NULL. */
struct fl_store_component {
    const char *name;
    const char *manifest;     /* JSON of everything that has no column; no secrets */
    const char *source;       /* the file that it was imported from */
    const char *content_hash; /* 32 hex digits over all that it says; computed by the caller */
    int64_t listed_at_s;      /* when its tools were listed last */
    int64_t changed_at_s;     /* when that listing last differed from the one before */
    const char *last_error;   /* of the last listing, or NULL */
    uint32_t tool_count;
};

struct fl_store_tool {
    const char *name, *title, *description, *definition, *category;
    int tier, flags;
    const char *keywords, *depends_on; /* newline-separated */
    const char *parameter_names, *parameter_descriptions, *enum_values;
    /* Token counts of the definition, one for each of the caller's encodings and forms, in the
     * caller's order; -1: not counted. */
    int32_t tokens[FL_STORE_TOKENS];
};

/* Replaces a component and all of its tools (`tool_count` of them) in one transaction; positions
 * follow the array. Whatever interrupts it, the file keeps the old content or has the new.
 * -FL_EBUSY, also from inside a visit; -FL_ELIMIT for a string of more than 64 MiB; -FL_EIO for a
 * full disk. */
int fl_store_put_component(struct fl_store *store, const struct fl_store_component *component,
                           const struct fl_store_tool *tools, struct fl_err *err);

/* Notes a listing that found the same content, or failed (`error` not NULL): nothing else changes,
 * the generation neither. -FL_ENOENT. */
int fl_store_touch_component(struct fl_store *store, const char *name, int64_t listed_at_s,
                             const char *error, struct fl_err *err);

int fl_store_remove_component(struct fl_store *store, const char *name, struct fl_err *err);

/* Visits all in the order of their names; tools in their positions; one state of the file, whatever
 * other processes write meanwhile. A visitor's non-zero result ends the walk and is returned. The
 * checksum of each component is verified on the way: -FL_ECORRUPT, naming the component, may come
 * after some of its tools were visited, which are then worth nothing. A visitor may call
 * fl_store_definition, and nothing that changes the store. */
struct fl_store_visitor {
    int (*component)(void *ctx, const struct fl_store_component *component);
    int (*tool)(void *ctx, const struct fl_store_tool *tool); /* of the last component; or NULL */
    void *ctx;
    bool with_definitions; /* otherwise `definition` is NULL, and two thirds of the file unread */
};
int fl_store_visit(struct fl_store *store, const struct fl_store_visitor *visitor,
                   struct fl_err *err);

/* Appends the definition of the tool at `position` (from 0) of a component; nothing if it has none.
 * -FL_ENOENT; -FL_ECORRUPT when its checksum differs. Positions are those of a visit at the same
 * generation. */
int fl_store_definition(struct fl_store *store, const char *component, uint32_t position,
                        struct fl_buf *buf, struct fl_err *err);

/* A number that changes with every change of the stored catalogue, from a random start: a file that
 * was deleted and made anew has another one. */
int fl_store_generation(struct fl_store *store, int64_t *ret_generation, struct fl_err *err);

/* SQLite's integrity check and every checksum; 0, or -FL_ECORRUPT with the first fault. Reads the
 * whole file. */
int fl_store_check(struct fl_store *store, struct fl_err *err);

#endif
