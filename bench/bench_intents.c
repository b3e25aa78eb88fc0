/* bench_intents.c: the classifier of intents beside scikit-learn and fastText, which read the same
 * rows from files that this writes.
 *
 *   bench_intents ROWS.jsonl FOLDER [WORDS.flm]
 *
 * Rows marked for validation are the test here, and no model sees them; rows out of scope are left
 * aside. FOLDER gets train.txt and test.txt in fastText's form. */
#include "bench_clock.h"
#include "learn/intents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench {
    struct fl_rows train, test;
    FILE *train_file, *test_file;
};

static void must(int rc, const struct fl_err *err)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_intents: %s\n", err->message);
    exit(1);
}

static void write_row(FILE *file, const char *label, struct fl_str text)
{
    fprintf(file, "__label__%s ", label);
    for (size_t i = 0; i < text.len; i++)
        fputc(text.ptr[i] == '\n' ? ' ' : text.ptr[i], file);
    fputc('\n', file);
}

static void divide(struct bench *bench, const struct fl_rows *rows)
{
    struct fl_err err = {.message = "out of memory"};
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct fl_row *row = &rows->items[i];
        if (row->label_count == 0)
            continue;
        const char *label = rows->labels[row->labels[0]];
        struct fl_row_source source = {.text = row->text, .labels = &label, .label_count = 1};
        must(fl_rows_add(row->validation ? &bench->test : &bench->train, &source), &err);
        write_row(row->validation ? bench->test_file : bench->train_file, label, row->text);
    }
}

static double time_updates(struct fl_classifier *classifier, const struct bench *bench,
                           struct fl_intents_scratch *scratch)
{
    enum { UPDATES = 200 };
    double times[UPDATES];
    struct fl_err err = {.message = "an update failed"};
    for (uint32_t i = 0; i < UPDATES; i++) {
        const struct fl_row *row = &bench->train.items[i * 7 % bench->train.count];
        double before = bench_now_us();
        must(fl_intents_update(classifier, row->text, row->labels, 1, scratch), &err);
        times[i] = bench_now_us() - before;
    }
    return bench_percentile(times, UPDATES, 0.5);
}

static void measure(struct bench *bench, enum fl_effort effort, const struct fl_wordvec *vectors,
                    const char *name)
{
    struct fl_classifier_options options = {.seed = 1, .effort = effort, .vectors = vectors};
    struct fl_classifier *classifier = NULL;
    struct fl_err err = {0};
    double before = bench_now_us(), *times = calloc(bench->test.count + 1, sizeof *times);
    must(fl_intents_train(&bench->train, &options, &classifier, &err), &err);
    double seconds = (bench_now_us() - before) / 1e6;
    struct fl_intents_scratch *scratch = fl_intents_scratch_create();
    uint32_t right = 0;
    if (!times || !scratch)
        exit(1);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < bench->test.count; i++) {
            const struct fl_row *row = &bench->test.items[i];
            struct fl_classified answer;
            before = bench_now_us();
            must(fl_intents_predict(classifier, row->text, scratch, &answer), &err);
            times[i] = bench_now_us() - before;
            right += round && !strcmp(fl_classifier_label(classifier, answer.best),
                                      bench->test.labels[row->labels[0]]);
        }
    double p50 = bench_percentile(times, bench->test.count, 0.5);
    double p99 = bench_percentile(times, bench->test.count, 0.99);
    printf("| Foreload, %s | %.2f | %.2f | %.2f | %.2f | %.1f |\n", name,
           100.0 * right / bench->test.count, seconds, p50, p99,
           time_updates(classifier, bench, scratch));
    fl_intents_scratch_free(scratch);
    fl_classifier_free(classifier);
    free(times);
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_intents ROWS.jsonl FOLDER [WORDS.flm]\n", stderr);
        return 2;
    }
    struct bench bench = {.train_file = create(argv[2], "train.txt"),
                          .test_file = create(argv[2], "test.txt")};
    struct fl_rows rows = {0};
    struct fl_wordvec vectors = {0};
    struct fl_err err = {0};
    must(fl_rows_read(&rows, argv[1], NULL, NULL, &err), &err);
    divide(&bench, &rows);
    fclose(bench.train_file);
    fclose(bench.test_file);
    if (bench.train.count == 0 || bench.test.count == 0) {
        fputs("bench_intents: rows to learn and rows for validation are needed\n", stderr);
        return 1;
    }
    measure(&bench, FL_EFFORT_QUICK, NULL, "linear alone");
    if (argc > 3) {
        must(fl_wordvec_open(&vectors, argv[3], &err), &err);
        measure(&bench, FL_EFFORT_FULL, &vectors, "all paths");
        fl_wordvec_close(&vectors);
    }
    fl_rows_destroy(&bench.train);
    fl_rows_destroy(&bench.test);
    fl_rows_destroy(&rows);
    return 0;
}
