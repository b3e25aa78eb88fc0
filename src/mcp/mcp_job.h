/* mcp_job.h: one target being asked for its tools, over whichever transport.
 *
 *     start ─▶ … ─▶ reported (fl_mcp_job_report, once) ─▶ … ─▶ ended (fl_mcp_job_end, once, last)
 *
 * The lister owns the job and gives it to a transport. The job has the session and the one timer
 * that bounds each of its phases; the transport carries messages and tells what happened. */
#ifndef FL_MCP_MCP_JOB_H
#define FL_MCP_MCP_JOB_H

#include "mcp/mcp_lister.h"
#include "mcp/mcp_session.h"

#include <uv.h>

struct fl_http;
struct fl_mcp_job;

struct fl_mcp_transport {
    /* Begins; what it sends first is what fl_mcp_job_open gave. On failure nothing is left. */
    int (*start)(struct fl_mcp_job *job, struct fl_err *err);
    /* Sends messages, each with its newline. */
    void (*send)(struct fl_mcp_job *job, struct fl_str messages);
    /* Ends, in peace or at once; fl_mcp_job_end follows, never within the call. Repeatable. */
    void (*stop)(struct fl_mcp_job *job);
    void (*abort)(struct fl_mcp_job *job);
    /* Adds to the reason of a failure what the server itself said of it. */
    void (*explain)(struct fl_mcp_job *job, struct fl_err *err);
    /* Memory of the server, 0: unknown. */
    uint64_t (*resident_bytes)(struct fl_mcp_job *job);
    /* After the end. */
    void (*free)(struct fl_mcp_job *job);
};

extern const struct fl_mcp_transport fl_mcp_stdio, fl_mcp_http;

struct fl_mcp_job {
    uv_loop_t *loop;
    struct fl_http *http; /* shared by all jobs of a loop */
    const struct fl_mcp_target *target;
    const struct fl_mcp_list_options *options; /* zeros replaced by what they stand for */
    const struct fl_mcp_transport *transport;
    void *connection; /* the transport's own */
    struct fl_mcp_session session;
    struct fl_buf out;
    uv_timer_t timer;
    fl_time started_at;
    fl_time answered_at;
    bool probe;
    bool reported;
    /* The lister's. `listing` is NULL when it failed. */
    void (*on_report)(struct fl_mcp_job *job, const struct fl_mcp_listing *listing,
                      const struct fl_err *err);
    void (*on_end)(struct fl_mcp_job *job);
    void *lister;
    uint32_t index;
};

/* Prepares the first message, sends it and sets the time for its answer. */
void fl_mcp_job_open(struct fl_mcp_job *job, bool probe);

/* A message or a stray line has come. */
void fl_mcp_job_receive(struct fl_mcp_job *job, struct fl_str message);

/* The server refused the probe by other means than an answer: initialize follows. */
void fl_mcp_job_probe_refused(struct fl_mcp_job *job);

/* Reports the failure, if nothing has been reported, and stops the transport. */
void fl_mcp_job_fail(struct fl_mcp_job *job, const struct fl_err *err);

/* The transport has closed everything. */
void fl_mcp_job_end(struct fl_mcp_job *job);

#endif
