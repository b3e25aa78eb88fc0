/* bench_tokens.c: how fast tokens are counted, and table files opened.
 *
 *   bench_tokens TABLES FILE…
 *
 * One line for each encoding: the files one after another, a fixed number of rounds, the best and
 * the median. MB are 10^6 bytes. bench_tokens.mjs puts the peers beside it. */
#include "base/clock.h"
#include "base/os.h"
#include "bpe/bpe.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 25, MAX_FILE_BYTES = 1 << 30 };

static const char *const encodings[] = {"o200k_base", "cl100k_base"};

struct times {
    double us[ROUNDS];
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(struct times *times)
{
    qsort(times->us, ROUNDS, sizeof times->us[0], by_size);
}

static int time_open(const char *path, struct times *times, struct fl_err *err)
{
    struct fl_clock clock = fl_clock_system();
    for (int i = 0; i < ROUNDS; i++) {
        struct fl_bpe *bpe;
        fl_time start = fl_clock_now(&clock);
        int rc = fl_bpe_open(path, &bpe, err);
        times->us[i] = (double)(fl_clock_now(&clock) - start);
        if (rc)
            return rc;
        fl_bpe_close(bpe);
    }
    sort(times);
    return 0;
}

static int time_count(const struct fl_bpe *bpe, const struct fl_buf *texts, int text_count,
                      struct times *times, size_t *ret_tokens, struct fl_err *err)
{
    struct fl_clock clock = fl_clock_system();
    for (int i = 0; i < ROUNDS; i++) {
        size_t tokens = 0;
        fl_time start = fl_clock_now(&clock);
        for (int t = 0; t < text_count; t++) {
            size_t count;
            int rc = fl_bpe_count(bpe, texts[t].ptr, texts[t].len, &count, err);
            if (rc)
                return rc;
            tokens += count;
        }
        times->us[i] = (double)(fl_clock_now(&clock) - start);
        *ret_tokens = tokens;
    }
    sort(times);
    return 0;
}

static int measure(const char *folder, const char *encoding, const struct fl_buf *texts,
                   int text_count, struct fl_err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.bpe", folder, encoding);
    struct times open_times, count_times;
    struct fl_bpe *bpe = NULL;
    size_t tokens;
    int rc = time_open(path, &open_times, err);
    if (!rc)
        rc = fl_bpe_open(path, &bpe, err);
    if (!rc)
        rc = time_count(bpe, texts, text_count, &count_times, &tokens, err);
    fl_bpe_close(bpe);
    if (rc)
        return rc;
    double bytes = 0;
    for (int t = 0; t < text_count; t++)
        bytes += (double)texts[t].len;
    printf("%s: %.0f bytes, %zu tokens, best %.1f MB/s, median %.1f MB/s, "
           "open best %.2f ms, median %.2f ms\n",
           encoding, bytes, tokens, bytes / count_times.us[0], bytes / count_times.us[ROUNDS / 2],
           open_times.us[0] / 1000, open_times.us[ROUNDS / 2] / 1000);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_tokens TABLES FILE...\n", stderr);
        return 2;
    }
    int text_count = argc - 2;
    struct fl_buf *texts = calloc((size_t)text_count, sizeof *texts);
    struct fl_err err = {0};
    int rc = texts ? 0 : fl_err_nomem(&err);
    for (int t = 0; t < text_count && !rc; t++)
        rc = fl_os_read_file(argv[2 + t], MAX_FILE_BYTES, &texts[t], &err);
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0] && !rc; i++)
        rc = measure(argv[1], encodings[i], texts, text_count, &err);
    for (int t = 0; t < text_count && texts; t++)
        fl_buf_destroy(&texts[t]);
    free(texts);
    if (rc)
        fprintf(stderr, "bench_tokens: %s\n", err.message);
    return rc ? 1 : 0;
}
