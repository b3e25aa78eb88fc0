/* predict.c: the predicting part of foreload.h; see predict.h. */
#include "engine/predict.h"

#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

enum { PATH_BYTES = 4096 };

/* --- creating --- */

struct fl_predictor *fl_predictor_create(const char *home, const struct fl_log *log)
{
    struct fl_predictor *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    size_t bytes = home ? strlen(home) + sizeof "/sequences.flm" : 0;
    if (bytes > PATH_BYTES - sizeof ".damaged" || (home && !(p->path = malloc(bytes)))) {
        free(p);
        return NULL;
    }
    if (home)
        snprintf(p->path, bytes, "%s/sequences.flm", home);
    p->log = log;
    pthread_mutex_init(&p->save_lock, NULL); /* default mutexes cannot fail here */
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void fl_predictor_free(struct fl_predictor *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < FL_PREDICT_CACHED; i++)
        fl_prediction_free(p->cached[i].prediction);
    fl_sequence_free(p->sequence);
    fl_item_names_destroy(&p->items);
    pthread_mutex_destroy(&p->save_lock);
    pthread_mutex_destroy(&p->lock);
    free(p->unsaved);
    free(p->path);
    free(p);
}

/* --- who, where, when --- */

static int64_t now_ms(const struct fl_engine *engine, int64_t at_ms)
{
    return at_ms ? at_ms : fl_clock_wall_s(&engine->clock) * 1000;
}

static uint64_t hash_of(const char *name, uint64_t seed)
{
    return name ? XXH3_64bits_withSeed(name, strlen(name), seed) : seed;
}

/* The user's place in the session; sessions of two users are two, whatever their names. */
static struct fl_sequence_place place_of(const char *user, const char *session, int64_t at_ms)
{
    uint64_t key = hash_of(user && *user ? user : NULL, 1);
    return (struct fl_sequence_place){
        .user = key,
        .stream = hash_of(session && *session ? session : NULL, key),
        .at_ms = at_ms,
    };
}

/* --- recording --- */

void fl_use_init(struct fl_use *use, const char *item)
{
    *use = (struct fl_use){.struct_size = sizeof *use, .item = item};
}

/* The item's full name: the catalogue's where there is one. Valid while the snapshot is pinned. */
static int resolve(const struct fl_snapshot *snapshot, const char *item, const char **ret_name,
                   struct fl_err *err)
{
    if (!item || !*item)
        return fl_err_set(err, FL_EINVAL, "no item was named");
    if (strlen(item) > FL_USE_MAX_NAME_BYTES)
        return fl_err_set(err, FL_ELIMIT, "an item's name of more than %d bytes",
                          FL_USE_MAX_NAME_BYTES);
    *ret_name = item;
    if (!snapshot)
        return 0;
    uint32_t index;
    if (fl_snapshot_find_component(snapshot, item, &index, NULL) == 0)
        return 0;
    int rc = fl_snapshot_find_tool(snapshot, item, &index, err);
    if (!rc)
        *ret_name = snapshot->catalog.tools[index].full_name;
    return rc;
}

/* Remembers the use until it is written. */
static void add_unsaved(struct fl_predictor *p, const struct fl_sequence_place *place,
                        uint32_t item)
{
    if (!p->path)
        return;
    if (p->unsaved_count == p->unsaved_capacity && p->unsaved_count < FL_PREDICT_UNSAVED_MAX) {
        uint32_t capacity = p->unsaved_capacity ? p->unsaved_capacity * 2 : 64;
        struct fl_unsaved_use *grown = realloc(p->unsaved, capacity * sizeof *grown);
        if (grown) {
            p->unsaved = grown;
            p->unsaved_capacity = capacity;
        }
    }
    if (p->unsaved_count < p->unsaved_capacity)
        p->unsaved[p->unsaved_count++] = (struct fl_unsaved_use){*place, item};
    else
        p->unsaved_lost = true;
}

static int record(struct fl_predictor *p, const struct fl_sequence_place *place, const char *name,
                  struct fl_err *err)
{
    uint32_t item, last;
    int rc = fl_predictor_open(p, err);
    if (rc)
        return rc;
    rc = fl_item_names_number(&p->items, fl_str_of(name), &item);
    if (rc == -FL_ELIMIT)
        return fl_err_set(err, FL_ELIMIT, "more than %d items were used", FL_SEQUENCE_ITEMS_MAX);
    bool repeats = !rc && fl_sequence_last_item(p->sequence, place->stream, &last) && last == item;
    if (!rc && !repeats)
        rc = fl_sequence_watch(p->sequence, place);
    if (!rc)
        rc = fl_sequence_learn(p->sequence, place, item);
    if (rc)
        return fl_err_nomem(err);
    if (!repeats)
        add_unsaved(p, place, item);
    return 0;
}

int fl_engine_record_use(struct fl_engine *engine, const struct fl_use *use, struct fl_err *err)
{
    struct fl_use known = {0};
    if (use->struct_size < sizeof use->struct_size || use->struct_size > sizeof known)
        return fl_err_set(err, FL_EINVAL, "a use that was not made by fl_use_init");
    memcpy(&known, use, use->struct_size);
    struct fl_sequence_place place =
        place_of(known.user, known.session, now_ms(engine, known.at_ms));
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    const char *name;
    int rc = resolve(snapshot, known.item, &name, err);
    if (!rc) {
        struct fl_predictor *p = engine->predictor;
        pthread_mutex_lock(&p->lock);
        rc = record(p, &place, name, err);
        fl_predictor_unlock(p);
    }
    fl_snapshot_unpin(snapshot);
    return rc;
}

/* --- predicting --- */

static const char *const signal_names[FL_SIGNAL_COUNT] = {
    [FL_SIGNAL_OWN_SEQUENCE] = "own sequence", [FL_SIGNAL_SEQUENCE] = "sequence",
    [FL_SIGNAL_RECENCY] = "recency",           [FL_SIGNAL_FREQUENCY] = "frequency",
    [FL_SIGNAL_TIME_OF_DAY] = "time of day",   [FL_SIGNAL_COMPANY] = "company",
};

static const enum fl_signal signals[FL_EXPERT_COUNT] = {
    [FL_EXPERT_SLOW] = FL_SIGNAL_SEQUENCE,    [FL_EXPERT_SHORT] = FL_SIGNAL_SEQUENCE,
    [FL_EXPERT_FAST] = FL_SIGNAL_SEQUENCE,    [FL_EXPERT_OWN] = FL_SIGNAL_OWN_SEQUENCE,
    [FL_EXPERT_RECENCY] = FL_SIGNAL_RECENCY,  [FL_EXPERT_FREQUENCY] = FL_SIGNAL_FREQUENCY,
    [FL_EXPERT_HOUR] = FL_SIGNAL_TIME_OF_DAY, [FL_EXPERT_COMPANY] = FL_SIGNAL_COMPANY,
};

const char *fl_signal_name(enum fl_signal signal)
{
    return (unsigned)signal < FL_SIGNAL_COUNT ? signal_names[signal] : NULL;
}

void fl_predict_options_init(struct fl_predict_options *options)
{
    *options = (struct fl_predict_options){.struct_size = sizeof *options, .steps = 1, .top = 5};
}

void fl_prediction_free(struct fl_prediction *prediction)
{
    if (!prediction || atomic_fetch_sub(&prediction->references, 1) != 1)
        return;
    fl_arena_destroy(&prediction->arena);
    free(prediction->items);
    free(prediction);
}

size_t fl_prediction_count(const struct fl_prediction *prediction)
{
    return prediction->count;
}

const struct fl_predicted *fl_prediction_item(const struct fl_prediction *prediction, size_t index)
{
    return index < prediction->count ? &prediction->items[index] : NULL;
}

/* The component of an item: what the catalogue says, or what stands before the first '/'. False for
 * an item that the catalogue does not have. */
static bool component_of(const struct fl_snapshot *snapshot, const char *name,
                         struct fl_str *ret_component)
{
    uint32_t index;
    *ret_component = (struct fl_str){name, strcspn(name, "/")};
    if (!snapshot || fl_snapshot_find_component(snapshot, name, &index, NULL) == 0)
        return true;
    if (fl_snapshot_find_tool(snapshot, name, &index, NULL))
        return false;
    uint32_t component = snapshot->catalog.tools[index].component;
    *ret_component = fl_str_of(snapshot->catalog.components[component].name);
    return true;
}

static int add_item(struct fl_prediction *prediction, const char *name, struct fl_str component,
                    const struct fl_sequence_outlook *outlook)
{
    const char *own_name = fl_arena_strdup(&prediction->arena, name);
    const char *own_component = fl_arena_strndup(&prediction->arena, component.ptr, component.len);
    if (!own_name || !own_component)
        return -FL_ENOMEM;
    prediction->items[prediction->count++] = (struct fl_predicted){
        .name = own_name,
        .component = own_component,
        .probability = outlook->probability,
        .step_probability = outlook->next,
        .step = outlook->step,
        .signal = signals[outlook->expert],
    };
    return 0;
}

static struct fl_prediction *make_prediction(struct fl_predictor *p,
                                             const struct fl_snapshot *snapshot,
                                             const struct fl_sequence_place *place, unsigned steps,
                                             unsigned top)
{
    struct fl_sequence_outlook ahead[FL_SEQUENCE_RANK_MAX];
    struct fl_prediction *prediction = calloc(1, sizeof *prediction);
    if (!prediction)
        return NULL;
    atomic_init(&prediction->references, 1);
    prediction->items = calloc(top, sizeof *prediction->items);
    size_t count = fl_sequence_look_ahead(p->sequence, place, steps, ahead, FL_SEQUENCE_RANK_MAX);
    bool failed = !prediction->items;
    for (size_t i = 0; !failed && i < count && prediction->count < top; i++) {
        const char *name = p->items.names[ahead[i].item];
        struct fl_str component;
        if (component_of(snapshot, name, &component))
            failed = add_item(prediction, name, component, &ahead[i]) != 0;
    }
    if (failed) {
        fl_prediction_free(prediction);
        return NULL;
    }
    return prediction;
}

static bool same_key(const struct fl_prediction_key *a, const struct fl_prediction_key *b)
{
    return a->user == b->user && a->stream == b->stream && a->known == b->known &&
           a->steps == b->steps && a->top == b->top && a->snapshot == b->snapshot;
}

/* With the lock held. The answer belongs to the cache and to the caller. */
static int predict(struct fl_predictor *p, const struct fl_snapshot *snapshot,
                   const struct fl_prediction_key *key, int64_t at_ms,
                   struct fl_prediction **ret_prediction)
{
    struct fl_cached_prediction *cached = &p->cached[(key->user ^ key->stream) % FL_PREDICT_CACHED];
    int64_t age_ms = at_ms - cached->at_ms;
    bool fresh = cached->prediction && cached->prediction->count && same_key(&cached->key, key) &&
                 age_ms >= 0 && age_ms <= FL_PREDICT_FRESH_MS;
    if (!fresh) { /* having nothing to say is not kept either */
        struct fl_sequence_place place = {key->user, key->stream, at_ms};
        struct fl_prediction *prediction =
            make_prediction(p, snapshot, &place, key->steps, key->top);
        if (!prediction)
            return -FL_ENOMEM;
        fl_prediction_free(cached->prediction);
        *cached = (struct fl_cached_prediction){*key, at_ms, prediction};
    }
    atomic_fetch_add(&cached->prediction->references, 1);
    *ret_prediction = cached->prediction;
    return 0;
}

static int check_options(const struct fl_predict_options *options, struct fl_predict_options *own,
                         struct fl_err *err)
{
    fl_predict_options_init(own);
    if (options->struct_size < sizeof options->struct_size || options->struct_size > sizeof *own)
        return fl_err_set(err, FL_EINVAL, "options were not made by fl_predict_options_init");
    memcpy(own, options, options->struct_size);
    if (own->steps < 1 || own->steps > FL_PREDICT_MAX_STEPS)
        return fl_err_set(err, FL_EINVAL, "steps must be 1 to %d", FL_PREDICT_MAX_STEPS);
    if (own->top < 1 || own->top > FL_PREDICT_MAX_TOP)
        return fl_err_set(err, FL_EINVAL, "top must be 1 to %d", FL_PREDICT_MAX_TOP);
    return 0;
}

int fl_engine_predict(struct fl_engine *engine, const struct fl_predict_options *options,
                      struct fl_prediction **ret_prediction, struct fl_err *err)
{
    struct fl_predictor *p = engine->predictor;
    struct fl_predict_options own;
    int rc = check_options(options, &own, err);
    if (rc)
        return rc;
    int64_t at_ms = now_ms(engine, own.at_ms);
    struct fl_sequence_place place = place_of(own.user, own.session, at_ms);
    struct fl_snapshot *snapshot = fl_engine_pin(engine);
    pthread_mutex_lock(&p->lock);
    rc = fl_predictor_open(p, err);
    if (!rc) {
        if (!own.session || !*own.session)
            fl_sequence_last_stream(p->sequence, place.user, &place.stream);
        struct fl_prediction_key key = {
            .user = place.user,
            .stream = place.stream,
            .known = fl_sequence_known(p->sequence, place.user),
            .steps = own.steps,
            .top = own.top,
            .snapshot = snapshot,
        };
        if (predict(p, snapshot, &key, at_ms, ret_prediction))
            rc = fl_err_nomem(err);
    }
    fl_predictor_unlock(p);
    fl_snapshot_unpin(snapshot);
    return rc;
}

int fl_engine_prediction_accuracy(struct fl_engine *engine,
                                  struct fl_prediction_accuracy *ret_accuracy, struct fl_err *err)
{
    struct fl_predictor *p = engine->predictor;
    struct fl_sequence_state state;
    pthread_mutex_lock(&p->lock);
    int rc = fl_predictor_open(p, err);
    if (!rc)
        fl_sequence_inspect(p->sequence, &state);
    uint64_t names_bytes = p->items.arena.total_bytes;
    fl_predictor_unlock(p);
    if (rc)
        return rc;
    *ret_accuracy = (struct fl_prediction_accuracy){
        .uses = state.uses,
        .scored = state.scored,
        .hit1 = state.hit1,
        .hit3 = state.hit3,
        .hit5 = state.hit5,
        .mrr = state.mrr,
        .brier = state.brier,
        .ece = state.ece,
        .users = state.users,
        .sessions = state.streams,
        .items = state.items,
        .bytes = state.bytes + names_bytes,
    };
    return 0;
}
