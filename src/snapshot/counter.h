/* counter.h: counting tokens in either encoding.
 *
 * Tables are opened when first asked for. Without a table a count is an estimate: one token for
 * each four bytes, which for tool definitions is within a quarter of the truth. The engine has one
 * reference, each snapshot another. */
#ifndef FL_SNAPSHOT_COUNTER_H
#define FL_SNAPSHOT_COUNTER_H

#include "base/str.h"
#include "foreload/foreload.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    FL_ENCODING_COUNT = 2,
    FL_TOOL_FORM_COUNT = 3,
    FL_COST_COUNT = FL_ENCODING_COUNT * FL_TOOL_FORM_COUNT,
};

/* The place of an encoding and form among FL_COST_COUNT. */
static inline unsigned fl_cost_of(enum fl_encoding encoding, enum fl_tool_form form)
{
    return (unsigned)encoding * FL_TOOL_FORM_COUNT + (unsigned)form;
}

struct fl_bpe;

struct fl_counter {
    atomic_uint references;
    pthread_mutex_t lock; /* of opening */
    char *folder;         /* or NULL */
    struct fl_bpe *tables[FL_ENCODING_COUNT];
    bool tried[FL_ENCODING_COUNT];
};

struct fl_counter *fl_counter_create(const char *folder); /* NULL when out of memory */
struct fl_counter *fl_counter_share(struct fl_counter *counter);
void fl_counter_release(struct fl_counter *counter); /* NULL is accepted */

/* Any thread. -FL_EUTF8, -FL_ENOMEM, -FL_ECORRUPT and -FL_EVERSION for a table that cannot be used;
 * a missing one is no error. */
int fl_counter_count(struct fl_counter *counter, enum fl_encoding encoding, struct fl_str text,
                     struct fl_token_count *ret_count, struct fl_err *err);

#endif
