/* entities.c: see entities.h. Decides by shape alone, one space-separated run at a time. */
#include "text/entities.h"

#include <ctype.h>
#include <strings.h>

struct shape {
    unsigned digits, letters, slashes, dots, colons, dashes, at_signs, others;
    bool starts_upper;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_sentence_mark(char c)
{
    return memchr(".,;:!?)]}\"'`>", c, 13) != NULL;
}

static size_t run_length(struct fl_str text)
{
    size_t n = 0;
    while (n < text.len && !is_space(text.ptr[n]))
        n++;
    while (n > 0 && is_sentence_mark(text.ptr[n - 1]))
        n--;
    return n;
}

static struct shape shape_of(struct fl_str run)
{
    struct shape shape = {.starts_upper = run.len && isupper((unsigned char)run.ptr[0])};
    for (size_t i = 0; i < run.len; i++) {
        unsigned char c = (unsigned char)run.ptr[i];
        if (isdigit(c))
            shape.digits++;
        else if (isalpha(c) || c >= 0x80)
            shape.letters++;
        else if (c == '/' || c == '\\')
            shape.slashes++;
        else if (c == '.')
            shape.dots++;
        else if (c == ':')
            shape.colons++;
        else if (c == '-')
            shape.dashes++;
        else if (c == '@')
            shape.at_signs++;
        else if (c != '_')
            shape.others++;
    }
    return shape;
}

static bool starts_with(struct fl_str text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.len >= n && strncasecmp(text.ptr, prefix, n) == 0;
}

/* "report.docx", "v2.tar.gz": a last part of 1–5 letters and digits that begins with a letter. */
static bool has_extension(struct fl_str run)
{
    size_t dot = run.len;
    while (dot > 0 && run.ptr[dot - 1] != '.')
        dot--;
    size_t n = run.len - dot;
    if (dot < 2 || n < 1 || n > 5 || !isalpha((unsigned char)run.ptr[dot]))
        return false;
    if (n == 1 && (dot == 2 || run.ptr[dot - 3] == '.')) /* "e.g", "U.S.A" */
        return false;
    for (size_t i = dot; i < run.len; i++)
        if (!isalnum((unsigned char)run.ptr[i]))
            return false;
    return true;
}

static bool has_domain_ending(struct fl_str run)
{
    static const char *const endings[] = {".com", ".org", ".net", ".io", ".dev", ".ai",  ".co",
                                          ".edu", ".gov", ".de",  ".uk", ".fr",  ".app", ".info"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (run.len > n && strncasecmp(run.ptr + run.len - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

static const char *numeric_kind(const struct shape *shape)
{
    if (shape->dots == 3 && shape->digits >= 4)
        return "@host";
    if (shape->colons && !shape->slashes && shape->digits >= 2)
        return "@time";
    if ((shape->dashes == 2 || shape->slashes == 2) && shape->digits >= 4)
        return "@date";
    return "@number";
}

/* "/etc", "./a", "../a", "~/a", "C:\\a" */
static bool is_rooted(struct fl_str run)
{
    return run.ptr[0] == '/' || starts_with(run, "./") || starts_with(run, "../") ||
           starts_with(run, "~/") ||
           (run.len > 3 && isalpha((unsigned char)run.ptr[0]) && run.ptr[1] == ':' &&
            run.ptr[2] == '\\');
}

static const char *kind_of(struct fl_str run, const struct shape *shape)
{
    if (starts_with(run, "http://") || starts_with(run, "https://") || starts_with(run, "www."))
        return "@url";
    if (shape->at_signs == 1 && run.ptr[0] == '@')
        return "@handle";
    if (shape->at_signs == 1 && shape->dots && run.ptr[0] != '@')
        return "@email";
    if (run.ptr[0] == '#' && shape->digits && !shape->letters)
        return "@reference";
    if (shape->digits && (run.ptr[0] == '$' || starts_with(run, "€") || starts_with(run, "£")))
        return "@money";
    if (shape->digits && !shape->letters)
        return numeric_kind(shape);
    if (shape->letters && is_rooted(run))
        return "@path";
    if (shape->dots && !shape->slashes && shape->letters && has_domain_ending(run))
        return "@url";
    if (shape->letters && shape->dots && has_extension(run))
        return "@path";
    return NULL;
}

/* Most runs are plain words: letters, perhaps a sentence mark, up to a space or to the end. */
static bool is_plain_word(struct fl_str text)
{
    size_t i = 0;
    while (i < text.len && ((text.ptr[i] | 0x20) >= 'a' && (text.ptr[i] | 0x20) <= 'z'))
        i++;
    if (i > 0 && i < text.len && is_sentence_mark(text.ptr[i]))
        i++;
    return i == text.len || (i > 0 && is_space(text.ptr[i]));
}

const char *fl_entity_match(struct fl_str text, size_t *ret_len)
{
    if (is_plain_word(text))
        return NULL;
    size_t len = run_length(text);
    if (len < 2)
        return NULL;
    struct fl_str run = {text.ptr, len};
    struct shape shape = shape_of(run);
    const char *kind = kind_of(run, &shape);
    if (kind)
        *ret_len = len;
    return kind;
}
