/* peer_next.h: simple predictors of the next item, as bench_next drives them.
 *
 *   MRU      the user's last items, then everybody's
 *   MFU      everybody's most frequent
 *   Markov   what followed the last item most often (a stream's beginning counts as one), then MFU
 *   PPM-3    contexts of three, two, one and no items with the beginning, escape C and exclusion
 *            (Moffat 1990), counts halved at 255
 *
 * All of them leave out the item just used. */
#ifndef FL_BENCH_PEER_NEXT_H
#define FL_BENCH_PEER_NEXT_H

#include <stddef.h>
#include <stdint.h>

enum { PEER_RANKS = 16 };

enum peer_next_kind { PEER_MRU, PEER_MFU, PEER_MARKOV, PEER_PPM3, PEER_NEXT_KINDS };

struct peer_next;

/* Exits when there is no memory. */
struct peer_next *peer_next_create(enum peer_next_kind kind, uint32_t users, uint32_t items);
void peer_next_free(struct peer_next *peer);
const char *peer_next_name(enum peer_next_kind kind);

/* The likeliest items, at most `count` (≤ PEER_RANKS), best first. */
size_t peer_next_rank(struct peer_next *peer, uint32_t user, uint32_t *ret_items, size_t count);
void peer_next_learn(struct peer_next *peer, uint32_t user, uint32_t item);

#endif
