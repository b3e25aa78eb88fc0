/* option_docs.c: the manual page and the Markdown reference; see option_docs.h. */
#include "options/option_docs.h"

#include <ctype.h>

/* --- roff: what begins a line with '.' or ''' is a request, '\' an escape, '-' a hyphen --- */

static void roff_text(struct fl_buf *out, const char *text)
{
    bool line_start = true;
    for (const char *c = text; *c; c++) {
        if (line_start && (*c == '.' || *c == '\''))
            fl_buf_append_str(out, "\\&");
        if (*c == '\\')
            fl_buf_append_str(out, "\\e");
        else if (*c == '-')
            fl_buf_append_str(out, "\\-");
        else
            fl_buf_append_char(out, *c);
        line_start = *c == '\n';
    }
}

/* Paragraphs, each as roff fills it. */
static void roff_paragraphs(struct fl_buf *out, const char *text)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t len = end ? (size_t)(end - text) : strlen(text);
        struct fl_buf paragraph = {0};
        fl_buf_append(&paragraph, text, len);
        roff_text(out, fl_buf_text(&paragraph));
        out->failed |= paragraph.failed;
        fl_buf_destroy(&paragraph);
        fl_buf_append_str(out, end ? "\n.PP\n" : "\n");
        text += len;
        text += strspn(text, "\n");
    }
}

static void roff_section(struct fl_buf *out, const char *request, const char *title)
{
    fl_buf_printf(out, ".%s \"", request);
    for (const char *c = title; *c; c++)
        fl_buf_append_char(out, *c == '"' ? '\'' : *c);
    fl_buf_append_str(out, "\"\n");
}

static void roff_options(struct fl_buf *out, const struct fl_option *options)
{
    for (const struct fl_option *o = options; o && o->name; o++) {
        if (o->hidden)
            continue;
        struct fl_buf label = {0}, details = {0};
        fl_docs_option_append(&label, o);
        fl_docs_details_append(&details, o);
        fl_buf_append_str(out, ".TP\n\\fB");
        roff_text(out, fl_buf_text(&label));
        fl_buf_append_str(out, "\\fR\n");
        roff_text(out, o->help);
        if (details.len) {
            fl_buf_append_str(out, " (");
            roff_text(out, fl_buf_text(&details));
            fl_buf_append_char(out, ')');
        }
        fl_buf_append_char(out, '\n');
        out->failed |= label.failed || details.failed;
        fl_buf_destroy(&label);
        fl_buf_destroy(&details);
    }
}

static void roff_examples(struct fl_buf *out, const struct fl_example *examples)
{
    for (const struct fl_example *e = examples; e && e->command; e++) {
        fl_buf_append_str(out, ".PP\n");
        roff_text(out, e->meaning);
        fl_buf_append_str(out, ":\n.PP\n.RS\n.nf\n");
        roff_text(out, e->command);
        fl_buf_append_str(out, "\n.fi\n.RE\n");
    }
}

static void roff_command(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct fl_buf *out = ctx;
    const struct fl_command *command = path[depth - 1];
    if (depth == 1 || !command->run)
        return;
    struct fl_buf usage = {0};
    fl_docs_usage_append(&usage, path, depth);
    fl_buf_append_str(out, ".SS \"");
    roff_text(out, fl_buf_text(&usage));
    fl_buf_append_str(out, "\"\n");
    out->failed |= usage.failed;
    fl_buf_destroy(&usage);
    roff_paragraphs(out, command->description ? command->description : command->summary);
    if (command->alias)
        fl_buf_printf(out, ".PP\nAlso called \\fB%s\\fR.\n", command->alias);
    roff_options(out, command->options);
    roff_examples(out, command->examples);
}

void fl_docs_man_append(struct fl_buf *out, const struct fl_docs *docs)
{
    const struct fl_command *root = docs->root;
    fl_buf_append_str(out,
                      ".\\\" Made from the program's own tables; changes here are lost.\n.TH ");
    for (const char *c = root->name; *c; c++)
        fl_buf_append_char(out, (char)toupper((unsigned char)*c));
    fl_buf_printf(out, " 1 \"\" \"%s %s\" \"User Commands\"\n", root->name, docs->version);
    roff_section(out, "SH", "NAME");
    fl_buf_printf(out, "%s \\- ", root->name);
    roff_text(out, root->summary);
    fl_buf_append_char(out, '\n');
    roff_section(out, "SH", "SYNOPSIS");
    fl_buf_printf(out, "\\fB%s\\fR [\\fIOPTION\\fR]… \\fICOMMAND\\fR\n", root->name);
    if (root->description) {
        roff_section(out, "SH", "DESCRIPTION");
        roff_paragraphs(out, root->description);
    }
    roff_section(out, "SH", "COMMANDS");
    fl_command_walk(root, roff_command, out);
    roff_section(out, "SH", "OPTIONS OF EVERY COMMAND");
    roff_options(out, root->options);
    for (const struct fl_docs_section *s = docs->sections; s && s->title; s++) {
        fl_buf_append_str(out, ".SH \"");
        for (const char *c = s->title; *c; c++)
            fl_buf_append_char(out, (char)toupper((unsigned char)*c));
        fl_buf_append_str(out, "\"\n");
        roff_paragraphs(out, s->text);
    }
}

/* --- Markdown --- */

/* One cell of a table, or a line of prose: nothing in it is markup. */
static void markdown_text(struct fl_buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("|<>*_`[]\\", *c))
            fl_buf_append_char(out, '\\');
        fl_buf_append_char(out, *c);
    }
}

static void markdown_options(struct fl_buf *out, const struct fl_option *options)
{
    bool any = false;
    for (const struct fl_option *o = options; o && o->name; o++) {
        if (o->hidden)
            continue;
        if (!any)
            fl_buf_append_str(out, "\n| option | meaning |\n|---|---|\n");
        any = true;
        struct fl_buf label = {0}, details = {0};
        fl_docs_option_append(&label, o);
        fl_docs_details_append(&details, o);
        fl_buf_append_str(out, "| `");
        for (const char *c = fl_buf_text(&label); *c;
             c++) /* the cell ends at a bar, even in code */
            fl_buf_printf(out, "%s%c", *c == '|' ? "\\" : "", *c);
        fl_buf_append_str(out, "` | ");
        markdown_text(out, o->help);
        if (details.len) {
            fl_buf_append_str(out, " (");
            markdown_text(out, fl_buf_text(&details));
            fl_buf_append_char(out, ')');
        }
        fl_buf_append_str(out, " |\n");
        out->failed |= label.failed || details.failed;
        fl_buf_destroy(&label);
        fl_buf_destroy(&details);
    }
}

static void markdown_command(void *ctx, const struct fl_command *const *path, unsigned depth)
{
    struct fl_buf *out = ctx;
    const struct fl_command *command = path[depth - 1];
    if (depth == 1 || !command->run)
        return;
    fl_buf_append_str(out, "\n## ");
    fl_docs_path_append(out, path, depth);
    fl_buf_append_str(out, "\n\n```\n");
    fl_docs_usage_append(out, path, depth);
    fl_buf_append_str(out, "\n```\n\n");
    markdown_text(out, command->description ? command->description : command->summary);
    fl_buf_append_str(out, command->description ? "\n" : ".\n");
    if (command->alias)
        fl_buf_printf(out, "\nAlso called `%s`.\n", command->alias);
    markdown_options(out, command->options);
    if (command->examples)
        fl_buf_append_str(out, "\n```\n");
    for (const struct fl_example *e = command->examples; e && e->command; e++)
        fl_buf_printf(out, "%s   # %s\n", e->command, e->meaning);
    if (command->examples)
        fl_buf_append_str(out, "```\n");
}

void fl_docs_markdown_append(struct fl_buf *out, const struct fl_docs *docs)
{
    const struct fl_command *root = docs->root;
    fl_buf_printf(out, "# Commands of %s %s\n\n", root->name, docs->version);
    fl_buf_append_str(out,
                      "<!-- Made from the program's own tables; changes here are lost. -->\n\n");
    markdown_text(out, root->description ? root->description : root->summary);
    fl_buf_append_str(out, "\n\n```\n");
    const struct fl_command *const path[] = {root};
    fl_docs_usage_append(out, path, 1);
    fl_buf_append_str(out, "\n```\n");
    fl_command_walk(root, markdown_command, out);
    fl_buf_append_str(out, "\n## Options of every command\n");
    markdown_options(out, root->options);
    for (const struct fl_docs_section *s = docs->sections; s && s->title; s++) {
        fl_buf_printf(out, "\n## %s\n\n", s->title);
        markdown_text(out, s->text);
        fl_buf_append_char(out, '\n');
    }
}
