/* test_index_file.c: an index that was saved and loaded against the one that was built; files that
 * are damaged, of others, or hostile behind a right checksum. */
#include "failing_alloc.h"
#include "text_fixture.h"

#include "base/os.h"
#include "text/index_file.h"
#include "text/index_layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

enum {
    KEY = 4711,
    WORDS = 300,
    FIELDS = 3,
    /* Of the file, as the top of index_file.c draws it. */
    AT_VERSION = 8,
    AT_BYTE_ORDER = 12,
    AT_CHECKSUM = 16,
    AT_KEY = 32,
    AT_FINGERPRINT = 40,
    AT_COUNTS = 48,
    AT_PLACES = 96,
};

struct world {
    char words[WORDS][16];
    struct fl_buf *texts; /* [documents · FIELDS] */
    uint32_t *groups;
    uint32_t documents;
    struct fl_index built;
    char path[64];
    struct fl_buf file; /* as saved */
};

/* --- a world to start from --- */

static struct fl_str text_of(void *ctx, uint32_t document, unsigned field)
{
    const struct world *world = ctx;
    const struct fl_buf *text = &world->texts[document * FIELDS + field];
    return (struct fl_str){text->ptr, text->len};
}

static void write_texts(struct world *world, uint64_t *seed)
{
    static const char *const english[] = {"open",   "the",  "pull",    "request", "delete",
                                          "remove", "file", "invoice", "send",    "everything"};
    for (unsigned w = 0; w < WORDS; w++)
        random_word(seed, world->words[w]);
    world->texts = calloc((size_t)world->documents * FIELDS + 1, sizeof *world->texts);
    world->groups = calloc(world->documents + 1, sizeof *world->groups);
    for (uint32_t i = 0; i < world->documents * FIELDS; i++)
        for (uint32_t n = random_below(seed, i % FIELDS ? 30 : 4); n > 0; n--)
            fl_buf_printf(&world->texts[i], "%s ",
                          random_below(seed, 3) ? world->words[random_below(seed, WORDS)]
                                                : english[random_below(seed, 10)]);
    for (uint32_t d = 0; d < world->documents; d++)
        world->groups[d] = d / 7;
}

static struct fl_index_options options_of(const struct world *world)
{
    return (struct fl_index_options){
        .fields = {{3, 0.3f}, {1, 0.75f}, {0.5f, 0.9f}},
        .field_count = FIELDS,
        .k1 = 1.5f,
        .groups = world->groups,
        .group_count = world->documents / 7 + 1,
        .group_field = 1,
        .group_idf = 1.5f,
    };
}

static void read_file(struct world *world)
{
    fl_buf_clear(&world->file);
    assert_int_equal(fl_os_read_file(world->path, 64 << 20, &world->file, NULL), 0);
}

/* A new file, so that one which is mapped stays; without the wait for the disk. */
static void write_file(const struct world *world, const char *bytes, size_t len)
{
    unlink(world->path);
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_byte(const struct world *world, size_t at, char byte)
{
    FILE *file = fopen(world->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    fputc(byte, file);
    assert_int_equal(fclose(file), 0);
}

static void world_init(struct world *world, uint32_t documents, uint64_t seed)
{
    *world = (struct world){.documents = documents};
    snprintf(world->path, sizeof world->path, "/tmp/fl-index-%ld.fli", (long)getpid());
    write_texts(world, &seed);
    struct fl_index_options options = options_of(world);
    assert_int_equal(fl_index_init(&world->built, &options, documents, text_of, world, NULL), 0);
    assert_int_equal(fl_index_save(&world->built, KEY, world->path, NULL), 0);
    read_file(world);
}

static void world_destroy(struct world *world)
{
    unlink(world->path);
    for (uint32_t i = 0; i < world->documents * FIELDS; i++)
        fl_buf_destroy(&world->texts[i]);
    free(world->texts);
    free(world->groups);
    fl_buf_destroy(&world->file);
    fl_index_destroy(&world->built);
}

/* --- using an index --- */

static struct fl_query query;

/* What a request leads to, and what is found: every number, exactly. */
static void describe(struct fl_buf *out, struct fl_search *search, const struct fl_index *index,
                     const char *request)
{
    struct fl_hit hits[FL_SEARCH_MAX_HITS];
    assert_int_equal(fl_query_analyze(&query, index, &plain_options, fl_str_of(request)), 0);
    uint32_t count = fl_search_run(search, index, &query, NULL, hits, FL_SEARCH_MAX_HITS);
    for (unsigned i = 0; i < query.term_count; i++) {
        const struct fl_query_term *term = &query.terms[i];
        fl_buf_printf(out, "%s %u %u %a\n", fl_vocab_stem(&index->vocab, term->term).ptr,
                      term->group, term->way, (double)term->weight);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint16_t fields = 0;
        uint32_t document = hits[i].document, term = query.terms[0].term;
        const struct fl_posting *posting = fl_index_posting(index, term, document, &fields);
        fl_buf_printf(out, "%u %a %x %u\n", document, (double)hits[i].score, fields,
                      posting ? posting->impact : 0u);
    }
}

/* Requests of known words, misspelt ones, joined and foreign ones. */
static void ask_much(struct fl_buf *out, const struct world *world, const struct fl_index *index)
{
    struct fl_search search;
    uint64_t seed = 9;
    assert_int_equal(fl_search_init(&search, index), 0);
    for (int i = 0; i < 60; i++) {
        char request[128], misspelt[16];
        const char *word = world->words[random_below(&seed, WORDS)];
        strcpy(misspelt, world->words[random_below(&seed, WORDS)]);
        misspelt[1 + random_below(&seed, 2)] = 'x';
        snprintf(request, sizeof request, "%s the %s open%s %s everything", word, misspelt,
                 world->words[random_below(&seed, WORDS)], i % 3 ? "get rid of" : "datei löschen");
        describe(out, &search, index, request);
    }
    fl_search_destroy(&search);
    fl_query_destroy(&query); /* its scratch is of this index */
    for (uint32_t d = 0; d < index->document_count; d++)
        for (uint32_t i = index->name_first[d]; i < index->name_first[d + 1]; i++)
            fl_buf_printf(out, "%s ", fl_vocab_stem(&index->vocab, index->name_terms[i]).ptr);
    assert_false(fl_buf_failed(out));
}

static void assert_same_arrays(const struct fl_index *a, const struct fl_index *b)
{
    struct fl_index_counts counts = fl_index_count(a), others = fl_index_count(b), *n = &counts;
    assert_memory_equal(&counts, &others, sizeof counts);
#define ASSERT_SAME_ARRAY(member, count) \
    if ((count) > 0)                     \
        assert_memory_equal(a->member, b->member, (count) * sizeof *a->member);
    FL_INDEX_ARRAYS(ASSERT_SAME_ARRAY)
#undef ASSERT_SAME_ARRAY
}

/* --- what is saved is what is loaded --- */

static void a_loaded_index_is_the_built_one(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 30, 400};
    for (unsigned i = 0; i < 4; i++) {
        struct world world;
        struct fl_index loaded;
        struct fl_buf of_built = {0}, of_loaded = {0};
        world_init(&world, sizes[i], i + 1);
        assert_int_equal(fl_index_load(&loaded, KEY, world.path, NULL), 0);
        assert_same_arrays(&world.built, &loaded);
        assert_int_equal(fl_index_bytes(&world.built), fl_index_bytes(&loaded));
        ask_much(&of_built, &world, &world.built);
        ask_much(&of_loaded, &world, &loaded);
        assert_string_equal(fl_buf_text(&of_built), fl_buf_text(&of_loaded));
        assert_int_equal(fl_index_save(&loaded, KEY, world.path, NULL), 0); /* once more */
        fl_index_destroy(&loaded);
        fl_index_destroy(&loaded);
        struct fl_buf first = world.file;
        world.file = (struct fl_buf){0};
        read_file(&world);
        assert_int_equal(first.len, world.file.len);
        assert_memory_equal(first.ptr, world.file.ptr, first.len);
        fl_buf_destroy(&first);
        fl_buf_destroy(&of_built);
        fl_buf_destroy(&of_loaded);
        world_destroy(&world);
    }
}

static void an_index_of_nothing_is_kept_too(void **state)
{
    (void)state;
    struct world world;
    struct fl_index loaded;
    world_init(&world, 0, 1);
    assert_int_equal(fl_index_load(&loaded, KEY, world.path, NULL), 0);
    assert_same_arrays(&world.built, &loaded);
    assert_int_equal(loaded.document_count, 0);
    fl_index_destroy(&loaded);
    world_destroy(&world);
}

/* --- what is refused --- */

static void assert_refused(const struct world *world, const char *bytes, size_t len, int code)
{
    struct fl_index index = {.document_count = 77};
    struct fl_err err = {0};
    write_file(world, bytes, len);
    int rc = fl_index_load(&index, KEY, world->path, &err);
    if (rc != -code)
        fail_msg("%s instead of %s", rc ? fl_error_name(rc) : "success", fl_error_name(-code));
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, world->path));
    assert_int_equal(index.document_count, 77); /* untouched */
}

/* Makes the checksum right again. */
static void seal(char *file, size_t len)
{
    XXH128_hash_t hash = XXH3_128bits(file + AT_KEY, len - AT_KEY);
    memcpy(file + AT_CHECKSUM, &hash.low64, 8);
    memcpy(file + AT_CHECKSUM + 8, &hash.high64, 8);
}

static void files_of_others_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct fl_index index;
    struct fl_err err;
    world_init(&world, 20, 3);
    assert_int_equal(fl_index_load(&index, KEY + 1, world.path, &err), -FL_ECHANGED);
    char *file = world.file.ptr;
    file[AT_FINGERPRINT] ^= 1;
    seal(file, world.file.len);
    assert_refused(&world, file, world.file.len, FL_ECHANGED);
    file[AT_FINGERPRINT] ^= 1;
    seal(file, world.file.len);
    file[AT_VERSION]++;
    assert_refused(&world, file, world.file.len, FL_EVERSION);
    file[AT_VERSION]--;
    memcpy(file + AT_BYTE_ORDER, "\1\2\3\4", 4); /* of the other kind of machine */
    assert_refused(&world, file, world.file.len, FL_EVERSION);
    char *text = malloc(5000);
    memset(text, 'x', 5000);
    assert_refused(&world, text, 5000, FL_ECORRUPT);
    free(text);
    assert_refused(&world, "", 0, FL_ECORRUPT);
    unlink(world.path);
    assert_int_equal(fl_index_load(&index, KEY, world.path, &err), -FL_ENOENT);
    assert_int_equal(fl_index_load(&index, KEY, "/tmp", &err), -FL_EIO);
    assert_int_equal(fl_index_save(&world.built, KEY, "/nowhere/at/all", &err), -FL_ENOENT);
    world_destroy(&world);
}

/* With the checksum of what is left, the lengths have to tell. */
static void cut_files_are_refused(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, 20, 4);
    size_t whole = world.file.len;
    char *copy = calloc(1, whole + 64);
    for (unsigned a = 0; a <= FL_INDEX_ARRAY_COUNT; a++) {
        uint64_t offset = whole;
        if (a < FL_INDEX_ARRAY_COUNT)
            memcpy(&offset, world.file.ptr + AT_PLACES + a * 16, 8);
        for (int by = -1; by <= 1; by++) {
            size_t len = offset + by;
            if (len == whole)
                continue;
            memcpy(copy, world.file.ptr, len < whole ? len : whole);
            assert_refused(&world, copy, len, FL_ECORRUPT);
            seal(copy, len);
            assert_refused(&world, copy, len, FL_ECORRUPT);
        }
    }
    for (size_t len = 0; len < AT_PLACES + 16 * FL_INDEX_ARRAY_COUNT; len += 7)
        assert_refused(&world, world.file.ptr, len, FL_ECORRUPT);
    free(copy);
    world_destroy(&world);
}

static void flipped_bits_are_noticed(void **state)
{
    (void)state;
    struct world world;
    struct fl_index index;
    uint64_t seed = 6;
    world_init(&world, 40, 5);
    char *file = world.file.ptr;
    for (size_t i = 0; i < 2500; i++) {
        size_t at = i < 400 ? i : random_below(&seed, (uint32_t)world.file.len);
        char bit = (char)(1 << random_below(&seed, 8));
        write_byte(&world, at, file[at] ^ bit);
        if (fl_index_load(&index, KEY, world.path, NULL) == 0)
            fail_msg("byte %zu, bit %02x is not noticed", at, (unsigned char)bit);
        write_byte(&world, at, file[at]);
    }
    assert_int_equal(fl_index_load(&index, KEY, world.path, NULL), 0);
    fl_index_destroy(&index);
    world_destroy(&world);
}

/* --- hostile numbers behind a right checksum --- */

/* Writes a number at a place, expects the refusal, and puts back what was there. */
static void assert_poison(struct world *world, size_t at, const void *bytes, size_t len)
{
    char before[16];
    char *file = world->file.ptr;
    memcpy(before, file + at, len);
    if (memcmp(before, bytes, len) == 0)
        fail_msg("nothing is changed at %zu", at);
    memcpy(file + at, bytes, len);
    seal(file, world->file.len);
    assert_refused(world, file, world->file.len, FL_ECORRUPT);
    memcpy(file + at, before, len);
}

static void poison_u32(struct world *world, size_t at, uint32_t value)
{
    assert_poison(world, at, &value, sizeof value);
}

static void poison_float(struct world *world, size_t at, float value)
{
    assert_poison(world, at, &value, sizeof value);
}

static void poison_words(struct world *world, const struct fl_wordset *set, const char *base)
{
    size_t at = (size_t)((const char *)set->at - base);
    size_t text = (size_t)((const char *)set->text - base);
    size_t slots = (size_t)((const char *)set->slots - base);
    poison_u32(world, at, 1);
    poison_u32(world, at + 4, set->text_bytes);
    poison_u32(world, at + 4, 0);
    poison_u32(world, at + 4 * set->count, set->text_bytes + 1);
    poison_u32(world, at + 4 * (set->count / 2), UINT32_MAX);
    assert_poison(world, text + set->at[1] - 1, "x", 1);
    assert_poison(world, text + set->text_bytes - 1, "x", 1);
    for (uint32_t i = 0, done = 0; !done; i++) /* an occupied one, then an empty one */
        if (set->slots[i].place) {
            poison_u32(world, slots + 8 * i + 4, set->count + 1);
            poison_u32(world, slots + 8 * i + 4, 0);
            done = 1;
        }
    for (uint32_t i = 0, done = 0; !done; i++)
        if (!set->slots[i].place) {
            poison_u32(world, slots + 8 * i + 4, 1);
            done = 1;
        }
}

static void numbers_out_of_bounds_are_refused(void **state)
{
    (void)state;
    struct world world;
    struct fl_index index;
    world_init(&world, 60, 8);
    assert_int_equal(fl_index_load(&index, KEY, world.path, NULL), 0); /* tells the places */
    const char *base = index.map.ptr;
    struct fl_index_counts counts = fl_index_count(&index), *n = &counts;
    poison_words(&world, &index.vocab.surfaces, base);
    poison_words(&world, &index.vocab.stems, base);
#define AT(member) (size_t)((const char *)index.member - base)
    poison_u32(&world, AT(vocab.term_of), n->terms);
    poison_u32(&world, AT(vocab.term_of) + 4 * (n->surfaces - 1), FL_VOCAB_NONE);
    poison_u32(&world, AT(vocab.gram_first), 1);
    poison_u32(&world, AT(vocab.gram_first) + 4 * 77, n->grams + 1);
    poison_u32(&world, AT(vocab.gram_first) + 4 * FL_VOCAB_GRAMS, n->grams - 1);
    poison_u32(&world, AT(vocab.gram_surfaces), n->surfaces);
    poison_u32(&world, AT(vocab.gram_surfaces) + 4 * (n->grams - 1), UINT32_MAX);
    poison_u32(&world, AT(first), 1);
    poison_u32(&world, AT(first) + 4 * (n->terms / 2), UINT32_MAX);
    poison_u32(&world, AT(first) + 4 * n->terms, n->postings + 1);
    poison_u32(&world, AT(postings), n->documents | 255u << 24);
    poison_u32(&world, AT(postings) + 4 * (n->postings - 1), 0xFFFFFFFF);
    poison_float(&world, AT(idf), NAN);
    poison_float(&world, AT(idf), -1);
    poison_float(&world, AT(idf) + 4 * (n->terms - 1), INFINITY);
    poison_u32(&world, AT(name_first), 1);
    poison_u32(&world, AT(name_first) + 4 * n->documents, n->names + 1);
    poison_u32(&world, AT(name_terms), n->terms);
    poison_u32(&world, AT(lexicon_terms), FL_VOCAB_STOP);
    poison_u32(&world, AT(lexicon_terms) + 4 * (n->lexicon_stems - 1), n->terms);
    poison_u32(&world, AT(words), n->stems);
    poison_u32(&world, AT(words) + 8 * (n->surfaces - 1) + 4, 0xFFFF); /* entry */
    poison_u32(&world, AT(words) + 4, 2u << 16);                       /* weak */
#undef AT
    fl_index_destroy(&index);
    world_destroy(&world);
}

/* Counts and places are numbers like the others, and nothing fits another one of them. */
static void hostile_tables_are_refused(void **state)
{
    (void)state;
    static const uint32_t extremes[] = {0, 1, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    struct world world;
    uint64_t seed = 12;
    world_init(&world, 25, 9);
    size_t end = AT_PLACES + 16 * FL_INDEX_ARRAY_COUNT;
    for (size_t at = AT_COUNTS; at < end; at += 4) {
        uint32_t present;
        memcpy(&present, world.file.ptr + at, 4);
        for (unsigned i = 0; i < 5; i++)
            if (extremes[i] != present)
                poison_u32(&world, at, extremes[i]);
        poison_u32(&world, at, present + 1);
        poison_u32(&world, at, present - 1);
        poison_u32(&world, at, present ^ 1u << random_below(&seed, 32));
    }
    world_destroy(&world);
}

/* Whatever the rest of the file says: it is refused, or answers without a bad access. */
static void random_numbers_do_no_harm(void **state)
{
    (void)state;
    struct world world;
    uint64_t seed = 13;
    unsigned loaded = 0;
    world_init(&world, 50, 10);
    char *copy = malloc(world.file.len);
    for (int round = 0; round < 150; round++) {
        memcpy(copy, world.file.ptr, world.file.len);
        for (uint32_t i = 1 + random_below(&seed, 3); i > 0; i--) {
            uint32_t at = (AT_COUNTS + random_below(&seed, (uint32_t)world.file.len - 60)) / 4 * 4;
            uint32_t value = (uint32_t)random_next(&seed) >> random_below(&seed, 32);
            memcpy(copy + at, &value, 4);
        }
        seal(copy, world.file.len);
        write_file(&world, copy, world.file.len);
        struct fl_index index;
        struct fl_buf out = {0};
        int rc = fl_index_load(&index, KEY, world.path, NULL);
        assert_true(rc == 0 || rc == -FL_ECORRUPT);
        if (rc)
            continue;
        loaded++;
        ask_much(&out, &world, &index);
        fl_buf_destroy(&out);
        fl_index_destroy(&index);
    }
    print_message("%u of 150 were loaded\n", loaded);
    assert_true(loaded > 0);
    free(copy);
    world_destroy(&world);
}

/* --- the rest --- */

static void memory_that_runs_out(void **state)
{
    (void)state;
    struct world world;
    struct fl_index loaded;
    struct fl_err err;
    world_init(&world, 10, 11);
    fl_test_fail_alloc_at(0);
    assert_int_equal(fl_index_save(&world.built, KEY + 1, world.path, &err), 0);
    long count = fl_test_alloc_count();
    assert_true(count > 0);
    for (long n = 1; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        assert_int_equal(fl_index_save(&world.built, KEY, world.path, &err), -FL_ENOMEM);
    }
    fl_test_fail_alloc_at(1); /* loading needs none */
    assert_int_equal(fl_index_load(&loaded, KEY + 1, world.path, &err), 0);
    assert_int_equal(fl_test_alloc_count(), 0);
    fl_test_fail_alloc_at(0);
    fl_index_destroy(&loaded);
    world_destroy(&world);
}

static void options_are_told_apart(void **state)
{
    (void)state;
    static const uint32_t groups[1] = {0};
    const struct fl_index_options plain = {
        .fields = {{1, 0.5f}, {2, 0.5f}}, .field_count = 2, .k1 = 1, .group_idf = 1};
    uint64_t hash = fl_index_options_hash(&plain);
    struct fl_index_options other = plain;
    other.groups = groups;
    other.fields[5].weight = 3; /* beyond the count */
    assert_true(fl_index_options_hash(&other) == hash);
    for (int i = 0; i < 6; i++) {
        other = plain;
        other.fields[1].weight += i == 0;
        other.fields[0].b += i == 1;
        other.field_count += i == 2;
        other.k1 += i == 3;
        other.group_field += i == 4;
        other.group_idf += i == 5;
        assert_true(fl_index_options_hash(&other) != hash);
    }
}

static int hash_word(void *ctx, struct fl_str word, uint16_t flags)
{
    XXH3_state_t *hash = ctx;
    static struct fl_stemmers stemmers;
    struct fl_str stem = fl_stem(&stemmers, FL_LANGUAGE_EN, word);
    XXH3_64bits_update(hash, word.ptr, word.len);
    XXH3_64bits_update(hash, stem.ptr, stem.len);
    XXH3_64bits_update(hash, &flags, sizeof flags);
    fl_stemmers_destroy(&stemmers);
    return 0;
}

/* Stored indexes outlive a program: whoever changes what the words of a text are has to raise
 * FL_WORDS_VERSION, and then these two numbers. */
static void words_have_their_version(void **state)
{
    (void)state;
    static const char text[] =
        "createIssue HTTPServer2 read_file getURLs don't e.g. user@example.com v2.0 naïve "
        "Übergröße "
        "ﬁle ① 東京都 привет мир 안녕하세요 files' running universities Æther x86_64 #42 C++ "
        "https://example.com/a/b?c=d [brackets] \"quoted words\" -flag --option=value 3.14 10,000";
    XXH3_state_t *hash = XXH3_createState();
    XXH3_64bits_reset(hash);
    assert_int_equal(fl_tokenize_each(FL_STR(text), hash_word, hash), 0);
    uint64_t value = XXH3_64bits_digest(hash);
    XXH3_freeState(hash);
    if (FL_WORDS_VERSION != 1 || value != UINT64_C(0x98eebe4dd9483efb))
        fail_msg("version %d has 0x%llx", FL_WORDS_VERSION, (unsigned long long)value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_index_is_the_built_one),
        cmocka_unit_test(an_index_of_nothing_is_kept_too),
        cmocka_unit_test(files_of_others_are_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(flipped_bits_are_noticed),
        cmocka_unit_test(numbers_out_of_bounds_are_refused),
        cmocka_unit_test(hostile_tables_are_refused),
        cmocka_unit_test(random_numbers_do_no_harm),
        cmocka_unit_test(memory_that_runs_out),
        cmocka_unit_test(options_are_told_apart),
        cmocka_unit_test(words_have_their_version),
    };
    return cmocka_run_group_tests_name("index_file", tests, NULL, NULL);
}
