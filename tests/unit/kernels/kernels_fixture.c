/* kernels_fixture.c: see kernels_fixture.h. */
#include "kernels_fixture.h"

#include <sys/mman.h>
#include <unistd.h>

enum { AROUND = 64, FILL = 0xA5 };

static struct operand {
    unsigned char *end; /* of what may be touched */
    unsigned char *at;
    size_t bytes;
} operands[OPERANDS];

static void map(struct operand *operand)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *base = mmap(NULL, OPERAND_MAX_BYTES + page, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(base, MAP_FAILED);
    operand->end = base + OPERAND_MAX_BYTES;
    assert_int_equal(mprotect(operand->end, page, PROT_NONE), 0);
}

void *place(unsigned number, const void *from, size_t bytes, size_t offset)
{
    struct operand *operand = &operands[number];
    if (!operand->end)
        map(operand);
    operand->bytes = bytes;
    operand->at = operand->end - offset - bytes;
    memset(operand->at - AROUND, FILL, AROUND);
    memset(operand->at + bytes, FILL, offset);
    if (bytes)
        memcpy(operand->at, from, bytes);
    return operand->at;
}

void check_around(unsigned number)
{
    const struct operand *operand = &operands[number];
    for (size_t i = 1; i <= AROUND; i++)
        if (operand->at[-(ptrdiff_t)i] != FILL)
            fail_msg("operand %u: %zu bytes before it were written", number, i);
    for (const unsigned char *c = operand->at + operand->bytes; c < operand->end; c++)
        if (*c != FILL)
            fail_msg("operand %u: written behind its end", number);
}

void each_table(void (*check)(const struct fl_kernels *kernels))
{
    char names[64];
    strcpy(names, fl_kernels_available());
    for (char *rest = names, *name; (name = strtok_r(rest, ", ", &rest));)
        check(fl_kernels_select(name));
}

void each_place(void (*check)(const struct fl_kernels *kernels, size_t n, size_t offset))
{
    char names[64];
    strcpy(names, fl_kernels_available());
    for (char *rest = names, *name; (name = strtok_r(rest, ", ", &rest));)
        for (size_t n = 0; n <= LENGTH_MAX; n++)
            for (size_t offset = 0; offset < 16; offset++)
                if (n <= ALL_OFFSETS_MAX || offset == 0 || offset == 1 + n % 15)
                    check(fl_kernels_select(name), n, offset);
}

/* SplitMix64. */
uint64_t random_bits(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

float random_float(struct random *random)
{
    return (float)((double)(random_bits(random) >> 40) * 0x1p-23 - 1);
}

void fill_floats(float *a, size_t n, float size, uint64_t seed)
{
    struct random random = {seed};
    for (size_t i = 0; i < n; i++)
        a[i] = size * random_float(&random);
}

void fill_bytes(int8_t *a, size_t n, uint64_t seed)
{
    struct random random = {seed};
    for (size_t i = 0; i < n; i++)
        a[i] = (int8_t)(random_bits(&random) >> 56);
}

bool is_close(double value, double right, double bound)
{
    if (isnan(right) || isinf(right))
        return isnan(right) ? isnan(value) : value == right;
    return fabs(value - right) <= bound;
}

double sum_bound(size_t n, double size)
{
    return ((double)n + 8) * ROUNDING * size;
}

uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
