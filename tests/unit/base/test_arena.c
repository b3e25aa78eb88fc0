/* test_arena.c: what an arena gives is aligned, apart and all released. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void blocks_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { BLOCKS = 3000 };
    static unsigned char *blocks[BLOCKS];
    static size_t sizes[BLOCKS];
    struct fl_arena arena = {0};
    size_t total = 0;
    for (unsigned i = 0; i < BLOCKS; i++) {
        sizes[i] = i % 100 == 99 ? 1000u * (i / 100) : i * 7919u % 200;
        blocks[i] = fl_arena_alloc(&arena, sizes[i]);
        assert_non_null(blocks[i]);
        if (sizes[i])
            assert_int_equal((uintptr_t)blocks[i] % 16, 0);
        memset(blocks[i], (int)(i % 251), sizes[i]);
        total += sizes[i];
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(blocks[i][j], i % 251);
    assert_true(arena.total_bytes >= total);
    fl_arena_destroy(&arena);
    assert_memory_equal(&arena, &(struct fl_arena){0}, sizeof arena);
}

static void chunks_double_and_large_requests_stand_alone(void **state)
{
    (void)state;
    struct fl_arena arena = {0};
    assert_non_null(fl_arena_alloc(&arena, 16));
    assert_int_equal(arena.total_bytes, 4096);
    assert_non_null(fl_arena_alloc(&arena, 4096 - 32));
    assert_int_equal(arena.total_bytes, 4096);
    assert_non_null(fl_arena_alloc(&arena, 64));
    assert_int_equal(arena.total_bytes, 8192);
    size_t left = arena.left;
    assert_non_null(fl_arena_alloc(&arena, (size_t)8 << 20));
    assert_int_equal(arena.left, left); /* the open chunk keeps its room */
    assert_int_equal(arena.total_bytes, 8192 + ((size_t)8 << 20));
    for (unsigned i = 0; i < 40; i++) {
        size_t before = arena.total_bytes;
        while (arena.total_bytes == before)
            assert_non_null(fl_arena_alloc(&arena, 1000));
        assert_true(arena.total_bytes - before <= (size_t)1 << 20);
    }
    fl_arena_destroy(&arena);
}

static void nothing_and_too_much(void **state)
{
    (void)state;
    struct fl_arena arena = {0};
    assert_non_null(fl_arena_alloc(&arena, 0));
    assert_int_equal(arena.total_bytes, 0);
    assert_non_null(fl_arena_array(&arena, 0, 8));
    assert_non_null(fl_arena_array(&arena, 8, 0));
    assert_null(fl_arena_alloc(&arena, SIZE_MAX));
    assert_null(fl_arena_alloc(&arena, SIZE_MAX - 14));
    assert_null(fl_arena_array(&arena, SIZE_MAX / 2 + 1, 2));
    assert_null(fl_arena_array(&arena, SIZE_MAX / 8 + 2, 8));
    assert_null(fl_arena_strndup(&arena, "", SIZE_MAX));
    assert_int_equal(arena.total_bytes, 0);
    fl_arena_destroy(&arena);
    fl_arena_destroy(NULL);
}

static void arrays_are_zero_and_copies_end_with_nul(void **state)
{
    (void)state;
    struct fl_arena arena = {0};
    unsigned char *dirty = fl_arena_alloc(&arena, 512);
    memset(dirty, 0xA5, 512);
    fl_arena_destroy(&arena);
    const unsigned char *array = fl_arena_array(&arena, 128, 4);
    for (unsigned i = 0; i < 512; i++)
        assert_int_equal(array[i], 0);
    const char *text = "résumé";
    char *copy = fl_arena_strdup(&arena, text);
    assert_string_equal(copy, text);
    assert_ptr_not_equal(copy, text);
    assert_string_equal(fl_arena_strndup(&arena, "create_issue", 6), "create");
    assert_string_equal(fl_arena_strndup(&arena, NULL, 0), "");
    assert_memory_equal(fl_arena_strndup(&arena, "a\0b", 3), "a\0b", 4);
    fl_arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(chunks_double_and_large_requests_stand_alone),
        cmocka_unit_test(nothing_and_too_much),
        cmocka_unit_test(arrays_are_zero_and_copies_end_with_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
