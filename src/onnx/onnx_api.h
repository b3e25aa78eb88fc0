/* onnx_api.h: the beginning of ONNX Runtime's C API, as much of it as is called here.
 *
 * The API is a table of function pointers that only grows at its end, so that a table of any later
 * version begins like this (onnxruntime_c_api.h, ORT_API_VERSION 12; MIT licence). What is not
 * called is counted and not named. */
#ifndef FL_ONNX_ONNX_API_H
#define FL_ONNX_ONNX_API_H

#include <stddef.h>
#include <stdint.h>

enum { FL_ORT_API_VERSION = 12 }; /* ONNX Runtime 1.12 and later */

struct ort_env;
struct ort_status; /* NULL is success */
struct ort_session;
struct ort_options;
struct ort_value;
struct ort_memory;
struct ort_cuda;

enum { ORT_LOG_ERROR = 3, ORT_OPTIMIZE_ALL = 99, ORT_ARENA_ALLOCATOR = 1, ORT_MEMORY_DEFAULT = 0 };

typedef void (*ort_unused)(void);
typedef void (*ort_log)(void *param, int severity, const char *category, const char *id,
                        const char *location, const char *message);

/* The number before a gap is the place of what follows it. */
struct ort_api {
    ort_unused to_2[2];
    const char *(*get_error_message)(const struct ort_status *status);
    ort_unused to_4[1];
    struct ort_status *(*create_env_with_logger)(ort_log log, void *param, int severity,
                                                 const char *id, struct ort_env **ret_env);
    ort_unused to_8[3];
    struct ort_status *(*create_session_from_array)(const struct ort_env *env, const void *bytes,
                                                    size_t len, const struct ort_options *options,
                                                    struct ort_session **ret_session);
    struct ort_status *(*run)(struct ort_session *session, const void *run_options,
                              const char *const *input_names, const struct ort_value *const *inputs,
                              size_t input_count, const char *const *output_names,
                              size_t output_count, struct ort_value **outputs);
    struct ort_status *(*create_options)(struct ort_options **ret_options);
    ort_unused to_23[12];
    struct ort_status *(*set_optimization)(struct ort_options *options, int level);
    struct ort_status *(*set_threads)(struct ort_options *options, int threads);
    ort_unused to_49[24];
    struct ort_status *(*create_tensor)(const struct ort_memory *memory, void *bytes, size_t len,
                                        const int64_t *dims, size_t rank, int type,
                                        struct ort_value **ret_value);
    ort_unused to_69[19];
    struct ort_status *(*create_cpu_memory)(int allocator, int type,
                                            struct ort_memory **ret_memory);
    ort_unused to_92[22];
    void (*release_env)(struct ort_env *env);
    void (*release_status)(struct ort_status *status);
    void (*release_memory)(struct ort_memory *memory);
    void (*release_session)(struct ort_session *session);
    void (*release_value)(struct ort_value *value);
    ort_unused to_100[3];
    void (*release_options)(struct ort_options *options);
    ort_unused to_125[24];
    struct ort_status *(*get_providers)(char ***ret_names, int *ret_count);
    struct ort_status *(*release_providers)(char **names, int count);
    ort_unused to_204[77];
    struct ort_status *(*append_cuda)(struct ort_options *options, const struct ort_cuda *cuda);
    struct ort_status *(*create_cuda)(struct ort_cuda **ret_cuda);
    ort_unused to_208[2];
    void (*release_cuda)(struct ort_cuda *cuda);
    ort_unused to_216[7];
    struct ort_status *(*append_provider)(struct ort_options *options, const char *name,
                                          const char *const *keys, const char *const *values,
                                          size_t count);
};

#define ORT_PLACE(member) (offsetof(struct ort_api, member) / sizeof(ort_unused))
_Static_assert(ORT_PLACE(get_error_message) == 2 && ORT_PLACE(create_env_with_logger) == 4 &&
                   ORT_PLACE(create_session_from_array) == 8 && ORT_PLACE(create_options) == 10 &&
                   ORT_PLACE(set_optimization) == 23 && ORT_PLACE(set_threads) == 24 &&
                   ORT_PLACE(create_tensor) == 49 && ORT_PLACE(create_cpu_memory) == 69 &&
                   ORT_PLACE(release_env) == 92 && ORT_PLACE(release_value) == 96 &&
                   ORT_PLACE(release_options) == 100 && ORT_PLACE(get_providers) == 125 &&
                   ORT_PLACE(append_cuda) == 204 && ORT_PLACE(release_cuda) == 208 &&
                   ORT_PLACE(append_provider) == 216,
               "the places of onnxruntime_c_api.h");

/* What the library exports: OrtGetApiBase. */
struct ort_api_base {
    const struct ort_api *(*get_api)(uint32_t version); /* NULL: it is older */
    const char *(*get_version)(void);
};

#endif
