/* store_fixture.h: a folder of its own for each test, sample content, and faults below SQLite. */
#ifndef FL_TESTS_STORE_FIXTURE_H
#define FL_TESTS_STORE_FIXTURE_H

#include "store/store.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h> /* cmocka wants these four before it */

#include <cmocka.h>

struct store_fixture {
    char folder[64];
    char path[96]; /* of the database; not there yet */
    char log[104]; /* its write-ahead log */
};

/* cmocka's set-up and tear-down: *state is a struct store_fixture. */
int store_fixture_setup(void **state);
int store_fixture_teardown(void **state);

/* A component of `tool_count` tools whose texts follow from `name` and `edition`. */
int put_sample(struct fl_store *store, const char *name, int edition, uint32_t tool_count,
               struct fl_err *err);

/* What put_sample writes, as dump_store prints it. */
void expect_sample(struct fl_buf *buf, const char *name, int edition, uint32_t tool_count);

/* Everything that a visit sees, as text. */
int dump_store(struct fl_store *store, bool with_definitions, struct fl_buf *buf,
               struct fl_err *err);

struct fl_store *open_store(const char *path);
void read_bytes(const char *path, struct fl_buf *buf);
void write_bytes(const char *path, const void *bytes, size_t len);

/* The n-th write (from 1) of SQLite to a file fails as on a full disk, or kills the process before
 * it happens; 0: none. */
enum write_fault { WRITE_FAULT_FULL, WRITE_FAULT_KILL };
void fault_write_at(long n, enum write_fault fault);
long fault_writes_seen(void); /* since fault_write_at */

/* Runs `work` in a child that dies before its n-th write; false once it lives to its end. */
bool dies_at_write(long n, int (*work)(const char *path, struct fl_err *err), const char *path);

/* The n-th allocation of SQLite (from 1) fails; 0: none. fault_allocations_install comes before
 * SQLite's first use. */
void fault_allocations_install(void);
void fault_allocation_at(long n);
bool fault_allocation_happened(void);

#endif
