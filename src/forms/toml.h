/* toml.h: TOML 1.0 as the configurations of MCP clients use it, read into JSON values.
 *
 * What JSON has no type for becomes a string as it is written: dates, times, inf and nan. From TOML
 * 1.1 it also takes line breaks and a last comma in inline tables, \e and \xHH. Everything else
 * that the specification forbids is refused, with the line; keys may be quoted in messages, values
 * never are. Strings with NUL are refused. */
#ifndef FL_FORMS_TOML_H
#define FL_FORMS_TOML_H

#include "base/json.h"

enum {
    FL_TOML_MAX_BYTES = 16 << 20,
    FL_TOML_MAX_DEPTH = 64, /* of arrays, inline tables and the parts of a key, together */
    FL_TOML_MAX_KEYS = 100000,
};

/* NULL and `err` on failure: FL_EPARSE, FL_EUTF8, FL_ELIMIT, FL_ENOMEM. The caller owns the result,
 * an object. */
json_t *fl_toml_parse(struct fl_str text, struct fl_err *err);

#endif
