/* cli.h: what every subcommand gets, and what they share.
 *
 * A handler returns the program's exit status: 0, FL_CLI_FAILED when something was not done (which
 * it has told on stderr), FL_CLI_USAGE when the command line cannot mean anything. */
#ifndef FL_CLI_CLI_H
#define FL_CLI_CLI_H

#include "cli/json_out.h"
#include "cli/output.h"
#include "cli/settings.h"
#include "foreload/foreload.h"
#include "options/option_docs.h"

enum { FL_CLI_FAILED = 1, FL_CLI_USAGE = 2 };

struct fl_cli {
    struct fl_cli_output out;
    struct fl_settings settings;
    bool verbose;
    bool (*canceled)(void *ctx); /* somebody pressed ^C; ctx is this */
};

extern const struct fl_docs fl_cli_docs; /* the program's own tables */

/* The handlers; ctx is a struct fl_cli. */
int fl_cli_select(void *ctx, const struct fl_args *args);
int fl_cli_catalog_import(void *ctx, const struct fl_args *args);
int fl_cli_catalog_refresh(void *ctx, const struct fl_args *args);
int fl_cli_catalog_list(void *ctx, const struct fl_args *args);
int fl_cli_catalog_show(void *ctx, const struct fl_args *args);
int fl_cli_catalog_check(void *ctx, const struct fl_args *args);
int fl_cli_catalog_remove(void *ctx, const struct fl_args *args);
int fl_cli_tokens(void *ctx, const struct fl_args *args);
int fl_cli_eval_tools(void *ctx, const struct fl_args *args);
int fl_cli_eval_intents(void *ctx, const struct fl_args *args);
int fl_cli_eval_next(void *ctx, const struct fl_args *args);
int fl_cli_next(void *ctx, const struct fl_args *args);
int fl_cli_train_encoder(void *ctx, const struct fl_args *args);
int fl_cli_eval_residency(void *ctx, const struct fl_args *args);
int fl_cli_learn(void *ctx, const struct fl_args *args);
int fl_cli_classify(void *ctx, const struct fl_args *args);
int fl_cli_model_show(void *ctx, const struct fl_args *args);
int fl_cli_model_train(void *ctx, const struct fl_args *args);
int fl_cli_model_eval(void *ctx, const struct fl_args *args);
int fl_cli_model_export(void *ctx, const struct fl_args *args);
int fl_cli_model_rollback(void *ctx, const struct fl_args *args);
int fl_cli_config_show(void *ctx, const struct fl_args *args);
int fl_cli_config_check(void *ctx, const struct fl_args *args);
int fl_cli_config_path(void *ctx, const struct fl_args *args);
int fl_cli_help(void *ctx, const struct fl_args *args);
int fl_cli_completion(void *ctx, const struct fl_args *args);
int fl_cli_man(void *ctx, const struct fl_args *args);
int fl_cli_reference(void *ctx, const struct fl_args *args);

/* The help of the command that `args` names. */
void fl_cli_append_help(struct fl_cli *cli, struct fl_buf *out, const struct fl_args *args,
                        unsigned width);

/* docs/config.md. */
void fl_cli_append_config_reference(struct fl_buf *out);

/* --- session.c: settings, engine and catalogue, made ready for a command --- */

/* Reads the settings. FL_CLI_FAILED when one of them is at fault, which is then told; `tolerant`
 * commands go on with the others. */
int fl_cli_begin(struct fl_cli *cli, const struct fl_args *args);
int fl_cli_begin_tolerant(struct fl_cli *cli, const struct fl_args *args);

int64_t fl_cli_setting(const struct fl_cli *cli, enum fl_setting_id id);

/* What engines are made with; valid as long as `cli`. */
void fl_cli_engine_options(struct fl_cli *cli, struct fl_options *options);

/* Who computes the answers of learned models, from the settings. */
void fl_cli_runtime_options(const struct fl_cli *cli, struct fl_runtime_options *options);

/* The message hook, with the fl_cli as its `ctx`: warnings, and with --verbose everything. */
void fl_cli_tell(void *ctx, enum fl_message_level level, const char *line);

/* An engine without a catalogue, and one with that of --catalog or the stored one. Free it. Both
 * return 0, or FL_CLI_FAILED after telling why. */
int fl_cli_engine(struct fl_cli *cli, struct fl_engine **ret_engine);
int fl_cli_engine_with_catalog(struct fl_cli *cli, const struct fl_args *args,
                               struct fl_engine **ret_engine);

/* --- findings_out.c: reports --- */

/* "file:12: error: subject: message" and a line end. */
void fl_cli_append_finding(struct fl_buf *out, const char *path, unsigned line, const char *level,
                           const char *subject, const char *message);
void fl_cli_append_findings(struct fl_buf *out, const struct fl_report *report);

/* The errors on stderr, and the warnings too when asked for more detail; the rest is counted. */
void fl_cli_tell_findings(const struct fl_cli *cli, const struct fl_report *report);

/* "findings": […]; one object each. */
void fl_cli_json_findings(struct fl_json_out *j, const struct fl_report *report);
void fl_cli_json_finding(struct fl_json_out *j, const char *path, unsigned line, const char *level,
                         const char *subject, const char *message);

/* What the settings are at fault with, in the same forms. */
void fl_cli_append_problems(struct fl_buf *out, const struct fl_settings *settings);
void fl_cli_json_problems(struct fl_json_out *j, const struct fl_settings *settings);

/* --- cmd_learn.c, cmd_model.c: what was learned --- */

void fl_cli_append_model(struct fl_buf *out, const struct fl_model_info *model);
void fl_cli_json_model(struct fl_json_out *j, const char *key, const struct fl_model_info *model);

void fl_cli_append_learn_state(struct fl_buf *out, const struct fl_learn_state *state);
/* Its members, into an object that is open. */
void fl_cli_json_learn_state(struct fl_json_out *j, const struct fl_learn_state *state);

/* --- small things --- */

/* Tells `err` on stderr and returns FL_CLI_FAILED. */
int fl_cli_fail(const struct fl_err *err);

/* The encoding that --encoding names. */
enum fl_encoding fl_cli_encoding(const struct fl_args *args);

/* A file, or standard input for "-". */
int fl_cli_read_input(const char *path, size_t max_bytes, struct fl_buf *buf, struct fl_err *err);

#endif
