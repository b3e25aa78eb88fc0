/* fuzz_lesson.c: training rows, and what is learned from them.
 *
 * The input is JSON Lines. Rows that are read hold what rows.h promises; those that pass as lessons
 * are learned into a small history, which stays within its limits and comes back as it went in. */
#define _GNU_SOURCE
#include "learn/history.h"
#include "learn/rows.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { CAPACITY = 8, MOST_ROWS = 64 };

static char path[64];

static void remove_files(void)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[80];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static struct fl_store *open_history(void)
{
    struct fl_store *store = NULL;
    snprintf(path, sizeof path, "/tmp/fl-fuzz-lesson-%d.db", (int)getpid());
    remove_files();
    atexit(remove_files);
    if (fl_store_open(path, false, &store, NULL))
        abort();
    return store;
}

static void check_history(struct fl_store *store)
{
    struct fl_history history;
    if (fl_history_read(store, &history, NULL))
        abort();
    if (history.count > CAPACITY)
        abort();
    for (uint32_t i = 0; i < history.count; i++) {
        const struct fl_history_item *item = &history.items[i];
        if (!item->text.len || item->text.len > FL_SAMPLE_MAX_TEXT_BYTES ||
            fl_utf8_valid_length(item->text.ptr, item->text.len) != item->text.len ||
            item->label_count > FL_SAMPLE_MAX_LABELS || item->weight < 1 ||
            item->weight > FL_SAMPLE_MAX_WEIGHT)
            abort();
        for (uint32_t k = 0; k < item->label_count; k++)
            if (!*item->labels[k] || strchr(item->labels[k], '\n'))
                abort();
    }
    fl_history_destroy(&history);
}

static void learn_row(struct fl_store *store, const struct fl_rows *rows, const struct fl_row *row)
{
    const char *labels[FL_ROWS_MAX_LABELS_EACH];
    struct fl_history_change change;
    struct fl_err err = {0};
    for (uint32_t i = 0; i < row->label_count; i++) {
        if (row->labels[i] >= rows->label_count)
            abort();
        labels[i] = rows->labels[row->labels[i]];
    }
    struct fl_lesson lesson = {.text = row->text,
                               .used = labels,
                               .used_count = row->label_count,
                               .correction = row->label_count == 0};
    int rc = fl_lesson_check(&lesson, &err);
    if (rc && err.code != -rc)
        abort();
    if (!rc && fl_history_learn(store, &lesson, 1, CAPACITY, &change, &err))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct fl_store *store;
    if (!store)
        store = open_history();
    struct fl_rows rows = {0};
    struct fl_err err = {0};
    int rc = fl_rows_parse(&rows, (struct fl_str){(const char *)bytes, len}, "rows.jsonl", NULL,
                           NULL, &err);
    if (rc && err.code != -rc)
        abort();
    for (uint32_t i = 0; i < rows.count && i < MOST_ROWS; i++)
        learn_row(store, &rows, &rows.items[i]);
    check_history(store);
    fl_rows_destroy(&rows);
    return 0;
}
