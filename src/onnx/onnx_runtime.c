/* onnx_runtime.c: see onnx_runtime.h. The library stays in memory once it was opened: its threads
 * and statics do not like to be unloaded. */
#include "onnx/onnx_runtime.h"

#include "onnx/onnx_api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_NAME = 96 };

struct fl_onnx_session {
    const struct ort_api *api;
    struct ort_env *env;
    struct ort_session *session;
    struct ort_memory *memory;
    char name[MAX_NAME];
};

/* --- errors --- */

/* 0 for success; otherwise the library's words, and `code`. Releases the status. */
static int judge(const struct ort_api *api, struct ort_status *status, int code, struct fl_err *err)
{
    if (!status)
        return 0;
    fl_err_set(err, code, "ONNX Runtime: %s", api->get_error_message(status));
    api->release_status(status);
    return -code;
}

/* What it logs beside its errors is not asked for. */
static void ignore_log(void *param, int severity, const char *category, const char *id,
                       const char *location, const char *message)
{
    (void)param, (void)severity, (void)category, (void)id, (void)location, (void)message;
}

/* --- the library --- */

static void *open_library(const char *path, struct fl_err *err)
{
    static const char *const usual[] = {"libonnxruntime.so.1", "libonnxruntime.so"};
    const char *reason = NULL;
    for (size_t i = 0; i < (path ? 1 : sizeof usual / sizeof *usual); i++) {
        void *library = dlopen(path ? path : usual[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
        if (library)
            return library;
        reason = dlerror(); /* valid until the next try */
    }
    fl_err_set(err, FL_ENOENT, "ONNX Runtime cannot be opened: %s", reason ? reason : "no reason");
    return NULL;
}

static int open_api(struct fl_onnx_session *session, const char *path, struct fl_err *err)
{
    void *library = open_library(path, err);
    if (!library)
        return -FL_ENOENT;
    const struct ort_api_base *(*get_base)(void);
    void *symbol = dlsym(library, "OrtGetApiBase");
    memcpy(&get_base, &symbol, sizeof get_base); /* C has no cast from one to the other */
    const struct ort_api_base *base = symbol ? get_base() : NULL;
    int result = 0;
    if (!base) {
        result = fl_err_set(err, FL_ENOENT, "'%s' is not ONNX Runtime", path ? path : "it");
    } else {
        snprintf(session->name, sizeof session->name, "ONNX Runtime %.40s", base->get_version());
        session->api = base->get_api(FL_ORT_API_VERSION);
        if (!session->api)
            result = fl_err_set(err, FL_EVERSION, "%s is too old", session->name);
    }
    dlclose(library);
    return result;
}

/* --- providers --- */

enum how { BY_NAME, ALWAYS, CUDA };

const char *const fl_onnx_provider_names[] = {"cpu",     "cuda",   "coreml", "openvino", "qnn",
                                              "xnnpack", "webgpu", "dml",    NULL};

/* In the same order. */
static const struct {
    const char *name; /* that the library gives it */
    enum how how;
} providers[] = {{"CPU", ALWAYS},  {"CUDA", CUDA},       {"CoreML", BY_NAME}, {"OpenVINO", BY_NAME},
                 {"QNN", BY_NAME}, {"XNNPACK", BY_NAME}, {"WebGPU", BY_NAME}, {"DML", BY_NAME}};

static int find_provider(const char *name)
{
    for (int i = 0; fl_onnx_provider_names[i]; i++)
        if (!strcmp(name, fl_onnx_provider_names[i]))
            return i;
    return -1;
}

/* Whether the library was built with it ("CUDAExecutionProvider"); `ret_all` gets the names. */
static int has_provider(const struct ort_api *api, const char *name, bool *ret_has,
                        struct fl_buf *ret_all, struct fl_err *err)
{
    char **names = NULL;
    int count = 0;
    int result = judge(api, api->get_providers(&names, &count), FL_EPROTO, err);
    if (result)
        return result;
    *ret_has = false;
    for (int i = 0; i < count; i++) {
        const char *suffix = strstr(names[i], "ExecutionProvider");
        size_t len = suffix ? (size_t)(suffix - names[i]) : strlen(names[i]);
        *ret_has = *ret_has || (len == strlen(name) && !strncasecmp(names[i], name, len));
        fl_buf_printf(ret_all, "%s%.*s", i ? ", " : "", (int)len, names[i]);
    }
    return judge(api, api->release_providers(names, count), FL_EPROTO, err);
}

static int append_cuda(const struct ort_api *api, struct ort_options *options, struct fl_err *err)
{
    struct ort_cuda *cuda = NULL;
    int result = judge(api, api->create_cuda(&cuda), FL_ENOTSUP, err);
    if (!result)
        result = judge(api, api->append_cuda(options, cuda), FL_ENOTSUP, err);
    if (cuda)
        api->release_cuda(cuda);
    return result;
}

static int add_provider(const struct ort_api *api, struct ort_options *options, int provider,
                        struct fl_err *err)
{
    if (providers[provider].how == ALWAYS)
        return 0;
    bool has = false;
    struct fl_buf all = {0};
    int result = has_provider(api, providers[provider].name, &has, &all, err);
    if (!result && !has)
        result = fl_err_set(err, FL_ENOTSUP, "this ONNX Runtime has no provider '%s', only %s",
                            fl_onnx_provider_names[provider], fl_buf_text(&all));
    fl_buf_destroy(&all);
    if (result)
        return result;
    if (providers[provider].how == CUDA)
        return append_cuda(api, options, err);
    return judge(api, api->append_provider(options, providers[provider].name, NULL, NULL, 0),
                 FL_ENOTSUP, err);
}

/* --- sessions --- */

static int load(struct fl_onnx_session *session, const void *model, size_t len, int provider,
                unsigned threads, struct fl_err *err)
{
    const struct ort_api *api = session->api;
    struct ort_options *options = NULL;
    int result = judge(
        api,
        api->create_env_with_logger(ignore_log, NULL, ORT_LOG_ERROR, "foreload", &session->env),
        FL_ENOMEM, err);
    if (!result)
        result = judge(api, api->create_options(&options), FL_ENOMEM, err);
    if (!result)
        result = judge(api, api->set_optimization(options, ORT_OPTIMIZE_ALL), FL_EPROTO, err);
    if (!result && threads)
        result = judge(api, api->set_threads(options, (int)threads), FL_EPROTO, err);
    if (!result)
        result = add_provider(api, options, provider, err);
    if (!result)
        result = judge(
            api,
            api->create_session_from_array(session->env, model, len, options, &session->session),
            FL_ECORRUPT, err);
    if (!result)
        result = judge(
            api, api->create_cpu_memory(ORT_ARENA_ALLOCATOR, ORT_MEMORY_DEFAULT, &session->memory),
            FL_ENOMEM, err);
    if (options)
        api->release_options(options);
    return result;
}

int fl_onnx_session_open(struct fl_onnx_session **ret_session, const void *model, size_t len,
                         const struct fl_onnx_options *options, struct fl_err *err)
{
    const char *name = options->provider ? options->provider : "cpu";
    int provider = find_provider(name);
    if (provider < 0)
        return fl_err_set(err, FL_EINVAL, "unknown execution provider '%s'", name);
    struct fl_onnx_session *session = calloc(1, sizeof *session);
    if (!session)
        return fl_err_nomem(err);
    int result = open_api(session, options->onnx_library, err);
    if (!result)
        result = load(session, model, len, provider, options->threads, err);
    if (result) {
        fl_onnx_session_close(session);
        return result;
    }
    size_t used = strlen(session->name);
    snprintf(session->name + used, sizeof session->name - used, ", %s", name);
    *ret_session = session;
    return 0;
}

void fl_onnx_session_close(struct fl_onnx_session *session)
{
    if (!session)
        return;
    if (session->memory)
        session->api->release_memory(session->memory);
    if (session->session)
        session->api->release_session(session->session);
    if (session->env)
        session->api->release_env(session->env);
    free(session);
}

const char *fl_onnx_session_name(const struct fl_onnx_session *session)
{
    return session->name;
}

/* --- running --- */

static size_t bytes_of(const struct fl_onnx_tensor *tensor)
{
    size_t bytes = fl_onnx_type_bytes(tensor->type);
    for (size_t i = 0; i < tensor->rank; i++)
        if (tensor->dims[i] < 0 || __builtin_mul_overflow(bytes, (size_t)tensor->dims[i], &bytes))
            return SIZE_MAX;
    return bytes;
}

/* A view of the caller's memory. */
static int view(struct fl_onnx_session *session, const struct fl_onnx_tensor *tensor, void *values,
                struct ort_value **ret_value, struct fl_err *err)
{
    size_t bytes = tensor->rank <= FL_ONNX_MAX_RANK ? bytes_of(tensor) : SIZE_MAX;
    if (bytes == SIZE_MAX)
        return fl_err_set(err, FL_EINVAL, "tensor '%s' has impossible dimensions", tensor->name);
    return judge(session->api,
                 session->api->create_tensor(session->memory, values, bytes, tensor->dims,
                                             tensor->rank, tensor->type, ret_value),
                 FL_EPROTO, err);
}

int fl_onnx_session_run(struct fl_onnx_session *session, const struct fl_onnx_tensor *inputs,
                        size_t input_count, const struct fl_onnx_tensor *output, float *ret_values,
                        struct fl_err *err)
{
    const struct ort_api *api = session->api;
    const char *names[FL_ONNX_MAX_INPUTS];
    struct ort_value *values[FL_ONNX_MAX_INPUTS] = {NULL}, *result_value = NULL;
    if (input_count > FL_ONNX_MAX_INPUTS)
        return fl_err_set(err, FL_EINVAL, "more than %d inputs", FL_ONNX_MAX_INPUTS);
    int result = view(session, output, ret_values, &result_value, err);
    for (size_t i = 0; i < input_count && !result; i++) {
        names[i] = inputs[i].name;
        void *given; /* the library takes no const, and reads only */
        memcpy(&given, &inputs[i].values, sizeof given);
        result = view(session, &inputs[i], given, &values[i], err);
    }
    if (!result)
        result =
            judge(api,
                  api->run(session->session, NULL, names, (const struct ort_value *const *)values,
                           input_count, &output->name, 1, &result_value),
                  FL_EPROTO, err);
    for (size_t i = 0; i < input_count; i++)
        if (values[i])
            api->release_value(values[i]);
    if (result_value)
        api->release_value(result_value);
    return result;
}
