/* clock.h: time as a parameter, so that tests can make it pass without waiting. */
#ifndef FL_BASE_CLOCK_H
#define FL_BASE_CLOCK_H

#include <stdint.h>

typedef int64_t fl_time; /* microseconds, monotonic, from an arbitrary start */

struct fl_clock {
    fl_time (*now)(void *ctx);    /* any thread */
    int64_t (*wall_s)(void *ctx); /* seconds since 1970, for records that people read */
    void *ctx;
};

/* The operating system's clock. */
struct fl_clock fl_clock_system(void);

static inline fl_time fl_clock_now(const struct fl_clock *clock)
{
    return clock->now(clock->ctx);
}

static inline int64_t fl_clock_wall_s(const struct fl_clock *clock)
{
    return clock->wall_s(clock->ctx);
}

#endif
