/* fuzz_elf.c: shared objects that carry a manifest, and those that pretend to. */
#include "fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_read("some.so", bytes, len);
}
