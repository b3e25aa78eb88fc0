/* fuzz_json.c: comments taken out, JSON parsed within limits, written, and read again the same. */
#include "base/json.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_round_trip(const json_t *value)
{
    struct fl_buf text = {0};
    struct fl_err err = {0};
    if (fl_json_append(&text, value, 128))
        abort();
    json_t *again =
        fl_json_parse((struct fl_str){text.ptr, text.len}, FL_JSON_LIMITS_DEFAULT, &err);
    if (!again || !json_equal(value, again))
        abort();
    json_decref(again);
    fl_buf_destroy(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_err err = {0};
    json_t *value =
        fl_json_parse((struct fl_str){(const char *)bytes, len}, FL_JSON_LIMITS_DEFAULT, &err);
    if (value)
        check_round_trip(value);
    else if (err.code == 0)
        abort();
    char *plain = malloc(len + 1);
    if (plain && fl_json_strip_comments((const char *)bytes, len, plain, &err) == 0) {
        json_t *stripped = fl_json_parse((struct fl_str){plain, len}, FL_JSON_LIMITS_DEFAULT, &err);
        if (value && (!stripped || !json_equal(value, stripped)))
            abort(); /* JSON without comments stays as it is */
        json_decref(stripped);
    } else if (plain && value) {
        abort();
    }
    free(plain);
    json_decref(value);
    return 0;
}
