/* heap_thread.c: small numbers for threads, given back when they end.
 *
 * This is the one thing that heaps share across the process: which numbers are taken. A thread that
 * gets the number of one that has ended takes over its lanes; the lock orders the two. */
#include "heap/heap_internal.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool have_key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t taken; /* one bit a lane; under the lock */
_Thread_local uint32_t fl_heap_lane_plus_one;

_Static_assert(FL_HEAP_LANES <= 32, "one bit a lane");

static void give_back(void *value)
{
    uint32_t lane = (uint32_t)(uintptr_t)value - 1;
    pthread_mutex_lock(&lock);
    taken &= ~(UINT32_C(1) << lane);
    pthread_mutex_unlock(&lock);
    /* Destructors of other keys may still allocate: in the shared lane. */
    fl_heap_lane_plus_one = FL_HEAP_LANES + 1;
}

static void make_key(void)
{
    have_key = !pthread_key_create(&key, give_back);
}

static uint32_t take(void)
{
    uint32_t lane = FL_HEAP_LANES;
    pthread_once(&once, make_key);
    if (!have_key)
        return lane;
    pthread_mutex_lock(&lock);
    if (~taken) {
        lane = (uint32_t)__builtin_ctz(~taken);
        taken |= UINT32_C(1) << lane;
    }
    pthread_mutex_unlock(&lock);
    if (lane < FL_HEAP_LANES && pthread_setspecific(key, (void *)(uintptr_t)(lane + 1))) { // NOLINT
        pthread_mutex_lock(&lock);
        taken &= ~(UINT32_C(1) << lane);
        pthread_mutex_unlock(&lock);
        lane = FL_HEAP_LANES;
    }
    return lane;
}

uint32_t fl_heap_take_lane(void)
{
    uint32_t lane = take();
    fl_heap_lane_plus_one = lane + 1;
    return lane;
}
