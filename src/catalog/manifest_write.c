/* manifest_write.c: see manifest_write.h. */
#include "catalog/manifest_write.h"

#include "base/json.h"

#include <inttypes.h>

const char *const fl_kind_names[FL_KIND_NAME_COUNT] = {"static", "mcp", "native", "worker"};
const char *const fl_priority_names[FL_PRIORITY_NAME_COUNT] = {"CORE", "HIGH", "MEDIUM", "LOW"};

static void append_text(struct fl_buf *buf, const char *key, const char *text)
{
    if (!text)
        return;
    fl_buf_printf(buf, ",\"%s\":", key);
    fl_json_append_string(buf, fl_str_of(text));
}

static void append_number(struct fl_buf *buf, const char *key, uint64_t number)
{
    if (number > 0)
        fl_buf_printf(buf, ",\"%s\":%" PRIu64, key, number);
}

static void append_flag(struct fl_buf *buf, const char *key, bool flag)
{
    if (flag)
        fl_buf_printf(buf, ",\"%s\":true", key);
}

static void append_names(struct fl_buf *buf, const char *key, struct fl_names names)
{
    if (names.count == 0)
        return;
    fl_buf_printf(buf, ",\"%s\":", key);
    for (uint32_t i = 0; i < names.count; i++) {
        fl_buf_append_char(buf, i ? ',' : '[');
        fl_json_append_string(buf, fl_str_of(names.items[i]));
    }
    fl_buf_append_char(buf, ']');
}

int fl_manifest_append(struct fl_buf *buf, const struct fl_component *component, struct fl_err *err)
{
    fl_buf_append_str(buf, "{\"name\":");
    fl_json_append_string(buf, fl_str_of(component->name));
    append_text(buf, "kind", fl_kind_names[component->kind]);
    append_text(buf, "priority", fl_priority_names[component->priority]);
    append_text(buf, "title", component->title);
    append_text(buf, "description", component->description);
    append_text(buf, "version", component->version);
    append_names(buf, "keywords", component->keywords);
    append_names(buf, "depends_on", component->depends_on);
    append_names(buf, "conflicts", component->conflicts);
    append_names(buf, "preload_triggers", component->preload_triggers);
    append_text(buf, "pool", component->pool);
    append_text(buf, "entry", component->entry);
    append_number(buf, "memory_bytes", component->memory_bytes);
    append_number(buf, "load_ms", component->load_ms);
    append_number(buf, "idle_timeout_ms", component->idle_timeout_ms);
    append_flag(buf, "lazy", component->lazy);
    append_flag(buf, "disabled", component->disabled);
    fl_buf_append_char(buf, '}');
    return fl_buf_failed(buf) ? fl_err_nomem(err) : 0;
}
