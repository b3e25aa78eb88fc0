/* fuzz_study.c: folders of training data with anything in their files.
 *
 * The input is split at bytes of 0 into catalog.jsonl, queries.jsonl, texts of intents and an
 * English and a German dictionary, which are written below a folder of its own and read. */
#define _GNU_SOURCE
#include "base/os.h"
#include "study/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const files[] = {"tools/t/catalog.jsonl", "tools/t/queries.jsonl",
                                    "intents/i/train.jsonl", "en.txt", "de.txt"};
enum { FILES = sizeof files / sizeof *files };

static char folder[] = "/tmp/fl-study-XXXXXX";

static void path_of(unsigned file, char path[64])
{
    snprintf(path, 64, "%s/%s", folder, files[file]);
}

static void remove_all(void)
{
    char path[64];
    for (unsigned i = 0; i < FILES; i++) {
        path_of(i, path);
        unlink(path);
    }
    static const char *const folders[] = {"/tools/t", "/tools", "/intents/i", "/intents", ""};
    for (unsigned i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s%s", folder, folders[i]);
        rmdir(path);
    }
}

static void make_folders(void)
{
    char path[64];
    if (!mkdtemp(folder) || atexit(remove_all))
        abort();
    snprintf(path, sizeof path, "%s/tools/t", folder);
    fl_os_make_dirs(path, NULL);
    snprintf(path, sizeof path, "%s/intents/i", folder);
    fl_os_make_dirs(path, NULL);
}

static void write_files(const uint8_t *bytes, size_t len)
{
    for (unsigned i = 0; i < FILES; i++) {
        const uint8_t *end = len ? memchr(bytes, 0, len) : NULL;
        size_t part = i + 1 < FILES && end ? (size_t)(end - bytes) : len;
        char path[64];
        path_of(i, path);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(bytes, 1, part, file) != part || fclose(file))
            abort();
        bytes += part;
        len -= part;
        bytes += len > 0;
        len -= len > 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct fl_study study;
    static bool made;
    if (!made)
        make_folders();
    made = true;
    write_files(bytes, len);
    const char *const folders[] = {folder};
    if (!fl_study_read(&study, folders, 1, NULL, 0, NULL))
        for (uint32_t q = 0; q < study.query_count; q++) {
            const struct fl_study_query *query = &study.queries[q];
            if (query->text >= study.corpus.text_count || !query->gold_count)
                abort();
            for (uint32_t g = 0; g < query->gold_count; g++)
                if (study.gold[query->first_gold + g] >= study.document_count)
                    abort();
        }
    fl_study_destroy(&study);
    return 0;
}
