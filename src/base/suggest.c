/* suggest.c: see suggest.h. */
#include "base/suggest.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64, BYTES_PER_MISTAKE = 3 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: edits with swaps of neighbours, no part edited twice. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NAME_MAX_BYTES + 1]; /* the row before the last, the last, this one */
    for (unsigned j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3];
        const unsigned *before = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            unsigned cost = a[i - 1] != b[j - 1];
            row[j] = least(least(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void fl_suggest_offer(struct fl_suggestion *suggestion, const char *candidate)
{
    size_t typed_len = strlen(suggestion->typed);
    size_t len = strlen(candidate);
    if (typed_len == 0 || typed_len > NAME_MAX_BYTES || len > NAME_MAX_BYTES)
        return;
    unsigned distance = edit_distance(suggestion->typed, typed_len, candidate, len);
    unsigned longer = (unsigned)(typed_len > len ? typed_len : len);
    unsigned allowed = longer < BYTES_PER_MISTAKE ? 1 : longer / BYTES_PER_MISTAKE;
    if (typed_len > 1 && strncmp(suggestion->typed, candidate, typed_len) == 0)
        distance = 1;
    if (distance > allowed || distance >= typed_len)
        return;
    if (suggestion->best && distance >= suggestion->distance)
        return;
    suggestion->best = candidate;
    suggestion->distance = distance;
}
