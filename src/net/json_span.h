/* json_span.h: finds where the parts of a JSON text lie, so that they can be forwarded byte for
 * byte.
 *
 * A parser that builds values loses the spelling of numbers, escapes and spaces, and with it every
 * hash of the content. These functions only measure. They expect text that a parser has accepted;
 * on anything else they stay inside it and find something or nothing. */
#ifndef FL_NET_JSON_SPAN_H
#define FL_NET_JSON_SPAN_H

#include "base/str.h"

/* The value of a member of an object. False when `text` is no object or has no key that is spelled
 * exactly so (a key written with escapes is not found). */
bool fl_json_span_member(struct fl_str text, const char *key, struct fl_str *ret_value);

/* Steps through the elements of an array: `*offset` is 0 at first and is moved on. False at the
 * end, and when `text` is no array. */
bool fl_json_span_next(struct fl_str text, size_t *offset, struct fl_str *ret_element);

#endif
