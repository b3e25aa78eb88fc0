/* cmd_import.c: foreload catalog import, refresh: servers are asked for their tools.
 *
 * Each server's outcome is told on stderr as it comes; stdout gets the result. */
#include "cli/cli.h"

#include <stdlib.h>
#include <unistd.h>

enum { STATE_COUNT = FL_IMPORT_SKIPPED + 1, PROGRAM_PATH_BYTES = 4096 };

static const char *const state_names[STATE_COUNT] = {"started", "added",  "unchanged",
                                                     "changed", "failed", "skipped"};

struct outcome {
    char *component, *reason;
    enum fl_import_state state;
    uint32_t tools, elapsed_ms;
    uint64_t resident_bytes;
};

struct run {
    struct fl_cli *cli;
    struct outcome *outcomes;
    size_t count, capacity;
    unsigned by_state[STATE_COUNT];
    bool out_of_memory;
};

static char *copy(const char *text)
{
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, text);
    return fl_buf_take(&buf);
}

static void keep(struct run *run, const struct fl_import_event *event)
{
    if (run->count == run->capacity) {
        size_t capacity = run->capacity ? 2 * run->capacity : 16;
        struct outcome *grown = realloc(run->outcomes, capacity * sizeof *grown);
        if (!grown) {
            run->out_of_memory = true;
            return;
        }
        run->outcomes = grown;
        run->capacity = capacity;
    }
    struct outcome outcome = {.component = copy(event->component),
                              .reason = copy(event->reason),
                              .state = event->state,
                              .tools = event->tools,
                              .elapsed_ms = event->elapsed_ms,
                              .resident_bytes = event->resident_bytes};
    if (!outcome.component || !outcome.reason)
        run->out_of_memory = true;
    run->outcomes[run->count++] = outcome;
}

/* "added      filesystem: 14 tools, 312 ms, 45.1 MiB" */
static void tell_outcome(const struct fl_import_event *event)
{
    struct fl_buf line = {0};
    fl_buf_printf(&line, "%-10s ", state_names[event->state]);
    fl_cli_append_clean(&line, event->component, strlen(event->component));
    if (event->state != FL_IMPORT_FAILED && event->state != FL_IMPORT_SKIPPED) {
        fl_buf_append_str(&line, ": ");
        fl_cli_append_things(&line, event->tools, "tool");
    }
    if (event->elapsed_ms) {
        fl_buf_append_str(&line, ", ");
        fl_cli_append_microseconds(&line, 1000.0 * event->elapsed_ms);
    }
    if (event->resident_bytes) {
        fl_buf_append_str(&line, ", ");
        fl_cli_append_bytes(&line, event->resident_bytes);
    }
    if (*event->reason) {
        fl_buf_append_str(&line, ": ");
        fl_cli_append_clean(&line, event->reason, strlen(event->reason));
    }
    fl_buf_append_char(&line, '\n');
    fl_cli_progress_end();
    fl_cli_stderr(&line);
    fl_buf_destroy(&line);
}

static void take_event(void *ctx, const struct fl_import_event *event)
{
    struct run *run = ctx;
    if (event->state != FL_IMPORT_STARTED) {
        run->by_state[event->state]++;
        keep(run, event);
        tell_outcome(event);
    }
    if (event->state == FL_IMPORT_STARTED)
        fl_cli_progress("%u of %u; starting %s", event->done, event->total, event->component);
    else if (event->done < event->total)
        fl_cli_progress("%u of %u", event->done, event->total);
}

static bool is_canceled(void *ctx)
{
    struct run *run = ctx;
    return run->cli->canceled(run->cli);
}

/* A failed server was told when it failed. */
static bool was_told(const struct run *run, const struct fl_report_item *item)
{
    for (size_t i = 0; i < run->count; i++)
        if (run->outcomes[i].state == FL_IMPORT_FAILED && run->outcomes[i].component &&
            strcmp(run->outcomes[i].component, item->subject) == 0)
            return true;
    return false;
}

/* The findings that no event has told; the number of errors among them. */
static size_t tell_rest(const struct run *run, const struct fl_report *report)
{
    struct fl_buf lines = {0};
    size_t errors = 0;
    for (size_t i = 0; report && i < fl_report_count(report); i++) {
        const struct fl_report_item *item = fl_report_item(report, i);
        if (was_told(run, item) || (item->level == FL_REPORT_NOTE && !run->cli->verbose))
            continue;
        errors += item->level == FL_REPORT_ERROR;
        fl_cli_append_finding(&lines, item->path, item->line,
                              item->level == FL_REPORT_ERROR     ? "error"
                              : item->level == FL_REPORT_WARNING ? "warning"
                                                                 : "note",
                              item->subject, item->message);
    }
    fl_cli_stderr(&lines);
    fl_buf_destroy(&lines);
    return errors;
}

/* --- the result --- */

static int by_name(const void *a, const void *b)
{
    const struct outcome *left = a, *right = b;
    return strcmp(left->component ? left->component : "", right->component ? right->component : "");
}

static void append_json(const struct run *run, const struct fl_report *report,
                        const struct fl_snapshot *snapshot)
{
    struct fl_json_out j = {.out = &run->cli->out.buf};
    fl_json_out_open(&j, NULL, '{');
    for (unsigned state = FL_IMPORT_ADDED; state < STATE_COUNT; state++)
        fl_json_out_integer(&j, state_names[state], run->by_state[state]);
    fl_json_out_open(&j, "components", '[');
    for (size_t i = 0; i < run->count; i++) {
        const struct outcome *outcome = &run->outcomes[i];
        fl_json_out_open(&j, NULL, '{');
        fl_json_out_string(&j, "name", outcome->component);
        fl_json_out_string(&j, "state", state_names[outcome->state]);
        fl_json_out_string(&j, "reason", outcome->reason);
        fl_json_out_integer(&j, "tools", outcome->tools);
        fl_json_out_integer(&j, "elapsed_ms", outcome->elapsed_ms);
        fl_json_out_integer(&j, "resident_bytes", (int64_t)outcome->resident_bytes);
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    fl_json_out_open(&j, "findings", '[');
    fl_cli_json_findings(&j, report);
    fl_json_out_close(&j, ']');
    fl_json_out_open(&j, "stored", '{');
    fl_json_out_integer(&j, "components", snapshot ? fl_snapshot_component_count(snapshot) : 0);
    fl_json_out_integer(&j, "tools", snapshot ? fl_snapshot_tool_count(snapshot) : 0);
    fl_json_out_close(&j, '}');
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&run->cli->out.buf, '\n');
}

/* "3 added, 1 unchanged, 1 failed; 120 tools of 9 components are stored" */
static void append_text(const struct run *run, const struct fl_snapshot *snapshot)
{
    struct fl_buf *out = &run->cli->out.buf;
    const char *between = "";
    for (unsigned state = FL_IMPORT_ADDED; state < STATE_COUNT; state++)
        if (run->by_state[state]) {
            fl_buf_printf(out, "%s%u %s", between, run->by_state[state], state_names[state]);
            between = ", ";
        }
    fl_buf_append_str(out, *between ? "; " : "");
    bool one = snapshot && fl_snapshot_tool_count(snapshot) == 1;
    fl_cli_append_things(out, snapshot ? fl_snapshot_tool_count(snapshot) : 0, "tool");
    fl_buf_append_str(out, " of ");
    fl_cli_append_things(out, snapshot ? fl_snapshot_component_count(snapshot) : 0, "component");
    fl_buf_printf(out, " %s stored\n", one ? "is" : "are");
}

static int report_result(struct run *run, const struct fl_args *args, struct fl_engine *engine,
                         const struct fl_report *report)
{
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    size_t errors = tell_rest(run, report);
    if (run->count) /* servers answer in any order */
        qsort(run->outcomes, run->count, sizeof *run->outcomes, by_name);
    if (fl_args_flag(args, "json"))
        append_json(run, report, snapshot);
    else
        append_text(run, snapshot);
    fl_snapshot_unpin(snapshot);
    if (run->out_of_memory)
        fl_cli_message("out of memory: not everything is told");
    if (run->by_state[FL_IMPORT_FAILED] || errors) {
        fl_cli_message("not everything could be imported; the rest is stored");
        return FL_CLI_FAILED;
    }
    return run->out_of_memory ? FL_CLI_FAILED : 0;
}

typedef int import_function(struct fl_engine *engine, const char *const *names, size_t count,
                            const struct fl_import_options *options, struct fl_report **ret_report,
                            struct fl_err *err);

static int run_import(struct fl_cli *cli, const struct fl_args *args, import_function *import)
{
    struct run run = {.cli = cli};
    struct fl_engine *engine = NULL;
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status)
        return status;
    char program[PROGRAM_PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = '\0';
    const char *slash = strrchr(program, '/');
    struct fl_import_options options;
    fl_import_options_init(&options);
    options.parallel = (unsigned)fl_args_number(args, "parallel", 0);
    options.start_timeout_ms = (uint32_t)fl_cli_setting(cli, FL_SETTING_LOADING_TIMEOUT);
    options.list_servers = !fl_args_flag(args, "no-start");
    options.self_program = slash ? slash + 1 : NULL;
    options.progress = take_event;
    options.canceled = is_canceled;
    options.ctx = &run;
    int rc = import(engine, args->operands, args->operand_count, &options, &report, &err);
    fl_cli_progress_end();
    if (rc) {
        tell_rest(&run, report);
        status = fl_cli_fail(&err);
    } else {
        status = report_result(&run, args, engine, report);
    }
    for (size_t i = 0; i < run.count; i++) {
        free(run.outcomes[i].component);
        free(run.outcomes[i].reason);
    }
    free(run.outcomes);
    fl_report_free(report);
    fl_engine_free(engine);
    return status;
}

int fl_cli_catalog_import(void *ctx, const struct fl_args *args)
{
    return run_import(ctx, args, fl_engine_import);
}

int fl_cli_catalog_refresh(void *ctx, const struct fl_args *args)
{
    return run_import(ctx, args, fl_engine_refresh);
}
