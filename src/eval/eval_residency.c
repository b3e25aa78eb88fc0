/* eval_residency.c: a trace played against memory of a bounded size.
 *
 * Rows without a size are left out, and a user's repeats. Users have memory of their own, and a
 * residency of their own that lives from their first row to their last; rows are played in the
 * order of the file, so that the one predictor that all share has seen what was there before, and
 * nothing else. Only what a user has used before is loaded ahead for him.
 *
 * A row is a use: a miss is paid with its load time, who must leave leaves, and it becomes resident
 * unless it is larger than the budget. Then preloads come, which end before the user's next row. A
 * user's first fifth (rounded down) is not counted; nor are preloads issued before the row that is
 * the last not to be. What was preloaded and is unused at the user's last row is wasted, and held
 * until then. */
#include "engine/report.h"
#include "eval/eval_sizes.h"
#include "runtime/residency.h"
#include "sequence/sequence.h"

#include <math.h>
#include <stdlib.h>

enum { LOOK_AHEAD = 8, STEPS = 1, WARMING_SHARE = 5 };

_Static_assert((int)FL_KEEP_COUNT == (int)FL_RESIDENCY_POLICY_COUNT, "the same policies");
_Static_assert((int)FL_KEEP_PREDICTION == (int)FL_RESIDENCY_PREDICTION, "in the same order");

struct user {
    struct fl_residency *residency; /* from the first row to the last */
    uint32_t *items;                /* distinct ones, ascending: their places are local numbers */
    uint32_t item_count;
    uint32_t rows, played;
    uint32_t last_item;
    fl_time last_time;
    uint64_t budget_bytes;
};

struct play {
    const struct fl_eval_residency_options *options;
    struct fl_trace trace;
    struct fl_size *sizes; /* [items] */
    struct user *users;
    uint32_t *items; /* of all users, one user behind the other */
    struct fl_sequence *sequence;
    struct fl_eval_residency_result *result;
    uint64_t misses;
    double bytes, missed_bytes, load_ms, missed_load_ms;
    struct fl_err *err;
};

void fl_eval_residency_options_init(struct fl_eval_residency_options *options)
{
    *options = (struct fl_eval_residency_options){.struct_size = sizeof *options,
                                                  .policy = FL_KEEP_HYBRID};
}

const char *fl_keep_policy_name(enum fl_keep_policy policy)
{
    return (unsigned)policy < FL_KEEP_COUNT ? fl_residency_policy_names[policy] : "unknown";
}

/* --- who used what --- */

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static int tell_missing_sizes(const struct play *play, struct fl_findings *findings)
{
    const struct fl_strmap *map = &play->trace.items;
    const char **names = calloc((size_t)map->count + 1, sizeof *names);
    if (!names)
        return -FL_ENOMEM;
    for (uint32_t s = 0; s < map->capacity; s++) /* findings come in the order of the items */
        if (map->slots[s].key)
            names[map->slots[s].value] = map->slots[s].key;
    for (uint32_t i = 0; i < map->count; i++)
        if (!play->sizes[i].known)
            fl_findings_add(findings, FL_SEVERITY_ERROR, FL_ENOENT, play->options->sizes, 0,
                            names[i], "has no size: its rows are left out");
    free(names);
    return 0;
}

/* Microseconds; places in a sequence count as seconds. */
static fl_time time_of(const struct fl_trace *trace, const struct fl_trace_row *row)
{
    int64_t scale = trace->unit == FL_TRACE_MICROSECONDS   ? 1
                    : trace->unit == FL_TRACE_MILLISECONDS ? 1000
                                                           : 1000000;
    int64_t least = INT64_MIN / scale;
    return (row->time > least ? row->time : least) * scale;
}

/* Leaves out what has no size, and repeats; counts the rest. A user's time does not go back. */
static void keep_rows(struct play *play)
{
    struct fl_trace *trace = &play->trace;
    uint32_t kept = 0;
    for (uint32_t e = 0; e < trace->row_count; e++) {
        struct fl_trace_row row = trace->rows[e];
        struct user *user = &play->users[row.user];
        if (!play->sizes[row.item].known || (user->rows && user->last_item == row.item))
            continue;
        row.time = time_of(trace, &row);
        if (user->rows && row.time < user->last_time)
            row.time = user->last_time;
        user->last_time = row.time;
        user->last_item = row.item;
        user->rows++;
        trace->rows[kept++] = row;
    }
    trace->row_count = kept;
}

static uint64_t percent_of(double percent, const struct play *play, const struct user *user)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < user->item_count; i++)
        sum += play->sizes[user->items[i]].bytes;
    double bytes = floor((double)sum * percent / 100);
    return bytes < (double)FL_RESIDENCY_MAX_BYTES ? (uint64_t)bytes : FL_RESIDENCY_MAX_BYTES;
}

/* Each user's distinct items, and budget. */
static int group_items(struct play *play)
{
    const struct fl_trace *trace = &play->trace;
    play->items = calloc((size_t)trace->row_count + 1, sizeof *play->items);
    if (!play->items)
        return -FL_ENOMEM;
    uint32_t *next = play->items;
    for (uint32_t u = 0; u < trace->user_count; u++) {
        play->users[u].items = next;
        next += play->users[u].rows;
    }
    for (uint32_t e = 0; e < trace->row_count; e++) {
        struct user *user = &play->users[trace->rows[e].user];
        user->items[user->item_count++] = trace->rows[e].item;
    }
    for (uint32_t u = 0; u < trace->user_count; u++) {
        struct user *user = &play->users[u];
        uint32_t distinct = 0;
        qsort(user->items, user->item_count, sizeof *user->items, by_number);
        for (uint32_t i = 0; i < user->item_count; i++)
            if (!distinct || user->items[distinct - 1] != user->items[i])
                user->items[distinct++] = user->items[i];
        user->item_count = distinct;
        user->budget_bytes = play->options->budget_percent > 0
                                 ? percent_of(play->options->budget_percent, play, user)
                                 : play->options->budget_bytes;
    }
    return 0;
}

static bool find_local(const struct user *user, uint32_t item, uint32_t *ret_local)
{
    const uint32_t *found =
        bsearch(&item, user->items, user->item_count, sizeof *user->items, by_number);
    if (found)
        *ret_local = (uint32_t)(found - user->items);
    return found != NULL;
}

/* --- playing --- */

static int begin(struct play *play, struct user *user)
{
    const struct fl_residency_options options = {
        .policy = (enum fl_residency_policy)play->options->policy,
        .budget_bytes = user->budget_bytes,
        .items = user->item_count,
    };
    int rc = fl_residency_create(&options, &user->residency);
    for (uint32_t i = 0; !rc && i < user->item_count; i++) {
        const struct fl_size *size = &play->sizes[user->items[i]];
        const struct fl_residency_item item = {
            .bytes = size->bytes, .load_ms = size->load_ms, .priority = FL_PRIORITY_MEDIUM};
        rc = fl_residency_describe(user->residency, i, &item);
    }
    return rc;
}

/* What is unused at the end was wasted. */
static void end(struct play *play, struct user *user, fl_time now)
{
    for (uint32_t i = 0; i < user->item_count; i++)
        fl_residency_leave(user->residency, i, FL_RESIDENCY_UNLOADED, now);
    struct fl_residency_counts counts;
    fl_residency_counts(user->residency, &counts);
    play->result->preloads += counts.issued;
    play->result->preloads_used += counts.useful;
    play->result->wasted_byte_seconds += counts.wasted_byte_seconds;
    fl_residency_free(user->residency);
    user->residency = NULL;
}

static void make_room(struct fl_residency *residency, const uint32_t *victims, uint32_t count,
                      fl_time now)
{
    for (uint32_t v = 0; v < count; v++)
        fl_residency_leave(residency, victims[v], FL_RESIDENCY_EVICTED, now);
}

/* Uses the item, loads it if need be, and counts what that took. */
static void demand(struct play *play, struct user *user, uint32_t local,
                   const struct fl_trace_row *event, bool counted)
{
    const struct fl_size *size = &play->sizes[event->item];
    bool resident = fl_residency_use(user->residency, local, event->time);
    if (counted) {
        play->result->requests++;
        play->bytes += (double)size->bytes;
        play->load_ms += size->load_ms;
    }
    if (resident)
        return;
    if (counted) {
        play->misses++;
        play->missed_bytes += (double)size->bytes;
        play->missed_load_ms += size->load_ms;
    }
    const uint32_t *victims;
    uint32_t count;
    if (fl_residency_propose(user->residency, size->bytes, &victims, &count))
        return; /* larger than the budget: it is served and gone */
    make_room(user->residency, victims, count, event->time);
    fl_residency_admit(user->residency, local, FL_RESIDENCY_DEMANDED, event->time);
}

static struct fl_sequence_place place_of(const struct play *play, const struct fl_trace_row *event)
{
    bool wall = play->trace.unit != FL_TRACE_INDEX;
    return (struct fl_sequence_place){.user = event->user,
                                      .stream = event->user,
                                      .at_ms = wall ? event->time / 1000 : FL_SEQUENCE_NO_TIME};
}

/* What the user may need next, of what he has used before; and loads what pays. */
static void look_ahead(struct play *play, struct user *user, const struct fl_trace_row *event)
{
    const struct fl_sequence_place place = place_of(play, event);
    struct fl_sequence_outlook outlook[LOOK_AHEAD];
    uint32_t locals[LOOK_AHEAD];
    size_t count = fl_sequence_look_ahead(play->sequence, &place, STEPS, outlook, LOOK_AHEAD);
    size_t known = 0;
    for (size_t i = 0; i < count; i++)
        if (find_local(user, outlook[i].item, &locals[known]) &&
            fl_residency_was_used(user->residency, locals[known]))
            fl_residency_expect(user->residency, locals[known++], (double)outlook[i].probability);
    for (size_t i = 0; play->options->preload && i < known; i++) {
        const uint32_t *victims;
        uint32_t victim_count;
        if (!fl_residency_foreload(user->residency, locals[i], &victims, &victim_count))
            continue;
        make_room(user->residency, victims, victim_count, event->time);
        fl_residency_admit(user->residency, locals[i], FL_RESIDENCY_FORELOADED, event->time);
    }
}

static int play_event(struct play *play, const struct fl_trace_row *event)
{
    struct user *user = &play->users[event->user];
    if (!user->residency && begin(play, user))
        return -FL_ENOMEM;
    uint32_t local = 0, warming = user->rows / WARMING_SHARE;
    find_local(user, event->item, &local);
    demand(play, user, local, event, user->played >= warming);
    user->played++;
    if (user->played == warming)
        fl_residency_reset_counts(user->residency);
    if (play->sequence) {
        const struct fl_sequence_place place = place_of(play, event);
        if (fl_sequence_learn(play->sequence, &place, event->item) == -FL_ENOMEM)
            return -FL_ENOMEM;
        if (user->played < user->rows)
            look_ahead(play, user, event);
        if (fl_sequence_watch(play->sequence, &place))
            return -FL_ENOMEM;
    }
    if (user->played == user->rows)
        end(play, user, event->time);
    return 0;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void divide(struct play *play)
{
    struct fl_eval_residency_result *r = play->result;
    for (uint32_t u = 0; u < play->trace.user_count; u++)
        r->users += play->users[u].rows > 0;
    r->miss_ratio = ratio((double)play->misses, (double)r->requests);
    r->byte_miss_ratio = ratio(play->missed_bytes, play->bytes);
    r->load_ms_ratio = ratio(play->missed_load_ms, play->load_ms);
    r->wasted_percent = 100 * ratio((double)(r->preloads - r->preloads_used), (double)r->preloads);
    r->coverage = ratio((double)r->preloads_used, (double)(r->preloads_used + play->misses));
}

static int play_all(struct play *play)
{
    if (play->options->preload || play->options->policy == FL_KEEP_PREDICTION) {
        play->sequence = fl_sequence_create(&FL_SEQUENCE_LIMITS_DEFAULT);
        if (!play->sequence)
            return -FL_ENOMEM;
    }
    for (uint32_t e = 0; e < play->trace.row_count; e++)
        if (play_event(play, &play->trace.rows[e]))
            return -FL_ENOMEM;
    divide(play);
    return 0;
}

/* --- around it --- */

static int read_files(struct play *play, struct fl_findings *findings)
{
    int rc = fl_trace_read(&play->trace, play->options->trace, findings, play->err);
    if (rc)
        return rc;
    play->sizes = calloc((size_t)play->trace.item_count + 1, sizeof *play->sizes);
    play->users = calloc((size_t)play->trace.user_count + 1, sizeof *play->users);
    if (!play->sizes || !play->users)
        return fl_err_nomem(play->err);
    rc = fl_sizes_read(&play->trace, play->options->sizes, play->sizes, findings, play->err);
    if (rc)
        return rc;
    if (tell_missing_sizes(play, findings))
        return fl_err_nomem(play->err);
    keep_rows(play);
    if (!play->trace.row_count)
        return fl_err_set(play->err, FL_EPARSE, "'%s' has no row that can be played",
                          play->options->trace);
    return group_items(play) ? fl_err_nomem(play->err) : 0;
}

static void destroy(struct play *play)
{
    for (uint32_t u = 0; play->users && u < play->trace.user_count; u++)
        fl_residency_free(play->users[u].residency);
    free(play->users);
    free(play->items);
    free(play->sizes);
    fl_sequence_free(play->sequence);
    fl_trace_destroy(&play->trace);
}

/* Older callers have a shorter struct. */
static int copy_options(const struct fl_eval_residency_options *options,
                        struct fl_eval_residency_options *own, struct fl_err *err)
{
    fl_eval_residency_options_init(own);
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL,
                          "options were not made by fl_eval_residency_options_init");
    memcpy(own, options, options->struct_size);
    if (!own->trace || !own->sizes)
        return fl_err_set(err, FL_EINVAL, "a file of rows and one of sizes are needed");
    if ((unsigned)own->policy >= FL_KEEP_COUNT)
        return fl_err_set(err, FL_EINVAL, "there is no such policy");
    if (!(own->budget_percent >= 0 && own->budget_percent <= 100) ||
        own->budget_bytes > FL_RESIDENCY_MAX_BYTES)
        return fl_err_set(err, FL_EINVAL, "the budget must be at most 100 %% or 2^60 bytes");
    return 0;
}

int fl_eval_residency(const struct fl_eval_residency_options *options,
                      struct fl_eval_residency_result *ret_result, struct fl_report **ret_report,
                      struct fl_err *err)
{
    struct fl_report *report = fl_report_create();
    struct fl_eval_residency_result result = {0};
    struct fl_eval_residency_options own;
    struct play play = {.options = &own, .result = &result, .err = err};
    int rc = report ? copy_options(options, &own, err) : fl_err_nomem(err);
    if (!rc)
        rc = read_files(&play, &report->findings);
    if (!rc && play_all(&play))
        rc = fl_err_nomem(err);
    if (!rc)
        *ret_result = result;
    destroy(&play);
    fl_report_hand_out(report, ret_report);
    return rc;
}
