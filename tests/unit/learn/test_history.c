/* test_history.c: which lessons are taken, what becomes of several about one text, what is dropped,
 * and which samples are held out. */
#define _GNU_SOURCE
#include "learn/history.h"

#include "base/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char folder[64];
    char path[96];
    struct fl_store *store;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/fl-history-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/a.db", f->folder);
    assert_int_equal(fl_store_open(f->path, false, &f->store, NULL), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    fl_store_close(f->store);
    unlink(f->path);
    int rc = rmdir(f->folder);
    free(f);
    return rc;
}

/* "a b" → labels a and b. */
struct names {
    char text[512];
    const char *items[64];
    size_t count;
};

static void split(const char *list, struct names *names)
{
    snprintf(names->text, sizeof names->text, "%s", list);
    names->count = 0;
    for (char *c = strtok(names->text, " "); c; c = strtok(NULL, " "))
        names->items[names->count++] = c;
}

static int learn_within(struct fixture *f, const char *text, const char *used, const char *rejected,
                        bool correction, uint32_t capacity, uint32_t *ret_dropped)
{
    struct names u, r;
    split(used, &u);
    split(rejected, &r);
    struct fl_lesson lesson = {.text = fl_str_of(text),
                               .used = u.items,
                               .used_count = u.count,
                               .rejected = r.items,
                               .rejected_count = r.count,
                               .correction = correction,
                               .at_s = 1700000000};
    struct fl_history_change change = {0};
    struct fl_err err = {0};
    int rc = fl_lesson_check(&lesson, &err);
    if (!rc)
        rc = fl_history_learn(f->store, &lesson, 1, capacity, &change, &err);
    if (rc)
        fail_msg("%s", err.message);
    if (ret_dropped)
        *ret_dropped += change.dropped;
    return rc;
}

static void learn(struct fixture *f, const char *text, const char *used, const char *rejected,
                  bool correction)
{
    learn_within(f, text, used, rejected, correction, 1000, NULL);
}

/* "text: labels ×weight" a line. */
static void assert_history(struct fixture *f, const char *expected)
{
    struct fl_history history;
    struct fl_buf seen = {0};
    struct fl_err err = {0};
    if (fl_history_read(f->store, &history, &err))
        fail_msg("%s", err.message);
    for (uint32_t i = 0; i < history.count; i++) {
        const struct fl_history_item *item = &history.items[i];
        fl_buf_printf(&seen, "%.*s:", (int)item->text.len, item->text.ptr);
        for (uint32_t k = 0; k < item->label_count; k++)
            fl_buf_printf(&seen, " %s", item->labels[k]);
        fl_buf_printf(&seen, " x%u\n", item->weight);
    }
    assert_string_equal(fl_buf_text(&seen), expected);
    fl_buf_destroy(&seen);
    fl_history_destroy(&history);
}

static void uses_gather_the_newest_first(void **state)
{
    struct fixture *f = *state;
    learn(f, "make it dark", "lamp/off", "", false);
    learn(f, "make it dark", "blind/close", "", false);
    assert_history(f, "make it dark: blind/close lamp/off x2\n");
    learn(f, "make it dark", "lamp/off", "", false);
    assert_history(f, "make it dark: lamp/off blind/close x3\n");
}

/* The newest word on the same text wins, whatever was said before and however often. */
static void corrections_contradict_what_was(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 50; i++)
        learn(f, "play it", "radio/play", "", false);
    assert_history(f, "play it: radio/play x4\n"); /* fifty weigh no more than four */
    learn(f, "play it", "disc/play", "", true);
    assert_history(f, "play it: disc/play x4\n");
    learn(f, "Play it!", "", "disc/play", false);
    assert_history(f, "Play it!: x4\n");
    learn(f, "play it", "radio/play", "disc/play", false);
    assert_history(f, "play it: radio/play x4\n");
    learn(f, "play it", "", "", true); /* none of these */
    assert_history(f, "play it: x4\n");
    learn(f, "play it", "disc/play", "", false); /* it was called after all */
    assert_history(f, "play it: disc/play x4\n");
}

static void alternating_corrections_do_not_grow(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 40; i++)
        learn(f, "open it", i % 2 ? "a/b" : "c/d", i % 2 ? "c/d" : "a/b", false);
    assert_history(f, "open it: a/b x4\n");
}

static void labels_of_one_text_are_bounded(void **state)
{
    struct fixture *f = *state;
    char label[32];
    for (int i = 0; i < 3 * FL_SAMPLE_MAX_LABELS; i++) {
        snprintf(label, sizeof label, "l%d", i);
        learn(f, "anything", label, "", false);
    }
    struct fl_history history;
    assert_int_equal(fl_history_read(f->store, &history, NULL), 0);
    assert_int_equal(history.items[0].label_count, FL_SAMPLE_MAX_LABELS);
    assert_string_equal(history.items[0].labels[0], "l47");
    assert_string_equal(history.items[0].labels[15], "l32");
    fl_history_destroy(&history);
}

static void the_same_text_in_other_clothes(void **state)
{
    static const char *const same[][2] = {{"Open the door!", "open  the\tDOOR"},
                                          {"straße", "STRASSE"},
                                          {"ｏｐｅｎ", "open"},
                                          {"e\u0301tude", "étude"}};
    static const char *const other[][2] = {
        {"open", "opens"}, {"!", "?"}, {"👍", "👎"}, {"c", "c 2"}, {"開く", "閉じる"}};
    unsigned char a[FL_STORE_KEY_BYTES], b[FL_STORE_KEY_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_int_equal(fl_sample_key(fl_str_of(same[i][0]), a), 0);
        assert_int_equal(fl_sample_key(fl_str_of(same[i][1]), b), 0);
        assert_memory_equal(a, b, sizeof a);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        assert_int_equal(fl_sample_key(fl_str_of(other[i][0]), a), 0);
        assert_int_equal(fl_sample_key(fl_str_of(other[i][1]), b), 0);
        assert_memory_not_equal(a, b, sizeof a);
    }
    assert_int_equal(fl_sample_key(FL_STR("\xff\xfe"), a), -FL_EUTF8);
}

static void refused(const char *text, size_t len, const char *used, const char *rejected, int code,
                    const char *part)
{
    struct fl_err err = {0};
    const char *u[] = {used}, *r[] = {rejected};
    struct fl_lesson lesson = {.text = {text, len},
                               .used = u,
                               .used_count = used != NULL,
                               .rejected = r,
                               .rejected_count = rejected != NULL};
    assert_int_equal(fl_lesson_check(&lesson, &err), -code);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not say '%s'", err.message, part);
}

static void bad_lessons_are_refused(void **state)
{
    (void)state;
    static char long_label[(64 << 10) + 1];
    memset(long_label, 'x', sizeof long_label - 1);
    refused(" \n\t", 3, "a/b", NULL, FL_EINVAL, "empty");
    refused("", 0, "a/b", NULL, FL_EINVAL, "empty");
    refused("x\xc3", 2, "a/b", NULL, FL_EUTF8, "byte 1");
    refused("x\0y", 3, "a/b", NULL, FL_EINVAL, "NUL");
    refused("x", 1, NULL, NULL, FL_EINVAL, "nothing was used");
    refused("x", 1, "", NULL, FL_EINVAL, "empty");
    refused("x", 1, long_label, NULL, FL_ELIMIT, "65536 bytes");
    refused("x", 1, NULL, long_label, FL_ELIMIT, "65536 bytes");
    refused("x", 1, "a\nb", NULL, FL_EINVAL, "control character");
    refused("x", 1, "a\x1b[2J", NULL, FL_EINVAL, "control character");
    refused("x", 1, "a\x7f", NULL, FL_EINVAL, "control character");
    refused("x", 1, "\xff", NULL, FL_EUTF8, "byte 0");
    refused("x", 1, "a/b", "a/b", FL_EINVAL, "both used and rejected");
    const char *many[FL_SAMPLE_MAX_LABELS + 1];
    for (size_t i = 0; i < FL_SAMPLE_MAX_LABELS + 1; i++)
        many[i] = "a";
    struct fl_err err;
    struct fl_lesson lesson = {
        .text = FL_STR("x"), .used = many, .used_count = FL_SAMPLE_MAX_LABELS + 1};
    assert_int_equal(fl_lesson_check(&lesson, &err), -FL_ELIMIT);
}

static void long_texts_are_cut_between_characters(void **state)
{
    struct fixture *f = *state;
    char text[2 * FL_SAMPLE_MAX_TEXT_BYTES];
    memset(text, 'x', sizeof text);
    memcpy(text + FL_SAMPLE_MAX_TEXT_BYTES - 2, "\xe9\x96\x8b", 3);
    text[sizeof text - 1] = '\0';
    learn(f, text, "a/b", "", false);
    struct fl_history history;
    assert_int_equal(fl_history_read(f->store, &history, NULL), 0);
    assert_int_equal(history.items[0].text.len, FL_SAMPLE_MAX_TEXT_BYTES - 2);
    fl_history_destroy(&history);
}

/* Of ten places, nine hundred uses of one label take what the others leave. */
static void rare_labels_survive(void **state)
{
    struct fixture *f = *state;
    char text[32];
    uint32_t dropped = 0;
    learn_within(f, "once a year", "tax/file", "", false, 10, &dropped);
    learn_within(f, "none of these", "", "", true, 10, &dropped);
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof text, "daily %d", i);
        learn_within(f, text, "mail/read", "", false, 10, &dropped);
    }
    assert_int_equal(dropped, 92);
    struct fl_history history;
    assert_int_equal(fl_history_read(f->store, &history, NULL), 0);
    assert_int_equal(history.count, 10);
    assert_string_equal(history.items[0].labels[0], "tax/file");
    assert_int_equal(history.items[1].label_count, 0);
    assert_string_equal(history.items[2].text.ptr, "daily 92"); /* the oldest went first */
    fl_history_destroy(&history);
}

/* More labels than places: each has a share of one, and the oldest go. */
static void ten_thousand_labels(void **state)
{
    enum { LABELS = 10000, CAPACITY = 500 };
    struct fixture *f = *state;
    struct fl_lesson *lessons = calloc(LABELS, sizeof *lessons);
    char(*names)[24] = calloc(LABELS, sizeof *names);
    const char **used = calloc(LABELS, sizeof *used);
    for (int i = 0; i < LABELS; i++) {
        snprintf(names[i], sizeof names[i], "label%d", i);
        used[i] = names[i];
        lessons[i] =
            (struct fl_lesson){.text = fl_str_of(names[i]), .used = &used[i], .used_count = 1};
    }
    struct fl_history_change change;
    assert_int_equal(fl_history_learn(f->store, lessons, LABELS, CAPACITY, &change, NULL), 0);
    assert_int_equal(change.learned, LABELS);
    assert_int_equal(change.dropped, LABELS - CAPACITY);
    struct fl_history history;
    assert_int_equal(fl_history_read(f->store, &history, NULL), 0);
    assert_int_equal(history.count, CAPACITY);
    assert_string_equal(history.items[0].text.ptr, "label9500");
    fl_history_destroy(&history);
    free(lessons);
    free(names);
    free(used);
}

/* About one in five, and always the same ones. */
static void a_part_is_held_out(void **state)
{
    (void)state;
    enum { TEXTS = 5000 };
    int held_out = 0;
    char text[32];
    unsigned char key[FL_STORE_KEY_BYTES];
    for (int i = 0; i < TEXTS; i++) {
        snprintf(text, sizeof text, "request %d", i);
        assert_int_equal(fl_sample_key(fl_str_of(text), key), 0);
        bool first = fl_sample_is_held_out(key);
        held_out += first;
        snprintf(text, sizeof text, " REQUEST  %d.", i);
        assert_int_equal(fl_sample_key(fl_str_of(text), key), 0);
        assert_int_equal(fl_sample_is_held_out(key), first);
    }
    assert_in_range(held_out, TEXTS / 5 - 150, TEXTS / 5 + 150);
}

static void a_text_can_be_forgotten(void **state)
{
    struct fixture *f = *state;
    struct fl_err err = {0};
    learn(f, "one", "a", "", false);
    learn(f, "two", "b", "", false);
    assert_int_equal(fl_history_forget(f->store, FL_STR("ONE"), &err), 0);
    assert_history(f, "two: b x1\n");
    assert_int_equal(fl_history_forget(f->store, FL_STR("one"), &err), -FL_ENOENT);
    assert_int_equal(fl_history_forget(f->store, FL_STR("\xff"), &err), -FL_EUTF8);
}

int main(void)
{
#define HISTORY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        HISTORY_TEST(uses_gather_the_newest_first),
        HISTORY_TEST(corrections_contradict_what_was),
        HISTORY_TEST(alternating_corrections_do_not_grow),
        HISTORY_TEST(labels_of_one_text_are_bounded),
        cmocka_unit_test(the_same_text_in_other_clothes),
        cmocka_unit_test(bad_lessons_are_refused),
        HISTORY_TEST(long_texts_are_cut_between_characters),
        HISTORY_TEST(rare_labels_survive),
        HISTORY_TEST(ten_thousand_labels),
        cmocka_unit_test(a_part_is_held_out),
        HISTORY_TEST(a_text_can_be_forgotten),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
