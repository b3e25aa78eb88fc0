/* text_table.h: rows of text in aligned columns. */
#ifndef FL_CLI_TEXT_TABLE_H
#define FL_CLI_TEXT_TABLE_H

#include "cli/output.h"

/* All-zero but `columns` and `titles` is an empty table. */
struct fl_text_table {
    unsigned columns;          /* at most FL_TEXT_TABLE_COLUMNS_MAX */
    const char *const *titles; /* one for each; a leading '>' aligns its column to the right */
    struct fl_buf text;        /* the cells and notes, each with its NUL */
};

enum { FL_TEXT_TABLE_COLUMNS_MAX = 8 };

/* The next cell, from left to right and row by row; its text is made safe to print. */
void fl_text_table_cell(struct fl_text_table *table, const char *text);
void fl_text_table_count(struct fl_text_table *table, uint64_t number);
void fl_text_table_format(struct fl_text_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line of its own below the last full row, indented. */
void fl_text_table_note(struct fl_text_table *table, const char *text);

/* Appends the table to the output, with a line of titles, and empties it. */
void fl_text_table_print(struct fl_text_table *table, struct fl_cli_output *out);

#endif
