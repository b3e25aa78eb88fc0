/* cmd_config.c: foreload config: the settings, where they come from, and what is wrong with them.
 */
#include "cli/cli.h"
#include "cli/text_table.h"

/* --- show --- */

static void show_text(struct fl_cli *cli, bool with_origin)
{
    static const char *const titles[] = {"SETTING", "VALUE", "ORIGIN"};
    struct fl_text_table table = {.columns = with_origin ? 3 : 2, .titles = titles};
    for (unsigned id = 0; id < FL_SETTING_COUNT; id++) {
        struct fl_buf value = {0}, origin = {0};
        fl_setting_append_value(&cli->settings, id, &value);
        fl_setting_append_origin(&cli->settings, id, &origin);
        fl_text_table_cell(&table, fl_setting_options[id].key);
        fl_text_table_cell(&table, fl_buf_text(&value));
        if (with_origin)
            fl_text_table_cell(&table, fl_buf_text(&origin));
        table.text.failed |= value.failed || origin.failed;
        fl_buf_destroy(&value);
        fl_buf_destroy(&origin);
    }
    fl_text_table_print(&table, &cli->out);
}

static void json_value(struct fl_json_out *j, const char *key, const struct fl_settings *settings,
                       enum fl_setting_id id)
{
    const struct fl_option_value *value = &settings->items[id].value;
    switch (fl_setting_options[id].kind) {
    case FL_OPTION_FLAG: fl_json_out_boolean(j, key, value->number != 0); break;
    case FL_OPTION_INTEGER:
    case FL_OPTION_SIZE:
    case FL_OPTION_DURATION: fl_json_out_integer(j, key, value->number); break;
    case FL_OPTION_ENUM:
    case FL_OPTION_TEXT:
    case FL_OPTION_PATH: fl_json_out_string(j, key, value->text); break;
    }
}

static void show_json(struct fl_cli *cli, bool with_origin)
{
    struct fl_json_out j = {.out = &cli->out.buf};
    fl_json_out_open(&j, NULL, '{');
    for (unsigned id = 0; id < FL_SETTING_COUNT; id++) {
        const char *key = fl_setting_options[id].key;
        if (!with_origin) {
            json_value(&j, key, &cli->settings, id);
            continue;
        }
        struct fl_buf where = {0};
        fl_setting_append_origin(&cli->settings, id, &where);
        fl_json_out_open(&j, key, '{');
        json_value(&j, "value", &cli->settings, id);
        fl_json_out_string(&j, "origin", fl_setting_origin_name(cli->settings.items[id].origin));
        fl_json_out_string(&j, "where", fl_buf_text(&where));
        fl_json_out_close(&j, '}');
        cli->out.buf.failed |= where.failed;
        fl_buf_destroy(&where);
    }
    fl_json_out_close(&j, '}');
    fl_buf_append_char(&cli->out.buf, '\n');
}

int fl_cli_config_show(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    int status = fl_cli_begin(cli, args);
    if (status)
        return status;
    bool with_origin = fl_args_flag(args, "origin");
    if (fl_args_flag(args, "json"))
        show_json(cli, with_origin);
    else
        show_text(cli, with_origin);
    return 0;
}

int fl_cli_config_path(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    int status = fl_cli_begin_tolerant(cli, args);
    if (status)
        return status;
    if (!cli->settings.config_path) {
        fl_cli_message("no place is known: neither FORELOAD_CONFIG nor XDG_CONFIG_HOME nor HOME is "
                       "set");
        return FL_CLI_FAILED;
    }
    fl_buf_printf(&cli->out.buf, "%s\n", cli->settings.config_path);
    return 0;
}

/* --- check --- */

struct check {
    struct fl_cli *cli;
    struct fl_json_out j;
    bool json;
    size_t errors, warnings;
};

/* The message without the path that it begins with: the finding has it already. */
static const char *without_path(const char *message, const char *path)
{
    size_t len = strlen(path);
    bool begins = strncmp(message, path, len) == 0 && strncmp(message + len, ": ", 2) == 0;
    return message + (begins ? len + 2 : 0);
}

static void check_file(struct check *check, const char *path)
{
    struct fl_options options;
    fl_cli_engine_options(check->cli, &options);
    struct fl_report *report = NULL;
    struct fl_err err = {0};
    int rc = fl_check_file(&options, path, &report, &err);
    if (report) {
        check->errors += fl_report_errors(report);
        check->warnings += fl_report_warnings(report);
        if (check->json)
            fl_cli_json_findings(&check->j, report);
        else
            fl_cli_append_findings(&check->cli->out.buf, report);
    }
    fl_report_free(report);
    if (rc == 0)
        return;
    check->errors++;
    const char *message = without_path(err.message, path);
    if (check->json)
        fl_cli_json_finding(&check->j, path, err.line, "error", "", message);
    else
        fl_cli_append_finding(&check->cli->out.buf, path, err.line, "error", "", message);
}

static void check_own(struct check *check)
{
    const struct fl_settings *settings = &check->cli->settings;
    check->errors += settings->problem_count;
    if (check->json)
        fl_cli_json_problems(&check->j, settings);
    else
        fl_cli_append_problems(&check->cli->out.buf, settings);
}

static void append_counts(struct check *check, const struct fl_args *args)
{
    struct fl_buf *out = &check->cli->out.buf;
    const char *config = check->cli->settings.config_path;
    if (args->operand_count)
        fl_cli_append_things(out, args->operand_count, "file");
    else if (check->cli->settings.config_exists)
        fl_buf_printf(out, "environment and %s", config);
    else
        fl_buf_append_str(out, "environment (there is no configuration file)");
    fl_buf_append_str(out, ": ");
    fl_cli_append_things(out, check->errors, "error");
    fl_buf_append_str(out, ", ");
    fl_cli_append_things(out, check->warnings, "warning");
    fl_buf_append_char(out, '\n');
}

int fl_cli_config_check(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    bool own = args->operand_count == 0;
    int status = own ? fl_cli_begin_tolerant(cli, args) : fl_cli_begin(cli, args);
    if (status)
        return status;
    struct check check = {.cli = cli, .j = {.out = &cli->out.buf}};
    check.json = fl_args_flag(args, "json");
    if (check.json) {
        fl_json_out_open(&check.j, NULL, '{');
        fl_json_out_open(&check.j, "findings", '[');
    }
    if (own)
        check_own(&check);
    for (size_t i = 0; i < args->operand_count; i++)
        check_file(&check, args->operands[i]);
    if (check.json) {
        fl_json_out_close(&check.j, ']');
        fl_json_out_integer(&check.j, "errors", (int64_t)check.errors);
        fl_json_out_integer(&check.j, "warnings", (int64_t)check.warnings);
        fl_json_out_close(&check.j, '}');
        fl_buf_append_char(&cli->out.buf, '\n');
    } else {
        append_counts(&check, args);
    }
    return check.errors ? FL_CLI_FAILED : 0;
}

/* --- docs/config.md --- */

void fl_cli_append_config_reference(struct fl_buf *out)
{
    fl_buf_append_str(
        out,
        "# Settings of foreload\n\n"
        "<!-- Made from the program's own tables; changes here are lost. -->\n\n"
        "Each setting is a flag, an environment variable and a key of the configuration file. The\n"
        "nearest value wins: flag, environment, file, default. `foreload config show --origin`\n"
        "tells where each value comes from. A value that is not allowed, or a key that is not\n"
        "known, is an error wherever it stands; `foreload config check` lists them all. An empty\n"
        "variable counts as one that is not set.\n\n"
        "The file is `$FORELOAD_CONFIG`, or `foreload/config.json` in `$XDG_CONFIG_HOME` or in\n"
        "`~/.config`: one JSON object, with comments if you like. Paths in it begin with `/` or\n"
        "`~/`; times are numbers of milliseconds or texts like `\"5s\"`.\n\n"
        "```json\n{\n  // fewer tokens, at the risk of missing a tool now and then\n"
        "  \"default_loading_strategy\": \"aggressive\",\n"
        "  \"loading_timeout_ms\": \"10s\"\n}\n```\n\n"
        "| key | variable | flag | default | meaning |\n|---|---|---|---|---|\n");
    for (const struct fl_option *o = fl_setting_options; o->name; o++) {
        fl_buf_printf(out, "| `%s` | `%s` | `", o->key, o->variable);
        fl_docs_option_append(out, o);
        fl_buf_printf(out, "` | %s | %s", o->fallback, o->help);
        const char *between = " (";
        for (const char *const *choice = o->choices; choice && *choice; choice++) {
            fl_buf_printf(out, "%s`%s`", between, *choice);
            between = ", ";
        }
        if (o->variable_value)
            fl_buf_printf(out, "; the variable, set to anything, means `%s`", o->variable_value);
        fl_buf_append_str(out, o->choices ? ") |\n" : " |\n");
    }
}
