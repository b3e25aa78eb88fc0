/* test_wordvec.c: tables of word vectors: what is written is found again; files that are damaged or
 * hostile behind a right checksum; vectors learned from text; memory that runs out. */
#include "failing_alloc.h"
#include "model/encoder.h"
#include "model/wordvec_train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIM = 5, WORDS = 40, GRAM_BITS = 3, GRAMS = 1 << GRAM_BITS };

struct table {
    uint64_t hash[WORDS];
    float word[WORDS * DIM], gram[GRAMS * DIM];
};

/* Hashes that crowd in a few parts of the directory, and at both of its ends. */
static struct table make_table(void)
{
    struct table table = {0};
    for (unsigned i = 0; i < WORDS; i++)
        table.hash[i] = i < 20 ? i * 3 : i == WORDS - 1 ? UINT64_MAX : (uint64_t)i << 56;
    for (unsigned i = 0; i < WORDS * DIM; i++)
        table.word[i] = (float)((int)(i * 37 % 101) - 50) / 10;
    for (unsigned i = 0; i < GRAMS * DIM; i++)
        table.gram[i] = (float)((int)(i * 53 % 97) - 48) / 100;
    return table;
}

static void add_table(struct fl_model_writer *writer, const struct table *table)
{
    struct fl_wordvec_source source = {
        .head = {.dim = DIM, .words = WORDS, .gram_bits = GRAM_BITS, .features = 7},
        .hash = table->hash,
        .word = table->word,
        .gram = table->gram,
    };
    assert_int_equal(fl_wordvec_write(writer, fl_kernels_select(NULL), &source), 0);
}

static void *aligned(const struct fl_buf *buf)
{
    void *bytes = aligned_alloc(FL_MODEL_ALIGN, (buf->len + 63) / 64 * 64);
    assert_non_null(bytes);
    memcpy(bytes, buf->ptr, buf->len);
    return bytes;
}

static void what_was_written_is_found(void **state)
{
    (void)state;
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    struct table table = make_table();
    struct fl_model_writer writer = {0};
    struct fl_buf buf = {0};
    struct fl_err err = {0};
    char path[] = "/tmp/fl-words-XXXXXX";
    add_table(&writer, &table);
    assert_int_equal(fl_model_writer_finish(&writer, FL_WORDVEC_KIND, &buf), 0);
    close(mkstemp(path));
    assert_int_equal(fl_os_write_file(path, buf.ptr, buf.len, &err), 0);
    struct fl_wordvec read;
    assert_int_equal(fl_wordvec_open(&read, path, &err), 0);
    unlink(path);
    assert_int_equal(read.head.features, 7);
    for (uint32_t i = 0; i < WORDS; i++) {
        float sum[DIM] = {0};
        assert_int_equal(fl_wordvec_find(&read, table.hash[i]), i);
        fl_wordvec_add_word(&read, kernels, i, 2, sum);
        for (unsigned d = 0; d < DIM; d++)
            assert_float_equal(sum[d], 2 * table.word[i * DIM + d], 0.05);
    }
    assert_int_equal(fl_wordvec_find(&read, 1), FL_WORDVEC_NONE);
    assert_int_equal(fl_wordvec_find(&read, UINT64_MAX - 1), FL_WORDVEC_NONE);
    float sum[DIM] = {0};
    uint32_t grams[] = {1, GRAMS + 2};
    fl_wordvec_add_grams(&read, kernels, grams, 2, 1, sum);
    for (unsigned d = 0; d < DIM; d++)
        assert_float_equal(sum[d], (table.gram[DIM + d] + table.gram[2 * DIM + d]) / 2, 0.005);
    fl_wordvec_add_grams(&read, kernels, grams, 0, 1, sum);
    fl_wordvec_close(&read);
    fl_wordvec_close(&read);
    fl_wordvec_close(NULL);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&buf);
}

/* The same file with one of its sections replaced. */
static int open_with(const char *section, const void *bytes, size_t len)
{
    static const char *const names[] = {"head", "hash",   "first", "wscale",
                                        "word", "gscale", "gram",  "weights"};
    struct table table = make_table();
    struct fl_model_writer right = {0}, wrong = {0};
    struct fl_buf buf = {0};
    struct fl_err err = {0};
    float weights[FL_ENCODER_WEIGHTS] = {1};
    add_table(&right, &table);
    fl_model_writer_add(&right, "weights", weights, sizeof weights);
    for (uint32_t i = 0; i < right.count; i++) {
        const struct fl_model_section *s = &right.sections[i];
        char name[FL_MODEL_NAME + 1] = {0};
        memcpy(name, s->name, FL_MODEL_NAME);
        bool other = section && !strcmp(name, section);
        if (!other)
            fl_model_writer_add(&wrong, name, right.bytes.ptr + s->offset, s->length);
        else if (bytes)
            fl_model_writer_add(&wrong, name, bytes, len);
    }
    assert_int_equal(right.count, sizeof names / sizeof *names);
    assert_int_equal(fl_model_writer_finish(&wrong, FL_ENCODER_KIND, &buf), 0);
    void *image = aligned(&buf);
    struct fl_encoder encoder = {0};
    int rc = fl_encoder_view(&encoder, image, buf.len, &err);
    fl_encoder_close(&encoder);
    free(image);
    fl_buf_destroy(&buf);
    fl_model_writer_destroy(&right);
    fl_model_writer_destroy(&wrong);
    return rc;
}

static void hostile_sections_are_refused(void **state)
{
    (void)state;
    struct table table = make_table();
    assert_int_equal(open_with(NULL, NULL, 0), 0);
    static const char *const all[] = {"head", "hash",   "first", "wscale",
                                      "word", "gscale", "gram",  "weights"};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        assert_int_equal(open_with(all[i], NULL, 0), -FL_ECORRUPT);
        assert_int_equal(open_with(all[i], "short", 5), -FL_ECORRUPT);
    }
    const struct fl_wordvec_head heads[] = {
        {0, WORDS, GRAM_BITS, 0},
        {FL_WORDVEC_MAX_DIM + 1, WORDS, GRAM_BITS, 0},
        {DIM, WORDS + 1, GRAM_BITS, 0},
        {DIM, UINT32_MAX, GRAM_BITS, 0},
        {DIM, WORDS, 31, 0},
        {DIM, WORDS, 64, 0},
    };
    for (unsigned i = 0; i < sizeof heads / sizeof *heads; i++)
        assert_int_equal(open_with("head", &heads[i], sizeof heads[i]), -FL_ECORRUPT);
    uint64_t hash[WORDS];
    memcpy(hash, table.hash, sizeof hash);
    hash[4] = hash[3];
    assert_int_equal(open_with("hash", hash, sizeof hash), -FL_ECORRUPT);
    static uint32_t first[(1 << FL_WORDVEC_DIRECTORY_BITS) + 1];
    assert_int_equal(open_with("first", first, sizeof first), -FL_ECORRUPT);
    memset(first, 0xff, sizeof first);
    assert_int_equal(open_with("first", first, sizeof first), -FL_ECORRUPT);
    float scale[WORDS] = {1, NAN}, weights[FL_ENCODER_WEIGHTS] = {0, INFINITY};
    assert_int_equal(open_with("wscale", scale, sizeof scale), -FL_ECORRUPT);
    scale[1] = -1;
    assert_int_equal(open_with("wscale", scale, sizeof scale), -FL_ECORRUPT);
    assert_int_equal(open_with("weights", weights, sizeof weights), -FL_ECORRUPT);
}

static void writing_without_memory_is_told(void **state)
{
    (void)state;
    struct table table = make_table();
    struct fl_wordvec_source source = {.head = {.dim = DIM, .words = WORDS, .gram_bits = GRAM_BITS},
                                       .hash = table.hash,
                                       .word = table.word,
                                       .gram = table.gram};
    long count = 1;
    for (long n = 0; n <= count; n++) {
        struct fl_model_writer writer = {0};
        fl_test_fail_alloc_at(n);
        int rc = fl_wordvec_write(&writer, fl_kernels_select(NULL), &source);
        count = n ? count : fl_test_alloc_count();
        fl_test_fail_alloc_at(0);
        assert_int_equal(rc, n ? -FL_ENOMEM : 0);
        fl_model_writer_destroy(&writer);
    }
    assert_true(count >= 5);
}

/* --- learning --- */

enum { VOCABULARY = 12, TEXTS = 400, TEXT_WORDS = 6, ROWS = 10 };

/* Texts of even words and texts of odd ones; words 10 and 11 have no row but an n-gram each. */
struct world {
    uint32_t tokens[TEXTS * TEXT_WORDS], first[TEXTS + 1];
    uint32_t row[VOCABULARY], gram_first[VOCABULARY + 1], gram[VOCABULARY];
    struct fl_word_forms forms;
    struct fl_running_text text;
    float word[ROWS * DIM], gram_rows[GRAMS * DIM];
};

static void make_world(struct world *world)
{
    *world = (struct world){0};
    uint32_t seed = 1;
    for (uint32_t i = 0; i < TEXTS * TEXT_WORDS; i++) {
        seed = seed * 1664525 + 1013904223;
        world->tokens[i] = (seed >> 16) % (VOCABULARY / 2) * 2 + i / TEXT_WORDS % 2;
    }
    for (uint32_t i = 0; i <= TEXTS; i++)
        world->first[i] = i * TEXT_WORDS;
    for (uint32_t i = 0; i < VOCABULARY; i++) {
        world->row[i] = i < ROWS ? i : FL_WORDVEC_NO_ROW;
        world->gram_first[i] = i;
        world->gram[i] = i % GRAMS;
    }
    world->gram_first[VOCABULARY] = VOCABULARY;
    world->forms = (struct fl_word_forms){.words = VOCABULARY,
                                          .rows = ROWS,
                                          .gram_rows = GRAMS,
                                          .row = world->row,
                                          .gram_first = world->gram_first,
                                          .gram = world->gram};
    world->text = (struct fl_running_text){world->tokens, world->first, TEXTS};
}

static struct fl_wordvec_train_options training_options(void)
{
    struct fl_wordvec_train_options options = FL_WORDVEC_TRAIN_DEFAULTS;
    options.dim = DIM;
    options.epochs = 8;
    options.subsample = 1;
    return options;
}

static int learn(struct world *world, const struct fl_wordvec_train_options *options)
{
    return fl_wordvec_train(&world->forms, &world->text, options, fl_kernels_select(NULL),
                            world->word, world->gram_rows, NULL);
}

static float cosine(const struct world *world, uint32_t a, uint32_t b)
{
    const struct fl_kernels *kernels = fl_kernels_select(NULL);
    float x[DIM], y[DIM];
    fl_word_compose(&world->forms, kernels, world->word, world->gram_rows, DIM, a, x);
    fl_word_compose(&world->forms, kernels, world->word, world->gram_rows, DIM, b, y);
    kernels->normalize(x, DIM);
    kernels->normalize(y, DIM);
    return kernels->dot(x, y, DIM);
}

static void words_of_the_same_texts_come_close(void **state)
{
    (void)state;
    struct world world, again;
    make_world(&world);
    make_world(&again);
    struct fl_wordvec_train_options options = training_options();
    assert_int_equal(learn(&world, &options), 0);
    float near = 0, far = 0;
    for (uint32_t a = 0; a < ROWS; a++)
        for (uint32_t b = 0; b < a; b++)
            *(a % 2 == b % 2 ? &near : &far) += cosine(&world, a, b);
    assert_true(near / 20 > far / 25 + 0.5f);
    assert_int_equal(learn(&again, &options), 0);
    assert_memory_equal(world.word, again.word, sizeof world.word);
    assert_memory_equal(world.gram_rows, again.gram_rows, sizeof world.gram_rows);
    options.seed = 2;
    assert_int_equal(learn(&again, &options), 0);
    assert_memory_not_equal(world.word, again.word, sizeof world.word);
}

static bool stop_soon(void *ctx, float done)
{
    assert_true(done >= 0 && done < 1);
    return ++*(int *)ctx == 3;
}

static void stopping_and_running_out(void **state)
{
    (void)state;
    struct world world;
    make_world(&world);
    struct fl_wordvec_train_options options = training_options();
    int calls = 0;
    options.progress = stop_soon;
    options.ctx = &calls;
    assert_int_equal(learn(&world, &options), -FL_ECANCELED);
    assert_int_equal(calls, 3);
    options.progress = NULL;
    options.epochs = 1;
    long count = 1;
    for (long n = 0; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        int rc = learn(&world, &options);
        count = n ? count : fl_test_alloc_count();
        fl_test_fail_alloc_at(0);
        assert_int_equal(rc, n ? -FL_ENOMEM : 0);
    }
    world.text.texts = 0;
    assert_int_equal(learn(&world, &options), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_found),
        cmocka_unit_test(hostile_sections_are_refused),
        cmocka_unit_test(writing_without_memory_is_told),
        cmocka_unit_test(words_of_the_same_texts_come_close),
        cmocka_unit_test(stopping_and_running_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
