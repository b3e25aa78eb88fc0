/* bench_kernels.c: what each kernel costs with each instruction set.
 *
 *   bench_kernels
 *
 * Of every piece of work the best of ROUNDS measurements, each long enough for the clock. Beside
 * it the floor: a plain sum over as many bytes as the work touches, laid out in one piece, which is
 * what the caches can give. Ratios are to the scalar oracle (vectoriser off), GB/s and GFLOP/s of
 * the best table. */
#include "bench_clock.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    ROUNDS = 15,
    ROUND_US = 1500,
    TABLES_MAX = 4,
    FLOATS = 1 << 22, /* of each array */
    TABLE_ROWS = 1 << 15,
    IN = 256, /* the network that every figure of the literature is for */
    HIDDEN1 = 128,
    HIDDEN2 = 64,
    OUT = 150,
    TOOLS = 1120,
};

/* Arrays that every work takes what it needs from. */
static struct arrays {
    float *a, *b, *c, *d, *e;
    int8_t *p, *q;
    uint32_t *index;
    uint64_t *key;
} arrays;

static volatile float sink;

struct work {
    const char *name;
    void (*run)(const struct fl_kernels *kernels, const struct arrays *arrays);
    double bytes;      /* touched */
    double operations; /* multiplications and additions, or 0 where they are not the point */
};

/* --- the works --- */

static void dot_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    sink = kernels->dot(x->a, x->b, 256);
}

static void dot_4096(const struct fl_kernels *kernels, const struct arrays *x)
{
    sink = kernels->dot(x->a, x->b, 4096);
}

static void dot_i8_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    sink = (float)kernels->dot_i8(x->p, x->q, 256);
}

static void sparse_dot_100(const struct fl_kernels *kernels, const struct arrays *x)
{
    sink = kernels->sparse_dot(x->a, x->index, x->b, 100);
}

static void normalize_1024(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->normalize(x->c, 1024);
}

static void fma_1024(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->fma(x->c, 1e-9f, x->a, 1024);
}

/* 256 → 128 → 64 → 150 with biases, ReLU and softmax. */
static void network(const struct fl_kernels *kernels, const struct arrays *x)
{
    float first[HIDDEN1], second[HIDDEN2], out[OUT];
    const float *m1 = x->a, *m2 = m1 + IN * HIDDEN1, *m3 = m2 + HIDDEN1 * HIDDEN2;
    kernels->matvec(m1, x->b, x->b + IN, first, HIDDEN1, IN);
    kernels->relu(first, HIDDEN1);
    kernels->matvec(m2, first, x->b + IN, second, HIDDEN2, HIDDEN1);
    kernels->relu(second, HIDDEN2);
    kernels->matvec(m3, second, x->b + IN, out, OUT, HIDDEN2);
    kernels->softmax(out, OUT);
    sink = out[0];
}

static void network_i8(const struct fl_kernels *kernels, const struct arrays *x)
{
    float first[HIDDEN1], second[HIDDEN2], out[OUT];
    int8_t small[IN]; /* the row scales are small: logits of hundreds would make denormals */
    const int8_t *m1 = x->p, *m2 = m1 + IN * HIDDEN1, *m3 = m2 + HIDDEN1 * HIDDEN2;
    float scale = kernels->quantize(x->b, small, IN);
    kernels->matvec_i8(m1, x->e, small, scale, x->b, first, HIDDEN1, IN);
    kernels->relu(first, HIDDEN1);
    scale = kernels->quantize(first, small, HIDDEN1);
    kernels->matvec_i8(m2, x->e, small, scale, x->b, second, HIDDEN2, HIDDEN1);
    kernels->relu(second, HIDDEN2);
    scale = kernels->quantize(second, small, HIDDEN2);
    kernels->matvec_i8(m3, x->e, small, scale, x->b, out, OUT, HIDDEN2);
    kernels->softmax(out, OUT);
    sink = out[0];
}

/* The three products alone. */
static void matvecs(const struct fl_kernels *kernels, const struct arrays *x)
{
    const float *m1 = x->a, *m2 = m1 + IN * HIDDEN1, *m3 = m2 + HIDDEN1 * HIDDEN2;
    kernels->matvec(m1, x->b, NULL, x->c, HIDDEN1, IN);
    kernels->matvec(m2, x->b, NULL, x->c, HIDDEN2, HIDDEN1);
    kernels->matvec(m3, x->b, NULL, x->c, OUT, HIDDEN2);
}

static void matvecs_i8(const struct fl_kernels *kernels, const struct arrays *x)
{
    const int8_t *m1 = x->p, *m2 = m1 + IN * HIDDEN1, *m3 = m2 + HIDDEN1 * HIDDEN2;
    kernels->matvec_i8(m1, x->a, x->q, 1, NULL, x->c, HIDDEN1, IN);
    kernels->matvec_i8(m2, x->a, x->q, 1, NULL, x->c, HIDDEN2, HIDDEN1);
    kernels->matvec_i8(m3, x->a, x->q, 1, NULL, x->c, OUT, HIDDEN2);
}

static void matvec_t_128(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->matvec_t(x->a, x->b, x->c, HIDDEN1, IN);
}

static void rank_64(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->matvec_i8(x->p, x->a, x->q, 1, NULL, x->c, TOOLS, 64);
}

static void rank_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->matvec_i8(x->p, x->a, x->q, 1, NULL, x->c, TOOLS, 256);
}

static void bag_128(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->embedding_bag(x->c, x->a, x->index, x->b, 100, 128);
}

static void bag_i8_128(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->embedding_bag_i8(x->c, x->p, x->index, x->b, 100, 128);
}

static void bag_i8_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->embedding_bag_i8(x->c, x->p, x->index, x->b, 100, 256);
}

static void rows_i8_128(const struct fl_kernels *kernels, const struct arrays *x)
{
    for (size_t i = 0; i < 100; i++)
        kernels->fma_i8(x->c, x->b[i], x->p + (size_t)x->index[i] * 128, 128);
}

static void softmax_150(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->softmax(x->c, OUT);
}

static void sigmoid_150(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->sigmoid(x->c, OUT);
}

static void quantize_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    sink = kernels->quantize(x->b, x->q + (1 << 20), 256);
}

static void hash_256(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->hash(x->key, x->index + (1 << 20), 15, 256);
}

static void top_10(const struct fl_kernels *kernels, const struct arrays *x)
{
    uint32_t best[10];
    sink = (float)kernels->top_k(x->a, TOOLS, best, 10);
}

static void top_32(const struct fl_kernels *kernels, const struct arrays *x)
{
    uint32_t best[32];
    sink = (float)kernels->top_k(x->a, 20000, best, 32);
}

static void adam_50000(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->adam(x->c, x->d, x->d + FLOATS / 2, x->a, 1e-4f, 0.9f, 0.999f, 1e-8f, 50000);
}

static void adagrad_50000(const struct fl_kernels *kernels, const struct arrays *x)
{
    kernels->adagrad(x->c, x->d, x->a, 1e-4f, 50000);
}

#define CELLS (IN * HIDDEN1 + HIDDEN1 * HIDDEN2 + HIDDEN2 * OUT)

static const struct work works[] = {
    {"network 256→128→64→150, fp32", network, CELLS * 4.0, CELLS * 2.0},
    {"— its products alone", matvecs, CELLS * 4.0, CELLS * 2.0},
    {"the same network, 8 bits", network_i8, CELLS, CELLS * 2.0},
    {"— its products alone", matvecs_i8, CELLS, CELLS * 2.0},
    {"matvec_i8 1120×64", rank_64, TOOLS * 64, TOOLS * 64 * 2},
    {"matvec_i8 1120×256", rank_256, TOOLS * 256, TOOLS * 256 * 2},
    {"matvec_t 128×256", matvec_t_128, IN *HIDDEN1 * 4.0, IN *HIDDEN1 * 2},
    {"embedding_bag, 100 rows of 128", bag_128, 100 * 128 * 4, 100 * 128 * 2},
    {"embedding_bag_i8, 100 rows of 128", bag_i8_128, 100 * 128, 100 * 128 * 2},
    {"embedding_bag_i8, 100 rows of 256", bag_i8_256, 100 * 256, 100 * 256 * 2},
    {"fma_i8, the same 100 rows of 128", rows_i8_128, 100 * 128, 100 * 128 * 2},
    {"dot 256", dot_256, 2048, 512},
    {"dot 4096", dot_4096, 32768, 8192},
    {"dot_i8 256", dot_i8_256, 512, 512},
    {"sparse_dot 100", sparse_dot_100, 1200, 200},
    {"normalize 1024", normalize_1024, 4096, 3072},
    {"fma 1024", fma_1024, 8192, 2048},
    {"softmax 150", softmax_150, 600, 0},
    {"sigmoid 150", sigmoid_150, 600, 0},
    {"quantize 256", quantize_256, 1280, 0},
    {"hash 256", hash_256, 3072, 0},
    {"top_k 10 of 1,120", top_10, TOOLS * 4, 0},
    {"top_k 32 of 20,000", top_32, 80000, 0},
    {"adam 50,000", adam_50000, 800000, 0},
    {"adagrad 50,000", adagrad_50000, 600000, 0},
};

/* --- measuring --- */

/* As wide as the processor allows, by the compiler's own vectoriser; in four pieces, because one
 * chain of additions is slower than the nearest cache. */
#if defined __x86_64__
__attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#endif
static uint64_t
sum_words(const uint64_t *words, size_t n)
{
    uint64_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    size_t quarter = n / 4 / 8 * 8;
    for (size_t i = 0; i < quarter; i++) {
        s0 += words[i];
        s1 += words[quarter + i];
        s2 += words[2 * quarter + i];
        s3 += words[3 * quarter + i];
    }
    for (size_t i = 4 * quarter; i < n; i++)
        s0 += words[i];
    return s0 + s1 + s2 + s3;
}

static double best_of_rounds(const struct work *work, const struct fl_kernels *kernels)
{
    double best = INFINITY;
    size_t times = 1;
    for (unsigned round = 0; round < ROUNDS;) {
        double start = bench_now_us();
        for (size_t i = 0; i < times; i++)
            if (kernels)
                work->run(kernels, &arrays);
            else
                sink = (float)sum_words((const uint64_t *)arrays.a, (size_t)work->bytes / 8);
        double took = bench_now_us() - start;
        if (took < ROUND_US) {
            times *= 2;
            continue;
        }
        best = fmin(best, took * 1e3 / (double)times);
        round++;
    }
    return best;
}

/* Where a line of the cache begins, as the sections of a model file do: a vector that lies across
 * two lines costs twice. */
static void *allocate(size_t bytes)
{
    void *memory = aligned_alloc(4096, bytes);
    if (!memory)
        exit(1);
    return memory;
}

static void fill(void)
{
    arrays.a = allocate(FLOATS * sizeof(float));
    arrays.b = allocate(FLOATS * sizeof(float));
    arrays.c = allocate(FLOATS * sizeof(float));
    arrays.d = allocate(FLOATS * sizeof(float));
    arrays.e = allocate(FLOATS * sizeof(float));
    arrays.p = allocate((size_t)TABLE_ROWS * 256);
    arrays.q = allocate((size_t)TABLE_ROWS * 256);
    arrays.index = allocate(FLOATS * sizeof(uint32_t));
    arrays.key = allocate(FLOATS * sizeof(uint64_t));
    uint64_t state = 1;
    for (size_t i = 0; i < FLOATS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        float value = (float)(int32_t)(state >> 32) * 0x1p-31f;
        arrays.a[i] = arrays.c[i] = value;
        arrays.b[i] = fabsf(value) * 0.1f + 0.01f;
        arrays.d[i] = fabsf(value);
        arrays.e[i] = value / 1024;
        arrays.index[i] = (uint32_t)(state >> 40) % TABLE_ROWS;
        arrays.key[i] = state;
    }
    for (size_t i = 0; i < (size_t)TABLE_ROWS * 256; i++) {
        arrays.p[i] = (int8_t)(arrays.key[i % FLOATS] >> 56);
        arrays.q[i] = (int8_t)(arrays.key[(i * 3 + 1) % FLOATS] >> 48);
    }
}

/* "123", "12.3", "1.23": three figures. */
static void print_figure(double value)
{
    printf(" %.*f |", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
}

static void print_work(const struct work *work, const struct fl_kernels *const *tables,
                       size_t count)
{
    double floor = best_of_rounds(work, NULL), scalar = 0, best = INFINITY;
    printf("| %s | %.1f | %.0f |", work->name, work->bytes / 1024, floor);
    for (size_t i = 0; i < count; i++) {
        double took = best_of_rounds(work, tables[i]);
        scalar = i == 0 ? took : scalar;
        best = fmin(best, took);
        printf(" %.0f |", took);
        if (i > 0)
            print_figure(scalar / took);
    }
    print_figure(best / floor);
    print_figure(work->bytes / best);
    if (work->operations > 0)
        print_figure(work->operations / best);
    else
        printf(" – |");
    printf("\n");
    fflush(stdout);
}

int main(void)
{
    const struct fl_kernels *tables[TABLES_MAX];
    size_t count = 0;
    static const char *const names[] = {"scalar", "neon", "avx2", "avx512"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (fl_kernels_select(names[i]))
            tables[count++] = fl_kernels_select(names[i]);
    fill();
    printf("| work | KiB | floor ns |");
    for (size_t i = 0; i < count; i++)
        printf(i ? " %s ns | × |" : " %s ns |", tables[i]->isa);
    printf(" best / floor | GB/s | GFLOP/s |\n|---|--:|--:|--:|");
    for (size_t i = 1; i < count; i++)
        printf("--:|--:|");
    printf("--:|--:|--:|\n");
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        print_work(&works[i], tables, count);
    return 0;
}
