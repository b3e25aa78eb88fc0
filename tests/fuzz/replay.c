/* replay.c: a main function for a fuzz target: calls it once with each file of the folders named,
 * and with no bytes at all. Inputs lie in memory of exactly their size, for AddressSanitizer. */
#include "base/os.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_INPUT_BYTES = 16 << 20, EXIT_SKIPPED = 77 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct replay {
    const char *folder;
    unsigned inputs;
};

static int replay_file(void *ctx, const char *name)
{
    struct replay *replay = ctx;
    struct fl_buf path = {0};
    struct fl_buf input = {0};
    struct fl_err err = {0};
    fl_buf_printf(&path, "%s/%s", replay->folder, name);
    int rc = fl_os_read_file(fl_buf_text(&path), MAX_INPUT_BYTES, &input, &err);
    uint8_t *exact = rc ? NULL : malloc(input.len ? input.len : 1);
    if (exact) {
        memcpy(exact, fl_buf_text(&input), input.len);
        LLVMFuzzerTestOneInput(exact, input.len);
        replay->inputs++;
    } else {
        fprintf(stderr, "%s\n", rc ? err.message : "out of memory");
        rc = -FL_EIO;
    }
    free(exact);
    fl_buf_destroy(&input);
    fl_buf_destroy(&path);
    return rc;
}

int main(int argc, char **argv)
{
    struct replay replay = {0};
    struct fl_err err = {0};
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        replay.folder = argv[i];
        if (!fl_os_is_dir(argv[i]))
            continue;
        if (fl_os_list_dir(argv[i], replay_file, &replay, &err)) {
            fprintf(stderr, "%s: %s\n", argv[i], err.message);
            return EXIT_FAILURE;
        }
    }
    printf("%u inputs\n", replay.inputs);
    return replay.inputs ? EXIT_SUCCESS : EXIT_SKIPPED;
}
