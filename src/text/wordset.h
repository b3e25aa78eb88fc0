/* wordset.h: words numbered from 0 in the order in which they came, each once.
 *
 *   slots[hash & mask …] ─► number ─► text[at[number]] … NUL, where at[number + 1] begins
 *
 * It holds numbers and no pointers beside its arrays, so that these can be written to a file and
 * used where the file is mapped. Filled by one thread, then shared by any number. */
#ifndef FL_TEXT_WORDSET_H
#define FL_TEXT_WORDSET_H

#include "base/str.h"

#include <stdint.h>

#define FL_WORDSET_NONE UINT32_MAX

struct fl_wordset_slot {
    uint32_t hash;
    uint32_t place; /* the word's number + 1; 0: empty */
};

struct fl_wordset {
    char *text;                    /* the words, each followed by a NUL */
    uint32_t *at;                  /* [count + 1], or NULL while there is none */
    struct fl_wordset_slot *slots; /* open addressing, linear probing; never full */
    uint32_t count, capacity;
    uint32_t slot_count; /* 0 or a power of two */
    uint32_t text_bytes, text_capacity;
};

/* All-zero is an empty set. Destroying frees and leaves it all-zero; NULL is accepted. */
void fl_wordset_destroy(struct fl_wordset *set);

/* The number of a word, or FL_WORDSET_NONE. */
uint32_t fl_wordset_find(const struct fl_wordset *set, struct fl_str word);

/* The number of a word, which is copied where it is new; FL_WORDSET_NONE when out of memory, or of
 * numbers. */
uint32_t fl_wordset_add(struct fl_wordset *set, struct fl_str word);

/* The word of a number below `count`; NUL-terminated, valid until the next addition. */
static inline struct fl_str fl_wordset_get(const struct fl_wordset *set, uint32_t number)
{
    uint32_t begin = set->at[number];
    return (struct fl_str){set->text + begin, set->at[number + 1] - begin - 1};
}

#endif
