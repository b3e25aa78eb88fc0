/* schema_text.h: what a tool's parameters say in words, for search. */
#ifndef FL_CATALOG_SCHEMA_TEXT_H
#define FL_CATALOG_SCHEMA_TEXT_H

#include "base/json.h"

enum { FL_SCHEMA_TEXT_MAX_BYTES = 64 << 10 }; /* of each of the three; the rest is left out */

/* Entries end with a newline; a newline inside one becomes a space. */
struct fl_schema_text {
    struct fl_buf names;
    struct fl_buf descriptions;
    struct fl_buf enum_values;
};

void fl_schema_text_destroy(struct fl_schema_text *text);
void fl_schema_text_clear(struct fl_schema_text *text); /* keeps the memory */

/* Walks a JSON Schema, a flat map {"city": {"type": …, "description": …}}, or a list of
 * {"name": …, "description": …}, at most `max_depth` levels deep. References are not followed:
 * what they point at inside the schema is walked where it stands. -FL_ENOMEM. */
int fl_schema_text_collect(struct fl_schema_text *text, const json_t *parameters,
                           unsigned max_depth);

/* True for an object that maps names to schemas, and is none itself. */
bool fl_schema_is_flat_map(const json_t *parameters);

#endif
