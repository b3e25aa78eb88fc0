/* study.c: see study.h. */
#include "study/study.h"

#include "base/os.h"
#include "study/grow.h"

#include <stdio.h>

static const char *const lexicon_languages[] = {"de", "en", "es", "fr", "it", "ja",
                                                "ko", "nl", "pt", "ru", "zh"};

struct reading {
    struct fl_study *study;
    const char *const *left_out;
    size_t left_out_count;
    bool apart;           /* reading the sets that are left out, and no others */
    size_t found;         /* in the present folder */
    struct fl_buf folder; /* the one whose entries are walked through */
    struct fl_err *err;
};

void fl_study_destroy(struct fl_study *study)
{
    if (!study)
        return;
    fl_corpus_destroy(&study->corpus);
    free(study->documents);
    free(study->queries);
    free(study->gold);
    fl_strmap_destroy(&study->plain);
    fl_arena_destroy(&study->arena);
    *study = (struct fl_study){0};
}

/* --- for the readers --- */

int fl_study_begin_set(struct fl_study *study, const char *name, enum fl_study_kind kind)
{
    if (study->set_count == FL_STUDY_MAX_SETS)
        return -FL_ELIMIT;
    struct fl_study_set *set = &study->sets[study->set_count++];
    *set = (struct fl_study_set){
        .kind = kind, .first_document = study->document_count, .first_query = study->query_count};
    snprintf(set->name, sizeof set->name, "%s", name);
    return 0;
}

void fl_study_end_set(struct fl_study *study)
{
    struct fl_study_set *set = &study->sets[study->set_count - 1];
    set->document_count = study->document_count - set->first_document;
    set->query_count = study->query_count - set->first_query;
}

int fl_study_text(struct fl_study *study, struct fl_str text, enum fl_tokenize_mode mode,
                  uint32_t *ret_text)
{
    *ret_text = FL_STUDY_NO_TEXT;
    if (text.len > FL_STUDY_MAX_TEXT_BYTES)
        text.len = FL_STUDY_MAX_TEXT_BYTES;
    return text.len ? fl_corpus_add(&study->corpus, text, mode, ret_text) : 0;
}

int fl_study_document(struct fl_study *study, const uint32_t text[FL_EMBED_FIELD_COUNT])
{
    int rc =
        fl_grow(&study->documents, &study->document_capacity, (uint64_t)study->document_count + 1,
                FL_STUDY_MAX_DOCUMENTS, sizeof *study->documents);
    if (!rc)
        memcpy(study->documents[study->document_count++].text, text,
               FL_EMBED_FIELD_COUNT * sizeof *text);
    return rc;
}

int fl_study_query(struct fl_study *study, uint32_t text, const uint32_t *gold, uint32_t count)
{
    int rc = fl_grow(&study->queries, &study->query_capacity, (uint64_t)study->query_count + 1,
                     FL_STUDY_MAX_QUERIES, sizeof *study->queries);
    if (!rc)
        rc = fl_grow(&study->gold, &study->gold_capacity, (uint64_t)study->gold_count + count,
                     FL_STUDY_MAX_QUERIES, sizeof *study->gold);
    if (rc)
        return rc;
    study->queries[study->query_count++] =
        (struct fl_study_query){.text = text, .first_gold = study->gold_count, .gold_count = count};
    memcpy(study->gold + study->gold_count, gold, count * sizeof *gold);
    study->gold_count += count;
    return 0;
}

/* --- folders --- */

static bool is_left_out(const struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->left_out_count; i++)
        if (!strcmp(reading->left_out[i], name))
            return true;
    return false;
}

/* Puts "FOLDER/NAME" into `ret`. */
static int join(struct fl_buf *ret, const char *folder, const char *name, struct fl_err *err)
{
    fl_buf_clear(ret);
    fl_buf_printf(ret, "%s/%s", folder, name);
    return fl_buf_failed(ret) ? fl_err_nomem(err) : 0;
}

static int visit_tool_set(void *ctx, const char *name)
{
    struct reading *reading = ctx;
    struct fl_study *study = reading->study;
    struct fl_buf path = {0};
    int rc = 0;
    if (is_left_out(reading, name) == reading->apart) {
        reading->found++;
        unsigned first = study->set_count;
        rc = join(&path, fl_buf_text(&reading->folder), name, reading->err);
        if (!rc)
            rc = fl_study_read_tools(study, fl_buf_text(&path), name, reading->err);
        for (unsigned i = first; i < study->set_count; i++)
            study->sets[i].left_out = reading->apart;
    }
    fl_buf_destroy(&path);
    return rc;
}

static int visit_text_file(void *ctx, const char *name)
{
    struct reading *reading = ctx;
    size_t len = strlen(name);
    if (len < 6 || strcmp(name + len - 6, ".jsonl") != 0)
        return 0;
    struct fl_buf path = {0};
    int rc = join(&path, fl_buf_text(&reading->folder), name, reading->err);
    if (!rc)
        rc = fl_study_read_texts(reading->study, fl_buf_text(&path), reading->err);
    reading->found++;
    fl_buf_destroy(&path);
    return rc;
}

static int visit_text_set(void *ctx, const char *name)
{
    struct reading *outer = ctx;
    struct reading inner = {.study = outer->study, .err = outer->err};
    int rc = join(&inner.folder, fl_buf_text(&outer->folder), name, outer->err);
    if (!rc && fl_os_is_dir(fl_buf_text(&inner.folder)))
        rc = fl_os_list_dir(fl_buf_text(&inner.folder), visit_text_file, &inner, outer->err);
    outer->found += inner.found;
    fl_buf_destroy(&inner.folder);
    return rc;
}

/* Walks through "FOLDER/NAME" if there is such a folder. */
static int walk(struct reading *reading, const char *folder, const char *name,
                int (*visit)(void *ctx, const char *name))
{
    int rc = join(&reading->folder, folder, name, reading->err);
    if (!rc && fl_os_is_dir(fl_buf_text(&reading->folder)))
        rc = fl_os_list_dir(fl_buf_text(&reading->folder), visit, reading, reading->err);
    return rc;
}

static int read_lexicons(struct reading *reading, const char *folder)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof lexicon_languages / sizeof *lexicon_languages && !rc; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s.txt", lexicon_languages[i]);
        rc = join(&reading->folder, folder, name, reading->err);
        if (!rc && fl_os_exists(fl_buf_text(&reading->folder))) {
            reading->found++;
            rc = fl_study_read_lexicon(reading->study, fl_buf_text(&reading->folder),
                                       lexicon_languages[i], reading->err);
        }
    }
    return rc;
}

static int read_folder(struct reading *reading, const char *folder)
{
    reading->found = 0;
    int rc = walk(reading, folder, "tools", visit_tool_set);
    if (!rc)
        rc = walk(reading, folder, "intents", visit_text_set);
    if (!rc)
        rc = read_lexicons(reading, folder);
    if (!rc)
        rc = join(&reading->folder, folder, "data.noun", reading->err);
    if (!rc && fl_os_exists(fl_buf_text(&reading->folder))) {
        reading->found++;
        rc = fl_study_read_wordnet(reading->study, folder, reading->err);
    }
    if (!rc && !reading->found)
        rc = fl_err_set(reading->err, FL_ENOENT,
                        "%s: neither tools/, intents/, WordNet nor dictionaries are there", folder);
    return rc;
}

static int check_left_out(const struct reading *reading)
{
    for (size_t i = 0; i < reading->left_out_count; i++) {
        bool there = false;
        for (unsigned s = 0; s < reading->study->set_count; s++)
            there |= !strcmp(reading->study->sets[s].name, reading->left_out[i]);
        if (!there)
            return fl_err_set(reading->err, FL_ENOENT, "no tool set is called '%s'",
                              reading->left_out[i]);
    }
    return 0;
}

int fl_study_read(struct fl_study *study, const char *const *folders, size_t folder_count,
                  const char *const *left_out, size_t left_out_count, struct fl_err *err)
{
    struct reading reading = {
        .study = study, .left_out = left_out, .left_out_count = left_out_count, .err = err};
    int rc = 0;
    for (size_t i = 0; i < folder_count && !rc; i++)
        rc = read_folder(&reading, folders[i]);
    study->learned_texts = study->corpus.text_count;
    reading.apart = true;
    for (size_t i = 0; i < folder_count && left_out_count && !rc; i++)
        rc = walk(&reading, folders[i], "tools", visit_tool_set);
    if (!rc)
        rc = check_left_out(&reading);
    fl_buf_destroy(&reading.folder);
    return rc == -FL_ENOMEM ? fl_err_nomem(err) : rc;
}
