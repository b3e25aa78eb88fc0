/* fuzz_query.c: any request to a small index stays within the limits of query.h, its hits are those
 * that search.h promises, and the scratch is as clean afterwards as before. */
#include "text/search.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const texts[] = {
    "delete_file removes a file from the disk",
    "createIssue opens an issue in a repository",
    "list invoices",
    "take a screenshot of the page",
    "translate text into a language",
    "timezone convert",
    "blob store",
    "画面 screen",
    "send an email to a recipient",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "search web pages by keywords",
};
enum { DOCUMENTS = sizeof texts / sizeof *texts };

static const struct fl_query_options options = {
    .synonym = 0.6f,
    .phrase = 1,
    .translation = 1,
    .spelling = 0.9f,
    .compound = 0.9f,
    .chained = 0.5f,
    .literal = 0.2f,
    .quoted = 0.5f,
    .entity = 0.4f,
    .weak = 0.3f,
    .least = 0.1f,
};

/* Made once, and reachable until the end. */
static struct fl_index fuzz_index;
static struct fl_search fuzz_search;
static struct fl_query fuzz_query;

static struct fl_str text_of(void *ctx, uint32_t document, unsigned field)
{
    (void)ctx;
    (void)field;
    return fl_str_of(texts[document]);
}

static void make_index(void)
{
    struct fl_index_options fields = {.fields = {{1, 0.75f}}, .field_count = 1, .k1 = 1.2f};
    if (fl_index_init(&fuzz_index, &fields, DOCUMENTS, text_of, NULL, NULL) ||
        fl_search_init(&fuzz_search, &fuzz_index))
        abort();
}

static void check_group(unsigned g, unsigned first_term)
{
    const struct fl_query_group *group = &fuzz_query.groups[g];
    if (group->first_term != first_term || !group->term_count || !group->token_count ||
        group->first_token + group->token_count > fuzz_query.tokens.count ||
        !(group->weight >= 0 && group->weight <= 1))
        abort();
    for (unsigned i = first_term; i < first_term + group->term_count; i++) {
        const struct fl_query_term *term = &fuzz_query.terms[i];
        if (term->group != g || term->term >= fuzz_index.vocab.term_count ||
            term->way > FL_WAY_LITERAL || !(term->weight >= 0 && term->weight <= 1))
            abort();
    }
}

static void check_query(void)
{
    if (fuzz_query.group_count > FL_QUERY_MAX_GROUPS ||
        fuzz_query.term_count > FL_QUERY_MAX_TERMS || fuzz_query.word_count > FL_QUERY_MAX_WORDS ||
        fuzz_query.language >= FL_LANGUAGE_COUNT)
        abort();
    unsigned terms = 0;
    for (unsigned g = 0; g < fuzz_query.group_count; g++) {
        check_group(g, terms);
        terms += fuzz_query.groups[g].term_count;
    }
    if (terms != fuzz_query.term_count)
        abort();
}

static uint32_t search(struct fl_hit hits[DOCUMENTS])
{
    uint32_t count = fl_search_run(&fuzz_search, &fuzz_index, &fuzz_query, NULL, hits, DOCUMENTS);
    if (count > DOCUMENTS || (count && !fuzz_query.group_count))
        abort();
    for (uint32_t i = 0; i < count; i++) {
        if (hits[i].document >= DOCUMENTS || !(hits[i].score > 0 && hits[i].score <= 1))
            abort();
        if (i && (hits[i].score > hits[i - 1].score ||
                  (hits[i].score == hits[i - 1].score && hits[i].document <= hits[i - 1].document)))
            abort();
        if (fl_search_score(&fuzz_search, hits[i].document) != hits[i].score)
            abort();
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (!fuzz_index.document_count)
        make_index();
    struct fl_hit first[DOCUMENTS], again[DOCUMENTS];
    if (fl_query_analyze(&fuzz_query, &fuzz_index, &options,
                         (struct fl_str){(const char *)bytes, len}))
        abort();
    check_query();
    uint32_t count = search(first);
    if (search(again) != count || (count && memcmp(first, again, count * sizeof *first) != 0))
        abort();
    return 0;
}
