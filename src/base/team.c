/* team.c: see team.h. A meeting is a barrier with a round number: the last to come opens the next
 * round, the others watch the number, first spinning, then asleep. */
#include "base/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MAX_MEMBERS = 64, SPINS = 4000 };

struct fl_team {
    atomic_uint round, present;
    unsigned members; /* set before anybody works */
    bool started;     /* under the lock */
    pthread_mutex_t lock;
    pthread_cond_t moved; /* a new round, or started */
    void (*work)(void *ctx, struct fl_team *team, unsigned member, unsigned members);
    void *ctx;
};

struct member {
    struct fl_team *team;
    unsigned number;
    pthread_t thread;
};

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void fl_team_meet(struct fl_team *team)
{
    if (team->members == 1)
        return;
    unsigned round = atomic_load_explicit(&team->round, memory_order_acquire);
    if (atomic_fetch_add_explicit(&team->present, 1, memory_order_acq_rel) + 1 == team->members) {
        atomic_store_explicit(&team->present, 0, memory_order_relaxed);
        pthread_mutex_lock(&team->lock);
        atomic_store_explicit(&team->round, round + 1, memory_order_release);
        pthread_cond_broadcast(&team->moved);
        pthread_mutex_unlock(&team->lock);
        return;
    }
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&team->round, memory_order_acquire) != round)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load_explicit(&team->round, memory_order_acquire) == round)
        pthread_cond_wait(&team->moved, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    struct fl_team *team = member->team;
    pthread_mutex_lock(&team->lock);
    while (!team->started)
        pthread_cond_wait(&team->moved, &team->lock);
    pthread_mutex_unlock(&team->lock);
    team->work(team->ctx, team, member->number, team->members);
    return NULL;
}

void fl_team_run(unsigned members,
                 void (*work)(void *ctx, struct fl_team *team, unsigned member, unsigned members),
                 void *ctx)
{
    struct fl_team team = {.members = 1, .work = work, .ctx = ctx};
    struct member member[MAX_MEMBERS] = {{0}};
    pthread_mutex_init(&team.lock, NULL);
    pthread_cond_init(&team.moved, NULL);
    members = members > MAX_MEMBERS ? MAX_MEMBERS : members;
    while (team.members < members) {
        struct member *next = &member[team.members];
        *next = (struct member){.team = &team, .number = team.members};
        if (pthread_create(&next->thread, NULL, member_main, next))
            break;
        team.members++;
    }
    pthread_mutex_lock(&team.lock);
    team.started = true;
    pthread_cond_broadcast(&team.moved);
    pthread_mutex_unlock(&team.lock);
    work(ctx, &team, 0, team.members);
    for (unsigned i = 1; i < team.members; i++)
        pthread_join(member[i].thread, NULL);
    pthread_cond_destroy(&team.moved);
    pthread_mutex_destroy(&team.lock);
}
