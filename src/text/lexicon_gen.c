/* lexicon_gen.c: the build-time program that compiles lexicon/LANGUAGE.txt to C tables.
 *
 *   lexicon_gen OUT.c en=FILE[,FILE…] de=FILE …
 *
 *   a = b = c               each finds the others
 *   a, b < x "y z" ~ w      who says x, "y z" or (weaker) w may need a or b
 *   form, form: a b         foreign forms: English words
 *   stop: the of            words without need
 *   weak: take everything   words with little need
 *   talk: explain "why do"  what a model is asked to answer out of itself
 *
 * The last argument, words=FILE, is a list of English words, one a line: it becomes a Bloom filter
 * that tells a misspelling from a word that no document happens to have.
 *
 * Words pass through the tokenizer and the stemmers that requests pass through, so that both sides
 * agree. Anything that does not parse stops the build with file and line. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/os.h"
#include "base/strmap.h"
#include "text/lexicon_data.h"
#include "text/tokenize.h"

#include <stdio.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    MAX_TARGETS = 48, /* of one key */
    MAX_FILE_BYTES = 4 << 20,
    WEIGHT_EQUAL = 600, /* permille: a word of the same meaning */
    WEIGHT_IMPLIED = 600,
    WEIGHT_HINT = 300,
    WEIGHT_TRANSLATED = 1000,
    ORDER_DISCOUNT = 60, /* per place behind the first target */
    LEAST_WEIGHT = 100,
};

struct entry {
    const char *key;
    uint32_t languages; /* of a word behind FL_LEXICON_LANGUAGES_MARK */
    uint8_t flags;
    uint16_t count;
    struct fl_lexicon_target targets[MAX_TARGETS];
};

struct language {
    struct entry *entries;
    uint32_t count, capacity;
    struct fl_strmap by_key;
};

struct generator {
    struct fl_arena arena;
    struct fl_stemmers stemmers;
    struct fl_tokens tokens;
    struct fl_strmap stem_numbers;
    const char **stems;
    uint32_t stem_count;
    struct language languages[FL_LANGUAGE_COUNT];
    uint8_t *bloom;
    enum fl_language language;
    const char *file;
    unsigned line;
};

static void die(const struct generator *g, const char *message, const char *detail)
{
    fprintf(stderr, "%s:%u: %s '%s'\n", g->file, g->line, message, detail);
    exit(1);
}

static void *need(const struct generator *g, void *memory)
{
    if (!memory)
        die(g, "out of memory", "");
    return memory;
}

/* The key form of a word or phrase: stems joined by spaces. NULL where nothing is left. */
static const char *key_of(struct generator *g, enum fl_language language, struct fl_str phrase)
{
    if (phrase.len && phrase.ptr[0] == '@') /* an entity word */
        return need(g, fl_arena_strndup(&g->arena, phrase.ptr, phrase.len));
    fl_tokens_clear(&g->tokens);
    if (fl_tokenize(&g->tokens, phrase, FL_TOKENIZE_REQUEST))
        die(g, "out of memory", "");
    struct fl_buf key = {0};
    for (uint32_t i = 0; i < g->tokens.count; i++) {
        const struct fl_token *token = &g->tokens.items[i];
        if (token->flags & (FL_TOKEN_PART | FL_TOKEN_ENTITY))
            continue;
        struct fl_str stem = fl_stem(&g->stemmers, language, fl_token_text(&g->tokens, i));
        if (key.len && !(token->flags & FL_TOKEN_UNSPACED))
            fl_buf_append_char(&key, ' ');
        fl_buf_append(&key, stem.ptr, stem.len);
    }
    const char *result = NULL;
    if (key.len && key.len <= FL_LEXICON_MAX_KEY_BYTES)
        result = need(g, fl_arena_strndup(&g->arena, key.ptr, key.len));
    fl_buf_destroy(&key);
    return result;
}

static struct entry *entry_of(struct generator *g, const char *key)
{
    struct language *language = &g->languages[g->language];
    uint32_t index = fl_strmap_get(&language->by_key, fl_str_of(key));
    if (index == FL_STRMAP_NONE) {
        if (language->count == language->capacity) {
            language->capacity = language->capacity ? language->capacity * 2 : 1024;
            language->entries =
                need(g, realloc(language->entries, language->capacity * sizeof *language->entries));
        }
        index = language->count++;
        language->entries[index] = (struct entry){.key = key};
        if (fl_strmap_put(&language->by_key, fl_str_of(key), index))
            die(g, "out of memory", "");
    }
    return &language->entries[index];
}

static uint16_t stem_number(struct generator *g, const char *stem)
{
    uint32_t number = fl_strmap_get(&g->stem_numbers, fl_str_of(stem));
    if (number == FL_STRMAP_NONE) {
        if (g->stem_count == UINT16_MAX)
            die(g, "too many target words at", stem);
        g->stems = need(g, realloc(g->stems, (g->stem_count + 1) * sizeof *g->stems));
        number = g->stem_count++;
        g->stems[number] = stem;
        if (fl_strmap_put(&g->stem_numbers, fl_str_of(stem), number))
            die(g, "out of memory", "");
    }
    return (uint16_t)number;
}

/* Adds one English word (or phrase: each of its words) as a target; the larger weight stays. */
static void add_target(struct generator *g, const char *key, struct fl_str target, int weight)
{
    const char *stems = key_of(g, FL_LANGUAGE_EN, target);
    if (!stems || (g->language == FL_LANGUAGE_EN && strcmp(stems, key) == 0))
        return; /* a word of another language may be the English one: "Screenshot" */
    weight = weight < LEAST_WEIGHT ? LEAST_WEIGHT : weight;
    char *copy = need(g, fl_arena_strdup(&g->arena, stems));
    char *rest;
    for (char *stem = strtok_r(copy, " ", &rest); stem; stem = strtok_r(NULL, " ", &rest)) {
        struct entry *entry = entry_of(g, key);
        uint16_t number = stem_number(g, stem);
        uint16_t i = 0;
        while (i < entry->count && entry->targets[i].stem != number)
            i++;
        if (i == MAX_TARGETS)
            continue;
        if (i == entry->count)
            entry->targets[entry->count++] = (struct fl_lexicon_target){number, 0};
        if (entry->targets[i].weight_permille < weight)
            entry->targets[i].weight_permille = (uint16_t)weight;
    }
}

/* Marks the first word of a phrase key. */
static void add_key(struct generator *g, const char *key)
{
    entry_of(g, key);
    const char *space = strchr(key, ' ');
    if (space) {
        const char *first = need(g, fl_arena_strndup(&g->arena, key, (size_t)(space - key)));
        entry_of(g, first)->flags |= FL_LEXICON_STARTS_PHRASE;
    }
}

/* Splits at `separators` outside of quotation marks; quotes are removed. Returns the count. */
static unsigned split(struct fl_str text, const char *separators, struct fl_str *parts,
                      unsigned capacity)
{
    unsigned count = 0;
    size_t i = 0;
    while (i < text.len) {
        while (i < text.len && strchr(separators, text.ptr[i]))
            i++;
        bool quoted = i < text.len && text.ptr[i] == '"';
        size_t start = quoted ? ++i : i;
        while (i < text.len && (quoted ? text.ptr[i] != '"' : !strchr(separators, text.ptr[i])))
            i++;
        if (i > start && count < capacity)
            parts[count++] = (struct fl_str){text.ptr + start, i - start};
        i += quoted;
    }
    return count;
}

enum { MAX_WORDS = 96 };

/* English knows in which languages a word is a stop word. */
static void note_language(struct generator *g, const char *word)
{
    char key[FL_LEXICON_MAX_KEY_BYTES + 1];
    snprintf(key, sizeof key, FL_LEXICON_LANGUAGES_MARK "%s", word);
    enum fl_language language = g->language;
    g->language = FL_LANGUAGE_EN;
    entry_of(g, need(g, fl_arena_strdup(&g->arena, key)))->languages |= 1u << language;
    g->language = language;
}

/* Stop and weak words are compared as written: their stems may be those of other words. */
static void read_marked(struct generator *g, struct fl_str words, const char *mark)
{
    struct fl_str parts[MAX_WORDS * 4];
    unsigned count = split(words, " \t", parts, MAX_WORDS * 4);
    for (unsigned i = 0; i < count; i++) {
        fl_tokens_clear(&g->tokens);
        bool entity = parts[i].ptr[0] == '@';
        if (!entity && fl_tokenize(&g->tokens, parts[i], FL_TOKENIZE_REQUEST))
            die(g, "out of memory", "");
        struct fl_str word = entity            ? parts[i]
                             : g->tokens.count ? fl_token_text(&g->tokens, 0)
                                               : (struct fl_str){"", 0};
        char key[FL_LEXICON_MAX_KEY_BYTES];
        int n = snprintf(key, sizeof key, "%s%.*s", mark, (int)word.len, word.ptr);
        if (n <= 1 || n >= (int)sizeof key)
            continue;
        entry_of(g, need(g, fl_arena_strdup(&g->arena, key)));
        if (*mark == FL_LEXICON_STOP_MARK[0])
            note_language(g, key + 1);
    }
}

static void read_talk(struct generator *g, struct fl_str line)
{
    struct fl_str parts[MAX_WORDS];
    unsigned count = split(line, " \t", parts, MAX_WORDS);
    for (unsigned i = 0; i < count; i++) {
        const char *key = key_of(g, g->language, parts[i]);
        if (!key)
            die(g, "no word in", line.ptr);
        add_key(g, key);
        entry_of(g, key)->flags |= FL_LEXICON_TALK;
    }
}

static void read_equal(struct generator *g, struct fl_str line)
{
    struct fl_str words[MAX_WORDS];
    unsigned count = split(line, "= \t", words, MAX_WORDS);
    for (unsigned i = 0; i < count; i++) {
        const char *key = key_of(g, g->language, words[i]);
        if (!key)
            die(g, "no word in", line.ptr);
        add_key(g, key);
        for (unsigned j = 0; j < count; j++)
            add_target(g, key, words[j], WEIGHT_EQUAL);
    }
}

static void read_implied(struct generator *g, struct fl_str line, size_t sign)
{
    struct fl_str targets[MAX_WORDS], words[MAX_WORDS];
    unsigned target_count = split((struct fl_str){line.ptr, sign}, ", \t", targets, MAX_WORDS);
    unsigned count =
        split((struct fl_str){line.ptr + sign + 1, line.len - sign - 1}, " \t", words, MAX_WORDS);
    int weight = WEIGHT_IMPLIED;
    for (unsigned i = 0; i < count; i++) {
        if (fl_str_is(words[i], "~")) {
            weight = WEIGHT_HINT;
            continue;
        }
        const char *key = key_of(g, g->language, words[i]);
        if (!key)
            die(g, "no word in", line.ptr);
        add_key(g, key);
        for (unsigned j = 0; j < target_count; j++)
            add_target(g, key, targets[j], weight - (int)j * ORDER_DISCOUNT);
    }
}

static void read_translation(struct generator *g, struct fl_str line, size_t sign)
{
    struct fl_str forms[MAX_WORDS], words[MAX_WORDS];
    unsigned form_count = split((struct fl_str){line.ptr, sign}, ",", forms, MAX_WORDS);
    unsigned count =
        split((struct fl_str){line.ptr + sign + 1, line.len - sign - 1}, " \t", words, MAX_WORDS);
    for (unsigned i = 0; i < form_count; i++) {
        const char *key = key_of(g, g->language, forms[i]);
        if (!key)
            die(g, "no form in", line.ptr);
        add_key(g, key);
        for (unsigned j = 0; j < count; j++)
            add_target(g, key, words[j], WEIGHT_TRANSLATED - (int)j * 3 * ORDER_DISCOUNT);
    }
}

static void read_line(struct generator *g, char *text)
{
    text[strcspn(text, "\r\n")] = '\0';
    while (*text == ' ')
        text++;
    if (!*text || *text == '#')
        return;
    struct fl_str line = fl_str_of(text);
    if (strncmp(text, "stop:", 5) == 0)
        read_marked(g, (struct fl_str){text + 5, line.len - 5}, FL_LEXICON_STOP_MARK);
    else if (strncmp(text, "weak:", 5) == 0)
        read_marked(g, (struct fl_str){text + 5, line.len - 5}, FL_LEXICON_WEAK_MARK);
    else if (strncmp(text, "talk:", 5) == 0)
        read_talk(g, (struct fl_str){text + 5, line.len - 5});
    else if (memchr(text, '<', line.len))
        read_implied(g, line, strcspn(text, "<"));
    else if (memchr(text, ':', line.len) && g->language != FL_LANGUAGE_EN)
        read_translation(g, line, strcspn(text, ":"));
    else if (memchr(text, '=', line.len))
        read_equal(g, line);
    else
        die(g, "neither '=', '<', ':' nor 'stop:' in", text);
}

static void read_lexicon(struct generator *g, const char *path)
{
    struct fl_err err;
    struct fl_buf text = {0};
    g->file = path;
    g->line = 0;
    if (fl_os_read_file(path, MAX_FILE_BYTES, &text, &err))
        die(g, err.message, "");
    for (char *line = text.ptr, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        g->line++;
        read_line(g, line);
    }
    fl_buf_destroy(&text);
}

/* Words with capitals, apostrophes or other signs are left out: names are often misspelt words. */
static void read_words(struct generator *g, const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s: not there: no word counts as correctly spelt\n", path);
        return;
    }
    char line[256];
    while (fgets(line, sizeof line, file)) {
        struct fl_str word = {line, strcspn(line, "\r\n")};
        if (word.len && strspn(line, "abcdefghijklmnopqrstuvwxyz") == word.len)
            for (unsigned i = 0; i < FL_BLOOM_PROBES; i++) {
                uint32_t bit = fl_bloom_bit(fl_lexicon_hash(word), i);
                g->bloom[bit / 8] |= (uint8_t)(1u << bit % 8);
            }
    }
    fclose(file);
}

static void write_bloom(FILE *out, const struct generator *g)
{
    fprintf(out, "const uint8_t fl_lexicon_bloom[FL_BLOOM_BYTES] = {\n");
    for (uint32_t i = 0; i < FL_BLOOM_BYTES; i++)
        fprintf(out, "%u,%s", g->bloom[i], i % 32 == 31 ? "\n" : "");
    fprintf(out, "};\n");
}

struct pool {
    struct fl_buf bytes;
};

static uint32_t intern(struct pool *pool, const char *text)
{
    uint32_t offset = (uint32_t)pool->bytes.len;
    fl_buf_append(&pool->bytes, text, strlen(text) + 1);
    return offset;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void write_entries(FILE *out, const struct generator *g, const struct language *language,
                          struct pool *pool, uint32_t *first_target, const char *code)
{
    (void)g;
    fprintf(out, "static const struct fl_lexicon_entry entries_%s[] = {\n", code);
    for (uint32_t i = 0; i < language->count; i++) {
        const struct entry *entry = &language->entries[i];
        fprintf(out, "{%u,%u,%u,%zu,%u},\n", intern(pool, entry->key),
                entry->languages ? entry->languages : *first_target, entry->count,
                strlen(entry->key), entry->flags);
        *first_target += entry->count;
    }
    fprintf(out, "{0,0,0,0,0}};\n"); /* stops a walk over sorted keys */
}

static uint32_t write_slots(FILE *out, const struct generator *g, const struct language *language,
                            const char *code)
{
    uint32_t size = 1024;
    while (size < language->count * 2)
        size *= 2;
    uint16_t *slots = need(g, calloc(size, sizeof *slots));
    for (uint32_t i = 0; i < language->count; i++) {
        uint32_t at = fl_lexicon_hash(fl_str_of(language->entries[i].key)) & (size - 1);
        while (slots[at])
            at = (at + 1) & (size - 1);
        slots[at] = (uint16_t)(i + 1);
    }
    fprintf(out, "static const uint16_t slots_%s[] = {", code);
    for (uint32_t i = 0; i < size; i++)
        fprintf(out, "%u,%s", slots[i], i % 32 == 31 ? "\n" : "");
    fprintf(out, "};\n");
    free(slots);
    return size - 1;
}

static void write_targets(FILE *out, const struct generator *g)
{
    fprintf(out, "const struct fl_lexicon_target fl_lexicon_all_targets[] = {\n");
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++)
        for (uint32_t i = 0; i < g->languages[l].count; i++) {
            const struct entry *entry = &g->languages[l].entries[i];
            for (uint16_t t = 0; t < entry->count; t++)
                fprintf(out, "{%u,%u},", entry->targets[t].stem, entry->targets[t].weight_permille);
            fputc('\n', out);
        }
    fprintf(out, "{0,0}};\n");
}

static void write_pool(FILE *out, const struct pool *pool)
{
    fprintf(out, "const char fl_lexicon_pool[] = {\n");
    for (size_t i = 0; i < pool->bytes.len; i++)
        fprintf(out, "%d,%s", (signed char)pool->bytes.ptr[i], i % 32 == 31 ? "\n" : "");
    fprintf(out, "0};\n");
}

static void write_all(FILE *out, struct generator *g)
{
    struct pool pool = {0};
    uint32_t masks[FL_LANGUAGE_COUNT];
    uint32_t first_target = 0;
    fprintf(out, "/* Written by lexicon_gen from lexicon/; do not edit. */\n"
                 "#include \"text/lexicon_data.h\"\n");
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++) {
        struct language *language = &g->languages[l];
        if (language->count == 0 || language->count >= UINT16_MAX)
            die(g, "no lexicon, or one too large, for", fl_language_code((enum fl_language)l));
        qsort(language->entries, language->count, sizeof *language->entries, by_key);
        const char *code = fl_language_code((enum fl_language)l);
        write_entries(out, g, language, &pool, &first_target, code);
        masks[l] = write_slots(out, g, language, code);
    }
    write_targets(out, g);
    fprintf(out, "const uint32_t fl_lexicon_stems[] = {\n");
    for (uint32_t i = 0; i < g->stem_count; i++)
        fprintf(out, "%u,\n", intern(&pool, g->stems[i]));
    fprintf(out, "};\nconst uint32_t fl_lexicon_stems_count = %u;\n", g->stem_count);
    write_pool(out, &pool);
    write_bloom(out, g);
    fprintf(out, "const struct fl_lexicon_table fl_lexicon_tables[FL_LANGUAGE_COUNT] = {\n");
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++) {
        const char *code = fl_language_code((enum fl_language)l);
        fprintf(out, "{slots_%s, entries_%s, %u, %u},\n", code, code, masks[l],
                g->languages[l].count);
    }
    fprintf(out, "};\n");
    fl_buf_destroy(&pool.bytes);
}

/* Stored indexes carry it: whatever is built from other tables is built anew. */
static void write_hash(FILE *out, const char *text, size_t len)
{
    fprintf(out, "const uint64_t fl_lexicon_data_hash = 0x%llxu;\n",
            (unsigned long long)XXH3_64bits(text, len));
}

static enum fl_language language_of(const struct generator *g, const char *code, size_t len)
{
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++)
        if (fl_str_is((struct fl_str){code, len}, fl_language_code((enum fl_language)l)))
            return (enum fl_language)l;
    die(g, "unknown language in", code);
    return FL_LANGUAGE_EN;
}

int main(int argc, char **argv)
{
    struct generator g = {.file = "command line"};
    if (argc < 3)
        die(&g, "usage: lexicon_gen OUT.c LANGUAGE=FILE…", "");
    g.bloom = need(&g, calloc(1, FL_BLOOM_BYTES));
    for (int i = 2; i < argc; i++) {
        size_t code_bytes = strcspn(argv[i], "=");
        if (strncmp(argv[i], "words=", 6) == 0) {
            read_words(&g, argv[i] + 6);
            continue;
        }
        g.language = language_of(&g, argv[i], code_bytes);
        read_lexicon(&g, argv[i] + code_bytes + 1);
    }
    char *text = NULL;
    size_t len = 0;
    FILE *memory = need(&g, open_memstream(&text, &len));
    write_all(memory, &g);
    if (fclose(memory))
        die(&g, "out of memory", "");
    FILE *out = fopen(argv[1], "w");
    if (!out)
        die(&g, "cannot write", argv[1]);
    fwrite(text, 1, len, out);
    write_hash(out, text, len);
    free(text);
    int failed = ferror(out);
    if (fclose(out) || failed)
        die(&g, "cannot write", argv[1]);
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++) {
        free(g.languages[l].entries);
        fl_strmap_destroy(&g.languages[l].by_key);
    }
    free(g.stems);
    free(g.bloom);
    fl_strmap_destroy(&g.stem_numbers);
    fl_tokens_destroy(&g.tokens);
    fl_stemmers_destroy(&g.stemmers);
    fl_arena_destroy(&g.arena);
    return 0;
}
