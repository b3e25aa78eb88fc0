/* arena.h: memory that is released all at once.
 *
 * Chunks double from 4 KiB to 1 MiB, larger requests get a chunk of their own. Not thread-safe. */
#ifndef FL_BASE_ARENA_H
#define FL_BASE_ARENA_H

#include "base/str.h"

struct fl_arena_chunk;

struct fl_arena {
    struct fl_arena_chunk *chunks;
    char *next;
    size_t left;
    size_t total_bytes; /* taken from the system */
};

/* An all-zero arena is ready for use. Destroying frees everything and leaves it all-zero. */
void fl_arena_destroy(struct fl_arena *arena);

/* `bytes` of uninitialised memory aligned to 16, NULL when there is none; 0 bytes is a valid
 * request. The array form fails on overflow of count × size, and zeroes. */
void *fl_arena_alloc(struct fl_arena *arena, size_t bytes);
void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy; NULL when out of memory. */
char *fl_arena_strdup(struct fl_arena *arena, const char *text);
char *fl_arena_strndup(struct fl_arena *arena, const char *text, size_t len);

#endif
