/* store_learn.h: what was learned from use: the samples of the history, and the generations of
 * models that were trained from them.
 *
 * Tables of the same file as the catalogue (store.h), with a checksum in every row: -FL_ECORRUPT
 * names the row that differs from its own. A model's numbers are a file in the folder of models;
 * its row has the file's name and hash, and says whether it is in use. A file that was opened only
 * for reading and is of an older version has neither samples nor models. */
#ifndef FL_STORE_STORE_LEARN_H
#define FL_STORE_STORE_LEARN_H

#include "store/store.h"

enum { FL_STORE_KEY_BYTES = 16, FL_STORE_MODELS_MAX = 64 };

/* --- samples --- */

/* Strings of rows handed to a visitor are valid during the call; none is NULL. */
struct fl_store_sample {
    int64_t id;                            /* of the last change; newer ones have larger ids */
    unsigned char key[FL_STORE_KEY_BYTES]; /* one row a key; the caller's hash of the text */
    const char *text;
    const char *labels;   /* newline-separated; "": nothing fits */
    const char *rejected; /* the same: these do not fit */
    int64_t flags;        /* the caller's */
    int64_t uses;         /* how often it was learned */
    int64_t first_at_s, last_at_s;
    int64_t needed, exposed; /* tools that were needed, and how many of them a selection exposed */
};

/* Runs `change` in one write transaction, which is committed when it returns 0 and rolled back
 * otherwise; its result is returned. It may call what follows here. -FL_EBUSY, -FL_EIO as in
 * fl_store_put_component. */
int fl_store_change(struct fl_store *store, int (*change)(void *ctx, struct fl_err *err), void *ctx,
                    struct fl_err *err);

/* Visits all, oldest id first; one state of the file. A visitor's non-zero result ends the walk and
 * is returned. */
int fl_store_visit_samples(struct fl_store *store,
                           int (*visit)(void *ctx, const struct fl_store_sample *sample), void *ctx,
                           struct fl_err *err);

/* Visits the one with that key. -FL_ENOENT. */
int fl_store_find_sample(struct fl_store *store, const unsigned char key[FL_STORE_KEY_BYTES],
                         int (*visit)(void *ctx, const struct fl_store_sample *sample), void *ctx,
                         struct fl_err *err);

/* Adds it, in the place of the one with its key, under a new id; its own `id` is not read. */
int fl_store_put_sample(struct fl_store *store, const struct fl_store_sample *sample,
                        struct fl_err *err);

/* Drops one by its id, or forgets the one of a key: what was begun before must not bring it back,
 * which `oblivion` tells. None there is success. */
int fl_store_drop_sample(struct fl_store *store, int64_t id, struct fl_err *err);
int fl_store_forget_sample(struct fl_store *store, const unsigned char key[FL_STORE_KEY_BYTES],
                           struct fl_err *err);

/* --- models --- */

enum fl_store_model_state {
    FL_STORE_MODEL_ACTIVE,   /* in use; at most one */
    FL_STORE_MODEL_PREVIOUS, /* was in use before; at most one */
    FL_STORE_MODEL_RETIRED,  /* was in use long ago; its file is gone */
    FL_STORE_MODEL_REJECTED, /* never was: worse than the one in use */
};

struct fl_store_model {
    int64_t id; /* the generation */
    enum fl_store_model_state state;
    const char *file;      /* name in the folder of models; "" where it has none */
    const char *file_hash; /* 32 hex digits; "" the same */
    const char *reason;    /* why it was rejected, or "" */
    int64_t file_bytes;
    int64_t created_at_s;
    int64_t last_sample; /* the id of the newest sample that it was trained with */
    int64_t train_count, held_out_count, label_count;
    int64_t train_ms;
    double score, rival_score; /* on the held-out samples; rival: of the one in use, or negative */
};

/* Visits all, oldest first; as above. */
int fl_store_visit_models(struct fl_store *store,
                          int (*visit)(void *ctx, const struct fl_store_model *model), void *ctx,
                          struct fl_err *err);

/* Adds a generation in one transaction. As FL_STORE_MODEL_ACTIVE it takes the place of the one in
 * use, which becomes the previous one, and that one is retired; as FL_STORE_MODEL_REJECTED it is
 * only recorded. The oldest rows beyond FL_STORE_MODELS_MAX are dropped, never those two. `id` is
 * not read; -FL_EINVAL for another state. */
int fl_store_add_model(struct fl_store *store, const struct fl_store_model *model, int64_t *ret_id,
                       struct fl_err *err);

/* Exchanges the active and the previous one, in one transaction. -FL_ENOENT without a previous. */
int fl_store_rollback_model(struct fl_store *store, struct fl_err *err);

/* --- both --- */

struct fl_store_learned {
    int64_t sample_count;
    int64_t newest_sample;    /* the largest id ever given, 0 before the first */
    int64_t attempted;        /* trained, or forgotten, up to this id */
    int64_t active, previous; /* ids, or 0 */
    int64_t oblivion;         /* grows whenever anything is forgotten */
};

int fl_store_learned_state(struct fl_store *store, struct fl_store_learned *ret_state,
                           struct fl_err *err);

/* Removes every sample and every model, damaged ones too, in one transaction. Their files are the
 * caller's. */
int fl_store_forget_learned(struct fl_store *store, struct fl_err *err);

#endif
