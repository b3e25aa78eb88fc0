/* utf8.h: UTF-8 by the definition of Unicode 15, table 3-7: no overlong forms, no surrogates. */
#ifndef FL_BASE_UTF8_H
#define FL_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The offset of the first byte that is not part of a well-formed sequence; `len` if all are. */
size_t fl_utf8_valid_length(const char *text, size_t len);

/* Decodes one code point from `len` ≥ 1 bytes; returns its length, or 0 if it is not well-formed.
 */
size_t fl_utf8_decode(const char *text, size_t len, uint32_t *ret_codepoint);

/* Writes 1–4 bytes and returns how many; the code point must be a scalar value. */
size_t fl_utf8_encode(uint32_t codepoint, char out[4]);

/* Puts '?' for each byte of a control character (U+0001 – U+001F, U+007F – U+009F), so that a text
 * that quotes hostile input is one line and no terminal obeys it. */
void fl_utf8_mask_controls(char *text);

#endif
