/* generations.c: see generations.h. */
#include "learn/generations.h"

#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PATH_BYTES = 4096 };

static const char PREFIX[] = "intents-";

static int path_of(const char *folder, const char *file, char ret_path[PATH_BYTES],
                   struct fl_err *err)
{
    return snprintf(ret_path, PATH_BYTES, "%s/%s", folder, file) >= PATH_BYTES
               ? fl_err_set(err, FL_ELIMIT, "path too long: '%s'", folder)
               : 0;
}

static void hash_of(struct fl_str bytes, char ret_hash[FL_GENERATION_HASH_BYTES])
{
    XXH128_hash_t hash = XXH3_128bits(bytes.ptr, bytes.len);
    snprintf(ret_hash, FL_GENERATION_HASH_BYTES, "%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

/* --- which is in use --- */

struct search {
    enum fl_store_model_state state;
    struct fl_generation *generation;
    bool found;
};

static int take_row(void *ctx, const struct fl_store_model *model)
{
    struct search *search = ctx;
    if (model->state != search->state)
        return 0;
    struct fl_generation *g = search->generation;
    *g = (struct fl_generation){
        .id = model->id, .last_sample = model->last_sample, .bytes = model->file_bytes};
    /* A name is one in the folder, whatever the row says. */
    if (strlen(model->file) >= sizeof g->file || strchr(model->file, '/') ||
        strlen(model->file_hash) >= sizeof g->hash)
        return -FL_ECORRUPT;
    strcpy(g->file, model->file);
    strcpy(g->hash, model->file_hash);
    search->found = true;
    return 0;
}

static int find(struct fl_store *store, enum fl_store_model_state state,
                struct fl_generation *ret_generation, struct fl_err *err)
{
    struct search search = {state, ret_generation, false};
    int rc = fl_store_visit_models(store, take_row, &search, err);
    if (rc)
        return rc;
    return search.found ? 0 : fl_err_set(err, FL_ENOENT, "no model was learned yet");
}

int fl_generation_active(struct fl_store *store, struct fl_generation *ret_generation,
                         struct fl_err *err)
{
    return find(store, FL_STORE_MODEL_ACTIVE, ret_generation, err);
}

int fl_generation_previous(struct fl_store *store, struct fl_generation *ret_generation,
                           struct fl_err *err)
{
    return find(store, FL_STORE_MODEL_PREVIOUS, ret_generation, err);
}

/* --- files --- */

int fl_generation_open(const char *folder, const struct fl_generation *generation,
                       struct fl_generation_model *ret_model, struct fl_err *err)
{
    char path[PATH_BYTES], hash[FL_GENERATION_HASH_BYTES];
    struct fl_generation_model model = {0};
    int rc = path_of(folder, generation->file, path, err);
    if (!rc)
        rc = fl_os_map_file(path, &model.map, err);
    if (rc)
        return rc;
    hash_of((struct fl_str){model.map.ptr, model.map.len}, hash);
    if (strcmp(hash, generation->hash) != 0)
        rc = fl_err_set(err, FL_ECORRUPT, "'%s' is not what was written", path);
    else
        rc = fl_classifier_view(&model.classifier, model.map.ptr, model.map.len, err);
    if (rc)
        fl_generation_close(&model);
    else
        *ret_model = model;
    return rc;
}

void fl_generation_close(struct fl_generation_model *model)
{
    if (!model)
        return;
    fl_classifier_free(model->classifier);
    fl_os_unmap(&model->map);
    *model = (struct fl_generation_model){0};
}

int fl_generation_write(const char *folder, struct fl_str bytes,
                        struct fl_generation *ret_generation, struct fl_err *err)
{
    char path[PATH_BYTES];
    struct fl_generation g = {.bytes = (int64_t)bytes.len};
    hash_of(bytes, g.hash);
    snprintf(g.file, sizeof g.file, "%s%s.flm", PREFIX, g.hash);
    int rc = path_of(folder, g.file, path, err);
    if (!rc)
        rc = fl_os_write_file(path, bytes.ptr, bytes.len, err);
    if (!rc)
        *ret_generation = g;
    return rc;
}

struct cleaning {
    const char *folder;
    const struct fl_log *log;
    struct fl_generation kept[2]; /* without a name where there is none */
};

static int clean_entry(void *ctx, const char *name)
{
    const struct cleaning *cleaning = ctx;
    if (strncmp(name, PREFIX, sizeof PREFIX - 1) != 0)
        return 0;
    for (int i = 0; i < 2; i++)
        if (strcmp(name, cleaning->kept[i].file) == 0)
            return 0;
    char path[PATH_BYTES];
    struct fl_err why = {0};
    if (path_of(cleaning->folder, name, path, &why) || fl_os_remove_file(path, &why))
        fl_log_write(cleaning->log, FL_LOG_WARNING, "%s", why.message);
    return 0;
}

int fl_generation_clean(const char *folder, struct fl_store *store, const struct fl_log *log,
                        struct fl_err *err)
{
    struct cleaning cleaning = {.folder = folder, .log = log};
    int rc = fl_generation_active(store, &cleaning.kept[0], err);
    if (!rc || rc == -FL_ENOENT)
        rc = fl_generation_previous(store, &cleaning.kept[1], err);
    if (rc && rc != -FL_ENOENT)
        return rc;
    return fl_os_list_dir(folder, clean_entry, &cleaning, err);
}

int fl_generation_lock(const char *folder, struct fl_os_lock *ret_lock, struct fl_err *err)
{
    char path[PATH_BYTES];
    int rc = fl_os_make_dirs(folder, err);
    if (!rc)
        rc = path_of(folder, "lock", path, err);
    if (!rc)
        rc = fl_os_lock(path, ret_lock, err);
    return rc == -FL_EBUSY ? fl_err_set(err, FL_EBUSY, "another process is training") : rc;
}
