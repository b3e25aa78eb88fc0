/* onnx_driver.c: exported models with what they must compute, for the tests beside ONNX's own
 * programs.
 *
 *   onnx_driver write FOLDER          NAME.onnx and NAME.json for each case
 *   onnx_driver run LIBRARY           each case by that libonnxruntime.so, through our loader */
#include "base/os.h"
#include "base/random.h"
#include "classify/classifier_parts.h"
#include "onnx/onnx_classifier.h"
#include "onnx/onnx_pieces.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 1 << 16 };
static const double MOST = 1e-5;

struct example {
    const char *name;
    struct fl_buf model;
    struct fl_onnx_tensor inputs[FL_ONNX_MAX_INPUTS];
    size_t input_count;
    struct fl_onnx_tensor output;
    float expected[MAX_VALUES];
};

static void must(int result, const struct fl_err *err)
{
    if (!result)
        return;
    fprintf(stderr, "onnx_driver: %s\n", err->message);
    exit(1);
}

/* --- networks --- */

static const struct {
    const char *name;
    struct fl_network_shape shape;
    uint32_t rows;
} networks[] = {
    {"multi_label", {256, {128, 64}, 150, FL_NETWORK_SIGMOID}, 9},
    {"one_label", {256, {128, 64}, 150, FL_NETWORK_SOFTMAX}, 9},
    {"one_layer", {12, {0}, 3, FL_NETWORK_SOFTMAX}, 1},
    {"deep", {5, {7, 6, 9, 4}, 2, FL_NETWORK_SIGMOID}, 30},
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static float x[MAX_VALUES];

static void make_network(struct example *example, size_t which)
{
    const struct fl_network_shape *shape = &networks[which].shape;
    struct fl_err err = {0};
    struct fl_random random;
    struct fl_network *network = fl_network_create(shape, which, fl_kernels_select(NULL), &err);
    must(network ? 0 : -err.code, &err);
    uint32_t rows = networks[which].rows;
    fl_random_seed(&random, which, 1);
    for (size_t i = 0; i < (size_t)rows * shape->inputs; i++)
        x[i] = fl_random_below(&random, 3) ? 0 : fl_random_symmetric(&random, 1);
    void *scratch = aligned_alloc(64, fl_network_scratch_bytes(network));
    for (uint32_t row = 0; scratch && row < rows; row++)
        fl_network_run(network, x + (size_t)row * shape->inputs, FL_NETWORK_AUTO, scratch,
                       example->expected + (size_t)row * shape->outputs);
    free(scratch);
    const char *names[256] = {NULL};
    for (uint32_t i = 0; i < shape->outputs; i++)
        names[i] = i % 2 ? "b \"quoted\"" : "ä";
    const struct fl_onnx_labels labels = {names, 0.85f, "made up"};
    must(fl_onnx_export_network(network, &labels, &example->model, &err), &err);
    fl_network_free(network);
    example->name = networks[which].name;
    example->inputs[0] = (struct fl_onnx_tensor){"x", FL_ONNX_FLOAT, x, {rows, shape->inputs}, 2};
    example->input_count = 1;
    example->output = (struct fl_onnx_tensor){
        FL_ONNX_OUTPUT, FL_ONNX_FLOAT, example->expected, {rows, shape->outputs}, 2};
}

/* --- classifiers --- */

/* Made-up numbers: training would take long and add nothing. Where hidden is as wide as there are
 * labels, there is no second matrix. */
static const struct {
    const char *name;
    uint32_t labels, hidden;
    bool several, taught;
    uint32_t filters, dim; /* of word windows and of their vectors; 0: none */
} classifiers[] = {
    {"classifier", 150, 150, false, false, 0, 0},
    {"classifier_taught", 10, 10, false, true, 0, 0},
    {"classifier_several", 5, 5, true, false, 0, 0},
    {"classifier_many", 270, 100, false, true, 0, 0},
    {"classifier_words", 30, 30, false, false, 20, 0},
    {"classifier_vectors", 12, 12, true, true, 16, 32},
};
enum { CLASSIFIERS = sizeof classifiers / sizeof *classifiers };

enum { STRIDE = 192, MAX_LABELS = 270, FEATURES = 24, KNOWN = 4000, TESTS = 12 };
enum { WORDS = 60, VECTORS = 90, TEST_WORDS = 7, MAX_FILTERS = 20, MAX_DIM = 32 };

static uint16_t buckets[TESTS][FEATURES];
static uint64_t words[TESTS][TEST_WORDS];
static struct fl_input tests[TESTS];

/* Words are numbers; their hashes differ in their upper bits. */
static uint64_t hash_of(uint32_t word)
{
    return (uint64_t)word << (64 - FL_WORDVEC_DIRECTORY_BITS);
}

/* Blocks may be empty, and features may be unknown. */
static void make_tests(struct fl_random *random)
{
    for (uint32_t row = 0; row < TESTS; row++) {
        uint32_t count = FEATURES - row % 7;
        for (uint32_t i = 0; i < count; i++)
            buckets[row][i] = (uint16_t)fl_random_below(random, KNOWN * 5 / 4);
        for (uint32_t i = 0; i < TEST_WORDS; i++)
            words[row][i] = hash_of(fl_random_below(random, VECTORS * 5 / 4));
        tests[row] =
            (struct fl_input){.bucket = buckets[row], .word = words[row], .word_count = TEST_WORDS};
        tests[row].block_end[0] = row % 3 ? count / 2 : 0;
        tests[row].block_end[1] = count - count / 4;
        tests[row].block_end[2] = count;
    }
}

static void fill_bytes(int8_t *bytes, size_t count, struct fl_random *random)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (int8_t)((int)fl_random_below(random, 255) - 127);
}

static void fill_scales(float *scales, size_t count, float least, struct fl_random *random)
{
    for (size_t i = 0; i < count; i++)
        scales[i] = least * (1 + fl_random_unit(random));
}

/* Every third word has parts, every word a vector. */
static void make_windows(struct fl_windows *windows, size_t which, struct fl_random *random)
{
    enum { ROW = FL_WINDOWS_PLACES * MAX_FILTERS, VALUES = FL_WINDOWS_WIDTHS * MAX_FILTERS };
    static uint64_t hash[WORDS], vector_hash[VECTORS];
    static float scale[WORDS], bias[VALUES], out_scale[MAX_LABELS], out_bias[MAX_LABELS];
    static float filter_scale[ROW], vector_scale[VECTORS], gram_scale[2];
    static int8_t parts[WORDS * ROW], out[MAX_LABELS * 64], filter[ROW * MAX_DIM];
    static int8_t vector[VECTORS * MAX_DIM], gram[2 * MAX_DIM];
    static uint32_t first[(1 << FL_WORDVEC_DIRECTORY_BITS) + 1];
    uint32_t filters = classifiers[which].filters, dim = classifiers[which].dim;
    for (uint32_t i = 0; i < WORDS; i++)
        hash[i] = hash_of(3 * i);
    for (uint32_t i = 0; i < VECTORS; i++)
        vector_hash[i] = hash_of(i);
    for (uint32_t i = 0; i <= 1 << FL_WORDVEC_DIRECTORY_BITS; i++)
        first[i] = i < VECTORS ? i : VECTORS;
    fill_bytes(parts, sizeof parts, random);
    fill_bytes(out, sizeof out, random);
    fill_bytes(filter, sizeof filter, random);
    fill_bytes(vector, sizeof vector, random);
    fill_scales(scale, WORDS, 0.005f, random);
    fill_scales(out_scale, MAX_LABELS, 0.002f, random);
    fill_scales(filter_scale, ROW, 0.01f, random);
    fill_scales(vector_scale, VECTORS, 0.001f, random);
    fill_scales(gram_scale, 2, 0.1f, random);
    for (uint32_t i = 0; i < VALUES; i++)
        bias[i] = fl_random_symmetric(random, 0.5f);
    uint32_t values = FL_WINDOWS_WIDTHS * filters;
    *windows = (struct fl_windows){.labels = classifiers[which].labels,
                                   .filters = filters,
                                   .words = WORDS,
                                   .dim = dim,
                                   .values = values,
                                   .stride = 64,
                                   .hash = hash,
                                   .scale = scale,
                                   .parts = parts,
                                   .bias = bias,
                                   .out = out,
                                   .out_scale = out_scale,
                                   .out_bias = out_bias};
    for (uint32_t l = 0; l < windows->labels; l++)
        memset(out + l * 64 + values, 0, 64 - values);
    if (!dim)
        return;
    windows->filter = filter;
    windows->filter_scale = filter_scale;
    windows->vectors = (struct fl_wordvec){.head = {.dim = dim, .words = VECTORS, .gram_bits = 1},
                                           .first = first,
                                           .hash = vector_hash,
                                           .word_scale = vector_scale,
                                           .gram_scale = gram_scale,
                                           .word = vector,
                                           .gram = gram};
}

static struct fl_classifier *make_classifier(size_t which)
{
    static float idf[FL_INPUT_BUCKETS], scale[STRIDE], w2_scale[MAX_LABELS], bias[MAX_LABELS];
    static float delta[MAX_LABELS * STRIDE];
    static int8_t w1[FL_INPUT_BUCKETS * STRIDE], w2[MAX_LABELS * STRIDE];
    uint32_t labels = classifiers[which].labels, hidden = classifiers[which].hidden;
    uint32_t stride = (hidden + FL_LINEAR_ALIGN - 1) / FL_LINEAR_ALIGN * FL_LINEAR_ALIGN;
    struct fl_random random;
    fl_random_seed(&random, which, 2);
    memset(w1, 0, sizeof w1);
    memset(w2, 0, sizeof w2);
    for (uint32_t i = 0; i < KNOWN; i++) {
        idf[i] = 1 + 3 * fl_random_unit(&random);
        fill_bytes(w1 + (size_t)i * stride, hidden, &random);
    }
    for (uint32_t h = 0; h < hidden; h++)
        scale[h] = 0.01f + 0.05f * fl_random_unit(&random);
    for (uint32_t l = 0; l < labels; l++) {
        bias[l] = fl_random_symmetric(&random, 1);
        w2_scale[l] = 0.001f + 0.002f * fl_random_unit(&random);
        fill_bytes(w2 + (size_t)l * stride, hidden, &random);
        for (uint32_t h = 0; h < hidden; h++)
            delta[l * hidden + h] = fl_random_symmetric(&random, 0.1f);
    }
    make_tests(&random);
    static const char names[MAX_LABELS]; /* all of them empty */
    struct fl_classifier_parts parts = {
        .card = {.labels = labels,
                 .several = classifiers[which].several,
                 .threshold = 0.2f,
                 .temperature = 1.25f,
                 .linear_temperature = 0.75f,
                 .certain = 0.9f,
                 .mix = classifiers[which].filters ? 0.4f : 0},
        .names = names,
        .names_bytes = labels,
        .linear = {.labels = labels,
                   .hidden = hidden,
                   .stride = stride,
                   .idf = idf,
                   .w1 = w1,
                   .hidden_scale = scale,
                   .w2 = labels == hidden ? NULL : w2,
                   .w2_scale = w2_scale,
                   .bias = bias},
        .delta = classifiers[which].taught ? delta : NULL,
    };
    if (classifiers[which].filters)
        make_windows(&parts.windows, which, &random);
    struct fl_classifier *classifier = NULL;
    struct fl_buf file = {0};
    struct fl_err err = {0};
    must(fl_classifier_write(&parts, &file, &err), &err);
    must(fl_classifier_adopt(&classifier, &file, &err), &err);
    return classifier;
}

static int64_t bucket_values[TESTS * FEATURES];
static float block_values[TESTS * FL_INPUT_BLOCKS * FEATURES];
static int64_t word_values[TESTS * TEST_WORDS], other_values[TESTS * TEST_WORDS];

/* Tests as one batch, filled up to the longest. */
static void make_inputs(struct example *example, const struct fl_windows *windows)
{
    memset(bucket_values, 0, sizeof bucket_values);
    memset(block_values, 0, sizeof block_values);
    for (uint32_t row = 0; row < TESTS; row++)
        for (uint32_t i = 0, b = 0; i < tests[row].block_end[2]; i++) {
            while (i >= tests[row].block_end[b])
                b++;
            bucket_values[row * FEATURES + i] = tests[row].bucket[i];
            block_values[(row * FL_INPUT_BLOCKS + b) * FEATURES + i] = 1;
        }
    example->inputs[0] =
        (struct fl_onnx_tensor){"bucket", FL_ONNX_INT64, bucket_values, {TESTS, FEATURES}, 2};
    example->inputs[1] = (struct fl_onnx_tensor){
        "block", FL_ONNX_FLOAT, block_values, {TESTS, FL_INPUT_BLOCKS, FEATURES}, 3};
    example->input_count = 2;
    for (uint32_t row = 0; windows->labels && row < TESTS; row++)
        fl_onnx_words(windows, &tests[row], word_values + (size_t)row * TEST_WORDS,
                      other_values + (size_t)row * TEST_WORDS);
    example->inputs[2] =
        (struct fl_onnx_tensor){"word", FL_ONNX_INT64, word_values, {TESTS, TEST_WORDS}, 2};
    example->inputs[3] =
        (struct fl_onnx_tensor){"other", FL_ONNX_INT64, other_values, {TESTS, TEST_WORDS}, 2};
    example->input_count += (windows->labels > 0) + (windows->dim > 0);
}

static void make_classifier_example(struct example *example, size_t which, const char *library,
                                    bool opens)
{
    struct fl_classifier *classifier = make_classifier(which);
    uint32_t labels = classifiers[which].labels;
    struct fl_classifier_scratch scratch = {0};
    struct fl_onnx_classifier *onnx = NULL;
    struct fl_err err = {0};
    const struct fl_onnx_options options = {.onnx_library = library, .threads = 1};
    if (opens)
        must(fl_onnx_classifier_open(&onnx, classifier, &options, &err), &err);
    for (uint32_t row = 0; row < TESTS; row++) {
        struct fl_classified ours, theirs;
        if (fl_classifier_predict(classifier, &tests[row], &scratch, &ours))
            exit(1);
        memcpy(example->expected + (size_t)row * labels, ours.probability,
               labels * sizeof *ours.probability);
        if (!opens)
            continue;
        must(fl_onnx_classifier_predict(onnx, &tests[row], &theirs, &err), &err);
        if (ours.best != theirs.best || ours.in_scope != theirs.in_scope)
            exit(1);
    }
    fl_onnx_classifier_close(onnx);
    fl_classifier_scratch_destroy(&scratch);
    must(fl_onnx_export_classifier(classifier, &example->model, &err), &err);
    make_inputs(example, &fl_classifier_get_parts(classifier)->windows);
    fl_classifier_free(classifier);
    example->name = classifiers[which].name;
    example->output = (struct fl_onnx_tensor){
        FL_ONNX_OUTPUT, FL_ONNX_FLOAT, example->expected, {TESTS, labels}, 2};
}

/* --- writing --- */

static json_t *json_of(const struct fl_onnx_tensor *tensor)
{
    json_t *dims = json_array(), *values = json_array();
    size_t count = 1;
    for (size_t i = 0; i < tensor->rank; i++) {
        json_array_append_new(dims, json_integer(tensor->dims[i]));
        count *= (size_t)tensor->dims[i];
    }
    for (size_t i = 0; i < count; i++)
        json_array_append_new(values, tensor->type == FL_ONNX_INT64
                                          ? json_integer(((const int64_t *)tensor->values)[i])
                                          : json_real(((const float *)tensor->values)[i]));
    return json_pack("{s:s, s:s, s:o, s:o}", "name", tensor->name, "type",
                     tensor->type == FL_ONNX_INT64 ? "int64" : "float32", "dims", dims, "values",
                     values);
}

static void write_example(const struct example *example, const char *folder)
{
    struct fl_err err = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.onnx", folder, example->name);
    must(fl_os_write_file(path, example->model.ptr, example->model.len, &err), &err);
    json_t *inputs = json_array();
    for (size_t i = 0; i < example->input_count; i++)
        json_array_append_new(inputs, json_of(&example->inputs[i]));
    json_t *all = json_pack("{s:o, s:o, s:f}", "inputs", inputs, "output",
                            json_of(&example->output), "most", MOST);
    snprintf(path, sizeof path, "%s/%s.json", folder, example->name);
    if (json_dump_file(all, path, JSON_COMPACT)) {
        fprintf(stderr, "onnx_driver: %s cannot be written\n", path);
        exit(1);
    }
    json_decref(all);
}

/* --- running --- */

static void run_example(const struct example *example, const char *library, double *worst)
{
    static float got[MAX_VALUES];
    struct fl_err err = {0};
    struct fl_onnx_session *session;
    const struct fl_onnx_options options = {.onnx_library = library, .threads = 1};
    must(fl_onnx_session_open(&session, example->model.ptr, example->model.len, &options, &err),
         &err);
    must(fl_onnx_session_run(session, example->inputs, example->input_count, &example->output, got,
                             &err),
         &err);
    for (int64_t i = 0; i < example->output.dims[0] * example->output.dims[1]; i++) {
        double difference = fabs((double)got[i] - example->expected[i]);
        if (!(difference <= MOST)) {
            fprintf(stderr, "onnx_driver: %s: value %d is %g, not %g\n", example->name, (int)i,
                    (double)got[i], (double)example->expected[i]);
            exit(1);
        }
        *worst = difference > *worst ? difference : *worst;
    }
    fl_onnx_session_close(session);
}

/* What the real library refuses. */
static void run_refusals(const struct example *example, const char *library)
{
    static const struct {
        const char *provider;
        int result;
    } providers[] = {
        {"cpu", 0}, {"cuda", -FL_ENOTSUP}, {"coreml", -FL_ENOTSUP}, {"abacus", -FL_EINVAL}};
    for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
        struct fl_err err = {0};
        struct fl_onnx_session *session = NULL;
        const struct fl_onnx_options options = {library, providers[i].provider, 1};
        int result =
            fl_onnx_session_open(&session, example->model.ptr, example->model.len, &options, &err);
        printf("%s: %s\n", providers[i].provider,
               result ? err.message : fl_onnx_session_name(session));
        fl_onnx_session_close(session);
        if (result != providers[i].result)
            exit(1);
    }
    struct fl_err err = {0};
    struct fl_onnx_session *session = NULL;
    const struct fl_onnx_options options = {.onnx_library = library, .threads = 1};
    if (fl_onnx_session_open(&session, "no model", 8, &options, &err) != -FL_ECORRUPT)
        exit(1);
    must(fl_onnx_session_open(&session, example->model.ptr, example->model.len, &options, &err),
         &err);
    struct fl_onnx_tensor input = example->inputs[0], output = example->output;
    static float got[MAX_VALUES];
    input.dims[1]--;
    if (fl_onnx_session_run(session, &input, 1, &output, got, &err) != -FL_EPROTO)
        exit(1);
    input.dims[1] = INT64_MAX;
    if (fl_onnx_session_run(session, &input, 1, &output, got, &err) != -FL_EINVAL)
        exit(1);
    fl_onnx_session_close(session);
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[1], "write") != 0 && strcmp(argv[1], "run") != 0)) {
        fprintf(stderr, "usage: onnx_driver write FOLDER | run LIBRARY\n");
        return 2;
    }
    static struct example example;
    bool runs = !strcmp(argv[1], "run");
    double worst = 0;
    for (size_t i = 0; i < NETWORKS + CLASSIFIERS; i++) {
        example = (struct example){0};
        if (i < NETWORKS)
            make_network(&example, i);
        else
            make_classifier_example(&example, i - NETWORKS, argv[2], runs);
        if (runs)
            run_example(&example, argv[2], &worst);
        else
            write_example(&example, argv[2]);
        if (runs && i == 0)
            run_refusals(&example, argv[2]);
        fl_buf_destroy(&example.model);
    }
    if (runs)
        printf("%zu models run, largest difference %g\n", (size_t)NETWORKS + CLASSIFIERS, worst);
    return 0;
}
