/* calibrate.c: fits the coefficients of src/rank/calibrate.c and prints them.
 *
 *   calibrate [--encoder FILE] CATALOG QUERIES [CATALOG QUERIES]… [--none CATALOG FILE]…
 *
 * Every pair is one set; --none adds requests ("query") that nothing in the catalogue serves. With
 * --encoder, which holds for the sets behind it, those of fused rankings are fitted: name for each
 * set an encoder that was trained without it. Sets
 * weigh the same whatever their size. Each set is left out once: the loss on it, fitted on the
 * others, is printed beside its loss when it takes part, and a reliability table of the fit on all.
 */
#include "engine/engine.h"
#include "eval/eval_file.h"
#include "rank/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { INPUTS = FL_CALIBRATE_INPUTS_MAX, MAX_SETS = 32, ROWS_PER_SET = 3000, DEPTH = 20 };

static const double LOW = 0.15; /* where selection begins to say that nothing fits */

struct row {
    float inputs[INPUTS];
    float weight;
    uint8_t label, set;
};

struct rows {
    struct row *items;
    size_t count, capacity;
};

static void push(struct rows *rows, const struct row *row)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 4096;
        rows->items = realloc(rows->items, rows->capacity * sizeof *rows->items);
        if (!rows->items)
            exit(1);
    }
    rows->items[rows->count++] = *row;
}

static bool is_gold(const struct fl_eval_query *query, uint32_t document)
{
    for (uint32_t g = 0; g < query->gold_count; g++)
        for (uint32_t i = 0; i < query->gold[g].count; i++)
            if (query->gold[g].tools[i] == document)
                return true;
    return false;
}

static struct fl_snapshot *load(struct fl_engine *engine, const char *path)
{
    struct fl_err err;
    if (fl_engine_load_files(engine, &path, 1, NULL, &err)) {
        fprintf(stderr, "%s: %s\n", path, err.message);
        exit(1);
    }
    return fl_engine_pin(engine);
}

static void add_request(struct fl_snapshot *s, const struct fl_engine *engine,
                        const struct fl_eval_query *query, uint8_t set, struct rows *match,
                        struct rows *fit)
{
    struct fl_ranker *ranker = fl_ranker_take(s);
    if (!ranker || engine->scorer->rank(ranker, s, fl_str_of(query->text), NULL))
        exit(1);
    uint32_t depth = ranker->ranking.count < DEPTH ? ranker->ranking.count : DEPTH;
    for (uint32_t i = 0; i < depth; i++) {
        struct fl_match_features features = fl_ranking_features(ranker, i);
        struct row row = {.weight = 1, .set = set};
        if (query->gold_count) {
            row.label = is_gold(query, ranker->ranking.candidates[i].document);
            fl_match_inputs(&features, row.inputs);
            push(match, &row);
        }
        if (i == 0) {
            row.label = query->gold_count > 0;
            fl_fit_inputs(&features, row.inputs);
            push(fit, &row);
        }
    }
    fl_ranker_give(s, ranker);
}

static void add_set(struct fl_engine *engine, const char *catalog, const char *queries, uint8_t set,
                    struct rows *match, struct rows *fit)
{
    struct fl_snapshot *s = load(engine, catalog);
    struct fl_eval_file file = {0};
    struct fl_err err;
    if (fl_eval_file_read(&file, queries, &s->catalog, NULL, &err)) {
        fprintf(stderr, "%s: %s\n", queries, err.message);
        exit(1);
    }
    uint32_t step = file.count / ROWS_PER_SET + 1;
    for (uint32_t i = 0; i < file.count; i += step)
        if (!file.queries[i].candidate_count)
            add_request(s, engine, &file.queries[i], set, match, fit);
    fl_eval_file_destroy(&file);
    fl_snapshot_unpin(s);
}

/* Every set counts the same, and in it both labels as often as they are; but sets without any need
 * are together a part of all that is likely among requests, however many were at hand. */
static void weigh(struct rows *rows, int sets)
{
    const double none_share = 0.15;
    double count[MAX_SETS] = {0}, needed[MAX_SETS] = {0};
    for (size_t i = 0; i < rows->count; i++) {
        count[rows->items[i].set]++;
        needed[rows->items[i].set] += rows->items[i].label;
    }
    int none = 0;
    for (int s = 0; s < sets; s++)
        none += count[s] > 0 && needed[s] == 0;
    double others = sets - none;
    double factor = none && others > 0 ? none_share / (1 - none_share) * others / none : 1;
    for (size_t i = 0; i < rows->count; i++) {
        int set = rows->items[i].set;
        double weight = needed[set] > 0 ? 1000.0 : 1000.0 * factor;
        rows->items[i].weight = (float)(weight / count[set]);
    }
}

static double probability(const double *w, const struct row *row, int n)
{
    double x = 0;
    for (int i = 0; i < n; i++)
        x += w[i] * (double)row->inputs[i];
    return 1.0 / (1.0 + exp(-x));
}

/* Gauss elimination with partial pivoting; n is small. */
static void solve(double a[INPUTS][INPUTS], double *b, int n)
{
    for (int c = 0; c < n; c++) {
        int best = c;
        for (int r = c + 1; r < n; r++)
            if (fabs(a[r][c]) > fabs(a[best][c]))
                best = r;
        for (int k = 0; k < n; k++) {
            double t = a[c][k];
            a[c][k] = a[best][k];
            a[best][k] = t;
        }
        double t = b[c];
        b[c] = b[best];
        b[best] = t;
        for (int r = 0; r < n; r++) {
            double f = r == c ? 0 : a[r][c] / a[c][c];
            for (int k = c; k < n; k++)
                a[r][k] -= f * a[c][k];
            b[r] -= f * b[c];
        }
    }
    for (int c = 0; c < n; c++)
        b[c] /= a[c][c];
}

/* Newton's method with a small ridge; `left_out` is no set or the one not to use. */
static void fit_weights(const struct rows *rows, int n, int left_out, double *w)
{
    enum { STEPS = 25 };
    const double ridge = 1.0;
    memset(w, 0, (size_t)n * sizeof *w);
    for (int step = 0; step < STEPS; step++) {
        double h[INPUTS][INPUTS] = {{0}}, g[INPUTS] = {0};
        for (size_t i = 0; i < rows->count; i++) {
            const struct row *row = &rows->items[i];
            if (row->set == left_out)
                continue;
            double p = probability(w, row, n), d = (double)row->weight * (row->label - p);
            double v = (double)row->weight * p * (1 - p);
            for (int a = 0; a < n; a++) {
                g[a] += d * (double)row->inputs[a];
                for (int b = 0; b < n; b++)
                    h[a][b] += v * (double)row->inputs[a] * (double)row->inputs[b];
            }
        }
        for (int a = 0; a < n; a++) {
            h[a][a] += ridge;
            g[a] -= ridge * w[a];
        }
        solve(h, g, n);
        for (int a = 0; a < n; a++)
            w[a] += g[a];
    }
}

static double loss(const struct rows *rows, int n, int set, const double *w)
{
    double sum = 0, weight = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        if (row->set != set)
            continue;
        double p = probability(w, row, n);
        sum -= (double)row->weight * log(row->label ? p + 1e-12 : 1 - p + 1e-12);
        weight += (double)row->weight;
    }
    return sum / weight;
}

static size_t count_of(const struct rows *rows, int set)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += rows->items[i].set == set;
    return count;
}

static double share_below(const struct rows *rows, int n, int set, const double *w)
{
    size_t below = 0;
    for (size_t i = 0; i < rows->count; i++)
        below += rows->items[i].set == set && probability(w, &rows->items[i], n) < LOW;
    return (double)below / (double)count_of(rows, set);
}

static void print_reliability(const struct rows *rows, int n, const double *w)
{
    enum { BINS = 10 };
    double said[BINS] = {0}, was[BINS] = {0}, weight[BINS] = {0};
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        double p = probability(w, row, n);
        int bin = p >= 1 ? BINS - 1 : (int)(p * BINS);
        said[bin] += p * (double)row->weight;
        was[bin] += row->label * (double)row->weight;
        weight[bin] += (double)row->weight;
    }
    printf("  said  was   share\n");
    double total = 0;
    for (int b = 0; b < BINS; b++)
        total += weight[b];
    for (int b = 0; b < BINS; b++)
        if (weight[b] > 0)
            printf("  %.2f  %.2f  %5.1f%%\n", said[b] / weight[b], was[b] / weight[b],
                   100 * weight[b] / total);
}

static void fit_and_print(const char *kind, const char *name, struct rows *rows, int n, int sets)
{
    double all[INPUTS], others[INPUTS];
    weigh(rows, sets);
    fit_weights(rows, n, -1, all);
    printf("%s%s = {", kind, name);
    for (int i = 0; i < n; i++)
        printf("%s%.3ff", i ? ", " : "", all[i]);
    printf("};\n  by set: loss in and left out; share of rows below %.2f\n", LOW);
    for (int s = 0; s < sets; s++) {
        fit_weights(rows, n, s, others);
        if (count_of(rows, s))
            printf("  %2d  %.4f  %.4f  %5.1f %%\n", s, loss(rows, n, s, all),
                   loss(rows, n, s, others), 100 * share_below(rows, n, s, others));
    }
    print_reliability(rows, n, all);
}

static struct fl_engine *start(const char *encoder)
{
    struct fl_options options;
    struct fl_engine *engine;
    struct fl_err err;
    fl_options_init(&options);
    options.encoder = encoder;
    if (fl_engine_create(&options, &engine, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return engine;
}

int main(int argc, char **argv)
{
    struct rows match = {0}, fit = {0};
    const char *encoder = NULL;
    int sets = 0;
    for (int i = 1; i + 1 < argc && sets < MAX_SETS; i += 2) {
        if (strcmp(argv[i], "--encoder") == 0) {
            encoder = argv[i + 1];
            continue;
        }
        bool none = strcmp(argv[i], "--none") == 0;
        i += none;
        printf("set %d: %s%s with %s\n", sets, none ? "nothing of " : "", argv[i], argv[i + 1]);
        struct fl_engine *engine = start(encoder);
        add_set(engine, argv[i], argv[i + 1], (uint8_t)sets++, &match, &fit);
        fl_engine_free(engine);
    }
    const char *fused = encoder ? "fused_" : "";
    fit_and_print(fused, "match_weights", &match, encoder ? FL_FUSED_MATCH_INPUTS : FL_MATCH_INPUTS,
                  sets);
    fit_and_print(fused, "fit_weights", &fit, encoder ? FL_FUSED_FIT_INPUTS : FL_FIT_INPUTS, sets);
    free(match.items);
    free(fit.items);
    return 0;
}
