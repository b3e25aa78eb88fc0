/* bench_clock.h: time in nanoseconds, and order statistics. */
#ifndef FL_BENCH_CLOCK_H
#define FL_BENCH_CLOCK_H

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static inline double bench_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. `share` of them are at most the result. */
static inline double bench_percentile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, bench_by_value);
    return count ? values[(size_t)(share * (double)(count - 1) + 0.5)] : 0;
}

#endif
