/* catalog_fixture.h: what the catalogue's tests share. */
#ifndef FL_TESTS_CATALOG_FIXTURE_H
#define FL_TESTS_CATALOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "forms/read.h"

/* A catalogue that is being read, and what was found on the way. */
struct fixture {
    struct fl_catalog catalog;
    struct fl_findings findings;
    struct fl_read_options options;
    struct fl_err err;
    enum fl_source_form form;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* An environment of a few variables, "foreload" as the program's own name. */
struct fl_read_options fixture_options(void);

/* Reads text under a name, or a file of tests/unit/inputs/catalog; returns what the reader does. */
int fixture_read(struct fixture *fixture, const char *path, const char *text);
int fixture_read_bytes(struct fixture *fixture, const char *path, const char *text, size_t len);
int fixture_read_input(struct fixture *fixture, const char *name);
void fixture_input_path(const char *name, char path[512]);

void fixture_finish(struct fixture *fixture);

/* The tool or component of that name; the test fails if there is none. */
const struct fl_tool *fixture_tool(const struct fixture *fixture, const char *name);
const struct fl_component *fixture_component(const struct fixture *fixture, const char *name);

/* The first finding whose message contains `text`, or NULL. */
const struct fl_finding *fixture_finding(const struct fixture *fixture, const char *text);

/* All components, one a line: "name transport target args… {env…} <headers…> @cwd disabled". */
void fixture_describe(const struct fixture *fixture, struct fl_buf *buf);

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

#endif
