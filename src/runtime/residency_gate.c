/* residency_gate.c: see residency_gate.h. */
#include "runtime/residency_gate.h"

#include "base/err.h"

#include <math.h>
#include <stdlib.h>

#define BIN_FADES      0.995 /* by what is settled in the bin */
#define ACCOUNT_FADES  0.999 /* by uses */
#define STAY_LEARNS    0.05
#define STAY_AT_FIRST  8.0 /* uses */
#define STAY_MAX       1024.0
#define PRIOR_WEIGHT   4.0 /* watched predictions that the probability itself counts for */
#define DOUBTS         2.0
#define PRICE_AT_FIRST 8.0
#define PRICE_LEARNS   0.5
#define PRICE_MIN      0.5
#define PRICE_MAX      200.0

int fl_gate_init(struct fl_gate *gate, const struct fl_residency_fact *facts, uint32_t items,
                 double waste)
{
    *gate = (struct fl_gate){
        .facts = facts, .waste = waste, .stay_uses = STAY_AT_FIRST, .price = PRICE_AT_FIRST};
    gate->latest = calloc((size_t)items + 1, sizeof *gate->latest);
    return gate->latest ? 0 : -FL_ENOMEM;
}

void fl_gate_destroy(struct fl_gate *gate)
{
    free(gate->latest);
    *gate = (struct fl_gate){0};
}

static uint32_t bin_of(double probability)
{
    double bin = probability * FL_GATE_BINS;
    return bin >= FL_GATE_BINS ? FL_GATE_BINS - 1 : bin > 0 ? (uint32_t)bin : 0;
}

static void settle_oldest(struct fl_gate *gate)
{
    const struct fl_gate_watch *watch = &gate->watched[gate->first];
    gate->seen[watch->bin] = gate->seen[watch->bin] * BIN_FADES + 1;
    gate->came[watch->bin] =
        gate->came[watch->bin] * BIN_FADES + (gate->facts[watch->item].last_use > watch->use);
    gate->first = (gate->first + 1) % FL_GATE_WATCHED;
    gate->count--;
}

void fl_gate_used(struct fl_gate *gate, uint64_t use)
{
    gate->issued *= ACCOUNT_FADES;
    gate->wasted *= ACCOUNT_FADES;
    while (gate->count && (double)(use - gate->watched[gate->first].use) >= gate->stay_uses)
        settle_oldest(gate);
}

void fl_gate_left(struct fl_gate *gate, uint64_t unused_for)
{
    double stay = unused_for < (uint64_t)STAY_MAX ? (double)unused_for : STAY_MAX;
    gate->stay_uses += STAY_LEARNS * (stay - gate->stay_uses);
}

void fl_gate_watch(struct fl_gate *gate, uint32_t item, double probability, uint64_t use)
{
    struct fl_gate_watch *latest = &gate->latest[item];
    uint32_t bin = bin_of(probability);
    if (latest->use && latest->bin == bin && (double)(use - latest->use) < gate->stay_uses &&
        gate->facts[item].last_use <= latest->use)
        return;
    if (gate->count == FL_GATE_WATCHED)
        settle_oldest(gate);
    *latest = (struct fl_gate_watch){item, bin, use};
    gate->watched[(gate->first + gate->count++) % FL_GATE_WATCHED] = *latest;
}

double fl_gate_trust(const struct fl_gate *gate, double probability)
{
    uint32_t bin = bin_of(probability);
    return (gate->came[bin] + PRIOR_WEIGHT * fmin(probability, 1)) /
           (gate->seen[bin] + PRIOR_WEIGHT);
}

/* As if some had been watched that did not come: little evidence is no evidence. */
static double proven(const struct fl_gate *gate, double probability)
{
    uint32_t bin = bin_of(probability);
    return gate->came[bin] / (gate->seen[bin] + DOUBTS);
}

bool fl_gate_affords(const struct fl_gate *gate, double probability, double worth)
{
    double trust = proven(gate, probability), risk = 1 - trust;
    if (trust * worth <= gate->price * (risk - gate->waste))
        return false;
    return gate->wasted + gate->pending + risk <= gate->waste * (gate->issued + 1) ||
           (risk <= gate->waste && gate->wasted <= gate->waste * gate->issued + 1);
}

/* The price rises while foreloads risk more than they may, and falls while they risk less. */
void fl_gate_issued(struct fl_gate *gate, double trust)
{
    gate->issued++;
    gate->pending += 1 - trust;
    gate->price *= exp(PRICE_LEARNS * (1 - trust - gate->waste));
    gate->price = fmin(fmax(gate->price, PRICE_MIN), PRICE_MAX);
}

void fl_gate_settled(struct fl_gate *gate, double trust, bool useful)
{
    gate->pending = fmax(0, gate->pending - (1 - trust));
    gate->wasted += !useful;
}
