/* bench_sets.c: see bench_sets.h. */
#include "bench_sets.h"

#include "base/os.h"
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>

struct finding {
    struct bench_sets *sets;
    const char *folder;
};

static const char *join(struct bench_sets *sets, const char *a, const char *b)
{
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s", a, b);
    const char *joined = fl_arena_strdup(&sets->arena, fl_buf_text(&path));
    fl_buf_destroy(&path);
    if (!joined)
        exit(1);
    return joined;
}

static void add_set(struct bench_sets *sets, const char *name, const char *catalog,
                    const char *queries)
{
    if (!fl_os_exists(catalog) || !fl_os_exists(queries) || sets->count == BENCH_SETS_MAX)
        return;
    struct bench_set *set = &sets->items[sets->count++];
    *set = (struct bench_set){.name = name, .catalog_count = 1, .query_file_count = 1};
    set->catalogs[0] = catalog;
    set->queries[0] = queries;

    struct bench_set *all = &sets->all;
    if (!all->catalog_count || strcmp(all->catalogs[all->catalog_count - 1], catalog) != 0)
        all->catalogs[all->catalog_count++] = catalog;
    all->queries[all->query_file_count++] = queries;
}

static int add_tools(void *ctx, const char *name)
{
    struct finding *finding = ctx;
    struct bench_sets *sets = finding->sets;
    const char *folder = join(sets, finding->folder, name);
    const char *own = fl_arena_strdup(&sets->arena, name);
    add_set(sets, own ? own : "", join(sets, folder, "catalog.jsonl"),
            join(sets, folder, "queries.jsonl"));
    return 0;
}

void bench_sets_find(struct bench_sets *sets, const char *folder)
{
    *sets = (struct bench_sets){.all = {.name = "all sets as one catalogue"}};
    const char *catalogs = join(sets, folder, "mcp/catalogs");
    add_set(sets, "mcp/searches", catalogs, join(sets, folder, "mcp/searches.jsonl"));
    add_set(sets, "mcp/requests", catalogs, join(sets, folder, "mcp/requests.jsonl"));
    struct finding finding = {sets, join(sets, folder, "tools")};
    struct fl_err err;
    if (fl_os_is_dir(finding.folder))
        fl_os_list_dir(finding.folder, add_tools, &finding, &err);
    if (!sets->count) {
        fprintf(stderr, "bench: no data set in '%s'\n", folder);
        exit(1);
    }
}

void bench_sets_destroy(struct bench_sets *sets)
{
    fl_arena_destroy(&sets->arena);
}

const char *bench_data_folder(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : getenv("FORELOAD_DATA");
    if (folder)
        return folder;
    fprintf(stderr, "usage: %s FOLDER   (or FORELOAD_DATA; tools/bench.sh makes one if need be)\n",
            argv[0]);
    exit(2);
}

struct fl_engine *bench_set_load(const struct bench_set *set, const char *tables)
{
    struct fl_options options;
    fl_options_init(&options);
    options.tables = tables;
    const char *encoder = getenv("FORELOAD_ENCODER");
    options.encoder = encoder && *encoder ? encoder : NULL;
    struct fl_engine *engine = NULL;
    struct fl_err err;
    if (fl_engine_create(&options, &engine, &err) ||
        fl_engine_load_files(engine, set->catalogs, set->catalog_count, NULL, &err)) {
        fprintf(stderr, "bench: %s: %s\n", set->name, err.message);
        exit(1);
    }
    return engine;
}
