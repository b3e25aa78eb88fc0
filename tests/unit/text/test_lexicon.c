/* test_lexicon.c: stems against the samples of snowballstem.org, and the compiled lexicon against
 * its sources in FL_TEST_LEXICON. */
#include "base/os.h"
#include "base/strmap.h"
#include "text_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct fl_stemmers stemmers;

static void assert_stem(enum fl_language language, const char *word, const char *expected)
{
    struct fl_str stem = fl_stem(&stemmers, language, fl_str_of(word));
    if (!fl_str_is(stem, expected))
        fail_msg("%s: '%s' gives '%.*s', not '%s'", fl_language_code(language), word, (int)stem.len,
                 stem.ptr, expected);
}

static void stems_are_snowballs(void **state)
{
    (void)state;
    assert_stem(FL_LANGUAGE_EN, "consistency", "consist");
    assert_stem(FL_LANGUAGE_EN, "consignment", "consign");
    assert_stem(FL_LANGUAGE_EN, "knackeries", "knackeri");
    assert_stem(FL_LANGUAGE_EN, "knots", "knot");
    assert_stem(FL_LANGUAGE_EN, "invoices", "invoic");
    assert_stem(FL_LANGUAGE_DE, "kategorien", "kategori");
    assert_stem(FL_LANGUAGE_DE, "aufeinanderschlugen", "aufeinanderschlug");
    assert_stem(FL_LANGUAGE_ES, "chicharrones", "chicharron");
    assert_stem(FL_LANGUAGE_ES, "torneados", "torn");
    assert_stem(FL_LANGUAGE_FR, "continuellement", "continuel");
    assert_stem(FL_LANGUAGE_FR, "majestueusement", "majestu");
    assert_stem(FL_LANGUAGE_IT, "abbandonata", "abbandon");
    assert_stem(FL_LANGUAGE_NL, "lichamelijke", "licham");
    assert_stem(FL_LANGUAGE_PT, "boataria", "boat");
    assert_stem(FL_LANGUAGE_RU, "важнейшие", "важн");
}

static void without_a_stemmer_words_stay(void **state)
{
    (void)state;
    assert_stem(FL_LANGUAGE_JA, "ファイル", "ファイル");
    assert_stem(FL_LANGUAGE_KO, "파일을", "파일을");
    assert_stem(FL_LANGUAGE_ZH, "文件", "文件");
    assert_stem(FL_LANGUAGE_EN, "", "");
    assert_stem(FL_LANGUAGE_EN, "is", "is");
    struct fl_str word = {"runningrest", 7}; /* no NUL behind it */
    assert_true(fl_str_is(fl_stem(&stemmers, FL_LANGUAGE_EN, word), "run"));
}

static void languages_have_their_codes(void **state)
{
    (void)state;
#define CHECK(name, code, algorithm) \
    assert_string_equal(fl_language_code(FL_LANGUAGE_##name), code);
    FL_LANGUAGES(CHECK)
#undef CHECK
}

static int destroy_stemmers(void **state)
{
    (void)state;
    fl_stemmers_destroy(&stemmers);
    fl_stemmers_destroy(&stemmers);
    fl_stemmers_destroy(NULL);
    return 0;
}

/* --- the sources --- */

/* Calls `visit` for each word behind "stop:" or "weak:" in a language's source. */
static unsigned each_listed(const char *code, const char *list,
                            void (*visit)(void *ctx, struct fl_str word), void *ctx)
{
    struct fl_buf path = {0}, text = {0};
    struct fl_tokens tokens = {0};
    unsigned count = 0;
    fl_buf_printf(&path, "%s/%s.txt", getenv("FL_TEST_LEXICON"), code);
    assert_int_equal(fl_os_read_file(fl_buf_text(&path), 4 << 20, &text, NULL), 0);
    for (char *line = strtok(text.ptr, "\n"); line; line = strtok(NULL, "\n")) {
        if (strncmp(line, list, strlen(list)) != 0)
            continue;
        for (char *word = line + strlen(list); *(word += strspn(word, " "));) {
            size_t len = strcspn(word, " ");
            fl_tokens_clear(&tokens);
            assert_int_equal(fl_tokenize(&tokens, (struct fl_str){word, len}, FL_TOKENIZE_REQUEST),
                             0);
            if (tokens.count == 1 && word[0] != '@') {
                visit(ctx, fl_token_text(&tokens, 0));
                count++;
            }
            word += len;
        }
    }
    fl_tokens_destroy(&tokens);
    fl_buf_destroy(&path);
    fl_buf_destroy(&text);
    return count;
}

static void check_stop(void *ctx, struct fl_str word)
{
    enum fl_language language = *(enum fl_language *)ctx;
    if (!fl_lexicon_is_stop(language, word) || !(fl_lexicon_stop_languages(word) >> language & 1))
        fail_msg("%s: '%.*s' is no stop word", fl_language_code(language), (int)word.len, word.ptr);
}

static void every_listed_stop_word_is_one(void **state)
{
    (void)state;
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++) {
        enum fl_language language = (enum fl_language)l;
        unsigned listed = each_listed(fl_language_code(language), "stop:", check_stop, &language);
        unsigned walked = 0;
        const char *word = NULL;
        while ((word = fl_lexicon_next_stop(language, word))) {
            assert_true(fl_lexicon_is_stop(language, fl_str_of(word)));
            assert_true(fl_lexicon_stop_languages(fl_str_of(word)) >> l & 1);
            walked++;
        }
        assert_true(listed > 50);
        assert_true(walked > 50 && walked <= listed + 1); /* some are listed twice; @number */
    }
    for (int l = 0; l < FL_LANGUAGE_COUNT; l++) {
        static const char *const needs[] = {"", "theory", "zzz", "screenshot"};
        for (unsigned i = 0; i < 4; i++)
            assert_false(fl_lexicon_is_stop((enum fl_language)l, fl_str_of(needs[i])));
    }
    assert_int_equal(fl_lexicon_stop_languages(FL_STR("screenshot")), 0);
    assert_int_equal(fl_lexicon_stop_languages(FL_STR("der")), 1u << FL_LANGUAGE_DE);
    char longest[200];
    memset(longest, 'x', sizeof longest);
    assert_false(fl_lexicon_is_stop(FL_LANGUAGE_EN, (struct fl_str){longest, sizeof longest}));
}

static void check_weak(void *ctx, struct fl_str word)
{
    (void)ctx;
    if (!fl_lexicon_is_weak(FL_LANGUAGE_EN, word))
        fail_msg("'%.*s' is not weak", (int)word.len, word.ptr);
}

static void every_listed_weak_word_is_one(void **state)
{
    (void)state;
    assert_true(each_listed("en", "weak:", check_weak, NULL) > 100);
    assert_true(fl_lexicon_is_weak(FL_LANGUAGE_EN, FL_STR("everything")));
    assert_true(fl_lexicon_is_weak(FL_LANGUAGE_EN, FL_STR("back")));
    assert_true(fl_lexicon_is_weak(FL_LANGUAGE_EN, FL_STR("tomorrow")));
    assert_false(fl_lexicon_is_weak(FL_LANGUAGE_EN, FL_STR("delete")));
    assert_false(fl_lexicon_is_weak(FL_LANGUAGE_EN, FL_STR("the")));
    assert_false(fl_lexicon_is_weak(FL_LANGUAGE_DE, FL_STR("everything")));
}

/* --- entries --- */

/* The weight of an English target of an entry, 0 if it is none. */
static unsigned weight_of(const struct fl_lexicon_entry *entry, const char *stem)
{
    const struct fl_lexicon_target *targets = fl_lexicon_targets(entry);
    for (unsigned i = 0; i < entry->count; i++) {
        assert_true(targets[i].stem < fl_lexicon_stem_count());
        assert_true(targets[i].weight_permille > 0 && targets[i].weight_permille <= 1000);
        if (strcmp(fl_lexicon_stem(targets[i].stem), stem) == 0)
            return targets[i].weight_permille;
    }
    return 0;
}

static const struct fl_lexicon_entry *find(enum fl_language language, const char *key)
{
    const struct fl_lexicon_entry *entry = fl_lexicon_find(language, fl_str_of(key));
    if (!entry)
        fail_msg("%s: no '%s'", fl_language_code(language), key);
    assert_string_equal(fl_lexicon_key(entry), key);
    assert_int_equal(entry->key_bytes, strlen(key));
    return entry;
}

static void synonyms_find_each_other(void **state)
{
    (void)state;
    /* delete = remove = erase */
    const struct fl_lexicon_entry *entry = find(FL_LANGUAGE_EN, "remov");
    assert_true(weight_of(entry, "delet") > 0);
    assert_true(weight_of(entry, "eras") > 0);
    assert_int_equal(weight_of(entry, "remov"), 0); /* itself needs no entry */
    assert_true(weight_of(find(FL_LANGUAGE_EN, "eras"), "delet") > 0);
    /* delete, remove < "get rid of": the first is nearer */
    entry = find(FL_LANGUAGE_EN, "get rid of");
    assert_true(weight_of(entry, "delet") > weight_of(entry, "remov"));
    assert_true(weight_of(entry, "remov") > 0);
    assert_int_equal(weight_of(entry, "get"), 0);
    assert_true(find(FL_LANGUAGE_EN, "get")->flags & FL_LEXICON_STARTS_PHRASE);
    assert_null(fl_lexicon_find(FL_LANGUAGE_EN, FL_STR("removal of")));
    assert_null(fl_lexicon_find(FL_LANGUAGE_EN, FL_STR("")));
    assert_null(fl_lexicon_find(FL_LANGUAGE_EN, FL_STR("get rid of the")));
}

static void literals_are_translated(void **state)
{
    (void)state;
    const struct fl_lexicon_entry *entry = find(FL_LANGUAGE_EN, "@path");
    assert_true(weight_of(entry, "file") >= weight_of(entry, "path"));
    assert_true(weight_of(entry, "path") > 0);
    assert_true(weight_of(find(FL_LANGUAGE_EN, "@email"), "recipi") <
                weight_of(find(FL_LANGUAGE_EN, "@email"), "email"));
}

static void other_languages_lead_to_english(void **state)
{
    (void)state;
    static const struct {
        enum fl_language language;
        const char *word;
    } rows[] = {
        {FL_LANGUAGE_DE, "löschen"},     {FL_LANGUAGE_ES, "eliminar"},
        {FL_LANGUAGE_FR, "supprimer"},   {FL_LANGUAGE_IT, "cancellare"},
        {FL_LANGUAGE_NL, "verwijderen"}, {FL_LANGUAGE_PT, "apagar"},
        {FL_LANGUAGE_RU, "удалить"},     {FL_LANGUAGE_JA, "削除"},
        {FL_LANGUAGE_KO, "삭제"},        {FL_LANGUAGE_ZH, "删除"},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fl_tokens tokens = {0};
        assert_int_equal(fl_tokenize(&tokens, fl_str_of(rows[i].word), FL_TOKENIZE_REQUEST), 0);
        const struct fl_lexicon_entry *entry = fl_lexicon_find(
            rows[i].language, fl_stem(&stemmers, rows[i].language, fl_token_text(&tokens, 0)));
        assert_non_null(entry);
        assert_int_equal(weight_of(entry, "delet"), 1000);
        fl_tokens_destroy(&tokens);
    }
}

static void talk_is_marked(void **state)
{
    (void)state;
    assert_true(find(FL_LANGUAGE_EN, "explain")->flags & FL_LEXICON_TALK);
    assert_true(find(FL_LANGUAGE_EN, "whi do")->flags & FL_LEXICON_TALK ||
                fl_lexicon_find(FL_LANGUAGE_EN, FL_STR("why do")));
    assert_false(find(FL_LANGUAGE_EN, "remov")->flags & FL_LEXICON_TALK);
}

static void the_longest_key_is_found_at_the_start(void **state)
{
    (void)state;
    const struct fl_lexicon_entry *entry = NULL;
    /* 删 is a key, and so is 删除 */
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_ZH, FL_STR("删除文件"), &entry), 6);
    assert_string_equal(fl_lexicon_key(entry), "删除");
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_ZH, FL_STR("删"), &entry), 3);
    assert_string_equal(fl_lexicon_key(entry), "删");
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_JA, FL_STR("ファイルを削除"), &entry),
                     12);
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_KO, FL_STR("파일을"), &entry), 6);
    entry = NULL;
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_ZH, FL_STR("\xE5\x88"), &entry), 0);
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_ZH, FL_STR(""), &entry), 0);
    assert_int_equal(fl_lexicon_longest_prefix(FL_LANGUAGE_ZH, FL_STR("zzzz"), &entry), 0);
    assert_null(entry);
}

static void target_stems_are_distinct(void **state)
{
    (void)state;
    uint32_t count = fl_lexicon_stem_count();
    struct fl_strmap seen = {0};
    assert_true(count > 500);
    for (uint32_t i = 0; i < count; i++) {
        struct fl_str stem = fl_str_of(fl_lexicon_stem(i));
        assert_true(stem.len > 0 && !memchr(stem.ptr, ' ', stem.len));
        assert_int_equal(fl_strmap_get(&seen, stem), FL_STRMAP_NONE);
        assert_int_equal(fl_strmap_put(&seen, stem, i), 0);
    }
    fl_strmap_destroy(&seen);
}

/* --- correctly spelt words --- */

static void english_words_are_known_and_others_hardly_ever(void **state)
{
    (void)state;
    if (!fl_lexicon_is_english(FL_STR("delete")))
        skip(); /* built without a list of words */
    static const char *const words[] = {"invoice", "invoices", "deleted", "running", "screens"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        assert_true(fl_lexicon_is_english(fl_str_of(words[i])));
    static const char *const others[] = {"invoces", "delte", "zurich", "rechnung", ""};
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(fl_lexicon_is_english(fl_str_of(others[i])));
    enum { TRIES = 100000 };
    unsigned wrong = 0;
    for (unsigned i = 0; i < TRIES; i++) {
        char word[16];
        int n = snprintf(word, sizeof word, "q%uz", i * 2654435761u);
        wrong += fl_lexicon_is_english((struct fl_str){word, (size_t)n});
    }
    assert_true(wrong < 2 * TRIES / 800); /* "1 wrong yes in 800" */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stems_are_snowballs),
        cmocka_unit_test(without_a_stemmer_words_stay),
        cmocka_unit_test(languages_have_their_codes),
        cmocka_unit_test(every_listed_stop_word_is_one),
        cmocka_unit_test(every_listed_weak_word_is_one),
        cmocka_unit_test(synonyms_find_each_other),
        cmocka_unit_test(literals_are_translated),
        cmocka_unit_test(other_languages_lead_to_english),
        cmocka_unit_test(talk_is_marked),
        cmocka_unit_test(the_longest_key_is_found_at_the_start),
        cmocka_unit_test(target_stems_are_distinct),
        cmocka_unit_test(english_words_are_known_and_others_hardly_ever),
    };
    return cmocka_run_group_tests(tests, NULL, destroy_stemmers);
}
