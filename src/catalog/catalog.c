/* catalog.c: adding to a catalogue and finding in it; catalog_finish.c has the rest of catalog.h.
 *
 * A tool's name is the tail of its full name, so that both are one string in the arena and the keys
 * of both maps point into it. */
#include "catalog/catalog.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>

enum { FIRST_ITEMS = 16 };

void fl_catalog_destroy(struct fl_catalog *catalog)
{
    if (!catalog)
        return;
    free(catalog->components);
    free(catalog->tools);
    fl_strmap_destroy(&catalog->component_by_name);
    fl_strmap_destroy(&catalog->tool_by_full_name);
    fl_strmap_destroy(&catalog->tool_by_bare_name);
    fl_arena_destroy(&catalog->arena);
    *catalog = (struct fl_catalog){0};
}

/* Room for one more of `size` bytes in an array that doubles. */
static int make_room(void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    uint32_t more = *capacity ? *capacity * 2 : FIRST_ITEMS;
    void *grown = realloc(*items, more * size);
    if (!grown)
        return -FL_ENOMEM;
    *items = grown;
    *capacity = more;
    return 0;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t codepoint = 0;
        size_t n = fl_utf8_decode(text + i, len - i, &codepoint);
        if (n == 0 || codepoint < 0x20 || (codepoint >= 0x7F && codepoint < 0xA0))
            return true;
        i += n;
    }
    return false;
}

static int check_name(const char *what, const char *name, struct fl_err *err)
{
    size_t len = name ? strlen(name) : 0;
    if (len == 0)
        return fl_err_set(err, FL_EINVAL, "%s without a name", what);
    if (len > FL_CATALOG_MAX_NAME_BYTES)
        return fl_err_set(err, FL_EINVAL, "%s name of %zu bytes; at most %d are allowed", what, len,
                          FL_CATALOG_MAX_NAME_BYTES);
    if (has_control(name, len))
        return fl_err_set(err, FL_EINVAL, "%s name with control characters or bad UTF-8", what);
    return 0;
}

/* Copying into the arena: the first failure is remembered in `failed`. */
struct copier {
    struct fl_arena *arena;
    bool failed;
};

static const char *copy_text(struct copier *copier, const char *text)
{
    if (!text)
        return NULL;
    const char *copy = fl_arena_strdup(copier->arena, text);
    copier->failed |= !copy;
    return copy;
}

static struct fl_names copy_names(struct copier *copier, struct fl_names names)
{
    if (names.count == 0)
        return (struct fl_names){0};
    const char **items = fl_arena_array(copier->arena, names.count, sizeof *items);
    copier->failed |= !items;
    for (uint32_t i = 0; items && i < names.count; i++)
        items[i] = copy_text(copier, names.items[i]);
    return (struct fl_names){items, items ? names.count : 0};
}

static struct fl_launch copy_launch(struct copier *copier, const struct fl_launch *launch)
{
    return (struct fl_launch){
        .command = copy_text(copier, launch->command),
        .args = copy_names(copier, launch->args),
        .env = copy_names(copier, launch->env),
        .cwd = copy_text(copier, launch->cwd),
        .url = copy_text(copier, launch->url),
        .transport = copy_text(copier, launch->transport),
        .headers = copy_names(copier, launch->headers),
    };
}

/* Everything of `from` whose members hold pointers, and nothing else. */
static void copy_component_strings(struct copier *copier, const struct fl_component *from,
                                   struct fl_component *to)
{
    to->name = copy_text(copier, from->name);
    to->title = copy_text(copier, from->title);
    to->description = copy_text(copier, from->description);
    to->version = copy_text(copier, from->version);
    to->keywords = copy_names(copier, from->keywords);
    to->depends_on = copy_names(copier, from->depends_on);
    to->conflicts = copy_names(copier, from->conflicts);
    to->preload_triggers = copy_names(copier, from->preload_triggers);
    to->pool = copy_text(copier, from->pool ? from->pool : "general");
    to->entry = copy_text(copier, from->entry);
    to->launch = copy_launch(copier, &from->launch);
    to->source = copy_text(copier, from->source ? from->source : "");
}

static int check_lists(const struct fl_component *component, struct fl_err *err)
{
    const struct fl_names lists[] = {component->keywords, component->depends_on,
                                     component->conflicts, component->preload_triggers};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (lists[i].count > FL_CATALOG_MAX_LIST)
            return fl_err_set(err, FL_ELIMIT, "a list of %u names; at most %d are allowed",
                              lists[i].count, FL_CATALOG_MAX_LIST);
    return 0;
}

int fl_catalog_add_component(struct fl_catalog *catalog, const struct fl_component *component,
                             uint32_t *ret_index, struct fl_err *err)
{
    int rc = catalog->finished ? fl_err_set(err, FL_EINVAL, "the catalogue is finished") : 0;
    if (!rc)
        rc = check_name("component", component->name, err);
    if (!rc)
        rc = check_lists(component, err);
    if (rc)
        return rc;
    uint32_t present = fl_strmap_get(&catalog->component_by_name, fl_str_of(component->name));
    if (present != FL_STRMAP_NONE) {
        *ret_index = present;
        return fl_err_set(err, FL_EEXIST, "component '%s' exists already (from %s)",
                          component->name, catalog->components[present].source);
    }
    if (catalog->component_count >= FL_CATALOG_MAX_COMPONENTS)
        return fl_err_set(err, FL_ELIMIT, "more than %d components", FL_CATALOG_MAX_COMPONENTS);
    if (make_room((void **)&catalog->components, catalog->component_count,
                  &catalog->component_capacity, sizeof *catalog->components))
        return fl_err_nomem(err);

    struct copier copier = {&catalog->arena, false};
    struct fl_component copy = *component;
    copy.first_tool = copy.tool_count = 0;
    copy_component_strings(&copier, component, &copy);
    if (copier.failed ||
        fl_strmap_put(&catalog->component_by_name, fl_str_of(copy.name), catalog->component_count))
        return fl_err_nomem(err);
    *ret_index = catalog->component_count;
    catalog->components[catalog->component_count++] = copy;
    return 0;
}

static void complete_text(const char **present, const char *more)
{
    if (!*present)
        *present = more;
}

static void complete_names(struct fl_names *present, struct fl_names more)
{
    if (present->count == 0)
        *present = more;
}

int fl_catalog_complete_component(struct fl_catalog *catalog, uint32_t index,
                                  const struct fl_component *more, struct fl_err *err)
{
    struct fl_component *present = &catalog->components[index];
    bool launches = fl_component_has_launch(more);
    if (launches && fl_component_has_launch(present))
        return fl_err_set(err, FL_EEXIST, "'%s' is configured already (in %s); the first stays",
                          present->name, present->source);
    struct copier copier = {&catalog->arena, false};
    struct fl_component copy;
    copy_component_strings(&copier, more, &copy);
    if (copier.failed)
        return fl_err_nomem(err);
    complete_text(&present->title, copy.title);
    complete_text(&present->description, copy.description);
    complete_text(&present->version, copy.version);
    complete_text(&present->entry, copy.entry);
    complete_names(&present->keywords, copy.keywords);
    complete_names(&present->depends_on, copy.depends_on);
    complete_names(&present->conflicts, copy.conflicts);
    complete_names(&present->preload_triggers, copy.preload_triggers);
    if (launches) {
        present->launch = copy.launch;
        present->disabled |= more->disabled;
        if (present->kind == FL_KIND_STATIC)
            present->kind = FL_KIND_MCP;
    }
    return 0;
}

static const char *join_full_name(struct fl_arena *arena, const char *component, const char *tool)
{
    size_t component_len = strlen(component);
    size_t tool_len = strlen(tool);
    char *full = fl_arena_alloc(arena, component_len + 1 + tool_len + 1);
    if (!full)
        return NULL;
    memcpy(full, component, component_len);
    full[component_len] = '/';
    memcpy(full + component_len + 1, tool, tool_len + 1);
    return full;
}

/* The tools of one file follow each other: their path is kept once. */
static const char *copy_source(struct fl_catalog *catalog, struct copier *copier,
                               const char *source)
{
    if (catalog->tool_count > 0) {
        const char *last = catalog->tools[catalog->tool_count - 1].source;
        if (strcmp(last, source) == 0)
            return last;
    }
    return copy_text(copier, source);
}

static int check_tool(const struct fl_catalog *catalog, const struct fl_tool *tool,
                      struct fl_err *err)
{
    if (catalog->finished)
        return fl_err_set(err, FL_EINVAL, "the catalogue is finished");
    if (tool->component >= catalog->component_count)
        return fl_err_set(err, FL_EINVAL, "component number %u of %u", tool->component,
                          catalog->component_count);
    int rc = check_name("tool", tool->name, err);
    if (rc)
        return rc;
    if (tool->keywords.count > FL_CATALOG_MAX_LIST || tool->depends_on.count > FL_CATALOG_MAX_LIST)
        return fl_err_set(err, FL_ELIMIT, "a list of more than %d names", FL_CATALOG_MAX_LIST);
    if (catalog->tool_count >= FL_CATALOG_MAX_TOOLS)
        return fl_err_set(err, FL_ELIMIT, "more than %d tools", FL_CATALOG_MAX_TOOLS);
    return 0;
}

static void copy_tool_strings(struct fl_catalog *catalog, struct copier *copier,
                              const struct fl_tool *from, struct fl_tool *to)
{
    to->title = copy_text(copier, from->title);
    to->description = copy_text(copier, from->description ? from->description : "");
    to->definition = copy_text(copier, from->definition);
    to->category = copy_text(copier, from->category);
    to->keywords = copy_names(copier, from->keywords);
    to->depends_on = copy_names(copier, from->depends_on);
    to->parameter_names = copy_text(copier, from->parameter_names ? from->parameter_names : "");
    to->parameter_descriptions =
        copy_text(copier, from->parameter_descriptions ? from->parameter_descriptions : "");
    to->enum_values = copy_text(copier, from->enum_values ? from->enum_values : "");
    to->source = copy_source(catalog, copier, from->source ? from->source : "");
}

int fl_catalog_add_tool(struct fl_catalog *catalog, const struct fl_tool *tool, struct fl_err *err)
{
    int rc = check_tool(catalog, tool, err);
    if (rc)
        return rc;
    if (make_room((void **)&catalog->tools, catalog->tool_count, &catalog->tool_capacity,
                  sizeof *catalog->tools))
        return fl_err_nomem(err);
    struct fl_component *component = &catalog->components[tool->component];
    const char *full = join_full_name(&catalog->arena, component->name, tool->name);
    if (!full)
        return fl_err_nomem(err);
    uint32_t present = fl_strmap_get(&catalog->tool_by_full_name, fl_str_of(full));
    if (present != FL_STRMAP_NONE) {
        const struct fl_tool *first = &catalog->tools[present];
        return fl_err_set(err, FL_EEXIST, "'%s' exists already (line %u of %s); the first stays",
                          full, first->line, first->source);
    }
    struct copier copier = {&catalog->arena, false};
    struct fl_tool copy = *tool;
    copy.full_name = full;
    copy.name = full + strlen(component->name) + 1;
    copy_tool_strings(catalog, &copier, tool, &copy);
    if (copier.failed ||
        fl_strmap_put(&catalog->tool_by_full_name, fl_str_of(full), catalog->tool_count))
        return fl_err_nomem(err);
    catalog->tools[catalog->tool_count++] = copy;
    component->tool_count++;
    return 0;
}

static int fail_ambiguous(const struct fl_catalog *catalog, const char *name, struct fl_err *err)
{
    struct fl_buf names = {0};
    for (uint32_t i = 0; i < catalog->tool_count && names.len < FL_ERR_MESSAGE_MAX; i++) {
        if (strcmp(catalog->tools[i].name, name) != 0)
            continue;
        fl_buf_append_str(&names, names.len ? ", " : "");
        fl_buf_append_str(&names, catalog->tools[i].full_name);
    }
    int rc = fl_err_set(err, FL_EAMBIGUOUS, "'%s' is offered by several components: %s", name,
                        fl_buf_text(&names));
    fl_buf_destroy(&names);
    return rc;
}

int fl_catalog_find_tool(const struct fl_catalog *catalog, const char *name, uint32_t *ret_index,
                         struct fl_err *err)
{
    uint32_t index = fl_strmap_get(&catalog->tool_by_full_name, fl_str_of(name));
    if (index == FL_STRMAP_NONE)
        index = fl_strmap_get(&catalog->tool_by_bare_name, fl_str_of(name));
    if (index == FL_STRMAP_NONE)
        return fl_err_set(err, FL_ENOENT, "no tool is named '%s'", name);
    if (index == FL_CATALOG_AMBIGUOUS)
        return fail_ambiguous(catalog, name, err);
    *ret_index = index;
    return 0;
}

int fl_catalog_find_component(const struct fl_catalog *catalog, const char *name,
                              uint32_t *ret_index, struct fl_err *err)
{
    uint32_t index = fl_strmap_get(&catalog->component_by_name, fl_str_of(name));
    if (index == FL_STRMAP_NONE)
        return fl_err_set(err, FL_ENOENT, "no component is named '%s'", name);
    *ret_index = index;
    return 0;
}
