/* network_parts.h: what a network consists of; for the files that make one up (network*.c).
 *
 *   parameters  for each layer: weights [inputs][outputs] │ bias [outputs]
 *   bytes       for each layer: weights [outputs][inputs]
 *   scales      for each layer: one an output
 *
 * Each of these begins at a multiple of 64 bytes; what lies between is 0. */
#ifndef FL_NETWORK_NETWORK_PARTS_H
#define FL_NETWORK_NETWORK_PARTS_H

#include "network/network.h"

enum { FL_NETWORK_MAX_LAYERS = FL_NETWORK_MAX_HIDDEN + 1 };

struct fl_network {
    struct fl_network_shape shape;
    const struct fl_kernels *kernels;
    struct fl_network_layer layer[FL_NETWORK_MAX_LAYERS];
    struct fl_network_bytes {
        const int8_t *weights; /* NULL: there is no copy in 8 bits */
        const float *scale;
    } quantized[FL_NETWORK_MAX_LAYERS];
    uint32_t layer_count, widest;
    size_t parameter_count, byte_count, scale_count; /* padding included */
    const float *parameters;
    const int8_t *bytes;
    const float *scales;
    void *own_parameters, *own_bytes, *own_scales; /* NULL where they lie in a file */
};

/* Checks the shape and fills in the sizes of layers; no weights yet. NULL with `err` set. */
struct fl_network *fl_network_outline(const struct fl_network_shape *shape,
                                      const struct fl_kernels *kernels, struct fl_err *err);

/* Points the layers at their parts of the arrays. */
void fl_network_attach(struct fl_network *network, const float *parameters);
void fl_network_attach_bytes(struct fl_network *network, const int8_t *bytes, const float *scales);

/* Zeroed memory that is to be freed, and the first multiple of 64 in it, behind which there are
 * `count` of `size`. NULL when there is none. */
void *fl_network_memory(size_t count, size_t size);
void *fl_network_aligned(void *memory);

/* y[outputs] = bias + weights · x; the second is for inputs of which many are 0. */
void fl_network_apply(const struct fl_kernels *kernels, const struct fl_network_layer *layer,
                      const float *x, float *y);
void fl_network_apply_sparse(const struct fl_kernels *kernels, const struct fl_network_layer *layer,
                             const float *x, float *y);
bool fl_network_is_sparse(const float *x, uint32_t count);

static inline size_t fl_network_padded(size_t count, size_t size)
{
    size_t unit = FL_MODEL_ALIGN / size;
    return (count + unit - 1) / unit * unit;
}

#endif
