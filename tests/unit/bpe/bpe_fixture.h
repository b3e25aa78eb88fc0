/* bpe_fixture.h: the files that the tests of the token counter use.
 *
 * FORELOAD_TABLES is the folder of the table files: tests that need them are skipped without.
 * FORELOAD_TEST_DATA is the folder of this file: tests fail without. */
#ifndef FL_TESTS_BPE_FIXTURE_H
#define FL_TESTS_BPE_FIXTURE_H

#include "base/buf.h"
#include "bpe/bpe.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The path of a file in FORELOAD_TEST_DATA; free() it. */
char *bpe_test_file(const char *name);

/* Opens "o200k_base" or "cl100k_base", or skips the test. */
struct fl_bpe *bpe_open_table(const char *encoding);

/* Opens bpe_tiny.bpe. */
struct fl_bpe *bpe_open_tiny(void);

/* Counts and encodes a copy of the text in memory of exactly its size; they must agree. Gives the
 * count, and the ids if `ret_ids` is not NULL (free() them). */
size_t bpe_tokens(const struct fl_bpe *bpe, const char *text, size_t len, uint32_t **ret_ids);

#endif
