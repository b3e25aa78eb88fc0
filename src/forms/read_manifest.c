/* read_manifest.c: component manifests, {"name": …, "kind": …, …} or {"components": […]}.
 *
 * A field that only estimates or describes is ignored, with a warning, when it makes no sense; one
 * that decides how the component is loaded makes the component be left out. */
#include "catalog/manifest_write.h"
#include "forms/config_entry.h"
#include "forms/source.h"

#include <strings.h>

static const char *const manifest_keys[] = {
    "kind",      "priority",         "entry",           "pool",
    "memory_mb", "memory_bytes",     "load_ms",         "conflicts",
    "lazy",      "preload_triggers", "idle_timeout_ms", "idle_timeout_s",
};

bool fl_is_manifest(const json_t *root)
{
    if (!json_is_string(json_object_get(root, "name")))
        return false;
    for (size_t i = 0; i < sizeof manifest_keys / sizeof *manifest_keys; i++)
        if (json_object_get(root, manifest_keys[i]))
            return true;
    return false;
}

/* A component while it is read. */
struct reading {
    const struct fl_source *source;
    const json_t *json;
    unsigned line;
    struct fl_component component;
    struct fl_name_list keywords, depends_on, conflicts, triggers;
    struct fl_arena launch; /* holds what component.launch points to */
};

static void warn(const struct reading *reading, const char *key, const char *what)
{
    fl_findings_add(reading->source->findings, FL_SEVERITY_WARNING, FL_EINVAL,
                    reading->source->path, reading->line, reading->component.name,
                    "'%s' %s; it is ignored", key, what);
}

/* The index of a word in a list, in any case; -1 if it is none of them. */
static int index_of(const char *word, const char *const words[], int count)
{
    for (int i = 0; i < count; i++)
        if (word && strcasecmp(word, words[i]) == 0)
            return i;
    return -1;
}

static int read_choice(const json_t *json, const char *key, const char *const words[], int count,
                       int fallback, struct fl_err *err)
{
    const json_t *value = json_object_get(json, key);
    if (!value || json_is_null(value))
        return fallback;
    int index = index_of(json_string_value(value), words, count);
    if (index < 0)
        fl_err_set(err, FL_EINVAL, "'%s' is none of the values that it can have", key);
    return index;
}

/* Whether a shared object may run in this process is for its user to say, in a manifest beside it:
 * by itself it is a worker. */
static int read_kind(struct reading *reading, struct fl_err *err)
{
    int implied = FL_KIND_STATIC;
    if (fl_component_has_launch(&reading->component))
        implied = FL_KIND_MCP;
    else if (reading->component.entry)
        implied = FL_KIND_NATIVE;
    int kind = read_choice(reading->json, "kind", fl_kind_names, FL_KIND_NAME_COUNT, implied, err);
    int priority = kind < 0 ? -1
                            : read_choice(reading->json, "priority", fl_priority_names,
                                          FL_PRIORITY_NAME_COUNT, FL_PRIORITY_MEDIUM, err);
    if (priority < 0)
        return -FL_EINVAL;
    reading->component.kind = reading->source->shared_object ? FL_KIND_WORKER : (enum fl_kind)kind;
    reading->component.priority = (enum fl_priority)priority;
    return 0;
}

static const char *read_text(const struct reading *reading, const char *key)
{
    const json_t *value = json_object_get(reading->json, key);
    if (value && !json_is_null(value) && !json_is_string(value))
        warn(reading, key, "is no string");
    return json_string_value(value);
}

static bool read_flag(const struct reading *reading, const char *key)
{
    const json_t *value = json_object_get(reading->json, key);
    if (value && !json_is_null(value) && !json_is_boolean(value))
        warn(reading, key, "is neither true nor false");
    return json_is_true(value);
}

/* A number times `unit`, rounded; 0 if it is absent or out of range. */
static uint64_t read_amount(const struct reading *reading, const char *key, double unit, double max)
{
    const json_t *value = json_object_get(reading->json, key);
    if (!value || json_is_null(value))
        return 0;
    double amount = json_is_number(value) ? json_number_value(value) * unit : -1;
    if (amount >= 0 && amount <= max)
        return (uint64_t)(amount + 0.5);
    warn(reading, key, "is no number in its range");
    return 0;
}

static void read_amounts(struct reading *reading)
{
    static const double most_bytes = 1125899906842624.0; /* 1 PiB: exact as a double */
    static const double most_ms = 4294967295.0;
    struct fl_component *component = &reading->component;
    component->memory_bytes = read_amount(reading, "memory_bytes", 1, most_bytes);
    if (component->memory_bytes == 0)
        component->memory_bytes = read_amount(reading, "memory_mb", 1 << 20, most_bytes);
    component->load_ms = (uint32_t)read_amount(reading, "load_ms", 1, most_ms);
    component->idle_timeout_ms = (uint32_t)read_amount(reading, "idle_timeout_ms", 1, most_ms);
    if (component->idle_timeout_ms == 0)
        component->idle_timeout_ms =
            (uint32_t)read_amount(reading, "idle_timeout_s", 1000, most_ms);
}

static int read_lists(struct reading *reading, struct fl_err *err)
{
    struct fl_component *component = &reading->component;
    int rc = fl_source_names(reading->json, "depends_on", &reading->depends_on, err);
    if (!rc)
        rc = fl_source_names(reading->json, "conflicts", &reading->conflicts, err);
    if (rc)
        return rc;
    struct fl_err minor;
    if (fl_source_names(reading->json, "keywords", &reading->keywords, &minor))
        warn(reading, "keywords", minor.message);
    if (fl_source_names(reading->json, "preload_triggers", &reading->triggers, &minor))
        warn(reading, "preload_triggers", minor.message);
    component->depends_on = fl_names_of(&reading->depends_on);
    component->conflicts = fl_names_of(&reading->conflicts);
    component->keywords = fl_names_of(&reading->keywords);
    component->preload_triggers = fl_names_of(&reading->triggers);
    return 0;
}

static int read_launch(struct reading *reading, struct fl_err *err)
{
    if (!json_object_get(reading->json, "command") && !json_object_get(reading->json, "url"))
        return 0;
    struct fl_config_context context = {.source = reading->source};
    return fl_config_entry_read(&context, reading->component.name, reading->json, &reading->launch,
                                &reading->component.launch, err);
}

static int read_fields(struct reading *reading, struct fl_err *err)
{
    struct fl_component *component = &reading->component;
    component->source = reading->source->path;
    component->title = read_text(reading, "title");
    component->description = read_text(reading, "description");
    component->version = read_text(reading, "version");
    component->entry = reading->source->shared_object ? reading->source->shared_object
                                                      : read_text(reading, "entry");
    const char *pool = read_text(reading, "pool");
    component->pool = pool && *pool ? pool : NULL;
    component->lazy = read_flag(reading, "lazy");
    component->disabled = read_flag(reading, "disabled");
    read_amounts(reading);
    int rc = read_launch(reading, err);
    if (!rc)
        rc = read_kind(reading, err);
    return rc ? rc : read_lists(reading, err);
}

/* Adds the component, then its tools. */
static int add(struct reading *reading, struct fl_slice tools, struct fl_err *err)
{
    reading->component.name = fl_json_string(reading->json, "name", "");
    uint32_t index;
    int rc = read_fields(reading, err);
    if (!rc)
        rc = fl_catalog_add_component(reading->source->catalog, &reading->component, &index, err);
    if (rc || !fl_slice_is_array(tools))
        return rc;
    struct fl_tool_reader reader = {.source = reading->source};
    rc = fl_tool_reader_add_all(&reader, index, tools, FL_TOOL_OWN, err);
    fl_tool_reader_destroy(&reader);
    return rc;
}

int fl_read_component(const struct fl_source *source, struct fl_slice object)
{
    struct fl_buf skeleton = {0};
    struct fl_slice tools = fl_slice_member(object, "tools");
    struct fl_slice rest = object;
    if (fl_slice_is_array(tools)) {
        fl_slice_carve(object, tools, &skeleton);
        rest.text = (struct fl_str){fl_buf_text(&skeleton), skeleton.len};
    }
    struct fl_json_limits limits = {FL_SOURCE_MAX_ITEM_BYTES, FL_SOURCE_MAX_DEPTH};
    struct fl_err err = {0};
    struct reading reading = {.source = source, .line = object.line};
    json_t *json = fl_buf_failed(&skeleton) ? NULL : fl_slice_parse(rest, limits, &err);
    int rc = json ? 0 : fl_buf_failed(&skeleton) ? -FL_ENOMEM : -err.code;
    if (json && !json_is_object(json))
        rc = fl_err_set(&err, FL_EPARSE, "a component is an object with a name");
    reading.json = json;
    if (!rc)
        rc = add(&reading, tools, &err);
    if (rc && rc != -FL_ENOMEM)
        fl_findings_add(source->findings, FL_SEVERITY_ERROR, rc, source->path,
                        err.line ? err.line : object.line,
                        reading.component.name ? reading.component.name : "", "%s", err.message);
    json_decref(json);
    fl_arena_destroy(&reading.launch);
    fl_buf_destroy(&skeleton);
    return rc == -FL_ENOMEM ? rc : 0;
}

int fl_catalog_read_manifest(struct fl_catalog *catalog, struct fl_str text, const char *path,
                             struct fl_findings *findings, struct fl_err *err)
{
    static const struct fl_read_options nothing;
    struct fl_source source = {
        .catalog = catalog, .path = path, .options = &nothing, .findings = findings};
    struct fl_slice object = {text, 1};
    return fl_read_component(&source, object) ? fl_err_nomem(err) : 0;
}

int fl_read_components(const struct fl_source *source, struct fl_slice array, struct fl_err *err)
{
    struct fl_slice_walk walk = fl_slice_walk_start(array);
    struct fl_slice element;
    int more;
    while ((more = fl_slice_walk_next(&walk, NULL, &element)) == 1)
        if (fl_read_component(source, element))
            return fl_err_nomem(err);
    if (more < 0)
        fl_findings_add(source->findings, FL_SEVERITY_ERROR, FL_EPARSE, source->path,
                        walk.rest.line, "", "',' or ']' expected; the rest is left out");
    return 0;
}
