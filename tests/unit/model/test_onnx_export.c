/* test_onnx_export.c: the bytes of a small model, written out by hand from onnx.proto; networks of
 * every shape; memory that runs out. What ONNX's own programs say is in tests/integration/onnx.sh.
 */
#include "failing_alloc.h"
#include "onnx/onnx_export.h"
#include "onnx/onnx_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_small_model(void **state)
{
    (void)state;
    static const float weights[] = {1.0f, -2.0f};
    static const struct fl_onnx_attribute axis = {"axis", 1, false}, axes = {"axes", -1, true};
    struct fl_onnx_graph graph = {0};
    struct fl_buf buf = {0};
    fl_onnx_graph_input(&graph, "x", FL_ONNX_FLOAT, (int64_t[]){FL_ONNX_N0, 2}, 2);
    fl_onnx_graph_output(&graph, "y", FL_ONNX_INT64, (int64_t[]){300}, 1);
    fl_onnx_graph_tensor(&graph, "w", FL_ONNX_FLOAT, (int64_t[]){2}, 1, weights);
    fl_onnx_graph_node(&graph, "Mul", "x w", "z", &axis);
    fl_onnx_graph_node(&graph, "R", "z", "y", &axes);
    fl_onnx_graph_note(&graph, "k", "v");
    assert_int_equal(fl_onnx_graph_finish(&graph, "g", &buf, NULL), 0);
    fl_onnx_graph_destroy(&graph);
    /* clang-format off */
    static const char expected[] =
        /* ModelProto: ir_version 8, producer_name, graph */
        "\x08\x08" "\x12\x08" "foreload" "\x3a\x8b\x01"
        /* GraphProto.name */
        "\x12\x01" "g"
        /* node: input "x", input "w", output "z", name, op_type, attribute (name, i, type INT) */
        "\x0a\x22" "\x0a\x01" "x" "\x0a\x01" "w" "\x12\x01" "z" "\x1a\x05" "node0" "\x22\x03" "Mul"
        "\x2a\x0b" "\x0a\x04" "axis" "\x18\x01" "\xa0\x01\x02"
        /* node: input, output, name, op_type, attribute (name, ints: -1 is ten bytes, type INTS) */
        "\x0a\x26" "\x0a\x01" "z" "\x12\x01" "y" "\x1a\x05" "node1" "\x22\x01" "R"
        "\x2a\x14" "\x0a\x04" "axes" "\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" "\xa0\x01\x07"
        /* initializer: dims 2, data_type FLOAT, name, raw_data */
        "\x2a\x11" "\x08\x02" "\x10\x01" "\x42\x01" "w"
        "\x4a\x08" "\x00\x00\x80\x3f\x00\x00\x00\xc0"
        /* input: name, type.tensor_type (elem_type FLOAT, shape: dim_param "n0", dim_value 2) */
        "\x5a\x15" "\x0a\x01" "x" "\x12\x10" "\x0a\x0e" "\x08\x01" "\x12\x0a"
        "\x0a\x04" "\x12\x02" "n0" "\x0a\x02" "\x08\x02"
        /* output: name, type.tensor_type (elem_type INT64, shape: dim_value 300) */
        "\x62\x10" "\x0a\x01" "y" "\x12\x0b" "\x0a\x09" "\x08\x07" "\x12\x05"
        "\x0a\x03" "\x08\xac\x02"
        /* opset_import: version 13; metadata_props: key, value */
        "\x42\x02" "\x10\x0d" "\x72\x06" "\x0a\x01" "k" "\x12\x01" "v";
    /* clang-format on */
    assert_int_equal(buf.len, sizeof expected - 1);
    assert_memory_equal(buf.ptr, expected, buf.len);
    fl_buf_destroy(&buf);
}

static const char *const names[] = {"a", "with \"quotes\"", "ü"};

static int export(const struct fl_network *network, struct fl_buf *buf, struct fl_err *err)
{
    const struct fl_onnx_labels labels = {names, 0.85f, "how"};
    return fl_onnx_export_network(network, &labels, buf, err);
}

static bool contains(const struct fl_buf *buf, const char *text)
{
    return memmem(buf->ptr, buf->len, text, strlen(text)) != NULL;
}

static void test_network(void **state)
{
    (void)state;
    const struct fl_network_shape shape = {4, {5, 6}, 3, FL_NETWORK_SIGMOID};
    struct fl_network *network = fl_network_create(&shape, 1, fl_kernels_select(NULL), NULL);
    struct fl_buf buf = {0};
    assert_non_null(network);
    assert_int_equal(export(network, &buf, NULL), 0);
    assert_true(contains(&buf, "[\"a\",\"with \\\"quotes\\\"\",\"ü\"]"));
    assert_true(contains(&buf, "0.850000024"));
    assert_true(contains(&buf, "Sigmoid"));
    assert_false(contains(&buf, "Softmax"));
    for (size_t i = 0; i < 3; i++) {
        const struct fl_network_layer *layer = fl_network_get_layer(network, i);
        assert_non_null(memmem(buf.ptr, buf.len, layer->weights,
                               sizeof(float) * layer->inputs * layer->outputs));
    }
    fl_buf_destroy(&buf);
    const struct fl_onnx_labels nothing = {0};
    assert_int_equal(fl_onnx_export_network(network, &nothing, &buf, NULL), 0);
    assert_false(contains(&buf, "labels"));
    fl_buf_destroy(&buf);
    fl_network_free(network);
}

static void test_no_memory(void **state)
{
    (void)state;
    const struct fl_network_shape shape = {4, {5}, 3, FL_NETWORK_SOFTMAX};
    struct fl_network *network = fl_network_create(&shape, 1, fl_kernels_select(NULL), NULL);
    assert_non_null(network);
    int result = -FL_ENOMEM;
    long n = 1;
    for (; result; n++) {
        struct fl_buf buf = {0};
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        result = export(network, &buf, &err);
        fl_test_fail_alloc_at(0);
        assert_true(!result || (result == -FL_ENOMEM && err.code == FL_ENOMEM));
        fl_buf_destroy(&buf);
    }
    assert_true(n > 20);
    fl_network_free(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_model),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
