/* calibration.c: see calibration.h. */
#include "classify/calibration.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 15, STEPS = 24 };

static const double GOLDEN = 0.6180339887498949;
static const float LEAST_P = 1e-7f;

/* --- probabilities and their loss --- */

void fl_calibration_probabilities(const struct fl_kernels *kernels,
                                  const struct fl_calibration_rows *rows, uint32_t row, float mix,
                                  float temperature, float *p)
{
    size_t n = rows->labels;
    memcpy(p, rows->linear + row * n, n * sizeof *p);
    kernels->scale(p, (1 - mix) / temperature, n);
    if (rows->words && mix > 0)
        kernels->fma(p, mix / temperature, rows->words + row * n, n);
    if (rows->several)
        kernels->sigmoid(p, n);
    else
        kernels->softmax(p, n);
}

static bool has_label(const struct fl_classifier_row *row, uint32_t label)
{
    for (uint32_t i = 0; i < row->label_count; i++)
        if (row->labels[i] == label)
            return true;
    return false;
}

static double row_loss(const struct fl_calibration_rows *rows, uint32_t i, const float *p)
{
    const struct fl_classifier_row *row = &rows->rows[rows->order[i]];
    if (!rows->several)
        return -log((double)fmaxf(p[row->labels[0]], LEAST_P));
    double loss = 0;
    for (uint32_t l = 0; l < rows->labels; l++)
        loss -= log((double)fmaxf(has_label(row, l) ? p[l] : 1 - p[l], LEAST_P));
    return loss;
}

double fl_calibration_loss(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                           float mix, float temperature)
{
    float *p = malloc((rows->labels + 1) * sizeof *p);
    double sum = 0;
    for (uint32_t i = 0; p && i < rows->known; i++) {
        fl_calibration_probabilities(kernels, rows, i, mix, temperature, p);
        sum += row_loss(rows, i, p);
    }
    bool failed = !p;
    free(p);
    return failed || !rows->known ? (double)NAN : sum / rows->known;
}

float fl_calibration_temperature(const struct fl_kernels *kernels,
                                 const struct fl_calibration_rows *rows, float mix)
{
    double low = log(1.0 / 16), high = log(16.0);
    double a = high - GOLDEN * (high - low), b = low + GOLDEN * (high - low);
    double loss_a = fl_calibration_loss(kernels, rows, mix, (float)exp(a));
    double loss_b = fl_calibration_loss(kernels, rows, mix, (float)exp(b));
    if (isnan(loss_a) || isnan(loss_b))
        return 1;
    for (int i = 0; i < STEPS; i++) {
        if (loss_a < loss_b) {
            high = b;
            b = a;
            loss_b = loss_a;
            a = high - GOLDEN * (high - low);
            loss_a = fl_calibration_loss(kernels, rows, mix, (float)exp(a));
        } else {
            low = a;
            a = b;
            loss_a = loss_b;
            b = low + GOLDEN * (high - low);
            loss_b = fl_calibration_loss(kernels, rows, mix, (float)exp(b));
        }
    }
    return (float)exp((low + high) / 2);
}

/* --- measures --- */

struct ranked {
    float score;
    uint32_t number;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Mann and Whitney's U by the ranks of the high ones. */
int fl_calibration_auroc(const float *scores, uint32_t high, uint32_t low, double *ret_area)
{
    uint32_t n = high + low;
    *ret_area = (double)NAN;
    if (!high || !low)
        return 0;
    struct ranked *ranked = malloc(n * sizeof *ranked);
    if (!ranked)
        return -FL_ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        ranked[i] = (struct ranked){scores[i], i};
    qsort(ranked, n, sizeof *ranked, by_score);
    double sum = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i, here = 0;
        for (; end < n && ranked[end].score == ranked[i].score; end++)
            here += ranked[end].number < high;
        sum += here * ((double)i + end + 1) / 2; /* the mean of ranks i + 1 … end */
        i = end;
    }
    free(ranked);
    *ret_area = (sum - (double)high * (high + 1.0) / 2) / ((double)high * low);
    return 0;
}

double fl_calibration_error(const float *probability, const bool *right, uint32_t count)
{
    double sum[BINS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        int bin = (int)(probability[i] * BINS);
        sum[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += (double)probability[i] - right[i];
    }
    double error = 0;
    for (int b = 0; b < BINS; b++)
        error += fabs(sum[b]);
    return count ? error / count : (double)NAN;
}

/* --- one label a row --- */

struct scored {
    float *score;
    bool *right;
};

/* Thresholds lie between two neighbouring scores of rows; the highest that loses few enough. */
static float choose_threshold(const struct fl_calibration_rows *rows, const struct scored *scored,
                              struct ranked *ranked, float most_lost)
{
    uint32_t may_lose = (uint32_t)(most_lost * (float)rows->known), lost = 0;
    for (uint32_t i = 0; i < rows->count; i++)
        ranked[i] = (struct ranked){scored->score[i], i};
    qsort(ranked, rows->count, sizeof *ranked, by_score);
    float threshold = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        lost += ranked[i].number < rows->known && scored->right[ranked[i].number];
        if (lost > may_lose)
            break;
        float next = i + 1 < rows->count ? ranked[i + 1].score : ranked[i].score;
        if (next > ranked[i].score)
            threshold = ranked[i].score + (next - ranked[i].score) / 2;
    }
    return threshold;
}

static void count_shares(const struct fl_calibration_rows *rows, const struct scored *scored,
                         struct fl_calibration_result *result)
{
    uint32_t right = 0, kept = 0, refused = 0;
    for (uint32_t i = 0; i < rows->known; i++) {
        right += scored->right[i];
        kept += scored->right[i] && scored->score[i] >= result->threshold;
    }
    for (uint32_t i = rows->known; i < rows->count; i++)
        refused += scored->score[i] < result->threshold;
    uint32_t unknown = rows->count - rows->known;
    result->accuracy = rows->known ? (float)right / (float)rows->known : NAN;
    result->kept = rows->known ? (float)kept / (float)rows->known : NAN;
    result->unknown_refused = unknown ? (float)refused / (float)unknown : NAN;
}

static int measure_one(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                       float mix, float temperature, float most_lost, struct scored *scored,
                       float *p, struct fl_calibration_result *result)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t best = 0;
        fl_calibration_probabilities(kernels, rows, i, mix, temperature, p);
        kernels->top_k(p, rows->labels, &best, 1);
        scored->score[i] = p[best];
        scored->right[i] = i < rows->known && has_label(&rows->rows[rows->order[i]], best);
    }
    struct ranked *ranked = malloc((rows->count + 1) * sizeof *ranked);
    double area;
    if (!ranked ||
        fl_calibration_auroc(scored->score, rows->known, rows->count - rows->known, &area)) {
        free(ranked);
        return -FL_ENOMEM;
    }
    result->threshold = choose_threshold(rows, scored, ranked, most_lost);
    free(ranked);
    result->auroc = (float)area;
    result->ece = (float)fl_calibration_error(scored->score, scored->right, rows->known);
    count_shares(rows, scored, result);
    return 0;
}

/* --- several labels a row --- */

enum { GRID = 37 }; /* thresholds 0.05, 0.075 … 0.95 */

static float grid_threshold(int step)
{
    return 0.05f + 0.025f * (float)step;
}

static void measure_several(const struct fl_kernels *kernels,
                            const struct fl_calibration_rows *rows, float mix, float temperature,
                            float *p, struct fl_calibration_result *result)
{
    double hits[GRID] = {0}, answers[GRID] = {0}, wanted = 0, bias[BINS] = {0}, decisions = 0;
    for (uint32_t i = 0; i < rows->known; i++) {
        const struct fl_classifier_row *row = &rows->rows[rows->order[i]];
        fl_calibration_probabilities(kernels, rows, i, mix, temperature, p);
        wanted += row->label_count;
        for (uint32_t l = 0; l < rows->labels; l++) {
            bool right = has_label(row, l);
            int bin = (int)(p[l] * BINS);
            bias[bin >= BINS ? BINS - 1 : bin] += (double)p[l] - right;
            decisions++;
            for (int g = 0; g < GRID && p[l] >= grid_threshold(g); g++) {
                answers[g]++;
                hits[g] += right;
            }
        }
    }
    int best = GRID / 2; /* one half, where all are equal */
    double best_f1 = -1;
    for (int g = 0; g < GRID; g++) {
        double f1 = answers[g] + wanted > 0 ? 2 * hits[g] / (answers[g] + wanted) : 0;
        if (f1 > best_f1 + 1e-9) {
            best_f1 = f1;
            best = g;
        }
    }
    double error = 0;
    for (int b = 0; b < BINS; b++)
        error += fabs(bias[b]);
    result->threshold = grid_threshold(best);
    result->accuracy = result->kept = rows->known ? (float)best_f1 : NAN;
    result->ece = decisions > 0 ? (float)(error / decisions) : NAN;
    result->auroc = result->unknown_refused = NAN;
}

int fl_calibration_measure(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                           float mix, float temperature, float most_lost,
                           struct fl_calibration_result *ret_result)
{
    struct scored scored = {calloc(rows->count + 1, sizeof *scored.score),
                            calloc(rows->count + 1, sizeof *scored.right)};
    float *p = malloc((rows->labels + 1) * sizeof *p);
    struct fl_calibration_result result = {0};
    int rc = scored.score && scored.right && p ? 0 : -FL_ENOMEM;
    if (!rc && rows->several)
        measure_several(kernels, rows, mix, temperature, p, &result);
    else if (!rc)
        rc = measure_one(kernels, rows, mix, temperature, most_lost, &scored, p, &result);
    free(scored.score);
    free(scored.right);
    free(p);
    if (!rc)
        *ret_result = result;
    return rc;
}

/* --- when the words need not be asked --- */

static bool right_at(const struct fl_kernels *kernels, const struct fl_calibration_rows *rows,
                     uint32_t row, float mix, float temperature, float *p, float *ret_score)
{
    uint32_t best = 0;
    fl_calibration_probabilities(kernels, rows, row, mix, temperature, p);
    kernels->top_k(p, rows->labels, &best, 1);
    *ret_score = p[best];
    return has_label(&rows->rows[rows->order[row]], best);
}

float fl_calibration_certain(const struct fl_kernels *kernels,
                             const struct fl_calibration_rows *rows, float mix, float temperature,
                             float linear_temperature)
{
    static const float levels[] = {0.9f, 0.95f, 0.97f, 0.98f, 0.99f, 0.995f};
    enum { LEVELS = sizeof levels / sizeof *levels, ONE_OF = 1000 };
    uint32_t lost[LEVELS] = {0};
    float *p = malloc((rows->labels + 1) * sizeof *p);
    for (uint32_t i = 0; p && i < rows->known; i++) {
        float score, mixed_score;
        if (right_at(kernels, rows, i, 0, linear_temperature, p, &score) ||
            !right_at(kernels, rows, i, mix, temperature, p, &mixed_score))
            continue;
        for (int l = 0; l < LEVELS; l++)
            lost[l] += score >= levels[l];
    }
    int level = p ? 0 : LEVELS;
    while (level < LEVELS && lost[level] > rows->known / ONE_OF)
        level++;
    free(p);
    return level < LEVELS ? levels[level] : 2;
}
