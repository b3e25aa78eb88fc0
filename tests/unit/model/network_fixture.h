/* network_fixture.h: what the tests of the network share: made-up inputs, and the network in double
 * precision, written from its definition and nothing else. */
#ifndef FL_TESTS_NETWORK_FIXTURE_H
#define FL_TESTS_NETWORK_FIXTURE_H

#include "base/random.h"
#include "network/network.h"

/* About one input in `every` is not zero. */
void fill_inputs(float *x, size_t count, uint32_t every, uint64_t seed);

/* ret_logits[outputs] by plain sums; `parameters` as flat_parameters gives them. */
void plain_logits(const struct fl_network_shape *shape, const double *parameters, const float *x,
                  double *ret_logits);
void plain_probabilities(const struct fl_network_shape *shape, const double *parameters,
                         const float *x, double *ret_out);

/* Layer by layer the weights [inputs][outputs], then the bias; free it. */
double *flat_parameters(const struct fl_network *network, size_t *ret_count);

#endif
