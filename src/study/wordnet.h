/* wordnet.h: the synonym sets of WordNet's data files (wndb(5)), read once and whole.
 *
 *   data.noun data.verb data.adj data.adv ─► synsets: words, gloss, what they point to */
#ifndef FL_STUDY_WORDNET_H
#define FL_STUDY_WORDNET_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

enum {
    FL_WORDNET_MAX_FILE_BYTES = 256 << 20,
    FL_WORDNET_MAX_SYNSETS = 1 << 22,
    FL_WORDNET_MAX_WORDS = 255,    /* of a synset: two hexadecimal digits */
    FL_WORDNET_MAX_POINTERS = 999, /* three decimal ones */
};

enum fl_wordnet_part { FL_WORDNET_NOUN, FL_WORDNET_VERB, FL_WORDNET_ADJ, FL_WORDNET_ADV };
enum { FL_WORDNET_PARTS = 4 };

enum fl_wordnet_relation {
    FL_WORDNET_HYPERNYM, /* @, @i: the more general */
    FL_WORDNET_DERIVED,  /* +: another part of speech from the same root */
    FL_WORDNET_SIMILAR,  /* &, ^, $: near in meaning, verb group */
};

#define FL_WORDNET_NONE UINT32_MAX

struct fl_wordnet_pointer {
    uint32_t synset;  /* number of the target, FL_WORDNET_NONE: it was not read */
    uint8_t relation; /* enum fl_wordnet_relation; all others are left out */
    uint8_t part;     /* of the target */
};

struct fl_wordnet_synset {
    uint32_t offset; /* in its file */
    uint8_t part;    /* enum fl_wordnet_part */
    uint32_t first_word, word_count;
    uint32_t first_pointer, pointer_count;
    struct fl_str gloss; /* definitions; and examples in quotation marks */
};

/* All-zero is empty. */
struct fl_wordnet {
    struct fl_arena arena;
    struct fl_wordnet_synset *synsets; /* by part and offset */
    struct fl_str *words;              /* spaces for underscores, no syntactic marker */
    struct fl_wordnet_pointer *pointers;
    uint32_t synset_count, synset_capacity;
    uint32_t word_count, word_capacity;
    uint32_t pointer_count, pointer_capacity;
    uint32_t part_first[FL_WORDNET_PARTS + 1];
};
void fl_wordnet_destroy(struct fl_wordnet *wordnet);

/* Reads the four files of the folder. -FL_EPARSE names file and line; -FL_ENOENT, -FL_EIO,
 * -FL_ELIMIT, -FL_ENOMEM. */
int fl_wordnet_read(struct fl_wordnet *wordnet, const char *folder, struct fl_err *err);
/* The same from memory: one text a part; `names` are for messages. */
int fl_wordnet_parse(struct fl_wordnet *wordnet, const struct fl_str texts[FL_WORDNET_PARTS],
                     const char *const names[FL_WORDNET_PARTS], struct fl_err *err);

#endif
