/* names.c: the words of the host API's enumerations. */
#include "foreload/foreload.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const char *const strategies[] = {"conservative", "balanced", "aggressive"};
static const char *const encodings[] = {"o200k_base", "cl100k_base"};
static const char *const forms[] = {"mcp", "anthropic", "openai"};
static const char *const reasons[] = {"match", "rule", "dependency", "core", "fallback", "learned"};

static const char *name_of(const char *const *names, size_t count, int value)
{
    return value >= 0 && (size_t)value < count ? names[value] : NULL;
}

/* The index of the name, or -FL_EINVAL. */
static int parse(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -FL_EINVAL;
}

const char *fl_version(void)
{
    return FL_VERSION;
}

const char *fl_strategy_name(enum fl_strategy strategy)
{
    return name_of(strategies, COUNT_OF(strategies), (int)strategy);
}

const char *fl_encoding_name(enum fl_encoding encoding)
{
    return name_of(encodings, COUNT_OF(encodings), (int)encoding);
}

const char *fl_tool_form_name(enum fl_tool_form form)
{
    return name_of(forms, COUNT_OF(forms), (int)form);
}

const char *fl_reason_name(enum fl_reason reason)
{
    return name_of(reasons, COUNT_OF(reasons), (int)reason);
}

int fl_strategy_parse(const char *name, enum fl_strategy *ret_strategy)
{
    int value = parse(strategies, COUNT_OF(strategies), name);
    if (value < 0)
        return value;
    *ret_strategy = (enum fl_strategy)value;
    return 0;
}

int fl_encoding_parse(const char *name, enum fl_encoding *ret_encoding)
{
    int value = parse(encodings, COUNT_OF(encodings), name);
    if (value < 0)
        return value;
    *ret_encoding = (enum fl_encoding)value;
    return 0;
}

int fl_tool_form_parse(const char *name, enum fl_tool_form *ret_form)
{
    int value = parse(forms, COUNT_OF(forms), name);
    if (value < 0)
        return value;
    *ret_form = (enum fl_tool_form)value;
    return 0;
}
