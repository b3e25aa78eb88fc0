/* failing_alloc.h: memory that runs out on demand.
 *
 * Link with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. Calls from shared libraries are not
 * wrapped: hand fl_test_malloc to those that take an allocator. Not thread-safe. */
#ifndef FL_TESTS_FAILING_ALLOC_H
#define FL_TESTS_FAILING_ALLOC_H

#include <stddef.h>

/* The n-th allocation from now on fails, and it alone; n <= 0: none does. */
void fl_test_fail_alloc_at(long n);

/* Allocations since the last fl_test_fail_alloc_at. */
long fl_test_alloc_count(void);

void *fl_test_malloc(size_t bytes);

#endif
