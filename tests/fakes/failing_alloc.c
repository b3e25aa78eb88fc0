/* failing_alloc.c: see failing_alloc.h. */
#include "failing_alloc.h"

#include <stdbool.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t bytes);

static _Thread_local long allocations; /* a server faked by another thread is not the one tested */
static _Thread_local long failing;

void fl_test_fail_alloc_at(long n)
{
    allocations = 0;
    failing = n;
}

long fl_test_alloc_count(void)
{
    return allocations;
}

static bool fails_now(void)
{
    return ++allocations == failing;
}

void *__wrap_malloc(size_t bytes)
{
    return fails_now() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(ptr, bytes);
}

void *fl_test_malloc(size_t bytes)
{
    return __wrap_malloc(bytes);
}
