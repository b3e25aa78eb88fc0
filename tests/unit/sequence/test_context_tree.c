/* test_context_tree.c: nodes, their table, and what does not fit. */
#include "failing_alloc.h"
#include "sequence_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct fl_context_node *node_of(struct fl_context_tree *tree, uint32_t tag)
{
    struct fl_context_node *node = fl_context_tree_add(tree, tag);
    assert_non_null(node);
    return node;
}

/* A quarter, rounded up, goes each time the context is seen; 63 comes. */
static void counts_and_fades(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 8);
    struct fl_context_node *node = node_of(&tree, 7);
    static const uint16_t seen[] = {5, 9, 5, 5, 9, 300, 5};
    unsigned count[301] = {0}, fast[301] = {0};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        fl_context_node_learn(node, seen[i]);
        for (unsigned item = 0; item < 301; item++)
            fast[item] -= (fast[item] + 3) / 4;
        count[seen[i]]++;
        fast[seen[i]] += 63;
    }
    assert_int_equal(fl_context_size(node), 3);
    assert_int_equal(fl_context_total(node), 7);
    assert_int_equal(fl_context_fast_total(node), fast[5] + fast[9] + fast[300]);
    static const uint16_t items[] = {5, 9, 300};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fl_context_place(node, items[i]), i);
        assert_int_equal(node->count[i], count[items[i]]);
        assert_int_equal(node->fast[i], fast[items[i]]);
    }
    assert_int_equal(fl_context_place(node, 6), FL_CONTEXT_SUCCESSORS);
    fl_context_tree_destroy(&tree);
}

/* The fast count neither overflows its byte nor gets stuck above 0. */
static void fast_counts_stay_in_their_byte(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 8);
    struct fl_context_node *node = node_of(&tree, 7);
    unsigned expected = 0;
    for (unsigned i = 0; i < 100; i++) {
        fl_context_node_learn(node, 1);
        expected = expected - (expected + 3) / 4 + 63;
        assert_in_range(expected, 0, 255);
        assert_int_equal(node->fast[0], expected);
    }
    for (unsigned i = 0; i < 40; i++)
        fl_context_node_learn(node, 2);
    assert_int_equal(node->fast[fl_context_place(node, 1)], 0);
    fl_context_tree_destroy(&tree);
}

/* Past 255 everything is halved, and what came once is forgotten. */
static void halves_at_its_limit(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 8);
    struct fl_context_node *node = node_of(&tree, 7);
    fl_context_node_learn(node, 1);
    for (unsigned i = 0; i < 9; i++)
        fl_context_node_learn(node, 2);
    for (unsigned i = 0; i < 255; i++)
        fl_context_node_learn(node, 3);
    assert_int_equal(fl_context_size(node), 3);
    fl_context_node_learn(node, 3);
    assert_int_equal(fl_context_size(node), 2);
    assert_int_equal(fl_context_place(node, 1), FL_CONTEXT_SUCCESSORS);
    assert_int_equal(node->count[fl_context_place(node, 2)], 4);
    assert_int_equal(node->count[fl_context_place(node, 3)], 128);
    fl_context_tree_destroy(&tree);
}

static void a_full_node_loses_what_is_worth_least(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 8);
    struct fl_context_node *node = node_of(&tree, 7);
    for (uint16_t item = 0; item < FL_CONTEXT_SUCCESSORS; item++)
        for (unsigned times = 0; times < (item == 4 ? 1U : 3U); times++)
            fl_context_node_learn(node, item);
    fl_context_node_learn(node, 77);
    assert_int_equal(fl_context_size(node), FL_CONTEXT_SUCCESSORS);
    assert_int_equal(fl_context_place(node, 4), FL_CONTEXT_SUCCESSORS);
    assert_int_equal(fl_context_place(node, 77), 4);
    fl_context_tree_destroy(&tree);
}

static void finds_what_was_added_while_it_grows(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 16);
    uint64_t seed = 3;
    static uint32_t tags[4000];
    for (size_t i = 0; i < 4000; i++) {
        tags[i] = (uint32_t)(random_next(&seed) >> 32) | 1;
        fl_context_node_learn(node_of(&tree, tags[i]), (uint16_t)(i % 60000));
    }
    for (size_t i = 0; i < 4000; i++) {
        struct fl_context_node *node = fl_context_tree_find(&tree, tags[i]);
        assert_non_null(node);
        assert_true(fl_context_place(node, (uint16_t)(i % 60000)) < FL_CONTEXT_SUCCESSORS);
    }
    assert_int_equal(tree.evictions, 0);
    assert_null(fl_context_tree_find(&tree, 2));
    fl_context_tree_destroy(&tree);
}

/* 64 lines for 5,000 contexts: the table stays as it is, and what is seen again and again stays in.
 */
static void evicts_what_is_worth_least(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 6);
    uint64_t seed = 5;
    for (unsigned i = 0; i < 5000; i++) {
        fl_context_node_learn(node_of(&tree, 0x40000001), 1);
        fl_context_node_learn(node_of(&tree, (uint32_t)(random_next(&seed) >> 32) | 1), 2);
        assert_in_range(tree.count, 1, 64);
        assert_int_equal(fl_context_tree_bytes(&tree), (tree.nodes ? 64U << tree.bits : 0));
    }
    assert_int_equal(tree.bits, 6);
    assert_true(tree.evictions > 4000);
    assert_non_null(fl_context_tree_find(&tree, 0x40000001));
    fl_context_tree_destroy(&tree);
}

/* A clustered attack on one bucket does not make the table grow without bound. */
static void one_crowded_bucket_does_not_grow_the_table(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 20);
    for (uint32_t tag = 1; tag < 2000; tag++)
        node_of(&tree, tag);
    assert_in_range(tree.bits, 4, 7);
    fl_context_tree_destroy(&tree);
}

static void restores_what_was_kept(void **state)
{
    (void)state;
    struct fl_context_tree tree, again;
    fl_context_tree_init(&tree, 9);
    fl_context_tree_init(&again, 9);
    uint64_t seed = 8;
    for (unsigned i = 0; i < 3000; i++)
        fl_context_node_learn(node_of(&tree, 1 + random_below(&seed, 300) * 14000000U),
                              (uint16_t)random_below(&seed, 50));
    static struct fl_context_node kept[1 << 9];
    size_t count = 0;
    for (size_t i = 0; i < (size_t)1 << tree.bits; i++)
        if (tree.nodes[i].tag)
            kept[count++] = tree.nodes[i];
    assert_int_equal(fl_context_tree_restore(&again, tree.bits, kept, count, 50), 0);
    assert_memory_equal(tree.nodes, again.nodes, sizeof *tree.nodes << tree.bits);
    fl_context_tree_destroy(&again);

    struct fl_context_node good = kept[1];
    struct fl_context_node bad[] = {good, good, good, good, good, kept[0]};
    bad[0].tag = 0;
    bad[1].item[0] = 50;
    bad[2].count[0] = 0;
    bad[3].count[0] = 256;
    bad[4].item[FL_CONTEXT_SUCCESSORS - 1] = FL_CONTEXT_NONE;
    bad[4].count[FL_CONTEXT_SUCCESSORS - 1] = 1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        kept[1] = bad[i];
        fl_context_tree_init(&again, 9);
        assert_int_equal(fl_context_tree_restore(&again, tree.bits, kept, count, 50), -FL_ECORRUPT);
        fl_context_tree_destroy(&again);
    }
    fl_context_tree_init(&again, 9);
    assert_int_equal(fl_context_tree_restore(&again, 25, kept, 0, 50), -FL_ECORRUPT);
    assert_int_equal(fl_context_tree_restore(&again, 2, kept, 5, 50), -FL_ECORRUPT);
    fl_context_tree_destroy(&tree);
}

/* Without memory for more lines the old ones serve; without any there is no node. */
static void goes_on_without_memory(void **state)
{
    (void)state;
    struct fl_context_tree tree;
    fl_context_tree_init(&tree, 10);
    fl_test_fail_alloc_at(1);
    assert_null(fl_context_tree_add(&tree, 5));
    fl_test_fail_alloc_at(0);
    assert_non_null(fl_context_tree_add(&tree, 5));
    uint64_t seed = 4;
    for (unsigned i = 0; i < 100; i++) {
        fl_test_fail_alloc_at(1);
        assert_non_null(fl_context_tree_add(&tree, (uint32_t)random_next(&seed) | 1));
    }
    fl_test_fail_alloc_at(0);
    assert_int_equal(tree.bits, 4);
    fl_context_tree_destroy(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_fades),
        cmocka_unit_test(fast_counts_stay_in_their_byte),
        cmocka_unit_test(halves_at_its_limit),
        cmocka_unit_test(a_full_node_loses_what_is_worth_least),
        cmocka_unit_test(finds_what_was_added_while_it_grows),
        cmocka_unit_test(evicts_what_is_worth_least),
        cmocka_unit_test(one_crowded_bucket_does_not_grow_the_table),
        cmocka_unit_test(restores_what_was_kept),
        cmocka_unit_test(goes_on_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
