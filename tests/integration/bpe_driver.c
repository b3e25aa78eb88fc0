/* bpe_driver.c: encodes texts for bpe_differential.mjs.
 *
 *   bpe_driver TABLES < texts
 *
 * A text is its length (32 bits, little-endian) and its bytes. For each one a line: for o200k_base
 * and then cl100k_base the count, and the ids folded into 32 bits (FNV-1a over whole ids). */
#include "base/buf.h"
#include "bpe/bpe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_TEXT_BYTES = 1 << 30 };

static const char *const encodings[] = {"o200k_base", "cl100k_base"};

enum { ENCODINGS = sizeof encodings / sizeof encodings[0] };

static uint32_t folded(const uint32_t *ids, size_t count)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ ids[i]) * 16777619u;
    return hash;
}

static int encode(const struct fl_bpe *bpe, const struct fl_buf *text, struct fl_err *err)
{
    size_t counted, count;
    uint32_t *ids;
    int rc = fl_bpe_count(bpe, text->ptr, text->len, &counted, err);
    if (!rc)
        rc = fl_bpe_encode(bpe, text->ptr, text->len, &ids, &count, err);
    if (rc)
        return rc;
    if (counted != count)
        rc = fl_err_set(err, FL_ECORRUPT, "counted %zu tokens, encoded %zu", counted, count);
    else
        printf("%zu %" PRIu32 " ", count, folded(ids, count));
    free(ids);
    return rc;
}

/* 1: read; 0: no more; negative: an error. */
static int read_text(struct fl_buf *text, struct fl_err *err)
{
    unsigned char head[4];
    if (fread(head, 1, sizeof head, stdin) != sizeof head)
        return 0;
    size_t len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    fl_buf_clear(text);
    if (len > MAX_TEXT_BYTES)
        return fl_err_set(err, FL_ELIMIT, "a text of %zu bytes", len);
    if (!fl_buf_reserve(text, len))
        return fl_err_nomem(err);
    if (fread(text->ptr, 1, len, stdin) != len)
        return fl_err_set(err, FL_EIO, "the last text is not complete");
    text->len = len;
    return 1;
}

static int encode_all(struct fl_bpe *const tables[ENCODINGS], struct fl_err *err)
{
    struct fl_buf text = {0};
    int rc;
    while ((rc = read_text(&text, err)) > 0) {
        for (int i = 0; i < ENCODINGS && rc > 0; i++)
            if (encode(tables[i], &text, err))
                rc = -err->code;
        if (rc < 0)
            break;
        putchar('\n');
        fflush(stdout); /* the other side waits for it */
    }
    fl_buf_destroy(&text);
    return rc;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: bpe_driver TABLES < texts\n", stderr);
        return 2;
    }
    struct fl_err err = {0};
    struct fl_bpe *tables[ENCODINGS] = {NULL};
    int rc = 0;
    for (int i = 0; i < ENCODINGS && !rc; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.bpe", argv[1], encodings[i]);
        rc = fl_bpe_open(path, &tables[i], &err);
    }
    if (!rc)
        rc = encode_all(tables, &err);
    for (int i = 0; i < ENCODINGS; i++)
        fl_bpe_close(tables[i]);
    if (rc)
        fprintf(stderr, "bpe_driver: %s\n", err.message);
    return rc ? 1 : 0;
}
