/* history.h: the ground truth that is learned from: what was really used, and corrections.
 *
 *   lesson ─► checked ─► merged with what is known of the same text ─► store
 *                                                       └─► beyond the capacity, rows are dropped
 *
 * There is one sample a text (texts that differ in case, width, punctuation and blanks only are the
 * same), so that a request said a hundred times takes one place of the history. On the same text
 * the newest word wins: a use adds its labels in front, a rejection takes labels away, a correction
 * is the whole truth. However often a text was learned, it weighs at most FL_SAMPLE_MAX_WEIGHT.
 *
 * Beyond its capacity the history drops the oldest samples first, but every label keeps its newest
 * capacity / (2 · labels), at least one, as long as there is another to drop: what is asked for
 * once a month survives what is asked for all day.
 *
 * A sample is held out from training, or not, by a hash of its text: it never changes sides. */
#ifndef FL_LEARN_HISTORY_H
#define FL_LEARN_HISTORY_H

#include "base/arena.h"
#include "store/store_learn.h"

enum {
    FL_SAMPLE_MAX_TEXT_BYTES = 4 << 10, /* a longer text loses its end */
    FL_SAMPLE_MAX_LABELS = 16,          /* of a sample, and as many rejected; the newest stay */
    FL_SAMPLE_MAX_LABEL_BYTES = 768,
    FL_SAMPLE_MAX_WEIGHT = 4,
    FL_SAMPLE_HELD_OUT_EVERY = 5, /* one in so many is held out */
    FL_HISTORY_MAX_CAPACITY = 1000000,
};

/* One thing to learn. Borrowed. */
struct fl_lesson {
    struct fl_str text;
    const char *const *used; /* labels that fit */
    size_t used_count;
    const char *const *rejected; /* labels that do not */
    size_t rejected_count;
    bool correction; /* `used` is all that fits; none: nothing does */
    int64_t at_s;
    uint32_t needed, exposed; /* see struct fl_store_sample */
};

/* -FL_EINVAL for an empty text, no label at all, a label that is empty or has control characters,
 * one that is used and rejected at once; -FL_EUTF8; -FL_ELIMIT for labels that are too long or too
 * many. The message says which. */
int fl_lesson_check(const struct fl_lesson *lesson, struct fl_err *err);

struct fl_history_change {
    uint32_t learned; /* lessons */
    uint32_t dropped; /* samples that had to go */
};

/* Learns all lessons, which must have passed fl_lesson_check, in one transaction. */
int fl_history_learn(struct fl_store *store, const struct fl_lesson *lessons, size_t count,
                     uint32_t capacity, struct fl_history_change *ret_change, struct fl_err *err);

/* Removes the sample of a text. -FL_ENOENT, -FL_EUTF8. */
int fl_history_forget(struct fl_store *store, struct fl_str text, struct fl_err *err);

/* The key of a text in the store. -FL_EUTF8, -FL_ENOMEM. */
int fl_sample_key(struct fl_str text, unsigned char ret_key[FL_STORE_KEY_BYTES]);
bool fl_sample_is_held_out(const unsigned char key[FL_STORE_KEY_BYTES]);

/* --- reading it --- */

struct fl_history_item {
    int64_t id;
    struct fl_str text;
    const char **labels; /* newest first */
    uint32_t label_count;
    uint32_t weight; /* 1 – FL_SAMPLE_MAX_WEIGHT */
    bool held_out;
    bool corrected; /* somebody corrected or rejected something */
    int64_t uses;
    int64_t needed, exposed;
};

/* A copy of the history at one moment; all-zero is empty. */
struct fl_history {
    struct fl_arena arena;
    struct fl_history_item *items; /* oldest first */
    uint32_t count, capacity;
};

int fl_history_read(struct fl_store *store, struct fl_history *ret_history, struct fl_err *err);
void fl_history_destroy(struct fl_history *history);

#endif
