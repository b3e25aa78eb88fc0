/* test_option.c: the command line read by tables, on a toy program. */
#include "base/suggest.h"
#include "failing_alloc.h"
#include "option_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* The words behind the program's name. */
#define PARSE(args, err, ...) parse((args), (err), (const char *const[]){"toy", __VA_ARGS__, NULL})

static int parse(struct fl_args *args, struct fl_err *err, const char *const *words)
{
    int count = 0;
    while (words[count])
        count++;
    return fl_args_parse(&toy, count, (char *const *)words, args, err);
}

static void expect_usage(const char *message, const char *const *words)
{
    struct fl_args args;
    struct fl_err err = {0};
    assert_int_equal(parse(&args, &err, words), -FL_EINVAL);
    assert_string_equal(err.message, message);
    fl_args_destroy(&args);
}

#define USAGE(message, ...) expect_usage(message, (const char *const[]){"toy", __VA_ARGS__, NULL})

static void test_forms(void **state)
{
    (void)state;
    static const char *const forms[][5] = {
        {"toy", "bake", "--time=5", "pie"},
        {"toy", "bake", "-t5", "pie"},
        {"toy", "cook", "pie", "-qt5"},
        {"toy", "bake", "--time", "5", NULL},
    };
    for (unsigned i = 0; i < 3; i++) {
        struct fl_args args;
        struct fl_err err = {0};
        assert_int_equal(fl_args_parse(&toy, 4, (char *const *)forms[i], &args, &err), 0);
        assert_string_equal(fl_args_command(&args)->name, "bake");
        assert_int_equal(fl_args_number(&args, "time", 0), 5);
        assert_int_equal(args.operand_count, 1);
        assert_string_equal(args.operands[0], "pie");
        assert_int_equal(fl_args_flag(&args, "quiet"), i == 2);
        fl_args_destroy(&args);
    }
    struct fl_args args;
    assert_int_equal(PARSE(&args, NULL, "bake", "--time", "-5", "-"), 0);
    assert_int_equal(fl_args_number(&args, "time", 0), -5);
    assert_string_equal(args.operands[0], "-");
    fl_args_destroy(&args);
}

static void test_options_before_and_behind_commands(void **state)
{
    (void)state;
    struct fl_args args;
    assert_int_equal(PARSE(&args, NULL, "-q", "bake", "pie", "--no-color", "--color"), 0);
    assert_int_equal(args.depth, 2);
    assert_true(fl_args_flag(&args, "quiet"));
    assert_true(fl_args_flag(&args, "color")); /* the last one counts */
    fl_args_destroy(&args);
    assert_int_equal(PARSE(&args, NULL, "bake", "pie", "--color", "--no-color"), 0);
    assert_non_null(fl_args_get(&args, "color"));
    assert_false(fl_args_flag(&args, "color"));
    assert_null(fl_args_get(&args, "quiet"));
    assert_null(fl_args_get(&args, "of another command"));
    fl_args_destroy(&args);
    USAGE("unknown option '--time'", "--time", "5", "bake", "pie");
}

static void test_double_dash_ends_options(void **state)
{
    (void)state;
    struct fl_args args;
    assert_int_equal(PARSE(&args, NULL, "bake", "--", "-q", "--", "--color"), 0);
    assert_int_equal(args.operand_count, 3);
    assert_string_equal(args.operands[0], "-q");
    assert_string_equal(args.operands[1], "--");
    assert_false(fl_args_flag(&args, "quiet"));
    fl_args_destroy(&args);
}

static void test_repeated_values_stay_in_order(void **state)
{
    (void)state;
    struct fl_args args;
    assert_int_equal(
        PARSE(&args, NULL, "bake", "-a1", "--from", "x", "--add=2", "pie", "--from=y", "-a", "3"),
        0);
    size_t count;
    const char *const *list = fl_args_list(&args, "add", &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list[i][0], '1' + (char)i);
    list = fl_args_list(&args, "from", &count);
    assert_int_equal(count, 2);
    assert_string_equal(list[0], "x");
    assert_string_equal(list[1], "y");
    assert_null(fl_args_list(&args, "time", &count));
    assert_int_equal(count, 0);
    fl_args_destroy(&args);
}

static void test_help_needs_no_operands(void **state)
{
    (void)state;
    struct fl_args args;
    assert_int_equal(PARSE(&args, NULL, "bake", "-h", "--nonsense", "--hot", "--cold"), 0);
    assert_string_equal(args.ended_by->name, "help");
    assert_string_equal(fl_args_command(&args)->name, "bake");
    fl_args_destroy(&args);
    assert_int_equal(PARSE(&args, NULL, "shop", "-qhx"), 0);
    assert_string_equal(args.ended_by->name, "help");
    fl_args_destroy(&args);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        const char *name;
        int64_t number;
    } good[] = {
        {"--time=90", "time", 90},        {"--time=-5", "time", -5},
        {"--size=0", "size", 0},          {"--size=64K", "size", 64 << 10},
        {"--size=10m", "size", 10 << 20}, {"--size=8G", "size", (int64_t)8 << 30},
        {"--wait=250", "wait", 250},      {"--wait=250ms", "wait", 250},
        {"--wait=5s", "wait", 5000},      {"-w2m", "wait", 120000},
        {"--wait=2H", "wait", 7200000},   {"--shape=square", "shape", 1},
    };
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) {
        struct fl_args args;
        assert_int_equal(PARSE(&args, NULL, "bake", "pie", good[i].word), 0);
        assert_int_equal(fl_args_number(&args, good[i].name, -1), good[i].number);
        fl_args_destroy(&args);
    }
    static const char *const bad[] = {
        "--time=91",
        "--time=-6",
        "--time=",
        "--time=5x",
        "--time=x",
        "--time= 5",
        "--time=0x5",
        "--time=5.0",
        "--size=9G",
        "--size=1T",
        "--size=-1",
        "--wait=3h",
        "--wait=5 s",
        "--wait=ms",
        "--size=9223372036854775807K",
        "--shape=",
        "--shape=Round",
        "--add=",
        "--time=99999999999999999999",
    };
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fl_args args;
        struct fl_err err = {0};
        assert_int_equal(PARSE(&args, &err, "bake", "pie", bad[i]), -FL_EINVAL);
        assert_non_null(strstr(err.message, "option '--"));
        fl_args_destroy(&args);
    }
}

static void test_flag_words_and_writing_back(void **state)
{
    (void)state;
    static const char *const words[] = {"off", "ON", "False", "true", "no", "yes", "0", "1"};
    const struct fl_option flag = {.name = "f", .kind = FL_OPTION_FLAG};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        struct fl_option_value value, again;
        struct fl_buf text = {0};
        assert_int_equal(fl_option_read(&flag, words[i], &value, NULL), 0);
        assert_int_equal(value.number, i % 2);
        fl_option_write(&flag, &value, &text);
        assert_int_equal(fl_option_read(&flag, fl_buf_text(&text), &again, NULL), 0);
        assert_int_equal(again.number, value.number);
        fl_buf_destroy(&text);
    }
    struct fl_option_value value = {"kept", 7};
    struct fl_err err;
    assert_int_equal(fl_option_read(&flag, "maybe", &value, &err), -FL_EINVAL);
    assert_int_equal(value.number, 7); /* untouched */
    const struct fl_option wait = {.kind = FL_OPTION_DURATION, .max = 10000};
    struct fl_buf text = {0};
    assert_int_equal(fl_option_read(&wait, "5s", &value, NULL), 0);
    fl_option_write(&wait, &value, &text);
    assert_string_equal(fl_buf_text(&text), "5000");
    fl_buf_destroy(&text);
}

static void test_usage_errors(void **state)
{
    (void)state;
    USAGE("unknown option '--tiem'; did you mean '--time'?", "bake", "--tiem", "5", "pie");
    USAGE("unknown option '--ti'; did you mean '--time'?", "bake", "--ti", "5", "pie");
    USAGE("unknown option '--secert'", "bake", "--secert", "pie");
    USAGE("unknown option '--no-quiet'", "bake", "--no-quiet", "pie");
    USAGE("unknown option '-z'", "bake", "-qz", "pie");
    USAGE("option '-t' needs a value: MINUTES", "bake", "pie", "-t");
    USAGE("option '--quiet' takes no value", "--quiet=yes", "bake", "pie");
    USAGE("options '--hot' and '--cold' exclude each other", "bake", "--cold", "pie", "--hot");
    USAGE("option '--shape': 'rond' is not one of round, square, it's: odd; did you mean 'round'?",
          "bake", "pie", "--shape", "rond");
    USAGE("unknown command 'bkae'; did you mean 'bake'?", "bkae");
    USAGE("unknown command 'coook'; did you mean 'cook'?", "coook");
    USAGE("unknown command 'ghots'", "ghots");
    USAGE("unknown command 'steal' of 'toy shop'", "shop", "steal");
    USAGE("'toy shop' needs a command: sell, buy", "shop");
    USAGE("'toy' needs a command: bake, shop", "-q");
    USAGE("'toy bake' needs THING…", "bake");
    USAGE("'toy shop sell' needs NAME MONEY", "shop", "sell", "pie");
    USAGE("unexpected operand 'c'", "shop", "sell", "a", "b", "c");
    USAGE("'lwo' is not one of low, high; did you mean 'low'?", "shop", "buy", "lwo");
    USAGE("unknown command ''", "");
}

/* The longest words that a kernel would pass on, and many of them. */
static void test_hostile_words(void **state)
{
    (void)state;
    enum { LONG = 1 << 20, MANY = 100000 };
    char *word = malloc(LONG + 1);
    assert_non_null(word);
    memset(word, 'x', LONG);
    word[LONG] = '\0';
    struct fl_args args;
    struct fl_err err = {0};
    assert_int_equal(PARSE(&args, &err, word), -FL_EINVAL);
    fl_args_destroy(&args);
    word[0] = word[1] = '-';
    assert_int_equal(PARSE(&args, &err, "bake", word), -FL_EINVAL);
    fl_args_destroy(&args);
    word[LONG / 2] = '=';
    assert_int_equal(PARSE(&args, &err, "bake", word), -FL_EINVAL);
    fl_args_destroy(&args);
    word[1] = '\xFF';
    assert_int_equal(PARSE(&args, &err, "bake", word), -FL_EINVAL);
    fl_args_destroy(&args);
    free(word);
    const char **words = calloc(MANY + 3, sizeof *words);
    assert_non_null(words);
    words[0] = "toy";
    words[1] = "bake";
    for (int i = 0; i < MANY; i++)
        words[i + 2] = i % 2 ? "-ax" : "pie";
    assert_int_equal(parse(&args, &err, words), 0);
    size_t count;
    fl_args_list(&args, "add", &count);
    assert_int_equal(count, MANY / 2);
    assert_int_equal(args.operand_count, MANY / 2);
    fl_args_destroy(&args);
    free(words);
}

static void test_no_arguments_at_all(void **state)
{
    (void)state;
    struct fl_args args;
    struct fl_err err = {0};
    char *const nothing[] = {NULL};
    assert_int_equal(fl_args_parse(&toy, 0, nothing, &args, &err), -FL_EINVAL);
    fl_args_destroy(&args);
    fl_args_destroy(&args); /* again, and of nothing */
    fl_args_destroy(NULL);
}

static void test_each_allocation_fails_once(void **state)
{
    (void)state;
    struct fl_args args;
    struct fl_err err;
    fl_test_fail_alloc_at(1);
    assert_int_equal(PARSE(&args, &err, "bake", "pie"), -FL_ENOMEM);
    assert_int_equal(err.code, FL_ENOMEM);
    fl_args_destroy(&args);
    for (long n = 1; n < 8; n++) { /* a message that could not be finished is still a usage error */
        fl_test_fail_alloc_at(n);
        int rc = PARSE(&args, &err, "bake", "pie", "--shape", "rond");
        fl_test_fail_alloc_at(0);
        assert_int_equal(rc, n == 1 ? -FL_ENOMEM : -FL_EINVAL);
        fl_args_destroy(&args);
        fl_test_fail_alloc_at(n);
        rc = PARSE(&args, &err, "shop");
        fl_test_fail_alloc_at(0);
        assert_int_equal(rc, n == 1 ? -FL_ENOMEM : -FL_EINVAL);
        fl_args_destroy(&args);
    }
}

static const char *suggest(const char *typed, const char *const *candidates)
{
    struct fl_suggestion suggestion = {.typed = typed};
    for (; *candidates; candidates++)
        fl_suggest_offer(&suggestion, *candidates);
    return suggestion.best;
}

static void test_suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"strategy", "budget", "top", "catalog", "candidates", NULL};
    assert_string_equal(suggest("stategy", names), "strategy");
    assert_string_equal(suggest("strateyg", names), "strategy"); /* a swap is one mistake */
    assert_string_equal(suggest("cat", names), "catalog");       /* an abbreviation */
    assert_string_equal(suggest("cand", names), "candidates");
    assert_string_equal(suggest("tip", names), "top");
    assert_null(suggest("t", names)); /* one letter could be anything */
    assert_null(suggest("", names));
    assert_null(suggest("xyzzy", names));
    assert_null(suggest("bxdxex", names));
    char longer[200];
    memset(longer, 's', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(suggest(longer, names));
    const char *const hidden[] = {longer, "s", NULL};
    assert_null(suggest("strategy", hidden));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_options_before_and_behind_commands),
        cmocka_unit_test(test_double_dash_ends_options),
        cmocka_unit_test(test_repeated_values_stay_in_order),
        cmocka_unit_test(test_help_needs_no_operands),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_flag_words_and_writing_back),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_hostile_words),
        cmocka_unit_test(test_no_arguments_at_all),
        cmocka_unit_test(test_each_allocation_fails_once),
        cmocka_unit_test(test_suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
