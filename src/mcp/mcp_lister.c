/* mcp_lister.c: see mcp_lister.h.
 *
 * One event loop for the length of the call. A slot is taken by each server from its start to its
 * end; as one becomes free the next target is started. */
#include "mcp/mcp_lister.h"

#include "mcp/mcp_job.h"
#include "net/curl_lazy.h"
#include "net/http_client.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { CANCEL_POLL_MS = 50 };

struct lister {
    uv_loop_t loop;
    uv_timer_t cancel_timer;
    struct fl_http *http;
    const struct fl_mcp_target *targets;
    uint32_t count;
    uint32_t next;   /* the first target that was not started */
    uint32_t active; /* slots in use */
    struct fl_mcp_list_options options;
    struct fl_mcp_job **slots; /* options.parallel of them */
    bool canceled;
};

static struct fl_mcp_list_options with_defaults(const struct fl_mcp_list_options *given)
{
    struct fl_mcp_list_options options = *given;
    if (options.parallel == 0)
        options.parallel = 4;
    if (options.probe_timeout_ms == 0)
        options.probe_timeout_ms = 5000;
    if (options.start_timeout_ms == 0)
        options.start_timeout_ms = 30000;
    if (options.list_timeout_ms == 0)
        options.list_timeout_ms = 30000;
    if (options.stop_timeout_ms == 0)
        options.stop_timeout_ms = 2000;
    if (options.max_list_bytes == 0)
        options.max_list_bytes = (size_t)64 << 20;
    if (options.max_pages == 0)
        options.max_pages = 1000;
    if (!options.clock.now)
        options.clock = fl_clock_system();
    return options;
}

static void on_report(struct fl_mcp_job *job, const struct fl_mcp_listing *listing,
                      const struct fl_err *err)
{
    const struct lister *lister = job->lister;
    lister->options.listed(lister->options.ctx, job->index, listing, err);
}

static void free_job(struct fl_mcp_job *job)
{
    if (!job)
        return;
    job->transport->free(job);
    fl_mcp_session_destroy(&job->session);
    fl_buf_destroy(&job->out);
    free(job);
}

static void start_more(struct lister *lister);

static void on_end(struct fl_mcp_job *job)
{
    struct lister *lister = job->lister;
    for (uint32_t i = 0; i < lister->options.parallel; i++)
        if (lister->slots[i] == job)
            lister->slots[i] = NULL;
    free_job(job);
    lister->active--;
    start_more(lister);
}

static struct fl_mcp_job *create_job(struct lister *lister, uint32_t index)
{
    struct fl_mcp_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->loop = &lister->loop;
    job->http = lister->http;
    job->target = &lister->targets[index];
    job->options = &lister->options;
    job->transport = job->target->url ? &fl_mcp_http : &fl_mcp_stdio;
    job->on_report = on_report;
    job->on_end = on_end;
    job->lister = lister;
    job->index = index;
    job->started_at = fl_clock_now(&lister->options.clock);
    fl_mcp_session_init(&job->session, lister->options.max_list_bytes, lister->options.max_pages);
    return job;
}

static int start_job(struct lister *lister, uint32_t index, struct fl_err *err)
{
    if (lister->targets[index].url && !lister->http)
        return fl_err_set(err, FL_ENOTSUP,
                          "servers at URLs need libcurl.so.4, which is not installed");
    const struct fl_mcp_target *target = &lister->targets[index];
    if (!target->url && (!target->argv || !target->argv[0]))
        return fl_err_set(err, FL_EINVAL, "has neither a command nor a URL");
    if (target->url && !lister->http)
        return fl_err_set(err, FL_ENOTSUP,
                          "servers at URLs need libcurl.so.4, which is not installed");
    struct fl_mcp_job *job = create_job(lister, index);
    if (!job)
        return fl_err_nomem(err);
    int rc = job->transport->start(job, err);
    if (rc) {
        free_job(job);
        return rc;
    }
    uint32_t slot = 0;
    while (lister->slots[slot])
        slot++;
    lister->slots[slot] = job;
    lister->active++;
    uv_timer_init(&lister->loop, &job->timer);
    job->timer.data = job;
    if (lister->options.started)
        lister->options.started(lister->options.ctx, index);
    fl_mcp_job_open(job, true);
    return 0;
}

static void start_more(struct lister *lister)
{
    const struct fl_mcp_list_options *options = &lister->options;
    while (lister->next < lister->count && lister->active < options->parallel) {
        uint32_t index = lister->next++;
        struct fl_err err;
        if (lister->canceled)
            fl_err_set(&err, FL_ECANCELED, "canceled before it was started");
        else if (start_job(lister, index, &err) == 0)
            continue;
        options->listed(options->ctx, index, NULL, &err);
    }
    if (lister->active == 0 && !uv_is_closing((uv_handle_t *)&lister->cancel_timer)) {
        uv_close((uv_handle_t *)&lister->cancel_timer, NULL);
        fl_http_close(lister->http);
    }
}

static void on_cancel_timer(uv_timer_t *timer)
{
    struct lister *lister = timer->data;
    if (lister->canceled || !lister->options.canceled(lister->options.ctx))
        return;
    lister->canceled = true;
    struct fl_err err;
    fl_err_set(&err, FL_ECANCELED, "canceled");
    for (uint32_t i = 0; i < lister->options.parallel; i++) {
        struct fl_mcp_job *job = lister->slots[i];
        if (!job)
            continue;
        fl_mcp_job_fail(job, &err);
        job->transport->abort(job);
    }
}

/* A server that has gone makes writes to its pipe raise SIGPIPE, which a library may neither let
 * through nor ignore for the whole program: it is blocked here, and what was raised is taken. */
static void block_sigpipe(sigset_t *ret_before)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, ret_before);
}

static void restore_sigpipe(const sigset_t *before)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    const struct timespec at_once = {0};
    if (!sigismember(before, SIGPIPE))
        while (sigtimedwait(&pipe_only, NULL, &at_once) == SIGPIPE)
            continue;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void run(struct lister *lister)
{
    sigset_t before;
    block_sigpipe(&before);
    uv_timer_init(&lister->loop, &lister->cancel_timer);
    lister->cancel_timer.data = lister;
    if (lister->options.canceled)
        uv_timer_start(&lister->cancel_timer, on_cancel_timer, 0, CANCEL_POLL_MS);
    start_more(lister);
    uv_run(&lister->loop, UV_RUN_DEFAULT);
    restore_sigpipe(&before);
}

static bool any_url(const struct fl_mcp_target *targets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (targets[i].url)
            return true;
    return false;
}

int fl_mcp_list_all(const struct fl_mcp_target *targets, uint32_t count,
                    const struct fl_mcp_list_options *options, struct fl_err *err)
{
    struct lister lister = {
        .targets = targets,
        .count = count,
        .options = with_defaults(options),
    };
    int rc = uv_loop_init(&lister.loop);
    if (rc)
        return fl_err_set(err, rc == UV_ENOMEM ? FL_ENOMEM : FL_EIO, "no event loop: %s",
                          uv_strerror(rc));
    if (lister.options.parallel > count)
        lister.options.parallel = count ? count : 1;
    lister.slots = calloc(lister.options.parallel, sizeof(struct fl_mcp_job *));
    bool needs_http = any_url(targets, count) && fl_curl_load();
    lister.http = needs_http ? fl_http_create(&lister.loop) : NULL;
    if (lister.slots && (lister.http || !needs_http)) {
        run(&lister);
        rc = lister.canceled ? fl_err_set(err, FL_ECANCELED, "canceled") : 0;
    } else {
        rc = fl_err_nomem(err);
        fl_http_close(lister.http);
        uv_run(&lister.loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&lister.loop);
    fl_http_free(lister.http);
    free(lister.slots);
    return rc;
}
