/* test_entities.c: literals by their shape, and what only looks like one. */
#include "text/entities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The literal at the start of `text` is all of it but `behind` bytes. */
static void assert_entity(const char *text, size_t behind, const char *kind)
{
    size_t len = strlen(text), found = 999;
    char *exact = malloc(len ? len : 1);
    memcpy(exact, text, len);
    const char *got = fl_entity_match((struct fl_str){exact, len}, &found);
    if (!got != !kind || (kind && (strcmp(got, kind) != 0 || found != len - behind)))
        fail_msg("'%s' is %s of %zu bytes", text, got ? got : "nothing", found);
    free(exact);
}

static void every_kind_is_known_by_its_shape(void **state)
{
    (void)state;
    static const struct {
        const char *text, *kind;
    } rows[] = {
        {"/etc/hosts", "@path"},
        {"/tmp", "@path"},
        {"./a.c", "@path"},
        {"../notes", "@path"},
        {"~/notes.txt", "@path"},
        {"C:\\temp\\a.txt", "@path"},
        {"report.docx", "@path"},
        {"v2.tar.gz", "@path"},
        {"Übersicht.pdf", "@path"},
        {"https://example.org/a?b=c#d", "@url"},
        {"HTTP://EXAMPLE.ORG", "@url"},
        {"www.example.museum", "@url"},
        {"example.com", "@url"},
        {"docs.example.co", "@url"},
        {"bob@example.com", "@email"},
        {"first.last@mail.example.de", "@email"},
        {"@octocat", "@handle"},
        {"#123", "@reference"},
        {"$12.50", "@money"},
        {"€30", "@money"},
        {"£7", "@money"},
        {"10:30", "@time"},
        {"23:59:59", "@time"},
        {"2024-05-01", "@date"},
        {"12/05/2024", "@date"},
        {"192.168.0.1", "@host"},
        {"10.0.0.255", "@host"},
        {"42", "@number"},
        {"3.14", "@number"},
        {"1,000", "@number"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_entity(rows[i].text, 0, rows[i].kind);
}

static void words_are_no_literals(void **state)
{
    (void)state;
    static const char *const words[] = {
        "",       " ",      "a",    "word", "Word", "and/or", "read_file", "read-only", "e.g.",
        "U.S.A.", "i.e.",   "end.", "#",    "#tag", "@",      "$HOME",     "it's",      "oauth2",
        "Größe",  "画面を", "C++",  "v2",   "...",  "--",     "x86_64",    "word rest",
    };
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        assert_entity(words[i], 0, NULL);
}

static void marks_behind_do_not_belong_to_it(void **state)
{
    (void)state;
    assert_entity("/etc/hosts,", 1, "@path");
    assert_entity("/etc/hosts.", 1, "@path");
    assert_entity("report.docx!?", 2, "@path");
    assert_entity("bob@example.com>", 1, "@email");
    assert_entity("10:30).", 2, "@time");
    assert_entity("https://example.org/\"", 1, "@url");
    assert_entity("#123;", 1, "@reference");
}

static void a_literal_ends_at_space(void **state)
{
    (void)state;
    assert_entity("/etc/hosts now", 4, "@path");
    assert_entity("#12\tx", 2, "@reference");
    assert_entity("10:30\nx", 2, "@time");
    assert_entity("42\r\n", 2, "@number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_known_by_its_shape),
        cmocka_unit_test(words_are_no_literals),
        cmocka_unit_test(marks_behind_do_not_belong_to_it),
        cmocka_unit_test(a_literal_ends_at_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
