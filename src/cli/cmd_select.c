/* cmd_select.c: foreload select: the tools that a request needs. */
#include "cli/cli.h"
#include "cli/selection_out.h"

#include <stdlib.h>

/* What the command line asks for, and what came of it. */
struct job {
    struct fl_cli *cli;
    const struct fl_args *args;
    struct fl_buf text;      /* of the request */
    struct fl_buf names;     /* of the candidates: each with its NUL … */
    const char **candidates; /* … and where each begins */
    struct fl_request request;
    struct fl_engine *engine;
    struct fl_selection *selection;
};

/* The operands joined by blanks, or standard input for a single "-" without its last line end. */
static int read_request(struct job *job, struct fl_err *err)
{
    const struct fl_args *args = job->args;
    if (args->operand_count == 1 && strcmp(args->operands[0], "-") == 0) {
        int rc = fl_cli_read_input("-", FL_REQUEST_MAX_BYTES + 1, &job->text, err);
        while (rc == 0 && job->text.len && job->text.ptr[job->text.len - 1] == '\n')
            job->text.ptr[--job->text.len] = '\0';
        return rc;
    }
    for (size_t i = 0; i < args->operand_count; i++) {
        if (i)
            fl_buf_append_char(&job->text, ' ');
        fl_buf_append_str(&job->text, args->operands[i]);
    }
    return fl_buf_failed(&job->text) ? fl_err_nomem(err) : 0;
}

/* "--candidates a,b --candidates c" → a, b, c. */
static int split_candidates(struct job *job, struct fl_err *err)
{
    size_t count, names = 0;
    const char *const *lists = fl_args_list(job->args, "candidates", &count);
    for (size_t i = 0; i < count; i++)
        for (const char *c = lists[i]; *c;) {
            size_t len = strcspn(c, ",");
            fl_buf_append(&job->names, c, len);
            fl_buf_append_char(&job->names, '\0');
            names += len > 0;
            if (len == 0)
                job->names.len--;
            c += len + (c[len] == ',');
        }
    if (count && !names)
        return fl_err_set(err, FL_EINVAL, "--candidates names no tool");
    job->candidates = calloc(names + 1, sizeof *job->candidates);
    if (!job->candidates || fl_buf_failed(&job->names))
        return fl_err_nomem(err);
    const char *name = job->names.ptr;
    for (size_t i = 0; i < names; i++, name += strlen(name) + 1)
        job->candidates[i] = name;
    job->request.candidates = names ? job->candidates : NULL;
    job->request.candidate_count = names;
    return 0;
}

static int prepare(struct job *job, struct fl_err *err)
{
    struct fl_request *request = &job->request;
    int rc = read_request(job, err);
    if (rc)
        return rc;
    fl_request_init(request, fl_buf_text(&job->text));
    request->text_bytes = job->text.len;
    fl_strategy_parse(fl_setting_strategies[fl_cli_setting(job->cli, FL_SETTING_STRATEGY)],
                      &request->strategy);
    request->budget_tokens = (uint32_t)fl_args_number(job->args, "budget", 0);
    request->top = (uint32_t)fl_args_number(job->args, "top", 0);
    request->encoding = fl_cli_encoding(job->args);
    fl_tool_form_parse(fl_args_text(job->args, "form", "mcp"), &request->form);
    request->explain = fl_args_flag(job->args, "explain");
    request->all = !fl_cli_setting(job->cli, FL_SETTING_DYNAMIC_LOADING);
    request->timeout_ms = (uint32_t)fl_cli_setting(job->cli, FL_SETTING_DETECTION_TIMEOUT);
    return split_candidates(job, err);
}

int fl_cli_select(void *ctx, const struct fl_args *args)
{
    struct job job = {.cli = ctx, .args = args};
    struct fl_err err = {0};
    int status = fl_cli_begin(job.cli, args);
    if (status == 0 && prepare(&job, &err))
        status = fl_cli_fail(&err);
    if (status == 0)
        status = fl_cli_engine_with_catalog(job.cli, args, &job.engine);
    if (status == 0 && fl_select(job.engine, &job.request, &job.selection, &err))
        status = fl_cli_fail(&err);
    if (status == 0) {
        const struct fl_shown_selection shown = {job.selection, &job.request,
                                                 fl_args_flag(args, "schemas")};
        int rc = fl_args_flag(args, "json") ? fl_selection_append_json(&shown, &job.cli->out, &err)
                                            : fl_selection_append_text(&shown, &job.cli->out, &err);
        if (rc) {
            fl_buf_clear(&job.cli->out.buf);
            status = fl_cli_fail(&err);
        }
    }
    fl_selection_free(job.selection);
    fl_engine_free(job.engine);
    free(job.candidates);
    fl_buf_destroy(&job.names);
    fl_buf_destroy(&job.text);
    return status;
}
