/* index_fault.c: what could be wrong in a file with a right checksum.
 *
 * A file is data from outside, whoever made its checksum. Searching follows its numbers without
 * looking, so that each of them is looked at here, once. Loops have no early end: they run in
 * vectors. */
#include "text/index_layout.h"

#include "text/lexicon.h"

static const float MOST_IDF = 1e4f;

static bool all_below(const uint32_t *numbers, uint32_t count, uint32_t limit)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < count; i++)
        most = numbers[i] > most ? numbers[i] : most;
    return !count || most < limit;
}

static bool all_below_or(const uint32_t *numbers, uint32_t count, uint32_t limit, uint32_t mark)
{
    uint32_t bad = 0;
    for (uint32_t i = 0; i < count; i++)
        bad |= (numbers[i] >= limit) & (numbers[i] != mark);
    return !bad;
}

/* Offsets of `count` lists that lie one behind the other in an array of `total`. */
static bool are_lists(const uint32_t *first, uint32_t count, uint32_t total)
{
    uint32_t bad = 0;
    for (uint32_t i = 0; i < count; i++)
        bad |= first[i] > first[i + 1];
    return !bad && first[0] == 0 && first[count] == total;
}

static bool are_words(const struct fl_wordset *set)
{
    uint32_t bad = 0;
    if (set->at[0] != 0 || set->at[set->count] != set->text_bytes)
        return false;
    for (uint32_t i = 0; i < set->count; i++)
        bad |= set->at[i] >= set->at[i + 1];
    for (uint32_t i = 0; !bad && i < set->count; i++)
        bad |= (unsigned char)set->text[set->at[i + 1] - 1];
    return !bad;
}

/* As many places as words, so that a search for an unknown one comes to an empty slot. */
static bool are_slots(const struct fl_wordset *set)
{
    uint32_t used = 0, most = 0;
    if (set->slot_count <= set->count || (set->slot_count & (set->slot_count - 1)))
        return false;
    for (uint32_t i = 0; i < set->slot_count; i++) {
        uint32_t place = set->slots[i].place;
        used += place != 0;
        most = place > most ? place : most;
    }
    return used == set->count && most <= set->count;
}

/* Documents ascend within a term, so that the last is the largest. */
static bool are_postings(const struct fl_index *index, const struct fl_index_counts *n)
{
    uint32_t bad = 0;
    for (uint32_t t = 0; t < n->terms; t++) {
        const struct fl_posting *p = index->postings + index->first[t];
        uint32_t count = index->first[t + 1] - index->first[t];
        for (uint32_t i = 1; i < count; i++)
            bad |= p[i - 1].document >= p[i].document;
        bad |= count && p[count - 1].document >= n->documents;
    }
    return !bad;
}

static bool are_weights(const float *idf, uint32_t count)
{
    uint32_t bad = 0;
    for (uint32_t t = 0; t < count; t++)
        bad |= !(idf[t] >= 0) | !(idf[t] <= MOST_IDF); /* so that NaN is bad */
    return !bad;
}

static bool are_known(const struct fl_index_word *words, uint32_t count, uint32_t stems)
{
    uint32_t bad = 0, entries = fl_lexicon_count(FL_LANGUAGE_EN);
    for (uint32_t i = 0; i < count; i++)
        bad |= (words[i].stem >= stems) | (words[i].entry > entries) | (words[i].weak > 1);
    return !bad;
}

const char *fl_index_fault(const struct fl_index *index, const struct fl_index_counts *n)
{
    const struct fl_vocab *vocab = &index->vocab;
    if (!n->surfaces || !n->stems || n->terms > n->stems || n->documents > FL_INDEX_MAX_DOCUMENTS ||
        n->lexicon_stems != fl_lexicon_stem_count())
        return "counts";
    if (!are_words(&vocab->surfaces) || !are_slots(&vocab->surfaces) ||
        !all_below_or(vocab->term_of, n->surfaces, n->terms, FL_VOCAB_STOP))
        return "words";
    if (!are_words(&vocab->stems) || !are_slots(&vocab->stems))
        return "stems";
    if (!are_lists(vocab->gram_first, FL_VOCAB_GRAMS, n->grams) ||
        !all_below(vocab->gram_surfaces, n->grams, n->surfaces))
        return "trigrams";
    if (!are_lists(index->first, n->terms, n->postings) || !are_postings(index, n))
        return "postings";
    if (!are_weights(index->idf, n->terms))
        return "weights";
    if (!are_lists(index->name_first, n->documents, n->names) ||
        !all_below(index->name_terms, n->names, n->terms))
        return "names";
    if (!all_below_or(index->lexicon_terms, n->lexicon_stems, n->terms, FL_VOCAB_NONE) ||
        !are_known(index->words, n->surfaces, n->stems))
        return "thesaurus";
    return NULL;
}
