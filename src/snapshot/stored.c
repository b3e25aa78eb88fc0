/* stored.c: see stored.h. */
#include "snapshot/stored.h"

#include "base/clock.h"
#include "catalog/manifest_write.h"
#include "forms/read.h"
#include "snapshot/tool_form.h"
#include "text/index_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

_Static_assert((int)FL_STORE_TOKENS == (int)FL_COST_COUNT, "a tool's costs fill a row");

/* --- writing --- */

static void hash_text(XXH3_state_t *state, const char *text)
{
    XXH3_128bits_update(state, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Counted, so that lists side by side are told apart. */
static void hash_names(XXH3_state_t *state, const struct fl_names *names)
{
    XXH3_128bits_update(state, &names->count, sizeof names->count);
    for (uint32_t i = 0; i < names->count; i++)
        hash_text(state, names->items[i]);
}

static void hash_tool(XXH3_state_t *state, const struct fl_tool *tool)
{
    hash_text(state, tool->name);
    XXH3_128bits_update(state, tool->definition, tool->definition_bytes);
    hash_text(state, tool->category);
    const uint8_t marks[2] = {tool->tier, tool->flags};
    XXH3_128bits_update(state, marks, sizeof marks);
    hash_names(state, &tool->keywords);
    hash_names(state, &tool->depends_on);
}

int fl_content_hash(const struct fl_catalog *catalog, uint32_t component,
                    char ret_hash[FL_CONTENT_HASH_BYTES], struct fl_err *err)
{
    const struct fl_component *c = &catalog->components[component];
    struct fl_buf manifest = {0};
    int rc = fl_manifest_append(&manifest, c, err);
    XXH3_state_t *state = rc ? NULL : XXH3_createState();
    if (!rc && !state)
        rc = fl_err_nomem(err);
    if (!rc) {
        XXH3_128bits_reset(state);
        hash_text(state, manifest.ptr);
        for (uint32_t t = 0; t < c->tool_count; t++)
            hash_tool(state, &catalog->tools[c->first_tool + t]);
        XXH128_hash_t hash = XXH3_128bits_digest(state);
        snprintf(ret_hash, FL_CONTENT_HASH_BYTES, "%016llx%016llx", (unsigned long long)hash.high64,
                 (unsigned long long)hash.low64);
    }
    XXH3_freeState(state);
    fl_buf_destroy(&manifest);
    return rc;
}

static int count_tool(const struct fl_tool *tool, const char *component, struct fl_counter *counter,
                      int32_t tokens[FL_COST_COUNT], struct fl_err *err)
{
    int rc = 0;
    struct fl_buf text = {0};
    for (int form = 0; !rc && form < FL_TOOL_FORM_COUNT; form++) {
        fl_buf_clear(&text);
        rc = fl_tool_form_append(&text, (enum fl_tool_form)form, component,
                                 (struct fl_str){tool->definition, tool->definition_bytes}, err);
        for (int encoding = 0; !rc && encoding < FL_ENCODING_COUNT; encoding++) {
            struct fl_token_count count = {0};
            rc = fl_counter_count(counter, (enum fl_encoding)encoding,
                                  (struct fl_str){text.ptr, text.len}, &count, err);
            tokens[fl_cost_of((enum fl_encoding)encoding, (enum fl_tool_form)form)] =
                count.estimated ? -1 : (int32_t)count.tokens;
        }
    }
    fl_buf_destroy(&text);
    return rc;
}

/* Names one a line, in the arena; NULL when out of memory. */
static const char *join_names(struct fl_arena *arena, const struct fl_names *names)
{
    struct fl_buf joined = {0};
    for (uint32_t i = 0; i < names->count; i++) {
        if (i)
            fl_buf_append_char(&joined, '\n');
        fl_buf_append_str(&joined, names->items[i]);
    }
    const char *result =
        fl_buf_failed(&joined) ? NULL : fl_arena_strndup(arena, fl_buf_text(&joined), joined.len);
    fl_buf_destroy(&joined);
    return result;
}

static int make_row(struct fl_arena *arena, const struct fl_tool *tool, const char *component,
                    struct fl_counter *counter, struct fl_store_tool *row, struct fl_err *err)
{
    *row = (struct fl_store_tool){
        .name = tool->name,
        .title = tool->title,
        .description = tool->description,
        .definition = tool->definition,
        .category = tool->category,
        .tier = tool->tier,
        .flags = tool->flags,
        .keywords = join_names(arena, &tool->keywords),
        .depends_on = join_names(arena, &tool->depends_on),
        .parameter_names = tool->parameter_names,
        .parameter_descriptions = tool->parameter_descriptions,
        .enum_values = tool->enum_values,
    };
    if (!row->keywords || !row->depends_on)
        return fl_err_nomem(err);
    return count_tool(tool, component, counter, row->tokens, err);
}

int fl_stored_put(struct fl_store *store, const struct fl_catalog *catalog, uint32_t component,
                  const char *hash, int64_t now_s, struct fl_counter *counter, struct fl_err *err)
{
    const struct fl_component *c = &catalog->components[component];
    struct fl_arena arena = {0};
    struct fl_buf manifest = {0};
    struct fl_store_tool *rows = fl_arena_array(&arena, c->tool_count + 1, sizeof *rows);
    int rc = rows ? fl_manifest_append(&manifest, c, err) : fl_err_nomem(err);
    for (uint32_t t = 0; rows && !rc && t < c->tool_count; t++)
        rc = make_row(&arena, &catalog->tools[c->first_tool + t], c->name, counter, &rows[t], err);
    if (!rc) {
        struct fl_store_component row = {.name = c->name,
                                         .manifest = manifest.ptr,
                                         .source = c->source,
                                         .content_hash = hash,
                                         .listed_at_s = now_s,
                                         .changed_at_s = now_s,
                                         .tool_count = c->tool_count};
        rc = fl_store_put_component(store, &row, rows, err);
    }
    fl_buf_destroy(&manifest);
    fl_arena_destroy(&arena);
    return rc;
}

/* --- reading --- */

struct hash_query {
    const char *component, *source;
    char *ret_hash;
    bool moved;
};

static int compare_hash(void *ctx, const struct fl_store_component *row)
{
    struct hash_query *query = ctx;
    if (strcmp(row->name, query->component) == 0 && row->content_hash) {
        snprintf(query->ret_hash, FL_CONTENT_HASH_BYTES, "%s", row->content_hash);
        query->moved = !row->source || strcmp(row->source, query->source) != 0;
    }
    return 0;
}

int fl_stored_hash(struct fl_store *store, const char *component, const char *source,
                   char ret_hash[FL_CONTENT_HASH_BYTES], bool *ret_moved, struct fl_err *err)
{
    struct hash_query query = {component, source, ret_hash, false};
    struct fl_store_visitor visitor = {.component = compare_hash, .ctx = &query};
    ret_hash[0] = '\0';
    int rc = fl_store_visit(store, &visitor, err);
    *ret_moved = query.moved;
    return rc;
}

struct loading {
    struct fl_store *store;
    struct fl_catalog *catalog;
    int64_t generation;      /* of what is visited */
    struct fl_arena scratch; /* of one row's lists */
    uint32_t component;      /* of the rows that follow; UINT32_MAX: leave them out */
    struct fl_listing_state *listing;
    uint32_t listing_count;
    int32_t (*costs)[FL_COST_COUNT]; /* [tools] */
    uint32_t cost_capacity;
    struct fl_err *err;
};

static int split_names(struct fl_arena *arena, const char *joined, struct fl_names *ret_names)
{
    if (!joined || !*joined) {
        *ret_names = (struct fl_names){0};
        return 0;
    }
    uint32_t count = 1;
    for (const char *c = joined; *c; c++)
        count += *c == '\n';
    const char **items = fl_arena_array(arena, count, sizeof *items);
    if (!items)
        return -FL_ENOMEM;
    const char *start = joined;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = strcspn(start, "\n");
        if (!(items[i] = fl_arena_strndup(arena, start, len)))
            return -FL_ENOMEM;
        start += len + 1;
    }
    *ret_names = (struct fl_names){items, count};
    return 0;
}

/* The component of a stored row, read back from its manifest. */
static int load_component(void *ctx, const struct fl_store_component *row)
{
    struct loading *l = ctx;
    int rc = l->listing_count ? 0 : fl_store_generation(l->store, &l->generation, l->err);
    if (rc)
        return rc;
    if (!row->manifest)
        return fl_err_set(l->err, FL_ECORRUPT, "stored component '%s' has no manifest", row->name);
    uint32_t before = l->catalog->component_count;
    rc = fl_catalog_read_manifest(l->catalog, fl_str_of(row->manifest),
                                  row->source ? row->source : "", NULL, l->err);
    if (rc)
        return rc;
    if (l->catalog->component_count != before + 1)
        return fl_err_set(l->err, FL_ECORRUPT, "stored component '%s' has a bad manifest",
                          row->name);
    l->component = before;
    struct fl_listing_state *grown =
        realloc(l->listing, (l->listing_count + 1) * sizeof *l->listing);
    if (!grown)
        return fl_err_nomem(l->err);
    l->listing = grown;
    char *error = row->last_error ? fl_arena_strdup(&l->catalog->arena, row->last_error) : NULL;
    char *hash = row->content_hash ? fl_arena_strdup(&l->catalog->arena, row->content_hash) : NULL;
    if ((row->last_error && !error) || (row->content_hash && !hash))
        return fl_err_nomem(l->err);
    l->listing[l->listing_count++] =
        (struct fl_listing_state){row->listed_at_s, row->changed_at_s, error, hash, false};
    return 0;
}

static int keep_costs(struct loading *l, const int32_t tokens[FL_COST_COUNT])
{
    uint32_t index = l->catalog->tool_count - 1; /* the one just added */
    if (index >= l->cost_capacity) {
        uint32_t capacity = l->cost_capacity ? l->cost_capacity * 2 : 1024;
        void *grown = realloc(l->costs, capacity * sizeof *l->costs);
        if (!grown)
            return fl_err_nomem(l->err);
        l->costs = grown;
        l->cost_capacity = capacity;
    }
    memcpy(l->costs[index], tokens, sizeof l->costs[index]);
    return 0;
}

static int load_tool(void *ctx, const struct fl_store_tool *row)
{
    struct loading *l = ctx;
    if (l->component == UINT32_MAX)
        return 0;
    struct fl_tool tool = {
        .component = l->component,
        .name = row->name,
        .title = row->title,
        .description = row->description,
        .definition = row->definition,
        .definition_bytes = row->definition ? (uint32_t)strlen(row->definition) : 0,
        .category = row->category,
        .tier = (uint8_t)row->tier,
        .flags = (uint8_t)row->flags,
        .parameter_names = row->parameter_names,
        .parameter_descriptions = row->parameter_descriptions,
        .enum_values = row->enum_values,
    };
    if (split_names(&l->scratch, row->keywords, &tool.keywords) ||
        split_names(&l->scratch, row->depends_on, &tool.depends_on))
        return fl_err_nomem(l->err);
    int rc = fl_catalog_add_tool(l->catalog, &tool, l->err);
    fl_arena_destroy(&l->scratch);
    if (rc == -FL_EEXIST) /* the file that is being completed says it already */
        return 0;
    return rc ? rc : keep_costs(l, row->tokens);
}

static void loading_destroy(struct loading *l)
{
    fl_arena_destroy(&l->scratch);
    free(l->listing);
    free(l->costs);
}

/* Costs that were counted at import; a form in which any tool was not stays to be counted. */
static int give_costs(struct fl_snapshot *snapshot, int32_t (*costs)[FL_COST_COUNT])
{
    uint32_t tools = snapshot->catalog.tool_count;
    for (unsigned form = 0; tools && form < FL_COST_COUNT; form++) {
        struct fl_costs given = {calloc(tools + 1, sizeof *given.tokens), 0, false};
        if (!given.tokens)
            return -FL_ENOMEM;
        bool complete = true;
        for (uint32_t t = 0; t < tools; t++) {
            complete &= costs[t][form] >= 0;
            given.tokens[t] = (uint32_t)costs[t][form];
            given.total += given.tokens[t];
        }
        if (complete)
            snapshot->costs[form] = given;
        else
            free(given.tokens);
    }
    return 0;
}

/* Leaves `index` all-zero where the file does not serve; building it then is no error. */
static float load_index(struct fl_index *index, uint64_t key, const char *path,
                        const struct fl_log *log)
{
    struct fl_clock clock = fl_clock_system();
    fl_time start = fl_clock_now(&clock);
    struct fl_err why;
    int rc = fl_index_load(index, key, path, &why);
    bool usual = rc == -FL_ECHANGED || rc == -FL_EVERSION || rc == -FL_ENOENT;
    if (rc)
        fl_log_write(log, usual ? FL_LOG_DEBUG : FL_LOG_WARNING, "%s; the index is built instead",
                     why.message);
    return (float)(fl_clock_now(&clock) - start) / 1000.0f;
}

void fl_stored_keep_index(const struct fl_snapshot *snapshot, const char *index_path,
                          const struct fl_log *log)
{
    struct fl_err why;
    if (snapshot->index.map.ptr)
        return;
    if (fl_index_save(&snapshot->index, snapshot->index_key, index_path, &why))
        fl_log_write(log, FL_LOG_WARNING, "%s; the index will be built at each start", why.message);
}

int fl_stored_snapshot(struct fl_store *store, const char *index_path, struct fl_counter *counter,
                       const struct fl_log *log, struct fl_snapshot **ret_snapshot,
                       struct fl_err *err)
{
    struct fl_catalog catalog = {0};
    struct fl_index index = {0};
    struct loading loading = {.store = store, .catalog = &catalog, .err = err};
    struct fl_store_visitor visitor = {load_component, load_tool, &loading, false};
    struct fl_snapshot *snapshot = NULL;
    uint64_t key = 0;
    float load_ms = 0;
    int rc = fl_store_visit(store, &visitor, err);
    if (!rc && !catalog.component_count)
        rc = fl_err_set(err, FL_ENOENT, "the stored catalogue is empty");
    if (!rc) {
        key = fl_snapshot_index_key(loading.generation);
        load_ms = load_index(&index, key, index_path, log);
        rc = fl_snapshot_create_indexed(&catalog, &index, counter, &snapshot, err);
    }
    if (!rc && give_costs(snapshot, loading.costs)) {
        fl_snapshot_unpin(snapshot);
        rc = fl_err_nomem(err);
    }
    if (rc) {
        fl_catalog_destroy(&catalog);
        fl_store_close(store);
    } else {
        snapshot->listing = loading.listing;
        loading.listing = NULL;
        snapshot->definitions = store;
        snapshot->index_key = key;
        if (snapshot->index.map.ptr)
            snapshot->build_ms = load_ms;
        snapshot->generation = loading.generation;
        *ret_snapshot = snapshot;
    }
    loading_destroy(&loading);
    return rc;
}

static int compare_content(void *ctx, const struct fl_store_component *row)
{
    struct fl_snapshot *snapshot = ctx;
    uint32_t c;
    if (fl_catalog_find_component(&snapshot->catalog, row->name, &c, NULL))
        return 0;
    const char *hash = snapshot->listing[c].content_hash;
    snapshot->listing[c].stale =
        !hash || !row->content_hash || strcmp(hash, row->content_hash) != 0;
    return 0;
}

int fl_stored_find_stale(struct fl_snapshot *snapshot, int64_t generation, struct fl_err *err)
{
    for (uint32_t c = 0; c < snapshot->catalog.component_count; c++)
        snapshot->listing[c].stale = true;
    struct fl_store_visitor visitor = {.component = compare_content, .ctx = snapshot};
    int rc = fl_store_visit(snapshot->definitions, &visitor, err);
    if (!rc)
        snapshot->generation = generation;
    return rc;
}

static int find_missing(void *ctx, const struct fl_store_component *row)
{
    struct loading *l = ctx;
    l->component = UINT32_MAX;
    for (uint32_t c = 0; c < l->catalog->component_count; c++)
        if (strcmp(l->catalog->components[c].name, row->name) == 0 &&
            fl_component_has_launch(&l->catalog->components[c]))
            l->component = c;
    return 0;
}

int fl_stored_complete(struct fl_store *store, struct fl_catalog *catalog, struct fl_err *err)
{
    struct loading loading = {.catalog = catalog, .err = err};
    struct fl_store_visitor visitor = {find_missing, load_tool, &loading, true};
    int rc = fl_store_visit(store, &visitor, err);
    loading_destroy(&loading);
    return rc;
}
