/* cmd_tokens.c: foreload tokens: how many tokens files have. */
#include "cli/cli.h"

#include "base/clock.h"

enum { INPUT_MAX_BYTES = 1 << 30 };

struct count {
    struct fl_token_count tokens;
    size_t bytes;
    double mb_per_s;
};

/* One pass over the text is measured; the tables are loaded before. */
static int count_file(struct fl_engine *engine, const char *path, enum fl_encoding encoding,
                      struct count *ret_count, struct fl_err *err)
{
    struct fl_buf text = {0};
    struct count count = {0};
    struct fl_clock clock = fl_clock_system();
    int rc = fl_cli_read_input(path, INPUT_MAX_BYTES, &text, err);
    if (rc == 0)
        rc = fl_count_tokens(engine, encoding, "", 0, &count.tokens, err);
    fl_time start = fl_clock_now(&clock);
    if (rc == 0)
        rc = fl_count_tokens(engine, encoding, fl_buf_text(&text), text.len, &count.tokens, err);
    fl_time elapsed_us = fl_clock_now(&clock) - start;
    count.bytes = text.len;
    count.mb_per_s = (double)text.len / (elapsed_us > 0 ? (double)elapsed_us : 1.0);
    if (rc == 0)
        *ret_count = count;
    else if (rc == -FL_EUTF8)
        fl_err_prefix(err, rc, "%s", path);
    fl_buf_destroy(&text);
    return rc;
}

static void append_json(struct fl_json_out *j, const char *path, const struct count *count)
{
    fl_json_out_open(j, NULL, '{');
    if (path)
        fl_json_out_string(j, "file", path);
    fl_json_out_integer(j, "tokens", (int64_t)count->tokens.tokens);
    fl_json_out_integer(j, "bytes", (int64_t)count->bytes);
    fl_json_out_real(j, "mb_per_s", count->mb_per_s, 2);
    if (count->tokens.estimated)
        fl_json_out_boolean(j, "estimated", true);
    fl_json_out_close(j, '}');
}

static void append_text(struct fl_buf *out, const char *path, const struct count *count)
{
    struct fl_buf number = {0};
    fl_cli_append_count(&number, count->tokens.tokens);
    fl_buf_printf(out, "%12s  ", fl_buf_text(&number));
    fl_cli_append_clean(out, path, strlen(path));
    fl_buf_append_str(out, count->tokens.estimated ? "  (estimated)\n" : "\n");
    fl_buf_destroy(&number);
}

int fl_cli_tokens(void *ctx, const struct fl_args *args)
{
    struct fl_cli *cli = ctx;
    struct fl_engine *engine = NULL;
    int status = fl_cli_begin(cli, args);
    if (status == 0)
        status = fl_cli_engine(cli, &engine);
    if (status)
        return status;
    struct fl_json_out j = {.out = &cli->out.buf};
    bool json = fl_args_flag(args, "json");
    bool several = args->operand_count > 1;
    if (json && several)
        fl_json_out_open(&j, NULL, '[');
    for (size_t i = 0; i < args->operand_count; i++) {
        const char *path = args->operands[i];
        struct count count;
        struct fl_err err = {0};
        if (count_file(engine, path, fl_cli_encoding(args), &count, &err))
            status = fl_cli_fail(&err);
        else if (json)
            append_json(&j, several ? path : NULL, &count);
        else
            append_text(&cli->out.buf, path, &count);
    }
    if (json && several)
        fl_json_out_close(&j, ']');
    if (json && cli->out.buf.len)
        fl_buf_append_char(&cli->out.buf, '\n');
    fl_engine_free(engine);
    return status;
}
