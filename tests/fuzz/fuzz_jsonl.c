/* fuzz_jsonl.c: JSON Lines. */
#include "fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_read("tools/some/catalog.jsonl", bytes, len);
}
