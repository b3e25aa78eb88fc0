/* vocabulary.c: see vocabulary.h. */
#include "study/vocabulary.h"

#include "study/grow.h"

struct entry {
    uint64_t hash;
    uint32_t number, count;
};

void fl_vocabulary_destroy(struct fl_vocabulary *vocabulary)
{
    if (!vocabulary)
        return;
    free(vocabulary->hash);
    free(vocabulary->number);
    free(vocabulary->row);
    free(vocabulary->gram_first);
    free(vocabulary->gram);
    free(vocabulary->count);
    *vocabulary = (struct fl_vocabulary){0};
}

static int by_count(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Fills `row`, `hash` and `number`. Of two words with one hash, which nobody has seen yet, the
 * second stays without a row. */
static int choose_rows(struct fl_vocabulary *v, const struct fl_corpus *corpus, uint32_t least,
                       uint32_t most)
{
    struct entry *entries = calloc((size_t)corpus->word_count + 1, sizeof *entries);
    if (!entries)
        return -FL_ENOMEM;
    uint32_t count = 0;
    for (uint32_t i = 0; i < corpus->word_count; i++) {
        v->row[i] = FL_WORDVEC_NO_ROW;
        if (v->count[i] >= least)
            entries[count++] =
                (struct entry){fl_embed_word_hash(corpus->words[i].text), i, v->count[i]};
    }
    qsort(entries, count, sizeof *entries, by_count);
    count = count < most ? count : most;
    qsort(entries, count, sizeof *entries, by_hash);
    v->hash = calloc((size_t)count + 1, sizeof *v->hash);
    v->number = calloc((size_t)count + 1, sizeof *v->number);
    for (uint32_t i = 0; i < count && v->hash && v->number; i++) {
        if (i && entries[i].hash == entries[i - 1].hash)
            continue;
        v->row[entries[i].number] = v->forms.rows;
        v->hash[v->forms.rows] = entries[i].hash;
        v->number[v->forms.rows++] = entries[i].number;
    }
    free(entries);
    return v->hash && v->number ? 0 : -FL_ENOMEM;
}

static int list_grams(struct fl_vocabulary *v, const struct fl_corpus *corpus)
{
    uint32_t capacity = 0, count = 0, grams[FL_EMBED_MAX_GRAMS];
    for (uint32_t i = 0; i < corpus->word_count; i++) {
        unsigned n = fl_embed_grams(corpus->words[i].text, grams);
        int rc = fl_grow(&v->gram, &capacity, (uint64_t)count + n, UINT32_MAX, sizeof *v->gram);
        if (rc)
            return rc;
        v->gram_first[i] = count;
        for (unsigned g = 0; g < n; g++)
            v->gram[count++] = grams[g] & (v->forms.gram_rows - 1);
    }
    v->gram_first[corpus->word_count] = count;
    return 0;
}

int fl_vocabulary_init(struct fl_vocabulary *vocabulary, const struct fl_corpus *corpus,
                       uint32_t texts, uint32_t least, uint32_t most, unsigned gram_bits)
{
    struct fl_vocabulary v = {.gram_bits = gram_bits, .tokens = texts ? corpus->first[texts] : 0};
    v.forms.words = corpus->word_count;
    v.forms.gram_rows = UINT32_C(1) << gram_bits;
    v.row = calloc((size_t)corpus->word_count + 1, sizeof *v.row);
    v.gram_first = calloc((size_t)corpus->word_count + 1, sizeof *v.gram_first);
    v.count = calloc((size_t)corpus->word_count + 1, sizeof *v.count);
    for (uint32_t i = 0; v.count && i < v.tokens; i++)
        v.count[corpus->tokens[i]]++;
    bool ready = v.row && v.gram_first && v.count;
    int rc = ready ? choose_rows(&v, corpus, least, most) : -FL_ENOMEM;
    if (!rc)
        rc = list_grams(&v, corpus);
    if (rc) {
        fl_vocabulary_destroy(&v);
        return rc;
    }
    v.forms.row = v.row;
    v.forms.gram_first = v.gram_first;
    v.forms.gram = v.gram;
    *vocabulary = v;
    return 0;
}

int fl_vocabulary_write(const struct fl_vocabulary *vocabulary, const struct fl_kernels *kernels,
                        const float *word, const float *gram, size_t dim,
                        struct fl_model_writer *writer)
{
    const struct fl_word_forms *forms = &vocabulary->forms;
    float *rows = calloc(forms->rows * dim + 1, sizeof *rows);
    if (!rows)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < forms->rows; i++)
        fl_word_compose(forms, kernels, word, gram, dim, vocabulary->number[i], rows + i * dim);
    struct fl_wordvec_source source = {
        .head = {.dim = (uint32_t)dim,
                 .words = forms->rows,
                 .gram_bits = vocabulary->gram_bits,
                 .features = FL_EMBED_VERSION},
        .hash = vocabulary->hash,
        .word = rows,
        .gram = gram,
    };
    int rc = fl_wordvec_write(writer, kernels, &source);
    free(rows);
    return rc;
}

/* The mean length of what the n-grams of words give, rows left aside. */
static float gram_length(const struct fl_word_forms *forms, const struct fl_kernels *kernels,
                         const float *gram, size_t dim, float *vector)
{
    double sum = 0;
    for (uint32_t w = 0; w < forms->words; w++) {
        uint32_t first = forms->gram_first[w], end = forms->gram_first[w + 1];
        memset(vector, 0, dim * sizeof *vector);
        for (uint32_t i = first; i < end; i++)
            kernels->fma(vector, 1 / (float)(end - first), gram + forms->gram[i] * dim, dim);
        sum += kernels->l2_norm(vector, dim);
    }
    return forms->words ? (float)(sum / forms->words) : 0;
}

int fl_encoder_start(const struct fl_vocabulary *vocabulary, const struct fl_kernels *kernels,
                     size_t dim, float *word, float *gram)
{
    const float rare = 1e-3f; /* words of this share have half the length */
    const struct fl_word_forms *forms = &vocabulary->forms;
    float *vector = calloc(dim + 1, sizeof *vector);
    if (!vector)
        return -FL_ENOMEM;
    float length = gram_length(forms, kernels, gram, dim, vector);
    float shrink = length > 0 ? 1 / length : 1;
    for (uint32_t i = 0; i < forms->rows; i++) {
        uint32_t number = vocabulary->number[i];
        float share = (float)vocabulary->count[number] / (float)vocabulary->tokens;
        float *row = word + i * dim;
        uint32_t first = forms->gram_first[number], end = forms->gram_first[number + 1];
        fl_word_compose(forms, kernels, word, gram, dim, number, vector);
        kernels->normalize(vector, dim);
        kernels->scale(vector, rare / (rare + share), dim);
        for (uint32_t g = first; g < end; g++)
            kernels->fma(vector, -shrink / (float)(end - first), gram + forms->gram[g] * dim, dim);
        memcpy(row, vector, dim * sizeof *row);
    }
    kernels->scale(gram, shrink, forms->gram_rows * dim);
    free(vector);
    return 0;
}
