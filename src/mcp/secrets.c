/* secrets.c: see secrets.h. */
#include "mcp/secrets.h"

#include <string.h>
#include <strings.h>

enum { LEAST = 4, LEAST_OPAQUE = 16 };

static const char mask[] = "***";

/* The bytes of `text` that are `secret`, or its beginning where the text ends; 0: none. */
static size_t match(const char *text, struct fl_str secret)
{
    size_t n = 0;
    while (n < secret.len && text[n] == secret.ptr[n])
        n++;
    return n == secret.len || (n >= LEAST && !text[n]) ? n : 0;
}

static void hide(char *text, struct fl_str secret)
{
    if (secret.len < LEAST)
        return;
    char *to = text;
    for (const char *from = text; *from;) {
        size_t n = match(from, secret);
        if (n) {
            memcpy(to, mask, sizeof mask - 1); /* shorter than any secret */
            to += sizeof mask - 1;
            from += n;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

static void hide_text(char *text, const char *secret)
{
    hide(text, fl_str_of(secret));
}

static void hide_header(char *text, const char *header)
{
    const char *value = strchr(header, ':');
    if (!value)
        return;
    value += 1 + strspn(value + 1, " ");
    hide_text(text, value);
    const char *blank = strrchr(value, ' '); /* after "Bearer" and its kind */
    if (blank)
        hide_text(text, blank + 1);
}

/* The values of a query and the long segments of a path. */
static void hide_location(char *text, const char *location)
{
    for (const char *at = location; *at;) {
        size_t len = strcspn(at, "/?&=#");
        bool is_value = at > location && at[-1] == '=';
        if (is_value || len >= LEAST_OPAQUE)
            hide(text, (struct fl_str){at, len});
        at += len + (at[len] != '\0');
    }
}

static void hide_url(char *text, const char *url)
{
    hide_text(text, url);
    const char *host = strstr(url, "://");
    if (!host)
        return;
    host += 3;
    size_t host_len = strcspn(host, "/?#");
    const char *at = memchr(host, '@', host_len);
    if (at) {
        hide(text, (struct fl_str){host, (size_t)(at - host)});
        const char *colon = memchr(host, ':', (size_t)(at - host));
        if (colon)
            hide(text, (struct fl_str){colon + 1, (size_t)(at - colon - 1)});
    }
    hide_location(text, host + host_len);
}

static bool is_confidential_name(const char *name, size_t len)
{
    static const char *const parts[] = {"auth", "cred", "key", "pass", "pwd", "secret", "token"};
    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            size_t n = strlen(parts[i]);
            if (n <= len - at && strncasecmp(name + at, parts[i], n) == 0)
                return true;
        }
    return false;
}

/* Long, of letters and digits, in one piece, and no path: it means nothing to who reads it. */
static bool is_opaque(const char *value)
{
    size_t len = strlen(value);
    return len >= LEAST_OPAQUE && len == strcspn(value, " \t\n") && value[0] != '/' &&
           value[0] != '.' && value[0] != '@' && value[strcspn(value, "0123456789")] != '\0' &&
           !strstr(value, "/node_modules/");
}

static void hide_argument(char *text, const char *argument, const char *before)
{
    const char *equals = argument + strcspn(argument, "=:"); /* not that of a URL's query */
    if (*equals != '=')
        equals = NULL;
    const char *value = equals ? equals + 1 : argument;
    bool told = equals ? is_confidential_name(argument, (size_t)(equals - argument))
                       : argument[0] != '-' && before[0] == '-' && !strchr(before, '=') &&
                             is_confidential_name(before, strlen(before));
    if (strstr(value, "://"))
        hide_url(text, value);
    else if (told || is_opaque(value))
        hide_text(text, value);
}

void fl_secrets_hide(const struct fl_mcp_target *target, char *text)
{
    for (size_t i = 0; target->env && target->env[i]; i++) {
        const char *equals = strchr(target->env[i], '=');
        if (equals)
            hide_text(text, equals + 1);
    }
    for (size_t i = 0; target->headers && target->headers[i]; i++)
        hide_header(text, target->headers[i]);
    if (target->url)
        hide_url(text, target->url);
    for (size_t i = 1; target->argv && target->argv[0] && target->argv[i]; i++)
        hide_argument(text, target->argv[i], target->argv[i - 1]);
}
