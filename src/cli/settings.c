/* settings.c: the table of settings, their defaults and the environment; see settings.h. */
#include "cli/settings.h"

#include "base/os.h"
#include "foreload/foreload.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef FL_DATADIR
#define FL_DATADIR "/usr/local/share/foreload" /* where `make install` puts the token tables */
#endif

enum { PATH_BYTES = 4096 };

const char *const fl_setting_strategies[] = {"conservative", "balanced", "aggressive", NULL};
const char *const fl_setting_colors[] = {"auto", "always", "never", NULL};
const char *const fl_setting_isas[] = {"auto", "avx512", "avx2", "neon", "scalar", NULL};

const char *const fl_setting_runtimes[] = {"native", "onnx", NULL};
const char *const fl_setting_providers[] = {"cpu",     "cuda",   "coreml", "openvino", "qnn",
                                            "xnnpack", "webgpu", "dml",    NULL};

const struct fl_option fl_setting_options[FL_SETTING_COUNT + 1] = {
    [FL_SETTING_HOME] = FL_SETTING_OPTION_HOME,
    [FL_SETTING_TABLES] = FL_SETTING_OPTION_TABLES,
    [FL_SETTING_ENCODER] = FL_SETTING_OPTION_ENCODER,
    [FL_SETTING_WORDS] = FL_SETTING_OPTION_WORDS,
    [FL_SETTING_COLOR] = FL_SETTING_OPTION_COLOR,
    [FL_SETTING_VERBOSE] = FL_SETTING_OPTION_VERBOSE,
    [FL_SETTING_STRATEGY] = FL_SETTING_OPTION_STRATEGY,
    [FL_SETTING_DYNAMIC_LOADING] = FL_SETTING_OPTION_DYNAMIC_LOADING,
    [FL_SETTING_DETECTION_TIMEOUT] = FL_SETTING_OPTION_DETECTION_TIMEOUT,
    [FL_SETTING_LOADING_TIMEOUT] = FL_SETTING_OPTION_LOADING_TIMEOUT,
    [FL_SETTING_ISA] = FL_SETTING_OPTION_ISA,
    [FL_SETTING_RUNTIME] = FL_SETTING_OPTION_RUNTIME,
    [FL_SETTING_EXECUTION_PROVIDER] = FL_SETTING_OPTION_EXECUTION_PROVIDER,
    [FL_SETTING_ONNX_LIBRARY] = FL_SETTING_OPTION_ONNX_LIBRARY,
    [FL_SETTING_LEARNING] = FL_SETTING_OPTION_LEARNING,
    [FL_SETTING_HISTORY] = FL_SETTING_OPTION_HISTORY,
    [FL_SETTING_RETRAIN_EVERY] = FL_SETTING_OPTION_RETRAIN_EVERY,
};

void fl_settings_problem(struct fl_settings *settings, const char *path, unsigned line,
                         const char *subject, const struct fl_err *err)
{
    if (settings->problem_count++ >= FL_SETTING_PROBLEMS_MAX)
        return;
    struct fl_setting_problem *problem = &settings->problems[settings->problem_count - 1];
    *problem = (struct fl_setting_problem){.path = path, .line = line, .subject = subject};
    memcpy(problem->message, err->message, sizeof problem->message);
}

char *fl_settings_join(const char *folder, const char *below)
{
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s", folder, below);
    return fl_buf_take(&path);
}

/* --- defaults --- */

/* $XDG_DATA_HOME/foreload or ~/.local/share/foreload; no text where neither is known. */
static int default_home(struct fl_setting *setting)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (data && data[0] == '/')
        setting->owned = fl_settings_join(data, "foreload");
    else if (home && *home)
        setting->owned = fl_settings_join(home, ".local/share/foreload");
    else
        return 0;
    setting->value.text = setting->owned;
    return setting->owned ? 0 : -FL_ENOMEM;
}

/* The folder among `beside`, seen from that of the program, that has the file; NULL in *ret_folder
 * where none has. */
static int find_beside(const char *const *beside, const char *file, char **ret_folder)
{
    char program[PATH_BYTES];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    for (; slash && *beside; beside++) {
        char *folder = fl_settings_join(program, *beside);
        char *path = folder ? fl_settings_join(folder, file) : NULL;
        bool found = path && fl_os_exists(path);
        free(path);
        if (!path || found) {
            *ret_folder = found ? folder : NULL;
            if (!found)
                free(folder);
            return path ? 0 : -FL_ENOMEM;
        }
        free(folder);
    }
    *ret_folder = NULL;
    return 0;
}

/* Beside the folder of the program (build/release, build/tables), in the share folder next to its
 * bin folder, or where the build says. */
static int default_tables(struct fl_setting *setting)
{
    static const char *const beside[] = {"../tables", "../share/foreload", NULL};
    char *folder;
    if (find_beside(beside, "o200k_base.bpe", &folder))
        return -FL_ENOMEM;
    setting->owned = folder;
    setting->value.text = folder ? folder : FL_DATADIR;
    return 0;
}

/* The same for a model, which the sources have in models/; no text where there is none. */
static int default_model(struct fl_setting *setting, const char *file)
{
    static const char *const beside[] = {"../../models", "../share/foreload", NULL};
    char *folder, *installed = fl_settings_join(FL_DATADIR, file);
    if (!installed)
        return -FL_ENOMEM;
    bool there = fl_os_exists(installed);
    free(installed);
    if (find_beside(beside, file, &folder))
        return -FL_ENOMEM;
    if (folder || there) {
        setting->owned = fl_settings_join(folder ? folder : FL_DATADIR, file);
        setting->value.text = setting->owned;
    }
    bool failed = (folder || there) && !setting->owned;
    free(folder);
    return failed ? -FL_ENOMEM : 0;
}

static int take_defaults(struct fl_settings *settings)
{
    for (unsigned i = 0; i < FL_SETTING_COUNT; i++)
        if (fl_setting_options[i].kind != FL_OPTION_PATH)
            fl_option_read(&fl_setting_options[i], fl_setting_options[i].fallback,
                           &settings->items[i].value, NULL);
    int rc = default_home(&settings->items[FL_SETTING_HOME]);
    if (!rc)
        rc = default_tables(&settings->items[FL_SETTING_TABLES]);
    if (!rc)
        rc = default_model(&settings->items[FL_SETTING_ENCODER], "encoder.flm");
    return rc ? rc : default_model(&settings->items[FL_SETTING_WORDS], "words.flm");
}

/* --- environment and flags --- */

static void set(struct fl_setting *setting, struct fl_option_value value,
                enum fl_setting_origin origin)
{
    free(setting->owned);
    *setting = (struct fl_setting){.value = value, .origin = origin};
}

/* An empty variable is one that is not set, as everywhere. */
static void take_environment(struct fl_settings *settings)
{
    for (unsigned i = 0; i < FL_SETTING_COUNT; i++) {
        const struct fl_option *option = &fl_setting_options[i];
        const char *text = getenv(option->variable);
        if (!text || !*text)
            continue;
        struct fl_option_value value;
        struct fl_err err;
        if (fl_option_read(option, option->variable_value ? option->variable_value : text, &value,
                           &err))
            fl_settings_problem(settings, "", 0, option->variable, &err);
        else
            set(&settings->items[i], value, FL_SETTING_ENVIRONMENT);
    }
}

static void take_flags(struct fl_settings *settings, const struct fl_args *args)
{
    for (unsigned i = 0; i < FL_SETTING_COUNT; i++) {
        const struct fl_option_value *value = fl_args_get(args, fl_setting_options[i].name);
        if (value)
            set(&settings->items[i], *value, FL_SETTING_FLAG);
    }
}

const char *fl_settings_isa(const struct fl_settings *settings)
{
    int64_t choice = settings->items[FL_SETTING_ISA].value.number;
    return choice ? fl_setting_isas[choice] : "";
}

/* A name that exists may still be one of another processor. */
static void check_isa(struct fl_settings *settings)
{
    const struct fl_setting *isa = &settings->items[FL_SETTING_ISA];
    const struct fl_option *option = &fl_setting_options[FL_SETTING_ISA];
    bool in_file = isa->origin == FL_SETTING_CONFIG;
    struct fl_err err;
    if (!fl_isa_choose(fl_settings_isa(settings), &err))
        fl_settings_problem(settings, in_file ? settings->config_path : "", isa->line,
                            isa->origin == FL_SETTING_ENVIRONMENT ? option->variable : option->key,
                            &err);
}

int fl_settings_load(struct fl_settings *settings, const struct fl_args *args)
{
    *settings = (struct fl_settings){0};
    int rc = take_defaults(settings);
    if (rc == 0)
        rc = fl_settings_read_file(settings, args);
    if (rc == 0)
        rc = fl_settings_take_file(settings);
    if (rc)
        return rc;
    take_environment(settings);
    take_flags(settings, args);
    check_isa(settings);
    return settings->problem_count ? -FL_EINVAL : 0;
}

void fl_settings_destroy(struct fl_settings *settings)
{
    for (unsigned i = 0; i < FL_SETTING_COUNT; i++)
        free(settings->items[i].owned);
    free(settings->config_path);
    json_decref(settings->config);
    fl_buf_destroy(&settings->config_text);
    *settings = (struct fl_settings){0};
}

/* --- telling --- */

const char *fl_setting_origin_name(enum fl_setting_origin origin)
{
    static const char *const names[] = {"default", "config", "environment", "flag"};
    return names[origin];
}

void fl_setting_append_value(const struct fl_settings *settings, enum fl_setting_id id,
                             struct fl_buf *out)
{
    const struct fl_option_value *value = &settings->items[id].value;
    if (value->text || fl_setting_options[id].kind != FL_OPTION_PATH)
        fl_option_write(&fl_setting_options[id], value, out);
}

void fl_setting_append_origin(const struct fl_settings *settings, enum fl_setting_id id,
                              struct fl_buf *out)
{
    const struct fl_setting *setting = &settings->items[id];
    switch (setting->origin) {
    case FL_SETTING_DEFAULT: fl_buf_append_str(out, "default"); break;
    case FL_SETTING_CONFIG:
        fl_buf_printf(out, "%s:%u", settings->config_path, setting->line);
        break;
    case FL_SETTING_ENVIRONMENT: fl_buf_printf(out, "$%s", fl_setting_options[id].variable); break;
    case FL_SETTING_FLAG: fl_buf_printf(out, "--%s", fl_setting_options[id].name); break;
    }
}
