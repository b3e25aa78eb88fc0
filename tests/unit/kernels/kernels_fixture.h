/* kernels_fixture.h: operands that end at a page nobody may touch, and every instruction set that
 * this processor runs. */
#ifndef KERNELS_FIXTURE_H
#define KERNELS_FIXTURE_H

#include "kernels/kernels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Lengths go from 0 to this: past 1,024 by one. */
enum { LENGTH_MAX = 1025, OPERAND_MAX_BYTES = 1 << 18 };

/* Half a unit in the last place, relative. */
#define ROUNDING 0x1p-24

/* Places operands: each has memory of its own, of which the `bytes` are the last ones but `offset`.
 * With an offset of 0 the next byte is on a page without access; what lies around is known. */
enum { OPERANDS = 6 };
void *place(unsigned operand, const void *from, size_t bytes, size_t offset);
/* Fails when something around the operand that was placed last has changed. */
void check_around(unsigned operand);

/* Calls `check` for all tables. */
void each_table(void (*check)(const struct fl_kernels *kernels));
/* The same for every length from 0 to LENGTH_MAX, and offsets in elements: all 16 up to a length of
 * ALL_OFFSETS_MAX, then 0 and each of the others in turn. */
enum { ALL_OFFSETS_MAX = 160 };
void each_place(void (*check)(const struct fl_kernels *kernels, size_t n, size_t offset));

/* --- numbers --- */

/* The same sequence in every process: uniform in [-1, 1), or 64 bits. */
struct random {
    uint64_t state;
};
uint64_t random_bits(struct random *random);
float random_float(struct random *random);
void fill_floats(float *a, size_t n, float size, uint64_t seed);
void fill_bytes(int8_t *a, size_t n, uint64_t seed); /* -128 to 127 */

/* Within `bound` of what is right; NaN is right for NaN, an infinity for itself. */
bool is_close(double value, double right, double bound);
/* What kernels.h allows sums of n products whose absolute values sum up to `size`. */
double sum_bound(size_t n, double size);
uint32_t bits_of(float value);

#endif
