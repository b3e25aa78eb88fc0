/* tool_form.h: a tool's definition as clients send it to a model. */
#ifndef FL_ENGINE_TOOL_FORM_H
#define FL_ENGINE_TOOL_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "foreload/foreload.h"

/* Appends the definition (the JSON of a tools/list entry) in the form. In the Anthropic and OpenAI
 * forms the name is "component__tool" in [A-Za-z0-9_-], at most 64 characters: others become '_',
 * longer ones end in 8 hex digits of their hash, so that names stay unique. -FL_EPARSE when
 * `definition` is no JSON object, -FL_ENOMEM. */
int fl_tool_form_append(struct fl_buf *buf, enum fl_tool_form form, const char *component,
                        struct fl_str definition, struct fl_err *err);

#endif
