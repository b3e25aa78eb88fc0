/* test_bpe_table.c: what is not a whole table is refused, and a table that lies does no harm. */
#define _GNU_SOURCE
#include "bpe_fixture.h"

#include "base/os.h"
#include "bpe/bpe_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Offsets in the header, as bpe_table.h has them. */
enum {
    AT_VERSION = 8,
    AT_CHECKSUM = 16,
    AT_PATTERN = 24,
    AT_TOKENS = 28,
    AT_SLOTS = 32,
    AT_PILOTS = 36,
    AT_PAIRS = 40,
    AT_PAIR_PILOTS = 44,
    AT_LONGS = 48,
    AT_LONG_BYTES = 52,
    AT_NAME = 64,
    HEADER_BYTES = 128,
};

struct table {
    struct fl_buf bytes;
    int file; /* in memory: there are thousands of attempts */
    char path[64];
};

static int setup(void **state)
{
    struct table *table = calloc(1, sizeof *table);
    assert_non_null(table);
    char *source = bpe_test_file("bpe_tiny.bpe");
    struct fl_err err = {0};
    if (fl_os_read_file(source, 1 << 20, &table->bytes, &err))
        fail_msg("%s", err.message);
    free(source);
    table->file = memfd_create("test_bpe_table", MFD_CLOEXEC);
    assert_true(table->file >= 0);
    snprintf(table->path, sizeof table->path, "/proc/self/fd/%d", table->file);
    *state = table;
    return 0;
}

static int teardown(void **state)
{
    struct table *table = *state;
    close(table->file);
    fl_buf_destroy(&table->bytes);
    free(table);
    return 0;
}

static uint32_t get(const struct table *table, size_t offset)
{
    uint32_t value;
    memcpy(&value, table->bytes.ptr + offset, sizeof value);
    return value;
}

static void put(struct table *table, size_t offset, uint32_t value)
{
    assert_true(offset + sizeof value <= table->bytes.len);
    memcpy(table->bytes.ptr + offset, &value, sizeof value);
}

static void sign(struct table *table)
{
    XXH64_hash_t sum = XXH3_64bits(table->bytes.ptr + AT_PATTERN, table->bytes.len - AT_PATTERN);
    memcpy(table->bytes.ptr + AT_CHECKSUM, &sum, sizeof sum);
}

/* Writes the table and opens it; what is opened must at least do no harm. */
static int try_to_open(struct table *table, struct fl_err *err)
{
    ssize_t len = (ssize_t)table->bytes.len;
    assert_int_equal(ftruncate(table->file, len), 0);
    assert_int_equal(pwrite(table->file, table->bytes.ptr, table->bytes.len, 0), len);
    struct fl_bpe *bpe = NULL;
    int rc = fl_bpe_open(table->path, &bpe, err);
    if (rc) {
        assert_null(bpe);
        return rc;
    }
    static const char text[] =
        "the thing therein aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 123 \xC3\xA9";
    uint32_t *ids = NULL;
    size_t count;
    if (fl_bpe_encode(bpe, text, sizeof text - 1, &ids, &count, NULL) == 0)
        free(ids);
    fl_bpe_close(bpe);
    return 0;
}

static void assert_refused(struct table *table, const char *message)
{
    struct fl_err err = {0};
    assert_int_equal(try_to_open(table, &err), -FL_ECORRUPT);
    if (!strstr(err.message, message))
        fail_msg("expected \"%s\" in: %s", message, err.message);
}

/* Each section starts at a multiple of 64 bytes. */
static size_t behind(size_t offset, uint32_t count, size_t bytes)
{
    return (offset + count * bytes + 63) / 64 * 64;
}

struct places {
    size_t slots, pairs, merges, prefixes, longs;
};

static struct places places_of(const struct table *table)
{
    struct places p = {.slots = HEADER_BYTES};
    p.pairs = behind(behind(p.slots, get(table, AT_SLOTS), 24), get(table, AT_PILOTS), 2);
    p.merges = behind(behind(p.pairs, get(table, AT_PAIRS), 8), get(table, AT_PAIR_PILOTS), 2);
    p.prefixes = behind(p.merges, get(table, AT_TOKENS), 8);
    p.longs = behind(p.prefixes, get(table, AT_TOKENS), 4);
    return p;
}

static void the_table_as_it_is_opens(void **state)
{
    struct fl_err err = {0};
    assert_int_equal(try_to_open(*state, &err), 0);
    sign(*state); /* the checksum is the one of this test */
    assert_int_equal(try_to_open(*state, &err), 0);
}

static void no_file_is_not_found(void **state)
{
    (void)state;
    struct fl_bpe *bpe = NULL;
    struct fl_err err = {0};
    assert_int_equal(fl_bpe_open("/nonexistent/table.bpe", &bpe, &err), -FL_ENOENT);
    assert_null(bpe);
    fl_bpe_close(NULL);
}

static void every_cut_is_refused(void **state)
{
    struct table *table = *state;
    size_t len = table->bytes.len;
    for (table->bytes.len = 0; table->bytes.len < len; table->bytes.len += 1 + len / 200)
        assert_refused(table, "not a valid token table");
    table->bytes.len = len - 64;
    sign(table);
    assert_refused(table, "its size is wrong");
}

static void every_flipped_bit_is_noticed(void **state)
{
    struct table *table = *state;
    for (size_t i = 0; i < table->bytes.len; i += 1 + i / 50) {
        table->bytes.ptr[i] ^= 0x10;
        struct fl_err err = {0};
        if (i < AT_VERSION + 4 || i >= AT_CHECKSUM)
            assert_int_not_equal(try_to_open(table, &err), 0);
        table->bytes.ptr[i] ^= 0x10;
    }
}

static void another_version_is_named(void **state)
{
    struct table *table = *state;
    struct fl_err err = {0};
    put(table, AT_VERSION, 2);
    assert_int_equal(try_to_open(table, &err), -FL_EVERSION);
}

static void bad_counts_are_refused(void **state)
{
    struct table *table = *state;
    static const size_t counts[] = {AT_TOKENS,      AT_SLOTS, AT_PILOTS,    AT_PAIRS,
                                    AT_PAIR_PILOTS, AT_LONGS, AT_LONG_BYTES};
    static const uint32_t values[] = {0,        1,         1 << 16, 1 << 20, 1 << 21, (1 << 21) + 1,
                                      1u << 31, UINT32_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint32_t good = get(table, counts[i]);
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            put(table, counts[i], values[k]);
            sign(table);
            if (values[k] != 1) /* one pilot for all is possible */
                assert_refused(table, "not a valid token table");
            else
                try_to_open(table, NULL);
        }
        put(table, counts[i], good);
    }
}

static void bad_patterns_and_names_are_refused(void **state)
{
    struct table *table = *state;
    put(table, AT_PATTERN, 3);
    sign(table);
    assert_refused(table, "unknown pattern");
    put(table, AT_PATTERN, 1);
    memset(table->bytes.ptr + AT_NAME, 'x', FL_BPE_NAME_BYTES);
    sign(table);
    assert_refused(table, "bad name");
    memset(table->bytes.ptr + AT_NAME, 0, FL_BPE_NAME_BYTES);
    sign(table);
    assert_refused(table, "bad name");
}

/* Sets a field of each record to `value` and expects a refusal, unless the record is unused. */
static void assert_all_refused(struct table *table, size_t start, uint32_t count, size_t bytes,
                               size_t field, uint32_t value, const char *message)
{
    for (uint32_t i = 0; i < count; i += 1 + count / 40) {
        size_t offset = start + i * bytes + field;
        uint32_t good = get(table, offset);
        put(table, offset, value);
        sign(table);
        assert_refused(table, message);
        put(table, offset, good);
    }
}

static void indices_that_lead_outside_are_refused(void **state)
{
    struct table *table = *state;
    struct places p = places_of(table);
    uint32_t tokens = get(table, AT_TOKENS);
    uint32_t longs = get(table, AT_LONGS);
    for (uint32_t i = 0; i < get(table, AT_SLOTS); i++) {
        size_t slot = p.slots + i * sizeof(struct fl_bpe_slot);
        uint32_t good = get(table, slot + 16);
        bool is_head = get(table, slot + 20) == FL_BPE_HEAD_LENGTH;
        put(table, slot + 16, is_head ? longs : tokens);
        sign(table);
        if (get(table, slot + 20))
            assert_refused(table, "a slot leads outside");
        put(table, slot + 16, good);
    }
    assert_all_refused(table, p.pairs, get(table, AT_PAIRS), 8, 0, tokens, "a pair leads outside");
    assert_all_refused(table, p.merges, tokens, 8, 0, tokens, "a token is made of later ones");
    assert_all_refused(table, p.merges, tokens, 8, 4, tokens, "a token is made of later ones");
    assert_all_refused(table, p.prefixes, tokens, 4, 0, tokens << 8 | 1, "later ones");
    assert_all_refused(table, p.longs, longs, 16, 0, UINT32_MAX, "a long token leads outside");
    assert_all_refused(table, p.longs, longs, 16, 4, tokens, "a long token leads outside");
    assert_all_refused(table, p.longs, longs, 16, 8, 256, "a long token leads outside");
    assert_all_refused(table, p.longs, longs, 16, 8, 16, "a long token leads outside");
    assert_all_refused(table, p.longs, longs, 16, 12, longs + 1, "a long token leads outside");
    assert_all_refused(table, p.longs, longs, 16, 12, 0, "a long token leads outside");
}

static void a_byte_without_a_token_is_refused(void **state)
{
    struct table *table = *state;
    struct places p = places_of(table);
    for (uint32_t i = 0; i < get(table, AT_SLOTS); i++) {
        size_t length = p.slots + i * sizeof(struct fl_bpe_slot) + 20;
        if (get(table, length) != 1)
            continue;
        put(table, length, 0);
        sign(table);
        assert_refused(table, "a byte has no token");
        put(table, length, 1);
    }
}

static uint32_t below(uint64_t *random, uint32_t n)
{
    *random = *random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*random >> 33) % n;
}

/* Changes one record to something that the checks let pass. */
static void lie(struct table *table, struct places p, uint64_t *random)
{
    uint32_t tokens = get(table, AT_TOKENS);
    uint32_t id = below(random, tokens - 1) + 1;
    size_t pair = p.pairs + below(random, get(table, AT_PAIRS)) * 8;
    size_t slot = p.slots + below(random, get(table, AT_SLOTS)) * sizeof(struct fl_bpe_slot);
    switch (below(random, 6)) {
    case 0:
        put(table, p.merges + id * 8, below(random, id));
        put(table, p.merges + id * 8 + 4, below(random, id));
        break;
    case 1: put(table, p.prefixes + id * 4, below(random, tokens) << 8 | below(random, 256)); break;
    case 2: {
        uint64_t entry = (uint64_t)below(random, tokens) << 40 |
                         (uint64_t)below(random, tokens) << 20 | below(random, tokens);
        memcpy(table->bytes.ptr + pair, &entry, sizeof entry);
        break;
    }
    case 3: /* another token, its bytes, or the length of one with more than one byte */
        if (get(table, slot + 20) != FL_BPE_HEAD_LENGTH)
            put(table, slot + 16, below(random, tokens));
        break;
    case 4:
        if (get(table, slot + 20) > 1 && get(table, slot + 20) <= FL_BPE_SHORT_BYTES)
            put(table, slot + 20, below(random, 20));
        break;
    default: put(table, p.longs + below(random, get(table, AT_LONGS)) * 16 + 4, id); break;
    }
}

/* Whatever the sections say within their bounds, opening and encoding end well. */
static void lies_do_no_harm(void **state)
{
    struct table *table = *state;
    struct places p = places_of(table);
    struct fl_buf good = {0};
    fl_buf_append(&good, table->bytes.ptr, table->bytes.len);
    uint64_t random = 12345;
    unsigned opened = 0;
    for (unsigned round = 0; round < 3000; round++) {
        for (unsigned lies = 1 + below(&random, 60); lies; lies--)
            lie(table, p, &random);
        sign(table);
        opened += !try_to_open(table, NULL);
        memcpy(table->bytes.ptr, good.ptr, good.len);
    }
    fl_buf_destroy(&good);
    assert_in_range(opened, 1000, 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_table_as_it_is_opens, setup, teardown),
        cmocka_unit_test(no_file_is_not_found),
        cmocka_unit_test_setup_teardown(every_cut_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_noticed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_version_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_counts_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_patterns_and_names_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(indices_that_lead_outside_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_byte_without_a_token_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(lies_do_no_harm, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
