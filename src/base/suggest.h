/* suggest.h: what somebody may have meant by a mistyped name. */
#ifndef FL_BASE_SUGGEST_H
#define FL_BASE_SUGGEST_H

/* The best candidate so far; all-zero but `typed` before the first is offered. */
struct fl_suggestion {
    const char *typed;
    const char *best; /* borrowed from what was offered; NULL: nothing is near enough */
    unsigned distance;
};

/* Keeps `candidate` if it is near enough and nearer than the best so far; of equally near ones the
 * first stays. One insertion, deletion, substitution or swap of neighbours per three characters is
 * near enough; so is a name that begins with what was typed. Names past 64 bytes are never near. */
void fl_suggest_offer(struct fl_suggestion *suggestion, const char *candidate);

#endif
