/* net_fixture.h: runs the lister on fake servers and looks that nothing is left of them. */
#ifndef NET_FIXTURE_H
#define NET_FIXTURE_H

#include "mcp/mcp_lister.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FIXTURE_TARGETS_MAX = 12, FIXTURE_TRAITS_MAX = 8 };

struct fixture_result {
    bool reported;
    struct fl_err err; /* code 0: listed */
    char *tools_json;
    uint32_t tool_count, stray_lines;
    bool modern;
    char protocol_version[32], server_name[32], instructions[32];
    uint64_t resident_bytes;
};

struct fixture {
    struct fl_mcp_list_options options; /* set before the run: small or large times, and so on */
    struct fl_mcp_target targets[FIXTURE_TARGETS_MAX];
    const char *argv[FIXTURE_TARGETS_MAX][FIXTURE_TRAITS_MAX + 3];
    struct fixture_result results[FIXTURE_TARGETS_MAX];
    uint32_t count;
    uint32_t started, running, running_max;
    char alive_path[64];
    char alive_trait[80];
    int alive_fd;
    int alive_lines; /* read so far by a test that counts them */
    int fds_before;
};

int fixture_setup(void **state);    /* *state: struct fixture */
int fixture_teardown(void **state); /* asserts that no descriptor is open that was not before */

/* Adds a fake server with these traits (up to a NULL); its number is returned. */
uint32_t fixture_add(struct fixture *fixture, ...) __attribute__((sentinel));
uint32_t fixture_add_url(struct fixture *fixture, const char *url);

/* Lists all; asserts the result code, that each target was reported once, and that no process of
 * theirs is left when the call returns. */
void fixture_run(struct fixture *fixture, int expected);

void assert_listed(const struct fixture *fixture, uint32_t index, uint32_t tool_count);
void assert_failed(const struct fixture *fixture, uint32_t index, int code, const char *message);

/* Waits until all that hold the FIFO have gone; fails after ten seconds. */
void fixture_wait_for_end(struct fixture *fixture);

#endif
