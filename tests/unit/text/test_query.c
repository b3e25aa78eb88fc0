/* test_query.c: each way from a word to a term, the weights of groups, languages, and limits. The
 * expectations are those of query.h and of the sources in src/text/lexicon. */
#include "text_fixture.h"

#include <math.h>
#include <stdlib.h>

/* An index and a query on it; analysed anew by each `ask`. */
struct asked {
    struct fl_index index;
    struct fl_query query;
    struct fl_query_options options;
};

static int setup(void **state)
{
    struct asked *asked = calloc(1, sizeof *asked);
    assert_non_null(asked);
    asked->options = plain_options;
    *state = asked;
    return 0;
}

static int teardown(void **state)
{
    struct asked *asked = *state;
    fl_query_destroy(&asked->query);
    fl_query_destroy(&asked->query);
    fl_index_destroy(&asked->index);
    free(asked);
    return 0;
}

static void index_texts(struct asked *asked, const char *const *texts)
{
    fl_query_destroy(&asked->query);
    fl_index_destroy(&asked->index);
    text_index_init(&asked->index, texts);
}

#define INDEX(asked, ...) index_texts(asked, (const char *const[]){__VA_ARGS__, NULL})

static void ask(struct asked *asked, const char *request)
{
    size_t len = strlen(request);
    char *exact = malloc(len ? len : 1);
    memcpy(exact, request, len);
    assert_int_equal(fl_query_analyze(&asked->query, &asked->index, &asked->options,
                                      (struct fl_str){exact, len}),
                     0);
    free(exact); /* the query keeps nothing of the request's own memory */
    assert_sound_query(&asked->query, &asked->index);
}

static const struct fl_query_term *term(struct asked *asked, const char *stem)
{
    return query_term(&asked->query, &asked->index, stem);
}

static void assert_term(struct asked *asked, const char *stem, enum fl_way way, float weight)
{
    const struct fl_query_term *found = term(asked, stem);
    if (!found)
        fail_msg("no term '%s'", stem);
    if (found->way != way || fabsf(found->weight - weight) > 1e-3f)
        fail_msg("'%s' by %s with %f", stem, fl_way_name((enum fl_way)found->way),
                 (double)found->weight);
}

static float group_weight(struct asked *asked, const char *stem)
{
    const struct fl_query_term *found = term(asked, stem);
    assert_non_null(found);
    return asked->query.groups[found->group].weight;
}

/* --- ways --- */

static void words_lead_to_their_stem(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "list invoices", "zorbak");
    ask(asked, "the zorbaks and an invoice");
    assert_term(asked, "zorbak", FL_WAY_WORD, 1);
    assert_term(asked, "invoic", FL_WAY_WORD, 1);
    assert_int_equal(asked->query.group_count, 2);
    assert_int_equal(asked->query.known_words, 2);
    assert_int_equal(asked->query.unknown_words, 0);
    assert_int_equal(asked->query.groups[0].first_token, 1);
    ask(asked, "zorbak qqqxyz");
    assert_int_equal(asked->query.unknown_words, 1);
    assert_int_equal(asked->query.group_count, 1);
}

static void compounds_match_in_both_directions(void **state)
{
    struct asked *asked = *state;
    asked->options.compound = 0.9f;
    INDEX(asked, "blob store", "grumpak");
    ask(asked, "blobstore");
    assert_term(asked, "blob", FL_WAY_COMPOUND, 1);
    assert_term(asked, "store", FL_WAY_COMPOUND, 1);
    assert_int_equal(asked->query.group_count, 2);
    assert_float_equal(group_weight(asked, "blob"), 0.9f, 1e-6f);
    ask(asked, "grum pak");
    assert_term(asked, "grumpak", FL_WAY_COMPOUND, 1);
    assert_float_equal(group_weight(asked, "grumpak"), 0.9f, 1e-6f);
    ask(asked, "grum. pak"); /* not across a sentence mark */
    assert_null(term(asked, "grumpak"));
    ask(asked, "stblob"); /* parts of less than three letters are chance */
    assert_null(term(asked, "blob"));
}

static void joined_words_are_taken_whole_or_by_their_parts(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "createZorbak", "lumpit", "gratev");
    ask(asked, "createZorbak");
    assert_term(asked, "createzorbak", FL_WAY_WORD, 1);
    assert_int_equal(asked->query.group_count, 1);
    ask(asked, "lumpitGratev");
    assert_term(asked, "lumpit", FL_WAY_WORD, 1);
    assert_term(asked, "gratev", FL_WAY_WORD, 1);
}

static void synonyms_come_from_the_thesaurus(void **state)
{
    struct asked *asked = *state;
    asked->options.synonym = 0.5f;
    INDEX(asked, "erase it", "delete it", "zorbak"); /* delete = remove = erase */
    ask(asked, "remove");
    assert_int_equal(asked->query.group_count, 1);
    const struct fl_query_term *eras = term(asked, "eras");
    assert_non_null(eras);
    assert_int_equal(eras->way, FL_WAY_SYNONYM);
    assert_true(eras->weight > 0 && eras->weight <= 0.5f);
    assert_int_equal(term(asked, "delet")->way, FL_WAY_SYNONYM);
    ask(asked, "delete"); /* the word itself is nearer */
    assert_term(asked, "delet", FL_WAY_WORD, 1);
    assert_int_equal(term(asked, "eras")->group, term(asked, "delet")->group);
    asked->options.least = 100; /* more than any idf: too weak to count */
    ask(asked, "remove");
    assert_int_equal(asked->query.group_count, 0);
}

static void phrases_are_one_group(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "delete it", "remove it", "old", "invoices", "get"); /* < "get rid of" */
    asked->options.phrase = 0.8f;
    ask(asked, "get rid of the old invoices");
    assert_int_equal(asked->query.group_count, 3);
    assert_int_equal(asked->query.groups[0].token_count, 3);
    assert_int_equal(term(asked, "delet")->group, 0);
    assert_int_equal(term(asked, "remov")->group, 0);
    assert_true(term(asked, "delet")->weight > term(asked, "remov")->weight);
    assert_true(term(asked, "delet")->weight <= 0.8f);
    assert_null(term(asked, "get"));
    ask(asked, "get rid. of the old invoices"); /* no phrase crosses a sentence mark */
    assert_non_null(term(asked, "get"));
    for (unsigned g = 0; g < asked->query.group_count; g++)
        assert_int_equal(asked->query.groups[g].token_count, 1);
}

static void phrases_keep_their_words_where_that_is_asked_for(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "delete it", "remove it", "old", "invoices", "get"); /* < "get rid of" */
    asked->options.phrase = 0.8f;
    asked->options.phrase_word = 0.7f;
    ask(asked, "get rid of the old invoices");
    assert_int_equal(asked->query.group_count, 4);
    assert_int_equal(term(asked, "delet")->group, 0);
    assert_int_equal(term(asked, "get")->group, 1);
    assert_true(asked->query.groups[1].weight > 0.69f && asked->query.groups[1].weight < 0.71f);
}

static void words_said_again_weigh_more_up_to_a_limit(void **state)
{
    struct asked *asked = *state;
    asked->options.repeated = 0.5f;
    INDEX(asked, "invoice", "customer");
    ask(asked, "invoice customer invoice");
    assert_int_equal(asked->query.group_count, 2);
    assert_true(asked->query.groups[0].weight > 1.49f && asked->query.groups[0].weight < 1.51f);
    ask(asked, "invoice invoice invoice invoice invoice invoice invoice invoice");
    assert_true(asked->query.groups[0].weight <= FL_QUERY_MAX_WEIGHT);
}

static void misspellings_lead_to_what_was_meant(void **state)
{
    struct asked *asked = *state;
    asked->options.spelling = 0.9f;
    INDEX(asked, "invoices", "calendar", "delete");
    ask(asked, "invoces");
    assert_term(asked, "invoic", FL_WAY_SPELLING, 0.9f * (1 - 1.0f / 7));
    ask(asked, "calandar"); /* eight letters */
    assert_term(asked, "calendar", FL_WAY_SPELLING, 0.9f * (1 - 1.0f / 8));
    ask(asked, "\"invoces\"");
    assert_int_equal(asked->query.group_count, 0); /* what is quoted is meant as it is written */
    if (fl_lexicon_is_english(FL_STR("the")))
        ask(asked, "voices"); /* an English word is not a misspelling of another */
    assert_int_equal(asked->query.group_count, 0);
}

static void literals_stand_for_what_they_are(void **state)
{
    struct asked *asked = *state;
    asked->options.literal = 0.25f;
    asked->options.entity = 0.5f;
    INDEX(asked, "file", "path", "hosts", "zorbak", "recipient email"); /* file, path < @path */
    ask(asked, "zorbak /etc/hosts");
    const struct fl_query_term *file = term(asked, "file"), *path = term(asked, "path");
    assert_non_null(file);
    assert_non_null(path);
    assert_int_equal(file->way, FL_WAY_LITERAL);
    assert_int_equal(file->group, path->group);
    assert_float_equal(group_weight(asked, "file"), 0.5f, 1e-6f);
    assert_float_equal(group_weight(asked, "host"), 0.25f, 1e-6f);
    assert_float_equal(group_weight(asked, "zorbak"), 1, 1e-6f);
    ask(asked, "zorbak bob@zorbak.example");
    assert_int_equal(term(asked, "email")->way, FL_WAY_LITERAL);
    ask(asked, "/qqq/xyzzy");
    assert_int_equal(asked->query.unknown_words, 0); /* an argument is no unknown need */
}

/* --- weights --- */

static void quoted_and_weak_words_count_less(void **state)
{
    struct asked *asked = *state;
    asked->options.quoted = 0.5f;
    asked->options.weak = 0.25f;
    INDEX(asked, "zorbak", "lumpit", "meanwhile");
    ask(asked, "zorbak \"lumpit\" meanwhile");
    assert_float_equal(group_weight(asked, "zorbak"), 1, 1e-6f);
    assert_float_equal(group_weight(asked, "lumpit"), 0.5f, 1e-6f);
    assert_float_equal(group_weight(asked, "meanwhil"), 0.25f, 1e-6f);
}

static void a_word_said_twice_is_one_group_of_the_larger_weight(void **state)
{
    struct asked *asked = *state;
    asked->options.quoted = 0.5f;
    INDEX(asked, "zorbak", "lumpit");
    ask(asked, "zorbak lumpit zorbak zorbak");
    assert_int_equal(asked->query.group_count, 2);
    ask(asked, "zorbak, then \"zorbak\"");
    assert_int_equal(asked->query.group_count, 1);
    assert_float_equal(group_weight(asked, "zorbak"), 1, 1e-6f);
    ask(asked, "\"zorbak\" is the zorbak");
    assert_int_equal(asked->query.group_count, 1);
    assert_float_equal(group_weight(asked, "zorbak"), 1, 1e-6f);
}

static void requests_for_talk_are_told(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "zorbak", "file");
    ask(asked, "explain the zorbak");
    assert_int_equal(asked->query.talk, 1);
    ask(asked, "delete the file");
    assert_int_equal(asked->query.talk, 0);
    ask(asked, "what is the meaning of zorbak");
    assert_true(asked->query.talk >= 1);
}

/* --- languages --- */

static void requests_in_ten_languages_are_translated(void **state)
{
    struct asked *asked = *state;
    static const struct {
        enum fl_language language;
        const char *request;
        const char *stems[3];
    } rows[] = {
        {FL_LANGUAGE_DE,
         "Bitte lösche die Datei und mach einen Screenshot",
         {"delet", "file", "screenshot"}},
        {FL_LANGUAGE_DE, "übersetze mir bitte diese Rechnung", {"translat", "invoic", NULL}},
        {FL_LANGUAGE_ES,
         "por favor elimina el fichero y traduce la factura",
         {"delet", "file", "translat"}},
        {FL_LANGUAGE_FR,
         "supprime le fichier et la facture s'il te plaît",
         {"delet", "file", "invoic"}},
        {FL_LANGUAGE_IT, "cancella la fattura e traduci questo", {"delet", "invoic", "translat"}},
        {FL_LANGUAGE_NL,
         "verwijder het bestand en de factuur alsjeblieft",
         {"delet", "file", "invoic"}},
        {FL_LANGUAGE_PT,
         "apaga o ficheiro e traduz a fatura por favor",
         {"delet", "file", "translat"}},
        {FL_LANGUAGE_RU, "удали файл и сделай скриншот", {"delet", "file", "screenshot"}},
        {FL_LANGUAGE_JA, "ファイルを削除してください", {"file", "delet", NULL}},
        {FL_LANGUAGE_JA, "請求書を翻訳して", {"invoic", "translat", NULL}},
        {FL_LANGUAGE_KO, "파일을 삭제해 주세요", {"file", "delet", NULL}},
        {FL_LANGUAGE_ZH, "请删除文件并翻译发票", {"delet", "file", "translat"}},
    };
    INDEX(asked, "delete", "file", "screenshot", "invoice", "translate", "zorbak", "create");
    for (unsigned r = 0; r < sizeof rows / sizeof *rows; r++) {
        ask(asked, rows[r].request);
        if (asked->query.language != rows[r].language)
            fail_msg("'%s' is taken for %s", rows[r].request,
                     fl_language_code(asked->query.language));
        for (unsigned s = 0; s < 3 && rows[r].stems[s]; s++) {
            const struct fl_query_term *found = term(asked, rows[r].stems[s]);
            if (!found)
                fail_msg("'%s' does not lead to '%s'", rows[r].request, rows[r].stems[s]);
            if (strcmp(rows[r].stems[s], "screenshot") != 0) /* some say it in English */
                assert_int_equal(found->way, FL_WAY_TRANSLATION);
        }
        assert_null(term(asked, "zorbak"));
    }
}

static void translated_phrases_and_chained_synonyms(void **state)
{
    struct asked *asked = *state;
    asked->options.translation = 0.75f;
    asked->options.chained = 0.5f;
    INDEX(asked, "timezone", "erase", "delete");
    ask(asked, "quelle est la différence avec le fuseau horaire de Tokyo");
    assert_int_equal(asked->query.language, FL_LANGUAGE_FR);
    const struct fl_query_term *zone = term(asked, "timezon");
    assert_non_null(zone);
    assert_int_equal(asked->query.groups[zone->group].token_count, 2);
    ask(asked, "bitte lösche das"); /* löschen: delete remove; delete = remove = erase */
    assert_term(asked, "delet", FL_WAY_TRANSLATION, 0.75f);
    assert_int_equal(term(asked, "eras")->way, FL_WAY_TRANSLATION);
    assert_true(term(asked, "eras")->weight <= 0.5f);
}

static void english_stays_english(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "delete file", "die cast", "list users");
    static const char *const requests[] = {
        "",
        "delete",
        "delete the file",
        "list users",
        "die cast",
        "please show me all of it",
        "what is on my screen",
        "zorbak lumpit",
        "/etc/hosts",
        "x y z",
    };
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++) {
        ask(asked, requests[i]);
        if (asked->query.language != FL_LANGUAGE_EN)
            fail_msg("'%s' is taken for %s", requests[i], fl_language_code(asked->query.language));
    }
}

/* --- limits --- */

static void groups_have_a_limit(void **state)
{
    struct asked *asked = *state;
    struct fl_buf text = {0};
    uint64_t seed = 17;
    for (unsigned i = 0; i < 400; i++) {
        char word[16];
        random_word(&seed, word);
        fl_buf_printf(&text, "%s ", word);
    }
    INDEX(asked, fl_buf_text(&text));
    ask(asked, fl_buf_text(&text));
    assert_int_equal(asked->query.group_count, FL_QUERY_MAX_GROUPS);
    assert_true(asked->query.known_words > FL_QUERY_MAX_GROUPS);
    fl_buf_destroy(&text);
}

/* Every English target is in the index, and requests name all of them, 200 at a time. */
static void terms_stay_within_their_limit(void **state)
{
    struct asked *asked = *state;
    struct fl_buf all = {0}, request = {0};
    uint32_t count = fl_lexicon_stem_count();
    for (uint32_t i = 0; i < count; i++)
        fl_buf_printf(&all, "%s ", fl_lexicon_stem(i));
    INDEX(asked, fl_buf_text(&all));
    unsigned most = 0;
    for (uint32_t i = 0; i < count; i++) {
        fl_buf_printf(&request, "%s. ", fl_lexicon_stem(i));
        if (i % 200 != 199)
            continue;
        ask(asked, fl_buf_text(&request));
        most = asked->query.term_count > most ? asked->query.term_count : most;
        fl_buf_clear(&request);
    }
    assert_true(most > FL_QUERY_MAX_GROUPS && most <= FL_QUERY_MAX_TERMS);
    fl_buf_destroy(&all);
    fl_buf_destroy(&request);
}

static void words_beyond_the_limit_are_left_out(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "zorbak");
    struct fl_buf text = {0};
    for (unsigned i = 0; i + 1 < FL_QUERY_MAX_WORDS; i++)
        fl_buf_append_str(&text, "the ");
    fl_buf_append_str(&text, "zorbak");
    ask(asked, fl_buf_text(&text));
    assert_int_equal(asked->query.word_count, FL_QUERY_MAX_WORDS);
    assert_non_null(term(asked, "zorbak"));
    fl_buf_clear(&text);
    for (unsigned i = 0; i < FL_QUERY_MAX_WORDS; i++)
        fl_buf_append_str(&text, "the ");
    fl_buf_append_str(&text, "zorbak and some more");
    ask(asked, fl_buf_text(&text));
    assert_int_equal(asked->query.word_count, FL_QUERY_MAX_WORDS);
    assert_null(term(asked, "zorbak"));
    fl_buf_destroy(&text);
}

/* 64 KiB of each kind of text: many words, one word, no words, and runs without spaces. */
static void long_requests_are_answered(void **state)
{
    struct asked *asked = *state;
    static const char *const pieces[] = {
        "zorbak ", "a",
        " ",       "\xff",
        "画面",    "aB",
        "\"",      "/etc/hosts ",
        "file. ",  "e\u0301",
        "ﬁ",       "löschen die ",
        "파일을",  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ",
        "'s",      "get rid of ",
    };
    INDEX(asked, "zorbak", "file", "画面", "delete the aB",
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    struct fl_buf text = {0};
    for (unsigned p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        fl_buf_clear(&text);
        while (text.len < 64 << 10)
            fl_buf_append_str(&text, pieces[p]);
        ask(asked, fl_buf_text(&text));
    }
    fl_buf_destroy(&text);
}

/* A long run without spaces behind English words: the stems kept for the thesaurus stay valid. */
static void long_words_behind_others_leave_them_whole(void **state)
{
    struct asked *asked = *state;
    INDEX(asked, "delete", "zorbak");
    struct fl_buf text = {0};
    for (unsigned runs = 1; runs < 6; runs++) {
        fl_buf_clear(&text);
        fl_buf_append_str(&text, "get rid of it");
        for (unsigned r = 0; r < runs; r++) {
            fl_buf_append_char(&text, ' ');
            for (unsigned i = 0; i < 256; i++)
                fl_buf_append_str(&text, "画");
        }
        ask(asked, fl_buf_text(&text));
        assert_non_null(term(asked, "delet"));
    }
    fl_buf_destroy(&text);
}

/* --- sameness --- */

static void append_query(const struct fl_query *query, struct fl_buf *out)
{
    fl_buf_printf(out, "%d %u %u %u:", (int)query->language, query->talk, query->known_words,
                  query->unknown_words);
    fl_buf_append(out, query->groups, query->group_count * sizeof *query->groups);
    for (unsigned i = 0; i < query->term_count; i++) {
        const struct fl_query_term *t = &query->terms[i];
        fl_buf_printf(out, "%u %u %u %a;", (unsigned)t->term, t->group, t->way, (double)t->weight);
    }
}

static void the_same_request_gives_the_same_query(void **state)
{
    struct asked *asked = *state;
    static const char *const requests[] = {
        "get rid of the old invoces",
        "delete the file /etc/hosts and \"zorbak\"",
        "blobstore",
        "Bitte lösche die Datei",
        "ファイルを削除してください",
        "",
        "the of",
        "zorbak lumpit grum pak",
    };
    enum { COUNT = sizeof requests / sizeof *requests };
    INDEX(asked, "delete file", "invoices", "blob store", "grumpak", "zorbak lumpit");
    struct fl_buf first[COUNT] = {{0}}, again = {0};
    for (unsigned r = 0; r < COUNT; r++) {
        ask(asked, requests[r]);
        append_query(&asked->query, &first[r]);
    }
    for (unsigned round = 0; round < 200;
         round++) { /* in another order, with and without scratch */
        unsigned r = round * 7 % COUNT;
        if (round % 5 == 0)
            fl_query_destroy(&asked->query);
        ask(asked, requests[r]);
        fl_buf_clear(&again);
        append_query(&asked->query, &again);
        assert_int_equal(again.len, first[r].len);
        assert_memory_equal(fl_buf_text(&again), fl_buf_text(&first[r]), again.len);
    }
    fl_buf_destroy(&again);
    for (unsigned r = 0; r < COUNT; r++)
        fl_buf_destroy(&first[r]);
}

static void any_words_give_sound_queries(void **state)
{
    struct asked *asked = *state;
    static const char *const pieces[] = {
        "get rid of",
        "delete",
        "the",
        "zorbak",
        "invoces",
        "/etc/hosts",
        "\"",
        "'",
        "画面を",
        "削除",
        "löschen",
        "bitte",
        "fuseau horaire",
        "createIssue",
        "grum",
        "pak",
        ".",
        ",",
        "\xff",
        "#12",
        "explain",
        "what is the",
        "файл",
        "파일을",
        "set up",
        "a",
        "64",
        "everything",
        "blobstore",
    };
    INDEX(asked, "delete file", "invoices list", "blob store", "grumpak", "create issue screen");
    uint64_t seed = 23;
    struct fl_buf text = {0};
    for (unsigned round = 0; round < 3000; round++) {
        fl_buf_clear(&text);
        for (uint32_t n = random_below(&seed, 14); n > 0; n--)
            fl_buf_printf(&text, random_below(&seed, 5) ? "%s " : "%s",
                          pieces[random_below(&seed, sizeof pieces / sizeof *pieces)]);
        ask(asked, fl_buf_text(&text));
    }
    fl_buf_destroy(&text);
}

static void ways_have_names(void **state)
{
    (void)state;
    assert_string_equal(fl_way_name(FL_WAY_WORD), "word");
    assert_string_equal(fl_way_name(FL_WAY_COMPOUND), "compound");
    assert_string_equal(fl_way_name(FL_WAY_SYNONYM), "synonym");
    assert_string_equal(fl_way_name(FL_WAY_TRANSLATION), "translation");
    assert_string_equal(fl_way_name(FL_WAY_SPELLING), "spelling");
    assert_string_equal(fl_way_name(FL_WAY_LITERAL), "literal");
    fl_query_destroy(NULL);
}

int main(void)
{
#define ASKED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        ASKED(words_lead_to_their_stem),
        ASKED(compounds_match_in_both_directions),
        ASKED(joined_words_are_taken_whole_or_by_their_parts),
        ASKED(synonyms_come_from_the_thesaurus),
        ASKED(phrases_are_one_group),
        ASKED(phrases_keep_their_words_where_that_is_asked_for),
        ASKED(words_said_again_weigh_more_up_to_a_limit),
        ASKED(misspellings_lead_to_what_was_meant),
        ASKED(literals_stand_for_what_they_are),
        ASKED(quoted_and_weak_words_count_less),
        ASKED(a_word_said_twice_is_one_group_of_the_larger_weight),
        ASKED(requests_for_talk_are_told),
        ASKED(requests_in_ten_languages_are_translated),
        ASKED(translated_phrases_and_chained_synonyms),
        ASKED(english_stays_english),
        ASKED(groups_have_a_limit),
        ASKED(terms_stay_within_their_limit),
        ASKED(words_beyond_the_limit_are_left_out),
        ASKED(long_requests_are_answered),
        ASKED(long_words_behind_others_leave_them_whole),
        ASKED(the_same_request_gives_the_same_query),
        ASKED(any_words_give_sound_queries),
        cmocka_unit_test(ways_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
