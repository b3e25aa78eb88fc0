/* tool_form.h: a tool's definition as clients send it to a model. */
#ifndef FL_SNAPSHOT_TOOL_FORM_H
#define FL_SNAPSHOT_TOOL_FORM_H

#include "base/buf.h"
#include "base/err.h"
#include "foreload/foreload.h"

/* Appends the definition (the compact JSON of a tools/list entry) in the form. In the Anthropic and
 * OpenAI forms the name is "component__tool" in [A-Za-z0-9_-], at most 64 characters: others become
 * '_'. A name that was changed or cut, or that another component's tool could have too, ends in 8
 * hex digits of its hash, so that names stay unique. A description that is no text is empty there,
 * and a schema that is no object takes none. -FL_EPARSE without a name, -FL_ENOMEM. */
int fl_tool_form_append(struct fl_buf *buf, enum fl_tool_form form, const char *component,
                        struct fl_str definition, struct fl_err *err);

#endif
