/* test_os.c: files and folders: limits, whole writes, order, and what fails. */
#include "base/clock.h"
#include "base/os.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
    char path[64];
    char file[128]; /* the last that in_folder named */
};

static int setup(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    assert_non_null(folder);
    strcpy(folder->path, "/tmp/foreload-os-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    *state = folder;
    return 0;
}

static int remove_entry(void *ctx, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (fl_os_is_dir(path))
        fl_os_list_dir(path, remove_entry, path, NULL);
    return remove(path);
}

static int teardown(void **state)
{
    struct folder *folder = *state;
    int rc = fl_os_list_dir(folder->path, remove_entry, folder->path, NULL);
    rc = rc ? rc : rmdir(folder->path);
    free(folder);
    return rc;
}

static const char *in_folder(struct folder *folder, const char *name)
{
    snprintf(folder->file, sizeof folder->file, "%s/%s", folder->path, name);
    return folder->file;
}

static int count_entry(void *ctx, const char *name)
{
    (void)name;
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned entries(const struct folder *folder)
{
    unsigned count = 0;
    assert_int_equal(fl_os_list_dir(folder->path, count_entry, &count, NULL), 0);
    return count;
}

static void assert_content(const char *path, const void *expected, size_t len)
{
    struct fl_buf buf = {0};
    assert_int_equal(fl_os_read_file(path, len, &buf, NULL), 0);
    assert_int_equal(buf.len, len);
    if (len)
        assert_memory_equal(buf.ptr, expected, len);
    assert_int_equal(buf.ptr[len], '\0');
    fl_buf_destroy(&buf);
}

static void what_is_written_is_read(void **state)
{
    static const size_t sizes[] = {0, 1, 4095, 4096, 65535, 65536, 65537, 200000};
    static char bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31);
    const char *path = in_folder(*state, "file");
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(fl_os_write_file(path, bytes, sizes[i], NULL), 0);
        assert_content(path, bytes, sizes[i]);
        struct fl_os_map map = {0};
        assert_int_equal(fl_os_map_file(path, &map, NULL), 0);
        assert_non_null(map.ptr);
        assert_int_equal(map.len, sizes[i]);
        if (map.len)
            assert_memory_equal(map.ptr, bytes, map.len);
        fl_os_unmap(&map);
        assert_null(map.ptr);
        fl_os_unmap(&map);
    }
    fl_os_unmap(NULL);
    assert_int_equal(entries(*state), 1);
}

static void reading_appends(void **state)
{
    const char *path = in_folder(*state, "file");
    assert_int_equal(fl_os_write_file(path, "tail", 4, NULL), 0);
    struct fl_buf buf = {0};
    fl_buf_append_str(&buf, "a head longer than the limit, then ");
    assert_int_equal(fl_os_read_file(path, 4, &buf, NULL), 0);
    assert_string_equal(fl_buf_text(&buf), "a head longer than the limit, then tail");
    fl_buf_destroy(&buf);
}

static void longer_files_are_refused(void **state)
{
    const char *path = in_folder(*state, "file");
    assert_int_equal(fl_os_write_file(path, "12345678", 8, NULL), 0);
    for (size_t max = 0; max < 12; max++) {
        struct fl_buf buf = {0};
        struct fl_err err = {0};
        int rc = fl_os_read_file(path, max, &buf, &err);
        assert_int_equal(rc, max < 8 ? -FL_ELIMIT : 0);
        assert_int_equal(err.code, -rc);
        fl_buf_destroy(&buf);
    }
    struct fl_buf buf = {0};
    struct fl_err err = {0};
    assert_int_equal(fl_os_read_file("/dev/zero", 1 << 20, &buf, &err), -FL_ELIMIT);
    assert_non_null(strstr(err.message, "/dev/zero"));
    fl_buf_destroy(&buf);
}

static void pipes_are_read_to_their_end(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "one", 3), 3);
    assert_int_equal(write(ends[1], " two", 4), 4);
    close(ends[1]);
    struct fl_buf buf = {0};
    assert_int_equal(fl_os_read_fd(ends[0], "pipe", 7, &buf, NULL), 0);
    assert_string_equal(fl_buf_text(&buf), "one two");
    fl_buf_destroy(&buf);
    close(ends[0]);
    struct fl_err err = {0};
    assert_int_equal(fl_os_read_fd(-1, "no file", 7, &buf, &err), -FL_EIO);
    assert_string_equal(fl_buf_text(&buf), ""); /* what failed left nothing behind */
    assert_non_null(strstr(err.message, "no file"));
    fl_buf_destroy(&buf);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct folder *folder = *state;
    struct fl_err err = {0};
    struct fl_buf buf = {0};
    struct fl_os_map map = {"untouched", 3};
    const char *path = in_folder(folder, "none");
    assert_int_equal(fl_os_read_file(path, 10, &buf, &err), -FL_ENOENT);
    assert_non_null(strstr(err.message, path));
    assert_int_equal(fl_os_map_file(path, &map, &err), -FL_ENOENT);
    assert_int_equal(map.len, 3);
    assert_int_equal(fl_os_list_dir(path, count_entry, NULL, &err), -FL_ENOENT);
    assert_false(fl_os_exists(path));
    assert_false(fl_os_is_dir(path));
    assert_int_equal(fl_os_write_file(in_folder(folder, "none/file"), "x", 1, &err), -FL_ENOENT);
    assert_int_equal(fl_os_make_dirs("", &err), -FL_ENOENT);
    assert_int_equal(fl_os_read_file(folder->path, 10, &buf, &err), -FL_EIO); /* a folder */
    assert_int_equal(fl_os_map_file(folder->path, &map, &err), -FL_EIO);
    fl_buf_destroy(&buf);
    assert_int_equal(entries(folder), 0);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
    struct folder *folder = *state;
    const char *path = in_folder(folder, "file");
    assert_int_equal(fl_os_write_file(path, "old", 3, NULL), 0);
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_IGN);
    static const char large[1 << 16];
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, before.rlim_max});
    struct fl_err err = {0};
    int rc = fl_os_write_file(path, large, sizeof large, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(rc, -FL_EIO);
    assert_content(path, "old", 3);
    assert_int_equal(entries(folder), 1); /* nothing half-written beside it */

    assert_int_equal(mkdir(in_folder(folder, "sub"), 0700), 0);
    assert_int_equal(fl_os_write_file(folder->file, "x", 1, &err), -FL_EIO);
    assert_int_equal(entries(folder), 2);
}

enum { SWAPS = 100, SWAP_BYTES = 100000 };

struct swapping {
    const char *path;
    atomic_bool done;
    unsigned reads, torn;
};

static void *read_meanwhile(void *ctx)
{
    struct swapping *swapping = ctx;
    struct fl_buf buf = {0};
    do {
        fl_buf_clear(&buf);
        int rc = fl_os_read_file(swapping->path, SWAP_BYTES, &buf, NULL);
        swapping->torn += rc || buf.len != SWAP_BYTES;
        for (size_t i = 1; i < buf.len; i++)
            if (buf.ptr[i] != buf.ptr[0]) {
                swapping->torn++;
                break;
            }
        swapping->reads++;
    } while (!atomic_load(&swapping->done));
    fl_buf_destroy(&buf);
    return NULL;
}

static void a_reader_sees_the_old_or_the_new(void **state)
{
    static char bytes[SWAP_BYTES];
    struct swapping swapping = {.path = in_folder(*state, "file")};
    memset(bytes, 'a', sizeof bytes);
    assert_int_equal(fl_os_write_file(swapping.path, bytes, sizeof bytes, NULL), 0);
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, read_meanwhile, &swapping), 0);
    int failed = 0;
    for (int i = 0; i < SWAPS; i++) {
        memset(bytes, 'a' + i % 2, sizeof bytes);
        failed |= fl_os_write_file(swapping.path, bytes, sizeof bytes, NULL);
    }
    atomic_store(&swapping.done, true);
    pthread_join(reader, NULL);
    assert_int_equal(failed, 0);
    assert_int_equal(swapping.torn, 0);
    assert_true(swapping.reads > 0);
}

static void folders_are_made_with_their_parents(void **state)
{
    struct folder *folder = *state;
    char path[256];
    struct fl_err err = {0};
    snprintf(path, sizeof path, "%s/a//b/c/", folder->path);
    assert_int_equal(fl_os_make_dirs(path, &err), 0);
    assert_true(fl_os_is_dir(path));
    assert_int_equal(fl_os_make_dirs(path, &err), 0);
    struct stat st;
    assert_int_equal(stat(in_folder(folder, "a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(fl_os_make_dirs("/", &err), 0);

    assert_int_equal(fl_os_write_file(in_folder(folder, "file"), "", 0, NULL), 0);
    assert_true(fl_os_exists(folder->file));
    assert_false(fl_os_is_dir(folder->file));
    assert_int_equal(fl_os_make_dirs(folder->file, &err), -FL_EIO);
    assert_int_equal(fl_os_make_dirs(in_folder(folder, "file/b"), &err), -FL_EIO);

    static char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    assert_int_equal(fl_os_make_dirs(longest, &err), -FL_ELIMIT);
    assert_int_equal(fl_os_write_file(longest, "", 0, &err), -FL_ELIMIT);
}

static int append_name(void *ctx, const char *name)
{
    fl_buf_printf(ctx, "%s ", name);
    return strcmp(name, "stop") == 0 ? 42 : 0;
}

static void listing_goes_in_the_order_of_strcmp(void **state)
{
    struct folder *folder = *state;
    static const char *const names[] = {"b", "é", "B", ".hidden", "a10", "a9", "_"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(fl_os_write_file(in_folder(folder, names[i]), "", 0, NULL), 0);
    struct fl_buf seen = {0};
    assert_int_equal(fl_os_list_dir(folder->path, append_name, &seen, NULL), 0);
    assert_string_equal(fl_buf_text(&seen), ".hidden B _ a10 a9 b é ");
    assert_int_equal(fl_os_write_file(in_folder(folder, "stop"), "", 0, NULL), 0);
    fl_buf_clear(&seen);
    assert_int_equal(fl_os_list_dir(folder->path, append_name, &seen, NULL), 42);
    assert_string_equal(fl_buf_text(&seen), ".hidden B _ a10 a9 b stop ");
    fl_buf_destroy(&seen);
}

static void the_system_tells_of_itself(void **state)
{
    (void)state;
    assert_true(fl_os_resident_bytes() > 100 << 10);
    struct fl_clock clock = fl_clock_system();
    fl_time before = fl_clock_now(&clock);
    assert_true(fl_clock_now(&clock) >= before);
    assert_true(fl_clock_wall_s(&clock) > 1700000000); /* after 2023 */
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_written_is_read),
        IN_FOLDER(reading_appends),
        IN_FOLDER(longer_files_are_refused),
        cmocka_unit_test(pipes_are_read_to_their_end),
        IN_FOLDER(what_is_not_there_is_not_found),
        IN_FOLDER(a_failed_write_leaves_the_old_file),
        IN_FOLDER(a_reader_sees_the_old_or_the_new),
        IN_FOLDER(folders_are_made_with_their_parents),
        IN_FOLDER(listing_goes_in_the_order_of_strcmp),
        cmocka_unit_test(the_system_tells_of_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
