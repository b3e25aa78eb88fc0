/* config_entry.h: one server of a client configuration, as its client would start it. */
#ifndef FL_FORMS_CONFIG_ENTRY_H
#define FL_FORMS_CONFIG_ENTRY_H

#include "forms/source.h"

enum { FL_CONFIG_MAX_VALUE_BYTES = 128 << 10 }; /* Linux takes no longer argument */

/* What an entry means depends on the file around it. */
struct fl_config_context {
    const struct fl_source *source;
    const json_t *inputs;    /* VS Code's list of what `${input:id}` asks for, or NULL */
    const char *default_cwd; /* where an entry names none, or NULL */
    bool url_means_sse;      /* Gemini: "url" is the old transport, "httpUrl" the new one */
};

/* Reads command, arguments, environment, URL, headers and transport, placeholders expanded, into
 * `arena`. Messages name keys and placeholders, never a value: it may be a secret. -FL_EINVAL,
 * -FL_ENOTSUP (a transport of another kind), -FL_ELIMIT, -FL_ENOMEM. */
int fl_config_entry_read(const struct fl_config_context *context, const char *name,
                         const json_t *entry, struct fl_arena *arena, struct fl_launch *ret_launch,
                         struct fl_err *err);

/* True if the command is `program`, or hands over to it as `env`, `npx`, `sh -c` and their like
 * do. */
bool fl_config_launch_is(const struct fl_launch *launch, const char *program);

/* `text` with `${VAR}`, `${VAR:-default}`, `${env:VAR}`, `{env:VAR}` and `${input:id}` replaced;
 * what is not known stays and is reported under `name`. `ret_text` lies in `arena`. */
int fl_config_expand(const struct fl_config_context *context, const char *name, const char *text,
                     struct fl_arena *arena, const char **ret_text, struct fl_err *err);

#endif
