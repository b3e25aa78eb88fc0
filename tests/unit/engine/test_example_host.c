/* test_example_host.c: the example of a host program does what its head says. */
#include "engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static int run(const char *arguments, char *output, size_t size)
{
    char command[600];
    assert_true(snprintf(command, sizeof command, "'%s' %s 2>&1", FL_TEST_HOST, arguments) <
                (int)sizeof command);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    output[fread(output, 1, size - 1, pipe)] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void it_selects(void **state)
{
    char output[1000];
    (void)state;
    assert_int_equal(
        run("'" FL_TEST_EXAMPLES "/assistant/components.json' 'unlock'", output, sizeof output), 0);
    assert_non_null(strstr(output, "% voice_unlock (rule)\n"));
    assert_non_null(strstr(output, "% voice (dependency)\n"));
    assert_null(strstr(output, "chatbots"));
}

static void it_tells_what_is_wrong(void **state)
{
    char output[1000];
    (void)state;
    assert_int_equal(run("/nowhere/at/all.json 'unlock'", output, sizeof output), 1);
    assert_non_null(strstr(output, "host: "));
    assert_non_null(strstr(output, "/nowhere/at/all.json"));
    assert_int_equal(run("", output, sizeof output), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_selects),
        cmocka_unit_test(it_tells_what_is_wrong),
    };
    return cmocka_run_group_tests_name("example_host", tests, NULL, NULL);
}
