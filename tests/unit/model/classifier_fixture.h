/* classifier_fixture.h: made-up rows: each label has features and words of its own, and all share
 * some. */
#ifndef FL_TESTS_CLASSIFIER_FIXTURE_H
#define FL_TESTS_CLASSIFIER_FIXTURE_H

#include "classify/classifier.h"

enum {
    FIXTURE_MAX_ROWS = 512,
    FIXTURE_FEATURES = 12, /* of a row: 4 in each block */
    FIXTURE_WORDS = 5,
};

struct classifier_fixture {
    struct fl_classifier_row rows[FIXTURE_MAX_ROWS];
    uint16_t bucket[FIXTURE_MAX_ROWS][FIXTURE_FEATURES];
    uint64_t word[FIXTURE_MAX_ROWS][FIXTURE_WORDS];
    uint32_t label[FIXTURE_MAX_ROWS];
    uint32_t row_count, label_count;
    const char **names;
    char (*name_text)[16];
    struct fl_classifier_options options;
};

/* Rows take the labels in turn. Free with classifier_fixture_free. */
struct classifier_fixture *classifier_fixture_make(uint32_t rows, uint32_t labels);
void classifier_fixture_free(struct classifier_fixture *f);

/* Succeeds, or fails the test. */
struct fl_classifier *classifier_fixture_train(const struct classifier_fixture *f);

#endif
