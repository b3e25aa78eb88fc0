/* store_scene.h: an engine with a home of its own, and imports into it. */
#ifndef FL_TESTS_STORE_SCENE_H
#define FL_TESTS_STORE_SCENE_H

#include "engine_fixture.h"

enum { EVENTS_MAX = 32 };

struct events {
    struct fl_import_event items[EVENTS_MAX];
    char names[EVENTS_MAX][64];
    uint32_t count;
};

void on_progress(void *ctx, const struct fl_import_event *event); /* into struct events */
int import(struct fixture *fixture, const char *path, struct events *events);
/* Writes the text as a file of that name and imports it, which succeeds. */
void import_text(struct fixture *fixture, const char *name, const char *text,
                 struct events *events);
void assert_event(const struct events *events, uint32_t index, const char *component,
                  enum fl_import_state state, uint32_t tools);

int start_with_home(void **state);

extern const char scene_manifest[]; /* of two components that need and exclude each other's */
extern const char scene_tools[];    /* JSON Lines */

#endif
