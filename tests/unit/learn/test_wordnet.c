/* test_wordnet.c: data files in the form of wndb(5): lines as WordNet has them, and hostile ones.
 */
#include "failing_alloc.h"
#include "study/wordnet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LICENSE "  1 This software and database is being provided to you, the LICENSEE, by  \n"
#define VERBS                                                                                      \
    LICENSE                                                                                        \
    "00004032 29 v 02 sigh 0 suspire 4 003 @ 00005041 v 0000 + 07129602 n 0202 ! 00005041 v 0101 " \
    "01 + 02 00 | heave or utter a sigh; \"She sighed sadly\"  \n"                                 \
    "00005041 29 v 01 inhale 0 001 ~ 00004032 v 0000 02 + 02 00 + 08 00 | draw in (air)  \n"
#define NOUNS                                                                              \
    LICENSE                                                                                \
    "07129602 10 n 02 sigh 0 deep_breath a 002 @i 07129602 n 0000 + 00004032 v 0202 | an " \
    "utterance made by exhaling audibly  \n"
#define ADJECTIVES                                                                         \
    "00001740 00 s 01 galore(ip) 0 002 & 00009999 a 0000 ^ 00004032 v 0000 | existing in " \
    "abundance\n"

static const char *const names[FL_WORDNET_PARTS] = {"n", "v", "a", "r"};

static int parse(struct fl_wordnet *net, const char *nouns, const char *verbs,
                 const char *adjectives, struct fl_err *err)
{
    struct fl_str texts[FL_WORDNET_PARTS] = {
        fl_str_of(nouns), fl_str_of(verbs), fl_str_of(adjectives), {0}};
    return fl_wordnet_parse(net, texts, names, err);
}

static const struct fl_wordnet_pointer *pointer(const struct fl_wordnet *net, uint32_t synset,
                                                uint32_t i)
{
    assert_true(i < net->synsets[synset].pointer_count);
    return &net->pointers[net->synsets[synset].first_pointer + i];
}

static void synsets_words_and_pointers(void **state)
{
    (void)state;
    struct fl_wordnet net = {0};
    struct fl_err err = {0};
    assert_int_equal(parse(&net, NOUNS, VERBS, ADJECTIVES, &err), 0);
    assert_int_equal(net.synset_count, 4);
    assert_int_equal(net.word_count, 6);
    assert_true(fl_str_is(net.words[1], "deep breath"));
    assert_true(fl_str_is(net.words[net.synsets[1].first_word + 1], "suspire"));
    assert_true(fl_str_is(net.words[net.synsets[3].first_word], "galore"));
    assert_true(fl_str_is(net.synsets[2].gloss, " draw in (air)  "));
    assert_int_equal(pointer(&net, 0, 0)->relation, FL_WORDNET_HYPERNYM);
    assert_int_equal(pointer(&net, 0, 0)->synset, 0);
    assert_int_equal(pointer(&net, 0, 1)->synset, 1);
    assert_int_equal(net.synsets[1].pointer_count, 2); /* an antonym is none of ours */
    assert_int_equal(pointer(&net, 1, 0)->synset, 2);
    assert_int_equal(pointer(&net, 1, 1)->relation, FL_WORDNET_DERIVED);
    assert_int_equal(pointer(&net, 1, 1)->synset, 0);
    assert_int_equal(net.synsets[2].pointer_count, 0);
    assert_int_equal(pointer(&net, 3, 0)->relation, FL_WORDNET_SIMILAR);
    assert_int_equal(pointer(&net, 3, 0)->synset, FL_WORDNET_NONE);
    assert_int_equal(pointer(&net, 3, 1)->synset, 1);
    fl_wordnet_destroy(&net);
    fl_wordnet_destroy(NULL);
}

static void hostile_lines_are_told(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "x",
        "00001740 03 n 01 entity 0 000",                              /* no gloss */
        "| gloss",                                                    /* nothing else */
        "0000174x 03 n 01 entity 0 000 | g",                          /* no offset */
        "123456789 03 n 01 entity 0 000 | g",                         /* too long a one */
        "00001740 03 v 01 entity 0 000 | g",                          /* a verb among nouns */
        "00001740 03 q 01 entity 0 000 | g",                          /* no part of speech */
        "00001740 03 n 00 000 | g",                                   /* no words */
        "00001740 03 n fff entity 0 000 | g",                         /* too many */
        "00001740 03 n 02 entity 0 | g",                              /* fewer than it says */
        "00001740 03 n 01 entity 0 | g",                              /* no count of pointers */
        "00001740 03 n 01 entity 0 1000 | g",                         /* too many */
        "00001740 03 n 01 entity 0 00a | g",                          /* hexadecimal */
        "00001740 03 n 01 entity 0 002 @ 00001740 n 0000 | g",        /* fewer than it says */
        "00001740 03 n 01 entity 0 001 @ 0000174 z 0000 | g",         /* to no part of speech */
        "00001740 03 n 01 entity 0 001 @ xyz n 0000 | g",             /* to no offset */
        "00001740 03 n 01 a 0 000 | g\n00001740 03 n 01 b 0 000 | g", /* twice one offset */
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct fl_wordnet net = {0};
        struct fl_err err = {0};
        char text[256];
        snprintf(text, sizeof text, LICENSE "%s\n", lines[i]);
        assert_int_equal(parse(&net, text, "", "", &err), -FL_EPARSE);
        assert_int_equal(err.line, strchr(lines[i], '\n') ? 3 : 2);
        assert_non_null(strstr(err.message, "n: line "));
        fl_wordnet_destroy(&net);
    }
}

static void folders_without_the_files(void **state)
{
    (void)state;
    struct fl_wordnet net = {0};
    struct fl_err err = {0};
    assert_int_equal(fl_wordnet_read(&net, "/nowhere", &err), -FL_ENOENT);
    assert_non_null(strstr(err.message, "/nowhere/data.noun"));
    fl_wordnet_destroy(&net);
}

static void memory_runs_out(void **state)
{
    (void)state;
    long count = 1;
    for (long n = 0; n <= count; n++) {
        struct fl_wordnet net = {0};
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        int rc = parse(&net, NOUNS, VERBS, ADJECTIVES, &err);
        count = n ? count : fl_test_alloc_count();
        fl_test_fail_alloc_at(0);
        assert_int_equal(rc, n ? -FL_ENOMEM : 0);
        fl_wordnet_destroy(&net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synsets_words_and_pointers),
        cmocka_unit_test(hostile_lines_are_told),
        cmocka_unit_test(folders_without_the_files),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
