/* fuzz_catalog.c: tools/list results, manifests and whatever else a JSON file may be. */
#include "fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_read("some.json", bytes, len);
}
