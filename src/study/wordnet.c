/* wordnet.c: see wordnet.h.
 *
 * A line of a data file (wndb(5)), after the licence, whose lines begin with spaces:
 *
 *   offset lex_file type w_cnt  word lex_id …  p_cnt  symbol offset part source/target …  | gloss
 *
 * w_cnt is hexadecimal, p_cnt decimal; what verbs have between pointers and gloss is passed over.
 * Pointers name offsets: they become numbers of synsets when all files are read. */
#include "study/wordnet.h"

#include "base/buf.h"
#include "base/os.h"
#include "study/grow.h"

enum { OFFSET_DIGITS = 8, MOST = 1 << 26 };

struct line {
    struct fl_str rest;
    const char *name;
    unsigned number;
};

void fl_wordnet_destroy(struct fl_wordnet *wordnet)
{
    if (!wordnet)
        return;
    free(wordnet->synsets);
    free(wordnet->words);
    free(wordnet->pointers);
    fl_arena_destroy(&wordnet->arena);
    *wordnet = (struct fl_wordnet){0};
}

static int bad(const struct line *line, const char *what, struct fl_err *err)
{
    return fl_err_set_line(err, FL_EPARSE, line->number, "%s: line %u: %s", line->name,
                           line->number, what);
}

/* The next run of non-space, empty at the end. */
static struct fl_str next_field(struct line *line)
{
    struct fl_str *rest = &line->rest;
    while (rest->len && *rest->ptr == ' ')
        rest->ptr++, rest->len--;
    struct fl_str field = {rest->ptr, 0};
    while (field.len < rest->len && field.ptr[field.len] != ' ')
        field.len++;
    rest->ptr += field.len;
    rest->len -= field.len;
    return field;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* A number of at most OFFSET_DIGITS digits. */
static bool read_number(struct fl_str field, int base, uint32_t *ret)
{
    uint32_t value = 0;
    if (!field.len || field.len > OFFSET_DIGITS)
        return false;
    for (size_t i = 0; i < field.len; i++) {
        int digit = digit_of(field.ptr[i]);
        if (digit >= base)
            return false;
        value = value * (uint32_t)base + (uint32_t)digit;
    }
    *ret = value;
    return true;
}

/* "give_forth" and "galore(ip)" become "give forth" and "galore". */
static int add_word(struct fl_wordnet *wordnet, struct fl_str field)
{
    const char *marker = memchr(field.ptr, '(', field.len);
    size_t len = marker && marker != field.ptr ? (size_t)(marker - field.ptr) : field.len;
    int rc = fl_grow(&wordnet->words, &wordnet->word_capacity, (uint64_t)wordnet->word_count + 1,
                     MOST, sizeof *wordnet->words);
    char *copy = rc ? NULL : fl_arena_strndup(&wordnet->arena, field.ptr, len);
    if (!copy)
        return rc ? rc : -FL_ENOMEM;
    for (size_t i = 0; i < len; i++)
        if (copy[i] == '_')
            copy[i] = ' ';
    wordnet->words[wordnet->word_count++] = (struct fl_str){copy, len};
    return 0;
}

static int read_words(struct fl_wordnet *wordnet, struct line *line,
                      struct fl_wordnet_synset *synset, struct fl_err *err)
{
    uint32_t count;
    if (!read_number(next_field(line), 16, &count) || !count || count > FL_WORDNET_MAX_WORDS)
        return bad(line, "no proper count of words", err);
    synset->first_word = wordnet->word_count;
    synset->word_count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct fl_str word = next_field(line);
        if (!word.len || !next_field(line).len)
            return bad(line, "it ends within its words", err);
        int rc = add_word(wordnet, word);
        if (rc)
            return rc == -FL_ENOMEM ? fl_err_nomem(err) : bad(line, "too many words", err);
    }
    return 0;
}

static int relation_of(struct fl_str symbol)
{
    if (fl_str_is(symbol, "@") || fl_str_is(symbol, "@i"))
        return FL_WORDNET_HYPERNYM;
    if (fl_str_is(symbol, "+"))
        return FL_WORDNET_DERIVED;
    bool similar = fl_str_is(symbol, "&") || fl_str_is(symbol, "^") || fl_str_is(symbol, "$");
    return similar ? FL_WORDNET_SIMILAR : -1;
}

static int part_of(struct fl_str type)
{
    static const char types[] = "nvar"; /* in the order of enum fl_wordnet_part; s: an adjective */
    if (type.len != 1)
        return -1;
    const char *at = strchr(types, *type.ptr == 's' ? 'a' : *type.ptr);
    return at && *at ? (int)(at - types) : -1;
}

/* Until all is read, a pointer's target is its offset. */
static int read_pointers(struct fl_wordnet *wordnet, struct line *line,
                         struct fl_wordnet_synset *synset, struct fl_err *err)
{
    uint32_t count;
    if (!read_number(next_field(line), 10, &count) || count > FL_WORDNET_MAX_POINTERS)
        return bad(line, "no proper count of pointers", err);
    synset->first_pointer = wordnet->pointer_count;
    for (uint32_t i = 0; i < count; i++) {
        int relation = relation_of(next_field(line));
        uint32_t offset;
        bool right = read_number(next_field(line), 10, &offset);
        int part = part_of(next_field(line));
        if (!right || part < 0 || !next_field(line).len)
            return bad(line, "a pointer is not one", err);
        if (relation < 0)
            continue;
        int rc = fl_grow(&wordnet->pointers, &wordnet->pointer_capacity,
                         (uint64_t)wordnet->pointer_count + 1, MOST, sizeof *wordnet->pointers);
        if (rc)
            return rc == -FL_ENOMEM ? fl_err_nomem(err) : bad(line, "too many pointers", err);
        wordnet->pointers[wordnet->pointer_count++] = (struct fl_wordnet_pointer){
            .synset = offset, .relation = (uint8_t)relation, .part = (uint8_t)part};
    }
    synset->pointer_count = wordnet->pointer_count - synset->first_pointer;
    return 0;
}

static int read_line(struct fl_wordnet *wordnet, struct line *line, unsigned part,
                     struct fl_err *err)
{
    struct fl_wordnet_synset synset = {.part = (uint8_t)part};
    const char *bar = memchr(line->rest.ptr, '|', line->rest.len);
    if (!bar)
        return bad(line, "it has no gloss", err);
    size_t left = (size_t)(bar - line->rest.ptr);
    struct fl_str gloss = {bar + 1, line->rest.len - left - 1};
    line->rest.len = left;
    if (!read_number(next_field(line), 10, &synset.offset) || !next_field(line).len ||
        part_of(next_field(line)) != (int)part)
        return bad(line, "no offset, file and part of speech", err);
    uint32_t before = wordnet->part_first[part] == wordnet->synset_count
                          ? 0
                          : wordnet->synsets[wordnet->synset_count - 1].offset + 1;
    if (synset.offset < before)
        return bad(line, "the offsets do not ascend", err);
    int rc = read_words(wordnet, line, &synset, err);
    if (!rc)
        rc = read_pointers(wordnet, line, &synset, err);
    if (rc)
        return rc;
    synset.gloss.len = gloss.len;
    synset.gloss.ptr = fl_arena_strndup(&wordnet->arena, gloss.ptr, gloss.len);
    rc = fl_grow(&wordnet->synsets, &wordnet->synset_capacity, (uint64_t)wordnet->synset_count + 1,
                 FL_WORDNET_MAX_SYNSETS, sizeof *wordnet->synsets);
    if (rc == -FL_ENOMEM || !synset.gloss.ptr)
        return fl_err_nomem(err);
    if (rc)
        return bad(line, "too many synonym sets", err);
    wordnet->synsets[wordnet->synset_count++] = synset;
    return 0;
}

static int read_part(struct fl_wordnet *wordnet, struct fl_str text, const char *name,
                     unsigned part, struct fl_err *err)
{
    struct line line = {.name = name};
    for (size_t i = 0; i < text.len;) {
        const char *end = memchr(text.ptr + i, '\n', text.len - i);
        size_t len = end ? (size_t)(end - text.ptr) - i : text.len - i;
        line.rest = (struct fl_str){text.ptr + i, len};
        line.number++;
        int rc = len && text.ptr[i] != ' ' ? read_line(wordnet, &line, part, err) : 0;
        if (rc)
            return rc;
        i += len + 1;
    }
    return 0;
}

/* The synset of a part at an offset, or FL_WORDNET_NONE. */
static uint32_t find_synset(const struct fl_wordnet *wordnet, unsigned part, uint32_t offset)
{
    uint32_t low = wordnet->part_first[part], high = wordnet->part_first[part + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (wordnet->synsets[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < wordnet->part_first[part + 1] && wordnet->synsets[low].offset == offset;
    return found ? low : FL_WORDNET_NONE;
}

/* Pointers to what is not there lead nowhere: a part of WordNet is of use as well. */
static void resolve_pointers(struct fl_wordnet *wordnet)
{
    for (uint32_t i = 0; i < wordnet->pointer_count; i++) {
        struct fl_wordnet_pointer *pointer = &wordnet->pointers[i];
        pointer->synset = find_synset(wordnet, pointer->part, pointer->synset);
    }
}

int fl_wordnet_parse(struct fl_wordnet *wordnet, const struct fl_str texts[FL_WORDNET_PARTS],
                     const char *const names[FL_WORDNET_PARTS], struct fl_err *err)
{
    for (unsigned part = 0; part < FL_WORDNET_PARTS; part++) {
        wordnet->part_first[part] = wordnet->synset_count;
        int rc = read_part(wordnet, texts[part], names[part], part, err);
        if (rc)
            return rc;
        wordnet->part_first[part + 1] = wordnet->synset_count;
    }
    resolve_pointers(wordnet);
    return 0;
}

int fl_wordnet_read(struct fl_wordnet *wordnet, const char *folder, struct fl_err *err)
{
    static const char *const files[FL_WORDNET_PARTS] = {"data.noun", "data.verb", "data.adj",
                                                        "data.adv"};
    struct fl_buf paths[FL_WORDNET_PARTS] = {0}, contents[FL_WORDNET_PARTS] = {0};
    const char *names[FL_WORDNET_PARTS];
    struct fl_str texts[FL_WORDNET_PARTS];
    int rc = 0;
    for (unsigned i = 0; i < FL_WORDNET_PARTS && !rc; i++) {
        fl_buf_printf(&paths[i], "%s/%s", folder, files[i]);
        names[i] = fl_buf_text(&paths[i]);
        rc = fl_buf_failed(&paths[i])
                 ? fl_err_nomem(err)
                 : fl_os_read_file(names[i], FL_WORDNET_MAX_FILE_BYTES, &contents[i], err);
        texts[i] = (struct fl_str){fl_buf_text(&contents[i]), contents[i].len};
    }
    if (!rc)
        rc = fl_wordnet_parse(wordnet, texts, names, err);
    for (unsigned i = 0; i < FL_WORDNET_PARTS; i++) {
        fl_buf_destroy(&paths[i]);
        fl_buf_destroy(&contents[i]);
    }
    return rc;
}
