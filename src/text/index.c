/* index.c: building the index; see index.h.
 *
 * Documents are read once: every occurrence becomes an entry (term, field, count), sorted by
 * document as they come. When all field lengths are known, entries turn into impacts, which a
 * counting sort lays out by term. */
#include "text/index.h"

#include "text/index_layout.h"
#include "text/lexicon.h"
#include "text/tokenize.h"

#include <math.h>
#include <stdlib.h>

struct entry {
    uint32_t term;
    uint16_t field;
    uint16_t count;
};

struct document {
    uint32_t first_entry;
    uint16_t length[FL_INDEX_MAX_FIELDS]; /* in words, saturated */
};

struct builder {
    struct fl_index *index;
    const struct fl_index_options *options;
    struct fl_stemmers stemmers;
    struct document *documents;
    struct entry *entries;
    uint32_t entry_count, entry_capacity;
    uint32_t *entry_of_term; /* [term_capacity] entry number + 1 in the present field */
    uint32_t *stamp;         /* [term_capacity] which field of which document that was */
    uint32_t term_capacity;
    uint32_t present; /* stamp of the present field */
    double total_length[FL_INDEX_MAX_FIELDS];
    /* Neighbours often share a text (what their component says of itself): it is read once. */
    struct fl_str last_text[FL_INDEX_MAX_FIELDS];
    uint32_t last_first[FL_INDEX_MAX_FIELDS], last_count[FL_INDEX_MAX_FIELDS];
    uint16_t last_length[FL_INDEX_MAX_FIELDS];
    uint32_t name_capacity;
};

static void builder_destroy(struct builder *b)
{
    fl_stemmers_destroy(&b->stemmers);
    free(b->documents);
    free(b->entries);
    free(b->entry_of_term);
    free(b->stamp);
}

static int grow(void *array, uint32_t *capacity, uint32_t need, size_t size)
{
    if (need <= *capacity)
        return 0;
    uint32_t wanted = *capacity ? *capacity : 4096;
    while (wanted < need)
        wanted *= 2;
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = realloc(old, wanted * size);
    if (!grown)
        return -FL_ENOMEM;
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return 0;
}

static int reserve_terms(struct builder *b, uint32_t need)
{
    uint32_t before = b->term_capacity, same = before;
    if (need <= before)
        return 0;
    if (grow(&b->entry_of_term, &same, need, sizeof *b->entry_of_term) ||
        grow(&b->stamp, &b->term_capacity, need, sizeof *b->stamp))
        return -FL_ENOMEM;
    memset(b->stamp + before, 0, (b->term_capacity - before) * sizeof *b->stamp);
    return 0;
}

static int add_occurrence(struct builder *b, uint32_t term, unsigned field)
{
    if (reserve_terms(b, term + 1) ||
        grow(&b->entries, &b->entry_capacity, b->entry_count + 1, sizeof *b->entries))
        return -FL_ENOMEM;
    if (b->stamp[term] == b->present) {
        struct entry *entry = &b->entries[b->entry_of_term[term]];
        entry->count = (uint16_t)(entry->count + (entry->count < UINT16_MAX));
        return 0;
    }
    b->stamp[term] = b->present;
    b->entry_of_term[term] = b->entry_count;
    b->entries[b->entry_count++] = (struct entry){term, (uint16_t)field, 1};
    return 0;
}

static int add_name_term(struct builder *b, uint32_t document, uint32_t term)
{
    struct fl_index *index = b->index;
    uint32_t at = index->name_first[document + 1];
    if (grow(&index->name_terms, &b->name_capacity, at + 1, sizeof *index->name_terms))
        return -FL_ENOMEM;
    index->name_terms[at] = term;
    index->name_first[document + 1] = at + 1;
    return 0;
}

/* The entries of the text that the neighbour had in this field, once more. */
static int repeat_field(struct builder *b, uint32_t document, unsigned field)
{
    uint32_t count = b->last_count[field];
    if (grow(&b->entries, &b->entry_capacity, b->entry_count + count, sizeof *b->entries))
        return -FL_ENOMEM;
    memcpy(b->entries + b->entry_count, b->entries + b->last_first[field],
           count * sizeof *b->entries);
    b->last_first[field] = b->entry_count;
    b->entry_count += count;
    b->documents[document].length[field] = b->last_length[field];
    b->total_length[field] += b->last_length[field];
    return 0;
}

struct reading {
    struct builder *builder;
    uint32_t document;
    unsigned field;
    uint32_t length;
};

static int add_word(void *ctx, struct fl_str word, uint16_t flags)
{
    struct reading *reading = ctx;
    struct builder *b = reading->builder;
    uint32_t term = fl_vocab_add(&b->index->vocab, &b->stemmers, word);
    if (term == FL_VOCAB_NONE)
        return -FL_ENOMEM;
    if (term == FL_VOCAB_STOP)
        return 0;
    bool joined = flags & FL_TOKEN_JOINED;
    reading->length += !joined; /* its parts are counted */
    int rc = add_occurrence(b, term, reading->field);
    if (!rc && reading->field == 0 && !joined)
        rc = add_name_term(b, reading->document, term);
    return rc;
}

static int read_field(struct builder *b, uint32_t document, unsigned field, struct fl_str text)
{
    struct reading reading = {b, document, field, 0};
    uint32_t first = b->entry_count;
    b->present++;
    if (fl_tokenize_each(text, add_word, &reading))
        return -FL_ENOMEM;
    b->last_text[field] = text;
    b->last_first[field] = first;
    b->last_count[field] = b->entry_count - first;
    b->last_length[field] = (uint16_t)(reading.length < UINT16_MAX ? reading.length : UINT16_MAX);
    b->documents[document].length[field] = b->last_length[field];
    b->total_length[field] += reading.length;
    return 0;
}

static int add_field(struct builder *b, uint32_t document, unsigned field, struct fl_str text)
{
    if (!text.len)
        return 0;
    /* cppcheck-suppress arrayIndexOutOfBoundsCond ; the options name fewer fields than there may be
     */
    if (field > 0 && text.ptr == b->last_text[field].ptr && text.len == b->last_text[field].len)
        return repeat_field(b, document, field);
    return read_field(b, document, field, text);
}

static int read_documents(struct builder *b,
                          struct fl_str (*text)(void *ctx, uint32_t document, unsigned field),
                          void *ctx)
{
    struct fl_index *index = b->index;
    for (uint32_t d = 0; d < index->document_count; d++) {
        b->documents[d].first_entry = b->entry_count;
        index->name_first[d + 1] = index->name_first[d];
        for (unsigned f = 0; f < b->options->field_count; f++)
            if (add_field(b, d, f, text(ctx, d, f)))
                return -FL_ENOMEM;
    }
    b->documents[index->document_count].first_entry = b->entry_count;
    return 0;
}

/* The sum over a term's fields in one document is collected in these, by term. */
struct collected {
    float tf;
    uint16_t fields;
};

/* Calls `emit` once for each (document, term). */
static void each_posting(const struct builder *b, struct collected *collected,
                         void (*emit)(struct fl_index *index, uint32_t document, uint32_t term,
                                      const struct collected *sum, float k1))
{
    float mean[FL_INDEX_MAX_FIELDS] = {0};
    uint32_t count = b->index->document_count;
    for (unsigned f = 0; f < b->options->field_count; f++)
        mean[f] = count && b->total_length[f] > 0 ? (float)(b->total_length[f] / count) : 1.0f;
    for (uint32_t d = 0; d < count; d++) {
        const struct document *document = &b->documents[d];
        uint32_t end = b->documents[d + 1].first_entry;
        for (uint32_t i = document->first_entry; i < end; i++) {
            const struct entry *entry = &b->entries[i];
            const struct fl_index_field *field = &b->options->fields[entry->field];
            float length = (float)document->length[entry->field] / mean[entry->field];
            collected[entry->term].tf +=
                field->weight * (float)entry->count / (1.0f - field->b + field->b * length);
            collected[entry->term].fields |= (uint16_t)(1u << entry->field);
        }
        for (uint32_t i = document->first_entry; i < end; i++) {
            struct collected *sum = &collected[b->entries[i].term];
            if (sum->fields) {
                emit(b->index, d, b->entries[i].term, sum, b->options->k1);
                *sum = (struct collected){0};
            }
        }
    }
}

static void count_posting(struct fl_index *index, uint32_t document, uint32_t term,
                          const struct collected *sum, float k1)
{
    (void)document, (void)sum, (void)k1;
    index->first[term + 1]++;
}

/* `first[term + 1]` is where the term's next posting goes; afterwards it is where they end. */
static void put_posting(struct fl_index *index, uint32_t document, uint32_t term,
                        const struct collected *sum, float k1)
{
    uint32_t at = index->first[term + 1]++;
    float impact = 255.0f * sum->tf / (k1 + sum->tf);
    uint32_t rounded = (uint32_t)(impact + 0.5f);
    index->postings[at] =
        (struct fl_posting){document & 0xFFFFFF, (rounded < 1 ? 1 : rounded) & 0xFF};
    index->fields[at] = sum->fields;
}

static float inverse_frequency(double count, double with_term)
{
    return (float)log(1.0 + (count - with_term + 0.5) / (with_term + 0.5));
}

static int lay_out_postings(struct builder *b)
{
    struct fl_index *index = b->index;
    uint32_t terms = index->vocab.term_count;
    struct collected *collected = calloc(terms + 1, sizeof *collected);
    index->first = calloc(terms + 2, sizeof *index->first);
    index->idf = calloc(terms + 1, sizeof *index->idf);
    if (!collected || !index->first || !index->idf) {
        free(collected);
        return -FL_ENOMEM;
    }
    each_posting(b, collected, count_posting);
    double n = index->document_count;
    uint32_t total = 0;
    for (uint32_t t = 0; t < terms; t++) {
        uint32_t df = index->first[t + 1];
        index->idf[t] = inverse_frequency(n, df);
        index->first[t + 1] = total; /* put_posting moves it to the end of the term's run */
        total += df;
    }
    index->postings = malloc((total + 1) * sizeof *index->postings);
    index->fields = malloc((total + 1) * sizeof *index->fields);
    int rc = index->postings && index->fields ? 0 : -FL_ENOMEM;
    if (!rc)
        each_posting(b, collected, put_posting);
    free(collected);
    return rc;
}

/* See fl_index_options.groups. */
static void raise_group_idf(struct fl_index *index, const struct fl_index_options *options)
{
    for (uint32_t t = 0; options->groups && t < index->vocab.term_count; t++) {
        uint32_t begin = index->first[t], end = index->first[t + 1];
        uint32_t groups = 0, in_field = 0, last = UINT32_MAX;
        for (uint32_t i = begin; i < end; i++) {
            uint32_t group = options->groups[index->postings[i].document];
            groups += group != last;
            last = group;
            in_field += index->fields[i] >> options->group_field & 1;
        }
        float idf = options->group_idf * inverse_frequency(options->group_count, groups);
        if (2 * in_field > end - begin && idf > index->idf[t])
            index->idf[t] = idf;
    }
}

/* Stop words have no term: their stems follow those of the terms. */
static int bind_surface(struct fl_index *index, struct fl_stemmers *stemmers, uint32_t surface)
{
    struct fl_vocab *vocab = &index->vocab;
    struct fl_str text = fl_wordset_get(&vocab->surfaces, surface);
    uint32_t stem = vocab->term_of[surface];
    if (stem == FL_VOCAB_STOP)
        stem = fl_wordset_add(&vocab->stems, fl_stem(stemmers, FL_LANGUAGE_EN, text));
    if (stem == FL_WORDSET_NONE)
        return -FL_ENOMEM;
    const struct fl_lexicon_entry *entry =
        fl_lexicon_find(FL_LANGUAGE_EN, fl_wordset_get(&vocab->stems, stem));
    index->words[surface] = (struct fl_index_word){
        .stem = stem,
        .entry = entry ? (uint16_t)(fl_lexicon_number(FL_LANGUAGE_EN, entry) + 1) : 0,
        .weak = fl_lexicon_is_weak(FL_LANGUAGE_EN, text),
    };
    return 0;
}

static int bind_lexicon(struct fl_index *index, struct fl_stemmers *stemmers)
{
    const struct fl_vocab *vocab = &index->vocab;
    uint32_t count = fl_lexicon_stem_count();
    index->lexicon_terms = malloc((count + 1) * sizeof *index->lexicon_terms);
    index->words = calloc(vocab->surfaces.count + 1, sizeof *index->words);
    if (!index->lexicon_terms || !index->words)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < count; i++)
        index->lexicon_terms[i] = fl_vocab_find_stem(vocab, fl_str_of(fl_lexicon_stem(i)));
    for (uint32_t s = 0; s < vocab->surfaces.count; s++)
        if (bind_surface(index, stemmers, s))
            return -FL_ENOMEM;
    return 0;
}

/* Every English stop word is a surface, whether a document has it or not: requests will. */
static int add_stop_words(struct fl_index *index, struct fl_stemmers *stemmers)
{
    const char *word = NULL;
    while ((word = fl_lexicon_next_stop(FL_LANGUAGE_EN, word)))
        if (fl_vocab_add(&index->vocab, stemmers, fl_str_of(word)) == FL_VOCAB_NONE)
            return -FL_ENOMEM;
    return 0;
}

int fl_index_init(struct fl_index *index, const struct fl_index_options *options,
                  uint32_t document_count,
                  struct fl_str (*text)(void *ctx, uint32_t document, unsigned field), void *ctx,
                  struct fl_err *err)
{
    if (document_count > FL_INDEX_MAX_DOCUMENTS)
        return fl_err_set(err, FL_ELIMIT, "%u documents; an index holds at most %d", document_count,
                          FL_INDEX_MAX_DOCUMENTS);
    *index = (struct fl_index){.document_count = document_count};
    struct builder b = {.index = index, .options = options};
    b.documents = calloc(document_count + 1, sizeof *b.documents);
    index->name_first = calloc(document_count + 1, sizeof *index->name_first);
    int rc = b.documents && index->name_first ? 0 : -FL_ENOMEM;
    if (!rc)
        rc = add_stop_words(index, &b.stemmers);
    if (!rc)
        rc = read_documents(&b, text, ctx);
    if (!rc)
        rc = lay_out_postings(&b);
    if (!rc)
        rc = fl_vocab_finish(&index->vocab);
    if (!rc)
        rc = bind_lexicon(index, &b.stemmers);
    if (!rc)
        raise_group_idf(index, options);
    builder_destroy(&b);
    if (rc) {
        fl_index_destroy(index);
        return fl_err_nomem(err);
    }
    return 0;
}

void fl_index_destroy(struct fl_index *index)
{
    if (!index)
        return;
    if (index->map.ptr) {
        fl_os_unmap(&index->map);
    } else {
        fl_vocab_destroy(&index->vocab);
        free(index->first);
        free(index->postings);
        free(index->fields);
        free(index->idf);
        free(index->name_first);
        free(index->name_terms);
        free(index->lexicon_terms);
        free(index->words);
    }
    *index = (struct fl_index){0};
}

struct fl_index_counts fl_index_count(const struct fl_index *index)
{
    const struct fl_vocab *vocab = &index->vocab;
    return (struct fl_index_counts){
        .documents = index->document_count,
        .terms = vocab->term_count,
        .postings = index->first[vocab->term_count],
        .names = index->name_first[index->document_count],
        .lexicon_stems = fl_lexicon_stem_count(),
        .surfaces = vocab->surfaces.count,
        .surface_slots = vocab->surfaces.slot_count,
        .surface_bytes = vocab->surfaces.text_bytes,
        .stems = vocab->stems.count,
        .stem_slots = vocab->stems.slot_count,
        .stem_bytes = vocab->stems.text_bytes,
        .grams = vocab->gram_first[FL_VOCAB_GRAMS],
    };
}

size_t fl_index_bytes(const struct fl_index *index)
{
    if (!index->first)
        return 0;
    struct fl_index_counts counts = fl_index_count(index), *n = &counts;
    size_t bytes = 0;
#define ADD_ARRAY(member, count) bytes += (size_t)(count) * sizeof *index->member;
    FL_INDEX_ARRAYS(ADD_ARRAY)
#undef ADD_ARRAY
    return bytes;
}
