/* launcher_path.c: where foreload-launch is; see child.h. */
#include "net/child.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef FL_LIBEXEC_DIR
#error "FL_LIBEXEC_DIR: where the build installs foreload-launch"
#endif

static int is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

int fl_child_find_launcher(char *path, size_t size, struct fl_err *err)
{
    char program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    const char *const folders[] = {program, program, FL_LIBEXEC_DIR};
    const char *const below[] = {"", "/../libexec/foreload", ""};
    for (int i = slash ? 0 : 2; i < 3; i++) {
        int n = snprintf(path, size, "%s%s/foreload-launch", folders[i], below[i]);
        if (n < 0 || (size_t)n >= size)
            return fl_err_set(err, FL_ELIMIT, "the path of foreload-launch is too long");
        if (is_program(path))
            return 0;
    }
    return fl_err_set(err, FL_ENOENT,
                      "the program foreload-launch is neither in \"%s\" nor in \"%s\"", program,
                      FL_LIBEXEC_DIR);
}
