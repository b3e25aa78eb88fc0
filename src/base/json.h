/* json.h: reading and writing JSON from outside, within limits (over jansson).
 *
 * jansson recurses; fl_json_parse measures depth and size first, with a scan that does not. It
 * refuses what jansson refuses (bad UTF-8, NaN, NUL bytes in keys, trailing bytes) and duplicate
 * keys. Values are reference-counted by jansson: json_decref what you are given to own. */
#ifndef FL_BASE_JSON_H
#define FL_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

struct fl_json_limits {
    size_t max_bytes;
    unsigned max_depth; /* of nested arrays and objects */
};

/* What a file or a message may have where nothing narrower is said: 64 MiB, 128 levels. */
#define FL_JSON_LIMITS_DEFAULT ((struct fl_json_limits){(size_t)64 << 20, 128})

/* Parses one JSON text (any type at its root). NULL and `err` (with line) on failure: FL_ELIMIT,
 * FL_EUTF8, FL_EPARSE or FL_ENOMEM. The caller owns the result. */
json_t *fl_json_parse(struct fl_str text, struct fl_json_limits limits, struct fl_err *err);

/* Appends the compact form, keys in their own order, "/" unescaped, non-ASCII as it is. 0,
 * -FL_ENOMEM, or -FL_ELIMIT when nested deeper than `max_depth`. */
int fl_json_append(struct fl_buf *buf, const json_t *value, unsigned max_depth);

/* Appends `text` as a JSON string with its quotes; text must be UTF-8. */
void fl_json_append_string(struct fl_buf *buf, struct fl_str text);

/* Members of an object; the results are borrowed. A missing member gives the fallback, one of
 * another type gives the fallback too: callers that must tell use json_object_get. */
const char *fl_json_string(const json_t *object, const char *key, const char *fallback);
int64_t fl_json_integer(const json_t *object, const char *key, int64_t fallback);
bool fl_json_boolean(const json_t *object, const char *key, bool fallback);

/* Copies `len` bytes of JSON with comments into `out` as plain JSON of the same length: comments
 * and trailing commas become spaces (newlines stay, so that lines still agree). `out` holds `len`
 * bytes and may be `text` itself. -FL_EPARSE with the line for a comment that never ends. */
int fl_json_strip_comments(const char *text, size_t len, char *out, struct fl_err *err);

#endif
