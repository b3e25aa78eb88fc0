/* tokenize.c: see tokenize.h.
 *
 * One pass over the code points of a text in NFKC. A word is collected as folded bytes together
 * with the offsets where a new part begins; it is emitted when a character ends it. */
#include "text/tokenize.h"

#include "base/err.h"
#include "base/utf8.h"
#include "text/charclass.h"
#include "text/entities.h"

#include <stdlib.h>
#include <utf8proc.h>

enum { MAX_PARTS = 16, MAX_UNSPACED = 256 };

/* Places in one run of non-space where a literal may begin; for each the whole run is looked at. */
enum { MAX_OPENERS = 8 };

struct word {
    char bytes[FL_TOKEN_MAX_BYTES + FL_CHAR_FOLDED_MAX];
    uint16_t len;
    uint16_t parts[MAX_PARTS]; /* where each part begins */
    uint16_t part_count;
    enum fl_char_class last;
    uint16_t last_start;   /* where the last character begins */
    bool after_apostrophe; /* "'s", "'ll": the rest of a contraction */
    bool full;             /* a character did not fit: nothing behind it counts */
};

struct tokenizer {
    fl_word_visitor visit;
    void *ctx;
    enum fl_tokenize_mode mode;
    struct word word;
    uint16_t flags;                      /* of the words being read */
    size_t literal_end;                  /* offset in the text where the present literal ends */
    unsigned openers;                    /* of the present run, up to MAX_OPENERS */
    uint16_t unspaced[MAX_UNSPACED + 1]; /* starts of the characters of a run without spaces */
    uint16_t unspaced_count;
    char unspaced_bytes[MAX_UNSPACED * 4];
    bool pending_break;
    int rc;
};

void fl_tokens_destroy(struct fl_tokens *tokens)
{
    if (!tokens)
        return;
    fl_buf_destroy(&tokens->text);
    free(tokens->items);
    *tokens = (struct fl_tokens){0};
}

void fl_tokens_clear(struct fl_tokens *tokens)
{
    fl_buf_clear(&tokens->text);
    tokens->count = 0;
}

/* Appends a token; the visitor of fl_tokenize. */
static int append_token(void *ctx, struct fl_str word, uint16_t flags)
{
    struct fl_tokens *out = ctx;
    if (out->count == out->capacity) {
        uint32_t capacity = out->capacity ? out->capacity * 2 : 32;
        struct fl_token *grown = realloc(out->items, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        out->items = grown;
        out->capacity = capacity;
    }
    out->items[out->count] = (struct fl_token){(uint32_t)out->text.len, (uint16_t)word.len, flags};
    fl_buf_append(&out->text, word.ptr, word.len);
    fl_buf_append_char(&out->text, '\0');
    if (fl_buf_failed(&out->text))
        return -FL_ENOMEM;
    out->count++;
    return 0;
}

static void push(struct tokenizer *t, const char *bytes, size_t len, uint16_t flags)
{
    flags |= t->flags;
    if (t->pending_break)
        flags |= FL_TOKEN_BREAK;
    t->pending_break = false;
    if (!t->rc)
        t->rc = t->visit(t->ctx, (struct fl_str){bytes, len}, flags);
}

static bool is_contraction_rest(const struct word *word)
{
    static const char *const rests[] = {"s", "t", "d", "m", "re", "ve", "ll"};
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++)
        if (fl_str_is((struct fl_str){word->bytes, word->len}, rests[i]))
            return true;
    return false;
}

static void end_word(struct tokenizer *t)
{
    struct word *word = &t->word;
    bool skip = word->after_apostrophe && is_contraction_rest(word);
    if (word->len && !skip) {
        bool compound = word->part_count > 1;
        push(t, word->bytes, word->len, compound ? FL_TOKEN_JOINED : 0);
        for (unsigned i = 0; compound && i < word->part_count; i++) {
            unsigned end = i + 1 < word->part_count ? word->parts[i + 1] : word->len;
            if (end - word->parts[i] > 1)
                push(t, word->bytes + word->parts[i], end - word->parts[i], FL_TOKEN_PART);
        }
    }
    word->len = word->part_count = 0;
    word->after_apostrophe = word->full = false;
    word->last = FL_CHAR_OTHER;
}

/* A document's run becomes its pairs of neighbours (or its one character). */
static void end_unspaced(struct tokenizer *t)
{
    unsigned n = t->unspaced_count;
    if (!n)
        return;
    unsigned step = t->mode == FL_TOKENIZE_REQUEST || n == 1 ? n : 2;
    for (unsigned i = 0; i + step <= n; i++)
        push(t, t->unspaced_bytes + t->unspaced[i], t->unspaced[i + step] - t->unspaced[i],
             FL_TOKEN_UNSPACED);
    t->unspaced_count = 0;
}

static void begin_part(struct word *word, uint16_t at)
{
    if (word->part_count < MAX_PARTS)
        word->parts[word->part_count++] = at;
}

static void add_letter(struct tokenizer *t, uint32_t codepoint, enum fl_char_class class)
{
    struct word *word = &t->word;
    if (!word->len)
        begin_part(word, 0);
    else if (class == FL_CHAR_UPPER && word->last == FL_CHAR_LOWER)
        begin_part(word, word->len); /* "createIssue" before I */
    else if (class == FL_CHAR_LOWER && word->last == FL_CHAR_UPPER &&
             word->last_start > word->parts[word->part_count - 1])
        begin_part(word, word->last_start); /* "HTTPServer" before S */
    if (!word->full) {
        word->last_start = word->len;
        char folded[FL_CHAR_FOLDED_MAX];
        unsigned n = fl_char_fold(codepoint, folded);
        word->full = word->len + n > FL_TOKEN_MAX_BYTES;
        if (!word->full) {
            memcpy(word->bytes + word->len, folded, n);
            word->len = (uint16_t)(word->len + n);
        }
    }
    if (class != FL_CHAR_MARK)
        word->last = class;
}

enum { LOWER = 1, UPPER = 2, DIGIT = 4 }; /* of ASCII; 0: anything else */

#define LOWER_8 LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER, LOWER
#define UPPER_8 UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER, UPPER
static const uint8_t ascii_kind[256] = {
    ['0'] = DIGIT, DIGIT,           DIGIT,   DIGIT,           DIGIT,   DIGIT,   DIGIT,
    DIGIT,         DIGIT,           DIGIT,   ['A'] = UPPER_8, UPPER_8, UPPER_8, UPPER,
    UPPER,         ['a'] = LOWER_8, LOWER_8, LOWER_8,         LOWER,   LOWER,
};

static unsigned kind_at(struct fl_str text, size_t i)
{
    return ascii_kind[(unsigned char)text.ptr[i]];
}

/* Most words are ASCII and of one part: "word", "Word", "WORD", "utf8". Taken at once when nothing
 * is pending; returns their length, or 0 where add_letter must look. */
static size_t take_plain_word(struct tokenizer *t, struct fl_str text, size_t i)
{
    unsigned first = kind_at(text, i), rest = 0, kind;
    size_t end = i + 1;
    if (!first || t->word.len || t->word.after_apostrophe || t->unspaced_count ||
        t->literal_end > i)
        return 0;
    for (; end < text.len && (kind = kind_at(text, end)); end++)
        rest |= kind;
    size_t n = end - i;
    bool one_part = !(rest & UPPER) || !((first | rest) & LOWER);
    if (n > FL_TOKEN_MAX_BYTES || !one_part ||
        (end < text.len && (text.ptr[end] == '\'' || text.ptr[end] & 0x80)))
        return 0;
    if (!((first | rest) & UPPER)) {
        push(t, text.ptr + i, n, 0);
        return n;
    }
    char folded[FL_TOKEN_MAX_BYTES];
    for (size_t c = 0; c < n; c++)
        folded[c] = (char)(text.ptr[i + c] | (kind_at(text, i + c) == UPPER ? 0x20 : 0));
    push(t, folded, n, 0);
    return n;
}

/* ASCII signs and spaces between the words of a document: nothing begins or ends there. */
static size_t take_gap(struct tokenizer *t, struct fl_str text, size_t i)
{
    size_t end = i;
    if (t->mode != FL_TOKENIZE_DOCUMENT || t->word.len || t->unspaced_count)
        return 0;
    while (end < text.len && !kind_at(text, end) && !(text.ptr[end] & 0x80))
        end++;
    if (end > i)
        t->word.after_apostrophe = false;
    return end - i;
}

/* The run of lower-case ASCII letters at `i`, taken at once; 0 where add_letter must look. */
static size_t add_ascii_letters(struct tokenizer *t, struct fl_str text, size_t i)
{
    struct word *word = &t->word;
    size_t end = i, limit = i + FL_TOKEN_MAX_BYTES + 1; /* more does not fit */
    limit = limit < text.len ? limit : text.len;
    while (end < limit && text.ptr[end] >= 'a' && text.ptr[end] <= 'z')
        end++;
    size_t n = end - i;
    if (!n || word->last == FL_CHAR_UPPER || word->full || word->len + n > FL_TOKEN_MAX_BYTES ||
        t->unspaced_count || (t->literal_end > i && t->literal_end < end))
        return 0;
    if (!word->len)
        begin_part(word, 0);
    memcpy(word->bytes + word->len, text.ptr + i, n);
    word->len = (uint16_t)(word->len + n);
    word->last_start = (uint16_t)(word->len - 1);
    word->last = FL_CHAR_LOWER;
    return n;
}

static void add_unspaced(struct tokenizer *t, const char *bytes, size_t len)
{
    if (t->unspaced_count == MAX_UNSPACED)
        end_unspaced(t);
    unsigned start = t->unspaced_count ? t->unspaced[t->unspaced_count] : 0;
    memcpy(t->unspaced_bytes + start, bytes, len);
    t->unspaced[t->unspaced_count] = (uint16_t)start;
    t->unspaced[++t->unspaced_count] = (uint16_t)(start + len);
}

static void toggle_quote(struct tokenizer *t, uint32_t codepoint)
{
    if (codepoint == '"' || codepoint == '`')
        t->flags ^= FL_TOKEN_QUOTED;
    else if (codepoint == 0x201C || codepoint == 0xAB || codepoint == 0x300C)
        t->flags |= FL_TOKEN_QUOTED;
    else if (codepoint == 0x201D || codepoint == 0xBB || codepoint == 0x300D)
        t->flags &= (uint16_t)~FL_TOKEN_QUOTED;
}

static void add_other(struct tokenizer *t, uint32_t codepoint)
{
    bool apostrophe = (codepoint == '\'' || codepoint == 0x2019) && t->word.len;
    end_word(t);
    t->word.after_apostrophe = apostrophe;
    if (t->mode != FL_TOKENIZE_REQUEST)
        return;
    toggle_quote(t, codepoint);
    if (codepoint < 0x80 ? strchr(".,;:!?", (int)codepoint) != NULL
                         : codepoint == 0x3002 || codepoint == 0x3001)
        t->pending_break = true;
}

/* At the start of a run of non-space: does a literal begin here? Its entity word comes first. */
static void begin_run(struct tokenizer *t, struct fl_str rest, size_t offset)
{
    size_t len;
    const char *kind = fl_entity_match(rest, &len);
    if (!kind)
        return;
    push(t, kind, strlen(kind), FL_TOKEN_ENTITY);
    t->literal_end = offset + len;
    t->flags |= FL_TOKEN_LITERAL;
}

/* Whether a literal may begin at `i`. */
static bool opens_run(struct tokenizer *t, struct fl_str text, size_t i)
{
    if (i == 0 || memchr(" \t\n\r", text.ptr[i - 1], 4))
        t->openers = 0;
    else if (!memchr("\"'`(<[{=", text.ptr[i - 1], 8))
        return false;
    return t->openers < MAX_OPENERS && ++t->openers;
}

static int tokenize_nfkc(struct tokenizer *t, struct fl_str text)
{
    for (size_t i = 0; i < text.len && !t->rc;) {
        if (i == t->literal_end) {
            if (t->flags & FL_TOKEN_LITERAL) {
                end_word(t);
                end_unspaced(t);
            }
            t->flags &= (uint16_t)~FL_TOKEN_LITERAL;
        }
        if (t->mode == FL_TOKENIZE_REQUEST && i >= t->literal_end && !t->word.len &&
            opens_run(t, text, i))
            begin_run(t, (struct fl_str){text.ptr + i, text.len - i}, i);
        size_t taken = take_plain_word(t, text, i);
        if (!taken)
            taken = take_gap(t, text, i);
        if (!taken)
            taken = add_ascii_letters(t, text, i);
        if (taken) {
            i += taken;
            continue;
        }
        uint32_t codepoint;
        size_t n = fl_utf8_decode(text.ptr + i, text.len - i, &codepoint);
        enum fl_char_class class = n ? fl_char_class_of(codepoint) : FL_CHAR_OTHER;
        if (class == FL_CHAR_UNSPACED) {
            end_word(t);
            add_unspaced(t, text.ptr + i, n);
        } else {
            end_unspaced(t);
            if (class == FL_CHAR_OTHER || (class == FL_CHAR_MARK && !t->word.len))
                add_other(t, n ? codepoint : ' ');
            else
                add_letter(t, codepoint, class);
        }
        i += n ? n : 1;
    }
    end_word(t);
    end_unspaced(t);
    return t->rc;
}

/* Whether NFKC may change text with this code point. Errs on the side of yes. */
static bool needs_nfkc(uint32_t c)
{
    return !(
        c < 0xA0 || (c >= 0xC0 && c < 0x132) || (c >= 0x2010 && c < 0x2024) || c == 0x2026 ||
        (c >= 0x2190 && c < 0x2200) || (c >= 0x2500 && c < 0x27C0) || (c >= 0xFE00 && c < 0xFE10) ||
        (c >= 0x1F300 && c < 0x1FB00) || (c >= 0x386 && c < 0x3D0) || (c >= 0x400 && c < 0x483) ||
        (c >= 0x3001 && c < 0x3030) || (c >= 0x3041 && c < 0x3097) || (c >= 0x30A0 && c < 0x30FF) ||
        (c >= 0x4E00 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7A4));
}

static bool is_nfkc(struct fl_str text)
{
    for (size_t i = 0; i < text.len;) {
        if ((unsigned char)text.ptr[i] < 0x80) {
            i++;
            continue;
        }
        uint32_t codepoint;
        size_t n = fl_utf8_decode(text.ptr + i, text.len - i, &codepoint);
        if (n && needs_nfkc(codepoint))
            return false;
        i += n ? n : 1;
    }
    return true;
}

static int tokenize(struct tokenizer *tokenizer, struct fl_str text)
{
    if (is_nfkc(text))
        return tokenize_nfkc(tokenizer, text);
    utf8proc_uint8_t *nfkc = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &nfkc,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    if (len == UTF8PROC_ERROR_NOMEM)
        return -FL_ENOMEM;
    if (len < 0) /* not UTF-8: take it as it is, bad bytes end words */
        return tokenize_nfkc(tokenizer, text);
    int rc = tokenize_nfkc(tokenizer, (struct fl_str){(const char *)nfkc, (size_t)len});
    free(nfkc);
    return rc;
}

int fl_tokenize(struct fl_tokens *tokens, struct fl_str text, enum fl_tokenize_mode mode)
{
    struct tokenizer tokenizer = {.visit = append_token, .ctx = tokens, .mode = mode};
    return tokenize(&tokenizer, text);
}

int fl_tokenize_each(struct fl_str text, fl_word_visitor visit, void *ctx)
{
    struct tokenizer tokenizer = {.visit = visit, .ctx = ctx, .mode = FL_TOKENIZE_DOCUMENT};
    return tokenize(&tokenizer, text);
}
