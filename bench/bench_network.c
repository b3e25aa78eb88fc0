/* bench_network.c: the network 256 → 128 → 64 → 150: running it beside ONNX Runtime in the same
 * process, training it beside scikit-learn.
 *
 *   bench_network [LIBONNXRUNTIME|-] [PYTHON]
 *
 * Of every figure the best of some rounds. ONNX Runtime runs the exported model on one thread,
 * through the same C calls as Foreload uses it by (tensors are views, made for each call);
 * scikit-learn's MLPClassifier gets the same rows, layers, batches and epochs
 * (bench/bench_network_sklearn.py). */
#include "base/os.h"
#include "base/random.h"
#include "bench_clock.h"
#include "network/network.h"
#include "onnx/onnx_export.h"
#include "onnx/onnx_runtime.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { INPUTS = 256, OUTPUTS = 150, INPUTS_SET = 24, VARIANTS = 64, ROUNDS = 300 };
enum { TRAIN_ROWS = 200, TRAIN_ROUNDS = 7 };

static float dense[VARIANTS][INPUTS], sparse[VARIANTS][INPUTS];
static uint32_t set_index[VARIANTS][INPUTS_SET];
static float set_value[VARIANTS][INPUTS_SET];

static void make_inputs(void)
{
    struct fl_random random;
    fl_random_seed(&random, 1, 0);
    for (int v = 0; v < VARIANTS; v++) {
        uint32_t order[INPUTS];
        for (uint32_t i = 0; i < INPUTS; i++) {
            dense[v][i] = fl_random_symmetric(&random, 1);
            order[i] = i;
        }
        fl_random_shuffle(&random, order, INPUTS);
        for (int i = 0; i < INPUTS_SET; i++) {
            set_index[v][i] = order[i];
            set_value[v][i] = sparse[v][order[i]] = 0.1f + fl_random_unit(&random);
        }
    }
}

/* --- running --- */

struct runner {
    const struct fl_network *network;
    void *scratch;
    struct fl_onnx_session *onnx;
    float out[OUTPUTS];
};

static void run_dense(struct runner *r, int v)
{
    fl_network_run(r->network, dense[v], FL_NETWORK_DENSE, r->scratch, r->out);
}

static void run_sparse(struct runner *r, int v)
{
    fl_network_run(r->network, sparse[v], FL_NETWORK_SPARSE, r->scratch, r->out);
}

static void run_int8(struct runner *r, int v)
{
    fl_network_run(r->network, dense[v], FL_NETWORK_INT8, r->scratch, r->out);
}

static void run_auto(struct runner *r, int v)
{
    fl_network_run(r->network, sparse[v], FL_NETWORK_AUTO, r->scratch, r->out);
}

static void run_index(struct runner *r, int v)
{
    fl_network_run_sparse(r->network, set_index[v], set_value[v], INPUTS_SET, r->scratch, r->out);
}

static void run_onnx(struct runner *r, int v)
{
    const struct fl_onnx_tensor in = {"x", FL_ONNX_FLOAT, dense[v], {1, INPUTS}, 2};
    const struct fl_onnx_tensor out = {FL_ONNX_OUTPUT, FL_ONNX_FLOAT, NULL, {1, OUTPUTS}, 2};
    struct fl_err err;
    if (fl_onnx_session_run(r->onnx, &in, 1, &out, r->out, &err)) {
        fprintf(stderr, "bench_network: %s\n", err.message);
        exit(1);
    }
}

static double best_us(void (*run)(struct runner *runner, int variant), struct runner *runner)
{
    double best = 1e12;
    for (int round = 0; round < ROUNDS; round++) {
        double before = bench_now_us();
        for (int v = 0; v < VARIANTS; v++)
            run(runner, v);
        double us = (bench_now_us() - before) / VARIANTS;
        best = us < best ? us : best;
    }
    return best;
}

/* NULL where it is not to be had; why is told. */
static struct fl_onnx_session *open_onnx(const struct fl_network *network, const char *library)
{
    struct fl_onnx_session *session = NULL;
    struct fl_buf model = {0};
    struct fl_err err = {0};
    const struct fl_onnx_labels labels = {0};
    const struct fl_onnx_options options = {
        .onnx_library = library && strcmp(library, "-") != 0 ? library : NULL, .threads = 1};
    if (fl_onnx_export_network(network, &labels, &model, &err) ||
        fl_onnx_session_open(&session, model.ptr, model.len, &options, &err))
        fprintf(stderr, "bench_network: %s\n", err.message);
    fl_buf_destroy(&model);
    return session;
}

static void row(const char *name, double us, double peer_us)
{
    printf("| %s | %.3f |", name, us);
    if (peer_us > 0)
        printf(" %.1f × |\n", peer_us / us);
    else
        printf(" |\n");
}

static void measure_running(const char *library)
{
    const struct fl_network_shape shape = FL_NETWORK_SHAPE(OUTPUTS, FL_NETWORK_SOFTMAX);
    const struct fl_kernels *kernels = fl_kernels_select(getenv("FORELOAD_ISA"));
    struct fl_network *network = fl_network_create(&shape, 1, kernels, NULL);
    struct runner runner = {
        .network = network,
        .scratch = network ? aligned_alloc(64, fl_network_scratch_bytes(network)) : NULL};
    if (!runner.scratch)
        exit(1);
    runner.onnx = open_onnx(network, library);
    double onnx_us = runner.onnx ? best_us(run_onnx, &runner) : 0;
    printf("| one request, %s | µs | ONNX Runtime takes |\n|---|--:|--:|\n", kernels->isa);
    row("dense inputs, fp32", best_us(run_dense, &runner), onnx_us);
    row("24 inputs of 256 set, fp32", best_us(run_sparse, &runner), onnx_us);
    if (fl_network_quantize(network))
        exit(1);
    row("dense inputs, 8 bits", best_us(run_int8, &runner), onnx_us);
    row("24 inputs of 256 set, then 8 bits", best_us(run_auto, &runner), onnx_us);
    row("the same, given as indices", best_us(run_index, &runner), onnx_us);
    if (runner.onnx)
        row(fl_onnx_session_name(runner.onnx), onnx_us, onnx_us);
    fl_onnx_session_close(runner.onnx);
    free(runner.scratch);
    fl_network_free(network);
}

/* --- training --- */

static float train_x[TRAIN_ROWS * INPUTS];
static uint32_t train_start[TRAIN_ROWS + 1], train_label[TRAIN_ROWS];

static void make_rows(void)
{
    struct fl_random random;
    fl_random_seed(&random, 2, 0);
    for (uint32_t i = 0; i < TRAIN_ROWS; i++) {
        train_start[i + 1] = i + 1;
        train_label[i] = i % OUTPUTS;
        for (uint32_t k = 0; k < INPUTS; k++)
            train_x[i * INPUTS + k] = fl_random_symmetric(&random, 1);
    }
}

static double train_ms(void)
{
    const struct fl_network_shape shape = FL_NETWORK_SHAPE(OUTPUTS, FL_NETWORK_SOFTMAX);
    const struct fl_network_rows rows = {train_x, train_start, train_label, TRAIN_ROWS};
    const struct fl_network_training how = FL_NETWORK_TRAINING_DEFAULT;
    double best = 1e12;
    for (int round = 0; round < TRAIN_ROUNDS; round++) {
        double before = bench_now_us();
        struct fl_network *network =
            fl_network_create(&shape, 1, fl_kernels_select(getenv("FORELOAD_ISA")), NULL);
        if (!network || fl_network_train(network, &rows, &how, NULL, NULL))
            exit(1);
        fl_network_free(network);
        double ms = (bench_now_us() - before) / 1e3;
        best = ms < best ? ms : best;
    }
    return best;
}

/* The best of its own rounds in ms, or 0 where it is not installed. The rows go through a file:
 * TRAIN_ROWS × INPUTS floats, then the labels. */
static double sklearn_ms(const char *python)
{
    char path[] = "/tmp/bench-network-XXXXXX", command[4096];
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    bool written = write(fd, train_x, sizeof train_x) == (ssize_t)sizeof train_x &&
                   write(fd, train_label, sizeof train_label) == (ssize_t)sizeof train_label;
    close(fd);
    snprintf(command, sizeof command, "%s bench/bench_network_sklearn.py %s %d %d 2>/dev/null",
             python, path, TRAIN_ROWS, INPUTS);
    FILE *peer = written ? popen(command, "r") : NULL;
    double ms = 0;
    if (peer && (fscanf(peer, "%lf", &ms) != 1 || pclose(peer)))
        ms = 0;
    unlink(path);
    return ms;
}

int main(int argc, char **argv)
{
    make_inputs();
    make_rows();
    measure_running(argc > 1 ? argv[1] : NULL);
    double peer = argc > 2 ? sklearn_ms(argv[2]) : 0, ours = train_ms();
    printf("\n| training, 200 rows × 50 epochs, batches of 32, Adam | ms | scikit-learn takes |\n"
           "|---|--:|--:|\n");
    row("Foreload, one thread", ours, peer);
    if (peer > 0)
        row("scikit-learn MLPClassifier", peer, peer);
    return 0;
}
