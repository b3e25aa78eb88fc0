/* child.h: a child process on an event loop, and everything that it starts.
 *
 * It is started through the program foreload-launch (launch_main.c), in a session of its own, with
 * pipes for its three streams. Whatever happens to it or to this process, nothing of its tree of
 * processes is left: see there. All functions belong to the loop's thread, and none blocks.
 *
 *     running ─stop─▶ stdin closed ─time─▶ SIGTERM ─time─▶ SIGKILL to all ─time─▶ launcher killed
 *
 * At each point the end of the process leads to `ended`, once its streams have been read to their
 * ends. A stream that stays open all the same is given up after the same time. */
#ifndef FL_NET_CHILD_H
#define FL_NET_CHILD_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>
#include <uv.h>

enum {
    FL_CHILD_STDERR_TAIL_BYTES = 4096,
    FL_CHILD_QUEUE_MAX_BYTES = 4 << 20, /* written and not yet read by the child */
};

enum fl_child_outcome {
    FL_CHILD_UNKNOWN, /* not ended, or ended unseen */
    FL_CHILD_NOT_STARTED,
    FL_CHILD_EXITED,
    FL_CHILD_SIGNALED,
};

struct fl_child;

struct fl_child_options {
    const char *launcher;     /* path; NULL: fl_child_find_launcher */
    const char *const *argv;  /* NULL-terminated; argv[0] is looked up in the child's PATH */
    const char *const *env;   /* NAME=VALUE, NULL-terminated, over the inherited ones; or NULL */
    const char *cwd;          /* or NULL */
    uint32_t stop_timeout_ms; /* between the steps of stopping */
    /* Bytes of its stdout; len 0: it has closed it. */
    void (*output)(void *ctx, const char *bytes, size_t len);
    /* The last call, never within fl_child_start: the child may be freed in it. */
    void (*ended)(void *ctx);
    void *ctx;
};

/* Begins to start a child. A command that cannot be run is not an error yet: `ended` comes, the
 * outcome is FL_CHILD_NOT_STARTED and fl_child_error tells why. NULL: out of memory or no launcher.
 * Strings need not outlive the call. */
struct fl_child *fl_child_start(uv_loop_t *loop, const struct fl_child_options *options,
                                struct fl_err *err);

/* After `ended` only. NULL is accepted. */
void fl_child_free(struct fl_child *child);

/* Queues a copy of the bytes for its stdin. -FL_ELIMIT when the child reads too little of what was
 * written, -FL_ENOMEM; a child that has ended takes everything. */
int fl_child_write(struct fl_child *child, const char *bytes, size_t len);

/* Begins the sequence above; `_terminate` begins it at SIGTERM. Repeating them does nothing. */
void fl_child_stop(struct fl_child *child);
void fl_child_terminate(struct fl_child *child);

/* How it ended; *ret_value becomes the exit status or the signal. */
enum fl_child_outcome fl_child_outcome(const struct fl_child *child, int *ret_value);

/* Why it did not start; code 0 if it did. Borrowed from the child. */
const struct fl_err *fl_child_error(const struct fl_child *child);

/* The last bytes of its stderr; valid until the loop runs on. */
struct fl_str fl_child_stderr_tail(const struct fl_child *child);

/* Memory of its tree of processes (proc_tree.h); 0: unknown. */
uint64_t fl_child_resident_bytes(const struct fl_child *child);

/* Looks for foreload-launch beside this program, in ../libexec/foreload from there, and where the
 * library was installed to. -FL_ENOENT, -FL_ELIMIT for a path longer than `size`. */
int fl_child_find_launcher(char *path, size_t size, struct fl_err *err);

#endif
