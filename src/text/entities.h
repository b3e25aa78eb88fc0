/* entities.h: the literal arguments that a request carries.
 *
 * "open /etc/hosts" needs a tool for files although it does not say so, and "etc" is not what is
 * wanted. A literal becomes an entity word that the lexicon translates ("@path" → file path), and
 * its own words count for little. */
#ifndef FL_TEXT_ENTITIES_H
#define FL_TEXT_ENTITIES_H

#include "base/str.h"

/* The kind of literal that begins at `text` (at the start of a space-separated run), or NULL:
 * "@path", "@url", "@email", "@handle", "@reference" (#123), "@money", "@time", "@date", "@host"
 * (an IP address), "@number". `ret_len` is set to its length in bytes. */
const char *fl_entity_match(struct fl_str text, size_t *ret_len);

#endif
