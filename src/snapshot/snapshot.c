/* snapshot.c: see snapshot.h. */
#include "snapshot/snapshot.h"

#include "base/clock.h"
#include "snapshot/fields.h"
#include "snapshot/stored.h"
#include "snapshot/tool_form.h"
#include "store/store.h"
#include "text/index_file.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Raised when other texts of the same rows are indexed, or under other fields. */
enum { DOCUMENTS_VERSION = 1 };

static const struct fl_index_options index_options = {
#define FL_FIELD_OPTION(id, name, weight, b) [FL_FIELD_##id] = {weight, b},
    .fields = {FL_FIELDS(FL_FIELD_OPTION)},
#undef FL_FIELD_OPTION
    .field_count = FL_FIELD_COUNT,
    .k1 = 1.6f,
    .group_field = FL_FIELD_COMPONENT,
    .group_idf = 1.5f,
};

uint64_t fl_snapshot_index_key(int64_t generation)
{
    const uint64_t numbers[] = {(uint64_t)generation, fl_index_options_hash(&index_options),
                                DOCUMENTS_VERSION};
    return XXH3_64bits(numbers, sizeof numbers);
}

struct source {
    const struct fl_snapshot *snapshot;
    const struct fl_buf *examples; /* [document_count] newline-separated; or NULL */
};

static struct fl_str component_text(const struct fl_component *component, unsigned field,
                                    bool is_document)
{
    switch (field) {
    case FL_FIELD_NAME: return fl_str_of(is_document ? component->name : NULL);
    case FL_FIELD_TITLE: return fl_str_of(is_document ? component->title : NULL);
    case FL_FIELD_COMPONENT: return fl_str_of(component->name);
    case FL_FIELD_COMPONENT_DESCRIPTION:
        return fl_str_of(is_document ? NULL : component->description);
    case FL_FIELD_DESCRIPTION: return fl_str_of(is_document ? component->description : NULL);
    default: return (struct fl_str){NULL, 0};
    }
}

static struct fl_str tool_text(const struct fl_tool *tool, unsigned field)
{
    switch (field) {
    case FL_FIELD_NAME: return fl_str_of(tool->name);
    case FL_FIELD_TITLE: return fl_str_of(tool->title);
    case FL_FIELD_DESCRIPTION: return fl_str_of(tool->description);
    case FL_FIELD_PARAMETER: return fl_str_of(tool->parameter_names);
    case FL_FIELD_PARAMETER_DESCRIPTION: return fl_str_of(tool->parameter_descriptions);
    case FL_FIELD_VALUE: return fl_str_of(tool->enum_values);
    case FL_FIELD_CATEGORY:
        /* An inferred one repeats what the other fields say. */
        return fl_str_of(tool->flags & FL_TOOL_CATEGORY_INFERRED ? NULL : tool->category);
    default: return (struct fl_str){NULL, 0};
    }
}

static struct fl_str document_text(void *ctx, uint32_t document, unsigned field)
{
    const struct source *source = ctx;
    const struct fl_snapshot *s = source->snapshot;
    if (field == FL_FIELD_EXAMPLE && source->examples) {
        const struct fl_buf *text = &source->examples[document];
        return (struct fl_str){text->ptr, text->len};
    }
    if (document >= s->catalog.tool_count)
        return component_text(
            &s->catalog.components[s->bare_components[document - s->catalog.tool_count]], field,
            true);
    const struct fl_tool *tool = &s->catalog.tools[document];
    if (field == FL_FIELD_COMPONENT || field == FL_FIELD_COMPONENT_DESCRIPTION)
        return component_text(&s->catalog.components[tool->component], field, false);
    return tool_text(tool, field);
}

static int find_bare_components(struct fl_snapshot *s)
{
    uint32_t count = 0;
    s->bare_components = calloc(s->catalog.component_count + 1, sizeof *s->bare_components);
    if (!s->bare_components)
        return -FL_ENOMEM;
    for (uint32_t c = 0; c < s->catalog.component_count; c++)
        if (!s->catalog.components[c].tool_count && s->catalog.components[c].kind != FL_KIND_MCP)
            s->bare_components[count++] = c;
    s->document_count = s->catalog.tool_count + count;
    return 0;
}

static int build_index(struct fl_snapshot *s, const struct fl_buf *examples, struct fl_err *err)
{
    uint32_t *groups = calloc(s->document_count + 1, sizeof *groups);
    if (!groups)
        return fl_err_nomem(err);
    for (uint32_t d = 0; d < s->document_count; d++)
        groups[d] = d < s->catalog.tool_count ? s->catalog.tools[d].component
                                              : s->bare_components[d - s->catalog.tool_count];
    struct fl_index_options options = index_options;
    options.groups = groups;
    options.group_count = s->catalog.component_count;
    struct source source = {s, examples};
    struct fl_clock clock = fl_clock_system();
    fl_time start = fl_clock_now(&clock);
    int rc = fl_index_init(&s->index, &options, s->document_count, document_text, &source, err);
    s->build_ms = (float)(fl_clock_now(&clock) - start) / 1000.0f;
    free(groups);
    return rc;
}

static struct fl_snapshot *allocate(struct fl_counter *counter)
{
    struct fl_snapshot *s = calloc(1, sizeof *s);
    if (!s || pthread_mutex_init(&s->lock, NULL)) {
        free(s);
        return NULL;
    }
    atomic_init(&s->references, 1);
    s->counter = fl_counter_share(counter);
    return s;
}

static void destroy_texts(struct fl_buf *texts, uint32_t count)
{
    for (uint32_t i = 0; texts && i < count; i++)
        fl_buf_destroy(&texts[i]);
    free(texts);
}

/* The examples of each document, one a line; NULL when out of memory. */
static struct fl_buf *join_examples(const struct fl_examples *examples, uint32_t documents)
{
    struct fl_buf *texts = calloc(documents + 1, sizeof *texts);
    bool failed = !texts;
    for (uint32_t i = 0; !failed && i < examples->count; i++) {
        struct fl_buf *text = &texts[examples->items[i].document];
        fl_buf_append(text, examples->items[i].text.ptr, examples->items[i].text.len);
        fl_buf_append_char(text, '\n');
        failed = fl_buf_failed(text);
    }
    if (failed) {
        destroy_texts(texts, documents);
        return NULL;
    }
    return texts;
}

static int index_documents(struct fl_snapshot *s, const struct fl_examples *examples,
                           struct fl_err *err)
{
    fl_index_destroy(&s->index);
    if (!examples)
        return build_index(s, NULL, err);
    struct fl_buf *texts = join_examples(examples, s->document_count);
    if (!texts)
        return fl_err_nomem(err);
    int rc = build_index(s, texts, err);
    destroy_texts(texts, s->document_count);
    return rc;
}

static int build(struct fl_snapshot *s, const struct fl_examples *examples, struct fl_err *err)
{
    int rc = fl_graph_init(&s->graph, &s->catalog, NULL, err);
    if (!rc && (fl_rules_init(&s->rules, &s->catalog) || find_bare_components(s)))
        rc = fl_err_nomem(err);
    if (rc || (s->index.map.ptr && s->index.document_count == s->document_count))
        return rc;
    return index_documents(s, examples, err);
}

/* --- what the encoder sees --- */

static struct fl_str optional(const char *text)
{
    return text ? fl_str_of(text) : (struct fl_str){"", 0};
}

static void document_fields(void *ctx, uint32_t document,
                            struct fl_str ret_fields[FL_EMBED_FIELD_COUNT])
{
    const struct fl_snapshot *s = ctx;
    if (document >= s->catalog.tool_count) {
        const struct fl_component *component =
            &s->catalog.components[s->bare_components[document - s->catalog.tool_count]];
        ret_fields[FL_EMBED_NAME] = optional(component->name);
        ret_fields[FL_EMBED_DESCRIPTION] = optional(component->description);
        return;
    }
    const struct fl_tool *tool = &s->catalog.tools[document];
    ret_fields[FL_EMBED_NAME] = optional(tool->name);
    ret_fields[FL_EMBED_DESCRIPTION] = optional(tool->description);
    ret_fields[FL_EMBED_PARAMETERS] = optional(tool->parameter_names);
    ret_fields[FL_EMBED_SERVER] = optional(s->catalog.components[tool->component].name);
}

static bool load_vectors(struct fl_snapshot *snapshot, const struct fl_meaning *meaning,
                         const char *path, const struct fl_log *log)
{
    struct fl_err why;
    int rc = fl_vectors_load(&snapshot->vectors, meaning, snapshot->index_key,
                             snapshot->document_count, path, &why);
    bool usual = rc == -FL_ECHANGED || rc == -FL_EVERSION || rc == -FL_ENOENT;
    if (rc)
        fl_log_write(log, usual ? FL_LOG_DEBUG : FL_LOG_WARNING,
                     "%s; the vectors are computed instead", why.message);
    return !rc;
}

int fl_snapshot_embed(struct fl_snapshot *snapshot, struct fl_meaning *meaning, const char *path,
                      const struct fl_log *log, struct fl_err *err)
{
    if (!meaning)
        return 0;
    if (!(path && load_vectors(snapshot, meaning, path, log)) &&
        fl_vectors_build(&snapshot->vectors, meaning, snapshot->document_count, document_fields,
                         snapshot))
        return fl_err_nomem(err);
    snapshot->meaning = fl_meaning_share(meaning);
    return 0;
}

/* --- making snapshots --- */

int fl_snapshot_create(struct fl_catalog *catalog, struct fl_counter *counter,
                       struct fl_snapshot **ret_snapshot, struct fl_err *err)
{
    struct fl_index none = {0};
    return fl_snapshot_create_indexed(catalog, &none, counter, ret_snapshot, err);
}

int fl_snapshot_create_indexed(struct fl_catalog *catalog, struct fl_index *index,
                               struct fl_counter *counter, struct fl_snapshot **ret_snapshot,
                               struct fl_err *err)
{
    struct fl_snapshot *s = allocate(counter);
    if (!s) {
        fl_catalog_destroy(catalog);
        fl_index_destroy(index);
        return fl_err_nomem(err);
    }
    s->catalog = *catalog;
    s->index = *index;
    *catalog = (struct fl_catalog){0};
    *index = (struct fl_index){0};
    int rc = s->catalog.finished ? 0 : fl_catalog_finish(&s->catalog, &s->findings, err);
    if (!rc)
        rc = build(s, NULL, err);
    if (rc)
        fl_snapshot_unpin(s);
    else
        *ret_snapshot = s;
    return rc;
}

int fl_snapshot_learn(struct fl_snapshot *base, const struct fl_examples *examples,
                      struct fl_snapshot **ret_snapshot, struct fl_err *err)
{
    struct fl_snapshot *s = allocate(base->counter);
    if (!s)
        return fl_err_nomem(err);
    s->base = fl_snapshot_share(base);
    s->catalog = base->catalog;
    int rc = build(s, examples, err);
    if (!rc && base->meaning) {
        s->meaning = fl_meaning_share(base->meaning);
        s->vectors = base->vectors;
        if (examples && fl_past_build(&s->past, s->meaning, examples->items, examples->count))
            rc = fl_err_nomem(err);
    }
    if (rc)
        fl_snapshot_unpin(s);
    else
        *ret_snapshot = s;
    return rc;
}

struct fl_snapshot *fl_snapshot_share(struct fl_snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void fl_snapshot_unpin(struct fl_snapshot *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) != 1)
        return;
    if (s->rankers)
        s->free_rankers(s->rankers);
    for (int i = 0; i < FL_COST_COUNT; i++)
        free(s->costs[i].tokens);
    fl_store_close(s->definitions);
    fl_index_destroy(&s->index);
    fl_rules_destroy(&s->rules);
    fl_graph_destroy(&s->graph);
    fl_findings_destroy(&s->findings);
    if (!s->base) {
        fl_catalog_destroy(&s->catalog);
        fl_vectors_destroy(&s->vectors);
    }
    fl_past_destroy(&s->past);
    fl_meaning_release(s->meaning);
    fl_snapshot_unpin(s->base);
    fl_counter_release(s->counter);
    free(s->bare_components);
    free(s->listing);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* The definition at the tool's place in the store, if its component is still what it was: other
 * processes may change the store meanwhile. */
static int stored_definition(struct fl_snapshot *s, uint32_t tool, struct fl_buf *buf,
                             struct fl_err *err)
{
    uint32_t c = s->catalog.tools[tool].component;
    const struct fl_component *component = &s->catalog.components[c];
    size_t before = buf->len;
    int64_t generation = 0;
    int rc = 0;
    while (!rc && !s->listing[c].stale) {
        buf->len = before;
        int found = fl_store_definition(s->definitions, component->name,
                                        tool - component->first_tool, buf, err);
        rc = fl_store_generation(s->definitions, &generation, err);
        if (!rc && generation == s->generation)
            return found;
        if (!rc)
            rc = fl_stored_find_stale(s, generation, err);
    }
    return rc ? rc
              : fl_err_set(err, FL_ECHANGED, "'%s' has changed since the catalogue was loaded",
                           component->name);
}

int fl_snapshot_append_definition(struct fl_snapshot *s, uint32_t tool, struct fl_buf *buf,
                                  struct fl_err *err)
{
    if (s->base)
        return fl_snapshot_append_definition(s->base, tool, buf, err);
    const struct fl_tool *t = &s->catalog.tools[tool];
    if (t->definition) {
        fl_buf_append(buf, t->definition, t->definition_bytes);
        return fl_buf_failed(buf) ? fl_err_nomem(err) : 0;
    }
    if (!s->definitions)
        return fl_err_set(err, FL_ENOENT, "'%s' has no definition", t->full_name);
    pthread_mutex_lock(&s->lock);
    int rc = stored_definition(s, tool, buf, err);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* Of a definition that cannot be had any more. */
static struct fl_token_count rough_count(const struct fl_tool *tool)
{
    enum { BYTES_PER_TOKEN = 4, FRAME_BYTES = 64 };
    return (struct fl_token_count){(strlen(tool->full_name) + strlen(tool->description) +
                                    strlen(tool->parameter_names) +
                                    strlen(tool->parameter_descriptions) + FRAME_BYTES) /
                                       BYTES_PER_TOKEN,
                                   true};
}

/* Counts every definition in one form; `costs` is filled only on success. */
static int count_costs(struct fl_snapshot *s, enum fl_tool_form form, enum fl_encoding encoding,
                       struct fl_costs *costs, struct fl_err *err)
{
    struct fl_costs counted = {calloc(s->catalog.tool_count + 1, sizeof *counted.tokens), 0, false};
    struct fl_buf definition = {0}, text = {0};
    int rc = counted.tokens ? 0 : fl_err_nomem(err);
    for (uint32_t t = 0; counted.tokens && !rc && t < s->catalog.tool_count; t++) {
        const struct fl_tool *tool = &s->catalog.tools[t];
        struct fl_token_count count = {0};
        fl_buf_clear(&definition);
        fl_buf_clear(&text);
        rc = fl_snapshot_append_definition(s, t, &definition, err);
        if (!rc)
            rc = fl_tool_form_append(&text, form, s->catalog.components[tool->component].name,
                                     (struct fl_str){definition.ptr, definition.len}, err);
        if (!rc)
            rc = fl_counter_count(s->counter, encoding, (struct fl_str){text.ptr, text.len}, &count,
                                  err);
        if (rc == -FL_ECHANGED) { /* no reason to refuse a request */
            count = rough_count(tool);
            rc = 0;
        }
        counted.tokens[t] = (uint32_t)count.tokens;
        counted.total += count.tokens;
        counted.estimated |= count.estimated;
    }
    fl_buf_destroy(&definition);
    fl_buf_destroy(&text);
    if (rc)
        free(counted.tokens);
    else
        *costs = counted;
    return rc;
}

int fl_snapshot_costs(struct fl_snapshot *s, enum fl_tool_form form, enum fl_encoding encoding,
                      const struct fl_costs **ret_costs, struct fl_err *err)
{
    if (s->base)
        return fl_snapshot_costs(s->base, form, encoding, ret_costs, err);
    struct fl_costs *costs = &s->costs[fl_cost_of(encoding, form)];
    pthread_mutex_lock(&s->lock);
    bool counted = costs->tokens != NULL;
    pthread_mutex_unlock(&s->lock);
    if (!counted) { /* two threads may both count; the first one's result stays */
        struct fl_costs fresh;
        int rc = count_costs(s, form, encoding, &fresh, err);
        if (rc)
            return rc;
        pthread_mutex_lock(&s->lock);
        if (costs->tokens)
            free(fresh.tokens);
        else
            *costs = fresh;
        pthread_mutex_unlock(&s->lock);
    }
    *ret_costs = costs;
    return 0;
}
