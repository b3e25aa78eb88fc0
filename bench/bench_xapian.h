/* bench_xapian.h: Xapian for C, and what it asks of C. */
#ifndef FL_BENCH_XAPIAN_H
#define FL_BENCH_XAPIAN_H

#include <stddef.h>
#include <stdint.h>

typedef void bench_take_word(void *ctx, const char *word, size_t len);

struct bench_xapian_texts {
    uint32_t count;
    unsigned field_count; /* the first is the name */
    const char *(*text)(const void *ctx, uint32_t document, unsigned field);
    void (*words)(const char *text, bench_take_word *take, void *ctx);
    const void *ctx;
};

void *bench_xapian_build(const struct bench_xapian_texts *texts); /* NULL: failed, and said */
uint32_t bench_xapian_search(void *peer, const struct bench_xapian_texts *texts, const char *text,
                             uint32_t *ret_documents, uint32_t capacity);
void bench_xapian_free(void *peer);

#endif
