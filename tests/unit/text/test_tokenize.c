/* test_tokenize.c: words, their parts and flags, in both modes.
 *
 * Tokens are written "word/FLAGS": Joined, Part, Quoted, Literal, Unspaced, Entity, Break. */
#include "base/utf8.h"
#include "text_fixture.h"

#include <stdlib.h>
#include <utf8proc.h>

static void describe(const struct fl_tokens *tokens, struct fl_buf *out)
{
    fl_buf_clear(out);
    for (uint32_t i = 0; i < tokens->count; i++) {
        struct fl_str word = fl_token_text(tokens, i);
        fl_buf_printf(out, i ? " %.*s" : "%.*s", (int)word.len, word.ptr);
        for (unsigned f = 0; f < 7; f++)
            if (tokens->items[i].flags >> f & 1)
                fl_buf_printf(out, "%s%c", tokens->items[i].flags & ((1u << f) - 1) ? "" : "/",
                              "JPQLUEB"[f]);
    }
}

static void assert_tokens(enum fl_tokenize_mode mode, struct fl_str text, const char *expected)
{
    struct fl_tokens tokens = {0};
    struct fl_buf described = {0};
    char *exact = malloc(text.len ? text.len : 1); /* so that reading past its end is noticed */
    memcpy(exact, text.len ? text.ptr : "", text.len);
    assert_int_equal(fl_tokenize(&tokens, (struct fl_str){exact, text.len}, mode), 0);
    describe(&tokens, &described);
    if (strcmp(fl_buf_text(&described), expected) != 0)
        fail_msg("'%.*s' gives '%s', not '%s'", (int)text.len, text.ptr, fl_buf_text(&described),
                 expected);
    free(exact);
    fl_buf_destroy(&described);
    fl_tokens_destroy(&tokens);
}

static void document(const char *text, const char *expected)
{
    assert_tokens(FL_TOKENIZE_DOCUMENT, fl_str_of(text), expected);
}

static void request(const char *text, const char *expected)
{
    assert_tokens(FL_TOKENIZE_REQUEST, fl_str_of(text), expected);
}

static void both(const char *text, const char *expected)
{
    document(text, expected);
    request(text, expected);
}

static void words_are_runs_of_letters_and_digits(void **state)
{
    (void)state;
    both("", "");
    both(" \t\r\n", "");
    both("--- *** (((", "");
    both("Read a File", "read a file");
    both("read_file", "read file");
    both("READ-ONLY/tmp+x", "read only tmp x");
    both("oauth2 sha256sum 42nd", "oauth2 sha256sum 42nd");
    both("x", "x");
    both("Größe naïve", "grosse naive");
    both("удалить Файл", "удалить файл");
    both("emoji😀between", "emoji between");
    assert_tokens(FL_TOKENIZE_DOCUMENT, FL_STR("a\0b"), "a b");
    assert_tokens(FL_TOKENIZE_REQUEST, (struct fl_str){0}, "");
}

static void case_changes_make_parts(void **state)
{
    (void)state;
    both("createIssue", "createissue/J create/P issue/P");
    both("CreateIssue", "createissue/J create/P issue/P");
    both("HTTPServer", "httpserver/J http/P server/P");
    both("getHTTPResponseCode", "gethttpresponsecode/J get/P http/P response/P code/P");
    both("ALLCAPS Capital", "allcaps capital");
    both("übersetzeÄnderung", "ubersetzeanderung/J ubersetze/P anderung/P");
    both("удалитьФайл", "удалитьфайл/J удалить/P файл/P");
    both("my_createIssue", "my createissue/J create/P issue/P");
}

static void apostrophes_end_words_and_contractions_lose_their_rest(void **state)
{
    (void)state;
    both("John's file", "john file");
    both("don't we'll they've it’s", "don we they it");
    both("rock'n'roll", "rock n roll");
    both("l'heure", "l heure");
    both("'s", "s"); /* no word before it */
    both("the dogs' tails", "the dogs tails");
}

static void compatibility_forms_are_normalised(void **state)
{
    (void)state;
    both("ﬁle", "file");
    both("Ｃｒｅａｔｅ", "create");
    both("cafe\u0301", "cafe");
    both("No① x²", "no1 x2");
    both("Ⅳ", "iv");
    both("a\u00A0b", "a b");
    request("ﾌｧｲﾙ", "ファイル/U");
}

static void scripts_without_spaces_are_whole_or_pairs(void **state)
{
    (void)state;
    document("画面を撮る", "画面/U 面を/U を撮/U 撮る/U");
    request("画面を撮る", "画面を撮る/U");
    both("画", "画/U");
    both("画面", "画面/U");
    document("PDFを開く", "pdf を開/U 開く/U");
    request("PDFを開く", "pdf を開く/U");
    request("画面・写真", "画面/U 写真/U");
    request("เปิดไฟล์ now", "เปิดไฟล์/U now");
}

static void quotations_are_marked(void **state)
{
    (void)state;
    request("say \"hello world\" now", "say hello/Q world/Q now");
    request("say “hello” now", "say hello/Q now");
    request("sag «hallo» jetzt", "sag hallo/Q jetzt");
    request("run `make test` twice", "run make/Q test/Q twice");
    request("「画面」を", "画面/QU を/U");
    request("\"never closed", "never/Q closed/Q");
    document("say \"hello world\" now", "say hello world now");
}

static void sentence_marks_break_phrases(void **state)
{
    (void)state;
    request("Stop. Clean up, then go", "stop clean/B up then/B go");
    request("what? now! here: this; that", "what now/B here/B this/B that/B");
    request("終わり。次、", "終わり/U 次/UB");
    request("a (b) c-d", "a b c d");
    document("Stop. Clean up", "stop clean up");
}

static void literals_are_marked_behind_their_entity(void **state)
{
    (void)state;
    request("open /etc/hosts now", "open @path/E etc/L hosts/L now");
    request("mail bob@example.com", "mail @email/E bob/L example/L com/LB");
    request("see https://example.org/a", "see @url/E https/L example/LB org/LB a/L");
    request("close #123", "close @reference/E 123/L");
    request("pay $12.50 now", "pay @money/E 12/L 50/LB now");
    request("(see /etc/hosts)", "see @path/E etc/L hosts/L");
    request("/etc/hosts", "@path/E etc/L hosts/L");
    request("open ./Report.docx, please", "open @path/E report/LB docx/LB please/B");
    request("/srv/文件 öffnen", "@path/E srv/L 文件/LU offnen");
    document("open /etc/hosts now", "open etc hosts now");
}

static void bad_bytes_end_words_and_are_skipped(void **state)
{
    (void)state;
    both("fo\xffo bar", "fo o bar");
    both("caf\xC3", "caf");
    both("\x80\x80", "");
    both("a\xE2\x82z", "a z");
    both("a\xED\xA0\x80z", "a z"); /* a surrogate */
    both("a\xC0\xAFz", "a z");     /* overlong */
    both("画\xE9面", "画/U 面/U");
    both("ok \xF4\x90\x80\x80 ok", "ok ok");
}

/* Expects the folded word cut at 64 bytes or at the last character's end before. */
static void assert_cut(const char *text, size_t expected_len)
{
    for (int mode = 0; mode < 2; mode++) {
        struct fl_tokens tokens = {0};
        assert_int_equal(fl_tokenize(&tokens, fl_str_of(text),
                                     mode ? FL_TOKENIZE_REQUEST : FL_TOKENIZE_DOCUMENT),
                         0);
        assert_int_equal(tokens.count, 1);
        struct fl_str word = fl_token_text(&tokens, 0);
        assert_int_equal(word.len, expected_len);
        assert_memory_equal(word.ptr, text, word.len);
        assert_int_equal(word.ptr[word.len], '\0');
        fl_tokens_destroy(&tokens);
    }
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char text[512];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_cut(text, FL_TOKEN_MAX_BYTES);
    for (size_t before = 0; before < 4; before++) {
        text[before] = '\0';
        for (unsigned i = 0; i < 100; i++)
            strcat(text, "ж");
        strcat(text, "abc"); /* would still fit where a longer character did not */
        assert_cut(text, before + (FL_TOKEN_MAX_BYTES - before) / 2 * 2);
        memset(text, 'a', 8);
    }
}

static void many_case_changes_and_long_runs_stay_within_limits(void **state)
{
    (void)state;
    struct fl_buf text = {0};
    struct fl_tokens tokens = {0};
    for (unsigned i = 0; i < 200; i++)
        fl_buf_append_str(&text, "aB");
    assert_int_equal(fl_tokenize(&tokens, fl_str_of(fl_buf_text(&text)), FL_TOKENIZE_DOCUMENT), 0);
    assert_true(tokens.items[0].flags & FL_TOKEN_JOINED);
    assert_int_equal(tokens.items[0].len, FL_TOKEN_MAX_BYTES);
    fl_buf_clear(&text);
    for (unsigned i = 0; i < 1000; i++)
        fl_buf_append_str(&text, "画面");
    for (int mode = 0; mode < 2; mode++) {
        fl_tokens_clear(&tokens);
        assert_int_equal(fl_tokenize(&tokens, fl_str_of(fl_buf_text(&text)),
                                     mode ? FL_TOKENIZE_REQUEST : FL_TOKENIZE_DOCUMENT),
                         0);
        size_t bytes = 0;
        for (uint32_t i = 0; i < tokens.count; i++) {
            assert_int_equal(tokens.items[i].flags, FL_TOKEN_UNSPACED);
            bytes += tokens.items[i].len;
        }
        if (mode) /* in pieces, but nothing is lost */
            assert_int_equal(bytes, text.len);
    }
    fl_tokens_destroy(&tokens);
    fl_buf_destroy(&text);
}

static void tokens_are_appended(void **state)
{
    (void)state;
    struct fl_tokens tokens = {0};
    struct fl_buf described = {0};
    assert_int_equal(fl_tokenize(&tokens, FL_STR("one \"two"), FL_TOKENIZE_REQUEST), 0);
    assert_int_equal(fl_tokenize(&tokens, FL_STR("three four"), FL_TOKENIZE_REQUEST), 0);
    describe(&tokens, &described);
    assert_string_equal(fl_buf_text(&described), "one two/Q three four");
    fl_tokens_clear(&tokens);
    assert_int_equal(tokens.count, 0);
    assert_int_equal(tokens.text.len, 0);
    fl_tokens_destroy(&tokens);
    fl_tokens_destroy(&tokens);
    fl_tokens_destroy(NULL);
    fl_buf_destroy(&described);
}

/* Whatever way a text takes inside, it must be that of its NFKC form (Unicode, UAX #15). */
static void every_character_is_read_as_its_nfkc_form(void **state)
{
    (void)state;
    struct fl_tokens tokens = {0}, normal = {0};
    struct fl_buf a = {0}, b = {0};
    for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 || (c >= 0xF900 && c < 0x10000) ? 1 : 7) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char text[8] = "ab";
        size_t n = fl_utf8_encode(c, text + 2);
        strcpy(text + 2 + n, "b");
        utf8proc_uint8_t *nfkc = utf8proc_NFKC((const utf8proc_uint8_t *)text);
        assert_non_null(nfkc);
        fl_tokens_clear(&tokens);
        fl_tokens_clear(&normal);
        assert_int_equal(fl_tokenize(&tokens, fl_str_of(text), FL_TOKENIZE_DOCUMENT), 0);
        assert_int_equal(fl_tokenize(&normal, fl_str_of((char *)nfkc), FL_TOKENIZE_DOCUMENT), 0);
        free(nfkc);
        describe(&tokens, &a);
        describe(&normal, &b);
        if (strcmp(fl_buf_text(&a), fl_buf_text(&b)) != 0)
            fail_msg("U+%04X: '%s', not '%s'", (unsigned)c, fl_buf_text(&a), fl_buf_text(&b));
    }
    fl_tokens_destroy(&tokens);
    fl_tokens_destroy(&normal);
    fl_buf_destroy(&a);
    fl_buf_destroy(&b);
}

static void assert_sound(const struct fl_tokens *tokens)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct fl_token *token = &tokens->items[i];
        struct fl_str word = fl_token_text(tokens, i);
        bool unspaced = token->flags & FL_TOKEN_UNSPACED;
        assert_int_equal(token->offset, end);
        assert_true(word.len > 0 && (unspaced || word.len <= FL_TOKEN_MAX_BYTES));
        assert_int_equal(fl_utf8_valid_length(word.ptr, word.len), word.len);
        assert_int_equal(word.ptr[word.len], '\0');
        assert_true(!(token->flags & FL_TOKEN_PART) || i > 0);
        end = token->offset + token->len + 1;
    }
    assert_int_equal(end, tokens->text.len);
}

static void any_bytes_give_sound_tokens(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "\"",
        "`",
        "'",
        "’",
        " ",
        ".",
        "/",
        "@",
        "#1",
        "$",
        "Ab",
        "aB",
        "x",
        "7",
        "画",
        "を",
        "é",
        "e\u0301",
        "ﬁ",
        "\xff",
        "\xE7\x94",
        "http://",
        "C:\\",
        "\u0301",
        "ж",
        "ก",
        "가",
        "\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "۞",
        "「",
        "」",
        "“",
        "”",
        "😀",
        "\0",
    };
    uint64_t seed = 11;
    struct fl_tokens tokens = {0};
    struct fl_buf text = {0};
    for (unsigned round = 0; round < 20000; round++) {
        fl_buf_clear(&text);
        for (uint32_t n = random_below(&seed, 24); n > 0; n--) {
            const char *piece = pieces[random_below(&seed, sizeof pieces / sizeof *pieces)];
            fl_buf_append(&text, piece, *piece ? strlen(piece) : 1);
        }
        fl_tokens_clear(&tokens);
        assert_int_equal(fl_tokenize(&tokens, (struct fl_str){fl_buf_text(&text), text.len},
                                     round % 2 ? FL_TOKENIZE_REQUEST : FL_TOKENIZE_DOCUMENT),
                         0);
        assert_sound(&tokens);
    }
    fl_tokens_destroy(&tokens);
    fl_buf_destroy(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_runs_of_letters_and_digits),
        cmocka_unit_test(case_changes_make_parts),
        cmocka_unit_test(apostrophes_end_words_and_contractions_lose_their_rest),
        cmocka_unit_test(compatibility_forms_are_normalised),
        cmocka_unit_test(scripts_without_spaces_are_whole_or_pairs),
        cmocka_unit_test(quotations_are_marked),
        cmocka_unit_test(sentence_marks_break_phrases),
        cmocka_unit_test(literals_are_marked_behind_their_entity),
        cmocka_unit_test(bad_bytes_end_words_and_are_skipped),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(many_case_changes_and_long_runs_stay_within_limits),
        cmocka_unit_test(tokens_are_appended),
        cmocka_unit_test(every_character_is_read_as_its_nfkc_form),
        cmocka_unit_test(any_bytes_give_sound_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
