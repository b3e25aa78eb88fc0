/* settings_file.c: the configuration file, JSON with comments; see settings.h. */
#include "cli/settings.h"

#include "base/json.h"
#include "base/os.h"
#include "base/suggest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_MAX_BYTES = 1 << 20, CONFIG_MAX_DEPTH = 8 };

/* Where the file is; one that was named must be there. */
static int find_file(struct fl_settings *settings, const struct fl_args *args, bool *ret_named)
{
    const char *named = fl_args_text(args, "config", getenv("FORELOAD_CONFIG"));
    const char *folder = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    *ret_named = named && *named;
    if (*ret_named) {
        struct fl_buf path = {0};
        fl_buf_append_str(&path, named);
        settings->config_path = fl_buf_take(&path);
    } else if (folder && folder[0] == '/') {
        settings->config_path = fl_settings_join(folder, "foreload/config.json");
    } else if (home && *home) {
        settings->config_path = fl_settings_join(home, ".config/foreload/config.json");
    } else {
        return 0;
    }
    return settings->config_path ? 0 : -FL_ENOMEM;
}

static int parse(struct fl_settings *settings, struct fl_err *err)
{
    struct fl_buf *text = &settings->config_text;
    if (!fl_buf_reserve(text, 0))
        return fl_err_nomem(err);
    int rc = fl_json_strip_comments(text->ptr, text->len, text->ptr, err);
    if (rc)
        return rc;
    const struct fl_json_limits limits = {CONFIG_MAX_BYTES, CONFIG_MAX_DEPTH};
    settings->config = fl_json_parse((struct fl_str){text->ptr, text->len}, limits, err);
    if (!settings->config)
        return -err->code;
    if (json_is_object(settings->config))
        return 0;
    json_decref(settings->config);
    settings->config = NULL;
    return fl_err_set_line(err, FL_EPARSE, 1, "the file is not one JSON object");
}

int fl_settings_read_file(struct fl_settings *settings, const struct fl_args *args)
{
    bool named;
    if (find_file(settings, args, &named))
        return -FL_ENOMEM;
    if (!settings->config_path)
        return 0;
    struct fl_err err = {0};
    int rc = fl_os_read_file(settings->config_path, CONFIG_MAX_BYTES, &settings->config_text, &err);
    if (rc == -FL_ENOENT && !named)
        return 0;
    settings->config_exists = rc == 0;
    if (rc == 0)
        rc = parse(settings, &err);
    if (rc && rc != -FL_ENOMEM) {
        fl_settings_problem(settings, settings->config_path, err.line, "", &err);
        rc = 0;
    }
    return rc;
}

/* The line of a member of the root object, in text that is known to be well-formed; 0 for a key
 * that is written with escapes. */
static unsigned line_of_key(struct fl_str text, const char *key)
{
    unsigned line = 1, depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        line += c == '\n';
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (c != '"')
            continue;
        size_t start = i + 1;
        for (i++; i < text.len && text.ptr[i] != '"'; i++)
            i += text.ptr[i] == '\\';
        if (i >= text.len)
            break;
        struct fl_str found = {text.ptr + start, i - start};
        size_t next = i + 1 + strspn(text.ptr + i + 1, " \t\r\n");
        if (depth == 1 && text.ptr[next] == ':' && fl_str_is(found, key))
            return line;
    }
    return 0;
}

static int unknown_key(const char *key, struct fl_err *err)
{
    struct fl_suggestion suggestion = {.typed = key};
    for (unsigned i = 0; i < FL_SETTING_COUNT; i++)
        fl_suggest_offer(&suggestion, fl_setting_options[i].key);
    if (suggestion.best)
        return fl_err_set(err, FL_EINVAL, "unknown key; did you mean '%s'?", suggestion.best);
    return fl_err_set(err, FL_EINVAL, "unknown key; 'foreload config show' lists those there are");
}

/* Nothing expands a path in a file, but "~/" is what people write. */
static int path_value(const struct fl_option *option, const char *text, struct fl_setting *setting,
                      struct fl_err *err)
{
    bool may_be_off = option == &fl_setting_options[FL_SETTING_ENCODER] ||
                      option == &fl_setting_options[FL_SETTING_WORDS];
    if (may_be_off && strcmp(text, "off") == 0) {
        setting->value = (struct fl_option_value){text, 0};
        return 0;
    }
    const char *home = getenv("HOME");
    if (text[0] == '~' && text[1] == '/' && home && *home) {
        char *owned = fl_settings_join(home, text + 2);
        if (!owned)
            return fl_err_nomem(err);
        setting->owned = owned;
    } else if (text[0] != '/') {
        return fl_err_set(err, FL_EINVAL, "'%s' is no path that begins with / or ~/", text);
    }
    setting->value = (struct fl_option_value){setting->owned ? setting->owned : text, 0};
    return 0;
}

/* Booleans for flags, numbers or texts with a unit for numbers, texts for the rest. */
static int read_member(const struct fl_option *option, const json_t *member,
                       struct fl_setting *setting, struct fl_err *err)
{
    bool flag = option->kind == FL_OPTION_FLAG;
    bool number = option->kind == FL_OPTION_INTEGER || option->kind == FL_OPTION_SIZE ||
                  option->kind == FL_OPTION_DURATION;
    if (flag && !json_is_boolean(member))
        return fl_err_set(err, FL_EINVAL, "it must be true or false");
    if (number && !json_is_integer(member) && !json_is_string(member))
        return fl_err_set(err, FL_EINVAL, "it must be a whole number, or a text with a unit");
    if (!flag && !number && !json_is_string(member))
        return fl_err_set(err, FL_EINVAL, "it must be a text");
    if (flag) {
        setting->value = (struct fl_option_value){"", json_is_true(member)};
        return 0;
    }
    if (json_is_integer(member)) {
        char digits[24];
        snprintf(digits, sizeof digits, "%" PRId64, (int64_t)json_integer_value(member));
        int rc = fl_option_read(option, digits, &setting->value, err);
        setting->value.text = "";
        return rc;
    }
    const char *text = json_string_value(member);
    if (strlen(text) != json_string_length(member))
        return fl_err_set(err, FL_EINVAL, "it contains a NUL character");
    return option->kind == FL_OPTION_PATH ? path_value(option, text, setting, err)
                                          : fl_option_read(option, text, &setting->value, err);
}

int fl_settings_take_file(struct fl_settings *settings)
{
    struct fl_str text = {settings->config_text.ptr, settings->config_text.len};
    const char *key;
    json_t *member;
    json_object_foreach (settings->config, key, member) {
        unsigned line = line_of_key(text, key);
        unsigned id = 0;
        while (id < FL_SETTING_COUNT && strcmp(fl_setting_options[id].key, key) != 0)
            id++;
        struct fl_setting setting = {.origin = FL_SETTING_CONFIG, .line = line};
        struct fl_err err;
        int rc = id == FL_SETTING_COUNT
                     ? unknown_key(key, &err)
                     : read_member(&fl_setting_options[id], member, &setting, &err);
        if (rc == -FL_ENOMEM)
            return rc;
        if (rc) {
            fl_settings_problem(settings, settings->config_path, line, key, &err);
            continue;
        }
        free(settings->items[id].owned);
        settings->items[id] = setting;
    }
    return 0;
}
