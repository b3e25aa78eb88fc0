/* bench_residency.c: load time paid on the demand path by each policy, beside what no policy can go
 * below: bench_residency DATA
 *
 * Traces: DATA/sequences/NAME/trace.tsv, whose sessions follow each other as those of one user
 * (alone they are too short to keep anything), and two that are made up by a seed: workflows that
 * are repeated with a few slips, and switching between applications by how lately they were used.
 * Sizes are made up as well, in three regimes:
 *
 *     equal   one size and one load time: Belady's MIN is the bound
 *     large   a tenth of 0.3–1 GB, the others 2–20 MB; load time grows with size
 *     mixed   log-normal sizes; load time is independent of size
 *
 * With weights the bound is that of PFOO-L (Berger, Beckmann, Harchol-Balter 2018, "Practical
 * Bounds on Optimal Caching with Variable Object Sizes"): memory × time is given to the pauses
 * between two uses of an item that save most load time a byte and step, as if only the sum over
 * time had to fit. */
#include "base/buf.h"
#include "base/os.h"
#include "base/random.h"
#include "foreload/foreload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_ROWS = 40000, MAX_ITEMS = 1024, NAME_BYTES = 96, SEED = 20 };

enum regime { EQUAL, LARGE, MIXED, REGIMES };
static const char *const regime_names[REGIMES] = {"equal", "large", "mixed"};
static const unsigned percents[] = {10, 20, 40, 70};

struct trace {
    char name[NAME_BYTES];
    uint32_t rows[MAX_ROWS]; /* items; no repeats */
    uint32_t count, items;
    double bytes[MAX_ITEMS], load_ms[MAX_ITEMS];
};

static void add(struct trace *trace, uint32_t item)
{
    if (trace->count == MAX_ROWS || (trace->count && trace->rows[trace->count - 1] == item))
        return;
    trace->rows[trace->count++] = item;
    if (item >= trace->items)
        trace->items = item + 1;
}

/* --- traces --- */

static bool read_trace(const char *data, const char *name, struct trace *trace)
{
    static char names[MAX_ITEMS][NAME_BYTES];
    char path[4096], line[1024];
    snprintf(path, sizeof path, "%s/sequences/%s/trace.tsv", data, name);
    snprintf(trace->name, sizeof trace->name, "%s", name);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    uint32_t known = 0;
    while (fgets(line, sizeof line, file)) {
        char *item = strrchr(line, '\t');
        if (!item)
            continue;
        item[strcspn(item, "\r\n")] = '\0';
        uint32_t i = 0;
        while (i < known && strncmp(names[i], item, NAME_BYTES - 1) != 0)
            i++;
        if (i == MAX_ITEMS)
            continue;
        if (i == known)
            snprintf(names[known++], NAME_BYTES, "%s", item);
        add(trace, i);
    }
    fclose(file);
    return trace->count > 0;
}

/* 20 workflows of 5 to 12 steps over 100 items; every fiftieth step is preceded by any item. */
static void make_workflows(struct trace *trace)
{
    enum { FLOWS = 20, STEPS = 12, ITEMS = 100, ROWS = 10000 };
    uint32_t flows[FLOWS][STEPS], lengths[FLOWS];
    struct fl_random random;
    fl_random_seed(&random, SEED, 1);
    snprintf(trace->name, sizeof trace->name, "(workflows)");
    for (int f = 0; f < FLOWS; f++) {
        lengths[f] = 5 + fl_random_below(&random, STEPS - 4);
        for (int s = 0; s < STEPS; s++)
            flows[f][s] = fl_random_below(&random, ITEMS);
    }
    while (trace->count < ROWS) {
        /* The square prefers the first ones. */
        float unit = fl_random_unit(&random);
        uint32_t f = (uint32_t)(unit * unit * FLOWS);
        for (uint32_t s = 0; s < lengths[f]; s++) {
            if (fl_random_below(&random, 50) == 0)
                add(trace, fl_random_below(&random, ITEMS));
            add(trace, flows[f][s]);
        }
    }
}

/* The n-th most recent of 60 applications with a chance that falls as n^-1.6. */
static void make_switching(struct trace *trace)
{
    enum { ITEMS = 60, ROWS = 8000 };
    uint32_t recent[ITEMS];
    double sum = 0;
    struct fl_random random;
    fl_random_seed(&random, SEED, 2);
    snprintf(trace->name, sizeof trace->name, "(switching)");
    for (uint32_t i = 0; i < ITEMS; i++) {
        recent[i] = i;
        sum += pow(i + 1, -1.6);
    }
    while (trace->count < ROWS) {
        double left = (double)fl_random_unit(&random) * sum;
        uint32_t depth = 0;
        while (depth < ITEMS - 1 && (left -= pow(depth + 1, -1.6)) > 0)
            depth++;
        uint32_t item = recent[depth];
        memmove(recent + 1, recent, depth * sizeof *recent);
        recent[0] = item;
        add(trace, item);
    }
}

static double draw_normal(struct fl_random *random)
{
    double u = 1 - (double)fl_random_unit(random), v = (double)fl_random_unit(random);
    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

static void make_sizes(struct trace *trace, enum regime regime)
{
    struct fl_random random;
    fl_random_seed(&random, SEED, 10 + regime);
    for (uint32_t i = 0; i < trace->items; i++) {
        double unit = (double)fl_random_unit(&random);
        switch (regime) {
        case EQUAL:
            trace->bytes[i] = 1e6;
            trace->load_ms[i] = 100;
            break;
        case LARGE:
            trace->bytes[i] =
                floor(fl_random_below(&random, 10) ? 2e6 + 18e6 * unit : 3e8 + 7e8 * unit);
            trace->load_ms[i] = 10 + trace->bytes[i] / 5e5;
            break;
        default:
            trace->bytes[i] = floor(3e7 * exp(draw_normal(&random)));
            trace->load_ms[i] = 50 * exp(1.2 * draw_normal(&random));
        }
    }
}

/* --- bounds --- */

static double budget_of(const struct trace *trace, unsigned percent)
{
    double sum = 0;
    for (uint32_t i = 0; i < trace->items; i++)
        sum += trace->bytes[i];
    return floor(sum * percent / 100);
}

/* When the item of each row is used next; `count` where it never is. */
static void find_next(const struct trace *trace, uint32_t next[MAX_ROWS])
{
    static uint32_t seen[MAX_ITEMS];
    for (uint32_t i = 0; i < trace->items; i++)
        seen[i] = trace->count;
    for (uint32_t row = trace->count; row-- > 0;) {
        next[row] = seen[trace->rows[row]];
        seen[trace->rows[row]] = row;
    }
}

/* Misses of Belady's MIN by items that are all alike, after the first fifth; it optimises the
 * whole. */
static double belady(const struct trace *trace, unsigned percent)
{
    static uint32_t next[MAX_ROWS], used_next[MAX_ITEMS];
    static bool resident[MAX_ITEMS];
    uint32_t room = (uint32_t)(budget_of(trace, percent) / trace->bytes[0]), held = 0;
    uint32_t misses = 0, first = trace->count / 5;
    find_next(trace, next);
    memset(resident, 0, sizeof resident);
    for (uint32_t row = 0; row < trace->count; row++) {
        uint32_t item = trace->rows[row];
        misses += !resident[item] && row >= first;
        if (!resident[item] && held == room && room) {
            uint32_t last = MAX_ITEMS;
            for (uint32_t i = 0; i < trace->items; i++)
                if (resident[i] && (last == MAX_ITEMS || used_next[i] > used_next[last]))
                    last = i;
            resident[last] = false;
            held--;
        }
        held += !resident[item] && room;
        resident[item] = room > 0;
        used_next[item] = next[row];
    }
    return misses / (double)(trace->count - first);
}

struct pause {
    double saved_ms, byte_steps;
};

static int by_density(const void *a, const void *b)
{
    const struct pause *x = a, *y = b;
    double first = x->saved_ms * y->byte_steps, second = y->saved_ms * x->byte_steps;
    return first < second ? 1 : first > second ? -1 : 0;
}

/* Load time that must be paid after the first fifth, over all of it there. */
static double pfoo(const struct trace *trace, unsigned percent)
{
    static uint32_t next[MAX_ROWS];
    static struct pause pauses[MAX_ROWS];
    double budget = budget_of(trace, percent), all = 0, saved = 0;
    uint32_t first = trace->count / 5, count = 0;
    find_next(trace, next);
    for (uint32_t row = 0; row < trace->count; row++) {
        uint32_t item = trace->rows[row], from = row > first ? row : first;
        all += row >= first ? trace->load_ms[item] : 0;
        if (next[row] < trace->count && next[row] >= first && trace->bytes[item] <= budget)
            pauses[count++] = (struct pause){trace->load_ms[item],
                                             trace->bytes[item] * (double)(next[row] - from)};
    }
    qsort(pauses, count, sizeof *pauses, by_density);
    double left = budget * (double)(trace->count - first);
    for (uint32_t p = 0; p < count && left > 0; p++) {
        double share = pauses[p].byte_steps > left ? left / pauses[p].byte_steps : 1;
        saved += share * pauses[p].saved_ms;
        left -= share * pauses[p].byte_steps;
    }
    return 1 - saved / all;
}

/* --- playing --- */

struct files {
    char folder[64], trace[96], sizes[96];
};

static void write_files(const struct trace *trace, const struct files *files)
{
    struct fl_buf rows = {0}, sizes = {0};
    struct fl_err err = {0};
    for (uint32_t row = 0; row < trace->count; row++)
        fl_buf_printf(&rows, "u\t%u\t%u\n", 10 * row, trace->rows[row]);
    for (uint32_t i = 0; i < trace->items; i++)
        fl_buf_printf(&sizes, "%u\t%.0f\t%.6f\n", i, trace->bytes[i], trace->load_ms[i]);
    if (fl_os_write_file(files->trace, fl_buf_text(&rows), rows.len, &err) ||
        fl_os_write_file(files->sizes, fl_buf_text(&sizes), sizes.len, &err)) {
        fprintf(stderr, "bench_residency: %s\n", err.message);
        exit(1);
    }
    fl_buf_destroy(&rows);
    fl_buf_destroy(&sizes);
}

static struct fl_eval_residency_result play(const struct files *files, unsigned percent,
                                            enum fl_keep_policy policy, bool preload)
{
    struct fl_eval_residency_options options;
    struct fl_eval_residency_result result = {0};
    struct fl_err err = {0};
    fl_eval_residency_options_init(&options);
    options.trace = files->trace;
    options.sizes = files->sizes;
    options.budget_percent = percent;
    options.policy = policy;
    options.preload = preload;
    if (fl_eval_residency(&options, &result, NULL, &err)) {
        fprintf(stderr, "bench_residency: %s\n", err.message);
        exit(1);
    }
    return result;
}

static void print_rows(const struct trace *trace, enum regime regime, const struct files *files)
{
    for (size_t p = 0; p < sizeof percents / sizeof *percents; p++) {
        printf("| %s | %s | %u |", trace->name, regime_names[regime], percents[p]);
        for (int policy = 0; policy < FL_KEEP_COUNT; policy++)
            printf(" %.1f |",
                   100 *
                       play(files, percents[p], (enum fl_keep_policy)policy, false).load_ms_ratio);
        printf(" %.1f |",
               100 * (regime == EQUAL ? belady(trace, percents[p]) : pfoo(trace, percents[p])));
        struct fl_eval_residency_result ahead = play(files, percents[p], FL_KEEP_PREDICTION, true);
        printf(" %.1f | %.1f | %llu | %.1f |\n", 100 * ahead.load_ms_ratio,
               100 * (1 - ahead.miss_ratio), (unsigned long long)ahead.preloads,
               ahead.wasted_percent);
    }
}

int main(int argc, char **argv)
{
    static struct trace trace;
    static const char *const given[] = {"api_bank", "nl2bash", "ultratool_gnn4plan"};
    struct files files = {.folder = "/tmp/bench_residency.XXXXXX"};
    if (argc != 2 || !mkdtemp(files.folder)) {
        fprintf(stderr, "usage: bench_residency DATA\n");
        return 2;
    }
    snprintf(files.trace, sizeof files.trace, "%s/trace.tsv", files.folder);
    snprintf(files.sizes, sizeof files.sizes, "%s/sizes.tsv", files.folder);
    printf("Load time waited for, in %% of that without any memory; then what preloading makes of "
           "it.\n\n");
    printf(
        "| trace | sizes | budget %% | lru | lfu | gdsf | hybrid | prediction | bound | preload | "
        "hits %% | preloads | wasted %% |\n");
    printf("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int t = 0; t < 5; t++) {
        trace = (struct trace){0};
        if (t < 3 && !read_trace(argv[1], given[t], &trace))
            continue;
        if (t == 3)
            make_workflows(&trace);
        if (t == 4)
            make_switching(&trace);
        for (int regime = 0; regime < REGIMES; regime++) {
            make_sizes(&trace, (enum regime)regime);
            write_files(&trace, &files);
            print_rows(&trace, (enum regime)regime, &files);
        }
    }
    unlink(files.trace);
    unlink(files.sizes);
    rmdir(files.folder);
    return 0;
}
