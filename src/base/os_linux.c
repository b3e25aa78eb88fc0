/* os_linux.c: os.h and the clock for Linux. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 64 << 10, PATH_BYTES = 4096 };

static fl_time system_now(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (fl_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t system_wall_s(void *ctx)
{
    (void)ctx;
    return (int64_t)time(NULL);
}

struct fl_clock fl_clock_system(void)
{
    return (struct fl_clock){system_now, system_wall_s, NULL};
}

static int fail(struct fl_err *err, const char *action, const char *path)
{
    int code = errno == ENOENT ? FL_ENOENT : errno == ENOMEM ? FL_ENOMEM : FL_EIO;
    return fl_err_set(err, code, "cannot %s '%s': %s", action, path, strerror(errno));
}

int fl_os_read_fd(int fd, const char *name, size_t max_bytes, struct fl_buf *buf,
                  struct fl_err *err)
{
    size_t before = buf->len;
    for (;;) {
        if (!fl_buf_reserve(buf, READ_STEP_BYTES))
            return fl_err_nomem(err);
        ssize_t n = read(fd, buf->ptr + buf->len, READ_STEP_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(err, "read", name);
        buf->len += (size_t)n;
        buf->ptr[buf->len] = '\0';
        if (buf->len - before > max_bytes)
            return fl_err_set(err, FL_ELIMIT, "'%s' is longer than %zu bytes", name, max_bytes);
        if (n == 0)
            return 0;
    }
}

int fl_os_read_file(const char *path, size_t max_bytes, struct fl_buf *buf, struct fl_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail(err, "open", path);
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max_bytes)
        fl_buf_reserve(buf, (size_t)st.st_size + READ_STEP_BYTES);
    int rc = fl_os_read_fd(fd, path, max_bytes, buf, err);
    close(fd);
    return rc;
}

int fl_os_map_file(const char *path, struct fl_os_map *ret_map, struct fl_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, "open", path);
    int rc = 0;
    struct stat st;
    if (fstat(fd, &st)) {
        rc = fail(err, "read", path);
    } else if (!S_ISREG(st.st_mode)) {
        rc = fl_err_set(err, FL_EIO, "cannot map '%s': not a regular file", path);
    } else if (st.st_size == 0) {
        *ret_map = (struct fl_os_map){"", 0};
    } else {
        void *ptr = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (ptr == MAP_FAILED)
            rc = fail(err, "map", path);
        else
            *ret_map = (struct fl_os_map){ptr, (size_t)st.st_size};
        /* cppcheck-suppress memleak ; what MAP_FAILED stands for needs no unmapping */
    }
    close(fd);
    return rc;
}

void fl_os_unmap(struct fl_os_map *map)
{
    if (!map || !map->ptr)
        return;
    if (map->len)
        munmap((void *)map->ptr, map->len);
    *map = (struct fl_os_map){0};
}

/* Maps more than is wanted and cuts off what lies before and behind. */
void *fl_os_map_memory(size_t bytes, size_t alignment)
{
    if (bytes > SIZE_MAX - alignment)
        return NULL;
    size_t most = bytes + alignment;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    // cppcheck-suppress invalidFunctionArg; -1 goes with MAP_ANONYMOUS
    char *start = mmap(NULL, most, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (start == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)start & (alignment - 1));
    if (before)
        munmap(start, before);
    munmap(start + before + bytes, most - before - bytes);
    // cppcheck-suppress deallocret; what lies before and behind it is given back
    return start + before;
}

void fl_os_unmap_memory(void *memory, size_t bytes)
{
    munmap(memory, bytes);
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

int fl_os_write_file(const char *path, const void *bytes, size_t len, struct fl_err *err)
{
    char beside[PATH_BYTES];
    if (snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= (int)sizeof beside)
        return fl_err_set(err, FL_ELIMIT, "path too long: '%s'", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return fail(err, "write beside", path);
    int rc = 0;
    if (write_all(fd, bytes, len) || fsync(fd))
        rc = fail(err, "write", beside);
    if (close(fd) && !rc)
        rc = fail(err, "write", beside);
    if (!rc && rename(beside, path))
        rc = fail(err, "rename to", path);
    if (rc)
        unlink(beside);
    return rc;
}

int fl_os_make_dirs(const char *path, struct fl_err *err)
{
    char part[PATH_BYTES];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return fl_err_set(err, FL_ELIMIT, "path too long: '%s'", path);
    for (char *slash = *part ? strchr(part + 1, '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) && errno != EEXIST)
            return fail(err, "make directory", part);
        *slash = '/';
    }
    if (mkdir(part, 0700) && errno != EEXIST)
        return fail(err, "make directory", part);
    return fl_os_is_dir(part) ? 0 : fl_err_set(err, FL_EIO, "'%s' is not a directory", part);
}

char *fl_os_absolute_path(const char *path)
{
    return realpath(path, NULL);
}

bool fl_os_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool fl_os_is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode);
}

bool fl_os_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int fl_os_list_dir(const char *path, int (*visit)(void *ctx, const char *name), void *ctx,
                   struct fl_err *err)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, by_bytes);
    if (count < 0)
        return fail(err, "list", path);
    int rc = 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (!rc && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            rc = visit(ctx, name);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

/* A lock of the open file (flock), not of the process: two holders in one process exclude each
 * other too. */
int fl_os_lock(const char *path, struct fl_os_lock *ret_lock, struct fl_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, "open", path);
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno == EINTR)
            continue;
        int rc = errno == EWOULDBLOCK ? fl_err_set(err, FL_EBUSY, "'%s' is held by another", path)
                                      : fail(err, "lock", path);
        close(fd);
        return rc;
    }
    ret_lock->fd = fd;
    return 0;
}

void fl_os_unlock(struct fl_os_lock *lock)
{
    close(lock->fd);
    lock->fd = -1;
}

int fl_os_remove_file(const char *path, struct fl_err *err)
{
    return unlink(path) && errno != ENOENT ? fail(err, "remove", path) : 0;
}

void fl_os_lower_thread_priority(void)
{
    enum { LOWEST = 19 };
    /* On Linux, priorities are those of threads, and 0 means the calling one. */
    (void)setpriority(PRIO_PROCESS, 0, LOWEST);
}

size_t fl_os_resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f)
        return 0;
    char line[128]; /* "total resident shared ...", in pages */
    const char *resident = fgets(line, sizeof line, f) ? strchr(line, ' ') : NULL;
    fclose(f);
    return resident ? strtoul(resident, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}
