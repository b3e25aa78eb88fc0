/* option_fixture.c: see option_fixture.h. */
#include "option_fixture.h"

static int run_nothing(void *ctx, const struct fl_args *args)
{
    (void)ctx;
    (void)args;
    return 0;
}

static const char *const shapes[] = {"round", "square", "it's: odd", NULL};
static const char *const prices[] = {"low", "high", NULL};

static const struct fl_option bake_options[] = {
    {.name = "time",
     .letter = 't',
     .kind = FL_OPTION_INTEGER,
     .argument = "MINUTES",
     .min = -5,
     .max = 90,
     .fallback = "30",
     .help = "how long"},
    {.name = "size",
     .kind = FL_OPTION_SIZE,
     .argument = "BYTES",
     .max = (int64_t)8 << 30,
     .help = "how large"},
    {.name = "wait",
     .letter = 'w',
     .kind = FL_OPTION_DURATION,
     .argument = "TIME",
     .max = 7200000,
     .help = "before it begins",
     .variable = "TOY_WAIT"},
    {.name = "shape",
     .kind = FL_OPTION_ENUM,
     .argument = "NAME",
     .choices = shapes,
     .help = "of the thing, which a long sentence explains that cannot stand in one line"},
    {.name = "add",
     .letter = 'a',
     .kind = FL_OPTION_TEXT,
     .repeats = true,
     .argument = "NAME|NAME",
     .help = "with 'this' | that"},
    {.name = "from",
     .kind = FL_OPTION_PATH,
     .repeats = true,
     .argument = "FILE",
     .help = ".recipes"},
    {.name = "hot", .group = 7, .help = "served hot"},
    {.name = "cold", .group = 7, .help = "served cold"},
    {.name = "secret", .hidden = true, .help = "nobody knows"},
    {0},
};

static const struct fl_command shop_commands[] = {
    {.name = "sell",
     .summary = "sell one",
     .operands = "NAME MONEY",
     .operands_min = 2,
     .operands_max = 2,
     .run = run_nothing},
    {.name = "buy",
     .summary = "buy at a price",
     .operands = "[low|high]",
     .operands_max = 1,
     .operand_choices = prices,
     .run = run_nothing},
    {0},
};

static const struct fl_command commands[] = {
    {.name = "bake",
     .alias = "cook",
     .summary = "make a thing",
     .description = "Makes it.\n\n'Twice' if asked: a\\b *c*.",
     .operands = "THING…",
     .operands_min = 1,
     .options = bake_options,
     .examples = (const struct fl_example[]){{"toy bake pie", "one pie"}, {0}},
     .run = run_nothing},
    {.name = "shop", .summary = "buy and sell", .commands = shop_commands},
    {.name = "ghost", .summary = "boo", .hidden = true, .run = run_nothing},
    {0},
};

static const struct fl_option toy_options[] = {
    {.name = "quiet", .letter = 'q', .help = "say less"},
    {.name = "color", .negatable = true, .help = "in colour"},
    {.name = "help", .letter = 'h', .ends = true, .help = "explain"},
    {0},
};

const struct fl_command toy = {
    .name = "toy",
    .summary = "a program that does nothing",
    .options = toy_options,
    .commands = commands,
};
