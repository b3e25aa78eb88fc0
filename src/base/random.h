/* random.h: random numbers that are the same for the same seed, on every machine.
 *
 * xoshiro256++ (Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators"), seeded
 * by splitmix64. Not for secrets. Not thread-safe: give each thread a generator of its own, with a
 * stream number, so that results do not depend on how many threads there are. */
#ifndef FL_BASE_RANDOM_H
#define FL_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct fl_random {
    uint64_t state[4];
};

static inline uint64_t fl_random_splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Different streams of one seed are independent of each other. */
static inline void fl_random_seed(struct fl_random *random, uint64_t seed, uint64_t stream)
{
    uint64_t mixed = fl_random_splitmix(&stream) ^ seed;
    for (int i = 0; i < 4; i++)
        random->state[i] = fl_random_splitmix(&mixed);
}

static inline uint64_t fl_random_next(struct fl_random *random)
{
    uint64_t *s = random->state;
    uint64_t sum = s[0] + s[3];
    uint64_t result = (sum << 23 | sum >> 41) + s[0];
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

/* Uniform in [0, bound); 0 for bound 0. Unbiased (Lemire 2019, "Fast random integer generation in
 * an interval"). */
static inline uint32_t fl_random_below(struct fl_random *random, uint32_t bound)
{
    uint64_t product = (fl_random_next(random) >> 32) * bound;
    if ((uint32_t)product < bound) {
        uint32_t least = -bound % bound;
        while ((uint32_t)product < least)
            product = (fl_random_next(random) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

/* Uniform in [0, 1), a multiple of 2^-24. */
static inline float fl_random_unit(struct fl_random *random)
{
    return (float)(fl_random_next(random) >> 40) * 0x1p-24f;
}

/* Uniform in [-most, most). */
static inline float fl_random_symmetric(struct fl_random *random, float most)
{
    return (2 * fl_random_unit(random) - 1) * most;
}

/* Every order is equally likely (Fisher and Yates). */
static inline void fl_random_shuffle(struct fl_random *random, uint32_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        uint32_t other = fl_random_below(random, (uint32_t)i);
        uint32_t item = items[i - 1];
        items[i - 1] = items[other];
        items[other] = item;
    }
}

#endif
