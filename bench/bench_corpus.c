/* bench_corpus.c: see bench_corpus.h. */
#include "bench_corpus.h"

#include <ctype.h>
#include <stdlib.h>

enum { WORD_MAX = 64 };

/* Sorted. */
static const char *const stop_words[] = {
    "a",       "about",    "above",      "after",  "again",   "against", "all",     "am",
    "an",      "and",      "any",        "are",    "as",      "at",      "be",      "because",
    "been",    "before",   "being",      "below",  "between", "both",    "but",     "by",
    "can",     "could",    "did",        "do",     "does",    "doing",   "don",     "down",
    "during",  "each",     "few",        "for",    "from",    "further", "had",     "has",
    "have",    "having",   "he",         "her",    "here",    "hers",    "herself", "him",
    "himself", "his",      "how",        "i",      "if",      "in",      "into",    "is",
    "it",      "its",      "itself",     "just",   "let",     "me",      "more",    "most",
    "my",      "myself",   "no",         "nor",    "not",     "now",     "of",      "off",
    "on",      "once",     "only",       "or",     "other",   "our",     "ours",    "ourselves",
    "out",     "over",     "own",        "please", "s",       "same",    "she",     "should",
    "so",      "some",     "such",       "t",      "than",    "that",    "the",     "their",
    "theirs",  "them",     "themselves", "then",   "there",   "these",   "they",    "this",
    "those",   "through",  "to",         "too",    "under",   "until",   "up",      "very",
    "was",     "we",       "were",       "what",   "when",    "where",   "which",   "while",
    "who",     "whom",     "why",        "will",   "with",    "would",   "you",     "your",
    "yours",   "yourself", "yourselves",
};

static int by_text(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

static bool is_stop(const char *word)
{
    return bsearch(word, stop_words, sizeof stop_words / sizeof *stop_words, sizeof *stop_words,
                   by_text) != NULL;
}

void bench_words(const char *text, void (*take)(void *ctx, struct fl_str word), void *ctx)
{
    const unsigned char *c = (const unsigned char *)text;
    while (*c) {
        char word[WORD_MAX + 1];
        size_t len = 0;
        for (; *c && (isalnum(*c) || *c >= 0x80); c++)
            if (len < WORD_MAX)
                word[len++] = (char)tolower(*c);
        word[len] = '\0';
        if (len && !is_stop(word))
            take(ctx, (struct fl_str){word, len});
        while (*c && !isalnum(*c) && *c < 0x80)
            c++;
    }
}

/* "getHTTPHeaders_2" → "get HTTP Headers 2" */
static void append_cut(struct fl_buf *buf, const char *name)
{
    for (const char *c = name; c && *c; c++) {
        bool begins = c > name && isupper((unsigned char)c[0]) &&
                      (islower((unsigned char)c[-1]) || islower((unsigned char)c[1]));
        if (begins)
            fl_buf_append_char(buf, ' ');
        fl_buf_append_char(buf, isalnum((unsigned char)*c) || (*c & 0x80) ? *c : ' ');
    }
}

static const char *cut(struct bench_corpus *corpus, const char *name)
{
    struct fl_buf buf = {0};
    append_cut(&buf, name);
    const char *text = fl_arena_strdup(&corpus->arena, fl_buf_text(&buf));
    fl_buf_destroy(&buf);
    return text;
}

static void fill(struct bench_corpus *corpus, uint32_t number)
{
    const struct fl_catalog *catalog = &corpus->snapshot->catalog;
    const struct fl_tool *tool = &catalog->tools[number];
    const struct fl_component *component = &catalog->components[tool->component];
    const char **texts = corpus->texts[number];
    texts[FL_FIELD_NAME] = cut(corpus, tool->name);
    texts[FL_FIELD_TITLE] = tool->title;
    texts[FL_FIELD_DESCRIPTION] = tool->description;
    texts[FL_FIELD_PARAMETER] = cut(corpus, tool->parameter_names);
    texts[FL_FIELD_PARAMETER_DESCRIPTION] = tool->parameter_descriptions;
    texts[FL_FIELD_VALUE] = tool->enum_values;
    texts[FL_FIELD_COMPONENT] = cut(corpus, component->name);
    texts[FL_FIELD_COMPONENT_DESCRIPTION] = component->description;
    if (!(tool->flags & FL_TOOL_CATEGORY_INFERRED))
        texts[FL_FIELD_CATEGORY] = tool->category;
    for (int f = 0; f < FL_FIELD_COUNT; f++)
        if (!texts[f])
            texts[f] = "";
}

int bench_corpus_init(struct bench_corpus *corpus, struct fl_engine *engine)
{
    *corpus = (struct bench_corpus){.engine = engine, .snapshot = fl_engine_pin(engine)};
    corpus->count = corpus->snapshot->catalog.tool_count;
    corpus->texts = fl_arena_array(&corpus->arena, corpus->count + 1, sizeof *corpus->texts);
    if (!corpus->texts)
        return -FL_ENOMEM;
    for (uint32_t d = 0; d < corpus->count; d++)
        fill(corpus, d);
    return 0;
}

void bench_corpus_destroy(struct bench_corpus *corpus)
{
    fl_snapshot_unpin(corpus->snapshot);
    fl_arena_destroy(&corpus->arena);
    *corpus = (struct bench_corpus){0};
}
