/* fuzz_bpe_table.c: a token table from anywhere; encoding with what opens must end well.
 *
 * The checksum is made right first: it keeps damage out, not malice. */
#define _GNU_SOURCE
#include "bpe/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { AT_CHECKSUM = 16, CHECKED_FROM = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void encode(const struct fl_bpe *bpe, const char *text)
{
    size_t counted = 0;
    size_t encoded = 0;
    uint32_t *ids = NULL;
    int rc = fl_bpe_count(bpe, text, strlen(text), &counted, NULL);
    if (fl_bpe_encode(bpe, text, strlen(text), &ids, &encoded, NULL) != rc || counted != encoded)
        abort();
    free(ids);
}

static void use(const char *path)
{
    static const char *const texts[] = {
        "the thing, then: the other things in the theatre",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "    {\"a\":  123456}\r\n\r\n caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80 it's",
    };
    struct fl_bpe *bpe;
    if (fl_bpe_open(path, &bpe, NULL))
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        encode(bpe, texts[i]);
    fl_bpe_close(bpe);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    int file = memfd_create("fuzz_bpe_table", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, len) != (ssize_t)len)
        abort();
    if (len > CHECKED_FROM) {
        XXH64_hash_t sum = XXH3_64bits(bytes + CHECKED_FROM, len - CHECKED_FROM);
        if (pwrite(file, &sum, sizeof sum, AT_CHECKSUM) != (ssize_t)sizeof sum)
            abort();
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    use(path);
    close(file);
    return 0;
}
