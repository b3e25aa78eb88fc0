/* store_checksum.h: XXH3-128 over the fields of rows; private to this folder.
 *
 * Every field goes in with its length, NULL apart from the empty string, integers as eight bytes,
 * so that no two rows give the same bytes. A definition enters its tool by its own checksum. */
#ifndef FL_STORE_STORE_CHECKSUM_H
#define FL_STORE_STORE_CHECKSUM_H

#include "store/store.h"

/* The state lives on the stack, so its layout has to be that of the code. */
#define XXH_INLINE_ALL
#include <xxhash.h>

struct fl_store_checksum {
    unsigned char bytes[16];
};

struct fl_store_checksum fl_store_checksum_text(const char *text, size_t len);

/* Of a component's row; `tools` is the checksum over its tools. */
struct fl_store_checksum fl_store_checksum_component(const struct fl_store_component *component,
                                                     const struct fl_store_checksum *tools);

/* Over the tools of a component, in their order: one _add for each, `definition` NULL if it has
 * none, between XXH3_128bits_reset and _finish. */
void fl_store_checksum_add(XXH3_state_t *state, const struct fl_store_tool *tool,
                           const struct fl_store_checksum *definition);
struct fl_store_checksum fl_store_checksum_finish(const XXH3_state_t *state);

/* Of any other row: its texts and its integers, in their order. */
struct fl_store_checksum fl_store_checksum_fields(const char *const *texts, size_t text_count,
                                                  const int64_t *integers, size_t integer_count);

#endif
