/* bpe_split.c: the patterns of bpe_split.h over code points, by hand.
 *
 * A regular expression engine would try the alternatives in turn and give characters back. What
 * that comes to is worked out beforehand, per alternative, in the comments below. */
#include "bpe/bpe_split.h"

#include "bpe/bpe_classes.h"

#include <stdbool.h>

struct cursor {
    const char *at;
    const char *end;
};

enum { AT_END = -1 };

/* The class of the character at the cursor and, in `ret_next`, where the next one begins. The text
 * is known to be valid UTF-8. */
static int class_at(struct cursor c, const char **ret_next)
{
    if (c.at == c.end)
        return AT_END;
    const unsigned char *s = (const unsigned char *)c.at;
    uint32_t codepoint = s[0];
    unsigned more = (codepoint >= 0xC0) + (codepoint >= 0xE0) + (codepoint >= 0xF0);
    if (more)
        codepoint &= 0x3Fu >> more;
    for (unsigned i = 1; i <= more; i++)
        codepoint = codepoint << 6 | (s[i] & 0x3Fu);
    *ret_next = c.at + 1 + more;
    return (int)fl_bpe_class_of(codepoint);
}

enum {
    UPPER = 1 << FL_BPE_UPPER,
    LOWER = 1 << FL_BPE_LOWER,
    CASELESS = 1 << FL_BPE_CASELESS,
    MARK = 1 << FL_BPE_MARK,
    SPACES = 1 << FL_BPE_SPACE | 1 << FL_BPE_NEWLINE,
    LETTERS = UPPER | LOWER | CASELESS,
    SYMBOLS = 1 << FL_BPE_OTHER | MARK,
};

static bool is_in(int class, unsigned set)
{
    return class != AT_END && (set >> class & 1);
}

/* Moves over characters of `set`, at most `max`; where it stops. */
static const char *skip(struct cursor c, unsigned set, unsigned max)
{
    const char *next = c.at;
    for (; max && is_in(class_at(c, &next), set); max--)
        c.at = next;
    return c.at;
}

/* The length of 's 't 'm 'd 're 've 'll in any case, or 0. Without regard to case, the long s
 * U+017F is an s. */
static size_t contraction(struct cursor c)
{
    const char *s = c.at;
    size_t left = (size_t)(c.end - s);
    if (left < 2 || s[0] != '\'')
        return 0;
    int first = s[1] | 0x20;
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return 2;
    if (left < 3)
        return 0;
    int second = s[2] | 0x20;
    bool two_letters = (first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
                       (first == 'l' && second == 'l');
    bool long_s = s[1] == '\xC5' && s[2] == '\xBF';
    return two_letters || long_s ? 3 : 0;
}

/* U*W+ | U+W* of o200k_base, where U are the capitals, W the small letters, and letters without
 * case and marks belong to both. U* takes all it can. If no small letter follows, W+ needs
 * something given back, so that the match ends behind the last character that belongs to both. If
 * there is none, these are only capitals: the second alternative takes them (`*ret_capitals`).
 * Where it ends, or NULL. */
static const char *cased_letters(struct cursor c, bool *ret_capitals)
{
    const char *shared_end = NULL;
    const char *start = c.at;
    const char *next = c.at;
    int class;
    *ret_capitals = false;
    while (is_in(class = class_at(c, &next), UPPER | CASELESS | MARK)) {
        c.at = next;
        if (class != FL_BPE_UPPER)
            shared_end = next;
    }
    if (class == FL_BPE_LOWER)
        return skip(c, LOWER | CASELESS | MARK, UINT32_MAX);
    if (shared_end)
        return shared_end;
    *ret_capitals = true;
    return c.at > start ? c.at : NULL;
}

/* The first two alternatives of o200k_base. A mark is a possible prefix and a letter of both
 * kinds: the first alternative with the mark as prefix comes first, then the first alternative
 * without a prefix, which then is the mark alone, and only then the second with it. */
static const char *cased_word(struct cursor c, int class, const char *second)
{
    bool capitals;
    const char *end;
    if (is_in(class, LETTERS)) {
        end = cased_letters(c, &capitals);
    } else if (is_in(class, SYMBOLS | 1 << FL_BPE_SPACE)) {
        end = cased_letters((struct cursor){second, c.end}, &capitals);
        if (class == FL_BPE_MARK && capitals)
            end = second;
    } else {
        return NULL;
    }
    return end ? end + contraction((struct cursor){end, c.end}) : NULL;
}

/* The first two alternatives of cl100k_base. */
static const char *plain_word(struct cursor c, int class, const char *second)
{
    size_t suffix = contraction(c);
    if (suffix)
        return c.at + suffix;
    if (is_in(class, LETTERS))
        return skip(c, LETTERS, UINT32_MAX);
    if (!is_in(class, SYMBOLS | 1 << FL_BPE_SPACE))
        return NULL;
    const char *end = skip((struct cursor){second, c.end}, LETTERS, UINT32_MAX);
    return end > second ? end : NULL;
}

/* " ?[^\s\p{L}\p{N}]+[\r\n]*", where o200k_base has [\r\n/]*; or NULL. */
static const char *symbols(struct cursor c, enum fl_bpe_pattern pattern)
{
    if (*c.at == ' ')
        c.at++;
    const char *end = skip(c, SYMBOLS, UINT32_MAX);
    if (end == c.at)
        return NULL;
    while (end < c.end &&
           (*end == '\r' || *end == '\n' || (*end == '/' && pattern == FL_BPE_O200K)))
        end++;
    return end;
}

/* "\s*[\r\n]+|\s+(?!\S)|\s+" at white space: up to the last line break, if there is one; otherwise
 * all of it at the end of the text; before anything else all but the last character, if that
 * leaves any. */
static const char *spaces(struct cursor c)
{
    const char *start = c.at;
    const char *last = c.at;
    const char *line_end = NULL;
    const char *next = c.at;
    int class;
    while (is_in(class = class_at(c, &next), SPACES)) {
        last = c.at;
        c.at = next;
        if (class == FL_BPE_NEWLINE)
            line_end = next;
    }
    if (line_end)
        return line_end;
    return c.at == c.end || last == start ? c.at : last;
}

size_t fl_bpe_piece(enum fl_bpe_pattern pattern, const char *text, size_t len)
{
    struct cursor c = {text, text + len};
    const char *second = text;
    int class = class_at(c, &second);
    const char *end =
        pattern == FL_BPE_O200K ? cased_word(c, class, second) : plain_word(c, class, second);
    if (!end && class == FL_BPE_NUMBER)
        end = skip(c, 1 << FL_BPE_NUMBER, 3);
    if (!end)
        end = symbols(c, pattern);
    if (!end)
        end = spaces(c);
    return (size_t)(end - text);
}
