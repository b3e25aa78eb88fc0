/* net_fixture.c: see net_fixture.h. */
#include "net_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

static int count_fds(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void on_started(void *ctx, uint32_t index)
{
    struct fixture *fixture = ctx;
    (void)index;
    fixture->started++;
}

static void on_listed(void *ctx, uint32_t index, const struct fl_mcp_listing *listing,
                      const struct fl_err *err)
{
    struct fixture *fixture = ctx;
    struct fixture_result *result = &fixture->results[index];
    assert_false(result->reported);
    assert_true(!listing != !err);
    result->reported = true;
    if (err) {
        result->err = *err;
        return;
    }
    result->tools_json = strndup(listing->tools_json.ptr, listing->tools_json.len);
    result->tool_count = listing->tool_count;
    result->stray_lines = listing->stray_lines;
    result->modern = listing->modern;
    result->resident_bytes = listing->resident_bytes;
    snprintf(result->protocol_version, sizeof result->protocol_version, "%s",
             listing->protocol_version);
    snprintf(result->server_name, sizeof result->server_name, "%s", listing->server_name);
    snprintf(result->instructions, sizeof result->instructions, "%s",
             listing->instructions ? listing->instructions : "-");
    assert_true(listing->start_ms <= listing->list_ms);
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    fixture->options = (struct fl_mcp_list_options){
        .launcher = FL_TEST_LAUNCHER,
        .start_timeout_ms = 20000,
        .list_timeout_ms = 20000,
        .probe_timeout_ms = 10000,
        .stop_timeout_ms = 5000,
        .started = on_started,
        .listed = on_listed,
        .ctx = fixture,
    };
    snprintf(fixture->alive_path, sizeof fixture->alive_path, "/tmp/fl-alive-%d", (int)getpid());
    snprintf(fixture->alive_trait, sizeof fixture->alive_trait, "alive=%s", fixture->alive_path);
    unlink(fixture->alive_path);
    if (mkfifo(fixture->alive_path, 0600))
        return -1;
    fixture->alive_fd = open(fixture->alive_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    uv_loop_t loop; /* the first one opens a pipe for signals, which stays for good */
    if (uv_loop_init(&loop) || uv_loop_close(&loop))
        return -1;
    fixture->fds_before = count_fds();
    *state = fixture;
    return fixture->alive_fd < 0 ? -1 : 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    int fds = count_fds();
    bool same = fds == fixture->fds_before;
    if (!same)
        print_error("%d descriptors were open, %d are\n", fixture->fds_before, fds);
    close(fixture->alive_fd);
    unlink(fixture->alive_path);
    for (uint32_t i = 0; i < fixture->count; i++)
        free(fixture->results[i].tools_json);
    free(fixture);
    return same ? 0 : -1;
}

uint32_t fixture_add(struct fixture *fixture, ...)
{
    uint32_t index = fixture->count++;
    assert_true(fixture->count <= FIXTURE_TARGETS_MAX);
    const char **argv = fixture->argv[index];
    size_t n = 0;
    argv[n++] = FL_TEST_SERVER;
    argv[n++] = fixture->alive_trait;
    va_list traits;
    va_start(traits, fixture);
    for (const char *trait; (trait = va_arg(traits, const char *));) {
        assert_true(n < FIXTURE_TRAITS_MAX + 2);
        argv[n++] = trait;
    }
    va_end(traits);
    fixture->targets[index].name = "fake";
    fixture->targets[index].argv = argv;
    return index;
}

uint32_t fixture_add_url(struct fixture *fixture, const char *url)
{
    uint32_t index = fixture->count++;
    assert_true(fixture->count <= FIXTURE_TARGETS_MAX);
    fixture->targets[index].name = "remote";
    fixture->targets[index].url = url;
    return index;
}

/* The FIFO is at its end when no process has it open for writing. */
static bool at_end(int fd)
{
    char text[256];
    ssize_t n;
    while ((n = read(fd, text, sizeof text)) > 0)
        continue;
    return n == 0;
}

void fixture_wait_for_end(struct fixture *fixture)
{
    struct pollfd poll_fd = {.fd = fixture->alive_fd, .events = POLLIN};
    int ready = 1;
    while (!at_end(fixture->alive_fd) && ready > 0)
        ready = poll(&poll_fd, 1, 10000);
    assert_true(at_end(fixture->alive_fd));
}

void fixture_run(struct fixture *fixture, int expected)
{
    struct fl_err err = {0};
    assert_int_equal(fl_mcp_list_all(fixture->targets, fixture->count, &fixture->options, &err),
                     expected);
    assert_true(at_end(fixture->alive_fd));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    for (uint32_t i = 0; i < fixture->count; i++)
        assert_true(fixture->results[i].reported);
}

void assert_listed(const struct fixture *fixture, uint32_t index, uint32_t tool_count)
{
    const struct fixture_result *result = &fixture->results[index];
    assert_string_equal(result->err.message, "");
    assert_int_equal(result->tool_count, tool_count);
    assert_non_null(result->tools_json);
}

void assert_failed(const struct fixture *fixture, uint32_t index, int code, const char *message)
{
    const struct fl_err *err = &fixture->results[index].err;
    assert_string_equal(err->message, message);
    assert_int_equal(err->code, code);
}
