/* bench_next.c: the sequence predictor beside simple ones, on traces of uses.
 *
 * bench_next TRACE…, each `user⇥time⇥item` a row in a folder that names it. The first 80 % of the
 * rows are learned; the others are predicted, then learned. A line for each: hits among the first
 * 1, 3, 5, MRR within 16, that at 1 over the Markov model's, and the time of one ranking of five
 * and of learning one use, clock included (its own cost is told below). */
#include "bench_clock.h"
#include "eval/eval_trace.h"
#include "peer_next.h"
#include "sequence/sequence.h"

#include <stdio.h>
#include <string.h>

struct measure {
    uint32_t n;
    uint32_t hits[3];
    double mrr;
    double *rank_us, *learn_us;
};

static void add_rank(struct measure *m, size_t rank)
{
    static const size_t cuts[3] = {1, 3, 5};
    for (unsigned c = 0; c < 3; c++)
        m->hits[c] += rank && rank <= cuts[c];
    m->mrr += rank ? 1.0 / (double)rank : 0;
    m->n++;
}

static uint32_t first_counted(const struct fl_trace *trace)
{
    return (uint32_t)(0.8 * trace->row_count);
}

static void run_peer(const struct fl_trace *trace, enum peer_next_kind kind, struct measure *m)
{
    struct peer_next *peer = peer_next_create(kind, trace->user_count, trace->item_count);
    for (uint32_t i = 0; i < trace->row_count; i++) {
        const struct fl_trace_row *row = &trace->rows[i];
        uint32_t items[PEER_RANKS];
        if (i >= first_counted(trace)) {
            double before = bench_now_us();
            peer_next_rank(peer, row->user, items, 5);
            m->rank_us[m->n] = bench_now_us() - before;
            size_t count = peer_next_rank(peer, row->user, items, PEER_RANKS), rank = 0;
            for (size_t g = 0; g < count && !rank; g++)
                rank = items[g] == row->item ? g + 1 : 0;
            add_rank(m, rank);
        }
        double before = bench_now_us();
        peer_next_learn(peer, row->user, row->item);
        if (i >= first_counted(trace))
            m->learn_us[m->n - 1] = bench_now_us() - before;
    }
    peer_next_free(peer);
}

static void run_foreload(const struct fl_trace *trace, struct measure *m)
{
    struct fl_sequence *s = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    for (uint32_t i = 0; s && i < trace->row_count; i++) {
        const struct fl_trace_row *row = &trace->rows[i];
        uint64_t user = (row->user + 1U) * 0xD6E8FEB86659FD93U;
        struct fl_sequence_place place = {user, user, fl_trace_time_ms(trace, row)};
        struct fl_sequence_guess guesses[PEER_RANKS];
        if (i >= first_counted(trace)) {
            double before = bench_now_us();
            fl_sequence_rank(s, &place, guesses, 5);
            m->rank_us[m->n] = bench_now_us() - before;
            size_t count = fl_sequence_rank(s, &place, guesses, PEER_RANKS), rank = 0;
            for (size_t g = 0; g < count && !rank; g++)
                rank = guesses[g].item == row->item ? g + 1 : 0;
            add_rank(m, rank);
        }
        double before = bench_now_us();
        if (fl_sequence_learn(s, &place, row->item))
            exit(1);
        if (i >= first_counted(trace))
            m->learn_us[m->n - 1] = bench_now_us() - before;
    }
    fl_sequence_free(s);
}

static void print(const char *trace, const char *name, struct measure *m, double markov)
{
    double n = m->n;
    printf("| %s | %s | %u | %.1f | %.1f | %.1f | %.3f | %.2f | %.2f | %.2f | %.0f |\n", trace,
           name, m->n, 100 * m->hits[0] / n, 100 * m->hits[1] / n, 100 * m->hits[2] / n, m->mrr / n,
           markov > 0 ? m->hits[0] / markov : 0, bench_percentile(m->rank_us, m->n, 0.5),
           bench_percentile(m->rank_us, m->n, 0.999),
           1000 * bench_percentile(m->learn_us, m->n, 0.5));
}

/* The folder that the file lies in. */
static void name_of(const char *path, char *name, size_t size)
{
    const char *end = strrchr(path, '/'), *start = end;
    while (start && start > path && start[-1] != '/')
        start--;
    snprintf(name, size, "%.*s", start ? (int)(end - start) : (int)strlen(path),
             start ? start : path);
}

static void bench(const char *path)
{
    struct fl_trace trace = {0};
    struct fl_err err;
    if (fl_trace_read(&trace, path, NULL, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    struct measure measures[PEER_NEXT_KINDS + 1] = {0};
    char name[64];
    name_of(path, name, sizeof name);
    for (unsigned k = 0; k <= PEER_NEXT_KINDS; k++) {
        measures[k].rank_us = calloc(trace.row_count + 1, sizeof(double));
        measures[k].learn_us = calloc(trace.row_count + 1, sizeof(double));
        if (!measures[k].rank_us || !measures[k].learn_us)
            exit(1);
        if (k < PEER_NEXT_KINDS)
            run_peer(&trace, (enum peer_next_kind)k, &measures[k]);
        else
            run_foreload(&trace, &measures[k]);
    }
    for (unsigned k = 0; k <= PEER_NEXT_KINDS; k++) {
        print(name, k < PEER_NEXT_KINDS ? peer_next_name((enum peer_next_kind)k) : "**Foreload**",
              &measures[k], measures[PEER_MARKOV].hits[0]);
        free(measures[k].rank_us);
        free(measures[k].learn_us);
    }
    fl_trace_destroy(&trace);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: bench_next TRACE...\n", stderr);
        return 2;
    }
    puts("| trace | predictor | uses | @1 % | @3 % | @5 % | MRR | @1 over Markov | rank p50 µs | "
         "p99.9 µs | learn p50 ns |");
    puts("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (int i = 1; i < argc; i++)
        bench(argv[i]);
    double clock_us[1001];
    for (unsigned i = 0; i < 1001; i++) {
        double before = bench_now_us();
        clock_us[i] = bench_now_us() - before;
    }
    printf("\nOf each time, the clock itself takes %.0f ns.\n",
           1000 * bench_percentile(clock_us, 1001, 0.5));
    return 0;
}
