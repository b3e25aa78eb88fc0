/* study_words.c: what words mean, from WordNet, and what they are called in other languages, from
 * our own dictionaries. */
#include "study/study.h"

#include "base/os.h"
#include "study/wordnet.h"

#include <stdio.h>

/* --- WordNet --- */

struct meanings {
    struct fl_study *study;
    struct fl_wordnet net;
    struct fl_buf text;
};

static struct fl_str buffered(const struct fl_buf *buf)
{
    return (struct fl_str){fl_buf_text(buf), buf->len};
}

static void append_words(struct fl_buf *out, const struct fl_wordnet *net,
                         const struct fl_wordnet_synset *synset)
{
    for (uint32_t i = 0; i < synset->word_count; i++) {
        const struct fl_str *word = &net->words[synset->first_word + i];
        fl_buf_append(out, word->ptr, word->len);
        fl_buf_append_char(out, ' ');
    }
}

/* Names of persons, places and species begin with a capital: nothing to be asked for. */
static bool is_name(const struct fl_wordnet *net, const struct fl_wordnet_synset *synset)
{
    char first = *net->words[synset->first_word].ptr;
    return (first >= 'A' && first <= 'Z') || (first >= '0' && first <= '9');
}

/* The definition: what stands before the examples. */
static struct fl_str definition_of(struct fl_str gloss)
{
    const char *quote = memchr(gloss.ptr, '"', gloss.len);
    return (struct fl_str){gloss.ptr, quote ? (size_t)(quote - gloss.ptr) : gloss.len};
}

/* The synset's words as a document. */
static int add_words_document(struct meanings *m, const struct fl_wordnet_synset *synset)
{
    uint32_t text[FL_EMBED_FIELD_COUNT];
    for (unsigned i = 0; i < FL_EMBED_FIELD_COUNT; i++)
        text[i] = FL_STUDY_NO_TEXT;
    fl_buf_clear(&m->text);
    append_words(&m->text, &m->net, synset);
    int rc = fl_buf_failed(&m->text) ? -FL_ENOMEM
                                     : fl_study_text(m->study, buffered(&m->text),
                                                     FL_TOKENIZE_DOCUMENT, &text[FL_EMBED_NAME]);
    return rc ? rc : fl_study_document(m->study, text);
}

static int add_pair(struct meanings *m, struct fl_str query, uint32_t document)
{
    uint32_t text;
    int rc = fl_study_text(m->study, query, FL_TOKENIZE_REQUEST, &text);
    return rc || text == FL_STUDY_NO_TEXT ? rc : fl_study_query(m->study, text, &document, 1);
}

static int add_meaning(struct meanings *m, const struct fl_wordnet_synset *synset)
{
    uint32_t document = m->study->document_count;
    int rc = add_words_document(m, synset);
    return rc ? rc : add_pair(m, definition_of(synset->gloss), document);
}

/* Words of the synset against those of its relatives. */
static int add_relatives(struct meanings *m, const struct fl_wordnet_synset *synset)
{
    uint32_t document = m->study->document_count;
    int rc = add_words_document(m, synset);
    for (uint32_t i = 0; i < synset->pointer_count && !rc; i++) {
        uint32_t number = m->net.pointers[synset->first_pointer + i].synset;
        if (number == FL_WORDNET_NONE || is_name(&m->net, &m->net.synsets[number]))
            continue;
        fl_buf_clear(&m->text);
        append_words(&m->text, &m->net, &m->net.synsets[number]);
        rc = fl_buf_failed(&m->text) ? -FL_ENOMEM : add_pair(m, buffered(&m->text), document);
    }
    for (uint32_t i = 0; i < synset->word_count && synset->word_count > 1 && !rc; i++)
        rc = add_pair(m, m->net.words[synset->first_word + i], document);
    return rc;
}

/* Each example, in quotation marks, against definition and words. */
static int add_examples(struct meanings *m, const struct fl_wordnet_synset *synset)
{
    struct fl_str gloss = synset->gloss;
    const char *open = memchr(gloss.ptr, '"', gloss.len);
    if (!open)
        return 0;
    uint32_t document = m->study->document_count;
    int rc = add_words_document(m, synset);
    if (!rc)
        rc = fl_study_text(m->study, definition_of(gloss), FL_TOKENIZE_DOCUMENT,
                           &m->study->documents[document].text[FL_EMBED_DESCRIPTION]);
    while (open && !rc) {
        const char *end = gloss.ptr + gloss.len, *begin = open + 1;
        const char *close = memchr(begin, '"', (size_t)(end - begin));
        if (!close)
            break;
        rc = add_pair(m, (struct fl_str){begin, (size_t)(close - begin)}, document);
        open = memchr(close + 1, '"', (size_t)(end - close - 1));
    }
    return rc;
}

static int add_set(struct meanings *m, const char *name, enum fl_study_kind kind,
                   int (*add)(struct meanings *m, const struct fl_wordnet_synset *synset))
{
    int rc = fl_study_begin_set(m->study, name, kind);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < m->net.synset_count && !rc; i++)
        if (!is_name(&m->net, &m->net.synsets[i]))
            rc = add(m, &m->net.synsets[i]);
    fl_study_end_set(m->study);
    return rc;
}

int fl_study_read_wordnet(struct fl_study *study, const char *folder, struct fl_err *err)
{
    struct meanings m = {.study = study};
    int rc = fl_wordnet_read(&m.net, folder, err);
    if (!rc)
        rc = add_set(&m, "wordnet meanings", FL_STUDY_MEANINGS, add_meaning);
    if (!rc)
        rc = add_set(&m, "wordnet relatives", FL_STUDY_RELATIVES, add_relatives);
    if (!rc)
        rc = add_set(&m, "wordnet examples", FL_STUDY_EXAMPLES, add_examples);
    fl_wordnet_destroy(&m.net);
    fl_buf_destroy(&m.text);
    return rc;
}

/* --- dictionaries ---
 *
 * "word, two words, …: english words" in a language; in English "a, b < x y "p q" ~ z" and "a = b =
 * c". Lines that begin with "stop:", "weak:" or "talk:" say nothing of meaning. */

struct dictionary {
    struct fl_study *study;
    struct fl_buf targets;
};

static bool is_meaning(struct fl_str line)
{
    static const char *const others[] = {"#", "stop:", "weak:", "talk:"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t len = strlen(others[i]);
        if (line.len >= len && !memcmp(line.ptr, others[i], len))
            return false;
    }
    return line.len > 0;
}

/* A text of what stands at both sides, for the word vectors, and a pair of them for the encoder. */
static int add_entry(struct dictionary *d, struct fl_str key, uint32_t document)
{
    uint32_t text;
    size_t len = d->targets.len;
    while (key.len && *key.ptr == ' ')
        key.ptr++, key.len--;
    if (!key.len)
        return 0;
    int rc = fl_study_text(d->study, key, FL_TOKENIZE_REQUEST, &text);
    if (!rc && text != FL_STUDY_NO_TEXT)
        rc = fl_study_query(d->study, text, &document, 1);
    fl_buf_append_char(&d->targets, ' ');
    fl_buf_append(&d->targets, key.ptr, key.len);
    if (!rc)
        rc = fl_buf_failed(&d->targets)
                 ? -FL_ENOMEM
                 : fl_study_text(d->study, buffered(&d->targets), FL_TOKENIZE_DOCUMENT, &text);
    d->targets.len = len;
    return rc;
}

static int add_targets(struct dictionary *d, struct fl_str targets)
{
    uint32_t text[FL_EMBED_FIELD_COUNT];
    for (unsigned i = 0; i < FL_EMBED_FIELD_COUNT; i++)
        text[i] = FL_STUDY_NO_TEXT;
    fl_buf_clear(&d->targets);
    fl_buf_append(&d->targets, targets.ptr, targets.len);
    int rc = fl_buf_failed(&d->targets)
                 ? -FL_ENOMEM
                 : fl_study_text(d->study, targets, FL_TOKENIZE_DOCUMENT, &text[FL_EMBED_NAME]);
    return rc ? rc : fl_study_document(d->study, text);
}

/* The keys, separated by one of `separators`; those in quotation marks are whole. */
static int add_keys(struct dictionary *d, struct fl_str keys, const char *separators,
                    uint32_t document)
{
    size_t begin = 0;
    bool quoted = false;
    int rc = 0;
    for (size_t i = 0; i <= keys.len && !rc; i++) {
        bool quote = i < keys.len && keys.ptr[i] == '"';
        bool ends = i == keys.len || quote || (!quoted && strchr(separators, keys.ptr[i]));
        if (ends) {
            rc = add_entry(d, (struct fl_str){keys.ptr + begin, i - begin}, document);
            begin = i + 1;
        }
        quoted ^= quote;
    }
    return rc;
}

static int read_entry(struct dictionary *d, struct fl_str line)
{
    uint32_t document = d->study->document_count;
    const char *sign = memchr(line.ptr, '<', line.len);
    bool thesaurus = sign != NULL;
    if (!sign)
        sign = memchr(line.ptr, ':', line.len);
    struct fl_str left = {line.ptr, sign ? (size_t)(sign - line.ptr) : line.len};
    struct fl_str right = {left.ptr + left.len, line.len - left.len};
    if (sign)
        right.ptr++, right.len--;
    if (!sign) { /* a = b = c: each stands for all */
        int rc = add_targets(d, line);
        return rc ? rc : add_keys(d, line, "=", document);
    }
    int rc = add_targets(d, thesaurus ? left : right);
    return rc ? rc : add_keys(d, thesaurus ? right : left, thesaurus ? " ~" : ",", document);
}

int fl_study_read_lexicon(struct fl_study *study, const char *path, const char *language,
                          struct fl_err *err)
{
    struct dictionary dictionary = {.study = study};
    struct fl_buf content = {0};
    char name[FL_STUDY_NAME_BYTES];
    snprintf(name, sizeof name, "dictionary %s", language);
    int rc = fl_os_read_file(path, FL_STUDY_MAX_FILE_BYTES, &content, err);
    if (!rc)
        rc = fl_study_begin_set(study, name, FL_STUDY_LANGUAGE);
    for (size_t i = 0; i < content.len && !rc;) {
        const char *end = memchr(content.ptr + i, '\n', content.len - i);
        size_t len = end ? (size_t)(end - content.ptr) - i : content.len - i;
        struct fl_str line = {content.ptr + i, len};
        if (is_meaning(line))
            rc = read_entry(&dictionary, line);
        i += len + 1;
    }
    if (!rc)
        fl_study_end_set(study);
    fl_buf_destroy(&content);
    fl_buf_destroy(&dictionary.targets);
    return rc;
}
