/* fuzz_network.c: networks in model files whose sections hold anything.
 *
 * Two bytes: how long "w" and "q" are, in 64 bytes; then the 32 bytes of "shape", then "w", "q",
 * and what is left is "qs". The container and its checksum are right. What opens is run. */
#include "network/network.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { SHAPE_BYTES = 32, UNIT = 64 };

/* Moves up to `wanted` bytes of the input into a section. */
static void take(struct fl_model_writer *writer, const char *name, size_t wanted,
                 const uint8_t **bytes, size_t *len)
{
    size_t given = wanted < *len ? wanted : *len;
    fl_model_writer_add(writer, name, *bytes, given);
    *bytes += given;
    *len -= given;
}

static void run(const struct fl_network *network)
{
    const struct fl_network_shape *shape = fl_network_get_shape(network);
    size_t floats = shape->inputs + shape->outputs;
    float *x = calloc(floats, sizeof *x);
    void *scratch = aligned_alloc(64, fl_network_scratch_bytes(network));
    uint32_t index[] = {0, shape->inputs - 1};
    float value[] = {1, -1};
    if (!x || !scratch)
        abort();
    for (uint32_t i = 0; i < shape->inputs; i++)
        x[i] = (float)(i % 7) - 3;
    for (int path = FL_NETWORK_AUTO; path <= FL_NETWORK_INT8; path++)
        fl_network_run(network, x, path, scratch, x + shape->inputs);
    fl_network_run_sparse(network, index, value, 2, scratch, x + shape->inputs);
    free(scratch);
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0};
    struct fl_model_file file;
    size_t weights = len ? bytes[0] * UNIT : 0, quantized = len > 1 ? bytes[1] * UNIT : 0;
    bytes += len < 2 ? len : 2;
    len -= len < 2 ? len : 2;
    take(&writer, "shape", SHAPE_BYTES, &bytes, &len);
    take(&writer, "w", weights, &bytes, &len);
    take(&writer, "q", quantized, &bytes, &len);
    take(&writer, "qs", len, &bytes, &len);
    if (fl_model_writer_finish(&writer, "FUZZ", &buf))
        abort();
    fl_model_writer_destroy(&writer);
    void *image = aligned_alloc(FL_MODEL_ALIGN, buf.len);
    if (!image)
        abort();
    memcpy(image, buf.ptr, buf.len);
    if (fl_model_file_view(&file, image, buf.len, "FUZZ", NULL))
        abort();
    struct fl_err err = {0};
    struct fl_network *network = fl_network_open(&file, "", fl_kernels_select(NULL), &err);
    if (network)
        run(network);
    else if (!err.code)
        abort();
    fl_network_free(network);
    free(image);
    fl_buf_destroy(&buf);
    return 0;
}
