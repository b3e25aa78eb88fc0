/* test_text_threads.c: one index, many threads, each with its own scratch: all find what one alone
 * finds. Worth most under ThreadSanitizer. */
#include "text_fixture.h"

#include <pthread.h>
#include <stdlib.h>

enum { DOCUMENTS = 400, REQUESTS = 120, THREADS = 4, HITS = 10 };

struct shared {
    struct fl_index index;
    char *texts[DOCUMENTS + 1];
    struct fl_buf requests[REQUESTS];
    struct fl_hit expected[REQUESTS][HITS];
    uint32_t expected_count[REQUESTS];
};

struct reader {
    struct shared *shared;
    pthread_t thread;
    unsigned number, different;
};

static const char *const pieces[] = {
    "get rid of", "the",       "file",        "invoces", "/etc/hosts", "löschen bitte",
    "削除",       "파일을",    "createIssue", "delete",  "screenshot", "remove everything",
    "\"quoted\"", "blobstore",
};

static void make_shared(struct shared *shared, uint64_t *seed)
{
    static const char *const words[] = {"delete", "file", "invoices", "screenshot", "create",
                                        "issue",  "blob", "store",    "screen",     "erase"};
    for (unsigned d = 0; d < DOCUMENTS; d++) {
        struct fl_buf text = {0};
        char word[16];
        for (unsigned i = 0; i < 6; i++) {
            random_word(seed, word);
            fl_buf_printf(&text, "%s %s ", words[random_below(seed, 10)], word);
        }
        shared->texts[d] = fl_buf_take(&text);
        assert_non_null(shared->texts[d]);
    }
    text_index_init(&shared->index, (const char *const *)shared->texts);
    for (unsigned r = 0; r < REQUESTS; r++)
        for (uint32_t n = 1 + random_below(seed, 6); n > 0; n--)
            fl_buf_printf(&shared->requests[r], "%s ",
                          pieces[random_below(seed, sizeof pieces / sizeof *pieces)]);
}

/* The hits of one request; FL_VOCAB_NONE when out of memory. */
static uint32_t answer(struct shared *shared, struct fl_query *query, struct fl_search *search,
                       unsigned r, struct fl_hit *hits)
{
    if (fl_query_analyze(query, &shared->index, &plain_options,
                         (struct fl_str){shared->requests[r].ptr, shared->requests[r].len}))
        return FL_VOCAB_NONE;
    return fl_search_run(search, &shared->index, query, NULL, hits, HITS);
}

static void *read_all(void *ctx)
{
    struct reader *reader = ctx;
    struct shared *shared = reader->shared;
    struct fl_query *query = calloc(1, sizeof *query);
    struct fl_search search;
    if (!query || fl_search_init(&search, &shared->index)) {
        free(query);
        reader->different = REQUESTS;
        return NULL;
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct fl_hit hits[HITS];
        unsigned r = (i + reader->number * 31) % REQUESTS;
        uint32_t count = answer(shared, query, &search, r, hits);
        reader->different += count != shared->expected_count[r] ||
                             memcmp(hits, shared->expected[r], count * sizeof *hits) != 0;
    }
    fl_search_destroy(&search);
    fl_query_destroy(query);
    free(query);
    return NULL;
}

static void threads_share_an_index(void **state)
{
    (void)state;
    static struct shared shared;
    uint64_t seed = 61;
    make_shared(&shared, &seed);
    struct fl_query *query = calloc(1, sizeof *query);
    struct fl_search search;
    assert_non_null(query);
    assert_int_equal(fl_search_init(&search, &shared.index), 0);
    unsigned found = 0;
    for (unsigned r = 0; r < REQUESTS; r++) {
        shared.expected_count[r] = answer(&shared, query, &search, r, shared.expected[r]);
        assert_true(shared.expected_count[r] <= HITS);
        found += shared.expected_count[r] > 0;
    }
    assert_true(found > REQUESTS / 2);
    fl_search_destroy(&search);
    fl_query_destroy(query);
    free(query);

    struct reader readers[THREADS];
    for (unsigned t = 0; t < THREADS; t++) {
        readers[t] = (struct reader){.shared = &shared, .number = t};
        assert_int_equal(pthread_create(&readers[t].thread, NULL, read_all, &readers[t]), 0);
    }
    for (unsigned t = 0; t < THREADS; t++) {
        pthread_join(readers[t].thread, NULL);
        assert_int_equal(readers[t].different, 0);
    }
    for (unsigned r = 0; r < REQUESTS; r++)
        fl_buf_destroy(&shared.requests[r]);
    for (unsigned d = 0; d < DOCUMENTS; d++)
        free(shared.texts[d]);
    fl_index_destroy(&shared.index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_share_an_index)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
