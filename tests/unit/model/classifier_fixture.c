/* classifier_fixture.c: see classifier_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "classifier_fixture.h"

#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>

enum { OWN = 3, COMMON = 40, OWN_FIRST = 1000 };

static void fill_row(struct classifier_fixture *f, uint32_t i, struct fl_random *random)
{
    uint32_t label = i % f->label_count;
    for (uint32_t j = 0; j < FIXTURE_FEATURES; j++) {
        bool own = fl_random_below(random, 3) != 0;
        f->bucket[i][j] =
            (uint16_t)(own ? (OWN_FIRST + label * OWN + fl_random_below(random, OWN)) %
                                 FL_INPUT_BUCKETS
                           : fl_random_below(random, COMMON));
    }
    for (uint32_t j = 0; j < FIXTURE_WORDS; j++) {
        uint64_t word = j == 2 ? OWN_FIRST + label : fl_random_below(random, COMMON);
        f->word[i][j] = fl_random_splitmix(&word);
    }
    f->label[i] = label;
    f->rows[i] = (struct fl_classifier_row){
        .input = {.bucket = f->bucket[i],
                  .block_end = {FIXTURE_FEATURES / 3, 2 * FIXTURE_FEATURES / 3, FIXTURE_FEATURES},
                  .word = f->word[i],
                  .word_count = FIXTURE_WORDS},
        .labels = &f->label[i],
        .label_count = 1};
}

struct classifier_fixture *classifier_fixture_make(uint32_t rows, uint32_t labels)
{
    struct classifier_fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->row_count = rows;
    f->label_count = labels;
    f->names = calloc(labels, sizeof *f->names);
    f->name_text = calloc(labels, sizeof *f->name_text);
    assert_non_null(f->names);
    assert_non_null(f->name_text);
    for (uint32_t l = 0; l < labels; l++) {
        snprintf(f->name_text[l], sizeof f->name_text[l], "label%u", l);
        f->names[l] = f->name_text[l];
    }
    struct fl_random random;
    fl_random_seed(&random, 7, 0);
    for (uint32_t i = 0; i < rows; i++)
        fill_row(f, i, &random);
    f->options = (struct fl_classifier_options){.seed = 3, .effort = FL_EFFORT_QUICK};
    return f;
}

void classifier_fixture_free(struct classifier_fixture *f)
{
    free(f->names);
    free(f->name_text);
    free(f);
}

struct fl_classifier *classifier_fixture_train(const struct classifier_fixture *f)
{
    struct fl_classifier *classifier = NULL;
    struct fl_err err = {0};
    if (fl_classifier_train(f->rows, f->row_count, f->names, f->label_count, &f->options,
                            &classifier, &err))
        fail_msg("%s", err.message);
    return classifier;
}
