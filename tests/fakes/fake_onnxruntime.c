/* fake_onnxruntime.c: a libonnxruntime.so for tests. Its model copies the first input, or gives
 * always the number in FAKE_ORT_VALUE. The environment variable FAKE_ORT_FAIL names the call that
 * fails, FAKE_ORT_PROVIDERS another provider beside CPU. */
#include "onnx/onnx_api.h"

#include <stdlib.h>
#include <string.h>

struct ort_status {
    const char *message;
};
struct ort_value {
    float *values;
    size_t count;
};

static struct ort_status failure = {"it was told to fail"};
static int thing; /* what every other handle points to */
static int alive; /* handles that were not released */

const struct ort_api_base *OrtGetApiBase(void);
int fake_ort_alive(void);

__attribute__((visibility("default"))) int fake_ort_alive(void)
{
    return alive;
}

static struct ort_status *fails(const char *call)
{
    const char *wanted = getenv("FAKE_ORT_FAIL");
    return wanted && !strcmp(wanted, call) ? &failure : NULL;
}

static struct ort_status *create(const char *call, void **ret_handle)
{
    struct ort_status *status = fails(call);
    if (!status) {
        *ret_handle = &thing;
        alive++;
    }
    return status;
}

static void release(void *handle)
{
    alive -= handle != NULL;
}

static const char *get_error_message(const struct ort_status *status)
{
    return status->message;
}

static struct ort_status *create_env(ort_log log, void *param, int severity, const char *id,
                                     struct ort_env **ret_env)
{
    if (severity == ORT_LOG_ERROR)
        log(param, severity, "", id, "", "what nobody asked for");
    return create("env", (void **)ret_env);
}

static struct ort_status *create_session(const struct ort_env *env, const void *bytes, size_t len,
                                         const struct ort_options *options,
                                         struct ort_session **ret_session)
{
    (void)env, (void)bytes, (void)len, (void)options;
    return create("session", (void **)ret_session);
}

static struct ort_status *run(struct ort_session *session, const void *run_options,
                              const char *const *input_names, const struct ort_value *const *inputs,
                              size_t input_count, const char *const *output_names,
                              size_t output_count, struct ort_value **outputs)
{
    (void)session, (void)run_options, (void)input_names, (void)output_names;
    const char *value = getenv("FAKE_ORT_VALUE");
    for (size_t i = 0; input_count && output_count && i < outputs[0]->count; i++)
        outputs[0]->values[i] = value                  ? strtof(value, NULL)
                                : i < inputs[0]->count ? inputs[0]->values[i]
                                                       : 0;
    return fails("run");
}

static struct ort_status *create_options(struct ort_options **ret_options)
{
    return create("options", (void **)ret_options);
}

static struct ort_status *set_optimization(struct ort_options *options, int level)
{
    (void)options, (void)level;
    return fails("optimization");
}

static struct ort_status *set_threads(struct ort_options *options, int threads)
{
    (void)options, (void)threads;
    return fails("threads");
}

static struct ort_status *create_tensor(const struct ort_memory *memory, void *bytes, size_t len,
                                        const int64_t *dims, size_t rank, int type,
                                        struct ort_value **ret_value)
{
    (void)memory, (void)dims, (void)rank, (void)type;
    struct ort_status *status = fails("tensor");
    if (status || !(*ret_value = malloc(sizeof **ret_value)))
        return &failure;
    **ret_value = (struct ort_value){bytes, len / sizeof(float)};
    alive++;
    return NULL;
}

static struct ort_status *create_memory(int allocator, int type, struct ort_memory **ret_memory)
{
    (void)allocator, (void)type;
    return create("memory", (void **)ret_memory);
}

static struct ort_status *get_providers(char ***ret_names, int *ret_count)
{
    static char cpu[] = "CPUExecutionProvider", odd[] = "Odd", *names[3] = {odd, cpu};
    const char *more = getenv("FAKE_ORT_PROVIDERS");
    names[2] = (char *)(uintptr_t)more;
    *ret_names = names;
    *ret_count = more ? 3 : 2;
    return fails("providers");
}

static struct ort_status *release_providers(char **names, int count)
{
    (void)names, (void)count;
    return fails("release_providers");
}

static struct ort_status *create_cuda(struct ort_cuda **ret_cuda)
{
    return create("create_cuda", (void **)ret_cuda);
}

static struct ort_status *append_cuda(struct ort_options *options, const struct ort_cuda *cuda)
{
    (void)options, (void)cuda;
    return fails("append_cuda");
}

static struct ort_status *append_provider(struct ort_options *options, const char *name,
                                          const char *const *keys, const char *const *values,
                                          size_t count)
{
    (void)options, (void)name, (void)keys, (void)values, (void)count;
    return fails("append_provider");
}

static void release_env(struct ort_env *env)
{
    release(env);
}
static void release_memory(struct ort_memory *memory)
{
    release(memory);
}
static void release_session(struct ort_session *session)
{
    release(session);
}
static void release_options(struct ort_options *options)
{
    release(options);
}
static void release_cuda(struct ort_cuda *cuda)
{
    release(cuda);
}
static void release_status(struct ort_status *status)
{
    (void)status;
}

static void release_value(struct ort_value *value)
{
    alive -= value != NULL;
    free(value);
}

static const struct ort_api *get_api(uint32_t version)
{
    static const struct ort_api api = {
        .get_error_message = get_error_message,
        .create_env_with_logger = create_env,
        .create_session_from_array = create_session,
        .run = run,
        .create_options = create_options,
        .set_optimization = set_optimization,
        .set_threads = set_threads,
        .create_tensor = create_tensor,
        .create_cpu_memory = create_memory,
        .release_env = release_env,
        .release_status = release_status,
        .release_memory = release_memory,
        .release_session = release_session,
        .release_value = release_value,
        .release_options = release_options,
        .get_providers = get_providers,
        .release_providers = release_providers,
        .append_cuda = append_cuda,
        .create_cuda = create_cuda,
        .release_cuda = release_cuda,
        .append_provider = append_provider,
    };
    return version <= FL_ORT_API_VERSION && !fails("version") ? &api : NULL;
}

static const char *get_version(void)
{
    return "0.0.1-fake";
}

__attribute__((visibility("default"))) const struct ort_api_base *OrtGetApiBase(void)
{
    static const struct ort_api_base base = {get_api, get_version};
    return &base;
}
