/* store_fixture.c: see store_fixture.h. */
#define _GNU_SOURCE
#include "store_fixture.h"

#include "base/os.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int store_fixture_setup(void **state)
{
    struct store_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    strcpy(fixture->folder, "/tmp/foreload-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    snprintf(fixture->path, sizeof fixture->path, "%s/a b%%?#.db", fixture->folder);
    snprintf(fixture->log, sizeof fixture->log, "%s-wal", fixture->path);
    *state = fixture;
    return 0;
}

static int remove_entry(void *ctx, const char *name)
{
    char path[384];
    snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    return remove(path);
}

int store_fixture_teardown(void **state)
{
    struct store_fixture *fixture = *state;
    chmod(fixture->folder, 0755);
    int rc = fl_os_list_dir(fixture->folder, remove_entry, fixture->folder, NULL);
    rc = rc ? rc : rmdir(fixture->folder);
    free(fixture);
    return rc;
}

/* ---- content ---- */

enum { SAMPLE_TOOLS = 64, SAMPLE_TEXT = 600 };

static void sample_text(char *text, size_t size, const char *name, int edition, uint32_t tool)
{
    int n = snprintf(text, size, "%s %d %u: ", name, edition, (unsigned)tool);
    for (size_t i = (size_t)n; i + 1 < size; i++)
        text[i] = (char)('a' + (i * 7 + tool + (unsigned)edition) % 26);
    text[size - 1] = '\0';
}

int put_sample(struct fl_store *store, const char *name, int edition, uint32_t tool_count,
               struct fl_err *err)
{
    static struct fl_store_tool tools[SAMPLE_TOOLS];
    static char texts[SAMPLE_TOOLS][SAMPLE_TEXT];
    static char names[SAMPLE_TOOLS][32];
    assert_true(tool_count <= SAMPLE_TOOLS);
    for (uint32_t i = 0; i < tool_count; i++) {
        sample_text(texts[i], sizeof texts[i], name, edition, i);
        snprintf(names[i], sizeof names[i], "tool%u", (unsigned)i);
        tools[i] = (struct fl_store_tool){
            .name = names[i],
            .title = i % 2 ? "Título" : NULL,
            .description = texts[i],
            .definition = i % 3 == 2 ? NULL : texts[i],
            .category = "files",
            .keywords = "read\nwrite",
            .depends_on = NULL,
            .parameter_names = "path",
            .parameter_descriptions = "",
            .enum_values = NULL,
            .tier = (int)(i % 3) + 1,
            .flags = -1,
            .tokens = {edition, -1, INT32_MAX, INT32_MIN, 0, (int32_t)i},
        };
    }
    struct fl_store_component component = {
        .name = name,
        .manifest = "{\"kind\":\"static\"}",
        .source = "/etc/tools.json",
        .content_hash = "00112233445566778899aabbccddeeff",
        .listed_at_s = 1700000000 + edition,
        .changed_at_s = INT64_MIN,
        .last_error = NULL,
        .tool_count = tool_count,
    };
    return fl_store_put_component(store, &component, tools, err);
}

static void print_text(struct fl_buf *buf, const char *text)
{
    fl_buf_printf(buf, text ? "[%s]" : "-%s", text ? text : "");
}

void expect_sample(struct fl_buf *buf, const char *name, int edition, uint32_t tool_count)
{
    fl_buf_printf(buf,
                  "[%s][{\"kind\":\"static\"}][/etc/tools.json]"
                  "[00112233445566778899aabbccddeeff] %d -9223372036854775808 - %u\n",
                  name, 1700000000 + edition, (unsigned)tool_count);
    for (uint32_t i = 0; i < tool_count; i++) {
        char text[SAMPLE_TEXT];
        sample_text(text, sizeof text, name, edition, i);
        fl_buf_printf(buf, " [tool%u]%s[%s]", (unsigned)i, i % 2 ? "[Título]" : "-", text);
        print_text(buf, i % 3 == 2 ? NULL : text);
        fl_buf_printf(buf,
                      "[files] %u -1 [read\nwrite]-[path][]- %d,-1,2147483647,-2147483648,0,%u,\n",
                      (unsigned)(i % 3) + 1, edition, (unsigned)i);
    }
}

static int dump_component(void *ctx, const struct fl_store_component *component)
{
    struct fl_buf *buf = ctx;
    print_text(buf, component->name);
    print_text(buf, component->manifest);
    print_text(buf, component->source);
    print_text(buf, component->content_hash);
    fl_buf_printf(buf, " %lld %lld ", (long long)component->listed_at_s,
                  (long long)component->changed_at_s);
    print_text(buf, component->last_error);
    fl_buf_printf(buf, " %u\n", (unsigned)component->tool_count);
    return 0;
}

static int dump_tool(void *ctx, const struct fl_store_tool *tool)
{
    struct fl_buf *buf = ctx;
    fl_buf_append_char(buf, ' ');
    print_text(buf, tool->name);
    print_text(buf, tool->title);
    print_text(buf, tool->description);
    print_text(buf, tool->definition);
    print_text(buf, tool->category);
    fl_buf_printf(buf, " %d %d ", tool->tier, tool->flags);
    print_text(buf, tool->keywords);
    print_text(buf, tool->depends_on);
    print_text(buf, tool->parameter_names);
    print_text(buf, tool->parameter_descriptions);
    print_text(buf, tool->enum_values);
    fl_buf_append_char(buf, ' ');
    for (size_t i = 0; i < sizeof tool->tokens / sizeof *tool->tokens; i++)
        fl_buf_printf(buf, "%d,", (int)tool->tokens[i]);
    fl_buf_append_char(buf, '\n');
    return 0;
}

int dump_store(struct fl_store *store, bool with_definitions, struct fl_buf *buf,
               struct fl_err *err)
{
    struct fl_store_visitor visitor = {dump_component, dump_tool, buf, with_definitions};
    return fl_store_visit(store, &visitor, err);
}

struct fl_store *open_store(const char *path)
{
    struct fl_store *store = NULL;
    struct fl_err err = {0};
    if (fl_store_open(path, false, &store, &err))
        fail_msg("%s", err.message);
    return store;
}

void read_bytes(const char *path, struct fl_buf *buf)
{
    fl_buf_clear(buf);
    assert_int_equal(fl_os_read_file(path, (size_t)64 << 20, buf, NULL), 0);
}

/* In place: the file keeps its owner and mode. */
void write_bytes(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* ---- faults ---- */

static long write_countdown;
static long writes_seen;
static enum write_fault write_fault;

static bool write_fails(void)
{
    writes_seen++;
    if (write_countdown == 0 || --write_countdown != 0)
        return false;
    if (write_fault == WRITE_FAULT_KILL)
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return true;
}

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return write_fails() ? -1 : pwrite(fd, bytes, len, offset);
}

static int faulty_ftruncate(int fd, off_t len)
{
    return write_fails() ? -1 : ftruncate(fd, len);
}

void fault_write_at(long n, enum write_fault fault)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)faulty_pwrite);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)faulty_pwrite);
    vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)faulty_ftruncate);
    write_countdown = n;
    write_fault = fault;
    writes_seen = 0;
}

long fault_writes_seen(void)
{
    return writes_seen;
}

bool dies_at_write(long n, int (*work)(const char *path, struct fl_err *err), const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fault_write_at(n, WRITE_FAULT_KILL);
        _exit(work(path, NULL) ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    else
        assert_int_equal(WTERMSIG(status), SIGKILL);
    return WIFSIGNALED(status);
}

static sqlite3_mem_methods allocator;
static long allocation_countdown;
static bool allocation_failed;

static bool allocation_fails(void)
{
    bool fails = allocation_countdown > 0 && --allocation_countdown == 0;
    allocation_failed = allocation_failed || fails;
    return fails;
}

static void *faulty_malloc(int bytes)
{
    return allocation_fails() ? NULL : allocator.xMalloc(bytes);
}

static void *faulty_realloc(void *ptr, int bytes)
{
    return allocation_fails() ? NULL : allocator.xRealloc(ptr, bytes);
}

void fault_allocations_install(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &allocator);
    sqlite3_mem_methods faulty = allocator;
    faulty.xMalloc = faulty_malloc;
    faulty.xRealloc = faulty_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty))
        abort();
}

void fault_allocation_at(long n)
{
    allocation_countdown = n;
    allocation_failed = false;
}

bool fault_allocation_happened(void)
{
    return allocation_failed;
}
