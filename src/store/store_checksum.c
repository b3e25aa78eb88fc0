/* store_checksum.c: see store_checksum.h. */
#include "store/store_checksum.h"

#include <assert.h>

static void add_integer(XXH3_state_t *state, int64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)((uint64_t)value >> (8 * i));
    XXH3_128bits_update(state, bytes, sizeof bytes);
}

static void add_text(XXH3_state_t *state, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    add_integer(state, text ? (int64_t)len : -1);
    if (len)
        XXH3_128bits_update(state, text, len);
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
    add_text(&state, component->name);
    add_text(&state, component->manifest);
    add_text(&state, component->source);
    add_text(&state, component->content_hash);
    add_text(&state, component->last_error);
    add_integer(&state, component->listed_at_s);
    add_integer(&state, component->changed_at_s);
    add_integer(&state, component->tool_count);
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
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        add_text(state, texts[i]);
    add_integer(state, tool->tier);
    add_integer(state, tool->flags);
    for (size_t i = 0; i < FL_STORE_TOKENS; i++)
        add_integer(state, tool->tokens[i]);
    add_integer(state, definition != NULL);
    if (definition)
        XXH3_128bits_update(state, definition, sizeof *definition);
}

struct fl_store_checksum fl_store_checksum_finish(const XXH3_state_t *state)
{
    return canonical(XXH3_128bits_digest(state));
}
