/* load.c: the catalogue in use, from the store or from files, and checks of either. */
#include "engine/engine.h"
#include "snapshot/stored.h"

#include <stdio.h>

enum { PATH_BYTES = 4096 };

/* What is kept beside the store. */
struct beside {
    char index[PATH_BYTES], vectors[PATH_BYTES];
};

static int embed(struct fl_engine *engine, struct fl_snapshot *snapshot, const char *vectors_path,
                 struct fl_err *err)
{
    struct fl_meaning *meaning;
    int rc = fl_engine_meaning(engine, &meaning, err);
    return rc ? rc : fl_snapshot_embed(snapshot, meaning, vectors_path, &engine->log, err);
}

static int load_stored(struct fl_engine *engine, struct beside *ret_paths,
                       struct fl_snapshot **ret_snapshot, struct fl_err *err)
{
    struct fl_store *store;
    struct fl_snapshot *snapshot;
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (rc == -FL_ENOENT)
        return fl_err_set(err, FL_ENOENT, "no catalogue is stored in '%s' yet", engine->home);
    if (rc)
        return rc;
    /* If these are cut, what is kept is not found, and built. */
    snprintf(ret_paths->index, PATH_BYTES, "%s/index.fli", engine->home);
    snprintf(ret_paths->vectors, PATH_BYTES, "%s/vectors.flm", engine->home);
    rc = fl_stored_snapshot(store, ret_paths->index, engine->counter, &engine->log, &snapshot, err);
    if (rc)
        return rc;
    rc = embed(engine, snapshot, ret_paths->vectors, err);
    if (rc)
        fl_snapshot_unpin(snapshot);
    else
        *ret_snapshot = snapshot;
    return rc;
}

int fl_engine_load_stored(struct fl_engine *engine, struct fl_err *err)
{
    struct beside paths;
    struct fl_snapshot *snapshot;
    int rc = load_stored(engine, &paths, &snapshot, err);
    if (!rc)
        fl_engine_use(engine, snapshot);
    return rc;
}

/* Keeps the vectors for the next process, unless they come from there. */
static void keep_vectors(struct fl_engine *engine, const struct fl_snapshot *snapshot,
                         const char *path)
{
    struct fl_err why;
    if (snapshot->meaning && !snapshot->vectors.file.bytes &&
        fl_vectors_save(&snapshot->vectors, snapshot->meaning, snapshot->index_key, path, &why))
        fl_log_write(&engine->log, FL_LOG_WARNING, "%s; vectors will be computed at each start",
                     why.message);
}

int fl_engine_reload_stored(struct fl_engine *engine, struct fl_err *err)
{
    struct beside paths;
    struct fl_snapshot *snapshot;
    int rc = load_stored(engine, &paths, &snapshot, err);
    if (rc)
        return rc == -FL_ENOENT ? 0 : rc;
    fl_stored_keep_index(snapshot, paths.index, &engine->log);
    keep_vectors(engine, snapshot, paths.vectors);
    fl_engine_use(engine, snapshot);
    return 0;
}

/* Servers in client configurations show the tools that the store has of them. */
static int complete_from_store(struct fl_engine *engine, struct fl_catalog *catalog,
                               struct fl_err *err)
{
    bool needed = false;
    for (uint32_t c = 0; c < catalog->component_count; c++)
        needed |= fl_component_has_launch(&catalog->components[c]);
    if (!needed || !engine->home)
        return 0;
    struct fl_store *store;
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (rc)
        return rc == -FL_ENOENT ? 0 : rc;
    rc = fl_stored_complete(store, catalog, err);
    fl_store_close(store);
    return rc;
}

static int read_files(struct fl_engine *engine, const char *const *paths, size_t count,
                      struct fl_catalog *catalog, struct fl_findings *findings, struct fl_err *err)
{
    struct fl_read_options options = fl_engine_read_options(engine, NULL);
    for (size_t i = 0; i < count; i++) {
        int rc = fl_catalog_read_path(catalog, paths[i], &options, findings, err);
        if (rc) {
            if (err && !strstr(err->message, paths[i]))
                fl_err_prefix(err, rc, "%s", paths[i]);
            return rc;
        }
    }
    return 0;
}

static void copy_findings(struct fl_findings *to, const struct fl_findings *from)
{
    for (uint32_t i = 0; i < from->count; i++) {
        const struct fl_finding *f = &from->items[i];
        fl_findings_add(to, f->severity, f->code, f->path, f->line, f->subject, "%s", f->message);
    }
}

int fl_engine_load_files(struct fl_engine *engine, const char *const *paths, size_t count,
                         struct fl_report **ret_report, struct fl_err *err)
{
    struct fl_report *report = fl_report_create();
    if (!report)
        return fl_err_nomem(err);
    struct fl_catalog catalog = {0};
    struct fl_snapshot *snapshot = NULL;
    int rc = read_files(engine, paths, count, &catalog, &report->findings, err);
    if (!rc)
        rc = complete_from_store(engine, &catalog, err);
    if (!rc)
        rc = fl_snapshot_create(&catalog, engine->counter, &snapshot, err);
    if (!rc)
        rc = embed(engine, snapshot, NULL, err);
    if (!rc) {
        copy_findings(&report->findings, &snapshot->findings);
        fl_engine_use(engine, snapshot);
    } else {
        fl_snapshot_unpin(snapshot);
    }
    fl_catalog_destroy(&catalog);
    fl_report_hand_out(report, ret_report);
    return rc;
}

int fl_engine_remove(struct fl_engine *engine, const char *component, struct fl_err *err)
{
    struct fl_store *store;
    int rc = fl_engine_open_store(engine, false, &store, err);
    if (rc)
        return rc;
    rc = fl_store_remove_component(store, component, err);
    fl_store_close(store);
    struct fl_err why; /* of other components: this one is gone all the same */
    if (!rc && fl_engine_reload_stored(engine, &why))
        fl_log_write(&engine->log, FL_LOG_WARNING, "%s", why.message);
    return rc;
}

int fl_engine_check(struct fl_engine *engine, struct fl_report **ret_report, struct fl_err *err)
{
    struct fl_report *report = fl_report_create();
    if (!report)
        return fl_err_nomem(err);
    int rc = 0;
    struct fl_store *store = NULL;
    if (engine->home) {
        rc = fl_engine_open_store(engine, true, &store, err);
        if (!rc)
            rc = fl_store_check(store, err);
        else if (rc == -FL_ENOENT)
            rc = 0;
        fl_store_close(store);
    }
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    if (snapshot)
        copy_findings(&report->findings, &snapshot->findings);
    fl_snapshot_unpin(snapshot);
    fl_report_hand_out(report, ret_report);
    return rc;
}

int fl_check_file(const struct fl_options *options, const char *path, struct fl_report **ret_report,
                  struct fl_err *err)
{
    struct fl_engine *engine;
    int rc = fl_engine_create(options, &engine, err);
    if (rc)
        return rc;
    struct fl_report *report = fl_report_create();
    struct fl_catalog catalog = {0};
    rc =
        report ? read_files(engine, &path, 1, &catalog, &report->findings, err) : fl_err_nomem(err);
    if (!rc)
        rc = fl_catalog_finish(&catalog, &report->findings, err);
    fl_catalog_destroy(&catalog);
    fl_report_hand_out(report, ret_report);
    fl_engine_free(engine);
    return rc;
}
