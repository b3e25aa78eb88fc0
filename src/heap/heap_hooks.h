/* heap_hooks.h: telling AddressSanitizer and Valgrind what is a block and what is not. */
#ifndef FL_HEAP_HEAP_HOOKS_H
#define FL_HEAP_HEAP_HOOKS_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FL_HEAP_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define FL_HEAP_ASAN 1
#endif

#if defined(FL_HEAP_ASAN)
#include <sanitizer/asan_interface.h>
#elif defined(FL_HEAP_VALGRIND)
#include <valgrind/memcheck.h>
#endif

/* A block goes out, of which the caller may use `bytes`; what is in it means nothing. */
static inline void fl_heap_tell_alloc(void *block, size_t block_bytes, size_t bytes)
{
#if defined(FL_HEAP_ASAN)
    ASAN_POISON_MEMORY_REGION(block, block_bytes);
    ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#elif defined(FL_HEAP_VALGRIND)
    VALGRIND_MAKE_MEM_NOACCESS(block, block_bytes);
    VALGRIND_MAKE_MEM_UNDEFINED(block, bytes);
#else
    (void)block, (void)block_bytes, (void)bytes;
#endif
}

/* The same for one whose content stays. */
static inline void fl_heap_tell_resize(void *block, size_t block_bytes, size_t bytes)
{
#if defined(FL_HEAP_ASAN)
    fl_heap_tell_alloc(block, block_bytes, bytes);
#elif defined(FL_HEAP_VALGRIND)
    VALGRIND_MAKE_MEM_NOACCESS((char *)block + bytes, block_bytes - bytes);
    VALGRIND_MAKE_MEM_DEFINED(block, bytes);
#else
    (void)block, (void)block_bytes, (void)bytes;
#endif
}

/* A block is freed; its first bytes become a link, which this room still reads and writes. */
static inline void fl_heap_tell_free(void *block, size_t block_bytes)
{
#if defined(FL_HEAP_ASAN)
    ASAN_POISON_MEMORY_REGION(block, block_bytes);
#elif defined(FL_HEAP_VALGRIND)
    VALGRIND_MAKE_MEM_NOACCESS(block, block_bytes);
#else
    (void)block, (void)block_bytes;
#endif
}

/* Around this room's own use of a free block's link. */
static inline void fl_heap_open_link(void *block)
{
#if defined(FL_HEAP_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(void *));
#elif defined(FL_HEAP_VALGRIND)
    VALGRIND_MAKE_MEM_DEFINED(block, sizeof(void *));
#else
    (void)block;
#endif
}

static inline void fl_heap_close_link(void *block)
{
#if defined(FL_HEAP_ASAN)
    ASAN_POISON_MEMORY_REGION(block, sizeof(void *));
#elif defined(FL_HEAP_VALGRIND)
    VALGRIND_MAKE_MEM_NOACCESS(block, sizeof(void *));
#else
    (void)block;
#endif
}

#endif
