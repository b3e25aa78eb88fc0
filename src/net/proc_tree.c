/* proc_tree.c: see proc_tree.h. */
#include "net/proc_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads the beginning of /proc/PID/NAME as a string; false when the process is gone. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    return true;
}

/* "PID (NAME) STATE PPID …", where the name may hold spaces and parentheses. */
static pid_t parent_of(pid_t pid)
{
    char text[512];
    if (!read_proc(pid, "stat", text, sizeof text))
        return -1;
    const char *behind_name = strrchr(text, ')');
    if (!behind_name || strlen(behind_name) < 5)
        return -1;
    return (pid_t)strtol(behind_name + 4, NULL, 10);
}

int fl_proc_visit(void (*visit)(void *ctx, pid_t pid, pid_t parent), void *ctx)
{
    DIR *proc = opendir("/proc");
    if (!proc)
        return -1;
    for (const struct dirent *entry; (entry = readdir(proc));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        pid_t parent = pid > 0 ? parent_of(pid) : -1;
        if (parent >= 0)
            visit(ctx, pid, parent);
    }
    closedir(proc);
    return 0;
}

struct process {
    pid_t pid, parent;
    bool below;
};

struct snapshot {
    struct process *processes;
    size_t count, capacity;
    bool failed;
};

static void add_process(void *ctx, pid_t pid, pid_t parent)
{
    struct snapshot *all = ctx;
    if (all->count == all->capacity && !all->failed) {
        size_t capacity = all->capacity ? all->capacity * 2 : 256;
        struct process *grown = realloc(all->processes, capacity * sizeof *grown);
        all->failed = !grown;
        if (grown) {
            all->processes = grown;
            all->capacity = capacity;
        }
    }
    if (!all->failed)
        all->processes[all->count++] = (struct process){pid, parent, false};
}

static bool is_below(const struct snapshot *all, pid_t pid)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->processes[i].pid == pid)
            return all->processes[i].below;
    return false;
}

/* One level of the tree each round. */
static void mark_below(struct snapshot *all, pid_t root)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < all->count; i++) {
            struct process *process = &all->processes[i];
            if (!process->below && (process->parent == root || is_below(all, process->parent)))
                changed = process->below = true;
        }
    }
}

static uint64_t resident_bytes_of(pid_t pid)
{
    char text[1024];
    if (!read_proc(pid, "smaps_rollup", text, sizeof text))
        return 0;
    const char *line = strstr(text, "\nPss:");
    return line ? strtoull(line + 5, NULL, 10) * 1024 : 0;
}

uint64_t fl_proc_tree_resident_bytes(pid_t root)
{
    struct snapshot all = {0};
    uint64_t bytes = 0;
    if (fl_proc_visit(add_process, &all) == 0 && !all.failed) {
        mark_below(&all, root);
        for (size_t i = 0; i < all.count; i++)
            if (all.processes[i].below)
                bytes += resident_bytes_of(all.processes[i].pid);
    }
    free(all.processes);
    return bytes;
}
