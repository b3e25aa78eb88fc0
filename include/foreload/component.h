/* component.h: the binary interface between Foreload and a component, a shared object that offers
 * tools. Self-contained: C11 or C++11 and two standard headers.
 *
 *   manifest   JSON in a section of the file: read without running or even mapping any code of it
 *   entry      foreload_component(), the one exported symbol: a table of functions
 *   instance   open ─► call, health … from many threads ─► save? ─► close
 *
 * The same file runs in the host's process (kind "native", for what is trusted) or in a worker
 * process of its own (kind "worker"); it can't tell which, and need not.
 *
 * Rules of growth. Structures begin with their size as the sender was compiled. They only grow at
 * their end; a reader looks at no field beyond the sender's size, and takes what is missing as
 * zero. `abi` is major << 16 | minor: another major is refused, naming both; a higher minor is not.
 *
 * Threads. Each function says from where it is called:
 *   [load]  one thread at a time, while no other function of this instance runs
 *   [work]  any number of threads at once, but one at a time with FL_COMPONENT_SERIAL
 *   [any]   any thread, at any time between open and close
 *
 * Errors are negative numbers: enum fl_component_error. Nothing here may throw, longjmp or exit. */
#ifndef FORELOAD_COMPONENT_H
#define FORELOAD_COMPONENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FL_COMPONENT_ABI_MAJOR 1u
#define FL_COMPONENT_ABI_MINOR 0u
#define FL_COMPONENT_ABI       (FL_COMPONENT_ABI_MAJOR << 16 | FL_COMPONENT_ABI_MINOR)

enum fl_component_error {
    FL_COMPONENT_OK = 0,
    FL_COMPONENT_ENOMEM = -1,    /* the heap is at its cap */
    FL_COMPONENT_EINPUT = -2,    /* the arguments do not fit the tool's schema */
    FL_COMPONENT_ENOTOOL = -3,   /* no such tool */
    FL_COMPONENT_EFAILED = -4,   /* it was tried and did not work */
    FL_COMPONENT_ECANCELED = -5, /* `canceled` said so */
    FL_COMPONENT_ENOTSUP = -6,   /* this component does not do that */
};

enum fl_component_log_level {
    FL_COMPONENT_LOG_ERROR,
    FL_COMPONENT_LOG_WARNING,
    FL_COMPONENT_LOG_INFO,
    FL_COMPONENT_LOG_DEBUG,
};

/* --- what the host offers --- */

struct fl_component_host; /* passed back as it is */

/* A run of bytes that crosses to the host without being copied. */
struct fl_component_buffer {
    void *bytes;
    size_t size;
    uint64_t handle; /* the host's */
};

struct fl_component_host_api {
    uint32_t struct_size;
    uint32_t abi;
    struct fl_component_host *host; /* first argument of all below */

    /* [any] Memory of this component's own heap, which has a cap and is destroyed whole when the
     * component goes. NULL at the cap. Aligned to 16, not cleared. */
    void *(*alloc)(struct fl_component_host *host, size_t bytes);
    void *(*realloc)(struct fl_component_host *host, void *block, size_t bytes);
    void (*free)(struct fl_component_host *host, void *block); /* NULL is accepted */

    /* [any] One line of UTF-8; copied; long or many lines are cut and counted. */
    void (*log)(struct fl_component_host *host, int level, const char *line);

    /* [any] Microseconds of a clock that never goes back. */
    int64_t (*now_us)(struct fl_component_host *host);

    /* [any] A buffer for a result. It is the host's again once the result that names it has been
     * returned; one that is not returned goes back by buffer_free. 0 or FL_COMPONENT_ENOMEM. */
    int (*buffer_create)(struct fl_component_host *host, size_t size,
                         struct fl_component_buffer *ret_buffer);
    void (*buffer_free)(struct fl_component_host *host, struct fl_component_buffer *buffer);
};

/* --- what a component is given --- */

struct fl_component_open {
    uint32_t struct_size;
    const char *config; /* JSON object from the user's configuration; "{}" where there is none */
    /* What this component saved when it was last unloaded; of the same version, or of one that its
     * manifest lists under "reads_state_of". size 0: nothing. */
    const void *state;
    size_t state_size;
};

struct fl_component_call {
    uint32_t struct_size;
    uint32_t buffer_count;
    const char *tool;      /* its name in the manifest */
    const char *arguments; /* JSON object; checked against the tool's schema by the host */
    size_t arguments_size; /* without the NUL that follows it */
    const struct fl_component_buffer *buffers; /* read-only payloads that go with the arguments */
    int64_t deadline_us;                       /* by now_us; after it nobody waits any more */
    /* [any] Not 0 once nobody wants the result any more. Cheap: ask often. */
    int (*canceled)(const void *token);
    const void *cancel_token;
};

/* Filled by `call`, all zero before. Memory is the component's until `release`. */
struct fl_component_result {
    uint32_t struct_size;
    uint32_t buffer_count;
    const char *content; /* JSON: the tool's answer, or with an error what a person should read */
    size_t content_size;
    const struct fl_component_buffer *buffers; /* payloads that go with it */
    void *own;                                 /* the component's own use */
};

/* Written piece by piece by `save`. */
struct fl_component_sink {
    uint32_t struct_size;
    void *sink;
    int (*write)(void *sink, const void *bytes, size_t size); /* not 0: stop and return that */
};

/* --- the component --- */

enum fl_component_flags {
    FL_COMPONENT_SERIAL = 1 << 0, /* one call at a time, please */
};

struct fl_component_table {
    uint32_t struct_size;
    uint32_t abi;
    const char *name;    /* that of the manifest */
    const char *version; /* that of the manifest */
    uint32_t flags;
    uint32_t reserved; /* 0 */

    /* [load] Makes an instance; `api` and what it holds stay valid until close returns. Several
     * instances may live at once (a new version beside an old one). */
    int (*open)(const struct fl_component_host_api *api, const struct fl_component_open *open,
                void **ret_instance);

    /* [work] Runs a tool. 0, or an error whose content may say more. `result` is released in either
     * case. */
    int (*call)(void *instance, const struct fl_component_call *call,
                struct fl_component_result *result);

    /* [work] Gives back what a result holds, but for buffers, which went to the host. NULL: there
     * is never anything to give back. */
    void (*release)(void *instance, struct fl_component_result *result);

    /* [work] 0: fit for calls. Answers within a second. NULL: always fit. */
    int (*health)(void *instance);

    /* [load] Writes what the next open should find. NULL: there is no state. */
    int (*save)(void *instance, const struct fl_component_sink *sink);

    /* [load] Ends the instance: no thread of it may run and no function of its host be called once
     * this returns. NULL is never passed. */
    void (*close)(void *instance);
};

#if defined(__GNUC__)
#define FL_COMPONENT_EXPORT __attribute__((visibility("default")))
#else
#define FL_COMPONENT_EXPORT
#endif

/* The one symbol of a component. The table is constant and lives as long as the file is mapped. */
FL_COMPONENT_EXPORT const struct fl_component_table *foreload_component(void);

#define FL_COMPONENT_SYMBOL  "foreload_component"
#define FL_COMPONENT_SECTION ".foreload.manifest"

/* The manifest, once in a component: FL_COMPONENT_MANIFEST("{\"name\": \"clock\", …}"). */
#define FL_COMPONENT_MANIFEST(json)                     \
    __attribute__((section(FL_COMPONENT_SECTION), used, \
                   aligned(1))) static const char fl_component_manifest[] = json

#ifdef __cplusplus
}
#endif
#endif
