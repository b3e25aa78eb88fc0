/* query.h: a request → the weighted terms that it is searched by.
 *
 * Every word (or phrase, or literal) that carries need becomes a group; the terms of a group are
 * alternatives of which a document's best one counts:
 *
 *   "get rid of the old invoces"  ─►  { delet .60, remov .56 }  { old }  { invoic .88 (typo) }
 *
 * Ways from a word to a term, in this order: as written, by its stem, the two words that it joins,
 * a phrase of the thesaurus, a synonym, a translation, a misspelling. */
#ifndef FL_TEXT_QUERY_H
#define FL_TEXT_QUERY_H

#include "text/index.h"
#include "text/lexicon.h"
#include "text/tokenize.h"

enum fl_way {
    FL_WAY_WORD,        /* the word itself or its stem */
    FL_WAY_COMPOUND,    /* "time zone" for "timezone" and the other way round */
    FL_WAY_SYNONYM,     /* thesaurus */
    FL_WAY_TRANSLATION, /* dictionary */
    FL_WAY_SPELLING,    /* similar letters */
    FL_WAY_LITERAL,     /* what a path, URL, … in the request stands for */
};

struct fl_query_term {
    uint32_t term;
    uint16_t group;
    uint8_t way;  /* enum fl_way */
    float weight; /* within the group, 0–1 */
};

struct fl_query_group {
    uint32_t first_token; /* the words that made it */
    uint16_t token_count;
    uint16_t first_term, term_count;
    float weight; /* importance of the group: 0–1, more for words that are said again */
};

#define FL_QUERY_MAX_WEIGHT 2.5f /* of a group */

enum { FL_QUERY_MAX_GROUPS = 64, FL_QUERY_MAX_TERMS = 512, FL_QUERY_MAX_WORDS = 1024 };

/* What the index and the English thesaurus know of one token, looked up once. */
struct fl_query_word {
    uint32_t term;                        /* FL_VOCAB_STOP, or FL_VOCAB_NONE: in no document */
    struct fl_str stem;                   /* valid until the next request */
    const struct fl_lexicon_entry *entry; /* of the stem, or NULL */
    bool weak;
    bool seen; /* some document has the word as it is written */
};

struct fl_query {
    struct fl_tokens tokens;
    struct fl_query_word words[FL_QUERY_MAX_WORDS]; /* of the tokens */
    unsigned word_count;
    struct fl_buf stems; /* of words that the index does not have */
    struct fl_query_group groups[FL_QUERY_MAX_GROUPS];
    struct fl_query_term terms[FL_QUERY_MAX_TERMS];
    unsigned group_count, term_count;
    unsigned unknown_words; /* words with need that led nowhere */
    unsigned known_words;
    unsigned talk; /* phrases that ask a model for what it knows itself */
    enum fl_language language;
    struct fl_stemmers stemmers;
    struct fl_similar_scratch similar;
};

/* How much each way counts. */
struct fl_query_options {
    float synonym, phrase, translation, spelling, compound; /* factors on term weights */
    float chained;                                          /* synonyms of a translation */
    float literal, quoted, entity, weak;                    /* factors on group weights */
    float phrase_word; /* of the words of a phrase, beside what the phrase stands for */
    float repeated;    /* what a word adds to its group when it is said again */
    float least;       /* synonyms and translations whose weight · idf is below say too little */
};

/* All-zero is ready. One per thread and index: it keeps scratch memory between requests. */
void fl_query_destroy(struct fl_query *query);

/* Replaces the query by that of `request` (UTF-8). Words beyond the limits are left out. 0 or
 * -FL_ENOMEM. */
int fl_query_analyze(struct fl_query *query, const struct fl_index *index,
                     const struct fl_query_options *options, struct fl_str request);

const char *fl_way_name(enum fl_way way);

#endif
