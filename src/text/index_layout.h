/* index_layout.h: the arrays of an index and how long each is; private to this folder.
 *
 * One list serves the file's writer, its reader and the sum of bytes. */
#ifndef FL_TEXT_INDEX_LAYOUT_H
#define FL_TEXT_INDEX_LAYOUT_H

#include "text/index.h"

/* Everything that the lengths of arrays follow from. */
struct fl_index_counts {
    uint32_t documents, terms, postings, names, lexicon_stems;
    uint32_t surfaces, surface_slots, surface_bytes;
    uint32_t stems, stem_slots, stem_bytes;
    uint32_t grams;
};

/* X(member of the index, its length by the counts `n`) in the order of the file. */
#define FL_INDEX_ARRAYS(X)                            \
    X(vocab.surfaces.text, n->surface_bytes)          \
    X(vocab.surfaces.at, n->surfaces + UINT64_C(1))   \
    X(vocab.surfaces.slots, n->surface_slots)         \
    X(vocab.stems.text, n->stem_bytes)                \
    X(vocab.stems.at, n->stems + UINT64_C(1))         \
    X(vocab.stems.slots, n->stem_slots)               \
    X(vocab.term_of, n->surfaces)                     \
    X(vocab.gram_first, FL_VOCAB_GRAMS + UINT64_C(1)) \
    X(vocab.gram_surfaces, n->grams)                  \
    X(first, n->terms + UINT64_C(1))                  \
    X(postings, n->postings)                          \
    X(fields, n->postings)                            \
    X(idf, n->terms)                                  \
    X(name_first, n->documents + UINT64_C(1))         \
    X(name_terms, n->names)                           \
    X(lexicon_terms, n->lexicon_stems)                \
    X(words, n->surfaces)

enum {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): they are summed up */
#define FL_INDEX_COUNT_ARRAY(member, count) +1
    FL_INDEX_ARRAY_COUNT = 0 FL_INDEX_ARRAYS(FL_INDEX_COUNT_ARRAY)
#undef FL_INDEX_COUNT_ARRAY
};

/* Those of an index that was built or loaded. */
struct fl_index_counts fl_index_count(const struct fl_index *index);

/* Whether every number in the arrays of a loaded index is within its bounds: NULL, or what is not.
 * Lengths are as the counts say. */
const char *fl_index_fault(const struct fl_index *index, const struct fl_index_counts *counts);

#endif
