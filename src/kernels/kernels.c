/* kernels.c: choosing a table. See kernels.h. */
#include "kernels/kernels_tables.h"

#include <stdbool.h>
#include <string.h>

#if defined __x86_64__

/* The compiler's own look at CPUID, which also asks whether the system keeps the registers. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

#endif

static bool has_baseline(void)
{
    return true;
}

/* Best first; whoever runs one runs all that follow, and `names` has it and them. */
static const struct {
    const struct fl_kernels *kernels;
    bool (*runs)(void);
    const char *names;
} tables[] = {
#if defined __x86_64__
    {&fl_kernels_avx512, has_avx512, "avx512, avx2, scalar"},
    {&fl_kernels_avx2, has_avx2, "avx2, scalar"},
#elif defined __aarch64__
    {&fl_kernels_neon, has_baseline, "neon, scalar"},
#endif
    {&fl_kernels_scalar, has_baseline, "scalar"},
};

static unsigned best(void)
{
    unsigned i = 0;
    while (!tables[i].runs())
        i++;
    return i;
}

const struct fl_kernels *fl_kernels_select(const char *isa)
{
    for (unsigned i = best(); i < sizeof tables / sizeof *tables; i++)
        if (!isa || !*isa || !strcmp(isa, tables[i].kernels->isa))
            return tables[i].kernels;
    return NULL;
}

const char *fl_kernels_available(void)
{
    return tables[best()].names;
}
