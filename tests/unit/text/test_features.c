/* test_features.c: what a text's features are, by counting; bounds; what is not text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "text/text_features.h"

#include <stdlib.h>
#include <string.h>

static struct fl_features *extract(struct fl_features *features, const char *text)
{
    fl_features_extract(features, fl_str_of(text));
    return features;
}

static struct fl_features *make(void)
{
    struct fl_features *features = calloc(1, sizeof *features);
    assert_non_null(features);
    return features;
}

/* Buckets may meet by chance, so that there may be a few fewer than features. */
static void near(uint32_t features, uint32_t buckets)
{
    assert_true(buckets <= features);
    assert_true(buckets + features / 20 + 1 >= features);
}

static void counts(void **state)
{
    (void)state;
    struct fl_features *f = extract(make(), "Turn ON, the-light");
    assert_int_equal(f->word_count, 4);
    assert_memory_equal(f->text, " turn on the light ", f->text_len);
    assert_int_equal(f->text_len, 19);
    near(4 + 5, f->block_end[0]);               /* words; pairs of neighbours and marks */
    near(6, f->block_end[1] - f->block_end[0]); /* pairs */
    near(18 + 17 + 16 + 15, f->block_end[2] - f->block_end[1]); /* runs of 2, 3, 4 and 5 */
    assert_true(f->word[1] == fl_features_word_hash(FL_STR("on")));
    free(f);
}

static void repetition_counts_once(void **state)
{
    (void)state;
    struct fl_features *f = extract(make(), "go go go go");
    assert_int_equal(f->word_count, 4);
    near(1 + 3, f->block_end[0]); /* "go"; begin, "go go", end */
    assert_int_equal(f->block_end[1] - f->block_end[0], 1);
    free(f);
}

static void same(const char *one, const char *other)
{
    struct fl_features *a = extract(make(), one), *b = extract(make(), other);
    assert_memory_equal(a->block_end, b->block_end, sizeof a->block_end);
    assert_memory_equal(a->bucket, b->bucket,
                        a->block_end[FL_FEATURES_BLOCKS - 1] * sizeof a->bucket[0]);
    free(a);
    free(b);
}

static void folding(void **state)
{
    (void)state;
    same("CAFÉ au lait!", "  cafe AU\tlait");
    same("\xff\xfe"
         "a\x80"
         "b",
         "a b");
}

static void nothing(void **state)
{
    (void)state;
    struct fl_features *f = extract(make(), "");
    assert_int_equal(f->block_end[FL_FEATURES_BLOCKS - 1], 0);
    assert_int_equal(extract(f, " ?! …")->block_end[FL_FEATURES_BLOCKS - 1], 0);
    assert_int_equal(f->word_count, 0);
    free(f);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    enum { LEN = 64 << 10 };
    char *text = malloc(LEN + 1);
    struct fl_features *f = make();
    assert_non_null(text);
    for (int i = 0; i < LEN; i++)
        text[i] = (char)(i % 3 == 2 ? ' ' : 'a' + i * 7 % 26);
    text[LEN] = 0;
    extract(f, text);
    assert_int_equal(f->word_count, FL_FEATURES_MAX_WORDS);
    assert_true(f->block_end[FL_FEATURES_BLOCKS - 1] <= FL_FEATURES_MAX);
    memset(text, 'x', LEN);
    extract(f, text);
    assert_int_equal(f->word_count, 1);
    assert_true(f->text_len <= FL_FEATURES_MAX_BYTES);
    for (size_t b = 0; b < sizeof f->seen; b++)
        assert_int_equal(((const uint8_t *)f->seen)[b], 0);
    free(f);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(repetition_counts_once),
        cmocka_unit_test(folding),
        cmocka_unit_test(nothing),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
