/* test_onnx_runtime.c: every call of ONNX Runtime that can fail, by a library that fails when told.
 * The real one is asked in tests/integration/onnx.sh. */
#include "classify/classifier_parts.h"
#include "failing_alloc.h"
#include "onnx/onnx_classifier.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const float values[] = {0.25f, -1.5f, 3};

/* Handles that the library gave out and did not get back. */
static int alive(void)
{
    void *library = dlopen(FL_TEST_ONNXRUNTIME, RTLD_NOW);
    assert_non_null(library);
    int (*count)(void);
    void *symbol = dlsym(library, "fake_ort_alive");
    assert_non_null(symbol);
    memcpy(&count, &symbol, sizeof count);
    int result = count();
    dlclose(library);
    return result;
}

static int open_fake(const char *provider, struct fl_onnx_session **ret_session, struct fl_err *err)
{
    const struct fl_onnx_options options = {FL_TEST_ONNXRUNTIME, provider, 1};
    return fl_onnx_session_open(ret_session, "model", 5, &options, err);
}

static void test_runs(void **state)
{
    (void)state;
    struct fl_onnx_session *session = NULL;
    struct fl_err err = {0};
    float got[3];
    const struct fl_onnx_tensor in = {"x", FL_ONNX_FLOAT, values, {1, 3}, 2};
    const struct fl_onnx_tensor out = {"y", FL_ONNX_FLOAT, NULL, {1, 3}, 2};
    assert_int_equal(open_fake(NULL, &session, &err), 0);
    assert_string_equal(fl_onnx_session_name(session), "ONNX Runtime 0.0.1-fake, cpu");
    assert_int_equal(fl_onnx_session_run(session, &in, 1, &out, got, &err), 0);
    assert_memory_equal(got, values, sizeof got);
    static const char *const failing[] = {"run", "tensor"};
    for (size_t i = 0; i < 2; i++) {
        setenv("FAKE_ORT_FAIL", failing[i], 1);
        assert_int_equal(fl_onnx_session_run(session, &in, 1, &out, got, &err), -FL_EPROTO);
        assert_string_equal(err.message, "ONNX Runtime: it was told to fail");
        unsetenv("FAKE_ORT_FAIL");
    }
    struct fl_onnx_tensor bad = in;
    bad.rank = FL_ONNX_MAX_RANK + 1;
    assert_int_equal(fl_onnx_session_run(session, &bad, 1, &out, got, &err), -FL_EINVAL);
    bad.rank = 2;
    bad.dims[0] = -1;
    assert_int_equal(fl_onnx_session_run(session, &bad, 1, &out, got, &err), -FL_EINVAL);
    bad.dims[0] = bad.dims[1] = INT64_MAX / 2;
    assert_int_equal(fl_onnx_session_run(session, &in, 1, &bad, got, &err), -FL_EINVAL);
    assert_int_equal(fl_onnx_session_run(session, &in, FL_ONNX_MAX_INPUTS + 1, &out, got, &err),
                     -FL_EINVAL);
    fl_onnx_session_close(session);
    fl_onnx_session_close(NULL);
    assert_int_equal(alive(), 0);
}

static void test_libraries(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nonexistent/libonnxruntime.so", "libm.so.6"};
    for (size_t i = 0; i < 2; i++) {
        struct fl_onnx_session *session = NULL;
        struct fl_err err = {0};
        const struct fl_onnx_options options = {.onnx_library = paths[i]};
        assert_int_equal(fl_onnx_session_open(&session, "", 0, &options, &err), -FL_ENOENT);
        assert_non_null(strstr(err.message, paths[i]));
        assert_null(session);
    }
    /* The installed one, which need not be there. */
    struct fl_onnx_session *session = NULL;
    struct fl_err err = {0};
    const struct fl_onnx_options installed = {0};
    int result = fl_onnx_session_open(&session, "", 0, &installed, &err);
    assert_true(result == -FL_ENOENT || result == -FL_ECORRUPT);
    assert_int_equal(err.code, -result);
}

/* Each call that opening makes, the provider with which it makes it, and what is told. */
static void test_opening_fails(void **state)
{
    (void)state;
    static const struct {
        const char *call, *provider;
        int result;
    } cases[] = {
        {"version", "cpu", -FL_EVERSION},
        {"env", "cpu", -FL_ENOMEM},
        {"options", "cpu", -FL_ENOMEM},
        {"optimization", "cpu", -FL_EPROTO},
        {"threads", "cpu", -FL_EPROTO},
        {"session", "cpu", -FL_ECORRUPT},
        {"memory", "cpu", -FL_ENOMEM},
        {"providers", "cuda", -FL_EPROTO},
        {"release_providers", "cuda", -FL_EPROTO},
        {"create_cuda", "cuda", -FL_ENOTSUP},
        {"append_cuda", "cuda", -FL_ENOTSUP},
        {"session", "cuda", -FL_ECORRUPT},
        {"append_provider", "coreml", -FL_ENOTSUP},
        {"", "abacus", -FL_EINVAL},
        {"", "qnn", -FL_ENOTSUP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fl_onnx_session *session = NULL;
        struct fl_err err = {0};
        setenv("FAKE_ORT_FAIL", cases[i].call, 1);
        setenv("FAKE_ORT_PROVIDERS",
               strcmp(cases[i].provider, "cuda") ? "CoreMLExecutionProvider"
                                                 : "CUDAExecutionProvider",
               1);
        assert_int_equal(open_fake(cases[i].provider, &session, &err), cases[i].result);
        assert_int_equal(err.code, -cases[i].result);
        assert_null(session);
        assert_int_equal(alive(), 0);
    }
    unsetenv("FAKE_ORT_FAIL");
    struct fl_onnx_session *session = NULL;
    struct fl_err err = {0};
    assert_int_equal(open_fake("coreml", &session, &err), 0);
    assert_string_equal(fl_onnx_session_name(session), "ONNX Runtime 0.0.1-fake, coreml");
    fl_onnx_session_close(session);
    assert_int_equal(open_fake("cuda", &session, &err), -FL_ENOTSUP);
    assert_string_equal(err.message,
                        "this ONNX Runtime has no provider 'cuda', only Odd, CPU, CoreML");
    setenv("FAKE_ORT_PROVIDERS", "CUDAExecutionProvider", 1);
    assert_int_equal(open_fake("cuda", &session, &err), 0);
    fl_onnx_session_close(session);
    assert_int_equal(alive(), 0);
    unsetenv("FAKE_ORT_PROVIDERS");
}

/* Two labels and no weights: each is as likely, whatever the input. */
static struct fl_classifier *even_classifier(void)
{
    enum { STRIDE = 64 };
    static float zeros[FL_INPUT_BUCKETS];
    static int8_t w1[FL_INPUT_BUCKETS * STRIDE];
    const struct fl_classifier_parts parts = {
        .card = {.labels = 2, .threshold = 0.5f, .temperature = 1},
        .names = "a\0b",
        .names_bytes = 4,
        .linear = {2, 2, STRIDE, zeros, w1, zeros, NULL, NULL, zeros},
    };
    struct fl_buf file = {0};
    struct fl_classifier *classifier = NULL;
    assert_int_equal(fl_classifier_write(&parts, &file, NULL), 0);
    assert_int_equal(fl_classifier_adopt(&classifier, &file, NULL), 0);
    return classifier;
}

static void test_classifier(void **state)
{
    (void)state;
    struct fl_classifier *classifier = even_classifier();
    struct fl_onnx_classifier *onnx = NULL;
    const struct fl_onnx_options options = {.onnx_library = FL_TEST_ONNXRUNTIME};
    struct fl_err err = {0};
    setenv("FAKE_ORT_VALUE", "0.4", 1);
    assert_int_equal(fl_onnx_classifier_open(&onnx, classifier, &options, &err), -FL_ECONFLICT);
    assert_string_equal(err.message,
                        "ONNX Runtime 0.0.1-fake, cpu computes something else than Foreload");
    setenv("FAKE_ORT_FAIL", "run", 1);
    assert_int_equal(fl_onnx_classifier_open(&onnx, classifier, &options, &err), -FL_EPROTO);
    unsetenv("FAKE_ORT_FAIL");
    assert_null(onnx);
    setenv("FAKE_ORT_VALUE", "0.5", 1);
    assert_int_equal(fl_onnx_classifier_open(&onnx, classifier, &options, &err), 0);
    assert_string_equal(fl_onnx_classifier_name(onnx), "ONNX Runtime 0.0.1-fake, cpu");
    struct fl_classified answer;
    const struct fl_input nothing = {0};
    assert_int_equal(fl_onnx_classifier_predict(onnx, &nothing, &answer, &err), 0);
    assert_int_equal(answer.best, 0);
    assert_true(answer.in_scope && answer.probability[1] == 0.5f);
    fl_onnx_classifier_close(onnx);
    fl_onnx_classifier_close(NULL);
    int result = -FL_ENOMEM;
    for (long n = 1; result; n++) {
        onnx = NULL;
        fl_test_fail_alloc_at(n);
        result = fl_onnx_classifier_open(&onnx, classifier, &options, &err);
        fl_test_fail_alloc_at(0);
        assert_true(!result || result == -FL_ENOMEM);
        fl_onnx_classifier_close(onnx);
    }
    unsetenv("FAKE_ORT_VALUE");
    fl_classifier_free(classifier);
    assert_int_equal(alive(), 0);
}

static void test_no_memory(void **state)
{
    (void)state;
    struct fl_onnx_session *session = NULL;
    struct fl_err err = {0};
    fl_test_fail_alloc_at(1);
    assert_int_equal(open_fake("cpu", &session, &err), -FL_ENOMEM);
    fl_test_fail_alloc_at(0);
    assert_null(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),          cmocka_unit_test(test_libraries),
        cmocka_unit_test(test_opening_fails), cmocka_unit_test(test_classifier),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
