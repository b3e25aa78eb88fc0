/* arena.c: see arena.h. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, FIRST_CHUNK_BYTES = 4096, LARGEST_CHUNK_BYTES = 1 << 20 };

struct fl_arena_chunk {
    struct fl_arena_chunk *next;
    size_t bytes;
};

_Static_assert(sizeof(struct fl_arena_chunk) % ALIGNMENT == 0, "chunk data must stay aligned");

void fl_arena_destroy(struct fl_arena *arena)
{
    if (!arena)
        return;
    struct fl_arena_chunk *chunk = arena->chunks;
    while (chunk) {
        struct fl_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    *arena = (struct fl_arena){0};
}

static struct fl_arena_chunk *add_chunk(struct fl_arena *arena, size_t bytes)
{
    struct fl_arena_chunk *chunk = malloc(sizeof *chunk + bytes);
    if (!chunk)
        return NULL;
    chunk->bytes = bytes;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->total_bytes += bytes;
    return chunk;
}

static size_t next_chunk_bytes(const struct fl_arena *arena)
{
    size_t bytes = arena->total_bytes < FIRST_CHUNK_BYTES ? FIRST_CHUNK_BYTES : arena->total_bytes;
    return bytes > LARGEST_CHUNK_BYTES ? LARGEST_CHUNK_BYTES : bytes;
}

void *fl_arena_alloc(struct fl_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        return NULL;
    size_t need = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!need)
        return arena; /* any valid address */
    if (need <= arena->left) {
        void *result = arena->next;
        arena->next += need;
        arena->left -= need;
        return result;
    }
    size_t chunk_bytes = next_chunk_bytes(arena);
    if (need > chunk_bytes / 4) { /* its own chunk: the open one keeps its room */
        struct fl_arena_chunk *own = add_chunk(arena, need);
        return own ? own + 1 : NULL;
    }
    struct fl_arena_chunk *chunk = add_chunk(arena, chunk_bytes);
    if (!chunk)
        return NULL;
    arena->next = (char *)(chunk + 1) + need;
    arena->left = chunk_bytes - need;
    return chunk + 1;
}

void *fl_arena_array(struct fl_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *result = fl_arena_alloc(arena, bytes);
    if (result && bytes)
        memset(result, 0, bytes);
    return result;
}

char *fl_arena_strndup(struct fl_arena *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? fl_arena_alloc(arena, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *fl_arena_strdup(struct fl_arena *arena, const char *text)
{
    return fl_arena_strndup(arena, text, strlen(text));
}
