/* generations.h: the files of the models that were learned, and the one that is in use.
 *
 *   HOME/models/intents-HASH.flm   named by the hash of its content: never changed once written
 *   HOME/models/lock               who writes or removes files there holds it
 *
 * The database says which file is in use; a file that it does not name is left over from somebody
 * who was killed, and removed by the next who writes. */
#ifndef FL_LEARN_GENERATIONS_H
#define FL_LEARN_GENERATIONS_H

#include "base/log.h"
#include "base/os.h"
#include "classify/classifier.h"
#include "store/store_learn.h"

enum { FL_GENERATION_NAME_BYTES = 64, FL_GENERATION_HASH_BYTES = 33 };

struct fl_generation {
    int64_t id;
    int64_t last_sample;
    int64_t bytes;
    char file[FL_GENERATION_NAME_BYTES];
    char hash[FL_GENERATION_HASH_BYTES];
};

/* The one in use, and the one before. -FL_ENOENT where there is none. */
int fl_generation_active(struct fl_store *store, struct fl_generation *ret_generation,
                         struct fl_err *err);
int fl_generation_previous(struct fl_store *store, struct fl_generation *ret_generation,
                           struct fl_err *err);

/* A model and the file that it lies in. */
struct fl_generation_model {
    struct fl_os_map map;
    struct fl_classifier *classifier;
};

/* Maps the file and checks it. -FL_ENOENT: removed meanwhile, ask again which is in use;
 * -FL_ECORRUPT where it is not the file that it was, -FL_EVERSION, -FL_EIO, -FL_ENOMEM. */
int fl_generation_open(const char *folder, const struct fl_generation *generation,
                       struct fl_generation_model *ret_model, struct fl_err *err);
void fl_generation_close(struct fl_generation_model *model); /* NULL is accepted */

/* Writes a model's bytes, whole or not at all, and tells its file and hash. Under the lock. */
int fl_generation_write(const char *folder, struct fl_str bytes,
                        struct fl_generation *ret_generation, struct fl_err *err);

/* Removes the files that the database does not name. Under the lock. `log` is told of failures. */
int fl_generation_clean(const char *folder, struct fl_store *store, const struct fl_log *log,
                        struct fl_err *err);

/* The lock of the folder, which is made. -FL_EBUSY: another process trains. */
int fl_generation_lock(const char *folder, struct fl_os_lock *ret_lock, struct fl_err *err);

#endif
