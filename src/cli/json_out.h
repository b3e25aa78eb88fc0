/* json_out.h: writing JSON in a fixed order of keys.
 *
 *   struct fl_json_out j = {.out = &buf};
 *   fl_json_out_open(&j, NULL, '{');
 *   fl_json_out_string(&j, "name", "a");
 *   fl_json_out_open(&j, "list", '[');
 *   fl_json_out_integer(&j, NULL, 1);
 *   fl_json_out_close(&j, ']');
 *   fl_json_out_close(&j, '}');           {"name":"a","list":[1]}
 *
 * `key` is NULL inside an array and at the root. Failure is that of the buffer. */
#ifndef FL_CLI_JSON_OUT_H
#define FL_CLI_JSON_OUT_H

#include "base/buf.h"

#include <stdint.h>

struct fl_json_out {
    struct fl_buf *out;
    bool comma; /* something stands before, in the same array or object */
};

void fl_json_out_open(struct fl_json_out *j, const char *key, char bracket);
void fl_json_out_close(struct fl_json_out *j, char bracket);

/* Text that is not UTF-8 gets U+FFFD for each bad byte; NULL is null. */
void fl_json_out_string(struct fl_json_out *j, const char *key, const char *text);
void fl_json_out_text(struct fl_json_out *j, const char *key, struct fl_str text);

void fl_json_out_integer(struct fl_json_out *j, const char *key, int64_t number);
/* With so many decimals; NaN and infinities are null. */
void fl_json_out_real(struct fl_json_out *j, const char *key, double number, int decimals);
void fl_json_out_boolean(struct fl_json_out *j, const char *key, bool value);
void fl_json_out_raw(struct fl_json_out *j, const char *key, const char *json);

#endif
