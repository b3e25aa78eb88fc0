/* counter.c: see counter.h. */
#include "snapshot/counter.h"

#include "base/err.h"
#include "base/utf8.h"
#include "bpe/bpe.h"

#include <stdio.h>
#include <stdlib.h>

enum { BYTES_PER_TOKEN = 4, PATH_BYTES = 4096 };

struct fl_counter *fl_counter_create(const char *folder)
{
    struct fl_counter *counter = calloc(1, sizeof *counter);
    char *copy = folder ? strdup(folder) : NULL;
    if (!counter || (folder && !copy) || pthread_mutex_init(&counter->lock, NULL)) {
        free(counter);
        free(copy);
        return NULL;
    }
    atomic_init(&counter->references, 1);
    counter->folder = copy;
    return counter;
}

struct fl_counter *fl_counter_share(struct fl_counter *counter)
{
    atomic_fetch_add_explicit(&counter->references, 1, memory_order_relaxed);
    return counter;
}

void fl_counter_release(struct fl_counter *counter)
{
    if (!counter || atomic_fetch_sub_explicit(&counter->references, 1, memory_order_acq_rel) != 1)
        return;
    for (int i = 0; i < FL_ENCODING_COUNT; i++)
        fl_bpe_close(counter->tables[i]);
    free(counter->folder);
    pthread_mutex_destroy(&counter->lock);
    free(counter);
}

static int open_table(struct fl_counter *counter, enum fl_encoding encoding, struct fl_err *err)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s.bpe", counter->folder, fl_encoding_name(encoding));
    if (n >= (int)sizeof path)
        return fl_err_set(err, FL_ELIMIT, "path of token tables too long: '%s'", counter->folder);
    int rc = fl_bpe_open(path, &counter->tables[encoding], err);
    return rc == -FL_ENOENT ? 0 : rc;
}

int fl_counter_count(struct fl_counter *counter, enum fl_encoding encoding, struct fl_str text,
                     struct fl_token_count *ret_count, struct fl_err *err)
{
    int rc = 0;
    pthread_mutex_lock(&counter->lock);
    if (!counter->tried[encoding] && counter->folder)
        rc = open_table(counter, encoding, err);
    counter->tried[encoding] = rc == 0;
    struct fl_bpe *table = counter->tables[encoding];
    pthread_mutex_unlock(&counter->lock);
    if (rc)
        return rc;
    if (table) {
        size_t tokens;
        rc = fl_bpe_count(table, text.ptr, text.len, &tokens, err);
        if (!rc)
            *ret_count = (struct fl_token_count){tokens, false};
        return rc;
    }
    size_t valid = fl_utf8_valid_length(text.ptr, text.len);
    if (valid < text.len)
        return fl_err_set(err, FL_EUTF8, "not valid UTF-8 at byte %zu", valid);
    *ret_count = (struct fl_token_count){(text.len + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN, true};
    return 0;
}
