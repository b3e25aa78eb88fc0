/* test_search.c: the search against scores computed for every document in double precision, on
 * random indexes and queries; ties, restrictions and repetition. */
#include "text_fixture.h"

#include <math.h>
#include <stdlib.h>

enum { WORDS = 120, DOCUMENTS_MAX = 3000, ALL_STEP = 256, TOP_MAX = 256 };

struct world {
    char words[WORDS][16];
    struct fl_buf texts[DOCUMENTS_MAX];
    uint32_t count;
    struct fl_index index;
    struct fl_search search;
};

static struct fl_str text_of_world(void *ctx, uint32_t document, unsigned field)
{
    (void)field;
    struct world *world = ctx;
    return (struct fl_str){fl_buf_text(&world->texts[document]), world->texts[document].len};
}

static void world_init(struct world *world, uint64_t *seed, uint32_t count, uint32_t words)
{
    world->count = count;
    for (unsigned w = 0; w < WORDS; w++)
        random_word(seed, world->words[w]);
    for (uint32_t d = 0; d < count; d++) {
        world->texts[d] = (struct fl_buf){0};
        for (uint32_t n = random_below(seed, 12); n > 0; n--) /* low numbers are common words */
            fl_buf_printf(&world->texts[d], "%s ",
                          world->words[random_below(seed, 1 + random_below(seed, words))]);
    }
    struct fl_index_options options = {.fields = {{1.0f, 0.5f}}, .field_count = 1, .k1 = 1.2f};
    assert_int_equal(fl_index_init(&world->index, &options, count, text_of_world, world, NULL), 0);
    assert_int_equal(fl_search_init(&world->search, &world->index), 0);
}

static void world_destroy(struct world *world)
{
    for (uint32_t d = 0; d < world->count; d++)
        fl_buf_destroy(&world->texts[d]);
    fl_search_destroy(&world->search);
    fl_index_destroy(&world->index);
}

/* Random groups of random terms: more than any request would give. */
static void random_query(struct fl_query *query, const struct fl_index *index, uint64_t *seed)
{
    query->group_count = query->term_count = 0;
    unsigned groups = 1 + random_below(seed, random_below(seed, 8) ? 6 : FL_QUERY_MAX_GROUPS);
    for (unsigned g = 0; g < groups; g++) {
        unsigned terms = random_below(seed, 2) ? 1 : 1 + random_below(seed, 8);
        struct fl_query_group *group = &query->groups[query->group_count++];
        *group = (struct fl_query_group){
            .token_count = 1,
            .first_term = (uint16_t)query->term_count,
            .term_count = (uint16_t)terms,
            .weight = random_below(seed, 3) ? 1.0f : (float)random_below(seed, 101) / 100.0f,
        };
        uint32_t first = random_below(seed, index->vocab.term_count);
        for (unsigned i = 0; i < terms; i++)
            query->terms[query->term_count++] = (struct fl_query_term){
                .term = (first + i * 7) % index->vocab.term_count,
                .group = (uint16_t)g,
                .weight = random_below(seed, 3) ? 1.0f : (float)random_below(seed, 101) / 100.0f,
            };
    }
}

/* --- the definition of search.h --- */

static double weight_of(const struct fl_index *index, const struct fl_query *query, unsigned term)
{
    const struct fl_query_term *t = &query->terms[term];
    return (double)query->groups[t->group].weight * (double)t->weight * (double)index->idf[t->term];
}

static double reachable_of(const struct fl_index *index, const struct fl_query *query)
{
    double sum = 0;
    for (unsigned g = 0; g < query->group_count; g++) {
        double best = 0;
        for (unsigned i = 0; i < query->groups[g].term_count; i++)
            best = fmax(best, weight_of(index, query, query->groups[g].first_term + i));
        sum += best;
    }
    return sum;
}

/* Each document's score, by going through the postings of each term in its group. */
static void score_all(const struct fl_index *index, const struct fl_query *query, double *scores)
{
    static double best[DOCUMENTS_MAX];
    double reachable = reachable_of(index, query);
    memset(scores, 0, index->document_count * sizeof *scores);
    for (unsigned g = 0; g < query->group_count; g++) {
        memset(best, 0, sizeof best);
        for (unsigned i = 0; i < query->groups[g].term_count; i++) {
            unsigned t = query->groups[g].first_term + i;
            uint32_t term = query->terms[t].term;
            for (uint32_t p = index->first[term]; p < index->first[term + 1]; p++) {
                double value = weight_of(index, query, t) * index->postings[p].impact / 255;
                if (value > best[index->postings[p].document])
                    best[index->postings[p].document] = value;
            }
        }
        for (uint32_t d = 0; d < index->document_count; d++)
            scores[d] += reachable > 0 ? best[d] / reachable : 0;
    }
}

/* --- what is checked --- */

/* All hits, best first, collected from searches that each allow a part of the documents. */
static uint32_t search_all(struct world *world, const struct fl_query *query, struct fl_hit *hits)
{
    static uint8_t allowed[DOCUMENTS_MAX];
    uint32_t count = 0;
    for (uint32_t from = 0; from < world->count; from += ALL_STEP) {
        memset(allowed, 0, sizeof allowed);
        for (uint32_t d = from; d < from + ALL_STEP && d < world->count; d++)
            allowed[d] = 1;
        uint32_t found =
            fl_search_run(&world->search, &world->index, query, allowed, hits + count, ALL_STEP);
        assert_true(scores_are_kept(&world->search, hits + count, found));
        count += found;
    }
    return count;
}

static int by_score(const void *a, const void *b)
{
    const struct fl_hit *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return x->document < y->document ? -1 : 1;
}

/* 16 bits for sums and one rounding down for each group's weight and product; full impact is 255.
 */
static void check_scores(const struct world *world, const struct fl_query *query,
                         const struct fl_hit *hits, uint32_t count)
{
    static double scores[DOCUMENTS_MAX];
    static bool found[DOCUMENTS_MAX];
    score_all(&world->index, query, scores);
    memset(found, 0, sizeof found);
    double rounding = (2.0 * query->group_count + 2) / 65535;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t d = hits[i].document;
        assert_true(d < world->count && !found[d]);
        found[d] = true;
        double score = (double)hits[i].score;
        assert_true(score > 0 && score <= 1);
        if (fabs(score - scores[d]) > scores[d] / 200 + rounding)
            fail_msg("document %u: %f, not %f", (unsigned)d, score, scores[d]);
    }
    for (uint32_t d = 0; d < world->count; d++)
        if (!found[d] && scores[d] > rounding)
            fail_msg("document %u with %f is not found", (unsigned)d, scores[d]);
}

static void assert_same_hits(const struct fl_hit *a, const struct fl_hit *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(a[i].document, b[i].document);
        assert_memory_equal(&a[i].score, &b[i].score, sizeof a[i].score);
    }
}

static void check_top(struct world *world, const struct fl_query *query, const struct fl_hit *all,
                      uint32_t count, const uint8_t *allowed)
{
    static const uint32_t sizes[] = {0, 1, 2, 10, 63, 256, 100000};
    static struct fl_hit expected[DOCUMENTS_MAX], top[100000];
    uint32_t left = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!allowed || allowed[all[i].document])
            expected[left++] = all[i];
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint32_t want = left < sizes[s] ? left : sizes[s];
        want = want < TOP_MAX ? want : TOP_MAX;
        uint32_t got = fl_search_run(&world->search, &world->index, query, allowed, top, sizes[s]);
        assert_int_equal(got, want);
        assert_same_hits(top, expected, got);
        assert_true(scores_are_kept(&world->search, top, got));
    }
}

static void check_world(uint64_t *seed, uint32_t documents, uint32_t words, unsigned queries)
{
    static struct world world;
    static struct fl_hit all[DOCUMENTS_MAX];
    static uint8_t allowed[DOCUMENTS_MAX];
    world_init(&world, seed, documents, words);
    struct fl_query *query = calloc(1, sizeof *query);
    assert_non_null(query);
    for (unsigned q = 0; q < queries && world.index.vocab.term_count; q++) {
        random_query(query, &world.index, seed);
        uint32_t count = search_all(&world, query, all);
        check_scores(&world, query, all, count);
        qsort(all, count, sizeof *all, by_score);
        check_top(&world, query, all, count, NULL);
        for (uint32_t d = 0; d < documents; d++)
            allowed[d] = random_below(seed, 4) == 0;
        check_top(&world, query, all, count, allowed);
    }
    fl_query_destroy(query);
    free(query);
    world_destroy(&world);
}

static void small_indexes(void **state)
{
    (void)state;
    uint64_t seed = 31;
    for (uint32_t documents = 1; documents <= 70; documents++)
        check_world(&seed, documents, 1 + documents, 8);
}

static void large_indexes(void **state)
{
    (void)state;
    uint64_t seed = 47;
    static const uint32_t sizes[] = {127, 128, 129, 511, 512, 513, 2047, 2048, 2049, 3000};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_world(&seed, sizes[i], WORDS, 25);
}

/* Few words: most documents have the same score as many others. */
static void ties_go_by_document(void **state)
{
    (void)state;
    uint64_t seed = 53;
    for (unsigned i = 0; i < 6; i++)
        check_world(&seed, 2000 + i, 2, 12);
}

static void nothing_is_found_by_nothing(void **state)
{
    (void)state;
    static struct world world;
    uint64_t seed = 3;
    world_init(&world, &seed, 40, 10);
    struct fl_query *query = calloc(1, sizeof *query);
    struct fl_hit hits[4];
    assert_int_equal(fl_search_run(&world.search, &world.index, query, NULL, hits, 4), 0);
    random_query(query, &world.index, &seed);
    for (unsigned g = 0; g < query->group_count; g++)
        query->groups[g].weight = 0;
    assert_int_equal(fl_search_run(&world.search, &world.index, query, NULL, hits, 4), 0);
    assert_true(sums_are_zero(&world.search, &world.index));
    fl_query_destroy(query);
    free(query);
    world_destroy(&world);

    struct fl_index index;
    struct fl_search search;
    static const char *const none[] = {NULL};
    text_index_init(&index, none);
    assert_int_equal(fl_search_init(&search, &index), 0);
    query = calloc(1, sizeof *query);
    assert_int_equal(fl_query_analyze(query, &index, &plain_options, FL_STR("delete a file")), 0);
    assert_int_equal(query->group_count, 0);
    assert_int_equal(fl_search_run(&search, &index, query, NULL, hits, 4), 0);
    fl_query_destroy(query);
    free(query);
    fl_search_destroy(&search);
    fl_search_destroy(&search);
    fl_search_destroy(NULL);
    fl_index_destroy(&index);
}

/* More groups than 16 bits count, with alternatives in each: the scratch never tells of the past.
 */
static void the_hundred_thousandth_group_is_like_the_first(void **state)
{
    (void)state;
    static struct world world;
    uint64_t seed = 59;
    world_init(&world, &seed, 30, 20);
    struct fl_query *query = calloc(1, sizeof *query);
    struct fl_hit first[30], again[30];
    unsigned groups = 0, different = 0;
    for (unsigned g = 0; g < 20; g++) {
        query->groups[g] = (struct fl_query_group){
            .token_count = 1, .first_term = (uint16_t)(2 * g), .term_count = 2, .weight = 1};
        for (unsigned i = 0; i < 2; i++)
            query->terms[2 * g + i] =
                (struct fl_query_term){.term = (g + i) % world.index.vocab.term_count,
                                       .group = (uint16_t)g,
                                       .weight = 1.0f - 0.3f * (float)i};
    }
    query->group_count = 20;
    query->term_count = 40;
    uint32_t count = fl_search_run(&world.search, &world.index, query, NULL, first, 30);
    assert_true(count > 10);
    for (; groups < 200000; groups += 20) {
        uint32_t n = fl_search_run(&world.search, &world.index, query, NULL, again, 30);
        different += n != count || memcmp(first, again, n * sizeof *first) != 0;
    }
    assert_int_equal(different, 0);
    fl_query_destroy(query);
    free(query);
    world_destroy(&world);
}

static void scores_are_relative_to_what_can_be_reached(void **state)
{
    (void)state;
    static const char *const texts[] = {"zorbak", "zorbak", "lumpit", NULL};
    struct fl_index index;
    struct fl_search search;
    text_index_init(&index, texts);
    assert_int_equal(fl_search_init(&search, &index), 0);
    struct fl_query *query = calloc(1, sizeof *query);
    struct fl_hit hits[4];
    assert_int_equal(fl_query_analyze(query, &index, &plain_options, FL_STR("lumpit")), 0);
    assert_int_equal(fl_search_run(&search, &index, query, NULL, hits, 4), 1);
    assert_int_equal(hits[0].document, 2);
    uint16_t fields;
    uint32_t term = fl_vocab_find_term(&index.vocab, FL_STR("lumpit"));
    double impact = fl_index_posting(&index, term, 2, &fields)->impact / 255.0;
    assert_true(fabs((double)hits[0].score - impact) < 0.005);
    assert_int_equal(fl_query_analyze(query, &index, &plain_options, FL_STR("lumpit zorbak")), 0);
    assert_int_equal(fl_search_run(&search, &index, query, NULL, hits, 4), 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(hits[i].score < 1);
    double sum = 0;
    for (unsigned t = 0; t < query->term_count; t++) {
        double weight = (double)fl_search_term_weight(&index, query, t);
        assert_true(fabs(weight - weight_of(&index, query, t)) < 1e-5);
        sum += weight;
    }
    assert_true(fabs((double)search.reachable - sum) < 1e-4);
    fl_query_destroy(query);
    free(query);
    fl_search_destroy(&search);
    fl_index_destroy(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_indexes),
        cmocka_unit_test(large_indexes),
        cmocka_unit_test(ties_go_by_document),
        cmocka_unit_test(nothing_is_found_by_nothing),
        cmocka_unit_test(the_hundred_thousandth_group_is_like_the_first),
        cmocka_unit_test(scores_are_relative_to_what_can_be_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
