/* bench_encoder.c: what the text encoder costs: one request to its vector, one tool to its vector,
 * and one vector beside those of a catalogue.
 *
 *   bench_encoder ENCODER
 *
 * Requests and tools are a few of each, one after another, so that caches are as warm as a
 * program's that serves requests. Each figure is of REPEATS runs over all of them. */
#include "bench_clock.h"
#include "learn/embed.h"

#include <stdio.h>

enum { REPEATS = 4000, TOOLS = 1120, MAX_DIM = FL_WORDVEC_MAX_DIM };

static const char *const requests[] = {
    "open a pull request with my changes",
    "get rid of the old invoices from last year and tell Anna",
    "what will the weather be like in Lisbon on saturday",
    "move my dentist appointment to thursday afternoon",
    "Bitte lösche die Datei und schicke mir eine Bestätigung",
    "画面のスクリーンショットを撮って",
    "make a screenhsot of the login page and atach it to the tiket",
    "which tables of the customer database have no index on the email column?",
};

static const struct fl_str tool[FL_EMBED_FIELD_COUNT] = {
    [FL_EMBED_NAME] = {"create_pull_request", 19},
    [FL_EMBED_DESCRIPTION] = {"Opens a new pull request in a repository from a branch", 54},
    [FL_EMBED_PARAMETERS] = {"owner repo title body head base draft", 37},
    [FL_EMBED_SERVER] = {"github", 6},
};

enum { REQUESTS = sizeof requests / sizeof *requests };

static void print_row(const char *what, double *us, size_t count)
{
    double half = bench_percentile(us, count, 0.5);
    printf("| %s | %.2f | %.2f | %.2f |\n", what, us[0], half, bench_percentile(us, count, 0.99));
}

static void time_requests(struct fl_embedder *embedder, double *us)
{
    int8_t vector[MAX_DIM];
    float scale;
    char what[128];
    for (unsigned r = 0; r < REQUESTS; r++) {
        for (unsigned i = 0; i < REPEATS; i++) {
            double start = bench_now_us();
            fl_embed_request(embedder, fl_str_of(requests[r]), vector, &scale);
            us[i] = bench_now_us() - start;
        }
        snprintf(what, sizeof what, "encode \"%s\"", requests[r]);
        print_row(what, us, REPEATS);
    }
}

static void time_tool(struct fl_embedder *embedder, double *us)
{
    int8_t vector[MAX_DIM];
    float scale;
    for (unsigned i = 0; i < REPEATS; i++) {
        double start = bench_now_us();
        fl_embed_document(embedder, tool, vector, &scale);
        us[i] = bench_now_us() - start;
    }
    print_row("encode a tool of 18 words", us, REPEATS);
}

static void time_comparing(const struct fl_embedder *embedder, double *us)
{
    static int8_t rows[TOOLS * MAX_DIM], request[MAX_DIM];
    static float scales[TOOLS], similar[TOOLS];
    size_t dim = fl_encoder_dim(embedder->encoder);
    for (size_t i = 0; i < TOOLS * dim; i++)
        rows[i] = (int8_t)(i * 37 % 255 - 127);
    for (size_t i = 0; i < dim; i++)
        request[i] = (int8_t)(i * 53 % 255 - 127);
    for (unsigned i = 0; i < TOOLS; i++)
        scales[i] = 1;
    for (unsigned i = 0; i < REPEATS; i++) {
        double start = bench_now_us();
        embedder->kernels->matvec_i8(rows, scales, request, 1, NULL, similar, TOOLS, dim);
        us[i] = bench_now_us() - start;
    }
    print_row("compare with 1,120 tools", us, REPEATS);
}

int main(int argc, char **argv)
{
    static double us[REPEATS];
    struct fl_encoder encoder;
    struct fl_embedder embedder = {0};
    struct fl_err err = {0};
    const struct fl_kernels *kernels = fl_kernels_select(getenv("FORELOAD_ISA"));
    if (argc != 2 || !kernels) {
        fprintf(stderr, "usage: bench_encoder ENCODER\n");
        return 2;
    }
    if (fl_embed_open(&encoder, argv[1], &err)) {
        fprintf(stderr, "bench_encoder: %s\n", err.message);
        return 1;
    }
    if (fl_embedder_init(&embedder, &encoder, kernels))
        return 1;
    printf("%zu dimensions, %u words, %s; µs:\n\n| | best | median | p99 |\n|---|--:|--:|--:|\n",
           fl_encoder_dim(&encoder), encoder.words.head.words, kernels->isa);
    time_requests(&embedder, us);
    time_tool(&embedder, us);
    time_comparing(&embedder, us);
    fl_embedder_destroy(&embedder);
    fl_encoder_close(&encoder);
    return 0;
}
