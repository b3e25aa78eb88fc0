/* option_value.c: the values of options, from text and back; see option.h. */
#include "base/suggest.h"
#include "options/option.h"

#include <inttypes.h>
#include <strings.h>

/* How much of what somebody wrote a message repeats. */
enum { QUOTED_MAX_BYTES = 60 };

struct unit {
    const char *suffix;
    int64_t factor;
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit sizes[] = {
    {"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
static const struct unit durations[] = {{"", 1},      {"ms", 1},      {"s", 1000},
                                        {"m", 60000}, {"h", 3600000}, {NULL, 0}};

static const struct unit *units_of(enum fl_option_kind kind)
{
    return kind == FL_OPTION_SIZE ? sizes : kind == FL_OPTION_DURATION ? durations : no_units;
}

/* Digits and perhaps a unit; false for anything else and for what is past int64_t. */
static bool read_number(const char *text, const struct unit *units, int64_t *ret_number)
{
    bool negative = *text == '-';
    const char *c = text + negative;
    int64_t number = 0;
    if (*c < '0' || *c > '9')
        return false;
    for (; *c >= '0' && *c <= '9'; c++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *c - '0', &number))
            return false;
    while (units->suffix && strcasecmp(units->suffix, c) != 0)
        units++;
    if (!units->suffix || __builtin_mul_overflow(number, units->factor, &number))
        return false;
    *ret_number = negative ? -number : number;
    return true;
}

static int number_value(const struct fl_option *option, const char *text,
                        struct fl_option_value *ret_value, struct fl_err *err)
{
    static const char *const wanted[] = {
        [FL_OPTION_INTEGER] = "a whole number",
        [FL_OPTION_SIZE] = "a number of bytes, perhaps with K, M or G,",
        [FL_OPTION_DURATION] = "a number of milliseconds, or one with ms, s, m or h,",
    };
    int64_t number;
    if (!read_number(text, units_of(option->kind), &number) || number < option->min ||
        number > option->max)
        return fl_err_set(err, FL_EINVAL, "'%.*s' is not %s from %" PRId64 " to %" PRId64,
                          QUOTED_MAX_BYTES, text, wanted[option->kind], option->min, option->max);
    *ret_value = (struct fl_option_value){text, number};
    return 0;
}

static int flag_value(const char *text, struct fl_option_value *ret_value, struct fl_err *err)
{
    static const char *const words[] = {"off", "on", "false", "true", "no", "yes", "0", "1"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], text) == 0) {
            *ret_value = (struct fl_option_value){text, i % 2};
            return 0;
        }
    return fl_err_set(err, FL_EINVAL,
                      "'%.*s' is neither on, true, yes or 1 nor off, false, no or 0",
                      QUOTED_MAX_BYTES, text);
}

static int enum_value(const char *const *choices, const char *text,
                      struct fl_option_value *ret_value, struct fl_err *err)
{
    struct fl_suggestion suggestion = {.typed = text};
    struct fl_buf list = {0};
    for (int64_t i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) == 0) {
            fl_buf_destroy(&list);
            *ret_value = (struct fl_option_value){choices[i], i};
            return 0;
        }
        fl_suggest_offer(&suggestion, choices[i]);
        fl_buf_printf(&list, "%s%s", i ? ", " : "", choices[i]);
    }
    if (suggestion.best)
        fl_err_set(err, FL_EINVAL, "'%.*s' is not one of %s; did you mean '%s'?", QUOTED_MAX_BYTES,
                   text, fl_buf_text(&list), suggestion.best);
    else
        fl_err_set(err, FL_EINVAL, "'%.*s' is not one of %s", QUOTED_MAX_BYTES, text,
                   fl_buf_text(&list));
    fl_buf_destroy(&list);
    return -FL_EINVAL;
}

int fl_option_read(const struct fl_option *option, const char *text,
                   struct fl_option_value *ret_value, struct fl_err *err)
{
    switch (option->kind) {
    case FL_OPTION_FLAG: return flag_value(text, ret_value, err);
    case FL_OPTION_INTEGER:
    case FL_OPTION_SIZE:
    case FL_OPTION_DURATION: return number_value(option, text, ret_value, err);
    case FL_OPTION_ENUM: return enum_value(option->choices, text, ret_value, err);
    case FL_OPTION_TEXT:
    case FL_OPTION_PATH: break;
    }
    if (!*text)
        return fl_err_set(err, FL_EINVAL, "it is empty");
    *ret_value = (struct fl_option_value){text, 0};
    return 0;
}

void fl_option_write(const struct fl_option *option, const struct fl_option_value *value,
                     struct fl_buf *out)
{
    switch (option->kind) {
    case FL_OPTION_FLAG: fl_buf_append_str(out, value->number ? "on" : "off"); break;
    case FL_OPTION_INTEGER:
    case FL_OPTION_SIZE:
    case FL_OPTION_DURATION: fl_buf_printf(out, "%" PRId64, value->number); break;
    case FL_OPTION_ENUM: fl_buf_append_str(out, option->choices[value->number]); break;
    case FL_OPTION_TEXT:
    case FL_OPTION_PATH: fl_buf_append_str(out, value->text); break;
    }
}
