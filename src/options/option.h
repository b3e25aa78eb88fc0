/* option.h: options and commands as tables, and the command line read by them.
 *
 * A program describes itself once, in static tables; the parser, the help, the manual page, the
 * shell completions (option_docs.h) and the readers of its environment and configuration file all
 * work from them. Nothing here knows which program it is.
 *
 *     program [OPTION]… command [OPTION]… [subcommand [OPTION]…] [OPERAND]…
 *
 * GNU style: --name VALUE, --name=VALUE, -nVALUE, -n VALUE, bundled -abc, -- ends the options, and
 * options may follow operands. Abbreviations are not accepted, so that a new option never changes
 * what an old script means; a mistyped name gets a suggestion. */
#ifndef FL_OPTIONS_OPTION_H
#define FL_OPTIONS_OPTION_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum fl_option_kind {
    FL_OPTION_FLAG,     /* no argument; 1 when given */
    FL_OPTION_TEXT,     /* anything but the empty text */
    FL_OPTION_PATH,     /* the same; shells complete it as a file name */
    FL_OPTION_INTEGER,  /* from min to max */
    FL_OPTION_SIZE,     /* bytes: 4096, 64K, 10M, 2G (powers of 1,024), from min to max */
    FL_OPTION_DURATION, /* milliseconds: 250, 250ms, 5s, 2m, 1h, from min to max */
    FL_OPTION_ENUM,     /* one of `choices` */
};

/* A table of options ends with one without a name. */
struct fl_option {
    const char *name; /* without its dashes */
    char letter;      /* 0: there is no short form */
    enum fl_option_kind kind;
    bool repeats;   /* may be given several times, and every value counts; else the last does */
    bool negatable; /* a flag that --no-NAME switches off */
    bool ends;      /* nothing behind it is read: --help, --version */
    bool hidden;    /* works, and stands in no documentation */
    unsigned group; /* of those with the same number other than 0, one may be given */
    const char *argument; /* how help calls its value: "FILE" */
    const char *help;
    int64_t min, max;
    const char *const *choices; /* ends with NULL */
    const char *fallback;       /* default as text, or NULL */
    const char *variable;       /* of the environment, or NULL */
    const char *variable_value; /* what the variable says by being set at all, or NULL */
    const char *key;            /* in the configuration file, or NULL */
};

struct fl_option_value {
    const char *text; /* as it was written; of an enum, its entry in `choices` */
    int64_t number;   /* of a flag 0 or 1, of an enum its place in `choices` */
};

/* Reads one value, wherever it was written. Flags take on/off, true/false, yes/no and 1/0. The
 * text is borrowed. -FL_EINVAL says what is allowed. */
int fl_option_read(const struct fl_option *option, const char *text,
                   struct fl_option_value *ret_value, struct fl_err *err);

/* Appends the value as fl_option_read would read it again. */
void fl_option_write(const struct fl_option *option, const struct fl_option_value *value,
                     struct fl_buf *out);

struct fl_args;

struct fl_example {
    const char *command;
    const char *meaning;
};

/* A table of commands ends with one without a name. The root is the program itself. */
struct fl_command {
    const char *name;
    const char *alias;       /* another name, or NULL */
    const char *summary;     /* one line without a full stop */
    const char *description; /* paragraphs with an empty line between them, or NULL */
    const char *operands;    /* "FILE…"; NULL: it takes none */
    unsigned operands_min;
    unsigned operands_max;              /* 0 with `operands`: any number */
    const char *const *operand_choices; /* what an operand may be, ending with NULL; or NULL */
    const struct fl_option *options;    /* or NULL */
    const struct fl_command *commands;  /* subcommands, or NULL */
    const struct fl_example *examples;  /* ends with one without a command; or NULL */
    bool hidden;
    int (*run)(void *ctx, const struct fl_args *args); /* NULL: only its subcommands do anything */
};

/* Limits of the tables, not of what people write: exceeding them is a fault of the program. */
enum { FL_COMMAND_DEPTH_MAX = 4, FL_ARGS_SCOPE_MAX = 64 };

struct fl_args_slot {
    const struct fl_option *option;
    struct fl_option_value last;
    uint32_t count; /* how often it was given */
    uint32_t first; /* of its values in `values`, where it repeats */
};

/* A command line that was read. Everything in it is borrowed from argv and from the tables. */
struct fl_args {
    const struct fl_command *path[FL_COMMAND_DEPTH_MAX]; /* path[0] is the program */
    unsigned depth;
    const struct fl_option *ended_by; /* the `ends` option that stopped the reading, or NULL */
    const char **operands;
    size_t operand_count;
    struct fl_args_slot slots[FL_ARGS_SCOPE_MAX]; /* one for each option in scope */
    unsigned slot_count;
    const char **values; /* of options that repeat, each option's side by side */
    void *memory;
};

/* Reads argv[1…]. -FL_EINVAL for a usage error, with a message for the person who made it (the
 * path then tells how far the command was understood); -FL_ENOMEM. Destroy in either case. */
int fl_args_parse(const struct fl_command *root, int argc, char *const *argv, struct fl_args *args,
                  struct fl_err *err);
void fl_args_destroy(struct fl_args *args);

/* The command that is to be run. */
const struct fl_command *fl_args_command(const struct fl_args *args);

/* The last value of an option, or NULL if it was not given (or is not one of this command's). */
const struct fl_option_value *fl_args_get(const struct fl_args *args, const char *name);

/* A flag that was given; the text or number of an option, or the fallback. */
bool fl_args_flag(const struct fl_args *args, const char *name);
const char *fl_args_text(const struct fl_args *args, const char *name, const char *fallback);
int64_t fl_args_number(const struct fl_args *args, const char *name, int64_t fallback);

/* All values of an option that repeats, in their order; NULL and 0 without any. */
const char *const *fl_args_list(const struct fl_args *args, const char *name, size_t *ret_count);

/* Visits the commands that are not hidden, parents first, in the order of the tables. `path` has
 * `depth` entries, the root first. */
void fl_command_walk(const struct fl_command *root,
                     void (*visit)(void *ctx, const struct fl_command *const *path, unsigned depth),
                     void *ctx);

/* The subcommand with that name or alias, or NULL. */
const struct fl_command *fl_command_find(const struct fl_command *parent, const char *name);

/* Says on `err` that `name` is no subcommand of the last in `path`, with a suggestion. */
int fl_command_unknown(const struct fl_command *const *path, unsigned depth, const char *name,
                       struct fl_err *err);

#endif
