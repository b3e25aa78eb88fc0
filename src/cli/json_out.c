/* json_out.c: see json_out.h. */
#include "cli/json_out.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>

static void begin(struct fl_json_out *j, const char *key)
{
    if (j->comma)
        fl_buf_append_char(j->out, ',');
    if (key) {
        fl_json_append_string(j->out, fl_str_of(key));
        fl_buf_append_char(j->out, ':');
    }
    j->comma = true;
}

void fl_json_out_open(struct fl_json_out *j, const char *key, char bracket)
{
    begin(j, key);
    fl_buf_append_char(j->out, bracket);
    j->comma = false;
}

void fl_json_out_close(struct fl_json_out *j, char bracket)
{
    fl_buf_append_char(j->out, bracket);
    j->comma = true;
}

void fl_json_out_text(struct fl_json_out *j, const char *key, struct fl_str text)
{
    begin(j, key);
    if (fl_utf8_valid_length(text.ptr, text.len) == text.len) {
        fl_json_append_string(j->out, text);
        return;
    }
    struct fl_buf valid = {0};
    while (text.len) {
        size_t len = fl_utf8_valid_length(text.ptr, text.len);
        fl_buf_append(&valid, text.ptr, len);
        if (len < text.len) {
            fl_buf_append_str(&valid, "\xEF\xBF\xBD");
            len++;
        }
        text = (struct fl_str){text.ptr + len, text.len - len};
    }
    fl_json_append_string(j->out, (struct fl_str){fl_buf_text(&valid), valid.len});
    j->out->failed |= valid.failed;
    fl_buf_destroy(&valid);
}

static void write_null(struct fl_json_out *j, const char *key)
{
    begin(j, key);
    fl_buf_append_str(j->out, "null");
}

void fl_json_out_string(struct fl_json_out *j, const char *key, const char *text)
{
    if (text)
        fl_json_out_text(j, key, fl_str_of(text));
    else
        write_null(j, key);
}

void fl_json_out_integer(struct fl_json_out *j, const char *key, int64_t number)
{
    begin(j, key);
    fl_buf_printf(j->out, "%" PRId64, number);
}

void fl_json_out_real(struct fl_json_out *j, const char *key, double number, int decimals)
{
    begin(j, key);
    if (isfinite(number))
        fl_buf_printf(j->out, "%.*f", decimals, number);
    else
        fl_buf_append_str(j->out, "null");
}

void fl_json_out_boolean(struct fl_json_out *j, const char *key, bool value)
{
    begin(j, key);
    fl_buf_append_str(j->out, value ? "true" : "false");
}

void fl_json_out_raw(struct fl_json_out *j, const char *key, const char *json)
{
    begin(j, key);
    fl_buf_append_str(j->out, json);
}
