/* encoder_fixture.c: see encoder_fixture.h. */
#include "encoder_fixture.h"

#include "base/buf.h"
#include "learn/embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DIM = 16, WORDS_MAX = 64, GRAM_BITS = 4 };

struct entry {
    uint64_t hash;
    unsigned group;
};

static int by_hash(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static unsigned read_groups(const char *const *groups, struct entry entries[WORDS_MAX])
{
    unsigned count = 0;
    for (unsigned g = 0; groups[g]; g++) {
        assert_true(g < DIM);
        for (const char *word = groups[g]; *word;) {
            size_t len = strcspn(word, " ");
            assert_true(count < WORDS_MAX);
            entries[count++] = (struct entry){fl_embed_word_hash((struct fl_str){word, len}), g};
            word += len + (word[len] == ' ');
        }
    }
    qsort(entries, count, sizeof *entries, by_hash);
    return count;
}

void write_encoder(const char *path, const char *const *groups)
{
    static const float grams[(1 << GRAM_BITS) * DIM];
    const float weights[FL_ENCODER_WEIGHTS] = {2, 1, 0.5f, 0.5f, 1};
    struct entry entries[WORDS_MAX];
    uint64_t hashes[WORDS_MAX];
    float words[WORDS_MAX * DIM] = {0};
    unsigned count = read_groups(groups, entries);
    for (unsigned i = 0; i < count; i++) {
        hashes[i] = entries[i].hash;
        words[i * DIM + entries[i].group] = 1;
    }
    struct fl_wordvec_source source = {
        .head = {.dim = DIM, .words = count, .gram_bits = GRAM_BITS, .features = FL_EMBED_VERSION},
        .hash = hashes,
        .word = words,
        .gram = grams,
    };
    struct fl_model_writer writer = {0};
    struct fl_buf bytes = {0};
    struct fl_err err;
    assert_int_equal(fl_wordvec_write(&writer, fl_kernels_select(NULL), &source), 0);
    fl_model_writer_add(&writer, "weights", weights, sizeof weights);
    assert_int_equal(fl_model_writer_finish(&writer, FL_ENCODER_KIND, &bytes), 0);
    assert_int_equal(fl_os_write_file(path, bytes.ptr, bytes.len, &err), 0);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&bytes);
}
