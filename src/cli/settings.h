/* settings.h: what can be set by a flag, by the environment or in the configuration file.
 *
 * One table has them all, and the same reader judges a value wherever it was written. The nearest
 * wins: flag, environment, configuration file, default. A bad value anywhere is a fault that names
 * its place, also where a nearer one hides it; nothing is silently ignored. */
#ifndef FL_CLI_SETTINGS_H
#define FL_CLI_SETTINGS_H

#include "options/option.h"

#include <jansson.h>

enum fl_setting_id {
    FL_SETTING_HOME,
    FL_SETTING_TABLES,
    FL_SETTING_ENCODER,
    FL_SETTING_WORDS,
    FL_SETTING_COLOR,
    FL_SETTING_VERBOSE,
    FL_SETTING_STRATEGY,
    FL_SETTING_DYNAMIC_LOADING,
    FL_SETTING_DETECTION_TIMEOUT,
    FL_SETTING_LOADING_TIMEOUT,
    FL_SETTING_ISA,
    FL_SETTING_RUNTIME,
    FL_SETTING_EXECUTION_PROVIDER,
    FL_SETTING_ONNX_LIBRARY,
    FL_SETTING_LEARNING,
    FL_SETTING_HISTORY,
    FL_SETTING_RETRAIN_EVERY,
    FL_SETTING_COUNT,
};

extern const char *const fl_setting_strategies[];
extern const char *const fl_setting_colors[];
extern const char *const fl_setting_isas[];
extern const char *const fl_setting_runtimes[];  /* enum fl_runtime */
extern const char *const fl_setting_providers[]; /* of ONNX Runtime */

/* The settings as options, for the tables of the commands that take them as flags. */
#define FL_SETTING_OPTION_HOME                                                                    \
    {                                                                                             \
        .name = "home", .kind = FL_OPTION_PATH, .argument = "DIR", .help = "folder of all state", \
        .fallback = "~/.local/share/foreload", .variable = "FORELOAD_HOME", .key = "home"         \
    }
#define FL_SETTING_OPTION_TABLES                                                               \
    {                                                                                          \
        .name = "tables", .kind = FL_OPTION_PATH, .argument = "DIR",                           \
        .help = "folder of the token tables; without them token counts are estimates",         \
        .fallback = "where they are installed", .variable = "FORELOAD_TABLES", .key = "tables" \
    }
#define FL_SETTING_OPTION_ENCODER                                                                \
    {                                                                                            \
        .name = "encoder", .kind = FL_OPTION_PATH, .argument = "FILE",                           \
        .help = "the text encoder, by which tools are found that share no word with a request; " \
                "off: rank by words alone",                                                      \
        .fallback = "where it is installed", .variable = "FORELOAD_ENCODER", .key = "encoder"    \
    }
#define FL_SETTING_OPTION_WORDS                                                              \
    {                                                                                        \
        .name = "words", .kind = FL_OPTION_PATH, .argument = "FILE",                         \
        .help = "word vectors, which the classifier of intents starts from; off: it starts " \
                "without",                                                                   \
        .fallback = "where they are installed", .variable = "FORELOAD_WORDS", .key = "words" \
    }
#define FL_SETTING_OPTION_COLOR                                                                   \
    {                                                                                             \
        .name = "color", .kind = FL_OPTION_ENUM, .argument = "WHEN", .help = "colours on stdout", \
        .choices = fl_setting_colors, .fallback = "auto", .variable = "NO_COLOR",                 \
        .variable_value = "never", .key = "color"                                                 \
    }
#define FL_SETTING_OPTION_VERBOSE                                                    \
    {                                                                                \
        .name = "verbose", .letter = 'v', .kind = FL_OPTION_FLAG, .negatable = true, \
        .help = "tell on stderr what is done, and every warning", .fallback = "off", \
        .variable = "DETAILED_LOGGING_ENABLED", .key = "detailed_logging_enabled"    \
    }
#define FL_SETTING_OPTION_STRATEGY                                                                 \
    {                                                                                              \
        .name = "strategy", .letter = 's', .kind = FL_OPTION_ENUM, .argument = "NAME", .group = 1, \
        .help = "how many tools to expose", .choices = fl_setting_strategies,                      \
        .fallback = "balanced", .variable = "DEFAULT_LOADING_STRATEGY",                            \
        .key = "default_loading_strategy"                                                          \
    }
#define FL_SETTING_OPTION_DYNAMIC_LOADING                                            \
    {                                                                                \
        .name = "dynamic-loading", .kind = FL_OPTION_FLAG, .negatable = true,        \
        .help = "select at all; without it everything is exposed", .fallback = "on", \
        .variable = "DYNAMIC_LOADING_ENABLED", .key = "dynamic_loading_enabled"      \
    }
#define FL_SETTING_OPTION_DETECTION_TIMEOUT                                                    \
    {                                                                                          \
        .name = "detection-timeout", .kind = FL_OPTION_DURATION, .argument = "TIME", .min = 0, \
        .max = 3600000, .help = "expose everything when ranking takes longer; 0: never",       \
        .fallback = "5000", .variable = "DETECTION_TIMEOUT_MS", .key = "detection_timeout_ms"  \
    }
#define FL_SETTING_OPTION_LOADING_TIMEOUT                                                  \
    {                                                                                      \
        .name = "timeout", .kind = FL_OPTION_DURATION, .argument = "TIME", .min = 1,       \
        .max = 3600000, .help = "how long a server may take to start and list its tools",  \
        .fallback = "30000", .variable = "LOADING_TIMEOUT_MS", .key = "loading_timeout_ms" \
    }
#define FL_SETTING_OPTION_ISA                                                                    \
    {                                                                                            \
        .name = "isa", .kind = FL_OPTION_ENUM, .argument = "NAME",                               \
        .help = "instruction set to compute with; auto: the best that the processor has",        \
        .choices = fl_setting_isas, .fallback = "auto", .variable = "FORELOAD_ISA", .key = "isa" \
    }

#define FL_SETTING_OPTION_RUNTIME                                                             \
    {                                                                                         \
        .name = "runtime", .kind = FL_OPTION_ENUM, .argument = "NAME",                        \
        .help = "who computes the answers of learned models: Foreload, or an installed ONNX " \
                "Runtime; where that cannot be used, Foreload does, and says so",             \
        .choices = fl_setting_runtimes, .fallback = "native", .variable = "FORELOAD_RUNTIME", \
        .key = "runtime"                                                                      \
    }
#define FL_SETTING_OPTION_EXECUTION_PROVIDER                                      \
    {                                                                             \
        .name = "execution-provider", .kind = FL_OPTION_ENUM, .argument = "NAME", \
        .help = "what ONNX Runtime computes on, if it was built for it",          \
        .choices = fl_setting_providers, .fallback = "cpu",                       \
        .variable = "FORELOAD_EXECUTION_PROVIDER", .key = "execution_provider"    \
    }
#define FL_SETTING_OPTION_ONNX_LIBRARY                                            \
    {                                                                             \
        .name = "onnx-library", .kind = FL_OPTION_PATH, .argument = "FILE",       \
        .help = "the libonnxruntime.so to open", .fallback = "the installed one", \
        .variable = "FORELOAD_ONNX_LIBRARY", .key = "onnx_library"                \
    }
#define FL_SETTING_OPTION_LEARNING                                                           \
    {                                                                                        \
        .name = "learning", .kind = FL_OPTION_FLAG, .negatable = true,                       \
        .help = "learn from what is used, and select by what was learned", .fallback = "on", \
        .variable = "FORELOAD_LEARNING", .key = "learning"                                   \
    }
#define FL_SETTING_OPTION_HISTORY                                                              \
    {                                                                                          \
        .name = "history", .kind = FL_OPTION_INTEGER, .argument = "COUNT", .min = 1,           \
        .max = 1000000, .help = "how many requests to learn from are kept; rare ones longest", \
        .fallback = "1000", .variable = "FORELOAD_HISTORY", .key = "history"                   \
    }
#define FL_SETTING_OPTION_RETRAIN_EVERY                                                    \
    {                                                                                      \
        .name = "retrain-every", .kind = FL_OPTION_INTEGER, .argument = "COUNT", .min = 1, \
        .max = 1000000, .help = "train a model whenever so many samples are new",          \
        .fallback = "100", .variable = "FORELOAD_RETRAIN_EVERY", .key = "retrain_every"    \
    }

/* All of them, by their ids. */
extern const struct fl_option fl_setting_options[FL_SETTING_COUNT + 1];

enum fl_setting_origin {
    FL_SETTING_DEFAULT,
    FL_SETTING_CONFIG,
    FL_SETTING_ENVIRONMENT,
    FL_SETTING_FLAG,
};

struct fl_setting {
    struct fl_option_value value; /* text is NULL for a path that has no default here */
    enum fl_setting_origin origin;
    unsigned line; /* of the configuration file */
    char *owned;   /* the text, where it was made; or NULL */
};

/* A fault of the environment or of the configuration file. */
struct fl_setting_problem {
    const char *path; /* of the file, or "" for the environment */
    unsigned line;
    const char *subject; /* variable or key, or "" */
    char message[FL_ERR_MESSAGE_MAX];
};

enum { FL_SETTING_PROBLEMS_MAX = 32 };

struct fl_settings {
    struct fl_setting items[FL_SETTING_COUNT];
    char *config_path; /* whether there is such a file or not; NULL: no place for it is known */
    bool config_exists;
    json_t *config; /* of it, or NULL; keys and texts are borrowed from here */
    struct fl_buf config_text;
    struct fl_setting_problem problems[FL_SETTING_PROBLEMS_MAX];
    unsigned problem_count; /* may be more than are kept */
};

/* Finds all values. 0, -FL_EINVAL with `problems`, or -FL_ENOMEM; the values are usable in every
 * case but the last, with the faulty ones left out. Destroy in every case. `args` is borrowed. */
int fl_settings_load(struct fl_settings *settings, const struct fl_args *args);
void fl_settings_destroy(struct fl_settings *settings);

/* What a value is and where it comes from: "$FORELOAD_HOME", "/x/config.json:3". */
void fl_setting_append_value(const struct fl_settings *settings, enum fl_setting_id id,
                             struct fl_buf *out);
void fl_setting_append_origin(const struct fl_settings *settings, enum fl_setting_id id,
                              struct fl_buf *out);
const char *fl_setting_origin_name(enum fl_setting_origin origin);

/* --- settings_file.c --- */

/* Finds and reads the configuration file into `settings`; its faults become problems. */
int fl_settings_read_file(struct fl_settings *settings, const struct fl_args *args);

/* Takes the values of that file. */
int fl_settings_take_file(struct fl_settings *settings);

/* Adds a problem with the message of `err`. Texts must outlive the settings. */
void fl_settings_problem(struct fl_settings *settings, const char *path, unsigned line,
                         const char *subject, const struct fl_err *err);

/* The instruction set as the library wants it named: "" for auto. */
const char *fl_settings_isa(const struct fl_settings *settings);

/* "a/b"; NULL when out of memory. */
char *fl_settings_join(const char *folder, const char *below);

#endif
