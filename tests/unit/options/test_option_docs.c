/* test_option_docs.c: what people and shells get to see of the tables of a toy program. */
#include "failing_alloc.h"
#include "option_fixture.h"
#include "options/option_docs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct fl_docs_section sections[] = {{"Files", "None."}, {0}};
static const struct fl_docs docs = {&toy, "1.2", sections};

static struct fl_buf help_of(const char *name, struct fl_help_style style)
{
    const struct fl_command *path[] = {&toy, name ? fl_command_find(&toy, name) : NULL};
    struct fl_buf out = {0};
    fl_help_append(&out, path, name ? 2 : 1, style);
    return out;
}

static void test_help_of_the_program(void **state)
{
    (void)state;
    struct fl_buf out = help_of(NULL, (struct fl_help_style){0});
    assert_string_equal(fl_buf_text(&out), "Usage: toy [OPTION]… COMMAND\n"
                                           "\n"
                                           "a program that does nothing\n"
                                           "\n"
                                           "Commands:\n"
                                           "  bake  make a thing\n"
                                           "  shop  buy and sell\n"
                                           "\n"
                                           "Options:\n"
                                           "  -q, --quiet       say less\n"
                                           "      --[no-]color  in colour\n"
                                           "  -h, --help        explain\n");
    fl_buf_destroy(&out);
}

static void test_help_wraps(void **state)
{
    (void)state;
    struct fl_buf out = help_of("cook", (struct fl_help_style){.width = 50});
    const char *text = fl_buf_text(&out);
    assert_non_null(strstr(text, "Also called 'cook'.\n"));
    assert_non_null(strstr(text, "Makes it.\n\n'Twice' if asked: a\\b *c*.\n"));
    assert_non_null(strstr(text, "  -t, --time MINUTES   how long (default: 30)\n"));
    assert_non_null(strstr(text, "      --shape NAME     of the thing, which a long\n"
                                 "                       sentence explains that\n"));
    assert_non_null(strstr(text, "Options of every command:\n  -q, --quiet"));
    assert_non_null(strstr(text, "Examples:\n  toy bake pie\n      one pie\n"));
    assert_null(strstr(text, "secret"));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        size_t columns = 0, len = strcspn(line, "\n");
        for (size_t i = 0; i < len; i++)
            columns += ((unsigned char)line[i] & 0xC0) != 0x80;
        assert_true(columns <= 50);
    }
    fl_buf_destroy(&out);
}

static void test_colors_change_nothing_else(void **state)
{
    (void)state;
    struct fl_buf plain = help_of("bake", (struct fl_help_style){0});
    struct fl_buf colored = help_of("bake", (struct fl_help_style){.colors = true});
    struct fl_buf stripped = {0};
    for (const char *c = fl_buf_text(&colored); *c; c++)
        if (*c == '\x1b')
            c += strcspn(c, "m");
        else
            fl_buf_append_char(&stripped, *c);
    assert_string_equal(fl_buf_text(&stripped), fl_buf_text(&plain));
    assert_true(colored.len > plain.len);
    fl_buf_destroy(&plain);
    fl_buf_destroy(&colored);
    fl_buf_destroy(&stripped);
}

static void test_widths_from_one_on(void **state)
{
    (void)state;
    for (unsigned width = 1; width < 120; width++) {
        struct fl_buf out = help_of("bake", (struct fl_help_style){.width = width});
        assert_false(fl_buf_failed(&out));
        fl_buf_destroy(&out);
    }
}

static void test_manual_page(void **state)
{
    (void)state;
    struct fl_buf out = {0};
    fl_docs_man_append(&out, &docs);
    const char *text = fl_buf_text(&out);
    assert_non_null(strstr(text, ".TH TOY 1 \"\" \"toy 1.2\" \"User Commands\"\n"));
    assert_non_null(strstr(text, "toy \\- a program that does nothing\n"));
    assert_non_null(strstr(text, ".SS \"toy shop sell [OPTION]… NAME MONEY\"\n"));
    /* What roff would take as a request or an escape is neither. */
    assert_non_null(strstr(text, "\n\\&.recipes"));
    assert_non_null(strstr(text, "\n\\&'Twice' if asked: a\\eb *c*.\n"));
    assert_non_null(strstr(text, "\\fB\\-t, \\-\\-time MINUTES\\fR\n"));
    assert_non_null(strstr(text, ".SH \"FILES\"\nNone.\n"));
    assert_null(strstr(text, "ghost"));
    assert_null(strstr(text, "secret"));
    fl_buf_destroy(&out);
}

static void test_markdown(void **state)
{
    (void)state;
    struct fl_buf out = {0};
    fl_docs_markdown_append(&out, &docs);
    const char *text = fl_buf_text(&out);
    assert_non_null(strstr(text, "# Commands of toy 1.2\n"));
    assert_non_null(
        strstr(text, "\n## toy shop buy\n\n```\ntoy shop buy [OPTION]… [low|high]\n```\n"));
    assert_non_null(
        strstr(text, "| `-a, --add NAME\\|NAME` | with 'this' \\| that (may be repeated) |"));
    assert_non_null(strstr(text, "'Twice' if asked: a\\\\b \\*c\\*."));
    assert_null(strstr(text, "ghost"));
    fl_buf_destroy(&out);
}

static void test_completions_name_everything(void **state)
{
    (void)state;
    static void (*const scripts[])(struct fl_buf *, const struct fl_command *) = {
        fl_completion_bash_append, fl_completion_zsh_append, fl_completion_fish_append};
    static const char *const words[] = {"bake",  "cook",  "shop",     "sell", "buy", "time",
                                        "shape", "round", "no-color", "low",  "from"};
    for (unsigned i = 0; i < 3; i++) {
        struct fl_buf out = {0};
        scripts[i](&out, &toy);
        for (unsigned k = 0; k < sizeof words / sizeof *words; k++)
            assert_non_null(strstr(fl_buf_text(&out), words[k]));
        assert_null(strstr(fl_buf_text(&out), "ghost"));
        assert_null(strstr(fl_buf_text(&out), "secret"));
        fl_buf_destroy(&out);
    }
}

static void render_all(struct fl_buf *out)
{
    const struct fl_command *const path[] = {&toy, fl_command_find(&toy, "bake")};
    fl_help_append(out, path, 2, (struct fl_help_style){0});
    fl_docs_man_append(out, &docs);
    fl_docs_markdown_append(out, &docs);
    fl_completion_bash_append(out, &toy);
    fl_completion_zsh_append(out, &toy);
    fl_completion_fish_append(out, &toy);
}

/* Whatever could not be allocated, the buffer tells that something is missing. */
static void test_each_allocation_fails_once(void **state)
{
    (void)state;
    struct fl_buf out = {0};
    fl_test_fail_alloc_at(0);
    render_all(&out);
    long total = fl_test_alloc_count();
    assert_false(fl_buf_failed(&out));
    fl_buf_destroy(&out);
    assert_true(total > 50);
    for (long n = 1; n <= total; n++) {
        fl_test_fail_alloc_at(n);
        render_all(&out);
        fl_test_fail_alloc_at(0);
        assert_true(fl_buf_failed(&out));
        fl_buf_destroy(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_help_of_the_program),
        cmocka_unit_test(test_help_wraps),
        cmocka_unit_test(test_colors_change_nothing_else),
        cmocka_unit_test(test_widths_from_one_on),
        cmocka_unit_test(test_manual_page),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_completions_name_everything),
        cmocka_unit_test(test_each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
