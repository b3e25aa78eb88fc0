/* fuzz_bpe_text.c: any bytes as text. Counting and encoding agree, only what is not UTF-8 is
 * refused, and the fast splitter ends pieces where the other one does.
 *
 * Uses the tables in the folder FORELOAD_TABLES, or the small one in the corpus of fuzz_bpe_table.
 */
#include "base/utf8.h"
#include "bpe/bpe.h"
#include "bpe/bpe_block.h"

#include <stdio.h>
#include <stdlib.h>

enum { TABLES = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct fl_bpe *tables[TABLES];

static void open_tables(void)
{
    static const char *const names[TABLES] = {"o200k_base", "cl100k_base"};
    const char *folder = getenv("FORELOAD_TABLES");
    char path[4096];
    for (int i = 0; i < TABLES && folder; i++) {
        snprintf(path, sizeof path, "%s/%s.bpe", folder, names[i]);
        fl_bpe_open(path, &tables[i], NULL);
    }
    if (tables[0])
        return;
    const char *slash = strrchr(__FILE__, '/');
    snprintf(path, sizeof path, "%.*scorpus/bpe_table/tiny.bpe",
             slash ? (int)(slash + 1 - __FILE__) : 0, __FILE__);
    struct fl_err err = {0};
    if (fl_bpe_open(path, &tables[0], &err)) {
        fprintf(stderr, "fuzz_bpe_text: %s\n", err.message);
        abort();
    }
}

static void check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_bpe_text: %s\n", what);
    abort();
}

static void encode(const struct fl_bpe *bpe, const char *text, size_t len)
{
    size_t counted = 0;
    size_t encoded = 0;
    uint32_t *ids = NULL;
    int expected = fl_utf8_valid_length(text, len) == len ? 0 : -FL_EUTF8;
    check(fl_bpe_count(bpe, text, len, &counted, NULL) == expected, "count: wrong result");
    check(fl_bpe_encode(bpe, text, len, &ids, &encoded, NULL) == expected, "encode: wrong result");
    check(counted == encoded, "count and encode differ");
    check(counted <= len, "more tokens than bytes");
    free(ids);
}

static void split(enum fl_bpe_pattern pattern, const char *text, size_t len)
{
    while (len) {
        char block[FL_BPE_BLOCK] = {0};
        memcpy(block, text, len < sizeof block ? len : sizeof block);
        size_t at = 0;
        for (uint64_t ends = fl_bpe_block_ends(pattern, block, len); ends; ends &= ends - 1) {
            at += fl_bpe_piece(pattern, text + at, len - at);
            check(at == fl_bpe_lowest(ends), "the splitters differ");
        }
        size_t length = fl_bpe_piece(pattern, text, len);
        check(length > 0 && length <= len, "a piece has no length");
        text += length;
        len -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (!tables[0])
        open_tables();
    const char *text = (const char *)bytes;
    for (int i = 0; i < TABLES; i++)
        if (tables[i])
            encode(tables[i], text, len);
    if (fl_utf8_valid_length(text, len) == len) {
        split(FL_BPE_CL100K, text, len);
        split(FL_BPE_O200K, text, len);
    }
    return 0;
}
