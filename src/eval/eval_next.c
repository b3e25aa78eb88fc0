/* eval_next.c: how well the next item is foreseen.
 *
 * Rows are taken in the order of the file; a repeat of a user's last item is none. Every use is
 * predicted from all that came before it and then learned, those of a user's first row too: the
 * first share of the rows (train_fraction), of whichever users, is only learned. A user of the
 * trace is a user with one session.
 *
 * hit@k     share of the counted uses whose item is among the first k
 * mrr       1 / rank, 0 beyond FL_SEQUENCE_RANK_MAX
 * brier     of the calibrated probability of the first being right, ece in ten bins
 * latency   ranking the first five, and learning one use, each timed alone, clock included */
#include "engine/report.h"
#include "eval/eval_trace.h"
#include "sequence/reliability.h"
#include "sequence/sequence.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { WATCHED_MOST = 20000, PROGRESS_EVERY = 4096 };

static const uint32_t cuts[FL_EVAL_NEXT_CUTS] = {1, 3, 5};

struct evaluation {
    const struct fl_eval_next_options *options;
    struct fl_trace trace;
    struct fl_sequence *sequence;
    bool *seen; /* [user_count] */
    float *rank_us, *learn_us;
    double expected[FL_ECE_BINS], came[FL_ECE_BINS];
    struct fl_eval_next_result *result;
    struct fl_err *err;
};

void fl_eval_next_options_init(struct fl_eval_next_options *options)
{
    *options = (struct fl_eval_next_options){.struct_size = sizeof *options, .train_fraction = 0.8};
}

static float microseconds(const struct timespec *before, const struct timespec *after)
{
    return (float)((double)(after->tv_sec - before->tv_sec) * 1e6 +
                   (double)(after->tv_nsec - before->tv_nsec) / 1e3);
}

/* Any user's number, and session's, as a key that is spread like a hash. */
static uint64_t key_of(uint32_t user)
{
    return (user + 1U) * 0xD6E8FEB86659FD93U;
}

static void add_rank(struct evaluation *e, uint32_t user, size_t rank)
{
    struct fl_eval_next_result *r = e->result;
    bool first = !e->seen[user];
    r->n++;
    r->first_n += first;
    for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++) {
        bool hit = rank && rank <= cuts[c];
        r->hit[c] += hit;
        r->first_hit[c] += hit && first;
    }
    r->mrr += rank ? 1.0 / (double)rank : 0;
}

static void add_trust(struct evaluation *e, const struct fl_sequence_place *place, bool right)
{
    struct fl_sequence_outlook best;
    double sure = 0;
    if (fl_sequence_look_ahead(e->sequence, place, 1, &best, 1))
        sure = (double)best.probability;
    unsigned bin = sure < 1 ? (unsigned)(sure * FL_ECE_BINS) : FL_ECE_BINS - 1;
    e->expected[bin] += sure;
    e->came[bin] += right;
    e->result->brier += (sure - right) * (sure - right);
}

static void predict(struct evaluation *e, const struct fl_sequence_place *place,
                    const struct fl_trace_row *row)
{
    struct fl_sequence_guess guesses[FL_SEQUENCE_RANK_MAX];
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    fl_sequence_rank(e->sequence, place, guesses, 5);
    clock_gettime(CLOCK_MONOTONIC, &after);
    e->rank_us[e->result->n] = microseconds(&before, &after);
    size_t count = fl_sequence_rank(e->sequence, place, guesses, FL_SEQUENCE_RANK_MAX), rank = 0;
    for (size_t i = 0; i < count && !rank; i++)
        rank = guesses[i].item == row->item ? i + 1 : 0;
    add_trust(e, place, rank == 1);
    add_rank(e, row->user, rank);
}

static int evaluate_rows(struct evaluation *e)
{
    uint32_t count = e->trace.row_count;
    uint32_t warm = (uint32_t)((double)count * e->options->train_fraction);
    uint32_t stride = count / WATCHED_MOST + 1;
    for (uint32_t i = 0; i < count; i++) {
        const struct fl_trace_row *row = &e->trace.rows[i];
        struct fl_sequence_place place = {key_of(row->user), key_of(row->user),
                                          fl_trace_time_ms(&e->trace, row)};
        if (i % stride == 0 && fl_sequence_watch(e->sequence, &place))
            return -FL_ENOMEM;
        if (i >= warm)
            predict(e, &place, row);
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        int rc = fl_sequence_learn(e->sequence, &place, row->item);
        clock_gettime(CLOCK_MONOTONIC, &after);
        if (rc)
            return rc;
        if (i >= warm)
            e->learn_us[e->result->n - 1] = microseconds(&before, &after);
        e->seen[row->user] = true;
        if (e->options->progress && (i + 1) % PROGRESS_EVERY == 0)
            e->options->progress(e->options->ctx, i + 1, count);
    }
    return 0;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const float *sorted, uint32_t count, double share)
{
    return count ? (double)sorted[(uint32_t)(share * (count - 1) + 0.5)] : (double)NAN;
}

static void divide(struct evaluation *e)
{
    struct fl_eval_next_result *r = e->result;
    double n = r->n ? (double)r->n : (double)NAN, firsts = r->first_n ? r->first_n : (double)NAN;
    for (unsigned c = 0; c < FL_EVAL_NEXT_CUTS; c++) {
        r->hit[c] /= n;
        r->first_hit[c] /= firsts;
    }
    r->mrr /= n;
    r->brier /= n;
    for (unsigned bin = 0; bin < FL_ECE_BINS; bin++)
        r->ece += fabs(e->expected[bin] - e->came[bin]) / n;
    qsort(e->rank_us, r->n, sizeof *e->rank_us, by_value);
    qsort(e->learn_us, r->n, sizeof *e->learn_us, by_value);
    r->latency_p50_us = percentile(e->rank_us, r->n, 0.5);
    r->latency_p99_us = percentile(e->rank_us, r->n, 0.99);
    r->latency_p999_us = percentile(e->rank_us, r->n, 0.999);
    r->learn_p50_us = percentile(e->learn_us, r->n, 0.5);
    r->learn_p99_us = percentile(e->learn_us, r->n, 0.99);
    struct fl_sequence_state state;
    fl_sequence_inspect(e->sequence, &state);
    r->model_bytes = state.bytes;
    r->uses = e->trace.row_count;
    r->repeats = e->trace.repeats;
    r->users = e->trace.user_count;
    r->items = e->trace.item_count;
}

static int evaluate(struct evaluation *e)
{
    if (!e->trace.row_count)
        return fl_err_set(e->err, FL_EPARSE, "'%s' has no usable row", e->options->trace);
    if (e->trace.item_count > FL_SEQUENCE_ITEMS_MAX)
        return fl_err_set(e->err, FL_ELIMIT, "'%s' has %u items; no more than %d can be told apart",
                          e->options->trace, e->trace.item_count, FL_SEQUENCE_ITEMS_MAX);
    e->sequence = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    e->seen = calloc(e->trace.user_count, sizeof *e->seen);
    e->rank_us = calloc(e->trace.row_count, sizeof *e->rank_us);
    e->learn_us = calloc(e->trace.row_count, sizeof *e->learn_us);
    if (!e->sequence || !e->seen || !e->rank_us || !e->learn_us || evaluate_rows(e))
        return fl_err_nomem(e->err);
    divide(e);
    return 0;
}

/* Older callers have a shorter struct. */
static int copy_options(const struct fl_eval_next_options *options,
                        struct fl_eval_next_options *own, struct fl_err *err)
{
    fl_eval_next_options_init(own);
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_eval_next_options_init");
    memcpy(own, options, options->struct_size);
    if (!own->trace)
        return fl_err_set(err, FL_EINVAL, "no trace was given");
    if (!(own->train_fraction >= 0 && own->train_fraction < 1))
        return fl_err_set(err, FL_EINVAL, "the share to learn from must be at least 0 and below 1");
    return 0;
}

int fl_eval_next(const struct fl_eval_next_options *options, struct fl_eval_next_result *ret_result,
                 struct fl_report **ret_report, struct fl_err *err)
{
    struct fl_eval_next_options own;
    struct fl_eval_next_result result = {0};
    struct evaluation e = {.options = &own, .result = &result, .err = err};
    struct fl_report *report = fl_report_create();
    int rc = report ? copy_options(options, &own, err) : fl_err_nomem(err);
    if (!rc)
        rc = fl_trace_read(&e.trace, own.trace, &report->findings, err);
    if (!rc)
        rc = evaluate(&e);
    if (!rc)
        *ret_result = result;
    fl_sequence_free(e.sequence);
    fl_trace_destroy(&e.trace);
    free(e.seen);
    free(e.rank_us);
    free(e.learn_us);
    fl_report_hand_out(report, ret_report);
    return rc;
}
