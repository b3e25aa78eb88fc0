/* wordvec.h: vectors of words, in 8 bits, mapped from a file.
 *
 *   hash of a word ─► row of the words │ unknown: mean of the rows of its character n-grams
 *
 * Words and n-grams come as hashes: what a word is, and which n-grams it has, is the caller's (for
 * text: text/embed_words.h). A row is `scale · int8[dim]`; its length says how much the word means.
 * Rows of words are ordered by hash and found through a directory of the upper bits of the hash.
 *
 *   section  "head"    struct fl_wordvec_head
 *            "first"   uint32 [2^FL_WORDVEC_DIRECTORY_BITS + 1]: the first row of each upper part
 *            "hash"    uint64 [words], ascending
 *            "wscale"  float [words]       "word"  int8 [words][dim]
 *            "gscale"  float [2^gram_bits] "gram"  int8 [2^gram_bits][dim]
 *
 * An open table never changes: any thread. */
#ifndef FL_MODEL_WORDVEC_H
#define FL_MODEL_WORDVEC_H

#include "kernels/kernels.h"
#include "model/model_file.h"

enum {
    FL_WORDVEC_DIRECTORY_BITS = 14,
    FL_WORDVEC_MAX_DIM = 1024,
    FL_WORDVEC_MAX_WORDS = 1 << 24,
    FL_WORDVEC_MAX_GRAM_BITS = 22,
};
#define FL_WORDVEC_KIND "WORDVEC"
#define FL_WORDVEC_NONE UINT32_MAX

struct fl_wordvec_head {
    uint32_t dim, words, gram_bits;
    uint32_t features; /* the version of the caller's hashes, to be compared by the caller */
};

struct fl_wordvec {
    struct fl_model_file file; /* where it was opened as a file of its own */
    struct fl_wordvec_head head;
    const uint32_t *first;
    const uint64_t *hash;
    const float *word_scale, *gram_scale;
    const int8_t *word, *gram;
};

/* Maps and checks a file of kind FL_WORDVEC_KIND: errors as of fl_model_file_open. */
int fl_wordvec_open(struct fl_wordvec *ret_table, const char *path, struct fl_err *err);
/* The same from an open model file of any kind, which must outlive the table. */
int fl_wordvec_read(struct fl_wordvec *ret_table, const struct fl_model_file *file,
                    struct fl_err *err);
/* NULL and all-zero are accepted. */
void fl_wordvec_close(struct fl_wordvec *table);

/* The row of a word, or FL_WORDVEC_NONE. */
uint32_t fl_wordvec_find(const struct fl_wordvec *table, uint64_t hash);

/* The row of the n-gram with that hash. */
static inline size_t fl_wordvec_gram_row(const struct fl_wordvec_head *head, uint32_t gram)
{
    return gram & ((UINT32_C(1) << head->gram_bits) - 1);
}

/* sum[dim] += weight · the row. */
void fl_wordvec_add_word(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                         uint32_t row, float weight, float *sum);
/* sum[dim] += weight · the mean of the rows of these n-gram hashes; nothing for none. */
void fl_wordvec_add_grams(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                          const uint32_t *grams, size_t count, float weight, float *sum);

/* --- writing --- */

/* What a table is made from: floats, rounded to 8 bits a row. Hashes ascend. */
struct fl_wordvec_source {
    struct fl_wordvec_head head;
    const uint64_t *hash;
    const float *word; /* [words][dim] */
    const float *gram; /* [2^gram_bits][dim] */
};

/* Adds the sections; errors stay in the writer, but -FL_ENOMEM is also returned. */
int fl_wordvec_write(struct fl_model_writer *writer, const struct fl_kernels *kernels,
                     const struct fl_wordvec_source *source);

#endif
