/* bench_start.c: how long a command takes from being started to having ended, and what it holds.
 *
 *   bench_start RUNS LABEL COMMAND ARGUMENT…
 *
 * Runs it once unmeasured, then RUNS times, its output thrown away, and prints a row of Markdown:
 * label, best, median and 99th percentile in ms, most resident memory of any run in KiB. */
#include "bench_clock.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

static int run(char **command, const posix_spawn_file_actions_t *silent, double *ret_us,
               struct rusage *ret_usage)
{
    pid_t child;
    int status;
    double start = bench_now_us();
    int rc = posix_spawnp(&child, command[0], silent, NULL, command, environ);
    if (rc) {
        fprintf(stderr, "bench_start: %s: %s\n", command[0], strerror(rc));
        return 1;
    }
    if (wait4(child, &status, 0, ret_usage) != child)
        return 1;
    *ret_us = bench_now_us() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "bench_start: %s failed\n", command[0]);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4 || atoi(argv[1]) < 1) {
        fputs("usage: bench_start RUNS LABEL COMMAND ARGUMENT...\n", stderr);
        return 2;
    }
    size_t runs = (size_t)atoi(argv[1]);
    long most_kib = 0;
    double *us = calloc(runs, sizeof *us);
    posix_spawn_file_actions_t silent;
    if (!us || posix_spawn_file_actions_init(&silent) ||
        posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0))
        return 1;
    for (size_t i = 0; i <= runs; i++) {
        struct rusage usage;
        if (run(argv + 3, &silent, &us[i ? i - 1 : 0], &usage))
            return 1;
        most_kib = usage.ru_maxrss > most_kib ? usage.ru_maxrss : most_kib;
    }
    double median = bench_percentile(us, runs, 0.5);
    printf("| %s | %.2f | %.2f | %.2f | %ld |\n", argv[2], us[0] / 1e3, median / 1e3,
           bench_percentile(us, runs, 0.99) / 1e3, most_kib);
    posix_spawn_file_actions_destroy(&silent);
    free(us);
    return 0;
}
