/* fuzz_toml.c: what the TOML reader accepts is a JSON object that can be written and read again. */
#include "forms/toml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_err err = {0};
    json_t *value = fl_toml_parse((struct fl_str){(const char *)bytes, len}, &err);
    if (!value) {
        if (err.code == 0)
            abort();
        return 0;
    }
    struct fl_buf text = {0};
    if (!json_is_object(value) || fl_json_append(&text, value, 2 * FL_TOML_MAX_DEPTH + 2))
        abort();
    struct fl_json_limits limits = {SIZE_MAX, 2 * FL_TOML_MAX_DEPTH + 2};
    json_t *again = fl_json_parse((struct fl_str){text.ptr, text.len}, limits, &err);
    if (!again || !json_equal(value, again))
        abort();
    json_decref(again);
    json_decref(value);
    fl_buf_destroy(&text);
    return 0;
}
