/* history.c: see history.h. */
#include "learn/history.h"

#include "base/strmap.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { FLAG_CORRECTED = 1, CUT_BYTES = 4 }; /* the longest UTF-8 sequence */

/* --- texts --- */

static bool is_word(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_SO: return true; /* the last: emoji say something too */
    default: return false;
    }
}

/* Words between single blanks, in place; the new length. */
static size_t keep_words(utf8proc_uint8_t *text)
{
    size_t from = 0, to = 0;
    bool blank = false;
    while (text[from]) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate(text + from, -1, &c);
        if (n <= 0)
            break; /* what utf8proc_map gave is valid */
        if (is_word(c)) {
            if (blank && to)
                text[to++] = ' ';
            memmove(text + to, text + from, (size_t)n);
            to += (size_t)n;
        }
        blank = !is_word(c);
        from += (size_t)n;
    }
    return to;
}

/* The text as far as it is kept, cut between characters. */
static struct fl_str cut(struct fl_str text)
{
    if (text.len <= FL_SAMPLE_MAX_TEXT_BYTES)
        return text;
    text.len = FL_SAMPLE_MAX_TEXT_BYTES;
    for (int i = 1; i < CUT_BYTES && ((unsigned char)text.ptr[text.len] & 0xC0) == 0x80; i++)
        text.len--;
    return text;
}

int fl_sample_key(struct fl_str text, unsigned char ret_key[FL_STORE_KEY_BYTES])
{
    text = cut(text);
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map(
        (const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &folded,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
    if (len < 0)
        return len == UTF8PROC_ERROR_NOMEM ? -FL_ENOMEM : -FL_EUTF8;
    size_t words = keep_words(folded);
    /* A text without a word in it is known by its bytes. */
    XXH128_canonical_t key;
    XXH128_canonicalFromHash(&key, words ? XXH3_128bits(folded, words)
                                         : XXH3_128bits_withSeed(text.ptr, text.len, 1));
    free(folded);
    static_assert(sizeof key == FL_STORE_KEY_BYTES, "a key has 16 bytes");
    memcpy(ret_key, &key, FL_STORE_KEY_BYTES);
    return 0;
}

bool fl_sample_is_held_out(const unsigned char key[FL_STORE_KEY_BYTES])
{
    uint64_t hash;
    memcpy(&hash, key, sizeof hash);
    return hash % FL_SAMPLE_HELD_OUT_EVERY == 0;
}

/* --- checking --- */

static int check_label(const char *label, struct fl_err *err)
{
    size_t len = strlen(label);
    if (!len)
        return fl_err_set(err, FL_EINVAL, "a label is empty");
    if (len > FL_SAMPLE_MAX_LABEL_BYTES)
        return fl_err_set(err, FL_ELIMIT, "a label has %zu bytes; at most %d are kept ('%.40s…')",
                          len, FL_SAMPLE_MAX_LABEL_BYTES, label);
    size_t valid = fl_utf8_valid_length(label, len);
    if (valid < len)
        return fl_err_set(err, FL_EUTF8, "a label is not valid UTF-8 at byte %zu", valid);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)label[i] < ' ' || label[i] == 0x7F)
            return fl_err_set(err, FL_EINVAL, "a label has a control character: '%s'", label);
    return 0;
}

static int check_labels(const char *const *labels, size_t count, struct fl_err *err)
{
    if (count > FL_SAMPLE_MAX_LABELS)
        return fl_err_set(err, FL_ELIMIT, "%zu labels for one request; at most %d are kept", count,
                          FL_SAMPLE_MAX_LABELS);
    for (size_t i = 0; i < count; i++) {
        int rc = check_label(labels[i], err);
        if (rc)
            return rc;
    }
    return 0;
}

static bool is_among(const char *label, size_t len, const char *const *labels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(labels[i]) == len && memcmp(labels[i], label, len) == 0)
            return true;
    return false;
}

int fl_lesson_check(const struct fl_lesson *lesson, struct fl_err *err)
{
    struct fl_str text = lesson->text;
    size_t valid = fl_utf8_valid_length(text.ptr, text.len);
    if (valid < text.len)
        return fl_err_set(err, FL_EUTF8, "the request is not valid UTF-8 at byte %zu", valid);
    if (memchr(text.ptr, '\0', text.len))
        return fl_err_set(err, FL_EINVAL, "the request has a NUL byte");
    while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
        text.len--;
    if (!text.len)
        return fl_err_set(err, FL_EINVAL, "the request is empty: nothing can be learned from it");
    if (!lesson->used_count && !lesson->rejected_count && !lesson->correction)
        return fl_err_set(err, FL_EINVAL, "nothing was used, rejected or corrected");
    int rc = check_labels(lesson->used, lesson->used_count, err);
    if (!rc)
        rc = check_labels(lesson->rejected, lesson->rejected_count, err);
    for (size_t i = 0; !rc && i < lesson->used_count; i++)
        if (is_among(lesson->used[i], strlen(lesson->used[i]), lesson->rejected,
                     lesson->rejected_count))
            rc = fl_err_set(err, FL_EINVAL, "'%s' is both used and rejected", lesson->used[i]);
    return rc;
}

/* --- merging --- */

/* Visits the labels of a newline-separated list. */
static bool next_label(const char **list, const char **ret_label, size_t *ret_len)
{
    if (!**list)
        return false;
    *ret_label = *list;
    *ret_len = strcspn(*list, "\n");
    *list += *ret_len + ((*list)[*ret_len] == '\n');
    return true;
}

/* The new labels, and behind them the old ones that are neither among them nor unwanted. */
static void merge(struct fl_buf *out, const char *const *fresh, size_t fresh_count, const char *old,
                  const char *const *unwanted, size_t unwanted_count)
{
    size_t count = 0;
    for (size_t i = 0; i < fresh_count; i++) {
        if (is_among(fresh[i], strlen(fresh[i]), fresh, i))
            continue;
        fl_buf_printf(out, "%s%s", count ? "\n" : "", fresh[i]);
        count++;
    }
    const char *label;
    size_t len;
    while (count < FL_SAMPLE_MAX_LABELS && next_label(&old, &label, &len)) {
        if (is_among(label, len, fresh, fresh_count) ||
            is_among(label, len, unwanted, unwanted_count))
            continue;
        if (count)
            fl_buf_append_char(out, '\n');
        fl_buf_append(out, label, len);
        count++;
    }
}

struct learning {
    struct fl_store *store;
    const struct fl_lesson *lessons;
    size_t count;
    uint32_t capacity;
    struct fl_history_change change;
    const struct fl_lesson *lesson; /* the present one */
    struct fl_store_sample sample;  /* what it becomes; its texts lie in … */
    struct fl_buf text, labels, rejected;
};

/* What is known of the text already. */
static int take_known(void *ctx, const struct fl_store_sample *known)
{
    struct learning *l = ctx;
    l->sample.flags = known->flags;
    l->sample.uses = known->uses;
    l->sample.first_at_s = known->first_at_s;
    l->sample.needed = known->needed;
    l->sample.exposed = known->exposed;
    fl_buf_append_str(&l->labels, known->labels);
    fl_buf_append_str(&l->rejected, known->rejected);
    return fl_buf_failed(&l->labels) || fl_buf_failed(&l->rejected) ? -FL_ENOMEM : 0;
}

static int merge_lesson(struct learning *l, struct fl_err *err)
{
    const struct fl_lesson *lesson = l->lesson;
    struct fl_buf labels = {0}, rejected = {0};
    merge(&labels, lesson->used, lesson->used_count,
          lesson->correction ? "" : fl_buf_text(&l->labels), lesson->rejected,
          lesson->rejected_count);
    merge(&rejected, lesson->rejected, lesson->rejected_count,
          lesson->correction ? "" : fl_buf_text(&l->rejected), lesson->used, lesson->used_count);
    bool failed = fl_buf_failed(&labels) || fl_buf_failed(&rejected);
    fl_buf_destroy(&l->labels);
    fl_buf_destroy(&l->rejected);
    l->labels = labels;
    l->rejected = rejected;
    return failed ? fl_err_nomem(err) : 0;
}

static int learn_lesson(struct learning *l, struct fl_err *err)
{
    const struct fl_lesson *lesson = l->lesson;
    struct fl_str text = cut(lesson->text);
    l->sample = (struct fl_store_sample){.first_at_s = lesson->at_s};
    fl_buf_clear(&l->text);
    fl_buf_clear(&l->labels);
    fl_buf_clear(&l->rejected);
    fl_buf_append(&l->text, text.ptr, text.len);
    int rc = fl_sample_key(text, l->sample.key);
    if (rc || fl_buf_failed(&l->text))
        return rc == -FL_EUTF8 ? fl_err_set(err, FL_EUTF8, "the request is not valid UTF-8")
                               : fl_err_nomem(err);
    rc = fl_store_find_sample(l->store, l->sample.key, take_known, l, err);
    if (rc == -FL_ENOMEM)
        return fl_err_nomem(err);
    if (rc && rc != -FL_ENOENT)
        return rc;
    rc = merge_lesson(l, err);
    if (rc)
        return rc;
    struct fl_store_sample *sample = &l->sample;
    sample->text = fl_buf_text(&l->text);
    sample->labels = fl_buf_text(&l->labels);
    sample->rejected = fl_buf_text(&l->rejected);
    if (lesson->correction || lesson->rejected_count)
        sample->flags |= FLAG_CORRECTED;
    sample->uses++;
    sample->last_at_s = lesson->at_s;
    sample->needed += lesson->needed;
    sample->exposed += lesson->exposed;
    return fl_store_put_sample(l->store, sample, err);
}

/* --- dropping --- */

/* What dropping needs to know of a sample. */
struct kept {
    int64_t id;
    uint32_t *labels; /* numbers; of a sample without any, that of "" */
    uint32_t label_count;
    bool dropped;
};

struct dropping {
    struct fl_arena arena;
    struct kept *rows;
    uint32_t count, capacity;
    struct fl_strmap numbers; /* of labels */
    uint32_t *samples;        /* [label]: how many there are of each */
    uint32_t label_capacity;
};

static int number_label(struct dropping *d, const char *label, size_t len, uint32_t *ret_number)
{
    uint32_t number = fl_strmap_get(&d->numbers, (struct fl_str){label, len});
    if (number == FL_STRMAP_NONE) {
        number = d->numbers.count;
        const char *copy = fl_arena_strndup(&d->arena, label, len);
        if (number == d->label_capacity) {
            uint32_t capacity = number ? number * 2 : 64;
            uint32_t *grown = realloc(d->samples, capacity * sizeof *grown);
            if (!grown)
                return -FL_ENOMEM;
            d->samples = grown;
            d->label_capacity = capacity;
        }
        d->samples[number] = 0;
        if (!copy || fl_strmap_put(&d->numbers, (struct fl_str){copy, len}, number))
            return -FL_ENOMEM;
    }
    d->samples[number]++;
    *ret_number = number;
    return 0;
}

static int note_sample(void *ctx, const struct fl_store_sample *sample)
{
    struct dropping *d = ctx;
    if (d->count == d->capacity) {
        uint32_t capacity = d->capacity ? d->capacity * 2 : 1024;
        struct kept *grown = realloc(d->rows, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        d->rows = grown;
        d->capacity = capacity;
    }
    struct kept *row = &d->rows[d->count++];
    *row = (struct kept){.id = sample->id};
    row->labels = fl_arena_array(&d->arena, FL_SAMPLE_MAX_LABELS, sizeof *row->labels);
    if (!row->labels)
        return -FL_ENOMEM;
    const char *list = sample->labels, *label;
    size_t len;
    while (row->label_count < FL_SAMPLE_MAX_LABELS && next_label(&list, &label, &len))
        if (number_label(d, label, len, &row->labels[row->label_count++]))
            return -FL_ENOMEM;
    return row->label_count ? 0 : number_label(d, "", 0, &row->labels[row->label_count++]);
}

/* Every label of it has more samples than its share. */
static bool is_spare(const struct dropping *d, const struct kept *row, uint32_t share)
{
    for (uint32_t i = 0; i < row->label_count; i++)
        if (d->samples[row->labels[i]] <= share)
            return false;
    return true;
}

static void choose_dropped(struct dropping *d, uint32_t capacity)
{
    uint32_t excess = d->count > capacity ? d->count - capacity : 0;
    uint32_t share = d->numbers.count ? capacity / (2 * d->numbers.count) : 0;
    share = share ? share : 1;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; excess && i < d->count; i++) {
            struct kept *row = &d->rows[i];
            if (row->dropped || (pass == 0 && !is_spare(d, row, share)))
                continue;
            row->dropped = true;
            excess--;
            for (uint32_t k = 0; k < row->label_count; k++)
                d->samples[row->labels[k]]--;
        }
}

static int drop_excess(struct learning *l, struct fl_err *err)
{
    struct fl_store_learned state;
    int rc = fl_store_learned_state(l->store, &state, err);
    if (rc || state.sample_count <= l->capacity)
        return rc;
    struct dropping d = {0};
    rc = fl_store_visit_samples(l->store, note_sample, &d, err);
    if (rc == -FL_ENOMEM)
        fl_err_nomem(err);
    if (!rc)
        choose_dropped(&d, l->capacity);
    for (uint32_t i = 0; !rc && i < d.count; i++)
        if (d.rows[i].dropped) {
            rc = fl_store_drop_sample(l->store, d.rows[i].id, err);
            l->change.dropped++;
        }
    fl_strmap_destroy(&d.numbers);
    fl_arena_destroy(&d.arena);
    free(d.rows);
    free(d.samples);
    return rc;
}

/* --- learning --- */

static int learn_all(void *ctx, struct fl_err *err)
{
    struct learning *l = ctx;
    int rc = 0;
    for (size_t i = 0; !rc && i < l->count; i++) {
        l->lesson = &l->lessons[i];
        rc = learn_lesson(l, err);
        l->change.learned++;
    }
    return rc ? rc : drop_excess(l, err);
}

int fl_history_learn(struct fl_store *store, const struct fl_lesson *lessons, size_t count,
                     uint32_t capacity, struct fl_history_change *ret_change, struct fl_err *err)
{
    struct learning l = {.store = store, .lessons = lessons, .count = count, .capacity = capacity};
    int rc = fl_store_change(store, learn_all, &l, err);
    fl_buf_destroy(&l.text);
    fl_buf_destroy(&l.labels);
    fl_buf_destroy(&l.rejected);
    if (!rc)
        *ret_change = l.change;
    return rc;
}

static int found(void *ctx, const struct fl_store_sample *sample)
{
    (void)ctx;
    (void)sample;
    return 0;
}

int fl_history_forget(struct fl_store *store, struct fl_str text, struct fl_err *err)
{
    unsigned char key[FL_STORE_KEY_BYTES];
    int rc = fl_sample_key(text, key);
    if (rc)
        return rc == -FL_EUTF8 ? fl_err_set(err, FL_EUTF8, "the request is not valid UTF-8")
                               : fl_err_nomem(err);
    rc = fl_store_find_sample(store, key, found, NULL, err);
    if (rc == -FL_ENOENT)
        return fl_err_set(err, FL_ENOENT, "nothing was learned from that request");
    return rc ? rc : fl_store_forget_sample(store, key, err);
}

/* --- reading it --- */

static uint32_t weight_of(const struct fl_store_sample *sample)
{
    if (sample->flags & FLAG_CORRECTED || sample->uses > FL_SAMPLE_MAX_WEIGHT)
        return FL_SAMPLE_MAX_WEIGHT;
    return sample->uses > 1 ? (uint32_t)sample->uses : 1;
}

static int copy_labels(struct fl_arena *arena, const char *list, struct fl_history_item *item)
{
    const char *label;
    size_t len;
    item->labels = fl_arena_array(arena, FL_SAMPLE_MAX_LABELS, sizeof *item->labels);
    if (!item->labels)
        return -FL_ENOMEM;
    while (item->label_count < FL_SAMPLE_MAX_LABELS && next_label(&list, &label, &len)) {
        const char *copy = fl_arena_strndup(arena, label, len);
        if (!copy)
            return -FL_ENOMEM;
        item->labels[item->label_count++] = copy;
    }
    return 0;
}

static int copy_sample(void *ctx, const struct fl_store_sample *sample)
{
    struct fl_history *history = ctx;
    if (history->count == history->capacity) {
        uint32_t capacity = history->capacity ? history->capacity * 2 : 256;
        struct fl_history_item *grown = realloc(history->items, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        history->items = grown;
        history->capacity = capacity;
    }
    struct fl_history_item *item = &history->items[history->count];
    *item = (struct fl_history_item){
        .id = sample->id,
        .text = fl_str_of(fl_arena_strdup(&history->arena, sample->text)),
        .weight = weight_of(sample),
        .held_out = fl_sample_is_held_out(sample->key),
        .corrected = (sample->flags & FLAG_CORRECTED) != 0,
        .uses = sample->uses,
        .needed = sample->needed,
        .exposed = sample->exposed,
    };
    if (!item->text.ptr || copy_labels(&history->arena, sample->labels, item))
        return -FL_ENOMEM;
    history->count++;
    return 0;
}

int fl_history_read(struct fl_store *store, struct fl_history *ret_history, struct fl_err *err)
{
    struct fl_history history = {0};
    int rc = fl_store_visit_samples(store, copy_sample, &history, err);
    if (rc == -FL_ENOMEM)
        fl_err_nomem(err);
    if (rc)
        fl_history_destroy(&history);
    else
        *ret_history = history;
    return rc;
}

void fl_history_destroy(struct fl_history *history)
{
    if (!history)
        return;
    fl_arena_destroy(&history->arena);
    free(history->items);
    *history = (struct fl_history){0};
}
