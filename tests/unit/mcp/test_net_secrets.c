/* test_net_secrets.c: what a server repeats of what it was given in confidence is not told. */
#include "mcp/secrets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(const struct fl_mcp_target *target, const char *said, const char *told)
{
    char text[512];
    snprintf(text, sizeof text, "%s", said);
    fl_secrets_hide(target, text);
    assert_string_equal(text, told);
}

static void environment_is_hidden(void **state)
{
    (void)state;
    const char *const env[] = {"TOKEN=hunter2hunter2", "LEVEL=3", "EMPTY=", NULL};
    const struct fl_mcp_target target = {.name = "x", .env = env};
    expect(&target, "bad token 'hunter2hunter2', level 3", "bad token '***', level 3");
    expect(&target, "hunter2hunter2hunter2hunter2", "******");
    expect(&target, "cut off: hunter2hun", "cut off: ***");
    expect(&target, "a hunter", "a ***");
    expect(&target, "hunter2 is another word, hun too", "hunter2 is another word, hun too");
    expect(&target, "", "");
}

static void arguments_are_hidden(void **state)
{
    (void)state;
    const char *const argv[] = {"node",
                                "/srv/index2/main-of-it.js",
                                "--api-key=s3cr3tkey",
                                "--token",
                                "swordfish",
                                "-y",
                                "@a/b-c@1.2.3-beta.4",
                                "db://me:pw12@h/d?x=1",
                                "--mode",
                                "verbose",
                                "-e",
                                "MY_SECRET=hush",
                                "sk-0123456789abcdef",
                                NULL};
    const struct fl_mcp_target target = {.name = "x", .argv = argv};
    expect(&target, "node: no /srv/index2/main-of-it.js", "node: no /srv/index2/main-of-it.js");
    expect(&target, "--token @a/b-c@1.2.3-beta.4 -y", "--token @a/b-c@1.2.3-beta.4 -y");
    expect(&target, "verbose: s3cr3tkey swordfish", "verbose: *** ***");
    expect(&target, "cannot reach db://me:pw12@h/d?x=1. pw12", "cannot reach ***. ***");
    expect(&target, "hush, sk-0123456789abcdef", "***, ***");
}

static void headers_and_urls_are_hidden(void **state)
{
    (void)state;
    const char *const headers[] = {"Authorization: Bearer abc.def", "X-Key:k1k2k3", "bad", NULL};
    const struct fl_mcp_target target = {
        .name = "x",
        .url = "https://me:passw0rd@host:8/s/0123456789abcdef/mcp?key=qwert&v=1",
        .headers = headers,
    };
    expect(&target, "Bearer abc.def; abc.def; k1k2k3; bad", "***; ***; ***; bad");
    expect(&target, "me:passw0rd, passw0rd, qwert, host:8", "***, ***, ***, host:8");
    expect(&target, "404: /s/0123456789abcdef/mcp", "404: /s/***/mcp");
    expect(&target, "https://me:passw0rd@host:8/s/0123456789abcdef/mcp?key=qwert&v=1 failed",
           "*** failed");
}

static void nothing_given_is_nothing_hidden(void **state)
{
    (void)state;
    const char *const argv[] = {NULL};
    expect(&(struct fl_mcp_target){.name = "x"}, "all", "all");
    expect(&(struct fl_mcp_target){.name = "x", .argv = argv, .url = "odd"}, "odd", "odd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(environment_is_hidden),
        cmocka_unit_test(arguments_are_hidden),
        cmocka_unit_test(headers_and_urls_are_hidden),
        cmocka_unit_test(nothing_given_is_nothing_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
