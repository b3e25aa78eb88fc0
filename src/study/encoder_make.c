/* encoder_make.c: see encoder_make.h. */
#include "study/encoder_make.h"

#include "study/lessons.h"
#include "study/vocabulary.h"

#include <stdlib.h>

/* Chosen by leaving sets out; docs/benchmarks.md has what others gave. */
enum { DIM = 96, LEAST_COUNT = 3, MOST_WORDS = 30000, GRAM_BITS = 13, WORD_EPOCHS = 5 };

struct making {
    const struct fl_encoder_recipe *recipe;
    const struct fl_kernels *kernels;
    struct fl_encoder_made *made;
    struct fl_study study;
    struct fl_vocabulary vocabulary;
    struct fl_lessons lessons;
    float *word, *gram;
    struct fl_err *err;
};

void fl_encoder_made_destroy(struct fl_encoder_made *made)
{
    if (!made)
        return;
    fl_buf_destroy(&made->words);
    fl_buf_destroy(&made->encoder);
    *made = (struct fl_encoder_made){0};
}

static bool tell(const struct making *m, enum fl_encoder_stage stage, float done, float loss)
{
    return m->recipe->progress && m->recipe->progress(m->recipe->ctx, stage, done, loss);
}

static bool tell_words(void *ctx, float done)
{
    return tell(ctx, FL_ENCODER_WORDS, done, 0);
}

static bool tell_pairs(void *ctx, float done, float loss)
{
    return tell(ctx, FL_ENCODER_PAIRS, done, loss);
}

static int read_data(struct making *m)
{
    const struct fl_encoder_recipe *recipe = m->recipe;
    if (tell(m, FL_ENCODER_READING, 0, 0))
        return fl_err_set(m->err, FL_ECANCELED, "interrupted");
    int rc = fl_study_read(&m->study, recipe->folders, recipe->folder_count, recipe->left_out,
                           recipe->left_out_count, m->err);
    if (rc)
        return rc;
    if (fl_vocabulary_init(&m->vocabulary, &m->study.corpus, m->study.learned_texts, LEAST_COUNT,
                           MOST_WORDS, GRAM_BITS) ||
        fl_lessons_init(&m->lessons, &m->study))
        return fl_err_nomem(m->err);
    if (!m->study.learned_texts)
        return fl_err_set(m->err, FL_EINVAL, "the data has no texts to learn from");
    m->word = calloc((size_t)m->vocabulary.forms.rows * DIM + 1, sizeof *m->word);
    m->gram = calloc((size_t)m->vocabulary.forms.gram_rows * DIM + 1, sizeof *m->gram);
    m->made->texts = m->study.learned_texts;
    m->made->tokens = m->study.corpus.first[m->study.learned_texts];
    m->made->rows = m->vocabulary.forms.rows;
    m->made->fingerprint = m->study.corpus.fingerprint;
    return m->word && m->gram ? 0 : fl_err_nomem(m->err);
}

/* Ends a file: the table, and what `weights` has if it is not NULL. */
static int write_file(const struct making *m, const char *kind, const float *weights,
                      struct fl_buf *file)
{
    struct fl_model_writer writer = {0};
    int rc = fl_vocabulary_write(&m->vocabulary, m->kernels, m->word, m->gram, DIM, &writer);
    if (!rc && weights)
        fl_model_writer_add(&writer, "weights", weights, FL_ENCODER_WEIGHTS * sizeof *weights);
    if (!rc)
        rc = fl_model_writer_finish(&writer, kind, file);
    fl_model_writer_destroy(&writer);
    return rc ? fl_err_set(m->err, -rc, "the %s file: %s", kind, fl_error_text(rc)) : 0;
}

static int learn_words(struct making *m)
{
    struct fl_running_text text = {.tokens = m->study.corpus.tokens,
                                   .first = m->study.corpus.first,
                                   .texts = m->study.learned_texts};
    struct fl_wordvec_train_options options = FL_WORDVEC_TRAIN_DEFAULTS;
    options.dim = DIM;
    options.epochs = WORD_EPOCHS;
    options.seed = m->recipe->seed;
    options.progress = tell_words;
    options.ctx = m;
    int rc = fl_wordvec_train(&m->vocabulary.forms, &text, &options, m->kernels, m->word, m->gram,
                              m->err);
    return rc ? rc : write_file(m, FL_WORDVEC_KIND, NULL, &m->made->words);
}

static uint32_t count_pairs(const struct fl_lessons *lessons)
{
    uint32_t pairs = 0;
    for (unsigned s = 0; s < lessons->lessons.source_count; s++)
        pairs += lessons->sources[s].count;
    return pairs;
}

static int learn_pairs(struct making *m)
{
    struct fl_encoder_train_options options = FL_ENCODER_TRAIN_DEFAULTS;
    m->made->pairs = count_pairs(&m->lessons);
    if (!m->made->pairs)
        return fl_err_set(m->err, FL_EINVAL, "the data has no pairs to learn from");
    options.dim = DIM;
    options.batches = (uint32_t)((uint64_t)m->made->pairs * m->recipe->epochs / options.batch + 1);
    options.seed = m->recipe->seed;
    options.threads = m->recipe->threads;
    options.progress = tell_pairs;
    options.ctx = m;
    if (fl_encoder_start(&m->vocabulary, m->kernels, DIM, m->word, m->gram))
        return fl_err_nomem(m->err);
    int rc = fl_encoder_train(&m->vocabulary.forms, &m->lessons.lessons, &options, m->kernels,
                              m->word, m->gram, m->err);
    if (rc)
        return rc;
    float weights[FL_ENCODER_WEIGHTS] = {0};
    memcpy(weights, fl_embed_field_weights, sizeof fl_embed_field_weights);
    return write_file(m, FL_ENCODER_KIND, weights, &m->made->encoder);
}

static int measure_left_out(struct making *m)
{
    struct fl_encoder encoder = {0};
    int rc = fl_encoder_view(&encoder, m->made->encoder.ptr, m->made->encoder.len, m->err);
    for (unsigned s = 0; s < m->study.set_count && !rc; s++) {
        const struct fl_study_set *set = &m->study.sets[s];
        if (!set->left_out || set->kind != FL_STUDY_TOOLS)
            continue;
        unsigned at = m->made->left_out_count++;
        memcpy(m->made->left_out[at].name, set->name, sizeof set->name);
        if (fl_measure_set(&m->study, set, &encoder, m->kernels, &m->made->left_out[at].measure))
            rc = fl_err_nomem(m->err);
    }
    fl_encoder_close(&encoder);
    return rc;
}

int fl_encoder_make(const struct fl_encoder_recipe *recipe, const struct fl_kernels *kernels,
                    struct fl_encoder_made *ret_made, struct fl_err *err)
{
    struct making *m = calloc(1, sizeof *m);
    if (!m)
        return fl_err_nomem(err);
    *ret_made = (struct fl_encoder_made){0};
    m->recipe = recipe;
    m->kernels = kernels;
    m->made = ret_made;
    m->err = err;
    int rc = read_data(m);
    if (!rc)
        rc = learn_words(m);
    if (!rc)
        rc = learn_pairs(m);
    if (!rc)
        rc = measure_left_out(m);
    fl_lessons_destroy(&m->lessons);
    fl_vocabulary_destroy(&m->vocabulary);
    fl_study_destroy(&m->study);
    free(m->word);
    free(m->gram);
    free(m);
    if (rc)
        fl_encoder_made_destroy(ret_made);
    return rc;
}
