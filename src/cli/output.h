/* output.h: what the program writes: results on stdout; messages and progress on stderr.
 *
 * Results are collected and written in large pieces, at the latest by fl_cli_output_finish. A
 * reader that has gone away ends the program quietly, by SIGPIPE; any other failure to write is
 * told once and makes the exit status 1. */
#ifndef FL_CLI_OUTPUT_H
#define FL_CLI_OUTPUT_H

#include "base/buf.h"

#include <stdint.h>

struct fl_cli_output {
    struct fl_buf buf; /* of stdout, not yet written; append to it freely */
    bool colors;       /* of stdout */
    bool failed;
};

/* Writes what there is so far. */
void fl_cli_output_flush(struct fl_cli_output *out);

/* Writes the rest and frees; the exit status, which is 1 if anything could not be written. */
int fl_cli_output_finish(struct fl_cli_output *out, int status);

/* Appends text from outside for people to read: control characters, marks that turn the writing
 * direction, and bytes that are not UTF-8 cannot reach the terminal. Line ends become blanks. */
void fl_cli_append_clean(struct fl_buf *buf, const char *text, size_t len);

/* Columns that it takes on a terminal. */
unsigned fl_cli_text_width(const char *text);

/* "12,345"; "1 tool", "12 tools"; "214 µs", "3.2 ms", "1.4 s"; "45.1 MiB". */
void fl_cli_append_count(struct fl_buf *buf, uint64_t number);
void fl_cli_append_things(struct fl_buf *buf, uint64_t number, const char *thing);
void fl_cli_append_microseconds(struct fl_buf *buf, double us);
void fl_cli_append_bytes(struct fl_buf *buf, uint64_t bytes);

/* One line on stderr behind the program's name. */
void fl_cli_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Finished lines on stderr. */
void fl_cli_stderr(const struct fl_buf *lines);

/* A line on stderr that the next one replaces, and that is ended before anything else is written
 * there; nothing where stderr is no terminal that can do so. */
void fl_cli_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fl_cli_progress_end(void);

/* Columns of the terminal on that descriptor; `otherwise` if it is none or does not say. */
unsigned fl_cli_terminal_width(int fd, unsigned otherwise);

#endif
