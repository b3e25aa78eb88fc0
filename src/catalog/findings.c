/* findings.c: see findings.h. */
#include "catalog/findings.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SUBJECT_BYTES_MAX = 512, MESSAGE_BYTES_MAX = 8192, FIRST_ITEMS = 16 };

void fl_findings_destroy(struct fl_findings *findings)
{
    if (!findings)
        return;
    free(findings->items);
    fl_arena_destroy(&findings->arena);
    *findings = (struct fl_findings){0};
}

/* Reports quote hostile input and end up in terminals and in JSON. */
static void make_printable(char *text)
{
    size_t len = strlen(text);
    size_t i = 0;
    while (i < len) {
        uint32_t codepoint;
        size_t n = fl_utf8_decode(text + i, len - i, &codepoint);
        bool control = codepoint < 0x20 || (codepoint >= 0x7F && codepoint < 0xA0);
        if (n == 0 || (n == 1 && control))
            text[i] = '?';
        else if (control)
            memset(text + i, '?', n);
        i += n ? n : 1;
    }
}

static const char *copy_printable(struct fl_arena *arena, const char *text, size_t max_bytes)
{
    char *copy = fl_arena_strndup(arena, text, strnlen(text, max_bytes));
    if (copy)
        make_printable(copy);
    return copy;
}

__attribute__((format(printf, 2, 0))) static char *format_message(struct fl_arena *arena,
                                                                  const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return NULL;
    size_t size = (size_t)(len < MESSAGE_BYTES_MAX ? len : MESSAGE_BYTES_MAX) + 1;
    char *message = fl_arena_alloc(arena, size);
    if (!message)
        return NULL;
    vsnprintf(message, size, format, args);
    make_printable(message);
    return message;
}

static bool make_room(struct fl_findings *findings)
{
    if (findings->count < findings->capacity)
        return true;
    uint32_t capacity = findings->capacity ? findings->capacity * 2 : FIRST_ITEMS;
    struct fl_finding *grown = realloc(findings->items, capacity * sizeof *grown);
    if (!grown)
        return false;
    findings->items = grown;
    findings->capacity = capacity;
    return true;
}

/* Most findings in a row are about one file: its path is kept once. */
static const char *copy_path(struct fl_findings *findings, const char *path)
{
    if (findings->count > 0) {
        const char *last = findings->items[findings->count - 1].path;
        if (strcmp(last, path) == 0)
            return last;
    }
    return fl_arena_strdup(&findings->arena, path);
}

__attribute__((format(printf, 3, 0))) static bool keep(struct fl_findings *findings,
                                                       struct fl_finding finding,
                                                       const char *format, va_list args)
{
    if (findings->count >= FL_FINDINGS_MAX || !make_room(findings))
        return false;
    finding.path = copy_path(findings, finding.path);
    finding.subject = copy_printable(&findings->arena, finding.subject, SUBJECT_BYTES_MAX);
    finding.message = format_message(&findings->arena, format, args);
    if (!finding.path || !finding.subject || !finding.message)
        return false;
    findings->items[findings->count++] = finding;
    return true;
}

void fl_findings_add(struct fl_findings *findings, enum fl_severity severity, int code,
                     const char *path, unsigned line, const char *subject, const char *format, ...)
{
    if (!findings)
        return;
    if (severity == FL_SEVERITY_ERROR)
        findings->errors++;
    else if (severity == FL_SEVERITY_WARNING)
        findings->warnings++;
    struct fl_finding finding = {severity, code < 0 ? -code : code, path ? path : "",
                                 line,     subject ? subject : "",  NULL};
    va_list args;
    va_start(args, format);
    if (!keep(findings, finding, format, args))
        findings->dropped++;
    va_end(args);
}

void fl_findings_add_err(struct fl_findings *findings, const char *path, const char *subject,
                         const struct fl_err *err)
{
    fl_findings_add(findings, FL_SEVERITY_ERROR, err->code, path, err->line, subject, "%s",
                    err->message);
}
