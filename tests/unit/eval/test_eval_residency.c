/* test_eval_residency.c: traces played against memory, beside a simulator that was written from the
 * contract alone: plain loops, one user after the other. */
#include "base/os.h"
#include "base/random.h"
#include "eval/eval_sizes.h"
#include "failing_alloc.h"
#include "foreload/foreload.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { USERS = 5, ITEMS = 30, ROWS = 4000, CIRCLE_ROWS = 900 };

static char folder[64], trace_path[96], sizes_path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_eval_residency.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(trace_path, sizeof trace_path, "%s/trace.tsv", folder);
    snprintf(sizes_path, sizeof sizes_path, "%s/sizes.tsv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(trace_path);
    unlink(sizes_path);
    return rmdir(folder);
}

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) <= 1e-9);
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(fl_os_write_file(path, text, strlen(text), NULL), 0);
}

static struct fl_eval_residency_options options_of(enum fl_keep_policy policy, double percent)
{
    struct fl_eval_residency_options options;
    fl_eval_residency_options_init(&options);
    options.trace = trace_path;
    options.sizes = sizes_path;
    options.policy = policy;
    options.budget_percent = percent;
    return options;
}

static struct fl_eval_residency_result play(const struct fl_eval_residency_options *options)
{
    struct fl_eval_residency_result result;
    struct fl_err err = {0};
    assert_int_equal(fl_eval_residency(options, &result, NULL, &err), 0);
    return result;
}

/* --- the other simulator --- */

struct row {
    uint32_t user, item;
};

struct world {
    struct row rows[ROWS];
    uint64_t bytes[ITEMS];
    double load_ms[ITEMS];
};

struct sums {
    double requests, misses, bytes, missed_bytes, load_ms, missed_ms;
};

struct cached {
    bool in;
    double value;
    uint32_t used, uses;
};

static uint32_t first_to_leave(const struct cached *cache)
{
    uint32_t first = ITEMS;
    for (uint32_t i = 0; i < ITEMS; i++)
        if (cache[i].in &&
            (first == ITEMS || cache[i].value < cache[first].value ||
             (cache[i].value == cache[first].value && cache[i].used < cache[first].used)))
            first = i;
    return first;
}

static void simulate_user(const struct world *world, const uint32_t *items, uint32_t count,
                          enum fl_keep_policy policy, double budget, struct sums *sums)
{
    struct cached cache[ITEMS] = {0};
    double held = 0, floor_value = 0;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t item = items[k];
        double bytes = (double)world->bytes[item], load_ms = world->load_ms[item];
        bool hit = cache[item].in;
        if (k >= count / 5) {
            sums->requests++;
            sums->bytes += bytes;
            sums->load_ms += load_ms;
            sums->misses += !hit;
            sums->missed_bytes += hit ? 0 : bytes;
            sums->missed_ms += hit ? 0 : load_ms;
        }
        if (!hit && bytes > budget)
            continue;
        while (!hit && held + bytes > budget) {
            uint32_t victim = first_to_leave(cache);
            floor_value = cache[victim].value;
            held -= (double)world->bytes[victim];
            cache[victim].in = false;
        }
        held += hit ? 0 : bytes;
        cache[item].uses = hit ? cache[item].uses + 1 : 1;
        cache[item].in = true;
        cache[item].used = k;
        cache[item].value = policy == FL_KEEP_LRU ? 0
                            : policy == FL_KEEP_LFU
                                ? cache[item].uses
                                : floor_value + cache[item].uses * load_ms / bytes;
    }
}

static struct sums simulate(const struct world *world, enum fl_keep_policy policy, double percent,
                            double budget)
{
    static uint32_t items[ROWS];
    struct sums sums = {0};
    for (uint32_t user = 0; user < USERS; user++) {
        uint32_t count = 0;
        bool used[ITEMS] = {false};
        double all = 0;
        for (uint32_t r = 0; r < ROWS; r++) {
            uint32_t item = world->rows[r].item;
            if (world->rows[r].user != user || (count && items[count - 1] == item))
                continue;
            items[count++] = item;
            all += used[item] ? 0 : (double)world->bytes[item];
            used[item] = true;
        }
        simulate_user(world, items, count, policy, percent > 0 ? all * percent / 100 : budget,
                      &sums);
    }
    return sums;
}

/* Users whose rows are mixed; a user prefers some items; repeats; few large items. */
static void draw_world(struct world *world, uint64_t seed)
{
    struct fl_random random;
    struct fl_buf trace = {0}, sizes = {0};
    fl_random_seed(&random, seed, 0);
    for (uint32_t i = 0; i < ITEMS; i++) {
        world->bytes[i] = 1 + fl_random_below(&random, i % 10 ? 100 : 3000);
        world->load_ms[i] = (1 + fl_random_below(&random, 400)) / 4.0;
        fl_buf_printf(&sizes, "item %u\t%u\t%.2f\n", i, (unsigned)world->bytes[i],
                      world->load_ms[i]);
    }
    for (uint32_t r = 0; r < ROWS; r++) {
        struct row *row = &world->rows[r];
        row->user = fl_random_below(&random, USERS);
        uint32_t low = fl_random_below(&random, ITEMS);
        row->item = (low * fl_random_below(&random, ITEMS) / ITEMS + row->user) % ITEMS;
        fl_buf_printf(&trace, "u%u\t%u\titem %u\n", row->user, r, row->item);
    }
    assert_false(fl_buf_failed(&trace) || fl_buf_failed(&sizes));
    write_file(trace_path, fl_buf_text(&trace));
    write_file(sizes_path, fl_buf_text(&sizes));
    fl_buf_destroy(&trace);
    fl_buf_destroy(&sizes);
}

static void test_like_the_other_simulator(void **state)
{
    (void)state;
    static struct world world;
    static const double percents[] = {2, 10, 33.3, 70, 100, 0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        draw_world(&world, seed);
        for (size_t p = 0; p < sizeof percents / sizeof *percents; p++)
            for (int policy = FL_KEEP_LRU; policy <= FL_KEEP_GDSF; policy++) {
                struct fl_eval_residency_options options =
                    options_of((enum fl_keep_policy)policy, percents[p]);
                options.budget_bytes = 700;
                struct fl_eval_residency_result result = play(&options);
                struct sums sums = simulate(&world, (enum fl_keep_policy)policy, percents[p], 700);
                assert_int_equal(result.users, USERS);
                assert_near((double)result.requests, sums.requests);
                assert_near(result.miss_ratio, sums.misses / sums.requests);
                assert_near(result.byte_miss_ratio, sums.missed_bytes / sums.bytes);
                assert_near(result.load_ms_ratio, sums.missed_ms / sums.load_ms);
                assert_int_equal(result.preloads, 0);
            }
    }
}

/* --- preloading --- */

/* `users` times 12 items in a circle, or in any order. */
static void write_circle(unsigned users, bool shuffled)
{
    struct fl_buf trace = {0}, sizes = {0};
    struct fl_random random;
    fl_random_seed(&random, 9, 0);
    for (unsigned r = 0; r < CIRCLE_ROWS; r++)
        for (unsigned u = 0; u < users; u++)
            fl_buf_printf(&trace, "%u\t%u\t%u\n", u, r,
                          shuffled ? fl_random_below(&random, 12) : r % 12);
    for (unsigned i = 0; i < 12; i++)
        fl_buf_printf(&sizes, "%u\t10\t100\n", i);
    write_file(trace_path, fl_buf_text(&trace));
    write_file(sizes_path, fl_buf_text(&sizes));
    fl_buf_destroy(&trace);
    fl_buf_destroy(&sizes);
}

static void test_preloads_what_is_certain(void **state)
{
    (void)state;
    write_circle(2, false);
    struct fl_eval_residency_options options = options_of(FL_KEEP_PREDICTION, 20);
    assert_near(play(&options).miss_ratio, 1); /* room for two of twelve */
    options.preload = 1;
    struct fl_eval_residency_result result = play(&options);
    assert_int_equal(result.requests, 2 * (CIRCLE_ROWS - CIRCLE_ROWS / 5));
    assert_true(result.miss_ratio < 0.05);
    assert_true(result.wasted_percent < 1);
    assert_true(result.coverage > 0.95);
    assert_true(result.preloads >= result.preloads_used);
    struct fl_eval_residency_result again = play(&options);
    assert_memory_equal(&again, &result, sizeof result);
}

static void test_abstains_from_guessing(void **state)
{
    (void)state;
    write_circle(1, true);
    for (int policy = FL_KEEP_GDSF; policy <= FL_KEEP_PREDICTION; policy += 2) {
        struct fl_eval_residency_options options = options_of((enum fl_keep_policy)policy, 20);
        double without = play(&options).load_ms_ratio;
        options.preload = 1;
        struct fl_eval_residency_result result = play(&options);
        assert_int_equal(result.preloads, 0);
        assert_near(result.wasted_percent, 0);
        assert_near(result.load_ms_ratio, without);
    }
}

/* Others went the same way a hundred times: what the user has never used is not loaded for him. */
static void test_nothing_from_the_future(void **state)
{
    (void)state;
    struct fl_buf trace = {0};
    for (int u = 0; u < 100; u++)
        for (int i = 0; i < 5; i++)
            fl_buf_printf(&trace, "%d\t%d\t%d\n", u, i, i);
    write_file(trace_path, fl_buf_text(&trace));
    write_file(sizes_path, "0\t1\t1\n1\t1\t1\n2\t1\t1\n3\t1\t1\n4\t1\t1\n");
    fl_buf_destroy(&trace);
    struct fl_eval_residency_options options = options_of(FL_KEEP_PREDICTION, 100);
    options.preload = 1;
    struct fl_eval_residency_result result = play(&options);
    assert_int_equal(result.users, 100);
    assert_int_equal(result.requests, 400);
    assert_int_equal(result.preloads, 0);
    assert_near(result.miss_ratio, 1);
}

/* --- files --- */

static void assert_fails(const struct fl_eval_residency_options *options, int code)
{
    struct fl_eval_residency_result result;
    struct fl_err err = {0};
    assert_int_equal(fl_eval_residency(options, &result, NULL, &err), -code);
    assert_int_equal(err.code, code);
    assert_true(*err.message);
}

static void test_bad_options(void **state)
{
    (void)state;
    write_file(trace_path, "u\t1\ta\n");
    write_file(sizes_path, "a\t1\t1\n");
    struct fl_eval_residency_options options = options_of(FL_KEEP_LRU, 101);
    assert_fails(&options, FL_EINVAL);
    options = options_of(FL_KEEP_COUNT, 10);
    assert_fails(&options, FL_EINVAL);
    options = options_of(FL_KEEP_LRU, 10);
    options.struct_size++;
    assert_fails(&options, FL_EINVAL);
    options = options_of(FL_KEEP_LRU, 10);
    options.sizes = NULL;
    assert_fails(&options, FL_EINVAL);
    options.sizes = "/nowhere/sizes.tsv";
    assert_fails(&options, FL_ENOENT);
    write_file(sizes_path, "b\t1\t1\n");
    options = options_of(FL_KEEP_LRU, 10);
    assert_fails(&options, FL_EPARSE);
    assert_string_equal(fl_keep_policy_name(FL_KEEP_GDSF), "gdsf");
    assert_string_equal(fl_keep_policy_name(FL_KEEP_COUNT), "unknown");
}

/* Leaving out the item without a size makes its neighbours a repeat. */
static void test_missing_sizes(void **state)
{
    (void)state;
    write_file(trace_path, "u\t1\ta\nu\t2\tx\nu\t3\ta\nu\t4\ty\nu\t5\tx\nu\t6\tb\n");
    write_file(sizes_path, "b\t1\t1\na\t1\t1\n");
    struct fl_eval_residency_options options = options_of(FL_KEEP_LRU, 100);
    struct fl_eval_residency_result result;
    struct fl_report *report = NULL;
    assert_int_equal(fl_eval_residency(&options, &result, &report, NULL), 0);
    assert_int_equal(result.requests, 2);
    assert_int_equal(fl_report_count(report), 2);
    assert_string_equal(fl_report_item(report, 0)->subject, "x");
    assert_string_equal(fl_report_item(report, 1)->subject, "y");
    fl_report_free(report);
}

static void test_sizes(void **state)
{
    (void)state;
    struct fl_trace trace = {0};
    struct fl_findings findings = {0};
    struct fl_size sizes[4] = {0};
    assert_int_equal(fl_trace_parse(&trace, FL_STR("u\t1\ta\nu\t2\tb\nu\t3\tc\nu\t4\td\n"), "t",
                                    &findings, NULL),
                     0);
    fl_sizes_parse(&trace,
                   FL_STR("a\t1048576\t0.125\tmore\r\n\nb\t1e3\t12.5e-1\nb\t1\t1\nc\t1.5\t1\n"
                          "c\t-1\t1\nc\t1\t\nc\t1\nc\t1e99\t1\nc\t1\t1e\nother\t1\t1\nc\t0\t.5\n"
                          "d\t1\t1x"),
                   "s", sizes, &findings);
    assert_int_equal(findings.errors, 8);
    assert_int_equal(findings.items[0].line, 4);
    assert_int_equal(findings.items[7].line, 13);
    assert_true(sizes[0].known && sizes[1].known && sizes[2].known && !sizes[3].known);
    assert_int_equal(sizes[0].bytes, 1 << 20);
    assert_near(sizes[0].load_ms, 0.125);
    assert_int_equal(sizes[1].bytes, 1000);
    assert_near(sizes[1].load_ms, 1.25);
    assert_near(sizes[2].load_ms, 0.5);
    fl_findings_destroy(&findings);
    fl_trace_destroy(&trace);
}

/* With each allocation failing in turn. What predictions may go without is theirs to say. */
static void fail_allocations(const struct fl_eval_residency_options *options, bool strict)
{
    for (long n = 1;; n++) {
        struct fl_eval_residency_result result;
        struct fl_err err = {0};
        fl_test_fail_alloc_at(n);
        int rc = fl_eval_residency(options, &result, NULL, &err);
        bool failed = fl_test_alloc_count() >= n;
        fl_test_fail_alloc_at(0);
        if (!failed) {
            assert_int_equal(rc, 0);
            assert_true(n > 20);
            return;
        }
        assert_true(rc == -FL_ENOMEM || (!strict && rc == 0));
        assert_true(rc == 0 || err.code == FL_ENOMEM);
    }
}

static void test_allocation_fails(void **state)
{
    (void)state;
    write_file(trace_path, "u\t1\ta\nv\t2\tb\nu\t3\tb\nv\t5\ta\n");
    write_file(sizes_path, "a\t1\t1\nb\t1\t1\n");
    struct fl_eval_residency_options options = options_of(FL_KEEP_HYBRID, 60);
    fail_allocations(&options, true);
    options.preload = 1;
    fail_allocations(&options, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_like_the_other_simulator),
        cmocka_unit_test(test_preloads_what_is_certain),
        cmocka_unit_test(test_abstains_from_guessing),
        cmocka_unit_test(test_nothing_from_the_future),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_missing_sizes),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_allocation_fails),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
