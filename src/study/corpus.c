/* corpus.c: see corpus.h. */
#include "study/corpus.h"

#include "study/grow.h"

#include <xxhash.h>

void fl_corpus_destroy(struct fl_corpus *corpus)
{
    if (!corpus)
        return;
    fl_strmap_destroy(&corpus->map);
    free(corpus->words);
    free(corpus->tokens);
    free(corpus->first);
    fl_embed_words_destroy(&corpus->scratch);
    fl_arena_destroy(&corpus->arena);
    *corpus = (struct fl_corpus){0};
}

static int number_of(struct fl_corpus *corpus, struct fl_str word, uint32_t *ret_number)
{
    uint32_t number = fl_strmap_get(&corpus->map, word);
    if (number == FL_STRMAP_NONE) {
        number = corpus->word_count;
        int rc = fl_grow(&corpus->words, &corpus->word_capacity, (uint64_t)number + 1,
                         FL_CORPUS_MAX_WORDS, sizeof *corpus->words);
        if (rc)
            return rc;
        char *copy = fl_arena_strndup(&corpus->arena, word.ptr, word.len);
        if (!copy)
            return -FL_ENOMEM;
        rc = fl_strmap_put(&corpus->map, (struct fl_str){copy, word.len}, number);
        if (rc)
            return rc;
        corpus->words[number] = (struct fl_corpus_word){.text = {copy, word.len}};
        corpus->word_count++;
    }
    corpus->words[number].count++;
    *ret_number = number;
    return 0;
}

/* A joined word is there as its parts, a literal as its kind. */
static bool is_left_out(const struct fl_embed_word *word)
{
    return word->flags & (FL_TOKEN_JOINED | FL_TOKEN_LITERAL) && !(word->flags & FL_TOKEN_ENTITY);
}

static int add_words(struct fl_corpus *corpus)
{
    const struct fl_embed_words *words = &corpus->scratch;
    uint32_t at = corpus->token_count;
    int rc = fl_grow(&corpus->tokens, &corpus->token_capacity, (uint64_t)at + words->count,
                     FL_CORPUS_MAX_TOKENS, sizeof *corpus->tokens);
    for (unsigned i = 0; i < words->count && !rc; i++)
        if (!is_left_out(&words->items[i]))
            rc = number_of(corpus, words->items[i].text, &corpus->tokens[at++]);
    if (!rc)
        corpus->token_count = at;
    return rc;
}

int fl_corpus_add(struct fl_corpus *corpus, struct fl_str text, enum fl_tokenize_mode mode,
                  uint32_t *ret_text)
{
    int rc = fl_grow(&corpus->first, &corpus->text_capacity, (uint64_t)corpus->text_count + 2,
                     FL_CORPUS_MAX_TEXTS, sizeof *corpus->first);
    if (!rc)
        rc = fl_embed_words_read(&corpus->scratch, text, mode);
    if (!rc)
        rc = add_words(corpus);
    if (rc)
        return rc;
    corpus->first[0] = 0;
    corpus->first[corpus->text_count + 1] = corpus->token_count;
    corpus->fingerprint = XXH3_64bits_withSeed(text.ptr, text.len, corpus->fingerprint + mode);
    *ret_text = corpus->text_count++;
    return 0;
}
