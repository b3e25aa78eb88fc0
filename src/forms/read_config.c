/* read_config.c: the configurations of MCP clients, read as they are.
 *
 * The same entries come under different keys:
 *   mcpServers       Claude, Cursor, Windsurf, Cline, Gemini, Kiro, LM Studio; also within each of
 *                    Claude Code's projects
 *   servers, inputs  VS Code; in its settings.json below "mcp"
 *   context_servers  Zed
 *   mcp              OpenCode, Crush
 *   mcp_servers      Codex
 * as a map from names to entries or as a list of entries with a "name". */
#include "forms/config_entry.h"
#include "forms/source.h"

static const char *const server_keys[] = {"mcpServers", "servers", "context_servers",
                                          "mcp_servers"};

static bool holds_entries(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

static bool is_entry(const json_t *value)
{
    static const char *const keys[] = {"command", "url", "httpUrl", "serverUrl"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(value, keys[i]))
            return true;
    return false;
}

/* VS Code's "mcp": {"servers": …, "inputs": …}, and not a server of that name. */
static bool is_nested(const json_t *mcp)
{
    const json_t *servers = json_object_get(mcp, "servers");
    return holds_entries(servers) && !is_entry(servers);
}

/* Gemini's "mcp" only says which of its servers count. */
static bool is_selection(const json_t *mcp)
{
    return json_is_array(json_object_get(mcp, "allowed")) ||
           json_is_array(json_object_get(mcp, "excluded"));
}

bool fl_is_config(const json_t *root)
{
    for (size_t i = 0; i < sizeof server_keys / sizeof *server_keys; i++)
        if (holds_entries(json_object_get(root, server_keys[i])))
            return true;
    if (json_is_object(json_object_get(root, "mcp")))
        return true;
    const char *path;
    json_t *project;
    json_object_foreach (json_object_get(root, "projects"), path, project)
        if (holds_entries(json_object_get(project, "mcpServers")))
            return true;
    return json_is_array(root) && is_entry(json_array_get(root, 0));
}

/* The parts of a file that say something about its entries. */
struct config {
    struct fl_config_context context;
    const json_t *allowed, *excluded; /* lists of names, or NULL */
};

static bool is_listed(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item)
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    return false;
}

static bool is_disabled(const struct config *config, const char *name, const json_t *entry)
{
    return fl_json_boolean(entry, "disabled", false) || !fl_json_boolean(entry, "enabled", true) ||
           is_listed(config->excluded, name) ||
           (json_array_size(config->allowed) > 0 && !is_listed(config->allowed, name));
}

static int add_component(const struct fl_source *source, const struct fl_component *component,
                         struct fl_err *err)
{
    uint32_t index;
    int rc = fl_catalog_add_component(source->catalog, component, &index, err);
    if (rc != -FL_EEXIST)
        return rc;
    rc = fl_catalog_complete_component(source->catalog, index, component, err);
    if (rc != -FL_EEXIST)
        return rc;
    fl_findings_add(source->findings, FL_SEVERITY_WARNING, FL_EEXIST, source->path, 0,
                    component->name, "%s", err->message);
    return 0;
}

static void note(const struct fl_source *source, const char *name, const char *what)
{
    fl_findings_add(source->findings, FL_SEVERITY_NOTE, FL_OK, source->path, 0, name, "%s", what);
}

static int read_entry(const struct config *config, const char *name, const json_t *entry,
                      struct fl_err *err)
{
    const struct fl_source *source = config->context.source;
    if (!json_is_object(entry))
        return fl_err_set(err, FL_EINVAL, "it is no object");
    if (!is_entry(entry) && json_object_get(entry, "settings")) {
        note(source, name, "skipped: an extension of the editor provides it");
        return 0;
    }
    struct fl_arena arena = {0};
    struct fl_component component = {.name = name,
                                     .title = fl_json_string(entry, "title", NULL),
                                     .description = fl_json_string(entry, "description", NULL),
                                     .kind = FL_KIND_MCP,
                                     .priority = FL_PRIORITY_MEDIUM,
                                     .disabled = is_disabled(config, name, entry),
                                     .source = source->path};
    int rc = fl_config_entry_read(&config->context, name, entry, &arena, &component.launch, err);
    if (!rc && fl_config_launch_is(&component.launch, source->options->self_program))
        note(source, name, "skipped: it would start this program itself");
    else if (!rc)
        rc = add_component(source, &component, err);
    fl_arena_destroy(&arena);
    return rc;
}

/* One bad entry never drops the others. */
static int read_or_report(const struct config *config, const char *name, const json_t *entry)
{
    struct fl_err err = {0};
    int rc = read_entry(config, name, entry, &err);
    if (rc == 0 || rc == -FL_ENOMEM)
        return rc;
    fl_findings_add(config->context.source->findings, FL_SEVERITY_ERROR, rc,
                    config->context.source->path, 0, name, "%s; it is left out", err.message);
    return 0;
}

static int read_entries(const struct config *config, const json_t *servers)
{
    int rc = 0;
    const char *name;
    size_t i;
    json_t *entry;
    json_object_foreach ((json_t *)servers, name, entry)
        if (!rc)
            rc = read_or_report(config, name, entry);
    json_array_foreach (servers, i, entry)
        if (!rc)
            rc = read_or_report(config, fl_json_string(entry, "name", ""), entry);
    return rc;
}

/* Gemini's files are told by their place, or by a key that only they have. */
static bool is_gemini(const char *path, const json_t *servers)
{
    const char *name;
    size_t i;
    json_t *entry;
    json_object_foreach ((json_t *)servers, name, entry)
        if (json_object_get(entry, "httpUrl"))
            return true;
    json_array_foreach (servers, i, entry)
        if (json_object_get(entry, "httpUrl"))
            return true;
    return strstr(path, ".gemini/") != NULL;
}

static int read_projects(const struct config *config, const json_t *projects)
{
    struct config own = *config;
    int rc = 0;
    const char *path;
    json_t *project;
    json_object_foreach ((json_t *)projects, path, project) {
        if (rc)
            break;
        own.context.default_cwd = path;
        own.excluded = json_object_get(project, "disabledMcpServers");
        rc = read_entries(&own, json_object_get(project, "mcpServers"));
    }
    return rc;
}

static int read_all(struct config *config, const json_t *root)
{
    const json_t *mcp = json_object_get(root, "mcp");
    int rc = 0;
    config->context.inputs = json_object_get(root, "inputs");
    config->allowed = json_object_get(mcp, "allowed");
    config->excluded = json_object_get(mcp, "excluded");
    config->context.url_means_sse =
        is_gemini(config->context.source->path, json_object_get(root, "mcpServers"));
    for (size_t i = 0; i < sizeof server_keys / sizeof *server_keys && !rc; i++)
        rc = read_entries(config, json_object_get(root, server_keys[i]));
    if (!rc && json_is_array(root))
        rc = read_entries(config, root);
    if (!rc && is_nested(mcp)) {
        config->context.inputs = json_object_get(mcp, "inputs");
        rc = read_entries(config, json_object_get(mcp, "servers"));
    } else if (!rc && !is_selection(mcp)) {
        rc = read_entries(config, mcp);
    }
    return rc ? rc : read_projects(config, json_object_get(root, "projects"));
}

int fl_read_config(const struct fl_source *source, const json_t *root, struct fl_err *err)
{
    struct config config = {.context = {.source = source}};
    return read_all(&config, root) ? fl_err_nomem(err) : 0;
}
