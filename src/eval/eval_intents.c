/* eval_intents.c: how well texts are told apart that the classifier has not seen.
 *
 * accuracy      rows in scope whose best label is one of theirs, and which are not refused
 * oos_recall    rows of no label that are refused;  oos_precision: of those refused, rows of none
 * f1, exact     over the sets of labels that are answered: the best one or nothing; with several
 *               labels a row, all at or above the threshold. macro: mean over the labels that occur
 * latency       text to probabilities, one after the other, each row once after a round of all */
#include "classify/calibration.h"
#include "engine/report.h"
#include "learn/answer.h"
#include "text/embed_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct evaluation {
    const struct fl_eval_intents_options *options;
    struct fl_findings *findings;
    struct fl_rows train, test;
    uint32_t *trained; /* [test.label_count]: the label's number in training, or FL_STRMAP_NONE */
    struct fl_classifier *classifier;
    struct fl_answerer answerer;
    struct fl_log log;
    struct fl_eval_intents_result *result;

    float *latencies_us, *known_scores, *scores; /* [test.count] */
    bool *right;
    uint32_t *hits, *answers, *wanted; /* [labels of training, then of the test alone] */
    uint32_t known, unknown, refused, refused_rightly, exact;
    struct fl_err *err;
};

void fl_eval_intents_options_init(struct fl_eval_intents_options *options)
{
    *options = (struct fl_eval_intents_options){.struct_size = sizeof *options, .seed = 1};
}

static double seconds_since(const struct timespec *before)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - before->tv_sec) + (double)(now.tv_nsec - before->tv_nsec) / 1e9;
}

/* --- rows and training --- */

static void tell(void *ctx, enum fl_log_level level, const char *line)
{
    const struct evaluation *e = ctx;
    if (e->options->message)
        e->options->message(e->options->ctx, (enum fl_message_level)level, line);
}

static void add_finding(void *ctx, const char *path, const struct fl_err *err)
{
    struct evaluation *e = ctx;
    fl_findings_add_err(e->findings, path, "", err);
}

static int read_rows(struct evaluation *e)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < e->options->train_count; i++)
        rc = fl_rows_read(&e->train, e->options->train[i], add_finding, e, e->err);
    if (!rc)
        rc = fl_rows_read(&e->test, e->options->test, add_finding, e, e->err);
    if (!rc && e->test.count == 0)
        rc = fl_err_set(e->err, FL_EPARSE, "'%s' has no usable row", e->options->test);
    return rc;
}

static int open_vectors(const struct evaluation *e, struct fl_wordvec *vectors)
{
    if (!e->options->words)
        return 0;
    int rc = fl_wordvec_open(vectors, e->options->words, e->err);
    if (!rc && vectors->head.features != FL_EMBED_VERSION) {
        fl_wordvec_close(vectors);
        rc = fl_err_set(e->err, FL_EVERSION, "'%s' was made for other words than this program's",
                        e->options->words);
    }
    return rc;
}

static int train(struct evaluation *e)
{
    struct fl_wordvec vectors = {0};
    int rc = open_vectors(e, &vectors);
    if (rc)
        return rc;
    struct fl_classifier_options options = {
        .vectors = e->options->words ? &vectors : NULL,
        .seed = e->options->seed,
        .threads = e->options->threads,
        .mode = (enum fl_label_mode)e->options->labels,
        .effort = (enum fl_effort)e->options->effort,
        .progress = e->options->progress,
        .ctx = e->options->ctx,
    };
    struct timespec before;
    clock_gettime(CLOCK_MONOTONIC, &before);
    rc = fl_intents_train(&e->train, &options, &e->classifier, e->err);
    e->result->train_seconds = seconds_since(&before);
    fl_wordvec_close(&vectors);
    return rc;
}

static int prepare(struct evaluation *e)
{
    size_t rows = (size_t)e->test.count + 1;
    size_t labels = (size_t)e->train.label_count + e->test.label_count + 1;
    const struct fl_runtime_options *runtime = &e->options->runtime;
    const struct fl_answer_by by = {.onnx = runtime->runtime == FL_RUNTIME_ONNX,
                                    .onnx_library = runtime->onnx_library,
                                    .provider = runtime->execution_provider};
    int rc = fl_answerer_init(&e->answerer, e->classifier, &by, &e->log);
    e->trained = calloc(labels, sizeof *e->trained);
    e->latencies_us = calloc(rows, sizeof *e->latencies_us);
    e->known_scores = calloc(rows, sizeof *e->known_scores);
    e->scores = calloc(rows, sizeof *e->scores);
    e->right = calloc(rows, sizeof *e->right);
    e->hits = calloc(labels, sizeof *e->hits);
    e->answers = calloc(labels, sizeof *e->answers);
    e->wanted = calloc(labels, sizeof *e->wanted);
    if (rc || !e->trained || !e->latencies_us || !e->known_scores || !e->scores || !e->right ||
        !e->hits || !e->answers || !e->wanted)
        return fl_err_nomem(e->err);
    for (uint32_t l = 0; l < e->test.label_count; l++)
        e->trained[l] = fl_strmap_get(&e->train.label_map, fl_str_of(e->test.labels[l]));
    return 0;
}

/* --- answers --- */

/* Labels that training never saw have numbers behind those that it saw. */
static uint32_t common_number(const struct evaluation *e, uint32_t test_label)
{
    uint32_t label = e->trained[test_label];
    return label == FL_STRMAP_NONE ? e->train.label_count + test_label : label;
}

static bool wants(const struct evaluation *e, const struct fl_row *row, uint32_t label)
{
    for (uint32_t i = 0; i < row->label_count; i++)
        if (common_number(e, row->labels[i]) == label)
            return true;
    return false;
}

/* Counts the set of labels that is answered. */
static void count_answer(struct evaluation *e, const struct fl_row *row,
                         const struct fl_classified *answer)
{
    const struct fl_classifier_card *card = fl_classifier_card(e->classifier);
    uint32_t answered = 0, hits = 0;
    for (uint32_t l = 0; l < card->labels; l++) {
        bool given = card->several ? answer->probability[l] >= card->threshold
                                   : answer->in_scope && l == answer->best;
        if (!given)
            continue;
        bool hit = wants(e, row, l);
        e->answers[l]++;
        e->hits[l] += hit;
        answered++;
        hits += hit;
    }
    for (uint32_t i = 0; i < row->label_count; i++)
        e->wanted[common_number(e, row->labels[i])]++;
    e->exact += hits == answered && hits == row->label_count;
}

static int answer_row(struct evaluation *e, const struct fl_row *row)
{
    struct fl_classified answer;
    if (fl_answerer_predict(&e->answerer, row->text, &answer))
        return fl_err_nomem(e->err);
    count_answer(e, row, &answer);
    e->refused += !answer.in_scope;
    if (row->label_count == 0) {
        e->refused_rightly += !answer.in_scope;
        e->scores[e->test.count - ++e->unknown] = answer.score;
        return 0;
    }
    bool right = wants(e, row, answer.best);
    e->scores[e->known] = answer.score;
    e->known_scores[e->known] = answer.best_probability;
    e->right[e->known++] = right;
    e->result->accuracy_top1 += right;
    e->result->accuracy += right && answer.in_scope;
    return 0;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static int time_rows(struct evaluation *e)
{
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < e->test.count; i++) {
            struct fl_classified answer;
            struct timespec before;
            clock_gettime(CLOCK_MONOTONIC, &before);
            if (fl_answerer_predict(&e->answerer, e->test.items[i].text, &answer))
                return fl_err_nomem(e->err);
            e->latencies_us[i] = (float)(1e6 * seconds_since(&before));
        }
    uint32_t n = e->test.count;
    qsort(e->latencies_us, n, sizeof *e->latencies_us, by_value);
    e->result->latency_p50_us = (double)e->latencies_us[(uint32_t)(0.5 * (n - 1) + 0.5)];
    e->result->latency_p99_us = (double)e->latencies_us[(uint32_t)(0.99 * (n - 1) + 0.5)];
    return 0;
}

/* --- shares --- */

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : (double)NAN;
}

static void average_f1(struct evaluation *e)
{
    double hits = 0, answers = 0, wanted = 0, sum = 0, occurring = 0;
    for (uint32_t l = 0; l < e->train.label_count + e->test.label_count; l++) {
        hits += e->hits[l];
        answers += e->answers[l];
        wanted += e->wanted[l];
        if (e->wanted[l] + e->answers[l] == 0)
            continue;
        occurring++;
        sum += 2.0 * e->hits[l] / (e->wanted[l] + e->answers[l]);
    }
    e->result->f1_micro = share(2 * hits, answers + wanted);
    e->result->f1_macro = share(sum, occurring);
}

static int summarize(struct evaluation *e)
{
    struct fl_eval_intents_result *r = e->result;
    const struct fl_classifier_card *card = fl_classifier_card(e->classifier);
    average_f1(e);
    r->rows = e->test.count;
    r->labels = card->labels;
    r->train_rows = e->train.count;
    r->accuracy = share(r->accuracy, e->known);
    r->accuracy_top1 = share(r->accuracy_top1, e->known);
    r->oos_recall = share(e->refused_rightly, e->unknown);
    r->oos_precision = share(e->refused_rightly, e->refused);
    r->exact_match = share(e->exact, e->test.count);
    r->ece = fl_calibration_error(e->known_scores, e->right, e->known);
    r->threshold = (double)card->threshold;
    r->several = card->several;
    r->validation_linear = (double)card->accuracy_linear;
    r->validation_words = (double)card->accuracy_words;
    r->validation_network = (double)card->accuracy_network;
    r->by_network = card->network;
    r->validation_chosen = (double)card->accuracy_mixed;
    r->words_share = (double)card->mix;
    r->validation_kept = (double)card->kept;
    r->validation_oos_recall = (double)card->unknown_refused;
    r->model_bytes = fl_classifier_bytes(e->classifier);
    snprintf(r->runtime, sizeof r->runtime, "%s", fl_answerer_name(&e->answerer));
    return fl_calibration_auroc(e->scores, e->known, e->unknown, &r->auroc) ? fl_err_nomem(e->err)
                                                                            : 0;
}

static int evaluate(struct evaluation *e)
{
    int rc = read_rows(e);
    if (!rc)
        rc = train(e);
    if (!rc)
        rc = prepare(e);
    if (!rc)
        rc = time_rows(e);
    for (uint32_t i = 0; !rc && i < e->test.count; i++)
        rc = answer_row(e, &e->test.items[i]);
    return rc ? rc : summarize(e);
}

static void release(struct evaluation *e)
{
    fl_rows_destroy(&e->train);
    fl_rows_destroy(&e->test);
    fl_answerer_destroy(&e->answerer);
    fl_classifier_free(e->classifier);
    free(e->trained);
    free(e->latencies_us);
    free(e->known_scores);
    free(e->scores);
    free(e->right);
    free(e->hits);
    free(e->answers);
    free(e->wanted);
}

/* Older callers have a shorter struct. */
static int copy_options(const struct fl_eval_intents_options *options,
                        struct fl_eval_intents_options *own, struct fl_err *err)
{
    fl_eval_intents_options_init(own);
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_eval_intents_options_init");
    memcpy(own, options, options->struct_size);
    if (!own->test || own->train_count == 0)
        return fl_err_set(err, FL_EINVAL, "a training file and a test file are needed");
    return 0;
}

int fl_eval_intents(const struct fl_eval_intents_options *options,
                    struct fl_eval_intents_result *ret_result, struct fl_report **ret_report,
                    struct fl_err *err)
{
    struct fl_report *report = fl_report_create();
    struct fl_eval_intents_result result = {0};
    struct fl_eval_intents_options own;
    struct evaluation e = {.options = &own, .result = &result, .err = err};
    int rc = !report ? fl_err_nomem(err) : copy_options(options, &own, err);
    if (!rc) {
        e.findings = &report->findings;
        e.log = (struct fl_log){.write = tell, .ctx = &e};
        rc = evaluate(&e);
    }
    if (!rc)
        *ret_result = result;
    release(&e);
    fl_report_hand_out(report, ret_report);
    return rc;
}
