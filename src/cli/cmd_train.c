/* cmd_train.c: foreload train: model files from folders of data. */
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>

static bool tell_progress(void *ctx, const char *stage, double done, double loss)
{
    struct fl_cli *cli = ctx;
    if (loss > 0)
        fl_cli_progress("%s: %.0f %%, loss %.3f", stage, 100 * done, loss);
    else
        fl_cli_progress("%s: %.0f %%", stage, 100 * done);
    return cli->canceled(cli);
}

static void append_json(struct fl_buf *out, const struct fl_train_encoder_options *options,
                        const struct fl_train_encoder_result *r)
{
    struct fl_json_out j = {.out = out};
    char fingerprint[24];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, r->data_fingerprint);
    fl_json_out_open(&j, NULL, '{');
    fl_json_out_string(&j, "encoder", options->out);
    fl_json_out_integer(&j, "encoder_bytes", (int64_t)r->encoder_bytes);
    fl_json_out_string(&j, "words", options->words);
    fl_json_out_integer(&j, "words_bytes", (int64_t)r->words_bytes);
    fl_json_out_integer(&j, "texts", r->texts);
    fl_json_out_integer(&j, "tokens", r->tokens);
    fl_json_out_integer(&j, "pairs", r->pairs);
    fl_json_out_integer(&j, "vocabulary", r->words);
    fl_json_out_string(&j, "data_fingerprint", fingerprint);
    fl_json_out_real(&j, "seconds", r->seconds, 3);
    fl_json_out_open(&j, "left_out", '[');
    for (uint32_t i = 0; i < r->left_out_count; i++) {
        const struct fl_encoder_set *set = &r->left_out[i];
        fl_json_out_open(&j, NULL, '{');
        fl_json_out_string(&j, "name", set->name);
        fl_json_out_integer(&j, "queries", set->queries);
        fl_json_out_integer(&j, "tools", set->tools);
        fl_json_out_real(&j, "recall5", set->recall5, 4);
        fl_json_out_real(&j, "comp10", set->complete10, 4);
        fl_json_out_real(&j, "chance5", set->chance5, 4);
        fl_json_out_close(&j, '}');
    }
    fl_json_out_close(&j, ']');
    fl_json_out_close(&j, '}');
    fl_buf_append_char(out, '\n');
}

static void append_text(struct fl_buf *out, const struct fl_train_encoder_options *options,
                        const struct fl_train_encoder_result *r)
{
    fl_cli_append_count(out, r->pairs);
    fl_buf_append_str(out, " pairs, ");
    fl_cli_append_count(out, r->tokens);
    fl_buf_append_str(out, " words of text, ");
    fl_cli_append_count(out, r->words);
    fl_buf_printf(out, " with a vector of their own; data %016" PRIx64 "\n", r->data_fingerprint);
    fl_buf_printf(out, "%s: ", options->out);
    fl_cli_append_bytes(out, r->encoder_bytes);
    if (options->words) {
        fl_buf_printf(out, "\n%s: ", options->words);
        fl_cli_append_bytes(out, r->words_bytes);
    }
    fl_buf_append_str(out, "\nmade in ");
    fl_cli_append_microseconds(out, 1e6 * r->seconds);
    fl_buf_append_char(out, '\n');
    for (uint32_t i = 0; i < r->left_out_count; i++) {
        const struct fl_encoder_set *set = &r->left_out[i];
        fl_buf_printf(out, "left out: %s, %u queries, %u tools: ", set->name, set->queries,
                      set->tools);
        fl_buf_printf(out, "%.1f %% of the needed tools among the first 5 (by chance %.1f %%), ",
                      100 * set->recall5, 100 * set->chance5);
        fl_buf_printf(out, "%.1f %% of the queries complete among the first 10\n",
                      100 * set->complete10);
    }
}

static int train(struct fl_cli *cli, const struct fl_train_encoder_options *options,
                 struct fl_train_encoder_result *ret_result)
{
    struct fl_engine *engine = NULL;
    int status = fl_cli_engine(cli, &engine);
    if (status)
        return status;
    struct fl_err err = {0};
    int rc = fl_train_encoder(engine, options, ret_result, &err);
    fl_engine_free(engine);
    fl_cli_progress_end();
    return rc ? fl_cli_fail(&err) : 0;
}

int fl_cli_train_encoder(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_train_encoder_options options;
    struct fl_train_encoder_result result;
    fl_train_encoder_options_init(&options);
    options.folders = fl_args_list(args, "data", &options.folder_count);
    options.left_out = fl_args_list(args, "leave-out", &options.left_out_count);
    options.out = fl_args_text(args, "out", "encoder.flm");
    options.words = fl_args_text(args, "words", NULL);
    options.seed = (uint64_t)fl_args_number(args, "seed", (int64_t)options.seed);
    options.threads = (uint32_t)fl_args_number(args, "threads", options.threads);
    options.epochs = (uint32_t)fl_args_number(args, "epochs", options.epochs);
    options.progress = tell_progress;
    options.ctx = cli;
    if (!options.folder_count) {
        fl_cli_message("'foreload train encoder' needs --data DIR");
        return FL_CLI_USAGE;
    }
    int status = fl_cli_begin(cli, args);
    if (!status)
        status = train(cli, &options, &result);
    if (status)
        return status;
    if (fl_args_flag(args, "json"))
        append_json(&cli->out.buf, &options, &result);
    else
        append_text(&cli->out.buf, &options, &result);
    return 0;
}
