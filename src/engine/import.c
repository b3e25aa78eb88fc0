/* import.c: files and running servers → the store.
 *
 *   files ─► catalogue ─┬─ components with tools ───────────────► compare hash ─► put or touch
 *                       └─ MCP servers ─► lister (in parallel) ─► the same, one by one, as they end
 *
 * One server's failure is its own: it is reported, and what was stored of it before stays. */
#include "base/os.h"
#include "engine/engine.h"
#include "mcp/mcp_lister.h"
#include "snapshot/stored.h"

#include <stdio.h>
#include <stdlib.h>

struct import {
    struct fl_engine *engine;
    const struct fl_import_options *options;
    struct fl_findings *findings;
    struct fl_store *store;
    struct fl_catalog catalog; /* what the files say; finished */
    uint32_t *servers;         /* components to list */
    uint32_t server_count;
    uint32_t done, total;
    int rc; /* a failure of the store: nothing more can be kept */
    struct fl_err *err;
};

void fl_import_options_init(struct fl_import_options *options)
{
    *options = (struct fl_import_options){.struct_size = sizeof *options, .list_servers = true};
}

static void tell(struct import *im, struct fl_import_event event)
{
    if (event.state != FL_IMPORT_STARTED)
        im->done++;
    event.done = im->done;
    event.total = im->total;
    if (!event.reason)
        event.reason = "";
    if (im->options->progress)
        im->options->progress(im->options->ctx, &event);
}

static void fail(struct import *im, const struct fl_component *component, const struct fl_err *why,
                 uint32_t elapsed_ms)
{
    fl_findings_add_err(im->findings, component->source, component->name, why);
    tell(im, (struct fl_import_event){.state = FL_IMPORT_FAILED,
                                      .component = component->name,
                                      .reason = why->message,
                                      .elapsed_ms = elapsed_ms});
}

/* Stores component number `index` of a finished catalogue if it differs from what is stored. */
static int store_component(struct import *im, const struct fl_catalog *catalog, uint32_t index,
                           struct fl_import_event *event)
{
    const struct fl_component *c = &catalog->components[index];
    char hash[FL_CONTENT_HASH_BYTES], before[FL_CONTENT_HASH_BYTES];
    bool moved = false; /* the store has to learn where to find it */
    int64_t now_s = fl_clock_wall_s(&im->engine->clock);
    int rc = fl_content_hash(catalog, index, hash, im->err);
    if (!rc)
        rc =
            fl_stored_hash(im->store, c->name, c->source ? c->source : "", before, &moved, im->err);
    if (rc)
        return rc;
    event->component = c->name;
    event->tools = c->tool_count;
    event->state = !*before                    ? FL_IMPORT_ADDED
                   : strcmp(before, hash) == 0 ? FL_IMPORT_UNCHANGED
                                               : FL_IMPORT_CHANGED;
    if (event->state == FL_IMPORT_UNCHANGED && !moved)
        return fl_store_touch_component(im->store, c->name, now_s, NULL, im->err);
    return fl_stored_put(im->store, catalog, index, hash, now_s, im->engine->counter, im->err);
}

/* --- servers --- */

/* The component as its file and its server together describe it, alone in a catalogue. */
static int make_listed(struct import *im, const struct fl_component *component,
                       const struct fl_mcp_listing *listing, struct fl_catalog *ret_catalog,
                       struct fl_err *err)
{
    struct fl_component described = *component;
    described.kind = FL_KIND_MCP;
    if (listing->server_version && *listing->server_version)
        described.version = listing->server_version;
    if (listing->instructions)
        described.description = listing->instructions;
    if (!described.title && listing->server_name && *listing->server_name)
        described.title = listing->server_name;
    uint32_t index;
    int rc = fl_catalog_add_component(ret_catalog, &described, &index, err);
    if (!rc)
        rc = fl_catalog_read_tools(ret_catalog, index, listing->tools_json, component->source,
                                   im->findings, err);
    return rc ? rc : fl_catalog_finish(ret_catalog, NULL, err);
}

static const struct fl_component *server(const struct import *im, uint32_t index)
{
    return &im->catalog.components[im->servers[index]];
}

static void on_started(void *ctx, uint32_t index)
{
    struct import *im = ctx;
    tell(im, (struct fl_import_event){.state = FL_IMPORT_STARTED,
                                      .component = server(im, index)->name});
}

/* A server that was never listed is stored with its error, so that it can be seen and refreshed. */
static void keep_failure(struct import *im, const struct fl_component *component,
                         const struct fl_err *why)
{
    int64_t now_s = fl_clock_wall_s(&im->engine->clock);
    int rc = fl_store_touch_component(im->store, component->name, now_s, why->message, im->err);
    if (rc == -FL_ENOENT) {
        struct fl_catalog alone = {0};
        struct fl_component bare = *component;
        bare.kind = FL_KIND_MCP;
        uint32_t index;
        rc = fl_catalog_add_component(&alone, &bare, &index, im->err);
        if (!rc)
            rc = fl_catalog_finish(&alone, NULL, im->err);
        if (!rc)
            rc = fl_stored_put(im->store, &alone, index, "", 0, im->engine->counter, im->err);
        if (!rc)
            rc = fl_store_touch_component(im->store, component->name, 0, why->message, im->err);
        fl_catalog_destroy(&alone);
    }
    if (rc && !im->rc)
        im->rc = rc;
}

static void on_listed(void *ctx, uint32_t index, const struct fl_mcp_listing *listing,
                      const struct fl_err *why)
{
    struct import *im = ctx;
    const struct fl_component *component = server(im, index);
    struct fl_catalog listed = {0};
    struct fl_err local;
    if (listing && make_listed(im, component, listing, &listed, &local)) {
        listing = NULL;
        why = &local;
    }
    if (!listing) {
        fail(im, component, why, 0);
        if (!im->rc && why->code != FL_ECANCELED)
            keep_failure(im, component, why);
    } else if (!im->rc) {
        struct fl_import_event event = {.elapsed_ms = listing->list_ms,
                                        .resident_bytes = listing->resident_bytes};
        if (!listing->tool_count)
            fl_findings_add(im->findings, FL_SEVERITY_WARNING, FL_OK, component->source, 0,
                            component->name, "lists no tools");
        im->rc = store_component(im, &listed, 0, &event);
        if (!im->rc)
            tell(im, event);
    }
    fl_catalog_destroy(&listed);
}

static bool is_canceled(void *ctx)
{
    const struct import *im = ctx;
    return im->rc || (im->options->canceled && im->options->canceled(im->options->ctx));
}

/* A NULL-terminated copy of a list of names, with `first` before it unless that is NULL. */
static const char *const *terminated(struct fl_arena *arena, const char *first,
                                     const struct fl_names *names)
{
    const char **items = fl_arena_array(arena, names->count + 2, sizeof *items);
    uint32_t n = 0;
    if (items && first)
        items[n++] = first;
    for (uint32_t i = 0; items && i < names->count; i++)
        items[n++] = names->items[i];
    return items;
}

static int list_servers(struct import *im)
{
    struct fl_arena arena = {0};
    struct fl_mcp_target *targets = fl_arena_array(&arena, im->server_count + 1, sizeof *targets);
    bool failed = !targets;
    for (uint32_t i = 0; !failed && i < im->server_count; i++) {
        const struct fl_component *c = server(im, i);
        const struct fl_launch *launch = &c->launch;
        targets[i] = (struct fl_mcp_target){
            .name = c->name,
            .argv = launch->command ? terminated(&arena, launch->command, &launch->args) : NULL,
            .env = terminated(&arena, NULL, &launch->env),
            .cwd = launch->cwd,
            .url = launch->url,
            .headers = terminated(&arena, NULL, &launch->headers),
        };
        failed = !targets[i].env || !targets[i].headers || (launch->command && !targets[i].argv);
    }
    struct fl_mcp_list_options options = {
        .parallel = im->options->parallel,
        .start_timeout_ms = im->options->start_timeout_ms,
        .log = &im->engine->log,
        .clock = im->engine->clock,
        .canceled = is_canceled,
        .started = on_started,
        .listed = on_listed,
        .ctx = im,
    };
    struct fl_err err;
    int rc =
        failed ? fl_err_nomem(im->err) : fl_mcp_list_all(targets, im->server_count, &options, &err);
    if (!failed && rc && !im->rc && im->err)
        *im->err = err;
    fl_arena_destroy(&arena);
    return im->rc ? im->rc : rc;
}

/* --- the whole --- */

static bool is_wanted(const struct fl_component *component, const char *const *only, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(only[i], component->name) == 0)
            return true;
    return count == 0;
}

/* What a file left behind whose only tools were bad: nothing to store. */
static bool is_empty(const struct fl_component *component)
{
    return component->kind == FL_KIND_STATIC && !component->tool_count &&
           !fl_component_has_launch(component) && !component->keywords.count && !component->title &&
           !component->description;
}

static void skip(struct import *im, const struct fl_component *component, const char *reason)
{
    tell(im, (struct fl_import_event){
                 .state = FL_IMPORT_SKIPPED, .component = component->name, .reason = reason});
}

/* Stores what the files hold and collects the servers that have to be asked. */
static int store_files(struct import *im, const char *const *only, size_t only_count)
{
    for (uint32_t i = 0; i < im->catalog.component_count; i++)
        im->total += is_wanted(&im->catalog.components[i], only, only_count) &&
                     !is_empty(&im->catalog.components[i]);
    im->servers = calloc(im->catalog.component_count + 1, sizeof *im->servers);
    if (!im->servers)
        return fl_err_nomem(im->err);
    for (uint32_t i = 0; i < im->catalog.component_count; i++) {
        const struct fl_component *c = &im->catalog.components[i];
        if (!is_wanted(c, only, only_count) || is_empty(c))
            continue;
        if (c->disabled) {
            skip(im, c, "disabled in its configuration");
        } else if (fl_component_has_launch(c) && im->options->list_servers) {
            im->servers[im->server_count++] = i;
        } else if (fl_component_has_launch(c) && !c->tool_count) {
            skip(im, c, "not started");
        } else {
            struct fl_import_event event = {0};
            int rc = store_component(im, &im->catalog, i, &event);
            if (rc)
                return rc;
            tell(im, event);
        }
    }
    return im->server_count ? list_servers(im) : 0;
}

/* Sources are kept with their whole path, so that a refresh works from any folder. */
static int read_source(struct import *im, const char *path, const struct fl_read_options *options)
{
    char *absolute = fl_os_absolute_path(path);
    int rc = fl_catalog_read_path(&im->catalog, absolute ? absolute : path, options, im->findings,
                                  im->err);
    free(absolute);
    return rc;
}

/* Where the components to be refreshed came from. */
struct sources {
    const char *const *only;
    size_t only_count;
    bool *seen; /* [only_count] */
    struct fl_arena arena;
    const char **paths; /* each once */
    size_t count;
    const char **components; /* name and source of each wanted one, in turn */
    size_t component_count;
};

static void report_gone(struct import *im, const struct sources *sources)
{
    for (size_t i = 0; sources && i < sources->component_count; i++) {
        const char *name = sources->components[2 * i];
        uint32_t index;
        if (fl_catalog_find_component(&im->catalog, name, &index, NULL))
            fl_findings_add(im->findings, FL_SEVERITY_ERROR, FL_ENOENT,
                            sources->components[2 * i + 1], 0, name,
                            "'%s' is not in it any more; what is stored of it stays", name);
    }
}

/* Older callers have a shorter struct. */
static int copy_options(const struct fl_import_options *options, struct fl_import_options *own,
                        struct fl_err *err)
{
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_import_options_init");
    memcpy(own, options, options->struct_size);
    return 0;
}

static int run(struct fl_engine *engine, const char *const *paths, size_t path_count,
               const struct sources *sources, const struct fl_import_options *options,
               struct fl_report **ret_report, struct fl_err *err)
{
    struct fl_import_options own;
    fl_import_options_init(&own);
    struct fl_report *report = fl_report_create();
    struct fl_err local; /* callbacks need one that is there */
    struct import im = {.engine = engine, .options = &own, .err = &local};
    int rc = options ? copy_options(options, &own, &local) : 0;
    if (!rc)
        rc = report ? fl_engine_open_store(engine, false, &im.store, &local) : fl_err_nomem(&local);
    struct fl_read_options read = fl_engine_read_options(engine, im.options->self_program);
    if (report)
        im.findings = &report->findings;
    for (size_t i = 0; !rc && i < path_count; i++)
        if (read_source(&im, paths[i], &read)) {
            if (local.code == FL_ENOMEM || path_count == 1)
                rc = -local.code;
            else
                fl_findings_add_err(im.findings, paths[i], "", &local);
        }
    if (!rc)
        rc = fl_catalog_finish(&im.catalog, im.findings, &local);
    if (!rc)
        report_gone(&im, sources);
    if (!rc)
        rc = store_files(&im, sources ? sources->only : NULL, sources ? sources->only_count : 0);
    if (!rc)
        rc = fl_engine_reload_stored(engine, &local);
    if (rc && err)
        *err = local;
    free(im.servers);
    fl_catalog_destroy(&im.catalog);
    fl_store_close(im.store);
    fl_report_hand_out(report, ret_report);
    return rc;
}

int fl_engine_import(struct fl_engine *engine, const char *const *paths, size_t count,
                     const struct fl_import_options *options, struct fl_report **ret_report,
                     struct fl_err *err)
{
    return run(engine, paths, count, NULL, options, ret_report, err);
}

/* --- refreshing --- */

static int keep_component(struct sources *s, const char *name, const char *path)
{
    const char **grown = realloc(s->components, (2 * s->component_count + 2) * sizeof *grown);
    char *copy = fl_arena_strdup(&s->arena, name);
    if (grown)
        s->components = grown;
    if (!grown || !copy)
        return -FL_ENOMEM;
    s->components[2 * s->component_count] = copy;
    s->components[2 * s->component_count++ + 1] = path;
    return 0;
}

static int keep_path(struct sources *s, const struct fl_store_component *row)
{
    const char **grown = realloc(s->paths, (s->count + 1) * sizeof *grown);
    char *copy = fl_arena_strdup(&s->arena, row->source);
    if (grown)
        s->paths = grown;
    if (!grown || !copy)
        return -FL_ENOMEM;
    s->paths[s->count++] = copy;
    return keep_component(s, row->name, copy);
}

static int collect_source(void *ctx, const struct fl_store_component *row)
{
    struct sources *s = ctx;
    bool wanted = s->only_count == 0;
    for (size_t i = 0; i < s->only_count; i++)
        if (strcmp(s->only[i], row->name) == 0)
            wanted = s->seen[i] = true;
    if (!wanted || !row->source || !*row->source)
        return 0;
    const char *path = NULL;
    for (size_t i = 0; i < s->count && !path; i++)
        if (strcmp(s->paths[i], row->source) == 0)
            path = s->paths[i];
    return path ? keep_component(s, row->name, path) : keep_path(s, row);
}

static int collect_sources(struct fl_engine *engine, struct sources *sources, struct fl_err *err)
{
    struct fl_store *store;
    int rc = fl_engine_open_store(engine, true, &store, err);
    if (rc)
        return rc;
    struct fl_store_visitor visitor = {.component = collect_source, .ctx = sources};
    rc = fl_store_visit(store, &visitor, err);
    for (size_t i = 0; !rc && i < sources->only_count; i++) {
        if (!sources->seen[i])
            rc = fl_err_set(err, FL_ENOENT, "no stored component is called '%s'", sources->only[i]);
    }
    fl_store_close(store);
    return rc == -FL_ENOMEM ? fl_err_nomem(err) : rc;
}

int fl_engine_refresh(struct fl_engine *engine, const char *const *components, size_t count,
                      const struct fl_import_options *options, struct fl_report **ret_report,
                      struct fl_err *err)
{
    struct sources sources = {.only = components, .only_count = count};
    sources.seen = calloc(count + 1, sizeof *sources.seen);
    int rc = sources.seen ? collect_sources(engine, &sources, err) : fl_err_nomem(err);
    if (!rc)
        rc = run(engine, sources.paths, sources.count, &sources, options, ret_report, err);
    free(sources.seen);
    free(sources.paths);
    free(sources.components);
    fl_arena_destroy(&sources.arena);
    return rc;
}
