/* option_docs.h: what a program's tables of options and commands look like to people: help on a
 * terminal, the manual page, the reference in Markdown, completion in three shells.
 *
 * All append to a buffer, whose failure tells that memory ran out. The same tables always give the
 * same bytes. */
#ifndef FL_OPTIONS_OPTION_DOCS_H
#define FL_OPTIONS_OPTION_DOCS_H

#include "options/option.h"

struct fl_help_style {
    unsigned width; /* columns; 0: 80 */
    bool colors;    /* ANSI sequences */
};

/* The help of the last command in `path`, whose first is the root. */
void fl_help_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth,
                    struct fl_help_style style);

/* A section that the tables do not hold: files, exit status. */
struct fl_docs_section {
    const char *title; /* NULL ends a table of them */
    const char *text;  /* paragraphs with an empty line between them */
};

struct fl_docs {
    const struct fl_command *root;
    const char *version;
    const struct fl_docs_section *sections;
};

/* A page for man(1), in roff, with all commands. */
void fl_docs_man_append(struct fl_buf *out, const struct fl_docs *docs);

/* The reference of all commands in Markdown. */
void fl_docs_markdown_append(struct fl_buf *out, const struct fl_docs *docs);

/* A script that teaches the shell to complete the program's command lines. */
void fl_completion_bash_append(struct fl_buf *out, const struct fl_command *root);
void fl_completion_zsh_append(struct fl_buf *out, const struct fl_command *root);
void fl_completion_fish_append(struct fl_buf *out, const struct fl_command *root);

/* Parts that these share. */

/* "foreload catalog import": the names of a path. */
void fl_docs_path_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth);

/* "foreload catalog import [OPTION]… FILE…": how the last command of a path is called. */
void fl_docs_usage_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth);

/* "-s, --strategy NAME", "--[no-]start". */
void fl_docs_option_append(struct fl_buf *out, const struct fl_option *option);

/* "one of a, b; default: a; $VARIABLE", or nothing. */
void fl_docs_details_append(struct fl_buf *out, const struct fl_option *option);

#endif
