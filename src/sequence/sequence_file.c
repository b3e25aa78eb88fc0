/* sequence_file.c: the predictor in a model file; see sequence.h.
 *
 *   shape     one struct shape
 *   counts    of each item             top       the most frequent, in order
 *   nodes     everybody's contexts     own       each user's, one after another, by `users`
 *   users     oldest first             streams   oldest first
 *   mixtures, depths, reliable, outcomes         what was learned about the predictions themselves
 *
 * Nodes and slots come in the order that they lie in, so that a predictor that was read goes on
 * exactly as the one that was written. */
#include "model/model_file.h"
#include "sequence/sequence_core.h"

#include <math.h>
#include <stdlib.h>

enum { FORMAT = 1 };

struct shape {
    uint32_t format, order;
    uint32_t items, top, users, streams;
    uint32_t bits, nodes, evictions, own_nodes;
    uint64_t uses;
};

struct kept_user {
    uint64_t key, last_stream;
    uint16_t recent[FL_RECENT_ITEMS];
    uint32_t uses;
    uint32_t bits, nodes, evictions; /* of their own */
};

struct kept_stream {
    uint64_t key;
    struct fl_sequence_stream stream;
};

_Static_assert(sizeof(struct shape) == 48, "what is kept has no padding");
_Static_assert(sizeof(struct kept_user) == 64, "nor a user");
_Static_assert(sizeof(struct fl_watched) == 76, "nor a prediction");
_Static_assert(sizeof(struct kept_stream) == 248, "nor a stream");
_Static_assert(sizeof(struct fl_outcomes) == FL_OUTCOMES_KEPT * 5 + 8, "nor the outcomes");

/* --- writing --- */

static void append_nodes(struct fl_buf *buf, const struct fl_context_tree *tree)
{
    for (size_t i = 0; tree->nodes && i < (size_t)1 << tree->bits; i++)
        if (tree->nodes[i].tag)
            fl_buf_append(buf, &tree->nodes[i], sizeof tree->nodes[i]);
}

static void append_users(const struct fl_sequence *s, struct fl_buf *users, struct fl_buf *own)
{
    for (uint32_t i = s->user_slots.oldest; i != FL_LRU_NONE; i = s->user_slots.newer[i]) {
        const struct fl_sequence_user *user = &s->users[i];
        struct kept_user kept = {
            .key = s->user_slots.keys[i],
            .last_stream = user->last_stream,
            .uses = user->uses,
            .bits = user->own.bits,
            .nodes = user->own.count,
            .evictions = user->own.evictions,
        };
        memcpy(kept.recent, user->recent, sizeof kept.recent);
        fl_buf_append(users, &kept, sizeof kept);
        append_nodes(own, &user->own);
    }
}

static void append_streams(const struct fl_sequence *s, struct fl_buf *streams)
{
    for (uint32_t i = s->stream_slots.oldest; i != FL_LRU_NONE; i = s->stream_slots.newer[i]) {
        struct kept_stream kept = {s->stream_slots.keys[i], s->streams[i]};
        fl_buf_append(streams, &kept, sizeof kept);
    }
}

/* A buffer that failed is told to the writer by a name that it refuses. */
static void add_buffer(struct fl_model_writer *writer, const char *name, struct fl_buf *buf)
{
    if (fl_buf_failed(buf) && !writer->error)
        writer->error = -FL_ENOMEM;
    fl_model_writer_add(writer, name, fl_buf_text(buf), buf->len);
    fl_buf_destroy(buf);
}

void fl_sequence_write(const struct fl_sequence *s, struct fl_model_writer *writer)
{
    struct fl_buf nodes = {0}, users = {0}, own = {0}, streams = {0};
    append_nodes(&nodes, &s->tree);
    append_users(s, &users, &own);
    append_streams(s, &streams);
    struct shape shape = {
        .format = FORMAT,
        .order = s->limits.order,
        .items = s->frequency.items,
        .top = s->frequency.top_count,
        .users = s->user_slots.count,
        .streams = s->stream_slots.count,
        .bits = s->tree.bits,
        .nodes = s->tree.count,
        .evictions = s->tree.evictions,
        .own_nodes = (uint32_t)(own.len / sizeof(struct fl_context_node)),
        .uses = s->uses,
    };
    fl_model_writer_add(writer, "shape", &shape, sizeof shape);
    fl_model_writer_add(writer, "counts", s->frequency.count ? s->frequency.count : &shape.top,
                        s->frequency.items * sizeof *s->frequency.count);
    fl_model_writer_add(writer, "top", s->frequency.top,
                        s->frequency.top_count * sizeof *s->frequency.top);
    add_buffer(writer, "nodes", &nodes);
    add_buffer(writer, "own", &own);
    add_buffer(writer, "users", &users);
    add_buffer(writer, "streams", &streams);
    fl_model_writer_add(writer, "mixtures", s->mixtures, sizeof s->mixtures);
    fl_model_writer_add(writer, "depths", s->depth_hits, sizeof s->depth_hits);
    fl_model_writer_add(writer, "reliable", s->reliability, sizeof s->reliability);
    fl_model_writer_add(writer, "outcomes", &s->outcomes, sizeof s->outcomes);
}

/* --- reading --- */

struct reader {
    const struct fl_model_file *file;
    struct fl_sequence *sequence;
    const struct shape *shape;
    struct fl_err *err;
};

static int damaged(const struct reader *r, const char *section)
{
    return fl_err_set(r->err, FL_ECORRUPT, "section \"%s\" of the model holds what cannot be",
                      section);
}

/* -FL_ENOMEM and -FL_ECORRUPT with their message. */
static int told(const struct reader *r, int result, const char *section)
{
    return result == -FL_ENOMEM ? fl_err_nomem(r->err) : result ? damaged(r, section) : 0;
}

static int take(const struct reader *r, const char *name, size_t unit, size_t count,
                const void **ret)
{
    return fl_model_file_section(r->file, name, unit, count, ret, NULL, r->err);
}

static bool all_items(const uint16_t *items, size_t count, uint32_t limit, uint16_t also)
{
    for (size_t i = 0; i < count; i++)
        if (items[i] >= limit && items[i] != also && items[i] != FL_CONTEXT_NONE)
            return false;
    return true;
}

static bool all_within(const float *values, size_t count, float least, float most)
{
    for (size_t i = 0; i < count; i++)
        if (!(values[i] >= least && values[i] <= most))
            return false;
    return true;
}

static int read_counts(const struct reader *r)
{
    struct fl_sequence *s = r->sequence;
    const void *counts, *top;
    uint32_t items = r->shape->items;
    if (items > FL_SEQUENCE_ITEMS_MAX || r->shape->top > FL_FREQUENCY_TOP)
        return damaged(r, "shape");
    int rc = take(r, "counts", sizeof(uint32_t), items, &counts);
    if (!rc)
        rc = take(r, "top", sizeof(uint16_t), r->shape->top, &top);
    if (rc || !items)
        return rc;
    if (!fl_sequence_reserve_item(s, (uint16_t)(items - 1)))
        return fl_err_nomem(r->err);
    memcpy(s->frequency.count, counts, items * sizeof(uint32_t));
    s->frequency.items = items;
    s->frequency.top_count = r->shape->top;
    memcpy(s->frequency.top, top, r->shape->top * sizeof(uint16_t));
    for (uint32_t i = 0; i < items; i++) {
        if (s->frequency.count[i] > FL_FREQUENCY_COUNT_MAX)
            return damaged(r, "counts");
        s->frequency.total += s->frequency.count[i];
    }
    for (uint32_t i = 0; i < r->shape->top; i++)
        for (uint32_t j = 0; j <= i; j++)
            if (s->frequency.top[i] >= items ||
                (j < i && s->frequency.top[i] == s->frequency.top[j]))
                return damaged(r, "top");
    return 0;
}

static int read_nodes(const struct reader *r)
{
    const void *nodes;
    int rc = take(r, "nodes", sizeof(struct fl_context_node), r->shape->nodes, &nodes);
    if (rc)
        return rc;
    rc = fl_context_tree_restore(&r->sequence->tree, r->shape->bits, nodes, r->shape->nodes,
                                 r->shape->items);
    r->sequence->tree.evictions = r->shape->evictions;
    return told(r, rc, "nodes");
}

static int read_user(const struct reader *r, const struct kept_user *kept,
                     const struct fl_context_node *own)
{
    struct fl_sequence *s = r->sequence;
    uint32_t slot;
    if (!all_items(kept->recent, FL_RECENT_ITEMS, r->shape->items, FL_CONTEXT_NONE))
        return damaged(r, "users");
    if (fl_sequence_user_slot(s, kept->key, &slot))
        return fl_err_nomem(r->err);
    struct fl_sequence_user *user = &s->users[slot];
    if (user->uses || user->own.nodes)
        return damaged(r, "users"); /* the same one twice */
    user->uses = kept->uses;
    user->last_stream = kept->last_stream;
    memcpy(user->recent, kept->recent, sizeof user->recent);
    int rc = fl_context_tree_restore(&user->own, kept->bits, own, kept->nodes, r->shape->items);
    user->own.evictions = kept->evictions;
    s->own_bytes += fl_context_tree_bytes(&user->own);
    return told(r, rc, "own");
}

static int read_users(const struct reader *r)
{
    const void *users, *own;
    int rc = take(r, "users", sizeof(struct kept_user), r->shape->users, &users);
    if (!rc)
        rc = take(r, "own", sizeof(struct fl_context_node), r->shape->own_nodes, &own);
    uint32_t at = 0;
    for (uint32_t i = 0; !rc && i < r->shape->users; i++) {
        const struct kept_user *kept = (const struct kept_user *)users + i;
        if (kept->nodes > r->shape->own_nodes - at || kept->bits > r->sequence->limits.own_bits)
            return damaged(r, "users");
        rc = read_user(r, kept, (const struct fl_context_node *)own + at);
        at += kept->nodes;
        fl_sequence_keep_own_within_limit(r->sequence);
    }
    return rc;
}

static int read_streams(const struct reader *r)
{
    struct fl_sequence *s = r->sequence;
    const void *streams;
    int rc = take(r, "streams", sizeof(struct kept_stream), r->shape->streams, &streams);
    for (uint32_t i = 0; !rc && i < r->shape->streams; i++) {
        struct kept_stream kept;
        memcpy(&kept, (const struct kept_stream *)streams + i, sizeof kept);
        bool holds =
            kept.stream.watched_next < FL_SEQUENCE_STEPS_MAX &&
            kept.stream.last[0] != FL_CONTEXT_NONE &&
            all_items(kept.stream.last, FL_SEQUENCE_ORDER_MAX, r->shape->items, FL_START_ITEM);
        for (unsigned w = 0; w < FL_SEQUENCE_STEPS_MAX; w++) {
            const struct fl_watched *watched = &kept.stream.watched[w];
            holds &=
                watched->step <= FL_SEQUENCE_STEPS_MAX &&
                all_items(watched->item, FL_WATCHED_ITEMS, UINT32_MAX, FL_CONTEXT_NONE) &&
                all_within(watched->within[0], sizeof watched->within / (sizeof(float)), 0, 1) &&
                all_within(&watched->sure, 1, 0, 1);
        }
        uint32_t slot;
        if (!holds)
            return damaged(r, "streams");
        if (fl_sequence_stream_slot(s, kept.key, &slot))
            return fl_err_nomem(r->err);
        s->streams[slot] = kept.stream;
    }
    return rc;
}

static int read_judgement(const struct reader *r)
{
    struct fl_sequence *s = r->sequence;
    const void *mixtures, *depths, *reliable, *outcomes;
    int rc = take(r, "mixtures", sizeof s->mixtures, 1, &mixtures);
    if (!rc)
        rc = take(r, "depths", sizeof s->depth_hits, 1, &depths);
    if (!rc)
        rc = take(r, "reliable", sizeof s->reliability, 1, &reliable);
    if (!rc)
        rc = take(r, "outcomes", sizeof s->outcomes, 1, &outcomes);
    if (rc)
        return rc;
    memcpy(s->mixtures, mixtures, sizeof s->mixtures);
    memcpy(s->depth_hits, depths, sizeof s->depth_hits);
    memcpy(s->reliability, reliable, sizeof s->reliability);
    memcpy(&s->outcomes, outcomes, sizeof s->outcomes);
    for (unsigned i = 0; i < FL_SEQUENCE_MIXTURES; i++)
        if (!all_within(s->mixtures[i].weight, FL_EXPERT_COUNT, 1e-9F, 1.01F) ||
            !all_within(&s->mixtures[i].learned, 1, 0, 1e6F))
            return damaged(r, "mixtures");
    if (!all_within(s->depth_hits, FL_RECENT_ITEMS, 0, 1e6F) || !(s->depth_hits[0] > 0))
        return damaged(r, "depths");
    if (!all_within((const float *)s->reliability, sizeof s->reliability / (sizeof(float)), 0,
                    1e6F))
        return damaged(r, "reliable");
    for (unsigned i = 0; i < FL_OUTCOMES_KEPT; i++)
        if (s->outcomes.rank[i] > FL_WATCHED_ITEMS || !all_within(&s->outcomes.sure[i], 1, 0, 1))
            return damaged(r, "outcomes");
    return 0;
}

int fl_sequence_read(const struct fl_model_file *file, const struct fl_sequence_limits *limits,
                     struct fl_sequence **ret_sequence, struct fl_err *err)
{
    struct reader r = {.file = file, .err = err};
    const void *shape;
    int rc = take(&r, "shape", sizeof *r.shape, 1, &shape);
    if (rc)
        return rc;
    r.shape = shape;
    if (r.shape->format != FORMAT)
        return fl_err_set(err, FL_EVERSION, "a sequence model of format %u; this program reads %d",
                          r.shape->format, FORMAT);
    r.sequence = fl_sequence_create(limits);
    if (!r.sequence)
        return fl_err_nomem(err);
    rc = read_counts(&r);
    if (!rc)
        rc = read_nodes(&r);
    if (!rc)
        rc = read_users(&r);
    if (!rc)
        rc = read_streams(&r);
    if (!rc)
        rc = read_judgement(&r);
    r.sequence->uses = r.shape->uses;
    if (rc)
        fl_sequence_free(r.sequence);
    else
        *ret_sequence = r.sequence;
    return rc;
}
