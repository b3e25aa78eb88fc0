/* bench_memory.c: what a process holds that has a catalogue ready to be asked.
 *
 *   bench_memory LABEL TABLES|- stored HOME
 *   bench_memory LABEL TABLES|- files FILE|FOLDER…
 *
 * Prints a row of Markdown: label, tools, ms to load, resident KiB before anything was made, with
 * the catalogue loaded, and after the first request; and of the last the part that is the process's
 * own (anonymous pages), where the rest are pages of files that any process can share. */
#include "base/clock.h"
#include "base/os.h"
#include "foreload/foreload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double anonymous_kib(void)
{
    struct fl_buf status = {0};
    struct fl_err err;
    double kib = 0;
    if (!fl_os_read_file("/proc/self/status", 1 << 16, &status, &err)) {
        const char *at = strstr(fl_buf_text(&status), "RssAnon:");
        kib = at ? strtod(at + strlen("RssAnon:"), NULL) : 0;
    }
    fl_buf_destroy(&status);
    return kib;
}

static double resident_kib(void)
{
    return (double)fl_os_resident_bytes() / 1024;
}

static int load(struct fl_engine *engine, char **arguments, struct fl_err *err)
{
    if (strcmp(arguments[0], "stored") == 0)
        return fl_engine_load_stored(engine, err);
    size_t count = 0;
    while (arguments[1 + count])
        count++;
    return fl_engine_load_files(engine, (const char *const *)(arguments + 1), count, NULL, err);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: bench_memory LABEL TABLES|- stored HOME|files FILE...\n", stderr);
        return 2;
    }
    struct fl_options options;
    fl_options_init(&options);
    options.tables = strcmp(argv[2], "-") != 0 ? argv[2] : NULL;
    options.home = strcmp(argv[3], "stored") == 0 ? argv[4] : NULL;
    struct fl_engine *engine = NULL;
    struct fl_err err = {0};
    struct fl_clock clock = fl_clock_system();
    double before = resident_kib();
    fl_time start = fl_clock_now(&clock);
    int rc = fl_engine_create(&options, &engine, &err);
    if (!rc)
        rc = load(engine, argv + 3, &err);
    double ms = (double)(fl_clock_now(&clock) - start) / 1e3;
    double loaded = resident_kib();
    struct fl_request request;
    struct fl_selection *selection = NULL;
    fl_request_init(&request, "open a pull request with my changes");
    if (!rc)
        rc = fl_select(engine, &request, &selection, &err);
    if (rc) {
        fprintf(stderr, "bench_memory: %s\n", err.message);
        return 1;
    }
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    printf("| %s | %u | %.1f | %.0f | %.0f | %.0f | %.0f |\n", argv[1],
           fl_snapshot_tool_count(snapshot), ms, before, loaded, resident_kib(), anonymous_kib());
    fl_snapshot_unpin(snapshot);
    fl_selection_free(selection);
    fl_engine_free(engine);
    return 0;
}
