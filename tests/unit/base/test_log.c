/* test_log.c: one clean line for each message, or nothing. */
#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct heard {
    unsigned count;
    enum fl_log_level level;
    char message[2048];
};

static void hear(void *ctx, enum fl_log_level level, const char *message)
{
    struct heard *heard = ctx;
    heard->count++;
    heard->level = level;
    snprintf(heard->message, sizeof heard->message, "%s", message);
}

static void messages_arrive_formatted(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct fl_log log = {hear, &heard};
    fl_log_write(&log, FL_LOG_WARNING, "entry %d of '%s' skipped", 3, "a.json");
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.level, FL_LOG_WARNING);
    assert_string_equal(heard.message, "entry 3 of 'a.json' skipped");
}

static void nobody_need_listen(void **state)
{
    (void)state;
    fl_log_write(NULL, FL_LOG_INFO, "%s", "nothing");
    fl_log_write(&(struct fl_log){0}, FL_LOG_INFO, "%s", "nothing");
}

static void a_message_is_one_short_line(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct fl_log log = {hear, &heard};
    fl_log_write(&log, FL_LOG_DEBUG, "%s", "a\nb\x1b[0m\x7f\xC2\x9Bz ü");
    assert_string_equal(heard.message, "a?b?[0m???z ü");
    char text[3000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    fl_log_write(&log, FL_LOG_DEBUG, "%s", text);
    size_t len = strlen(heard.message);
    assert_true(len >= 1000 && len <= 1024);
    assert_memory_equal(heard.message, text, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_formatted),
        cmocka_unit_test(nobody_need_listen),
        cmocka_unit_test(a_message_is_one_short_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
