/* snapshot_view.c: the host API's views of a snapshot. */
#include "catalog/manifest_write.h"
#include "snapshot/snapshot.h"
#include "snapshot/tool_form.h"

#include <stdlib.h>

uint32_t fl_snapshot_component_count(const struct fl_snapshot *snapshot)
{
    return snapshot->catalog.component_count;
}

uint32_t fl_snapshot_tool_count(const struct fl_snapshot *snapshot)
{
    return snapshot->catalog.tool_count;
}

/* Snapshots are constant to hosts; what is counted when first asked for is behind a lock. */
static struct fl_snapshot *counted(const struct fl_snapshot *snapshot)
{
    return (struct fl_snapshot *)snapshot;
}

static struct fl_name_span span_of(struct fl_names names)
{
    return (struct fl_name_span){names.items, names.count};
}

void fl_snapshot_component(const struct fl_snapshot *snapshot, uint32_t index,
                           struct fl_component_info *ret_info)
{
    const struct fl_component *c = &snapshot->catalog.components[index];
    *ret_info = (struct fl_component_info){
        .name = c->name,
        .title = c->title,
        .description = c->description,
        .version = c->version,
        .kind = fl_kind_names[c->kind],
        .priority = fl_priority_names[c->priority],
        .source = c->source,
        .first_tool = c->first_tool,
        .tool_count = c->tool_count,
        .memory_bytes = c->memory_bytes,
        .load_ms = c->load_ms,
        .keywords = span_of(c->keywords),
        .depends_on = span_of(c->depends_on),
        .conflicts = span_of(c->conflicts),
        .preload_triggers = span_of(c->preload_triggers),
        .pool = c->pool,
        .entry = c->entry,
        .idle_timeout_ms = c->idle_timeout_ms,
        .lazy = c->lazy,
        .disabled = c->disabled,
    };
    const struct fl_costs *costs;
    if (fl_snapshot_costs(counted(snapshot), FL_TOOL_FORM_MCP, FL_ENCODING_O200K_BASE, &costs,
                          NULL) == 0)
        for (uint32_t t = 0; t < c->tool_count; t++)
            ret_info->tokens += costs->tokens[c->first_tool + t];
    if (snapshot->listing) {
        ret_info->listed_at_s = snapshot->listing[index].listed_at_s;
        ret_info->changed_at_s = snapshot->listing[index].changed_at_s;
        ret_info->last_error = snapshot->listing[index].last_error;
    }
}

void fl_snapshot_tool(const struct fl_snapshot *snapshot, uint32_t index,
                      struct fl_tool_info *ret_info)
{
    const struct fl_tool *t = &snapshot->catalog.tools[index];
    *ret_info = (struct fl_tool_info){
        .name = t->full_name,
        .bare_name = t->name,
        .title = t->title,
        .description = t->description,
        .category = t->category,
        .tier = t->tier,
        .category_inferred = t->flags & FL_TOOL_CATEGORY_INFERRED,
        .tier_inferred = t->flags & FL_TOOL_TIER_INFERRED,
        .component = t->component,
        .depends_on = t->depends_on.items,
        .depends_on_count = t->depends_on.count,
    };
}

int fl_snapshot_find_tool(const struct fl_snapshot *snapshot, const char *name, uint32_t *ret_index,
                          struct fl_err *err)
{
    return fl_catalog_find_tool(&snapshot->catalog, name, ret_index, err);
}

int fl_snapshot_find_component(const struct fl_snapshot *snapshot, const char *name,
                               uint32_t *ret_index, struct fl_err *err)
{
    return fl_catalog_find_component(&snapshot->catalog, name, ret_index, err);
}

int fl_snapshot_definition(const struct fl_snapshot *snapshot, uint32_t tool,
                           enum fl_tool_form form, char **ret_json, struct fl_err *err)
{
    if (tool >= snapshot->catalog.tool_count)
        return fl_err_set(err, FL_EINVAL, "no tool number %u", tool);
    struct fl_buf definition = {0}, text = {0};
    const struct fl_tool *t = &snapshot->catalog.tools[tool];
    int rc = fl_snapshot_append_definition(counted(snapshot), tool, &definition, err);
    if (!rc)
        rc = fl_tool_form_append(&text, form, snapshot->catalog.components[t->component].name,
                                 (struct fl_str){definition.ptr, definition.len}, err);
    fl_buf_destroy(&definition);
    char *json = rc ? NULL : fl_buf_take(&text);
    fl_buf_destroy(&text);
    if (!rc && !json)
        rc = fl_err_nomem(err);
    if (!rc)
        *ret_json = json;
    return rc;
}

uint32_t fl_snapshot_tool_tokens(const struct fl_snapshot *snapshot, uint32_t tool,
                                 enum fl_tool_form form, enum fl_encoding encoding,
                                 bool *ret_estimated)
{
    const struct fl_costs *costs;
    if (tool >= snapshot->catalog.tool_count ||
        fl_snapshot_costs(counted(snapshot), form, encoding, &costs, NULL))
        return 0;
    if (ret_estimated)
        *ret_estimated = costs->estimated;
    return costs->tokens[tool];
}

void fl_free(void *memory)
{
    free(memory);
}
