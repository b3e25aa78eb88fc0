/* wordvec.c: see wordvec.h. */
#include "model/wordvec.h"

#include <math.h>
#include <stdlib.h>

enum { FIRST_COUNT = (1 << FL_WORDVEC_DIRECTORY_BITS) + 1 };

static size_t part_of(uint64_t hash)
{
    return hash >> (64 - FL_WORDVEC_DIRECTORY_BITS);
}

/* --- reading --- */

static int check_head(const struct fl_wordvec_head *head, struct fl_err *err)
{
    if (!head->dim || head->dim > FL_WORDVEC_MAX_DIM)
        return fl_err_set(err, FL_ECORRUPT, "word vectors of %u dimensions (at most %d)", head->dim,
                          FL_WORDVEC_MAX_DIM);
    if (head->words > FL_WORDVEC_MAX_WORDS)
        return fl_err_set(err, FL_ECORRUPT, "vectors for %u words (at most %d)", head->words,
                          FL_WORDVEC_MAX_WORDS);
    if (head->gram_bits > FL_WORDVEC_MAX_GRAM_BITS)
        return fl_err_set(err, FL_ECORRUPT, "word vectors with 2^%u n-grams (at most 2^%d)",
                          head->gram_bits, FL_WORDVEC_MAX_GRAM_BITS);
    return 0;
}

/* Lookups trust the directory: it must lead to ascending rows that exist. */
static int check_directory(const struct fl_wordvec *table, struct fl_err *err)
{
    size_t part = 0;
    for (uint32_t row = 0; row < table->head.words; row++) {
        if (row && table->hash[row] <= table->hash[row - 1])
            return fl_err_set(err, FL_ECORRUPT, "the words' hashes do not ascend");
        for (; part <= part_of(table->hash[row]); part++)
            if (table->first[part] != row)
                return fl_err_set(err, FL_ECORRUPT, "the words' directory is wrong");
    }
    for (; part < FIRST_COUNT; part++)
        if (table->first[part] != table->head.words)
            return fl_err_set(err, FL_ECORRUPT, "the words' directory is wrong");
    return 0;
}

static int check_scales(const float *scale, size_t count, struct fl_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (!(scale[i] >= 0) || !isfinite(scale[i]))
            return fl_err_set(err, FL_ECORRUPT, "a row of the word vectors has no proper scale");
    return 0;
}

int fl_wordvec_read(struct fl_wordvec *ret_table, const struct fl_model_file *file,
                    struct fl_err *err)
{
    struct fl_wordvec table = {0};
    const void *head, *first, *hash, *word_scale, *word, *gram_scale, *gram;
    int rc = fl_model_file_section(file, "head", sizeof table.head, 1, &head, NULL, err);
    if (rc)
        return rc;
    memcpy(&table.head, head, sizeof table.head);
    if ((rc = check_head(&table.head, err)))
        return rc;
    size_t words = table.head.words, dim = table.head.dim,
           grams = (size_t)1 << table.head.gram_bits;
    if ((rc = fl_model_file_section(file, "first", 4, FIRST_COUNT, &first, NULL, err)) ||
        (rc = fl_model_file_section(file, "hash", 8, words, &hash, NULL, err)) ||
        (rc = fl_model_file_section(file, "wscale", 4, words, &word_scale, NULL, err)) ||
        (rc = fl_model_file_section(file, "word", dim, words, &word, NULL, err)) ||
        (rc = fl_model_file_section(file, "gscale", 4, grams, &gram_scale, NULL, err)) ||
        (rc = fl_model_file_section(file, "gram", dim, grams, &gram, NULL, err)))
        return rc;
    table.first = first;
    table.hash = hash;
    table.word_scale = word_scale;
    table.word = word;
    table.gram_scale = gram_scale;
    table.gram = gram;
    if ((rc = check_directory(&table, err)) || (rc = check_scales(table.word_scale, words, err)) ||
        (rc = check_scales(table.gram_scale, grams, err)))
        return rc;
    *ret_table = table;
    return 0;
}

int fl_wordvec_open(struct fl_wordvec *ret_table, const char *path, struct fl_err *err)
{
    struct fl_model_file file = {0};
    int rc = fl_model_file_open(&file, path, FL_WORDVEC_KIND, err);
    if (rc)
        return rc;
    rc = fl_wordvec_read(ret_table, &file, err);
    if (rc) {
        fl_model_file_close(&file);
        return fl_err_prefix(err, rc, "%s", path);
    }
    ret_table->file = file;
    return 0;
}

void fl_wordvec_close(struct fl_wordvec *table)
{
    if (!table)
        return;
    fl_model_file_close(&table->file);
    *table = (struct fl_wordvec){0};
}

/* --- looking up --- */

uint32_t fl_wordvec_find(const struct fl_wordvec *table, uint64_t hash)
{
    const uint32_t *part = &table->first[part_of(hash)];
    for (uint32_t row = part[0]; row < part[1]; row++)
        if (table->hash[row] >= hash)
            return table->hash[row] == hash ? row : FL_WORDVEC_NONE;
    return FL_WORDVEC_NONE;
}

void fl_wordvec_add_word(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                         uint32_t row, float weight, float *sum)
{
    kernels->fma_i8(sum, weight * table->word_scale[row],
                    table->word + (size_t)row * table->head.dim, table->head.dim);
}

void fl_wordvec_add_grams(const struct fl_wordvec *table, const struct fl_kernels *kernels,
                          const uint32_t *grams, size_t count, float weight, float *sum)
{
    for (size_t i = 0; i < count; i++) {
        size_t row = fl_wordvec_gram_row(&table->head, grams[i]);
        kernels->fma_i8(sum, weight / (float)count * table->gram_scale[row],
                        table->gram + row * table->head.dim, table->head.dim);
    }
}

/* --- writing --- */

/* Adds the sections "wscale" and "word", or "gscale" and "gram". */
static int write_rows(struct fl_model_writer *writer, const struct fl_kernels *kernels,
                      const char *names[2], const float *rows, size_t count, size_t dim)
{
    float *scale = calloc(count + 1, sizeof *scale);
    int8_t *row = calloc(count * dim + 1, 1);
    if (scale && row) {
        for (size_t i = 0; i < count; i++)
            scale[i] = kernels->quantize(rows + i * dim, row + i * dim, dim);
        fl_model_writer_add(writer, names[0], scale, count * sizeof *scale);
        fl_model_writer_add(writer, names[1], row, count * dim);
    } else if (!writer->error) {
        writer->error = -FL_ENOMEM;
    }
    free(scale);
    free(row);
    return writer->error;
}

static int write_directory(struct fl_model_writer *writer, const struct fl_wordvec_source *source)
{
    uint32_t *first = malloc(FIRST_COUNT * sizeof *first);
    if (!first)
        return writer->error = -FL_ENOMEM;
    size_t part = 0;
    for (uint32_t row = 0; row < source->head.words; row++)
        while (part <= part_of(source->hash[row]))
            first[part++] = row;
    while (part < FIRST_COUNT)
        first[part++] = source->head.words;
    fl_model_writer_add(writer, "first", first, FIRST_COUNT * sizeof *first);
    free(first);
    return writer->error;
}

int fl_wordvec_write(struct fl_model_writer *writer, const struct fl_kernels *kernels,
                     const struct fl_wordvec_source *source)
{
    static const char *word_names[] = {"wscale", "word"}, *gram_names[] = {"gscale", "gram"};
    const struct fl_wordvec_head *head = &source->head;
    fl_model_writer_add(writer, "head", head, sizeof *head);
    fl_model_writer_add(writer, "hash", source->hash, head->words * sizeof *source->hash);
    if (writer->error || write_directory(writer, source) ||
        write_rows(writer, kernels, word_names, source->word, head->words, head->dim))
        return writer->error;
    return write_rows(writer, kernels, gram_names, source->gram, (size_t)1 << head->gram_bits,
                      head->dim);
}
