/* lexicon.h: what people say → the words that tools are described with.
 *
 * Compiled at build time by lexicon_gen.c from lexicon/LANGUAGE.txt: for English a thesaurus, for
 * other languages a small dictionary into English, each with its stop words. Keys are words or
 * phrases of up to FL_LEXICON_MAX_WORDS words, stemmed and joined by one space; targets are English
 * stems with a weight. The data is constant: any thread. */
#ifndef FL_TEXT_LEXICON_H
#define FL_TEXT_LEXICON_H

#include "text/stem.h"

#include <stdint.h>

/* Stop and weak words are keys too, as written and not stemmed, behind these characters. The
 * English table has the stop words of all languages once more, behind the third. No word begins
 * with one. */
#define FL_LEXICON_STOP_MARK      "!"
#define FL_LEXICON_WEAK_MARK      "?"
#define FL_LEXICON_LANGUAGES_MARK "#"

enum { FL_LEXICON_MAX_WORDS = 4, FL_LEXICON_MAX_KEY_BYTES = 96 };

enum fl_lexicon_flags {
    FL_LEXICON_STARTS_PHRASE = 1 << 0, /* longer keys begin with this word */
    FL_LEXICON_TALK = 1 << 1,          /* asks for what a language model answers out of itself */
};

struct fl_lexicon_entry {
    uint32_t key;   /* offset into the pool of strings */
    uint32_t first; /* of its targets */
    uint16_t count;
    uint8_t key_bytes;
    uint8_t flags;
};

struct fl_lexicon_target {
    uint16_t stem; /* number of an English stem, see fl_lexicon_stem */
    uint16_t weight_permille;
};

/* Whether a folded word, as written, carries no need in that language. */
bool fl_lexicon_is_stop(enum fl_language language, struct fl_str word);

/* The languages (bit 1 << enum fl_language) of which a folded word is a stop word. */
uint32_t fl_lexicon_stop_languages(struct fl_str word);

/* The stop words of a language one by one: NULL gives the first, and NULL comes after the last. */
const char *fl_lexicon_next_stop(enum fl_language language, const char *previous);

/* Whether it carries little: "everything", "back", "tomorrow". */
bool fl_lexicon_is_weak(enum fl_language language, struct fl_str word);

/* Whether it is an ordinary English word in some form (with 1 wrong yes in 800). Names are not. */
bool fl_lexicon_is_english(struct fl_str word);

/* The entry of a key, or NULL. */
const struct fl_lexicon_entry *fl_lexicon_find(enum fl_language language, struct fl_str key);

/* Entries of a language are numbered from 0. */
uint32_t fl_lexicon_count(enum fl_language language);
uint32_t fl_lexicon_number(enum fl_language language, const struct fl_lexicon_entry *entry);
const struct fl_lexicon_entry *fl_lexicon_get(enum fl_language language, uint32_t number);

const struct fl_lexicon_target *fl_lexicon_targets(const struct fl_lexicon_entry *entry);
const char *fl_lexicon_key(const struct fl_lexicon_entry *entry);

/* The distinct English stems that targets name, numbered from 0. */
uint32_t fl_lexicon_stem_count(void);
const char *fl_lexicon_stem(uint32_t number);

/* Another number for every other content of all these tables. */
uint64_t fl_lexicon_fingerprint(void);

/* Length in bytes of the longest key that `text` begins with (for scripts without spaces and for
 * words with endings), or 0; `ret_entry` is set when it is not 0. */
size_t fl_lexicon_longest_prefix(enum fl_language language, struct fl_str text,
                                 const struct fl_lexicon_entry **ret_entry);

#endif
