/* fit_fusion.c: fits the weights of src/rank/fuse.c and prints them as fuse_weights.h.
 *
 *   fit_fusion [--encoder FILE] CATALOG QUERIES [[--encoder FILE] CATALOG QUERIES]…
 *
 * Every pair is one set, ranked with the encoder named last, which must have been trained without
 * that set: with one that knows it the fusion would trust the encoder too much. Sets count the same
 * whatever their size. The loss is that of the softmax over the candidates of a request. Each set
 * is left out once: its hit rates by words alone, by similarity alone, and fused with weights
 * fitted on the others and on all go to stderr. */
#include "base/random.h"
#include "engine/engine.h"
#include "eval/eval_file.h"
#include "rank/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum way { PLAIN, SHORT, EXPERIENCED, SEARCH, WAYS };

static const char *const way_names[] = {"", " (short)", " (experienced)", " (search)"};

enum {
    MAX_SETS = 64,
    ROWS_PER_SET = 1500,
    SHORT_GROUPS = 4,
    EXAMPLES = 1000,
    LINEAR = FL_FUSE_INPUTS,
    HIDDEN_AT = LINEAR,
    BIAS_AT = HIDDEN_AT + FL_FUSE_HIDDEN * FL_FUSE_INPUTS,
    OUT_AT = BIAS_AT + FL_FUSE_HIDDEN,
    WEIGHTS = OUT_AT + FL_FUSE_HIDDEN,
    STEPS = 4000,
    BATCH = 24,
};

struct candidate {
    float inputs[FL_FUSE_INPUTS];
    int need; /* number of the need that it serves, or −1 */
};

struct request {
    uint32_t first, count; /* candidates */
    uint32_t needs, found;
    uint32_t set;
};

static struct {
    struct candidate *candidates;
    struct request *requests;
    size_t candidate_count, candidate_capacity, request_count, request_capacity;
    uint32_t set_first[MAX_SETS + 1];
    const char *names[MAX_SETS];
    enum way ways[MAX_SETS];
    uint32_t sets; /* WAYS neighbours are one set */
} data;

static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? 2 * *capacity : 4096;
    items = realloc(items, *capacity * size);
    if (!items)
        exit(1);
    return items;
}

/* --- collecting --- */

static int need_of(const struct fl_eval_query *query, uint32_t document)
{
    for (uint32_t g = 0; g < query->gold_count; g++)
        for (uint32_t i = 0; i < query->gold[g].count; i++)
            if (query->gold[g].tools[i] == document)
                return (int)g;
    return -1;
}

static void watch(void *ctx, const struct fl_candidate *candidate, const float *inputs)
{
    data.candidates = grow(data.candidates, data.candidate_count, &data.candidate_capacity,
                           sizeof *data.candidates);
    struct candidate *c = &data.candidates[data.candidate_count++];
    memcpy(c->inputs, inputs, sizeof c->inputs);
    c->need = need_of(ctx, candidate->document);
}

static void add_request(struct fl_snapshot *s, const struct fl_engine *engine,
                        struct fl_ranker *ranker, struct fl_eval_query *query, struct fl_str text)
{
    size_t first = data.candidate_count;
    ranker->watch = watch;
    ranker->watch_ctx = query;
    if (engine->scorer->rank(ranker, s, text, NULL))
        exit(1);
    ranker->watch = NULL;
    data.requests =
        grow(data.requests, data.request_count, &data.request_capacity, sizeof *data.requests);
    struct request *r = &data.requests[data.request_count++];
    *r = (struct request){(uint32_t)first, (uint32_t)(data.candidate_count - first),
                          query->gold_count, 0, data.sets};
    for (size_t i = first; i < data.candidate_count; i++)
        r->found += data.candidates[i].need >= 0;
}

/* What a group of terms weighs in the query. */
static float group_weight(const struct fl_ranker *ranker, const struct fl_index *index, unsigned g)
{
    const struct fl_query *query = &ranker->query;
    const struct fl_query_group *group = &query->groups[g];
    float most = 0;
    for (unsigned i = 0; i < group->term_count; i++) {
        float weight = fl_search_term_weight(index, query, group->first_term + i);
        most = weight > most ? weight : most;
    }
    return most;
}

/* The words of the weightiest groups of the query that was ranked last, in their order. */
static void shorten(const struct fl_ranker *ranker, const struct fl_index *index,
                    struct fl_buf *out)
{
    const struct fl_query *query = &ranker->query;
    fl_buf_clear(out);
    for (unsigned g = 0; g < query->group_count; g++) {
        unsigned better = 0;
        float own = group_weight(ranker, index, g);
        for (unsigned other = 0; other < query->group_count; other++)
            better += group_weight(ranker, index, other) > own;
        for (unsigned t = 0; better < SHORT_GROUPS && t < query->groups[g].token_count; t++) {
            struct fl_str word = fl_token_text(&query->tokens, query->groups[g].first_token + t);
            fl_buf_append_str(out, out->len ? " " : "");
            fl_buf_append(out, word.ptr, word.len);
        }
    }
}

/* The words of the first groups instead. */
static void cut(const struct fl_ranker *ranker, struct fl_buf *out)
{
    const struct fl_query *query = &ranker->query;
    fl_buf_clear(out);
    for (unsigned g = 0; g < query->group_count && g < SHORT_GROUPS; g++)
        for (unsigned t = 0; t < query->groups[g].token_count; t++) {
            struct fl_str word = fl_token_text(&query->tokens, query->groups[g].first_token + t);
            fl_buf_append_str(out, out->len ? " " : "");
            fl_buf_append(out, word.ptr, word.len);
        }
}

static void rank_searches(struct fl_snapshot *s, const struct fl_engine *engine)
{
    struct fl_ranker *ranker = fl_ranker_take(s);
    struct fl_buf text = {0};
    uint32_t tools = s->catalog.tool_count, kept = tools < ROWS_PER_SET ? tools : ROWS_PER_SET;
    if (!ranker)
        exit(1);
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t tool = (uint32_t)((uint64_t)i * tools / kept);
        struct fl_eval_gold gold = {&tool, 1};
        struct fl_eval_query query = {.gold = &gold, .gold_count = 1};
        struct fl_str description = fl_str_of(s->catalog.tools[tool].description);
        if (engine->scorer->rank(ranker, s, description, NULL))
            exit(1);
        cut(ranker, &text);
        if (text.len)
            add_request(s, engine, ranker, &query, (struct fl_str){text.ptr, text.len});
    }
    fl_buf_destroy(&text);
    fl_ranker_give(s, ranker);
}

static void rank_requests(struct fl_snapshot *s, const struct fl_engine *engine,
                          struct fl_eval_file *file, enum way way)
{
    struct fl_ranker *ranker = fl_ranker_take(s);
    struct fl_buf text = {0};
    uint32_t kept = file->count < ROWS_PER_SET ? file->count : ROWS_PER_SET;
    if (!ranker)
        exit(1);
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t row = (uint32_t)((uint64_t)i * file->count / kept);
        struct fl_eval_query *query = &file->queries[row];
        if (!query->gold_count || (way == EXPERIENCED && row % 2))
            continue;
        struct fl_str whole = fl_str_of(query->text);
        if (way == SHORT) {
            if (engine->scorer->rank(ranker, s, whole, NULL))
                exit(1);
            shorten(ranker, &s->index, &text);
            whole = (struct fl_str){text.ptr, text.len};
        }
        if (whole.len)
            add_request(s, engine, ranker, query, whole);
    }
    fl_buf_destroy(&text);
    fl_ranker_give(s, ranker);
}

/* Every second request is learned, up to EXAMPLES. */
static struct fl_snapshot *learn(struct fl_snapshot *s, const struct fl_eval_file *file)
{
    static struct fl_past_use items[2 * EXAMPLES];
    uint32_t count = 0, odd = file->count / 2;
    for (uint32_t i = 0; i < odd && count < EXAMPLES; i++) {
        uint32_t step = odd > EXAMPLES ? odd / EXAMPLES : 1;
        uint32_t row = 2 * i * step + 1;
        if (row >= file->count)
            break;
        for (uint32_t g = 0; g < file->queries[row].gold_count && count < EXAMPLES; g++)
            items[count++] = (struct fl_past_use){fl_str_of(file->queries[row].text),
                                                  file->queries[row].gold[g].tools[0]};
    }
    struct fl_examples examples = {items, count};
    struct fl_snapshot *learned;
    struct fl_err err;
    if (fl_snapshot_learn(s, &examples, &learned, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return learned;
}

static void add_set(const char *encoder, const char *catalog, const char *queries)
{
    struct fl_options options;
    struct fl_engine *engine;
    struct fl_eval_file file = {0};
    struct fl_err err;
    fl_options_init(&options);
    options.encoder = encoder;
    if (fl_engine_create(&options, &engine, &err) ||
        fl_engine_load_files(engine, &catalog, 1, NULL, &err)) {
        fprintf(stderr, "%s: %s\n", catalog, err.message);
        exit(1);
    }
    struct fl_snapshot *s = fl_engine_pin(engine);
    if (!s->meaning || fl_eval_file_read(&file, queries, &s->catalog, NULL, &err)) {
        fprintf(stderr, "%s: %s\n", queries, s->meaning ? err.message : "no encoder");
        exit(1);
    }
    for (enum way way = 0; way < WAYS; way++) {
        struct fl_snapshot *used = way == EXPERIENCED ? learn(s, &file) : fl_snapshot_share(s);
        if (way == SEARCH)
            rank_searches(used, engine);
        else
            rank_requests(used, engine, &file, way);
        fl_snapshot_unpin(used);
        data.ways[data.sets] = way;
        data.names[data.sets++] = catalog;
        data.set_first[data.sets] = (uint32_t)data.request_count;
    }
    fl_eval_file_destroy(&file);
    fl_snapshot_unpin(s);
    fl_engine_free(engine);
}

/* --- the model --- */

static float score_of(const float *w, const float *inputs, float ret_x[FL_FUSE_HIDDEN])
{
    float score = 0;
    for (int i = 0; i < FL_FUSE_INPUTS; i++)
        score += w[i] * inputs[i];
    for (int h = 0; h < FL_FUSE_HIDDEN; h++) {
        float x = w[BIAS_AT + h];
        for (int i = 0; i < FL_FUSE_INPUTS; i++)
            x += w[HIDDEN_AT + h * FL_FUSE_INPUTS + i] * inputs[i];
        ret_x[h] = x;
        score += w[OUT_AT + h] * (x / (1.0f + fabsf(x)));
    }
    return score;
}

static void add_gradient(const float *w, const struct candidate *c, const float *x, float d,
                         float *g)
{
    for (int i = 0; i < FL_FUSE_INPUTS; i++)
        g[i] += d * c->inputs[i];
    for (int h = 0; h < FL_FUSE_HIDDEN; h++) {
        float denominator = 1.0f + fabsf(x[h]);
        float dx = d * w[OUT_AT + h] / (denominator * denominator);
        g[OUT_AT + h] += d * (x[h] / denominator);
        g[BIAS_AT + h] += dx;
        for (int i = 0; i < FL_FUSE_INPUTS; i++)
            g[HIDDEN_AT + h * FL_FUSE_INPUTS + i] += dx * c->inputs[i];
    }
}

enum { MAX_CANDIDATES = FL_RANK_WIDTH };

static void add_request_gradient(const float *w, const struct request *r, float *g)
{
    static float p[MAX_CANDIDATES], x[MAX_CANDIDATES][FL_FUSE_HIDDEN];
    const struct candidate *c = &data.candidates[r->first];
    float most = -1e30f, sum = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        p[i] = score_of(w, c[i].inputs, x[i]);
        most = p[i] > most ? p[i] : most;
    }
    for (uint32_t i = 0; i < r->count; i++)
        sum += p[i] = expf(p[i] - most);
    for (uint32_t i = 0; i < r->count; i++) {
        float wanted = c[i].need >= 0 ? 1.0f / (float)r->found : 0;
        add_gradient(w, &c[i], x[i], p[i] / sum - wanted, g);
    }
}

static const struct request *draw(struct fl_random *random, uint32_t left_out)
{
    for (;;) {
        uint32_t set = fl_random_below(random, data.sets);
        uint32_t first = data.set_first[set], end = data.set_first[set + 1];
        if (set / WAYS == left_out || first == end)
            continue;
        const struct request *r = &data.requests[first + fl_random_below(random, end - first)];
        if (r->found && r->found < r->count)
            return r;
    }
}

static void fit(uint32_t left_out, float *w)
{
    static float g[WEIGHTS], m[WEIGHTS], v[WEIGHTS];
    struct fl_random random;
    fl_random_seed(&random, 1, 0);
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
    for (int i = 0; i < WEIGHTS; i++)
        w[i] = i < LINEAR ? 0 : fl_random_symmetric(&random, 0.5f);
    for (int step = 1; step <= STEPS; step++) {
        const float b1 = 0.9f, b2 = 0.999f, decay = 1e-4f;
        float rate = 0.01f * (1.0f - (float)step / (STEPS + 1));
        memset(g, 0, sizeof g);
        for (int i = 0; i < BATCH; i++)
            add_request_gradient(w, draw(&random, left_out), g);
        for (int i = 0; i < WEIGHTS; i++) {
            g[i] = g[i] / BATCH + decay * w[i];
            m[i] = b1 * m[i] + (1 - b1) * g[i];
            v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
            float mean = m[i] / (1 - powf(b1, (float)step));
            w[i] -= rate * mean / (sqrtf(v[i] / (1 - powf(b2, (float)step))) + 1e-6f);
        }
    }
}

/* --- hit rates --- */

struct hits {
    double recall1, recall5, recall10, comp10;
    uint32_t count;
};

enum { BY_WORDS, BY_SIMILARITY, FUSED };

static void add_hits(struct hits *hits, const struct request *r, int by, const float *w)
{
    const struct candidate *c = &data.candidates[r->first];
    float scores[MAX_CANDIDATES], x[FL_FUSE_HIDDEN];
    uint32_t best[64]; /* rank of the best candidate for each need */
    for (uint32_t i = 0; i < r->count; i++)
        scores[i] = by == BY_WORDS        ? c[i].inputs[0]
                    : by == BY_SIMILARITY ? c[i].inputs[3]
                                          : score_of(w, c[i].inputs, x);
    uint32_t needs = r->needs < 64 ? r->needs : 64;
    for (uint32_t n = 0; n < needs; n++)
        best[n] = UINT32_MAX;
    for (uint32_t i = 0; i < r->count; i++) {
        if (c[i].need < 0 || (uint32_t)c[i].need >= needs)
            continue;
        uint32_t rank = 0;
        for (uint32_t k = 0; k < r->count; k++)
            rank += scores[k] > scores[i] || (scores[k] == scores[i] && k < i);
        if (rank < best[c[i].need])
            best[c[i].need] = rank;
    }
    bool all = true;
    for (uint32_t n = 0; n < needs; n++) {
        hits->recall1 += best[n] < 1 ? 100.0 / needs : 0;
        hits->recall5 += best[n] < 5 ? 100.0 / needs : 0;
        hits->recall10 += best[n] < 10 ? 100.0 / needs : 0;
        all &= best[n] < 10;
    }
    hits->comp10 += all ? 100 : 0;
    hits->count++;
}

static struct hits hits_of(uint32_t set, int by, const float *w)
{
    struct hits h = {0};
    for (uint32_t i = data.set_first[set]; i < data.set_first[set + 1]; i++)
        add_hits(&h, &data.requests[i], by, w);
    h.recall1 /= h.count;
    h.recall5 /= h.count;
    h.recall10 /= h.count;
    h.comp10 /= h.count;
    return h;
}

static void tell(const char *how, const struct hits *h)
{
    fprintf(stderr, "  %-10s R@1 %5.1f  R@5 %5.1f  R@10 %5.1f  comp@10 %5.1f\n", how, h->recall1,
            h->recall5, h->recall10, h->comp10);
}

static void add_to(struct hits *sum, const struct hits *h)
{
    sum->recall1 += h->recall1 * WAYS / data.sets;
    sum->recall5 += h->recall5 * WAYS / data.sets;
    sum->recall10 += h->recall10 * WAYS / data.sets;
    sum->comp10 += h->comp10 * WAYS / data.sets;
}

static void report(const float *all)
{
    static float w[WEIGHTS];
    static const char *const how[] = {"words", "similar", "left out", "all"};
    struct hits mean[WAYS][4] = {{{0}}};
    for (uint32_t s = 0; s < data.sets; s++) {
        enum way way = data.ways[s];
        if (way == PLAIN)
            fit(s / WAYS, w);
        struct hits h[] = {hits_of(s, BY_WORDS, NULL), hits_of(s, BY_SIMILARITY, NULL),
                           hits_of(s, FUSED, w), hits_of(s, FUSED, all)};
        fprintf(stderr, "%s%s (%u requests)\n", data.names[s], way_names[way], h[0].count);
        for (int i = 0; i < 4; i++) {
            tell(how[i], &h[i]);
            add_to(&mean[way][i], &h[i]);
        }
    }
    for (enum way way = 0; way < WAYS; way++) {
        fprintf(stderr, "mean%s\n", way_names[way]);
        for (int i = 0; i < 4; i++)
            tell(how[i], &mean[way][i]);
    }
}

/* --- printing --- */

static void print_row(const float *w, int count)
{
    for (int i = 0; i < count; i++)
        printf("%s%.4ff", i ? ", " : "", (double)w[i]);
}

static void print_weights(const float *w)
{
    printf("/* fuse_weights.h: printed by bench/fit_fusion; included by fuse.c only. */\n"
           "#ifndef FL_ENGINE_FUSE_WEIGHTS_H\n#define FL_ENGINE_FUSE_WEIGHTS_H\n\n"
           "#include \"rank/fuse.h\"\n\nstatic const float fl_fuse_direct[FL_FUSE_INPUTS] = {");
    print_row(w, FL_FUSE_INPUTS);
    printf("};\nstatic const float fl_fuse_bias[FL_FUSE_HIDDEN] = {");
    print_row(w + BIAS_AT, FL_FUSE_HIDDEN);
    printf("};\nstatic const float fl_fuse_hidden[FL_FUSE_HIDDEN][FL_FUSE_INPUTS] = {\n");
    for (int h = 0; h < FL_FUSE_HIDDEN; h++) {
        printf("    {");
        print_row(w + HIDDEN_AT + h * FL_FUSE_INPUTS, FL_FUSE_INPUTS);
        printf("},\n");
    }
    printf("};\nstatic const float fl_fuse_out[FL_FUSE_HIDDEN] = {");
    print_row(w + OUT_AT, FL_FUSE_HIDDEN);
    printf("};\n\n#endif\n");
}

int main(int argc, char **argv)
{
    static float all[WEIGHTS];
    const char *encoder = NULL;
    for (int i = 1; i + 1 < argc && data.sets + WAYS <= MAX_SETS; i += 2) {
        if (strcmp(argv[i], "--encoder") == 0)
            encoder = argv[i + 1];
        else
            add_set(encoder, argv[i], argv[i + 1]);
    }
    if (!data.sets) {
        fprintf(stderr, "usage: fit_fusion --encoder FILE CATALOG QUERIES …\n");
        return 2;
    }
    fit(UINT32_MAX, all);
    report(all);
    print_weights(all);
    free(data.candidates);
    free(data.requests);
    return 0;
}
