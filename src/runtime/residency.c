/* residency.c: see residency.h.
 *
 *     facts     what each item is, and its uses: shared by all that follow
 *     books     what each rule makes of them; those of hybrid have shadows, that of a single rule
 *               follows what really happens
 *     order     who may leave, by the value in the leading book
 *     gate      what predictions were worth
 *
 * Items in `order` are resident, not CORE and not depended on. Pinned ones stay in it, since pins
 * come and go with every call: a proposal passes over them and puts them back. */
#include "runtime/residency.h"

#include "runtime/residency_gate.h"

#include <math.h>
#include <stdlib.h>

const char *const fl_residency_policy_names[FL_RESIDENCY_POLICY_COUNT] = {"lru", "lfu", "gdsf",
                                                                          "hybrid", "prediction"};

enum { BOOKS_MAX = 3 };

/* Another rule leads once it paid less than this share of what the leader did, and the difference
 * is so many times its own spread: few large loads must not decide. Going home to the first is
 * easier. */
#define SWITCH_MARGIN 0.95
#define SWITCH_SPREAD 4.0
#define HOME_SPREAD   1.0
#define KEPT_FROM     0.3 /* expected with this probability: leaves after all others */
#define KEPT_USES     4   /* foreloaded so short a time ago: the same */
#define COST_FADES    0.99

struct member {
    uint32_t *needs;
    uint32_t need_count;
    uint32_t pins;
    uint32_t dependants; /* residents that need it */
    bool known, resident;
    bool foreloaded; /* and not used since */
    bool counted;    /* … and issued since the last reset */
    float trust;     /* … on which it was issued */
    uint64_t since;  /* … number of the use before */
    float expected;  /* probability, 0: not expected */
    double held;     /* … what it is worth until it is used */
    fl_time admitted_at;
};

struct fl_residency {
    enum fl_residency_policy policy;
    uint64_t budget_bytes, resident_bytes, core_bytes; /* core_bytes: of all CORE items known */
    uint32_t items;
    uint64_t uses;
    double miss_share;   /* of late */
    double mean_load_ms; /* of what was used of late */
    struct fl_residency_fact *facts;
    struct member *members;
    struct fl_residency_book books[BOOKS_MAX];
    uint32_t book_count, leader;
    double saved_ms[BOOKS_MAX], saved_square[BOOKS_MAX]; /* against the leader, fading */
    struct fl_residency_order order;
    struct fl_gate gate;
    uint32_t *victims, *put_back; /* [items] scratch of proposals */
    uint32_t expected[FL_RESIDENCY_MAX_EXPECTED];
    uint32_t expected_count;
    struct fl_residency_counts counts;
};

/* --- making --- */

static bool follows_shadows(const struct fl_residency *r)
{
    return r->policy == FL_RESIDENCY_HYBRID || r->policy == FL_RESIDENCY_PREDICTION;
}

static int make_books(struct fl_residency *r)
{
    static const enum fl_residency_rule hybrid[BOOKS_MAX] = {FL_RULE_GDSF, FL_RULE_HISTORY,
                                                             FL_RULE_LRU};
    static const enum fl_residency_rule single[] = {[FL_RESIDENCY_LRU] = FL_RULE_LRU,
                                                    [FL_RESIDENCY_LFU] = FL_RULE_LFU,
                                                    [FL_RESIDENCY_GDSF] = FL_RULE_GDSF};
    if (!follows_shadows(r)) {
        r->book_count = 1;
        return fl_residency_book_init(&r->books[0], single[r->policy], r->facts, r->items, false);
    }
    r->book_count = BOOKS_MAX;
    for (uint32_t b = 0; b < BOOKS_MAX; b++)
        if (fl_residency_book_init(&r->books[b], hybrid[b], r->facts, r->items, true))
            return -FL_ENOMEM;
    return 0;
}

int fl_residency_create(const struct fl_residency_options *options,
                        struct fl_residency **ret_residency)
{
    if ((unsigned)options->policy >= FL_RESIDENCY_POLICY_COUNT || !options->items ||
        options->items > FL_RESIDENCY_MAX_ITEMS || options->budget_bytes > FL_RESIDENCY_MAX_BYTES ||
        options->waste_permille > 1000)
        return -FL_EINVAL;
    struct fl_residency *r = calloc(1, sizeof *r);
    if (!r)
        return -FL_ENOMEM;
    uint32_t waste =
        options->waste_permille ? options->waste_permille : FL_RESIDENCY_WASTE_PERMILLE;
    r->policy = options->policy;
    r->budget_bytes = options->budget_bytes;
    r->items = options->items;
    r->facts = calloc(r->items, sizeof *r->facts);
    r->members = calloc(r->items, sizeof *r->members);
    r->victims = calloc(r->items, sizeof *r->victims);
    r->put_back = calloc(r->items, sizeof *r->put_back);
    r->miss_share = 0.5;
    if (!r->facts || !r->members || !r->victims || !r->put_back || make_books(r) ||
        fl_residency_order_init(&r->order, r->items) ||
        fl_gate_init(&r->gate, r->facts, r->items, waste / 1000.0)) {
        fl_residency_free(r);
        return -FL_ENOMEM;
    }
    *ret_residency = r;
    return 0;
}

void fl_residency_free(struct fl_residency *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; r->members && i < r->items; i++)
        free(r->members[i].needs);
    for (uint32_t b = 0; b < BOOKS_MAX; b++)
        fl_residency_book_destroy(&r->books[b]);
    fl_residency_order_destroy(&r->order);
    fl_gate_destroy(&r->gate);
    free(r->facts);
    free(r->members);
    free(r->victims);
    free(r->put_back);
    free(r);
}

/* --- small things --- */

static uint32_t rank_of(enum fl_priority priority)
{
    return (uint32_t)(FL_PRIORITY_LOW - priority);
}

static bool is_core(const struct fl_residency *r, uint32_t item)
{
    return r->facts[item].rank == FL_RESIDENCY_RANKS - 1;
}

static bool may_leave(const struct fl_residency *r, uint32_t item)
{
    const struct member *m = &r->members[item];
    return m->resident && !is_core(r, item) && !m->dependants;
}

static struct fl_residency_value value_of(const struct fl_residency *r, uint32_t item)
{
    const struct fl_residency_book *book = &r->books[r->leader];
    const struct fl_residency_fact *fact = &r->facts[item];
    double value = book->values[item];
    if (r->members[item].foreloaded)
        value = fmax(value, r->members[item].held);
    return (struct fl_residency_value){value, fact->last_use, fact->rank};
}

/* What was foreloaded counts as if it were used already: it must not be the first to leave. */
static void hold(struct fl_residency *r, uint32_t item)
{
    r->members[item].held = fl_residency_book_worth(&r->books[r->leader], item, r->uses);
}

/* Puts the item where it belongs in the order, or out of it. */
static void place(struct fl_residency *r, uint32_t item)
{
    if (!may_leave(r, item)) {
        fl_residency_order_remove(&r->order, item);
        return;
    }
    struct fl_residency_value value = value_of(r, item);
    fl_residency_order_insert(&r->order, item, &value);
}

static uint64_t shadow_budget(const struct fl_residency *r)
{
    return r->budget_bytes > r->core_bytes ? r->budget_bytes - r->core_bytes : 0;
}

uint64_t fl_residency_bytes(const struct fl_residency *r)
{
    return r->resident_bytes;
}

bool fl_residency_has(const struct fl_residency *r, uint32_t item)
{
    return r->members[item].resident;
}

bool fl_residency_was_used(const struct fl_residency *r, uint32_t item)
{
    return r->facts[item].last_use != 0;
}

int fl_residency_set_budget(struct fl_residency *r, uint64_t bytes)
{
    if (bytes > FL_RESIDENCY_MAX_BYTES)
        return -FL_EINVAL;
    r->budget_bytes = bytes;
    return 0;
}

/* --- describing --- */

static bool is_sound(const struct fl_residency *r, uint32_t item,
                     const struct fl_residency_item *what)
{
    if (item >= r->items || what->bytes > FL_RESIDENCY_MAX_BYTES || !(what->load_ms >= 0) ||
        isinf(what->load_ms) || (unsigned)what->priority > FL_PRIORITY_LOW ||
        what->need_count > FL_RESIDENCY_MAX_NEEDS)
        return false;
    for (uint32_t n = 0; n < what->need_count; n++)
        if (what->needs[n] >= r->items || what->needs[n] == item)
            return false;
    return true;
}

static bool has_needs(const struct member *m, const struct fl_residency_item *what)
{
    return m->need_count == what->need_count &&
           (!m->need_count || !memcmp(m->needs, what->needs, m->need_count * sizeof *m->needs));
}

static int set_needs(struct member *m, const struct fl_residency_item *what)
{
    uint32_t *needs = NULL;
    if (what->need_count) {
        needs = malloc(what->need_count * sizeof *needs);
        if (!needs)
            return -FL_ENOMEM;
        memcpy(needs, what->needs, what->need_count * sizeof *needs);
    }
    free(m->needs);
    m->needs = needs;
    m->need_count = what->need_count;
    return 0;
}

static void set_fact(struct fl_residency *r, uint32_t item, const struct fl_residency_item *what)
{
    struct fl_residency_fact *fact = &r->facts[item];
    struct member *m = &r->members[item];
    uint32_t rank = rank_of(what->priority);
    /* A shadow holds nothing of CORE, and nobody at a rank that is no longer his. */
    if (m->known && rank != fact->rank)
        for (uint32_t b = 0; b < r->book_count; b++)
            fl_residency_book_forget(&r->books[b], item);
    for (uint32_t b = 0; b < r->book_count; b++)
        fl_residency_book_resize(&r->books[b], item, what->bytes);
    if (m->known && is_core(r, item))
        r->core_bytes -= fact->bytes;
    if (m->resident)
        r->resident_bytes += what->bytes - fact->bytes;
    fact->bytes = what->bytes;
    fact->load_ms = what->load_ms;
    fact->rank = rank;
    m->known = true;
    if (is_core(r, item))
        r->core_bytes += fact->bytes;
    fl_residency_order_remove(&r->order, item); /* its rank may have fallen */
    place(r, item);
}

int fl_residency_describe(struct fl_residency *r, uint32_t item,
                          const struct fl_residency_item *what)
{
    if (!is_sound(r, item, what))
        return -FL_EINVAL;
    struct member *m = &r->members[item];
    if (!has_needs(m, what)) {
        if (m->resident)
            return -FL_EINVAL;
        if (set_needs(m, what))
            return -FL_ENOMEM;
    }
    set_fact(r, item, what);
    return 0;
}

int fl_residency_forget(struct fl_residency *r, uint32_t item)
{
    struct member *m = &r->members[item];
    if (m->resident || m->pins || m->dependants)
        return -FL_EBUSY;
    if (!m->known)
        return 0;
    for (uint32_t b = 0; b < r->book_count; b++)
        fl_residency_book_forget(&r->books[b], item);
    if (is_core(r, item))
        r->core_bytes -= r->facts[item].bytes;
    free(m->needs);
    float expected = m->expected; /* in the list until the next use */
    *m = (struct member){.expected = expected};
    r->facts[item] = (struct fl_residency_fact){0};
    return 0;
}

/* --- using --- */

/* Sets each rule against the leader by what the last use cost them. */
static void compare_books(struct fl_residency *r)
{
    double leader_ms = r->books[r->leader].last_ms;
    for (uint32_t b = 0; b < r->book_count; b++) {
        double saved = leader_ms - r->books[b].last_ms;
        r->saved_ms[b] = r->saved_ms[b] * FL_SHADOW_FADES + saved;
        r->saved_square[b] = r->saved_square[b] * FL_SHADOW_FADES + saved * saved;
    }
}

/* The values of the new leader order the residents from now on. */
static void lead(struct fl_residency *r, uint32_t leader)
{
    double ahead = r->saved_ms[leader], spread = r->saved_square[leader];
    for (uint32_t b = 0; b < r->book_count; b++) {
        r->saved_ms[b] -= ahead;
        r->saved_square[b] += spread;
    }
    r->saved_square[leader] = 0;
    r->leader = leader;
    for (uint32_t i = 0; i < r->items; i++) {
        fl_residency_order_remove(&r->order, i);
        hold(r, i);
        place(r, i);
    }
}

static void follow_best(struct fl_residency *r)
{
    compare_books(r);
    uint32_t best = r->leader;
    double most = 0, paid = r->books[r->leader].paid_ms;
    for (uint32_t b = 0; b < r->book_count; b++) {
        double spread = (b ? SWITCH_SPREAD : HOME_SPREAD) * sqrt(r->saved_square[b]);
        if (r->saved_ms[b] > fmax(most, spread) && r->books[b].paid_ms < SWITCH_MARGIN * paid) {
            best = b;
            most = r->saved_ms[b];
        }
    }
    if (best != r->leader)
        lead(r, best);
}

static void clear_expected(struct fl_residency *r)
{
    for (uint32_t e = 0; e < r->expected_count; e++)
        r->members[r->expected[e]].expected = 0;
    r->expected_count = 0;
}

static void count_use(struct fl_residency *r, uint32_t item)
{
    struct member *m = &r->members[item];
    r->counts.hits += m->resident;
    r->counts.misses += !m->resident;
    r->miss_share = r->miss_share * COST_FADES + (m->resident ? 0 : 1 - COST_FADES);
    r->mean_load_ms =
        r->uses == 1
            ? r->facts[item].load_ms
            : r->mean_load_ms + (1 - COST_FADES) * (r->facts[item].load_ms - r->mean_load_ms);
    if (!m->foreloaded)
        return;
    m->foreloaded = false;
    r->counts.useful += m->counted;
    fl_gate_settled(&r->gate, m->trust, true);
}

bool fl_residency_use(struct fl_residency *r, uint32_t item, fl_time now)
{
    (void)now;
    struct fl_residency_fact *fact = &r->facts[item];
    struct member *m = &r->members[item];
    r->uses++;
    double gap = (double)(r->uses - fact->last_use);
    fact->history =
        1 + (fact->last_use ? fact->history * exp2(-gap / FL_RESIDENCY_HALF_LIFE_USES) : 0);
    fact->last_use = r->uses;
    fl_gate_used(&r->gate, r->uses);
    clear_expected(r);
    count_use(r, item);
    if (follows_shadows(r)) {
        for (uint32_t b = 0; b < r->book_count && !is_core(r, item); b++)
            fl_residency_shadow_used(&r->books[b], item, shadow_budget(r));
        follow_best(r);
    } else if (m->resident) {
        fl_residency_book_used(&r->books[0], item);
    }
    place(r, item);
    return m->resident;
}

void fl_residency_pin(struct fl_residency *r, uint32_t item)
{
    r->members[item].pins++;
}

void fl_residency_unpin(struct fl_residency *r, uint32_t item)
{
    if (r->members[item].pins)
        r->members[item].pins--;
}

/* --- coming and going --- */

void fl_residency_admit(struct fl_residency *r, uint32_t item, enum fl_residency_cause cause,
                        fl_time now)
{
    struct member *m = &r->members[item];
    if (m->resident)
        return;
    m->resident = true;
    m->admitted_at = now;
    r->resident_bytes += r->facts[item].bytes;
    for (uint32_t n = 0; n < m->need_count; n++) {
        r->members[m->needs[n]].dependants++;
        place(r, m->needs[n]);
    }
    if (cause == FL_RESIDENCY_FORELOADED) {
        m->foreloaded = m->counted = true;
        m->since = r->uses;
        hold(r, item);
        m->trust = (float)fl_gate_trust(&r->gate, (double)m->expected);
        r->counts.issued++;
        fl_gate_issued(&r->gate, (double)m->trust);
    }
    if (!follows_shadows(r))
        fl_residency_book_admitted(&r->books[0], item, cause == FL_RESIDENCY_DEMANDED);
    place(r, item);
}

static void count_leaving(struct fl_residency *r, uint32_t item, fl_time now)
{
    struct member *m = &r->members[item];
    if (!m->foreloaded)
        return;
    m->foreloaded = false;
    fl_gate_settled(&r->gate, (double)m->trust, false);
    if (!m->counted)
        return;
    r->counts.wasted++;
    if (now > m->admitted_at)
        r->counts.wasted_byte_seconds +=
            (double)r->facts[item].bytes * ((double)(now - m->admitted_at) / 1e6);
}

void fl_residency_leave(struct fl_residency *r, uint32_t item, enum fl_residency_leaving leaving,
                        fl_time now)
{
    struct member *m = &r->members[item];
    if (!m->resident)
        return;
    count_leaving(r, item, now);
    if (leaving == FL_RESIDENCY_EVICTED)
        fl_gate_left(&r->gate, r->uses - r->facts[item].last_use);
    if (!follows_shadows(r)) {
        if (leaving == FL_RESIDENCY_EVICTED)
            fl_residency_book_left(&r->books[0], item);
        else
            fl_residency_book_gone(&r->books[0], item);
    }
    m->resident = false;
    r->resident_bytes -= r->facts[item].bytes;
    for (uint32_t n = 0; n < m->need_count; n++) {
        r->members[m->needs[n]].dependants--;
        place(r, m->needs[n]);
    }
    place(r, item);
}

/* --- proposing --- */

struct proposal {
    struct fl_residency *r;
    uint64_t wanted, freed;
    uint32_t victim_count, back_count;
};

/* Takes one out of the order for as long as the proposal is made; what only it needed may follow.
 */
static void take(struct proposal *p, uint32_t item)
{
    struct fl_residency *r = p->r;
    const struct member *m = &r->members[item];
    r->victims[p->victim_count++] = item;
    p->freed += r->facts[item].bytes;
    fl_residency_order_remove(&r->order, item);
    for (uint32_t n = 0; n < m->need_count; n++) {
        r->members[m->needs[n]].dependants--;
        place(r, m->needs[n]);
    }
}

static void restore(struct proposal *p)
{
    struct fl_residency *r = p->r;
    for (uint32_t v = p->victim_count; v-- > 0;) {
        const struct member *m = &r->members[r->victims[v]];
        for (uint32_t n = 0; n < m->need_count; n++)
            r->members[m->needs[n]].dependants++;
    }
    for (uint32_t v = 0; v < p->victim_count; v++) {
        const struct member *m = &r->members[r->victims[v]];
        place(r, r->victims[v]);
        for (uint32_t n = 0; n < m->need_count; n++)
            place(r, m->needs[n]);
    }
    for (uint32_t b = 0; b < p->back_count; b++)
        place(r, r->put_back[b]);
}

/* Who leaves after all others. */
static bool is_spared(const struct fl_residency *r, uint32_t item)
{
    const struct member *m = &r->members[item];
    return (m->foreloaded && r->uses - m->since < KEPT_USES) ||
           (r->policy == FL_RESIDENCY_PREDICTION && m->expected >= (float)KEPT_FROM);
}

/* From the least value up. */
static void collect(struct proposal *p, bool spare)
{
    struct fl_residency *r = p->r;
    while (p->freed < p->wanted) {
        uint32_t item = fl_residency_order_least(&r->order);
        if (item == FL_RESIDENCY_NONE)
            return;
        if (!r->members[item].pins && !(spare && is_spared(r, item))) {
            take(p, item);
            continue;
        }
        fl_residency_order_remove(&r->order, item);
        r->put_back[p->back_count++] = item;
    }
}

static void put_back(struct proposal *p)
{
    for (uint32_t b = 0; b < p->back_count; b++)
        place(p->r, p->r->put_back[b]);
    p->back_count = 0;
}

static int propose(struct fl_residency *r, uint64_t bytes, bool only_unspared,
                   const uint32_t **ret_victims, uint32_t *ret_count)
{
    if (bytes > r->budget_bytes)
        return -FL_ELIMIT;
    uint64_t free_bytes = r->budget_bytes - bytes;
    struct proposal p = {
        .r = r, .wanted = r->resident_bytes > free_bytes ? r->resident_bytes - free_bytes : 0};
    collect(&p, true);
    if (p.freed < p.wanted && !only_unspared) {
        put_back(&p);
        collect(&p, false);
    }
    restore(&p);
    if (p.freed < p.wanted)
        return -FL_EBUSY;
    *ret_victims = r->victims;
    *ret_count = p.victim_count;
    return 0;
}

int fl_residency_propose(struct fl_residency *r, uint64_t bytes, const uint32_t **ret_victims,
                         uint32_t *ret_count)
{
    return propose(r, bytes, false, ret_victims, ret_count);
}

/* --- foreloading --- */

void fl_residency_expect(struct fl_residency *r, uint32_t item, double probability)
{
    struct member *m = &r->members[item];
    if (!(probability > 0) || !m->known || m->expected > 0 ||
        r->expected_count == FL_RESIDENCY_MAX_EXPECTED)
        return;
    m->expected = probability > 1 ? 1.0F : (float)probability;
    r->expected[r->expected_count++] = item;
    if (!m->resident)
        fl_gate_watch(&r->gate, item, (double)m->expected, r->uses);
}

/* Without the foreload the victim would stay until somebody else's miss: how probably it is used
 * before that, by what is expected, or by how often it was used lately. */
static double soon_used(const struct fl_residency *r, uint32_t item)
{
    const struct fl_residency_fact *fact = &r->facts[item];
    double gap = (double)(r->uses - fact->last_use);
    double rate = fact->history * exp2(-gap / FL_RESIDENCY_HALF_LIFE_USES) * M_LN2 /
                  FL_RESIDENCY_HALF_LIFE_USES;
    double until_miss = 1 / fmax(r->miss_share, 0.01);
    return fmax((double)r->members[item].expected, 1 - exp(-rate * until_miss));
}

bool fl_residency_foreload(struct fl_residency *r, uint32_t item, const uint32_t **ret_victims,
                           uint32_t *ret_count)
{
    const struct member *m = &r->members[item];
    if (m->resident || !(m->expected > 0))
        return false;
    double trust = fl_gate_trust(&r->gate, (double)m->expected);
    double worth = 0.5 + 0.5 * (r->mean_load_ms > 0 ? r->facts[item].load_ms / r->mean_load_ms : 1);
    if (!fl_gate_affords(&r->gate, (double)m->expected, worth))
        return false;
    const uint32_t *victims;
    uint32_t count;
    if (propose(r, r->facts[item].bytes, true, &victims, &count))
        return false;
    double lost_ms = 0;
    for (uint32_t v = 0; v < count; v++)
        lost_ms += r->facts[victims[v]].load_ms * soon_used(r, victims[v]);
    if (trust * r->facts[item].load_ms <= (1 - trust) * lost_ms)
        return false;
    *ret_victims = victims;
    *ret_count = count;
    return true;
}

void fl_residency_counts(const struct fl_residency *r, struct fl_residency_counts *ret_counts)
{
    *ret_counts = r->counts;
}

void fl_residency_reset_counts(struct fl_residency *r)
{
    r->counts = (struct fl_residency_counts){0};
    for (uint32_t i = 0; i < r->items; i++)
        r->members[i].counted = false;
}
