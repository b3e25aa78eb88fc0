/* option_help.c: help on a terminal; see option_docs.h. */
#include "options/option_docs.h"

enum { WIDTH_DEFAULT = 80, INDENT = 2, GAP = 2, LABEL_MAX = 26 };

struct page {
    struct fl_buf *out;
    struct fl_help_style style;
};

void fl_docs_path_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        fl_buf_printf(out, "%s%s", i ? " " : "", path[i]->name);
}

void fl_docs_usage_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth)
{
    const struct fl_command *command = path[depth - 1];
    fl_docs_path_append(out, path, depth);
    if (command->options || depth > 1)
        fl_buf_append_str(out, " [OPTION]…");
    if (command->commands)
        fl_buf_append_str(out, " COMMAND");
    if (command->operands)
        fl_buf_printf(out, " %s", command->operands);
}

void fl_docs_option_append(struct fl_buf *out, const struct fl_option *option)
{
    if (option->letter)
        fl_buf_printf(out, "-%c, ", option->letter);
    fl_buf_printf(out, "--%s%s", option->negatable ? "[no-]" : "", option->name);
    if (option->kind != FL_OPTION_FLAG)
        fl_buf_printf(out, " %s", option->argument);
}

void fl_docs_details_append(struct fl_buf *out, const struct fl_option *option)
{
    const char *between = "";
    if (option->kind == FL_OPTION_ENUM) {
        for (const char *const *choice = option->choices; *choice; choice++)
            fl_buf_printf(out, "%s%s", choice == option->choices ? "" : ", ", *choice);
        between = "; ";
    }
    if (option->fallback) {
        fl_buf_printf(out, "%sdefault: %s", between, option->fallback);
        between = "; ";
    }
    if (option->variable) {
        fl_buf_printf(out, "%s$%s", between, option->variable);
        between = "; ";
    }
    if (option->repeats)
        fl_buf_printf(out, "%smay be repeated", between);
}

/* Columns of a text of ours: one for each code point. */
static unsigned columns(const char *text, size_t len)
{
    unsigned count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void append_spaces(struct fl_buf *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fl_buf_append_char(out, ' ');
}

/* The text in lines of the style's width; the first begins at column `at`, the others at `indent`.
 * An empty line of the text stays one. Ends with a newline. */
static void append_wrapped(struct page *page, const char *text, unsigned at, unsigned indent)
{
    const char *word = text;
    bool first = true;
    while (*word) {
        if (*word == '\n') {
            fl_buf_append_str(page->out, "\n\n");
            append_spaces(page->out, indent);
            at = indent;
            first = true;
            word += strspn(word, "\n");
            continue;
        }
        size_t len = strcspn(word, " \n");
        unsigned width = columns(word, len);
        if (!first && at + 1 + width > page->style.width) {
            fl_buf_append_char(page->out, '\n');
            append_spaces(page->out, indent);
            at = indent;
            first = true;
        }
        if (!first) {
            fl_buf_append_char(page->out, ' ');
            at++;
        }
        fl_buf_append(page->out, word, len);
        at += width;
        first = false;
        word += len;
        word += strspn(word, " ");
    }
    fl_buf_append_char(page->out, '\n');
}

static void append_title(struct page *page, const char *title)
{
    fl_buf_printf(page->out, page->style.colors ? "\n\x1b[1m%s:\x1b[0m\n" : "\n%s:\n", title);
}

/* A label with its meaning beside it, or below where the label is long. */
static void append_entry(struct page *page, const char *label, const char *meaning,
                         unsigned label_width)
{
    unsigned column = INDENT + label_width + GAP;
    unsigned width = columns(label, strlen(label));
    append_spaces(page->out, INDENT);
    fl_buf_printf(page->out, page->style.colors ? "\x1b[36m%s\x1b[0m" : "%s", label);
    if (width > label_width)
        fl_buf_append_char(page->out, '\n');
    append_spaces(page->out, width > label_width ? column : column - INDENT - width);
    append_wrapped(page, meaning, column, column);
}

static void option_label(struct fl_buf *out, const struct fl_option *option)
{
    if (!option->letter)
        append_spaces(out, 4);
    fl_docs_option_append(out, option);
}

static unsigned widest_label(struct page *page, const struct fl_option *options)
{
    unsigned widest = 0;
    for (const struct fl_option *o = options; o && o->name; o++) {
        struct fl_buf label = {0};
        option_label(&label, o);
        unsigned width = columns(fl_buf_text(&label), label.len);
        if (!o->hidden && width > widest && width <= LABEL_MAX)
            widest = width;
        page->out->failed |= label.failed;
        fl_buf_destroy(&label);
    }
    return widest;
}

static void append_options(struct page *page, const char *title, const struct fl_option *options,
                           unsigned label_width)
{
    bool titled = false;
    for (const struct fl_option *o = options; o && o->name; o++) {
        if (o->hidden)
            continue;
        if (!titled)
            append_title(page, title);
        titled = true;
        struct fl_buf label = {0}, meaning = {0}, details = {0};
        option_label(&label, o);
        fl_docs_details_append(&details, o);
        fl_buf_append_str(&meaning, o->help);
        if (details.len)
            fl_buf_printf(&meaning, " (%s)", fl_buf_text(&details));
        page->out->failed |= label.failed || meaning.failed || details.failed;
        append_entry(page, fl_buf_text(&label), fl_buf_text(&meaning), label_width);
        fl_buf_destroy(&label);
        fl_buf_destroy(&meaning);
        fl_buf_destroy(&details);
    }
}

static void append_commands(struct page *page, const struct fl_command *commands)
{
    unsigned widest = 0;
    for (const struct fl_command *c = commands; c && c->name; c++)
        if (!c->hidden && strlen(c->name) > widest)
            widest = (unsigned)strlen(c->name);
    if (widest)
        append_title(page, "Commands");
    for (const struct fl_command *c = commands; c && c->name; c++)
        if (!c->hidden)
            append_entry(page, c->name, c->summary, widest);
}

static void append_examples(struct page *page, const struct fl_example *examples)
{
    if (examples)
        append_title(page, "Examples");
    for (const struct fl_example *e = examples; e && e->command; e++) {
        fl_buf_printf(page->out, "  %s\n", e->command);
        append_spaces(page->out, 3 * INDENT);
        append_wrapped(page, e->meaning, 3 * INDENT, 3 * INDENT);
    }
}

void fl_help_append(struct fl_buf *out, const struct fl_command *const *path, unsigned depth,
                    struct fl_help_style style)
{
    const struct fl_command *command = path[depth - 1];
    struct page page = {out, style};
    if (page.style.width == 0)
        page.style.width = WIDTH_DEFAULT;
    fl_buf_append_str(out, style.colors ? "\x1b[1mUsage:\x1b[0m " : "Usage: ");
    fl_docs_usage_append(out, path, depth);
    fl_buf_append_char(out, '\n');
    if (command->alias)
        fl_buf_printf(out, "Also called '%s'.\n", command->alias);
    fl_buf_append_char(out, '\n');
    append_wrapped(&page, command->description ? command->description : command->summary, 0, 0);
    append_commands(&page, command->commands);
    unsigned label_width = 0;
    for (unsigned i = 0; i < depth; i++) {
        unsigned width = widest_label(&page, path[i]->options);
        label_width = width > label_width ? width : label_width;
    }
    append_options(&page, "Options", command->options, label_width);
    for (unsigned i = depth - 1; i-- > 0;)
        append_options(&page, "Options of every command", path[i]->options, label_width);
    append_examples(&page, command->examples);
}
