/* test_encoder_make.c: from a small folder of data to files that work: what is read, what is left
 * out, the same bytes on any threads, texts embedded by what was made; faults told with file and
 * line; memory that runs out. */
#define _GNU_SOURCE
#include "failing_alloc.h"
#include "study/encoder_make.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define CATALOG                                                                              \
    "{\"name\":\"delete_file\",\"description\":\"Removes a file from disk\",\"parameters\":" \
    "{\"type\":\"object\",\"properties\":{\"path\":{}}},\"server\":\"disk\"}\n"              \
    "{\"name\":\"sendMail\",\"description\":\"Sends a message to somebody\",\"parameters\":" \
    "{\"to\":{}}}\n"                                                                         \
    "{\"name\":\"Sky.forecast\",\"description\":\"Weather of the next days\","               \
    "\"parameters_text\":\"{\\\"city\\\": 1}\"}\n"
#define QUERIES                                                        \
    "{\"query\":\"get rid of the file\",\"gold\":[\"delete_file\"]}\n" \
    "{\"query\":\"erase that document\",\"gold\":[\"delete_file\"]}\n" \
    "{\"query\":\"write to bob\",\"gold\":[\"sendMail\"]}\n"           \
    "{\"query\":\"tell anna\",\"gold\":[\"sendMail\",\"nobody\"]}\n"   \
    "{\"query\":\"will it rain\",\"gold\":[\"Sky.forecast\"]}\n"       \
    "{\"query\":\"is it sunny\",\"gold\":[\"Sky.forecast\"]}\n"        \
    "{\"query\":\"nothing of this\",\"gold\":[]}\n"

struct place {
    char folder[32];
    struct fl_study study;
};

static void put(const struct place *place, const char *folder, const char *file, const char *text)
{
    struct fl_buf path = {0};
    fl_buf_printf(&path, "%s/%s", place->folder, folder);
    assert_int_equal(fl_os_make_dirs(fl_buf_text(&path), NULL), 0);
    fl_buf_printf(&path, "/%s", file);
    assert_int_equal(fl_os_write_file(fl_buf_text(&path), text, strlen(text), NULL), 0);
    fl_buf_destroy(&path);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->folder, "/tmp/fl-make-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    put(place, "tools/a", "catalog.jsonl", CATALOG);
    put(place, "tools/a", "queries.jsonl", QUERIES);
    put(place, "tools/b", "catalog.jsonl", CATALOG);
    put(place, "tools/b", "queries.jsonl", QUERIES);
    put(place, "intents/x", "train.jsonl",
        "{\"text\":\"hello there\"}\n{\"text\":\"hello there\",\"labels\":[\"secret\"]}\n"
        "{\"text\":\"for validation\",\"split\":\"valid\"}\n");
    put(place, "intents/x", "README.md", "not read");
    put(place, ".", "en.txt",
        "# words\nstop: the\ndelete = erase = remove\n"
        "delete, remove < \"get rid of\" zap ~ kill\n");
    put(place, ".", "de.txt", "löschen, weg damit: delete remove\n");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", place->folder);
    assert_int_equal(system(command), 0);
    fl_study_destroy(&place->study);
    free(place);
    return 0;
}

static int read_study(struct place *place, const char *left_out, struct fl_err *err)
{
    const char *const folders[] = {place->folder}, *const sets[] = {left_out};
    fl_study_destroy(&place->study);
    return fl_study_read(&place->study, folders, 1, sets, left_out != NULL, err);
}

static const struct fl_study_set *find_set(const struct place *place, const char *name)
{
    for (unsigned i = 0; i < place->study.set_count; i++)
        if (!strcmp(place->study.sets[i].name, name))
            return &place->study.sets[i];
    fail_msg("no set is called %s", name);
    return NULL;
}

static bool knows_word(const struct place *place, const char *word)
{
    return fl_strmap_get(&place->study.corpus.map, fl_str_of(word)) != FL_STRMAP_NONE;
}

/* A text of the corpus, joined by blanks. */
static void assert_text(const struct place *place, uint32_t text, const char *expected)
{
    const struct fl_corpus *corpus = &place->study.corpus;
    struct fl_buf joined = {0};
    for (uint32_t i = corpus->first[text]; i < corpus->first[text + 1]; i++)
        fl_buf_printf(&joined, i > corpus->first[text] ? " %s" : "%s",
                      corpus->words[corpus->tokens[i]].text.ptr);
    assert_string_equal(fl_buf_text(&joined), expected);
    fl_buf_destroy(&joined);
}

static void what_is_read(void **state)
{
    struct place *place = *state;
    struct fl_err err = {0};
    assert_int_equal(read_study(place, NULL, &err), 0);
    const struct fl_study *study = &place->study;
    const struct fl_study_set *set = find_set(place, "a");
    assert_int_equal(set->document_count, 3);
    assert_int_equal(set->query_count, 6);
    const struct fl_study_document *mail = &study->documents[set->first_document + 1];
    assert_text(place, mail->text[FL_EMBED_NAME], "send mail");
    assert_text(place, mail->text[FL_EMBED_PARAMETERS], "to");
    assert_int_equal(mail->text[FL_EMBED_SERVER], FL_STUDY_NO_TEXT);
    assert_text(place, mail[-1].text[FL_EMBED_PARAMETERS], "path");
    assert_text(place, mail[1].text[FL_EMBED_PARAMETERS], "city");
    const struct fl_study_query *tell = &study->queries[set->first_query + 3];
    assert_text(place, tell->text, "tell anna");
    assert_int_equal(tell->gold_count, 1);
    assert_int_equal(study->gold[tell->first_gold], set->first_document + 1);
    assert_int_equal(find_set(place, "a catalog")->query_count, 3);
    assert_int_equal(find_set(place, "dictionary en")->query_count, 6);
    assert_int_equal(find_set(place, "dictionary de")->query_count, 2);
    assert_true(knows_word(place, "hello") && knows_word(place, "loschen"));
    assert_false(knows_word(place, "validation") || knows_word(place, "secret"));
    assert_false(knows_word(place, "stop"));
    assert_int_equal(study->corpus.words[fl_strmap_get(&study->corpus.map, FL_STR("hello"))].count,
                     1);
}

static void what_is_left_out_comes_last(void **state)
{
    struct place *place = *state;
    struct fl_err err = {0};
    assert_int_equal(read_study(place, "a", &err), 0);
    assert_true(find_set(place, "a")->left_out && find_set(place, "a catalog")->left_out);
    assert_false(find_set(place, "b")->left_out);
    for (uint32_t q = 0; q < find_set(place, "a")->query_count; q++)
        assert_true(place->study.queries[find_set(place, "a")->first_query + q].text >=
                    place->study.learned_texts);
    assert_int_equal(read_study(place, "c", &err), -FL_ENOENT);
    assert_non_null(strstr(err.message, "'c'"));
}

static void faults_name_file_and_line(void **state)
{
    struct place *place = *state;
    static const struct {
        const char *folder, *file, *text;
        unsigned line;
        int code;
    } faults[] = {
        {"tools/z", "queries.jsonl", "", 0, FL_ENOENT},
        {"tools/z", "catalog.jsonl", "{\"name\":\"x\"}\n\n{\"name\": }\n", 3, FL_EPARSE},
        {"tools/z", "catalog.jsonl", "{\"description\":\"x\"}", 1, FL_EPARSE},
        {"tools/z", "catalog.jsonl", "[]", 1, FL_EPARSE},
        {"tools/z", "catalog.jsonl", "{\"name\":\"\xff\"}", 1, FL_EUTF8},
        {"tools/z", "catalog.jsonl", "{\"name\":\"x\"}", 1, FL_OK},
        {"tools/z", "queries.jsonl", "{\"query\":\"x\",\"gold\":[]}\n{\"query\":\"x\"}", 2,
         FL_EPARSE},
    };
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct fl_err err = {0};
        put(place, faults[i].folder, faults[i].file, faults[i].text);
        assert_int_equal(read_study(place, NULL, &err), -faults[i].code);
        if (!faults[i].code)
            continue;
        assert_int_equal(err.line, faults[i].line);
        assert_non_null(strstr(err.message, "tools/z/"));
    }
    struct fl_err err = {0};
    strcat(place->folder, "/intents");
    assert_int_equal(read_study(place, NULL, &err), -FL_ENOENT);
    place->folder[strlen(place->folder) - strlen("/intents")] = '\0';
}

static struct fl_encoder_recipe recipe_of(const char *const *folder)
{
    return (struct fl_encoder_recipe){
        .folders = folder, .folder_count = 1, .seed = 1, .threads = 1, .epochs = 1500};
}

static float similarity(struct fl_embedder *embedder, const char *request, const char *name)
{
    int8_t a[256], b[256];
    float a_scale, b_scale;
    struct fl_str fields[FL_EMBED_FIELD_COUNT] = {[FL_EMBED_NAME] = fl_str_of(name)};
    assert_int_equal(fl_embed_request(embedder, fl_str_of(request), a, &a_scale), 0);
    assert_int_equal(fl_embed_document(embedder, fields, b, &b_scale), 0);
    return fl_encoder_cosine(embedder->kernels, a, a_scale, b, b_scale,
                             fl_encoder_dim(embedder->encoder));
}

static void what_was_made_works(void **state)
{
    struct place *place = *state;
    const char *const folder = place->folder, *const left_out = "b";
    struct fl_encoder_recipe recipe = recipe_of(&folder);
    struct fl_encoder_made one, two;
    struct fl_err err = {0};
    recipe.left_out = &left_out;
    recipe.left_out_count = 1;
    if (fl_encoder_make(&recipe, fl_kernels_select(NULL), &one, &err))
        fail_msg("%s", err.message);
    recipe.threads = 3;
    assert_int_equal(fl_encoder_make(&recipe, fl_kernels_select(NULL), &two, &err), 0);
    assert_int_equal(one.encoder.len, two.encoder.len);
    assert_memory_equal(one.encoder.ptr, two.encoder.ptr, one.encoder.len);
    assert_memory_equal(one.words.ptr, two.words.ptr, one.words.len);
    assert_int_equal(one.left_out_count, 1);
    assert_int_equal(one.left_out[0].measure.queries, 6);
    assert_float_equal(one.left_out[0].measure.recall5, 1, 0);

    char path[64];
    struct fl_encoder encoder;
    struct fl_embedder embedder;
    snprintf(path, sizeof path, "%s/encoder.flm", place->folder);
    assert_int_equal(fl_os_write_file(path, one.encoder.ptr, one.encoder.len, NULL), 0);
    assert_int_equal(fl_embed_open(&encoder, path, &err), 0);
    assert_int_equal(fl_embedder_init(&embedder, &encoder, fl_kernels_select(NULL)), 0);
    assert_true(similarity(&embedder, "Will it rain?", "Sky.forecast") >
                similarity(&embedder, "Will it rain?", "delete_file") + 0.2f);
    assert_float_equal(similarity(&embedder, "delete", "delete"), 1, 0.02);
    assert_true(similarity(&embedder, "deleting", "delete") >
                similarity(&embedder, "deleting", "mail"));
    assert_float_equal(similarity(&embedder, "", "delete"), 0, 0);
    fl_embedder_destroy(&embedder);
    fl_embedder_destroy(NULL);
    fl_encoder_close(&encoder);
    fl_encoder_made_destroy(&one);
    fl_encoder_made_destroy(&two);
}

static bool stop_at(void *ctx, enum fl_encoder_stage stage, float done, float loss)
{
    assert_true(done >= 0 && done <= 1 && loss >= 0);
    return stage == *(enum fl_encoder_stage *)ctx;
}

static void stopping_leaves_nothing(void **state)
{
    struct place *place = *state;
    const char *const folder = place->folder;
    struct fl_encoder_recipe recipe = recipe_of(&folder);
    enum fl_encoder_stage stage;
    recipe.progress = stop_at;
    recipe.ctx = &stage;
    for (stage = FL_ENCODER_READING; stage <= FL_ENCODER_PAIRS; stage++) {
        struct fl_encoder_made made;
        struct fl_err err = {0};
        assert_int_equal(fl_encoder_make(&recipe, fl_kernels_select(NULL), &made, &err),
                         -FL_ECANCELED);
        assert_null(made.encoder.ptr);
    }
}

static void memory_runs_out(void **state)
{
    struct place *place = *state;
    struct fl_err err = {0};
    fl_test_fail_alloc_at(0);
    assert_int_equal(read_study(place, NULL, &err), 0);
    long count = fl_test_alloc_count();
    for (long n = 1; n <= count; n++) {
        fl_test_fail_alloc_at(n);
        int rc = read_study(place, NULL, &err);
        fl_test_fail_alloc_at(0);
        assert_true(rc == -FL_ENOMEM || rc == 0);
    }
    assert_int_equal(read_study(place, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_left_out_comes_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(faults_name_file_and_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_made_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopping_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_runs_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
