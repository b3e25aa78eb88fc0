/* fuzz_index_file.c: kept indexes with any numbers in them.
 *
 * A file with random bytes would end at its magic. So the input is a list of changes to a valid
 * file: eight bytes each, where (u32, modulo the length) and what (u32). The checksum is made right
 * afterwards unless the input has an odd byte at its end; what loads is searched. */
#define _GNU_SOURCE
#include "base/os.h"
#include "text/index_file.h"
#include "text/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { KEY = 1, AT_CHECKSUM = 16, AT_KEY = 32, CHANGE_BYTES = 8 };

static const char *const texts[] = {"open_pull_request", "Opens a pull request for review",
                                    "delete_file",       "Removes the named file for good",
                                    "list_invoices",     "All invoices that were not paid"};
static const char *const requests[] = {"open a pull request", "get rid of the old invoces",
                                       "die datei löschen", "openpullrequest"};

static struct fl_str text_of(void *ctx, uint32_t document, unsigned field)
{
    (void)ctx;
    return fl_str_of(texts[2 * document + field]);
}

/* A file in memory, and the valid content that changes start from. */
struct ground {
    char path[32];
    int fd;
    struct fl_buf valid;
    char *changed;
};

static struct ground lay_ground(void)
{
    struct ground ground = {0};
    char path[] = "/tmp/fl-fuzz-XXXXXX";
    struct fl_index index;
    struct fl_index_options options = {
        .fields = {{2, 0.5f}, {1, 0.5f}}, .field_count = 2, .k1 = 1.2f};
    close(mkstemp(path));
    if (fl_index_init(&index, &options, 3, text_of, NULL, NULL) ||
        fl_index_save(&index, KEY, path, NULL) ||
        fl_os_read_file(path, 1 << 20, &ground.valid, NULL))
        abort();
    fl_index_destroy(&index);
    unlink(path);
    ground.changed = malloc(ground.valid.len);
    ground.fd = memfd_create("index", 0);
    snprintf(ground.path, sizeof ground.path, "/proc/self/fd/%d", ground.fd);
    if (!ground.changed || ground.fd < 0)
        abort();
    return ground;
}

static void change(struct ground *ground, const uint8_t *bytes, size_t len)
{
    size_t file_len = ground->valid.len;
    memcpy(ground->changed, ground->valid.ptr, file_len);
    for (; len >= CHANGE_BYTES; bytes += CHANGE_BYTES, len -= CHANGE_BYTES) {
        uint32_t at;
        memcpy(&at, bytes, 4);
        memcpy(ground->changed + at % (file_len - 3), bytes + 4, 4);
    }
    if (len % 2 == 0) {
        XXH128_hash_t hash = XXH3_128bits(ground->changed + AT_KEY, file_len - AT_KEY);
        memcpy(ground->changed + AT_CHECKSUM, &hash.low64, 8);
        memcpy(ground->changed + AT_CHECKSUM + 8, &hash.high64, 8);
    }
    if (pwrite(ground->fd, ground->changed, file_len, 0) != (ssize_t)file_len)
        abort();
}

static void search(const struct fl_index *index)
{
    static const struct fl_query_options options = {.synonym = 1,
                                                    .phrase = 1,
                                                    .translation = 1,
                                                    .spelling = 1,
                                                    .compound = 1,
                                                    .chained = 1,
                                                    .literal = 1,
                                                    .quoted = 1,
                                                    .entity = 1,
                                                    .weak = 1};
    static struct fl_query query;
    struct fl_search search;
    struct fl_hit hits[8];
    uint16_t fields;
    if (fl_search_init(&search, index))
        abort();
    for (unsigned r = 0; r < sizeof requests / sizeof *requests; r++) {
        if (fl_query_analyze(&query, index, &options, fl_str_of(requests[r])))
            abort();
        uint32_t count = fl_search_run(&search, index, &query, NULL, hits, 8);
        for (uint32_t i = 0; i < count; i++)
            for (unsigned t = 0; t < query.term_count; t++)
                fl_index_posting(index, query.terms[t].term, hits[i].document, &fields);
    }
    for (uint32_t d = 0; d < index->document_count; d++)
        for (uint32_t i = index->name_first[d]; i < index->name_first[d + 1]; i++)
            if (strlen(fl_vocab_stem(&index->vocab, index->name_terms[i]).ptr) > 1 << 20)
                abort();
    fl_query_destroy(&query);
    fl_search_destroy(&search);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct ground ground;
    if (!ground.changed)
        ground = lay_ground();
    struct fl_index index;
    change(&ground, bytes, len);
    if (fl_index_load(&index, KEY, ground.path, NULL))
        return 0;
    search(&index);
    fl_index_destroy(&index);
    return 0;
}
