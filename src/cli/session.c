/* session.c: settings, engine and catalogue, made ready for a command; see cli.h. */
#include "cli/cli.h"

#include "base/os.h"

#include <stdlib.h>
#include <unistd.h>

int fl_cli_fail(const struct fl_err *err)
{
    fl_cli_message("%s", err->message);
    return FL_CLI_FAILED;
}

int64_t fl_cli_setting(const struct fl_cli *cli, enum fl_setting_id id)
{
    return cli->settings.items[id].value.number;
}

static bool wants_colors(const struct fl_cli *cli)
{
    const char *choice = fl_setting_colors[fl_cli_setting(cli, FL_SETTING_COLOR)];
    if (strcmp(choice, "auto") != 0)
        return strcmp(choice, "always") == 0;
    const char *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && (!terminal || strcmp(terminal, "dumb") != 0);
}

int fl_cli_begin_tolerant(struct fl_cli *cli, const struct fl_args *args)
{
    if (fl_settings_load(&cli->settings, args) == -FL_ENOMEM) {
        fl_cli_message("out of memory");
        return FL_CLI_FAILED;
    }
    cli->verbose = fl_cli_setting(cli, FL_SETTING_VERBOSE) != 0;
    cli->out.colors = wants_colors(cli);
    return 0;
}

int fl_cli_begin(struct fl_cli *cli, const struct fl_args *args)
{
    int status = fl_cli_begin_tolerant(cli, args);
    if (status || cli->settings.problem_count == 0)
        return status;
    struct fl_buf lines = {0};
    fl_cli_append_problems(&lines, &cli->settings);
    fl_cli_stderr(&lines);
    fl_buf_destroy(&lines);
    return FL_CLI_FAILED;
}

static const char *environment(void *ctx, const char *name)
{
    (void)ctx;
    return getenv(name);
}

/* Called from any thread: one message is one write. */
void fl_cli_tell(void *ctx, enum fl_message_level level, const char *line)
{
    const struct fl_cli *cli = ctx;
    if (level != FL_MESSAGE_WARNING && !cli->verbose)
        return;
    fl_cli_progress_end();
    fl_cli_message("%s", line);
}

void fl_cli_runtime_options(const struct fl_cli *cli, struct fl_runtime_options *options)
{
    *options = (struct fl_runtime_options){
        .runtime = (enum fl_runtime)fl_cli_setting(cli, FL_SETTING_RUNTIME),
        .execution_provider =
            fl_setting_providers[fl_cli_setting(cli, FL_SETTING_EXECUTION_PROVIDER)],
        .onnx_library = cli->settings.items[FL_SETTING_ONNX_LIBRARY].value.text,
    };
}

void fl_cli_engine_options(struct fl_cli *cli, struct fl_options *options)
{
    fl_options_init(options);
    options->home = cli->settings.items[FL_SETTING_HOME].value.text;
    options->tables = cli->settings.items[FL_SETTING_TABLES].value.text;
    options->isa = fl_settings_isa(&cli->settings);
    const char *encoder = cli->settings.items[FL_SETTING_ENCODER].value.text;
    options->encoder = encoder && strcmp(encoder, "off") == 0 ? NULL : encoder;
    options->no_learning = !fl_cli_setting(cli, FL_SETTING_LEARNING);
    options->history = (uint32_t)fl_cli_setting(cli, FL_SETTING_HISTORY);
    options->retrain_every = (uint32_t)fl_cli_setting(cli, FL_SETTING_RETRAIN_EVERY);
    options->getenv = environment;
    options->message = fl_cli_tell;
    options->ctx = cli;
}

int fl_cli_engine(struct fl_cli *cli, struct fl_engine **ret_engine)
{
    struct fl_options options;
    fl_cli_engine_options(cli, &options);
    struct fl_err err = {0};
    return fl_engine_create(&options, ret_engine, &err) ? fl_cli_fail(&err) : 0;
}

/* No tool, and no component that says what it is for. */
static bool is_empty(const struct fl_snapshot *snapshot)
{
    for (uint32_t i = 0; i < fl_snapshot_component_count(snapshot); i++) {
        struct fl_component_info component;
        fl_snapshot_component(snapshot, i, &component);
        if (component.tool_count || component.title || component.description)
            return false;
    }
    return true;
}

static int load_files(struct fl_cli *cli, struct fl_engine *engine, const char *const *paths,
                      size_t count)
{
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_engine_load_files(engine, paths, count, &report, &err);
    fl_cli_tell_findings(cli, report);
    bool faulty = report && fl_report_errors(report) > 0;
    fl_report_free(report);
    if (rc)
        return fl_cli_fail(&err);
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    bool empty = is_empty(snapshot);
    fl_snapshot_unpin(snapshot);
    if (!faulty || !empty)
        return 0;
    fl_cli_message("no tool could be read");
    return FL_CLI_FAILED;
}

static int load_stored(struct fl_engine *engine)
{
    struct fl_err err = {0};
    int rc = fl_engine_load_stored(engine, &err);
    if (rc == 0)
        return 0;
    if (rc != -FL_ENOENT && rc != -FL_ENOTSUP)
        return fl_cli_fail(&err);
    fl_cli_message("there is no catalogue yet; make one with 'foreload catalog import FILE', or "
                   "name one with --catalog FILE");
    return FL_CLI_FAILED;
}

int fl_cli_engine_with_catalog(struct fl_cli *cli, const struct fl_args *args,
                               struct fl_engine **ret_engine)
{
    struct fl_engine *engine = NULL;
    int status = fl_cli_engine(cli, &engine);
    if (status)
        return status;
    size_t count;
    const char *const *paths = fl_args_list(args, "catalog", &count);
    status = count ? load_files(cli, engine, paths, count) : load_stored(engine);
    if (status)
        fl_engine_free(engine);
    else
        *ret_engine = engine;
    return status;
}

enum fl_encoding fl_cli_encoding(const struct fl_args *args)
{
    enum fl_encoding encoding = FL_ENCODING_O200K_BASE;
    const char *name = fl_args_text(args, "encoding", NULL);
    if (name)
        fl_encoding_parse(name, &encoding); /* the table has the names that it knows */
    return encoding;
}

int fl_cli_read_input(const char *path, size_t max_bytes, struct fl_buf *buf, struct fl_err *err)
{
    if (strcmp(path, "-") == 0)
        return fl_os_read_fd(STDIN_FILENO, "standard input", max_bytes, buf, err);
    return fl_os_read_file(path, max_bytes, buf, err);
}
