/* test_vocab.c: words, stems and stop words; misspellings against a search through every word. */
#include "text_fixture.h"

static uint32_t add(struct fl_vocab *vocab, struct fl_stemmers *stemmers, const char *word)
{
    uint32_t term = fl_vocab_add(vocab, stemmers, fl_str_of(word));
    assert_int_not_equal(term, FL_VOCAB_NONE);
    return term;
}

static void forms_of_a_word_share_a_term(void **state)
{
    (void)state;
    struct fl_vocab vocab = {0};
    struct fl_stemmers stemmers = {0};
    uint32_t invoice = add(&vocab, &stemmers, "invoice");
    uint32_t file = add(&vocab, &stemmers, "file");
    assert_int_not_equal(invoice, file);
    assert_int_equal(add(&vocab, &stemmers, "invoices"), invoice);
    assert_int_equal(add(&vocab, &stemmers, "invoice"), invoice);
    assert_int_equal(add(&vocab, &stemmers, "the"), FL_VOCAB_STOP);
    assert_int_equal(add(&vocab, &stemmers, "the"), FL_VOCAB_STOP);
    assert_int_equal(vocab.term_count, 2);
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    assert_int_equal(fl_vocab_find_term(&vocab, FL_STR("invoices")), invoice);
    assert_int_equal(fl_vocab_find_term(&vocab, FL_STR("invoicing")), FL_VOCAB_NONE); /* not seen */
    assert_int_equal(fl_vocab_find_term(&vocab, FL_STR("the")), FL_VOCAB_STOP);
    assert_int_equal(fl_vocab_find_term(&vocab, FL_STR("of")), FL_VOCAB_NONE);
    assert_int_equal(fl_vocab_find_stem(&vocab, FL_STR("invoic")), invoice);
    assert_int_equal(fl_vocab_find_stem(&vocab, FL_STR("invoice")), FL_VOCAB_NONE);
    assert_true(fl_str_is(fl_vocab_stem(&vocab, invoice), "invoic"));
    fl_stemmers_destroy(&stemmers);
    fl_vocab_destroy(&vocab);
    fl_vocab_destroy(&vocab);
    fl_vocab_destroy(NULL);
}

static void an_empty_vocabulary_answers(void **state)
{
    (void)state;
    struct fl_vocab vocab = {0};
    struct fl_similar_scratch scratch = {0};
    struct fl_similar similar[FL_SIMILAR_MAX];
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    assert_int_equal(fl_vocab_find_term(&vocab, FL_STR("word")), FL_VOCAB_NONE);
    assert_int_equal(fl_vocab_find_stem(&vocab, FL_STR("word")), FL_VOCAB_NONE);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("word"), similar), 0);
    fl_similar_scratch_destroy(&scratch);
    fl_similar_scratch_destroy(NULL);
    fl_vocab_destroy(&vocab);
}

/* --- misspellings --- */

/* Optimal string alignment (Boytsov 2011, "restricted Damerau"): the whole table, no short cuts. */
static unsigned distance_of(struct fl_str a, struct fl_str b)
{
    static unsigned d[70][70];
    for (size_t i = 0; i <= a.len; i++)
        for (size_t j = 0; j <= b.len; j++) {
            if (!i || !j) {
                d[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned least = d[i - 1][j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            least = d[i - 1][j] + 1 < least ? d[i - 1][j] + 1 : least;
            least = d[i][j - 1] + 1 < least ? d[i][j - 1] + 1 : least;
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] &&
                d[i - 2][j - 2] + 1 < least)
                least = d[i - 2][j - 2] + 1;
            d[i][j] = least;
        }
    return d[a.len][b.len];
}

/* How many of the three-letter windows of "^a$" are windows of "^b$" too, with their number. */
static unsigned shared_windows(struct fl_str a, struct fl_str b)
{
    char x[80], y[80];
    size_t m = a.len + 2, n = b.len + 2;
    x[0] = y[0] = '^';
    memcpy(x + 1, a.ptr, a.len);
    memcpy(y + 1, b.ptr, b.len);
    x[m - 1] = y[n - 1] = '$';
    unsigned shared = 0;
    for (size_t i = 0; i + 3 <= m; i++)
        for (size_t j = 0; j + 3 <= n; j++)
            shared += memcmp(x + i, y + j, 3) == 0;
    return shared;
}

/* A change of a character at a random place, or a swap of two. */
static void misspell(uint64_t *seed, char *word)
{
    size_t len = strlen(word), at = random_below(seed, (uint32_t)len);
    char letter = (char)('a' + random_below(seed, 26));
    switch (random_below(seed, 4)) {
    case 0: word[at] = letter; break;
    case 1: memmove(word + at, word + at + 1, len - at); break;
    case 2:
        memmove(word + at + 1, word + at, len - at + 1);
        word[at] = letter;
        break;
    default:
        if (at + 1 < len) {
            char swapped = word[at];
            word[at] = word[at + 1];
            word[at + 1] = swapped;
        }
    }
}

enum { WORDS = 400, TRIES = 1200 };

struct known {
    char text[20];
    uint32_t term;
};
static struct known words[WORDS];

/* The similarity of the nearest form of a term; `sure`: among those with enough common windows. */
static float best_similarity(uint32_t term, struct fl_str word, unsigned limit, bool sure)
{
    float best = 0;
    unsigned windows = word.len >= 8 ? 3 : word.len >= 6 ? 2 : 1;
    for (unsigned w = 0; w < WORDS; w++) {
        struct fl_str other = fl_str_of(words[w].text);
        if (words[w].term != term || other.ptr[0] != word.ptr[0])
            continue;
        unsigned distance = distance_of(word, other);
        if (distance > limit || (sure && shared_windows(word, other) < windows))
            continue;
        float similarity = 1.0f - (float)distance / (float)word.len;
        best = similarity > best ? similarity : best;
    }
    return best;
}

/* What is found is near, in order, and nothing better with enough common letters is left out. */
static void check_similar(const struct fl_vocab *vocab, struct fl_similar_scratch *scratch,
                          struct fl_str word)
{
    struct fl_similar found[FL_SIMILAR_MAX];
    unsigned count = fl_vocab_similar(vocab, scratch, word, found);
    unsigned limit = word.len >= 8 ? 2 : 1;
    assert_true(count <= FL_SIMILAR_MAX);
    for (unsigned i = 0; i < count; i++) {
        assert_true(found[i].term < vocab->term_count);
        float most = best_similarity(found[i].term, word, limit, false);
        float least = best_similarity(found[i].term, word, limit, true);
        assert_true(found[i].similarity > 0 && found[i].similarity <= most);
        assert_true(found[i].similarity >= least);
        assert_true(i == 0 || found[i].similarity <= found[i - 1].similarity);
        for (unsigned j = 0; j < i; j++)
            assert_int_not_equal(found[j].term, found[i].term);
    }
    for (uint32_t t = 0; t < vocab->term_count; t++) {
        float similarity = best_similarity(t, word, limit, true);
        bool present = false;
        for (unsigned i = 0; i < count; i++)
            present = present || found[i].term == t;
        if (similarity > 0 && !present &&
            (count < FL_SIMILAR_MAX || similarity > found[count - 1].similarity))
            fail_msg("'%.*s': '%.*s' (%f) is not found", (int)word.len, word.ptr,
                     (int)fl_vocab_stem(vocab, t).len, fl_vocab_stem(vocab, t).ptr, similarity);
    }
}

static void misspellings_are_found(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct fl_vocab vocab = {0};
    struct fl_stemmers stemmers = {0};
    struct fl_similar_scratch scratch = {0};
    for (unsigned i = 0; i < WORDS; i++) {
        char *text = words[i].text;
        random_word(&seed, text);
        if (i % 3 == 0 && i) { /* many near ones */
            strcpy(text, words[i - 1].text);
            misspell(&seed, text);
        }
        if (i % 5 == 0)
            strcat(text, "s"); /* several forms of one term */
        words[i].term = add(&vocab, &stemmers, text);
    }
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    for (unsigned i = 0; i < TRIES; i++) {
        char word[24];
        strcpy(word, words[random_below(&seed, WORDS)].text);
        for (uint32_t n = random_below(&seed, 3); n > 0; n--)
            misspell(&seed, word);
        if (strlen(word) >= FL_SIMILAR_LEAST_BYTES)
            check_similar(&vocab, &scratch, fl_str_of(word));
    }
    fl_similar_scratch_destroy(&scratch);
    fl_stemmers_destroy(&stemmers);
    fl_vocab_destroy(&vocab);
}

static void one_mistake_in_a_word_of_five_letters_is_always_found(void **state)
{
    (void)state;
    struct fl_vocab vocab = {0};
    struct fl_stemmers stemmers = {0};
    struct fl_similar_scratch scratch = {0};
    struct fl_similar found[FL_SIMILAR_MAX];
    static const char *const five[] = {"pixel", "rubrik", "galvano", "kilometrum", "xylofonistum"};
    for (unsigned w = 0; w < 5; w++)
        add(&vocab, &stemmers, five[w]);
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    for (unsigned w = 0; w < 5; w++) {
        uint32_t term = fl_vocab_find_term(&vocab, fl_str_of(five[w]));
        size_t len = strlen(five[w]);
        for (size_t at = 1; at < len; at++)
            for (unsigned change = 0; change < 4; change++) {
                char word[24];
                strcpy(word, five[w]);
                char swapped = word[at];
                if (change == 0) {
                    word[at] = 'q';
                } else if (change == 1) {
                    memmove(word + at, word + at + 1, len - at);
                } else if (change == 2) {
                    memmove(word + at + 1, word + at, len - at + 1);
                } else if (at + 1 < len) {
                    word[at] = word[at + 1];
                    word[at + 1] = swapped;
                }
                if (fl_vocab_similar(&vocab, &scratch, fl_str_of(word), found) != 1 ||
                    found[0].term != term)
                    fail_msg("'%s' does not find '%s'", word, five[w]);
            }
    }
    fl_similar_scratch_destroy(&scratch);
    fl_stemmers_destroy(&stemmers);
    fl_vocab_destroy(&vocab);
}

static void short_words_and_words_with_digits_have_none(void **state)
{
    (void)state;
    struct fl_vocab vocab = {0};
    struct fl_stemmers stemmers = {0};
    struct fl_similar_scratch scratch = {0};
    struct fl_similar found[FL_SIMILAR_MAX];
    add(&vocab, &stemmers, "log");
    add(&vocab, &stemmers, "logo");
    add(&vocab, &stemmers, "sha256");
    add(&vocab, &stemmers, "these"); /* a stop word */
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("lgo"), found), 0);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("logo2"), found), 0);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("sha257"), found), 0);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("theze"), found), 0);
    assert_int_equal(fl_vocab_similar(&vocab, &scratch, FL_STR("logoz"), found), 1);
    fl_similar_scratch_destroy(&scratch);
    fl_stemmers_destroy(&stemmers);
    fl_vocab_destroy(&vocab);
}

/* One window many times in both words: more common windows than a byte counts. */
static void repetitive_words_do_not_overflow(void **state)
{
    (void)state;
    struct fl_vocab vocab = {0};
    struct fl_stemmers stemmers = {0};
    struct fl_similar_scratch scratch = {0};
    struct fl_similar found[FL_SIMILAR_MAX];
    char word[FL_TOKEN_MAX_BYTES + 1];
    memset(word, 'x', sizeof word);
    for (size_t len = 4; len <= FL_TOKEN_MAX_BYTES; len += 4)
        assert_true(fl_vocab_add(&vocab, &stemmers, (struct fl_str){word, len}) < FL_VOCAB_STOP);
    assert_int_equal(fl_vocab_finish(&vocab), 0);
    for (size_t len = 4; len <= FL_TOKEN_MAX_BYTES; len++) {
        unsigned count = fl_vocab_similar(&vocab, &scratch, (struct fl_str){word, len}, found);
        /* lengths in steps of four: within 2 there is one or, in the middle, two */
        unsigned expected = len < 8                                         ? len != 6
                            : len % 4 == 2 && len + 2 <= FL_TOKEN_MAX_BYTES ? 2
                                                                            : 1;
        assert_int_equal(count, expected);
    }
    fl_similar_scratch_destroy(&scratch);
    fl_stemmers_destroy(&stemmers);
    fl_vocab_destroy(&vocab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_a_word_share_a_term),
        cmocka_unit_test(an_empty_vocabulary_answers),
        cmocka_unit_test(misspellings_are_found),
        cmocka_unit_test(one_mistake_in_a_word_of_five_letters_is_always_found),
        cmocka_unit_test(short_words_and_words_with_digits_have_none),
        cmocka_unit_test(repetitive_words_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
