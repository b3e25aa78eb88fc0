/* test_strmap.c: the map against a table that is searched from its start. */
#include "base/err.h"
#include "base/strmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct fl_strmap map = {0};
    assert_int_equal(fl_strmap_get(&map, FL_STR("x")), FL_STRMAP_NONE);
    assert_int_equal(fl_strmap_get(&map, (struct fl_str){0}), FL_STRMAP_NONE);
    fl_strmap_destroy(&map);
    fl_strmap_destroy(NULL);
}

static void keys_are_bytes(void **state)
{
    (void)state;
    struct fl_strmap map = {0};
    const struct fl_str keys[] = {
        {NULL, 0},
        FL_STR("a"),
        FL_STR("a\0"),
        FL_STR("a\0b"),
        FL_STR("a\0c"),
        FL_STR("\0"),
        FL_STR("\0\0"),
        FL_STR("\xff\xfe"),
        FL_STR("Größe"),
        FL_STR("größe"),
        FL_STR("a fairly long key that is not a word at all"),
    };
    uint32_t count = sizeof keys / sizeof *keys;
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(fl_strmap_put(&map, keys[i], i), 0);
    assert_int_equal(map.count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(fl_strmap_get(&map, keys[i]), i);
    assert_int_equal(fl_strmap_get(&map, FL_STR("")), 0); /* empty is empty, NULL or not */
    assert_int_equal(fl_strmap_get(&map, FL_STR("b")), FL_STRMAP_NONE);
    fl_strmap_destroy(&map);
    assert_memory_equal(&map, &(struct fl_strmap){0}, sizeof map);
}

static void it_agrees_with_a_table(void **state)
{
    (void)state;
    enum { KEYS = 5000, STEPS = 30000 };
    static char names[KEYS][12];
    static uint32_t values[KEYS];
    uint32_t seed = 20240611, stored = 0;
    struct fl_strmap map = {0};
    for (unsigned i = 0; i < KEYS; i++) {
        snprintf(names[i], sizeof names[i], "%x", i * 40503u);
        values[i] = FL_STRMAP_NONE;
    }
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned k = next_random(&seed) % KEYS;
        uint32_t value = next_random(&seed) % FL_STRMAP_NONE;
        assert_int_equal(fl_strmap_get(&map, fl_str_of(names[k])), values[k]);
        assert_int_equal(fl_strmap_put(&map, fl_str_of(names[k]), value), 0);
        stored += values[k] == FL_STRMAP_NONE;
        values[k] = value;
        assert_int_equal(map.count, stored);
    }
    for (unsigned i = 0; i < KEYS; i++)
        assert_int_equal(fl_strmap_get(&map, fl_str_of(names[i])), values[i]);
    assert_int_equal(map.capacity & (map.capacity - 1), 0);
    assert_true(map.capacity > map.count);
    fl_strmap_destroy(&map);
}

static void a_key_past_four_gigabytes_is_refused(void **state)
{
    (void)state;
    struct fl_strmap map = {0};
    if (sizeof(size_t) > 4)
        assert_int_equal(fl_strmap_put(&map, (struct fl_str){"", (size_t)UINT32_MAX + 1}, 1),
                         -FL_ELIMIT);
    assert_int_equal(map.count, 0);
    fl_strmap_destroy(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(it_agrees_with_a_table),
        cmocka_unit_test(a_key_past_four_gigabytes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
