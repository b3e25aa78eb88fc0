/* corpus.h: texts as runs of word numbers: what models of words are trained on.
 *
 * Every word of every text gets a number in the order of its first appearance; the texts lie behind
 * one another in one array. Joined words are represented by their parts, literals of requests by
 * what kind they are. */
#ifndef FL_STUDY_CORPUS_H
#define FL_STUDY_CORPUS_H

#include "base/arena.h"
#include "base/strmap.h"
#include "text/embed_words.h"

enum {
    FL_CORPUS_MAX_TEXTS = 1 << 24,
    FL_CORPUS_MAX_WORDS = 1 << 24,
    FL_CORPUS_MAX_TOKENS = 1 << 28,
};

struct fl_corpus_word {
    struct fl_str text;
    uint32_t count; /* occurrences */
};

/* All-zero is empty. */
struct fl_corpus {
    struct fl_arena arena;
    struct fl_strmap map;
    struct fl_corpus_word *words;
    uint32_t word_count, word_capacity;
    uint32_t *tokens;
    uint32_t token_count, token_capacity;
    uint32_t *first; /* [text_count + 1]: of each text in `tokens` */
    uint32_t text_count, text_capacity;
    uint64_t fingerprint; /* of all that was added, in order */
    struct fl_embed_words scratch;
};
void fl_corpus_destroy(struct fl_corpus *corpus);

/* Adds a text and sets its number. -FL_ELIMIT, -FL_ENOMEM. */
int fl_corpus_add(struct fl_corpus *corpus, struct fl_str text, enum fl_tokenize_mode mode,
                  uint32_t *ret_text);

static inline uint32_t fl_corpus_length(const struct fl_corpus *corpus, uint32_t text)
{
    return corpus->first[text + 1] - corpus->first[text];
}

#endif
