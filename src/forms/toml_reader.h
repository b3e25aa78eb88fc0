/* toml_reader.h: the two halves of the TOML parser: toml_value.c reads strings, numbers and dates;
 * toml.c has what nests: keys, tables, arrays. */
#ifndef FL_FORMS_TOML_READER_H
#define FL_FORMS_TOML_READER_H

#include "base/arena.h"
#include "base/json.h"
#include "base/strmap.h"

struct fl_toml_reader {
    const char *next, *end;
    unsigned line;
    unsigned depth;
    unsigned keys;
    struct fl_err *err;
    struct fl_arena arena;  /* the keys of `marks` */
    struct fl_strmap marks; /* by address of a table or array: how it was made */
    struct fl_buf text;     /* the string or key that was read last */
};

/* The next byte, or NUL at the end (which no text holds). */
static inline char fl_toml_peek(const struct fl_toml_reader *reader)
{
    return reader->next < reader->end ? *reader->next : '\0';
}

int fl_toml_fail(struct fl_toml_reader *reader, const char *message);

/* Reads a string in any of its four forms into reader->text; `next` is at its quote. A key may not
 * be one of the multi-line forms. */
int fl_toml_read_string(struct fl_toml_reader *reader, bool is_key);

/* Reads a number, a truth value, a date or a time. */
int fl_toml_read_word(struct fl_toml_reader *reader, json_t **ret_value);

#endif
