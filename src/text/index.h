/* index.h: an inverted index over documents of several fields, scored by BM25F.
 *
 *   tf'(t,d) = Σ_f w_f · tf(t,d,f) / (1 − b_f + b_f · len(d,f) / avglen(f))
 *   impact(t,d) = tf' / (k1 + tf')                    (Robertson & Zaragoza 2009, eq. 3.18 – 3.20)
 *
 * Impacts are kept in 8 bits; the idf is applied by the query. A built index is immutable and may
 * be shared by threads. What the fields mean is the caller's. */
#ifndef FL_TEXT_INDEX_H
#define FL_TEXT_INDEX_H

#include "base/err.h"
#include "base/os.h"
#include "text/vocab.h"

enum { FL_INDEX_MAX_FIELDS = 16, FL_INDEX_MAX_DOCUMENTS = 1 << 24 };

struct fl_index_field {
    float weight; /* w_f */
    float b;      /* length normalisation, 0–1 */
};

struct fl_index_options {
    struct fl_index_field fields[FL_INDEX_MAX_FIELDS];
    unsigned field_count;
    float k1;
    /* Documents of one group say the same words again and again ("linear" in every tool of Linear):
     * where most of a term's documents have it in field `group_field`, its idf is at least
     * group_idf · idf counted over groups. NULL: no groups. */
    const uint32_t *groups; /* [document_count] numbers below group_count, neighbours together */
    uint32_t group_count;
    unsigned group_field;
    float group_idf;
};

/* One term in one document. */
struct fl_posting {
    uint32_t document : 24;
    uint32_t impact : 8; /* 1–255 */
};

/* What the English thesaurus knows of a surface. */
struct fl_index_word {
    uint32_t stem;  /* number in vocab.stems */
    uint16_t entry; /* of the stem: its number in the thesaurus + 1, or 0 */
    uint16_t weak;  /* 1: it carries little */
};

/* All arrays lie in memory of their own or, where the index was loaded (index_file.h), in `map`. */
struct fl_index {
    struct fl_vocab vocab;
    uint32_t document_count;
    uint32_t *first;             /* [term_count + 1] offsets into postings */
    struct fl_posting *postings; /* by term, documents ascending */
    uint16_t *fields;            /* [postings] bit f: the term stands in field f */
    float *idf;                  /* [term_count] */
    /* Terms of each document's first field, in their order: what the document calls itself. */
    uint32_t *name_first; /* [document_count + 1] */
    uint32_t *name_terms;
    /* The thesaurus, bound to this vocabulary: */
    uint32_t *lexicon_terms;     /* [fl_lexicon_stem_count()] FL_VOCAB_NONE: in no document */
    struct fl_index_word *words; /* [vocab.surfaces.count] */
    struct fl_os_map map;
};

/* `text(ctx, document, field)` gives the texts, called twice for none of them; empty ones are
 * common. They stay as they are until the index is built: what has the address and length of the
 * neighbour's text is taken for the same. 0, -FL_ENOMEM, or -FL_ELIMIT for more than
 * FL_INDEX_MAX_DOCUMENTS. */
int fl_index_init(struct fl_index *index, const struct fl_index_options *options,
                  uint32_t document_count,
                  struct fl_str (*text)(void *ctx, uint32_t document, unsigned field), void *ctx,
                  struct fl_err *err);
void fl_index_destroy(struct fl_index *index);

/* Bytes held. */
size_t fl_index_bytes(const struct fl_index *index);

#endif
