/* kernels_tables.h: the tables that this program was built with; for the dispatcher and the tests
 * of each instruction set. */
#ifndef FL_KERNELS_KERNELS_TABLES_H
#define FL_KERNELS_KERNELS_TABLES_H

#include "kernels/kernels.h"

extern const struct fl_kernels fl_kernels_scalar;
extern const struct fl_kernels fl_kernels_avx2;   /* x86-64 */
extern const struct fl_kernels fl_kernels_avx512; /* x86-64 */
extern const struct fl_kernels fl_kernels_neon;   /* aarch64 */

#endif
