/* study.h: everything that the encoder learns from, read and turned into word numbers.
 *
 *   DIR/tools/NAME/{catalog,queries}.jsonl  what people ask for and the tool that does it
 *   DIR/intents/NAME/….jsonl texts only; labels are not read
 *   DIR/data.noun …                         WordNet
 *   DIR/de.txt … en.txt                     dictionaries and thesaurus (src/text/lexicon)
 *
 * A set has documents and queries; a query names the documents that answer it. Tool sets may be
 * left out: they are then read apart, to be measured on, and nothing is learned from them. */
#ifndef FL_STUDY_STUDY_H
#define FL_STUDY_STUDY_H

#include "learn/embed.h"
#include "study/corpus.h"

enum {
    FL_STUDY_MAX_SETS = 64,
    FL_STUDY_MAX_DOCUMENTS = 1 << 24,
    FL_STUDY_MAX_QUERIES = 1 << 24,
    FL_STUDY_MAX_GOLD = 64, /* of a query */
    FL_STUDY_MAX_FILE_BYTES = 1 << 28,
    FL_STUDY_MAX_TEXT_BYTES = 4 << 10, /* the rest of a longer text is left out */
    FL_STUDY_NAME_BYTES = 48,
};
#define FL_STUDY_NO_TEXT UINT32_MAX

enum fl_study_kind {
    FL_STUDY_TOOLS,     /* requests and tools */
    FL_STUDY_CATALOG,   /* names and descriptions of tools */
    FL_STUDY_MEANINGS,  /* words and what they mean */
    FL_STUDY_RELATIVES, /* words and words near them */
    FL_STUDY_EXAMPLES,  /* sentences and the meaning of a word in them */
    FL_STUDY_LANGUAGE,  /* words of a language and English ones */
};

struct fl_study_document {
    uint32_t text[FL_EMBED_FIELD_COUNT]; /* of the corpus, or FL_STUDY_NO_TEXT */
};

struct fl_study_query {
    uint32_t text;
    uint32_t first_gold, gold_count; /* documents, by number in the study */
};

struct fl_study_set {
    char name[FL_STUDY_NAME_BYTES];
    enum fl_study_kind kind;
    bool left_out;
    uint32_t first_document, document_count;
    uint32_t first_query, query_count;
};

/* All-zero is empty. */
struct fl_study {
    struct fl_corpus corpus;
    struct fl_study_set sets[FL_STUDY_MAX_SETS];
    unsigned set_count;
    struct fl_study_document *documents;
    uint32_t document_count, document_capacity;
    struct fl_study_query *queries;
    uint32_t query_count, query_capacity;
    uint32_t *gold;
    uint32_t gold_count, gold_capacity;
    struct fl_strmap plain; /* the plain texts: each is read once */
    struct fl_arena arena;
    uint32_t learned_texts; /* texts below are learned from; those of sets left out come after */
};
void fl_study_destroy(struct fl_study *study);

/* Reads what is in the folders, in their order; what is in none of the forms above is not looked
 * at. `left_out`: names of tool sets. Errors name file and line; -FL_ENOENT also where a folder
 * holds nothing of use, or no set has a name that is left out. */
int fl_study_read(struct fl_study *study, const char *const *folders, size_t folder_count,
                  const char *const *left_out, size_t left_out_count, struct fl_err *err);

/* --- for the readers of the forms --- */

int fl_study_begin_set(struct fl_study *study, const char *name, enum fl_study_kind kind);
void fl_study_end_set(struct fl_study *study);
/* Adds a text (cut where it is too long) and sets its number; an empty one is FL_STUDY_NO_TEXT. */
int fl_study_text(struct fl_study *study, struct fl_str text, enum fl_tokenize_mode mode,
                  uint32_t *ret_text);
int fl_study_document(struct fl_study *study, const uint32_t text[FL_EMBED_FIELD_COUNT]);
int fl_study_query(struct fl_study *study, uint32_t text, const uint32_t *gold, uint32_t count);

int fl_study_read_tools(struct fl_study *study, const char *folder, const char *name,
                        struct fl_err *err);
int fl_study_read_texts(struct fl_study *study, const char *path, struct fl_err *err);
int fl_study_read_wordnet(struct fl_study *study, const char *folder, struct fl_err *err);
int fl_study_read_lexicon(struct fl_study *study, const char *path, const char *language,
                          struct fl_err *err);

#endif
