/* text_fixture.h: indexes from a list of texts, random words, and what every query must satisfy. */
#ifndef FL_TESTS_TEXT_FIXTURE_H
#define FL_TESTS_TEXT_FIXTURE_H

#include "text/search.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Factors of 1 where a test does not say otherwise, and no synonym too weak to count. */
extern const struct fl_query_options plain_options;

/* An index of one field, k1 = 1.2, b = 0.75, over `texts` (up to a NULL). */
void text_index_init(struct fl_index *index, const char *const *texts);

/* splitmix64 (Steele, Lea & Flood 2014). */
uint64_t random_next(uint64_t *state);
uint32_t random_below(uint64_t *state, uint32_t limit);

/* A made-up word of three to nine letters, in no language and no stop word; NUL-terminated. */
void random_word(uint64_t *state, char word[16]);

/* Aborts the test unless groups and terms fit each other, the index and the limits of query.h. */
void assert_sound_query(const struct fl_query *query, const struct fl_index *index);

/* The term of a query with this stem, or NULL. */
const struct fl_query_term *query_term(const struct fl_query *query, const struct fl_index *index,
                                       const char *stem);

/* Whether all sums between searches are zero, as search.h says. */
bool scores_are_kept(const struct fl_search *search, const struct fl_hit *hits, uint32_t count);
bool sums_are_zero(const struct fl_search *search, const struct fl_index *index);

#endif
