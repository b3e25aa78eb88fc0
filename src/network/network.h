/* network.h: a multi-layer perceptron: 256 → 128 → 64 → N unless told otherwise.
 *
 *   x ─► W1, b1, ReLU ─► W2, b2, ReLU ─► W3, b3 ─► sigmoid (several labels) │ softmax (one label)
 *
 * Weights are kept input by input ([inputs][outputs]), so that a layer is the sum of the rows of
 * its inputs that are not zero: sparse requests and the zeros that ReLU leaves cost nothing. Beside
 * them there may be a copy in 8 bits ([outputs][inputs], one scale an output).
 *
 * A network is not changed by running it: any number of threads, each with scratch memory of its
 * own. Training changes it only when it has succeeded. */
#ifndef FL_NETWORK_NETWORK_H
#define FL_NETWORK_NETWORK_H

#include "base/err.h"
#include "kernels/kernels.h"
#include "model/model_file.h"

#include <stdbool.h>

enum {
    FL_NETWORK_MAX_HIDDEN = 4,
    FL_NETWORK_MAX_WIDTH = 1 << 16,      /* of any layer */
    FL_NETWORK_MAX_PARAMETERS = 1 << 26, /* weights and biases together: 256 MiB */
    FL_NETWORK_MAX_PREFIX = 3,           /* characters before the names of its sections */
};

enum fl_network_head { FL_NETWORK_SIGMOID, FL_NETWORK_SOFTMAX };

struct fl_network_shape {
    uint32_t inputs;
    uint32_t hidden[FL_NETWORK_MAX_HIDDEN]; /* widths; the first 0 ends them */
    uint32_t outputs;
    enum fl_network_head head;
};

#define FL_NETWORK_SHAPE(n, how)                                          \
    (struct fl_network_shape)                                             \
    {                                                                     \
        .inputs = 256, .hidden = {128, 64}, .outputs = (n), .head = (how) \
    }

struct fl_network;

/* Weights uniform within ±sqrt(6 / inputs) (He et al. 2015, eq. 10, as a uniform distribution),
 * biases 0; the same seed gives the same network. NULL: out of memory (-FL_ENOMEM in `err`), or a
 * shape past the limits above (FL_ELIMIT) or with a width of 0 (FL_EINVAL). `kernels` is kept. */
struct fl_network *fl_network_create(const struct fl_network_shape *shape, uint64_t seed,
                                     const struct fl_kernels *kernels, struct fl_err *err);
void fl_network_free(struct fl_network *network);

const struct fl_network_shape *fl_network_get_shape(const struct fl_network *network);

/* One layer as it is kept; valid until the network is trained or freed. `weights` is
 * [inputs][outputs]. Layers are counted from 0; NULL behind the last. */
struct fl_network_layer {
    uint32_t inputs, outputs;
    const float *weights, *bias;
};
const struct fl_network_layer *fl_network_get_layer(const struct fl_network *network, size_t layer);

/* --- running --- */

/* What fl_network_run wants as `scratch`, aligned to 64. */
size_t fl_network_scratch_bytes(const struct fl_network *network);

/* FL_NETWORK_AUTO: the first layer sparse where few inputs are not zero; all else in 8 bits where
 * the network has such a copy. DENSE and SPARSE say how the first layer is computed and are exact;
 * INT8 is the same as DENSE where there is no copy in 8 bits. */
enum fl_network_path { FL_NETWORK_AUTO, FL_NETWORK_DENSE, FL_NETWORK_SPARSE, FL_NETWORK_INT8 };

/* ret_out[outputs] = the probabilities of x[inputs]. Never fails; x that is not finite gives
 * probabilities that mean nothing, NaN among them. */
void fl_network_run(const struct fl_network *network, const float *x, enum fl_network_path path,
                    void *scratch, float *ret_out);

/* The same (as FL_NETWORK_AUTO) for the `count` inputs that are not zero. Indices are below
 * `inputs`, and may repeat: then their values add up. */
void fl_network_run_sparse(const struct fl_network *network, const uint32_t *index,
                           const float *value, size_t count, void *scratch, float *ret_out);

/* Makes the copy in 8 bits of the present weights (forgotten by training). -FL_ENOMEM. */
int fl_network_quantize(struct fl_network *network);
bool fl_network_is_quantized(const struct fl_network *network);

/* --- training --- */

/* Row i has the inputs x[i][…] and the labels label[label_start[i]] … label[label_start[i + 1] -
 * 1], each below `outputs`. With a softmax several labels of a row share its probability, and a row
 * without one wants them all equal; with sigmoids it wants all of them 0. Nothing is copied. */
struct fl_network_rows {
    const float *x;              /* [count][inputs] */
    const uint32_t *label_start; /* [count + 1] */
    const uint32_t *label;
    size_t count;
};

struct fl_network_training {
    uint64_t seed;       /* of the order of rows, of what is dropped and held out */
    uint32_t epochs;     /* at most */
    uint32_t batch_rows; /* 1 … FL_NETWORK_MAX_BATCH */
    float rate;          /* Adam's; beta 0.9 and 0.999, epsilon 1e-8 */
    float input_dropout; /* share of the inputs that are zeroed, the others scaled up; below 1 */
    float smoothing;     /* share of a softmax's target that is spread over all labels */
    float held_out;      /* share of the rows that is kept for early stopping; 0: no such */
    uint32_t patience;   /* stop after as many epochs without a better held-out loss; 0: never */
    unsigned threads;    /* at most, 1 … FL_NETWORK_MAX_THREADS; no influence on the result */
    /* Called after each epoch by the calling thread; may be NULL; anything but 0 ends the training
     * with -FL_ECANCELED. `held_out_loss` is NaN where nothing is held out. */
    int (*progress)(void *ctx, uint32_t epoch, double loss, double held_out_loss);
    void *ctx;
};

enum { FL_NETWORK_MAX_BATCH = 1024, FL_NETWORK_MAX_THREADS = 64 };

#define FL_NETWORK_TRAINING_DEFAULT                                                           \
    (struct fl_network_training)                                                              \
    {                                                                                         \
        .seed = 1, .epochs = 50, .batch_rows = 32, .rate = 1e-3f, .patience = 5, .threads = 2 \
    }

struct fl_network_report {
    uint32_t epochs;      /* that were run */
    double loss;          /* of the last epoch, a row */
    double held_out_loss; /* of the epoch that was kept; NaN where nothing was held out */
    uint32_t best_epoch;  /* counted from 1; the weights are those of its end */
};

/* Goes on from the present weights by Adam (Kingma and Ba 2015) on cross-entropy. The network keeps
 * its old weights on failure: -FL_EINVAL (an option, a label or an input that is not finite),
 * -FL_ENOMEM, -FL_ECANCELED, -FL_ELIMIT when the weights ran away (not finite any more). Same rows,
 * options and kernels, same bytes, whatever `threads`. */
int fl_network_train(struct fl_network *network, const struct fl_network_rows *rows,
                     const struct fl_network_training *training,
                     struct fl_network_report *ret_report, struct fl_err *err);

/* Mean cross-entropy of the rows, as training sees it without dropout. NaN without rows or memory.
 */
double fl_network_loss(const struct fl_network *network, const struct fl_network_rows *rows);

/* --- files --- */

/* Adds the network's sections, their names behind `prefix` (up to FL_NETWORK_MAX_PREFIX
 * characters, "" for none); errors stay in the writer. */
void fl_network_save(const struct fl_network *network, struct fl_model_writer *writer,
                     const char *prefix);

/* Reads weights in place: the file must stay open for as long as the network lives. Checks shape,
 * lengths and that every number is finite. NULL: FL_ECORRUPT, FL_ELIMIT or FL_ENOMEM in `err`. */
struct fl_network *fl_network_open(const struct fl_model_file *file, const char *prefix,
                                   const struct fl_kernels *kernels, struct fl_err *err);

#endif
