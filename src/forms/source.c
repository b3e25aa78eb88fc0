/* source.c: the small things that all readers need; see source.h. */
#include "forms/source.h"

#include "base/utf8.h"

#include <stdio.h>

enum { FULL_NAME_BYTES_MAX = 2 * FL_CATALOG_MAX_NAME_BYTES + 1 };

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > FULL_NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return false;
    return true;
}

int fl_source_names(const json_t *object, const char *key, struct fl_name_list *list,
                    struct fl_err *err)
{
    const json_t *value = json_object_get(object, key);
    list->count = 0;
    if (!value || json_is_null(value))
        return 0;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count > FL_CATALOG_MAX_LIST)
        return fl_err_set(err, FL_ELIMIT, "'%s' has %zu entries; at most %d are allowed", key,
                          count, FL_CATALOG_MAX_LIST);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(item) || !is_name(json_string_value(item)))
            return fl_err_set(err, FL_EINVAL, "entry %zu of '%s' is no name", i + 1, key);
        list->items[i] = json_string_value(item);
    }
    list->count = (uint32_t)count;
    return 0;
}

/* The last part of a path that ends at `end`, and where that part starts. */
static const char *last_part(const char *path, const char *end)
{
    while (end > path && end[-1] != '/')
        end--;
    return end;
}

void fl_source_stem(const char *path, char stem[FL_CATALOG_MAX_NAME_BYTES + 1])
{
    const char *end = path + strlen(path);
    const char *start = last_part(path, end);
    const char *dot = strrchr(start, '.');
    if (dot && dot > start)
        end = dot;
    struct fl_str name = {start, (size_t)(end - start)};
    if ((fl_str_is(name, "catalog") || fl_str_is(name, "tools")) && start - path > 1) {
        const char *folder = last_part(path, start - 1);
        name = (struct fl_str){folder, (size_t)(start - 1 - folder)};
    }
    if (name.len == 0)
        name = FL_STR("catalog");
    if (name.len > FL_CATALOG_MAX_NAME_BYTES)
        name.len = FL_CATALOG_MAX_NAME_BYTES;
    snprintf(stem, FL_CATALOG_MAX_NAME_BYTES + 1, "%.*s", (int)name.len, name.ptr);
    stem[fl_utf8_valid_length(stem, strlen(stem))] = '\0';
}

int fl_source_component(const struct fl_source *source, const char *name, uint32_t *ret_index,
                        struct fl_err *err)
{
    *ret_index = fl_strmap_get(&source->catalog->component_by_name, fl_str_of(name));
    if (*ret_index != FL_STRMAP_NONE)
        return 0;
    struct fl_component component = {.name = name,
                                     .kind = FL_KIND_STATIC,
                                     .priority = FL_PRIORITY_MEDIUM,
                                     .source = source->path};
    return fl_catalog_add_component(source->catalog, &component, ret_index, err);
}

bool fl_source_is_full(const struct fl_source *source, unsigned line)
{
    if (source->catalog->tool_count < FL_CATALOG_MAX_TOOLS)
        return false;
    fl_findings_add(source->findings, FL_SEVERITY_ERROR, FL_ELIMIT, source->path, line, "",
                    "more than %d tools; the rest is left out", FL_CATALOG_MAX_TOOLS);
    return true;
}
