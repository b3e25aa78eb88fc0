/* embed_words.h: a text → the words and character n-grams that embedding tables are asked for.
 *
 * Words are those of tokenize.h, folded. "createIssue" comes as the joined word, marked, and then
 * as its parts, marked: who finds a vector for the first skips the others. Scripts without spaces
 * come as pairs of neighbouring characters. Numbers of three digits and more are all "000". */
#ifndef FL_TEXT_EMBED_WORDS_H
#define FL_TEXT_EMBED_WORDS_H

#include "text/tokenize.h"

/* Raised when words or n-grams get other hashes: tables of another version are refused. */
enum { FL_EMBED_VERSION = 1 };

enum { FL_EMBED_MAX_WORDS = 512, FL_EMBED_MAX_GRAMS = 96 };

struct fl_embed_word {
    struct fl_str text; /* valid until the next change of `tokens` */
    uint64_t hash;
    uint16_t flags; /* enum fl_token_flags */
};

struct fl_embed_words {
    struct fl_tokens tokens;
    struct fl_embed_word items[FL_EMBED_MAX_WORDS];
    unsigned count;
};

/* All-zero is ready; keeps its memory between texts. One per thread. */
void fl_embed_words_destroy(struct fl_embed_words *words);

/* Replaces the words by those of `text` (UTF-8), up to FL_EMBED_MAX_WORDS. In request mode literals
 * and quotations are marked as tokenize.h says. 0 or -FL_ENOMEM. */
int fl_embed_words_read(struct fl_embed_words *words, struct fl_str text,
                        enum fl_tokenize_mode mode);

/* The hash of a folded word. */
uint64_t fl_embed_word_hash(struct fl_str word);

/* Hashes of the character n-grams (3 to 5 characters, with marks at both ends; for scripts without
 * spaces 1) of a folded word. Returns how many. */
unsigned fl_embed_grams(struct fl_str word, uint32_t ret_grams[FL_EMBED_MAX_GRAMS]);

#endif
