/* test_err.c: codes, names, and messages that stay readable whatever they quote. */
#include "base/err.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_its_name_and_text(void **state)
{
    (void)state;
#define CHECK(name, value, text)                           \
    assert_int_equal(FL_##name, value);                    \
    assert_string_equal(fl_error_name(FL_##name), #name);  \
    assert_string_equal(fl_error_name(-FL_##name), #name); \
    assert_string_equal(fl_error_text(-FL_##name), text);  \
    assert_string_equal(fl_error_text(FL_##name), text);
    FL_ERRORS(CHECK)
#undef CHECK
    assert_string_equal(fl_error_name(0), "OK");
    assert_string_equal(fl_error_name(999), "EUNKNOWN");
    assert_string_equal(fl_error_name(-999), "EUNKNOWN");
    assert_string_equal(fl_error_text(999), "unknown error");
}

static void setting_fills_all_fields(void **state)
{
    (void)state;
    struct fl_err err;
    memset(&err, 0xA5, sizeof err);
    assert_int_equal(fl_err_set_line(&err, FL_EPARSE, 12, "no %s at %d", "colon", 7), -FL_EPARSE);
    assert_int_equal(err.code, FL_EPARSE);
    assert_int_equal(err.line, 12);
    assert_string_equal(err.message, "no colon at 7");
    assert_int_equal(fl_err_set(&err, FL_ELIMIT, "too long"), -FL_ELIMIT);
    assert_int_equal(err.line, 0);
    assert_int_equal(fl_err_nomem(&err), -FL_ENOMEM);
    assert_int_equal(err.code, FL_ENOMEM);
    assert_string_equal(err.message, "out of memory");
    assert_int_equal(fl_err_set(NULL, FL_EIO, "nobody reads this"), -FL_EIO);
    assert_int_equal(fl_err_set_line(NULL, FL_EIO, 1, "nor this"), -FL_EIO);
    assert_int_equal(fl_err_nomem(NULL), -FL_ENOMEM);
}

static void assert_whole_characters(const char *message)
{
    size_t len = strlen(message);
    assert_true(len < FL_ERR_MESSAGE_MAX);
    assert_int_equal(fl_utf8_valid_length(message, len), len);
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "é", "€", "😀"};
    for (unsigned c = 0; c < 4; c++)
        for (size_t before = 0; before < 8; before++) {
            char text[1024] = "12345678";
            text[before] = '\0';
            while (strlen(text) + 4 < sizeof text)
                strcat(text, characters[c]);
            struct fl_err err;
            fl_err_set(&err, FL_EPARSE, "%s", text);
            assert_whole_characters(err.message);
            size_t len = strlen(err.message);
            assert_memory_equal(err.message, text, len);
            assert_true(len + strlen(characters[c]) >=
                        FL_ERR_MESSAGE_MAX); /* no more than needed */
        }
}

static void a_message_that_just_fits_is_whole(void **state)
{
    (void)state;
    char text[FL_ERR_MESSAGE_MAX];
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 5, "😀", 5);
    struct fl_err err;
    fl_err_set(&err, FL_EPARSE, "%s", text);
    assert_string_equal(err.message, text);
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
    (void)state;
    struct fl_err err;
    fl_err_set(&err, FL_EPARSE, "%s",
               "a\x1b[31mb\nc\td\x7f"
               "e");
    assert_string_equal(err.message, "a?[31mb?c?d?e");
    fl_err_set(&err, FL_EPARSE, "%s",
               "a\xC2\x9B"
               "31mb \xC2\x80 \xC2\xA0\xC3\x9B"); /* U+009B: CSI in 8 bits */
    assert_string_equal(err.message, "a??31mb ?? \xC2\xA0\xC3\x9B");
    fl_err_prefix(&err, 0, "%s", "\r\n");
    assert_string_equal(err.message, "??: a??31mb ?? \xC2\xA0\xC3\x9B");
}

static void a_prefix_keeps_code_and_line(void **state)
{
    (void)state;
    struct fl_err err = {0};
    fl_err_set_line(&err, FL_EPARSE, 3, "no colon");
    assert_int_equal(fl_err_prefix(&err, -1, "file '%s'", "a.json"), -FL_EPARSE);
    assert_int_equal(err.code, FL_EPARSE);
    assert_int_equal(err.line, 3);
    assert_string_equal(err.message, "file 'a.json': no colon");
    assert_int_equal(fl_err_prefix(NULL, -FL_EIO, "anything"), -FL_EIO);
    struct fl_err none = {0};
    assert_int_equal(fl_err_prefix(&none, -FL_EIO, "anything"), 0);
}

static void long_prefixes_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t before = 0; before < 4; before++)
        for (size_t inside = 0; inside < 4; inside++) {
            char context[1024] = "1234", message[1024] = "1234";
            context[before] = message[inside] = '\0';
            while (strlen(context) + 4 < sizeof context)
                strcat(context, "€");
            while (strlen(message) + 4 < sizeof message)
                strcat(message, "€");
            struct fl_err err;
            fl_err_set(&err, FL_EIO, "%s", message);
            fl_err_prefix(&err, 0, "%s", context);
            assert_whole_characters(err.message);
            const char *colon = strstr(err.message, ": ");
            assert_non_null(colon); /* both are still told */
            assert_memory_equal(err.message, context, (size_t)(colon - err.message));
            assert_memory_equal(colon + 2, message, strlen(colon + 2));
            assert_true(strlen(colon + 2) > 200 && colon - err.message > 200);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_name_and_text),
        cmocka_unit_test(setting_fills_all_fields),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(a_message_that_just_fits_is_whole),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(a_prefix_keeps_code_and_line),
        cmocka_unit_test(long_prefixes_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
