/* search.c: see search.h. */
#include "text/search.h"

#include <stdlib.h>

enum {
    SUM_MAX = 65535,
    COLUMN_STEP = 32,     /* columns come in whole vectors */
    FEWEST_COLUMNS = 128, /* so that their maxima bound the best few dozen well */
    ROWS = 16,
};

/* Sums are looked at as a table: document d stands in row d / columns, column d % columns. The
 * maximum of a column then needs no shuffling inside vectors. */
static uint32_t columns_of(uint32_t documents)
{
    uint32_t columns = documents / ROWS + 1;
    columns = columns < FEWEST_COLUMNS ? FEWEST_COLUMNS : columns;
    return (columns + COLUMN_STEP - 1) / COLUMN_STEP * COLUMN_STEP;
}

int fl_search_init(struct fl_search *search, const struct fl_index *index)
{
    uint32_t columns = columns_of(index->document_count);
    size_t rows = index->document_count / columns + 1;
    *search = (struct fl_search){.columns = columns, .rows = (uint32_t)rows};
    search->sums = calloc(rows * columns, sizeof *search->sums);
    search->best = calloc(rows * columns, sizeof *search->best);
    search->column_max = calloc(columns, sizeof *search->column_max);
    if (!search->sums || !search->best || !search->column_max) {
        fl_search_destroy(search);
        return -FL_ENOMEM;
    }
    return 0;
}

void fl_search_destroy(struct fl_search *search)
{
    if (!search)
        return;
    free(search->sums);
    free(search->best);
    free(search->column_max);
    *search = (struct fl_search){0};
}

float fl_search_term_weight(const struct fl_index *index, const struct fl_query *query,
                            unsigned term)
{
    const struct fl_query_term *t = &query->terms[term];
    return query->groups[t->group].weight * t->weight * index->idf[t->term];
}

/* What a document could reach at most in each group, summed. */
static float reachable_sum(const struct fl_index *index, const struct fl_query *query)
{
    float sum = 0;
    for (unsigned g = 0; g < query->group_count; g++) {
        const struct fl_query_group *group = &query->groups[g];
        float best = 0;
        for (unsigned i = 0; i < group->term_count; i++) {
            float weight = fl_search_term_weight(index, query, group->first_term + i);
            best = weight > best ? weight : best;
        }
        sum += best;
    }
    return sum;
}

static void add_single(struct fl_search *search, const struct fl_index *index, uint32_t term,
                       uint32_t weight)
{
    const struct fl_posting *p = index->postings + index->first[term];
    const struct fl_posting *end = index->postings + index->first[term + 1];
    for (; p < end; p++)
        search->sums[p->document] =
            (uint16_t)(search->sums[p->document] + (weight * p->impact >> 8));
}

/* Alternatives: only what exceeds the group's best so far is added. `best` cells carry the stamp of
 * the group that wrote them, so that no pass has to clear them. */
static void add_alternative(struct fl_search *search, const struct fl_index *index, uint32_t term,
                            uint32_t weight)
{
    const struct fl_posting *p = index->postings + index->first[term];
    const struct fl_posting *end = index->postings + index->first[term + 1];
    uint32_t stamp = search->stamp;
    for (; p < end; p++) {
        uint32_t value = weight * p->impact >> 8;
        uint32_t cell = search->best[p->document];
        uint32_t before = cell >> 16 == stamp ? cell & 0xFFFF : 0;
        uint32_t best = value > before ? value : before;
        search->best[p->document] = stamp << 16 | best;
        search->sums[p->document] = (uint16_t)(search->sums[p->document] + best - before);
    }
}

static void next_stamp(struct fl_search *search)
{
    if (++search->stamp <= UINT16_MAX)
        return;
    memset(search->best, 0, (size_t)search->rows * search->columns * sizeof *search->best);
    search->stamp = 1;
}

static void accumulate(struct fl_search *search, const struct fl_index *index,
                       const struct fl_query *query)
{
    float scale = (float)SUM_MAX / search->reachable;
    for (unsigned g = 0; g < query->group_count; g++) {
        const struct fl_query_group *group = &query->groups[g];
        const struct fl_query_term *terms = &query->terms[group->first_term];
        next_stamp(search);
        for (unsigned i = 0; i < group->term_count; i++) {
            uint32_t weight =
                (uint32_t)(fl_search_term_weight(index, query, group->first_term + i) * scale);
            if (group->term_count == 1)
                add_single(search, index, terms[i].term, weight);
            else
                add_alternative(search, index, terms[i].term, weight);
        }
    }
}

static void find_column_maxima(struct fl_search *search)
{
    uint16_t *restrict most = search->column_max;
    memcpy(most, search->sums, search->columns * sizeof *most);
    for (uint32_t row = 1; row < search->rows; row++) {
        const uint16_t *restrict sums = search->sums + (size_t)row * search->columns;
        for (uint32_t c = 0; c < search->columns; c++)
            most[c] = sums[c] > most[c] ? sums[c] : most[c];
    }
}

/* A sum that at least `capacity` documents reach, because at least so many columns do. Found by a
 * histogram of the maxima, so up to one bin too low. */
static uint16_t least_useful(const struct fl_search *search, uint32_t capacity)
{
    enum { BINS = 256, SHIFT = 8 };
    uint32_t bins[BINS] = {0};
    for (uint32_t c = 0; c < search->columns; c++)
        bins[search->column_max[c] >> SHIFT]++;
    uint32_t reached = 0;
    for (unsigned bin = BINS - 1; bin > 0; bin--) {
        reached += bins[bin];
        if (reached >= capacity)
            return (uint16_t)(bin << SHIFT);
    }
    return 1;
}

/* A hit as one number: larger is better, and among equal sums the earlier document is. */
static uint64_t key_of(uint16_t sum, uint32_t document)
{
    return (uint64_t)sum << 32 | (UINT32_MAX - document);
}

/* Leaves the `keep` largest of `count` keys at the front, in any order (Hoare's selection). */
static void select_largest(uint64_t *keys, uint32_t count, uint32_t keep)
{
    uint32_t low = 0, high = count - 1;
    while (low < high) {
        uint64_t pivot = keys[low + (high - low) / 2];
        uint32_t i = low, j = high;
        for (;;) {
            while (keys[i] > pivot)
                i++;
            while (keys[j] < pivot)
                j--;
            if (i >= j)
                break;
            uint64_t swapped = keys[i];
            keys[i++] = keys[j];
            keys[j--] = swapped;
        }
        /* Keys are distinct: [low, j] are at least the pivot, what follows at most. */
        uint32_t middle = keys[j] >= pivot ? j : j - 1;
        if (keep - 1 <= middle)
            high = middle;
        else
            low = middle + 1;
    }
}

static void sort_descending(uint64_t *keys, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint64_t moved = keys[i];
        uint32_t at = i;
        for (; at > 0 && keys[at - 1] < moved; at--)
            keys[at] = keys[at - 1];
        keys[at] = moved;
    }
}

enum { KEYS_MAX = 512 };

/* The keys of documents with a sum of at least `least`; when there are many, the worse ones are
 * dropped on the way. Returns how many are left. */
static uint32_t collect(const struct fl_search *search, uint16_t least, const uint8_t *allowed,
                        uint32_t capacity, uint64_t keys[KEYS_MAX])
{
    uint32_t count = 0;
    for (uint32_t c = 0; c < search->columns; c++) {
        if (search->column_max[c] < least)
            continue;
        for (uint32_t row = 0; row < search->rows; row++) {
            uint32_t document = row * search->columns + c;
            uint16_t sum = search->sums[document];
            if (sum < least || (allowed && !allowed[document]))
                continue;
            if (count == KEYS_MAX) {
                select_largest(keys, count, capacity);
                count = capacity;
            }
            keys[count++] = key_of(sum, document);
        }
    }
    return count;
}

static void clear_sums(struct fl_search *search)
{
    memset(search->sums, 0, (size_t)search->rows * search->columns * sizeof *search->sums);
}

float fl_search_score(const struct fl_search *search, uint32_t document)
{
    return (float)search->sums[document] / SUM_MAX;
}

uint32_t fl_search_run(struct fl_search *search, const struct fl_index *index,
                       const struct fl_query *query, const uint8_t *allowed,
                       struct fl_hit *ret_hits, uint32_t capacity)
{
    clear_sums(search);
    search->reachable = reachable_sum(index, query);
    capacity = capacity < FL_SEARCH_MAX_HITS ? capacity : FL_SEARCH_MAX_HITS;
    if (search->reachable <= 0 || !capacity)
        return 0;
    accumulate(search, index, query);
    find_column_maxima(search);
    uint64_t keys[KEYS_MAX];
    uint16_t least = allowed ? 1 : least_useful(search, capacity);
    uint32_t count = collect(search, least, allowed, capacity, keys);
    if (count > capacity) {
        select_largest(keys, count, capacity);
        count = capacity;
    }
    sort_descending(keys, count);
    for (uint32_t i = 0; i < count; i++)
        ret_hits[i] =
            (struct fl_hit){UINT32_MAX - (uint32_t)keys[i], (float)(keys[i] >> 32) / SUM_MAX};
    return count;
}

const struct fl_posting *fl_index_posting(const struct fl_index *index, uint32_t term,
                                          uint32_t document, uint16_t *ret_fields)
{
    uint32_t low = index->first[term], high = index->first[term + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->postings[middle].document < document)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == index->first[term + 1] || index->postings[low].document != document)
        return NULL;
    *ret_fields = index->fields[low];
    return &index->postings[low];
}
