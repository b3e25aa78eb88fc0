/* predict.h: the engine's memory of uses: the sequence predictor with names for its numbers.
 *
 * Users and sessions are hashes of their names, items are numbered as they first come; their names
 * are kept beside the predictor in HOME/sequences.flm, which the first use or question reads. Until
 * they are written, uses are also kept as a list: when another process has written the file
 * meanwhile, they are learned again on top of what it wrote, so that neither's are lost. A file
 * that cannot be read is told once, kept aside by the next write, and learning begins anew. */
#ifndef FL_ENGINE_PREDICT_H
#define FL_ENGINE_PREDICT_H

#include "base/arena.h"
#include "base/log.h"
#include "base/os.h"
#include "base/strmap.h"
#include "foreload/foreload.h"
#include "sequence/sequence.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    FL_PREDICT_UNSAVED_MAX = 65536, /* uses; with more, what others wrote is not merged */
    FL_PREDICT_CACHED = 64,         /* answers */
    FL_PREDICT_FRESH_MS = 5000,     /* for so long an answer is given again */
};

/* Names of items: number ↔ name. */
struct fl_item_names {
    struct fl_arena arena;
    struct fl_strmap numbers;
    const char **names; /* [count] */
    uint32_t count, capacity;
};

struct fl_unsaved_use {
    struct fl_sequence_place place;
    uint32_t item;
};

/* What identifies an answer: who asks for what, and what was known then. */
struct fl_prediction_key {
    uint64_t user, stream, known;
    uint32_t steps, top;
    const void *snapshot; /* its address, never followed */
};

struct fl_prediction {
    atomic_uint references;
    struct fl_arena arena;
    struct fl_predicted *items;
    size_t count;
};

struct fl_predictor {
    char *path; /* HOME/sequences.flm, or NULL */
    const struct fl_log *log;
    pthread_mutex_t save_lock;    /* one writes at a time; taken before `lock` */
    pthread_mutex_t lock;         /* of all below */
    struct fl_sequence *sequence; /* NULL until first needed */
    struct fl_item_names items;
    struct fl_unsaved_use *unsaved;
    uint32_t unsaved_count, unsaved_capacity;
    bool unsaved_lost;  /* there were more */
    bool damaged;       /* the file there is could not be read */
    struct fl_err news; /* to be told once nothing is locked, or code 0 */
    uint64_t file_mark; /* of the file that was read or written last; 0: there was none */
    struct fl_cached_prediction {
        struct fl_prediction_key key;
        int64_t at_ms;
        struct fl_prediction *prediction; /* or NULL */
    } cached[FL_PREDICT_CACHED];
};

/* `home` may be NULL. NULL when out of memory. Free accepts NULL. */
struct fl_predictor *fl_predictor_create(const char *home, const struct fl_log *log);
void fl_predictor_free(struct fl_predictor *predictor);

/* --- predict_file.c; with the lock held --- */

/* Unlocks, and tells the log what there is to tell. */
void fl_predictor_unlock(struct fl_predictor *predictor);

/* Reads the file, if that was not done. */
int fl_predictor_open(struct fl_predictor *predictor, struct fl_err *err);

/* The item's number, a new one if need be. -FL_ENOMEM, -FL_ELIMIT. */
int fl_item_names_number(struct fl_item_names *items, struct fl_str name, uint32_t *ret_number);
void fl_item_names_destroy(struct fl_item_names *items);

/* The predictor in bytes that came from a file (8-byte aligned), and the names of its items.
 * -FL_ECORRUPT, -FL_EVERSION, -FL_ENOMEM. */
int fl_predictor_parse(const void *bytes, size_t len, struct fl_sequence **ret_sequence,
                       struct fl_item_names *ret_items, struct fl_err *err);

#endif
