/* option_fixture.h: the tables of a toy program, with one of everything that tables can say. */
#ifndef FL_TESTS_OPTION_FIXTURE_H
#define FL_TESTS_OPTION_FIXTURE_H

#include "options/option.h"

/*  toy [-q] [--[no-]color] [--help]
 *      bake (alias cook) [-t MINUTES] [--size BYTES] [--wait TIME] [--shape NAME] [-a NAME]…
 *                        [--hot | --cold] [--secret] THING…
 *      shop sell NAME MONEY, shop buy [low|high]
 *      ghost (hidden) */
extern const struct fl_command toy;

#endif
