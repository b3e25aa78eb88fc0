/* tokenize.h: text → folded words.
 *
 *   any UTF-8 ─► NFKC ─► runs of letters and digits ─► pieces at case changes ─► case folded,
 *   Latin accents removed
 *
 * "createIssue" gives the joined word "createissue" and the parts "create" and "issue"; "read_file"
 * gives "read" and "file". Scripts that write without spaces come as whole runs in a request (the
 * lexicon segments them) and as overlapping pairs of characters in a document. */
#ifndef FL_TEXT_TOKENIZE_H
#define FL_TEXT_TOKENIZE_H

#include "base/buf.h"

#include <stdint.h>

enum fl_token_flags {
    FL_TOKEN_JOINED = 1 << 0,   /* whole word; its parts follow */
    FL_TOKEN_PART = 1 << 1,     /* part of the joined word before it */
    FL_TOKEN_QUOTED = 1 << 2,   /* inside quotation marks: probably an argument */
    FL_TOKEN_LITERAL = 1 << 3,  /* inside a path, URL, address or number: certainly one */
    FL_TOKEN_UNSPACED = 1 << 4, /* of a script without spaces */
    FL_TOKEN_ENTITY = 1 << 5,   /* stands for a literal: "path", "url", … see entities.h */
    FL_TOKEN_BREAK = 1 << 6,    /* a sentence mark stood before it: no phrase crosses */
};

struct fl_token {
    uint32_t offset; /* into the folded text */
    uint16_t len;
    uint16_t flags;
};

struct fl_tokens {
    struct fl_buf text; /* folded words, each followed by a NUL */
    struct fl_token *items;
    uint32_t count, capacity;
};

enum fl_tokenize_mode { FL_TOKENIZE_DOCUMENT, FL_TOKENIZE_REQUEST };

/* Raised when a document's words or their stems come out differently: stored indexes are then built
 * anew. */
enum { FL_WORDS_VERSION = 1 };

enum { FL_TOKEN_MAX_BYTES = 64 }; /* longer words are cut at a character's end */

void fl_tokens_destroy(struct fl_tokens *tokens);
void fl_tokens_clear(struct fl_tokens *tokens); /* keeps the memory */

/* Appends the words of `text`, which must be UTF-8 (what is not is skipped byte by byte).
 * Request mode also finds literals and quotations. -FL_ENOMEM. */
int fl_tokenize(struct fl_tokens *tokens, struct fl_str text, enum fl_tokenize_mode mode);

/* Hands the words of `text` to `word` one by one instead, in document mode: a joined word is
 * followed by its parts. `word` is valid during the call; a result below 0 ends the walk and is
 * returned. */
typedef int (*fl_word_visitor)(void *ctx, struct fl_str word, uint16_t flags);
int fl_tokenize_each(struct fl_str text, fl_word_visitor visit, void *ctx);

static inline struct fl_str fl_token_text(const struct fl_tokens *tokens, uint32_t index)
{
    const struct fl_token *token = &tokens->items[index];
    return (struct fl_str){tokens->text.ptr + token->offset, token->len};
}

#endif
