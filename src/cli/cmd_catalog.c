/* cmd_catalog.c: foreload catalog list, show, check, remove. */
#include "cli/cli.h"

#include "base/suggest.h"
#include "cli/text_table.h"

#include <time.h>

/* What list and show read from. */
struct view {
    struct fl_cli *cli;
    const struct fl_args *args;
    struct fl_snapshot *snapshot;
    enum fl_encoding encoding;
    enum fl_tool_form form;
    bool estimated; /* some count was */
};

static int view_open(struct view *view, struct fl_cli *cli, const struct fl_args *args,
                     struct fl_engine **ret_engine)
{
    *view = (struct view){.cli = cli, .args = args, .encoding = fl_cli_encoding(args)};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine_with_catalog(cli, args, ret_engine);
    if (status)
        return status;
    fl_tool_form_parse(fl_args_text(args, "form", "mcp"), &view->form);
    view->snapshot = fl_engine_pin(*ret_engine);
    return 0;
}

static uint32_t tool_tokens(struct view *view, uint32_t tool)
{
    bool estimated = false;
    uint32_t tokens =
        fl_snapshot_tool_tokens(view->snapshot, tool, view->form, view->encoding, &estimated);
    view->estimated |= estimated;
    return tokens;
}

static void component_of(const struct view *view, uint32_t component,
                         struct fl_component_info *ret_info)
{
    fl_snapshot_component(view->snapshot, component, ret_info);
}

/* --- list --- */

static bool is_listed(const struct view *view, const struct fl_tool_info *tool)
{
    const char *component = fl_args_text(view->args, "component", NULL);
    const char *category = fl_args_text(view->args, "category", NULL);
    int64_t tier = fl_args_number(view->args, "tier", 0);
    struct fl_component_info info;
    component_of(view, tool->component, &info);
    return (!component || strcmp(component, info.name) == 0) &&
           (!category || strcmp(category, tool->category) == 0) && (!tier || tier == tool->tier);
}

/* A value that was not given but worked out from names and words is marked. */
static void mark_cell(struct fl_text_table *table, const char *text, bool inferred)
{
    char cell[160];
    snprintf(cell, sizeof cell, "%.150s%s", text, inferred ? "*" : "");
    fl_text_table_cell(table, cell);
}

static void list_text(struct view *view)
{
    static const char *const titles[] = {"TOOL", "CATEGORY", ">TIER", ">TOKENS"};
    struct fl_text_table table = {.columns = 4, .titles = titles};
    uint64_t tokens = 0, listed = 0;
    bool inferred = false;
    uint32_t count = fl_snapshot_tool_count(view->snapshot);
    for (uint32_t i = 0; i < count; i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, i, &tool);
        if (!is_listed(view, &tool))
            continue;
        uint32_t cost = tool_tokens(view, i);
        fl_text_table_cell(&table, tool.name);
        char tier[2] = {(char)('0' + tool.tier % 10), '\0'};
        mark_cell(&table, tool.category, tool.category_inferred);
        mark_cell(&table, tier, tool.tier_inferred);
        inferred |= tool.category_inferred || tool.tier_inferred;
        fl_text_table_count(&table, cost);
        tokens += cost;
        listed++;
    }
    struct fl_buf *out = &view->cli->out.buf;
    if (listed)
        fl_text_table_print(&table, &view->cli->out);
    if (listed < count) {
        fl_cli_append_count(out, listed);
        fl_buf_append_str(out, " of ");
    }
    fl_cli_append_things(out, count, "tool");
    fl_buf_append_str(out, " of ");
    fl_cli_append_things(out, fl_snapshot_component_count(view->snapshot), "component");
    fl_buf_append_str(out, "; ");
    fl_cli_append_things(out, tokens, "token");
    fl_buf_append_str(out, view->estimated ? " (estimated)\n" : "\n");
    if (inferred)
        fl_buf_append_str(out, "* inferred, not given\n");
}

static void json_tool(struct view *view, struct fl_json_out *j, uint32_t index,
                      const struct fl_tool_info *tool)
{
    struct fl_component_info component;
    component_of(view, tool->component, &component);
    fl_json_out_string(j, "name", tool->name);
    fl_json_out_string(j, "component", component.name);
    fl_json_out_string(j, "title", tool->title);
    fl_json_out_string(j, "description", tool->description);
    fl_json_out_string(j, "category", tool->category);
    fl_json_out_boolean(j, "category_inferred", tool->category_inferred);
    fl_json_out_integer(j, "tier", tool->tier);
    fl_json_out_boolean(j, "tier_inferred", tool->tier_inferred);
    fl_json_out_open(j, "depends_on", '[');
    for (size_t i = 0; i < tool->depends_on_count; i++)
        fl_json_out_string(j, NULL, tool->depends_on[i]);
    fl_json_out_close(j, ']');
    fl_json_out_integer(j, "tokens", tool_tokens(view, index));
}

static void json_names(struct fl_json_out *j, const char *key, struct fl_name_span names)
{
    fl_json_out_open(j, key, '[');
    for (size_t i = 0; i < names.count; i++)
        fl_json_out_string(j, NULL, names.items[i]);
    fl_json_out_close(j, ']');
}

static void json_component(struct fl_json_out *j, const struct fl_component_info *c)
{
    fl_json_out_string(j, "name", c->name);
    fl_json_out_string(j, "title", c->title);
    fl_json_out_string(j, "description", c->description);
    fl_json_out_string(j, "version", c->version);
    fl_json_out_string(j, "component_kind", c->kind);
    fl_json_out_string(j, "priority", c->priority);
    fl_json_out_string(j, "source", c->source);
    fl_json_out_integer(j, "tool_count", c->tool_count);
    fl_json_out_integer(j, "tokens", (int64_t)c->tokens);
    fl_json_out_integer(j, "memory_bytes", (int64_t)c->memory_bytes);
    fl_json_out_integer(j, "load_ms", c->load_ms);
    fl_json_out_integer(j, "listed_at_s", c->listed_at_s);
    fl_json_out_integer(j, "changed_at_s", c->changed_at_s);
    fl_json_out_string(j, "last_error", c->last_error);
    fl_json_out_string(j, "pool", c->pool);
    fl_json_out_string(j, "entry", c->entry);
    fl_json_out_integer(j, "idle_timeout_ms", c->idle_timeout_ms);
    fl_json_out_boolean(j, "lazy", c->lazy);
    fl_json_out_boolean(j, "disabled", c->disabled);
    json_names(j, "keywords", c->keywords);
    json_names(j, "depends_on", c->depends_on);
    json_names(j, "conflicts", c->conflicts);
    json_names(j, "preload_triggers", c->preload_triggers);
}

static void list_json(struct view *view)
{
    struct fl_json_out j = {.out = &view->cli->out.buf};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_open(&j, "components", '[');
    const char *wanted = fl_args_text(view->args, "component", NULL);
    for (uint32_t i = 0; i < fl_snapshot_component_count(view->snapshot); i++) {
        struct fl_component_info component;
        component_of(view, i, &component);
        if (wanted && strcmp(wanted, component.name) != 0)
            continue;
        fl_json_out_open(&j, NULL, '{');
        json_component(&j, &component);
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    fl_json_out_open(&j, "tools", '[');
    for (uint32_t i = 0; i < fl_snapshot_tool_count(view->snapshot); i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, i, &tool);
        if (!is_listed(view, &tool))
            continue;
        fl_json_out_open(&j, NULL, '{');
        json_tool(view, &j, i, &tool);
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    fl_json_out_boolean(&j, "estimated", view->estimated);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&view->cli->out.buf, '\n');
}

/* A name that is not there at all is a mistake, not an empty list. */
static int check_filters(const struct view *view)
{
    const char *component = fl_args_text(view->args, "component", NULL);
    const char *category = fl_args_text(view->args, "category", NULL);
    struct fl_err err = {0};
    uint32_t index;
    if (component && fl_snapshot_find_component(view->snapshot, component, &index, &err))
        return fl_cli_fail(&err);
    struct fl_suggestion suggestion = {.typed = category};
    uint32_t count = fl_snapshot_tool_count(view->snapshot);
    for (uint32_t i = 0; category && i < count; i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, i, &tool);
        if (strcmp(tool.category, category) == 0)
            return 0;
        fl_suggest_offer(&suggestion, tool.category);
    }
    if (!category)
        return 0;
    if (suggestion.best)
        fl_cli_message("no tool is of category '%s'; did you mean '%s'?", category,
                       suggestion.best);
    else
        fl_cli_message("no tool is of category '%s'", category);
    return FL_CLI_FAILED;
}

int fl_cli_catalog_list(void *ctx, const struct fl_args *args)
{
    struct view view;
    struct fl_engine *engine = NULL;
    int status = view_open(&view, ctx, args, &engine);
    if (status == 0)
        status = check_filters(&view);
    if (status == 0 && fl_args_flag(args, "json"))
        list_json(&view);
    else if (status == 0)
        list_text(&view);
    fl_snapshot_unpin(view.snapshot);
    fl_engine_free(engine);
    return status;
}

/* --- show --- */

static void line(struct view *view, const char *label, const char *text)
{
    struct fl_buf *out = &view->cli->out.buf;
    if (!text || !*text)
        return;
    fl_buf_printf(out, "%-12s ", label);
    fl_cli_append_clean(out, text, strlen(text));
    fl_buf_append_char(out, '\n');
}

static void line_count(struct view *view, const char *label, uint64_t number, const char *unit)
{
    struct fl_buf text = {0};
    fl_cli_append_count(&text, number);
    fl_buf_append_str(&text, unit);
    line(view, label, fl_buf_text(&text));
    fl_buf_destroy(&text);
}

static void line_time(struct view *view, const char *label, int64_t seconds)
{
    struct tm utc;
    char text[32];
    time_t time = (time_t)seconds;
    if (seconds && gmtime_r(&time, &utc) && strftime(text, sizeof text, "%F %T UTC", &utc))
        line(view, label, text);
}

static void line_names(struct view *view, const char *label, struct fl_name_span names)
{
    for (size_t i = 0; i < names.count; i++)
        line(view, i ? "" : label, names.items[i]);
}

static void show_component_text(struct view *view, const struct fl_component_info *c)
{
    line(view, "component", c->name);
    line(view, "title", c->title);
    line(view, "version", c->version);
    line(view, "kind", c->kind);
    line(view, "priority", c->priority);
    line(view, "source", c->source);
    line_time(view, "listed", c->listed_at_s);
    line_time(view, "changed", c->changed_at_s);
    if (c->memory_bytes) {
        struct fl_buf text = {0};
        fl_cli_append_bytes(&text, c->memory_bytes);
        line(view, "memory", fl_buf_text(&text));
        fl_buf_destroy(&text);
    }
    if (c->load_ms)
        line_count(view, "load time", c->load_ms, " ms");
    line(view, "pool", c->pool);
    line(view, "entry", c->entry);
    if (c->idle_timeout_ms)
        line_count(view, "idle time", c->idle_timeout_ms, " ms");
    if (c->lazy || c->disabled)
        line(view, "loaded", c->disabled ? "never: disabled" : "at its first call only");
    line_names(view, "keywords", c->keywords);
    line_names(view, "depends on", c->depends_on);
    line_names(view, "conflicts", c->conflicts);
    line_names(view, "preloaded by", c->preload_triggers);
    line_count(view, "tools", c->tool_count, "");
    line_count(view, "tokens", c->tokens, "");
    line(view, "last error", c->last_error);
    line(view, "description", c->description);
    for (uint32_t i = 0; i < c->tool_count; i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, c->first_tool + i, &tool);
        line(view, i ? "" : "offers", tool.bare_name);
    }
}

static int show_tool_text(struct view *view, uint32_t index, const struct fl_tool_info *tool,
                          struct fl_err *err)
{
    struct fl_buf *out = &view->cli->out.buf;
    char *definition = NULL;
    line(view, "tool", tool->name);
    line(view, "title", tool->title);
    fl_buf_printf(out, "%-12s %s%s\n", "category", tool->category,
                  tool->category_inferred ? " (inferred)" : "");
    fl_buf_printf(out, "%-12s %u%s\n", "tier", (unsigned)tool->tier,
                  tool->tier_inferred ? " (inferred)" : "");
    line_count(view, "tokens", tool_tokens(view, index), view->estimated ? " (estimated)" : "");
    for (size_t i = 0; i < tool->depends_on_count; i++)
        line(view, i ? "" : "depends on", tool->depends_on[i]);
    line(view, "description", tool->description);
    int rc = fl_snapshot_definition(view->snapshot, index, view->form, &definition, err);
    if (rc == 0)
        line(view, "definition", definition);
    fl_free(definition);
    return rc;
}

static void show_component_json(struct view *view, const struct fl_component_info *component)
{
    struct fl_json_out j = {.out = &view->cli->out.buf};
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_string(&j, "kind", "component");
    json_component(&j, component);
    fl_json_out_open(&j, "tools", '[');
    for (uint32_t i = 0; i < component->tool_count; i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, component->first_tool + i, &tool);
        fl_json_out_string(&j, NULL, tool.name);
    }
    fl_json_out_close(&j, ']');
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&view->cli->out.buf, '\n');
}

static int show_tool_json(struct view *view, uint32_t index, const struct fl_tool_info *tool,
                          struct fl_err *err)
{
    struct fl_json_out j = {.out = &view->cli->out.buf};
    char *definition = NULL;
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_string(&j, "kind", "tool");
    json_tool(view, &j, index, tool);
    fl_json_out_boolean(&j, "estimated", view->estimated);
    int rc = fl_snapshot_definition(view->snapshot, index, view->form, &definition, err);
    if (rc == 0)
        fl_json_out_raw(&j, "definition", definition);
    fl_free(definition);
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&view->cli->out.buf, '\n');
    return rc;
}

static int unknown_name(const struct view *view, const char *name)
{
    struct fl_suggestion suggestion = {.typed = name};
    for (uint32_t i = 0; i < fl_snapshot_component_count(view->snapshot); i++) {
        struct fl_component_info component;
        component_of(view, i, &component);
        fl_suggest_offer(&suggestion, component.name);
    }
    for (uint32_t i = 0; i < fl_snapshot_tool_count(view->snapshot); i++) {
        struct fl_tool_info tool;
        fl_snapshot_tool(view->snapshot, i, &tool);
        fl_suggest_offer(&suggestion, strchr(name, '/') ? tool.name : tool.bare_name);
    }
    if (suggestion.best)
        fl_cli_message("no tool or component is called '%s'; did you mean '%s'?", name,
                       suggestion.best);
    else
        fl_cli_message("no tool or component is called '%s'", name);
    return FL_CLI_FAILED;
}

/* A component comes before a tool of the same bare name; the tool's full name is always its own. */
static int show(struct view *view, const char *name)
{
    struct fl_err err = {0};
    uint32_t index;
    bool json = fl_args_flag(view->args, "json");
    if (fl_snapshot_find_component(view->snapshot, name, &index, NULL) == 0) {
        struct fl_component_info component;
        component_of(view, index, &component);
        if (json)
            show_component_json(view, &component);
        else
            show_component_text(view, &component);
        return 0;
    }
    int rc = fl_snapshot_find_tool(view->snapshot, name, &index, &err);
    if (rc)
        return rc == -FL_ENOENT ? unknown_name(view, name) : fl_cli_fail(&err);
    struct fl_tool_info tool;
    fl_snapshot_tool(view->snapshot, index, &tool);
    rc = json ? show_tool_json(view, index, &tool, &err) : show_tool_text(view, index, &tool, &err);
    if (rc == 0)
        return 0;
    fl_buf_clear(&view->cli->out.buf);
    return fl_cli_fail(&err);
}

int fl_cli_catalog_show(void *ctx, const struct fl_args *args)
{
    struct view view;
    struct fl_engine *engine = NULL;
    int status = view_open(&view, ctx, args, &engine);
    if (status == 0)
        status = show(&view, args->operands[0]);
    fl_snapshot_unpin(view.snapshot);
    fl_engine_free(engine);
    return status;
}
