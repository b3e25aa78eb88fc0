/* text_table.c: see text_table.h. */
#include "cli/text_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { GAP = 2, NOTE_INDENT = 4 };

/* Begins a note; clean text has no control characters. */
static const char note_mark = '\x01';

void fl_text_table_cell(struct fl_text_table *table, const char *text)
{
    fl_cli_append_clean(&table->text, text, strlen(text));
    fl_buf_append_char(&table->text, '\0');
}

void fl_text_table_count(struct fl_text_table *table, uint64_t number)
{
    fl_cli_append_count(&table->text, number);
    fl_buf_append_char(&table->text, '\0');
}

void fl_text_table_format(struct fl_text_table *table, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        table->text.failed = true;
    else
        fl_text_table_cell(table, text);
    va_end(args);
    free(text);
}

void fl_text_table_note(struct fl_text_table *table, const char *text)
{
    fl_buf_append_char(&table->text, note_mark);
    fl_text_table_cell(table, text);
}

static bool right_aligned(const struct fl_text_table *table, unsigned column)
{
    return table->titles[column][0] == '>';
}

static const char *title(const struct fl_text_table *table, unsigned column)
{
    return table->titles[column] + right_aligned(table, column);
}

static void append_cell(const struct fl_text_table *table, struct fl_cli_output *out,
                        const char *text, unsigned column, unsigned width)
{
    unsigned padding = width - fl_cli_text_width(text);
    bool right = right_aligned(table, column);
    if (right)
        fl_buf_printf(&out->buf, "%*s", (int)padding, "");
    fl_buf_append_str(&out->buf, text);
    if (column + 1 < table->columns) {
        fl_buf_printf(&out->buf, "%*s", (int)(GAP + (right ? 0 : padding)), "");
        return;
    }
    while (out->buf.len && out->buf.ptr[out->buf.len - 1] == ' ')
        out->buf.len--;
    fl_buf_append_str(&out->buf, "\n");
}

static void measure(const struct fl_text_table *table, unsigned *widths)
{
    for (unsigned i = 0; i < table->columns; i++)
        widths[i] = fl_cli_text_width(title(table, i));
    unsigned column = 0;
    const char *end = table->text.ptr + table->text.len;
    for (const char *cell = table->text.ptr; cell < end; cell += strlen(cell) + 1) {
        if (*cell == note_mark)
            continue;
        unsigned width = fl_cli_text_width(cell);
        if (width > widths[column])
            widths[column] = width;
        column = column + 1 < table->columns ? column + 1 : 0;
    }
}

void fl_text_table_print(struct fl_text_table *table, struct fl_cli_output *out)
{
    unsigned widths[FL_TEXT_TABLE_COLUMNS_MAX] = {0};
    if (table->text.failed)
        out->buf.failed = true;
    measure(table, widths);
    fl_buf_append_str(&out->buf, out->colors ? "\x1b[1m" : "");
    for (unsigned i = 0; i < table->columns; i++)
        append_cell(table, out, title(table, i), i, widths[i]);
    if (out->colors) { /* the end of the bold type belongs before the line's end */
        out->buf.len -= out->buf.len > 0;
        fl_buf_append_str(&out->buf, "\x1b[0m\n");
    }
    unsigned column = 0;
    const char *end = table->text.ptr + table->text.len;
    for (const char *cell = table->text.ptr; cell < end; cell += strlen(cell) + 1) {
        if (*cell == note_mark) {
            fl_buf_printf(&out->buf, "%*s%s\n", NOTE_INDENT, "", cell + 1);
            continue;
        }
        append_cell(table, out, cell, column, widths[column]);
        column = column + 1 < table->columns ? column + 1 : 0;
        fl_cli_output_flush(out);
    }
    fl_buf_destroy(&table->text);
}
