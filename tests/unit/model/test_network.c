/* test_network.c: running a network on every path beside its definition in double precision; files,
 * hostile ones among them; memory that runs out. */
#include "failing_alloc.h"
#include "network_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 256 };

static const struct fl_network_shape shapes[] = {
    {.inputs = 256, .hidden = {128, 64}, .outputs = 150, .head = FL_NETWORK_SIGMOID},
    {.inputs = 256, .hidden = {128, 64}, .outputs = 150, .head = FL_NETWORK_SOFTMAX},
    {.inputs = 33, .outputs = 3, .head = FL_NETWORK_SOFTMAX},
    {.inputs = 1, .hidden = {1}, .outputs = 1, .head = FL_NETWORK_SIGMOID},
    {.inputs = 17, .hidden = {31, 19, 7, 5}, .outputs = 2, .head = FL_NETWORK_SIGMOID},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static struct fl_network *make(const struct fl_network_shape *shape, uint64_t seed)
{
    struct fl_err err = {0};
    struct fl_network *network = fl_network_create(shape, seed, fl_kernels_select(NULL), &err);
    if (!network)
        fail_msg("%s", err.message);
    return network;
}

static void *scratch_of(const struct fl_network *network)
{
    void *scratch = aligned_alloc(64, fl_network_scratch_bytes(network));
    assert_non_null(scratch);
    return scratch;
}

static void assert_close(const float *got, const double *expected, uint32_t count, double most)
{
    for (uint32_t i = 0; i < count; i++)
        if (!(fabs(got[i] - expected[i]) <= most))
            fail_msg("output %u is %.9g, not %.9g", i, got[i], expected[i]);
}

static void test_paths(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++)
        for (uint32_t every = 1; every <= 20; every += 19) {
            struct fl_network *network = make(&shapes[s], 5);
            void *scratch = scratch_of(network);
            float x[MOST], out[MOST];
            double expected[MOST];
            size_t count;
            double *flat = flat_parameters(network, &count);
            fill_inputs(x, shapes[s].inputs, every, s);
            plain_probabilities(&shapes[s], flat, x, expected);
            for (int path = FL_NETWORK_AUTO; path <= FL_NETWORK_INT8; path++) {
                fl_network_run(network, x, path, scratch, out); /* without a copy in 8 bits */
                assert_close(out, expected, shapes[s].outputs, 2e-6);
            }
            assert_false(fl_network_is_quantized(network));
            assert_int_equal(fl_network_quantize(network), 0);
            assert_true(fl_network_is_quantized(network));
            fl_network_run(network, x, FL_NETWORK_DENSE, scratch, out);
            assert_close(out, expected, shapes[s].outputs, 2e-6);
            fl_network_run(network, x, FL_NETWORK_INT8, scratch, out);
            assert_close(out, expected, shapes[s].outputs, 2e-2);
            fl_network_run(network, x, FL_NETWORK_AUTO, scratch, out);
            assert_close(out, expected, shapes[s].outputs, 2e-2);
            free(flat);
            free(scratch);
            fl_network_free(network);
        }
}

static void test_sparse_inputs(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        struct fl_network *network = make(&shapes[s], 9);
        void *scratch = scratch_of(network);
        uint32_t last = shapes[s].inputs - 1;
        uint32_t index[] = {last, 0, last};
        float value[] = {0.5f, -1.25f, 0.25f}, x[MOST] = {0}, out[MOST];
        double expected[MOST];
        size_t count;
        double *flat = flat_parameters(network, &count);
        for (int given = 0; given <= 3; given++) {
            if (given)
                x[index[given - 1]] += value[given - 1];
            plain_probabilities(&shapes[s], flat, x, expected);
            fl_network_run_sparse(network, index, value, given, scratch, out);
            assert_close(out, expected, shapes[s].outputs, 2e-6);
        }
        free(flat);
        free(scratch);
        fl_network_free(network);
    }
}

/* He's variance, 2 / inputs, and the same bytes for the same seed. */
static void test_initial_weights(void **state)
{
    (void)state;
    struct fl_network *one = make(&shapes[0], 1), *same = make(&shapes[0], 1);
    struct fl_network *other = make(&shapes[0], 2);
    for (size_t l = 0; l < 3; l++) {
        const struct fl_network_layer *layer = fl_network_get_layer(one, l);
        size_t count = (size_t)layer->inputs * layer->outputs;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < count; i++) {
            sum += layer->weights[i];
            squares += (double)layer->weights[i] * layer->weights[i];
        }
        double variance = 2.0 / layer->inputs;
        assert_true(fabs(sum / (double)count) < 4 * sqrt(variance / (double)count));
        assert_true(fabs(squares / (double)count / variance - 1) < 0.05);
        for (size_t i = 0; i < layer->outputs; i++)
            assert_true(layer->bias[i] == 0);
        assert_memory_equal(layer->weights, fl_network_get_layer(same, l)->weights, count * 4);
        assert_memory_not_equal(layer->weights, fl_network_get_layer(other, l)->weights, count * 4);
    }
    assert_null(fl_network_get_layer(one, 3));
    assert_int_equal(fl_network_get_shape(one)->outputs, 150);
    fl_network_free(one);
    fl_network_free(same);
    fl_network_free(other);
    fl_network_free(NULL);
}

static void test_limits(void **state)
{
    (void)state;
    static const struct {
        struct fl_network_shape shape;
        int code;
    } bad[] = {
        {{.inputs = 0, .outputs = 3}, FL_EINVAL},
        {{.inputs = 3, .outputs = 0}, FL_EINVAL},
        {{.inputs = 3, .outputs = 2, .head = 7}, FL_EINVAL},
        {{.inputs = FL_NETWORK_MAX_WIDTH + 1, .outputs = 3}, FL_ELIMIT},
        {{.inputs = 3, .hidden = {3, UINT32_MAX}, .outputs = 3}, FL_ELIMIT},
        {{.inputs = FL_NETWORK_MAX_WIDTH, .outputs = FL_NETWORK_MAX_WIDTH}, FL_ELIMIT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_err err = {0};
        assert_null(fl_network_create(&bad[i].shape, 1, fl_kernels_select(NULL), &err));
        assert_int_equal(err.code, bad[i].code);
    }
    assert_null(fl_network_create(&bad[0].shape, 1, fl_kernels_select(NULL), NULL));
}

/* --- files --- */

/* The bytes of a file, aligned as mapped ones are. */
struct image {
    struct fl_buf buf;
    void *bytes;
};

static void seal(struct fl_model_writer *writer, struct image *image)
{
    assert_int_equal(fl_model_writer_finish(writer, "TEST", &image->buf), 0);
    fl_model_writer_destroy(writer);
    image->bytes = aligned_alloc(64, (image->buf.len + 63) / 64 * 64);
    assert_non_null(image->bytes);
    memcpy(image->bytes, image->buf.ptr, image->buf.len);
}

static void image_destroy(struct image *image)
{
    fl_buf_destroy(&image->buf);
    free(image->bytes);
}

static void assert_same(const struct fl_network *a, const struct fl_network *b)
{
    const struct fl_network_shape *shape = fl_network_get_shape(a);
    void *scratch = scratch_of(a);
    float x[MOST], from_a[MOST], from_b[MOST];
    for (uint32_t every = 1; every <= 20; every += 19)
        for (int path = FL_NETWORK_AUTO; path <= FL_NETWORK_INT8; path++) {
            fill_inputs(x, shape->inputs, every, 3);
            fl_network_run(a, x, path, scratch, from_a);
            fl_network_run(b, x, path, scratch, from_b);
            assert_memory_equal(from_a, from_b, shape->outputs * sizeof(float));
        }
    free(scratch);
}

static void test_files(void **state)
{
    (void)state;
    struct fl_network *network[SHAPES];
    struct fl_model_writer writer = {0};
    struct image image = {0};
    char prefix[4] = "";
    for (int s = 0; s < SHAPES; s++) {
        network[s] = make(&shapes[s], s);
        if (s % 2)
            assert_int_equal(fl_network_quantize(network[s]), 0);
        fl_network_save(network[s], &writer, prefix);
        prefix[s % 3] = (char)('a' + s);
    }
    seal(&writer, &image);
    struct fl_model_file file;
    struct fl_err err = {0};
    assert_int_equal(fl_model_file_view(&file, image.bytes, image.buf.len, "TEST", &err), 0);
    memset(prefix, 0, sizeof prefix);
    for (int s = 0; s < SHAPES; s++) {
        struct fl_network *opened = fl_network_open(&file, prefix, fl_kernels_select(NULL), &err);
        assert_non_null(opened);
        assert_memory_equal(fl_network_get_shape(opened), &shapes[s], sizeof *shapes);
        assert_int_equal(fl_network_is_quantized(opened), s % 2);
        assert_same(opened, network[s]);
        assert_int_equal(fl_network_quantize(opened), 0); /* leaves the file alone */
        fl_network_free(opened);
        fl_network_free(network[s]);
        prefix[s % 3] = (char)('a' + s);
    }
    assert_null(fl_network_open(&file, "no", fl_kernels_select(NULL), &err));
    assert_int_equal(err.code, FL_ECORRUPT);
    assert_null(fl_network_open(&file, "long", fl_kernels_select(NULL), NULL));
    image_destroy(&image);
}

static void test_long_prefix(void **state)
{
    (void)state;
    struct fl_network *network = make(&shapes[2], 1);
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0};
    fl_network_save(network, &writer, "long");
    assert_int_equal(fl_model_writer_finish(&writer, "TEST", &buf), -FL_EINVAL);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&buf);
    fl_network_free(network);
}

/* A file of three sections, each as the caller wants it, behind a checksum that is right. */
static int open_made_up(const uint32_t *shape, const float *weights, size_t count,
                        size_t byte_count)
{
    struct fl_model_writer writer = {0};
    struct image image = {0};
    float scales[16] = {0};
    static const int8_t bytes[64];
    fl_model_writer_add(&writer, "shape", shape, 32);
    fl_model_writer_add(&writer, "w", weights, count * sizeof *weights);
    fl_model_writer_add(&writer, "q", bytes, byte_count);
    fl_model_writer_add(&writer, "qs", scales, sizeof scales);
    seal(&writer, &image);
    struct fl_model_file file;
    struct fl_err err = {0};
    assert_int_equal(fl_model_file_view(&file, image.bytes, image.buf.len, "TEST", &err), 0);
    struct fl_network *network = fl_network_open(&file, "", fl_kernels_select(NULL), &err);
    int code = network ? 0 : err.code;
    fl_network_free(network);
    image_destroy(&image);
    return code;
}

static void test_hostile_files(void **state)
{
    (void)state;
    enum { INPUTS, OUTPUTS, HEAD, QUANTIZED, HIDDEN };
    uint32_t good[8] = {[INPUTS] = 3, [OUTPUTS] = 2};
    float weights[48] = {0};
    assert_int_equal(open_made_up(good, weights, 32, 64), 0);
    assert_int_equal(open_made_up(good, weights, 31, 64), FL_ECORRUPT);
    assert_int_equal(open_made_up(good, weights, 48, 64), FL_ECORRUPT);
    static const struct {
        int at;
        uint32_t value;
        int code;
    } bad[] = {{INPUTS, 0, FL_ECORRUPT},        {INPUTS, UINT32_MAX, FL_ELIMIT},
               {OUTPUTS, 0, FL_ECORRUPT},       {OUTPUTS, 1 << 30, FL_ELIMIT},
               {HEAD, 2, FL_ECORRUPT},          {HEAD, UINT32_MAX, FL_ECORRUPT},
               {QUANTIZED, 2, FL_ECORRUPT},     {HIDDEN, 7, FL_ECORRUPT},
               {HIDDEN + 1, 7, FL_ECORRUPT},    {HIDDEN + 3, 1, FL_ECORRUPT},
               {HIDDEN, UINT32_MAX, FL_ELIMIT}, {INPUTS, 1 << 16, FL_ECORRUPT}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t shape[8];
        memcpy(shape, good, sizeof shape);
        shape[bad[i].at] = bad[i].value;
        assert_int_equal(open_made_up(shape, weights, 32, 64), bad[i].code);
    }
    good[QUANTIZED] = 1;
    assert_int_equal(open_made_up(good, weights, 32, 64), 0);
    assert_int_equal(open_made_up(good, weights, 32, 6), FL_ECORRUPT);
    weights[31] = NAN;
    assert_int_equal(open_made_up(good, weights, 32, 64), FL_ECORRUPT);
    weights[31] = INFINITY;
    assert_int_equal(open_made_up(good, weights, 32, 64), FL_ECORRUPT);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (long n = 1; n <= 2; n++) {
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        struct fl_network *network =
            fl_network_create(&shapes[0], 1, fl_kernels_select(NULL), &err);
        fl_test_fail_alloc_at(0);
        assert_null(network);
        assert_int_equal(err.code, FL_ENOMEM);
    }
    struct fl_network *network = make(&shapes[0], 1);
    for (long n = 1; n <= 3; n++) {
        fl_test_fail_alloc_at(n);
        assert_int_equal(fl_network_quantize(network), -FL_ENOMEM);
        fl_test_fail_alloc_at(0);
        assert_false(fl_network_is_quantized(network));
    }
    struct fl_model_writer writer = {0};
    struct image image = {0};
    fl_network_save(network, &writer, "");
    seal(&writer, &image);
    fl_network_free(network);
    struct fl_model_file file;
    struct fl_err err = {0};
    assert_int_equal(fl_model_file_view(&file, image.bytes, image.buf.len, "TEST", &err), 0);
    fl_test_fail_alloc_at(1);
    assert_null(fl_network_open(&file, "", fl_kernels_select(NULL), &err));
    fl_test_fail_alloc_at(0);
    assert_int_equal(err.code, FL_ENOMEM);
    image_destroy(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),           cmocka_unit_test(test_sparse_inputs),
        cmocka_unit_test(test_initial_weights), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_files),           cmocka_unit_test(test_long_prefix),
        cmocka_unit_test(test_hostile_files),   cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
