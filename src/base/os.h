/* os.h: the operating system, all of it that the lower layers need, behind one header.
 *
 * os_linux.c implements it. Paths are NUL-terminated bytes. */
#ifndef FL_BASE_OS_H
#define FL_BASE_OS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* A file mapped read-only. */
struct fl_os_map {
    const void *ptr;
    size_t len;
};

/* Appends the whole file (or pipe) to `buf`; -FL_ENOENT, -FL_ELIMIT when it is longer than
 * `max_bytes`, -FL_EIO, -FL_ENOMEM. "-" is not special. */
int fl_os_read_file(const char *path, size_t max_bytes, struct fl_buf *buf, struct fl_err *err);

/* The same from an open descriptor, until its end; `name` is for messages. */
int fl_os_read_fd(int fd, const char *name, size_t max_bytes, struct fl_buf *buf,
                  struct fl_err *err);

/* Maps a regular file; an empty one gives len 0 and a valid pointer. */
int fl_os_map_file(const char *path, struct fl_os_map *ret_map, struct fl_err *err);
void fl_os_unmap(struct fl_os_map *map);

/* Memory from the system, zeroed, at a multiple of `alignment` (a power of two, at least a page);
 * it is resident only where it is written. NULL when there is none. */
void *fl_os_map_memory(size_t bytes, size_t alignment);
void fl_os_unmap_memory(void *memory, size_t bytes);

/* Writes beside, syncs, renames: the file has its old or its new content, whatever happens. */
int fl_os_write_file(const char *path, const void *bytes, size_t len, struct fl_err *err);

/* Makes the directory and its parents (mode 0700); an existing one is success. */
int fl_os_make_dirs(const char *path, struct fl_err *err);

/* The path from the root, links resolved; free() it. NULL when it cannot be told. */
char *fl_os_absolute_path(const char *path);

bool fl_os_is_dir(const char *path);
/* A pipe, a socket or a device: reading it may never end. */
bool fl_os_is_special(const char *path);
bool fl_os_exists(const char *path);

/* Calls `visit` with each name in the directory except "." and "..", in the order of strcmp; a
 * visit that returns non-zero ends the walk with that value. */
int fl_os_list_dir(const char *path, int (*visit)(void *ctx, const char *name), void *ctx,
                   struct fl_err *err);

/* A lock that one holder has at a time, in this process or any other, for as long as it lives: who
 * is killed lets go. `path` is made if need be, and stays. -FL_EBUSY when somebody else holds it.
 */
struct fl_os_lock {
    int fd;
};
int fl_os_lock(const char *path, struct fl_os_lock *ret_lock, struct fl_err *err);
void fl_os_unlock(struct fl_os_lock *lock);

/* 0, or -FL_EIO; a file that is not there is success. */
int fl_os_remove_file(const char *path, struct fl_err *err);

/* The calling thread yields to all others from here on, as far as the system lets it. */
void fl_os_lower_thread_priority(void);

/* Resident bytes of this process now; 0 if it cannot be told. */
size_t fl_os_resident_bytes(void);

#endif
