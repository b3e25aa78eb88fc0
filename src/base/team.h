/* team.h: a few threads that go through the same steps together, for computations whose result must
 * not depend on how many they are.
 *
 * Every member runs the same function and meets the others at fl_team_meet; what one wrote before a
 * meeting, all see behind it. A meeting spins for some microseconds and then sleeps. */
#ifndef FL_BASE_TEAM_H
#define FL_BASE_TEAM_H

struct fl_team;

/* Calls work(ctx, team, member, members) in `members` threads, the caller's (member 0) among them,
 * and returns when all have returned. Where the system has fewer threads to give (or memory), the
 * team is smaller: `members` says how small. All members must meet equally often. */
void fl_team_run(unsigned members,
                 void (*work)(void *ctx, struct fl_team *team, unsigned member, unsigned members),
                 void *ctx);

/* Waits until every member is here. */
void fl_team_meet(struct fl_team *team);

#endif
