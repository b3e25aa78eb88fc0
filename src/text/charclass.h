/* charclass.h: what a code point is to the tokenizer. */
#ifndef FL_TEXT_CHARCLASS_H
#define FL_TEXT_CHARCLASS_H

#include <stdint.h>

enum fl_char_class {
    FL_CHAR_OTHER,    /* ends a word */
    FL_CHAR_LOWER,    /* lower case, or a letter without case */
    FL_CHAR_UPPER,    /* upper or title case */
    FL_CHAR_DIGIT,    /* any number */
    FL_CHAR_MARK,     /* combining: goes with the character before */
    FL_CHAR_UNSPACED, /* Han, kana, Thai, Lao, Khmer, Burmese */
};

/* Any scalar value. ASCII is answered from a table. */
enum fl_char_class fl_char_class_of(uint32_t codepoint);

/* Writes the case-folded form, Latin letters without their accents, as UTF-8; at most
 * FL_CHAR_FOLDED_MAX bytes. Returns the length; 0 for a mark that only modified a Latin letter. */
enum { FL_CHAR_FOLDED_MAX = 16 };
unsigned fl_char_fold(uint32_t codepoint, char *out);

#endif
