/* selection_out.h: a selection as people read it, and as JSON. */
#ifndef FL_CLI_SELECTION_OUT_H
#define FL_CLI_SELECTION_OUT_H

#include "cli/output.h"
#include "foreload/foreload.h"

struct fl_shown_selection {
    const struct fl_selection *selection;
    const struct fl_request *request; /* that it answers */
    bool schemas;                     /* with the definitions of the tools */
};

/* Both append to the output. -FL_ENOMEM or what a definition failed with; the output is then to be
 * thrown away. */
int fl_selection_append_text(const struct fl_shown_selection *shown, struct fl_cli_output *out,
                             struct fl_err *err);
int fl_selection_append_json(const struct fl_shown_selection *shown, struct fl_cli_output *out,
                             struct fl_err *err);

#endif
