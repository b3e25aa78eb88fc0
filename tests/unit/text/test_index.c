/* test_index.c: postings, impacts and idf against BM25F computed in double precision from the texts
 * (Robertson & Zaragoza 2009, eq. 3.18 – 3.20; idf with 1 added inside the logarithm). */
#include "text_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 60, DOCUMENTS = 300, FIELDS = 4, GROUPS = 20, LENGTH_MAX = 24 };

/* Random documents as numbers of words; texts are made of them. */
struct corpus {
    char words[WORDS][16];
    unsigned lengths[DOCUMENTS][FIELDS];
    uint8_t content[DOCUMENTS][FIELDS][LENGTH_MAX];
    struct fl_str texts[DOCUMENTS][FIELDS];
    uint32_t groups[DOCUMENTS];
    uint32_t count;
    struct fl_index_options options;
    char *memory;
    unsigned calls;
};

static struct fl_str text_of_corpus(void *ctx, uint32_t document, unsigned field)
{
    struct corpus *corpus = ctx;
    corpus->calls++;
    return corpus->texts[document][field];
}

/* Distinct words with distinct stems. */
static void make_words(struct corpus *corpus, uint64_t *seed)
{
    struct fl_stemmers stemmers = {0};
    char stems[WORDS][16];
    for (unsigned w = 0; w < WORDS;) {
        random_word(seed, corpus->words[w]);
        struct fl_str stem = fl_stem(&stemmers, FL_LANGUAGE_EN, fl_str_of(corpus->words[w]));
        memcpy(stems[w], stem.ptr, stem.len);
        stems[w][stem.len] = '\0';
        bool known = false;
        for (unsigned i = 0; i < w; i++)
            known = known || strcmp(stems[i], stems[w]) == 0;
        w += !known;
    }
    fl_stemmers_destroy(&stemmers);
}

static void make_corpus(struct corpus *corpus, uint64_t *seed)
{
    *corpus = (struct corpus){.count = 1 + random_below(seed, DOCUMENTS)};
    make_words(corpus, seed);
    corpus->memory = malloc(DOCUMENTS * FIELDS * LENGTH_MAX * 20);
    assert_non_null(corpus->memory);
    char *next = corpus->memory;
    uint32_t group = 0;
    for (uint32_t d = 0; d < corpus->count; d++) {
        group += d && group + 1 < GROUPS && random_below(seed, 8) == 0;
        corpus->groups[d] = group;
        for (unsigned f = 0; f < FIELDS; f++) {
            if (d && f && random_below(seed, 3) == 0) { /* the neighbour's text, the same memory */
                corpus->lengths[d][f] = corpus->lengths[d - 1][f];
                memcpy(corpus->content[d][f], corpus->content[d - 1][f], LENGTH_MAX);
                corpus->texts[d][f] = corpus->texts[d - 1][f];
                continue;
            }
            unsigned length = random_below(seed, 4) ? random_below(seed, LENGTH_MAX) : 0;
            corpus->lengths[d][f] = length;
            const char *start = next;
            for (unsigned i = 0; i < length; i++) {
                unsigned w =
                    random_below(seed, 1 + random_below(seed, WORDS)); /* some are common */
                corpus->content[d][f][i] = (uint8_t)w;
                next += sprintf(next, i % 5 == 4 ? "the %s " : "%s ", corpus->words[w]);
            }
            corpus->texts[d][f] = (struct fl_str){start, (size_t)(next - start)};
        }
    }
    corpus->options.field_count = FIELDS;
    corpus->options.k1 = 0.5f + (float)random_below(seed, 100) / 50.0f;
    for (unsigned f = 0; f < FIELDS; f++)
        corpus->options.fields[f] =
            (struct fl_index_field){0.25f + (float)random_below(seed, 100) / 20.0f,
                                    (float)random_below(seed, 101) / 100.0f};
}

/* --- the formula --- */

static unsigned count_in(const struct corpus *corpus, uint32_t d, unsigned f, unsigned w)
{
    unsigned count = 0;
    for (unsigned i = 0; i < corpus->lengths[d][f]; i++)
        count += corpus->content[d][f][i] == w;
    return count;
}

static double mean_length(const struct corpus *corpus, unsigned f)
{
    double total = 0;
    for (uint32_t d = 0; d < corpus->count; d++)
        total += corpus->lengths[d][f];
    return total / corpus->count;
}

/* tf' / (k1 + tf'); 0 where the word is not. `ret_fields` gets the fields where it is. */
static double impact_of(const struct corpus *corpus, const double *mean, uint32_t d, unsigned w,
                        unsigned *ret_fields)
{
    double tf = 0;
    *ret_fields = 0;
    for (unsigned f = 0; f < FIELDS; f++) {
        unsigned count = count_in(corpus, d, f, w);
        if (!count)
            continue;
        const struct fl_index_field *field = &corpus->options.fields[f];
        tf += (double)field->weight * count /
              (1 - (double)field->b + (double)field->b * corpus->lengths[d][f] / mean[f]);
        *ret_fields |= 1u << f;
    }
    return tf / ((double)corpus->options.k1 + tf);
}

static double idf_of(double count, double with)
{
    return log(1 + (count - with + 0.5) / (with + 0.5));
}

static double expected_idf(const struct corpus *corpus, unsigned w)
{
    unsigned with = 0, in_field = 0, groups = 0;
    uint32_t last = UINT32_MAX;
    const double mean[FIELDS] = {1, 1, 1, 1};
    for (uint32_t d = 0; d < corpus->count; d++) {
        unsigned fields;
        impact_of(corpus, mean, d, w, &fields);
        if (!fields)
            continue;
        with++;
        in_field += fields >> corpus->options.group_field & 1;
        groups += corpus->groups[d] != last;
        last = corpus->groups[d];
    }
    double idf = idf_of(corpus->count, with);
    if (!corpus->options.groups || 2 * in_field <= with)
        return idf;
    double raised = (double)corpus->options.group_idf * idf_of(corpus->options.group_count, groups);
    return raised > idf ? raised : idf;
}

/* --- the index --- */

static void check_term(const struct corpus *corpus, const struct fl_index *index,
                       const double *mean, unsigned w)
{
    uint32_t term = fl_vocab_find_term(&index->vocab, fl_str_of(corpus->words[w]));
    uint32_t at = term < FL_VOCAB_STOP ? index->first[term] : 0;
    uint32_t end = term < FL_VOCAB_STOP ? index->first[term + 1] : 0;
    for (uint32_t d = 0; d < corpus->count; d++) {
        unsigned fields;
        double impact = 255 * impact_of(corpus, mean, d, w, &fields);
        uint16_t got_fields = 0;
        const struct fl_posting *posting =
            term < FL_VOCAB_STOP ? fl_index_posting(index, term, d, &got_fields) : NULL;
        assert_int_equal(posting != NULL, fields != 0);
        if (!posting)
            continue;
        assert_ptr_equal(posting, &index->postings[at]); /* documents ascend without a gap */
        assert_int_equal(posting->document, d);
        assert_int_equal(got_fields, fields);
        assert_true(posting->impact >= 1);
        if (fabs(posting->impact - impact) > 0.5 + 1e-3 && impact >= 1)
            fail_msg("document %u: impact %u, not %f", (unsigned)d, (unsigned)posting->impact,
                     impact);
        at++;
    }
    assert_int_equal(at, end);
    if (term < FL_VOCAB_STOP)
        assert_true(fabs((double)index->idf[term] - expected_idf(corpus, w)) < 1e-5);
}

static void check_names(const struct corpus *corpus, const struct fl_index *index)
{
    for (uint32_t d = 0; d < corpus->count; d++) {
        uint32_t first = index->name_first[d];
        assert_int_equal(index->name_first[d + 1] - first, corpus->lengths[d][0]);
        for (unsigned i = 0; i < corpus->lengths[d][0]; i++)
            assert_int_equal(
                index->name_terms[first + i],
                fl_vocab_find_term(&index->vocab,
                                   fl_str_of(corpus->words[corpus->content[d][0][i]])));
    }
}

static void check_corpus(uint64_t seed, bool groups)
{
    static struct corpus corpus;
    make_corpus(&corpus, &seed);
    if (groups) {
        corpus.options.groups = corpus.groups;
        corpus.options.group_count = corpus.groups[corpus.count - 1] + 1;
        corpus.options.group_field = random_below(&seed, FIELDS);
        corpus.options.group_idf = 0.5f + (float)random_below(&seed, 100) / 100.0f;
    }
    struct fl_index index;
    assert_int_equal(
        fl_index_init(&index, &corpus.options, corpus.count, text_of_corpus, &corpus, NULL), 0);
    assert_int_equal(corpus.calls, corpus.count * FIELDS); /* each text is asked for once */
    double mean[FIELDS];
    for (unsigned f = 0; f < FIELDS; f++)
        mean[f] = mean_length(&corpus, f);
    for (unsigned w = 0; w < WORDS; w++)
        check_term(&corpus, &index, mean, w);
    check_names(&corpus, &index);
    fl_index_destroy(&index);
    free(corpus.memory);
}

static void impacts_and_idf_are_those_of_the_formula(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++)
        check_corpus(seed, false);
}

static void words_of_a_group_gain_by_groups(void **state)
{
    (void)state;
    for (uint64_t seed = 101; seed <= 112; seed++)
        check_corpus(seed, true);
}

static void parts_count_and_joined_words_do_not(void **state)
{
    (void)state;
    static const char *const texts[] = {"createIssue", "create issue", NULL};
    struct fl_index index;
    text_index_init(&index, texts);
    static const char *const words[] = {"create", "issue"};
    for (unsigned i = 0; i < 2; i++) {
        uint16_t fields;
        uint32_t term = fl_vocab_find_term(&index.vocab, fl_str_of(words[i]));
        assert_int_equal(fl_index_posting(&index, term, 0, &fields)->impact,
                         fl_index_posting(&index, term, 1, &fields)->impact);
        assert_int_equal(index.name_terms[i], term); /* in their order, without the joined word */
        assert_int_equal(index.name_terms[2 + i], term);
    }
    assert_int_equal(index.name_first[1], 2);
    uint32_t joined = fl_vocab_find_term(&index.vocab, FL_STR("createissue"));
    uint16_t fields = 0;
    assert_non_null(fl_index_posting(&index, joined, 0, &fields));
    assert_null(fl_index_posting(&index, joined, 1, &fields));
    fl_index_destroy(&index);
}

static void the_thesaurus_is_bound_to_the_vocabulary(void **state)
{
    (void)state;
    static const char *const texts[] = {"remove everything", "delete a file", "zorbak", NULL};
    struct fl_index index;
    text_index_init(&index, texts);
    for (uint32_t i = 0; i < fl_lexicon_stem_count(); i++)
        assert_int_equal(index.lexicon_terms[i],
                         fl_vocab_find_stem(&index.vocab, fl_str_of(fl_lexicon_stem(i))));
    for (uint32_t s = 0; s < index.vocab.surfaces.count; s++) {
        struct fl_str text = fl_wordset_get(&index.vocab.surfaces, s);
        assert_int_equal(index.words[s].weak, fl_lexicon_is_weak(FL_LANGUAGE_EN, text));
        struct fl_str stem = fl_wordset_get(&index.vocab.stems, index.words[s].stem);
        const struct fl_lexicon_entry *entry = fl_lexicon_find(FL_LANGUAGE_EN, stem);
        assert_int_equal(index.words[s].entry,
                         entry ? fl_lexicon_number(FL_LANGUAGE_EN, entry) + 1 : 0);
        if (fl_str_is(text, "everything"))
            assert_true(index.words[s].weak);
        if (fl_str_is(text, "zorbak"))
            assert_int_equal(index.words[s].entry, 0);
    }
    fl_index_destroy(&index);
}

static void an_empty_index_is_one(void **state)
{
    (void)state;
    static const char *const none[] = {NULL}, *const empty[] = {"", "the of", "", NULL};
    for (unsigned i = 0; i < 2; i++) {
        struct fl_index index;
        text_index_init(&index, i ? empty : none);
        assert_int_equal(index.document_count, i ? 3 : 0);
        assert_int_equal(index.vocab.term_count, 0);
        assert_int_equal(index.first[0], 0);
        assert_true(fl_index_bytes(&index) > 0);
        fl_index_destroy(&index);
        fl_index_destroy(&index);
    }
    fl_index_destroy(NULL);
}

static void too_many_documents_are_refused(void **state)
{
    (void)state;
    struct fl_index index;
    struct fl_err err = {0};
    struct fl_index_options options = {.field_count = 1, .k1 = 1};
    assert_int_equal(
        fl_index_init(&index, &options, FL_INDEX_MAX_DOCUMENTS + 1, text_of_corpus, NULL, &err),
        -FL_ELIMIT);
    assert_int_equal(err.code, FL_ELIMIT);
}

/* The arrays whose sizes index.h and vocab.h give, against the sum that is told. */
static void bytes_held_are_about_those_of_the_arrays(void **state)
{
    (void)state;
    static struct corpus corpus;
    uint64_t seed = 5;
    do {
        free(corpus.memory);
        make_corpus(&corpus, &seed);
    } while (corpus.count < 200);
    struct fl_index index;
    assert_int_equal(
        fl_index_init(&index, &corpus.options, corpus.count, text_of_corpus, &corpus, NULL), 0);
    const struct fl_vocab *vocab = &index.vocab;
    size_t postings = index.first[vocab->term_count];
    size_t bytes =
        postings * (sizeof *index.postings + sizeof *index.fields) +
        (vocab->term_count + 1) * (sizeof *index.first + sizeof *index.idf) +
        (vocab->surfaces.count + vocab->stems.count) * sizeof *vocab->stems.at +
        vocab->surfaces.text_bytes + vocab->stems.text_bytes +
        (vocab->surfaces.slot_count + vocab->stems.slot_count) * sizeof *vocab->stems.slots +
        vocab->surfaces.count * sizeof *vocab->term_of + 8193 * sizeof *vocab->gram_first +
        vocab->gram_first[8192] * sizeof *vocab->gram_surfaces +
        (index.document_count + 1 + index.name_first[index.document_count]) *
            sizeof *index.name_first +
        fl_lexicon_stem_count() * sizeof *index.lexicon_terms +
        vocab->surfaces.count * sizeof *index.words;
    size_t told = fl_index_bytes(&index);
    if (told < bytes / 10 * 9 || told > bytes / 10 * 11)
        fail_msg("%zu bytes are told, %zu are held", told, bytes);
    fl_index_destroy(&index);
    free(corpus.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impacts_and_idf_are_those_of_the_formula),
        cmocka_unit_test(words_of_a_group_gain_by_groups),
        cmocka_unit_test(parts_count_and_joined_words_do_not),
        cmocka_unit_test(the_thesaurus_is_bound_to_the_vocabulary),
        cmocka_unit_test(an_empty_index_is_one),
        cmocka_unit_test(too_many_documents_are_refused),
        cmocka_unit_test(bytes_held_are_about_those_of_the_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
