/* mcp_job.c: see mcp_job.h. */
#include "mcp/mcp_job.h"

#include "mcp/secrets.h"

#include <stdio.h>

static void on_timer(uv_timer_t *timer);

static uint32_t elapsed_ms(const struct fl_mcp_job *job, fl_time until)
{
    fl_time ms = (until - job->started_at) / 1000;
    return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}

/* The time that the phase may last: that of the probe is part of that of the start. */
static void set_timer(struct fl_mcp_job *job)
{
    const struct fl_mcp_list_options *options = job->options;
    uint32_t used = elapsed_ms(job, fl_clock_now(&options->clock));
    uint32_t left = options->start_timeout_ms > used ? options->start_timeout_ms - used : 0;
    uint32_t ms = left;
    if (job->session.phase == FL_MCP_PROBING)
        ms = options->probe_timeout_ms < left / 2 ? options->probe_timeout_ms : left / 2;
    else if (job->session.phase == FL_MCP_LISTING)
        ms = options->list_timeout_ms;
    uv_timer_start(&job->timer, on_timer, ms, 0);
}

static void report_listing(struct fl_mcp_job *job)
{
    const struct fl_mcp_session *session = &job->session;
    const struct fl_mcp_listing listing = {
        .tools_json = {fl_buf_text(&session->tools), session->tools.len},
        .tool_count = session->tool_count,
        .server_name = session->server_name,
        .server_version = session->server_version,
        .instructions = session->instructions,
        .protocol_version = session->protocol_version,
        .modern = session->modern,
        .start_ms = elapsed_ms(job, job->answered_at),
        .list_ms = elapsed_ms(job, fl_clock_now(&job->options->clock)),
        .stray_lines = session->stray_count,
        .resident_bytes = job->transport->resident_bytes(job),
    };
    job->reported = true;
    job->on_report(job, &listing, NULL);
    job->transport->stop(job);
}

void fl_mcp_job_fail(struct fl_mcp_job *job, const struct fl_err *err)
{
    if (job->reported)
        return;
    job->reported = true;
    uv_timer_stop(&job->timer);
    struct fl_err explained = *err;
    fl_secrets_hide(job->target, explained.message);
    job->transport->explain(job, &explained);
    fl_secrets_hide(job->target, explained.message);
    job->on_report(job, NULL, &explained);
    job->transport->stop(job);
}

/* After anything that may have moved the session: sends, waits on, or reports. */
static void advance(struct fl_mcp_job *job, enum fl_mcp_phase before)
{
    struct fl_mcp_session *session = &job->session;
    if (session->answered && job->answered_at == 0)
        job->answered_at = fl_clock_now(&job->options->clock);
    struct fl_err err;
    fl_err_nomem(&err);
    if (fl_buf_failed(&job->out))
        fl_mcp_session_fail(session, &err);
    else if (job->out.len > 0)
        job->transport->send(job, (struct fl_str){fl_buf_text(&job->out), job->out.len});
    fl_buf_clear(&job->out);
    if (session->phase == FL_MCP_FAILED) {
        fl_mcp_job_fail(job, &session->err);
    } else if (session->phase == FL_MCP_LISTED && !job->reported) {
        uv_timer_stop(&job->timer);
        report_listing(job);
    } else if (session->phase != before) {
        set_timer(job);
    }
}

void fl_mcp_job_open(struct fl_mcp_job *job, bool probe)
{
    job->probe = probe;
    fl_mcp_session_open(&job->session, probe, &job->out);
    advance(job, FL_MCP_LISTED);
}

void fl_mcp_job_probe_refused(struct fl_mcp_job *job)
{
    enum fl_mcp_phase before = job->session.phase;
    job->session.answered = true;
    fl_mcp_session_give_up_probe(&job->session, &job->out);
    advance(job, before);
}

static void tell_stray(const struct fl_mcp_job *job, struct fl_str message)
{
    char text[401];
    snprintf(text, sizeof text, "%.*s", message.len > 400 ? 400 : (int)message.len, message.ptr);
    fl_secrets_hide(job->target, text);
    fl_log_write(job->options->log, FL_LOG_DEBUG, "%s: not a message: %s", job->target->name, text);
}

void fl_mcp_job_receive(struct fl_mcp_job *job, struct fl_str message)
{
    if (job->reported)
        return;
    enum fl_mcp_phase before = job->session.phase;
    uint32_t strays = job->session.stray_count;
    fl_mcp_session_receive(&job->session, message, &job->out);
    if (job->session.stray_count != strays)
        tell_stray(job, message);
    advance(job, before);
}

static void on_timer(uv_timer_t *timer)
{
    struct fl_mcp_job *job = timer->data;
    if (job->session.phase == FL_MCP_PROBING) {
        enum fl_mcp_phase before = job->session.phase;
        fl_mcp_session_give_up_probe(&job->session, &job->out);
        advance(job, before);
        return;
    }
    bool listing = job->session.phase == FL_MCP_LISTING;
    struct fl_err err;
    fl_err_set(&err, FL_ETIMEDOUT, "no answer to %s within %u ms",
               fl_mcp_session_awaits(&job->session),
               listing ? job->options->list_timeout_ms : job->options->start_timeout_ms);
    if (job->session.unasked_count > 0)
        fl_err_set(&err, FL_ETIMEDOUT, "no answer to %s, but %u to nothing that was asked",
                   fl_mcp_session_awaits(&job->session), job->session.unasked_count);
    fl_mcp_job_fail(job, &err);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct fl_mcp_job *job = handle->data;
    job->on_end(job);
}

void fl_mcp_job_end(struct fl_mcp_job *job)
{
    if (!uv_is_closing((uv_handle_t *)&job->timer))
        uv_close((uv_handle_t *)&job->timer, on_timer_closed);
}
