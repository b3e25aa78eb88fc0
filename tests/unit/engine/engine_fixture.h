/* engine_fixture.h: an engine on catalogues that a test writes, and what must hold of every answer.
 */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "base/buf.h"
#include "foreload/foreload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    char folder[64];           /* of its own, removed at the end */
    char home[80];             /* in it; not made yet */
    char path[160];            /* of the file that was written last */
    struct fl_options options; /* for the next engine */
    struct fl_engine *engine;  /* or NULL */
    struct fl_report *report;  /* of the last call that gave one */
    struct fl_err err;
    struct fl_buf messages; /* what the engine told, one a line */
};

/* cmocka's set-up and tear-down: *state is a struct fixture without an engine. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Makes an engine (again) with the fixture's options. */
void fixture_start(struct fixture *fixture);

/* Writes a file in the fixture's folder and returns its path, valid until the next one. */
const char *fixture_write(struct fixture *fixture, const char *name, const char *text);

/* Starts an engine if there is none and loads the text as a catalogue file; it must work. */
void fixture_load(struct fixture *fixture, const char *name, const char *text);

/* The report of a call: frees the one before. */
struct fl_report **fixture_report(struct fixture *fixture);
bool report_has(const struct fl_report *report, const char *part);
void assert_reported(const struct fl_report *report, const char *part);

/* A selection that must work; it is checked by check_selection. */
struct fl_selection *select_text(struct fixture *fixture, const char *text);
struct fl_selection *select_with(struct fixture *fixture, const struct fl_request *request);

/* The choice of that name or NULL. */
const struct fl_choice *choice_of(const struct fl_selection *selection, const char *name);
void assert_chosen(const struct fl_selection *selection, const char *name, enum fl_reason reason);
void assert_not_chosen(const struct fl_selection *selection, const char *name);

/* Everything of a selection but its times, as text. */
void describe_selection(const struct fl_selection *selection, struct fl_buf *buf);

/* What holds of every selection: no tool twice, costs and indices are those of the snapshot, sums
 * agree, probabilities are between 0 and 1, matches stand best first, dependencies behind the first
 * that needs them and none is missing, what is always there last, and the budget is kept. */
void check_selection(const struct fl_selection *selection, const struct fl_request *request);

/* A generator with a seed (splitmix64). */
struct generator {
    uint64_t state;
};
uint32_t draw(struct generator *generator, uint32_t below);

#endif
