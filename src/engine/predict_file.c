/* predict_file.c: HOME/sequences.flm; see predict.h. The section "names" holds the names of the
 * items by number, each followed by a NUL. */
#include "engine/predict.h"

#include "engine/engine.h"
#include "model/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { FILE_MAX_BYTES = 1 << 30, PATH_BYTES = 4096 };

static const char KIND[] = "SEQUENCE";

/* --- names --- */

void fl_item_names_destroy(struct fl_item_names *items)
{
    fl_strmap_destroy(&items->numbers);
    fl_arena_destroy(&items->arena);
    free(items->names);
    *items = (struct fl_item_names){0};
}

int fl_item_names_number(struct fl_item_names *items, struct fl_str name, uint32_t *ret_number)
{
    *ret_number = fl_strmap_get(&items->numbers, name);
    if (*ret_number != FL_STRMAP_NONE)
        return 0;
    if (items->count == FL_SEQUENCE_ITEMS_MAX)
        return -FL_ELIMIT;
    if (items->count == items->capacity) {
        uint32_t capacity = items->capacity ? items->capacity * 2 : 64;
        const char **grown = realloc(items->names, capacity * sizeof *grown);
        if (!grown)
            return -FL_ENOMEM;
        items->names = grown;
        items->capacity = capacity;
    }
    const char *copy = fl_arena_strndup(&items->arena, name.ptr, name.len);
    if (!copy || fl_strmap_put(&items->numbers, (struct fl_str){copy, name.len}, items->count))
        return -FL_ENOMEM;
    *ret_number = items->count;
    items->names[items->count++] = copy;
    return 0;
}

/* As many different ones as there are items. */
static int parse_names(const char *text, size_t len, struct fl_item_names *items,
                       struct fl_err *err)
{
    for (size_t at = 0; at < len;) {
        size_t name = strnlen(text + at, len - at);
        uint32_t number;
        if (!name || name > FL_USE_MAX_NAME_BYTES || at + name == len)
            return fl_err_set(err, FL_ECORRUPT, "a name of an item is empty, too long or cut off");
        uint32_t expected = items->count;
        int rc = fl_item_names_number(items, (struct fl_str){text + at, name}, &number);
        if (rc == -FL_ENOMEM)
            return fl_err_nomem(err);
        if (rc || number != expected)
            return fl_err_set(err, FL_ECORRUPT, "too many items, or two of one name");
        at += name + 1;
    }
    return 0;
}

/* --- reading --- */

static uint64_t mark_of(const void *bytes, size_t len)
{
    return XXH3_64bits(bytes, len) | 1; /* 0: no file */
}

int fl_predictor_parse(const void *bytes, size_t len, struct fl_sequence **ret_sequence,
                       struct fl_item_names *ret_items, struct fl_err *err)
{
    struct fl_model_file file;
    struct fl_item_names items = {0};
    struct fl_sequence *sequence = NULL;
    const void *names;
    size_t names_len;
    int rc = fl_model_file_view(&file, bytes, len, KIND, err);
    if (!rc)
        rc = fl_model_file_section(&file, "names", 1, SIZE_MAX, &names, &names_len, err);
    if (!rc)
        rc = parse_names(names, names_len, &items, err);
    if (!rc)
        rc = fl_sequence_read(&file, &FL_SEQUENCE_LIMITS_DEFAULT, &sequence, err);
    if (!rc) {
        struct fl_sequence_state state;
        fl_sequence_inspect(sequence, &state);
        if (state.items > items.count)
            rc = fl_err_set(err, FL_ECORRUPT, "there are items without a name");
    }
    if (rc) {
        fl_item_names_destroy(&items);
        fl_sequence_free(sequence);
        return rc;
    }
    *ret_sequence = sequence;
    *ret_items = items;
    return 0;
}

/* What the file holds, and its mark. -FL_ENOENT without one. */
static int read_file(const struct fl_predictor *p, struct fl_sequence **ret_sequence,
                     struct fl_item_names *ret_items, uint64_t *ret_mark, struct fl_err *err)
{
    struct fl_os_map map = {0};
    int rc = fl_os_map_file(p->path, &map, err);
    if (rc)
        return rc;
    *ret_mark = mark_of(map.ptr, map.len);
    rc = fl_predictor_parse(map.ptr, map.len, ret_sequence, ret_items, err);
    fl_os_unmap(&map);
    return rc ? fl_err_prefix(err, rc, "%s", p->path) : 0;
}

void fl_predictor_unlock(struct fl_predictor *p)
{
    struct fl_err news = p->news;
    p->news.code = 0;
    pthread_mutex_unlock(&p->lock);
    if (news.code)
        fl_log_write(p->log, FL_LOG_WARNING, "%s", news.message);
}

int fl_predictor_open(struct fl_predictor *p, struct fl_err *err)
{
    struct fl_err why = {0};
    if (p->sequence)
        return 0;
    int rc = p->path ? read_file(p, &p->sequence, &p->items, &p->file_mark, &why) : -FL_ENOENT;
    if (!rc)
        return 0;
    if (rc == -FL_ECORRUPT || rc == -FL_EVERSION) {
        p->damaged = true;
        fl_err_set(&p->news, FL_ECORRUPT,
                   "%s; predictions begin anew, and the file is kept as sequences.flm.damaged "
                   "when they are written",
                   why.message);
    } else if (rc != -FL_ENOENT) {
        return why.code ? fl_err_set(err, why.code, "%s", why.message) : fl_err_nomem(err);
    }
    p->sequence = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
    return p->sequence ? 0 : fl_err_nomem(err);
}

/* --- writing --- */

static int serialise(const struct fl_predictor *p, struct fl_buf *ret_bytes)
{
    struct fl_model_writer writer = {0};
    struct fl_buf names = {0};
    for (uint32_t i = 0; i < p->items.count; i++)
        fl_buf_append(&names, p->items.names[i], strlen(p->items.names[i]) + 1);
    fl_sequence_write(p->sequence, &writer);
    fl_model_writer_add(&writer, "names", fl_buf_text(&names), names.len);
    int rc = fl_buf_failed(&names) ? -FL_ENOMEM : fl_model_writer_finish(&writer, KIND, ret_bytes);
    fl_model_writer_destroy(&writer);
    fl_buf_destroy(&names);
    return rc;
}

/* Learns the unsaved uses on top of what another process wrote. */
static int merge(struct fl_predictor *p, struct fl_sequence *theirs,
                 struct fl_item_names *their_items)
{
    for (uint32_t i = 0; i < p->unsaved_count; i++) {
        struct fl_unsaved_use *use = &p->unsaved[i];
        uint32_t item;
        const char *name = p->items.names[use->item];
        if (fl_item_names_number(their_items, fl_str_of(name), &item) ||
            fl_sequence_watch(theirs, &use->place) || fl_sequence_learn(theirs, &use->place, item))
            return -FL_ENOMEM;
    }
    for (uint32_t i = 0; i < p->unsaved_count; i++) /* they are numbered there from now on */
        p->unsaved[i].item =
            fl_strmap_get(&their_items->numbers, fl_str_of(p->items.names[p->unsaved[i].item]));
    return 0;
}

static void become(struct fl_predictor *p, struct fl_sequence *sequence,
                   const struct fl_item_names *items)
{
    fl_sequence_free(p->sequence);
    fl_item_names_destroy(&p->items);
    p->sequence = sequence;
    p->items = *items;
}

/* What another process wrote: merged where that can be done. */
static int take_bytes(struct fl_predictor *p, const struct fl_buf *bytes, struct fl_err *err)
{
    struct fl_sequence *theirs = NULL;
    struct fl_item_names items = {0};
    int rc = fl_predictor_parse(bytes->ptr, bytes->len, &theirs, &items, err);
    if (rc == -FL_ECORRUPT || rc == -FL_EVERSION) {
        char aside[PATH_BYTES];
        snprintf(aside, sizeof aside, "%s.damaged", p->path);
        return fl_os_write_file(aside, bytes->ptr, bytes->len, err);
    }
    if (rc)
        return rc;
    if (p->unsaved_lost)
        fl_err_set(&p->news, FL_ECHANGED, "%s: what another process wrote meanwhile is replaced",
                   p->path);
    else if (merge(p, theirs, &items))
        rc = fl_err_nomem(err);
    if (!rc && !p->unsaved_lost) {
        become(p, theirs, &items);
        return 0;
    }
    fl_sequence_free(theirs);
    fl_item_names_destroy(&items);
    return rc;
}

/* Before the file is replaced: what it holds that we do not know is taken over, and what cannot be
 * read is kept aside. */
static int take_others(struct fl_predictor *p, struct fl_err *err)
{
    struct fl_buf bytes = {0};
    int rc = fl_os_read_file(p->path, FILE_MAX_BYTES, &bytes, err);
    if (rc == -FL_ENOENT)
        return 0;
    if (!rc && (p->damaged || mark_of(fl_buf_text(&bytes), bytes.len) != p->file_mark))
        rc = take_bytes(p, &bytes, err);
    fl_buf_destroy(&bytes);
    return rc;
}

/* With save_lock and the file's lock held. */
static int write_all(struct fl_predictor *p, struct fl_err *err)
{
    struct fl_buf bytes = {0};
    pthread_mutex_lock(&p->lock);
    uint32_t unsaved = p->unsaved_count;
    int rc = take_others(p, err);
    if (!rc && serialise(p, &bytes))
        rc = fl_err_nomem(err);
    fl_predictor_unlock(p);
    if (!rc)
        rc = fl_os_write_file(p->path, bytes.ptr, bytes.len, err);
    if (!rc) {
        pthread_mutex_lock(&p->lock);
        p->unsaved_count -= unsaved;
        memmove(p->unsaved, p->unsaved + unsaved, p->unsaved_count * sizeof *p->unsaved);
        p->unsaved_lost = p->damaged = false;
        p->file_mark = mark_of(bytes.ptr, bytes.len);
        pthread_mutex_unlock(&p->lock);
    }
    fl_buf_destroy(&bytes);
    return rc;
}

int fl_engine_save_uses(struct fl_engine *engine, struct fl_err *err)
{
    struct fl_predictor *p = engine->predictor;
    if (!p->path)
        return fl_err_set(err, FL_ENOTSUP, "no home folder was given: nothing is stored");
    pthread_mutex_lock(&p->save_lock);
    pthread_mutex_lock(&p->lock);
    bool dirty = p->unsaved_count || p->unsaved_lost;
    pthread_mutex_unlock(&p->lock);
    char lock_path[PATH_BYTES];
    struct fl_os_lock file_lock;
    snprintf(lock_path, sizeof lock_path, "%s.lock", p->path);
    int rc = dirty ? fl_os_make_dirs(engine->home, err) : 0;
    if (dirty && !rc)
        rc = fl_os_lock(lock_path, &file_lock, err);
    if (dirty && !rc) {
        rc = write_all(p, err);
        fl_os_unlock(&file_lock);
    }
    pthread_mutex_unlock(&p->save_lock);
    return rc;
}
