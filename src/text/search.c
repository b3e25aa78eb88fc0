/* search.c: see search.h. */
#include "text/search.h"

#include <stdlib.h>

enum { BLOCK = 32, SUM_MAX = 65535 };

static uint32_t blocks_of(uint32_t documents)
{
    return (documents + BLOCK - 1) / BLOCK;
}

int fl_search_init(struct fl_search *search, const struct fl_index *index)
{
    uint32_t blocks = blocks_of(index->document_count) + 1;
    *search = (struct fl_search){.document_count = index->document_count};
    search->sums = calloc((size_t)blocks * BLOCK, sizeof *search->sums);
    search->best = calloc((size_t)blocks * BLOCK, sizeof *search->best);
    search->block_max = calloc(blocks, sizeof *search->block_max);
    if (!search->sums || !search->best || !search->block_max) {
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
    free(search->block_max);
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

/* Alternatives: only what exceeds the group's best so far is added. */
static void add_alternative(struct fl_search *search, const struct fl_index *index, uint32_t term,
                            uint32_t weight)
{
    const struct fl_posting *p = index->postings + index->first[term];
    const struct fl_posting *end = index->postings + index->first[term + 1];
    for (; p < end; p++) {
        uint16_t value = (uint16_t)(weight * p->impact >> 8);
        uint16_t before = search->best[p->document];
        if (value > before) {
            search->best[p->document] = value;
            search->sums[p->document] = (uint16_t)(search->sums[p->document] + value - before);
        }
    }
}

static void clear_best(struct fl_search *search, const struct fl_index *index, uint32_t term)
{
    const struct fl_posting *p = index->postings + index->first[term];
    const struct fl_posting *end = index->postings + index->first[term + 1];
    for (; p < end; p++)
        search->best[p->document] = 0;
}

static void accumulate(struct fl_search *search, const struct fl_index *index,
                       const struct fl_query *query)
{
    float scale = (float)SUM_MAX / search->reachable;
    for (unsigned g = 0; g < query->group_count; g++) {
        const struct fl_query_group *group = &query->groups[g];
        const struct fl_query_term *terms = &query->terms[group->first_term];
        for (unsigned i = 0; i < group->term_count; i++) {
            uint32_t weight = (uint32_t)(
                fl_search_term_weight(index, query, group->first_term + i) * scale);
            if (group->term_count == 1)
                add_single(search, index, terms[i].term, weight);
            else
                add_alternative(search, index, terms[i].term, weight);
        }
        for (unsigned i = 0; group->term_count > 1 && i < group->term_count; i++)
            clear_best(search, index, terms[i].term);
    }
}

/* The maximum of each block; branch-free, so that the compiler vectorises it. */
static void find_block_maxima(struct fl_search *search, uint32_t blocks)
{
    for (uint32_t b = 0; b < blocks; b++) {
        const uint16_t *sums = search->sums + (size_t)b * BLOCK;
        uint16_t most = 0;
        for (unsigned i = 0; i < BLOCK; i++)
            most = sums[i] > most ? sums[i] : most;
        search->block_max[b] = most;
    }
}

/* A sum that at least `capacity` documents reach: at least so many block maxima do. Found by a
 * histogram of the maxima, so up to one bin too low. */
static uint16_t least_useful(const struct fl_search *search, uint32_t blocks, uint32_t capacity)
{
    enum { BINS = 256, SHIFT = 8 };
    if (blocks <= capacity)
        return 1;
    uint32_t bins[BINS] = {0};
    for (uint32_t b = 0; b < blocks; b++)
        bins[search->block_max[b] >> SHIFT]++;
    uint32_t reached = 0;
    unsigned bin = BINS - 1;
    for (; bin > 0; bin--) {
        reached += bins[bin];
        if (reached >= capacity)
            break;
    }
    return bin ? (uint16_t)(bin << SHIFT) : 1;
}

/* A min-heap of the best hits: the root is the worst; worse = lower score, then higher document. */
static bool is_worse(struct fl_hit a, struct fl_hit b)
{
    return a.score < b.score || (a.score == b.score && a.document > b.document);
}

static void sift_down(struct fl_hit *heap, uint32_t count, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && is_worse(heap[child + 1], heap[child]))
            child++;
        if (!is_worse(heap[child], heap[at]))
            return;
        struct fl_hit swapped = heap[at];
        heap[at] = heap[child];
        heap[child] = swapped;
        at = child;
    }
}

static uint32_t push_hit(struct fl_hit *heap, uint32_t count, uint32_t capacity, struct fl_hit hit)
{
    if (count == capacity) {
        if (is_worse(heap[0], hit)) {
            heap[0] = hit;
            sift_down(heap, count, 0);
        }
        return count;
    }
    uint32_t at = count;
    heap[at] = hit;
    while (at && is_worse(heap[at], heap[(at - 1) / 2])) {
        struct fl_hit swapped = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swapped;
        at = (at - 1) / 2;
    }
    return count + 1;
}

static void sort_heap(struct fl_hit *heap, uint32_t count)
{
    for (uint32_t n = count; n > 1; n--) { /* the worst goes to the end */
        struct fl_hit worst = heap[0];
        heap[0] = heap[n - 1];
        heap[n - 1] = worst;
        sift_down(heap, n - 1, 0);
    }
}

uint32_t fl_search_run(struct fl_search *search, const struct fl_index *index,
                       const struct fl_query *query, const uint8_t *allowed, struct fl_hit *ret_hits,
                       uint32_t capacity)
{
    search->reachable = reachable_sum(index, query);
    if (search->reachable <= 0 || !capacity)
        return 0;
    accumulate(search, index, query);
    uint32_t blocks = blocks_of(index->document_count);
    find_block_maxima(search, blocks);
    uint16_t least = allowed ? 1 : least_useful(search, blocks, capacity);
    uint32_t count = 0;
    for (uint32_t b = 0; b < blocks; b++) {
        uint16_t *sums = search->sums + (size_t)b * BLOCK;
        if (search->block_max[b] >= least)
            for (uint32_t i = 0; i < BLOCK; i++) {
                uint32_t document = b * BLOCK + i;
                if (sums[i] >= least && (!allowed || allowed[document]))
                    count = push_hit(ret_hits, count, capacity,
                                     (struct fl_hit){document, (float)sums[i] / SUM_MAX});
            }
        if (search->block_max[b])
            memset(sums, 0, BLOCK * sizeof *sums);
    }
    sort_heap(ret_hits, count);
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
