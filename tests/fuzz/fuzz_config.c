/* fuzz_config.c: client configurations, JSON or TOML by their first byte. */
#include "fuzz_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return fuzz_read(".gemini/settings", bytes, len);
}
