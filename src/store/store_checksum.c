/* store_checksum.c: see store_checksum.h. */
#include "store/store_checksum.h"

#include <assert.h>

/* Integers on their way: each update of a hash costs more than they do. */
struct pending {
    XXH3_state_t *state;
    size_t len;
    unsigned char bytes[128];
};

static void flush(struct pending *pending)
{
    XXH3_128bits_update(pending->state, pending->bytes, pending->len);
    pending->len = 0;
}

static void add_integer(struct pending *pending, int64_t value)
{
    if (pending->len == sizeof pending->bytes)
        flush(pending);
    for (int i = 0; i < 8; i++)
        pending->bytes[pending->len++] = (unsigned char)((uint64_t)value >> (8 * i));
}

static void add_text(struct pending *pending, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    add_integer(pending, text ? (int64_t)len : -1);
    if (!len)
        return;
    flush(pending);
    XXH3_128bits_update(pending->state, text, len);
}

static struct fl_store_checksum canonical(XXH128_hash_t hash)
{
    struct fl_store_checksum checksum;
    XXH128_canonical_t bytes;
    static_assert(sizeof bytes == sizeof checksum, "a checksum has 16 bytes");
    XXH128_canonicalFromHash(&bytes, hash);
    memcpy(&checksum, &bytes, sizeof checksum);
    return checksum;
}

struct fl_store_checksum fl_store_checksum_text(const char *text, size_t len)
{
    return canonical(XXH3_128bits(text, len));
}

struct fl_store_checksum fl_store_checksum_component(const struct fl_store_component *component,
                                                     const struct fl_store_checksum *tools)
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    struct pending pending = {.state = &state};
    add_text(&pending, component->name);
    add_text(&pending, component->manifest);
    add_text(&pending, component->source);
    add_text(&pending, component->content_hash);
    add_text(&pending, component->last_error);
    add_integer(&pending, component->listed_at_s);
    add_integer(&pending, component->changed_at_s);
    add_integer(&pending, component->tool_count);
    flush(&pending);
    XXH3_128bits_update(&state, tools, sizeof *tools);
    return fl_store_checksum_finish(&state);
}

void fl_store_checksum_add(XXH3_state_t *state, const struct fl_store_tool *tool,
                           const struct fl_store_checksum *definition)
{
    const char *const texts[] = {
        tool->name,       tool->title,      tool->description,     tool->category,
        tool->keywords,   tool->depends_on, tool->parameter_names, tool->parameter_descriptions,
        tool->enum_values};
    struct pending pending = {.state = state};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_text(&pending, texts[i]);
    add_integer(&pending, tool->tier);
    add_integer(&pending, tool->flags);
    for (size_t i = 0; i < FL_STORE_TOKENS; i++)
        add_integer(&pending, tool->tokens[i]);
    add_integer(&pending, definition != NULL);
    flush(&pending);
    if (definition)
        XXH3_128bits_update(state, definition, sizeof *definition);
}

struct fl_store_checksum fl_store_checksum_finish(const XXH3_state_t *state)
{
    return canonical(XXH3_128bits_digest(state));
}

struct fl_store_checksum fl_store_checksum_fields(const char *const *texts, size_t text_count,
                                                  const int64_t *integers, size_t integer_count)
{
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_128bits_reset(&state);
    struct pending pending = {.state = &state};
    for (size_t i = 0; i < text_count; i++)
        add_text(&pending, texts[i]);
    for (size_t i = 0; i < integer_count; i++)
        add_integer(&pending, integers[i]);
    flush(&pending);
    return fl_store_checksum_finish(&state);
}
