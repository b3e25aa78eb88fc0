/* text_fixture.c: see text_fixture.h. */
#include "text_fixture.h"

const struct fl_query_options plain_options = {
    .synonym = 1,
    .phrase = 1,
    .translation = 1,
    .spelling = 1,
    .compound = 1,
    .chained = 1,
    .literal = 1,
    .quoted = 1,
    .entity = 1,
    .weak = 1,
    .least = 0,
};

static struct fl_str text_of_list(void *ctx, uint32_t document, unsigned field)
{
    (void)field;
    return fl_str_of(((const char *const *)ctx)[document]);
}

void text_index_init(struct fl_index *index, const char *const *texts)
{
    struct fl_index_options options = {.fields = {{1.0f, 0.75f}}, .field_count = 1, .k1 = 1.2f};
    uint32_t count = 0;
    while (texts[count])
        count++;
    assert_int_equal(fl_index_init(index, &options, count, text_of_list, (void *)texts, NULL), 0);
}

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

uint32_t random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)(random_next(state) >> 32) % limit;
}

void random_word(uint64_t *state, char word[16])
{
    static const char consonants[] = "bcdfgklmnprtvz", vowels[] = "aou";
    unsigned len = 3 + random_below(state, 7);
    do {
        for (unsigned i = 0; i < len; i++)
            word[i] = i % 2 ? vowels[random_below(state, sizeof vowels - 1)]
                            : consonants[random_below(state, sizeof consonants - 1)];
        word[len] = '\0';
    } while (fl_lexicon_is_stop(FL_LANGUAGE_EN, (struct fl_str){word, len}));
}

static void assert_sound_group(const struct fl_query *query, unsigned g, unsigned first_term)
{
    const struct fl_query_group *group = &query->groups[g];
    assert_int_equal(group->first_term, first_term); /* groups follow each other without a gap */
    assert_true(group->term_count > 0);
    assert_true(group->token_count > 0);
    assert_true(group->first_token + group->token_count <= query->tokens.count);
    assert_true(group->weight >= 0 && group->weight <= FL_QUERY_MAX_WEIGHT);
}

void assert_sound_query(const struct fl_query *query, const struct fl_index *index)
{
    assert_true(query->group_count <= FL_QUERY_MAX_GROUPS);
    assert_true(query->term_count <= FL_QUERY_MAX_TERMS);
    assert_true(query->word_count <= FL_QUERY_MAX_WORDS);
    unsigned terms = 0;
    for (unsigned g = 0; g < query->group_count; g++) {
        const struct fl_query_group *group = &query->groups[g];
        assert_sound_group(query, g, terms);
        terms += group->term_count;
        assert_true(terms <= query->term_count);
        for (unsigned i = group->first_term; i < terms; i++) {
            const struct fl_query_term *term = &query->terms[i];
            assert_int_equal(term->group, g);
            assert_true(term->term < index->vocab.term_count);
            assert_true(term->weight >= 0 && term->weight <= 1);
            assert_non_null(fl_way_name((enum fl_way)term->way));
            for (unsigned j = group->first_term; j < i; j++)
                assert_int_not_equal(query->terms[j].term, term->term);
        }
    }
    assert_int_equal(terms, query->term_count);
}

const struct fl_query_term *query_term(const struct fl_query *query, const struct fl_index *index,
                                       const char *stem)
{
    for (unsigned i = 0; i < query->term_count; i++)
        if (fl_str_is(fl_vocab_stem(&index->vocab, query->terms[i].term), stem))
            return &query->terms[i];
    return NULL;
}

bool scores_are_kept(const struct fl_search *search, const struct fl_hit *hits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (fl_search_score(search, hits[i].document) != hits[i].score)
            return false;
    return true;
}

bool sums_are_zero(const struct fl_search *search, const struct fl_index *index)
{
    for (uint32_t d = 0; d < index->document_count; d++)
        if (search->sums[d])
            return false;
    return true;
}
